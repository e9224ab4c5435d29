/**
 * Entries as a replica shows them.
 *
 * @module
 */

import type { Columns } from "../../ffi/packed.ts";
import type { KvEntries, KvRecord } from "../../ffi/generated/methods.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** A key and what one replica has under it. */
export class KvEntry {
  /** The key. */
  readonly key: string;
  /** The value; the receiver owns the bytes. */
  readonly value: Uint8Array;
  /** What the value is, in the writer's words, such as `text/plain`. */
  readonly contentType: string;
  /** When the key was first written, in milliseconds since the epoch, by the writer's clock. */
  readonly createdAt: number;
  /** When it was last written, in milliseconds since the epoch, by the writer's clock. */
  readonly updatedAt: number;

  /** Made by a store. */
  constructor(record: KvRecord, value: Uint8Array) {
    this.key = record.key;
    this.value = value;
    this.contentType = record.contentType;
    this.createdAt = record.createdAtMs;
    this.updatedAt = record.updatedAtMs;
  }

  /**
   * The value as text.
   *
   * @throws {TypeError} If it is not UTF-8.
   */
  text(): string {
    return decoder.decode(this.value);
  }

  /**
   * The value parsed as JSON.
   *
   * @typeParam T What the caller expects; nothing checks it.
   * @throws {TypeError} If it is not UTF-8.
   * @throws {SyntaxError} If it is not JSON.
   */
  json<T = unknown>(): T {
    return JSON.parse(this.text());
  }
}

/** Entries as users see them; see `KvEntries` in rust/ffi/src/kv.rs. */
export function entriesOf({ entries, columns }: KvEntries & { columns: Columns }): KvEntry[] {
  const values = columns["values"] as Uint8Array;
  let at = 0;
  return entries.map((record) => new KvEntry(record, values.slice(at, at += record.size)));
}
