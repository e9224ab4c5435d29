/**
 * Replay logs: recorded runs come out the same again, and every kind of tampering is found.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../../../src/contracts/json/json.ts";
import { comparable } from "../../../src/contracts/core/comparison_form.ts";
import { sha256 } from "../../../src/contracts/core/sha256.ts";
import { BACKENDS, createCore } from "../../../src/contracts/create_core.ts";
import type { ExecutionStepResult } from "../../../src/contracts/generated/types.ts";
import type { GoldenEnd, ReplayRun } from "../../../src/contracts/replay/replay_log.ts";
import {
  type VerifiedReplay,
  verifyOn,
  verifyReplay,
  verifyReplayStream,
} from "../../../src/contracts/replay/verify_replay.ts";
import { test } from "../../harness.ts";
import { REPLAYS } from "./_corpus/replays.ts";
import { FIXTURES } from "./_fixtures.ts";
import { type Lies, lying, otherDigit, swap } from "./_liar.ts";

interface Recorded {
  readonly log: string;
  readonly run: ReplayRun;
}

function recorded(name: string): Recorded {
  const path = join(FIXTURES, "replay", name);
  return {
    log: readFileSync(`${path}.jsonl`, "utf8"),
    run: JSON.parse(readFileSync(`${path}.run.json`, "utf8")),
  };
}

function verify({ log, run }: Recorded): VerifiedReplay {
  return verifyReplay(log, run, BACKENDS);
}

/** The log of the worked example with its lines changed. */
function changed(change: (lines: string[]) => void): VerifiedReplay {
  const { log, run } = recorded("worked_example");
  const lines = log.split("\n");
  change(lines);
  return verify({ log: lines.join("\n"), run });
}

/** A changed step with the hash that belongs to it, as a forger would write it. */
function forged(line: string, change: (step: ExecutionStepResult) => void): string {
  const step: ExecutionStepResult = JSON.parse(line);
  change(step);
  const { step_hash: _, ...rest } = step;
  const step_hash = sha256(rest.prev_hash + canonicalJson(comparable(rest)));
  return canonicalJson({ ...rest, step_hash });
}

test(`recorded runs replay the same: ${BACKENDS.join(" and ")}`, () => {
  for (const { name } of REPLAYS) {
    const { departure, end, lines } = verify(recorded(name));
    assertEquals(departure, null, name);
    assertEquals(end?.steps, lines.length);
    assert(lines.length > 10, name);
  }
});

test("a log that comes in chunks, cut anywhere, is verified line by line", async () => {
  const { log, run } = recorded("worked_example");
  const bytes = new TextEncoder().encode(log), { lines, end } = verify({ log, run });
  for (const size of [1, 7, 1000, bytes.length]) {
    const seen: string[] = [];
    const chunks = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    };
    const verified = await verifyReplayStream(chunks(), run, BACKENDS, (line) => seen.push(line));
    assertEquals([verified, seen], [{ departure: null, end }, [...lines]]);
  }
});

test("a chunk behind the first departure is not asked for", async () => {
  const { log, run } = recorded("worked_example");
  const lines = log.split(/(?<=\n)/);
  lines[2] = (lines[2] ?? "").replace('"mode":', '"mood":');
  let asked = 0;
  const chunks = async function* () {
    for (const line of lines) {
      asked++;
      yield new TextEncoder().encode(line);
    }
  };
  const { departure, end } = await verifyReplayStream(chunks(), run, BACKENDS);
  assertStringIncludes(departure?.what ?? "", "step 2: ");
  assertEquals([end, asked], [null, 3]);
});

test("bytes that are no text, and a log that ends within a character, are found", async () => {
  const { log, run } = recorded("worked_example");
  const whole = new TextEncoder().encode(log);
  for (const end of [Uint8Array.of(0xff), Uint8Array.of(0xe2, 0x82)]) {
    const chunks = async function* () {
      yield whole;
      yield end;
    };
    const { departure } = await verifyReplayStream(chunks(), run, BACKENDS);
    assertEquals(departure?.what, "the log: it is not UTF-8");
  }
});

test("an input that no core takes is a departure", () => {
  const { departure } = changed((log) => {
    log[3] = forged(log[3] ?? "", (step) => step.event.seq_id = 7);
  });
  assertEquals(departure?.what, `step 3: the log against ${BACKENDS[0]}`);
  assertEquals(
    verify({ ...recorded("worked_example"), log: "" }).departure?.what,
    "the header: there is none",
  );
});

test("a changed step breaks its hash", () => {
  const { departure, lines } = changed((log) => {
    log[3] = (log[3] ?? "").replace('"price":"100"', '"price":"101"');
  });
  assertEquals(lines.length, 2);
  assertEquals([departure?.what, departure?.difference?.pointer], ["step 3", "/step_hash"]);
});

test("a step that is left out breaks the chain", () => {
  const { departure } = changed((log) => log.splice(3, 1));
  assertEquals([departure?.what, departure?.difference?.pointer], ["step 3", "/prev_hash"]);
});

test("a forged step with a fitting hash replays differently", () => {
  const { departure } = changed((log) => {
    log[13] = forged(log[13] ?? "", (step) => {
      const delta = step.event_result.deltas[0];
      if (delta !== undefined) delta.amount = "66.7";
    });
  });
  assertEquals(departure?.what, `step 13: the log against ${BACKENDS[0]}`);
  assertEquals(departure?.difference, {
    pointer: "/event_result/deltas/0/amount",
    left: '"66.7"',
    right: '"66.6"',
  });
});

test("a run with its last step cut off does not come to the golden end", () => {
  const { departure } = changed((log) => log.splice(-2, 1));
  assertEquals(departure?.what, `the end: ${BACKENDS[0]} against the golden end`);
});

test("a log that no backend replays is refused", async () => {
  const { log, run } = recorded("worked_example");
  const wrong = { ...run, golden: { ...run.golden as GoldenEnd, state_hash: "0".repeat(64) } };
  const what = "without a backend";
  assertThrows(() => verifyReplay(log, wrong, []), TypeError, what);
  const chunks = async function* () {
    yield new TextEncoder().encode(log);
  };
  await assertRejects(() => verifyReplayStream(chunks(), wrong, []), TypeError, what);
});

test("another configuration is found in the header", () => {
  const { log, run } = recorded("worked_example");
  const config = { ...run.config, base_currency: "EUR" };
  const { departure } = verify({ log, run: { ...run, config } });
  assertEquals([departure?.what, departure?.difference?.pointer], ["the header", "/config_hash"]);
});

test("lines that are not canonical, not whole or break the schema are found", () => {
  const spaced = changed((log) => log[2] = ` ${log[2]}`);
  assertStringIncludes(spaced.departure?.what ?? "", "step 2: the line is not canonical");
  const cut = changed((log) => log.pop());
  assertStringIncludes(cut.departure?.what ?? "", "its last line has no end");
  const unknown = changed((log) => log[2] = (log[2] ?? "").replace('"mode":', '"mood":'));
  assertStringIncludes(unknown.departure?.what ?? "", "step 2: ");
});

/** The worked example through every backend, of which one lies. */
function against(liar: string, lies: Lies, golden: ReplayRun["golden"]): VerifiedReplay {
  const { log, run: { config } } = recorded("worked_example");
  const cores = BACKENDS.map((backend) => {
    const core = createCore(config, { backend, validation: "off" });
    return backend === liar ? lying(core, lies) : core;
  });
  return verifyOn(log, { config, golden }, cores);
}

for (const liar of BACKENDS) {
  test(`one character that ${liar} answers otherwise is found in the replay of a log`, () => {
    const { golden } = recorded("worked_example").run;
    const { departure, lines } = against(liar, {
      lines: (lines) => swap(lines, 12, '"amount":"66.6"', '"amount":"66.7"'),
    }, golden);
    assertEquals(lines.length, 12);
    assertEquals(departure, {
      what: `step 13: the log against ${liar}`,
      difference: { pointer: "/event_result/deltas/0/amount", left: '"66.6"', right: '"66.7"' },
    });
  });

  test(`a state at the end that only ${liar} comes to is found, blessed or not`, () => {
    const { golden } = recorded("worked_example").run;
    const lies: Lies = {
      snapshot: (snapshot) => ({ ...snapshot, state_hash: otherDigit(snapshot.state_hash) }),
    };
    const blessed = against(liar, lies, golden).departure;
    assertEquals(blessed?.what, `the end: ${liar} against the golden end`);
    assertEquals(blessed?.difference?.pointer, "/state_hash");
    const [first, second] = BACKENDS;
    const unblessed = against(liar, lies, null).departure;
    assertEquals(unblessed?.what, `the end: ${second} against ${first}`);
    assertEquals(unblessed?.difference?.pointer, "/state_hash");
  });
}
