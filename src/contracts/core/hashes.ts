/**
 * Snapshots and their hashes; the cost of a step's hash follows what can still change, not every
 * order ever.
 *
 * @module
 */

import type { CoreConfig, CoreSnapshot, CurrencyAmount, OrderRecord } from "../generated/types.ts";
import { decimalText, moneyText } from "./decimal.ts";
import { type Order, orderRecord } from "./order.ts";
import { hashOf, NO_HASH, sha256 } from "./sha256.ts";
import type { State } from "./state.ts";
import { sorted, type Table } from "./table.ts";

/** Hashes of an order: whole, and without what depends on the numbering of steps. */
interface OrderHashes {
  readonly state: string;
  readonly economic: string;
}

/** Both hashes of a state. */
export interface StateHashes {
  readonly stateHash: string;
  readonly economicHash: string;
}

/** Everything of a snapshot but its orders and hashes. */
type Rest = Omit<CoreSnapshot, "orders" | "state_hash" | "economic_hash">;

/** Computes snapshots and hashes of one core. */
export class Hasher {
  readonly #config: CoreConfig;
  readonly #state: State;
  readonly #orders = new WeakMap<Order, OrderHashes>();
  /** Fold over the orders that ended in committed steps, but for those in `#unfolded`. */
  #closed: OrderHashes = { state: NO_HASH, economic: NO_HASH };
  #unfolded: Order[] = [];

  constructor(config: CoreConfig, state: State) {
    this.#config = config;
    this.#state = state;
  }

  /** Takes note of the orders that ended in a committed step. */
  commit(ended: readonly Order[]): void {
    this.#unfolded.push(...inOrder(ended));
  }

  /** Hashes of the state as it is; `ended` are the orders that the open step ended. */
  hashes(ended: readonly Order[]): StateHashes {
    return this.#hashes(this.#rest(), ended);
  }

  /** The whole state. */
  snapshot(ended: readonly Order[]): CoreSnapshot {
    const rest = this.#rest();
    const orders: OrderRecord[] = [...this.#state.live.values(), ...this.#state.closed.values()]
      .sort((a, b) => (a.id < b.id ? -1 : 1)).map(orderRecord);
    const { stateHash, economicHash } = this.#hashes(rest, ended);
    return { ...rest, orders, state_hash: stateHash, economic_hash: economicHash };
  }

  #hashes(rest: Rest, ended: readonly Order[]): StateHashes {
    this.#closed = this.#fold(this.#closed, this.#unfolded);
    this.#unfolded = [];
    const closed = this.#fold(this.#closed, inOrder(ended));
    const live = sorted(this.#state.live).map(([, order]) => this.#order(order));
    const { adjustments, cash, fees_paid, halted, positions, risk_flags } = rest;
    const economicHash = hashOf({
      adjustments,
      cash,
      fees_paid,
      halted,
      orders: { closed: closed.economic, live: live.map(({ economic }) => economic) },
      positions,
      risk_flags,
    });
    const { snapshot_id: _, ...hashed } = rest;
    const stateHash = hashOf({
      ...hashed,
      economic_hash: economicHash,
      orders: { closed: closed.state, live: live.map(({ state }) => state) },
    });
    return { stateHash, economicHash };
  }

  #fold(start: OrderHashes, orders: readonly Order[]): OrderHashes {
    let { state, economic } = start;
    for (const order of orders) {
      const own = this.#order(order);
      state = sha256(state + own.state);
      economic = sha256(economic + own.economic);
    }
    return { state, economic };
  }

  #order(order: Order): OrderHashes {
    const known = this.#orders.get(order);
    if (known !== undefined) return known;
    const record = orderRecord(order);
    const { last_seq: _seq, trace_id: _trace, ...economic } = record;
    const hashes = { state: hashOf(record), economic: hashOf(economic) };
    this.#orders.set(order, hashes);
    return hashes;
  }

  #rest(): Rest {
    const { base_currency, mode, run_id } = this.#config;
    const state = this.#state;
    const { stepSeq, seqId, asOf, halted } = state.scalars;
    return {
      schema: "core_snapshot/1.0",
      snapshot_id: `${run_id}/${stepSeq}`,
      run_id,
      mode,
      step_seq: stepSeq,
      seq_id: seqId,
      as_of: asOf === null ? null : String(asOf),
      base_currency,
      initial_cash: Array.from(
        [...state.initial].sort(([a], [b]) => (a < b ? -1 : 1)),
        ([currency, amount]) => ({ currency, amount: moneyText(amount) }),
      ),
      adjustments: amounts(state.adjustments),
      cash: amounts(state.cash),
      fees_paid: amounts(state.fees),
      positions: sorted(state.holdings).map(([instrument, holding]) => ({
        instrument,
        quantity: decimalText(holding.quantity),
        cost: moneyText(holding.cost),
        avg_price: holding.averagePrice === null ? null : decimalText(holding.averagePrice),
        realized_pnl: moneyText(holding.realized),
      })),
      marks: sorted(state.marks).map(([instrument, price]) => ({
        instrument,
        price: moneyText(price),
      })),
      risk_flags: [...state.flags.entries()].sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([flag, value]) => ({ flag, value })),
      cursors: sorted(state.cursors).map(([stream, { time, index }]) => ({
        stream,
        last_event_time: String(time),
        index,
      })),
      idempotency: { count: state.keys.size, digest: state.keys.digest() },
      halted,
    };
  }
}

/** Ended orders as they are folded: by the step that ended them, then by id. */
function inOrder(ended: readonly Order[]): Order[] {
  return [...ended].sort((a, b) => a.lastSeq - b.lastSeq || (a.id < b.id ? -1 : 1));
}

function amounts(table: Table<string, bigint>): CurrencyAmount[] {
  return sorted(table).map(([currency, amount]) => ({ currency, amount: moneyText(amount) }));
}
