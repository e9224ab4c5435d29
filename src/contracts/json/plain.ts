/**
 * Values of JavaScript as JSON: what a caller hands over becomes a document of its own.
 *
 * @module
 */

import { type ContractIssue, pointerTo } from "../schema/issue.ts";
import type { Json } from "./value.ts";

/** A copy, or where and why there is none. */
export type PlainResult =
  | { readonly value: Json; readonly issue: null }
  | { readonly value: null; readonly issue: ContractIssue };

/** How a value is read. */
export interface PlainOptions {
  /** Where it stands. */
  readonly pointer: string;
  /** Depth of nesting from which it is refused; what has no end is deeper. */
  readonly maxDepth: number;
  /** Which numbers it may have. */
  readonly isNumber: (value: number) => boolean;
}

/**
 * Copies a value as `JSON.stringify()` would write it: a member that is undefined is absent, and `toJSON`
 * is asked. What that function would drop, replace by null or throw at is an issue instead, with the
 * keywords of a strict parse, or `type` for what JSON does not have.
 */
export function plain(value: unknown, options: PlainOptions): PlainResult {
  const reader = new Reader(options);
  try {
    return { value: reader.read(value), issue: null };
  } catch (error) {
    const { keyword, message } = error instanceof Stop ? error : {
      keyword: "json",
      message: `cannot be read: ${error instanceof Error ? error.message : typeof error}`,
    };
    const issue = { code: "SCHEMA_INVALID", found: null, keyword, message } as const;
    return { value: null, issue: { ...issue, pointer: reader.pointer } };
  }
}

class Stop extends Error {
  readonly keyword: string;
  constructor(keyword: string, message: string) {
    super(message);
    this.keyword = keyword;
  }
}

class Reader {
  readonly #options: PlainOptions;
  /** To the value that is being read. */
  readonly #path: Array<string | number> = [];
  #depth = 0;

  constructor(options: PlainOptions) {
    this.#options = options;
  }

  get pointer(): string {
    return this.#path.reduce<string>(pointerTo, this.#options.pointer);
  }

  read(value: unknown): Json {
    if (typeof value !== "object" || value === null) return this.#leaf(value);
    if (this.#depth === this.#options.maxDepth) throw new Stop("json", "is nested too deep");
    this.#depth++;
    const { toJSON } = value as { toJSON?: unknown };
    const written: unknown = typeof toJSON === "function" ? toJSON.call(value) : value;
    const copy = typeof written !== "object" || written === null
      ? this.#leaf(written)
      : Array.isArray(written)
      ? this.#items(written)
      : this.#members(written as Readonly<Record<string, unknown>>);
    this.#depth--;
    return copy;
  }

  #items(items: readonly unknown[]): Json {
    const copy: Json[] = [];
    // A hole is undefined.
    for (let at = 0; at < items.length; at++) {
      this.#path.push(at);
      copy.push(this.read(items[at]));
      this.#path.pop();
    }
    return copy;
  }

  #members(members: Readonly<Record<string, unknown>>): Json {
    const copy: Record<string, Json> = {};
    for (const name of Object.keys(members)) {
      if (!name.isWellFormed()) throw new Stop("surrogate", "has half a surrogate pair");
      this.#path.push(name);
      const member = members[name];
      if (member !== undefined) {
        const value = this.read(member);
        if (name !== "__proto__") copy[name] = value;
        else Object.defineProperty(copy, name, { value, enumerable: true });
      }
      this.#path.pop();
    }
    return copy;
  }

  #leaf(value: unknown): Json {
    switch (typeof value) {
      case "string":
        if (value.isWellFormed()) return value;
        throw new Stop("surrogate", "has half a surrogate pair");
      case "number":
        // Minus zero is written as zero.
        if (this.#options.isNumber(value)) return value + 0;
        throw new Stop("integer", "is not a plain integer within 2^53 - 1");
      case "boolean":
        return value;
      case "object":
        return null;
      default:
        throw new Stop("type", `is of type ${typeof value}, which JSON does not have`);
    }
  }
}
