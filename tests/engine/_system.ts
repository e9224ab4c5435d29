/**
 * Shared set-up of the tests of running systems.
 *
 * @module
 */

import {
  type AuditTick,
  type OpenRequest,
  System,
  type SystemOptions,
  type SystemStats,
} from "../../src/engine/mod.ts";
import { turn } from "../harness.ts";
import { pair } from "./_setup.ts";

/** A system of two pairs, fed by hand, whose exchange answers after a millisecond. */
export function handFed(options: Partial<SystemOptions> = {}): Promise<System> {
  return System.start({
    instruments: [pair("btc"), pair("eth")],
    execution: [{
      exchange: "binance_spot",
      feeRate: "0.01",
      latencyMs: 1,
      balances: { usdt: "100000", btc: "0", eth: "0" },
    }],
    ...options,
  });
}

let second = 0;

/** One trade, a second after the one before. */
export function print(instrument: number, price: number): object {
  const time = new Date(Date.UTC(2025, 0, 1, 12, 0, ++second)).toISOString();
  return { kind: "trade", time, instrument, price, amount: 1, side: "buy" };
}

/** Resolves when the counters are as wanted; the test's own time limit is the guard. */
export async function until(
  system: System,
  wanted: (stats: SystemStats) => boolean,
): Promise<SystemStats> {
  for (;;) {
    const { stats } = system;
    if (wanted(stats)) return stats;
    await turn();
  }
}

/** Resolves when no order is on its way. */
export async function settled(system: System): Promise<void> {
  await until(system, ({ unanswered }) => unanswered === 0);
}

/** The orders a strategy has sent, according to the ticks. */
export function sentOrders(ticks: readonly AuditTick[]): readonly OpenRequest[] {
  return ticks.flatMap(({ event }) =>
    event.type !== "process"
      ? []
      : event.outputs.flatMap((output) =>
        output.kind === "algoOrders" ? output.action.cancelsAndOpens.opens.sent : []
      )
  );
}
