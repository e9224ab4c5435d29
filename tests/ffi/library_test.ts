import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SYMBOLS } from "../../ffi/generated/symbols.ts";
import { type Ended, isDeno, libraryPath, program, run, test } from "../harness.ts";

/** Runs the loading program with a library of the caller's choice. */
async function load(library: string, permissions?: readonly string[]): Promise<Ended> {
  return await run(program("load", import.meta.url), {
    environment: { TENDON_LIBRARY: library },
    permissions: permissions ?? ["--allow-env=TENDON_LIBRARY", `--allow-ffi=${library}`],
  });
}

function failure(ended: Ended): { code: string; message: string } {
  assertEquals([ended.status, ended.signal], [0, null]);
  return JSON.parse(ended.stdout);
}

/** Compiles a small shared library and loads it. */
async function loadCompiled(source: string): Promise<{ code: string; message: string }> {
  const folder = mkdtempSync(join(tmpdir(), "tendon-test-"));
  try {
    writeFileSync(join(folder, "other.rs"), source);
    const library = join(folder, "libother.so");
    const flags = ["--edition=2024", "--crate-type=cdylib", "-o", library];
    execFileSync("rustc", [...flags, join(folder, "other.rs")], { stdio: "pipe" });
    return failure(await load(library));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Exports every symbol, so that only what the functions answer is wrong. */
function impostor(version: string, hash: string): string {
  const answers: Record<string, string> = { tendon_abi_version: version, tendon_abi_hash: hash };
  const functions = Object.entries(SYMBOLS).map(([name, { result }]) =>
    `#[unsafe(no_mangle)] pub extern "C" fn ${name}() -> ${result} { ${answers[name] ?? "0"} }`
  );
  return functions.join("\n");
}

test("a missing library is explained with what was tried and what mends it", async () => {
  const { code, message } = failure(await load("/nowhere/libtendon.so"));
  assertEquals(code, "library_not_found");
  assertStringIncludes(message, "/nowhere/libtendon.so");
  assertStringIncludes(message, "deno task build");
});

test("a file that is no library is explained", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tendon-test-"));
  const path = join(folder, "libtendon.so");
  writeFileSync(path, "not a library");
  const { code, message } = failure(await load(path));
  assertEquals(code, "library_not_found");
  assertStringIncludes(message, path);
  rmSync(folder, { recursive: true });
});

test("a library of another ABI version is refused", async () => {
  const { code, message } = await loadCompiled(impostor("2 << 16", "0.0"));
  assertEquals(code, "library_abi_mismatch");
  assertStringIncludes(message, "its ABI is 2.0, this version of Tendon needs 1.0");
});

test("a library with another table of symbols is refused", async () => {
  const { code, message } = await loadCompiled(impostor("1 << 16", "255.0"));
  assertEquals(code, "library_abi_mismatch");
  assertStringIncludes(message, "0000000000ff");
});

test("a library without the symbols is refused", async () => {
  const { code } = await loadCompiled("");
  assertEquals(code, "library_abi_mismatch");
});

test("a missing permission names the flag that grants it", async () => {
  if (!isDeno) return;
  const { code, message } = failure(await load(libraryPath, ["--allow-env=TENDON_LIBRARY"]));
  assertEquals(code, "library_not_found");
  assertStringIncludes(message, `--allow-ffi=${libraryPath}`);
});

test("importing the modules opens nothing", async () => {
  const ended = await run(program("import_only", import.meta.url), {
    environment: { TENDON_LIBRARY: "/nowhere/libtendon.so" },
    permissions: [],
  });
  assertEquals([ended.status, ended.stdout], [0, "imported\n"]);
  assert(!ended.stderr.includes("nowhere"));
});
