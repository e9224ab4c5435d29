/**
 * Runs of the engine on real market data, for recording them.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { marketDataPath } from "../../../examples/_data.ts";
import type { CoreOptions } from "../../../src/contracts/execution_core.ts";
import type { CoreConfig } from "../../../src/contracts/generated/types.ts";
import type { GoldenEnd } from "../../../src/contracts/replay/replay_log.ts";
import { engineRunConfig } from "../../../src/contracts/audit/run_config.ts";
import { recordRun, type RunRecording } from "../../../src/contracts/audit/record_run.ts";
import {
  auditBacktest,
  type BacktestConfig,
  type BacktestResult,
  type ExecutionConfig,
  MarketData,
} from "../../../src/engine/mod.ts";
import { FIXTURES, pair } from "../../engine/_setup.ts";

/** The mock exchange of the runs. */
export const EXECUTION: readonly ExecutionConfig[] = [{
  exchange: "binance_spot",
  feeRate: "0.00005",
  latencyMs: 5,
  balances: { usdt: "1000000", btc: "0", eth: "0", sol: "0" },
}];

const INSTRUMENTS = [pair("btc"), pair("eth"), pair("sol")];

/** The first events of barter's recording; up to 600 of them are in the repository. */
export async function firstEvents(count: number): Promise<MarketData> {
  const path = count <= 600 ? new URL("market_data_600.jsonl", FIXTURES) : marketDataPath();
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line.trim() !== "");
  return await MarketData.parse(lines.slice(0, count).join("\n"), { instruments: INSTRUMENTS });
}

/** A backtest on its way into a replay log. */
export function recorded(
  data: MarketData,
  strategy: BacktestConfig["strategy"],
  { run_id = "run", core = { backend: "typescript" }, execution = EXECUTION, risk }: {
    readonly run_id?: string;
    readonly core?: CoreOptions;
    readonly execution?: readonly ExecutionConfig[];
    readonly risk?: BacktestConfig["risk"];
  } = {},
): {
  readonly recording: RunRecording;
  readonly config: ReturnType<typeof engineRunConfig>;
  readonly result: () => BacktestResult;
} {
  const audits = auditBacktest(data, {
    strategy,
    execution,
    ...(risk === undefined ? {} : { risk }),
  });
  audits.snapshot.close();
  const config = engineRunConfig(data.table, { run_id, execution });
  const recording = recordRun(audits, { instruments: data.table, config, ...core });
  return { recording, config, result: () => audits.result() };
}

/** The recorded run among the fixtures: 150 events of real market data, with a crossover. */
export const FIXTURE = "engine_sma_cross";

/** A log, and what stands beside it. */
export interface RecordedFixture {
  readonly log: string;
  readonly run: { readonly config: CoreConfig; readonly golden: GoldenEnd };
}

/** Records the run of the fixture: the log, and what stands beside it. */
export async function recordFixture(): Promise<RecordedFixture> {
  const data = await firstEvents(150);
  try {
    const { recording, config } = recorded(
      data,
      { type: "smaCross", fast: 1, slow: 2, quantity: "0.1" },
      { run_id: FIXTURE },
    );
    const log = await recording.text();
    return { log, run: { config, golden: recording.end.golden } };
  } finally {
    data.close();
  }
}
