/**
 * The commands: run, sweep, report.
 *
 * @module
 */

import { writeFile } from "node:fs/promises";
import {
  backtest,
  BacktestArgsConstant,
  BacktestArgsDynamic,
  type BacktestResult,
  MarketData,
  renderTearSheet,
  type ResultTable,
  runBacktests,
  type StrategyConfig,
  type SweepRow,
  sweepRow,
  toCsv,
  toJsonLines,
} from "../engine/mod.ts";
import { summaryText } from "../engine/report/_jupyter.ts";
import { combinations, type ConfigFile, readConfig, readSaved, savedText } from "./_config.ts";
import type { Terminal } from "./_terminal.ts";
import { UsageError } from "./_usage.ts";

/** Options as parsed. */
export interface Options {
  readonly data?: string;
  readonly concurrency?: string;
  readonly save?: string;
  readonly html?: string;
  readonly fills?: string;
  readonly equity?: string;
  readonly json?: boolean;
}

/** Runs one backtest. */
export async function run(
  file: string,
  options: Options,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  refuse(options, "run", ["concurrency"]);
  const { sweep: _sweep, ...settings } = await readConfig(file);
  return await withData(settings, options, signal, async (data, config) => {
    const result = await backtest(data, config, {
      signal,
      onProgress: ({ events, total }) => terminal.progress(events / total, `${events} events`),
    });
    await write(result, [], data, options);
    terminal.print(options.json ? `${json(result)}\n` : `${summaryText(result)}\n`);
    return 0;
  });
}

/** Runs one backtest per combination of parameters. */
export async function sweep(
  file: string,
  options: Options,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const { sweep: values, ...settings } = await readConfig(file);
  const parameters = combinations(values, file);
  const concurrency = wholeNumber("concurrency", options.concurrency);
  return await withData(
    settings,
    options,
    signal,
    (data, config) =>
      sweepOver(data, config, { parameters, concurrency }, options, terminal, signal),
  );
}

async function sweepOver(
  data: MarketData,
  { id: _id, strategy, riskFreeReturn = "0", ...shared }: Settings,
  { parameters, concurrency }: {
    readonly parameters: ReturnType<typeof combinations>;
    readonly concurrency: number | undefined;
  },
  options: Options,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const constant = new BacktestArgsConstant({ data, ...shared });
  const dynamics = parameters.map((own) =>
    new BacktestArgsDynamic({
      id: Object.values(own).join("/"),
      strategy: { ...strategy, ...own } as StrategyConfig,
      riskFreeReturn,
    })
  );
  const rows: SweepRow[] = [];
  let best: BacktestResult | undefined, failed = 0;
  const runs = runBacktests(constant, dynamics, {
    settle: true,
    signal,
    ...(concurrency === undefined ? {} : { concurrency }),
    onProgress: ({ done, total, events }) =>
      terminal.progress(
        events / (total * data.stats.events),
        `${done} of ${total} runs`,
      ),
  });
  let position = 0;
  for await (const end of runs) {
    const own = parameters[position++] ?? {};
    if (end.status === "rejected") {
      failed++;
      const { code, message } = end.reason;
      if (options.json) {
        terminal.print(
          `${JSON.stringify({ id: end.id, parameters: own, error: { code, message } })}\n`,
        );
      } else terminal.fail(`tendon: ${message}`);
      continue;
    }
    const row = sweepRow(end.value, own);
    rows.push(row);
    if (options.json) terminal.print(`${JSON.stringify(row)}\n`);
    if (Number(end.value.equity.final) > Number(best?.equity.final ?? -Infinity)) best = end.value;
  }
  if (best !== undefined) {
    await write(best, rows, data, options);
    if (!options.json) {
      terminal.print(`${rows.length} runs, ${failed} failed; the best:\n${summaryText(best)}\n`);
    }
  }
  return best === undefined ? 1 : failed > 0 ? 3 : 0;
}

/** Renders a saved result. */
export async function report(
  file: string,
  options: Options,
  terminal: Terminal,
): Promise<number> {
  refuse(options, "report", ["data", "concurrency", "save"]);
  const { result, sweep, instruments } = await readSaved(file);
  await writeTables(result, options);
  if (options.html !== undefined) {
    await writeFile(options.html, renderTearSheet(result, { sweep, instruments }));
  }
  terminal.print(options.json ? `${json(result)}\n` : `${summaryText(result)}\n`);
  return 0;
}

/** What is left of a configuration file once its data is loaded. */
type Settings = Omit<ConfigFile, "data" | "instruments" | "load" | "sweep">;

/** Loads what a configuration names, for the time of `work`. */
async function withData(
  settings: Omit<ConfigFile, "sweep">,
  options: Options,
  signal: AbortSignal,
  work: (data: MarketData, settings: Settings) => Promise<number>,
): Promise<number> {
  const { data: path, instruments, load = {}, ...config } = settings;
  const source = options.data ?? path;
  if (source === undefined) throw new UsageError('there is no market data: give "data" or --data');
  const loaded = await MarketData.load(source, { instruments, ...load, signal });
  try {
    return await work(loaded, config);
  } finally {
    loaded.close();
  }
}

async function write(
  result: BacktestResult,
  sweep: readonly SweepRow[],
  data: MarketData,
  options: Options,
): Promise<void> {
  const { instruments } = data.table;
  await writeTables(result, options);
  if (options.html !== undefined) {
    await writeFile(options.html, renderTearSheet(result, { sweep, instruments }));
  }
  if (options.save !== undefined) {
    await writeFile(options.save, savedText({ tendon: 1, result, sweep, instruments }));
  }
}

async function writeTables(result: BacktestResult, options: Options): Promise<void> {
  const tables: readonly (readonly [ResultTable, string | undefined])[] = [
    ["fills", options.fills],
    ["equity", options.equity],
  ];
  for (const [table, path] of tables) {
    if (path === undefined) continue;
    const text = path.endsWith(".jsonl") ? toJsonLines(result, table) : toCsv(result, table);
    await writeFile(path, text);
  }
}

/** Figures of a run without what can be long. */
function json(result: BacktestResult): string {
  const { id, riskFreeReturn, summary, equity, openPositions, stats } = result;
  const { quote, initial, final, totalReturn, maxDrawdown } = equity;
  return JSON.stringify({
    id,
    riskFreeReturn,
    equity: { quote, initial, final, totalReturn, maxDrawdown },
    summary,
    openPositions,
    stats,
  });
}

function refuse(options: Options, command: string, names: readonly (keyof Options)[]): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw new UsageError(`backtest ${command} has no option --${given}`);
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new UsageError(`--${name} must be a whole number of at least 1: "${text}"`);
  }
  return value;
}
