/**
 * The corpus: every fixture through every backend, byte by byte.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isLegal } from "../../../src/contracts/core/legal.ts";
import { BACKENDS, createCore } from "../../../src/contracts/create_core.ts";
import { ORDER_STATUSES } from "../../../src/contracts/generated/data.ts";
import type { FixtureResult, OrderTransition } from "../../../src/contracts/generated/types.ts";
import { compareCores, replayFixture } from "../../../src/contracts/replay/fixture.ts";
import type { Departure } from "../../../src/contracts/replay/outcome.ts";
import { test } from "../../harness.ts";
import { CORPUS } from "./_corpus/mod.ts";
import { FIXTURES, manifestFaults, readFixture, runFixtures, writeRun } from "./_fixtures.ts";
import { type Lies, lying, otherDigit, swap } from "./_liar.ts";
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

test("a golden end of the corpus is written anew only with a reason", () => {
  onCopy((folder) => {
    const file = join(folder, "replay/worked_example.run.json");
    const good = readFileSync(file, "utf8");
    const { config, golden } = JSON.parse(good);
    const other = { ...golden, steps: 14 };
    const write = (end: typeof golden, reason?: string) =>
      writeRun("worked_example", config, end, reason, folder);
    write(golden);
    assertThrows(() => write(other), Error, "say why with --reason");
    assertEquals(readFileSync(file, "utf8"), good);
    write(other, "It is longer.");
    assertEquals(JSON.parse(readFileSync(file, "utf8")), {
      config,
      golden: other,
      reason: "It is longer.",
    });
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

/** A fixture that expects nothing, through two cores; the second one lies. */
function against(
  second: "rust" | "typescript",
  lies: Lies,
): { readonly departure: Departure | null; readonly lines: readonly string[] } {
  const nothing = { results: null, snapshot: null, state_hash: null, economic_hash: null };
  const fixture = { ...readFixture("scenarios/full_fill.json"), expect: nothing };
  const first = second === "rust" ? "typescript" : "rust";
  using left = createCore(fixture.config, { backend: first, validation: "full" });
  using right = createCore(fixture.config, { backend: second, validation: "full" });
  return compareCores(fixture, [left, lying(right, lies)]).outcome;
}

for (const second of BACKENDS) {
  const first = second === "rust" ? "typescript" : "rust";

  test(`one character of a line of ${second} is found: step, pointer, both values`, () => {
    const { departure, lines } = against(second, {
      lines: (lines) => swap(lines, 2, '"after":"9900"', '"after":"9901"'),
    });
    assertEquals(lines.length, 2);
    assertEquals(departure, {
      what: `step 3: ${first} against ${second}`,
      difference: { pointer: "/event_result/deltas/0/after", left: '"9900"', right: '"9901"' },
    });
  });

  test(`one digit of a hash of ${second} is found`, () => {
    for (const member of ["step_hash", "prev_hash", "snapshot_hash", "economic_hash"]) {
      let hash = "";
      const { departure } = against(second, {
        lines: (lines) => {
          hash = JSON.parse(lines[1] ?? "")[member];
          return swap(lines, 1, `"${member}":"${hash}"`, `"${member}":"${otherDigit(hash)}"`);
        },
      });
      assertEquals(departure, {
        what: `step 2: ${first} against ${second}`,
        difference: { pointer: `/${member}`, left: `"${hash}"`, right: `"${otherDigit(hash)}"` },
      });
    }
  });

  test(`a snapshot of ${second} with one digit changed is found at the end`, () => {
    const { departure, lines } = against(second, {
      snapshot: (snapshot) => {
        const positions = structuredClone(snapshot.positions);
        if (positions[0] === undefined) throw new TypeError("the fill opens a position");
        positions[0].quantity = "2";
        return { ...snapshot, positions };
      },
    });
    assertEquals(lines.length, 3);
    assertEquals(departure, {
      what: `the end: ${first} against ${second}`,
      difference: { pointer: "/positions/0/quantity", left: '"1"', right: '"2"' },
    });
  });

  test(`a line that ${second} leaves out or says twice is found`, () => {
    const fewer = against(second, { lines: (lines) => lines.slice(0, -1) }).departure;
    assertEquals(fewer?.what, `step 3: ${first} against ${second}`);
    assertEquals([fewer?.difference?.pointer, fewer?.difference?.right], ["", undefined]);
    const more = against(second, { lines: (lines) => [...lines, ...lines.slice(-1)] }).departure;
    assertEquals(more?.what, `step 4: ${first} against ${second}`);
    assertEquals([more?.difference?.pointer, more?.difference?.left], ["", undefined]);
  });
}

test("two cores that tell the truth do not differ", () => {
  assertEquals(against("rust", {}).departure, null);
});
