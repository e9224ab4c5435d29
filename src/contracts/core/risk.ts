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
import { type Order, remaining, sign } from "./order.ts";
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
    const price = order.limit_price ?? order.stop_price;
    const rule = this.#orderRule(state, order, quantity, price) ??
      this.#positionRule(state, order, quantity, null);
    if (rule !== null) return deny(rule, quantity);
    return quantity === asked
      ? { decision: "allow", rule: null, code: null, quantity }
      : { decision: "modify", rule: "reduce_only", code: null, quantity };
  }

  /** Decides on new values of an order. */
  replace(state: State, order: Order, quantity: bigint, price: string | null): Decision {
    if (this.#capabilities?.replace === false) return deny("capability", quantity);
    const raises = quantity > order.quantity;
    if (raises && isHalted(state)) return deny("halted", quantity);
    const open = quantity - order.filled;
    if (raises && state.flags.get("reduce_only") === true) {
      const position = state.holdings.get(order.instrument)?.quantity ?? 0n;
      if (-sign(order.side) * position < open) return deny("reduce_only", quantity);
    }
    const rule = this.#orderRule(state, order, quantity, price) ??
      (raises ? this.#positionRule(state, order, open, order.id) : null);
    if (rule !== null) return deny(rule, quantity);
    return { decision: "allow", rule: null, code: null, quantity };
  }

  #orderRule(
    state: State,
    { instrument, side }: Subject,
    quantity: bigint,
    price: string | null,
  ): RiskRule | null {
    if (this.#orderQuantity !== null && quantity > this.#orderQuantity) return "max_order_quantity";
    if (this.#orderNotional === null) return null;
    // Without its sign: a price below 0 is a worth as well.
    const worths = price === null ? [] : [abs(asMoney(readDecimal(price)))];
    const mark = state.marks.get(instrument);
    // What is bought costs its price at most.
    if (mark !== undefined && (price === null || side === "sell")) worths.push(abs(mark));
    // Compared at 36 places, where the product of quantity and price is exact.
    const limit = asMoney(this.#orderNotional);
    return worths.length === 0 || worths.some((worth) => quantity * worth > limit)
      ? "max_order_notional"
      : null;
  }

  /** Whether the position could pass its limit, with `open` more in place of what `instead` has open. */
  #positionRule(
    state: State,
    { instrument, side }: Subject,
    open: bigint,
    instead: string | null,
  ): RiskRule | null {
    if (this.#position === null) return null;
    for (const order of state.live.values()) {
      if (order.instrument !== instrument || order.side !== side || order.id === instead) continue;
      open += stillOpen(order);
    }
    const position = state.holdings.get(instrument)?.quantity ?? 0n;
    return abs(position + sign(side) * open) > this.#position ? "max_position" : null;
  }
}

/** What an order is in. */
interface Subject {
  readonly instrument: string;
  readonly side: Side;
}

/** What may be filled yet, with the larger quantity that a replace asked for. */
function stillOpen(order: Order): bigint {
  const asked = order.pendingReplace?.quantity ?? null;
  const raised = asked === null ? 0n : readDecimal(asked) - order.filled;
  const left = remaining(order);
  return raised > left ? raised : left;
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
