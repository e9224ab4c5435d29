/**
 * What a position would bring at a price.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { decimalText } from "./_decimal.ts";
import type { Decimal, DecimalInput, Side } from "./types.ts";

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
