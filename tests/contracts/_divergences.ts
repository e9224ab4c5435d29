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

/** What of a row never changes once it was released. */
export type ReleasedRow = Pick<DivergenceEntry, "id" | "area" | "introduced_in">;

/** The rows that were released; append those of a release, and change none. */
export function releasedRows(): readonly ReleasedRow[] {
  const file = new URL("../../schemas/engine/released/divergences.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Released rows that do not stand in the ledger as they did, at their place. */
export function changedRows(
  released: readonly ReleasedRow[],
  rows: readonly ReleasedRow[],
): string[] {
  return released.flatMap(({ id, area, introduced_in }, index) => {
    const row = rows[index];
    const same = row?.id === id && row.area === area && row.introduced_in === introduced_in;
    return same ? [] : [id];
  });
}
