/**
 * Live market data of the exchanges as an async iterable.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { requirePermission } from "../../ffi/permission.ts";
import { type EventStream, openAnsweredStream, type Overflow } from "../../ffi/stream.ts";
import { CancelledError, LiveDataError } from "../errors.ts";
import { checkArray, checkInteger, checkObject, checkOneOf, show } from "../_check.ts";
import { liveDecoder } from "./_live_decode.ts";
import { describeInstruments, instrumentsRequest } from "./instruments.ts";
import type { LiveEvent } from "./live_event.ts";
import { LIVE_KINDS, type LiveKind, liveSupport } from "./live_support.ts";
import type { InstrumentSelection } from "./strategy.ts";
import type { InstrumentConfig, InstrumentInfo, InstrumentTable } from "./types.ts";

/** What happens to an event that finds the buffer full; see {@linkcode LiveMarketOptions.overflow}. */
export type LiveOverflow = Overflow;

/** One kind of data, of all instruments unless some are chosen. */
export interface LiveSubscription extends InstrumentSelection {
  /** What to stream. */
  readonly kind: LiveKind;
}

/** What is streamed, of which instruments, and from where. */
export interface LiveFeedOptions {
  /** The instruments that events refer to. `nameExchange` is spelled as the exchange spells it. */
  readonly instruments: readonly InstrumentConfig[];
  /** At least one; a stream asked for twice is opened once. */
  readonly subscriptions: readonly LiveSubscription[];
  /**
   * A server in place of the exchanges' own hosts, such as `"ws://127.0.0.1:8080"`: a proxy, or a
   * test. The path of each exchange is appended to its path.
   *
   * @default the exchanges' own hosts, with TLS
   */
  readonly endpoint?: string;
  /**
   * Whole order books of so many levels a side (1 to 5,000), one per change.
   *
   * @default a whole book first, and then its changes
   */
  readonly bookDepth?: number;
}

/** What is streamed, and how it is read. */
export interface LiveMarketOptions extends LiveFeedOptions {
  /**
   * Events kept natively while the reader is slow. As many more, at most 1,024, may be on their way.
   * Without effect under `"latest_per_key"`, which keeps one per key.
   *
   * @default {1024}
   */
  readonly capacity?: number;
  /**
   * What happens to an event that finds the buffer full: `"block"` makes the exchange wait, which may
   * hang up; `"drop_oldest"` and `"drop_newest"` drop and count; `"fail"` ends with
   * `stream_overflow`. `"latest_per_key"` keeps the newest event of each kind and instrument at any
   * time; those it replaces are dropped and counted. Changes of order books cannot be dropped
   * without breaking the book, so it needs {@linkcode bookDepth} for books.
   *
   * @default {"block"}
   */
  readonly overflow?: LiveOverflow;
  /** Stops opening, with a `CancelledError`; later, ends the iteration without an error. */
  readonly signal?: AbortSignal;
}

/** Counts of a {@linkcode LiveMarket}. */
export interface LiveStats {
  /** Events that reached this process, read or waiting to be read. */
  readonly received: number;
  /** Events lost to the overflow policy before the last one received. */
  readonly dropped: number;
  /** Interruptions among the events received. */
  readonly reconnects: number;
  /**
   * Messages that are not events: not of the exchange's form, of no subscription, or with figures
   * that the engine cannot take. What Bybit and OKX answer to pings is among them.
   */
  readonly unreadable: number;
  /** What was wrong with the last of these; null if there was none. */
  readonly lastUnreadable: string | null;
}

const ACTION = "open live market data";
const OVERFLOWS: readonly LiveOverflow[] = [
  "block",
  "drop_oldest",
  "drop_newest",
  "fail",
  "latest_per_key",
];
const MAX_BOOK_DEPTH = 5_000;

/**
 * Live market events of exchanges, in order of arrival, one connection per exchange and kind of data.
 *
 * A connection that is lost is an event of kind `"reconnecting"` and is mended: at once, then after
 * 125 ms, doubled up to a minute. Leaving a `for await` loop closes all connections; a pending read
 * keeps the process alive, an open market that nobody reads does not. It can be iterated once.
 *
 * Trades are observed, not made: orders are never sent to an exchange.
 *
 * @example
 * ```ts ignore
 * import { LiveMarket } from "@tendon/tendon/engine";
 *
 * const market = await LiveMarket.open({
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 *   subscriptions: [{ kind: "trades" }, { kind: "quotes" }],
 * });
 * for await (const event of market) {
 *   if (event.kind === "trade") console.log(event.time, event.side, event.price);
 * }
 * ```
 */
export class LiveMarket implements AsyncIterableIterator<LiveEvent, undefined>, AsyncDisposable {
  /** The instruments by index. */
  readonly table: InstrumentTable;
  readonly #stream: EventStream<LiveEvent>;
  readonly #handle: NativeHandle;
  readonly #counts: Counts;
  #last: { readonly unreadable: number; readonly lastUnreadable: string | null } | undefined;

  private constructor(
    table: InstrumentTable,
    stream: EventStream<LiveEvent>,
    handle: NativeHandle,
    counts: Counts,
  ) {
    this.table = table;
    this.#stream = stream;
    this.#handle = handle;
    this.#counts = counts;
  }

  /**
   * Connects and subscribes; resolves when every exchange has agreed.
   *
   * Exchanges that do not answer are waited for as long as the operating system does: limit that with
   * `signal: AbortSignal.timeout(…)`. Needs the permission `--allow-net` for the hosts of
   * {@linkcode liveSupport}, or for the endpoint.
   *
   * @throws {TypeError} If an option is of the wrong type.
   * @throws {RangeError} If a number is out of range or a subscription names no instrument.
   * @throws {ConfigError} If the instruments are not consistent.
   * @throws {PermissionError} If the permission for a host is missing.
   * @throws {LiveDataError} `live_unsupported` before anything is connected, `live_unreachable` and
   * `live_refused` for the first exchange that fails.
   * @throws {CancelledError} If the signal aborts.
   */
  static async open(options: LiveMarketOptions): Promise<LiveMarket> {
    checkObject(ACTION, "options", options);
    const { capacity, overflow = "block", signal } = options;
    checkOneOf(ACTION, "overflow", overflow, OVERFLOWS);
    const { feed, table } = feedRequest(options);
    const { subscriptions } = feed;
    if (
      overflow === "latest_per_key" && feed.bookDepth === undefined &&
      subscriptions.some(({ kind }) => kind === "books")
    ) {
      throw new TypeError(
        `Cannot ${ACTION} as overflow "latest_per_key" needs bookDepth for books: ` +
          "a book that misses a change is none",
      );
    }
    const keys = subscriptions.length + table.exchanges.length;
    const decode = liveDecoder(table);
    const counts: Counts = { received: 0, reconnects: 0 };
    const { stream, answer } = await openAnsweredStream("engine.openLive", { feed }, {
      action: ACTION,
      overflow,
      capacity: overflow === "latest_per_key" ? keys : capacity,
      signal,
      decode(record) {
        const event = decode(record);
        counts.received++;
        if (event.kind === "reconnecting") counts.reconnects++;
        return event;
      },
    });
    const market = new LiveMarket(table, stream, new NativeHandle(answer.live, "market"), counts);
    if (signal?.aborted) {
      await market.close();
      throw new CancelledError("cancelled", `Cannot ${ACTION}: it was aborted`, {
        cause: signal.reason,
      });
    }
    return market;
  }

  /** Counts so far. */
  get stats(): LiveStats {
    if (!this.#handle.closed) {
      const { unreadable, lastUnreadable = null } = callSync(
        "engine.liveCounters",
        { live: this.#handle.value },
        { action: "count live market data" },
      );
      this.#last = { unreadable, lastUnreadable };
    }
    return {
      ...this.#counts,
      dropped: this.#stream.dropped,
      ...this.#last ?? { unreadable: 0, lastUnreadable: null },
    };
  }

  /** Whether no further events will arrive; those that have can still be read. */
  get closed(): boolean {
    return this.#stream.ended;
  }

  /**
   * The next event, or done.
   *
   * @throws {TendonError} `stream_overflow`, once, under the policy `"fail"`.
   */
  next(): Promise<IteratorResult<LiveEvent, undefined>> {
    return this.#stream.next();
  }

  /** Events in batches: whatever has arrived, at least one at a time. */
  batches(): AsyncGenerator<LiveEvent[], void, undefined> {
    return this.#stream.batches();
  }

  /** Closes all connections; events not read yet are dropped. Again is harmless. */
  async close(): Promise<void> {
    if (!this.#handle.closed) void this.stats;
    await this.#stream.close();
    this.#handle.close();
  }

  /** Closes it; called when a `for await` loop is left. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  /** The market itself: it can be iterated once. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

interface Counts {
  received: number;
  reconnects: number;
}

type FeedRequest = Methods["engine.openLive"]["request"]["feed"];
type Subscription = FeedRequest["subscriptions"][number];

/** What to connect to, checked: supported by the exchanges, and permitted. */
export function feedRequest(
  options: LiveFeedOptions,
): { readonly feed: FeedRequest; readonly table: InstrumentTable } {
  const { endpoint, bookDepth } = options;
  if (bookDepth !== undefined) checkInteger(ACTION, "bookDepth", bookDepth, 1, MAX_BOOK_DEPTH);
  const { instruments } = instrumentsRequest(ACTION, options.instruments);
  const table = describeInstruments(options.instruments);
  const subscriptions = resolve(table, options.subscriptions);
  requireHosts(table, subscriptions, endpoint);
  const feed = {
    instruments,
    subscriptions,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(bookDepth === undefined ? {} : { bookDepth }),
  };
  return { feed, table };
}

/** The streams of each instrument, each once. */
function resolve(
  table: InstrumentTable,
  subscriptions: readonly LiveSubscription[],
): Subscription[] {
  checkArray(ACTION, "subscriptions", subscriptions);
  const found = new Map<string, Subscription>();
  for (const [position, subscription] of subscriptions.entries()) {
    const at = `subscriptions[${position}]`;
    checkObject(ACTION, at, subscription);
    const { kind, instruments, exchange } = subscription;
    checkOneOf(ACTION, `${at}.kind`, kind, LIVE_KINDS);
    if (instruments !== undefined) checkArray(ACTION, `${at}.instruments`, instruments);
    const chosen = (instruments?.map((one) => find(table, at, one)) ?? table.instruments)
      .filter((row) => exchange === undefined || row.exchange === exchange);
    if (chosen.length === 0) throw new RangeError(`Cannot ${ACTION} as ${at} names no instrument`);
    for (const { index } of chosen) found.set(`${kind} ${index}`, { kind, instrument: index });
  }
  if (found.size === 0) {
    throw new RangeError(`Cannot ${ACTION} as subscriptions must have at least one`);
  }
  return [...found.values()];
}

function find(table: InstrumentTable, at: string, instrument: number | string): InstrumentInfo {
  const row = typeof instrument === "number"
    ? table.instruments[instrument]
    : table.instruments.find(({ name }) => name === instrument);
  if (row !== undefined) return row;
  throw new RangeError(
    `Cannot ${ACTION} as ${at}.instruments must be indices or names of the table of ` +
      `${table.instruments.length}: current value has ${show(instrument)}`,
  );
}

/** Refuses what no exchange has, and hosts that the program may not reach. */
function requireHosts(
  table: InstrumentTable,
  subscriptions: readonly Subscription[],
  endpoint: string | undefined,
): void {
  const hosts = new Set<string>();
  for (const { instrument, kind } of subscriptions) {
    const row = table.instruments[instrument] as InstrumentInfo;
    const supported = liveSupport().find((one) =>
      one.exchange === row.exchange && one.instrument === row.kind.type && one.kind === kind
    );
    if (supported === undefined) {
      throw new LiveDataError(
        "live_unsupported",
        `Cannot ${ACTION}: ${row.exchange} has no ${kind} of ${row.name}, which is of kind ` +
          `${row.kind.type}; see liveSupport()`,
        { data: { exchange: row.exchange, host: null } },
      );
    }
    for (const host of supported.hosts) hosts.add(host);
  }
  if (endpoint !== undefined) {
    return requirePermission(ACTION, { name: "net", host: hostOf(endpoint) });
  }
  for (const host of hosts) requirePermission(ACTION, { name: "net", host });
}

const DEFAULT_PORTS = new Map([["ws:", "80"], ["wss:", "443"]]);

/** Host and port of an endpoint. */
function hostOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const port = url?.port || DEFAULT_PORTS.get(url?.protocol ?? "");
  const plain = url !== undefined && url.hostname !== "" && DEFAULT_PORTS.has(url.protocol) &&
    url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (plain) return `${url.hostname}:${port}`;
  // Not shown as it is: it may hold a password.
  throw new TypeError(
    `Cannot ${ACTION} as endpoint must be such as "ws://127.0.0.1:8080", with no more than a host, ` +
      "a port and a path",
  );
}
