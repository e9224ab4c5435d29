/**
 * The desk as a whole: three agents, one shared list, one result.
 *
 * @module
 */

import { Agent, type NetworkOptions } from "../../src/agent/mod.ts";
import {
  backtest,
  type BacktestResult,
  type InstrumentInfo,
  MarketData,
  type MarketDataStats,
  type SweepRow,
  sweepRow,
} from "../../src/engine/mod.ts";
import { type AnalystReport, runAnalyst } from "./analyst.ts";
import { backtestConfig, INSTRUMENTS, type Job, sweep } from "./job.ts";
import { runLead } from "./lead.ts";

/** What happens at the desk, as it happens. */
export type DeskEvent =
  | { readonly kind: "data"; readonly stats: MarketDataStats }
  | { readonly kind: "agent"; readonly name: string; readonly id: string; readonly address: string }
  | { readonly kind: "posted"; readonly total: number }
  | {
    readonly kind: "result";
    readonly row: SweepRow;
    readonly done: number;
    readonly total: number;
  };

/** Settings of {@linkcode runResearchDesk}. */
export interface ResearchDeskOptions {
  /** File of market events of the pairs in {@linkcode INSTRUMENTS}. */
  readonly dataPath: string;
  /** Fast windows to try. @default [5, 10, 20, 50, 100] */
  readonly fast?: readonly number[];
  /** Slow windows to try. @default [20, 50, 100, 200, 400, 800] */
  readonly slow?: readonly number[];
  /** Told of everything that happens. */
  readonly onEvent?: (event: DeskEvent) => void;
  /** Gives up after this time. @default 60000 */
  readonly timeoutMs?: number;
}

/** What the desk found. */
export interface ResearchDeskResult {
  /** All runs, best first. */
  readonly ranking: readonly SweepRow[];
  /** The best run in full, run again by the lead. */
  readonly best: BacktestResult;
  /** The engine's names of the instruments. */
  readonly instruments: readonly InstrumentInfo[];
  /** What each analyst did. */
  readonly analysts: readonly Analyst[];
}

/** An analyst's name and what it did. */
export interface Analyst extends AnalystReport {
  /** What the analyst is called. */
  readonly name: string;
}

const LEAD = "Ada";
const ANALYSTS = ["Bo", "Cy"];
/** Milliseconds that analysts have to hear that all is done. */
const FAREWELL_MS = 1000;

/**
 * Lets three agents on loopback work through a parameter sweep: the lead posts one task per
 * backtest, the analysts claim and run them and publish what they found, the lead ranks.
 *
 * Uses nothing that only Deno has.
 */
export async function runResearchDesk(options: ResearchDeskOptions): Promise<ResearchDeskResult> {
  const { fast = [5, 10, 20, 50, 100], slow = [20, 50, 100, 200, 400, 800], timeoutMs = 60_000 } =
    options;
  const tell = options.onEvent ?? (() => {});
  const jobs = sweep(fast, slow);
  if (jobs.length === 0) throw new RangeError("Cannot run a sweep without any slow > fast");
  // One process, so the agents share one copy; on three machines each would load its own.
  const data = await MarketData.load(options.dataPath, { instruments: INSTRUMENTS });
  const stop = new AbortController();
  const { signal } = stop;
  const late = new Error(`Cannot finish the sweep within ${timeoutMs} ms`);
  const timers = [setTimeout(() => stop.abort(late), timeoutMs)];
  const agents: Agent[] = [];
  const hire = async (name: string, network: NetworkOptions): Promise<Agent> => {
    const agent = await Agent.create({ network });
    agents.push(agent);
    await agent.joinNetwork({ signal });
    tell({ kind: "agent", name, id: agent.agentId.toHex(), address: agent.address ?? "" });
    return agent;
  };

  try {
    tell({ kind: "data", stats: data.stats });
    const lead = await hire(LEAD, {});
    const bootstrap = lead.address === undefined ? [] : [lead.address];
    const work = ANALYSTS.map(async (name, index): Promise<Analyst> => {
      const agent = await hire(name, { bootstrap });
      const start = index / ANALYSTS.length;
      return { name, ...await runAnalyst(agent, { name, start, data, signal }) };
    });
    const ranking = runLead(lead, {
      jobs,
      analysts: ANALYSTS.length,
      onPosted: () => tell({ kind: "posted", total: jobs.length }),
      onResult: (row, done) => tell({ kind: "result", row, done, total: jobs.length }),
      signal,
    });
    // The lead's last message may be lost; then its analysts need not wait for the time-out.
    const dismiss = () => timers.push(setTimeout(() => stop.abort(), FAREWELL_MS));
    try {
      void ranking.then(dismiss, () => {});
      const [rows, ...analysts] = await Promise.all([ranking, ...work]);
      const best = await confirm(data, rows[0]);
      return { ranking: rows, best, instruments: data.table.instruments, analysts };
    } catch (error) {
      stop.abort(error);
      await Promise.allSettled([ranking, ...work]);
      throw error;
    }
  } finally {
    for (const timer of timers) clearTimeout(timer);
    await Promise.all(agents.map((agent) => agent.close()));
    data.close();
  }
}

/** Runs the winner again: a replay must give the lead what it gave the analyst, digit for digit. */
async function confirm(data: MarketData, row: SweepRow | undefined): Promise<BacktestResult> {
  const job = row?.parameters as Job | undefined;
  if (row === undefined || job === undefined) throw new Error("Cannot rank: there are no results");
  const best = await backtest(data, backtestConfig(job));
  const again = sweepRow(best, row.parameters);
  if (again.profit !== row.profit || again.trades !== row.trades) {
    throw new Error(`Cannot confirm ${row.id}: reported ${row.profit}, found ${again.profit}`);
  }
  return best;
}
