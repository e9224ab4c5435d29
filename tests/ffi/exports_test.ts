import { assertEquals } from "@std/assert";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { SYMBOLS } from "../../ffi/generated/symbols.ts";
import { libraryInfo } from "../../src/library.ts";
import { isDeno, libraryPath, test } from "../harness.ts";

test("the built library exports the symbols of the table and no other", () => {
  if (process.platform === "win32") return;
  // The linker that built the library brought `nm` along.
  const flags = process.platform === "darwin" ? ["-gU"] : ["-D", "--defined-only"];
  const names = execFileSync("nm", [...flags, libraryPath], { encoding: "utf8" });
  const exported = [...names.matchAll(/\b_?(tendon_\w+)$/gm)].map(([, name]) => name);
  assertEquals(exported.sort(), Object.keys(SYMBOLS).sort());
});

test("library and package have the same version", () => {
  if (!isDeno) return;
  const { version } = JSON.parse(
    readFileSync(new URL("../../deno.json", import.meta.url), "utf8"),
  );
  assertEquals(libraryInfo().version, version);
});
