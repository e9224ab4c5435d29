/**
 * Events on their way into a run.
 *
 * @module
 */

import type { EngineEvent, QueuePolicy } from "../generated/types.ts";
import type { MarketKind } from "./options.ts";

interface Waiter {
  readonly event: EngineEvent;
  readonly resolve: (queued: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const QUEUED = Promise.resolve(true);
const DROPPED = Promise.resolve(false);

/** Bounded by waiting, or by dropping market data and nothing else. */
export class IngestQueue {
  /** Market events that found no room. */
  readonly dropped: Record<MarketKind, number> = {
    "market.bar": 0,
    "market.trade": 0,
    "market.quote": 0,
  };
  readonly #capacity: number;
  readonly #drops: boolean;
  #events: EngineEvent[] = [];
  #waiters: Waiter[] = [];
  /** Dropped since everything was taken: the input has them among and behind those that wait. */
  #lost = 0;

  constructor(capacity: number, policy: QueuePolicy) {
    this.#capacity = capacity;
    this.#drops = policy === "drop_market_data";
  }

  /** How many wait; those that wait to be let in are not in. */
  get size(): number {
    return this.#events.length;
  }

  /** The next one. */
  get first(): EngineEvent | undefined {
    return this.#events[0];
  }

  /** Adds an event: true once it is in, false if it was dropped. */
  push(event: EngineEvent): Promise<boolean> {
    if (this.#events.length < this.#capacity) {
      this.#events.push(event);
      return QUEUED;
    }
    if (!this.#drops) {
      return new Promise((resolve, reject) => this.#waiters.push({ event, resolve, reject }));
    }
    const { type } = event.body;
    if (type in this.dropped) {
      this.dropped[type as MarketKind]++;
      this.#lost++;
      return DROPPED;
    }
    this.#events.push(event);
    return QUEUED;
  }

  /** Takes everything that waits, with the number of those that were dropped among and behind them. */
  takeAll(): { readonly events: EngineEvent[]; readonly lost: number } {
    const events = this.#events, lost = this.#lost;
    this.#events = [];
    this.#lost = 0;
    this.#letIn();
    return { events, lost };
  }

  /**
   * Takes the events that bear the time of the first one. It gives none while there may be more of
   * them: how fast they come must not decide what is taken together.
   *
   * @param ended whether no other will come
   */
  takeMoment(ended: boolean): EngineEvent[] {
    const time = this.#events[0]?.event_time;
    // The first one goes in any case: a time that is none, such as NaN, may not even equal itself.
    let count = this.#events.findIndex(({ event_time }) => !Object.is(event_time, time));
    if (count < 0) {
      if (!ended && this.#events.length < this.#capacity) return [];
      count = this.#events.length;
    }
    const events = this.#events.splice(0, count);
    this.#letIn();
    return events;
  }

  /** Turns away whoever waits to be let in. */
  refuse(error: unknown): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }

  #letIn(): void {
    const room = this.#capacity - this.#events.length;
    if (room <= 0 || this.#waiters.length === 0) return;
    for (const { event, resolve } of this.#waiters.splice(0, room)) {
      this.#events.push(event);
      resolve(true);
    }
  }
}
