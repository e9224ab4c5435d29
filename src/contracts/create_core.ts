/**
 * Makes cores.
 *
 * @module
 */

import { checkObject, show } from "../_check.ts";
import { TypeScriptCore } from "./core/typescript_core.ts";
import { NativeCore } from "./native_core.ts";
import type { CoreBackend, CoreMemory, CoreOptions, ExecutionCore } from "./execution_core.ts";
import type { CoreConfig, CoreSnapshot } from "./generated/types.ts";

/**
 * Makes a core at the start of a run.
 *
 * @throws {ContractError} `contract_config` if the configuration breaks its contract or is no JSON
 * @throws {TypeError} if there are no options, or no such backend
 *
 * @example An order that is placed and sent
 * ```ts
 * import { createCore } from "@tendon/tendon/contracts";
 * import { assertEquals } from "@std/assert";
 *
 * const core = createCore({
 *   schema: "core_config/1.0",
 *   run_id: "example",
 *   mode: "backtest",
 *   base_currency: "USD",
 *   initial_cash: [{ currency: "USD", amount: "10000" }],
 *   policy_overrides: null,
 *   risk: {
 *     max_order_quantity: null,
 *     max_order_notional: null,
 *     max_position: null,
 *     max_open_orders: null,
 *   },
 *   capabilities: null,
 * }, { backend: "typescript" });
 * const nobody = {
 *   execution_id: null,
 *   route_id: null,
 *   broker_id: null,
 *   snapshot_id: null,
 * };
 * const { intent_results } = core.step({
 *   schema: "engine_event/1.0",
 *   event_id: "e1",
 *   seq_id: null,
 *   event_time: "1700000000000000000",
 *   ingest_time: null,
 *   source: "market_data",
 *   venue: "sim",
 *   instrument: "BTC/USD",
 *   producer: { name: "feed", index: 0 },
 *   idempotency_key: null,
 *   synthetic: false,
 *   attribution: { strategy_id: null, ...nobody },
 *   trace: null,
 *   body: {
 *     type: "market.trade",
 *     data: { trade_id: null, price: "100", quantity: "1", aggressor: "buy" },
 *   },
 * }, [{
 *   schema: "engine_intent/1.0",
 *   intent_id: "i1",
 *   index: 0,
 *   caused_by: 1,
 *   created_at: "1700000000000000000",
 *   idempotency_key: null,
 *   attribution: { strategy_id: "trend", ...nobody },
 *   trace: null,
 *   body: {
 *     type: "place_order",
 *     data: {
 *       order_id: "o1",
 *       instrument: "BTC/USD",
 *       side: "buy",
 *       order_type: "limit",
 *       quantity: "0.5",
 *       limit_price: "99.5",
 *       stop_price: null,
 *       time_in_force: "gtc",
 *       expire_at: null,
 *       post_only: false,
 *       reduce_only: false,
 *       parent_order_id: null,
 *       oco_group: null,
 *       tag: null,
 *     },
 *   },
 * }]);
 * const path = intent_results[0]?.transitions.map(({ to }) => to);
 * assertEquals(path, ["created", "submitted"]);
 * assertEquals(core.snapshot().cash, [{ currency: "USD", amount: "10000" }]);
 * core.close();
 * ```
 */
export function createCore(config: CoreConfig, options: CoreOptions): ExecutionCore {
  return new (coreClass(options))(config, options.validation ?? "boundary");
}

/**
 * Makes a core that goes on where another one was.
 *
 * @param memory what {@linkcode ExecutionCore.memory} gave beside the snapshot
 * @throws {ContractError} `contract_snapshot` if the parts do not fit together, or the memory is none;
 *   `contract_config` as {@linkcode createCore}
 * @throws {TypeError} as {@linkcode createCore}
 */
export function restoreCore(
  config: CoreConfig,
  snapshot: CoreSnapshot,
  memory: CoreMemory,
  options: CoreOptions,
): ExecutionCore {
  return new (coreClass(options))(config, options.validation ?? "boundary", { snapshot, memory });
}

/** Every implementation of the core. */
export const BACKENDS: readonly CoreBackend[] = ["typescript", "rust"];

/** A backend that cannot be loaded is an error: nothing falls back to the other one. */
function coreClass(options: CoreOptions): typeof TypeScriptCore | typeof NativeCore {
  checkObject("make a core", "options", options);
  const { backend } = options;
  switch (backend) {
    case "typescript":
      return TypeScriptCore;
    case "rust":
      return NativeCore;
    default:
      throw new TypeError(
        `Cannot make a core as backend must be one of ${BACKENDS.join(", ")}: ` +
          `current value is ${show(backend)}`,
      );
  }
}
