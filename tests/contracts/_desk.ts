/**
 * A core and a venue at one desk: intents go out, reports come in, as an application would do it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type CoreConfig,
  createCore,
  deliver,
  type EngineEvent,
  type EngineIntent,
  type ExecutionCore,
  type ExecutionStepResult,
  type IntentOf,
  lastChanges,
  type Mode,
  type OrderRecord,
  reconcile,
  type Reconciliation,
  type VenueAdapter,
  type VenueIntent,
  venueIntents,
  venueSnapshot,
} from "../../src/contracts/mod.ts";
import { areaOf, commandBody, CONFIG, NOBODY } from "./engine/_script.ts";

export { terms } from "./engine/_script.ts";

/** 2025-01-01T00:00:00Z; a test's times count seconds from there. */
const START = 1_735_689_600n;

/** Time of a test, in nanoseconds. */
export function at(second: number): string {
  return String((START + BigInt(second)) * 1_000_000_000n);
}

/** A core's configuration: 10000 USD. */
export function config(mode: Mode, runId = "desk"): CoreConfig {
  return { ...CONFIG, run_id: runId, mode };
}

/** An event of a test; its id tells what it is. */
export function event(
  second: number,
  body: EngineEvent["body"],
  members: Partial<EngineEvent> = {},
): EngineEvent {
  return {
    schema: "engine_event/1.0",
    event_id: `${body.type}-${second}`,
    seq_id: null,
    event_time: at(second),
    ingest_time: null,
    source: areaOf(body).source,
    venue: null,
    instrument: null,
    producer: { name: "test", index: 0 },
    idempotency_key: null,
    synthetic: false,
    attribution: NOBODY,
    trace: null,
    body,
    ...members,
  };
}

/** A command; what is not given is null. */
export function command(
  second: number,
  data: Parameters<typeof commandBody>[0],
): EngineEvent {
  return event(second, commandBody(data));
}

/** A trade of BTC/USD. */
export function trade(second: number, price: string, quantity: string): EngineEvent {
  return event(second, {
    type: "market.trade",
    data: { trade_id: null, price, quantity, aggressor: "unknown" },
  }, { instrument: "BTC/USD", venue: "test" });
}

/** Members of a market order. */
export const MARKET = { order_type: "market", limit_price: null, time_in_force: "ioc" } as const;

/** An intent for the step `caused_by`. */
export function intent(
  second: number,
  caused_by: number,
  body: EngineIntent["body"],
): EngineIntent {
  return {
    schema: "engine_intent/1.0",
    intent_id: `intent-${caused_by}`,
    index: 0,
    caused_by,
    created_at: at(second),
    idempotency_key: null,
    attribution: { ...NOBODY, strategy_id: "test" },
    trace: null,
    body,
  };
}

/** See the module. */
export class Desk implements AsyncDisposable {
  readonly core: ExecutionCore;
  readonly adapter: VenueAdapter;
  /** Every step so far. */
  readonly log: ExecutionStepResult[] = [];
  readonly #reports: AsyncIterator<EngineEvent>;
  #second = 0;

  constructor(adapter: VenueAdapter, mode: Mode = "paper") {
    this.adapter = adapter;
    this.core = createCore(config(mode), { backend: "typescript", validation: "full" });
    this.#reports = adapter.reports()[Symbol.asyncIterator]();
  }

  /** The next second. */
  tick(): number {
    return ++this.#second;
  }

  /** A step of the core. */
  step(event: EngineEvent, intents: readonly EngineIntent[] = []): ExecutionStepResult {
    const result = this.core.step(event, intents);
    this.log.push(result);
    return result;
  }

  /** An intent in a step of its own, not sent yet. */
  decide<B extends VenueIntent["body"]>(body: B): IntentOf<B["type"]> {
    const second = this.tick();
    const timer = event(second, {
      type: "timer.fired",
      data: { timer_id: `timer-${second}`, kind: "normal", scheduled_for: at(second) },
    });
    const decided = intent(second, this.core.snapshot().seq_id + 1, body);
    const { intent_results: [result] } = this.step(timer, [decided]);
    assertEquals(result?.outcome, "applied");
    return decided as IntentOf<B["type"]>;
  }

  /** Decides and delivers; a refusal goes to the core. */
  async send(body: VenueIntent["body"]): Promise<void> {
    this.decide(body);
    for (const intent of venueIntents(this.log.at(-1)!)) {
      const { report } = await deliver(this.adapter, intent);
      if (report !== null) assertEquals(this.step(report).event_result.outcome, "applied");
    }
  }

  /** The core's record of an order. */
  order(id: string): OrderRecord | undefined {
    return this.core.snapshot().orders.find(({ order_id }) => order_id === id);
  }

  /** Takes reports until an order stands so. Each of them must be news to the core, and legal. */
  async until(id: string, status: OrderRecord["status"]): Promise<OrderRecord> {
    for (;;) {
      const order = this.order(id);
      if (order?.status === status) return order;
      const { value, done } = await this.#reports.next();
      if (done) throw new Error(`The reports ended while "${id}" was ${order?.status}`);
      const { outcome, code } = this.step(value).event_result;
      assertEquals([outcome, code], ["applied", null]);
    }
  }

  /** Takes reports up to the one that is wanted, and keeps them from the core. */
  async lose(last: (body: EngineEvent["body"]) => boolean): Promise<EngineEvent[]> {
    const lost: EngineEvent[] = [];
    for (;;) {
      const { value, done } = await this.#reports.next();
      if (done) throw new Error("The reports ended before the one to lose");
      lost.push(value);
      if (last(value.body)) return lost;
    }
  }

  /** Compares with the venue. */
  async reconcile(): Promise<Reconciliation> {
    const orderIds = this.core.snapshot().orders.map(({ order_id }) => order_id);
    const venue = await venueSnapshot(this.adapter, { asOf: at(this.tick()), orderIds });
    return reconcile(this.core.snapshot(), venue, { changed: lastChanges(this.log) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.core.close();
    await this.adapter.close();
  }
}
