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

/** Positions of the events of a batch in the order in which they are to be stepped. */
export function positionsInOrder(events: readonly EngineEvent[], mode: Mode): Uint32Array {
  const keys = events.map((event) => parts(event, mode));
  return Uint32Array.from(events.keys()).sort((a, b) => {
    const [left = [], right = []] = [keys[a], keys[b]];
    for (let at = 0; at < left.length; at++) {
      const order = compare(left[at] as Part, right[at] as Part);
      if (order !== 0) return order;
    }
    return 0;
  });
}
