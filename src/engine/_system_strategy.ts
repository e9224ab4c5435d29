/**
 * A strategy in TypeScript in a running system.
 *
 * @module
 */

import { call } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { EngineError } from "../errors.ts";
import { HookFailure, release, StrategyDriver } from "./_strategy_driver.ts";
import type { RiskConfig, Strategy } from "./strategy.ts";
import type { InstrumentTable } from "./types.ts";

const ACTION = "run a system";

/** Steps the engine until it has ended. */
export class SystemStrategy {
  /** Resolves when no step is made any more, and no hook runs but one that was abandoned. */
  readonly stopped: Promise<void>;
  readonly #run: NativeHandle;
  readonly #driver: StrategyDriver;
  readonly #strategy: Strategy;
  #failure: EngineError | undefined;
  #leave: () => void = () => {};

  /** `failed` ends the engine when the strategy or a step has failed; the strategy was claimed. */
  constructor(
    opened: NonNullable<Methods["engine.startSystem"]["answer"]["run"]>,
    table: InstrumentTable,
    strategy: Strategy,
    risk: RiskConfig | undefined,
    failed: () => Promise<void>,
  ) {
    const run = new NativeHandle(opened.run, "run");
    this.#run = run;
    this.#strategy = strategy;
    this.#driver = new StrategyDriver({
      action: ACTION,
      run,
      layout: opened,
      table,
      strategy,
      risk,
      enabled: true,
      async idle() {
        await call("engine.systemReady", { run: run.value }, { action: ACTION });
      },
    });
    const left = new Promise<void>((resolve) => {
      this.#leave = resolve;
    });
    this.stopped = Promise.race([left, this.#drive(failed)]);
  }

  /** What the strategy threw, or what made a step fail. */
  get failure(): EngineError | undefined {
    return this.#failure;
  }

  /** Makes no further step; a hook that is under way is not waited for. */
  abandon(): void {
    this.#driver.abandon();
    if (this.#driver.inHook) this.#leave();
  }

  async #drive(failed: () => Promise<void>): Promise<void> {
    try {
      await this.#driver.advance(Infinity);
    } catch (error) {
      this.#failure = this.#describe(error);
      await failed();
    } finally {
      release(this.#strategy);
      this.#driver.close();
      this.#run.close();
    }
  }

  #describe(error: unknown): EngineError {
    if (error instanceof EngineError) return error;
    if (!(error instanceof HookFailure)) {
      return new EngineError("engine_failed", `Cannot ${ACTION}: a step failed`, { cause: error });
    }
    const { hook, owner, message, cause } = error;
    const { events, millis: time } = this.#driver;
    return new EngineError(
      "engine_strategy",
      `Cannot ${ACTION}: ${hook} of ${owner} threw after ${events} events: ${message}`,
      { cause, data: { hook, events, time } },
    );
  }
}
