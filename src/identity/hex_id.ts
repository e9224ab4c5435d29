/**
 * What all ids share.
 *
 * @module
 */

import { show } from "../_check.ts";

const HEX = /^[0-9a-f]{64}$/;

/** 32 bytes, written as 64 lower-case hexadecimal digits. */
export abstract class HexId {
  readonly #hex: string;

  /** Takes a canonical form that was checked. */
  protected constructor(hex: string) {
    this.#hex = hex;
  }

  /** What the id is of; tells ids of different kinds apart. */
  abstract readonly kind: string;

  /** 64 lower-case hexadecimal digits. */
  toHex(): string {
    return this.#hex;
  }

  /** The 32 bytes. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(32);
    for (let at = 0; at < 32; at++) {
      bytes[at] = Number.parseInt(this.#hex.slice(2 * at, 2 * at + 2), 16);
    }
    return bytes;
  }

  /** Same as {@linkcode toHex}; use it as the key of a map. */
  toString(): string {
    return this.#hex;
  }

  /** Same as {@linkcode toHex}, so that JSON holds the text. */
  toJSON(): string {
    return this.#hex;
  }

  /** Whether both name the same: the same kind and the same bytes. */
  equals(other: this): boolean {
    return other.kind === this.kind && other.#hex === this.#hex;
  }

  /** How Deno shows it. */
  [Symbol.for("Deno.customInspect")](): string {
    return `${this.constructor.name}(${this.#hex})`;
  }

  /** How Node shows it. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `${this.constructor.name}(${this.#hex})`;
  }
}

/** The canonical form of an id, or an error that names what was found. */
export function parseHex(type: string, text: string): string {
  if (typeof text !== "string") {
    throw new TypeError(`Cannot parse ${type} as it must be a string: current value is ${text}`);
  }
  const hex = text.toLowerCase();
  if (HEX.test(hex)) return hex;
  throw new SyntaxError(
    `Cannot parse ${type} as it must have 64 hexadecimal digits: current value is ${show(text)}`,
  );
}

/** The canonical form of 32 bytes. */
export function bytesToHex(type: string, bytes: Uint8Array): string {
  if (bytes.length !== 32) {
    throw new RangeError(
      `Cannot make ${type} as it must have 32 bytes: current value has ${bytes.length}`,
    );
  }
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
