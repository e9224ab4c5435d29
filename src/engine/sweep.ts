/**
 * Parameter sweeps: many backtests over shared data, natively and at once.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { type Failure, failureError } from "../../ffi/failure.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { unpack } from "../../ffi/packed.ts";
import { type EventStream, openStream } from "../../ffi/stream.ts";
import { CancelledError, ClosedError, TendonError } from "../errors.ts";
import { checkInteger, show } from "../_check.ts";
import { sharedHandle } from "../_native_handle.ts";
import { isStepped } from "./_strategy_driver.ts";
import { backtestRequest } from "./_request.ts";
import { backtestResult, type PackedResult } from "./_result.ts";
import { backtest } from "./backtest.ts";
import { BacktestArgsConstant, BacktestArgsDynamic } from "./backtest_args.ts";
import type { BacktestResult } from "./types.ts";

/** Progress of a sweep. */
export interface SweepProgress {
  /** Runs that have ended, failed ones included. */
  readonly done: number;
  /** Runs that have failed. */
  readonly failed: number;
  /** Runs in the sweep. */
  readonly total: number;
  /** Market events replayed so far by all runs together. */
  readonly events: number;
  /** Name of the run that has just ended; absent in reports in between. */
  readonly id?: string;
}

/** Settings of {@linkcode runBacktests}. */
export interface SweepOptions {
  /**
   * Most runs at once, each on a native thread; a strategy in TypeScript runs beside them.
   *
   * @default as many as there are cores
   */
  readonly concurrency?: number;
  /** Stops all runs; the iteration throws a `CancelledError`. */
  readonly signal?: AbortSignal;
  /**
   * Called at the end of each run and every 100 ms in between. What it throws stops the sweep and is
   * thrown by the iteration.
   */
  readonly onProgress?: (progress: SweepProgress) => void;
  /**
   * With `true` a failed run is an item like any other; with `false` the iteration throws its error
   * when its turn comes, which stops the sweep.
   *
   * @default false
   */
  readonly settle?: boolean;
}

/** How one run of a settled sweep ended. */
export type SettledBacktest =
  | {
    /** The run has a result. */
    readonly status: "fulfilled";
    /** Name of the run. */
    readonly id: string;
    /** What it found. */
    readonly value: BacktestResult;
  }
  | {
    /** The run failed. */
    readonly status: "rejected";
    /** Name of the run. */
    readonly id: string;
    /** Why: what `backtest` would have thrown. */
    readonly reason: TendonError;
  };

/** How one run ended. */
type Outcome = { readonly value: BacktestResult } | { readonly reason: TendonError };

/** A finished run as the library sends it. */
interface Item {
  /** Among the runs that the library was given. */
  readonly position: number;
  readonly head: Omit<PackedResult, "columns"> | null;
  readonly failure: Failure | null;
  readonly columns: PackedResult["columns"];
}

const ACTION = "run backtests";
const PROGRESS_EVERY_MS = 100;
const MAX_THREADS = 1024;
/** Finished runs kept for a reader that is busy; beyond it the sweep waits. */
const READ_AHEAD = 16;

/**
 * Runs many backtests over one data set, several at once, and yields them in the order given.
 *
 * The runs share the data and nothing else: results are the same at any concurrency, and those of
 * `backtest(constant.data, constant.with(dynamic))`. Threads are native; JavaScript is entered once
 * per finished run. Nothing starts before the first result is asked for; leaving the loop stops what
 * is still running. A run may end before the one in front of it: its result waits. A reader that is
 * busy holds up to 16 results back before the sweep waits for it.
 *
 * Runs with a strategy or risk manager in TypeScript are on the calling thread, one after the other
 * as their turn comes; the others go on meanwhile.
 *
 * @param constant what the runs share
 * @param dynamics what each run has of its own, with distinct ids
 * @param options concurrency, signal, progress, and whether failures are items
 * @returns results in the order of `dynamics`
 * @throws {ConfigError} The error of the first run, in order, that does not fit the data.
 * @throws {EngineError} The error of the first run, in order, that cannot go on.
 * @throws {CancelledError} If the signal is aborted; its reason is the cause.
 * @throws {ClosedError} If the data is closed.
 * @throws {TypeError} If an argument has the wrong type, two runs share an id, or a strategy object
 * serves another run.
 *
 * @example Two crossovers, and one that cannot be
 * ```ts
 * import {
 *   BacktestArgsConstant,
 *   BacktestArgsDynamic,
 *   MarketData,
 *   runBacktests,
 * } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const trades = [100, 110, 120, 90, 80].map((price, second) =>
 *   JSON.stringify({
 *     time_exchange: `2025-01-01T12:00:0${second}Z`,
 *     exchange: "binance_spot",
 *     instrument: "BTCUSDT",
 *     kind: { Trade: { id: `${second}`, price, amount: 1, side: "Buy" } },
 *   })
 * );
 * using data = await MarketData.parse(trades.join("\n"), {
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 * });
 * const constant = new BacktestArgsConstant({
 *   data,
 *   execution: [{ exchange: "binance_spot", balances: { usdt: "1000", btc: "0" } }],
 * });
 * const dynamics = [[1, 2], [1, 3], [3, 1]].map(([fast = 0, slow = 0]) =>
 *   new BacktestArgsDynamic({
 *     id: `${fast}/${slow}`,
 *     strategy: { type: "smaCross", fast, slow, quantity: "1" },
 *   })
 * );
 * const ends: string[] = [];
 * for await (const run of runBacktests(constant, dynamics, { settle: true })) {
 *   ends.push(run.status === "fulfilled" ? run.value.equity.final : run.reason.code);
 * }
 * assertEquals(ends, ["980", "970", "config_strategy"]);
 * ```
 */
export function runBacktests(
  constant: BacktestArgsConstant,
  dynamics: Iterable<BacktestArgsDynamic>,
  options: SweepOptions & { readonly settle: true },
): AsyncGenerator<SettledBacktest, void, undefined>;
/** Yields the results themselves; throws the error of a failed run when its turn comes. */
export function runBacktests(
  constant: BacktestArgsConstant,
  dynamics: Iterable<BacktestArgsDynamic>,
  options?: SweepOptions,
): AsyncGenerator<BacktestResult, void, undefined>;
export async function* runBacktests(
  constant: BacktestArgsConstant,
  dynamics: Iterable<BacktestArgsDynamic>,
  options: SweepOptions = {},
): AsyncGenerator<BacktestResult | SettledBacktest, void, undefined> {
  const runs = checkedRuns(constant, dynamics);
  const { concurrency, signal, settle = false } = options;
  if (concurrency !== undefined) checkInteger(ACTION, "concurrency", concurrency, 1, MAX_THREADS);
  if (signal?.aborted) throw cancelled(signal);
  if (runs.length === 0) return;
  const sweep = await RunningSweep.start(constant, runs, options);
  try {
    for (const [position, run] of runs.entries()) {
      const { id } = run;
      const stepped = isStepped(ACTION, constant.with(run));
      const outcome = await (stepped ? sweep.host(position) : sweep.take(position));
      if ("value" in outcome) {
        const { value } = outcome;
        yield settle ? { status: "fulfilled", id, value } : value;
        continue;
      }
      const { reason } = outcome;
      if (!settle) throw reason;
      yield { status: "rejected", id, reason };
    }
  } finally {
    await sweep.stop();
  }
}

function checkedRuns(
  constant: BacktestArgsConstant,
  dynamics: Iterable<BacktestArgsDynamic>,
): readonly BacktestArgsDynamic[] {
  if (!(constant instanceof BacktestArgsConstant)) {
    throw new TypeError(
      `Cannot ${ACTION} as constant must be a BacktestArgsConstant: current value is ${
        show(constant)
      }`,
    );
  }
  const runs = [...dynamics];
  const ids = new Set<string>();
  for (const [position, run] of runs.entries()) {
    if (!(run instanceof BacktestArgsDynamic)) {
      throw new TypeError(
        `Cannot ${ACTION} as dynamics[${position}] must be a BacktestArgsDynamic: ` +
          `current value is ${show(run)}`,
      );
    }
    if (ids.has(run.id)) {
      throw new TypeError(
        `Cannot ${ACTION} as the id of dynamics[${position}] must be unique: ` +
          `${show(run.id)} is taken`,
      );
    }
    ids.add(run.id);
  }
  return runs;
}

/** A sweep under way: reads ahead, keeps what has come before its turn, reports progress. */
class RunningSweep {
  readonly #stream: EventStream<Item>;
  readonly #counter: NativeHandle;
  readonly #constant: BacktestArgsConstant;
  readonly #runs: readonly BacktestArgsDynamic[];
  /** Places of the library's runs among all. */
  readonly #native: readonly number[];
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: SweepOptions["onProgress"];
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #reading: Promise<void>;
  readonly #ready = new Map<number, Item>();
  #waiting: (() => void)[] = [];
  #next = 0;
  #done = 0;
  #failed = 0;
  /** Events of the runs that the library's counter does not see. */
  #hostedEvents = 0;
  #drained = false;
  #stopped = false;
  #error: { readonly value: unknown } | undefined;
  readonly #abort = () => this.#fail(cancelled(this.#signal));
  /** Stops the strategy in TypeScript that is running. */
  readonly #hosting = new AbortController();

  static async start(
    constant: BacktestArgsConstant,
    runs: readonly BacktestArgsDynamic[],
    options: SweepOptions,
  ): Promise<RunningSweep> {
    const data = sharedHandle(constant.data, ACTION);
    const counter = new NativeHandle(
      callSync("engine.openProgress", {}, { action: ACTION }).progress,
      "progress counter",
    );
    const native = [...runs.keys()].filter((position) =>
      !isStepped(ACTION, constant.with(at(runs, position)))
    );
    try {
      const stream = await openStream("engine.sweep", {
        runs: native.map((position) =>
          backtestRequest(data, null, constant.with(at(runs, position)))
        ),
        progress: counter.value,
        threads: options.concurrency ?? null,
      }, { action: ACTION, capacity: READ_AHEAD, decode: decodeItem });
      return new RunningSweep(stream, counter, constant, runs, native, options);
    } catch (error) {
      counter.close();
      throw error;
    }
  }

  private constructor(
    stream: EventStream<Item>,
    counter: NativeHandle,
    constant: BacktestArgsConstant,
    runs: readonly BacktestArgsDynamic[],
    native: readonly number[],
    { signal, onProgress }: SweepOptions,
  ) {
    this.#stream = stream;
    this.#counter = counter;
    this.#constant = constant;
    this.#runs = runs;
    this.#native = native;
    this.#signal = signal;
    this.#onProgress = onProgress;
    signal?.addEventListener("abort", this.#abort);
    if (signal?.aborted) this.#abort();
    if (onProgress) this.#timer = setInterval(() => this.#report(), PROGRESS_EVERY_MS);
    this.#reading = this.#read();
  }

  /** The library's run at a position, when it has ended; positions are taken in order. */
  async take(position: number): Promise<Outcome> {
    this.#next = position;
    this.#wake();
    while (true) {
      this.#check();
      const item = this.#ready.get(position);
      if (item !== undefined) {
        this.#ready.delete(position);
        this.#next = position + 1;
        const { head, failure, columns } = item;
        if (head !== null) return { value: backtestResult({ ...head, columns }) };
        return { reason: failed(failure, at(this.#runs, position).id) };
      }
      if (this.#drained) {
        throw new ClosedError("closed", `Cannot ${ACTION}: the library was closed meanwhile`);
      }
      await this.#change();
    }
  }

  /** The run at a position, whose strategy or risk manager is one in TypeScript; it begins now. */
  async host(position: number): Promise<Outcome> {
    this.#check();
    const run = at(this.#runs, position);
    const { data } = this.#constant;
    const before = this.#hostedEvents;
    const outcome = await backtest(data, this.#constant.with(run), {
      signal: this.#hosting.signal,
      onProgress: ({ events }) => this.#hostedEvents = before + events,
    }).then((value): Outcome => ({ value }), (reason: unknown): Outcome => {
      this.#check();
      if (!(reason instanceof TendonError)) throw reason;
      // The error is new; it names its run as those of the library's runs do.
      Object.assign(reason.data, { id: run.id });
      return { reason };
    });
    this.#next = position + 1;
    this.#wake();
    this.#ended(run.id, "reason" in outcome);
    this.#check();
    return outcome;
  }

  /** Stops what is still running and resolves when nothing is. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#stopped = true;
    // Closing the counter cancels the runs that advance it; the stream then ends by itself.
    this.#counter.close();
    this.#wake();
    await this.#reading;
  }

  async #read(): Promise<void> {
    try {
      for await (const item of this.#stream) {
        if (this.#stopped) continue;
        const position = at(this.#native, item.position);
        this.#ready.set(position, item);
        this.#ended(at(this.#runs, position).id, item.head === null);
        this.#wake();
        while (this.#isFull()) await this.#change();
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#drained = true;
    this.#wake();
  }

  /** Whether enough has come; never while the run whose turn it is has yet to. */
  #isFull(): boolean {
    if (this.#stopped || this.#ready.size < READ_AHEAD) return false;
    const next = this.#runs[this.#next];
    return next === undefined || this.#ready.has(this.#next) ||
      isStepped(ACTION, this.#constant.with(next));
  }

  #check(): void {
    if (this.#error !== undefined) throw this.#error.value;
  }

  #ended(id: string, failed: boolean): void {
    this.#done++;
    if (failed) this.#failed++;
    this.#report({ id });
  }

  #report(ended: { readonly id?: string } = {}): void {
    if (this.#onProgress === undefined || this.#error !== undefined || this.#counter.closed) return;
    const { events } = callSync("engine.progress", { progress: this.#counter.value }, {
      action: ACTION,
    });
    try {
      this.#onProgress({
        done: this.#done,
        failed: this.#failed,
        total: this.#runs.length,
        events: events + this.#hostedEvents,
        ...ended,
      });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(value: unknown): void {
    this.#error ??= { value };
    this.#counter.close();
    this.#hosting.abort();
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function at<T>(list: readonly T[], position: number): T {
  const item = list[position];
  if (item === undefined) throw new RangeError(`Cannot ${ACTION}: there is no run ${position}`);
  return item;
}

function decodeItem(payload: Uint8Array): Item {
  // The shape is `SweepItem` in rust/ffi/src/engine/sweep.rs.
  return unpack(payload) as unknown as Item;
}

function failed(failure: Failure | null, id: string): TendonError {
  const action = `run backtest ${show(id)}`;
  if (failure === null) return new ClosedError("closed", `Cannot ${action}: it sent no result`);
  return failureError(action, { ...failure, data: { ...failure.data, id } });
}

function cancelled(signal: AbortSignal | undefined): CancelledError {
  return new CancelledError("cancelled", `Cannot ${ACTION}: they were aborted`, {
    cause: signal?.reason,
  });
}
