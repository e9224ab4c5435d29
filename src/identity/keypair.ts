/**
 * Keypairs: made, kept in files, used for signing.
 *
 * @module
 */

import { mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Answer, callSync } from "../../ffi/call.ts";
import { NativeHandle } from "../../ffi/handle.ts";
import { requirePermission } from "../../ffi/permission.ts";
import { checkBytes, checkText } from "../_check.ts";
import { shareHandle } from "../_native_handle.ts";
import { IdentityError } from "../errors.ts";
import { checkByteLength } from "./hex_id.ts";
import { AgentId, MachineId, UserId } from "./ids.ts";
import { PublicKey } from "./public_key.ts";
import { checkContext, checkMessage, type SignOptions } from "./signing.ts";

const SEED_BYTES = 32;
const MAX_PATH_BYTES = 4096;

/**
 * An ML-DSA-65 keypair of an agent, a machine or a user: all have the same form, what a keypair is
 * used for makes it one or the other.
 *
 * The secret key stays in native memory and is wiped when the keypair is disposed. It is never part
 * of a text, of JSON, or of what `console.log` shows; only {@linkcode toBytes} and
 * {@linkcode save} give it away.
 *
 * @example An identity that a program brings along
 * ```ts
 * import { Agent } from "@tendon/tendon/agent";
 * import { Keypair } from "@tendon/tendon/identity";
 * import { assert } from "@std/assert";
 *
 * using key = Keypair.generate();
 * await using agent = await Agent.create({ agentKey: key, network: "offline" });
 * assert(agent.agentId.equals(key.agentId));
 * assert(agent.publicKey.verify(new Uint8Array([1]), key.sign(new Uint8Array([1]))));
 * ```
 */
export class Keypair implements Disposable {
  /** The half that everybody may know. */
  readonly publicKey: PublicKey;
  readonly #id: string;
  readonly #handle: NativeHandle;

  private constructor({ keypair, id, columns }: Answer<"identity.generate">) {
    this.#handle = new NativeHandle(keypair, "keypair");
    this.#id = id;
    this.publicKey = PublicKey.fromBytes(columns["publicKey"] as Uint8Array);
    shareHandle(this, () => this.#handle.value);
  }

  /** A new, random keypair. Takes about a millisecond. */
  static generate(): Keypair {
    return new Keypair(callSync("identity.generate", {}, { action: "generate a keypair" }));
  }

  /**
   * The keypair of a seed: the same seed always gives the same keypair, here and in every
   * implementation of FIPS 204.
   *
   * @param seed 32 random bytes. Whoever knows them has the key.
   * @throws {RangeError} If there are more or fewer.
   *
   * @example
   * ```ts
   * import { Keypair } from "@tendon/tendon/identity";
   * import { assert } from "@std/assert";
   *
   * const seed = crypto.getRandomValues(new Uint8Array(32));
   * using one = Keypair.fromSeed(seed);
   * using same = Keypair.fromSeed(seed);
   * assert(one.publicKey.equals(same.publicKey));
   * ```
   */
  static fromSeed(seed: Uint8Array): Keypair {
    const action = "make a keypair";
    checkByteLength(action, "the seed", seed, SEED_BYTES);
    return new Keypair(callSync("identity.fromSeed", {}, { action, attachment: seed }));
  }

  /**
   * The keypair in the bytes of a key file.
   *
   * @throws {IdentityError} `identity_bad_key` if the bytes are anything else, hold more, were
   * damaged, or their two halves do not belong together.
   */
  static fromBytes(bytes: Uint8Array): Keypair {
    return Keypair.#parse("read the keypair", bytes);
  }

  /**
   * The keypair of a key file. Needs the permission `--allow-read=<path>`.
   *
   * @throws {PermissionError} If the permission is missing.
   * @throws {IdentityError} `identity_storage` if the file cannot be read, `identity_bad_key` if it
   * holds no keypair.
   *
   * @example A key that stays
   * ```ts
   * import { Keypair } from "@tendon/tendon/identity";
   * import { assert } from "@std/assert";
   * import { mkdtemp, rm } from "node:fs/promises";
   *
   * const home = await mkdtemp("/tmp/keys-");
   * using key = Keypair.generate();
   * await key.save(`${home}/alice.key`);
   * using again = await Keypair.load(`${home}/alice.key`);
   * assert(again.publicKey.equals(key.publicKey));
   * await rm(home, { recursive: true });
   * ```
   */
  static async load(path: string): Promise<Keypair> {
    const action = checkPath("load the keypair", path);
    requirePermission(action, { name: "read", path: resolve(path) });
    const bytes = await readFile(path).catch(storageError(action, path));
    try {
      return Keypair.#parse(action, bytes);
    } finally {
      bytes.fill(0);
    }
  }

  /** The id of the agent that has this keypair. */
  get agentId(): AgentId {
    return AgentId.fromHex(this.#id);
  }

  /** The id of the machine that has this keypair. */
  get machineId(): MachineId {
    return MachineId.fromHex(this.#id);
  }

  /** The id of the user who has this keypair. */
  get userId(): UserId {
    return UserId.fromHex(this.#id);
  }

  /** Whether it was disposed. */
  get disposed(): boolean {
    return this.#handle.closed;
  }

  /**
   * Signs a message. Takes about a millisecond; signatures are randomised, so two of the same
   * message differ.
   *
   * Not the bare message is signed: a prefix that the agent network never uses, and the context,
   * come before it, so that nobody can get a message of the network signed by asking for it here.
   * `docs/network.md` gives the exact bytes for other implementations.
   *
   * @param message At most 64 KiB; sign the hash of what is larger.
   * @returns 3,309 bytes for {@linkcode PublicKey.verify}.
   * @throws {RangeError} If the message is too long.
   * @throws {SyntaxError} If the context is not well-formed.
   * @throws {IdentityError} `identity_context` if the network keeps the context for itself.
   * @throws {ClosedError} If the keypair was disposed.
   */
  sign(message: Uint8Array, options: SignOptions = {}): Uint8Array {
    const action = "sign a message";
    checkMessage(action, message);
    const request = { keypair: this.#handle.value, context: checkContext(action, options) };
    const { columns } = callSync("identity.sign", request, { action, attachment: message });
    return columns["signature"] as Uint8Array;
  }

  /**
   * The bytes of its key file, 6,000 of them. They hold the secret key: overwrite them when they
   * are no longer needed, and keep them out of logs.
   *
   * @throws {ClosedError} If the keypair was disposed.
   */
  toBytes(): Uint8Array {
    const request = { keypair: this.#handle.value };
    const { columns } = callSync("identity.toBytes", request, { action: "copy the keypair" });
    return columns["bytes"] as Uint8Array;
  }

  /**
   * Writes the key file with mode 0600; missing directories are made with mode 0700. A file that
   * holds this keypair already is left as it is; one that holds anything else too, with an error.
   * Needs the permissions `--allow-read=<path>` and `--allow-write=<path>`.
   *
   * @throws {PermissionError} If a permission is missing.
   * @throws {IdentityError} `identity_key_conflict` if the file holds another keypair,
   * `identity_bad_key` if it exists and holds none, `identity_storage` if it cannot be written.
   * @throws {ClosedError} If the keypair was disposed.
   */
  async save(path: string): Promise<void> {
    const action = checkPath("save the keypair", path);
    const absolute = resolve(path);
    requirePermission(action, { name: "read", path: absolute });
    requirePermission(action, { name: "write", path: absolute });
    const bytes = this.toBytes();
    try {
      if (!await writeNew(absolute, bytes).catch(storageError(action, path))) {
        await this.#requireSame(action, absolute);
      }
    } finally {
      bytes.fill(0);
    }
  }

  /** Wipes the secret key. Later uses are errors; again is harmless. */
  [Symbol.dispose](): void {
    this.#handle.close();
  }

  /** The public half: a keypair never shows its secret. */
  toJSON(): { publicKey: string } {
    return { publicKey: this.publicKey.toHex() };
  }

  /** The id, without the secret. */
  toString(): string {
    return `Keypair(${this.#id})`;
  }

  /** How Deno shows it. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** How Node shows it. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  static #parse(action: string, bytes: Uint8Array): Keypair {
    checkBytes(action, "the key", bytes);
    return new Keypair(callSync("identity.fromBytes", {}, { action, attachment: bytes }));
  }

  async #requireSame(action: string, path: string): Promise<void> {
    const found = await Keypair.load(path);
    try {
      if (found.publicKey.equals(this.publicKey)) return;
    } finally {
      found[Symbol.dispose]();
    }
    throw new IdentityError(
      "identity_key_conflict",
      `Cannot ${action}: the file holds another keypair`,
      { data: { path } },
    );
  }
}

/** The action with the path in it, for messages. */
function checkPath(action: string, path: string): string {
  checkText(action, "the path", path, MAX_PATH_BYTES);
  if (path === "") throw new RangeError(`Cannot ${action} as the path must not be empty`);
  return `${action} "${path}"`;
}

function storageError(action: string, path: string): (cause: unknown) => never {
  return (cause) => {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new IdentityError("identity_storage", `Cannot ${action}: ${text}`, {
      cause,
      data: { path },
    });
  };
}

/** Writes a file that was not there; false if it is. */
async function writeNew(path: string, bytes: Uint8Array): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  let file;
  try {
    file = await open(path, "wx", 0o600);
  } catch (error) {
    if ((error as { code?: string }).code === "EEXIST") return false;
    throw error;
  }
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    // Half a key would be refused for ever.
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return true;
}
