/**
 * Events that do not come from a venue: their ids are derived, so that the same cause gives the same
 * event, and the core tells a second one by its key.
 *
 * @module
 */

import { sha256 } from "./core/sha256.ts";
import type {
  Attribution,
  ControlCommand,
  EngineEvent,
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

/** What events of one maker have in common. */
export interface EventHead {
  readonly id: string;
  readonly time: string | null;
  readonly venue: string | null;
  readonly instrument: string | null;
  readonly producer: string;
  readonly synthetic: boolean;
}

/** An event as it waits for its number, without a body. */
function envelope(head: EventHead): Omit<EngineEvent, "source" | "body"> {
  return {
    schema: "engine_event/1.0",
    event_id: head.id,
    seq_id: null,
    event_time: head.time,
    ingest_time: null,
    venue: head.venue,
    instrument: head.instrument,
    producer: { name: head.producer, index: 0 },
    idempotency_key: null,
    synthetic: head.synthetic,
    attribution: NO_ATTRIBUTION,
    trace: null,
  };
}

/** A report on an order; what is not given is null. */
export function reportEvent(
  head: EventHead,
  data: Pick<OrderReport, "order_id" | "report"> & Partial<OrderReport>,
): EngineEvent {
  return {
    ...envelope(head),
    source: "broker_report",
    body: {
      type: "order.report",
      data: {
        venue_order_id: null,
        report_id: null,
        reason_code: null,
        reason: null,
        cum_filled: null,
        quantity: null,
        limit_price: null,
        status: null,
        ...data,
      },
    },
  };
}

/** A fill. */
export function fillEvent(head: EventHead, data: OrderFill): EngineEvent {
  return { ...envelope(head), source: "broker_report", body: { type: "order.fill", data } };
}

/** A command; what is not given is null. */
export function commandEvent(
  head: EventHead,
  data: Pick<ControlCommand, "command_id" | "command"> & Partial<ControlCommand>,
): EngineEvent {
  return {
    ...envelope(head),
    source: "control",
    body: {
      type: "control.command",
      data: {
        flag: null,
        value: null,
        currency: null,
        instrument: null,
        amount: null,
        reason: null,
        ...data,
      },
    },
  };
}
