/**
 * Every fixture that is written from a definition.
 *
 * @module
 */

import type { Definition } from "./definition.ts";
import { INPUT_FIXTURES } from "./inputs.ts";
import { MODE_FIXTURES } from "./modes.ts";
import { SCENARIOS } from "./scenarios.ts";
import { TRANSITIONS } from "./transitions.ts";

/** All of them; no two have one path. */
export const CORPUS: readonly Definition[] = [
  ...TRANSITIONS,
  ...INPUT_FIXTURES,
  ...SCENARIOS,
  ...MODE_FIXTURES,
];
