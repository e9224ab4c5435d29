/**
 * Commands to the core itself.
 *
 * @module
 */

import type { ControlCommand } from "../generated/types.ts";
import { readMoney } from "./decimal.ts";
import { APPLIED, type Effect, rejected, type Verdict } from "./effect.ts";
import { cancel } from "./intents.ts";
import { adjust } from "./ledger.ts";
import type { State } from "./state.ts";
import { sorted } from "./table.ts";

/** Applies a command. */
export function applyCommand(state: State, data: ControlCommand, effect: Effect): Verdict {
  switch (data.command) {
    case "halt":
    case "shutdown":
      state.scalars.halted = true;
      return APPLIED;
    case "resume":
      state.scalars.halted = false;
      return APPLIED;
    case "cancel_all":
      for (const [id, order] of sorted(state.live)) {
        if (data.instrument === null || data.instrument === order.instrument) {
          cancel(state, id, effect);
        }
      }
      return APPLIED;
    case "set_risk_flag":
      if (data.flag === null || data.value === null) return lacks(data, "flag and value");
      state.flags.set(data.flag, data.value);
      return APPLIED;
    case "account_adjustment":
      if (data.currency === null || data.amount === null) return lacks(data, "currency and amount");
      adjust(state, data.currency, readMoney(data.amount), effect);
      return APPLIED;
    case "reconcile":
    case "checkpoint":
      return APPLIED;
  }
}

function lacks({ command }: ControlCommand, what: string): Verdict {
  return rejected("SEMANTIC_INVALID", `${command} needs ${what}`);
}
