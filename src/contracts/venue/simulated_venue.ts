/**
 * A venue in memory: the same market events and intents always give the same reports.
 *
 * @module
 */

import { ClosedError } from "../../errors.ts";
import { checkArray, checkInteger, checkObject, show } from "../../_check.ts";
import { type Liquidity, SimulatedOrder } from "./simulated_order.ts";
import { type EventHead, fillEvent, reportEvent } from "../_synthetic.ts";
import { ReportQueue } from "./report_queue.ts";
import {
  abs,
  asMoney,
  decimalText,
  divideHalfEven,
  isDecimal,
  moneyText,
  readDecimal,
  readMoney,
} from "../core/decimal.ts";
import { isReadableEvent, isReadableIntent } from "../core/readable.ts";
import type { Json } from "../json/value.ts";
import { contractError } from "../schema/issue.ts";
import { validateContract } from "../schema/validation.ts";
import { quoteCurrency, sign } from "../core/order.ts";
import type {
  Capabilities,
  CurrencyAmount,
  EngineEvent,
  Fee,
  OrderReport,
  ReasonCode,
  VenueOrder,
  VenuePosition,
} from "../generated/types.ts";
import {
  type CancelIntent,
  checkCapability,
  type PlaceIntent,
  type ReplaceIntent,
  type VenueAdapter,
  venueError,
  type VenueIntent,
} from "./venue.ts";

/** Everything the simulated venue can do. */
const EVERYTHING: Capabilities = {
  order_types: ["market", "limit", "stop", "stop_limit"],
  time_in_force: ["gtc", "ioc", "fok", "day", "gtd"],
  replace: true,
};
const UNIT = 10n ** 12n;
const DAY_NS = 86_400_000_000_000n;
const MONEY_LIMIT = 10n ** 38n;
/** Forms of the schema; a rate is a fraction below 1. */
const MONEY = /^(0|-?(0\.[0-9]{0,23}[1-9]|[1-9][0-9]{0,13}(\.[0-9]{0,23}[1-9])?))$/;
const FEE_RATE = /^(0|0\.[0-9]{0,11}[1-9])$/;

/** Settings of a {@linkcode SimulatedVenue}. */
export interface SimulatedVenueOptions {
  /** Name in events. @default "simulator" */
  readonly venue?: string;
  /** What it takes. @default everything */
  readonly capabilities?: Capabilities;
  /** Cash at the start. @default none */
  readonly balances?: readonly CurrencyAmount[];
  /** Fee as a fraction below 1 of what a fill is worth, in the quote currency. @default "0" */
  readonly feeRate?: string;
  /**
   * How much later than what they tell of its reports are, in milliseconds of event time. A backtest steps
   * them when their time has come; other modes at once.
   *
   * @default 0
   */
  readonly latencyMs?: number;
}

/**
 * A venue that matches against the market events it is fed.
 *
 * An event brings as much as it names: a trade and a closed bar their quantity on both sides, a quote
 * its sizes. Incoming orders take at the bid or ask and pay no more than that; resting ones are filled at
 * their limit, oldest first, when prices reach it. A stop becomes a market or limit order when prices
 * reach it. What is not filled of a market, `ioc` or `fok` order is cancelled; `day` orders expire with
 * the day (UTC), `gtd` ones at their time. A buy must be covered by cash, fees not counted. A fill whose
 * figures the contracts could not hold does not happen.
 *
 * Time is that of the events and intents; there is no clock and no randomness. Orders reach the venue at
 * once, and what it keeps changes at once; only its reports take their time.
 *
 * @example A limit order that the market comes to
 * ```ts
 * import { SimulatedVenue } from "@tendon/tendon/contracts";
 * import { assertEquals } from "@std/assert";
 *
 * const venue = new SimulatedVenue({ balances: [{ currency: "USD", amount: "1000" }] });
 * await venue.connect();
 * assertEquals(await venue.openOrders(), []);
 * assertEquals(await venue.balances(), [{ currency: "USD", amount: "1000" }]);
 * await venue.close();
 * ```
 */
export class SimulatedVenue implements VenueAdapter {
  /** Name of the venue in events. */
  readonly venue: string;
  /** What it can do. */
  readonly capabilities: Capabilities;
  /** It is in memory. */
  readonly simulated = true;
  readonly #feeRate: bigint;
  readonly #latency: bigint;
  readonly #reports = new ReportQueue();
  readonly #orders = new Map<string, SimulatedOrder>();
  /** Those that can still be filled, oldest first: a long run has many more that ended. */
  readonly #open = new Map<string, SimulatedOrder>();
  readonly #cash = new Map<string, bigint>();
  readonly #positions = new Map<string, bigint>();
  readonly #markets = new Map<string, Liquidity>();
  #now = 0n;
  #fills = 0;
  #state: "new" | "connected" | "closed" = "new";

  /** Sets a venue up; it takes orders once connected. */
  constructor(options: SimulatedVenueOptions = {}) {
    checkObject("simulate a venue", "options", options);
    const {
      venue = "simulator",
      capabilities = EVERYTHING,
      balances = [],
      feeRate = "0",
      latencyMs = 0,
    } = options;
    checkInteger("simulate a venue", "latencyMs", latencyMs, 0, 0xffff_ffff);
    this.#latency = BigInt(latencyMs) * 1_000_000n;
    this.venue = venue;
    this.capabilities = capabilities;
    this.#feeRate = readDecimal(canonical("feeRate", feeRate, FEE_RATE));
    checkArray("simulate a venue", "balances", balances);
    for (const { currency, amount } of balances) {
      this.#cash.set(currency, readMoney(canonical(`the balance of ${currency}`, amount, MONEY)));
    }
  }

  /** See {@linkcode VenueAdapter.connect}. */
  connect(): Promise<void> {
    return this.#do("connect", () => {
      this.#state = "connected";
    }, true);
  }

  /**
   * Feeds a market event: time goes on, stops trigger, resting orders are filled.
   *
   * @throws {TypeError} If it is no market event with an instrument and a time.
   * @throws {ContractError} `contract_schema_invalid` if it cannot be read.
   */
  market(event: EngineEvent): void {
    const { instrument, event_time, body } = event;
    if (instrument === null || event_time === null || !body.type.startsWith("market.")) {
      throw new TypeError(
        `Cannot feed a venue as the event must be of a market, with instrument and event_time: ` +
          `current value is ${show(body.type)}`,
      );
    }
    check("feed a venue", "engine_event", isReadableEvent(event), event);
    this.#advance(BigInt(event_time));
    const market = liquidity(event);
    if (market === null) return;
    this.#markets.set(instrument, market);
    for (const order of this.#live(instrument)) {
      if (order.waits) {
        if (order.trigger(market)) this.#enter(order, market);
      } else if (order.met(market)) {
        this.#take(order, market, order.limit);
      }
    }
  }

  /**
   * See {@linkcode VenueAdapter.submit}.
   *
   * @throws {ContractError} `contract_schema_invalid` if the intent cannot be read.
   */
  submit(intent: PlaceIntent): Promise<void> {
    const action = "submit an order";
    return this.#do(action, () => {
      checkIntent(action, intent);
      checkCapability(this.capabilities, intent);
      const { data } = intent.body;
      if (this.#orders.has(data.order_id)) return;
      this.#advance(BigInt(intent.created_at));
      const order = new SimulatedOrder(`${this.venue}-${this.#orders.size + 1}`, data);
      this.#orders.set(data.order_id, order);
      this.#open.set(data.order_id, order);
      const refused = this.#refusal(order);
      if (refused !== null) return this.#end(order, "rejected", refused);
      this.#report(order, "accepted");
      const market = this.#markets.get(data.instrument);
      if (!order.waits) this.#enter(order, market);
    });
  }

  /** See {@linkcode VenueAdapter.cancel}. @throws {ContractError} As {@linkcode SimulatedVenue.submit} */
  cancel(intent: CancelIntent): Promise<void> {
    const action = "cancel an order";
    return this.#do(action, () => {
      checkIntent(action, intent);
      this.#end(this.#changeable(intent), "cancelled", "user");
    });
  }

  /** See {@linkcode VenueAdapter.replace}. @throws {ContractError} As {@linkcode SimulatedVenue.submit} */
  replace(intent: ReplaceIntent): Promise<void> {
    const action = "replace an order";
    return this.#do(action, () => {
      checkIntent(action, intent);
      checkCapability(this.capabilities, intent);
      const order = this.#changeable(intent);
      const { quantity, limit_price, stop_price } = intent.body.data;
      if (quantity !== null && readDecimal(quantity) <= order.filled) {
        throw refused(`Cannot replace "${order.terms.order_id}" as more than that is filled`);
      }
      if (quantity !== null) order.quantity = readDecimal(quantity);
      if (limit_price !== null) order.limit = readDecimal(limit_price);
      if (stop_price !== null && order.waits) order.stop = readDecimal(stop_price);
      this.#report(order, "replaced", {
        quantity: decimalText(order.quantity),
        limit_price: order.shown().limit_price,
      });
      if (!order.waits) this.#enter(order, this.#markets.get(order.terms.instrument));
    });
  }

  /** See {@linkcode VenueAdapter.order}. */
  order(orderId: string): Promise<VenueOrder | null> {
    return this.#do("ask for an order", () => this.#orders.get(orderId)?.shown() ?? null);
  }

  /** See {@linkcode VenueAdapter.openOrders}. */
  openOrders(): Promise<readonly VenueOrder[]> {
    return this.#do(
      "ask for orders",
      () =>
        Array.from(this.#open.values(), (order) => order.shown())
          .sort((a, b) => a.venue_order_id < b.venue_order_id ? -1 : 1),
    );
  }

  /** See {@linkcode VenueAdapter.balances}. */
  balances(): Promise<readonly CurrencyAmount[]> {
    return this.#do(
      "ask for balances",
      () =>
        sorted(this.#cash).map(([currency, amount]) => ({ currency, amount: moneyText(amount) })),
    );
  }

  /** See {@linkcode VenueAdapter.positions}. */
  positions(): Promise<readonly VenuePosition[]> {
    return this.#do(
      "ask for positions",
      () =>
        sorted(this.#positions).map(([instrument, quantity]) => ({
          instrument,
          quantity: moneyText(asMoney(quantity)),
        })),
    );
  }

  /** See {@linkcode VenueAdapter.reports}. */
  reports(): AsyncIterable<EngineEvent> {
    return this.#reports;
  }

  /** The reports that wait, without waiting for more: what a simulation sequences after a step. */
  drain(): readonly EngineEvent[] {
    return this.#reports.drain();
  }

  /** See {@linkcode VenueAdapter.close}. */
  close(): Promise<void> {
    this.#state = "closed";
    this.#reports.end();
    return Promise.resolve();
  }

  /** Same as {@linkcode SimulatedVenue.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #do<T>(action: string, work: () => T, connecting = false): Promise<T> {
    if (this.#state === "closed") {
      throw new ClosedError("closed", `Cannot ${action}: the venue is closed`);
    }
    if (this.#state === "new" && !connecting) {
      throw venueError({ code: "venue_fatal" }, `Cannot ${action}: connect the venue first`);
    }
    // Answers arrive later, as those of every other venue.
    return await Promise.resolve().then(work);
  }

  #live(instrument: string): SimulatedOrder[] {
    return [...this.#open.values()].filter(({ terms }) => terms.instrument === instrument);
  }

  #changeable({ body, created_at }: CancelIntent | ReplaceIntent): SimulatedOrder {
    this.#advance(BigInt(created_at));
    const order = this.#orders.get(body.data.order_id);
    if (order?.live) return order;
    throw refused(
      `Cannot change order "${body.data.order_id}" as it is ${order?.status ?? "not known"}`,
    );
  }

  #advance(time: bigint): void {
    const before = this.#now;
    if (time > before) this.#now = time;
    for (const order of this.#open.values()) {
      const { time_in_force, expire_at } = order.terms;
      const over = time_in_force === "gtd"
        ? expire_at !== null && BigInt(expire_at) <= this.#now
        : time_in_force === "day" && day(this.#now) > day(before);
      if (over) this.#end(order, "expired", null);
    }
  }

  /** Why an order is not taken, or null. */
  #refusal(order: SimulatedOrder): ReasonCode | null {
    const { terms } = order;
    const market = this.#markets.get(terms.instrument);
    if (terms.reduce_only) {
      const held = sign(terms.side) * (this.#positions.get(terms.instrument) ?? 0n);
      if (held >= 0n || order.quantity > -held) return "reduce_only";
    }
    if (terms.post_only && market !== undefined && order.crosses(market)) return "post_only_cross";
    const price = order.limit ?? order.stop ?? market?.ask;
    if (terms.side === "sell" || price === undefined) return null;
    const cash = this.#cash.get(quoteCurrency(terms.instrument)) ?? 0n;
    return order.quantity * price > cash ? "insufficient_funds" : null;
  }

  /** Meets the market for the first time, or anew. */
  #enter(order: SimulatedOrder, market: Liquidity | undefined): void {
    const { order_type, time_in_force, side } = order.terms;
    const crosses = market !== undefined && order.crosses(market);
    const offered = side === "buy" ? market?.askSize : market?.bidSize;
    const all = crosses && (offered ?? 0n) >= order.remaining;
    if (crosses && (time_in_force !== "fok" || all)) this.#take(order, market, null);
    const atOnce = order_type === "market" || order_type === "stop" || time_in_force === "ioc" ||
      time_in_force === "fok";
    if (order.live && atOnce) this.#end(order, "cancelled", "other");
  }

  /** Fills what the market brings; `price` is that of a resting order, or null for the market's. */
  #take(order: SimulatedOrder, market: Liquidity, price: bigint | null): void {
    const buys = order.terms.side === "buy";
    const offered = buys ? market.askSize : market.bidSize;
    const quantity = offered < order.remaining ? offered : order.remaining;
    if (quantity <= 0n) return;
    if (!this.#fill(order, quantity, price ?? (buys ? market.ask : market.bid), price !== null)) {
      return;
    }
    if (buys) market.askSize -= quantity;
    else market.bidSize -= quantity;
  }

  /** Returns false, and fills nothing, where the contracts could not hold the figures. */
  #fill(order: SimulatedOrder, quantity: bigint, price: bigint, maker: boolean): boolean {
    const { order_id, instrument, side } = order.terms;
    const quote = quoteCurrency(instrument), amount = quantity * price;
    if (!isMoney(amount) || !isDecimal(order.filled + quantity)) return false;
    const fee = this.#fee(quote, amount);
    const cash = (this.#cash.get(quote) ?? 0n) - sign(side) * amount -
      asMoney(readDecimal(fee?.amount ?? "0"));
    const held = (this.#positions.get(instrument) ?? 0n) + sign(side) * quantity;
    if (!isMoney(cash) || !isMoney(asMoney(held))) return false;
    if (!isDecimal(order.remaining - quantity)) return false;
    this.#cash.set(quote, cash);
    this.#positions.set(instrument, held);
    order.filled += quantity;
    order.status = order.remaining === 0n ? "filled" : "partially_filled";
    if (!order.live) this.#open.delete(order_id);
    this.#reports.push(fillEvent(this.#head(order), {
      order_id,
      venue_order_id: order.id,
      fill_id: `${this.venue}-f${++this.#fills}`,
      price: decimalText(price),
      quantity: decimalText(quantity),
      liquidity: maker ? "maker" : "taker",
      fee,
      cum_filled: decimalText(order.filled),
      remaining: decimalText(order.remaining),
    }));
    return true;
  }

  #fee(currency: string, amount: bigint): Fee | null {
    if (this.#feeRate === 0n) return null;
    // To 12 places, and to fewer where that has more than 18 digits.
    let fee = divideHalfEven(amount * this.#feeRate, UNIT * UNIT);
    for (let unit = 10n; !isDecimal(fee); unit *= 10n) fee = divideHalfEven(fee, unit) * unit;
    return { currency, amount: decimalText(fee) };
  }

  #end(
    order: SimulatedOrder,
    status: "cancelled" | "expired" | "rejected",
    reason: ReasonCode | null,
  ): void {
    order.status = status;
    this.#open.delete(order.terms.order_id);
    this.#report(order, status, { reason_code: reason });
  }

  #report(
    order: SimulatedOrder,
    report: OrderReport["report"],
    data: Partial<OrderReport> = {},
  ): void {
    this.#reports.push(reportEvent(this.#head(order), {
      order_id: order.terms.order_id,
      venue_order_id: order.id,
      report_id: `${order.id}-r${order.reports}`,
      report,
      cum_filled: decimalText(order.filled),
      ...data,
    }));
  }

  #head(order: SimulatedOrder): EventHead {
    return {
      id: `${order.id}-e${++order.reports}`,
      time: String(this.#now + this.#latency),
      venue: this.venue,
      instrument: order.terms.instrument,
      producer: this.venue,
      synthetic: true,
    };
  }
}

function canonical(name: string, value: unknown, form: RegExp): string {
  if (typeof value === "string" && form.test(value)) return value;
  throw new TypeError(
    `Cannot simulate a venue as ${name} must be a decimal as text, ` +
      `without needless zeros: current value is ${show(value)}`,
  );
}

function checkIntent(action: string, intent: VenueIntent): void {
  check(action, "engine_intent", isReadableIntent(intent), intent);
}

/** Throws what the schemas say of a document that cannot be read. */
function check(
  action: string,
  contract: "engine_event" | "engine_intent",
  readable: boolean,
  document: unknown,
): void {
  const issues = readable ? [] : validateContract(contract, document as Json);
  if (issues.length > 0) throw contractError(action, issues);
}

function isMoney(value: bigint): boolean {
  return abs(value) < MONEY_LIMIT;
}

function refused(message: string) {
  return venueError({ code: "venue_rejected", reasonCode: "other" }, message);
}

function day(time: bigint): bigint {
  return time / DAY_NS;
}

function sorted(amounts: ReadonlyMap<string, bigint>): [string, bigint][] {
  return [...amounts].sort(([a], [b]) => a < b ? -1 : 1);
}

/** What an event lets trade, or null if it does not say. */
function liquidity({ body }: EngineEvent): Liquidity | null {
  switch (body.type) {
    case "market.trade": {
      const price = readDecimal(body.data.price), size = readDecimal(body.data.quantity);
      return { ask: price, bid: price, askSize: size, bidSize: size, low: price, high: price };
    }
    case "market.bar": {
      const { close, low, high, volume, closed } = body.data;
      if (!closed) return null;
      const price = readDecimal(close), size = readDecimal(volume);
      return {
        ask: price,
        bid: price,
        askSize: size,
        bidSize: size,
        low: readDecimal(low),
        high: readDecimal(high),
      };
    }
    case "market.quote": {
      const { bid_price, bid_size, ask_price, ask_size } = body.data;
      if (bid_price === null || bid_size === null || ask_price === null || ask_size === null) {
        return null;
      }
      const ask = readDecimal(ask_price), bid = readDecimal(bid_price);
      return {
        ask,
        bid,
        askSize: readDecimal(ask_size),
        bidSize: readDecimal(bid_size),
        low: ask,
        high: bid,
      };
    }
    default:
      return null;
  }
}
