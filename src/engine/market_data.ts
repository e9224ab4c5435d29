/**
 * Recorded market data, held natively.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { call } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { checkObject, show } from "../_check.ts";
import { shareHandle } from "../_native_handle.ts";
import { instrumentsRequest } from "./instruments.ts";
import type { InstrumentConfig, InstrumentTable, MarketDataStats } from "./types.ts";

/** What market data is read against. */
export interface MarketDataOptions {
  /** The instruments that the events refer to, in any order. */
  readonly instruments: readonly InstrumentConfig[];
  /** Stops the wait for the data. */
  readonly signal?: AbortSignal;
}

const encoder = new TextEncoder();

/**
 * A set of recorded market events, validated and kept in the native library.
 *
 * One set serves any number of backtests, at once or one after another. Dispose of it to free its
 * memory (about 130 bytes per event); runs that have begun go on.
 *
 * Accepted are a JSON array or JSON lines of market events as barter records them:
 * `{"Item":{…}}`, `{"Item":{"Ok":{…}}}`, `{"Item":{"Err":…}}` (left out and counted),
 * `{"Reconnecting":"<exchange>"}` or a bare event. Order is kept as given.
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
   * @param options the instruments the events refer to
   * @returns the data; the caller disposes of it
   * @throws {MarketDataError} If a record is not valid; `data` holds `line`, `index` and `field`.
   * @throws {ConfigError} If the instruments are not consistent.
   *
   * @example Read a recording
   * ```ts ignore
   * import { MarketData } from "@tendon/tendon/engine";
   *
   * using data = await MarketData.load("recording.jsonl", { instruments });
   * ```
   */
  static async load(path: string | URL, options: MarketDataOptions): Promise<MarketData> {
    if (typeof path !== "string" && !(path instanceof URL)) {
      throw new TypeError(
        `Cannot load market data as path must be a string or URL: current value is ${show(path)}`,
      );
    }
    checkObject("load market data", "options", options);
    const file = path instanceof URL ? fileURLToPath(path) : path;
    const bytes = await readFile(file, options.signal ? { signal: options.signal } : {});
    return await MarketData.#read(bytes, options, `load market data from "${file}"`);
  }

  /**
   * Reads text or UTF-8 bytes.
   *
   * @param source the events; not kept after the call
   * @param options the instruments the events refer to
   * @returns the data; the caller disposes of it
   * @throws {MarketDataError} If a record is not valid; `data` holds `line`, `index` and `field`.
   * @throws {ConfigError} If the instruments are not consistent.
   */
  static async parse(
    source: string | Uint8Array,
    options: MarketDataOptions,
  ): Promise<MarketData> {
    const bytes = typeof source === "string" ? encoder.encode(source) : source;
    if (!(bytes instanceof Uint8Array)) {
      throw new TypeError(
        `Cannot parse market data as source must be a string or Uint8Array: current value is ${
          show(source)
        }`,
      );
    }
    return await MarketData.#read(bytes, options, "parse market data");
  }

  static async #read(
    attachment: Uint8Array,
    options: MarketDataOptions,
    action: string,
  ): Promise<MarketData> {
    checkObject(action, "options", options);
    const { instruments, signal } = options;
    const request = instrumentsRequest(action, instruments);
    return new MarketData(await call("engine.loadData", request, { action, attachment, signal }));
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
