/**
 * The order in which a batch of events takes its numbers.
 *
 * @module
 */

import { checkOneOf } from "../_check.ts";
import { nativePositionsInOrder } from "./_native_sequencer.ts";
import { ownInput, refusedError } from "./core/contract_refusal.ts";
import { unreadableEvent } from "./core/ingress.ts";
import { positionsInOrder } from "./core/sequencer.ts";
import type { CoreBackend } from "./execution_core.ts";
import { MODE_POLICY } from "./generated/data.ts";
import type { EngineEvent, Mode } from "./generated/types.ts";

/** How a batch is put in order. */
export interface SequenceOptions {
  /**
   * The implementation; both give the same order, and `"rust"` needs the native library.
   *
   * @default "typescript"
   */
  readonly backend?: CoreBackend;
}

/**
 * Puts a batch in the order in which its events are to be stepped, without numbering them.
 *
 * By event time (in a backtest only), then control, market data, cheat-on-open timers, reports and
 * fills, other timers, then venue, instrument, producer and event id; null comes first, and what is
 * equal in all of this stays as it came.
 *
 * @param events that can be read; their names are ASCII, as the contract has it
 * @returns a new array; `events` stays as it is
 * @throws {ContractError} `contract_refused` if an event cannot be read, with the `Refusal` in `data`;
 *   its pointer begins with the event's position
 *
 * @example A command goes before the prices of its moment
 * ```ts
 * import { type EngineEvent, sequenceBatch } from "@tendon/tendon/contracts";
 * import { assertEquals } from "@std/assert";
 *
 * const event = (event_id: string, body: EngineEvent["body"]): EngineEvent => ({
 *   schema: "engine_event/1.0",
 *   event_id,
 *   seq_id: null,
 *   event_time: "1700000000000000000",
 *   ingest_time: null,
 *   source: body.type === "timer.fired" ? "timer" : "market_data",
 *   venue: "sim",
 *   instrument: "BTC/USD",
 *   producer: { name: "feed", index: 0 },
 *   idempotency_key: null,
 *   synthetic: false,
 *   attribution: {
 *     strategy_id: null,
 *     execution_id: null,
 *     route_id: null,
 *     broker_id: null,
 *     snapshot_id: null,
 *   },
 *   trace: null,
 *   body,
 * });
 * const timer = event("timer", {
 *   type: "timer.fired",
 *   data: { timer_id: "t", kind: "normal", scheduled_for: "1700000000000000000" },
 * });
 * const trade = event("trade", {
 *   type: "market.trade",
 *   data: { trade_id: null, price: "100", quantity: "1", aggressor: "buy" },
 * });
 * assertEquals(sequenceBatch([timer, trade], "live"), [trade, timer]);
 * ```
 */
export function sequenceBatch(
  events: readonly EngineEvent[],
  mode: Mode,
  options: SequenceOptions = {},
): EngineEvent[] {
  const action = "sequence a batch";
  const { backend = "typescript" } = options;
  checkOneOf(action, "backend", backend, ["rust", "typescript"]);
  checkOneOf(action, "mode", mode, MODE_POLICY.map((policy) => policy.mode));
  const own = Array.from(events, (event, position) => {
    const copy = ownInput(action, event, `/${position}`);
    const refused = unreadableEvent(copy, `/${position}`);
    if (refused !== null) throw refusedError(action, refused);
    return copy;
  });
  const positions = backend === "rust"
    ? nativePositionsInOrder(own, mode)
    : positionsInOrder(own, mode);
  return Array.from(positions, (position) => events[position] as EngineEvent);
}
