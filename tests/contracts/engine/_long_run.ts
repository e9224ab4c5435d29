/**
 * A long run whose inputs follow from a number.
 *
 * @module
 */

import type { Mode } from "../../../src/contracts/generated/types.ts";
import { type Action, KINDS, type RandomRun } from "./_random_run.ts";

/** Numbers below a bound, the same for the same seed (Numerical Recipes' linear congruence). */
function numbers(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** A run of `length` inputs. */
export function longRun(mode: Mode, seed: number, length: number): RandomRun {
  const next = numbers(seed);
  const actions = Array.from({ length }, (): Action => ({
    kind: KINDS[next(KINDS.length)] as Action["kind"],
    which: next(64),
    amount: next(12),
    price: next(16),
    option: next(64),
  }));
  return { mode, limited: false, actions };
}
