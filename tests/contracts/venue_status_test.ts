import { assertEquals, assertThrows } from "@std/assert";
import { readFileSync } from "node:fs";
import { type StatusVocabulary, venueStatus } from "../../src/contracts/mod.ts";
import { ORDER_STATUSES } from "../../src/contracts/generated/data.ts";
import { test } from "../harness.ts";

/** Every name, as spelled where it comes from; the Rust table is held to the same file. */
const NAMES: readonly {
  readonly vocabulary: StatusVocabulary;
  readonly name: string;
  readonly filled: string;
  readonly status: string;
}[] = JSON.parse(
  readFileSync(new URL("engine/fixtures/venue/status_names.json", import.meta.url), "utf8"),
);

test("venueStatus() maps every name to ours", () => {
  for (const { vocabulary, name, filled, status } of NAMES) {
    assertEquals(venueStatus(vocabulary, name, filled), status, `${vocabulary} ${name} ${filled}`);
  }
});

test("Every status but created has a name in every vocabulary", () => {
  const all = ORDER_STATUSES.filter((status) => status !== "created").sort();
  for (const vocabulary of ["words", "capitals", "fix", "barter"] as const) {
    const mapped = NAMES.filter((row) => row.vocabulary === vocabulary).map(({ status }) => status);
    assertEquals([...new Set(mapped)].sort(), all, vocabulary);
  }
});

test("venueStatus() never guesses", () => {
  const wrong: [StatusVocabulary, string][] = [
    ["words", "OPEN"],
    ["fix", "3"],
    ["barter", "created"],
    ["capitals", "constructor"],
    ["words", ""],
    ["nobody" as StatusVocabulary, "open"],
  ];
  for (const [vocabulary, name] of wrong) {
    assertThrows(() => venueStatus(vocabulary, name), TypeError, "Cannot read a venue's status");
  }
});
