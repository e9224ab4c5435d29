/**
 * Recorded market data, held natively.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { call, callSync } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { checkArray, checkInteger, checkObject, checkOneOf, show } from "../_check.ts";
import { shareHandle } from "../_native_handle.ts";
import { CancelledError, MarketDataError } from "../errors.ts";
import { isEventKind, packBatches, unpackBatch } from "./_columns.ts";
import { eventLines, eventsOf } from "./_events.ts";
import { instrumentsRequest } from "./instruments.ts";
import type { MarketColumns, MarketEvent, MarketEventKind } from "./market_event.ts";
import type { InstrumentConfig, InstrumentTable, MarketDataStats } from "./types.ts";

type LoadRequest = Methods["engine.loadData"]["request"];

/** What market data is read against, and how it is taken in. */
export interface MarketDataOptions {
  /** The instruments that the events refer to, in any order. */
  readonly instruments: readonly InstrumentConfig[];
  /**
   * Orders events by exchange time; events of equal time keep their order, and a reconnect notice
   * stays behind the event in front of it.
   *
   * @default false
   */
  readonly sort?: boolean;
  /**
   * What happens to an event that equals an earlier one in instrument, exchange time and content:
   * both are replayed, the later one is left out and counted in `stats.duplicates`, or the data is
   * refused with `market_data_duplicate`.
   *
   * @default "keep"
   */
  readonly duplicates?: "keep" | "drop" | "refuse";
  /** Stops the wait for the data. */
  readonly signal?: AbortSignal;
}

/** How bytes are read. */
export interface MarketBytesOptions extends MarketDataOptions {
  /**
   * Form of the bytes.
   *
   * @default "json"; for a file by its name: `.csv`, `.parquet`, all others JSON
   */
  readonly format?: "json" | "csv" | "parquet";
  /** Kind of all rows of CSV or Parquet. @default told by the columns */
  readonly kind?: MarketEventKind;
}

/** What {@linkcode MarketData.from} takes: a typed event, a recorded object, or its JSON. */
export type MarketEventInput = MarketEvent | Readonly<Record<string, unknown>> | string;

/** Which events are read back. */
export interface MarketRange {
  /** First event, from 0. @default 0 */
  readonly start?: number;
  /** Event to stop before. @default the number of events */
  readonly end?: number;
}

const encoder = new TextEncoder();
const FORMATS = ["json", "csv", "parquet"] as const;
const DUPLICATES = ["keep", "drop", "refuse"] as const;
/** Events that are decoded at once while iterating. */
const CHUNK = 4096;

/**
 * A set of recorded market events, validated and kept in the native library.
 *
 * One set serves any number of backtests, at once or one after another. Dispose of it to free its
 * memory (about 130 bytes per event); runs that have begun go on.
 *
 * It is read from a file ({@linkcode MarketData.load}), from bytes ({@linkcode MarketData.parse}),
 * from values ({@linkcode MarketData.from}) or from typed arrays ({@linkcode MarketData.fromColumns}).
 * Files and bytes are JSON (an array or lines, as barter records them or with a field per column),
 * CSV or Parquet; the engine guide names the columns. Order is kept as given unless `sort` is set.
 *
 * @example Read two trades
 * ```ts
 * import { MarketData } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const trade = (time: string, price: number) => JSON.stringify({
 *   time_exchange: time,
 *   exchange: "binance_spot",
 *   instrument: 0,
 *   kind: { Trade: { id: "1", price, amount: 0.5, side: "Buy" } },
 * });
 * using data = await MarketData.parse(
 *   [trade("2025-03-25T23:07:00Z", 87232), trade("2025-03-25T23:07:01Z", 87233.5)].join("\n"),
 *   {
 *     instruments: [
 *       { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *     ],
 *   },
 * );
 * assertEquals(data.stats.events, 2);
 * assertEquals(data.stats.last, "2025-03-25T23:07:01Z");
 * ```
 */
export class MarketData implements Disposable {
  readonly #handle: NativeHandle;
  readonly #table: InstrumentTable;
  readonly #stats: MarketDataStats;

  private constructor(loaded: Methods["engine.loadData"]["answer"]) {
    this.#handle = new NativeHandle(loaded.data, "market data");
    this.#table = loaded.table;
    this.#stats = loaded.stats;
    shareHandle(this, () => this.#handle.value);
  }

  /**
   * Reads a file.
   *
   * Needs the permission to read `path`; nothing else is read.
   *
   * @param path file path or `file:` URL
   * @param options the instruments the events refer to, and the form if the name does not tell it
   * @returns the data; the caller disposes of it
   * @throws {MarketDataError} If the file cannot be read (`market_data_file`) or a record is not
   * valid; `data` holds `line`, `index` and `field`.
   * @throws {ConfigError} If the instruments are not consistent.
   * @throws {CancelledError} If the signal is aborted; its reason is the cause.
   *
   * @example Read a recording
   * ```ts ignore
   * import { MarketData } from "@tendon/tendon/engine";
   *
   * using data = await MarketData.load("trades.csv", { instruments, sort: true });
   * ```
   */
  static async load(path: string | URL, options: MarketBytesOptions): Promise<MarketData> {
    if (typeof path !== "string" && !(path instanceof URL)) {
      throw new TypeError(
        `Cannot load market data as path must be a string or URL: current value is ${show(path)}`,
      );
    }
    checkObject("load market data", "options", options);
    const file = path instanceof URL ? fileURLToPath(path) : path;
    const action = `load market data from "${file}"`;
    const named = FORMATS.find((format) => file.toLowerCase().endsWith(`.${format}`));
    const format = bytesFormat(action, { format: named ?? "json", ...options });
    return await MarketData.#read(
      await readBytes(action, file, options.signal),
      format,
      options,
      action,
    );
  }

  /**
   * Reads text or bytes.
   *
   * @param source the events; not kept after the call
   * @param options the instruments the events refer to, and the form
   * @returns the data; the caller disposes of it
   * @throws {MarketDataError} If a record is not valid; `data` holds `line`, `index` and `field`.
   * @throws {ConfigError} If the instruments are not consistent.
   *
   * @example Read comma-separated trades
   * ```ts
   * import { MarketData } from "@tendon/tendon/engine";
   * import { assertEquals } from "@std/assert";
   *
   * const csv = "time,price,amount,side\n2025-03-25T23:07:00Z,87232,0.5,buy\n";
   * using data = await MarketData.parse(csv, {
   *   format: "csv",
   *   instruments: [
   *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
   *   ],
   * });
   * assertEquals(data.stats.perInstrument[0]?.trades, 1);
   * ```
   */
  static async parse(
    source: string | Uint8Array,
    options: MarketBytesOptions,
  ): Promise<MarketData> {
    const action = "parse market data";
    const bytes = typeof source === "string" ? encoder.encode(source) : source;
    if (!(bytes instanceof Uint8Array)) {
      throw new TypeError(
        `Cannot parse market data as source must be a string or Uint8Array: current value is ${
          show(source)
        }`,
      );
    }
    checkObject(action, "options", options);
    return await MarketData.#read(bytes, bytesFormat(action, options), options, action);
  }

  /**
   * Reads values one by one: typed events, objects as barter records them, or JSON texts.
   *
   * For many events typed arrays are faster: {@linkcode MarketData.fromColumns}.
   *
   * @param source the events, in order
   * @param options the instruments the events refer to
   * @returns the data; the caller disposes of it
   * @throws {MarketDataError} If an event is not valid; `data` holds `index` and `field`.
   * @throws {ConfigError} If the instruments are not consistent.
   *
   * @example Two events
   * ```ts
   * import { MarketData } from "@tendon/tendon/engine";
   * import { assertEquals } from "@std/assert";
   *
   * const time = "2025-03-25T23:07:00Z";
   * using data = await MarketData.from([
   *   { kind: "trade", time, price: 87232, amount: "0.5", side: "buy" },
   *   { kind: "quote", time, bidPrice: "87231.5", bidAmount: 2, askPrice: 87232, askAmount: 1 },
   * ], {
   *   instruments: [
   *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
   *   ],
   * });
   * assertEquals([...data.events()].map(({ kind }) => kind), ["trade", "quote"]);
   * ```
   */
  static async from(
    source: Iterable<MarketEventInput> | AsyncIterable<MarketEventInput>,
    options: MarketDataOptions,
  ): Promise<MarketData> {
    const action = "read market data";
    checkObject(action, "options", options);
    const bytes = encoder.encode(await eventLines(action, source));
    return await MarketData.#read(bytes, { type: "records" }, options, action);
  }

  /**
   * Reads typed arrays, one batch per kind of event.
   *
   * The arrays are copied once. Batches with `position` are interleaved by it; others follow each
   * other, so set `sort` where their times overlap. Prices become decimals by their shortest digits.
   *
   * @param batches arrays of equal length per batch
   * @param options the instruments the events refer to
   * @returns the data; the caller disposes of it
   * @throws {MarketDataError} If an event is not valid; `data` holds `index` (the row) and `field`
   * (such as `batches[0].price`).
   * @throws {TypeError} If an array is of the wrong type.
   *
   * @example Two trades
   * ```ts
   * import { MarketData } from "@tendon/tendon/engine";
   * import { assertEquals } from "@std/assert";
   *
   * using data = await MarketData.fromColumns([{
   *   kind: "trade",
   *   time: BigInt64Array.of(1742944020000000000n, 1742944021000000000n),
   *   price: Float64Array.of(87232, 87233.5),
   *   amount: Float64Array.of(0.5, 0.25),
   *   side: Uint8Array.of(0, 1),
   * }], {
   *   instruments: [
   *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
   *   ],
   * });
   * const trades = data.columns("trade");
   * assertEquals([...trades.price], [87232, 87233.5]);
   * ```
   */
  static async fromColumns(
    batches: readonly MarketColumns[],
    options: MarketDataOptions,
  ): Promise<MarketData> {
    const action = "read market data";
    checkObject(action, "options", options);
    checkArray(action, "batches", batches);
    const { format, attachment } = packBatches(action, batches);
    return await MarketData.#read(attachment, format, options, action);
  }

  static async #read(
    attachment: Uint8Array,
    format: LoadRequest["format"],
    options: MarketDataOptions,
    action: string,
  ): Promise<MarketData> {
    const { instruments, signal, sort = false, duplicates = "keep" } = options;
    if (typeof sort !== "boolean") {
      throw new TypeError(
        `Cannot ${action} as sort must be true or false: current value is ${show(sort)}`,
      );
    }
    checkOneOf(action, "duplicates", duplicates, DUPLICATES);
    const request = { ...instrumentsRequest(action, instruments), format, sort, duplicates };
    return new MarketData(await call("engine.loadData", request, { action, attachment, signal }));
  }

  /**
   * Events of one kind as typed arrays, in their order; `position` tells where each stands.
   *
   * @param kind which events
   * @param range part of the data
   * @returns arrays that the caller owns
   */
  columns<K extends MarketEventKind>(
    kind: K,
    range: MarketRange = {},
  ): Extract<MarketColumns, { readonly kind: K }> {
    const action = "read columns of market data";
    const events = this.#stats.events;
    if (!isEventKind(kind)) {
      throw new TypeError(
        `Cannot ${action} as kind must be a kind of event: current value is ${show(kind)}`,
      );
    }
    const { start = 0, end = events } = range;
    checkInteger(action, "start", start, 0, events);
    checkInteger(action, "end", end, 0, events);
    const answer = callSync("engine.dataColumns", {
      data: this.#handle.value,
      kind,
      start,
      end,
    }, { action });
    return unpackBatch(kind, answer) as Extract<MarketColumns, { readonly kind: K }>;
  }

  /**
   * Events as values, in their order; numbers are the doubles nearest to the exact values.
   *
   * @param range part of the data
   */
  *events(range: MarketRange = {}): Generator<MarketEvent, void, undefined> {
    const { start = 0, end = this.#stats.events } = range;
    for (let from = start; from < end; from += CHUNK) {
      const chunk = { start: from, end: Math.min(end, from + CHUNK) };
      yield* eventsOf(this.#table, chunk, (kind) => this.columns(kind, chunk));
    }
  }

  /** The index tables that the events refer to. */
  get table(): InstrumentTable {
    return this.#table;
  }

  /** What the data holds. */
  get stats(): MarketDataStats {
    return this.#stats;
  }

  /** Frees the data; again is harmless. */
  close(): void {
    this.#handle.close();
  }

  /** Same as {@linkcode MarketData.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function bytesFormat(action: string, options: MarketBytesOptions): LoadRequest["format"] {
  const { format = "json", kind } = options;
  checkOneOf(action, "format", format, FORMATS);
  if (kind !== undefined && !isEventKind(kind)) {
    throw new TypeError(
      `Cannot ${action} as kind must be a kind of event: current value is ${show(kind)}`,
    );
  }
  if (format === "json") return { type: "json" };
  return { type: format, kind: kind ?? null };
}

async function readBytes(
  action: string,
  file: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  try {
    return await readFile(file, signal ? { signal } : {});
  } catch (cause) {
    if (signal?.aborted) {
      throw new CancelledError("cancelled", `Cannot ${action}: it was aborted`, {
        cause: signal.reason,
      });
    }
    // What the operating system refuses has a code; a missing permission of the runtime has none.
    const { code } = cause as { readonly code?: unknown };
    if (typeof code !== "string") throw cause;
    throw new MarketDataError(
      "market_data_file",
      `Cannot ${action}: ${
        code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`
      }`,
      { cause, data: { file, reason: code } },
    );
  }
}
