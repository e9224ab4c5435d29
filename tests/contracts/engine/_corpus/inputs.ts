/**
 * Every input on an order in every state: a row of the table per fixture, a step per cell.
 *
 * @module
 */

import { INPUTS } from "../_inputs.ts";
import { CONFIG, place, replace, Script } from "../_script.ts";
import { everyState, STATES } from "../_states.ts";
import { type Definition, fixture } from "./definition.ts";

const start = everyState();

function row([name, input]: typeof INPUTS[number]): Definition {
  const script = new Script(start.snapshot.seq_id);
  for (const state of STATES) input(script, state);
  return {
    path: `inputs/${name.replaceAll(" ", "_")}`,
    description: `${name} on an order in every state`,
    config: CONFIG,
    start,
    steps: script.steps,
  };
}

function replaceRejected(): Definition {
  const script = new Script(start.snapshot.seq_id);
  for (const state of ["accepted", "partially_filled"]) {
    script.timer(replace(state, { quantity: "2" }), replace(state, { quantity: "3" }))
      .report(state, "replace_rejected");
  }
  return {
    path: "inputs/report_replace_rejected_while_pending",
    description: "report replace_rejected on orders that a replace is pending for",
    config: CONFIG,
    start,
    steps: script.steps,
  };
}

/** A fixture per input. */
export const INPUT_FIXTURES: readonly Definition[] = [
  ...INPUTS.map(row),
  replaceRejected(),
  fixture("inputs/send", "A placement that is allowed is sent", new Script().timer(place("o1"))),
  fixture(
    "inputs/deny_risk",
    "A placement above a limit leaves a rejected order",
    new Script().timer(place("o1", { quantity: "2" }), place("o2")),
    { risk: { ...CONFIG.risk, max_order_quantity: "1" } },
  ),
  fixture(
    "inputs/deny_capability",
    "A placement that the venue cannot take leaves a rejected order",
    new Script().timer(place("o1", { time_in_force: "ioc" }), place("o2"))
      .report("o2", "accepted").timer(replace("o2", { quantity: "2" })),
    { capabilities: { order_types: ["limit"], time_in_force: ["gtc"], replace: false } },
  ),
  fixture(
    "inputs/unknown_order",
    "Every input that names an order which does not exist",
    INPUTS.reduce((script, [, input]) => input(script, "nobody"), new Script()),
  ),
];
