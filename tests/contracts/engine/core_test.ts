/**
 * The interface of the core: phases of a step, refusals, restoring, what is forgotten.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { BACKENDS, createCore, restoreCore } from "../../../src/contracts/create_core.ts";
import { KEYS_REMEMBERED } from "../../../src/contracts/core/key_memory.ts";
import type { CoreBackend, ExecutionCore } from "../../../src/contracts/execution_core.ts";
import { ERROR_CODES } from "../../../src/contracts/generated/data.ts";
import { ClosedError, ContractError } from "../../../src/errors.ts";
import { test } from "../../harness.ts";
import { cancel, CONFIG, place, Script, type Step } from "./_script.ts";
import { everyState, sealed } from "./_states.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const lines = (steps: readonly Step[]) =>
  bytes(steps.map((step) => `${JSON.stringify(step)}\n`).join(""));

function code(run: () => unknown): string {
  return assertThrows(run, ContractError).code;
}

/** Runs a test on every backend, with a core in which order o1 is accepted. */
function onEach(
  name: string,
  body: (core: ExecutionCore, script: Script, backend: CoreBackend) => void,
): void {
  for (const backend of BACKENDS) {
    test(`${name}: ${backend}`, () => {
      const core = createCore(CONFIG, { backend, validation: "full" });
      const script = new Script().timer(place("o1")).report("o1", "accepted");
      for (const { event, intents } of script.steps.splice(0)) core.step(event, intents);
      body(core, script, backend);
      core.close();
    });
  }
}

/** The only step of a script. */
function only(script: Script): Step {
  const [step] = script.steps.splice(0);
  if (step === undefined) throw new TypeError("there is a step");
  return step;
}

onEach("a strategy sees the event applied before it answers", (core, script) => {
  const { event } = only(script.fill("o1", "f1", "0.5"));
  const { outcome } = core.begin(event);
  const seen = core.snapshot();
  assertEquals([outcome, seen.seq_id, seen.orders[0]?.status], ["applied", 3, "partially_filled"]);
  const intents = only(new Script(2).timer(cancel("o1"))).intents;
  const { intent_results, snapshot_hash } = core.finish(intents);
  assertEquals(intent_results[0]?.outcome, "applied");
  assertEquals(core.snapshot().state_hash, snapshot_hash);
});

onEach("a step that is rolled back leaves its number free", (core, script) => {
  const before = core.snapshot();
  const { event } = only(script.fill("o1", "f1", "1"));
  core.begin(event);
  core.rollback();
  assertEquals(core.snapshot(), before);
  assertEquals(core.step(event).event.seq_id, 3);
});

onEach("refused input changes nothing and says what is wrong", (core, script) => {
  const before = core.snapshot();
  const { event } = only(script.timer());
  const error = assertThrows(() => core.step({ ...event, seq_id: 9 }), ContractError);
  assertEquals(
    [error.code, error.data.code, error.data.pointer, error.data.found],
    ["contract_refused", "SEQ_REGRESSION", "/event/seq_id", "9"],
  );
  const { intents } = only(new Script(2).timer(place("o2", {}, { index: 4 })));
  assertEquals(code(() => core.step(event, intents)), "contract_refused");
  assertEquals(core.snapshot(), before);
});

onEach("refused intents leave the step open", (core, script) => {
  core.begin(only(script.timer()).event);
  const { intents } = only(new Script(2).timer(place("o2", {}, { caused_by: 4 })));
  assertEquals(code(() => core.finish(intents)), "contract_refused");
  assertEquals(core.finish().event.seq_id, 3);
});

onEach("phases out of turn are refused", (core, script) => {
  const { event } = only(script.timer());
  assertEquals(code(() => core.finish()), "contract_state");
  assertEquals(code(() => core.rollback()), "contract_state");
  core.begin(event);
  assertEquals(code(() => core.begin(event)), "contract_state");
  assertEquals(code(() => core.step(event)), "contract_state");
  assertEquals(code(() => core.stepLines(new Uint8Array())), "contract_state");
  assertEquals(code(() => core.advance(new Uint8Array())), "contract_state");
  assertEquals(code(() => core.memory()), "contract_state");
  core.rollback();
});

onEach("a closed core throws, and closing again does nothing", (core, script) => {
  core.begin(only(script.timer()).event);
  core.close();
  core.close();
  core[Symbol.dispose]();
  assertThrows(() => core.snapshot(), ClosedError);
  assertThrows(() => core.rollback(), ClosedError);
  assertThrows(() => core.stepLines(new Uint8Array()), ClosedError);
});

onEach("lines that are no input are refused one by one", (core, script) => {
  const { event } = only(script.timer());
  const good = JSON.stringify({ event });
  const input = [
    "",
    "{",
    "[]",
    '{"intents":[]}',
    `{"event":${JSON.stringify(event)},"x/y":1}`,
    good,
  ];
  const output = new TextDecoder().decode(core.stepLines(bytes(input.join("\n"))));
  const outputs = output.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  assertEquals(outputs.map(({ refused }) => refused?.code ?? null), [
    ...Array(5).fill("SCHEMA_INVALID"),
    null,
  ]);
  assertEquals(outputs.map(({ refused }) => refused?.pointer ?? null), ["", "", "", "", "", null]);
  assertEquals(outputs[5].event.seq_id, 3);
});

onEach("duplicate members and bytes that are not UTF-8 are refused", (core, script) => {
  const good = JSON.stringify({ event: only(script.timer()).event });
  const twice = good.replace('"synthetic":false', '"synthetic":false,"synthetic":false');
  const broken = bytes(good);
  broken[20] = 0xff;
  const input = new Uint8Array([...bytes(`${twice}\n`), ...broken]);
  assertEquals([...core.advance(input)], [4, 20, 4, 20]);
  assertEquals(ERROR_CODES[20 - 1], "SCHEMA_INVALID");
});

onEach("advance gives outcome and code of every line", (core, script) => {
  const steps = script.fill("o1", "f1", "0.5").fill("o1", "f1", "0.5").fill("o1", "f2", "2")
    .report("o1", "accepted", { report_id: "late" }).refused(
      { type: "timer.fired", data: { timer_id: "t", kind: "normal", scheduled_for: "1" } },
      { seq_id: 1 },
    ).steps;
  const byte = (code: typeof ERROR_CODES[number]) => ERROR_CODES.indexOf(code) + 1;
  assertEquals([...core.advance(lines(steps))], [
    ...[0, 0],
    ...[1, 0],
    ...[3, byte("OVERFILL")],
    ...[2, byte("STALE_REPORT")],
    ...[4, byte("SEQ_REGRESSION")],
  ]);
  assertEquals(core.advance(new Uint8Array()).length, 0);
});

onEach("the chain of hashes starts anew after advance", (core, script) => {
  const [first, second, third] = script.timer().timer().timer().steps;
  const { step_hash } = core.step((first as Step).event);
  core.advance(new Uint8Array());
  assertEquals(core.memory().prev_hash, step_hash);
  core.advance(lines([second as Step]));
  assertEquals(core.step((third as Step).event).prev_hash, "0".repeat(64));
});

onEach("a core is restored only from parts that fit together", (core, script, backend) => {
  core.step(only(script.fill("o1", "f1", "0.5")).event);
  const snapshot = core.snapshot(), memory = core.memory();
  const restore = (config = CONFIG, shot = snapshot, memo = memory) =>
    restoreCore(config, shot, memo, { backend, validation: "full" }).close();
  restore();
  assertEquals(code(() => restore({ ...CONFIG, run_id: "other" })), "contract_snapshot");
  assertEquals(code(() => restore({ ...CONFIG, mode: "live" })), "contract_snapshot");
  const cash = [{ currency: "USD", amount: "1" }];
  assertEquals(code(() => restore(CONFIG, { ...snapshot, cash })), "contract_snapshot");
  const keys = memory.keys.slice(1);
  assertEquals(code(() => restore(CONFIG, snapshot, { ...memory, keys })), "contract_snapshot");
});

for (const backend of BACKENDS) {
  test(`a backtest stops at a failed invariant, and the step is undone: ${backend}`, () => {
    const { snapshot, memory } = everyState();
    const cash = [{ currency: "USD", amount: "1" }];
    const start = sealed(CONFIG, { ...snapshot, cash }, memory);
    const core = restoreCore(CONFIG, start.snapshot, memory, { backend, validation: "full" });
    const { event } = only(new Script(snapshot.seq_id).fill("accepted", "f9", "0.5"));
    assertEquals(code(() => core.step(event)), "contract_invariant");
    assertEquals(core.snapshot(), start.snapshot);
    assertEquals(code(() => core.stepLines(lines([{ event, intents: [] }]))), "contract_invariant");
    assertEquals(code(() => core.advance(lines([{ event, intents: [] }]))), "contract_invariant");
    assertEquals(core.snapshot(), start.snapshot);
    core.close();
  });

  test(`old keys are forgotten, but not those of the fills of live orders: ${backend}`, () => {
    const core = createCore({ ...CONFIG, mode: "live" }, { backend, validation: "off" });
    const script = new Script().timer(place("o1")).report("o1", "accepted").fill("o1", "f1", "0.5");
    core.advance(lines(script.steps.splice(0)));
    for (let at = 0; at < KEYS_REMEMBERED; at++) {
      script.trade("100", { idempotency_key: `tick ${at}` });
    }
    core.advance(lines(script.steps.splice(0)));
    const fill = "fill|sim|o1|f1";
    const { keys } = core.memory();
    assertEquals([keys.length, keys[0]?.key], [KEYS_REMEMBERED + 1, fill]);
    const restored = restoreCore({ ...CONFIG, mode: "live" }, core.snapshot(), core.memory(), {
      backend,
      validation: "off",
    });
    const end = lines(script.fill("o1", "f1", "0.5").report("o1", "cancelled").steps);
    for (const one of [core, restored]) {
      assertEquals([...one.advance(end)], [1, 0, 0, 0]);
      assert(!one.memory().keys.some(({ key }) => key === fill));
      assertEquals(one.memory().keys.length, KEYS_REMEMBERED);
    }
    assertEquals(restored.snapshot(), core.snapshot());
    core.close();
    restored.close();
  });
}
