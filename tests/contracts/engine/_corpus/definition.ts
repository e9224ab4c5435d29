/**
 * A fixture before anything is expected of it.
 *
 * @module
 */

import type { CoreConfig } from "../../../../src/contracts/generated/types.ts";
import { CONFIG, type Script, type Step } from "../_script.ts";
import type { Start } from "../_states.ts";

/** What a fixture feeds to the cores. */
export interface Definition {
  /** Where it stands below `fixtures`, without `.json`. */
  readonly path: string;
  readonly description: string;
  readonly config: CoreConfig;
  readonly start: Start | null;
  readonly steps: readonly Step[];
}

/** A fixture of a new run. */
export function fixture(
  path: string,
  description: string,
  script: Script,
  config: Partial<CoreConfig> = {},
): Definition {
  return {
    path,
    description,
    config: { ...CONFIG, ...config },
    start: null,
    steps: script.steps,
  };
}
