/**
 * The core's border: lines and objects become inputs, or are refused.
 *
 * @module
 */

import { tryParseJson } from "../json/json.ts";
import type { StepInput } from "../execution_core.ts";
import type { EngineEvent, EngineIntent, Refusal } from "../generated/types.ts";
import type { ValidationGate } from "../schema/validation.ts";
import { clip, MESSAGE_MAX } from "./clip.ts";
import { contractRefusal } from "./contract_refusal.ts";
import { isReadableEvent, isReadableIntent } from "./readable.ts";

/** An input, or why it is refused. */
export type Read<T> = { readonly value: T; readonly refused: null } | { readonly refused: Refusal };

/** Reads inputs in one of the validation modes. */
export class Ingress {
  readonly #gate: ValidationGate;

  constructor(gate: ValidationGate) {
    this.#gate = gate;
  }

  /** Reads a line. */
  line(text: string | Uint8Array): Read<Required<StepInput>> {
    // Every line counts, whatever it holds: both cores sample the same ones.
    const checks = this.#gate.input();
    const { value: line, issue } = tryParseJson(text);
    if (issue !== null) return { refused: issue };
    if (typeof line !== "object" || line === null || Array.isArray(line)) {
      return unfit("a line must be an object");
    }
    if (!Object.hasOwn(line, "event")) {
      return unfit("a line must have an event");
    }
    const others = Object.keys(line).filter((name) => name !== "event" && name !== "intents");
    if (others.length > 0) return unfit(`a line has no member "${others.sort()[0]}"`);
    const { event, intents = [] } = line as { event: unknown; intents?: unknown };
    const refused = this.#refuse(event, intents, checks);
    if (refused !== null) return { refused };
    return {
      value: { event: event as EngineEvent, intents: intents as EngineIntent[] },
      refused: null,
    };
  }

  /** Reads the event and the intents of a call. */
  step(event: unknown, intents: unknown): Refusal | null {
    return this.#refuse(event, intents, this.#gate.input());
  }

  /** Reads the event of a call. */
  event(event: unknown): Refusal | null {
    return this.#refuseEvent(event, this.#gate.input());
  }

  /** Reads the intents of a call. */
  intents(intents: unknown): Refusal | null {
    return this.#refuseIntents(intents, this.#gate.input());
  }

  #refuse(event: unknown, intents: unknown, checks: boolean): Refusal | null {
    return this.#refuseEvent(event, checks) ?? this.#refuseIntents(intents, checks);
  }

  #refuseEvent(event: unknown, checks: boolean): Refusal | null {
    if (checks) return contractRefusal("engine_event", event, "/event");
    return unreadableEvent(event, "/event");
  }

  #refuseIntents(intents: unknown, checks: boolean): Refusal | null {
    if (!Array.isArray(intents)) {
      return unfit("intents must be an array").refused;
    }
    for (const [at, intent] of intents.entries()) {
      const pointer = `/intents/${at}`;
      const refused = checks
        ? contractRefusal("engine_intent", intent, pointer)
        : isReadableIntent(intent)
        ? null
        : unreadable("engine_intent", intent, pointer);
      if (refused !== null) return refused;
    }
    return null;
  }
}

/** Why an event that stands at `pointer` cannot be read, or null. */
export function unreadableEvent(event: unknown, pointer: string): Refusal | null {
  return isReadableEvent(event) ? null : unreadable("engine_event", event, pointer);
}

/** What cannot be read is refused in every mode; the schemas, asked only now, say what is wrong. */
function unreadable(
  contract: "engine_event" | "engine_intent",
  value: unknown,
  pointer: string,
): Refusal {
  const refused = contractRefusal(contract, value, pointer) ??
    unfit(`the ${contract} cannot be read`).refused;
  return refused.code === "SEMANTIC_INVALID" ? { ...refused, code: "SCHEMA_INVALID" } : refused;
}

/** What no schema says: the line itself is not what a line is. */
function unfit(message: string): { readonly refused: Refusal } {
  return {
    refused: {
      code: "SCHEMA_INVALID",
      pointer: "",
      keyword: null,
      found: null,
      message: clip(message, MESSAGE_MAX),
    },
  };
}
