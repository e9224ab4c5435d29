/**
 * Market events of the contracts on their way to a running system.
 *
 * @module
 */

import type { MarketEvent, System } from "../../engine/mod.ts";
import { timeText } from "../../engine/_time.ts";
import type { EngineEvent } from "../generated/types.ts";

/** Events that cross the border in one call. */
const BATCH = 4096;

/** Feeds one event after another, in batches of what has come meanwhile. */
export class MockFeed {
  readonly #system: System;
  readonly #names: readonly string[];
  readonly #fed: () => void;
  #waiting: MarketEvent[] = [];
  #feeding: Promise<void> | undefined;
  #failure: unknown;

  /** `names` are those of the instruments, by index; `fed` is called when some events were processed. */
  constructor(system: System, names: readonly string[], fed: () => void) {
    this.#system = system;
    this.#names = names;
    this.#fed = fed;
  }

  /** Takes an event; one that moves no price here is left out. */
  push(event: EngineEvent): void {
    const item = marketEvent(event, this.#names);
    if (item === null) return;
    this.#waiting.push(item);
    this.#feeding ??= this.#feed();
  }

  /** Resolves when everything was processed. @throws What could not be */
  async settled(): Promise<void> {
    await this.#feeding;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #feed(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        await this.#system.send(this.#waiting.splice(0, BATCH));
        this.#fed();
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#feeding = undefined;
    }
  }
}

/** The engine's event, or null for what moves no price. */
function marketEvent(
  { instrument, event_time, body }: EngineEvent,
  names: readonly string[],
): MarketEvent | null {
  const index = instrument === null ? -1 : names.indexOf(instrument);
  if (index < 0 || event_time === null) return null;
  const place = { instrument: index, time: timeText(BigInt(event_time)) };
  if (body.type === "market.trade") {
    const { price, quantity: amount, aggressor } = body.data;
    // The side moves nothing.
    return { kind: "trade", ...place, price, amount, side: aggressor === "sell" ? "sell" : "buy" };
  }
  if (body.type !== "market.quote") return null;
  const { bid_price, bid_size, ask_price, ask_size } = body.data;
  return {
    kind: "quote",
    ...place,
    bidPrice: bid_price,
    bidAmount: bid_size,
    askPrice: ask_price,
    askAmount: ask_size,
  };
}
