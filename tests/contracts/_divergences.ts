/**
 * The ledger of differences between modes.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { DivergenceEntry } from "../../src/contracts/mod.ts";

/** The rows of `docs/divergences.yaml`, as they stand. */
export function divergences(): readonly DivergenceEntry[] {
  return parse(readFileSync(new URL("../../docs/divergences.yaml", import.meta.url), "utf8"));
}
