/**
 * A map that remembers what a step changed, so that the step can be undone.
 *
 * @module
 */

/** Values are replaced, never changed in place: the journal keeps the old ones. */
export class Table<K, V> {
  readonly #values = new Map<K, V>();
  readonly #before = new Map<K, V | undefined>();

  /** Number of entries. */
  get size(): number {
    return this.#values.size;
  }

  /** The value of a key. */
  get(key: K): V | undefined {
    return this.#values.get(key);
  }

  /** Whether there is a value. */
  has(key: K): boolean {
    return this.#values.has(key);
  }

  /** Sets a value. */
  set(key: K, value: V): void {
    if (!this.#before.has(key)) this.#before.set(key, this.#values.get(key));
    this.#values.set(key, value);
  }

  /** Removes a value. */
  delete(key: K): void {
    if (!this.#before.has(key)) this.#before.set(key, this.#values.get(key));
    this.#values.delete(key);
  }

  /** Entries as they are, in the order in which the keys came. */
  entries(): IterableIterator<[K, V]> {
    return this.#values.entries();
  }

  /** Values as they are. */
  values(): IterableIterator<V> {
    return this.#values.values();
  }

  /** Keys that the open step set or removed, with the value before it. */
  changes(): ReadonlyMap<K, V | undefined> {
    return this.#before;
  }

  /** Keeps the changes. */
  commit(): void {
    if (this.#before.size > 0) this.#before.clear();
  }

  /** Undoes the changes. */
  rollback(): void {
    for (const [key, value] of this.#before) {
      if (value === undefined) this.#values.delete(key);
      else this.#values.set(key, value);
    }
    this.#before.clear();
  }
}

/** Entries sorted by key; the keys are ASCII, so that code units and bytes sort alike. */
export function sorted<V>(table: Table<string, V>): [string, V][] {
  return [...table.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
