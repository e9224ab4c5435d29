/**
 * The corpus: every fixture through every backend, byte by byte.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isLegal } from "../../../src/contracts/core/legal.ts";
import { BACKENDS } from "../../../src/contracts/create_core.ts";
import { ORDER_STATUSES } from "../../../src/contracts/generated/data.ts";
import type { FixtureResult, OrderTransition } from "../../../src/contracts/generated/types.ts";
import { replayFixture } from "../../../src/contracts/replay/fixture.ts";
import { test } from "../../harness.ts";
import { CORPUS } from "./_corpus/mod.ts";
import { FIXTURES, manifestFaults, readFixture, runFixtures } from "./_fixtures.ts";
import { isCurrent } from "./write_fixtures.ts";

const [backend] = BACKENDS;

test(`every fixture comes out as expected: ${BACKENDS.join(" and ")}`, () => {
  const paths = runFixtures();
  assert(paths.length >= CORPUS.length, `${paths.length} fixtures`);
  for (const path of paths) {
    const { departure } = replayFixture(readFixture(path), BACKENDS);
    assertEquals(departure, null, path);
  }
});

test("every fixture has a result for each step and the state at the end", () => {
  for (const path of runFixtures()) {
    const { expect, steps } = readFixture(path);
    assertEquals(expect.results?.length, steps.length, path);
    assertEquals(expect.snapshot?.state_hash, expect.state_hash, path);
    assert(expect.state_hash !== null && expect.economic_hash !== null, path);
  }
});

test("the inputs of the corpus are those of its definitions", () => {
  const paths = new Set<string>();
  for (const definition of CORPUS) {
    const path = `${definition.path}.json`;
    assert(isCurrent(readFixture(path), definition), `${path}: run write_fixtures.ts`);
    paths.add(path);
  }
  assertEquals(paths.size, CORPUS.length);
  const others = runFixtures().filter((path) =>
    !paths.has(path) && !path.startsWith("fuzz_seeds/")
  );
  assertEquals(others, []);
});

function transitions({ result }: FixtureResult): readonly OrderTransition[] {
  if (result === null) return [];
  return [result.event_result, ...result.intent_results].flatMap((one) => one.transitions);
}

test("the last step of a pair's fixture makes the transition if it is legal, and never if not", () => {
  let legal = 0;
  for (const from of ORDER_STATUSES) {
    for (const to of ORDER_STATUSES) {
      const { expect } = readFixture(`transitions/${from}/${to}.json`);
      const pairs = transitions(expect.results?.at(-1) as FixtureResult)
        .map((move) => `${move.from} ${move.to}`);
      assertEquals(pairs.includes(`${from} ${to}`), isLegal(from, to), `${from} to ${to}`);
      if (isLegal(from, to)) legal++;
    }
  }
  assertEquals(legal, 28);
});

test("every file of the corpus is listed with its hash", () => {
  assertEquals(manifestFaults(FIXTURES), []);
});

/** Runs a test on a copy of the corpus. */
function onCopy(body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "tendon-corpus-"));
  try {
    cpSync(FIXTURES, folder, { recursive: true });
    body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a file that is changed, not listed or gone is found", () => {
  onCopy((folder) => {
    const changed = "scenarios/full_fill.json", added = "scenarios/added.json";
    const gone = "scenarios/overfill.json";
    const fixture = readFixture(changed, folder);
    writeFileSync(join(folder, changed), JSON.stringify({ ...fixture, description: "other" }));
    writeFileSync(join(folder, added), "{}");
    rmSync(join(folder, gone));
    assertEquals(manifestFaults(folder), [
      `${added} is not listed`,
      `${changed} is not what is listed`,
      `${gone} is listed and gone`,
    ]);
  });
});

test("an expected output that is one character off is found, with its place and both values", () => {
  const fixture = readFixture("scenarios/full_fill.json");
  const results = structuredClone(fixture.expect.results);
  const delta = results?.[2]?.result?.event_result.deltas[0];
  if (delta === undefined) throw new TypeError("the fill moves cash");
  assertEquals(delta.after, "9900");
  delta.after = "9901";
  const wrong = { ...fixture, expect: { ...fixture.expect, results } };
  assertEquals(replayFixture(wrong, [backend ?? "typescript"]).departure, {
    what: `step 3: ${backend} against the fixture`,
    difference: {
      pointer: "/result/event_result/deltas/0/after",
      left: '"9900"',
      right: '"9901"',
    },
  });
});

test("an input that is one digit off is found", () => {
  const fixture = structuredClone(readFixture("scenarios/full_fill.json"));
  const body = fixture.steps[2]?.event.body;
  if (body?.type !== "order.fill") throw new TypeError("the third step is a fill");
  body.data.price = "101";
  const { departure, lines } = replayFixture(fixture, BACKENDS);
  assertEquals(lines.length, 2);
  assertEquals(departure?.what, `step 3: ${backend} against the fixture`);
});

test("a wrong state at the end is found", () => {
  const fixture = readFixture("scenarios/full_fill.json");
  const wrong = { ...fixture, expect: { ...fixture.expect, state_hash: "0".repeat(64) } };
  const { departure } = replayFixture(wrong, BACKENDS);
  assertEquals(departure?.what, `the end: ${backend} against the fixture`);
  assertEquals(departure?.difference?.pointer, "/state_hash");
});
