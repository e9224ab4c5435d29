/**
 * A strategy runs over a core and a simulated venue. The run is stopped in the middle, goes on from a
 * checkpoint, and comes to the end of a run that was never stopped.
 *
 * deno run examples/contract_run.ts
 *
 * @module
 */

import {
  type Checkpoint,
  ContractRun,
  type CoreConfig,
  type EngineEvent,
  type ExecutionStepResult,
  type RunEnd,
  type RunStrategy,
  SimulatedVenue,
  verifyReplay,
} from "../src/contracts/mod.ts";

const CASH = [{ currency: "USD", amount: "10000" }];
const CONFIG: CoreConfig = {
  schema: "core_config/1.0",
  run_id: "dips",
  mode: "backtest",
  base_currency: "USD",
  initial_cash: CASH,
  policy_overrides: null,
  risk: {
    max_order_quantity: "2",
    max_order_notional: null,
    max_position: "5",
    max_open_orders: 4,
  },
  capabilities: null,
};
const NOBODY = {
  strategy_id: null,
  execution_id: null,
  route_id: null,
  broker_id: null,
  snapshot_id: null,
};
const INSTRUMENT = "BTC/USD";

/** Trades a second apart, from 2025-01-01 on: a slow wave with a quick one on it. */
const MARKET: readonly EngineEvent[] = Array.from({ length: 240 }, (_, index): EngineEvent => ({
  schema: "engine_event/1.0",
  event_id: `trade-${index}`,
  seq_id: null,
  event_time: `${1_735_689_600 + index}000000000`,
  ingest_time: null,
  source: "market_data",
  venue: "simulator",
  instrument: INSTRUMENT,
  producer: { name: "example", index: 0 },
  idempotency_key: null,
  synthetic: false,
  attribution: NOBODY,
  trace: null,
  body: {
    type: "market.trade",
    data: {
      trade_id: null,
      price: String(Math.round(100 + 8 * Math.sin(index / 20) + 3 * Math.sin(index))),
      quantity: "1",
      aggressor: "unknown",
    },
  },
}));

/** Buys below the mean of the prices so far; offers two dollars higher what it bought. */
class Dips implements RunStrategy {
  readonly id = "dips";
  #seen = { prices: 0, sum: 0 };

  onEvent({ event }: Parameters<RunStrategy["onEvent"]>[0]) {
    const { body } = event;
    if (body.type === "order.fill" && body.data.order_id.startsWith("buy")) {
      return [{
        type: "place_order" as const,
        data: {
          order_id: `sell-${body.data.fill_id}`,
          instrument: INSTRUMENT,
          side: "sell" as const,
          order_type: "limit" as const,
          quantity: body.data.quantity,
          limit_price: String(Number(body.data.price) + 2),
        },
      }];
    }
    if (body.type !== "market.trade") return;
    const price = Number(body.data.price);
    this.#seen = { prices: this.#seen.prices + 1, sum: this.#seen.sum + price };
    if (price > this.#seen.sum / this.#seen.prices - 5) return;
    return [{
      type: "place_order" as const,
      data: {
        order_id: `buy-${event.event_id}`,
        instrument: INSTRUMENT,
        side: "buy" as const,
        order_type: "market" as const,
        quantity: "1",
      },
    }];
  }

  save(): string {
    return JSON.stringify(this.#seen);
  }

  load(state: string): void {
    this.#seen = JSON.parse(state);
  }
}

/** A replay log in memory. */
class Log {
  text = "";
  readonly #decoder = new TextDecoder();

  readonly write = (lines: Uint8Array): void => {
    this.text += this.#decoder.decode(lines);
  };

  steps(): ExecutionStepResult[] {
    return this.text.split("\n").slice(1, -1).map((line) => JSON.parse(line));
  }
}

/** A venue in memory; it begins anew for every part of the run. */
function openVenue(): SimulatedVenue {
  return new SimulatedVenue({ balances: CASH, feeRate: "0.0005" });
}

/** Everything that a part of the run needs. */
function parts(log: Log, venue: SimulatedVenue) {
  const strategy = new Dips();
  return { config: CONFIG, backend: "typescript" as const, venue, strategy, log: log.write };
}

/** From the first event to the last one. */
async function whole(log: Log): Promise<RunEnd> {
  await using venue = openVenue();
  await using run = await ContractRun.start(parts(log, venue));
  await run.feed(MARKET);
  return await run.finish();
}

/** Stops somewhere, with a checkpoint of earlier. */
async function stopped(log: Log): Promise<Checkpoint> {
  await using venue = openVenue();
  await using run = await ContractRun.start(parts(log, venue));
  await run.feed(MARKET.slice(0, 80));
  const checkpoint = await run.checkpoint();
  await run.feed(MARKET.slice(80, 120));
  return checkpoint;
}

/** Goes on from there. */
async function resumed(log: Log, checkpoint: Checkpoint): Promise<RunEnd> {
  const resume = { checkpoint, records: log.steps() };
  await using venue = openVenue();
  await using run = await ContractRun.start({ ...parts(log, venue), resume });
  await run.feed(MARKET.slice(run.position));
  return await run.finish();
}

const log = new Log();
const { golden, snapshot, counts } = await whole(log);
const filled = snapshot.orders.filter(({ status }) => status === "filled").length;
console.log(`${counts.steps} steps, ${snapshot.orders.length} orders, ${filled} of them filled`);
for (const { instrument, quantity, realized_pnl } of snapshot.positions) {
  console.log(`${instrument}: ${quantity} held, ${realized_pnl} realised`);
}
console.log(`cash: ${snapshot.cash.map(({ currency, amount }) => `${amount} ${currency}`)}`);

const { departure } = verifyReplay(log.text, { config: CONFIG, golden }, ["typescript"]);
console.log(departure === null ? "the log replays to the same end" : departure.what);

const parted = new Log();
const checkpoint = await stopped(parted);
const end = await resumed(parted, checkpoint);
const same = end.golden.step_hash === golden.step_hash && parted.text === log.text;
console.log(`stopped at step ${checkpoint.cursor} and resumed: ${same ? "the same log" : "other"}`);
