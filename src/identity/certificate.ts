/**
 * Certificates: which user stands behind an agent.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import type { CertificateInfo } from "../../ffi/generated/methods.ts";
import { checkBytes, checkInteger } from "../_check.ts";
import { sharedHandle } from "../_native_handle.ts";
import { AgentId, UserId } from "./ids.ts";
import { Keypair } from "./keypair.ts";
import { PublicKey } from "./public_key.ts";

/** How a certificate is issued. */
export interface IssueOptions {
  /**
   * Until when it holds, in milliseconds since the epoch, whole seconds of it.
   *
   * @default Without end.
   */
  expiresAt?: number;
}

/** The last time that `Date` can show. */
const MAX_TIME_MS = 8.64e15;

/**
 * A user's signed statement that an agent is theirs. Public: it holds both public keys and the
 * signature.
 *
 * @example Issuing and checking
 * ```ts
 * import { AgentCertificate, Keypair } from "@tendon/tendon/identity";
 * import { assert, assertEquals } from "@std/assert";
 *
 * using user = Keypair.generate();
 * using agent = Keypair.generate();
 * const issued = AgentCertificate.issue(user, agent.publicKey, { expiresAt: Date.now() + 60_000 });
 *
 * const received = AgentCertificate.fromBytes(issued.toBytes());
 * assert(received.verify() && !received.isExpired());
 * assertEquals(received.userId.toHex(), user.userId.toHex());
 * ```
 */
export class AgentCertificate {
  /** The agent. */
  readonly agentId: AgentId;
  /** The user who says that the agent is theirs. */
  readonly userId: UserId;
  /** When it was issued, in milliseconds since the epoch, by the issuer's clock. */
  readonly issuedAt: number;
  /** Until when it holds, in milliseconds since the epoch; undefined if it has no end. */
  readonly notAfter: number | undefined;
  readonly #bytes: Uint8Array;

  private constructor(info: CertificateInfo, bytes: Uint8Array) {
    this.agentId = AgentId.fromHex(info.agentId);
    this.userId = UserId.fromHex(info.userId);
    this.issuedAt = info.issuedAt * 1000;
    this.notAfter = info.notAfter === undefined ? undefined : info.notAfter * 1000;
    this.#bytes = bytes;
  }

  /**
   * States that the agent with this public key belongs to the user.
   *
   * @param user The user's keypair.
   * @throws {RangeError} If `expiresAt` is not a time.
   * @throws {ClosedError} If the keypair was disposed.
   */
  static issue(user: Keypair, agent: PublicKey, options: IssueOptions = {}): AgentCertificate {
    const action = "issue a certificate";
    if (!(user instanceof Keypair)) {
      throw new TypeError(`Cannot ${action} as the user must be a Keypair`);
    }
    if (!(agent instanceof PublicKey)) {
      throw new TypeError(`Cannot ${action} as the agent must be a PublicKey`);
    }
    const { expiresAt } = options;
    if (expiresAt !== undefined) checkInteger(action, "expiresAt", expiresAt, 0, MAX_TIME_MS);
    const request = {
      user: sharedHandle(user, action),
      ...(expiresAt !== undefined && { notAfter: Math.floor(expiresAt / 1000) }),
    };
    const attachment = agent.toBytes();
    const issued = callSync("identity.issueCertificate", request, { action, attachment });
    return new AgentCertificate(issued, issued.columns["bytes"] as Uint8Array);
  }

  /**
   * The certificate in these bytes. That they are well-formed does not make it valid: see
   * {@linkcode verify}.
   *
   * @throws {IdentityError} `identity_bad_certificate` if they are anything else, or more.
   */
  static fromBytes(bytes: Uint8Array): AgentCertificate {
    const action = "read the certificate";
    checkBytes(action, "it", bytes);
    const own = bytes.slice();
    return new AgentCertificate(
      callSync("identity.readCertificate", {}, { action, attachment: own }),
      own,
    );
  }

  /** The bytes for {@linkcode fromBytes}, about 7 KB. */
  toBytes(): Uint8Array {
    return this.#bytes.slice();
  }

  /** Whether the user's signature holds. Says nothing of the expiry. */
  verify(): boolean {
    return this.#check(0).valid;
  }

  /**
   * Whether it has expired. As clocks differ, it lasts five minutes longer than
   * {@linkcode notAfter}.
   *
   * @param now Milliseconds since the epoch; the default is now.
   * @throws {RangeError} If it is not a time.
   */
  isExpired(now: number = Date.now()): boolean {
    checkInteger("check a certificate", "now", now, 0, MAX_TIME_MS);
    return this.#check(Math.floor(now / 1000)).expired;
  }

  #check(now: number): { valid: boolean; expired: boolean } {
    const options = { action: "check a certificate", attachment: this.#bytes };
    return callSync("identity.checkCertificate", { now }, options);
  }
}
