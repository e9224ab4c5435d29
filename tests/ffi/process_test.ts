import { assertEquals, assertStringIncludes } from "@std/assert";
import { isDeno, libraryPath, program, run, test } from "../harness.ts";

test("a program ends by itself with an open subscription that nobody reads", async () => {
  const ended = await run(program("pending_subscription", import.meta.url));
  assertEquals(ended.stderr, "");
  assertEquals(ended.status, 0);
  assertEquals(ended.stdout, "end of program\n");
});

test("a pending read keeps the program alive until its stream ends", async () => {
  const ended = await run(program("pending_next", import.meta.url));
  assertEquals([ended.status, ended.stdout], [0, "read 50000\n"]);
});

test("process.exit() with pending calls and streams does not crash or hang", async () => {
  for (let round = 0; round < 5; round++) {
    const ended = await run(program("exit_while_pending", import.meta.url));
    assertEquals([ended.status, ended.signal, ended.stdout], [7, null, "pending\n"]);
  }
});

test("an uncaught error with pending calls and streams does not crash or hang", async () => {
  for (let round = 0; round < 5; round++) {
    const ended = await run(program("exit_while_pending", import.meta.url), { args: ["throw"] });
    assertEquals([ended.status, ended.signal], [1, null]);
    assertStringIncludes(ended.stderr, "uncaught on purpose");
  }
});

test("Workers share the library, and a killed one harms nobody", async () => {
  for (let round = 0; round < 3; round++) {
    const permissions = [`--allow-ffi=${libraryPath}`, "--allow-read"];
    const ended = await run(program("workers", import.meta.url), { permissions });
    assertEquals(ended.stderr, "");
    assertEquals(ended.stdout, '{"counts":[20000,20000],"text":"main"}\n');
    assertEquals([ended.status, ended.signal], [0, null]);
  }
});

test("the library opens under a permission for its path alone", async () => {
  if (!isDeno) return;
  const ended = await run(program("load", import.meta.url));
  assertEquals(JSON.parse(ended.stdout).abi, "1.0");
});
