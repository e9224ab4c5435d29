/**
 * Walks to the values at a path.
 *
 * @module
 */

import { pointerTo } from "./issue.ts";
import { isObject, type Json } from "../json/value.ts";

/** Calls `visit` with every value at a path, in which `*` stands for every item; `from` is where the path goes on. */
export function eachAt(
  value: Json | undefined,
  path: readonly string[],
  at: string,
  visit: (value: Json, pointer: string) => void,
  from = 0,
): void {
  if (value === undefined) return;
  const segment = path[from];
  if (segment === undefined) return visit(value, at);
  if (segment === "*") {
    if (!Array.isArray(value)) return;
    value.forEach((item, index) => eachAt(item, path, pointerTo(at, index), visit, from + 1));
  } else if (isObject(value) && Object.hasOwn(value, segment)) {
    eachAt(value[segment], path, pointerTo(at, segment), visit, from + 1);
  }
}
