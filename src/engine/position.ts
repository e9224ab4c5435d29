/**
 * What a position would bring at a price, and the order that closes it.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { checkInteger, checkOneOf } from "../_check.ts";
import { openRequest } from "./_audit_decode.ts";
import { decimalText } from "./_decimal.ts";
import { checkId } from "./_strategy_context.ts";
import type { OpenRequest } from "./audit_types.ts";
import type { Decimal, DecimalInput, Side } from "./types.ts";

const MAX_U32 = 2 ** 32 - 1;

/** The part of a position that its unrealised result follows from. */
export interface PositionTerms {
  /** Direction. */
  readonly side: Side;
  /** Volume-weighted entry price. */
  readonly entryPrice: DecimalInput;
  /** Quantity held. */
  readonly quantity: DecimalInput;
  /** Largest quantity held so far. @default `quantity` */
  readonly quantityMax?: DecimalInput;
  /** Fees paid on the way in. @default "0" */
  readonly feesEnter?: DecimalInput;
}

/**
 * The engine's unrealised result of a position at a price: the difference of values, less the exit
 * fees that its entry fees suggest (`feesEnter · quantity / quantityMax`).
 *
 * @throws {EngineError} `engine_value` for a number outside of what the engine can multiply.
 * @throws {TypeError} If a number is no decimal.
 *
 * @example Two bought at 100
 * ```ts
 * import { unrealisedAt } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const position = { side: "buy", entryPrice: "100", quantity: 2, feesEnter: "0.2" } as const;
 * assertEquals(unrealisedAt(position, "110"), "19.8");
 * ```
 */
export function unrealisedAt(position: PositionTerms, price: DecimalInput): Decimal {
  const action = "value position";
  const { side, entryPrice, quantity, quantityMax = quantity, feesEnter = "0" } = position;
  return callSync("engine.unrealised", {
    side,
    entryPrice: decimalText(action, "entryPrice", entryPrice),
    quantity: decimalText(action, "quantity", quantity),
    quantityMax: decimalText(action, "quantityMax", quantityMax),
    feesEnter: decimalText(action, "feesEnter", feesEnter),
    price: decimalText(action, "price", price),
  }, { action }).pnl;
}

/** What the order that closes a position follows from. */
export interface ClosingOrderTerms {
  /** Index of the exchange. */
  readonly exchange: number;
  /** Index of the instrument. */
  readonly instrument: number;
  /** Direction of the position. */
  readonly side: Side;
  /** Quantity held. */
  readonly quantity: DecimalInput;
  /** Price of the order. */
  readonly price: DecimalInput;
  /** Client order id, 1 to 64 bytes. */
  readonly cid: string;
  /** Strategy it belongs to. @default "manual" */
  readonly strategy?: string;
}

/**
 * The market order that closes a position, as the engine's `closePositions` sends it: all of it,
 * against its direction, immediate or cancel. For `Engine.command()`, or for an exchange of your own.
 *
 * @throws {EngineError} `engine_order` for a quantity or price the engine cannot take.
 * @throws {TypeError | RangeError} If a member has the wrong type or range.
 *
 * @example Two held long
 * ```ts
 * import { closingOrder } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const { side, quantity, kind, timeInForce } = closingOrder({
 *   exchange: 0,
 *   instrument: 0,
 *   side: "buy",
 *   quantity: "2",
 *   price: "110",
 *   cid: "close-0",
 * });
 * assertEquals([side, quantity, kind, timeInForce], ["sell", "2", "market", "immediateOrCancel"]);
 * ```
 */
export function closingOrder(terms: ClosingOrderTerms): OpenRequest {
  const action = "close position";
  const { exchange, instrument, side, quantity, price, cid, strategy = "manual" } = terms;
  checkInteger(action, "exchange", exchange, 0, MAX_U32);
  checkInteger(action, "instrument", instrument, 0, MAX_U32);
  checkOneOf(action, "side", side, ["buy", "sell"]);
  checkId(action, "cid", cid);
  checkId(action, "strategy", strategy);
  const { request } = callSync("engine.closingOrder", {
    exchange,
    instrument,
    side,
    quantity: decimalText(action, "quantity", quantity),
    price: decimalText(action, "price", price),
    strategy,
    cid,
  }, { action });
  return openRequest(request);
}
