/**
 * Where a strategy sits: between the event of a step and its commit.
 *
 * @module
 */

import { show } from "../../_check.ts";
import { ClosedError, ContractError } from "../../errors.ts";
import { NO_ATTRIBUTION } from "../_synthetic.ts";
import type { ExecutionCore } from "../execution_core.ts";
import type {
  Attribution,
  CoreConfig,
  CoreSnapshot,
  EngineEvent,
  EngineIntent,
  ExecutionStepResult,
  IntentBody,
  MissingEventTime,
  OrderTransition,
  TransitionResult,
} from "../generated/types.ts";
import type { PlaceTerms, RunStrategy, RunView, StrategyIntent } from "./options.ts";

/** Intents that bring a venue an order. */
const ORDERS: ReadonlySet<string | undefined> = new Set(["place_order", "replace_order"]);

/** Steps a core, and asks the strategy where it has a say. */
export class StrategySeat {
  readonly #core: ExecutionCore;
  readonly #strategy: RunStrategy;
  readonly #runId: string;
  readonly #attribution: Attribution;
  readonly #missingTime: MissingEventTime;
  readonly #maxOrders: number;
  readonly #own = new Set<string>();
  #orders = 0;
  #inside = false;

  /** Orders of an earlier part of the run are found in the core. */
  constructor(
    core: ExecutionCore,
    strategy: RunStrategy,
    { run_id }: CoreConfig,
    venue: string,
    missingTime: MissingEventTime,
    orders: CoreSnapshot["orders"],
    maxOrders: number,
  ) {
    this.#core = core;
    this.#strategy = strategy;
    this.#runId = run_id;
    this.#missingTime = missingTime;
    this.#maxOrders = maxOrders;
    // Without snapshot_id: it counts steps, and would enter the economic hash with the order.
    this.#attribution = {
      ...NO_ATTRIBUTION,
      strategy_id: strategy.id,
      execution_id: run_id,
      broker_id: venue,
    };
    for (const { order_id, attribution } of orders) {
      if (attribution.strategy_id === strategy.id) this.#own.add(order_id);
    }
  }

  /** Throws while the strategy is being asked. @throws {ContractError} `contract_run_reentrant` */
  leave(action: string): void {
    if (!this.#inside) return;
    throw new ContractError(
      "contract_run_reentrant",
      `Cannot ${action}: the strategy is being called, and must return first`,
    );
  }

  /**
   * One step, with the strategy's intents.
   *
   * @throws {ContractError} `contract_refused` if the event is, `contract_run_strategy`,
   *   `contract_run_order_storm`, `contract_invariant`. Nothing of the step remains.
   */
  step(event: EngineEvent): ExecutionStepResult {
    if (!this.#listens(event)) return this.#core.step(event);
    const result = this.#core.begin(event);
    let intents: EngineIntent[] = [];
    try {
      if (result.outcome === "applied") intents = this.#ask(event, result);
    } catch (cause) {
      this.#core.rollback();
      throw strategyError(event, "threw", cause);
    }
    if (!isReport(event.body)) this.#orders = 0;
    this.#orders += intents.filter(({ body }) => ORDERS.has(body?.type)).length;
    if (this.#orders > this.#maxOrders) {
      this.#core.rollback();
      throw stormError(event, this.#maxOrders);
    }
    try {
      return this.#core.finish(intents);
    } catch (error) {
      if (!(error instanceof ContractError && error.code === "contract_refused")) throw error;
      this.#core.rollback();
      throw strategyError(event, `answered what the core refuses (${error.message})`, error);
    }
  }

  /** Tells the strategy what else became of its orders in a step that was committed. */
  tell({ event, event_result, intent_results }: ExecutionStepResult): void {
    const transitions: OrderTransition[] = [];
    if (!this.#listens(event)) transitions.push(...event_result.transitions.filter(this.#isOwn));
    for (const result of intent_results) {
      for (const transition of result.transitions) {
        if (transition.from === null) this.#own.add(transition.order_id);
        if (this.#isOwn(transition)) transitions.push(transition);
      }
    }
    if (transitions.length === 0 || this.#strategy.onTransitions === undefined) return;
    try {
      this.#enter(() => this.#strategy.onTransitions?.(transitions));
    } catch (cause) {
      throw new ContractError(
        "contract_run_strategy",
        `Cannot go on after event "${event.event_id}": the strategy threw in onTransitions`,
        { cause, data: { event_id: event.event_id } },
      );
    }
  }

  readonly #isOwn = ({ order_id }: OrderTransition): boolean => this.#own.has(order_id);

  #listens({ body }: EngineEvent): boolean {
    if (!isReport(body)) return body.type !== "control.command";
    // The core has not looked at it yet.
    return this.#own.has((body.data as Partial<typeof body.data> | undefined)?.order_id ?? "");
  }

  #ask(input: EngineEvent, { subject, transitions }: TransitionResult): EngineIntent[] {
    const time = input.event_time ??
      (this.#missingTime === "ingest_time" ? input.ingest_time : null);
    const event = freeze({ ...input, seq_id: subject.seq_id, event_time: time });
    const view = new View(this.#core);
    let answer: readonly StrategyIntent[] | void;
    try {
      answer = this.#enter(() => this.#strategy.onEvent({ event, transitions }, view));
    } finally {
      view.close();
    }
    if (answer === undefined) return [];
    if (!Array.isArray(answer)) {
      throw new TypeError(
        `Cannot take a strategy's answer as it must be an array or nothing, at once: ` +
          `current value is ${show(answer)}`,
      );
    }
    // A strategy is asked in a step that has a number and a time.
    const caused_by = subject.seq_id as number, created_at = time as string;
    return answer.map((body: StrategyIntent, index): EngineIntent => ({
      schema: "engine_intent/1.0",
      intent_id: `${this.#runId}/${caused_by}/${index}`,
      index,
      caused_by,
      created_at,
      idempotency_key: null,
      attribution: this.#attribution,
      trace: null,
      body: complete(body),
    }));
  }

  #enter<T>(call: () => T): T {
    this.#inside = true;
    try {
      return call();
    } finally {
      this.#inside = false;
    }
  }
}

/** Whether an event says what became of an order. */
function isReport(
  body: EngineEvent["body"],
): body is Extract<EngineEvent["body"], { type: "order.fill" | "order.report" }> {
  return body.type === "order.fill" || body.type === "order.report";
}

/** A snapshot for those who ask, while they may. */
class View implements RunView {
  #core: ExecutionCore | null;
  #snapshot: CoreSnapshot | undefined;

  constructor(core: ExecutionCore) {
    this.#core = core;
  }

  get snapshot(): CoreSnapshot {
    if (this.#core === null) {
      throw new ClosedError("closed", "Cannot look at the state: the call that may is over");
    }
    return this.#snapshot ??= freeze(this.#core.snapshot());
  }

  close(): void {
    this.#core = null;
  }
}

function complete(body: StrategyIntent): IntentBody {
  if (body?.type !== "place_order") return body;
  const terms: PlaceTerms = body.data;
  return {
    type: "place_order",
    data: {
      limit_price: null,
      stop_price: null,
      time_in_force: "gtc",
      expire_at: null,
      post_only: false,
      reduce_only: false,
      parent_order_id: null,
      oco_group: null,
      tag: null,
      ...terms,
    },
  };
}

/** Also what is in it. */
function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}

function stormError({ event_id }: EngineEvent, limit: number): ContractError {
  return new ContractError(
    "contract_run_order_storm",
    `Cannot step event "${event_id}": the strategy asked for more than ${limit} orders since the last ` +
      "market event or timer; the step was undone. If it is to do that, raise maxOrdersPerEvent",
    { data: { event_id, limit } },
  );
}

function strategyError({ event_id }: EngineEvent, what: string, cause: unknown): ContractError {
  return new ContractError(
    "contract_run_strategy",
    `Cannot step event "${event_id}": the strategy ${what}; the step was undone`,
    { cause, data: { event_id } },
  );
}
