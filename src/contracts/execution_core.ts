/**
 * The execution core behind one interface: two implementations, held to the same output.
 *
 * @module
 */

import type {
  CoreSnapshot,
  EngineEvent,
  EngineIntent,
  ExecutionStepResult,
  RememberedKey,
  TransitionResult,
} from "./generated/types.ts";
import type { ValidationMode } from "./schema/validation.ts";

/** Which implementation of the core runs. Nothing falls back from one to the other. */
export type CoreBackend = "rust" | "typescript";

/** How a core is made. */
export interface CoreOptions {
  /** The implementation. */
  readonly backend: CoreBackend;
  /**
   * What is checked against the schemas: nothing, every n-th line or call, every input, or outputs as
   * well. What cannot be read at all is refused in every mode, and the state machine and the rules of
   * money are enforced in every mode.
   *
   * @default "boundary"
   */
  readonly validation?: ValidationMode;
}

/** One line of {@linkcode ExecutionCore.stepLines}: what makes a step. */
export interface StepInput {
  /** The event. `seq_id` is null, or exactly the next one. */
  readonly event: EngineEvent;
  /** What the strategy answers to it. @default [] */
  readonly intents?: readonly EngineIntent[];
}

/** What a core remembers beside its snapshot. */
export interface CoreMemory {
  /** Oldest first, each once. */
  readonly keys: readonly RememberedKey[];
  /** `step_hash` of the last recorded step, or 64 zeros. */
  readonly prev_hash: string;
}

/** First byte per line of {@linkcode ExecutionCore.advance}. */
export const OUTCOME_BYTES = {
  applied: 0,
  duplicate: 1,
  ignored: 2,
  rejected: 3,
  refused: 4,
} as const;

/**
 * Order life cycles, fills, cash and positions, driven by events and intents.
 *
 * One event is one step and one atomic commit. A core reads no clock, no randomness and no network:
 * the same input gives the same output to the last byte, whichever backend runs. Nothing is shared
 * between cores. Close it when done; after that every member but `backend` and `close` throws a
 * `ClosedError`.
 *
 * Values are taken as `JSON.stringify()` writes them: a member that is undefined is absent, and `toJSON`
 * is asked. What JSON does not have is refused like any other wrong type: a bigint, a function, a number
 * that is no plain integer, half a surrogate pair, a cycle. What goes in is copied, and what comes out is
 * the caller's: nothing that is done to either reaches the core or its records.
 */
export interface ExecutionCore extends Disposable {
  /** The implementation that runs. */
  readonly backend: CoreBackend;

  /**
   * One event and its intents: begin and finish in one.
   *
   * @param intents `index` is the position, `caused_by` the step's `seq_id`
   * @throws {ContractError} `contract_refused` if the input is refused, with the `Refusal`
   *   in `data`; `contract_invariant` if an invariant fails in backtest or paper mode. Whatever is
   *   thrown, the core is as it was before the call.
   */
  step(event: EngineEvent, intents?: readonly EngineIntent[]): ExecutionStepResult;

  /**
   * Phase one of a step: the event is applied, and `snapshot()` shows what a strategy may see.
   * `finish()` or `rollback()` must follow.
   *
   * @throws {ContractError} `contract_refused` as in `step`, `contract_state` if a step is open
   */
  begin(event: EngineEvent): TransitionResult;

  /**
   * Phase two: applies the intents, checks the invariants, commits.
   *
   * Refused intents leave the step open, so that it can be finished otherwise or rolled back.
   *
   * @throws {ContractError} `contract_refused`; `contract_invariant`, which rolls the step back;
   *   `contract_state` if no step is open
   */
  finish(intents?: readonly EngineIntent[]): ExecutionStepResult;

  /**
   * Undoes `begin()`: nothing of the step remains, its `seq_id` is free again.
   *
   * @throws {ContractError} `contract_state` if no step is open
   */
  rollback(): void;

  /**
   * Steps over many inputs in one call.
   *
   * @param lines JSON lines, each a {@linkcode StepInput}; the last may end without a line feed
   * @returns one canonical JSON line per input: a step result, or `{"refused": Refusal}`
   * @throws {ContractError} `contract_invariant`, after the lines before it took effect;
   *   `contract_state` if a step is open
   * @throws {TypeError} if `lines` is no `Uint8Array`
   */
  stepLines(lines: Uint8Array): Uint8Array;

  /**
   * The hot path: the same input and the same effect, without records and hashes.
   *
   * The hash chain of the steps is not kept: `prev_hash` of the next recorded step is 64 zeros.
   *
   * @returns two bytes per input: the outcome of the event as in {@linkcode OUTCOME_BYTES}, and its
   *   code as position in the enum ErrorCode plus 1, or 0 for none
   * @throws {ContractError} and {TypeError} as `stepLines`
   */
  advance(lines: Uint8Array): Uint8Array;

  /**
   * The whole state. During an open step it shows the event applied, with the `seq_id` of that step.
   */
  snapshot(): CoreSnapshot;

  /**
   * What a snapshot leaves out and `restoreCore` needs beside it: the remembered keys of events and
   * intents, and the end of the hash chain.
   *
   * @throws {ContractError} `contract_state` if a step is open
   */
  memory(): CoreMemory;

  /** Frees the core. An open step is rolled back; closing again does nothing. */
  close(): void;
}
