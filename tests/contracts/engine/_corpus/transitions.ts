/**
 * Every pair of statuses: an order in the first, and an input that would bring it to the second.
 *
 * @module
 */

import type { OrderStatus } from "../../../../src/contracts/generated/types.ts";
import { ORDER_STATUSES } from "../../../../src/contracts/generated/data.ts";
import { cancel, CONFIG, place, replace, Script } from "../_script.ts";
import { everyState } from "../_states.ts";
import type { Definition } from "./definition.ts";

/** Id of the order of the fixtures. */
export const ORDER = "o1";

/** Brings a new order to a status; `resume` is where `cancel_pending` can go back to. */
function reach(script: Script, status: OrderStatus, resume: OrderStatus): Script {
  script.timer(place(ORDER));
  switch (status) {
    case "submitted":
      return script;
    case "rejected":
      return script.report(ORDER, "rejected", { reason_code: "price_band" });
    case "cancel_pending":
      return reach(script, resume, resume).timer(cancel(ORDER));
  }
  script.report(ORDER, "accepted", { venue_order_id: "v1" });
  switch (status) {
    case "partially_filled":
      return script.fill(ORDER, "f1", "0.4");
    case "filled":
      return script.fill(ORDER, "f1", "1");
    case "cancelled":
      return script.report(ORDER, "cancelled", { reason_code: "user" });
    case "expired":
      return script.report(ORDER, "expired");
  }
  return script;
}

/** Tries to bring an order to a status. */
function attempt(script: Script, id: string, from: OrderStatus, to: OrderStatus): Script {
  switch (to) {
    case "created":
      return script.timer(place(id));
    case "submitted":
      return script.report(id, "cancel_rejected");
    case "accepted":
      return from === "accepted"
        ? script.timer(replace(id, { limit_price: "99" }))
        : from === "cancel_pending"
        ? script.report(id, "cancel_rejected")
        : script.report(id, "accepted", { report_id: "again" });
    case "partially_filled":
      return from === "cancel_pending"
        ? script.report(id, "cancel_rejected")
        : script.fill(id, "f8", "0.25");
    case "cancel_pending":
      return from === "cancel_pending" ? script.fill(id, "f8", "0.25") : script.timer(cancel(id));
    case "filled":
      return script.fill(id, "f8", from === "partially_filled" ? "0.6" : "1");
    case "cancelled":
      return from === "created"
        ? script.timer(cancel(id))
        : script.report(id, "cancelled", { report_id: "again" });
    case "rejected":
    case "expired":
      return script.report(id, to, { report_id: "again" });
  }
}

function pair(from: OrderStatus, to: OrderStatus): Definition {
  const path = `transitions/${from}/${to}`;
  const description = `An order that is ${from}, and what would make it ${to}`;
  const common = { path, description, config: CONFIG };
  if (from !== "created") {
    const resume = to === "submitted" || to === "partially_filled" ? to : "accepted";
    const { steps } = attempt(reach(new Script(), from, resume), ORDER, from, to);
    return { ...common, start: null, steps };
  }
  // An order is created only until it is sent or denied, within one intent.
  if (to === "submitted") {
    return { ...common, start: null, steps: new Script().timer(place(ORDER)).steps };
  }
  if (to === "rejected") {
    const { steps } = new Script().command("halt").timer(place(ORDER));
    return { ...common, start: null, steps };
  }
  const start = everyState();
  const { steps } = attempt(new Script(start.snapshot.seq_id), "created", from, to);
  return { ...common, start, steps };
}

/** 81 fixtures. */
export const TRANSITIONS: readonly Definition[] = ORDER_STATUSES.flatMap((from) =>
  ORDER_STATUSES.map((to) => pair(from, to))
);
