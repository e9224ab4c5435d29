/**
 * A system's options as the library takes them.
 *
 * @module
 */

import type { Methods } from "../../ffi/generated/methods.ts";
import { checkInteger, checkObject, checkOneOf, show } from "../_check.ts";
import { sharedHandle } from "../_native_handle.ts";
import { executionRequest, riskRequest, strategyRequest } from "./_request.ts";
import { batchOf, isHosted } from "./_strategy_driver.ts";
import { checkFilter } from "./audit.ts";
import { checkTradingState, startText } from "./commands.ts";
import { instrumentsRequest } from "./instruments.ts";
import { feedRequest } from "./live.ts";
import { MarketData } from "./market_data.ts";
import type { Strategy } from "./strategy.ts";
import type { SystemAuditOptions, SystemOptions } from "./system_options.ts";

type Request = Methods["engine.startSystem"]["request"];

const MAX_CAPACITY = 2 ** 24;
const DEFAULT_CAPACITY = 65_536;

/** Fills in the defaults and checks shapes. */
export function systemRequest(
  action: string,
  options: SystemOptions,
): { readonly request: Request; readonly hosted: Strategy | undefined } {
  checkObject(action, "options", options);
  const {
    execution = [],
    strategy = { type: "noop" },
    risk,
    tradingState = "disabled",
    clock = "live",
    start,
    audit = "disabled",
  } = options;
  checkObject(action, "strategy", strategy);
  checkTradingState(action, tradingState);
  checkOneOf(action, "clock", clock, ["live", "historical"]);
  if (start !== undefined && clock === "live") {
    throw new TypeError(`Cannot ${action} as start is for a historical clock: the live one is now`);
  }
  const hosted = isHosted(action, strategy) ? strategy : undefined;
  return {
    hosted,
    request: {
      market: marketRequest(action, options),
      strategy: strategyRequest(action, strategy),
      risk: riskRequest(action, risk, hosted !== undefined),
      execution: executionRequest(action, execution),
      tradingEnabled: tradingState === "enabled",
      historical: clock === "historical",
      start: start === undefined ? null : startText(action, start),
      audit: auditRequest(action, audit),
      events: hosted === undefined ? 1 : batchOf(hosted),
    },
  };
}

function marketRequest(
  action: string,
  { market, instruments }: SystemOptions,
): Request["market"] {
  if (market === undefined) {
    if (instruments === undefined) {
      throw new TypeError(`Cannot ${action} as it has neither instruments nor a market`);
    }
    return { type: "hand", ...instrumentsRequest(action, instruments) };
  }
  if (instruments !== undefined) {
    throw new TypeError(
      `Cannot ${action} as the market brings its own instruments: leave them out`,
    );
  }
  checkObject(action, "market", market);
  if ("subscriptions" in market) return { type: "live", feed: feedRequest(market).feed };
  const { data, speed = Infinity } = market;
  if (!(data instanceof MarketData)) {
    throw new TypeError(
      `Cannot ${action} as market.data must be a MarketData: current value is ${show(data)}`,
    );
  }
  if (typeof speed !== "number" || !(speed > 0)) {
    throw new RangeError(
      `Cannot ${action} as market.speed must be a number above 0: current value is ${show(speed)}`,
    );
  }
  const handle = sharedHandle(data, action);
  return { type: "recorded", data: handle, speed: speed === Infinity ? null : speed };
}

function auditRequest(
  action: string,
  audit: "enabled" | "disabled" | SystemAuditOptions,
): Request["audit"] {
  if (audit === "disabled") return null;
  if (audit !== "enabled") checkObject(action, "audit", audit);
  const { filter = "all", capacity = DEFAULT_CAPACITY, overflow = "dropOldest" } =
    audit === "enabled" ? {} : audit;
  checkFilter(action, filter);
  checkInteger(action, "audit.capacity", capacity, 1, MAX_CAPACITY);
  checkOneOf(action, "audit.overflow", overflow, ["block", "dropOldest"]);
  return { filter, capacity, overflow };
}
