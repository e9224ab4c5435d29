/**
 * From the unions of `audit_types.ts` to upstream's JSON.
 *
 * @module
 */

import { show } from "../_check.ts";
import { decimalText } from "./_decimal.ts";
import type {
  AccountEvent,
  BalanceReport,
  CancelRequest,
  Command,
  InstrumentFilter,
  OpenRequest,
  OrderReport,
  OrderState,
} from "./audit_types.ts";
import type { TimeInForce } from "./strategy.ts";
import type { Decimal } from "./types.ts";

function side(side: "buy" | "sell"): string {
  return side === "buy" ? "Buy" : "Sell";
}

function timeInForce(value: TimeInForce): unknown {
  switch (value) {
    case "goodUntilCancelled":
      return { GoodUntilCancelled: { post_only: false } };
    case "postOnly":
      return { GoodUntilCancelled: { post_only: true } };
    default:
      return value.charAt(0).toUpperCase() + value.slice(1);
  }
}

/** The engine would round longer ones without a word. */
const MAX_DIGITS = 28;

function decimal(action: string, name: string, value: Decimal): Decimal {
  const text = decimalText(action, name, value);
  const digits = text.replace(/[^0-9]/g, "").replace(/^0+/, "").length;
  if (digits <= MAX_DIGITS) return text;
  throw new RangeError(
    `Cannot ${action} as ${name} may have at most ${MAX_DIGITS} digits: current value has ${digits}`,
  );
}

function terms(action: string, request: Omit<OpenRequest, "key">): Record<string, unknown> {
  return {
    side: side(request.side),
    price: decimal(action, "price", request.price),
    quantity: decimal(action, "quantity", request.quantity),
    kind: request.kind === "market" ? "Market" : "Limit",
    time_in_force: timeInForce(request.timeInForce),
  };
}

/** A list of one or more; an empty one is legal and asks for nothing. */
function many(values: readonly unknown[]): unknown {
  return values.length === 1 ? { One: values[0] } : { Many: values };
}

function filter(action: string, value: InstrumentFilter): unknown {
  switch (value.kind) {
    case "all":
      return "None";
    case "exchanges":
      return { Exchanges: many(value.exchanges) };
    case "instruments":
      return { Instruments: many(value.instruments) };
    case "underlyings":
      return { Underlyings: many(value.underlyings) };
    default:
      throw unknownKind(action, "filter", value);
  }
}

/** A command. */
export function encodeCommand(action: string, command: Command): unknown {
  const tagged = (): unknown => {
    switch (command.kind) {
      case "sendOpenRequests":
        return {
          SendOpenRequests: many(
            command.requests.map((request: OpenRequest) => ({
              key: request.key,
              state: terms(action, request),
            })),
          ),
        };
      case "sendCancelRequests":
        return {
          SendCancelRequests: many(
            command.requests.map(({ key, orderId }: CancelRequest) => ({
              key,
              state: { id: orderId },
            })),
          ),
        };
      case "closePositions":
        return { ClosePositions: filter(action, command.filter) };
      case "cancelOrders":
        return { CancelOrders: filter(action, command.filter) };
      default:
        throw unknownKind(action, "command", command);
    }
  };
  return { Command: tagged() };
}

function state(action: string, value: OrderState): unknown {
  switch (value.kind) {
    case "openInFlight":
      return { Active: { OpenInFlight: null } };
    case "open":
      return {
        Active: {
          Open: {
            id: value.orderId,
            time_exchange: value.time,
            filled_quantity: decimal(action, "filled", value.filled),
          },
        },
      };
    case "cancelInFlight":
      return { Active: { CancelInFlight: { order: null } } };
    case "cancelled":
      return { Inactive: { Cancelled: { id: value.orderId, time_exchange: value.time } } };
    case "filled":
      return { Inactive: "FullyFilled" };
    case "rejected":
      return { Inactive: { OpenFailed: { Rejected: { OrderRejected: value.reason } } } };
    case "expired":
      return { Inactive: "Expired" };
    default:
      throw unknownKind(action, "order state", value);
  }
}

function order(action: string, report: OrderReport): unknown {
  return { key: report.key, ...terms(action, report), state: state(action, report.state) };
}

function balance(action: string, { asset, total, free, time }: BalanceReport): unknown {
  const amounts = {
    total: decimal(action, "total", total),
    free: decimal(action, "free", free),
  };
  return { asset, balance: amounts, time_exchange: time };
}

/** An account event on the exchange with that index. */
export function encodeAccount(action: string, exchange: number, event: AccountEvent): unknown {
  const kind = (): unknown => {
    switch (event.kind) {
      case "snapshot": {
        const instruments = new Map<number, unknown[]>();
        for (const report of event.orders) {
          const { instrument } = report.key;
          const orders = instruments.get(instrument) ?? [];
          instruments.set(instrument, [...orders, order(action, report)]);
        }
        return {
          Snapshot: {
            exchange,
            balances: event.balances.map((report) => balance(action, report)),
            instruments: [...instruments].map(([instrument, orders]) => ({ instrument, orders })),
          },
        };
      }
      case "balance":
        return { BalanceSnapshot: balance(action, event) };
      case "order":
        return { OrderSnapshot: order(action, event.order) };
      case "orderCancelled": {
        const { key, cancelled, reason } = event;
        const result = cancelled === null
          ? { Err: { Rejected: { OrderRejected: reason ?? "" } } }
          : { Ok: { id: cancelled.orderId, time_exchange: cancelled.time } };
        return { OrderCancelled: { key, state: result } };
      }
      case "fill":
        return {
          Trade: {
            id: event.tradeId,
            order_id: event.orderId,
            instrument: event.instrument,
            strategy: event.strategy,
            time_exchange: event.time,
            side: side(event.side),
            price: decimal(action, "price", event.price),
            quantity: decimal(action, "quantity", event.quantity),
            fees: { asset: null, fees: decimal(action, "fees", event.fees) },
          },
        };
      default:
        throw unknownKind(action, "account event", event);
    }
  };
  return { Account: { Item: { exchange, kind: kind() } } };
}

function unknownKind(action: string, what: string, value: never): TypeError {
  const kind = (value as { kind?: unknown } | null)?.kind;
  return new TypeError(`Cannot ${action} as the kind of the ${what} is not known: ${show(kind)}`);
}
