/**
 * What differs between the modes of a run, and what a run may change.
 *
 * @module
 */

import type { CoreConfig, Mode } from "../../../../src/contracts/generated/types.ts";
import { cancel, CONFIG, place, Script } from "../_script.ts";
import { everyState, sealed } from "../_states.ts";
import { type Definition, fixture } from "./definition.ts";

const MODES: readonly Mode[] = ["backtest", "paper", "sandbox", "live"];

const earlyFill = () =>
  new Script().timer(place("o1"), place("o2"), place("o3"), cancel("o3"))
    .fill("o1", "f1", "0.25").fill("o2", "f2", "1").fill("o3", "f3", "0.5")
    .fill("o1", "f4", "2").report("o1", "accepted");

const missingTime = () =>
  new Script().timer().trade("100", { event_time: null, ingest_time: "1700000009000000000" }).event(
    { type: "timer.fired", data: { timer_id: "t", kind: "normal", scheduled_for: "1" } },
    { event_time: null, ingest_time: "1700000010000000000" },
    place("o1"),
  );

const timeRegression = () =>
  new Script().trade("100").trade("101", { event_time: "1699999999000000000" })
    .trade("102", { event_time: "1699999999000000000", venue: "other" }).trade("103")
    .timer(place("o1")).report("o1", "accepted")
    .report("o1", "accepted", { report_id: "late" }, { event_time: "1699999998000000000" });

/** A snapshot whose cash does not follow from its fills: the next step that moves money finds out. */
function brokenMoney(mode: Mode): Definition {
  const config: CoreConfig = { ...CONFIG, mode };
  const { snapshot, memory } = everyState(config);
  const start = sealed(config, { ...snapshot, cash: [{ currency: "USD", amount: "1" }] }, memory);
  return {
    path: `modes/${mode}/broken_invariant`,
    description: "An invariant fails: the step is kept and new orders are halted",
    config,
    start,
    steps: new Script(snapshot.seq_id).trade("100").fill("accepted", "f9", "0.5")
      .timer(place("denied")).steps,
  };
}

/** Fixtures of every mode. */
export const MODE_FIXTURES: readonly Definition[] = MODES.flatMap((mode) => [
  fixture(`modes/${mode}/early_fill`, "Fills before the order is accepted", earlyFill(), { mode }),
  fixture(`modes/${mode}/missing_event_time`, "Events without a time", missingTime(), { mode }),
  fixture(`modes/${mode}/time_regression`, "Events that come late", timeRegression(), { mode }),
  fixture(
    `modes/${mode}/overrides`,
    "Both rules that a run may change are turned round",
    earlyFill().trade("100").trade("101", { event_time: "1699999999000000000" }),
    {
      mode,
      policy_overrides: mode === "backtest"
        ? { early_fill: "imply", time_regression: "flag" }
        : { early_fill: "reject", time_regression: "reject" },
    },
  ),
  ...(mode === "sandbox" || mode === "live" ? [brokenMoney(mode)] : []),
]);
