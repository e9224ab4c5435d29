/**
 * The work of the desk: which backtests there are, and what agents tell each other about them.
 *
 * @module
 */

import type { BacktestConfig, InstrumentConfig, SweepRow } from "../../src/engine/mod.ts";

/** One backtest of the sweep. */
export interface Job {
  /** Trades in the fast moving average. */
  readonly fast: number;
  /** Trades in the slow moving average. */
  readonly slow: number;
}

/** Topic on which analysts report; its messages are {@linkcode Report}. */
export const REPORTS = "desk/reports";
/** Topic on which the lead speaks; its messages are {@linkcode Notice}. */
export const NOTICES = "desk/notices";
/** Topic of the shared task list. */
export const TASKS = "desk/backtests";

/** What an analyst says. */
export type Report =
  | { readonly kind: "hello"; readonly name: string }
  | { readonly kind: "result"; readonly task: string; readonly row: SweepRow };

/** What the lead says. */
export type Notice =
  | { readonly kind: "welcome"; readonly agents: readonly string[] }
  | { readonly kind: "repeat"; readonly tasks: readonly string[] }
  | { readonly kind: "finished" };

/**
 * Fee as a fraction of the order's value, on each side: 0.005 %, what a market maker may pay. At
 * 0.1 %, which a small account pays, every run of the sweep loses.
 */
export const FEE_RATE = "0.00005";

/** The pairs in the example data. */
export const INSTRUMENTS: readonly InstrumentConfig[] = ["btc", "eth", "sol"].map((base) => ({
  exchange: "binance_spot",
  nameExchange: `${base}usdt`.toUpperCase(),
  underlying: { base, quote: "usdt" },
}));

/** Every fast window with every longer slow one. */
export function sweep(fast: readonly number[], slow: readonly number[]): Job[] {
  return fast.flatMap((one) =>
    slow.filter((other) => other > one).map((other) => ({
      fast: one,
      slow: other,
    }))
  );
}

/** The name of a job. */
export function title({ fast, slow }: Job): string {
  return `SMA ${fast} / ${slow}`;
}

/** The backtest of a job. Whoever runs it gets the same result to the last digit. */
export function backtestConfig(job: Job): BacktestConfig {
  return {
    id: title(job),
    strategy: { type: "smaCross", ...job, quantity: "0.1" },
    execution: [{
      exchange: "binance_spot",
      feeRate: FEE_RATE,
      latencyMs: 20,
      // Large, because the engine's mock exchange debits sales too and never pays out.
      balances: { usdt: "1000000", btc: "0", eth: "0", sol: "0" },
    }],
  };
}

/** Reads a task's description. */
export function parseJob(description: string): Job {
  const { fast, slow } = record(JSON.parse(description));
  if (!Number.isInteger(fast) || !Number.isInteger(slow)) {
    throw new TypeError(`Cannot read a job from "${description}"`);
  }
  return { fast: Number(fast), slow: Number(slow) };
}

/** Reads a message of {@linkcode REPORTS}; undefined when it is something else. */
export function parseReport(text: string): Report | undefined {
  const value = parse(text);
  if (value.kind === "hello" && typeof value.name === "string") {
    return { kind: "hello", name: value.name };
  }
  if (value.kind !== "result" || typeof value.task !== "string") return undefined;
  const row = record(value.row);
  const numbers = [row.profit, row.totalReturn, row.maxDrawdown, row.trades, row.wins];
  if (typeof row.id !== "string" || !numbers.every(Number.isFinite)) return undefined;
  return {
    kind: "result",
    task: value.task,
    row: {
      id: row.id,
      parameters: parseParameters(record(row.parameters)),
      profit: Number(row.profit),
      totalReturn: Number(row.totalReturn),
      maxDrawdown: Number(row.maxDrawdown),
      trades: Number(row.trades),
      wins: Number(row.wins),
    },
  };
}

/** Reads a message of {@linkcode NOTICES}; undefined when it is something else. */
export function parseNotice(text: string): Notice | undefined {
  const { kind, agents, tasks } = parse(text);
  if (kind === "finished") return { kind };
  if (kind === "welcome") return { kind, agents: strings(agents) };
  return kind === "repeat" ? { kind, tasks: strings(tasks) } : undefined;
}

function parse(text: string): Record<string, unknown> {
  try {
    return record(JSON.parse(text));
  } catch {
    return {}; // Anybody may publish anything to a topic.
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function parseParameters(value: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}
