/**
 * Runs a fixture: the same inputs through every backend, compared byte by byte.
 *
 * @module
 */

import { canonicalJson } from "../json/json.ts";
import { comparable } from "../core/comparison_form.ts";
import { requireContract } from "../core/contract_refusal.ts";
import { createCore, restoreCore } from "../create_core.ts";
import { type Difference, firstDifference } from "../difference.ts";
import { ContractError } from "../../errors.ts";
import type { CoreBackend, ExecutionCore } from "../execution_core.ts";
import type {
  CoreSnapshot,
  Fixture,
  FixtureExpectation,
  FixtureResult,
} from "../generated/types.ts";
import type { Departure, ReplayOutcome } from "./outcome.ts";

/** What a backend makes of a fixture, in comparison form. */
export interface FixtureRun {
  /** One canonical line per step. */
  readonly lines: readonly string[];
  /** The state at the end. */
  readonly snapshot: CoreSnapshot;
}

/** Runs a fixture through one core, and holds its outputs against the schemas. */
function runFixture({ steps }: Fixture, core: ExecutionCore): FixtureRun {
  const input = steps.map((step) => `${canonicalJson(step)}\n`).join("");
  const output = new TextDecoder().decode(core.stepLines(new TextEncoder().encode(input)));
  const lines = output.split("\n").slice(0, -1).map((line) => {
    const value = JSON.parse(line);
    if (canonicalJson(value) !== line) {
      const reason = "Cannot replay a fixture: a line of output is not canonical";
      throw new ContractError("contract_output", reason, { data: { line } });
    }
    if (!("refused" in value)) hold("execution_step_result", value);
    return canonicalJson(comparable(value));
  });
  const snapshot = core.snapshot();
  hold("core_snapshot", snapshot);
  return { lines, snapshot };
}

function hold(contract: "execution_step_result" | "core_snapshot", value: unknown): void {
  requireContract("replay a fixture", contract, value, "contract_output");
}

/**
 * Runs a fixture through backends, compares them with each other and with what is expected, and stops
 * at the first difference.
 *
 * @throws {TypeError} without a backend
 * @throws {ContractError} If it cannot be run at all, or an output breaks its contract
 */
export function replayFixture(
  fixture: Fixture,
  backends: readonly CoreBackend[],
): ReplayOutcome {
  return withCores(fixture, backends, (cores) => compareCores(fixture, cores).outcome);
}

function withCores<T>(
  { config, start }: Fixture,
  backends: readonly CoreBackend[],
  body: (cores: readonly ExecutionCore[]) => T,
): T {
  const cores: ExecutionCore[] = [];
  try {
    for (const backend of backends) {
      const options = { backend, validation: "full" } as const;
      cores.push(
        start === null
          ? createCore(config, options)
          : restoreCore(config, start.snapshot, start.memory, options),
      );
    }
    return body(cores);
  } finally {
    for (const core of cores) core.close();
  }
}

/** The same through cores that are there, at the start of the fixture; with what the first one came to. */
export function compareCores(
  fixture: Fixture,
  cores: readonly ExecutionCore[],
): { readonly outcome: ReplayOutcome; readonly run: FixtureRun } {
  const runs = cores.map((core) => ({ backend: core.backend, run: runFixture(fixture, core) }));
  const [first, ...others] = runs;
  if (first === undefined) throw new TypeError("Cannot replay a fixture without a backend");
  const { run } = first;
  for (const { backend, run: other } of others) {
    const found = compareRuns(run, other);
    if (found !== null) {
      const { at, difference } = found;
      const lines = run.lines.slice(0, at ?? run.lines.length);
      const what = `${place(at)}: ${first.backend} against ${backend}`;
      return { outcome: { lines, departure: { what, difference } }, run };
    }
  }
  return { outcome: againstFixture(fixture, first.backend, run), run };
}

function againstFixture(
  fixture: Fixture,
  backend: CoreBackend,
  { lines, snapshot }: FixtureRun,
): ReplayOutcome {
  const { results } = fixture.expect;
  for (const [at, line] of results === null ? [] : lines.entries()) {
    const difference = firstDifference(shownResult(line), results?.[at]);
    if (difference !== null) {
      const what = `${place(at)}: ${backend} against the fixture`;
      return { lines: lines.slice(0, at), departure: { what, difference } };
    }
  }
  const difference = firstDifference(
    within(fixture.expect, expectation({ lines, snapshot })),
    fixture.expect,
  );
  const what = `the end: ${backend} against the fixture`;
  return { lines, departure: difference === null ? null : { what, difference } };
}

/** A fixture as it stands in its file: a line per step and result, so that changes can be read. */
export function fixtureText({ config, start, steps, expect, ...rest }: Fixture): string {
  const line = (value: unknown) => JSON.stringify(value);
  const lines = (values: readonly unknown[]) =>
    values.length === 0 ? "[]" : `[\n${values.map((one) => `    ${line(one)}`).join(",\n")}\n  ]`;
  const { results, ...end } = expect;
  const members = [
    ...Object.entries(rest).map(([name, value]) => `  ${line(name)}: ${line(value)}`),
    `  "config": ${line(config)}`,
    `  "start": ${line(start)}`,
    `  "steps": ${lines(steps)}`,
    `  "expect": {\n  "results": ${results === null ? "null" : lines(results)},\n` +
    Object.entries(end).map(([name, value]) => `  ${line(name)}: ${line(value)}`).join(",\n") +
    "\n  }",
  ];
  return `{\n${members.join(",\n")}\n}\n`;
}

/**
 * The fixture with what came of it as its expectation.
 *
 * @returns the fixture, or where the backends depart from one another
 */
export function blessFixture(
  fixture: Fixture,
  backends: readonly CoreBackend[],
): { readonly fixture: Fixture; readonly departure: null } | { readonly departure: Departure } {
  const nothing = { results: null, snapshot: null, state_hash: null, economic_hash: null };
  return withCores(fixture, backends, (cores) => {
    const { outcome, run } = compareCores({ ...fixture, expect: nothing }, cores);
    if (outcome.departure !== null) return { departure: outcome.departure };
    return { fixture: { ...fixture, expect: expectation(run) }, departure: null };
  });
}

/** Everything that can be expected of a run. */
function expectation({ lines, snapshot }: FixtureRun): FixtureExpectation {
  return {
    results: lines.map(shownResult),
    snapshot,
    state_hash: snapshot.state_hash,
    economic_hash: snapshot.economic_hash,
  };
}

/** Found values, but null where the fixture expects nothing in particular. */
function within(wanted: FixtureExpectation, found: FixtureExpectation): FixtureExpectation {
  return {
    results: wanted.results === null ? null : found.results,
    snapshot: wanted.snapshot === null ? null : found.snapshot,
    state_hash: wanted.state_hash === null ? null : found.state_hash,
    economic_hash: wanted.economic_hash === null ? null : found.economic_hash,
  };
}

function shownResult(line: string): FixtureResult {
  const output = JSON.parse(line);
  return "refused" in output
    ? { result: null, refused: output.refused }
    : { result: output, refused: null };
}

function compareRuns(
  left: FixtureRun,
  right: FixtureRun,
): { readonly at: number | null; readonly difference: Difference } | null {
  for (let at = 0; at < Math.max(left.lines.length, right.lines.length); at++) {
    const line = left.lines[at], other = right.lines[at];
    if (line === other) continue;
    const difference = firstDifference(parsed(line), parsed(other));
    return { at, difference: difference ?? { pointer: "", left: line, right: other } };
  }
  const difference = firstDifference(left.snapshot, right.snapshot);
  return difference === null ? null : { at: null, difference };
}

function parsed(line: string | undefined): unknown {
  return line === undefined ? undefined : JSON.parse(line);
}

function place(at: number | null): string {
  return at === null ? "the end" : `step ${at + 1}`;
}
