/**
 * The order in which a batch of events takes its numbers.
 *
 * @module
 */

import type { EngineEvent, Mode } from "../generated/types.ts";

function rank({ body }: EngineEvent): number {
  switch (body.type) {
    case "control.command":
      return 0;
    case "market.bar":
    case "market.trade":
    case "market.quote":
      return 1;
    case "timer.fired":
      return body.data.kind === "cheat_on_open" ? 2 : 4;
    default:
      return 3;
  }
}

type Part = string | number | bigint | null;

function parts(event: EngineEvent, mode: Mode): Part[] {
  const time = mode === "backtest" && event.event_time !== null ? BigInt(event.event_time) : null;
  const { venue, instrument, producer, event_id } = event;
  return [time, rank(event), venue, instrument, producer.name, producer.index, event_id];
}

/** Null first. Names are ASCII, so code units and bytes sort alike. */
function compare(a: Part, b: Part): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}

/**
 * Puts a batch in the order in which its events are to be stepped, without numbering them.
 *
 * By event time (in a backtest only), then control, market data, cheat-on-open timers, reports and
 * fills, other timers, then venue, instrument, producer and event id.
 *
 * @returns a new array; `events` stays as it is
 */
export function sequenceBatch(events: readonly EngineEvent[], mode: Mode): EngineEvent[] {
  const keyed = events.map((event) => ({ event, key: parts(event, mode) }));
  keyed.sort((a, b) => {
    for (let at = 0; at < a.key.length; at++) {
      const order = compare(a.key[at] as Part, b.key[at] as Part);
      if (order !== 0) return order;
    }
    return 0;
  });
  return keyed.map(({ event }) => event);
}
