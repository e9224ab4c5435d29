/**
 * Shared by the tests of live market data.
 *
 * @module
 */

import type { LiveEvent, LiveMarket } from "../../src/engine/mod.ts";
import { bounded, until } from "../agent/harness.ts";

export { bounded, until };

/** The next events; fewer if the market ends. */
export async function take(market: LiveMarket, count: number): Promise<LiveEvent[]> {
  const events: LiveEvent[] = [];
  while (events.length < count) {
    const { value } = await bounded(market.next());
    if (value === undefined) break;
    events.push(value);
  }
  return events;
}
