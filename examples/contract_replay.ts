/**
 * Records a backtest as steps of the execution core, replays the record on every backend, and holds
 * what the core comes to against the engine's own result.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { BACKENDS, engineRunConfig, recordRun, verifyReplay } from "../src/contracts/mod.ts";
import { auditBacktest, MarketData } from "../src/engine/mod.ts";
import { marketDataPath } from "./_data.ts";

const pair = (base: string) => ({
  exchange: "binance_spot",
  nameExchange: `${base}usdt`.toUpperCase(),
  underlying: { base, quote: "usdt" },
});
const lines = (await readFile(marketDataPath(), "utf8")).split("\n").slice(0, 4000);
const data = await MarketData.parse(lines.join("\n"), {
  instruments: [pair("btc"), pair("eth"), pair("sol")],
});
const execution = [{
  exchange: "binance_spot",
  feeRate: "0.00005",
  latencyMs: 5,
  balances: { usdt: "1000000", btc: "0", eth: "0", sol: "0" },
}];

const audits = auditBacktest(data, {
  strategy: { type: "smaCross", fast: 5, slow: 20, quantity: "0.1" },
  execution,
});
const config = engineRunConfig(data.table, { run_id: "sma-cross", execution });
const recording = recordRun(audits, { instruments: data.table, config });
const log = await recording.text();
const { golden, snapshot, counts } = recording.end;
console.log(`${counts.ticks} ticks, ${golden.steps} steps, ${counts.rounded} decimals rounded`);
console.log(`without a form: ${JSON.stringify(counts.withoutForm)}`);

const { departure, end } = verifyReplay(log, { config, golden }, BACKENDS);
console.log(departure === null ? `replayed on ${BACKENDS.join(" and ")}` : departure.what);
console.log(end?.step_hash === golden.step_hash ? "the same hashes" : "other hashes");

const { fills, openPositions } = audits.result();
const filled = snapshot.orders.filter(({ status }) => status === "filled");
console.log(`the engine: ${fills.length} fills, ${openPositions.length} positions`);
const held = snapshot.positions.filter(({ quantity }) => quantity !== "0");
console.log(`the core: ${filled.length} orders filled, ${held.length} positions`);
for (const { instrument, quantity, avg_price } of held) {
  console.log(`${instrument}: ${quantity} at ${avg_price}`);
}
data.close();
