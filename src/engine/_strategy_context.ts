/**
 * What a strategy sees and does during a run.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { checkObject, checkText, show } from "../_check.ts";
import { decimalText } from "./_decimal.ts";
import { isTimeInForce, PackedOrders } from "./_packed_orders.ts";
import { InstrumentSlot, type View } from "./_strategy_view.ts";
import type {
  AssetAmounts,
  ExactInstrumentState,
  InstrumentSelection,
  InstrumentState,
  OrderAnswer,
  OrderCheck,
  OrderRequest,
  RiskManager,
  StrategyContext,
} from "./strategy.ts";
import type { InstrumentTable } from "./types.ts";

const ACTION = "open an order";
const MAX_ID_BYTES = 64;
/** The engine's bound on an order's value; the library checks it exactly. */
const MAX_VALUE = 1e22;

/** Exact figures come from the library, by the run's handle. */
class Instrument extends InstrumentSlot implements InstrumentState {
  readonly #run: () => number;

  constructor(view: View, index: number, run: () => number) {
    super(view, index);
    this.#run = run;
  }

  exact(): ExactInstrumentState {
    const request = { run: this.#run(), instrument: this.index };
    const { instrument } = callSync("engine.runInstrument", request, {
      action: "read an instrument",
    });
    return instrument as ExactInstrumentState;
  }
}

/** See the module. */
export class Context implements StrategyContext {
  readonly orders = new PackedOrders();
  readonly #view: View;
  readonly #table: InstrumentTable;
  readonly #run: () => number;
  readonly #strategy: string;
  readonly #risk: RiskManager | undefined;
  readonly #instruments: readonly Instrument[];
  readonly #names: ReadonlyMap<string, number>;
  /** Instruments of orders that are not answered yet, by client order id. */
  readonly #open = new Map<string, number>();
  #count = 0;
  #closing = 0;
  #judging = false;

  /** `run` gives the run's handle and throws once it is over. */
  constructor(
    view: View,
    table: InstrumentTable,
    run: () => number,
    strategy: string,
    risk: RiskManager | undefined,
  ) {
    this.#view = view;
    this.#table = table;
    this.#run = run;
    this.#strategy = strategy;
    this.#risk = risk;
    this.#instruments = table.instruments.map(({ index }) => new Instrument(view, index, run));
    this.#names = new Map(table.instruments.map(({ name, index }) => [name, index]));
  }

  get time(): number {
    return this.#view.millis;
  }

  get timeNs(): bigint {
    return this.#view.nanos;
  }

  get events(): number {
    return this.#view.events;
  }

  get tradingEnabled(): boolean {
    return this.#view.trading;
  }

  open(order: OrderRequest): string | null {
    this.#refuseWhileJudging(ACTION);
    checkObject(ACTION, "the order", order);
    const { side, kind = "market", timeInForce = "immediateOrCancel" } = order;
    if (side !== "buy" && side !== "sell") {
      throw new TypeError(
        `Cannot ${ACTION} as side must be "buy" or "sell": current value is ${show(side)}`,
      );
    }
    if (kind !== "market" && kind !== "limit") {
      throw new TypeError(
        `Cannot ${ACTION} as kind must be "market" or "limit": current value is ${show(kind)}`,
      );
    }
    if (!isTimeInForce(timeInForce)) {
      throw new TypeError(
        `Cannot ${ACTION} as timeInForce is not known: current value is ${show(timeInForce)}`,
      );
    }
    const state = this.#find(ACTION, order.instrument);
    const quantity = decimalText(ACTION, "quantity", order.quantity);
    const price = order.price === undefined ? null : decimalText(ACTION, "price", order.price);
    const market = price === null ? state.price : Number(price);
    if (Number.isNaN(market)) {
      throw new RangeError(
        `Cannot ${ACTION} as instrument ${state.index} has no price yet: give the order one`,
      );
    }
    const worth = market * Number(quantity);
    if (!(market > 0 && worth > 0 && worth <= MAX_VALUE)) {
      throw new RangeError(
        `Cannot ${ACTION} as quantity and price must be above 0 and worth at most ${MAX_VALUE}: ` +
          `current values are ${quantity} and ${market}`,
      );
    }
    if (!this.#view.trading) return null;
    const cid = order.cid ?? `${this.#strategy}-${this.#count++}`;
    checkId(ACTION, "cid", cid);
    if (this.#open.has(cid)) {
      throw new RangeError(`Cannot ${ACTION} as cid "${cid}" is not answered yet`);
    }
    const instrument = state.index;
    const refusal = this.judge({ cid, instrument, side, quantity, price, kind });
    if (refusal === undefined) this.#open.set(cid, instrument);
    this.orders.open({ instrument, side, kind, timeInForce, cid, quantity, price }, refusal);
    return cid;
  }

  /** Why the risk manager refuses an order, if it does. */
  judge(order: OrderCheck): string | undefined {
    if (this.#risk === undefined) return undefined;
    this.#judging = true;
    try {
      const refusal: unknown = this.#risk.check(this, order);
      if (refusal === undefined || typeof refusal === "string") return refusal;
      throw new TypeError(
        `Cannot ${ACTION} as the risk manager must return a reason or nothing: ` +
          `current value is ${show(refusal)}`,
      );
    } finally {
      this.#judging = false;
    }
  }

  /** As {@linkcode Context.judge}, of the order that the engine is going to build. */
  #judgeClosing(state: Instrument, cid: string): string | undefined {
    if (this.#risk === undefined) return undefined;
    const { position } = state.exact();
    if (position === null) return undefined;
    const { side, quantity } = position;
    return this.judge({
      cid,
      instrument: state.index,
      side: side === "buy" ? "sell" : "buy",
      quantity,
      price: null,
      kind: "market",
    });
  }

  #refuseWhileJudging(action: string): void {
    if (!this.#judging) return;
    throw new TypeError(`Cannot ${action} as a risk manager judges and asks for nothing itself`);
  }

  cancel(target: string | InstrumentSelection): void {
    this.#refuseWhileJudging("cancel orders");
    if (typeof target === "string") {
      const instrument = this.#open.get(target);
      if (instrument !== undefined) this.orders.cancel(instrument, target);
      return;
    }
    for (const instrument of this.#select("cancel orders", target)) {
      this.orders.cancelAll(instrument);
    }
  }

  closePositions(selection: InstrumentSelection = {}): void {
    this.#refuseWhileJudging("close positions");
    if (!this.#view.trading) return;
    for (const instrument of this.#select("close positions", selection)) {
      const state = this.#instruments[instrument];
      if (state === undefined || state.positionQty === 0) continue;
      const cid = `${this.#strategy}-close-${this.#closing++}`;
      this.orders.close(instrument, cid, this.#judgeClosing(state, cid));
    }
  }

  instrument(instrument: number | string): InstrumentState {
    return this.#find("read an instrument", instrument);
  }

  balance(asset: string, exchange?: string): AssetAmounts {
    const { balances } = callSync("engine.runBalances", { run: this.#run() }, {
      action: "read a balance",
    });
    const found = (balances as AssetAmounts[]).filter((row) =>
      row.asset === asset && (exchange === undefined || row.exchange === exchange)
    );
    const [only] = found;
    if (only === undefined || found.length > 1) {
      throw new RangeError(
        `Cannot read a balance as ${show(asset)} is the name of ${found.length} assets: ` +
          `known are ${this.#table.assets.map((row) => `${row.exchange}:${row.asset}`).join(", ")}`,
      );
    }
    return only;
  }

  /** Notes that an order is not on its way any more. */
  answered({ cid, status }: OrderAnswer): void {
    if (status !== "open" && status !== "cancelFailed") this.#open.delete(cid);
  }

  #find(action: string, instrument: number | string): Instrument {
    const index = typeof instrument === "string" ? this.#names.get(instrument) : instrument;
    const found = index === undefined ? undefined : this.#instruments[index];
    if (found !== undefined) return found;
    throw new RangeError(
      `Cannot ${action} as instrument must be an index or name of the table of ` +
        `${this.#instruments.length}: current value is ${show(instrument)}`,
    );
  }

  #select(action: string, selection: InstrumentSelection): readonly number[] {
    checkObject(action, "the selection", selection);
    const { instruments, exchange } = selection;
    const wanted = instruments?.map((instrument) => this.#find(action, instrument).index);
    return this.#table.instruments
      .filter((row) =>
        (wanted === undefined || wanted.includes(row.index)) &&
        (exchange === undefined || row.exchange === exchange)
      )
      .map((row) => row.index);
  }
}

/** Throws unless `value` is a text of 1 to 64 bytes. */
export function checkId(action: string, name: string, value: unknown): void {
  checkText(action, name, value, MAX_ID_BYTES);
  if (value === "") {
    throw new RangeError(`Cannot ${action} as ${name} must have 1 to ${MAX_ID_BYTES} bytes`);
  }
}
