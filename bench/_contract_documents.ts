/**
 * What is done with documents of the contracts, apart from stepping: validating, encoding, hashing,
 * replaying, keeping.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { callSync } from "../ffi/call.ts";
import { tryParseJson } from "../src/contracts/json/json.ts";
import { comparable } from "../src/contracts/core/comparison_form.ts";
import { sha256 } from "../src/contracts/core/sha256.ts";
import {
  BACKENDS,
  canonicalJson,
  createCore,
  readContract,
  replayHeader,
  replayLog,
  verifyReplay,
} from "../src/contracts/mod.ts";
import type { ExecutionStepResult } from "../src/contracts/generated/types.ts";
import { decode, encode, toMessage } from "./_contract_protobuf.ts";
import { batches, CONFIG, EVENTS, events, linesOf } from "./_contract_run.ts";
import { eventCorpus, eventValidators } from "./_contract_validators.ts";
import { medians, shown, type Subject, table, timed } from "./_figures.ts";

const action = "bench";
const texts: readonly string[] = events.map((event) => JSON.stringify(event));
const lines = linesOf(events);
const micros = (ms: number, count = EVENTS) => shown(ms / count * 1000);

/** Validation of the 10,000 events, by value and with the reading before it. */
export async function validators(rounds: number): Promise<void> {
  const subjects: Record<string, Subject> = {};
  const validators = eventValidators();
  for (const [name, validate] of Object.entries(validators)) {
    for (const { document, valid } of await eventCorpus()) {
      // Ours alone goes on to the meaning of what has the right shape.
      if (!valid || name !== "ours") assertEquals(validate(document), valid, name);
    }
    subjects[name] = () => timed(() => assertEquals(events.every(validate), true));
    subjects[`${name}, read`] = () =>
      timed(() => assertEquals(texts.every((text) => validate(JSON.parse(text))), true));
  }
  subjects["ours, read"] = () =>
    timed(() => texts.forEach((text) => readContract("engine_event", text)));
  let readMs = 0;
  subjects["native"] = () => {
    const { validateMs, readMs: alone, valid } = callSync(
      "diagnostics.nativeValidation",
      { name: "engine_event", runs: 1 },
      { action, attachment: lines },
    );
    assertEquals(valid, EVENTS);
    readMs = alone;
    return validateMs;
  };
  subjects["native alone"] = () => readMs;
  subjects["native, from TypeScript"] = () =>
    timed(() => {
      const { verdicts } = callSync("contracts.validate", { name: "engine_event" }, {
        action,
        attachment: lines,
      });
      assertEquals(verdicts.length, EVENTS);
    });
  const ms = medians(subjects, rounds);
  const of = (name: string) => micros(ms[name] ?? NaN);
  table("Validation of an engine event, microseconds", ["Validator", "value", "text"], [
    ...Object.keys(validators).map((name) => [name, of(name), of(`${name}, read`)]),
    ["jsonschema, native", micros(ms["native"]! - ms["native alone"]!), of("native")],
    ["jsonschema, called from TypeScript", "", of("native, from TypeScript")],
  ]);
}

/** A round trip of the 10,000 events through JSON and through protobuf. */
export function encodings(rounds: number): void {
  const messages = events.map(toMessage);
  const encoded = messages.map(encode);
  assertEquals(decode(encoded[3]!), messages[3]);
  const ms = medians({
    writeJson: () => timed(() => events.forEach((event) => JSON.stringify(event))),
    readJson: () => timed(() => texts.forEach((text) => JSON.parse(text))),
    readStrictly: () => timed(() => texts.forEach((text) => tryParseJson(text))),
    writeProtobuf: () => timed(() => messages.forEach(encode)),
    readProtobuf: () => timed(() => encoded.forEach(decode)),
  }, rounds);
  const bytes = (sizes: readonly number[]) =>
    shown(sizes.reduce((sum, size) => sum + size, 0) / EVENTS, 0);
  const jsonBytes = bytes(texts.map((text) => text.length));
  table("An engine event there and back, microseconds", ["Form", "write", "read", "bytes"], [
    ["JSON", micros(ms.writeJson), micros(ms.readJson), jsonBytes],
    ["JSON, read strictly", micros(ms.writeJson), micros(ms.readStrictly), jsonBytes],
    [
      "protobuf-es",
      micros(ms.writeProtobuf),
      micros(ms.readProtobuf),
      bytes(encoded.map(({ length }) => length)),
    ],
  ]);
}

function records(): ExecutionStepResult[] {
  const core = createCore(CONFIG, { backend: "rust", validation: "off" });
  const [first] = batches(EVENTS / 5);
  const text = new TextDecoder().decode(core.stepLines(first!));
  core.close();
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** Canonical form and hash of a step's record, and replays of a log of 2,000 steps. */
export function hashing(rounds: number): void {
  const steps = records();
  const log = replayLog(replayHeader(CONFIG, action), steps);
  const replay = (backend: (typeof BACKENDS)[number]) => () =>
    timed(() =>
      assertEquals(verifyReplay(log, { config: CONFIG, golden: null }, [backend]).departure, null)
    );
  const ms = medians({
    hash: () => timed(() => steps.forEach((step) => sha256(canonicalJson(comparable(step))))),
    typescript: replay("typescript"),
    rust: replay("rust"),
  }, rounds);
  const perSecond = (ms: number) => shown(steps.length / ms, 1);
  table("Records", ["What", "figure"], [
    ["canonical form and SHA-256 of a record, TypeScript", `${micros(ms.hash, steps.length)} µs`],
    ["replay of a log, TypeScript", `${perSecond(ms.typescript)} thousand steps/s`],
    ["replay of a log, Rust", `${perSecond(ms.rust)} thousand steps/s`],
  ]);
}

interface Used {
  readonly resident: number;
  readonly heap: number;
}

/** Memory of 100,000 orders, in processes of their own. */
export async function memory(): Promise<void> {
  const program = new URL("./_contract_memory.ts", import.meta.url);
  const used: Record<string, { before: Used; live: Used; filled: Used }> = {};
  for (const backend of ["none", ...BACKENDS]) {
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--v8-flags=--expose-gc", program.pathname, backend],
      stderr: "inherit",
    }).output();
    assertEquals(success, true);
    used[backend] = JSON.parse(new TextDecoder().decode(stdout));
  }
  const mebibytes = (backend: string, at: "live" | "filled", what: keyof Used) => {
    const { before, [at]: after } = used[backend]!;
    return shown((after[what] - before[what]) / 2 ** 20, 0);
  };
  table(
    "Memory of 100,000 orders, MiB",
    ["Backend", "live, process", "live, heap", "filled, process", "filled, heap"],
    Object.keys(used).map((backend) => [
      backend === "none" ? "(only the lines)" : backend,
      mebibytes(backend, "live", "resident"),
      mebibytes(backend, "live", "heap"),
      mebibytes(backend, "filled", "resident"),
      mebibytes(backend, "filled", "heap"),
    ]),
  );
}

/** Bytes on the heap of V8 per event, without buffers of lines, in processes of their own. */
export async function allocations(): Promise<void> {
  const program = new URL("./_contract_allocations.ts", import.meta.url);
  // 1 GiB of young generation, so that nothing is collected during a run.
  const flags = "--expose-gc,--min-semi-space-size=1024,--max-semi-space-size=1024";
  const rows: string[][] = [];
  for (const way of ["advance", "stepLines"]) {
    for (const size of ["1", "1000"]) {
      const row = [way, size];
      for (const backend of ["typescript", "rust"]) {
        const { success, stdout } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", `--v8-flags=${flags}`, program.pathname, backend, way, size],
          stderr: "inherit",
        }).output();
        assertEquals(success, true);
        row.push(shown(JSON.parse(new TextDecoder().decode(stdout)), 0));
      }
      rows.push(row);
    }
  }
  table(
    "Allocated on the heap of V8, bytes per event",
    ["Call", "Events per call", "TypeScript", "Rust"],
    rows,
  );
}
