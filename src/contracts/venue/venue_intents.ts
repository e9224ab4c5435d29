/**
 * What a step of a core sends to a venue.
 *
 * @module
 */

import { derivedId } from "../_synthetic.ts";
import type {
  EngineIntent,
  ExecutionStepResult,
  OrderTransition,
  TransitionResult,
} from "../generated/types.ts";
import { type CancelIntent, isIntent, type VenueIntent } from "./venue.ts";

/**
 * The intents of a step that a venue must hear of, in order, as the core took them.
 *
 * What risk made smaller has the smaller quantity. Cancel requests of a command, such as `cancel_all`,
 * become intents of their own, in front. What the core refused, or ended by itself, is not sent.
 *
 * @param result of a step that was committed
 */
export function venueIntents(result: ExecutionStepResult): VenueIntent[] {
  const cancels = result.event_result.transitions
    .filter(({ cause }) => cause === "cancel_request")
    .map((transition) => cancelIntent(result, transition));
  const sent = result.intents.flatMap((intent, index) => {
    const own = result.intent_results[index];
    return own?.outcome === "applied" ? asTaken(intent, own) : [];
  });
  return [...cancels, ...sent];
}

function asTaken(intent: EngineIntent, { transitions }: TransitionResult): VenueIntent[] {
  const last = transitions.at(-1);
  if (isIntent(intent, "place_order")) {
    const quantity = last?.remaining_after ?? intent.body.data.quantity;
    return [{ ...intent, body: { type: "place_order", data: { ...intent.body.data, quantity } } }];
  }
  // An order that was never sent is cancelled at once.
  if (isIntent(intent, "cancel_order")) return last?.to === "cancel_pending" ? [intent] : [];
  return isIntent(intent, "replace_order") ? [intent] : [];
}

function cancelIntent(
  { run_id, event, step_seq }: ExecutionStepResult,
  { order_id, at, attribution, trace }: OrderTransition,
): CancelIntent {
  return {
    schema: "engine_intent/1.0",
    intent_id: derivedId("cancel", run_id, event.event_id, order_id),
    index: 0,
    caused_by: event.seq_id ?? step_seq,
    created_at: at,
    idempotency_key: null,
    attribution,
    trace,
    body: { type: "cancel_order", data: { order_id, reason: null } },
  };
}
