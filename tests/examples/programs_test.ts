import { assertEquals, assertStringIncludes } from "@std/assert";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { marketDataPath } from "../../examples/_data.ts";
import { libraryPath } from "../harness.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Runs an example with nothing permitted but `flags` and this one library. */
async function run(example: string, flags: string[], args: string[] = []): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", `--allow-ffi=${libraryPath}`, ...flags, example, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(code, 0, `${text}\n${new TextDecoder().decode(stderr)}`);
  return text;
}

const READ_DATA = `--allow-read=${join(ROOT, "rust/target/market-data.path")},${marketDataPath()}`;

Deno.test("examples/two_agents.ts runs with a scoped --allow-ffi", async () => {
  const text = await run("examples/two_agents.ts", [
    "--allow-net=127.0.0.1",
    "--allow-read=/tmp",
    "--allow-write=/tmp",
  ]);
  assertEquals(text.match(/bob hears BTC\/USDT/g)?.length, 3);
});

Deno.test("examples/backtest.ts runs with a scoped --allow-ffi", async () => {
  const text = await run("examples/backtest.ts", [READ_DATA]);
  assertStringIncludes(text, "50000 events");
});

Deno.test("examples/sweep.ts runs with a scoped --allow-ffi and writes its page", async () => {
  const out = join(tmpdir(), `tendon-sweep-${crypto.randomUUID()}.html`);
  try {
    const text = await run("examples/sweep.ts", [READ_DATA, `--allow-write=${out}`], [out]);
    assertStringIncludes(text, "16 runs of 50000 events");
    assertStringIncludes(await readFile(out, "utf8"), 'class="map"');
  } finally {
    await rm(out, { force: true });
  }
});

Deno.test("examples/research_desk.ts runs with a scoped --allow-ffi and writes its page", async () => {
  const out = join(tmpdir(), `tendon-tear-sheet-${crypto.randomUUID()}.html`);
  try {
    const text = await run("examples/research_desk.ts", [
      "--allow-net=127.0.0.1",
      `${READ_DATA},/tmp`,
      `--allow-write=/tmp,${out}`,
    ], ["--out", out]);
    assertStringIncludes(text, "24/24");
    const page = await readFile(out, "utf8");
    assertStringIncludes(page, "<svg");
    assertStringIncludes(page, "Parameter sweep");
  } finally {
    await rm(out, { force: true });
  }
});
