/**
 * Whether a run may start: what the policy of its mode asks for must be there.
 *
 * @module
 */

import { checkInteger, checkObject, checkOneOf, show } from "../../_check.ts";
import { ContractError } from "../../errors.ts";
import { MODE_POLICY } from "../generated/data.ts";
import type { ModePolicyRow } from "../generated/types.ts";
import type { ContractRunOptions } from "./options.ts";

/** What a caller is told could not be done. */
export const START = "start a run";

const MODES = MODE_POLICY.map(({ mode }) => mode);

/**
 * The policy of the run's mode, if the run keeps it.
 *
 * @throws {TypeError} or {@linkcode RangeError} if an option has the wrong form
 * @throws {ContractError} `contract_run_policy`
 */
export function admit(options: ContractRunOptions): Readonly<ModePolicyRow> {
  checkForm(options);
  const { config, venue, killSwitch, confirm, onAlert } = options;
  const policy = MODE_POLICY.find(({ mode }) => mode === config.mode);
  if (policy === undefined) throw new TypeError(`Cannot ${START}: "${config.mode}" has no policy`);
  const refuse = (rule: keyof ModePolicyRow, what: string) => {
    throw new ContractError(
      "contract_run_policy",
      `Cannot ${START} in mode ${policy.mode}${what}`,
      {
        data: { rule, mode: policy.mode },
      },
    );
  };
  if (policy.execution_path === "simulator" && venue.simulated !== true) {
    refuse("execution_path", `: it sends nothing out, and "${venue.venue}" is no simulated venue`);
  }
  if (policy.core_environment === "forbidden" && venue.drain === undefined) {
    refuse(
      "core_environment",
      `: it must not depend on when reports arrive, and "${venue.venue}" cannot drain them`,
    );
  }
  if (policy.kill_switch && killSwitch === undefined) {
    refuse("kill_switch", " without a killSwitch");
  }
  if (policy.explicit_confirmation && confirm !== config.run_id) {
    refuse(
      "explicit_confirmation",
      ` as confirm must name the run, "${config.run_id}": current value is ${show(confirm)}`,
    );
  }
  if (policy.invariant_violation === "halt_and_alert" && onAlert === undefined) {
    refuse("invariant_violation", " without an onAlert");
  }
  return policy;
}

function checkForm(options: ContractRunOptions): void {
  checkObject(START, "options", options);
  const { config, venue, strategy, capacity = 1, attempts = 1, maxOrdersPerEvent = 1 } = options;
  checkObject(START, "config", config);
  checkOneOf(START, "config.mode", config.mode, MODES);
  checkObject(START, "venue", venue);
  checkObject(START, "strategy", strategy);
  if (typeof strategy.id !== "string" || typeof strategy.onEvent !== "function") {
    throw new TypeError(`Cannot ${START} as strategy must have an id and a function onEvent`);
  }
  checkInteger(START, "capacity", capacity, 1, 1_048_576);
  checkInteger(START, "attempts", attempts, 1, 1000);
  checkInteger(START, "maxOrdersPerEvent", maxOrdersPerEvent, 1, 0xffff_ffff);
  for (const name of ["killSwitch", "signal"] as const) {
    if (options[name] === undefined || options[name] instanceof AbortSignal) continue;
    throw new TypeError(
      `Cannot ${START} as ${name} must be an AbortSignal: current value is ${show(options[name])}`,
    );
  }
  for (const name of ["now", "onAlert", "observe", "onRefused", "log"] as const) {
    if (options[name] === undefined || typeof options[name] === "function") continue;
    throw new TypeError(
      `Cannot ${START} as ${name} must be a function: current value is ${show(options[name])}`,
    );
  }
}
