/**
 * A core in which there is an order in every state, named after it.
 *
 * @module
 */

import { createCore } from "../../../src/contracts/create_core.ts";
import type { CoreMemory } from "../../../src/contracts/execution_core.ts";
import { Engine } from "../../../src/contracts/core/engine.ts";
import { load } from "../../../src/contracts/core/restore.ts";
import type {
  CoreConfig,
  CoreSnapshot,
  OrderRecord,
} from "../../../src/contracts/generated/types.ts";
import { cancel, CONFIG, place, Script } from "./_script.ts";

/** Where a core goes on. */
export interface Start {
  readonly snapshot: CoreSnapshot;
  readonly memory: CoreMemory;
}

/** Every state of an order; `cancel_pending` once for each status that it can go back to. */
export const STATES = [
  "created",
  "submitted",
  "accepted",
  "partially_filled",
  "cancel_pending.submitted",
  "cancel_pending.accepted",
  "cancel_pending.partially_filled",
  "filled",
  "cancelled",
  "rejected",
  "expired",
] as const;

/** Name of a state. */
export type StateName = typeof STATES[number];

/** Snapshot with the hashes that follow from the rest of it. */
export function sealed(config: CoreConfig, snapshot: CoreSnapshot, memory: CoreMemory): Start {
  const engine = new Engine(config);
  load(engine, snapshot, memory);
  return { snapshot: engine.hasher.snapshot([]), memory };
}

/** Brings orders of 1 BTC/USD into every state. An order is created only until it is sent. */
export function everyState(config: CoreConfig = CONFIG): Start {
  const names = STATES.filter((state) => state !== "created");
  const script = new Script().timer(...names.map((name) => place(name)));
  for (const name of names) {
    if (["submitted", "cancel_pending.submitted", "rejected"].includes(name)) continue;
    script.report(name, "accepted");
    if (name.endsWith("partially_filled")) script.fill(name, "f1", "0.4");
  }
  script.timer(
    ...names.filter((name) => name.startsWith("cancel_pending")).map((one) => cancel(one)),
  )
    .fill("filled", "f1", "1")
    .report("cancelled", "cancelled")
    .report("rejected", "rejected")
    .report("expired", "expired");
  const core = createCore(config, { backend: "typescript", validation: "full" });
  for (const { event, intents } of script.steps) core.step(event, intents);
  const snapshot = core.snapshot(), memory = core.memory();
  core.close();
  const created: OrderRecord = {
    ...snapshot.orders.find(({ order_id }) => order_id === "submitted") as OrderRecord,
    order_id: "created",
    status: "created",
    transitions: 1,
  };
  return sealed(config, { ...snapshot, orders: [...snapshot.orders, created] }, memory);
}
