/**
 * What the limits of a run let pass.
 *
 * @module
 */

import type {
  CoreConfig,
  ErrorCode,
  PlaceOrder,
  RiskEntry,
  RiskRule,
  Side,
} from "../generated/types.ts";
import { abs, asMoney, decimal, readDecimal, readMoney } from "./decimal.ts";
import { remaining, sign } from "./order.ts";
import type { State } from "./state.ts";

/** What the risk check says of an intent. */
export interface Decision {
  readonly decision: RiskEntry["decision"];
  readonly rule: RiskRule | null;
  readonly code: ErrorCode | null;
  /** The quantity to go on with. */
  readonly quantity: bigint;
}

/** The limits, read once. */
export class RiskLimits {
  readonly #orderQuantity: bigint | null;
  readonly #orderNotional: bigint | null;
  readonly #position: bigint | null;
  readonly #openOrders: number | null;
  readonly #capabilities: CoreConfig["capabilities"];

  constructor(config: CoreConfig) {
    const { max_order_quantity, max_order_notional, max_position, max_open_orders } = config.risk;
    this.#orderQuantity = max_order_quantity === null ? null : readDecimal(max_order_quantity);
    this.#orderNotional = max_order_notional === null ? null : readMoney(max_order_notional);
    this.#position = max_position === null ? null : readDecimal(max_position);
    this.#openOrders = max_open_orders;
    this.#capabilities = config.capabilities;
  }

  /** Decides on a new order. @throws {Overflow} If reduce_only leaves a quantity that is none. */
  place(state: State, order: PlaceOrder): Decision {
    const asked = readDecimal(order.quantity);
    const capable = this.#capabilities === null ||
      (this.#capabilities.order_types.includes(order.order_type) &&
        this.#capabilities.time_in_force.includes(order.time_in_force));
    if (!capable) return deny("capability", asked);
    if (isHalted(state)) return deny("halted", asked);
    const position = state.holdings.get(order.instrument)?.quantity ?? 0n;
    let quantity = asked;
    if (order.reduce_only || state.flags.get("reduce_only") === true) {
      if (position === 0n || position > 0n === (order.side === "buy")) {
        return deny("reduce_only", asked);
      }
      if (asked > abs(position)) quantity = decimal(abs(position));
    }
    if (this.#openOrders !== null && state.live.size >= this.#openOrders) {
      return deny("max_open_orders", quantity);
    }
    const rule = this.#orderRule(
      state,
      order.instrument,
      quantity,
      order.limit_price ?? order.stop_price,
    ) ?? this.#positionRule(state, order.instrument, order.side, position, quantity);
    if (rule !== null) return deny(rule, quantity);
    return quantity === asked
      ? { decision: "allow", rule: null, code: null, quantity }
      : { decision: "modify", rule: "reduce_only", code: null, quantity };
  }

  /** Decides on new values of an order. */
  replace(
    state: State,
    instrument: string,
    quantity: bigint,
    raises: boolean,
    price: string | null,
  ): Decision {
    if (this.#capabilities?.replace === false) return deny("capability", quantity);
    if (raises && isHalted(state)) return deny("halted", quantity);
    const rule = this.#orderRule(state, instrument, quantity, price);
    if (rule !== null) return deny(rule, quantity);
    return { decision: "allow", rule: null, code: null, quantity };
  }

  #orderRule(
    state: State,
    instrument: string,
    quantity: bigint,
    price: string | null,
  ): RiskRule | null {
    if (this.#orderQuantity !== null && quantity > this.#orderQuantity) return "max_order_quantity";
    if (this.#orderNotional === null) return null;
    const worth = price === null ? state.marks.get(instrument) : asMoney(readDecimal(price));
    // Compared at 36 places, where the product of quantity and price is exact.
    const limit = asMoney(this.#orderNotional);
    return worth === undefined || quantity * worth > limit ? "max_order_notional" : null;
  }

  #positionRule(
    state: State,
    instrument: string,
    side: Side,
    position: bigint,
    quantity: bigint,
  ): RiskRule | null {
    if (this.#position === null) return null;
    let open = quantity;
    for (const order of state.live.values()) {
      if (order.instrument === instrument && order.side === side) open += remaining(order);
    }
    return abs(position + sign(side) * open) > this.#position ? "max_position" : null;
  }
}

/** Whether new orders are stopped. */
function isHalted(state: State): boolean {
  return state.scalars.halted || state.flags.get("kill_switch") === true ||
    state.flags.get("halt_new_orders") === true;
}

function deny(rule: RiskRule, quantity: bigint): Decision {
  const code = rule === "capability"
    ? "CAPABILITY_UNSUPPORTED"
    : rule === "halted"
    ? "HALTED"
    : "RISK_DENIED";
  return { decision: "deny", rule, code, quantity };
}
