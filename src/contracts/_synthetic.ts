/**
 * Events made here. Ids of those that do not come from a venue are derived, so that the same cause gives
 * the same event, and the core tells a second one by its key.
 *
 * @module
 */

import { sha256 } from "./core/sha256.ts";
import { sourceOf } from "./core/source.ts";
import type {
  Attribution,
  ControlCommand,
  EngineEvent,
  EventBody,
  OrderFill,
  OrderReport,
} from "./generated/types.ts";

/** Belongs to nobody in particular. */
export const NO_ATTRIBUTION: Attribution = {
  strategy_id: null,
  execution_id: null,
  route_id: null,
  broker_id: null,
  snapshot_id: null,
};

/** An id of 32 hex digits behind a word, from the parts that make its bearer unique. */
export function derivedId(word: string, ...parts: readonly string[]): string {
  return `${word}-${sha256([word, ...parts].join("|")).slice(0, 32)}`;
}

/** What is said of an event beside its body. */
export interface EventHead {
  readonly id: string;
  readonly time: string | null;
  readonly ingestTime?: string | null;
  readonly venue: string | null;
  readonly instrument: string | null;
  readonly producer: string;
  readonly synthetic: boolean;
  /** Strategy that it is about. @default nobody's */
  readonly strategy?: string | null;
}

/** An event as it waits for its number. */
export function newEvent(head: EventHead, body: EventBody): EngineEvent {
  return {
    schema: "engine_event/1.0",
    event_id: head.id,
    seq_id: null,
    event_time: head.time,
    ingest_time: head.ingestTime ?? null,
    source: sourceOf(body.type),
    venue: head.venue,
    instrument: head.instrument,
    producer: { name: head.producer, index: 0 },
    idempotency_key: null,
    synthetic: head.synthetic,
    attribution: attributed(head.strategy ?? null),
    trace: null,
    body,
  };
}

/** Belongs to a strategy. */
export function attributed(strategy_id: string | null): Attribution {
  return { ...NO_ATTRIBUTION, strategy_id };
}

/** What a report says; what is not given is null. */
export type ReportText = Pick<OrderReport, "order_id" | "report"> & Partial<OrderReport>;
/** What a command says; what is not given is null. */
export type CommandText =
  & Pick<ControlCommand, "command_id" | "command">
  & Partial<ControlCommand>;

/** A report on an order. */
export function reportEvent(head: EventHead, text: ReportText): EngineEvent {
  const data: OrderReport = {
    venue_order_id: null,
    report_id: null,
    reason_code: null,
    reason: null,
    cum_filled: null,
    quantity: null,
    limit_price: null,
    status: null,
    ...text,
  };
  return newEvent(head, { type: "order.report", data });
}

/** A fill. */
export function fillEvent(head: EventHead, data: OrderFill): EngineEvent {
  return newEvent(head, { type: "order.fill", data });
}

/** A command. */
export function commandEvent(head: EventHead, text: CommandText): EngineEvent {
  const data: ControlCommand = {
    flag: null,
    value: null,
    currency: null,
    instrument: null,
    amount: null,
    reason: null,
    ...text,
  };
  return newEvent(head, { type: "control.command", data });
}
