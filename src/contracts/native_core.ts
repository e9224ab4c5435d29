/**
 * The execution core in the native library.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { checkBytes } from "../_check.ts";
import { ClosedError } from "../errors.ts";
import { ownDocument, ownInput, refusedError } from "./core/contract_refusal.ts";
import { requireNativeBundle } from "./schema/native_bundle.ts";
import type { CoreMemory, ExecutionCore } from "./execution_core.ts";
import type {
  CoreConfig,
  CoreSnapshot,
  EngineEvent,
  EngineIntent,
  ExecutionStepResult,
  Refusal,
  TransitionResult,
} from "./generated/types.ts";
import { requireMode, type ValidationMode } from "./schema/validation.ts";

/** Methods that take a core and bytes and answer bytes. */
type CoreMethod =
  | "contracts.beginStep"
  | "contracts.finishStep"
  | "contracts.stepLines"
  | "contracts.advance"
  | "contracts.coreSnapshot"
  | "contracts.coreMemory";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NONE = new Uint8Array();

const encode = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
const decode = <T>(bytes: Uint8Array): T => JSON.parse(decoder.decode(bytes)) as T;

function checks(validation: ValidationMode): Methods["contracts.openCore"]["request"]["checks"] {
  requireMode(validation);
  return typeof validation === "string" ? validation : { sample: validation.sample };
}

/** {@linkcode ExecutionCore} over the native library; needs its permissions. */
export class NativeCore implements ExecutionCore {
  /** The implementation. */
  readonly backend = "rust";
  readonly #handle: NativeHandle;

  constructor(
    config: CoreConfig,
    validation: ValidationMode,
    from?: { readonly snapshot: CoreSnapshot; readonly memory: CoreMemory },
  ) {
    const action = from === undefined ? "open a core" : "restore a core";
    requireNativeBundle(action);
    const own = ownDocument(action, "core_config", config, "contract_config");
    const { core } = from === undefined
      ? callSync("contracts.openCore", { checks: checks(validation) }, {
        action,
        attachment: encode(own),
      })
      : restore(action, own, validation, from.snapshot, from.memory);
    this.#handle = new NativeHandle(core, "core");
  }

  step(event: EngineEvent, intents: readonly EngineIntent[] = []): ExecutionStepResult {
    const action = "step the core";
    const core = this.#live(action);
    const input = {
      event: ownInput(action, event, "/event"),
      intents: ownInput(action, intents, "/intents"),
    };
    const line = this.#call(action, "contracts.stepLines", core, encode(input));
    const answer = decode<ExecutionStepResult | { readonly refused: Refusal }>(line);
    if ("refused" in answer) throw refusedError(action, answer.refused);
    return answer;
  }

  begin(event: EngineEvent): TransitionResult {
    const action = "begin a step";
    const core = this.#live(action);
    const own = ownInput(action, event, "/event");
    return decode(this.#call(action, "contracts.beginStep", core, encode(own)));
  }

  finish(intents: readonly EngineIntent[] = []): ExecutionStepResult {
    const action = "finish the step";
    const core = this.#live(action);
    const own = ownInput(action, intents, "/intents");
    return decode(this.#call(action, "contracts.finishStep", core, encode(own)));
  }

  rollback(): void {
    const action = "roll the step back";
    callSync("contracts.rollBackStep", { core: this.#live(action) }, { action });
  }

  stepLines(lines: Uint8Array): Uint8Array {
    return this.#lines("step over lines", "contracts.stepLines", lines);
  }

  advance(lines: Uint8Array): Uint8Array {
    return this.#lines("advance the core", "contracts.advance", lines);
  }

  snapshot(): CoreSnapshot {
    const action = "take a snapshot";
    return decode(this.#call(action, "contracts.coreSnapshot", this.#live(action)));
  }

  memory(): CoreMemory {
    const action = "read the core's memory";
    return decode(this.#call(action, "contracts.coreMemory", this.#live(action)));
  }

  close(): void {
    this.#handle.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #live(action: string): number {
    if (this.#handle.closed) {
      throw new ClosedError("closed", `Cannot ${action}: the core is closed`);
    }
    return this.#handle.value;
  }

  #lines(action: string, method: CoreMethod, lines: Uint8Array): Uint8Array {
    const core = this.#live(action);
    checkBytes(action, "lines", lines);
    return this.#call(action, method, core, lines);
  }

  #call(
    action: string,
    method: CoreMethod,
    core: number,
    attachment: Uint8Array = NONE,
  ): Uint8Array {
    return callSync(method, { core }, { action, attachment }).columns.bytes as Uint8Array;
  }
}

function restore(
  action: string,
  config: CoreConfig,
  validation: ValidationMode,
  snapshot: CoreSnapshot,
  memory: CoreMemory,
): { readonly core: number } {
  const parts = [
    config,
    ownDocument(action, "core_snapshot", snapshot, "contract_snapshot"),
    ownDocument(action, "memory", memory, "contract_snapshot"),
  ].map(encode);
  const attachment = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    attachment.set(part, at);
    at += part.length;
  }
  const [{ length: configBytes }, { length: snapshotBytes }] = parts as [Uint8Array, Uint8Array];
  return callSync("contracts.restoreCore", {
    checks: checks(validation),
    config: configBytes,
    snapshot: snapshotBytes,
  }, { action, attachment });
}
