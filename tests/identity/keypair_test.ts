import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { inspect } from "node:util";
import { ClosedError, IdentityError } from "../../src/errors.ts";
import { Keypair, PublicKey } from "../../src/identity/mod.ts";
import { TempDir } from "../agent/harness.ts";
import { isDeno, test } from "../harness.ts";

const MESSAGE = new TextEncoder().encode("sell at 65,000");
const SEED = new Uint8Array(32).fill(7);

/** What another implementation of FIPS 204 makes of {@linkcode SEED}. */
const REFERENCE = JSON.parse(
  readFileSync(new URL("../fixtures/identity/ml_dsa_65.json", import.meta.url), "utf8"),
);

async function sha256(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

test("Keypair.fromSeed() gives the key that FIPS 204 says", async () => {
  using keypair = Keypair.fromSeed(SEED);
  assertEquals(await sha256(keypair.publicKey.toBytes()), REFERENCE.publicKeySha256);
});

test("PublicKey.verify() accepts what another implementation signed", () => {
  using keypair = Keypair.fromSeed(SEED);
  const signature = Uint8Array.from(atob(REFERENCE.signature), (digit) => digit.charCodeAt(0));
  const message = new TextEncoder().encode(REFERENCE.message);
  assert(keypair.publicKey.verify(message, signature, { context: REFERENCE.context }));
});

test("Keypair.fromSeed() refuses other lengths", () => {
  assertThrows(() => Keypair.fromSeed(new Uint8Array(31)), RangeError, "31");
  assertThrows(() => Keypair.fromSeed("7".repeat(32) as unknown as Uint8Array), TypeError);
});

test("Keypair.generate() never gives the same key", () => {
  using one = Keypair.generate();
  using two = Keypair.generate();
  assert(!one.publicKey.equals(two.publicKey));
  assertNotEquals(one.agentId.toHex(), two.agentId.toHex());
});

test("Keypair.fromBytes() is the inverse of toBytes()", () => {
  using keypair = Keypair.generate();
  const bytes = keypair.toBytes();
  assertEquals(bytes.length, 6000);
  using again = Keypair.fromBytes(bytes);
  assert(again.publicKey.equals(keypair.publicKey));
  assert(keypair.publicKey.verify(MESSAGE, again.sign(MESSAGE)));
});

test("Keypair.fromBytes() refuses what is no keypair, without showing it", () => {
  using one = Keypair.generate();
  using two = Keypair.generate();
  const good = one.toBytes();
  const halves = one.toBytes();
  halves.set(two.toBytes().subarray(1960), 1960);
  // A low bit of the part called t0, which signing alone would not notice.
  const damaged = one.toBytes();
  damaged[4000]! ^= 1;
  const bad = [
    new Uint8Array(),
    good.subarray(1),
    good.subarray(0, 5999),
    new Uint8Array([...good, 0]),
    new Uint8Array(6000),
    halves,
    damaged,
  ];
  for (const bytes of bad) {
    const error = assertThrows(() => Keypair.fromBytes(bytes), IdentityError);
    assertEquals(error.code, "identity_bad_key");
    assert(error.message.length < 200, error.message);
  }
  assertThrows(() => Keypair.fromBytes("key" as unknown as Uint8Array), TypeError);
});

test("Keypair.sign() is verified by message, key and context", () => {
  using keypair = Keypair.generate();
  using other = Keypair.generate();
  const { publicKey } = keypair;
  const signature = keypair.sign(MESSAGE, { context: "tests.v1" });
  assertEquals(signature.length, 3309);
  assert(publicKey.verify(MESSAGE, signature, { context: "tests.v1" }));
  assert(!publicKey.verify(MESSAGE, signature));
  assert(!publicKey.verify(MESSAGE.subarray(1), signature, { context: "tests.v1" }));
  assert(!publicKey.verify(MESSAGE, signature.subarray(1), { context: "tests.v1" }));
  assert(!other.publicKey.verify(MESSAGE, signature, { context: "tests.v1" }));
  const flipped = signature.slice();
  flipped[100]! ^= 1;
  assert(!publicKey.verify(MESSAGE, flipped, { context: "tests.v1" }));
});

test("Keypair.sign() signs any message up to 64 KiB", () => {
  using keypair = Keypair.fromSeed(SEED);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      return keypair.publicKey.verify(message, keypair.sign(message));
    }),
    { numRuns: 20 },
  );
  const largest = new Uint8Array(65_536);
  assert(keypair.publicKey.verify(largest, keypair.sign(largest)));
  assertThrows(() => keypair.sign(new Uint8Array(65_537)), RangeError, "65537");
});

test("Keypair.sign() refuses contexts that are malformed or the network's own", () => {
  using keypair = Keypair.fromSeed(SEED);
  for (const context of ["", "Upper", "a b", "a/b", "é", "x".repeat(65)]) {
    assertThrows(() => keypair.sign(MESSAGE, { context }), SyntaxError, "context");
  }
  for (const context of ["gossip", "agent-certificate"]) {
    const error = assertThrows(() => keypair.sign(MESSAGE, { context }), IdentityError);
    assertEquals(error.code, "identity_context");
    assertThrows(() => keypair.publicKey.verify(MESSAGE, MESSAGE, { context }), IdentityError);
  }
});

test("Keypair shows no secret", () => {
  using keypair = Keypair.fromSeed(SEED);
  const hex = [...keypair.toBytes().subarray(1968)]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const shown = [
    `${keypair}`,
    JSON.stringify(keypair),
    inspect(keypair, { depth: 10, showHidden: true }),
    isDeno ? Deno.inspect(keypair, { depth: 10 }) : "",
  ];
  for (const text of shown) {
    // 16 bytes of the secret half anywhere, but for rho, which is public.
    for (let at = 64; at + 32 <= hex.length; at += 32) {
      assert(!text.includes(hex.slice(at, at + 32)), text.slice(0, 100));
    }
  }
  assertEquals(shown[0], `Keypair(${keypair.agentId})`);
  assertEquals(shown[1], JSON.stringify({ publicKey: keypair.publicKey.toHex() }));
  assertEquals(shown[2], shown[0]);
});

test("Keypair is not usable once it is disposed", async () => {
  const keypair = Keypair.generate();
  keypair[Symbol.dispose]();
  keypair[Symbol.dispose]();
  assert(keypair.disposed);
  assertThrows(() => keypair.sign(MESSAGE), ClosedError, "keypair");
  assertThrows(() => keypair.toBytes(), ClosedError);
  await assertRejects(() => keypair.save("/tmp/never-written.key"), ClosedError);
  assertEquals(keypair.publicKey.toBytes().length, 1952);
});

test("Keypair.save() writes a private file once and overwrites nothing", async () => {
  await using home = await TempDir.make();
  using keypair = Keypair.generate();
  using other = Keypair.generate();
  const path = join(home.path, "deep", "alice.key");
  await keypair.save(path);
  assertEquals((await stat(path)).mode & 0o777, 0o600);
  assertEquals((await stat(join(home.path, "deep"))).mode & 0o777, 0o700);
  await keypair.save(path);
  const conflict = await assertRejects(() => other.save(path), IdentityError);
  assertEquals(conflict.code, "identity_key_conflict");
  using loaded = await Keypair.load(path);
  assert(loaded.publicKey.equals(keypair.publicKey));
  await writeFile(path, "not a key");
  const bad = await assertRejects(() => keypair.save(path), IdentityError, path);
  assertEquals(bad.code, "identity_bad_key");
  assertEquals(await readFile(path, "utf8"), "not a key");
});

test("Keypair.load() names the file that it cannot use", async () => {
  await using home = await TempDir.make();
  const corrupt = join(home.path, "corrupt.key");
  await writeFile(corrupt, "not a key");
  const folder = join(home.path, "folder.key");
  await mkdir(folder);
  const cases = [
    [join(home.path, "missing.key"), "identity_storage"],
    [folder, "identity_storage"],
    [corrupt, "identity_bad_key"],
  ] as const;
  for (const [path, code] of cases) {
    const error = await assertRejects(() => Keypair.load(path), IdentityError, path);
    assertEquals(error.code, code);
  }
  await assertRejects(() => Keypair.load(""), RangeError);
  await assertRejects(() => Keypair.load(1 as unknown as string), TypeError);
});

test("Keypair.save() says why a file cannot be written", async () => {
  if (process.getuid?.() === 0) return;
  await using home = await TempDir.make();
  await chmod(home.path, 0o500);
  using keypair = Keypair.generate();
  const path = join(home.path, "alice.key");
  const error = await assertRejects(() => keypair.save(path), IdentityError, path);
  assertEquals(error.code, "identity_storage");
});

test("PublicKey.fromHex() and fromBytes() are inverses of toHex() and toBytes()", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1952, maxLength: 1952 }), (bytes) => {
      const key = PublicKey.fromBytes(bytes);
      const hex = key.toHex();
      assertEquals(PublicKey.fromHex(hex.toUpperCase()).toBytes(), bytes);
      assertEquals([`${key}`, JSON.stringify({ key })], [hex, `{"key":"${hex}"}`]);
      assert(key.equals(PublicKey.fromHex(hex)));
    }),
    { numRuns: 20 },
  );
});

test("PublicKey owns its bytes", () => {
  using keypair = Keypair.generate();
  const bytes = keypair.publicKey.toBytes();
  const key = PublicKey.fromBytes(bytes);
  bytes.fill(0);
  key.toBytes().fill(0);
  assert(key.equals(keypair.publicKey));
});

test("PublicKey refuses what is none", () => {
  assertThrows(() => PublicKey.fromBytes(new Uint8Array(1951)), RangeError, "1951");
  assertThrows(() => PublicKey.fromBytes([] as unknown as Uint8Array), TypeError);
  for (const text of ["", "00", "g".repeat(3904), "0".repeat(3903)]) {
    assertThrows(() => PublicKey.fromHex(text), SyntaxError, "3904");
  }
  assertThrows(() => PublicKey.fromHex(1 as unknown as string), TypeError);
});

test("PublicKey ids are those of its owner", () => {
  using keypair = Keypair.generate();
  const { publicKey } = keypair;
  assert(publicKey.agentId().equals(keypair.agentId));
  assert(publicKey.machineId().equals(keypair.machineId));
  assert(publicKey.userId().equals(keypair.userId));
  assertEquals(inspect(publicKey), `PublicKey(${publicKey.toHex().slice(0, 32)}…)`);
});
