/**
 * What an engine did, in the words of the contracts: audit ticks become steps of the execution core.
 *
 * @module
 */

import { checkInteger, checkObject, checkOneOf } from "../../_check.ts";
import type {
  AccountEvent,
  AuditTick,
  CancelRequest,
  EngineEvent as AuditedEvent,
  EngineOutput,
  FillReport,
  InstrumentTable,
  MarketItem,
  OpenRequest,
  OrderReport as AuditedReport,
  Refused,
  SendOutput,
} from "../../engine/mod.ts";
import { marketBody, readTimeframe, type Timeframe } from "./market.ts";
import { brief, currencyOf, idOf, instrumentNames, timeNs } from "./names.ts";
import { type AuditedOrder, AuditedOrders } from "./orders.ts";
import { readExact, Rounding } from "./rounding.ts";
import { type IntentText, StepWriter } from "./steps.ts";
import { decimalText } from "../core/decimal.ts";
import type { StepInput } from "../execution_core.ts";
import type { OrderReport, PlaceOrder, ReasonCode } from "../generated/types.ts";

const ACTION = "map audit ticks";

/** What the contracts have no form for. */
export type AuditRemainder =
  | "accountReconnecting"
  | "balance"
  | "book"
  | "candle"
  | "liquidation"
  | "marketReconnecting"
  | "quote"
  | "trade";

/** How audit ticks are mapped. */
export interface AuditStepsOptions {
  /** The engine's index tables. */
  readonly instruments: InstrumentTable;
  /** Length of the candles, such as `"1m"`: candles do not say it. Without it they have no form. */
  readonly timeframe?: string;
  /** Whether strategies may trade before the first tick. @default "enabled" */
  readonly tradingState?: "enabled" | "disabled";
  /** Number in front of the first tick, such as a snapshot's. @default that of the first tick, less 1 */
  readonly after?: number;
}

/** What became of the ticks so far. */
export interface AuditCounts {
  /** Ticks mapped. */
  readonly ticks: number;
  /** Steps they gave. */
  readonly steps: number;
  /** Events among them that the engine did not see: acceptances, adoptions, turns for intents. */
  readonly synthetic: number;
  /** Decimals that were rounded. */
  readonly rounded: number;
  /** Numbers that no tick had: ticks that were lost. */
  readonly missing: number;
  /** Events left out, by kind. */
  readonly withoutForm: Readonly<Partial<Record<AuditRemainder, number>>>;
}

const TIMES_IN_FORCE = {
  immediateOrCancel: "ioc",
  fillOrKill: "fok",
  goodUntilEndOfDay: "day",
  goodUntilCancelled: "gtc",
  postOnly: "gtc",
} as const;

/** Reasons of upstream's errors; `"other"` for the rest. */
const REASONS: Readonly<Record<string, ReasonCode>> = {
  BalanceInsufficient: "insufficient_funds",
  RateLimit: "rate_limit",
  AssetInvalid: "unknown_instrument",
  InstrumentInvalid: "unknown_instrument",
};

/**
 * Maps the audit ticks of one run, in order, to steps of an execution core.
 *
 * Nothing is looked up or decided: ticks in, steps out, the same for the same ticks. Every step goes to
 * the core in turn, because intents name the number of their step.
 *
 * @example
 * ```ts
 * import { AuditSteps } from "@tendon/tendon/contracts";
 * import { Engine } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const engine = Engine.open({
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 *   start: "2025-01-01T12:00:00Z",
 * });
 * const mapping = new AuditSteps({ instruments: engine.table });
 * const order = { instrument: 0, side: "buy", quantity: "1", price: "100" } as const;
 * const steps = mapping.steps(engine.sendOpenRequests([order]));
 * engine.close();
 * assertEquals(steps[0]?.intents?.[0]?.body.type, "place_order");
 * ```
 */
export class AuditSteps {
  readonly #table: InstrumentTable;
  readonly #names: readonly string[];
  readonly #timeframe: Timeframe | null;
  readonly #orders = new AuditedOrders();
  readonly #rounding = new Rounding();
  readonly #withoutForm: Partial<Record<AuditRemainder, number>> = {};
  readonly #writer = new StepWriter();
  #halted: boolean;
  #haltFirst: boolean;
  #ticks = 0;
  #missing = 0;
  #last: number | null = null;

  /** Starts before the first tick of a run. @throws {TypeError} If an option has the wrong form */
  constructor({ instruments, timeframe, tradingState = "enabled", after }: AuditStepsOptions) {
    checkObject(ACTION, "instruments", instruments);
    if (after !== undefined) {
      checkInteger(ACTION, "after", after, 0, Number.MAX_SAFE_INTEGER);
      this.#last = after;
    }
    checkOneOf(ACTION, "tradingState", tradingState, ["enabled", "disabled"]);
    this.#table = instruments;
    this.#names = instrumentNames(instruments);
    this.#timeframe = timeframe === undefined ? null : readTimeframe(ACTION, timeframe);
    this.#halted = this.#haltFirst = tradingState === "disabled";
  }

  /** What became of the ticks so far. */
  get counts(): AuditCounts {
    return {
      ticks: this.#ticks,
      steps: this.#writer.steps,
      synthetic: this.#writer.synthetic,
      rounded: this.#rounding.count + this.#orders.rounded,
      missing: this.#missing,
      withoutForm: { ...this.#withoutForm },
    };
  }

  /**
   * The steps of the next tick; none for what has no form in the contracts.
   *
   * @throws {RangeError} If the tick is not behind the last one, or a price or quantity of an order has
   *   more than 18 digits before the point
   */
  steps({ event, context }: Pick<AuditTick, "event" | "context">): readonly StepInput[] {
    this.#follow(context.sequence);
    this.#writer.begin(context.sequence, timeNs(context.time));
    if (this.#haltFirst) {
      this.#haltFirst = false;
      this.#writer.command("halt", "trading is disabled at the start", true);
    }
    const before = this.#writer.steps;
    if (event.type === "feedEnded") {
      this.#command("shutdown", "the feed ended");
      return this.#writer.take();
    }
    this.#event(event.event);
    const intents = event.outputs.flatMap((output) => this.#intents(output));
    if (this.#writer.steps > before) this.#writer.attach(intents);
    else if (intents.length > 0 || event.event.kind === "command") {
      this.#carry(event.event, intents);
    }
    const [error] = event.errors;
    if (error !== undefined) this.#command("shutdown", `${error.code}: ${error.message}`);
    return this.#writer.take();
  }

  #follow(sequence: number): void {
    const last = this.#last ?? sequence - 1;
    if (sequence <= last) {
      throw new RangeError(
        `Cannot ${ACTION} as each must be behind the last one: ` +
          `current number is ${sequence} after ${last}`,
      );
    }
    this.#missing += sequence - last - 1;
    this.#last = sequence;
    this.#ticks++;
  }

  #leftOut(what: AuditRemainder): void {
    this.#withoutForm[what] = (this.#withoutForm[what] ?? 0) + 1;
  }

  #command(command: "halt" | "resume" | "shutdown", reason: string): void {
    this.#halted = command !== "resume";
    this.#writer.command(command, reason, false);
  }

  /** A step for intents that no event of the contracts caused. */
  #carry(event: AuditedEvent, intents: readonly IntentText[]): void {
    if (event.kind === "command") this.#outside(`command ${event.command.kind}`, intents, false);
    else {
      this.#writer.timer();
      this.#writer.attach(intents);
    }
  }

  /** Intents that do not come from a strategy: they are carried out while trading is disabled, too. */
  #outside(reason: string, intents: readonly IntentText[], synthetic: boolean): void {
    const lift = this.#halted && intents.some(({ body }) => body.type === "place_order");
    this.#writer.command(lift ? "resume" : "reconcile", reason, lift || synthetic);
    this.#writer.attach(intents);
    if (lift) this.#writer.command("halt", reason, true);
  }

  #event(event: AuditedEvent): void {
    switch (event.kind) {
      case "market":
        return this.#market(event.item);
      case "account":
        return this.#account(event.exchange, event.event);
      case "tradingState":
        return event.state === "enabled"
          ? this.#command("resume", "trading enabled")
          : this.#command("halt", "trading disabled");
      case "shutdown":
        return this.#command("shutdown", "shutdown");
      case "marketReconnecting":
      case "accountReconnecting":
        return this.#leftOut(event.kind);
      case "command":
        return;
    }
  }

  #market({ time, timeReceived, exchange, instrument, data }: MarketItem): void {
    const body = marketBody(data, this.#timeframe, this.#rounding);
    if (body === null) return this.#leftOut(data.kind);
    this.#writer.event(body, {
      time: timeNs(time),
      ingestTime: timeNs(timeReceived),
      venue: idOf(exchange),
      instrument: this.#name(instrument),
    });
  }

  #name(instrument: number): string {
    const name = this.#names[instrument];
    if (name !== undefined) return name;
    throw new RangeError(
      `Cannot ${ACTION} as the table has ${this.#names.length} instruments: ` +
        `current index is ${instrument}`,
    );
  }

  #account(exchange: number, event: AccountEvent): void {
    switch (event.kind) {
      case "snapshot":
        for (const _ of event.balances) this.#leftOut("balance");
        for (const order of event.orders) this.#order(order);
        return;
      case "balance":
        return this.#leftOut("balance");
      case "order":
        return this.#order(event.order);
      case "orderCancelled":
        return this.#cancelled(event);
      case "fill":
        return this.#fill(exchange, event);
    }
  }

  #order(report: AuditedReport): void {
    const { key, state } = report;
    const order = this.#orders.find(key) ?? this.#adopt(report);
    switch (state.kind) {
      case "openInFlight":
        return this.#report(key, { report: "status", status: "submitted" });
      case "cancelInFlight":
        return this.#report(key, { report: "status", status: "cancel_pending" });
      case "open": {
        if (order !== undefined) this.#orders.bind(order, state.orderId);
        const cum_filled = filledOf(order, state.filled, this.#rounding);
        const named = { venue_order_id: idOf(state.orderId), cum_filled };
        if (order === undefined || !order.accepted) {
          if (order !== undefined) order.accepted = true;
          return this.#report(key, { report: "accepted", ...named }, state.time);
        }
        const filled = cum_filled === "0" ? "accepted" : "partially_filled";
        return this.#report(key, {
          report: "status",
          ...named,
          status: order.cancelling ? null : filled,
          quantity: quantityOf(order, report, this.#rounding),
        }, state.time);
      }
      case "filled":
        this.#accept(order);
        return this.#report(key, {
          report: "status",
          status: "filled",
          cum_filled: order === undefined ? null : quantityOf(order, report, this.#rounding),
        });
      case "cancelled":
        this.#end(order);
        return this.#report(key, {
          report: "cancelled",
          venue_order_id: idOf(state.orderId),
          reason_code: order?.cancelling === true ? "user" : null,
        }, state.time);
      case "rejected":
        this.#end(order);
        return this.#report(key, { report: "rejected", ...reasonOf(state.reason) });
      case "expired":
        this.#end(order);
        return this.#report(key, { report: "expired" });
    }
  }

  #end(order: AuditedOrder | undefined): void {
    if (order !== undefined) this.#orders.end(order);
  }

  #cancelled({ key, cancelled, reason }: AccountEvent & { kind: "orderCancelled" }): void {
    const order = this.#orders.find(key);
    if (cancelled === null) {
      if (order !== undefined) order.cancelling = false;
      return this.#report(key, { report: "cancel_rejected", ...reasonOf(reason ?? "") });
    }
    this.#end(order);
    this.#report(key, {
      report: "cancelled",
      venue_order_id: idOf(cancelled.orderId),
      reason_code: "user",
    }, cancelled.time);
  }

  #fill(exchange: number, fill: FillReport): void {
    const order = this.#orders.ofFill(exchange, fill) ?? this.#adoptFill(exchange, fill);
    const time = timeNs(fill.time);
    this.#accept(order, time);
    const { quote } = this.#table.instruments[fill.instrument] ?? {};
    const fee = this.#rounding.required("a fee", fill.fees);
    this.#writer.event({
      type: "order.fill",
      data: {
        order_id: order.id,
        venue_order_id: idOf(fill.orderId),
        fill_id: idOf(fill.tradeId),
        price: this.#rounding.required("a price", fill.price),
        quantity: this.#orders.fill(order, fill),
        liquidity: "unknown",
        fee: fee === "0" || quote === undefined
          ? null
          : { currency: currencyOf(quote), amount: fee },
        cum_filled: null,
        remaining: null,
      },
    }, { ...this.#place(order.terms), time });
  }

  /** Where an event about an order belongs. */
  #place({ key: { exchange, instrument, strategy } }: Pick<OpenRequest, "key">) {
    const venue = this.#table.exchanges[exchange]?.exchange;
    return {
      venue: venue === undefined ? null : idOf(venue),
      instrument: this.#name(instrument),
      strategy: idOf(strategy),
    };
  }

  #report(
    key: OpenRequest["key"],
    data: Partial<OrderReport> & Pick<OrderReport, "report">,
    time?: string,
    synthetic = false,
  ): void {
    this.#writer.report({ order_id: this.#orders.idOf(key), ...data }, {
      ...this.#place({ key }),
      ...(time === undefined ? {} : { time: timeNs(time) }),
      synthetic,
    });
  }

  /** What was filled has been accepted, whether or not the exchange has said so. */
  #accept(order: AuditedOrder | undefined, time?: string): void {
    if (order === undefined || order.accepted || order.ended) return;
    order.accepted = true;
    this.#writer.report({
      order_id: order.id,
      venue_order_id: order.venueOrderId,
      report: "accepted",
    }, {
      ...this.#place(order.terms),
      ...(time === undefined ? {} : { time }),
      synthetic: true,
    });
  }

  /** An active order that no request was seen of. */
  #adopt(report: AuditedReport): AuditedOrder | undefined {
    const { kind } = report.state;
    if (kind !== "openInFlight" && kind !== "open" && kind !== "cancelInFlight") return undefined;
    const { state: _, ...terms } = report;
    return this.#adoptTerms(terms);
  }

  /** An order that nothing is known of but a fill: it was for as much. */
  #adoptFill(exchange: number, fill: FillReport): AuditedOrder {
    const { instrument, strategy, side, price, quantity, orderId } = fill;
    const order = this.#adoptTerms({
      key: { exchange, instrument, strategy, cid: `fill/${orderId}` },
      side,
      price,
      quantity,
      kind: "market",
      timeInForce: "immediateOrCancel",
    });
    this.#orders.bind(order, orderId);
    return order;
  }

  #adoptTerms(terms: OpenRequest): AuditedOrder {
    const order = this.#orders.place(terms, true);
    this.#outside("an order from outside", [this.#placement(terms, order)], true);
    return order;
  }

  #intents(output: EngineOutput): readonly IntentText[] {
    switch (output.kind) {
      case "algoOrders":
        return this.#action(output.action);
      case "commanded":
        return this.#action(output.action);
      default:
        return [];
    }
  }

  #action(action: (EngineOutput & { kind: "commanded" })["action"]): readonly IntentText[] {
    switch (action.kind) {
      case "generateAlgoOrders": {
        const { cancels, opens } = action.cancelsAndOpens;
        return [
          ...this.#cancels(cancels),
          ...this.#opens(opens),
          ...action.cancelsRefused.map((refused) => refusal("cancel", refused)),
          ...action.opensRefused.map((refused) => refusal("open", refused)),
        ];
      }
      case "cancelOrders":
        return this.#cancels(action);
      case "openOrders":
        return this.#opens(action);
      case "closePositions":
        return [...this.#cancels(action.cancels), ...this.#opens(action.opens)];
    }
  }

  #cancels({ sent, errors }: SendOutput<CancelRequest>): readonly IntentText[] {
    return [
      ...sent.map(({ key }): IntentText => {
        const order = this.#orders.find(key);
        if (order !== undefined) order.cancelling = true;
        return {
          strategy: idOf(key.strategy),
          body: {
            type: "cancel_order",
            data: { order_id: this.#orders.idOf(key), reason: null },
          },
        };
      }),
      ...errors.map(({ request, error }) => note(request, `cancel not sent: ${error.message}`)),
    ];
  }

  #opens({ sent, errors }: SendOutput<OpenRequest>): readonly IntentText[] {
    return [
      ...sent.map((request) => this.#placement(request, this.#orders.place(request))),
      ...errors.map(({ request, error }) => note(request, `open not sent: ${error.message}`)),
    ];
  }

  #placement(terms: OpenRequest, order: AuditedOrder): IntentText {
    const { key, side, kind, timeInForce, price } = terms;
    const data: PlaceOrder = {
      order_id: order.id,
      instrument: this.#name(key.instrument),
      side,
      order_type: kind,
      quantity: decimalText(order.quantity),
      limit_price: kind === "limit" ? this.#rounding.required("a price", price) : null,
      stop_price: null,
      time_in_force: TIMES_IN_FORCE[timeInForce],
      expire_at: null,
      post_only: kind === "limit" && timeInForce === "postOnly",
      reduce_only: false,
      parent_order_id: null,
      oco_group: null,
      tag: null,
    };
    return { strategy: idOf(key.strategy), body: { type: "place_order", data } };
  }
}

/** What an account says was filled of an order. */
function filledOf(order: AuditedOrder | undefined, filled: string, rounding: Rounding): string {
  return order !== undefined && readExact(filled) === order.exactFilled
    ? decimalText(order.filled)
    : rounding.required("a filled quantity", filled);
}

/** The quantity of an order as an account reports it. */
function quantityOf(order: AuditedOrder, report: AuditedReport, rounding: Rounding): string {
  return readExact(report.quantity) === order.exactQuantity
    ? decimalText(order.quantity)
    : rounding.required("a quantity", report.quantity);
}

/** Upstream's reasons read `Rejected: BalanceInsufficient: …`. */
function reasonOf(reason: string): Pick<OrderReport, "reason_code" | "reason"> {
  const names = reason.split(": ", 2);
  const known = names.map((name) => REASONS[name]).find((code) => code !== undefined);
  return { reason_code: known ?? "other", reason: brief(reason) };
}

function refusal(what: string, { request, reason }: Refused<OpenRequest | CancelRequest>) {
  return note(request, `${what} refused: ${reason}`);
}

/** Nothing is done, and why is on record. */
function note({ key }: OpenRequest | CancelRequest, text: string): IntentText {
  return {
    strategy: idOf(key.strategy),
    body: { type: "no_op", data: { note: brief(`${key.cid}: ${text}`) } },
  };
}
