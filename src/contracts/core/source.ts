/**
 * Where events come from.
 *
 * @module
 */

import type { EventBody, EventSource } from "../generated/types.ts";

const SOURCES = {
  market: "market_data",
  order: "broker_report",
  timer: "timer",
  control: "control",
} as const;

/** The source that a type of event has: the first part of its name says it. */
export function sourceOf(type: EventBody["type"]): EventSource {
  return SOURCES[type.slice(0, type.indexOf(".")) as keyof typeof SOURCES];
}
