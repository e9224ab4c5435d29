/**
 * Live market data through Tendon beside a native reader of the same feed: a local server sends trades
 * in Binance's format as fast as it can, and both read them through barter's connector on the same
 * runtime. The difference is the way from the feed to JavaScript: packing, the event queue, and an
 * object per event.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { call } from "../ffi/call.ts";
import { type InstrumentConfig, LiveMarket } from "../src/engine/mod.ts";
import { instrumentsRequest } from "../src/engine/instruments.ts";

const action = "bench";
const TRADES = 200_000;
const ROUNDS = 15;

const btc: InstrumentConfig = {
  exchange: "binance_spot",
  nameExchange: "BTCUSDT",
  underlying: { base: "btc", quote: "usdt" },
};
const { port } = await call("diagnostics.startTrades", { trades: TRADES }, { action });
const endpoint = `ws://127.0.0.1:${port}`;

/** Nanoseconds from opening to the last event. */
async function native(): Promise<number> {
  const feed = {
    ...instrumentsRequest(action, [btc]),
    subscriptions: [{ instrument: 0, kind: "trades" as const }],
    endpoint,
  };
  const { nanoseconds } = await call("diagnostics.nativeLive", { feed, events: TRADES }, {
    action,
  });
  return nanoseconds;
}

async function tendon(batched: boolean): Promise<number> {
  const started = performance.now();
  const market = await LiveMarket.open({
    instruments: [btc],
    subscriptions: [{ kind: "trades" }],
    endpoint,
  });
  let events = 0;
  let last: unknown;
  if (batched) {
    for await (const batch of market.batches()) {
      events += batch.length;
      last = batch.at(-1);
      if (events === TRADES) break;
    }
  } else {
    for await (const event of market) {
      last = event;
      if (++events === TRADES) break;
    }
  }
  assertEquals((last as { id?: string }).id, `${TRADES}`);
  return (performance.now() - started) * 1e6;
}

const rates = {
  native: [] as number[],
  "in batches": [] as number[],
  "one by one": [] as number[],
};
for (let round = -2; round < ROUNDS; round++) {
  const took = {
    native: await native(),
    "in batches": await tendon(true),
    "one by one": await tendon(false),
  };
  if (round < 0) continue;
  for (const name of ["native", "in batches", "one by one"] as const) rates[name].push(took[name]);
}
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const alone = median(rates.native);
for (const [name, times] of Object.entries(rates)) {
  const took = median(times);
  console.log(
    `live trades, ${name}: ${(TRADES / took * 1e3).toFixed(2)} M events/s, ` +
      `${(alone / took).toFixed(2)} × native`,
  );
}

const group = `${TRADES} live trades`;
Deno.bench("native Rust", { group, baseline: true }, async () => void await native());
Deno.bench("Tendon, in batches", { group }, async () => void await tendon(true));
Deno.bench("Tendon, one by one", { group }, async () => void await tendon(false));
