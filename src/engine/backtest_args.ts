/**
 * What all runs of a sweep share, and what each has of its own.
 *
 * @module
 */

import { show } from "../_check.ts";
import { isHosted } from "./_strategy_driver.ts";
import { backtestRequest } from "./_request.ts";
import { MarketData } from "./market_data.ts";
import type { RiskConfig } from "./strategy.ts";
import type { BacktestConfig } from "./types.ts";

/** Settings of a {@linkcode BacktestArgsConstant}: data, and the part of a configuration that stays. */
export interface BacktestConstant
  extends Omit<BacktestConfig, "id" | "riskFreeReturn" | "strategy"> {
  /** What to replay; the caller disposes of it. */
  readonly data: MarketData;
}

/** Settings of a {@linkcode BacktestArgsDynamic}: the part of a configuration that varies. */
export interface BacktestDynamic
  extends Pick<BacktestConfig, "risk" | "riskFreeReturn" | "strategy"> {
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
  readonly #config: Omit<BacktestConstant, "data" | "risk">;
  readonly #risk: Pick<BacktestConstant, "risk">;

  /**
   * Checks types and ranges; whether exchanges and balances fit the data is checked by each run.
   *
   * @throws {TypeError} If a setting has the wrong type.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(settings: BacktestConstant) {
    const { data, risk, ...config } = settings;
    if (!(data instanceof MarketData)) {
      throw new TypeError(
        `Cannot run backtest as data must be a MarketData: current value is ${show(data)}`,
      );
    }
    backtestRequest(0, null, { ...settings, ...NOOP }, true);
    this.data = data;
    this.#config = structuredClone(config);
    this.#risk = risk === undefined ? {} : { risk: kept(risk) };
    Object.freeze(this);
  }

  /** The whole configuration of one run, for `backtest`. */
  with(dynamic: BacktestArgsDynamic): BacktestConfig {
    const { id, strategy, riskFreeReturn, risk } = dynamic;
    const own = risk === undefined ? this.#risk : { risk };
    return { ...this.#config, ...own, id, strategy, riskFreeReturn };
  }
}

/** What one run of a sweep has of its own: its name, strategy, risk manager and risk-free return. */
export class BacktestArgsDynamic {
  /** Name of the run. */
  readonly id: string;
  /** What trades; one in TypeScript is the object given, a built-in one a frozen copy. */
  readonly strategy: BacktestConfig["strategy"];
  /** Which orders are let through, in place of what the runs share; undefined for that. */
  readonly risk: BacktestConfig["risk"] | undefined;
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
    const { id, strategy, risk, riskFreeReturn = "0" } = settings;
    if (id === undefined) {
      throw new TypeError("Cannot run backtest as id must be a string: current value is undefined");
    }
    const own = risk === undefined ? {} : { risk };
    backtestRequest(0, null, { id, strategy, riskFreeReturn, ...own, execution: [] }, true);
    const length = [...id].length;
    if (length < 1 || length > 128) {
      throw new RangeError(
        `Cannot run backtest as id must be 1 to 128 characters: current length is ${length}`,
      );
    }
    this.id = id;
    this.strategy = isHosted("run backtest", strategy) ? strategy : Object.freeze({ ...strategy });
    this.risk = risk === undefined ? undefined : kept(risk);
    this.riskFreeReturn = riskFreeReturn;
    Object.freeze(this);
  }
}

/** A risk manager as it was given: one in TypeScript itself, limits as a frozen copy. */
function kept(risk: RiskConfig): RiskConfig {
  return "check" in risk ? risk : Object.freeze({ ...risk });
}
