/**
 * Which inputs and outputs are validated in which mode, and that nothing else depends on it.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { canonicalJson } from "../../../src/contracts/json/json.ts";
import { BACKENDS, createCore, restoreCore } from "../../../src/contracts/create_core.ts";
import { Engine } from "../../../src/contracts/core/engine.ts";
import type { ExecutionCore } from "../../../src/contracts/execution_core.ts";
import type { EngineIntent } from "../../../src/contracts/generated/types.ts";
import { ValidationGate, type ValidationMode } from "../../../src/contracts/schema/validation.ts";
import { ContractError } from "../../../src/errors.ts";
import { test } from "../../harness.ts";
import { readFixture, runFixtures } from "./_fixtures.ts";
import { CONFIG, place, Script, type Step } from "./_script.ts";

const MODES: readonly ValidationMode[] = ["off", { sample: 3 }, "boundary", "full"];
const LINES = 10;
/** Which of as many inputs are validated in each mode. */
const DUE: readonly (readonly number[])[] = [
  [],
  [0, 3, 6, 9],
  Array.from({ length: LINES }, (_, at) => at),
  Array.from({ length: LINES }, (_, at) => at),
];

const encoder = new TextEncoder(), decoder = new TextDecoder();

function encoded(lines: readonly (object | string)[]): Uint8Array {
  const text = (line: object | string) => typeof line === "string" ? line : JSON.stringify(line);
  return encoder.encode(lines.map((line) => `${text(line)}\n`).join(""));
}

function outputs(core: ExecutionCore, lines: readonly (object | string)[]): object[] {
  const text = decoder.decode(core.stepLines(encoded(lines)));
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

/** Events whose id can be read and is none by the schema. */
function misnamed(): Step[] {
  const script = new Script();
  for (let at = 0; at < LINES; at++) script.timer();
  for (const { event } of script.steps) event.event_id = "no id";
  return script.steps;
}

/** Positions of what is refused, which must be for that reason. */
function refusals(found: readonly object[]): number[] {
  return [...found.entries()].flatMap(([at, output]) => {
    if (!("refused" in output)) return [];
    const { code, pointer, keyword } = output.refused as Record<string, string>;
    assertEquals([code, pointer, keyword], ["SCHEMA_INVALID", "/event/event_id", "pattern"]);
    return [at];
  });
}

/** Steps one by one; what is refused is thrown. */
function stepped(core: ExecutionCore, steps: readonly Step[]): object[] {
  return steps.map(({ event, intents }) => {
    try {
      return core.step(event, intents);
    } catch (error) {
      assert(error instanceof ContractError && error.code === "contract_refused");
      return { refused: error.data };
    }
  });
}

test("ValidationGate says which inputs and outputs are due", () => {
  for (const [at, mode] of MODES.entries()) {
    const gate = new ValidationGate(mode);
    const due = Array.from({ length: LINES }, () => gate.input());
    assertEquals(due.flatMap((one, at) => one ? [at] : []), DUE[at]);
    assertEquals(gate.outputs, mode === "full");
  }
  const every = new ValidationGate({ sample: 1 });
  assertEquals([every.input(), every.input()], [true, true]);
});

for (const backend of BACKENDS) {
  const open = (validation: ValidationMode) => createCore(CONFIG, { backend, validation });

  test(`a mode that does not exist is refused: ${backend}`, () => {
    for (const sample of [0, -1, 1.5, NaN, 2 ** 32]) {
      assertThrows(() => open({ sample }), RangeError, "sample");
    }
    for (const mode of ["all", "", {}, { sample: "2" }]) {
      assertThrows(() => open(mode as ValidationMode), TypeError, "mode");
    }
    open({ sample: 2 ** 32 - 1 }).close();
  });

  for (const [index, mode] of MODES.entries()) {
    const due = DUE[index] as readonly number[];
    const name = `${JSON.stringify(mode)}: ${backend}`;

    test(`an invalid input is refused where it is validated, ${name}`, () => {
      using lines = open(mode), bytes = open(mode), calls = open(mode);
      assertEquals(refusals(outputs(lines, misnamed())), due);
      const outcomes = bytes.advance(encoded(misnamed())).filter((_, at) => at % 2 === 0);
      assertEquals([...outcomes].flatMap((one, at) => one === 4 ? [at] : []), due);
      assertEquals(refusals(stepped(calls, misnamed())), due);
      // What is refused takes no number.
      for (const core of [lines, bytes, calls]) {
        assertEquals(core.snapshot().seq_id, LINES - due.length);
      }
    });

    test(`every line counts, whatever it holds, ${name}`, () => {
      using core = open(mode);
      const steps = misnamed();
      const rubbish = ["", "{", "[]", '{"event":1}', '{"intents":[]}', '{"a":1}', '{"event":{}}'];
      const input = [steps[0], ...rubbish, steps[1], steps[2]] as (object | string)[];
      assertEquals(input.length, LINES);
      const found = outputs(core, input);
      assert(found.slice(1, 8).every((output) => "refused" in output));
      assertEquals(
        [0, 8, 9].filter((at) => "refused" in (found[at] as object)),
        [0, 8, 9].filter((at) => due.includes(at)),
      );
    });
  }

  test(`the phases of a step count on their own: ${backend}`, () => {
    const [{ event }] = misnamed() as [Step];
    const [{ intents: [wish] }] = new Script().timer(place("o1")).steps as [Step];
    const every = DUE[3] as readonly number[], even = every.filter((at) => at % 2 === 0);
    for (const [mode, due] of [["off", []], [{ sample: 2 }, even], ["full", every]] as const) {
      using core = open(mode);
      const refused: number[] = [];
      let opened = false;
      for (let at = 0; at < LINES; at++) {
        const caused_by = core.snapshot().seq_id;
        try {
          if (opened) core.finish([{ ...wish, caused_by, intent_id: "no id" } as EngineIntent]);
          else core.begin(event);
          opened = !opened;
        } catch (error) {
          assert(error instanceof ContractError && error.code === "contract_refused");
          refused.push(at);
        }
      }
      assertEquals(refused, due);
    }
  });

  test(`what comes of a valid input does not depend on the mode: ${backend}`, () => {
    for (const path of runFixtures()) {
      const { config, start, steps } = readFixture(path);
      const [first, ...others] = MODES.map((validation) => {
        const options = { backend, validation };
        using core = start === null
          ? createCore(config, options)
          : restoreCore(config, start.snapshot, start.memory, options);
        const text = decoder.decode(core.stepLines(encoded(steps)));
        return { text, snapshot: canonicalJson(core.snapshot()) };
      });
      for (const other of others) assertEquals(other, first, path);
    }
  });
}

test("an output that breaks its contract is found in full mode only", () => {
  const finish = Engine.prototype.finish;
  const step = (validation: ValidationMode) => {
    using core = createCore(CONFIG, { backend: "typescript", validation });
    const { event } = new Script().timer().steps[0] as Step;
    Engine.prototype.finish = function (intents) {
      return { ...finish.call(this, intents), run_id: "no id" };
    };
    try {
      return core.step(event);
    } finally {
      Engine.prototype.finish = finish;
    }
  };
  assertEquals(step("boundary").run_id, "no id");
  const { code, data } = assertThrows(() => step("full"), ContractError);
  assertEquals(code, "contract_output");
  assertEquals([data.pointer, data.keyword], ["/run_id", "pattern"]);
});

test("an event that is changed while its step is open is recorded as it came", () => {
  for (const backend of BACKENDS) {
    using core = createCore(CONFIG, { backend });
    const { event } = structuredClone(new Script().timer().steps[0] as Step);
    core.begin(event);
    event.event_id = "another";
    event.attribution.strategy_id = "another";
    const { event: recorded } = core.finish();
    assertEquals([recorded.event_id === "another", recorded.attribution.strategy_id], [
      false,
      null,
    ]);
  }
});
