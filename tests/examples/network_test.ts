import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { context } from "../../ffi/context.ts";
import { isDeno, test } from "../harness.ts";
import { bounded } from "../agent/harness.ts";

/** Runs an example under the permissions that its comment names. */
async function run(name: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      `--allow-ffi=${context().libraryPath}`,
      "--allow-net=127.0.0.1",
      "--allow-read",
      "--allow-write=/tmp",
      "--allow-env=TENDON_LIBRARY",
      fileURLToPath(new URL(`../../examples/${name}.ts`, import.meta.url)),
    ],
    env: { NO_COLOR: "1", TENDON_LIBRARY: process.env.TENDON_LIBRARY ?? "" },
  });
  const { code, stdout, stderr } = await bounded(child.output());
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

test("examples/pubsub.ts hears five prices and a batch of trades", async () => {
  if (!isDeno) return;
  const output = await run("pubsub");
  assertEquals(output.match(/says btc_usdt is at/g)?.length, 5, output);
  assert(/^10000 trades in \d message\(s\), the last has sequence 9999$/m.test(output), output);
});

test("examples/direct_message.ts gets three answers", async () => {
  if (!isDeno) return;
  const output = await run("direct_message");
  assertEquals(output.match(/acknowledged: true/g)?.length, 3, output);
  assertEquals(output.match(/"square":(121|144|169)\}/g)?.length, 3, output);
});

test("examples/task_collaboration.ts reads every book once", async () => {
  if (!isDeno) return;
  const output = await run("task_collaboration");
  assertEquals(output.match(/^done /gm)?.length, 6, output);
  assert((output.match(/has read/g)?.length ?? 0) >= 6, output);
});

test("examples/offline_merge.ts shows the merged work on both sides", async () => {
  if (!isDeno) return;
  const output = await run("offline_merge");
  const shown = (name: string) =>
    output.split("\n").filter((line) => line.startsWith(name)).map((line) =>
      line.slice(name.length)
    );
  assertEquals(shown("base: "), [
    "done Draw the map",
    "claimed Pitch the camp (By the river, not on the hill)",
    "empty Fix the rope bridge",
  ]);
  assertEquals(shown("scout: "), shown("base: "));
});
