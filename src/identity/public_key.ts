/**
 * Public keys and the verification of signatures.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { checkBytes } from "../_check.ts";
import { checkByteLength, fromHex, parseHex, toHex } from "./hex_id.ts";
import { AgentId, MachineId, UserId } from "./ids.ts";
import { checkContext, type SignOptions } from "./signing.ts";

/** Bytes of a public key. */
const KEY_BYTES = 1952;

/**
 * An ML-DSA-65 public key (FIPS 204): 1,952 bytes. Agents, machines and users have keys of the
 * same form.
 *
 * @example Verifying what somebody signed
 * ```ts
 * import { Keypair, PublicKey } from "@tendon/tendon/identity";
 * import { assert } from "@std/assert";
 *
 * using keypair = Keypair.generate();
 * const message = new TextEncoder().encode("sell at 65,000");
 * const signature = keypair.sign(message);
 *
 * const known = PublicKey.fromHex(keypair.publicKey.toHex());
 * assert(known.verify(message, signature));
 * assert(!known.verify(message, signature, { context: "another.purpose" }));
 * ```
 */
export class PublicKey {
  readonly #bytes: Uint8Array;
  #id: string | undefined;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * The public key with these bytes. Any 1,952 bytes are one.
   *
   * @throws {RangeError} If there are more or fewer.
   */
  static fromBytes(bytes: Uint8Array): PublicKey {
    checkByteLength("make PublicKey", "it", bytes, KEY_BYTES);
    return new PublicKey(bytes.slice());
  }

  /**
   * The public key written as 3,904 hexadecimal digits of either case.
   *
   * @throws {SyntaxError} If the text is anything else.
   */
  static fromHex(hex: string): PublicKey {
    return new PublicKey(fromHex(parseHex("PublicKey", hex, KEY_BYTES)));
  }

  /** The 1,952 bytes. */
  toBytes(): Uint8Array {
    return this.#bytes.slice();
  }

  /** 3,904 lower-case hexadecimal digits. */
  toHex(): string {
    return toHex(this.#bytes);
  }

  /** Same as {@linkcode toHex}; use it, or the shorter id, as the key of a map. */
  toString(): string {
    return this.toHex();
  }

  /** Same as {@linkcode toHex}, so that JSON holds the text. */
  toJSON(): string {
    return this.toHex();
  }

  /** Whether both are the same key. */
  equals(other: PublicKey): boolean {
    return this.#bytes.every((byte, at) => byte === other.#bytes[at]);
  }

  /** The id of the agent that has this key. */
  agentId(): AgentId {
    return AgentId.fromHex(this.#idHex());
  }

  /** The id of the machine that has this key. */
  machineId(): MachineId {
    return MachineId.fromHex(this.#idHex());
  }

  /** The id of the user who has this key. */
  userId(): UserId {
    return UserId.fromHex(this.#idHex());
  }

  /**
   * Whether a signature is this key's, of this message, for this purpose. Takes about 0.3 ms.
   *
   * Anything that is not such a signature is `false`, also bytes of another length.
   *
   * @param message What was signed, at most 64 KiB.
   * @throws {SyntaxError} If the context is not well-formed.
   * @throws {IdentityError} `identity_context` if the network keeps the context for itself.
   */
  verify(message: Uint8Array, signature: Uint8Array, options: SignOptions = {}): boolean {
    const action = "verify a signature";
    checkBytes(action, "the message", message);
    checkBytes(action, "the signature", signature);
    const context = checkContext(action, options);
    const attachment = new Uint8Array(KEY_BYTES + signature.length + message.length);
    attachment.set(this.#bytes);
    attachment.set(signature, KEY_BYTES);
    attachment.set(message, KEY_BYTES + signature.length);
    const request = { context, keyBytes: KEY_BYTES, signatureBytes: signature.length };
    return callSync("identity.verify", request, { action, attachment }).valid;
  }

  /** All ids of a key are the same hash. */
  #idHex(): string {
    const options = { action: "hash a public key", attachment: this.#bytes };
    this.#id ??= callSync("identity.idOf", {}, options).id;
    return this.#id;
  }

  /** How Deno shows it. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.#shown();
  }

  /** How Node shows it. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.#shown();
  }

  #shown(): string {
    return `PublicKey(${toHex(this.#bytes.subarray(0, 16))}…)`;
  }
}
