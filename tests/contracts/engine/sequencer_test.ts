/**
 * The order of a batch, by every backend.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BACKENDS } from "../../../src/contracts/create_core.ts";
import { sequenceBatch } from "../../../src/contracts/sequence_batch.ts";
import type { EngineEvent, Mode } from "../../../src/contracts/generated/types.ts";
import { ContractError } from "../../../src/errors.ts";
import { test } from "../../harness.ts";
import { Script } from "./_script.ts";

const ids = (events: readonly EngineEvent[]) => events.map(({ event_id }) => event_id);
const moment = "5000000000";
const timer = (kind: "cheat_on_open" | "normal") => ({
  type: "timer.fired" as const,
  data: { timer_id: "t", kind, scheduled_for: moment },
});

/** Events of one moment, each named after its place. */
function batch(): EngineEvent[] {
  const at = (event_id: string, venue: string | null = "a") => ({
    event_id,
    event_time: moment,
    venue,
  });
  const script = new Script()
    .event(timer("normal"), at("9"))
    .fill("o", "f", "1", {}, at("8"))
    .event(timer("cheat_on_open"), at("7"))
    .trade("1", { ...at("6", "b"), producer: { name: "p", index: 0 } })
    .trade("1", { ...at("5"), producer: { name: "p", index: 10 } })
    .trade("1", { ...at("4"), producer: { name: "p", index: 9 } })
    .trade("1", { ...at("3"), producer: { name: "o", index: 10 } })
    .trade("1", { ...at("2"), instrument: null })
    .trade("1", at("1", null))
    .command("halt", {}, at("0"));
  return script.steps.map(({ event }) => event);
}

/** One event per kind of rank. */
const kinds: readonly EngineEvent[] = new Script()
  .trade("1")
  .event({
    type: "market.quote",
    data: { bid_price: "1", bid_size: "1", ask_price: null, ask_size: null },
  })
  .fill("o", "f", "1")
  .report("o", "accepted")
  .command("halt")
  .event(timer("normal"))
  .event(timer("cheat_on_open"))
  .steps.map(({ event }) => event);

/** Any event, of few names and times, so that much is equal. */
const anyEvent: fc.Arbitrary<EngineEvent> = fc.record({
  kind: fc.constantFrom(...kinds),
  event_id: fc.constantFrom("a", "A", "a1", "a10", "a9", "a/b", "z"),
  event_time: fc.constantFrom(null, "-10", "-9", "0", "9", "10", "9223372036854775807"),
  venue: fc.constantFrom(null, "a", "a.b", "a-b", "B"),
  instrument: fc.constantFrom(null, "A/BC", "A/BC:x", "A1/BC"),
  name: fc.constantFrom("p", "p2", "p10"),
  index: fc.constantFrom(0, 2, 10, 65535),
}).map(({ kind, name, index, ...members }) => ({
  ...kind,
  ...members,
  producer: { name, index },
}));
const anyMode = fc.constantFrom<Mode[]>("backtest", "paper", "sandbox", "live");

for (const backend of BACKENDS) {
  const sequence = (events: readonly EngineEvent[], mode: Mode) =>
    sequenceBatch(events, mode, { backend });

  test(`${backend}: events of one moment go by rank, venue, instrument and producer`, () => {
    assertEquals(ids(sequence(batch(), "live")).join(""), "0123456789");
    assertEquals(sequence([], "live"), []);
  });

  test(`${backend}: in a backtest the time comes first, as a number`, () => {
    const [last, first] = batch();
    const late = { ...first, event_time: "10000000000" } as EngineEvent;
    const events = [late, last as EngineEvent];
    assertEquals(ids(sequence(events, "backtest")), ["9", "8"]);
    assertEquals(ids(sequence(events, "live")), ["8", "9"]);
  });

  test(`${backend}: the order of a batch does not depend on how it came`, () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(batch(), { minLength: 10 }), (events) => {
        assertEquals(ids(sequence(events, "backtest")).join(""), "0123456789");
      }),
    );
  });

  test(`${backend}: what is equal stays as it came, and the batch too`, () => {
    const [event] = kinds as [EngineEvent];
    const events = ["c", "a", "b"].map((id) => ({ ...event, idempotency_key: id }));
    assertEquals(sequence(events, "live"), events);
    const [command, trade] = [batch()[9], batch()[8]] as [EngineEvent, EngineEvent];
    const given = [trade, command];
    assertEquals(sequence(given, "live"), [command, trade]);
    assertEquals(given, [trade, command]);
  });

  test(`${backend}: an event that cannot be read is refused where it stands`, () => {
    const [event] = kinds as [EngineEvent];
    const wrong = { ...event, producer: ["p", 0] } as unknown as EngineEvent;
    const error = assertThrows(() => sequence([event, wrong], "live"), ContractError);
    assertEquals([error.code, error.data?.["pointer"]], ["contract_refused", "/1/producer"]);
  });
}

test("both backends put any batch in the same order", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), anyMode, (events, mode) => {
      const [first, ...others] = BACKENDS.map((backend) =>
        sequenceBatch(events, mode, { backend })
      );
      for (const other of others) assertEquals(other, first);
    }),
    { numRuns: 300 },
  );
});

test("a backend or mode that there is not is refused", () => {
  const backend = "wasm" as "rust";
  assertThrows(() => sequenceBatch([], "live", { backend }), TypeError, "backend");
  assertThrows(() => sequenceBatch([], "test" as "live"), TypeError, "mode");
});
