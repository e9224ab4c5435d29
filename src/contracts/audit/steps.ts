/**
 * Puts events and intents together to steps, with ids from the engine's own count.
 *
 * @module
 */

import { NO_ATTRIBUTION } from "../_synthetic.ts";
import type { StepInput } from "../execution_core.ts";
import type {
  Attribution,
  Command,
  EngineEvent,
  EngineIntent,
  EventBody,
  EventSource,
  IntentBody,
  OrderReport,
} from "../generated/types.ts";
import { brief } from "./names.ts";

/** Who made the events. */
const PRODUCER = { name: "barter", index: 0 } as const;

/** What an intent says, and whose it is. */
export interface IntentText {
  readonly strategy: string;
  readonly body: IntentBody;
}

/** What is said of an event beside its body. */
export interface EventPlace {
  /** When it happened. @default the time of the tick */
  readonly time?: string;
  readonly ingestTime?: string;
  readonly venue?: string | null;
  readonly instrument?: string;
  readonly strategy?: string;
  readonly synthetic?: boolean;
}

/** Collects the steps of one tick after another. */
export class StepWriter {
  /** Steps written in all, which is the number of the last one. */
  steps = 0;
  /** Events among them that the engine did not see. */
  synthetic = 0;
  #open: { readonly event: EngineEvent; intents: EngineIntent[] }[] = [];
  #tick = "";
  #time = "0";
  #events = 0;
  #intents = 0;

  /** Begins a tick. */
  begin(sequence: number, time: string): void {
    this.#tick = `audit/${sequence}`;
    this.#time = time;
    this.#events = 0;
    this.#intents = 0;
  }

  /** The steps since the last call. */
  take(): readonly StepInput[] {
    const steps = this.#open;
    this.#open = [];
    return steps;
  }

  /** Adds a step. */
  event(source: EventSource, body: EventBody, place: EventPlace, id = this.#nextId()): void {
    const { time = this.#time, ingestTime = null, venue = null, instrument = null } = place;
    const { strategy = null, synthetic = false } = place;
    this.steps++;
    if (synthetic) this.synthetic++;
    this.#open.push({
      event: {
        schema: "engine_event/1.0",
        event_id: id,
        seq_id: null,
        event_time: time,
        ingest_time: ingestTime,
        source,
        venue,
        instrument,
        producer: PRODUCER,
        idempotency_key: null,
        synthetic,
        attribution: attributed(strategy),
        trace: null,
        body,
      },
      intents: [],
    });
  }

  #nextId(): string {
    const count = this.#events++;
    return count === 0 ? this.#tick : `${this.#tick}.${count}`;
  }

  /** Adds a report on an order; what is not said is null. */
  report(
    data: Pick<OrderReport, "order_id" | "report"> & Partial<OrderReport>,
    place: EventPlace,
  ): void {
    const id = this.#nextId();
    this.event(
      "broker_report",
      {
        type: "order.report",
        data: {
          venue_order_id: null,
          report_id: id,
          reason_code: null,
          reason: null,
          cum_filled: null,
          quantity: null,
          limit_price: null,
          status: null,
          ...data,
        },
      },
      place,
      id,
    );
  }

  /** Adds a command. */
  command(command: Command, reason: string, synthetic: boolean): void {
    const id = this.#nextId();
    this.event(
      "control",
      {
        type: "control.command",
        data: {
          command_id: id,
          command,
          flag: null,
          value: null,
          currency: null,
          instrument: null,
          amount: null,
          reason: brief(reason),
        },
      },
      { synthetic },
      id,
    );
  }

  /** Adds a turn for intents that follow what has no form. */
  timer(): void {
    const id = this.#nextId();
    this.event(
      "timer",
      {
        type: "timer.fired",
        data: { timer_id: id, kind: "normal", scheduled_for: this.#time },
      },
      { synthetic: true },
      id,
    );
  }

  /** Adds intents to the last step. */
  attach(intents: readonly IntentText[]): void {
    const step = this.#open.at(-1);
    if (step === undefined) throw new TypeError("Cannot attach intents: there is no step");
    for (const { strategy, body } of intents) {
      step.intents.push({
        schema: "engine_intent/1.0",
        intent_id: `${this.#tick}/${this.#intents++}`,
        index: step.intents.length,
        caused_by: this.steps,
        created_at: this.#time,
        idempotency_key: null,
        attribution: attributed(strategy),
        trace: null,
        body,
      });
    }
  }
}

function attributed(strategy: string | null): Attribution {
  return { ...NO_ATTRIBUTION, strategy_id: strategy };
}
