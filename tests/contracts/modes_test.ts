/**
 * Every fixture in every mode: nothing differs but what the ledger of divergences lists.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { canonicalJson } from "../../src/contracts/json/json.ts";
import { comparable as forCompare } from "../../src/contracts/core/comparison_form.ts";
import { MODE_POLICY } from "../../src/contracts/generated/data.ts";
import {
  BACKENDS,
  type CoreBackend,
  type CoreConfig,
  createCore,
  type ErrorCode,
  type ExecutionStepResult,
  type Fixture,
  type FixtureStep,
  type Mode,
  restoreCore,
  SimulatedVenue,
} from "../../src/contracts/mod.ts";
import { ContractError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { at, command, config, Desk, terms, trade } from "./_desk.ts";
import { divergences } from "./_divergences.ts";
import { readFixture, runFixtures } from "./engine/_fixtures.ts";
import { sealed } from "./engine/_states.ts";

/** What came of a step: a result, a refusal, or a violated invariant, at which the run stops. */
type Line =
  | { readonly result: ExecutionStepResult }
  | { readonly refused: unknown }
  | { readonly stopped: true };

const MODES: readonly Mode[] = ["backtest", "paper", "sandbox", "live"];
const encoder = new TextEncoder(), decoder = new TextDecoder();

function core(fixture: Fixture, mode: Mode, backend: CoreBackend) {
  const config: CoreConfig = { ...fixture.config, mode };
  const options = { backend, validation: "full" } as const;
  if (fixture.start === null) return createCore(config, options);
  const { snapshot, memory } = fixture.start;
  const start = sealed(config, { ...snapshot, mode }, memory);
  return restoreCore(config, start.snapshot, start.memory, options);
}

function run(fixture: Fixture, mode: Mode, backend: CoreBackend): Line[] {
  using running = core(fixture, mode, backend);
  const lines: Line[] = [];
  for (const step of fixture.steps) {
    try {
      const answer = running.stepLines(encoder.encode(canonicalJson(step)));
      const parsed = JSON.parse(decoder.decode(answer));
      lines.push("refused" in parsed ? parsed : { result: parsed });
    } catch (error) {
      if (!(error instanceof ContractError) || error.code !== "contract_invariant") throw error;
      lines.push({ stopped: true });
      break;
    }
  }
  return lines;
}

/** A line without the mode and the hashes that it enters; the economic hash stays. */
function comparable(line: Line | undefined): string {
  if (line === undefined || !("result" in line)) return canonicalJson(line ?? null);
  const { mode: _mode, snapshot_hash: _state, prev_hash: _prev, step_hash: _step, ...result } =
    line.result;
  return canonicalJson(forCompare(result));
}

/** What orders, cash and positions are after a line. */
function economy(line: Line): string | null {
  return "result" in line ? line.result.economic_hash : null;
}

/** Checks of a fill behind the one whether its order is accepted. */
const LATER_CHECKS: ReadonlySet<ErrorCode | null> = new Set(
  [
    "NON_POSITIVE_QUANTITY",
    "OVERFILL",
    "CUM_FILLED_MISMATCH",
  ] as const,
);

/** The row of the ledger that lets a step differ between a mode and the next one, or null. */
function reason(step: FixtureStep, line: Line, next: Line): string | null {
  if ("stopped" in line) {
    return "result" in next && next.result.invariants.violations.length > 0 ? "MDL-006" : null;
  }
  if (!("result" in line) || !("result" in next)) return null;
  const { code } = line.result.event_result;
  const remarks = next.result.event_result.diagnostics.map(({ code }) => code);
  if (code === "MISSING_EVENT_TIME" && step.event.event_time === null) return "MDL-001";
  if (code === "FILL_BEFORE_ACCEPT") {
    const then = next.result.event_result.code;
    return remarks.includes("IMPLIED_ACCEPT") || LATER_CHECKS.has(then) ? "MDL-004" : null;
  }
  if (code === "TIME_REGRESSION") {
    const { outcome, code: then } = next.result.event_result;
    const judged = outcome === "applied" ? remarks.includes("LATE_EVENT") : then !== code;
    return judged ? "MDL-005" : null;
  }
  return null;
}

for (const backend of BACKENDS) {
  test(`Every fixture does the same in every mode, but for what the ledger lists: ${backend}`, () => {
    const active = new Set(
      divergences().filter(({ status }) => status === "active").map(({ id }) => id),
    );
    const seen = new Set<string>();
    for (const path of runFixtures()) {
      const fixture = readFixture(path);
      const runs = MODES.map((mode) => run(fixture, mode, backend));
      for (const [index, lines] of runs.slice(0, -1).entries()) {
        const next = runs[index + 1] ?? [];
        for (const [at, step] of fixture.steps.entries()) {
          const [line, other] = [lines[at], next[at]];
          if (comparable(line) === comparable(other)) continue;
          const where = `${path}, step ${at + 1}: ${MODES[index]} against ${MODES[index + 1]}`;
          assert(line !== undefined && other !== undefined, where);
          const id = reason(step, line, other);
          assert(id !== null, `${where}\n${comparable(line)}\n${comparable(other)}`);
          assert(active.has(id), `${where} differ by ${id}, which is not active`);
          seen.add(id);
          // With other orders, cash or positions the rest differs for the reason that was found.
          if (economy(line) !== economy(other)) break;
        }
      }
    }
    assertEquals([...seen].sort(), ["MDL-001", "MDL-004", "MDL-005", "MDL-006"]);
  });
}

test("The mode policy is the table of the contracts", () => {
  // MDL-001, MDL-002, MDL-004, MDL-005, MDL-006, MDL-008, MDL-009, MDL-010, MDL-011, MDL-012
  const columns = (rule: keyof typeof MODE_POLICY[number]) => MODE_POLICY.map((row) => row[rule]);
  assertEquals(columns("mode"), [...MODES]);
  const ingest = "ingest_time", clock = "clock_only", drop = "drop_market_data";
  assertEquals(columns("missing_event_time"), ["reject", ingest, ingest, ingest]);
  assertEquals(columns("execution_path"), ["simulator", "simulator", "venue", "venue"]);
  assertEquals(columns("early_fill"), ["reject", "imply", "imply", "imply"]);
  assertEquals(columns("time_regression"), ["reject", "flag", "flag", "flag"]);
  assertEquals(columns("invariant_violation"), ["stop", "stop", "halt", "halt_and_alert"]);
  assertEquals(columns("authority"), ["local", "local_first", "local_first", "venue"]);
  assertEquals(columns("core_environment"), ["forbidden", clock, clock, clock]);
  assertEquals(columns("queue_full"), ["block", "block", drop, drop]);
  assertEquals(columns("kill_switch"), [false, false, true, true]);
  assertEquals(columns("explicit_confirmation"), [false, false, false, true]);
});

test("A simulated fill bears the time of the market event, a venue's fill its own or its arrival's", async () => {
  // MDL-003
  const venue = new SimulatedVenue({ balances: [{ currency: "USD", amount: "10000" }] });
  await venue.connect();
  await using desk = new Desk(venue, "live");
  await desk.send({ type: "place_order", data: terms("o1") });
  await desk.until("o1", "accepted");
  venue.market(trade(77, "100", "0.5"));
  await desk.until("o1", "partially_filled");
  const simulated = desk.log.at(-1)?.event;
  assertEquals(simulated?.event_time, at(77));
  assert(simulated?.body.type === "order.fill");
  const { body } = simulated;
  const late = { ...simulated, seq_id: null, trace: null, event_time: null, ingest_time: at(99) };
  const fill = { ...body.data, fill_id: "late", cum_filled: null, remaining: null };
  const arrived = desk.step({ ...late, body: { ...body, data: fill } });
  assertEquals([arrived.event_result.outcome, arrived.event.event_time], ["applied", at(99)]);
  const [transition] = arrived.event_result.transitions;
  assertEquals(transition?.at, at(99));
});

test("A backtest remembers every key, other modes the newest 100,000", () => {
  // MDL-007
  const line = (number: number) =>
    canonicalJson({
      event: command(number, { command_id: `c${number}`, command: "reconcile" }),
    });
  const lines = Array.from({ length: 100_001 }, (_, number) => line(number)).join("\n");
  const again = encoder.encode(canonicalJson({
    event: { ...JSON.parse(line(0)).event, event_time: at(100_001) },
  }));
  const applied = 0, duplicate = 1;
  for (const backend of BACKENDS) {
    for (const [mode, outcome] of [["backtest", duplicate], ["paper", applied]] as const) {
      using core = createCore(config(mode), { backend, validation: "off" });
      core.advance(encoder.encode(lines));
      assertEquals(core.advance(again)[0], outcome, `${backend} ${mode}`);
    }
  }
});
