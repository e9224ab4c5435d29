/**
 * Sends intents to a venue as its errors ask for.
 *
 * @module
 */

import { checkInteger } from "../../_check.ts";
import { derivedId, reportEvent } from "../_synthetic.ts";
import type { EngineEvent, ReasonCode, VenueOrder } from "../generated/types.ts";
import {
  asVenueError,
  isIntent,
  type VenueAdapter,
  venueFailure,
  type VenueIntent,
} from "./venue.ts";

/** Settings of {@linkcode deliver}. */
export interface DeliverOptions {
  /** How often the venue is asked at most, with queries. @default 5 */
  readonly attempts?: number;
  /** Waits between attempts. @default a timer */
  readonly wait?: (ms: number) => Promise<void>;
}

/** How often an intent had to be sent, and what the core must hear. */
export interface Delivery {
  /** Whether the venue has it. */
  readonly sent: boolean;
  /** The refusal as an event for the core, or null if it was sent. */
  readonly report: EngineEvent | null;
}

/** The part of an adapter that {@linkcode deliver} asks. */
export type DeliveryVenue = Pick<
  VenueAdapter,
  "venue" | "submit" | "cancel" | "replace" | "order"
>;

/**
 * Sends an intent until the venue has it or refuses it.
 *
 * A transient failure is tried again after the time it names. After an unknown outcome the venue is
 * asked for the order of the same id first, and only sent the intent again if it does not show there. A
 * refusal becomes the report that the core needs, with the time of the intent.
 *
 * @throws {VenueError} `venue_fatal`, also for what is no `VenueError` and stands in `cause` then, or the
 *   last failure when the attempts are used up; whether the venue has the intent is not known then.
 */
export async function deliver(
  adapter: DeliveryVenue,
  intent: VenueIntent,
  { attempts = 5, wait = timer }: DeliverOptions = {},
): Promise<Delivery> {
  checkInteger("deliver an intent", "attempts", attempts, 1, 1000);
  let ask = false;
  for (let left = attempts - 1;; left--) {
    try {
      if (ask && shows(intent, await adapter.order(intent.body.data.order_id))) break;
      ask = false;
      await send(adapter, intent);
      break;
    } catch (thrown) {
      const error = asVenueError(adapter.venue, `send intent "${intent.intent_id}"`, thrown);
      const failure = venueFailure(error);
      if (failure?.code === "venue_rejected") {
        return { sent: false, report: refusal(adapter, intent, failure.reasonCode) };
      }
      if (failure?.code === "venue_capability") {
        return { sent: false, report: refusal(adapter, intent, "other") };
      }
      if (left === 0) throw error;
      if (failure?.code === "venue_unknown_outcome") ask = true;
      else if (failure?.code === "venue_transient") await wait(failure.retryAfterMs);
      else throw error;
    }
  }
  return { sent: true, report: null };
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function send(adapter: DeliveryVenue, intent: VenueIntent): Promise<void> {
  if (isIntent(intent, "place_order")) return adapter.submit(intent);
  return isIntent(intent, "cancel_order") ? adapter.cancel(intent) : adapter.replace(intent);
}

/** Whether an order at the venue shows that the intent arrived. */
function shows({ body }: VenueIntent, order: VenueOrder | null): boolean {
  if (order === null) return false;
  if (body.type === "place_order") return true;
  if (body.type === "cancel_order") return !OPEN.has(order.status);
  const { quantity, limit_price } = body.data;
  return (quantity === null || quantity === order.quantity) &&
    (limit_price === null || limit_price === order.limit_price);
}

/** Statuses of an order of which nobody asked the end. */
const OPEN: ReadonlySet<VenueOrder["status"]> = new Set([
  "created",
  "submitted",
  "accepted",
  "partially_filled",
]);

const REFUSALS = {
  place_order: "rejected",
  cancel_order: "cancel_rejected",
  replace_order: "replace_rejected",
} as const;

function refusal(adapter: DeliveryVenue, intent: VenueIntent, reason: ReasonCode): EngineEvent {
  const { body, intent_id, created_at } = intent;
  return reportEvent({
    id: derivedId("refusal", adapter.venue, intent_id),
    time: created_at,
    venue: adapter.venue,
    instrument: body.type === "place_order" ? body.data.instrument : null,
    producer: "delivery",
    synthetic: true,
  }, {
    order_id: body.data.order_id,
    report: REFUSALS[body.type],
    report_id: derivedId("report", adapter.venue, intent_id),
    reason_code: reason,
  });
}
