/**
 * Cores that answer otherwise than they should.
 *
 * @module
 */

import type { ExecutionCore } from "../../../src/contracts/execution_core.ts";
import type { CoreSnapshot } from "../../../src/contracts/generated/types.ts";

/** What a core says in place of what it should. */
export interface Lies {
  /** Its lines of output, each without its end. */
  readonly lines?: (lines: string[]) => string[];
  /** Its snapshot. */
  readonly snapshot?: (snapshot: CoreSnapshot) => CoreSnapshot;
}

/** The core, with some answers changed on their way out. */
export function lying(core: ExecutionCore, lies: Lies): ExecutionCore {
  const stepLines = (input: Uint8Array) => {
    const lines = new TextDecoder().decode(core.stepLines(input)).split("\n").slice(0, -1);
    const told = lies.lines?.(lines) ?? lines;
    return new TextEncoder().encode(told.map((line) => `${line}\n`).join(""));
  };
  const snapshot = () => lies.snapshot?.(core.snapshot()) ?? core.snapshot();
  return new Proxy(core, {
    get(target, name) {
      if (name === "stepLines") return stepLines;
      if (name === "snapshot") return snapshot;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Changes one character of a line, or fails where there is nothing to change. */
export function swap(lines: string[], at: number, from: string, to: string): string[] {
  const line = lines[at] ?? "";
  if (from.length !== to.length || !line.includes(from)) {
    throw new TypeError(`No ${from} in ${line}`);
  }
  return lines.with(at, line.replace(from, to));
}

/** The text with its first character, a hexadecimal digit, changed. */
export function otherDigit(hash: string): string {
  return `${hash.startsWith("0") ? "1" : "0"}${hash.slice(1)}`;
}
