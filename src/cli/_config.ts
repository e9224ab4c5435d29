/**
 * The configuration file of a backtest, and the file that a result is saved in.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type {
  ApproveAll,
  BacktestConfig,
  BacktestResult,
  InstrumentConfig,
  InstrumentInfo,
  MarketBytesOptions,
  RiskLimits,
  StrategyConfig,
  SweepRow,
} from "../engine/mod.ts";
import { UsageError } from "./_usage.ts";

/** A value of a parameter. */
export type Parameter = string | number;

/** A configuration file. */
export interface ConfigFile extends Omit<BacktestConfig, "risk" | "strategy"> {
  /** What trades. */
  readonly strategy: StrategyConfig;
  /** Which of its orders are let through. */
  readonly risk?: ApproveAll | RiskLimits;
  /** Path of the market data; relative to the configuration. */
  readonly data?: string;
  /** The instruments that the data refers to. */
  readonly instruments: readonly InstrumentConfig[];
  /** How the data is taken in. */
  readonly load?: Pick<MarketBytesOptions, "format" | "kind" | "sort" | "duplicates">;
  /** Values to try per parameter of the strategy. */
  readonly sweep?: Readonly<Record<string, readonly Parameter[]>>;
}

/** A saved result. */
export interface Saved {
  /** Version of this form. */
  readonly tendon: 1;
  /** The result; of a sweep the best one. */
  readonly result: BacktestResult;
  /** The runs of the sweep it is from. */
  readonly sweep: readonly SweepRow[];
  /** The instrument table. */
  readonly instruments: readonly InstrumentInfo[];
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const { code, message } = cause as { readonly code?: string; readonly message: string };
    throw new UsageError(
      `cannot read "${path}": ${code === "ENOENT" ? "there is no such file" : message}`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`"${path}" is not JSON: ${(cause as Error).message}`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const KEYS: readonly string[] = [
  "data",
  "instruments",
  "load",
  "sweep",
  "id",
  "strategy",
  "risk",
  "execution",
  "riskFreeReturn",
  "summaryInterval",
  "tradingState",
  "equity",
  "maxOrdersPerEvent",
];

/** Reads a configuration; the engine checks the values. */
export async function readConfig(path: string): Promise<ConfigFile> {
  const config = await readJson(path);
  if (!isObject(config)) throw new UsageError(`"${path}" must hold an object`);
  // A misspelt key would silently do nothing.
  const unknown = Object.keys(config).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new UsageError(`"${path}" has an unknown key "${unknown}"`);
  if (config.data !== undefined && typeof config.data !== "string") {
    throw new UsageError(`"data" in "${path}" must be a string`);
  }
  // All other shapes are checked where the values are used, with messages that name them.
  const read = config as unknown as ConfigFile;
  return read.data === undefined ? read : { ...read, data: resolve(dirname(path), read.data) };
}

/** All combinations of the parameters of a sweep, the last one changing fastest. */
export function combinations(
  sweep: ConfigFile["sweep"],
  path: string,
): Readonly<Record<string, Parameter>>[] {
  if (!isObject(sweep) || Object.keys(sweep).length === 0) {
    throw new UsageError(`"sweep" in "${path}" must give values per parameter of the strategy`);
  }
  let all: Record<string, Parameter>[] = [{}];
  for (const [name, values] of Object.entries(sweep)) {
    if (!Array.isArray(values) || values.length === 0) {
      throw new UsageError(`"sweep.${name}" in "${path}" must be a list of values`);
    }
    all = all.flatMap((one) => values.map((value: Parameter) => ({ ...one, [name]: value })));
  }
  return all;
}

/** A result as text that {@linkcode readSaved} reads back. */
export function savedText(saved: Saved): string {
  return JSON.stringify(saved, (_, value) => {
    if (typeof value === "bigint") return `${value}`;
    return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<unknown>) : value;
  });
}

/** Reads a saved result. */
export async function readSaved(path: string): Promise<Saved> {
  const saved = await readJson(path);
  const wrong = () => new UsageError(`"${path}" was not written by --save`);
  if (!isObject(saved) || saved.tendon !== 1 || !isObject(saved.result)) throw wrong();
  const { result, sweep, instruments } = saved;
  const { equity } = result;
  if (!isObject(equity) || !Array.isArray(equity.time) || !Array.isArray(equity.value)) {
    throw wrong();
  }
  if (!Array.isArray(sweep) || !Array.isArray(instruments)) throw wrong();
  try {
    return {
      tendon: 1,
      result: {
        ...result,
        equity: {
          ...equity,
          totalReturn: equity.totalReturn ?? NaN,
          time: BigInt64Array.from(equity.time, BigInt),
          value: Float64Array.from(equity.value),
        },
      } as unknown as BacktestResult,
      sweep,
      instruments,
    };
  } catch {
    throw wrong();
  }
}
