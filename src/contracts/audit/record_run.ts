/**
 * Records a run of the engine as a replay log.
 *
 * @module
 */

import { checkObject, show } from "../../_check.ts";
import { ContractError } from "../../errors.ts";
import { type AuditTick, AuditUpdates } from "../../engine/mod.ts";
import { canonicalJson } from "../json/json.ts";
import { NO_HASH } from "../core/sha256.ts";
import { createCore } from "../create_core.ts";
import { type AuditCounts, AuditSteps, type AuditStepsOptions } from "./engine_audit.ts";
import type { CoreOptions, ExecutionCore, StepInput } from "../execution_core.ts";
import type {
  CoreConfig,
  CoreSnapshot,
  ExecutionStepResult,
  Outcome,
  Refusal,
} from "../generated/types.ts";
import { type GoldenEnd, replayHeader } from "../replay/replay_log.ts";

const ACTION = "record a run";
/** Steps that go to the core in one call. */
const BATCH = 256;

/** Ticks of one run from its first, as they come. */
export type TickSource =
  | Iterable<Pick<AuditTick, "event" | "context">>
  | AsyncIterable<Pick<AuditTick, "event" | "context">>;

/** How a run is recorded. */
export interface RecordOptions extends AuditStepsOptions {
  /** The core's configuration; see {@linkcode engineRunConfig}. */
  readonly config: CoreConfig;
  /** Which core steps; all record the same bytes, `"typescript"` more slowly. @default "rust" */
  readonly backend?: CoreOptions["backend"];
  /** What the core checks against the schemas. @default "boundary" */
  readonly validation?: NonNullable<CoreOptions["validation"]>;
  /** Name and version of the engine, for the header. @default "barter/0.14.0" */
  readonly engine?: string;
}

/** How many events and intents had an outcome. */
export type OutcomeCounts = Readonly<Record<Outcome, number>>;

/** How a recorded run ended. */
export interface RecordedEnd {
  /** What a replay has to come to. */
  readonly golden: GoldenEnd;
  /** The core's state at the end. */
  readonly snapshot: CoreSnapshot;
  /** What became of the ticks. */
  readonly counts: AuditCounts;
  /** What the core made of the events. */
  readonly events: OutcomeCounts;
  /** What it made of the intents. */
  readonly intents: OutcomeCounts;
}

/**
 * A run on its way into a replay log: chunks of JSON lines, the header first, then one step result per
 * line. Read it once; `end` is there afterwards. Leaving the loop leaves the run, and closes its ticks.
 */
export class RunRecording implements AsyncIterable<Uint8Array> {
  readonly #ticks: TickSource;
  readonly #options: RecordOptions;
  #read = false;
  #end: RecordedEnd | undefined;

  /** Made by {@linkcode recordRun}. */
  constructor(ticks: TickSource, options: RecordOptions) {
    this.#ticks = ticks;
    this.#options = options;
  }

  /** How the run ended. @throws {TypeError} If it was not read to its end */
  get end(): RecordedEnd {
    if (this.#end !== undefined) return this.#end;
    throw new TypeError("Cannot read the end of a recording: it was not read to its end");
  }

  /** The whole log as text, for runs that fit into memory. */
  async text(): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of this) text += decoder.decode(chunk, { stream: true });
    return text;
  }

  /**
   * Chunks of whole lines.
   *
   * @throws {ContractError} `contract_refused` if the core refuses a step, with the Refusal in `data`;
   *   `contract_invariant`
   * @throws {TypeError} If it was read before
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#read) throw new TypeError("Cannot read a recording twice: record the run again");
    this.#read = true;
    try {
      yield* this.#record();
    } finally {
      // A source whose loop was never entered does not close itself.
      if (Symbol.dispose in this.#ticks) (this.#ticks as Partial<Disposable>)[Symbol.dispose]?.();
    }
  }

  /** A stream says where it begins, so that ticks missing there are counted, too. */
  #inFront(): Pick<AuditStepsOptions, "after"> {
    if (!(this.#ticks instanceof AuditUpdates)) return {};
    return { after: this.#ticks.snapshot.context.sequence };
  }

  async *#record(): AsyncGenerator<Uint8Array, void, undefined> {
    const { config, backend = "rust", validation = "boundary", engine = "barter/0.14.0" } =
      this.#options;
    const mapping = new AuditSteps({ ...this.#inFront(), ...this.#options });
    const core = createCore(config, { backend, validation });
    try {
      const log = new LogWriter(core);
      yield log.header(canonicalJson(replayHeader(config, engine)));
      for await (const tick of this.#ticks) {
        log.add(mapping.steps(tick));
        if (log.waiting >= BATCH) yield log.flush();
      }
      if (log.waiting > 0) yield log.flush();
      const snapshot = core.snapshot();
      const { state_hash, economic_hash } = snapshot;
      const { steps, step_hash, events, intents } = log;
      const golden = { steps, step_hash, state_hash, economic_hash };
      this.#end = { golden, snapshot, counts: mapping.counts, events, intents };
    } finally {
      core.close();
    }
  }
}

/** Brings steps to a core in batches and looks at what it makes of them. */
class LogWriter {
  readonly #core: ExecutionCore;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  #lines = "";
  waiting = 0;
  steps = 0;
  step_hash = NO_HASH;
  readonly events: Record<Outcome, number> = noOutcomes();
  readonly intents: Record<Outcome, number> = noOutcomes();

  constructor(core: ExecutionCore) {
    this.#core = core;
  }

  header(line: string): Uint8Array {
    return this.#encoder.encode(`${line}\n`);
  }

  add(steps: readonly StepInput[]): void {
    for (const step of steps) this.#lines += `${JSON.stringify(step)}\n`;
    this.waiting += steps.length;
  }

  flush(): Uint8Array {
    const results = this.#core.stepLines(this.#encoder.encode(this.#lines));
    this.#lines = "";
    this.waiting = 0;
    for (const line of this.#decoder.decode(results).split("\n").slice(0, -1)) this.#look(line);
    return results;
  }

  #look(line: string): void {
    const output: ExecutionStepResult | { readonly refused: Refusal } = JSON.parse(line);
    if ("refused" in output) {
      const { code, pointer, message } = output.refused;
      throw new ContractError(
        "contract_refused",
        `Cannot ${ACTION}: step ${this.steps + 1}: ${code} at "${pointer}": ${message}`,
        { data: { ...output.refused } },
      );
    }
    this.steps++;
    this.step_hash = output.step_hash;
    this.events[output.event_result.outcome]++;
    for (const { outcome } of output.intent_results) this.intents[outcome]++;
  }
}

function noOutcomes(): Record<Outcome, number> {
  return { applied: 0, duplicate: 0, ignored: 0, rejected: 0 };
}

/**
 * Records a run of the engine: its audit ticks become steps of an execution core, whose results are the
 * replay log. Memory stays flat; a run of 50,000 market events is some 80 MB of log.
 *
 * @param ticks every tick of the run in order: `auditBacktest()`, `System.audit()`, the ticks of an
 *   `Engine` fed by hand, `Engine.audits()`
 * @param options instruments and configuration
 * @throws {TypeError} If an option has the wrong form, or the ticks are filtered
 *
 * @example A backtest as a replay log
 * ```ts
 * import { engineRunConfig, recordRun } from "@tendon/tendon/contracts";
 * import { auditBacktest, MarketData } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const event = JSON.stringify({
 *   time_exchange: "2025-01-01T12:00:00Z",
 *   exchange: "binance_spot",
 *   instrument: 0,
 *   kind: { Trade: { id: "1", price: 100, amount: 1, side: "Buy" } },
 * });
 * const data = await MarketData.parse(event, {
 *   instruments: [
 *     { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 *   ],
 * });
 * const execution = [{ exchange: "binance_spot", balances: { usdt: "1000", btc: "0" } }];
 * const recording = recordRun(
 *   auditBacktest(data, { strategy: { type: "buyAndHold", quantity: "0.5" }, execution }),
 *   { instruments: data.table, config: engineRunConfig(data.table, { execution }) },
 * );
 * const log = await recording.text();
 * data.close();
 * assertEquals(log.split("\n").length - 2, recording.end.golden.steps);
 * assertEquals(recording.end.snapshot.positions[0]?.quantity, "0.5");
 * ```
 */
export function recordRun(ticks: TickSource, options: RecordOptions): RunRecording {
  checkObject(ACTION, "ticks", ticks);
  checkObject(ACTION, "options", options);
  checkObject(ACTION, "config", options.config);
  if ("filter" in ticks && typeof ticks.filter === "string" && ticks.filter !== "all") {
    throw new TypeError(
      `Cannot ${ACTION} as ticks must not be filtered: current filter is ${show(ticks.filter)}`,
    );
  }
  return new RunRecording(ticks, options);
}
