/**
 * Tendon beside other backtesters: the same moving-average crossover on the same trades, run by run
 * in one go. Not a `deno bench`, because the peers are other processes.
 *
 * ```sh
 * python3 -m venv venv
 * venv/bin/pip install nautilus_trader==1.221.0 backtesting==0.6.6 hftbacktest==2.4.4
 * npm install grademark@0.3.0 data-forge@1.10.5 chai@4
 * TENDON_PEERS_PYTHON=venv/bin/python TENDON_PEERS_NODE_PATH=node_modules deno run -A bench/peers/peers.ts
 * ```
 *
 * The time is that of the run alone: data is in memory before, in each peer's own form. Fills are
 * printed because peers differ in when an order fills; the strategies ask the same question at
 * every trade.
 *
 * @module
 */

import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { marketDataPath } from "../../examples/_data.ts";
import { backtest, type BacktestConfig, MarketData } from "../../src/engine/mod.ts";

interface Figure {
  readonly name: string;
  readonly events: number;
  readonly fills: number;
  readonly ms: number;
}

const FAST = 20, SLOW = 100, ROUNDS = 10, COPIES = 10;
const pair = (base: string) => ({
  exchange: "binance_spot",
  nameExchange: `${base.toUpperCase()}USDT`,
  underlying: { base, quote: "usdt" },
});
using recording = await MarketData.load(marketDataPath(), {
  instruments: [pair("btc"), pair("eth"), pair("sol")],
});

/** The trades of btc, several times over, with times that go on. */
function prolonged(): { time: bigint; price: number; amount: number; side: number }[] {
  const { time, instrument, price, amount, side } = recording.columns("trade");
  const own = [...price.keys()].filter((row) => instrument?.[row] === 0);
  const span = 600_000_000_000n;
  return Array.from({ length: COPIES }, (_, copy) =>
    own.map((row, order) => ({
      time: (time[own[0] ?? 0] ?? 0n) + BigInt(copy) * span + BigInt(order) * 10_000_000n,
      price: price[row] ?? 0,
      amount: amount[row] ?? 0,
      side: side[row] ?? 0,
    }))).flat();
}

const trades = prolonged();
const config: BacktestConfig = {
  strategy: { type: "smaCross", fast: FAST, slow: SLOW, quantity: "0.01" },
  execution: [{
    exchange: "binance_spot",
    feeRate: "0.0001",
    balances: { usdt: "1000000", btc: "0" },
  }],
};

async function tendon(): Promise<Figure> {
  using data = await MarketData.fromColumns([{
    kind: "trade",
    time: BigInt64Array.from(trades, ({ time }) => time),
    price: Float64Array.from(trades, ({ price }) => price),
    amount: Float64Array.from(trades, ({ amount }) => amount),
    side: Uint8Array.from(trades, ({ side }) => side),
  }], { instruments: [pair("btc")] });
  let ms = Infinity, fills = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    const result = await backtest(data, config);
    ms = Math.min(ms, performance.now() - started);
    fills = result.fills.length;
  }
  return { name: "Tendon", events: trades.length, fills, ms };
}

/** Runs a peer in a process of its own; it prints a line of JSON per figure. */
async function peers(command: string, args: string[], env: Record<string, string> = {}) {
  const { stdout, stderr, code } = await new Deno.Command(command, { args, env }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return lines.filter((line) => line.startsWith("{")).map((line): Figure => JSON.parse(line));
}

async function others(): Promise<Figure[]> {
  const path = join(tmpdir(), `tendon-peers-${crypto.randomUUID()}.csv`);
  const rows = trades.map(({ time, price, amount, side }) =>
    `${time},${price},${amount},${side === 0 ? "buy" : "sell"}`
  );
  await writeFile(path, `time,price,amount,side\n${rows.join("\n")}\n`);
  const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const python = Deno.env.get("TENDON_PEERS_PYTHON");
  const modules = Deno.env.get("TENDON_PEERS_NODE_PATH");
  try {
    return [
      ...modules
        ? await peers("node", [script("grademark.cjs"), path], { NODE_PATH: modules })
        : [],
      ...python ? await peers(python, [script("hft.py"), path]) : [],
      ...python ? await peers(python, [script("peers.py"), path]) : [],
    ];
  } finally {
    await rm(path);
  }
}

const figures = [await tendon(), ...await others()];
const own = figures[0]?.ms ?? NaN;
console.log(`smaCross ${FAST}/${SLOW} over ${trades.length} trades`);
for (const { name, fills, ms, events } of figures) {
  console.log(
    `${name.padEnd(48)} ${ms.toFixed(1).padStart(9)} ms  ${
      (events / ms / 1e3).toFixed(3).padStart(7)
    } M events/s  ${fills} fills  Tendon is ${(ms / own).toFixed(1)} × as fast`,
  );
}
