/**
 * A sweep of moving-average crossovers over three minutes of real market data, on all cores, written
 * out as a tear sheet of the best run with a heat map of all.
 *
 * @module
 */

import { writeFile } from "node:fs/promises";
import process from "node:process";
import {
  BacktestArgsConstant,
  BacktestArgsDynamic,
  type BacktestResult,
  MarketData,
  renderTearSheet,
  runBacktests,
  type SweepRow,
  sweepRow,
} from "../src/engine/mod.ts";
import { marketDataPath } from "./_data.ts";

const pair = (base: string) => ({
  exchange: "binance_spot",
  nameExchange: `${base}usdt`.toUpperCase(),
  underlying: { base, quote: "usdt" },
});
using data = await MarketData.load(marketDataPath(), {
  instruments: [pair("btc"), pair("eth"), pair("sol")],
});
const constant = new BacktestArgsConstant({
  data,
  execution: [{
    exchange: "binance_spot",
    feeRate: "0.00005",
    balances: { usdt: "1000000", btc: "0", eth: "0", sol: "0" },
  }],
});
const parameters = [10, 20, 40, 80].flatMap((fast) =>
  [100, 200, 400, 800].map((slow) => ({ fast, slow }))
);
const dynamics = parameters.map(({ fast, slow }) =>
  new BacktestArgsDynamic({
    id: `${fast}/${slow}`,
    strategy: { type: "smaCross", fast, slow, quantity: "0.1" },
  })
);

let best: BacktestResult | undefined;
const rows: SweepRow[] = [];
for await (const result of runBacktests(constant, dynamics)) {
  rows.push(sweepRow(result, parameters[rows.length] ?? {}));
  if (Number(result.equity.final) > Number(best?.equity.final ?? -Infinity)) best = result;
}
if (best === undefined) throw new Error("The sweep has no runs");
console.log(`${rows.length} runs of ${data.stats.events} events`);
console.log(`best: ${best.id}, ${best.equity.initial} → ${best.equity.final} ${best.equity.quote}`);

const [page] = process.argv.slice(2);
if (page !== undefined) {
  await writeFile(
    page,
    renderTearSheet(best, { sweep: rows, instruments: data.table.instruments }),
  );
}
