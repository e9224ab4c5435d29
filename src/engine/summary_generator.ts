/**
 * The engine's statistics alone, for positions and balances from anywhere.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { checkArray, checkInteger, checkObject, checkOneOf, checkText } from "../_check.ts";
import { decimalText } from "./_decimal.ts";
import { intervalRequest } from "./_request.ts";
import { AssetBalance } from "./balance.ts";
import { instrumentsRequest } from "./instruments.ts";
import type {
  DecimalInput,
  InstrumentConfig,
  InstrumentTable,
  Side,
  SummaryInterval,
  TradingSummary,
} from "./types.ts";

/** What a {@linkcode SummaryGenerator} is made for. */
export interface SummaryGeneratorOptions {
  /** The instruments that positions refer to. */
  readonly instruments: readonly InstrumentConfig[];
  /** Start of the session, RFC 3339; ratios are scaled by the time from here to the last exit. */
  readonly timeStart: string;
  /** Risk-free return as a fraction, used by the ratios as it is (not scaled). @default "0" */
  readonly riskFreeReturn?: DecimalInput;
}

/** A position that was opened and fully closed; every `RoundTrip` is one. */
export interface ClosedPosition {
  /** Index of the instrument. */
  readonly instrument: number;
  /** Direction of the position. */
  readonly side: Side;
  /** Volume-weighted entry price. */
  readonly entryPrice: DecimalInput;
  /** Largest quantity held. */
  readonly quantity: DecimalInput;
  /** Realised profit after fees, in the quote asset. */
  readonly pnl: DecimalInput;
  /** Fees paid on the way in. @default "0" */
  readonly feesEnter?: DecimalInput;
  /** Fees paid on the way out. @default "0" */
  readonly feesExit?: DecimalInput;
  /** Time of the first fill, RFC 3339. */
  readonly timeEnter: string;
  /** Time of the closing fill, RFC 3339. */
  readonly timeExit: string;
}

/** What one {@linkcode SummaryGenerator.update} takes in: positions, then balances, then the time. */
export interface SummaryUpdate {
  /** Closed positions in order of their exits. */
  readonly positions?: readonly ClosedPosition[];
  /** Balances in order of time. */
  readonly balances?: readonly AssetBalance[];
  /** The new end of the session, RFC 3339. @default the latest exit or balance */
  readonly timeNow?: string;
}

/**
 * The engine's summary generator: every statistic of a backtest, for closed positions and balances
 * that come from elsewhere.
 *
 * @example One gain
 * ```ts
 * import { SummaryGenerator } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * using generator = new SummaryGenerator({
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 *   timeStart: "2025-01-01T00:00:00Z",
 * });
 * generator.update({
 *   positions: [{
 *     instrument: 0,
 *     side: "buy",
 *     entryPrice: "100",
 *     quantity: "2",
 *     pnl: "10",
 *     timeEnter: "2025-01-01T00:00:00Z",
 *     timeExit: "2025-01-02T00:00:00Z",
 *   }],
 * });
 * const sheet = generator.summary("daily").instruments["binancespot-btc_usdt"];
 * assertEquals(sheet?.pnl, "10");
 * assertEquals(sheet?.pnlReturn.value, "0.05");
 * ```
 */
export class SummaryGenerator implements Disposable {
  readonly #handle: NativeHandle;
  readonly #table: InstrumentTable;

  /**
   * Starts with nothing traded.
   *
   * @throws {ConfigError} If the instruments or the risk-free return are not usable.
   * @throws {EngineError} `engine_value` if the time is none.
   */
  constructor(options: SummaryGeneratorOptions) {
    const action = "make summary generator";
    checkObject(action, "options", options);
    const { instruments, timeStart, riskFreeReturn = "0" } = options;
    checkText(action, "timeStart", timeStart, 256);
    const { summary, table } = callSync("engine.openSummary", {
      ...instrumentsRequest(action, instruments),
      riskFreeReturn: decimalText(action, "riskFreeReturn", riskFreeReturn),
      timeStart,
    }, { action });
    this.#handle = new NativeHandle(summary, "summary generator");
    this.#table = table;
  }

  /** The index tables that positions and balances refer to. */
  get table(): InstrumentTable {
    return this.#table;
  }

  /**
   * Takes in positions, balances and the time, all of them or none.
   *
   * @throws {EngineError} `engine_value`: a value that the statistics cannot bear; the message names
   * it.
   * @throws {TypeError} If a value has the wrong type.
   */
  update(update: SummaryUpdate): void {
    const action = "update summary";
    checkObject(action, "update", update);
    const { positions = [], balances = [], timeNow } = update;
    checkArray(action, "positions", positions);
    checkArray(action, "balances", balances);
    if (timeNow !== undefined) checkText(action, "timeNow", timeNow, 256);
    callSync("engine.updateSummary", {
      summary: this.#handle.value,
      positions: positions.map((position, at) =>
        positionRequest(action, `positions[${at}]`, position)
      ),
      balances: balances.map((balance, at) => {
        if (!(balance instanceof AssetBalance)) {
          throw new TypeError(`Cannot ${action} as balances[${at}] must be an AssetBalance`);
        }
        const { asset, timeExchange, balance: { total, free } } = balance;
        return { asset, total, free, time: timeExchange };
      }),
      timeNow: timeNow ?? null,
    }, { action });
  }

  /**
   * The figures so far; asking changes nothing.
   *
   * @param interval time base that returns and ratios are scaled to
   */
  summary(interval: SummaryInterval = "daily"): TradingSummary {
    const action = "generate summary";
    return callSync("engine.readSummary", {
      summary: this.#handle.value,
      interval: intervalRequest(interval, action),
    }, { action });
  }

  /** Frees the generator; again is harmless. */
  close(): void {
    this.#handle.close();
  }

  /** Same as {@linkcode SummaryGenerator.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function positionRequest(action: string, at: string, position: ClosedPosition) {
  checkObject(action, at, position);
  const { instrument, side, feesEnter = "0", feesExit = "0", timeEnter, timeExit } = position;
  checkInteger(action, `${at}.instrument`, instrument, 0, 0xffff_ffff);
  checkOneOf(action, `${at}.side`, side, ["buy", "sell"]);
  checkText(action, `${at}.timeEnter`, timeEnter, 256);
  checkText(action, `${at}.timeExit`, timeExit, 256);
  return {
    instrument,
    side,
    entryPrice: decimalText(action, `${at}.entryPrice`, position.entryPrice),
    quantity: decimalText(action, `${at}.quantity`, position.quantity),
    pnl: decimalText(action, `${at}.pnl`, position.pnl),
    feesEnter: decimalText(action, `${at}.feesEnter`, feesEnter),
    feesExit: decimalText(action, `${at}.feesExit`, feesExit),
    timeEnter,
    timeExit,
  };
}
