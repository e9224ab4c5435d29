/**
 * A backend that is missing is a failure: no other one takes its place, and nothing is skipped.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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
