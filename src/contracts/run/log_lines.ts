/**
 * The replay log of a run, as it is written.
 *
 * @module
 */

import { ContractError } from "../../errors.ts";
import { canonicalJson } from "../json/json.ts";
import type { ExecutionStepResult, ReplayHeader } from "../generated/types.ts";

/** Lines that are written in one call. */
const CHUNK = 256;

/** Collects lines, and writes them in order. */
export class LogLines {
  readonly #write: (lines: Uint8Array) => void | Promise<void>;
  readonly #encoder = new TextEncoder();
  #lines: string[] = [];

  constructor(write: (lines: Uint8Array) => void | Promise<void>) {
    this.#write = write;
  }

  /** Adds a line. */
  add(line: ReplayHeader | ExecutionStepResult): void {
    this.#lines.push(canonicalJson(line), "\n");
  }

  /** Whether there are lines that are not written. */
  get waiting(): boolean {
    return this.#lines.length > 0;
  }

  /** Whether there is enough for a call. */
  get due(): boolean {
    return this.#lines.length >= 2 * CHUNK;
  }

  /** Writes what is there. @throws {ContractError} `contract_run_callback` */
  async flush(): Promise<void> {
    if (!this.waiting) return;
    const lines = this.#encoder.encode(this.#lines.join(""));
    this.#lines = [];
    try {
      await this.#write(lines);
    } catch (cause) {
      throw callbackError("log", cause);
    }
  }
}

/** The error for one of the caller's functions that threw. */
export function callbackError(callback: string, cause: unknown): ContractError {
  return new ContractError(
    "contract_run_callback",
    `Cannot go on with the run: the function ${callback} failed`,
    { cause, data: { callback } },
  );
}
