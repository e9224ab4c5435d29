/**
 * A backtest's configuration as the library takes it.
 *
 * @module
 */

import type { Methods } from "../../ffi/generated/methods.ts";
import { checkArray, checkInteger, checkObject, checkOneOf, checkText, show } from "../_check.ts";
import { decimalText } from "./_decimal.ts";
import type { RiskConfig, Strategy } from "./strategy.ts";
import type {
  BacktestConfig,
  DecimalInput,
  ExecutionConfig,
  StrategyConfig,
  SummaryInterval,
} from "./types.ts";

type Request = Methods["engine.backtest"]["request"];

const ACTION = "run backtest";
const MAX_U32 = 2 ** 32 - 1;

/**
 * Fills in the defaults and checks shapes; ranges that need the data are checked natively.
 *
 * @param stepped whether the run is stepped, so that a risk manager in TypeScript can judge its orders
 */
export function backtestRequest(
  data: number,
  progress: number | null,
  config: BacktestConfig,
  stepped: boolean = false,
): Request {
  checkObject(ACTION, "the configuration", config);
  checkObject(ACTION, "strategy", config.strategy);
  const {
    id = "backtest",
    riskFreeReturn = "0",
    summaryInterval = "daily",
    tradingState = "enabled",
    equity: { everyMs = 0, maxPoints = 4000, quote = null } = {},
    maxOrdersPerEvent = 1000,
  } = config;
  checkText(ACTION, "id", id, 512);
  checkInteger(ACTION, "equity.everyMs", everyMs, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(ACTION, "equity.maxPoints", maxPoints, 0, MAX_U32);
  checkInteger(ACTION, "maxOrdersPerEvent", maxOrdersPerEvent, 1, MAX_U32);
  checkOneOf(ACTION, "tradingState", tradingState, ["enabled", "disabled"]);
  return {
    data,
    progress,
    id,
    strategy: strategyRequest(ACTION, config.strategy),
    execution: executionRequest(ACTION, config.execution),
    riskFreeReturn: decimalText(ACTION, "riskFreeReturn", riskFreeReturn),
    summaryInterval: intervalRequest(summaryInterval),
    tradingEnabled: tradingState === "enabled",
    equityEveryMs: everyMs,
    equityMaxPoints: maxPoints,
    equityQuote: quote,
    maxOrdersPerEvent,
    risk: riskRequest(ACTION, config.risk, stepped),
  };
}

/**
 * Limits that the library checks, or null; a risk manager in TypeScript stays on this side.
 *
 * @param stepped whether someone on this side lets it judge
 */
export function riskRequest(
  action: string,
  risk: RiskConfig | undefined,
  stepped: boolean,
): Request["risk"] {
  if (risk === undefined) return null;
  checkObject(action, "risk", risk);
  if ("check" in risk) {
    if (typeof risk.check !== "function") {
      throw new TypeError(
        `Cannot ${action} as risk.check must be a function: current value is ${show(risk.check)}`,
      );
    }
    if (!stepped) {
      throw new TypeError(
        `Cannot ${action} as a risk manager in TypeScript judges the orders of backtests only`,
      );
    }
    return null;
  }
  if (risk.type === "approveAll") return null;
  if (risk.type !== "limits") {
    throw new TypeError(
      `Cannot ${action} as risk.type must be "approveAll" or "limits": current value is ${
        show((risk as { type: unknown }).type)
      }`,
    );
  }
  const { maxNotionalPerOrder, maxPriceDeviation, maxPositionAbs, maxOpenOrders } = risk;
  const limit = (name: string, value: DecimalInput | undefined) =>
    value === undefined ? null : decimalText(action, `risk.${name}`, value);
  if (maxOpenOrders !== undefined) {
    checkInteger(action, "risk.maxOpenOrders", maxOpenOrders, 0, MAX_U32);
  }
  return {
    maxNotionalPerOrder: limit("maxNotionalPerOrder", maxNotionalPerOrder),
    maxPriceDeviation: limit("maxPriceDeviation", maxPriceDeviation),
    maxPositionAbs: limit("maxPositionAbs", maxPositionAbs),
    maxOpenOrders: maxOpenOrders ?? null,
  };
}

/** A strategy inside the engine, or the name of one in TypeScript. */
export function strategyRequest(
  action: string,
  strategy: StrategyConfig | Strategy,
): Request["strategy"] {
  if (!("type" in strategy)) return { type: "hosted", id: strategy.id };
  switch (strategy.type) {
    case "noop":
      return { type: "noop" };
    case "closePositions":
      return { type: "closePositions" };
    case "buyAndHold":
      return {
        type: "buyAndHold",
        quantity: decimalText(action, "strategy.quantity", strategy.quantity),
      };
    case "smaCross":
      checkInteger(action, "strategy.fast", strategy.fast, 1, MAX_U32);
      checkInteger(action, "strategy.slow", strategy.slow, 1, MAX_U32);
      return {
        type: "smaCross",
        fast: strategy.fast,
        slow: strategy.slow,
        quantity: decimalText(action, "strategy.quantity", strategy.quantity),
      };
    default:
      throw new TypeError(
        `Cannot ${action} as strategy.type must be "noop", "buyAndHold", "smaCross" or ` +
          `"closePositions": current value is ${show((strategy as { type: unknown }).type)}`,
      );
  }
}

/** The exchanges that execute. */
export function executionRequest(
  action: string,
  execution: readonly ExecutionConfig[],
): Request["execution"] {
  checkArray(action, "execution", execution);
  return execution.map((entry, position) => exchangeRequest(action, entry, position));
}

function exchangeRequest(
  action: string,
  execution: ExecutionConfig,
  position: number,
): Request["execution"][number] {
  const at = `execution[${position}]`;
  checkObject(action, at, execution);
  checkObject(action, `${at}.balances`, execution.balances);
  const { exchange, feeRate = "0", latencyMs = 0, balances } = execution;
  checkText(action, `${at}.exchange`, exchange, 64);
  checkInteger(action, `${at}.latencyMs`, latencyMs, 0, MAX_U32);
  return {
    exchange,
    feeRate: decimalText(action, `${at}.feeRate`, feeRate),
    latencyMs,
    balances: Object.fromEntries(
      Object.entries(balances).map((
        [asset, total],
      ) => [asset, decimalText(action, `${at}.balances.${asset}`, total)]),
    ),
  };
}

/** The time base as the library takes it. */
export function intervalRequest(
  interval: SummaryInterval,
  action: string = ACTION,
): Request["summaryInterval"] {
  if (typeof interval === "number") {
    checkInteger(action, "summaryInterval", interval, 1000, Number.MAX_SAFE_INTEGER);
    return { millis: interval };
  }
  if (interval === "daily" || interval === "annual252" || interval === "annual365") return interval;
  throw new TypeError(
    `Cannot ${action} as summaryInterval must be "daily", "annual252", "annual365" or milliseconds: ` +
      `current value is ${show(interval)}`,
  );
}
