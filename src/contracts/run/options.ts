/**
 * What a run is made of: the strategy, the venue, and who is told what.
 *
 * @module
 */

import type { ContractError } from "../../errors.ts";
import type { CoreBackend } from "../execution_core.ts";
import type {
  Checkpoint,
  CoreConfig,
  CoreSnapshot,
  EngineEvent,
  ExecutionStepResult,
  IntentBody,
  OrderTransition,
  PlaceOrder,
  TimeNs,
  Violation,
} from "../generated/types.ts";
import type { GoldenEnd } from "../replay/replay_log.ts";
import type { ValidationMode } from "../schema/validation.ts";
import type { VenueAdapter } from "../venue/venue.ts";

/**
 * An order as a strategy asks for it. What is left out is null, false, or `gtc`; the order id is the
 * strategy's to choose, once per run.
 */
export type PlaceTerms =
  & Pick<PlaceOrder, "order_id" | "instrument" | "side" | "order_type" | "quantity">
  & Partial<PlaceOrder>;

/** What a strategy answers: the body of an intent. The run fills in the rest. */
export type StrategyIntent =
  | Exclude<IntentBody, { type: "place_order" }>
  | { readonly type: "place_order"; readonly data: PlaceTerms };

/** What a strategy is called for. */
export interface StrategyNews {
  /** The event, applied already, with its `seq_id` and `event_time`. Frozen. */
  readonly event: EngineEvent;
  /** What it did to an order of the strategy. */
  readonly transitions: readonly OrderTransition[];
}

/** What a strategy may see during a call, and not after it. */
export interface RunView {
  /**
   * The state with the event applied; frozen. Taken when it is first asked for, which costs as much as
   * there are orders.
   *
   * @throws {ClosedError} After the call
   */
  readonly snapshot: CoreSnapshot;
}

/** Decides. It is called for one event at a time, and answers at once. */
export interface RunStrategy {
  /** Name in the attribution of its intents. */
  readonly id: string;
  /**
   * Called for market events, timers, and reports and fills of its own orders, if they were applied.
   *
   * @returns what it wants done, in order; nothing is nothing
   */
  onEvent(news: StrategyNews, view: RunView): readonly StrategyIntent[] | void;
  /**
   * Called after a step with what became of own orders there without being the news of `onEvent`: by its
   * intents (created and submitted, or rejected by the risk check), and by commands such as `cancel_all`.
   */
  onTransitions?(transitions: readonly OrderTransition[]): void;
  /** Its state as text, for a checkpoint. */
  save?(): string;
  /** Takes the state over that `save` gave. */
  load?(state: string): void;
}

/** What `halt_and_alert` tells. */
export interface InvariantAlert {
  /** The step, which was committed; new orders are halted. */
  readonly step_seq: number;
  /** What failed. */
  readonly violations: readonly Violation[];
}

/** Where a run goes on. */
export interface RunResume {
  /** As {@linkcode ContractRun.checkpoint} made it. */
  readonly checkpoint: Checkpoint;
  /**
   * Steps of the log in order. Those after the checkpoint are stepped again and must come to the same
   * hashes. A simulated venue begins anew and is brought to where it was, which takes all of the log;
   * any other venue kept its state itself.
   *
   * @default none
   */
  readonly records?: Iterable<ExecutionStepResult>;
}

/** How a run is started. */
export interface ContractRunOptions {
  /** The core's configuration; its mode decides which rules of `MODE_POLICY` hold. */
  readonly config: CoreConfig;
  /** Which core runs; all write the same log. */
  readonly backend: CoreBackend;
  /** What the core checks against the schemas. @default "boundary" */
  readonly validation?: ValidationMode;
  /** Where orders go. The run connects it; whoever made it closes it, after the run. */
  readonly venue: VenueAdapter;
  /** Who decides. */
  readonly strategy: RunStrategy;
  /** Most events that wait. @default 1024 */
  readonly capacity?: number;
  /** Nanoseconds since the epoch; never called in backtests. @default the system's clock */
  readonly now?: () => TimeNs;
  /** Aborted, it sets the flag `kill_switch`, halts and cancels all orders, ahead of what waits. */
  readonly killSwitch?: AbortSignal;
  /** The `run_id`, which confirms a live run by name. */
  readonly confirm?: string;
  /** Told of a violated invariant where the mode asks for an alert. */
  readonly onAlert?: (alert: InvariantAlert) => void;
  /** Called after every step, when its intents are on their way. */
  readonly observe?: (result: ExecutionStepResult) => void;
  /**
   * Told of events of the input that were refused: they took no number. The core refuses what it cannot
   * read, and a backtest what is earlier than the newest step (`data.code` is `TIME_REGRESSION`).
   */
  readonly onRefused?: (event: EngineEvent, error: ContractError) => void;
  /**
   * Takes the replay log: whole lines, the header first, awaited. What a venue outside is to be sent is
   * written before it is sent. A run that goes on writes no header: its lines follow the earlier ones.
   */
  readonly log?: (lines: Uint8Array) => void | Promise<void>;
  /** Name of what runs, for the header. @default "tendon" */
  readonly engine?: string;
  /**
   * Orders, new or replaced, that one market event or timer may cause: in its own step, and in those of the
   * reports that follow before the next one. More end the run with `contract_run_order_storm`, before
   * they are sent: a strategy that answers its own fills with orders would not end by itself.
   *
   * @default 1000
   */
  readonly maxOrdersPerEvent?: number;
  /** How often a venue is asked at most per intent. @default 5 */
  readonly attempts?: number;
  /** Ends the run where it is, as `close()` does. */
  readonly signal?: AbortSignal;
  /** Where to go on. @default the beginning */
  readonly resume?: RunResume;
}

/** Kinds of market events. */
export type MarketKind = "market.bar" | "market.trade" | "market.quote";

/** What became of what came in and went out, since the run was started or resumed. */
export interface RunCounts {
  /** Steps that were committed. */
  readonly steps: number;
  /** Events of the input that were refused. */
  readonly refused: number;
  /** Market events that found the queue full, by kind. */
  readonly dropped: Readonly<Record<MarketKind, number>>;
  /** Events and reports that wait, or waited when the run ended. */
  readonly unstepped: number;
  /** Intents that the venue has. */
  readonly sent: number;
  /** Intents that the venue refused; the core heard of it. */
  readonly refusedByVenue: number;
  /** Ids of intents that are committed and of which nobody knows that the venue has them. */
  readonly unsent: readonly string[];
  /** Steps that violated an invariant and were committed. */
  readonly violations: number;
}

/** How a run ended. */
export interface RunEnd {
  /** What a replay of the log has to come to. */
  readonly golden: GoldenEnd;
  /** The core's state. */
  readonly snapshot: CoreSnapshot;
  /** What became of everything. */
  readonly counts: RunCounts;
}
