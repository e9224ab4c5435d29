/**
 * One step: an event, then intents, then the commit.
 *
 * @module
 */

import { MODE_POLICY } from "../generated/data.ts";
import type {
  CoreConfig,
  EngineEvent,
  EngineIntent,
  ErrorCode,
  ExecutionStepResult,
  Refusal,
  RiskEntry,
  Stage,
  Trace,
  TransitionResult,
  Violation,
} from "../generated/types.ts";
import { applyCommand } from "./control.ts";
import { comparable } from "./comparison_form.ts";
import { Overflow, readMoney } from "./decimal.ts";
import { APPLIED, DUPLICATE, Effect, rejected, spanId, type Verdict } from "./effect.ts";
import { applyFill } from "./fill.ts";
import { Hasher } from "./hashes.ts";
import { applyIntent } from "./intents.ts";
import { CHECKED, violations } from "./invariants.ts";
import { eventKey, fillKey, intentKey } from "./key_memory.ts";
import { applyMarket } from "./market.ts";
import type { Order } from "./order.ts";
import { applyReport } from "./report.ts";
import { RiskLimits } from "./risk.ts";
import { hashOf, NO_HASH, sha256 } from "./sha256.ts";
import { sourceOf } from "./source.ts";
import { State } from "./state.ts";
import { canonicalJson } from "../json/json.ts";

/** A step between its event and its commit. */
interface OpenStep {
  readonly event: EngineEvent;
  /** Computed when something asks for it: most steps of the hot path do not. */
  readonly trace: () => Trace;
  readonly effect: Effect;
}

/** A step whose intents are applied. */
interface Applied {
  readonly effects: readonly Effect[];
  readonly intents: readonly EngineIntent[];
  readonly traces: readonly (() => Trace)[];
  readonly risk: RiskEntry[];
  readonly violations: Violation[];
  readonly ended: readonly Order[];
}

/** An invariant failed and the step was undone. */
export class BrokenInvariant extends Error {
  /** What failed. */
  readonly violations: readonly Violation[];

  constructor(violations: readonly Violation[]) {
    super(violations.map(({ code, message }) => `${code}: ${message}`).join("; "));
    this.violations = violations;
  }
}

/** The core without its border: takes what is known to be well formed. */
export class Engine {
  readonly config: CoreConfig;
  readonly state: State;
  readonly hasher: Hasher;
  readonly #limits: RiskLimits;
  readonly #backtest: boolean;
  readonly #implyAccept: boolean;
  readonly #rejectLate: boolean;
  readonly #stopOnViolation: boolean;
  #open: OpenStep | null = null;

  constructor(config: CoreConfig) {
    this.config = config;
    const initial = new Map(
      config.initial_cash.map(({ currency, amount }) => [currency, readMoney(amount)]),
    );
    this.state = new State(config, initial);
    for (const [currency, amount] of initial) this.state.cash.set(currency, amount);
    this.state.commit();
    this.hasher = new Hasher(config, this.state);
    this.#limits = new RiskLimits(config);
    const policy = MODE_POLICY.find(({ mode }) => mode === config.mode);
    if (policy === undefined) throw new TypeError(`There is no mode "${config.mode}"`);
    const overrides = config.policy_overrides;
    this.#backtest = policy.missing_event_time === "reject";
    this.#implyAccept = (overrides?.early_fill ?? policy.early_fill) === "imply";
    this.#rejectLate = (overrides?.time_regression ?? policy.time_regression) === "reject";
    this.#stopOnViolation = policy.invariant_violation === "stop";
  }

  /** Whether a step is open. */
  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** Orders that the open step ended so far. */
  get ended(): readonly Order[] {
    return Array.from(this.state.closed.changes().keys(), (id) => this.state.closed.get(id))
      .filter((order) => order !== undefined);
  }

  /** Why an event cannot be stepped, or null. */
  refuseEvent(event: EngineEvent): Refusal | null {
    const next = this.state.scalars.seqId + 1;
    if (event.seq_id !== null && event.seq_id !== next) {
      const message = `seq_id must be null or ${next}, the next one: it is ${event.seq_id}`;
      return refusal("SEQ_REGRESSION", "/event/seq_id", event.seq_id, message);
    }
    if (event.event_time === null && event.ingest_time === null) {
      const message = "event_time or ingest_time must be given: both are null";
      return refusal("MISSING_EVENT_TIME", "/event/event_time", null, message);
    }
    return null;
  }

  /** Why intents cannot be applied to the step numbered `seqId`, or null. */
  refuseIntents(intents: readonly EngineIntent[], seqId: number): Refusal | null {
    for (const [position, { index, caused_by }] of intents.entries()) {
      const pointer = `/intents/${position}`;
      if (index !== position) {
        const message = `index must be the position, ${position}: it is ${index}`;
        return refusal("SEMANTIC_INVALID", `${pointer}/index`, index, message);
      }
      if (caused_by !== seqId) {
        const message = `caused_by must be the step's seq_id, ${seqId}: it is ${caused_by}`;
        return refusal("SEMANTIC_INVALID", `${pointer}/caused_by`, caused_by, message);
      }
    }
    return null;
  }

  /** Opens a step and applies its event. Whatever throws, the step is undone. */
  begin(input: EngineEvent): Effect {
    this.state.begin();
    return this.#orUndo(() => this.#begin(input));
  }

  /** As `begin`, and shows what the event did. */
  open(input: EngineEvent): TransitionResult {
    this.state.begin();
    return this.#orUndo(() => this.#begin(input).result(this.config.run_id));
  }

  #begin(input: EngineEvent): Effect {
    const { state, config } = this;
    const { scalars } = state;
    scalars.seqId++;
    scalars.stepSeq++;
    const { seqId } = scalars;
    const event_time = input.event_time ?? (this.#backtest ? null : input.ingest_time);
    if (event_time !== null) {
      const time = BigInt(event_time);
      if (scalars.asOf === null || time > scalars.asOf) scalars.asOf = time;
    }
    const trace = once(() =>
      input.trace ?? {
        trace_id: sha256(`trace|${config.run_id}|${seqId}`).slice(0, 32),
        span_id: spanId(config.run_id, seqId, "event"),
        parent_span_id: null,
      }
    );
    const event = { ...input, seq_id: seqId, event_time };
    const { type, data } = event.body;
    const effect = new Effect(state, {
      kind: "event",
      id: event.event_id,
      at: event_time,
      orderId: type === "order.fill" || type === "order.report" ? data.order_id : null,
      span: () => trace().span_id,
    });
    effect.verdict = attempt(() => this.#applyEvent(event, effect));
    this.#open = { event, trace, effect };
    return effect;
  }

  #applyEvent(event: EngineEvent, effect: Effect): Verdict {
    const { type } = event.body;
    const source = sourceOf(type);
    if (event.source !== source) {
      return rejected("SOURCE_TYPE_MISMATCH", `${type} comes from ${source}, not ${event.source}`);
    }
    if (event.event_time === null) {
      return rejected("MISSING_EVENT_TIME", "a backtest reads no clock: event_time is null");
    }
    const key = eventKey(event);
    const bodyHash = key === null ? "" : hashOf(event.body);
    const fill = fillKey(event);
    for (const name of [key, fill]) {
      const known = name === null ? undefined : this.state.keys.get(name);
      if (known !== undefined) return repeated(name, known === bodyHash);
    }
    const stream = `${event.venue ?? ""}|${event.instrument ?? ""}|${type}`;
    const cursor = this.state.cursors.get(stream);
    const time = BigInt(event.event_time);
    const late = cursor !== undefined && time < cursor.time;
    if (late) {
      const message = `${stream} was at ${cursor.time}: this event is of ${time}`;
      if (this.#rejectLate) return rejected("TIME_REGRESSION", message);
      effect.remark("LATE_EVENT", "warn", message);
    }
    const verdict = this.#dispatch(event, effect);
    if (verdict.outcome === "rejected") return verdict;
    this.state.cursors.set(stream, {
      time: late ? cursor.time : time,
      index: (cursor?.index ?? 0) + 1,
    });
    if (key !== null) this.state.keys.remember(key, bodyHash);
    if (fill !== null) this.state.keys.remember(fill, bodyHash);
    return verdict;
  }

  #dispatch(event: EngineEvent, effect: Effect): Verdict {
    const { type, data } = event.body;
    switch (type) {
      case "order.fill":
        return applyFill(this.state, data, this.#implyAccept, effect);
      case "order.report":
        return applyReport(this.state, data, effect);
      case "control.command":
        return applyCommand(this.state, data, effect);
      case "timer.fired":
        return APPLIED;
      default:
        applyMarket(this.state, event);
        return APPLIED;
    }
  }

  #applyIntent(intent: EngineIntent, trace: () => Trace, effect: Effect, risk: RiskEntry[]) {
    const key = intentKey(intent);
    const bodyHash = hashOf(intent.body);
    const known = this.state.keys.get(key);
    if (known !== undefined) return repeated(key, known === bodyHash);
    const traceId = () => trace().trace_id;
    const verdict = applyIntent(this.state, this.#limits, intent, traceId, effect, risk);
    if (verdict.outcome !== "rejected") this.state.keys.remember(key, bodyHash);
    return verdict;
  }

  /** Applies the intents of the open step and checks it. @throws {BrokenInvariant} */
  #apply(step: OpenStep, intents: readonly EngineIntent[]): Applied {
    const { state, config } = this;
    const { seqId } = state.scalars;
    const effects = [step.effect];
    const traces: (() => Trace)[] = [];
    const risk: RiskEntry[] = [];
    for (const intent of intents) {
      const trace = once(() =>
        intent.trace ?? {
          trace_id: step.trace().trace_id,
          span_id: spanId(config.run_id, seqId, intent.intent_id),
          parent_span_id: step.trace().span_id,
        }
      );
      const { type, data } = intent.body;
      const effect = new Effect(state, {
        kind: "intent",
        id: intent.intent_id,
        at: intent.created_at,
        orderId: type === "set_risk_flag" || type === "no_op" ? null : data.order_id,
        span: () => trace().span_id,
      });
      effect.verdict = attempt(() => this.#applyIntent(intent, trace, effect, risk));
      effects.push(effect);
      traces.push(trace);
    }
    const found = violations(state, effects, intents.length);
    if (found.length > 0) {
      if (this.#stopOnViolation) throw new BrokenInvariant(found);
      state.scalars.halted = true;
    }
    const { ended } = this;
    state.keys.forget((id) => state.live.has(id), ended.map(({ id }) => id));
    return { effects, intents, traces, risk, violations: found, ended };
  }

  #commit(ended: readonly Order[]): void {
    this.hasher.commit(ended);
    this.state.commit();
    this.#open = null;
  }

  #opened(): OpenStep {
    if (this.#open === null) throw new TypeError("No step is open");
    return this.#open;
  }

  #orUndo<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** Finishes the open step without a record. @throws {BrokenInvariant} After it undid the step */
  advance(intents: readonly EngineIntent[]): void {
    const step = this.#opened();
    this.#orUndo(() => {
      const { ended } = this.#apply(step, intents);
      this.state.scalars.prevHash = NO_HASH;
      this.#commit(ended);
    });
  }

  /** Finishes the open step with its record. @throws {BrokenInvariant} After it undid the step */
  finish(intents: readonly EngineIntent[]): ExecutionStepResult {
    const step = this.#opened();
    return this.#orUndo(() => this.#finish(step, intents));
  }

  #finish(step: OpenStep, intents: readonly EngineIntent[]): ExecutionStepResult {
    const applied = this.#apply(step, intents);
    const { run_id, mode } = this.config;
    const { scalars } = this.state;
    const { stateHash, economicHash } = this.hasher.hashes(applied.ended);
    const [event_result, ...intent_results] = applied.effects.map((one) => one.result(run_id));
    const record: Omit<ExecutionStepResult, "step_hash"> = {
      schema: "execution_step_result/1.0",
      run_id,
      step_seq: scalars.stepSeq,
      mode,
      event: { ...step.event, trace: step.trace() },
      event_result: event_result as ExecutionStepResult["event_result"],
      intents: intents.map((intent, at) => ({
        ...intent,
        trace: applied.traces[at]?.() ?? null,
      })),
      risk: applied.risk,
      intent_results,
      reports: [],
      stages: stages(intents.length > 0),
      invariants: { checked: [...CHECKED], violations: applied.violations },
      snapshot_hash: stateHash,
      economic_hash: economicHash,
      prev_hash: scalars.prevHash,
    };
    const step_hash = sha256(scalars.prevHash + canonicalJson(comparable(record)));
    scalars.prevHash = step_hash;
    this.#commit(applied.ended);
    return { ...record, step_hash };
  }

  /** Undoes the open step. */
  rollback(): void {
    this.state.rollback();
    this.#open = null;
  }
}

function stages(withIntents: boolean): Stage[] {
  return withIntents
    ? ["INGEST", "SEQUENCE", "APPLY", "STRATEGY", "BROKER", "OBSERVE", "COMMIT"]
    : ["INGEST", "SEQUENCE", "APPLY", "OBSERVE", "COMMIT"];
}

/** What came under this key before took effect; the same again is harmless, other content is not. */
function repeated(key: string | null, same: boolean): Verdict {
  return same
    ? DUPLICATE
    : rejected("IDEMPOTENCY_CONFLICT", `"${key}" stood for something else before`);
}

function attempt(apply: () => Verdict): Verdict {
  try {
    return apply();
  } catch (error) {
    if (error instanceof Overflow) {
      return rejected("DECIMAL_OVERFLOW", "a result has too many digits");
    }
    throw error;
  }
}

function once<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => value ??= make();
}

/** A refusal by the core itself. */
function refusal(code: ErrorCode, pointer: string, found: unknown, message: string): Refusal {
  return { code, pointer, keyword: null, found: JSON.stringify(found), message };
}
