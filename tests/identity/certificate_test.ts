import { assert, assertEquals, assertThrows } from "@std/assert";
import { ClosedError, IdentityError } from "../../src/errors.ts";
import { AgentCertificate, Keypair } from "../../src/identity/mod.ts";
import { test } from "../harness.ts";

test("AgentCertificate.issue() binds an agent to a user", () => {
  using user = Keypair.generate();
  using agent = Keypair.generate();
  const before = Math.floor(Date.now() / 1000) * 1000;
  const certificate = AgentCertificate.issue(user, agent.publicKey);
  assert(certificate.verify());
  assertEquals(certificate.agentId.toHex(), agent.agentId.toHex());
  assertEquals(certificate.userId.toHex(), user.userId.toHex());
  assert(certificate.issuedAt >= before && certificate.issuedAt <= Date.now());
  assertEquals(certificate.notAfter, undefined);
  assert(!certificate.isExpired(8.64e15));
});

test("AgentCertificate.isExpired() allows clocks to differ by five minutes", () => {
  using user = Keypair.generate();
  using agent = Keypair.generate();
  const expiresAt = 1_900_000_000_000;
  const certificate = AgentCertificate.issue(user, agent.publicKey, { expiresAt });
  assertEquals(certificate.notAfter, expiresAt);
  assert(!certificate.isExpired(expiresAt + 300_000));
  assert(certificate.isExpired(expiresAt + 301_000));
  assert(certificate.verify());
});

test("AgentCertificate.fromBytes() is the inverse of toBytes(); a changed byte does not verify", () => {
  using user = Keypair.generate();
  using agent = Keypair.generate();
  const issued = AgentCertificate.issue(user, agent.publicKey, { expiresAt: 2e12 });
  const bytes = issued.toBytes();
  const received = AgentCertificate.fromBytes(bytes);
  assertEquals(received.toBytes(), bytes);
  assertEquals(received.agentId.toHex(), issued.agentId.toHex());
  assert(received.verify());
  // In the user's key, the agent's key, the signature, and the expiry at the end.
  for (const at of [500, 2500, 5000, bytes.length - 8]) {
    const changed = issued.toBytes();
    changed[at]! ^= 1;
    assert(!AgentCertificate.fromBytes(changed).verify(), `byte ${at}`);
  }
});

test("AgentCertificate.fromBytes() refuses what is none", () => {
  using user = Keypair.generate();
  const good = AgentCertificate.issue(user, user.publicKey).toBytes();
  for (const bytes of [new Uint8Array(), good.subarray(1), new Uint8Array([...good, 0])]) {
    const error = assertThrows(() => AgentCertificate.fromBytes(bytes), IdentityError);
    assertEquals(error.code, "identity_bad_certificate");
  }
});

test("AgentCertificate.issue() refuses wrong arguments", () => {
  const user = Keypair.generate();
  const { publicKey } = user;
  assertThrows(() => AgentCertificate.issue(user, publicKey, { expiresAt: -1 }), RangeError);
  assertThrows(() => AgentCertificate.issue(user, publicKey, { expiresAt: 1.5 }), RangeError);
  assertThrows(() => AgentCertificate.issue({} as Keypair, publicKey), TypeError, "Keypair");
  assertThrows(() => AgentCertificate.issue(user, {} as typeof publicKey), TypeError, "PublicKey");
  user[Symbol.dispose]();
  assertThrows(() => AgentCertificate.issue(user, publicKey), ClosedError);
});
