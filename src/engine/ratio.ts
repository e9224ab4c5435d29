/**
 * Reading ratios.
 *
 * @module
 */

import type { Ratio } from "./types.ts";

/**
 * A ratio as a number; NaN when it is degenerate.
 *
 * A degenerate ratio divides by zero (no dispersion, no drawdown), and the engine puts a stand-in
 * near ±79228162514264337593543950335 in its place, whose sign may even turn when it is scaled.
 *
 * @param ratio a ratio of a tear sheet
 * @returns its value, or NaN
 *
 * @example A ratio without dispersion
 * ```ts
 * import { ratioToNumber } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ratioToNumber({ value: "1.25", interval: "Daily", degenerate: false }), 1.25);
 * assertEquals(ratioToNumber({ value: "7.9e28", interval: "Daily", degenerate: true }), NaN);
 * ```
 */
export function ratioToNumber(ratio: Ratio): number {
  return ratio.degenerate ? NaN : Number(ratio.value);
}
