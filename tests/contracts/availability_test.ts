/**
 * A backend that is missing is a failure: no other one takes its place, and nothing is skipped.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BUNDLE_DIGEST } from "../../src/contracts/generated/data.ts";
import { libraryPath, program, run } from "../harness.ts";

const MISSING = { TENDON_LIBRARY: "/nowhere/libtendon.so" };
const PERMISSIONS = [
  "--allow-env=TENDON_LIBRARY",
  `--allow-ffi=${libraryPath},${MISSING.TENDON_LIBRARY}`,
  "--allow-read",
];
const FIXTURE = fileURLToPath(
  new URL("engine/fixtures/scenarios/full_fill.json", import.meta.url),
);

Deno.test("createCore() fails without the library, and does not fall back", async () => {
  const { status, stdout, stderr } = await run(program("backends", import.meta.url), {
    environment: MISSING,
    permissions: PERMISSIONS,
  });
  assertEquals(status, 0, stderr);
  const [typescript, rust] = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(typescript, { asked: "typescript", got: "typescript" });
  assertEquals([rust.asked, rust.name, rust.code], ["rust", "LibraryError", "library_not_found"]);
  assert(rust.message.includes(MISSING.TENDON_LIBRARY), rust.message);
});

Deno.test("createCore() fails with a library of other schemas, and does not fall back", async () => {
  const root = mkdtempSync(join(tmpdir(), "tendon-bundle-"));
  try {
    for (const path of ["deno.json", "src", "ffi", "tests/contracts"]) {
      cpSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), join(root, path), {
        recursive: true,
        filter: (from) => !["fixtures", "vectors"].includes(basename(from)),
      });
    }
    const data = join(root, "src/contracts/generated/data.ts");
    const other = "0".repeat(64);
    writeFileSync(data, readFileSync(data, "utf8").replace(BUNDLE_DIGEST, other));
    const copy = pathToFileURL(join(root, "tests/contracts/programs/backends.ts"));
    const { status, stdout, stderr } = await run(copy, {
      environment: { TENDON_LIBRARY: libraryPath },
      permissions: PERMISSIONS,
    });
    assertEquals(status, 0, stderr);
    const [typescript, rust] = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(typescript, { asked: "typescript", got: "typescript" });
    assertEquals([rust.asked, rust.name, rust.code], ["rust", "ContractError", "contract_bundle"]);
    assert(rust.message.includes(other.slice(0, 12)), rust.message);
  } finally {
    rmSync(root, { recursive: true });
  }
});

for (const args of [[], ["--backend", "rust"]]) {
  const named = ["schema replay", ...args].join(" ");
  Deno.test(`${named} fails without the library, and says so`, async () => {
    const main = new URL("../../src/cli/main.ts", import.meta.url);
    const { status, stderr } = await run(main, {
      args: ["schema", "replay", FIXTURE, ...args],
      environment: MISSING,
      permissions: PERMISSIONS,
    });
    assert(status !== 0 && status !== null, `status ${status}`);
    assert(stderr.includes(MISSING.TENDON_LIBRARY), stderr);
  });
}

Deno.test("schema replay runs without the library where TypeScript alone is asked for", async () => {
  const main = new URL("../../src/cli/main.ts", import.meta.url);
  const { status, stderr } = await run(main, {
    args: ["schema", "replay", FIXTURE, "--backend", "typescript"],
    environment: MISSING,
    permissions: PERMISSIONS,
  });
  assertEquals(status, 0, stderr);
});

Deno.test("No test of the contracts can be skipped", () => {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith("_test.ts"))) {
    const text = readFileSync(join(folder, file), "utf8");
    assert(!/\b(ignore|only|skip):|\btest\.(ignore|only|skip)\b/.test(text), file);
  }
});
