/**
 * Audits: one tick per event an engine has processed.
 *
 * @module
 */

import { setImmediate } from "node:timers";

import { checkInteger, checkOneOf, show } from "../_check.ts";
import { ClosedError, TimeoutError } from "../errors.ts";
import { decodeAudit } from "./_audit_decode.ts";
import type { AuditContext, AuditEvent } from "./audit_types.ts";
import type { AuditSnapshot } from "./replica.ts";

const TURN_MS = 12;

/**
 * Which ticks are kept: every one, those with an output or an error (and the last one), or none. All of
 * them are numbered.
 */
export type AuditFilter = "all" | "outputs" | "none";

interface UpstreamTick {
  readonly event: unknown;
  readonly context: { readonly sequence: number; readonly time: string };
}

/** One event an engine has processed, and what it led to. */
export class AuditTick {
  readonly #upstream: UpstreamTick;
  #event: AuditEvent | undefined;

  /**
   * Reads a tick of upstream's JSON shape, as {@linkcode AuditTick.toJSON} gives it.
   *
   * @throws {TypeError} If it has not got that shape; content is read when it is first looked at.
   */
  constructor(upstream: unknown) {
    const tick = upstream as Partial<UpstreamTick> | null;
    const sequence = tick?.context?.sequence;
    if (typeof sequence !== "number" || tick?.event === undefined) {
      throw new TypeError(`Cannot read an audit tick: current value is ${show(upstream)}`);
    }
    this.#upstream = upstream as UpstreamTick;
  }

  /** Where it belongs. */
  get context(): AuditContext {
    return this.#upstream.context;
  }

  /** What it reports; decoded when first read. */
  get event(): AuditEvent {
    return this.#event ??= decodeAudit(this.#upstream.event);
  }

  /** Upstream's JSON shape, which a replica reads as well. */
  toJSON(): unknown {
    return this.#upstream;
  }
}

/** Where ticks come from. */
export interface AuditSource {
  /** Ticks that are there or can be made at once, in upstream's shape. */
  poll(max: number): { readonly ticks: readonly unknown[]; readonly done: boolean };
  /** Makes ticks, if that takes time; resolves when polling may bring some. */
  work?(): Promise<void>;
  /** Resolves when somebody has pushed ticks, for sources that make none themselves. */
  pushed?(): Promise<void>;
  /** Nobody waits for {@linkcode AuditSource.pushed} any more. */
  idle?(): void;
  /** Frees the source. */
  close(): void;
}

/**
 * A stream of audit ticks, read one by one or with `for await`.
 *
 * Ticks of a backtest are made when they are asked for, so that none is lost and memory stays flat.
 * Ticks of an engine fed by hand, or of a system, wait in a ring; when it is full the oldest are dropped
 * and counted, unless a system is told to wait for its reader.
 * Leaving a `for await` loop closes the stream.
 */
export class AuditUpdates implements AsyncIterable<AuditTick>, Disposable {
  /** Which ticks are kept. */
  readonly filter: AuditFilter;
  /** The state in front of the first tick, for a replica. The reader closes it; the stream does not. */
  readonly snapshot: AuditSnapshot;
  readonly #source: AuditSource;
  readonly #dropped: () => number;
  #waiting: unknown[] = [];
  #turned = performance.now();
  #done = false;
  #closed = false;
  /** Ends the waits that are under way. */
  readonly #wakes = new Set<() => void>();

  /** Made by `auditBacktest()`, `Engine.audits()` and `System.audit()`. */
  constructor(
    source: AuditSource,
    filter: AuditFilter,
    snapshot: AuditSnapshot,
    dropped: () => number = () => 0,
  ) {
    this.#source = source;
    this.filter = filter;
    this.snapshot = snapshot;
    this.#dropped = dropped;
  }

  /** Ticks lost because nobody read them. */
  get dropped(): number {
    return this.#dropped();
  }

  /** Whether the stream was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * The next tick, or null when nothing follows.
   *
   * @param timeoutMs how long to wait at most
   * @throws {TimeoutError} If no tick comes in time; none is lost.
   * @throws {ClosedError} If the stream is closed while waiting, or was before.
   */
  async recvTick(timeoutMs?: number): Promise<AuditTick | null> {
    if (timeoutMs !== undefined) {
      checkInteger("receive an audit tick", "timeoutMs", timeoutMs, 0, 2 ** 31 - 1);
    }
    const deadline = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
    for (;;) {
      if (this.#waiting.length === 0) await this.#turn();
      const tick = this.tryRecvTick();
      if (tick !== null || this.#done) return tick;
      await this.#more(deadline);
    }
  }

  /**
   * A tick that is there without waiting, or null.
   *
   * @throws {ClosedError} If the stream is closed.
   */
  tryRecvTick(): AuditTick | null {
    if (this.#closed) throw closed();
    if (this.#waiting.length === 0 && !this.#done) this.#poll();
    const tick = this.#waiting.shift();
    return tick === undefined ? null : new AuditTick(tick);
  }

  /**
   * Waits until {@linkcode AuditUpdates.tryRecvTick} has a tick, and takes none.
   *
   * @returns false when nothing follows
   * @throws {ClosedError} If the stream is closed while waiting, or was before.
   */
  async ready(): Promise<boolean> {
    for (;;) {
      if (this.#closed) throw closed();
      if (this.#waiting.length === 0 && !this.#done) this.#poll();
      if (this.#waiting.length > 0) return true;
      if (this.#done) return false;
      await this.#more(Infinity);
    }
  }

  /**
   * Up to `max` ticks, at least one; empty when nothing follows.
   *
   * @throws {ClosedError} If the stream is closed while waiting, or was before.
   */
  async recvBatch(max: number): Promise<AuditTick[]> {
    checkInteger("receive audit ticks", "max", max, 1, 2 ** 31 - 1);
    const first = await this.recvTick();
    if (first === null) return [];
    const ticks = [first];
    while (ticks.length < max) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      ticks.push(new AuditTick(next));
    }
    return ticks;
  }

  /** Lets the event loop have its turn, if it waits for one: a replay could go on for seconds. */
  async #turn(): Promise<void> {
    if (performance.now() - this.#turned < TURN_MS) return;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.#turned = performance.now();
  }

  #poll(): void {
    const { ticks, done } = this.#source.poll(1024);
    this.#waiting = [...ticks];
    this.#done = done;
  }

  async #more(deadline: number): Promise<void> {
    const { work, pushed } = this.#source;
    if (work !== undefined) await work.call(this.#source);
    else if (pushed !== undefined) {
      const remaining = deadline - performance.now();
      if (remaining <= 0) throw late();
      await this.#wait(pushed.call(this.#source), remaining);
    }
    if (this.#closed) throw closed();
  }

  async #wait(pushed: Promise<void>, remaining: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wake = () => {};
    const over = new Promise<void>((resolve, reject) => {
      wake = resolve;
      if (remaining !== Infinity) timer = setTimeout(() => reject(late()), remaining);
    });
    this.#wakes.add(wake);
    try {
      await Promise.race([pushed, over]);
    } finally {
      clearTimeout(timer);
      this.#wakes.delete(wake);
      if (this.#wakes.size === 0) this.#source.idle?.();
    }
  }

  /** Ends the stream and who waits for it; again is harmless. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    this.#source.close();
    for (const wake of this.#wakes) wake();
  }

  /** Same as {@linkcode AuditUpdates.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Ticks until nothing follows. */
  async *[Symbol.asyncIterator](): AsyncGenerator<AuditTick, void, undefined> {
    try {
      for (;;) {
        const tick = await this.recvTick();
        if (tick === null) return;
        yield tick;
      }
    } finally {
      this.close();
    }
  }
}

function closed(): ClosedError {
  return new ClosedError("closed", "Cannot receive an audit tick: the stream is closed");
}

function late(): TimeoutError {
  return new TimeoutError("timeout", "Cannot receive an audit tick: none came in time");
}

/** Throws unless `filter` is one of the three. */
export function checkFilter(action: string, filter: unknown): asserts filter is AuditFilter {
  checkOneOf(action, "filter", filter, ["all", "outputs", "none"]);
}
