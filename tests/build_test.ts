import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { clock, isAtLeast, Progress } from "../build.ts";

function artifact(name: string, fresh = false, kind = "lib", version = "1.0.0"): string {
  const target = { name: name.replaceAll("-", "_"), kind: [kind] };
  return JSON.stringify({
    reason: "compiler-artifact",
    package_id: `registry+https://example.com/index#${name}@${version}`,
    fresh,
    target,
  });
}

Deno.test("isAtLeast() compares versions by number", () => {
  assert(isAtLeast("1.95.0", "1.95"));
  assert(isAtLeast("1.100.0", "1.95"));
  assert(isAtLeast("2.0.0-nightly", "1.95"));
  assertEquals(isAtLeast("1.94.9", "1.95"), false);
});

Deno.test("clock() writes minutes and seconds", () => {
  assertEquals([clock(7), clock(829.9)], ["0:07", "13:49"]);
});

Deno.test("Progress counts each crate once and names those in work", () => {
  const progress = new Progress(3);
  assert(progress.status("   Compiling serde_json v1.0.0"));
  assert(progress.status("   Compiling x0x v0.48.1"));
  progress.message(artifact("serde_json", false, "custom-build"));
  progress.message(artifact("serde_json"));
  progress.message(artifact("serde_json"));
  assertEquals(progress.line(65), "   1:05  1/3 crates  compiling x0x");
});

Deno.test("Progress tells versions of one crate apart, also when it hears of the end first", () => {
  const progress = new Progress(3);
  progress.message(artifact("rand", false, "lib", "0.8.8"));
  progress.status("   Compiling rand v0.8.8");
  progress.status("   Compiling rand v0.9.5");
  assertEquals(progress.line(0), "   0:00  1/3 crates  compiling rand");
  progress.message(artifact("rand", false, "lib", "0.9.5"));
  assertEquals(progress.line(0), "   0:00  2/3 crates");
});

Deno.test("Progress lets warnings and errors through", () => {
  const progress = new Progress(0);
  assertEquals(progress.status("warning: unused variable: `x`"), false);
  assertEquals(progress.status("error: could not compile `x0x` (lib)"), false);
});

Deno.test("Progress knows a build in which nothing was compiled", () => {
  const progress = new Progress(1);
  progress.message(artifact("serde", true));
  assertEquals(progress.compiled, false);
});

Deno.test("Progress says when another cargo holds the lock", () => {
  const progress = new Progress(1);
  progress.status("    Blocking waiting for file lock on artifact directory");
  assertStringIncludes(progress.line(1), "waiting for another cargo");
});

Deno.test("Progress ignores lines that are not messages", () => {
  const progress = new Progress(1);
  progress.message("");
  progress.message(JSON.stringify({ reason: "build-finished", success: true }));
  assertEquals(progress.line(0), "   0:00  0/1 crates");
});
