/**
 * Which status may follow which; the data is `schemas/engine/legal_transitions.json`.
 *
 * @module
 */

import { LEGAL_TRANSITIONS } from "../generated/data.ts";
import type { OrderStatus } from "../generated/types.ts";

const LEGAL: ReadonlySet<string> = new Set(
  LEGAL_TRANSITIONS.map(({ from, to }) => `${from ?? ""}>${to}`),
);
const LIVE: ReadonlySet<string> = new Set(
  LEGAL_TRANSITIONS.map(({ from }) => from ?? ""),
);

/** Whether an order may move from one status to another; null is the state before creation. */
export function isLegal(from: OrderStatus | null, to: OrderStatus): boolean {
  return LEGAL.has(`${from ?? ""}>${to}`);
}

/** Whether no status may follow. */
export function isTerminal(status: OrderStatus): boolean {
  return !LIVE.has(status);
}
