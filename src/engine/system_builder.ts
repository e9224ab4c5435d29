/**
 * Building a system step by step.
 *
 * @module
 */

import type { RiskConfig, Strategy } from "./strategy.ts";
import type { System } from "./system.ts";
import type { LiveFeedOptions } from "./live.ts";
import type { RecordedMarket, SystemAuditOptions, SystemOptions } from "./system_options.ts";
import type { ExecutionConfig, InstrumentConfig, StrategyConfig } from "./types.ts";

/**
 * Collects the options of a system. Made by {@linkcode System.builder}.
 *
 * @example
 * ```ts
 * import { System } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * await using system = await System.builder()
 *   .withInstruments({
 *     exchange: "binance_spot",
 *     nameExchange: "BTCUSDT",
 *     underlying: { base: "btc", quote: "usdt" },
 *   })
 *   .withExecution({ exchange: "binance_spot", balances: { usdt: "1000", btc: "0" } })
 *   .build();
 * assertEquals(system.balances()[1]?.balance?.total, "1000");
 * ```
 */
export class SystemBuilder {
  readonly #start: (options: SystemOptions) => Promise<System>;
  #options: SystemOptions = {};

  /** Made by {@linkcode System.builder}. */
  constructor(start: (options: SystemOptions) => Promise<System>) {
    this.#start = start;
  }

  #with(options: SystemOptions): this {
    this.#options = { ...this.#options, ...options };
    return this;
  }

  /** Adds to {@linkcode SystemOptions.instruments}. */
  withInstruments(...instruments: InstrumentConfig[]): this {
    return this.#with({ instruments: [...this.#options.instruments ?? [], ...instruments] });
  }

  /** Sets {@linkcode SystemOptions.market}. */
  withMarket(market: RecordedMarket | LiveFeedOptions): this {
    return this.#with({ market });
  }

  /** Adds to {@linkcode SystemOptions.execution}. */
  withExecution(...execution: ExecutionConfig[]): this {
    return this.#with({ execution: [...this.#options.execution ?? [], ...execution] });
  }

  /** Sets {@linkcode SystemOptions.strategy}. */
  withStrategy(strategy: StrategyConfig | Strategy): this {
    return this.#with({ strategy });
  }

  /** Sets {@linkcode SystemOptions.risk}. */
  withRisk(risk: RiskConfig): this {
    return this.#with({ risk });
  }

  /** Sets {@linkcode SystemOptions.tradingState}. */
  withTradingState(tradingState: "enabled" | "disabled"): this {
    return this.#with({ tradingState });
  }

  /** Sets {@linkcode SystemOptions.clock}, and {@linkcode SystemOptions.start} if given. */
  withClock(clock: "live" | "historical", start?: Date | string): this {
    return this.#with(start === undefined ? { clock } : { clock, start });
  }

  /** Sets {@linkcode SystemOptions.audit}. */
  withAudit(audit: "enabled" | "disabled" | SystemAuditOptions): this {
    return this.#with({ audit });
  }

  /** Starts the system; see {@linkcode System.start}. The builder can be used again. */
  build(): Promise<System> {
    return this.#start(this.#options);
  }
}
