/**
 * What pulling the kill switch of a run does.
 *
 * @module
 */

import { commandEvent, derivedId } from "../_synthetic.ts";
import type { ControlCommand, EngineEvent, TimeNs } from "../generated/types.ts";

/** Producer of its events. */
export const KILL_SWITCH = "kill_switch";

/** The commands, in order; the first one is enough to stop new orders. */
const COMMANDS: readonly (Pick<ControlCommand, "command"> & Partial<ControlCommand>)[] = [
  { command: "set_risk_flag", flag: "kill_switch", value: true },
  { command: "halt" },
  { command: "cancel_all" },
];

/**
 * The events that the kill switch makes.
 *
 * @param step the last one before; a run that went on may be stopped again
 * @param time null where it is that of the arrival
 */
export function killCommands(
  runId: string,
  step: number,
  time: TimeNs | null,
  ingestTime: TimeNs | null,
): EngineEvent[] {
  return COMMANDS.map((data) => {
    const parts = [runId, String(step), data.command];
    const head = {
      id: derivedId("kill", ...parts),
      time,
      ingestTime,
      venue: null,
      instrument: null,
      producer: KILL_SWITCH,
      synthetic: false,
    };
    const command_id = derivedId("command", ...parts);
    return commandEvent(head, { ...data, command_id, reason: "kill switch" });
  });
}
