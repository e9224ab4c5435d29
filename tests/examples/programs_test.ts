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

const ON_LOOPBACK = ["--allow-net=127.0.0.1", "--allow-read=/tmp", "--allow-write=/tmp"];

Deno.test("examples/basic_agent.ts runs with a scoped --allow-ffi", async () => {
  const text = await run("examples/basic_agent.ts", ON_LOOPBACK);
  assertEquals(text.match(/bob hears BTC\/USDT at \d+ from somebody trusted/g)?.length, 3);
  assertStringIncludes(text, "online: true");
});

Deno.test("examples/events.ts sees everything once, and one failing listener", async () => {
  const text = await run("examples/events.ts", ON_LOOPBACK);
  for (const type of ["connected", "peer_joined", "message", "task_updated", "peer_left"]) {
    assertStringIncludes(text, `${type}: `);
  }
  assertStringIncludes(text, "error in a listener: Error: a listener that fails");
});

Deno.test("examples/backtest.ts runs with a scoped --allow-ffi", async () => {
  const text = await run("examples/backtest.ts", [READ_DATA]);
  assertStringIncludes(text, "50000 events");
});

Deno.test("examples/typescript_strategy.ts runs with a scoped --allow-ffi", async () => {
  const text = await run("examples/typescript_strategy.ts", [READ_DATA]);
  assertStringIncludes(text, "50000 events seen");
  assertStringIncludes(text, "round trips");
});

Deno.test("examples/audit_replica.ts runs with a scoped --allow-ffi", async () => {
  const text = await run("examples/audit_replica.ts", [READ_DATA]);
  assertStringIncludes(text, "positions closed: ");
  assertStringIncludes(text, "the replica equals the engine");
});

Deno.test("examples/paper_trading.ts needs nothing but the library", async () => {
  const text = await run("examples/paper_trading.ts", []);
  const lines = text.trim().split("\n");
  // What is gained depends on when the machine gets to it.
  assertEquals(lines.filter((line) => !line.startsWith("result: ")), [
    "filled: buy 2",
    "filled: sell 2",
    "shutdown after 60 events, 2 orders, 2 fills",
    "flat: true",
    "replica: equal",
  ]);
});

Deno.test("examples/contract_replay.ts runs with a scoped --allow-ffi", async () => {
  const text = await run("examples/contract_replay.ts", [READ_DATA]);
  assertStringIncludes(text, "the same hashes");
  const [, fills, positions] = /the engine: (\d+) fills, (\d+) positions/.exec(text) ?? [];
  assertStringIncludes(text, `the core: ${fills} orders filled, ${positions} positions`);
});

Deno.test("examples/contract_run.ts needs nothing at all", async () => {
  const text = await run("examples/contract_run.ts", []);
  assertStringIncludes(text, "the log replays to the same end");
  assertStringIncludes(text, "resumed: the same log");
});

Deno.test("examples/reconcile.ts needs nothing at all", async () => {
  const text = await run("examples/reconcile.ts", []);
  assertStringIncludes(text, "after 2 repairs: 0 differences");
  assertStringIncludes(text, "3: accepted to filled by fill");
});

Deno.test("examples/commands.ts needs nothing but the library", async () => {
  const text = await run("examples/commands.ts", []);
  assertEquals(text.trim().split("\n"), [
    "open: openOrders sent 3 requests",
    "2 positions, 1 open orders",
    "cancel: cancelOrders sent 1 requests",
    "close: closePositions sent 2 requests",
    "0 positions, 0 open orders",
    "binancespot-btc_usdt: 500",
    "binancespot-eth_usdt: 150",
  ]);
});

Deno.test("examples/live_data.ts reaches loopback and no further", async () => {
  const text = await run("examples/live_data.ts", ["--allow-net=127.0.0.1"]);
  assertEquals(text.trim().split("\n"), [
    "2025-01-01T12:00:00Z: buy at 100",
    "2025-01-01T12:00:01Z: buy at 101",
    "reconnecting: binance_spot",
    "2025-01-01T12:00:02Z: buy at 103",
    "2025-01-01T12:00:03Z: buy at 102",
    "2025-01-01T12:00:04Z: buy at 106",
    "6 events, 0 dropped, 0 unreadable",
    "bought and held: 1006",
  ]);
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
