/**
 * What is special to the core in the native library: its handle, its border, its absence.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { callSync } from "../../ffi/call.ts";
import { context } from "../../ffi/context.ts";
import { requireBundle } from "../../src/contracts/schema/native_bundle.ts";
import { BACKENDS, createCore, restoreCore } from "../../src/contracts/create_core.ts";
import type { ExecutionCore, StepInput } from "../../src/contracts/execution_core.ts";
import { BUNDLE_DIGEST } from "../../src/contracts/generated/data.ts";
import { ClosedError, ContractError, NativePanicError } from "../../src/errors.ts";
import { program, run, test } from "../harness.ts";
import { CONFIG, place, Script } from "./engine/_script.ts";

const encoder = new TextEncoder();
const rust = { backend: "rust" } as const;

test("a backend that cannot be loaded is an error, never the other one", async () => {
  const { status, stdout } = await run(program("missing_library", import.meta.url), {
    environment: { TENDON_LIBRARY: "/nowhere/libtendon.so" },
    permissions: ["--allow-env=TENDON_LIBRARY", "--allow-ffi=/nowhere/libtendon.so"],
  });
  assertEquals(status, 0);
  assertEquals(JSON.parse(stdout), { typescript: "typescript", rust: "library_not_found" });
});

test("a library with other schemas is refused", () => {
  const { digest } = callSync("contracts.bundleDigest", {}, { action: "ask for the schemas" });
  assertEquals(digest, BUNDLE_DIGEST);
  requireBundle("open a core", digest, BUNDLE_DIGEST);
  const needed = "0".repeat(64);
  const error = assertThrows(() => requireBundle("open a core", digest, needed), ContractError);
  assertEquals([error.code, error.data], ["contract_bundle", { found: digest, needed }]);
});

test("a backend that does not exist is refused", () => {
  const backend = "python" as unknown as "rust";
  assertThrows(() => createCore(CONFIG, { backend }), TypeError, "typescript, rust");
});

test("a closed core says so, whatever is asked", () => {
  const core = createCore(CONFIG, rust);
  const { event } = new Script().timer().steps[0]!;
  core.begin(event);
  core.close();
  core.close();
  const uses: ((core: ExecutionCore) => unknown)[] = [
    (core) => core.step(event),
    (core) => core.begin(event),
    (core) => core.finish(),
    (core) => core.rollback(),
    (core) => core.stepLines(new Uint8Array()),
    (core) => core.advance(new Uint8Array()),
    (core) => core.snapshot(),
    (core) => core.memory(),
  ];
  for (const use of uses) assertThrows(() => use(core), ClosedError);
  assertEquals(core.backend, "rust");
});

test("bytes that are no text are refused, line by line", () => {
  const core = createCore(CONFIG, { ...rust, validation: "off" });
  assertEquals(core.advance(Uint8Array.of()).length, 0);
  const lines = Uint8Array.of(0xff, 0x0a, 0x00, 0x0a, 0x0a, 0x7b);
  const codes = [...core.advance(lines)];
  assertEquals(codes.filter((_, at) => at % 2 === 0), [4, 4, 4, 4]);
  assertEquals(core.snapshot().step_seq, 0);
  core.close();
});

test("an array of the members is no object, whatever is validated", () => {
  const { event } = new Script().trade("1").steps[0]!;
  const { name, index } = event.producer;
  const wrong = [
    JSON.stringify([event, []]),
    JSON.stringify({ event: { ...event, producer: [index, name] } }),
    JSON.stringify({ event: { ...event, attribution: [null, null, null, null, null] } }),
    JSON.stringify({ event: { ...event, body: [event.body.data, event.body.type] } }),
  ].join("\n");
  for (const validation of ["off", "boundary"] as const) {
    const answers = BACKENDS.map((backend) => {
      const core = createCore(CONFIG, { backend, validation });
      const answer = new TextDecoder().decode(core.stepLines(encoder.encode(wrong)));
      core.close();
      return answer;
    });
    assertEquals(answers[0]?.match(/"refused"/g)?.length, 4);
    assertEquals(answers[0], answers[1]);
  }
});

test("a batch may be larger than any buffer", () => {
  const core = createCore(CONFIG, rust);
  const script = new Script();
  for (let order = 0; order < 500; order++) script.timer(place(`o${order}`));
  const text = script.steps.map((step) => `${JSON.stringify(step)}\n`).join("");
  const records = new TextDecoder().decode(core.stepLines(encoder.encode(text)));
  assertEquals(records.split("\n").length, 501);
  const restored = restoreCore(CONFIG, core.snapshot(), core.memory(), rust);
  assertEquals(restored.snapshot(), core.snapshot());
  restored.close();
  core.close();
});

test("a configuration that breaks its contract is refused", () => {
  const config = { ...CONFIG, base_currency: "" };
  const error = assertThrows(() => createCore(config, rust), ContractError);
  assertEquals([error.code, error.data.pointer], ["contract_config", "/base_currency"]);
});

test("a panic poisons the core that it happened in, and no other one", () => {
  const action = "panic in a step";
  const encode = (value: unknown) => encoder.encode(JSON.stringify(value));
  const bystander = createCore(CONFIG, rust);
  const { core } = callSync("contracts.openCore", { checks: "boundary" }, {
    action,
    attachment: encode(CONFIG),
  });
  const [first, second] = new Script().timer().timer().steps as readonly StepInput[] as [
    StepInput,
    StepInput,
  ];
  callSync("contracts.stepLines", { core }, { action, attachment: encode(first) });
  const panic = assertThrows(
    () =>
      callSync("diagnostics.panicInStep", { core }, { action, attachment: encode(second.event) }),
    NativePanicError,
    "on purpose",
  );
  assertEquals(panic.code, "native_panic");
  const uses = [
    "contracts.stepLines",
    "contracts.advance",
    "contracts.beginStep",
    "contracts.finishStep",
    "contracts.rollBackStep",
    "contracts.coreSnapshot",
    "contracts.coreMemory",
  ] as const;
  for (const method of uses) {
    const use = () => callSync(method, { core }, { action, attachment: encode(second) });
    assertEquals(assertThrows(use, NativePanicError).code, "poisoned", method);
  }
  bystander.step(first.event, first.intents);
  bystander.step(second.event, second.intents);
  assertEquals(bystander.snapshot().step_seq, 2);
  bystander.close();
  const { symbols, handle } = context();
  assertEquals(symbols.tendon_object_close(handle, BigInt(core)), 1);
});
