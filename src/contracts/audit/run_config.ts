/**
 * The core's configuration for a run of the engine.
 *
 * @module
 */

import { checkObject, checkOneOf } from "../../_check.ts";
import type { ExecutionConfig, InstrumentTable } from "../../engine/mod.ts";
import { currencyOf } from "./names.ts";
import { moneyText, readMoney } from "../core/decimal.ts";
import type { CoreConfig, Mode } from "../generated/types.ts";

/** What is known of a run before it starts. */
export interface RunConfigOptions {
  /** Name of the run. @default "run" */
  readonly run_id?: string;
  /** How the engine runs: a backtest, or paper trading by hand or as a system. @default "backtest" */
  readonly mode?: Mode;
  /** The mock exchanges, whose opening balances are the cash at the start. @default none */
  readonly execution?: readonly Pick<ExecutionConfig, "balances">[];
}

const AMOUNT = /^\d{1,14}(?:\.\d{1,24})?$/;

/**
 * The core's configuration for a run of the engine: opening balances as cash, no limits of its own, and
 * events that come late are applied with a remark, in every mode, as the engine does.
 *
 * @param table the engine's index tables
 * @throws {TypeError} If a balance is not plain decimal text of at most 14 and 24 digits
 *
 * @example
 * ```ts
 * import { engineRunConfig } from "@tendon/tendon/contracts";
 * import { describeInstruments } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const table = describeInstruments([
 *   { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 * ]);
 * const config = engineRunConfig(table, { execution: [{ balances: { usdt: "1000.50" } }] });
 * assertEquals(config.initial_cash, [{ currency: "USDT", amount: "1000.5" }]);
 * ```
 */
export function engineRunConfig(
  table: InstrumentTable,
  { run_id = "run", mode = "backtest", execution = [] }: RunConfigOptions = {},
): CoreConfig {
  const action = "configure a core";
  checkObject(action, "table", table);
  checkOneOf(action, "mode", mode, ["backtest", "paper", "sandbox", "live"]);
  const cash = new Map<string, bigint>();
  for (const { balances } of execution) {
    for (const [asset, amount] of Object.entries(balances)) {
      const text = String(amount);
      if (!AMOUNT.test(text)) {
        throw new TypeError(
          `Cannot ${action} as the balance of ${asset} must be a decimal of at most 14 digits ` +
            `before and 24 behind the point: current value is "${text}"`,
        );
      }
      const currency = currencyOf(asset);
      cash.set(currency, (cash.get(currency) ?? 0n) + readMoney(text));
    }
  }
  return {
    schema: "core_config/1.0",
    run_id,
    mode,
    base_currency: currencyOf(table.instruments[0]?.quote ?? "usd"),
    initial_cash: [...cash].sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, amount]) => ({ currency, amount: moneyText(amount) })),
    policy_overrides: { early_fill: null, time_regression: "flag" },
    risk: {
      max_order_quantity: null,
      max_order_notional: null,
      max_position: null,
      max_open_orders: null,
    },
    capabilities: null,
  };
}
