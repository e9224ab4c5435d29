/**
 * A core from a snapshot and the memory beside it.
 *
 * @module
 */

import { show } from "../../_check.ts";
import { canonicalJson } from "../json/json.ts";
import { ContractError } from "../../errors.ts";
import type { CoreMemory } from "../execution_core.ts";
import type { CoreSnapshot } from "../generated/types.ts";
import { readDecimal, readMoney } from "./decimal.ts";
import type { Engine } from "./engine.ts";
import { sumUp } from "./invariants.ts";
import { isTerminal } from "./legal.ts";
import { orderOf } from "./order.ts";
import { isReadableMemory } from "./readable.ts";

/**
 * Fills a new engine. The state is checked by its hashes: what the engine then shows must be the
 * snapshot, to the last byte.
 *
 * @throws {ContractError} `contract_snapshot`
 */
export function restore(engine: Engine, snapshot: CoreSnapshot, memory: CoreMemory): void {
  const { run_id, mode } = engine.config;
  if (snapshot.run_id !== run_id || snapshot.mode !== mode) {
    throw refusal(
      `it is of run "${snapshot.run_id}" in mode ${snapshot.mode}, ` +
        `the configuration of run "${run_id}" in mode ${mode}`,
    );
  }
  requireMemory(memory);
  load(engine, snapshot, memory);
  const own = engine.hasher.snapshot([]);
  if (canonicalJson(own) === canonicalJson(snapshot)) return;
  const differs = (Object.keys(own) as (keyof CoreSnapshot)[])
    .find((name) => canonicalJson(own[name]) !== canonicalJson(snapshot[name]));
  throw refusal(`its "${differs}" does not follow from the rest of it and the memory`);
}

function requireMemory(memory: CoreMemory): void {
  if (!isReadableMemory(memory)) {
    throw refusal(
      "the memory beside it must be { keys: [{ key, body_hash }], prev_hash }, " +
        "with hashes of 64 lower-case hexadecimal digits",
    );
  }
  const keys = new Set<string>();
  for (const { key } of memory.keys) {
    if (keys.has(key)) throw refusal(`the memory beside it has the key ${show(key)} twice`);
    keys.add(key);
  }
}

/** Fills a new engine, without any check. */
export function load(
  { state, hasher }: Engine,
  snapshot: CoreSnapshot,
  memory: CoreMemory,
): void {
  state.scalars = {
    stepSeq: snapshot.step_seq,
    seqId: snapshot.seq_id,
    asOf: snapshot.as_of === null ? null : BigInt(snapshot.as_of),
    halted: snapshot.halted,
    prevHash: memory.prev_hash,
  };
  for (const [currency] of [...state.cash.entries()]) state.cash.delete(currency);
  for (const { currency, amount } of snapshot.cash) state.cash.set(currency, readMoney(amount));
  for (const { currency, amount } of snapshot.adjustments) {
    state.adjustments.set(currency, readMoney(amount));
  }
  for (const { currency, amount } of snapshot.fees_paid) {
    state.fees.set(currency, readMoney(amount));
  }
  for (const { instrument, quantity, cost, avg_price, realized_pnl } of snapshot.positions) {
    state.holdings.set(instrument, {
      quantity: readDecimal(quantity),
      cost: readMoney(cost),
      averagePrice: avg_price === null ? null : readDecimal(avg_price),
      realized: readMoney(realized_pnl),
    });
  }
  for (const { instrument, price } of snapshot.marks) state.marks.set(instrument, readMoney(price));
  for (const { flag, value } of snapshot.risk_flags) state.flags.set(flag, value);
  for (const { stream, last_event_time, index } of snapshot.cursors) {
    state.cursors.set(stream, { time: BigInt(last_event_time), index });
  }
  const orders = snapshot.orders.map(orderOf);
  for (const order of orders) {
    (isTerminal(order.status) ? state.closed : state.live).set(order.id, order);
  }
  sumUp(state);
  hasher.commit(orders.filter(({ status }) => isTerminal(status)));
  state.commit();
  state.keys.load(memory.keys, (id) => state.live.has(id));
}

function refusal(reason: string): ContractError {
  return new ContractError(
    "contract_snapshot",
    `Cannot restore a core from the snapshot: ${reason}`,
  );
}
