/**
 * Walks to the values at a path.
 *
 * @module
 */

import { pointerTo } from "./_issue.ts";
import { isObject, type Json } from "./_json_value.ts";

/** Calls `visit` with every value at a path, in which `*` stands for every item. */
export function eachAt(
  value: Json | undefined,
  path: readonly string[],
  at: string,
  visit: (value: Json, pointer: string) => void,
): void {
  if (value === undefined) return;
  const [segment, ...rest] = path;
  if (segment === undefined) return visit(value, at);
  if (segment === "*") {
    if (!Array.isArray(value)) return;
    value.forEach((item, index) => eachAt(item, rest, pointerTo(at, index), visit));
  } else if (isObject(value) && Object.hasOwn(value, segment)) {
    eachAt(value[segment], rest, pointerTo(at, segment), visit);
  }
}
