/**
 * Which events and intents took effect already, by key.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { EngineEvent, EngineIntent, RememberedKey } from "../generated/types.ts";
import { Table } from "./table.ts";

/** Keys that are remembered in any case, outside backtests. */
export const KEYS_REMEMBERED = 100_000;

/** The key of an event; null for market data without one of its own. */
export function eventKey(event: EngineEvent): string | null {
  return event.idempotency_key ?? defaultKey(event);
}

function defaultKey(event: EngineEvent): string | null {
  const { type, data } = event.body;
  const venue = event.venue ?? "";
  switch (type) {
    case "order.fill":
      return `fill|${venue}|${data.order_id}|${data.fill_id}`;
    case "order.report":
      return data.report_id === null
        ? `report|${venue}|${data.order_id}|${data.report}|${data.cum_filled ?? ""}`
        : `report|${venue}|${data.order_id}|${data.report_id}`;
    case "timer.fired":
      return `timer|${data.timer_id}|${data.scheduled_for}`;
    case "control.command":
      return `control|${data.command_id}`;
    default:
      return null;
  }
}

/** The second key of a fill that brings one of its own: money moves once, however it is called. */
export function fillKey(event: EngineEvent): string | null {
  if (event.idempotency_key === null || event.body.type !== "order.fill") return null;
  return defaultKey(event);
}

/** The key of an intent. */
export function intentKey(intent: EngineIntent): string {
  return intent.idempotency_key ?? `intent|${intent.intent_id}`;
}

/** The order whose life keeps a key: that of a fill under its default key. */
function orderOfKey(key: string): string | null {
  return key.startsWith("fill|") ? key.split("|")[2] ?? null : null;
}

/** What a commit forgets. */
interface Leaving {
  /** Keys that the step added, the newest. */
  readonly added: readonly string[];
  /** Orders that ended. */
  readonly orders: readonly string[];
  readonly keys: readonly string[];
  /** Keys that are kept for their orders. */
  readonly pins: [order: string, key: string][];
  /** How many are no longer among the newest. */
  readonly aged: number;
}

/** Keys, oldest first. */
export class KeyMemory {
  readonly #unlimited: boolean;
  readonly #hashes = new Table<string, string>();
  /** Keys among the newest, oldest first; from `#head` on. */
  #recent: string[] = [];
  #head = 0;
  /** Older fill keys of live orders. */
  readonly #pinned = new Map<string, string[]>();
  /** What the open step's commit forgets. */
  #leaving: Leaving | null = null;
  /** Keys set or removed since `#digest` was computed; a key that did both is in neither. */
  readonly #undigested = new Set<string>();
  #digest = new Uint8Array(32);

  constructor(unlimited: boolean) {
    this.#unlimited = unlimited;
  }

  /** Number of keys. */
  get size(): number {
    return this.#hashes.size - (this.#leaving?.keys.length ?? 0);
  }

  /** Hash of the body that a key stands for. */
  get(key: string): string | undefined {
    return this.#hashes.get(key);
  }

  /** Remembers a key. */
  remember(key: string, bodyHash: string): void {
    this.#hashes.set(key, bodyHash);
  }

  /** Keys that the open step added. */
  added(): Iterable<string> {
    return this.#hashes.changes().keys();
  }

  /** Decides what is too old. It counts no more from now on, and is gone with the commit. */
  forget(isLive: (order: string) => boolean, ended: Iterable<string>): void {
    if (this.#unlimited) return;
    const added = [...this.#hashes.changes().keys()];
    const orders = [...ended];
    const keys = orders.flatMap((order) => this.#pinned.get(order) ?? []);
    const pins: Leaving["pins"] = [];
    const known = this.#recent.length - this.#head;
    const aged = Math.max(0, known + added.length - KEYS_REMEMBERED);
    for (let at = 0; at < aged; at++) {
      const key = (at < known ? this.#recent[this.#head + at] : added[at - known]) as string;
      const order = orderOfKey(key);
      if (order === null || !isLive(order)) keys.push(key);
      else pins.push([order, key]);
    }
    this.#leaving = { added, orders, keys, pins, aged };
  }

  #leave({ added, orders, keys, pins, aged }: Leaving): void {
    for (const key of added) this.#recent.push(key);
    for (const order of orders) this.#pinned.delete(order);
    for (const key of keys) this.#hashes.delete(key);
    for (const [order, key] of pins) {
      if (!this.#pinned.get(order)?.push(key)) this.#pinned.set(order, [key]);
    }
    this.#head += aged;
    if (this.#head > KEYS_REMEMBERED) {
      this.#recent = this.#recent.slice(this.#head);
      this.#head = 0;
    }
    this.#leaving = null;
  }

  /** XOR of the SHA-256 of every key, as 64 hex digits. */
  digest(): string {
    for (const key of this.#undigested) toggle(this.#digest, key);
    this.#undigested.clear();
    const digest = this.#digest.slice();
    for (const [key, before] of this.#hashes.changes()) {
      if ((before === undefined) === this.#hashes.has(key)) toggle(digest, key);
    }
    for (const key of this.#leaving?.keys ?? []) toggle(digest, key);
    return Buffer.from(digest).toString("hex");
  }

  /** Keeps the changes of the step. */
  commit(): void {
    if (this.#leaving !== null) this.#leave(this.#leaving);
    for (const [key, before] of this.#hashes.changes()) {
      if ((before === undefined) !== this.#hashes.has(key)) continue;
      if (!this.#undigested.delete(key)) this.#undigested.add(key);
    }
    this.#hashes.commit();
  }

  /** Undoes the changes of the step. */
  rollback(): void {
    this.#leaving = null;
    this.#hashes.rollback();
  }

  /** Every key, oldest first. */
  list(): RememberedKey[] {
    return Array.from(this.#hashes.entries(), ([key, body_hash]) => ({ key, body_hash }));
  }

  /** Takes over the keys of another core. */
  load(keys: readonly RememberedKey[], isLive: (order: string) => boolean): void {
    for (const { key, body_hash } of keys) this.#hashes.set(key, body_hash);
    this.forget(isLive, []);
    this.commit();
  }
}

function toggle(digest: Uint8Array, key: string): void {
  const hash = createHash("sha256").update(key).digest();
  for (let at = 0; at < digest.length; at++) {
    digest[at] = (digest[at] as number) ^ (hash[at] as number);
  }
}
