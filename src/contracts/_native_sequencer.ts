/**
 * The sequencer of the native library.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import type { EngineEvent, Mode } from "./generated/types.ts";

const encoder = new TextEncoder();

/** Positions of the events of a batch in the order in which they are to be stepped. */
export function nativePositionsInOrder(events: readonly EngineEvent[], mode: Mode): Uint32Array {
  const lines = events.map((event) => JSON.stringify(event)).join("\n");
  const { columns } = callSync("contracts.sequenceBatch", { mode }, {
    action: "sequence a batch",
    attachment: encoder.encode(lines),
  });
  return columns["positions"] as Uint32Array;
}
