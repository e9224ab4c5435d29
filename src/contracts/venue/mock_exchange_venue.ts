/**
 * The engine's mock exchange as a venue.
 *
 * @module
 */

import { checkObject, show } from "../../_check.ts";
import {
  type AuditUpdates,
  type ExecutionConfig,
  type OpenRequest,
  System,
  type SystemOptions,
} from "../../engine/mod.ts";
import { ClosedError, EngineError } from "../../errors.ts";
import { MockFeed } from "./mock_feed.ts";
import { MockOrder } from "./mock_order.ts";
import { currencyOf, instrumentNames } from "../audit/names.ts";
import { moneyOf, Rounding } from "../audit/rounding.ts";
import { decimalText, money, Overflow, readDecimal } from "../core/decimal.ts";
import { AuditSteps } from "../audit/engine_audit.ts";
import type {
  Capabilities,
  CurrencyAmount,
  EngineEvent,
  ReasonCode,
  Tif,
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
} from "./venue.ts";

/** What barter's mock exchange can do: it fills market orders, whole and at once. */
const CAPABILITIES: Capabilities = {
  order_types: ["market"],
  time_in_force: ["gtc", "ioc", "fok", "day"],
  replace: false,
};

/** An order that is filled whole and at once keeps each of these promises. */
const TIMES_IN_FORCE = {
  gtc: "goodUntilCancelled",
  ioc: "immediateOrCancel",
  fok: "fillOrKill",
  day: "goodUntilEndOfDay",
} as const satisfies Partial<Record<Tif, OpenRequest["timeInForce"]>>;

/** How a {@linkcode MockExchangeVenue} is set up. */
export interface MockExchangeVenueOptions
  extends Pick<SystemOptions, "instruments" | "market" | "clock" | "start"> {
  /** The exchange: its id is the name of the venue. Fee, latency, opening balances. */
  readonly execution: ExecutionConfig;
}

/** A running system, and how its ticks are read. */
interface Opened {
  readonly system: System;
  readonly feed: MockFeed;
  readonly audits: AuditUpdates;
  readonly steps: AuditSteps;
  /** Contracts' names of the instruments, by index. */
  readonly names: readonly string[];
}

/**
 * A venue whose orders go to the mock exchange of barter's engine, through a {@linkcode System}: with its
 * latency in real time, its fees and its balances. Prices come from a recording, from exchanges live, or
 * by {@linkcode MockExchangeVenue.market}.
 *
 * Instruments are called `BTC/USDT:binance_spot`, as `instrumentNames()` does, and orders by their ids.
 * A market order is sent at the engine's price of its instrument, rounded to a Decimal, and filled there,
 * whole; without a price it is refused. The exchange knows no other orders and no replacing, and what
 * is `reduce_only` it could not keep: all that is `venue_capability`. It carries out no cancellation
 * either, and says so with a report `cancel_rejected`.
 *
 * `balances()` are the exchange's own, which are no portfolio values: a sale takes its quantity from the
 * quote currency and credits nothing (see the engine guide). `positions()` are the sums of the orders it
 * filled. Its fees have more digits than a Decimal where quantity and price have many.
 *
 * Closing ends the exchange; orders on their way are not answered any more.
 *
 * @example Opening balances
 * ```ts
 * import { MockExchangeVenue } from "@tendon/tendon/contracts";
 * import { assertEquals } from "@std/assert";
 *
 * await using venue = new MockExchangeVenue({
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 *   execution: { exchange: "binance_spot", latencyMs: 5, balances: { usdt: "1000", btc: "0" } },
 * });
 * await venue.connect();
 * assertEquals(await venue.balances(), [
 *   { currency: "BTC", amount: "0" },
 *   { currency: "USDT", amount: "1000" },
 * ]);
 * ```
 */
export class MockExchangeVenue implements VenueAdapter {
  /** Name of the venue in events: the id of the exchange. */
  readonly venue: string;
  /** What it can do: market orders. */
  readonly capabilities: Capabilities = CAPABILITIES;
  /** Nothing it is asked leaves the process. */
  readonly simulated = true;
  readonly #options: SystemOptions;
  readonly #orders = new Map<string, MockOrder>();
  #reports: EngineEvent[] = [];
  #opening: Promise<void> | undefined;
  #opened: Opened | undefined;
  #closing: Promise<void> | undefined;
  /** Resolves when it is connected or closed. */
  readonly #begun: Promise<void>;
  #begin: () => void = () => {};

  /** Sets a venue up; the exchange starts when it is connected. */
  constructor(options: MockExchangeVenueOptions) {
    const action = "set a mock exchange up";
    checkObject(action, "options", options);
    const { execution, ...market } = options;
    checkObject(action, "execution", execution);
    this.venue = execution.exchange;
    this.#options = { ...market, execution: [execution] };
    this.#begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  /**
   * Starts the exchange. Again does nothing.
   *
   * @throws {TypeError | RangeError} If an option has the wrong form.
   * @throws {VenueError} `venue_fatal` if it cannot start; the reason is the cause.
   */
  connect(): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(closed("connect"));
    return this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
  }

  async #open(): Promise<void> {
    const system = await this.#start();
    if (this.#closing !== undefined) {
      await end(system);
      throw closed("connect");
    }
    const { table } = system;
    const names = instrumentNames(table);
    this.#opened = {
      system,
      feed: new MockFeed(system, names, () => this.#catchUp()),
      audits: system.audit(),
      steps: new AuditSteps({ instruments: table, tradingState: "disabled" }),
      names,
    };
    this.#begin();
  }

  async #start(): Promise<System> {
    try {
      return await System.start({ ...this.#options, audit: { overflow: "block" } });
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) throw error;
      throw venueError(
        { code: "venue_fatal" },
        "Cannot connect: the exchange did not start",
        error,
      );
    }
  }

  /**
   * Feeds a market event: trades and quotes of its instruments move the exchange's prices. Where the
   * options name a market, that one alone does. An event that the engine cannot take is fatal to the
   * calls after it.
   *
   * @throws {TypeError} If it is no market event.
   */
  market(event: EngineEvent): void {
    const action = "feed a market event";
    if (this.#closing !== undefined) throw closed(action);
    if (this.#opened === undefined) throw unconnected(action);
    if (!event.body.type.startsWith("market.")) {
      throw new TypeError(
        `Cannot ${action} as it must be of a market: current value is ${show(event.body.type)}`,
      );
    }
    if (this.#options.market === undefined) this.#opened.feed.push(event);
  }

  /** See {@linkcode VenueAdapter.submit}. Resolves when it is on its way to the exchange. */
  submit(intent: PlaceIntent): Promise<void> {
    return this.#do("submit an order", async (opened) => {
      checkCapability(CAPABILITIES, intent);
      const { data } = intent.body;
      if (data.reduce_only) {
        throw venueError(
          { code: "venue_capability", rule: "CAPABILITY_UNSUPPORTED" },
          `Cannot send intent "${intent.intent_id}" as the venue has no orders that only reduce`,
        );
      }
      const known = this.#orders.get(data.order_id);
      if (known !== undefined) return void await known.sent;
      const request = openRequest(opened, this.venue, intent);
      const sent = this.#ask(() =>
        opened.system.command({ kind: "sendOpenRequests", requests: [request] })
      );
      this.#orders.set(data.order_id, new MockOrder(data, request, sent));
      try {
        await sent;
      } catch (error) {
        this.#orders.delete(data.order_id);
        throw error;
      }
    });
  }

  /** See {@linkcode VenueAdapter.cancel}. The exchange refuses it, or it comes too late. */
  cancel({ body: { data } }: CancelIntent): Promise<void> {
    return this.#do("cancel an order", async ({ system }) => {
      const order = this.#orders.get(data.order_id);
      if (order === undefined || !order.live) {
        const found = order?.status ?? "not known";
        throw refused("other", `Cannot cancel order "${data.order_id}" as it is ${found}`);
      }
      order.cancel();
      const requests = [{ key: order.request.key, orderId: null }];
      await this.#ask(() => system.command({ kind: "sendCancelRequests", requests }));
    });
  }

  /** See {@linkcode VenueAdapter.replace}; the exchange cannot. */
  replace(intent: ReplaceIntent): Promise<void> {
    return this.#do("replace an order", () => checkCapability(CAPABILITIES, intent));
  }

  /** See {@linkcode VenueAdapter.order}. */
  order(orderId: string): Promise<VenueOrder | null> {
    return this.#do(
      "ask for an order",
      () => this.#orders.get(orderId)?.shown() ?? null,
    );
  }

  /** See {@linkcode VenueAdapter.openOrders}: those that the exchange has not answered. */
  openOrders(): Promise<readonly VenueOrder[]> {
    return this.#do(
      "ask for orders",
      () =>
        [...this.#orders.values()].filter(({ live }) => live).map((order) => order.shown())
          .sort((a, b) => a.venue_order_id < b.venue_order_id ? -1 : 1),
    );
  }

  /** See {@linkcode VenueAdapter.balances}. */
  balances(): Promise<readonly CurrencyAmount[]> {
    return this.#do(
      "ask for balances",
      ({ system }) =>
        system.balances().flatMap(({ exchange, asset, balance }) =>
          exchange !== this.venue || balance === null
            ? []
            : [{ currency: currencyOf(asset), amount: moneyOf(balance.total) }]
        ).sort((a, b) => a.currency < b.currency ? -1 : 1),
    );
  }

  /** See {@linkcode VenueAdapter.positions}. */
  positions(): Promise<readonly VenuePosition[]> {
    return this.#do("ask for positions", () => {
      const held = new Map<string, bigint>();
      for (const order of this.#orders.values()) {
        const { instrument } = order.terms;
        held.set(instrument, (held.get(instrument) ?? 0n) + order.held);
      }
      return [...held].sort(([a], [b]) => a < b ? -1 : 1)
        .map(([instrument, quantity]) => ({ instrument, quantity: decimalText(quantity) }));
    });
  }

  /** See {@linkcode VenueAdapter.reports}. @throws {VenueError} `venue_fatal` if the engine stopped. */
  reports(): AsyncIterable<EngineEvent> {
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#nextReport() }) };
  }

  async #nextReport(): Promise<IteratorResult<EngineEvent, undefined>> {
    await this.#begun;
    for (;;) {
      this.#catchUp();
      const value = this.#reports.shift();
      if (value !== undefined) return { done: false, value };
      if (this.#closing !== undefined || this.#opened === undefined) {
        return { done: true, value: undefined };
      }
      const { audits, system } = this.#opened;
      try {
        if (await audits.ready()) continue;
      } catch (error) {
        // Closed while it waited.
        if (error instanceof ClosedError) continue;
        throw error;
      }
      await this.#ask(() => system.finished());
      throw venueError({ code: "venue_fatal" }, "Cannot read reports: the exchange has stopped");
    }
  }

  /** See {@linkcode VenueAdapter.close}. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Same as {@linkcode MockExchangeVenue.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#begin();
    const opened = this.#opened;
    // A start that is under way ends what it started.
    if (opened === undefined) return void await this.#opening?.catch(() => {});
    try {
      this.#catchUp();
    } finally {
      await end(opened.system);
      // What has not been processed is not any more.
      await opened.feed.settled().catch(() => {});
    }
  }

  async #do<T>(action: string, work: (opened: Opened) => T | Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw closed(action);
    const opened = this.#opened;
    if (opened === undefined) throw unconnected(action);
    await opened.feed.settled().catch((error) => {
      if (this.#closing !== undefined) throw closed(action);
      throw venueError({ code: "venue_fatal" }, `Cannot ${action}: its market has failed`, error);
    });
    this.#catchUp();
    return await work(opened);
  }

  /** Asks the engine; its failures are those of the venue. */
  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#closing !== undefined) throw closed("ask the exchange");
      if (error instanceof EngineError && REFUSALS.has(error.code)) {
        throw refused("other", error.message, error);
      }
      throw venueError({ code: "venue_fatal" }, "Cannot ask the exchange: it has stopped", error);
    }
  }

  /** Takes in what the engine has told since. */
  #catchUp(): void {
    if (this.#opened === undefined || this.#opened.audits.closed) return;
    const { audits, steps } = this.#opened;
    for (let tick; (tick = audits.tryRecvTick()) !== null;) {
      for (const { event } of steps.steps(tick)) this.#hear(event);
    }
  }

  #hear(event: EngineEvent): void {
    const { body } = event;
    if (body.type !== "order.report" && body.type !== "order.fill") return;
    const order = this.#orders.get(body.data.order_id);
    if (order === undefined) return;
    order.hear(body);
    this.#reports.push(event);
  }
}

/** Codes of an engine that refuses a request, with nothing sent. */
const REFUSALS: ReadonlySet<string> = new Set(["engine_order", "engine_event"]);

/** The request for an order at the engine's price. @throws {VenueError} `venue_rejected` */
function openRequest(
  { system, names }: Opened,
  venue: string,
  { body: { data }, attribution }: PlaceIntent,
): OpenRequest {
  const { order_id, instrument, side, quantity, time_in_force } = data;
  const index = names.indexOf(instrument);
  const row = system.table.instruments[index];
  const exchange = system.table.exchanges.findIndex((known) => known.exchange === venue);
  if (row === undefined || row.exchange !== venue) {
    throw refused(
      "unknown_instrument",
      `Cannot submit order "${order_id}" as the exchange has ${names.join(", ")}: ` +
        `current instrument is ${instrument}`,
    );
  }
  const exact = system.instruments()[index]?.price ?? null;
  const price = exact === null ? null : new Rounding().decimal(exact);
  if (price === null || !isWorth(quantity, price)) {
    const found = exact === null ? "has no price" : `is at ${exact}`;
    throw refused(
      "other",
      `Cannot submit order "${order_id}" as a market order needs a price, and a worth of at most 14 ` +
        `digits: ${instrument} ${found}`,
    );
  }
  const strategy = attribution.strategy_id ?? venue;
  return {
    key: { exchange, instrument: index, strategy, cid: order_id },
    side,
    price,
    quantity,
    kind: "market",
    timeInForce: TIMES_IN_FORCE[time_in_force as keyof typeof TIMES_IN_FORCE],
  };
}

/** Whether the contracts can hold what a fill is worth. */
function isWorth(quantity: string, price: string): boolean {
  try {
    return money(readDecimal(quantity) * readDecimal(price)) > 0n;
  } catch (error) {
    if (error instanceof Overflow) return false;
    throw error;
  }
}

/** Ends a system; what made it fail was told by the methods. */
async function end(system: System): Promise<void> {
  await system.abort().catch(() => {});
  await system[Symbol.asyncDispose]();
}

function refused(reasonCode: ReasonCode, message: string, cause?: unknown) {
  return venueError({ code: "venue_rejected", reasonCode }, message, cause);
}

function unconnected(action: string) {
  return venueError({ code: "venue_fatal" }, `Cannot ${action}: connect the venue first`);
}

function closed(action: string): ClosedError {
  return new ClosedError("closed", `Cannot ${action}: the venue is closed`);
}
