/**
 * From upstream's JSON to the unions of `audit_types.ts`.
 *
 * @module
 */

import type {
  AccountEvent,
  ActionOutput,
  ActionOutputMembers,
  AlgoOrdersOutput,
  AuditEvent,
  BalanceReport,
  CancelRequest,
  Command,
  EngineEvent,
  EngineFailure,
  EngineOutput,
  InstrumentFilter,
  MarketItem,
  MarketItemData,
  OpenRequest,
  OrderKey,
  OrderReport,
  OrderState,
  PriceLevel,
  Refused,
  SendOutput,
} from "./audit_types.ts";
import type { TimeInForce } from "./strategy.ts";
import type { Side } from "./types.ts";

/** An object of upstream's, narrowed once. */
type Raw = Readonly<Record<string, unknown>>;

function raw(value: unknown): Raw {
  if (typeof value === "object" && value !== null) return value as Raw;
  throw new TypeError(`Cannot read an audit: ${JSON.stringify(value)} is no object`);
}

/** Name and content of an externally tagged value; `"Name"` and `{"Name": content}` are the forms. */
function tagged(value: unknown): readonly [name: string, content: unknown] {
  if (typeof value === "string") return [value, null];
  const [entry] = Object.entries(raw(value));
  if (entry !== undefined) return entry;
  throw new TypeError("Cannot read an audit: a tagged value is empty");
}

function unknownTag(what: string, name: string): TypeError {
  return new TypeError(`Cannot read an audit: "${name}" is no ${what}`);
}

function text(value: unknown): string {
  return String(value);
}

/** Decimal text without trailing zeros: equal values have equal texts. */
function decimal(value: unknown): string {
  const plain = String(value);
  return plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain;
}

function nullableText(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** `"None"`, `{"One": x}`, `{"Many": […]}`. */
function several(value: unknown): readonly unknown[] {
  const [name, content] = tagged(value);
  if (name === "None") return [];
  return name === "One" ? [content] : content as unknown[];
}

function side(value: unknown): Side {
  return value === "Buy" ? "buy" : "sell";
}

/** The event of a tick. */
export function decodeAudit(value: unknown): AuditEvent {
  const [name, content] = tagged(value);
  if (name === "FeedEnded") return { type: "feedEnded" };
  const { event, outputs, errors } = raw(content);
  return {
    type: "process",
    event: decodeEvent(event),
    outputs: several(outputs).map(output),
    errors: several(errors).map((error) => unrecoverable(error)),
  };
}

/** An event of the engine. */
export function decodeEvent(value: unknown): EngineEvent {
  const [name, content] = tagged(value);
  switch (name) {
    case "Shutdown":
      return { kind: "shutdown" };
    case "TradingStateUpdate":
      return { kind: "tradingState", state: content === "Enabled" ? "enabled" : "disabled" };
    case "Command":
      return { kind: "command", command: command(content) };
    case "Market": {
      const [form, item] = tagged(content);
      return form === "Item"
        ? { kind: "market", item: marketItem(raw(item)) }
        : { kind: "marketReconnecting", exchange: text(item) };
    }
    case "Account": {
      const [form, item] = tagged(content);
      if (form !== "Item") return { kind: "accountReconnecting", exchange: text(item) };
      const { exchange, kind } = raw(item);
      return { kind: "account", exchange: Number(exchange), event: accountEvent(kind) };
    }
    default:
      throw unknownTag("event", name);
  }
}

function marketItem(item: Raw): MarketItem {
  return {
    time: text(item.time_exchange),
    timeReceived: text(item.time_received),
    exchange: text(item.exchange),
    instrument: Number(item.instrument),
    data: marketData(item.kind),
  };
}

function level(value: unknown): PriceLevel {
  const { price, amount } = raw(value);
  return { price: decimal(price), amount: decimal(amount) };
}

function marketData(value: unknown): MarketItemData {
  const [name, content] = tagged(value);
  const figures = raw(content);
  switch (name) {
    case "Trade":
      return {
        kind: "trade",
        id: text(figures.id),
        price: Number(figures.price),
        amount: Number(figures.amount),
        side: side(figures.side),
      };
    case "OrderBookL1":
      return {
        kind: "quote",
        time: text(figures.last_update_time),
        bid: figures.best_bid === null ? null : level(figures.best_bid),
        ask: figures.best_ask === null ? null : level(figures.best_ask),
      };
    case "OrderBook": {
      const [form, book] = tagged(content);
      const { sequence, bids, asks } = raw(book);
      return {
        kind: "book",
        update: form === "Update",
        sequence: Number(sequence),
        bids: (raw(bids).levels as unknown[]).map(level),
        asks: (raw(asks).levels as unknown[]).map(level),
      };
    }
    case "Candle":
      return {
        kind: "candle",
        closeTime: text(figures.close_time),
        open: Number(figures.open),
        high: Number(figures.high),
        low: Number(figures.low),
        close: Number(figures.close),
        volume: Number(figures.volume),
        tradeCount: Number(figures.trade_count),
      };
    case "Liquidation":
      return {
        kind: "liquidation",
        side: side(figures.side),
        price: Number(figures.price),
        quantity: Number(figures.quantity),
        time: text(figures.time),
      };
    default:
      throw unknownTag("market event", name);
  }
}

function key(value: unknown): OrderKey {
  const { exchange, instrument, strategy, cid } = raw(value);
  return {
    exchange: Number(exchange),
    instrument: Number(instrument),
    strategy: text(strategy),
    cid: text(cid),
  };
}

const TIMES_IN_FORCE: Readonly<Record<string, TimeInForce>> = {
  ImmediateOrCancel: "immediateOrCancel",
  FillOrKill: "fillOrKill",
  GoodUntilEndOfDay: "goodUntilEndOfDay",
};

function timeInForce(value: unknown): TimeInForce {
  const [name, content] = tagged(value);
  if (name === "GoodUntilCancelled") {
    return raw(content).post_only === true ? "postOnly" : "goodUntilCancelled";
  }
  const found = TIMES_IN_FORCE[name];
  if (found === undefined) throw unknownTag("time in force", name);
  return found;
}

function terms(value: Raw): Omit<OpenRequest, "key"> {
  return {
    side: side(value.side),
    price: decimal(value.price),
    quantity: decimal(value.quantity),
    kind: value.kind === "Market" ? "market" : "limit",
    timeInForce: timeInForce(value.time_in_force),
  };
}

/** A request to open an order. */
export function openRequest(value: unknown): OpenRequest {
  const request = raw(value);
  return { key: key(request.key), ...terms(raw(request.state)) };
}

/** A request to cancel an order. */
export function cancelRequest(value: unknown): CancelRequest {
  const request = raw(value);
  return { key: key(request.key), orderId: nullableText(raw(request.state).id) };
}

function orderState(value: unknown): OrderState {
  const [, state] = tagged(value);
  const [name, content] = tagged(state);
  switch (name) {
    case "OpenInFlight":
      return { kind: "openInFlight" };
    case "Open": {
      const { id, time_exchange, filled_quantity } = raw(content);
      return {
        kind: "open",
        orderId: text(id),
        time: text(time_exchange),
        filled: decimal(filled_quantity),
      };
    }
    case "CancelInFlight":
      return { kind: "cancelInFlight" };
    case "Cancelled": {
      const { id, time_exchange } = raw(content);
      return { kind: "cancelled", orderId: text(id), time: text(time_exchange) };
    }
    case "FullyFilled":
      return { kind: "filled" };
    case "OpenFailed":
      return { kind: "rejected", reason: reason(content) };
    case "Expired":
      return { kind: "expired" };
    default:
      throw unknownTag("order state", name);
  }
}

/** Upstream's nested error names and texts in one line: `Rejected: OrderRejected: …`. */
function reason(value: unknown): string {
  if (Array.isArray(value)) return value.map(reason).join(": ");
  if (typeof value !== "object" || value === null) return String(value);
  const [name, content] = tagged(value);
  return content === null ? name : `${name}: ${reason(content)}`;
}

function orderReport(value: unknown): OrderReport {
  const order = raw(value);
  return { key: key(order.key), ...terms(order), state: orderState(order.state) };
}

function balance(value: unknown): BalanceReport {
  const { asset, balance, time_exchange } = raw(value);
  const { total, free } = raw(balance);
  return {
    asset: Number(asset),
    total: decimal(total),
    free: decimal(free),
    time: text(time_exchange),
  };
}

function accountEvent(value: unknown): AccountEvent {
  const [name, content] = tagged(value);
  switch (name) {
    case "Snapshot": {
      const { balances, instruments } = raw(content);
      return {
        kind: "snapshot",
        balances: (balances as unknown[]).map(balance),
        orders: (instruments as unknown[]).flatMap((instrument) =>
          (raw(instrument).orders as unknown[]).map(orderReport)
        ),
      };
    }
    case "BalanceSnapshot":
      return { kind: "balance", ...balance(content) };
    case "OrderSnapshot":
      return { kind: "order", order: orderReport(content) };
    case "OrderCancelled": {
      const response = raw(content);
      const [form, result] = tagged(response.state);
      const done = form === "Ok" ? raw(result) : null;
      return {
        kind: "orderCancelled",
        key: key(response.key),
        cancelled: done === null
          ? null
          : { orderId: text(done.id), time: text(done.time_exchange) },
        reason: done === null ? reason(result) : null,
      };
    }
    case "Trade": {
      const trade = raw(content);
      return {
        kind: "fill",
        tradeId: text(trade.id),
        orderId: text(trade.order_id),
        instrument: Number(trade.instrument),
        strategy: text(trade.strategy),
        time: text(trade.time_exchange),
        side: side(trade.side),
        price: decimal(trade.price),
        quantity: decimal(trade.quantity),
        fees: decimal(raw(trade.fees).fees),
      };
    }
    default:
      throw unknownTag("account event", name);
  }
}

function filter(value: unknown): InstrumentFilter {
  const [name, content] = tagged(value);
  switch (name) {
    case "None":
      return { kind: "all" };
    case "Exchanges":
      return { kind: "exchanges", exchanges: several(content).map(Number) };
    case "Instruments":
      return { kind: "instruments", instruments: several(content).map(Number) };
    case "Underlyings":
      return {
        kind: "underlyings",
        underlyings: several(content).map((underlying) => {
          const { base, quote } = raw(underlying);
          return { base: Number(base), quote: Number(quote) };
        }),
      };
    default:
      throw unknownTag("instrument filter", name);
  }
}

function command(value: unknown): Command {
  const [name, content] = tagged(value);
  switch (name) {
    case "SendOpenRequests":
      return { kind: "sendOpenRequests", requests: several(content).map(openRequest) };
    case "SendCancelRequests":
      return { kind: "sendCancelRequests", requests: several(content).map(cancelRequest) };
    case "ClosePositions":
      return { kind: "closePositions", filter: filter(content) };
    case "CancelOrders":
      return { kind: "cancelOrders", filter: filter(content) };
    default:
      throw unknownTag("command", name);
  }
}

function unrecoverable(value: unknown): EngineFailure {
  const [code, content] = tagged(value);
  return { recoverable: false, code, message: reason(content) };
}

function failure(value: unknown): EngineFailure {
  const [name, content] = tagged(value);
  if (name === "Unrecoverable") return unrecoverable(content);
  const [code, message] = tagged(content);
  return { recoverable: true, code, message: reason(message) };
}

function sendOutput<R>(value: unknown, request: (value: unknown) => R): SendOutput<R> {
  const { sent, errors } = raw(value);
  return {
    sent: several(sent).map(request),
    errors: several(errors).map((pair) => {
      const [failed, error] = pair as [unknown, unknown];
      return { request: request(failed), error: failure(error) };
    }),
  };
}

function refused<R>(value: unknown, request: (value: unknown) => R): readonly Refused<R>[] {
  return several(value).map((one) => {
    const { item, reason } = raw(one);
    return { request: request(item), reason: text(reason) };
  });
}

function members(
  outputs: readonly SendOutput<unknown>[],
  refusals: number,
): ActionOutputMembers {
  const sentCount = outputs.reduce((sum, { sent }) => sum + sent.length, 0);
  const errors = outputs.flatMap((output) => output.errors.map(({ error }) => error));
  return {
    isEmpty: sentCount + errors.length + refusals === 0,
    sentCount,
    unrecoverableErrors: errors.filter((error) => !error.recoverable),
  };
}

function cancelsAndOpens(value: unknown): AlgoOrdersOutput["cancelsAndOpens"] {
  const { cancels, opens } = raw(value);
  return { cancels: sendOutput(cancels, cancelRequest), opens: sendOutput(opens, openRequest) };
}

function algoOrders(value: unknown): AlgoOrdersOutput {
  const orders = raw(value);
  const both = cancelsAndOpens(orders.cancels_and_opens);
  const cancelsRefused = refused(orders.cancels_refused, cancelRequest);
  const opensRefused = refused(orders.opens_refused, openRequest);
  const refusals = cancelsRefused.length + opensRefused.length;
  return {
    kind: "generateAlgoOrders",
    cancelsAndOpens: both,
    cancelsRefused,
    opensRefused,
    ...members([both.cancels, both.opens], refusals),
  };
}

function action(value: unknown): ActionOutput {
  const [name, content] = tagged(value);
  switch (name) {
    case "GenerateAlgoOrders":
      return algoOrders(content);
    case "CancelOrders": {
      const sent = sendOutput(content, cancelRequest);
      return { kind: "cancelOrders", ...sent, ...members([sent], 0) };
    }
    case "OpenOrders": {
      const sent = sendOutput(content, openRequest);
      return { kind: "openOrders", ...sent, ...members([sent], 0) };
    }
    case "ClosePositions": {
      const both = cancelsAndOpens(content);
      return { kind: "closePositions", ...both, ...members([both.cancels, both.opens], 0) };
    }
    default:
      throw unknownTag("action", name);
  }
}

function output(value: unknown): EngineOutput {
  const [name, content] = tagged(value);
  switch (name) {
    case "Commanded":
      return { kind: "commanded", action: action(content) };
    case "OnTradingDisabled":
      return { kind: "tradingDisabled" };
    case "AccountDisconnect":
      return { kind: "accountDisconnect" };
    case "PositionExit": {
      const exit = raw(content);
      return {
        kind: "positionExit",
        exit: {
          instrument: Number(exit.instrument),
          side: side(exit.side),
          entryPrice: decimal(exit.price_entry_average),
          quantityMax: decimal(exit.quantity_abs_max),
          pnlRealised: decimal(exit.pnl_realised),
          feesEnter: decimal(raw(exit.fees_enter).fees),
          feesExit: decimal(raw(exit.fees_exit).fees),
          timeEnter: text(exit.time_enter),
          timeExit: text(exit.time_exit),
          trades: (exit.trades as unknown[]).map(text),
        },
      };
    }
    case "MarketDisconnect":
      return { kind: "marketDisconnect" };
    case "AlgoOrders":
      return { kind: "algoOrders", action: algoOrders(content) };
    default:
      throw unknownTag("output", name);
  }
}
