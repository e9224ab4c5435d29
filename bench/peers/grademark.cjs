// The moving-average crossover in grademark, on the CSV file that peers.ts writes. Prints a line of
// JSON. grademark does not state that it needs chai:
//
//   npm install grademark@0.3.0 data-forge@1.10.5 chai@4
//   NODE_PATH=node_modules node grademark.cjs trades.csv
const { readFileSync } = require("node:fs");
const { DataFrame } = require("data-forge");
const { backtest } = require("grademark");

const FAST = 20, SLOW = 100, ROUNDS = 5;
const [, ...rows] = readFileSync(process.argv[2], "utf8").trim().split("\n");
const trades = rows.map((row) => row.split(","));
const prices = trades.map(([, price]) => Number(price));
const mean = (at, n) => {
  if (at < n - 1) return NaN;
  let sum = 0;
  for (let row = at - n + 1; row <= at; row++) sum += prices[row];
  return sum / n;
};
const bars = trades.map(([time, , amount], at) => ({
  time: new Date(Number(BigInt(time) / 1_000_000n)),
  open: prices[at],
  high: prices[at],
  low: prices[at],
  close: prices[at],
  volume: Number(amount),
  fast: mean(at, FAST),
  slow: mean(at, SLOW),
}));
const input = new DataFrame(bars).setIndex("time").bake();
const strategy = {
  entryRule: (enter, { bar }) => bar.fast > bar.slow && enter(),
  exitRule: (exit, { bar }) => bar.fast < bar.slow && exit(),
  fees: () => 0.02,
};
let ms = Infinity, fills = 0;
for (let round = 0; round < ROUNDS; round++) {
  const started = performance.now();
  const done = backtest(strategy, input);
  ms = Math.min(ms, performance.now() - started);
  fills = 2 * done.length;
}
console.log(JSON.stringify({
  name: "grademark 0.3.0 (averages computed beforehand)",
  events: bars.length,
  fills,
  ms,
}));
