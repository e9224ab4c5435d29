/**
 * Engine states: snapshots, and replicas that follow audit ticks.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { checkArray } from "../_check.ts";
import { sharedHandle, shareHandle } from "../_native_handle.ts";
import type { AuditTick } from "./audit.ts";
import type { AuditContext } from "./audit_types.ts";
import type { AssetAmounts, ExactInstrumentState } from "./strategy.ts";

/** Everything an engine knows, with exact figures. */
export interface EngineState {
  /** Whether strategies may trade. */
  readonly tradingState: "enabled" | "disabled";
  /** Whether the market data and the account of every exchange are connected. */
  readonly healthy: boolean;
  /** Connections by exchange index. */
  readonly exchanges: readonly {
    readonly exchange: string;
    readonly marketData: boolean;
    readonly account: boolean;
  }[];
  /** Balances by asset index. */
  readonly balances: readonly AssetAmounts[];
  /** Prices, positions and orders by instrument index. */
  readonly instruments: readonly ExactInstrumentState[];
}

/** An engine's state at one moment, to start a replica from. Kept in the native library. */
export class AuditSnapshot implements Disposable {
  /** Where it belongs in the sequence of ticks. */
  readonly context: AuditContext;
  readonly #handle: NativeHandle;

  /** Made with audits; there is no other way to get one. */
  constructor(snapshot: { snapshot: number; sequence: number; time: string }) {
    this.#handle = new NativeHandle(snapshot.snapshot, "snapshot");
    this.context = { sequence: snapshot.sequence, time: snapshot.time };
    shareHandle(this, () => this.#handle.value);
  }

  /** Frees it; again is harmless. Replicas go on. */
  close(): void {
    this.#handle.close();
  }

  /** Same as {@linkcode AuditSnapshot.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

const encoder = new TextEncoder();
const ACTION = "update a replica";

/**
 * A copy of an engine's state that follows its audit ticks, by upstream's `StateReplicaManager`.
 *
 * It equals the engine's state but for orders: a replica learns of one when the account reports it, so
 * orders in flight are missing. It needs every tick, in order.
 *
 * @example Follow a backtest
 * ```ts
 * import { auditBacktest, MarketData, StateReplica } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const event = JSON.stringify({
 *   time_exchange: "2025-01-01T12:00:00Z",
 *   exchange: "binance_spot",
 *   instrument: 0,
 *   kind: { Trade: { id: "1", price: 100, amount: 1, side: "Buy" } },
 * });
 * const data = await MarketData.parse(event, {
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 * });
 * const audits = auditBacktest(data, {
 *   strategy: { type: "buyAndHold", quantity: "0.5" },
 *   execution: [{ exchange: "binance_spot", balances: { usdt: "1000", btc: "0" } }],
 * });
 * const replica = new StateReplica(audits.snapshot);
 * for await (const tick of audits) replica.update([tick]);
 * assertEquals(replica.state.instruments[0]?.position?.quantity, "0.5");
 * replica.close();
 * data.close();
 * ```
 */
export class StateReplica implements Disposable {
  readonly #handle: NativeHandle;

  /**
   * Starts at a snapshot.
   *
   * @throws {EngineError} `engine_unsupported` if the ticks behind the snapshot are filtered.
   * @throws {ClosedError} If the snapshot is closed.
   */
  constructor(snapshot: AuditSnapshot) {
    const action = "open a replica";
    const request = { snapshot: sharedHandle(snapshot, action) };
    this.#handle = new NativeHandle(
      callSync("engine.openReplica", request, { action }).replica,
      "replica",
    );
  }

  /**
   * Applies ticks. Those up to the replica's own number are skipped.
   *
   * @param ticks in order, without a gap
   * @throws {EngineError} `engine_audit` for a gap, or ticks of another engine.
   * @throws {ClosedError} If the replica is closed.
   */
  update(ticks: readonly AuditTick[]): void {
    checkArray(ACTION, "ticks", ticks);
    const attachment = encoder.encode(JSON.stringify(ticks));
    callSync("engine.updateReplica", { replica: this.#handle.value }, {
      action: ACTION,
      attachment,
    });
  }

  /** The state so far. */
  get state(): EngineState {
    return this.#read().state as EngineState;
  }

  /** Number and time of the last tick applied. */
  get context(): AuditContext {
    const { sequence, time } = this.#read();
    return { sequence, time };
  }

  #read() {
    return callSync("engine.replicaState", { replica: this.#handle.value }, {
      action: "read a replica",
    });
  }

  /** Frees it; again is harmless. */
  close(): void {
    this.#handle.close();
  }

  /** Same as {@linkcode StateReplica.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
