/**
 * What comes of running recorded inputs again.
 *
 * @module
 */

import type { Difference } from "../difference.ts";

/** Where a run departs from what it should be. */
export interface Departure {
  /** What was compared, such as `step 3: rust against typescript`. */
  readonly what: string;
  /** The first difference; null if the reason is not a difference of two documents. */
  readonly difference: Difference | null;
}

/** What comes of a run. */
export interface ReplayOutcome {
  /** Canonical JSON lines of the first backend, in comparison form, up to the departure. */
  readonly lines: readonly string[];
  /** The first departure; null if all is as it should be. */
  readonly departure: Departure | null;
}
