/**
 * The execution core in the native library.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { ContractError } from "../errors.ts";
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
    const { core } = from === undefined
      ? callSync("contracts.openCore", { checks: checks(validation) }, {
        action,
        attachment: encode(config),
      })
      : restore(action, config, validation, from.snapshot, from.memory);
    this.#handle = new NativeHandle(core, "core");
  }

  step(event: EngineEvent, intents: readonly EngineIntent[] = []): ExecutionStepResult {
    const action = "step the core";
    const line = this.#call(action, "contracts.stepLines", encode({ event, intents }));
    const answer = decode<ExecutionStepResult | { readonly refused: Refusal }>(line);
    if (!("refused" in answer)) return answer;
    const { refused } = answer;
    throw new ContractError(
      "contract_refused",
      `Cannot ${action}: ${refused.code} at "${refused.pointer}": ${refused.message}`,
      { data: { ...refused } },
    );
  }

  begin(event: EngineEvent): TransitionResult {
    return decode(this.#call("begin a step", "contracts.beginStep", encode(event)));
  }

  finish(intents: readonly EngineIntent[] = []): ExecutionStepResult {
    return decode(this.#call("finish the step", "contracts.finishStep", encode(intents)));
  }

  rollback(): void {
    const action = "roll the step back";
    callSync("contracts.rollBackStep", { core: this.#handle.value }, { action });
  }

  stepLines(lines: Uint8Array): Uint8Array {
    return this.#call("step over lines", "contracts.stepLines", lines);
  }

  advance(lines: Uint8Array): Uint8Array {
    return this.#call("advance the core", "contracts.advance", lines);
  }

  snapshot(): CoreSnapshot {
    return decode(this.#call("take a snapshot", "contracts.coreSnapshot"));
  }

  memory(): CoreMemory {
    return decode(this.#call("read the core's memory", "contracts.coreMemory"));
  }

  close(): void {
    this.#handle.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #call(action: string, method: CoreMethod, attachment: Uint8Array = NONE): Uint8Array {
    const { columns } = callSync(method, { core: this.#handle.value }, { action, attachment });
    return columns.bytes as Uint8Array;
  }
}

function restore(
  action: string,
  config: CoreConfig,
  validation: ValidationMode,
  snapshot: CoreSnapshot,
  memory: CoreMemory,
): { readonly core: number } {
  const parts = [config, snapshot, memory].map(encode);
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
