/**
 * What all ids share.
 *
 * @module
 */

import { checkBytes, show } from "../_check.ts";

const HEX = /^[0-9a-f]*$/i;

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
    return fromHex(this.#hex);
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
export function parseHex(type: string, text: string, byteLength = 32): string {
  if (typeof text !== "string") {
    throw new TypeError(`Cannot parse ${type} as it must be a string: current value is ${text}`);
  }
  if (text.length === byteLength * 2 && HEX.test(text)) return text.toLowerCase();
  throw new SyntaxError(
    `Cannot parse ${type} as it must have ${byteLength * 2} hexadecimal digits: ` +
      `current value is ${show(text)}`,
  );
}

/** The canonical form of bytes, or an error if there are not as many as there must be. */
export function bytesToHex(type: string, bytes: Uint8Array, byteLength = 32): string {
  checkByteLength(`make ${type}`, "it", bytes, byteLength);
  return toHex(bytes);
}

/** Throws unless `bytes` is a `Uint8Array` of that length. */
export function checkByteLength(
  action: string,
  name: string,
  bytes: Uint8Array,
  byteLength: number,
): void {
  checkBytes(action, name, bytes);
  if (bytes.length === byteLength) return;
  throw new RangeError(
    `Cannot ${action} as ${name} must have ${byteLength} bytes: current value has ${bytes.length}`,
  );
}

/** Lower-case hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

/** Bytes of hexadecimal digits that were checked. */
export function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}
