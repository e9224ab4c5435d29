/**
 * Runs a strategy over a core and a venue.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { checkObject, show } from "../../_check.ts";
import { CancelledError, ClosedError, ContractError } from "../../errors.ts";
import { createCore, restoreCore } from "../create_core.ts";
import { NO_HASH } from "../core/sha256.ts";
import type { ExecutionCore } from "../execution_core.ts";
import type {
  Checkpoint,
  EngineEvent,
  ExecutionStepResult,
  ModePolicyRow,
  TimeNs,
} from "../generated/types.ts";
import { replayHeader } from "../replay/replay_log.ts";
import type { VenueIntent } from "../venue/venue.ts";
import { venueIntents } from "../venue/venue_intents.ts";
import { admit, START } from "./admission.ts";
import { Agenda, type Due } from "./agenda.ts";
import { Bell } from "./bell.ts";
import { makeCheckpoint, readCheckpoint } from "./checkpoint.ts";
import { Deliveries, showMarket } from "./deliveries.ts";
import { type Feed, feed } from "./feed.ts";
import { connect, hear } from "./hear.ts";
import { IngestQueue } from "./ingest_queue.ts";
import { killCommands } from "./kill_commands.ts";
import { callbackError, LogLines } from "./log_lines.ts";
import type { ContractRunOptions, RunCounts, RunEnd } from "./options.ts";
import { recover, type Recovered } from "./recovery.ts";
import { StrategySeat } from "./strategy_seat.ts";

/** Steps between two turns of the event loop, so that timers and signals are heard. */
const STEPS_PER_TURN = 256;

/** What a run starts from. */
interface Parts {
  readonly options: ContractRunOptions;
  readonly policy: Readonly<ModePolicyRow>;
  readonly core: ExecutionCore;
  readonly seat: StrategySeat;
  readonly recovered: Recovered;
  readonly position: number;
}

interface Wish {
  readonly resolve: (checkpoint: Checkpoint) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A strategy at work: events go in, one step each; what the strategy wants goes to the venue, and what
 * the venue reports comes back as events.
 *
 * The policy of the mode holds: what a mode needs must be there before the run starts, and what the run
 * does about a full queue, a missing time or a violated invariant is what `MODE_POLICY` says.
 *
 * A run ends with `finish()`, with `close()`, or with the first thing that cannot be mended: a strategy
 * that throws, a venue that cannot be sent what it must be sent, a violated invariant in `backtest` or
 * `paper`. Every method then rejects with that error, and `counts` says what was left. Orders stay at the
 * venue as they are.
 *
 * @example Buys once, in a backtest
 * ```ts
 * import { type CoreConfig, ContractRun, SimulatedVenue } from "@tendon/tendon/contracts";
 * import { assertEquals } from "@std/assert";
 *
 * const cash = [{ currency: "USD", amount: "1000" }];
 * const config: CoreConfig = {
 *   schema: "core_config/1.0",
 *   run_id: "example",
 *   mode: "backtest",
 *   base_currency: "USD",
 *   initial_cash: cash,
 *   policy_overrides: null,
 *   risk: {
 *     max_order_quantity: null,
 *     max_order_notional: null,
 *     max_position: null,
 *     max_open_orders: null,
 *   },
 *   capabilities: null,
 * };
 * const nobody = {
 *   strategy_id: null,
 *   execution_id: null,
 *   route_id: null,
 *   broker_id: null,
 *   snapshot_id: null,
 * };
 * const venue = new SimulatedVenue({ balances: cash });
 * const run = await ContractRun.start({
 *   config,
 *   backend: "typescript",
 *   venue,
 *   strategy: {
 *     id: "buy-once",
 *     onEvent({ event }, view) {
 *       if (event.body.type !== "market.trade" || view.snapshot.orders.length > 0) return;
 *       return [{
 *         type: "place_order",
 *         data: {
 *           order_id: "o1",
 *           instrument: "BTC/USD",
 *           side: "buy",
 *           order_type: "market",
 *           quantity: "2",
 *         },
 *       }];
 *     },
 *   },
 * });
 * await run.push({
 *   schema: "engine_event/1.0",
 *   event_id: "e1",
 *   seq_id: null,
 *   event_time: "1735689600000000000",
 *   ingest_time: null,
 *   source: "market_data",
 *   venue: "simulator",
 *   instrument: "BTC/USD",
 *   producer: { name: "feed", index: 0 },
 *   idempotency_key: null,
 *   synthetic: false,
 *   attribution: nobody,
 *   trace: null,
 *   body: {
 *     type: "market.trade",
 *     data: { trade_id: null, price: "100", quantity: "5", aggressor: "unknown" },
 *   },
 * });
 * const { snapshot, counts } = await run.finish();
 * await venue.close();
 * assertEquals(snapshot.cash, [{ currency: "USD", amount: "800" }]);
 * assertEquals([counts.steps, counts.sent], [3, 1]);
 * ```
 */
export class ContractRun implements AsyncDisposable {
  readonly #options: ContractRunOptions;
  readonly #policy: Readonly<ModePolicyRow>;
  readonly #core: ExecutionCore;
  readonly #seat: StrategySeat;
  readonly #queue: IngestQueue;
  readonly #agenda: Agenda;
  readonly #deliveries: Deliveries;
  readonly #log: LogLines | null;
  readonly #readsClock: boolean;
  readonly #bell = new Bell();
  readonly #feeds = new Set<Feed>();
  readonly #counts = { steps: 0, refused: 0, violations: 0 };
  readonly #unlisten: (() => void)[] = [];
  readonly #ended: Promise<RunEnd>;
  #wishes: Wish[] = [];
  #step: Pick<Recovered, "step_seq" | "step_hash">;
  #finishing = false;
  #stopped: { readonly error: unknown } | null = null;
  #over = false;

  /** Made by {@linkcode ContractRun.start}. */
  private constructor({ options, policy, core, seat, recovered, position }: Parts) {
    const { config, venue, capacity = 1024, attempts = 5, log, engine = "tendon" } = options;
    this.#options = options;
    this.#policy = policy;
    this.#core = core;
    this.#seat = seat;
    this.#readsClock = policy.core_environment !== "forbidden";
    this.#queue = new IngestQueue(capacity, policy.queue_full);
    this.#deliveries = new Deliveries(venue, attempts);
    this.#log = log === undefined ? null : new LogLines(log);
    if (options.resume === undefined) this.#log?.add(replayHeader(config, engine));
    this.#step = recovered;
    const time = recovered.step_seq === 0 ? null : core.snapshot().as_of;
    this.#agenda = new Agenda(policy, this.#queue, recovered, position, time);
    this.#listen(options.signal, (signal) => {
      const message = "Cannot go on with the run: it was aborted";
      this.#stop(new CancelledError("cancelled", message, { cause: signal.reason }));
    });
    this.#listen(options.killSwitch, () => {
      this.#agenda.kill((time) =>
        killCommands(config.run_id, this.#step.step_seq, time, this.#arrival())
      );
      this.#bell.ring();
    });
    if (venue.drain === undefined) {
      const heard = (report: EngineEvent) => {
        this.#agenda.report(this.#stamped(report));
        this.#bell.ring();
      };
      this.#unlisten.push(hear(venue, heard, (error) => this.#stop(error)));
    }
    this.#ended = this.#work();
    // Whoever calls a method hears of it.
    this.#ended.catch(() => {});
  }

  /**
   * Starts a run: makes or restores the core, and connects the venue.
   *
   * @throws {TypeError} or {@linkcode RangeError} if an option has the wrong form
   * @throws {ContractError} `contract_run_policy` if the policy of the mode does not let it start;
   *   `contract_config`; to resume `contract_snapshot` and `contract_run_recovery`
   * @throws {CancelledError} if the signal is aborted
   * @throws {VenueError} if the venue cannot be connected; `venue_fatal` with the reason as cause if that
   *   is no `VenueError`
   */
  static async start(options: ContractRunOptions): Promise<ContractRun> {
    const policy = admit(options);
    const { config, backend, venue, strategy, signal, attempts = 5, resume } = options;
    const cancelled = () =>
      new CancelledError("cancelled", `Cannot ${START}: it was aborted`, { cause: signal?.reason });
    if (signal?.aborted) throw cancelled();
    const rest = resume === undefined ? null : readCheckpoint(resume.checkpoint, config);
    const checks = { backend, validation: options.validation ?? "boundary" };
    const core = resume === undefined || rest === null
      ? createCore(config, checks)
      : restoreCore(config, resume.checkpoint.snapshot, rest.memory, checks);
    try {
      const start = resume?.checkpoint.snapshot;
      const state = resume?.checkpoint.strategy_state ?? null;
      if (state !== null) {
        if (strategy.load === undefined) {
          throw new TypeError(`Cannot ${START} from a strategy's state as it has no function load`);
        }
        strategy.load(state);
      }
      const seat = new StrategySeat(
        core,
        strategy,
        config,
        venue.venue,
        policy.missing_event_time,
        start?.orders ?? [],
        options.maxOrdersPerEvent ?? 1000,
      );
      await connect(venue, signal).catch((error) => {
        throw signal?.aborted ? cancelled() : error;
      });
      const recovered = await recover(
        resume?.records ?? [],
        { step_seq: start?.step_seq ?? 0, step_hash: rest?.memory.prev_hash ?? NO_HASH },
        seat,
        venue,
        new Deliveries(venue, attempts),
        policy.core_environment === "forbidden",
      );
      const position = rest?.position ?? 0;
      return new ContractRun({ options, policy, core, seat, recovered, position });
    } catch (error) {
      core.close();
      throw error;
    }
  }

  /** What became of what came in and went out; also while the run goes on, and after it. */
  get counts(): RunCounts {
    const { sent, refused: refusedByVenue } = this.#deliveries.counts;
    return {
      ...this.#counts,
      dropped: { ...this.#queue.dropped },
      unstepped: this.#agenda.size,
      sent,
      refusedByVenue,
      unsent: this.#deliveries.unsent,
    };
  }

  /**
   * How many events of the input are done with: stepped, refused or dropped, counted over all parts of a
   * run that was resumed. A resumed run is fed from there; what was stepped after its checkpoint is left
   * out by itself, and what was dropped after it comes again.
   */
  get position(): number {
    return this.#agenda.position;
  }

  /**
   * Puts an event into the queue. It is the run's from then on.
   *
   * In a backtest an event is stepped when one of a later time follows, or with `finish()`: those of one
   * time are put in order first.
   *
   * @returns true once it is in the queue, which may take until there is room; false if it was dropped
   */
  async push(event: EngineEvent): Promise<boolean> {
    const action = "push an event";
    this.#need(action);
    checkObject(action, "event", event);
    checkObject(action, "event.body", event.body);
    const queued = this.#queue.push(this.#stamped(event));
    this.#bell.ring();
    return await queued;
  }

  /**
   * Pushes all events of a source, in order, and reads on when there is room.
   *
   * It resolves when the source has ended, and rejects when the source fails, which does not end the run,
   * or the run ends. The source is closed in any case. A backtest that has several sources reads them
   * merged by time, and refuses an event that is earlier than a step.
   */
  async feed(source: AsyncIterable<EngineEvent> | Iterable<EngineEvent>): Promise<void> {
    const action = "feed a run";
    this.#need(action);
    checkObject(action, "source", source);
    if (!(Symbol.asyncIterator in source || Symbol.iterator in source)) {
      throw new TypeError(
        `Cannot ${action} as source must be iterable: current value is ${show(source)}`,
      );
    }
    const feeding = feed(source, (event) => this.push(event));
    this.#feeds.add(feeding);
    try {
      await feeding.done;
    } finally {
      this.#feeds.delete(feeding);
    }
  }

  /**
   * The state between two steps, when every intent before it has reached the venue.
   *
   * @throws {ContractError} `contract_output` if the strategy's state is too long
   */
  async checkpoint(): Promise<Checkpoint> {
    this.#need("make a checkpoint");
    return await new Promise((resolve, reject) => {
      this.#wishes.push({ resolve, reject });
      this.#bell.ring();
    });
  }

  /**
   * Ends the run when everything in the queue is stepped and delivered. What a venue outside reports
   * later is not heard.
   */
  async finish(): Promise<RunEnd> {
    this.#seat.leave("finish a run");
    this.#finishing = true;
    this.#bell.ring();
    return await this.#ended;
  }

  /**
   * Ends the run where it is: the step that is open is finished, and what waits is left. What the venue
   * is being asked has a second to be answered; `counts.unsent` names what it is not known to have.
   */
  async close(): Promise<void> {
    this.#stop(new ClosedError("closed", "Cannot go on with the run: it was closed"));
    await this.#ended.catch(() => {});
  }

  /** Same as {@linkcode ContractRun.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #need(action: string): void {
    this.#seat.leave(action);
    if (this.#stopped !== null) throw this.#stopped.error;
    if (this.#finishing) throw new ClosedError("closed", `Cannot ${action}: the run is finishing`);
  }

  #listen(signal: AbortSignal | undefined, heard: (signal: AbortSignal) => void): void {
    if (signal === undefined) return;
    if (signal.aborted) return heard(signal);
    const listener = () => heard(signal);
    signal.addEventListener("abort", listener, { once: true });
    this.#unlisten.push(() => signal.removeEventListener("abort", listener));
  }

  #stop(error: unknown): void {
    if (this.#over) return;
    this.#stopped ??= { error };
    // A step waits for what a venue in memory is being asked, and would not hear the bell.
    if (this.#options.venue.drain !== undefined) this.#deliveries.end();
    this.#bell.ring();
  }

  /** The time by the clock, or null where none may be read. */
  #arrival(): TimeNs | null {
    if (!this.#readsClock) return null;
    const { now } = this.#options;
    return now === undefined
      ? String(BigInt(Date.now()) * 1_000_000n)
      : this.#call("now", () => now());
  }

  #stamped(event: EngineEvent): EngineEvent {
    if (!this.#readsClock || event.ingest_time !== null) return event;
    return { ...event, ingest_time: this.#arrival() };
  }

  async #work(): Promise<RunEnd> {
    try {
      // The caller has the run in hand before anything happens.
      await Promise.resolve();
      await this.#stepAll();
      await this.#log?.flush();
      const snapshot = this.#core.snapshot();
      const { state_hash, economic_hash } = snapshot;
      const { step_seq: steps, step_hash } = this.#step;
      return {
        golden: { steps, step_hash, state_hash, economic_hash },
        snapshot,
        counts: this.counts,
      };
    } catch (error) {
      this.#stopped ??= { error };
      throw await this.#leave(this.#stopped.error);
    } finally {
      this.#over = true;
      this.#stopped ??= { error: new ClosedError("closed", "Cannot go on with the run: it ended") };
      const { error } = this.#stopped;
      for (const unlisten of this.#unlisten) unlisten();
      this.#queue.refuse(error);
      for (const { reject } of this.#wishes.splice(0)) reject(error);
      for (const { stop } of this.#feeds) stop(error);
      this.#deliveries.close();
      this.#core.close();
    }
  }

  /** Brings to an end what is under way. Returns the error of the run. */
  async #leave(error: unknown): Promise<unknown> {
    await this.#deliveries.stop(error);
    try {
      await this.#log?.flush();
    } catch (failed) {
      // What broke the run comes first; one that was only left is broken now.
      if (!(error instanceof ClosedError || error instanceof CancelledError)) return error;
      this.#stopped = { error: failed };
      return failed;
    }
    return error;
  }

  async #stepAll(): Promise<void> {
    for (let steps = 1;; steps++) {
      if (this.#stopped !== null) throw this.#stopped.error;
      if (this.#wishes.length > 0 && this.#rests) await this.#grant();
      const next = this.#agenda.next(this.#finishing);
      if (next !== null) await this.#take(next);
      else if (await this.#wait()) return;
      if (steps % STEPS_PER_TURN === 0) {
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
      }
    }
  }

  /** Whether the state is whole: no step or batch is left half done. */
  get #rests(): boolean {
    return this.#agenda.rests(this.#finishing) && this.#deliveries.idle;
  }

  /** Waits for something to do. Returns whether there will be nothing more. */
  async #wait(): Promise<boolean> {
    if (this.#log?.waiting) {
      await this.#log.flush();
      return false;
    }
    if (this.#finishing && this.#queue.size === 0 && this.#rests) return this.#wishes.length === 0;
    await this.#bell.wait();
    return false;
  }

  async #grant(): Promise<void> {
    await this.#log?.flush();
    // Writing takes its time, and a report may have come.
    if (!this.#rests) return;
    for (const { resolve, reject } of this.#wishes.splice(0)) {
      try {
        resolve(makeCheckpoint(
          this.#options.config,
          this.#core,
          this.position,
          this.#options.strategy.save?.() ?? null,
          this.#arrival(),
        ));
      } catch (error) {
        reject(error);
      }
    }
  }

  async #take(due: Due): Promise<void> {
    const { event, input } = due;
    let result: ExecutionStepResult;
    try {
      if (input) this.#checkTime(event);
      result = this.#seat.step(event);
    } catch (error) {
      // A report that is lost would be money that is lost.
      if (!input || !(error instanceof ContractError && error.code === "contract_refused")) {
        this.#agenda.putBack(due);
        throw error;
      }
      this.#counts.refused++;
      this.#call("onRefused", () => this.#options.onRefused?.(event, error));
      return;
    }
    this.#agenda.stepped(result.event);
    this.#step = result;
    this.#counts.steps++;
    this.#log?.add(result);
    this.#alert(result);
    const intents = venueIntents(result);
    this.#deliveries.plan(intents);
    const outside = intents.length > 0 && !this.#options.venue.simulated;
    if (outside || this.#log?.due) await this.#log?.flush();
    await this.#deliver(result, intents);
    this.#seat.tell(result);
    this.#call("observe", () => this.#options.observe?.(result));
  }

  /**
   * Throws for an input that is out of order where the core rejects what is late. The core looks at each
   * stream by itself: it would take a late event of another stream, and then reject the reports on the
   * orders that the strategy answers with.
   */
  #checkTime(event: EngineEvent): void {
    const newest = this.#agenda.laterThan(event);
    const { policy_overrides } = this.#options.config;
    const rule = policy_overrides?.time_regression ?? this.#policy.time_regression;
    if (newest === null || rule !== "reject") return;
    throw new ContractError(
      "contract_refused",
      `Cannot step event "${event.event_id}": TIME_REGRESSION at "/event/event_time": it must be at least ` +
        `${newest}, the time of the newest step: it is ${event.event_time}. Several sources are to be ` +
        "merged by time before they are fed",
      { data: { code: "TIME_REGRESSION", pointer: "/event/event_time", found: event.event_time } },
    );
  }

  async #deliver(result: ExecutionStepResult, intents: readonly VenueIntent[]): Promise<void> {
    const { venue } = this.#options;
    if (venue.drain !== undefined) {
      const reports = await this.#deliveries.exchange(result, intents);
      for (const report of reports) this.#agenda.report(this.#stamped(report));
      return;
    }
    showMarket(venue, result);
    for (const intent of intents) {
      this.#deliveries.send(intent, (report) => {
        if (report !== null) this.#agenda.report(this.#stamped(report));
        this.#bell.ring();
      }, (error) => this.#stop(error));
    }
  }

  #alert({ step_seq, invariants: { violations } }: ExecutionStepResult): void {
    if (violations.length === 0) return;
    this.#counts.violations++;
    if (this.#policy.invariant_violation !== "halt_and_alert") return;
    this.#call("onAlert", () => this.#options.onAlert?.({ step_seq, violations }));
  }

  #call<T>(name: string, callback: () => T): T {
    try {
      return callback();
    } catch (cause) {
      throw callbackError(name, cause);
    }
  }
}
