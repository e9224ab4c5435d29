/**
 * What an open agent knows of its own identity.
 *
 * @module
 */

import { callSync } from "../../ffi/call.ts";
import { AgentCertificate, PublicKey, UserId } from "../identity/mod.ts";

/** What stays while the agent lives, also when it has left the network. */
export interface OwnIdentity {
  readonly publicKey: PublicKey;
  readonly userId: UserId | undefined;
  readonly certificate: AgentCertificate | undefined;
}

/** Reads it from the native agent. */
export function readIdentity(action: string, agent: number): OwnIdentity {
  const { userId, columns } = callSync("identity.ofAgent", { agent }, { action });
  const certificate = columns["certificate"] as Uint8Array;
  return {
    publicKey: PublicKey.fromBytes(columns["publicKey"] as Uint8Array),
    userId: userId === undefined ? undefined : UserId.fromHex(userId),
    certificate: certificate.length === 0 ? undefined : AgentCertificate.fromBytes(certificate),
  };
}
