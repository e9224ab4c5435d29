/**
 * The order of a batch.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { sequenceBatch } from "../../../src/contracts/core/sequencer.ts";
import type { EngineEvent } from "../../../src/contracts/generated/types.ts";
import { test } from "../../harness.ts";
import { Script } from "./_script.ts";

const ids = (events: readonly EngineEvent[]) => events.map(({ event_id }) => event_id);

/** Events of one moment, each named after its place. */
function batch(): EngineEvent[] {
  const event_time = "5000000000";
  const timer = (kind: "cheat_on_open" | "normal") => ({
    type: "timer.fired" as const,
    data: { timer_id: "t", kind, scheduled_for: event_time },
  });
  const at = (event_id: string, venue: string | null = "a") => ({ event_id, event_time, venue });
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

test("events of one moment go by rank, venue, instrument and producer", () => {
  assertEquals(ids(sequenceBatch(batch(), "live")).join(""), "0123456789");
});

test("in a backtest the time comes first, as a number", () => {
  const [last, first] = batch();
  const late = { ...first, event_time: "10000000000" } as EngineEvent;
  const events = [late, last as EngineEvent];
  assertEquals(ids(sequenceBatch(events, "backtest")), ["9", "8"]);
  assertEquals(ids(sequenceBatch(events, "live")), ["8", "9"]);
});

test("the order of a batch does not depend on how it came", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(batch(), { minLength: 10 }), (events) => {
      assertEquals(ids(sequenceBatch(events, "backtest")).join(""), "0123456789");
    }),
  );
});
