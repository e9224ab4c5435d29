/**
 * Puts events and intents together to steps, with ids from the engine's own count.
 *
 * @module
 */

import {
  attributed,
  commandEvent,
  type EventHead,
  newEvent,
  reportEvent,
  type ReportText,
} from "../_synthetic.ts";
import type { StepInput } from "../execution_core.ts";
import type {
  Command,
  EngineEvent,
  EngineIntent,
  EventBody,
  IntentBody,
} from "../generated/types.ts";
import { brief } from "./names.ts";

/** Who made the events. */
const PRODUCER = "barter";

/** What an intent says, and whose it is. */
export interface IntentText {
  readonly strategy: string;
  readonly body: IntentBody;
}

/** What is said of an event beside its body. The time is that of the tick by default. */
export type EventPlace = Partial<Omit<EventHead, "id" | "producer">>;

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
  event(body: EventBody, place: EventPlace): void {
    this.#add(newEvent(this.#head(place), body));
  }

  #add(event: EngineEvent): void {
    this.steps++;
    if (event.synthetic) this.synthetic++;
    this.#open.push({ event, intents: [] });
  }

  #head(place: EventPlace, id = this.#nextId()): EventHead {
    return {
      id,
      time: this.#time,
      venue: null,
      instrument: null,
      producer: PRODUCER,
      synthetic: false,
      ...place,
    };
  }

  #nextId(): string {
    const count = this.#events++;
    return count === 0 ? this.#tick : `${this.#tick}.${count}`;
  }

  /** Adds a report on an order; what is not said is null. */
  report(text: ReportText, place: EventPlace): void {
    const id = this.#nextId();
    this.#add(reportEvent(this.#head(place, id), { report_id: id, ...text }));
  }

  /** Adds a command. */
  command(command: Command, reason: string, synthetic: boolean): void {
    const id = this.#nextId();
    const text = { command_id: id, command, reason: brief(reason) };
    this.#add(commandEvent(this.#head({ synthetic }, id), text));
  }

  /** Adds a turn for intents that follow what has no form. */
  timer(): void {
    const id = this.#nextId();
    const data = { timer_id: id, kind: "normal", scheduled_for: this.#time } as const;
    this.#add(newEvent(this.#head({ synthetic: true }, id), { type: "timer.fired", data }));
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
