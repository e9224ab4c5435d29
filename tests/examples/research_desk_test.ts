import { assert, assertEquals, assertRejects } from "@std/assert";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { marketDataPath } from "../../examples/_data.ts";
import { type DeskEvent, runResearchDesk } from "../../examples/desk/desk.ts";
import { parseNotice, parseReport, sweep } from "../../examples/desk/job.ts";
import { together } from "../../examples/desk/together.ts";
import { MarketDataError } from "../../src/errors.ts";
import { test } from "../harness.ts";

test("runResearchDesk() runs every backtest of the sweep once and ranks them", async () => {
  const events: DeskEvent[] = [];
  const { ranking, best, analysts } = await runResearchDesk({
    dataPath: marketDataPath(),
    fast: [5, 20],
    slow: [50, 200],
    onEvent: (event) => events.push(event),
  });
  assertEquals(ranking.map((row) => row.id).sort(), [
    "SMA 20 / 200",
    "SMA 20 / 50",
    "SMA 5 / 200",
    "SMA 5 / 50",
  ]);
  const profits = ranking.map((row) => row.profit);
  assertEquals(profits, [...profits].sort((a, b) => b - a));
  assertEquals(best.id, ranking[0]?.id);
  assert(analysts.reduce((sum, analyst) => sum + analyst.runs, 0) >= 4);
  for (const row of ranking) assert(analysts.some((analyst) => analyst.name === row.agent));
  assertEquals(events.filter((event) => event.kind === "result").length, 4);
});

test("runResearchDesk() rejects when the data cannot be read", async () => {
  const directory = await mkdtemp(join(tmpdir(), "tendon-desk-"));
  try {
    const dataPath = join(directory, "bad.jsonl");
    await writeFile(dataPath, "no market data\n");
    await assertRejects(() => runResearchDesk({ dataPath }), MarketDataError);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("runResearchDesk() rejects when it takes too long", async () => {
  await assertRejects(
    () => runResearchDesk({ dataPath: marketDataPath(), timeoutMs: 1 }),
    Error,
  );
});

test("runResearchDesk() rejects a sweep without backtests", async () => {
  await assertRejects(() => runResearchDesk({ dataPath: "", fast: [5], slow: [5] }), RangeError);
});

test("sweep() pairs each fast window with every longer one", () => {
  assertEquals(sweep([5, 20], [10, 20]), [{ fast: 5, slow: 10 }, { fast: 5, slow: 20 }]);
});

test("parseReport() leaves out what is no report", () => {
  for (const text of ["", "null", "[]", "{}", `{"kind":"result","task":"a","row":{"id":"b"}}`]) {
    assertEquals(parseReport(text), undefined);
  }
  assertEquals(parseReport(`{"kind":"hello","name":"Bo"}`), { kind: "hello", name: "Bo" });
});

test("parseNotice() leaves out what is no notice", () => {
  for (const text of ["", "7", `{"kind":"hello"}`]) assertEquals(parseNotice(text), undefined);
  assertEquals(parseNotice(`{"kind":"repeat","tasks":["a",1]}`), { kind: "repeat", tasks: ["a"] });
});

test("together() stops the other loops when one fails and throws its error", async () => {
  const stop = new AbortController();
  const stopped = new Promise<void>((_, reject) => {
    stop.signal.addEventListener("abort", () => reject(new Error("second")));
  });
  const failing = Promise.reject(new Error("first"));
  const error = await assertRejects(() => together(stop, stopped, failing), Error);
  assertEquals(error.message, "first");
});
