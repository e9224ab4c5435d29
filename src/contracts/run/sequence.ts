/**
 * The order of events that wait.
 *
 * @module
 */

import { isReadableEvent } from "../core/readable.ts";
import { positionsInOrder } from "../core/sequencer.ts";
import type { EngineEvent, Mode, TimeNs } from "../generated/types.ts";

/**
 * Puts a batch in the order of its steps. What cannot be read goes first, for the core to refuse.
 *
 * @param byTime whether the mode steps events by their times, and not as they come
 */
export function inTurn(
  events: readonly EngineEvent[],
  mode: Mode,
  byTime: boolean,
): EngineEvent[] {
  if (events.length < 2) return [...events];
  const readable: EngineEvent[] = [], others: EngineEvent[] = [];
  for (const event of events) (isReadableEvent(event) ? readable : others).push(event);
  const sorted = byTime ? inOrder(readable, mode) : inOrderOfFeeds(readable, mode);
  return [...others, ...sorted];
}

/**
 * Puts a report behind those that wait.
 *
 * @param byTime whether it goes before those that are later: a refusal is there at once, and what a slow
 *   venue said before it is not
 */
export function addReport(reports: EngineEvent[], report: EngineEvent, byTime: boolean): void {
  const time = readableTime(report.event_time);
  let at = reports.length;
  while (byTime && time !== null && at > 0) {
    const before = readableTime(reports[at - 1]?.event_time);
    if (before === null || BigInt(before) <= BigInt(time)) break;
    at--;
  }
  reports.splice(at, 0, report);
}

/** The time of an event that nobody has looked at, if it can be read. */
export function readableTime(time: unknown): TimeNs | null {
  return typeof time === "string" && /^-?[0-9]+$/.test(time) ? time : null;
}

function inOrder(events: readonly EngineEvent[], mode: Mode): EngineEvent[] {
  return Array.from(positionsInOrder(events, mode), (at) => events[at] as EngineEvent);
}

function inOrderOfFeeds(events: readonly EngineEvent[], mode: Mode): EngineEvent[] {
  // The sequencer goes by event ids in the end. Those of a feed need not sort as they follow ("t-10"
  // before "t-9"), and two events of a feed must not change places: each keeps the places of its own.
  const feeds = new Map<string, EngineEvent[]>();
  for (const event of events) {
    const name = feed(event);
    const own = feeds.get(name);
    if (own === undefined) feeds.set(name, [event]);
    else own.push(event);
  }
  const taken = new Map<string, number>();
  return inOrder(events, mode).map((event) => {
    const name = feed(event);
    const at = taken.get(name) ?? 0;
    taken.set(name, at + 1);
    return feeds.get(name)?.[at] ?? event;
  });
}

/** Everything that the sequencer goes by, but the id. */
function feed({ source, venue, instrument, producer, body }: EngineEvent): string {
  const kind = body.type === "timer.fired" ? body.data.kind : source;
  return `${kind}|${venue ?? ""}|${instrument ?? ""}|${producer.name}|${producer.index}`;
}
