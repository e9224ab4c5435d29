/**
 * What all runs of a sweep share, and what each has of its own.
 *
 * @module
 */

import { show } from "../_check.ts";
import { isHosted } from "./_strategy_driver.ts";
import { backtestRequest } from "./_request.ts";
import { MarketData } from "./market_data.ts";
import type { ApproveAll, RiskLimits } from "./strategy.ts";
import type { BacktestConfig } from "./types.ts";

/** Settings of a {@linkcode BacktestArgsConstant}: data, and the part of a configuration that stays. */
export interface BacktestConstant
  extends Omit<BacktestConfig, "id" | "riskFreeReturn" | "risk" | "strategy"> {
  /** What to replay; the caller disposes of it. */
  readonly data: MarketData;
  /** Which orders are let through; runs cannot share a risk manager in TypeScript. @default all */
  readonly risk?: ApproveAll | RiskLimits;
}

/** Settings of a {@linkcode BacktestArgsDynamic}: the part of a configuration that varies. */
export interface BacktestDynamic extends Pick<BacktestConfig, "riskFreeReturn" | "strategy"> {
  /** Name of the run, 1 to 128 characters, unique in its sweep. */
  readonly id: string;
}

const NOOP = { strategy: { type: "noop" } } as const;

/**
 * What all runs of a sweep share: data, exchanges, time base, sampling of the equity curve.
 *
 * A sweep adds no settings of its own: run `i` of `runBacktests(constant, dynamics)` is
 * `backtest(constant.data, constant.with(dynamics[i]))`, digit for digit.
 */
export class BacktestArgsConstant {
  /** What is replayed. */
  readonly data: MarketData;
  readonly #config: Omit<BacktestConstant, "data">;

  /**
   * Checks types and ranges; whether exchanges and balances fit the data is checked by each run.
   *
   * @throws {TypeError} If a setting has the wrong type.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(settings: BacktestConstant) {
    const { data, ...config } = settings;
    if (!(data instanceof MarketData)) {
      throw new TypeError(
        `Cannot run backtest as data must be a MarketData: current value is ${show(data)}`,
      );
    }
    backtestRequest(0, null, { ...config, ...NOOP });
    this.data = data;
    this.#config = structuredClone(config);
    Object.freeze(this);
  }

  /** The whole configuration of one run, for `backtest`. */
  with(dynamic: BacktestArgsDynamic): BacktestConfig {
    const { id, strategy, riskFreeReturn } = dynamic;
    return { ...this.#config, id, strategy, riskFreeReturn };
  }
}

/** What one run of a sweep has of its own: its name, strategy and risk-free return. */
export class BacktestArgsDynamic {
  /** Name of the run. */
  readonly id: string;
  /** What trades; one in TypeScript is the object given, a built-in one a frozen copy. */
  readonly strategy: BacktestConfig["strategy"];
  /** Risk-free return as a fraction. */
  readonly riskFreeReturn: NonNullable<BacktestConfig["riskFreeReturn"]>;

  /**
   * Checks types and ranges; whether the strategy fits the data is checked by the run.
   *
   * @throws {TypeError} If a setting has the wrong type.
   * @throws {RangeError} If a number is out of range, or the id is empty or longer than 128
   * characters.
   */
  constructor(settings: BacktestDynamic) {
    const { id, strategy, riskFreeReturn = "0" } = settings;
    if (id === undefined) {
      throw new TypeError("Cannot run backtest as id must be a string: current value is undefined");
    }
    backtestRequest(0, null, { id, strategy, riskFreeReturn, execution: [] });
    const length = [...id].length;
    if (length < 1 || length > 128) {
      throw new RangeError(
        `Cannot run backtest as id must be 1 to 128 characters: current length is ${length}`,
      );
    }
    this.id = id;
    this.strategy = isHosted("run backtest", strategy) ? strategy : Object.freeze({ ...strategy });
    this.riskFreeReturn = riskFreeReturn;
    Object.freeze(this);
  }
}
