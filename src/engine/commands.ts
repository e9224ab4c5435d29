/**
 * Commands and queries that an engine fed by hand and a running system have in common.
 *
 * @module
 */

import { checkArray, checkObject, checkOneOf, checkText, show } from "../_check.ts";
import { decimalText } from "./_decimal.ts";
import { isTimeInForce } from "./_packed_orders.ts";
import type { InstrumentFilter, OpenRequest } from "./audit_types.ts";
import type { EngineState } from "./replica.ts";
import type { ExactPosition, OrderRequest, TrackedOrder } from "./strategy.ts";
import type { DecimalInput, InstrumentTable } from "./types.ts";

/** An order request as given to `sendOpenRequests()`. */
export interface OpenCommand extends OrderRequest {
  /** Price in the quote asset; a command has no default. */
  readonly price: DecimalInput;
  /** Strategy it belongs to. @default "manual" */
  readonly strategy?: string;
}

/** A position and its instrument. */
export interface InstrumentPosition extends ExactPosition {
  /** Index of the instrument. */
  readonly instrument: number;
}

/** An order and its instrument. */
export interface InstrumentOrder extends TrackedOrder {
  /** Index of the instrument. */
  readonly instrument: number;
}

/** Every instrument. */
export const ALL: InstrumentFilter = { kind: "all" };

/** Open positions by instrument index. */
export function positionsOf({ instruments }: EngineState): InstrumentPosition[] {
  return instruments.flatMap(({ instrument, position }) =>
    position === null ? [] : [{ instrument, ...position }]
  );
}

/** Tracked orders by instrument index and client order id. */
export function ordersOf({ instruments }: EngineState): InstrumentOrder[] {
  return instruments.flatMap(({ instrument, orders }) =>
    orders.map((order) => ({ instrument, ...order }))
  );
}

/** Orders with names resolved and defaults filled in; `number` counts client order ids. */
export function openRequests(
  action: string,
  table: InstrumentTable,
  orders: readonly OpenCommand[],
  number: () => number,
): OpenRequest[] {
  checkArray(action, "orders", orders);
  return orders.map((order, position) => {
    const at = `orders[${position}]`;
    checkObject(action, at, order);
    const {
      instrument,
      side,
      kind = "market",
      timeInForce = "immediateOrCancel",
      strategy = "manual",
      cid = `${strategy}-${number()}`,
    } = order;
    const row = table.instruments.find((row) =>
      row.index === instrument || row.name === instrument
    );
    const exchange = table.exchanges.find((known) => known.exchange === row?.exchange);
    if (row === undefined || exchange === undefined) {
      throw new RangeError(
        `Cannot ${action} as ${at}.instrument must be an index or name of the table: ` +
          `current value is ${show(instrument)}`,
      );
    }
    checkOneOf(action, `${at}.side`, side, ["buy", "sell"]);
    checkOneOf(action, `${at}.kind`, kind, ["market", "limit"]);
    if (!isTimeInForce(timeInForce)) {
      throw new TypeError(
        `Cannot ${action} as ${at}.timeInForce is not known: current value is ${show(timeInForce)}`,
      );
    }
    checkText(action, `${at}.strategy`, strategy, 64);
    checkText(action, `${at}.cid`, cid, 64);
    return {
      key: { exchange: exchange.index, instrument: row.index, strategy, cid },
      side,
      price: decimalText(action, `${at}.price`, order.price),
      quantity: decimalText(action, `${at}.quantity`, order.quantity),
      kind,
      timeInForce,
    };
  });
}

/** Throws unless `state` is one of the two. */
export function checkTradingState(action: string, state: unknown): void {
  checkOneOf(action, "the trading state", state, ["enabled", "disabled"]);
}

/** A change of the trading state in upstream's shape. */
export function encodeTradingState(action: string, state: "enabled" | "disabled"): unknown {
  checkTradingState(action, state);
  return { TradingStateUpdate: state === "enabled" ? "Enabled" : "Disabled" };
}

/** The start of a clock; a text is read natively. */
export function startText(action: string, time: Date | string): string {
  if (typeof time === "string") return time;
  if (time instanceof Date && !Number.isNaN(time.getTime())) return time.toISOString();
  throw new TypeError(
    `Cannot ${action} as start must be a valid Date or text: current value is ${show(time)}`,
  );
}
