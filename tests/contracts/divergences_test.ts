import { assert, assertEquals } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MODE_POLICY } from "../../src/contracts/generated/data.ts";
import { validateContract } from "../../src/contracts/schema/validation.ts";
import { changedRows, divergences, releasedRows } from "./_divergences.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("docs/divergences.yaml keeps its schema", () => {
  for (const row of divergences()) {
    assertEquals(validateContract("divergence_entry", { ...row }), [], row.id);
  }
});

Deno.test("No row of docs/divergences.yaml is deleted: numbers run without a gap", () => {
  const ids = divergences().map(({ id }) => id);
  assertEquals(ids, ids.map((_, index) => `MDL-${String(index + 1).padStart(3, "0")}`));
});

Deno.test("Released rows of docs/divergences.yaml stay as they were", () => {
  const released = releasedRows();
  assertEquals(changedRows(released, divergences()), []);
  // A row deleted, the last one too; one that is about something else, or has another number.
  const [before, last] = released.slice(-2);
  assert(before !== undefined && last !== undefined);
  assertEquals(changedRows(released, released.slice(0, -1)), [last.id]);
  assertEquals(changedRows(released, released.toSpliced(-2, 1)), [before.id, last.id]);
  for (const change of [{ area: "other" }, { introduced_in: "later" }, { id: "other" }]) {
    assertEquals(changedRows(released, released.with(-1, { ...last, ...change })), [last.id]);
  }
});

Deno.test("The tests that a row refers to exist and name it", () => {
  for (const { id, test_reference } of divergences()) {
    for (const path of test_reference) {
      assert(path.startsWith("tests/"), `${id}: ${path} is no test`);
      assert(readFileSync(join(ROOT, path), "utf8").includes(id), `${path} does not name ${id}`);
    }
  }
});

Deno.test("What a test names is a row", () => {
  const rows = new Set(divergences().map(({ id }) => id));
  const folder = join(ROOT, "tests/contracts");
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
    for (const [id] of readFileSync(join(folder, file), "utf8").matchAll(/MDL-\d{3}/g)) {
      assert(rows.has(id), `${file} names ${id}`);
    }
  }
});

Deno.test("Every rule that differs between modes has an active row", () => {
  const areas = new Set(
    divergences().filter(({ status }) => status === "active").map(({ area }) => area),
  );
  const [backtest] = MODE_POLICY;
  assert(backtest !== undefined);
  for (const [rule, value] of Object.entries(backtest)) {
    const differs = MODE_POLICY.some((row) => row[rule as keyof typeof row] !== value);
    if (rule !== "mode" && differs) assert(areas.has(rule), `${rule} has no row`);
  }
});
