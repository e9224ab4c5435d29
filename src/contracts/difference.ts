/**
 * The first place where two documents differ.
 *
 * @module
 */

import { canonicalJson } from "./json/json.ts";

/** A place and what stands there in both documents; undefined where one has nothing. */
export interface Difference {
  /** JSON pointer. */
  readonly pointer: string;
  /** Canonical JSON of what the first document has there. */
  readonly left: string | undefined;
  /** Canonical JSON of what the second has. */
  readonly right: string | undefined;
}

/**
 * Compares two JSON documents, members in canonical order.
 *
 * @returns null if their canonical forms are the same bytes
 *
 * @example
 * ```ts
 * import { firstDifference } from "@tendon/tendon/contracts";
 * import { assertEquals } from "@std/assert";
 *
 * const difference = firstDifference({ cash: ["1", "2"] }, { cash: ["1", "3"] });
 * assertEquals(difference, { pointer: "/cash/1", left: '"2"', right: '"3"' });
 * ```
 */
export function firstDifference(left: unknown, right: unknown): Difference | null {
  return differs(left, right, "");
}

function differs(left: unknown, right: unknown, pointer: string): Difference | null {
  if (left === right) return null;
  if (isContainer(left) && isContainer(right) && Array.isArray(left) === Array.isArray(right)) {
    const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    if (!Array.isArray(left)) names.sort();
    for (const name of names) {
      const segment = name.replaceAll("~", "~0").replaceAll("/", "~1");
      const found = differs(left[name], right[name], `${pointer}/${segment}`);
      if (found !== null) return found;
    }
    return null;
  }
  return { pointer, left: text(left), right: text(right) };
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string | undefined {
  return value === undefined ? undefined : canonicalJson(value);
}
