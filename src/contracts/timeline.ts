/**
 * What happened to an order, or along a trace, from a log of steps.
 *
 * @module
 */

import type {
  EngineEvent,
  EngineIntent,
  ExecutionStepResult,
  OrderTransition,
  Trace,
  TransitionResult,
} from "./generated/types.ts";

/** What a timeline is about: one of the two. */
export type TimelineFilter =
  | { readonly orderId: string; readonly traceId?: undefined }
  | { readonly traceId: string; readonly orderId?: undefined };

/** A moment of a timeline. */
export type TimelineEntry =
  & {
    /** Number of the step in the run. */
    readonly seq_id: number;
  }
  & (
    | { readonly kind: "event"; readonly event: EngineEvent; readonly result: TransitionResult }
    | { readonly kind: "intent"; readonly intent: EngineIntent; readonly result: TransitionResult }
    | { readonly kind: "transition"; readonly transition: OrderTransition }
  );

/**
 * The events, intents and transitions of an order or a trace, in the order in which they took effect.
 *
 * An event or intent belongs to it if it names the order or carries the trace, or if it led to a
 * transition that does: a command that cancelled the order. To a trace belong the orders that it placed,
 * with all that names them from then on, whatever trace that carries: venues report without one, so that
 * a report which leads to no transition, such as a fill that is rejected, begins a trace of its own.
 * Each is followed by its transitions.
 *
 * @param steps results of a run in order, as a core answers them or a replay log holds them
 * @throws {TypeError} If not exactly one of `orderId` and `traceId` is given.
 *
 * @example The life of an order
 * ```ts
 * import { timeline } from "@tendon/tendon/contracts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(timeline([], { orderId: "o1" }), []);
 * ```
 */
export function timeline(
  steps: Iterable<ExecutionStepResult>,
  filter: TimelineFilter,
): TimelineEntry[] {
  const { orderId, traceId } = filter;
  if ((typeof orderId === "string") === (typeof traceId === "string")) {
    throw new TypeError(
      `Cannot make a timeline as one of orderId and traceId must be a string: ` +
        `current values are ${orderId} and ${traceId}`,
    );
  }
  const orders = new Set(orderId === undefined ? [] : [orderId]);
  const about = (trace: Trace | null, order: string | null) =>
    (orderId === undefined && trace?.trace_id === traceId) || (order !== null && orders.has(order));
  const entries: TimelineEntry[] = [];
  for (const { step_seq, event, event_result, intents, intent_results } of steps) {
    const seq_id = event.seq_id ?? step_seq;
    const add = (
      input: { readonly trace: Trace | null; readonly body: { readonly data: object } },
      { transitions }: TransitionResult,
      entry: TimelineEntry,
    ) => {
      const own = transitions.filter(({ trace, order_id }) => about(trace, order_id));
      for (const { order_id } of own) orders.add(order_id);
      if (own.length > 0 || about(input.trace, orderOf(input.body.data))) entries.push(entry);
      for (const transition of own) entries.push({ seq_id, kind: "transition", transition });
    };
    add(event, event_result, { seq_id, kind: "event", event, result: event_result });
    for (const [index, intent] of intents.entries()) {
      const result = intent_results[index];
      if (result !== undefined) add(intent, result, { seq_id, kind: "intent", intent, result });
    }
  }
  return entries;
}

function orderOf(data: object): string | null {
  return "order_id" in data && typeof data.order_id === "string" ? data.order_id : null;
}
