/**
 * What a caller may hand to a core, whatever it is: it is taken as JSON or refused, alike by both
 * backends, and never half of it.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  BACKENDS,
  canonicalJson,
  type ContractName,
  type CoreConfig,
  type CoreMemory,
  type CoreOptions,
  createCore,
  type EngineEvent,
  type EngineIntent,
  type ExecutionCore,
  readContract,
  restoreCore,
  sequenceBatch,
  validateContract,
  type ValidationMode,
} from "../../../src/contracts/mod.ts";
import { Effect } from "../../../src/contracts/core/effect.ts";
import { KeyMemory, KEYS_REMEMBERED } from "../../../src/contracts/core/key_memory.ts";
import { ClosedError, ContractError } from "../../../src/errors.ts";
import { test } from "../../harness.ts";
import { CONFIG, place, Script, type Step } from "./_script.ts";

const MODES: readonly ValidationMode[] = ["off", { sample: 2 }, "boundary", "full"];
const encoder = new TextEncoder(), decoder = new TextDecoder();

/** A timer, and a note of the strategy. */
function noted(seq = 0, note: string | null = null): Step {
  const body = { type: "no_op", data: { note } } as const;
  return new Script(seq).timer({ body, changes: {} }).steps[0] as Step;
}

/** A command with a reason. */
function command(reason: string | null): EngineEvent {
  const data = {
    command_id: "c1",
    command: "halt",
    flag: null,
    value: null,
    currency: null,
    instrument: null,
    amount: null,
    reason,
  } as const;
  return (new Script().event({ type: "control.command", data }).steps[0] as Step).event;
}

/** Why an input is refused. */
function refusal(run: () => unknown): Record<string, unknown> {
  const { code, data } = assertThrows(run, ContractError);
  assertEquals(code, "contract_refused");
  return data;
}

const endless: unknown[] = [];
endless.push(endless);
const half = { keyword: "surrogate", message: "has half a surrogate pair" };

/** What no JSON holds, and the keyword of its refusal. */
const STRANGE: readonly (readonly [value: unknown, keyword: string])[] = [
  [5n, "type"],
  [() => "1", "type"],
  [Symbol("1"), "type"],
  [NaN, "integer"],
  ["\ud800", "surrogate"],
  [endless, "json"],
  [{
    toJSON(): never {
      throw new RangeError("not today");
    },
  }, "json"],
];

for (const backend of BACKENDS) {
  for (const validation of MODES) {
    const name = `${JSON.stringify(validation)}: ${backend}`;

    test(`half a surrogate pair is refused, and nothing is half done, ${name}`, () => {
      using core = createCore(CONFIG, { backend, validation });
      const before = canonicalJson(core.snapshot());
      const reason = { ...half, code: "SCHEMA_INVALID", found: null };
      const { event, intents } = noted(0, "\ud800");
      const note = "/intents/0/body/data/note";
      assertEquals(refusal(() => core.step(event, intents)), { ...reason, pointer: note });
      const pointer = "/event/body/data/reason";
      assertEquals(refusal(() => core.step(command("x\ud83d"))), { ...reason, pointer });
      assertEquals(refusal(() => core.begin(command("x\ud83d"))), { ...reason, pointer });
      const line = (step: object) => JSON.stringify(step);
      const lines = [line({ event, intents }), line({ event: command("x\ud83d") })];
      const found = decoder.decode(core.stepLines(encoder.encode(lines.join("\n"))));
      assertEquals(found.split("\n").slice(0, -1).map((one) => JSON.parse(one)), [
        { refused: { ...reason, pointer: note } },
        { refused: { ...reason, pointer } },
      ]);
      assertEquals(canonicalJson(core.snapshot()), before);
      core.begin(event);
      assertEquals(refusal(() => core.finish(intents)), { ...reason, pointer: note });
      assertEquals(core.finish().step_seq, 1);
    });

    test(`what JSON does not have is refused where it stands, ${name}`, () => {
      using core = createCore(CONFIG, { backend, validation });
      const { event, intents: [intent] } = noted();
      for (const [value, keyword] of STRANGE) {
        const wrong = { ...event, event_time: value } as EngineEvent;
        const body = { type: "no_op", data: { note: value } };
        const wish = { ...intent, body } as EngineIntent;
        for (
          const [run, start] of [
            [() => core.step(wrong), "/event/event_time"],
            [() => core.begin(wrong), "/event/event_time"],
            [() => core.step(event, [wish]), "/intents/0/body/data/note"],
          ] as const
        ) {
          const { pointer, keyword: found, code } = refusal(run);
          assertEquals([code, found], ["SCHEMA_INVALID", keyword]);
          assert(value === endless ? `${pointer}`.startsWith(start) : pointer === start);
        }
      }
      for (const value of [undefined, 5n, null]) {
        refusal(() => core.step(value as unknown as EngineEvent));
        refusal(() => core.begin(value as unknown as EngineEvent));
      }
      assertEquals(core.step(event).step_seq, 1);
    });
  }

  const options: CoreOptions = { backend };

  test(`a member that is undefined is absent: ${backend}`, () => {
    const more = { foo: undefined };
    using core = createCore({ ...CONFIG, ...more } as CoreConfig, options);
    const { event, intents } = noted();
    const result = core.step({ ...event, ...more } as EngineEvent, intents);
    assertEquals([result.event_result.outcome, "foo" in result.event], ["applied", false]);
    const lacking = { ...event, venue: undefined } as unknown as EngineEvent;
    assertEquals(refusal(() => core.step(lacking)).keyword, "required");
    const snapshot = { ...core.snapshot(), ...more };
    restoreCore(CONFIG, snapshot, { ...core.memory(), ...more }, options).close();
  });

  test(`a configuration that is no JSON is refused: ${backend}`, () => {
    for (const value of [5n, () => 1, NaN, endless]) {
      const config = { ...CONFIG, run_id: value } as unknown as CoreConfig;
      const { code, data } = assertThrows(() => createCore(config, options), ContractError);
      assertEquals(code, "contract_config");
      assert(`${data.pointer}`.startsWith("/run_id"));
    }
    for (const config of [undefined, null, 5n] as unknown as CoreConfig[]) {
      assertEquals(
        assertThrows(() => createCore(config, options), ContractError).code,
        "contract_config",
      );
    }
  });

  test(`a message is cut between characters: ${backend}`, () => {
    using core = createCore(CONFIG, options);
    const [first, second, third] = [noted(0), noted(1), noted(1)] as [Step, Step, Step];
    const name = `a${"😀".repeat(600)}`;
    const odd = { ...second, event: { ...second.event, [name]: 1 } };
    const lines = [first, odd, { ...second, z: 1, [name]: 1 }, third];
    const text = lines.map((line) => JSON.stringify(line)).join("\n");
    const output = decoder.decode(core.stepLines(encoder.encode(text))).split("\n");
    assertEquals(output.map((line) => line.slice(0, 10)), [
      '{"economic',
      '{"refused"',
      '{"refused"',
      '{"economic',
      "",
    ]);
    const messages = output.slice(1, 3).map((line) => JSON.parse(line).refused.message as string);
    assertEquals(messages, [
      `has the unknown member "a${"😀".repeat(512 - 25)}`,
      `a line has no member "a${"😀".repeat(512 - 23)}`,
    ]);
  });

  test(`a memory that is none is refused: ${backend}`, () => {
    using core = createCore(CONFIG, options);
    for (const seq of [0, 1]) {
      const { event, intents } = noted(seq);
      core.step(event, intents);
    }
    const snapshot = core.snapshot(), memory = core.memory();
    const { keys: [first, ...others], prev_hash } = memory;
    assert(first !== undefined);
    const { key } = first;
    const wrong = [
      undefined,
      null,
      [],
      5n,
      {},
      ...["zz", 5, null, undefined, prev_hash.toUpperCase(), `${prev_hash}0`, `${prev_hash}\n`]
        .map((prev_hash) => ({ ...memory, prev_hash })),
      ...["q", null, undefined, 5, first.body_hash.slice(1), 5n]
        .map((body_hash) => ({ ...memory, keys: [{ key, body_hash }, ...others] })),
      ...[{ keys: null }, { keys: {} }, { keys: [null, ...others] }, { more: 1 }]
        .map((members) => ({ ...memory, ...members })),
      ...[[], others, [first, ...others, first], [{ ...first, more: 1 }, ...others]]
        .map((keys) => ({ ...memory, keys })),
      { ...memory, keys: [{ ...first, key: 5 }, ...others] },
    ];
    for (const one of wrong) {
      const restore = () => restoreCore(CONFIG, snapshot, one as unknown as CoreMemory, options);
      assertEquals(assertThrows(restore, ContractError).code, "contract_snapshot");
    }
    using other = restoreCore(CONFIG, snapshot, memory, options);
    assertEquals(other.memory(), memory);
  });

  test(`lines that are no bytes are a TypeError: ${backend}`, () => {
    using core = createCore(CONFIG, options);
    for (const lines of ["abc", undefined, null, [1], 5n] as unknown as Uint8Array[]) {
      const words = "as lines must be a Uint8Array: current value is";
      assertThrows(() => core.stepLines(lines), TypeError, `Cannot step over lines ${words}`);
      assertThrows(() => core.advance(lines), TypeError, `Cannot advance the core ${words}`);
    }
  });

  test(`what goes in and what comes out are not the same objects: ${backend}`, () => {
    using core = createCore(CONFIG, options);
    using wanted = createCore(CONFIG, options);
    const steps = new Script().timer(place("o1")).report("o1", "accepted")
      .fill("o1", "f1", "0.5", { fee: { currency: "USD", amount: "1" } }).steps;
    const spoil = (value: unknown) => {
      if (typeof value !== "object" || value === null) return;
      for (const [name, member] of Object.entries(value)) {
        spoil(member);
        (value as Record<string, unknown>)[name] = "spoilt";
      }
      if (Array.isArray(value)) value.push("spoilt");
    };
    for (const step of steps) {
      const record = wanted.step(step.event, step.intents);
      const { event, intents } = structuredClone(step);
      spoil(core.begin(event));
      spoil(event);
      spoil(core.snapshot());
      const found = core.finish(intents);
      spoil(intents);
      assertEquals(found, record);
      spoil(found);
    }
    assertEquals(core.snapshot(), wanted.snapshot());
    const { event, intents } = structuredClone(noted(core.snapshot().seq_id));
    const record = core.step(event, intents), text = JSON.stringify(record);
    spoil(event);
    spoil(intents);
    assertEquals(JSON.stringify(record), text);
  });

  test(`a closed core says what cannot be done: ${backend}`, () => {
    const core = createCore(CONFIG, options);
    core.close();
    const { event } = noted();
    const none = new Uint8Array();
    const calls: [string, (core: ExecutionCore) => unknown][] = [
      ["step the core", () => core.step(event)],
      ["begin a step", () => core.begin(event)],
      ["finish the step", () => core.finish()],
      ["roll the step back", () => core.rollback()],
      ["step over lines", () => core.stepLines(none)],
      ["advance the core", () => core.advance(none)],
      ["take a snapshot", () => core.snapshot()],
      ["read the core's memory", () => core.memory()],
    ];
    for (const [action, call] of calls) {
      const { code, message } = assertThrows(() => call(core), ClosedError);
      assertEquals([code, message], ["closed", `Cannot ${action}: the core is closed`]);
    }
  });

  test(`sequenceBatch() refuses an event that is no JSON: ${backend}`, () => {
    const { event } = noted();
    for (const [value, keyword] of STRANGE) {
      const batch = [event, { ...event, event_id: value } as EngineEvent];
      const found = refusal(() => sequenceBatch(batch, "live", { backend }));
      assertEquals(found.keyword, keyword);
      assert(`${found.pointer}`.startsWith("/1/event_id"));
    }
  });
}

test("a core without options is a TypeError", () => {
  for (const options of [undefined, null, "rust", Symbol("rust")] as unknown as CoreOptions[]) {
    assertThrows(() => createCore(CONFIG, options), TypeError, "options must be an object");
  }
  const options = { backend: 5n } as unknown as CoreOptions;
  assertThrows(() => createCore(CONFIG, options), TypeError, "backend must be one of");
});

test("validateContract() takes a document as JSON, and knows its names", () => {
  const { event } = noted();
  const issues = (value: unknown) =>
    validateContract("engine_event", value as never).map(({ code, pointer, keyword }) =>
      `${code} ${pointer} ${keyword}`
    );
  assertEquals(issues({ ...event, foo: undefined }), []);
  assertEquals(issues({ ...event, venue: undefined }), ["SCHEMA_INVALID  required"]);
  for (const [value, keyword] of STRANGE) {
    if (value === endless) continue;
    assertEquals(issues({ ...event, event_time: value }), [
      `SCHEMA_INVALID /event_time ${keyword}`,
    ]);
  }
  for (const name of ["nope", "toString", undefined] as unknown as ContractName[]) {
    for (const run of [() => validateContract(name, {}), () => readContract(name, "{}")]) {
      const { code, message } = assertThrows(run, ContractError);
      assertEquals(code, "contract_unknown");
      assert(message.includes("one of checkpoint, core_config"));
    }
  }
});

test("whatever throws within a step, the step is undone", () => {
  // Outside of a backtest keys are forgotten, which must be undone as well.
  const config: CoreConfig = { ...CONFIG, mode: "live" };
  using core = createCore(config, { backend: "typescript" });
  using wanted = createCore(config, { backend: "typescript" });
  const state = () => [canonicalJson(core.snapshot()), canonicalJson(core.memory())];
  for (let seq = 0; seq < 3; seq++) {
    const { event, intents } = noted(seq);
    const before = state();
    const fails = new RangeError("out of memory");
    const throwing = (): never => {
      throw fails;
    };
    const { get, digest } = KeyMemory.prototype;
    for (
      const run of [
        () => core.step(event, intents),
        () => core.begin(event),
        () => core.stepLines(encoder.encode(JSON.stringify({ event, intents }))),
      ]
    ) {
      try {
        KeyMemory.prototype.get = throwing;
        assertEquals(assertThrows(run, RangeError), fails);
      } finally {
        KeyMemory.prototype.get = get;
      }
      assertEquals(state(), before);
    }
    const { result } = Effect.prototype;
    try {
      Effect.prototype.result = throwing;
      assertEquals(assertThrows(() => core.begin(event), RangeError), fails);
    } finally {
      Effect.prototype.result = result;
    }
    assertEquals(state(), before);
    core.begin(event);
    try {
      // After the keys of the step were weighed.
      KeyMemory.prototype.digest = throwing;
      assertEquals(assertThrows(() => core.finish(intents), RangeError), fails);
    } finally {
      KeyMemory.prototype.digest = digest;
    }
    assertEquals(state(), before);
    assertEquals(core.step(event, intents), wanted.step(event, intents));
  }
});

test("what a step would forget is still there when it is undone", () => {
  const name = (at: number) => ({ key: `tick ${at}`, body_hash: "0".repeat(64) });
  const fill = { key: "fill|sim|o1|f1", body_hash: "0".repeat(64) };
  const keys = new KeyMemory(false), wanted = new KeyMemory(false);
  const all = [fill, ...Array.from({ length: KEYS_REMEMBERED - 1 }, (_, at) => name(at))];
  for (const memory of [keys, wanted]) memory.load(all, () => true);
  const isLive = (id: string) => id === "o1";
  const shown = (
    memory: KeyMemory,
  ) => [memory.size, memory.digest(), memory.list()[0], memory.list().at(-1)];
  const before = shown(keys);
  const step = (memory: KeyMemory, at: number, ended: string[] = []) => {
    memory.remember(name(at).key, name(at).body_hash);
    memory.forget((id) => ended.length === 0 && isLive(id), ended);
  };
  const end = KEYS_REMEMBERED;
  for (let round = 0; round < 2; round++) {
    step(keys, end);
    assertEquals(keys.size, KEYS_REMEMBERED + 1);
    keys.rollback();
    assertEquals(shown(keys), before);
  }
  for (const memory of [keys, wanted]) {
    step(memory, end);
    memory.commit();
    step(memory, end + 1);
    memory.commit();
  }
  step(keys, end + 2, ["o1"]);
  assertEquals(keys.size, KEYS_REMEMBERED);
  keys.rollback();
  assertEquals(keys.list(), wanted.list());
  assertEquals(keys.list().slice(0, 2), [fill, name(1)]);
  for (const memory of [keys, wanted]) {
    step(memory, end + 2, ["o1"]);
    memory.commit();
  }
  assertEquals(keys.list(), wanted.list());
  assertEquals([keys.list()[0], keys.size, keys.digest()], [
    name(2),
    KEYS_REMEMBERED,
    wanted.digest(),
  ]);
  const restored = new KeyMemory(false);
  restored.load(keys.list(), () => false);
  assertEquals(restored.digest(), keys.digest());
});
