/**
 * Ordinary events that bring a core to what a venue says, so that repairs replay like everything else.
 *
 * @module
 */

import { decimalText, readDecimal } from "../core/decimal.ts";
import type { Adjustment, ComparedOrder } from "./account_difference.ts";
import { commandEvent, derivedId, type EventHead, fillEvent, reportEvent } from "../_synthetic.ts";
import type {
  CoreSnapshot,
  EngineEvent,
  ReconciliationItem,
  VenueOrder,
  VenueSnapshot,
} from "../generated/types.ts";

const REASON = "reconciliation";

/**
 * The events: a halt first, then what happened to each order, then cash.
 *
 * What an id is derived from says when an event is the same: a fill by the quantity it leads to, so that
 * the same missing fill is never applied twice.
 */
export function repairEvents(
  core: CoreSnapshot,
  venue: VenueSnapshot,
  matched: ReadonlyMap<string, VenueOrder>,
  orders: readonly ComparedOrder[],
  adjustments: readonly Adjustment[],
  items: readonly ReconciliationItem[],
): readonly EngineEvent[] {
  const head = (instrument: string | null, ...parts: readonly string[]): EventHead => ({
    id: derivedId("reconcile", core.run_id, venue.venue, venue.as_of, ...parts),
    time: venue.as_of,
    venue: venue.venue,
    instrument,
    producer: REASON,
    synthetic: true,
  });
  const command = (command: "halt" | "account_adjustment", ...parts: readonly string[]) => ({
    command,
    command_id: derivedId(command, core.run_id, venue.venue, venue.as_of, ...parts),
    reason: REASON,
  });
  const events: EngineEvent[] = [];
  if (items.some(({ action }) => action === "halt")) {
    events.push(commandEvent(head(null, "halt"), command("halt")));
  }
  for (const difference of orders) {
    const there = matched.get(difference.order.order_id);
    if (there !== undefined) events.push(...orderEvents(difference, there, head));
  }
  for (const { currency, amount } of adjustments) {
    events.push(commandEvent(head(null, "cash", currency), {
      ...command("account_adjustment", currency, amount),
      currency,
      amount,
    }));
  }
  return events;
}

function orderEvents(
  { order, accept, fill, end }: ComparedOrder,
  venue: VenueOrder,
  head: (instrument: string, ...parts: readonly string[]) => EventHead,
): readonly EngineEvent[] {
  const { order_id, instrument } = order;
  const { venue_order_id } = venue;
  const report = (report: "accepted" | "cancelled" | "expired" | "rejected") =>
    reportEvent(head(instrument, order_id, report), {
      order_id,
      venue_order_id,
      report_id: derivedId("report", order_id, report, venue.filled),
      report,
      reason_code: report === "rejected" ? "other" : null,
      reason: REASON,
    });
  const events: EngineEvent[] = [];
  if (accept) events.push(report("accepted"));
  if (fill !== null) {
    events.push(fillEvent(head(instrument, order_id, "fill"), {
      order_id,
      venue_order_id,
      fill_id: derivedId("fill", order_id, venue.filled),
      price: decimalText(fill.price),
      quantity: decimalText(fill.quantity),
      liquidity: "unknown",
      fee: null,
      cum_filled: venue.filled,
      remaining: decimalText(readDecimal(order.remaining) - fill.quantity),
    }));
  }
  if (end !== null) events.push(report(end));
  return events;
}
