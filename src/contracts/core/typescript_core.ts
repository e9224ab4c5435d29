/**
 * The execution core in TypeScript.
 *
 * @module
 */

import { checkBytes } from "../../_check.ts";
import { canonicalJson } from "../json/json.ts";
import { ClosedError, ContractError } from "../../errors.ts";
import { type CoreMemory, type ExecutionCore, OUTCOME_BYTES } from "../execution_core.ts";
import { ERROR_CODES } from "../generated/data.ts";
import type {
  CoreConfig,
  CoreSnapshot,
  EngineEvent,
  EngineIntent,
  ErrorCode,
  ExecutionStepResult,
  Refusal,
  TransitionResult,
} from "../generated/types.ts";
import { ValidationGate, type ValidationMode } from "../schema/validation.ts";
import { BrokenInvariant, Engine } from "./engine.ts";
import { Ingress } from "./ingress.ts";
import { ownDocument, ownInput, refusedError, requireContract } from "./contract_refusal.ts";
import { splitLines } from "./lines.ts";
import { restore } from "./restore.ts";

const CODE_BYTES: ReadonlyMap<ErrorCode, number> = new Map(
  ERROR_CODES.map((code, at) => [code, at + 1]),
);

/** {@linkcode ExecutionCore} without a native library. */
export class TypeScriptCore implements ExecutionCore {
  /** The implementation. */
  readonly backend = "typescript";
  readonly #engine: Engine;
  readonly #ingress: Ingress;
  readonly #gate: ValidationGate;
  #closed = false;

  constructor(
    config: CoreConfig,
    validation: ValidationMode,
    from?: { readonly snapshot: CoreSnapshot; readonly memory: CoreMemory },
  ) {
    const action = from === undefined ? "make a core" : "restore a core";
    const own = ownDocument(action, "core_config", config, "contract_config");
    requireContract(action, "core_config", own, "contract_config");
    this.#engine = new Engine(own);
    this.#gate = new ValidationGate(validation);
    this.#ingress = new Ingress(this.#gate);
    if (from === undefined) return;
    const snapshot = ownDocument(action, "core_snapshot", from.snapshot, "contract_snapshot");
    requireContract(action, "core_snapshot", snapshot, "contract_snapshot");
    restore(
      this.#engine,
      snapshot,
      ownDocument(action, "memory", from.memory, "contract_snapshot"),
    );
  }

  step(event: EngineEvent, intents: readonly EngineIntent[] = []): ExecutionStepResult {
    const action = "step the core";
    this.#needLive(action);
    const ownEvent = ownInput(action, event, "/event");
    const ownIntents = ownInput(action, intents, "/intents");
    this.#need(action, false);
    this.#refuse(action, this.#ingress.step(ownEvent, ownIntents));
    const { seqId } = this.#engine.state.scalars;
    this.#refuse(
      action,
      this.#engine.refuseEvent(ownEvent) ?? this.#engine.refuseIntents(ownIntents, seqId + 1),
    );
    this.#engine.begin(ownEvent);
    return this.#finish(action, ownIntents);
  }

  begin(event: EngineEvent): TransitionResult {
    const action = "begin a step";
    this.#needLive(action);
    const own = ownInput(action, event, "/event");
    this.#need(action, false);
    this.#refuse(action, this.#ingress.event(own) ?? this.#engine.refuseEvent(own));
    return this.#engine.open(own);
  }

  finish(intents: readonly EngineIntent[] = []): ExecutionStepResult {
    const action = "finish the step";
    this.#needLive(action);
    const own = ownInput(action, intents, "/intents");
    this.#need(action, true);
    const { seqId } = this.#engine.state.scalars;
    this.#refuse(action, this.#ingress.intents(own) ?? this.#engine.refuseIntents(own, seqId));
    return this.#finish(action, own);
  }

  rollback(): void {
    this.#need("roll the step back", true);
    this.#engine.rollback();
  }

  stepLines(lines: Uint8Array): Uint8Array {
    const action = "step over lines";
    this.#needLive(action);
    checkBytes(action, "lines", lines);
    this.#need(action, false);
    const output: string[] = [];
    for (const text of splitLines(lines)) {
      const refused = this.#beginLine(
        text,
        (intents) => output.push(canonicalJson(this.#finish(action, intents)), "\n"),
      );
      if (refused !== null) output.push(canonicalJson({ refused }), "\n");
    }
    return new TextEncoder().encode(output.join(""));
  }

  advance(lines: Uint8Array): Uint8Array {
    const action = "advance the core";
    this.#needLive(action);
    checkBytes(action, "lines", lines);
    this.#need(action, false);
    const output: number[] = [];
    for (const text of splitLines(lines)) {
      const refused = this.#beginLine(text, (intents, { outcome, code }) => {
        this.#guard(action, () => this.#engine.advance(intents));
        output.push(OUTCOME_BYTES[outcome], codeByte(code));
      });
      if (refused !== null) output.push(OUTCOME_BYTES.refused, codeByte(refused.code));
    }
    return Uint8Array.from(output);
  }

  snapshot(): CoreSnapshot {
    this.#needLive("take a snapshot");
    const snapshot = this.#engine.hasher.snapshot(this.#engine.ended);
    if (this.#gate.outputs) {
      requireContract("take a snapshot", "core_snapshot", snapshot, "contract_output");
    }
    return snapshot;
  }

  memory(): CoreMemory {
    this.#need("read the core's memory", false);
    const { keys, scalars } = this.#engine.state;
    return { keys: keys.list(), prev_hash: scalars.prevHash };
  }

  close(): void {
    if (this.#engine.isOpen) this.#engine.rollback();
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads a line, opens its step and passes its intents on; or says why not. */
  #beginLine(
    text: string | Uint8Array,
    finish: (
      intents: readonly EngineIntent[],
      verdict: { outcome: keyof typeof OUTCOME_BYTES; code: ErrorCode | null },
    ) => void,
  ): Refusal | null {
    const read = this.#ingress.line(text);
    if (read.refused !== null) return read.refused;
    const { event, intents } = read.value;
    const { seqId } = this.#engine.state.scalars;
    const refused = this.#engine.refuseEvent(event) ??
      this.#engine.refuseIntents(intents, seqId + 1);
    if (refused !== null) return refused;
    const { verdict } = this.#engine.begin(event);
    finish(intents, verdict);
    return null;
  }

  #finish(action: string, intents: readonly EngineIntent[]): ExecutionStepResult {
    const result = this.#guard(action, () => this.#engine.finish(intents));
    if (this.#gate.outputs) {
      requireContract(action, "execution_step_result", result, "contract_output");
    }
    return result;
  }

  #guard<T>(action: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof BrokenInvariant)) throw error;
      throw new ContractError(
        "contract_invariant",
        `Cannot ${action}: an invariant failed and the step was undone: ${error.message}`,
        { data: { violations: error.violations } },
      );
    }
  }

  #refuse(action: string, refused: Refusal | null): void {
    if (refused !== null) throw refusedError(action, refused);
  }

  #needLive(action: string): void {
    if (this.#closed) throw new ClosedError("closed", `Cannot ${action}: the core is closed`);
  }

  #need(action: string, open: boolean): void {
    this.#needLive(action);
    if (this.#engine.isOpen === open) return;
    const state = open ? "no step is open" : "a step is open: finish it or roll it back";
    throw new ContractError("contract_state", `Cannot ${action}: ${state}`);
  }
}

function codeByte(code: ErrorCode | null): number {
  return code === null ? 0 : CODE_BYTES.get(code) ?? 0;
}
