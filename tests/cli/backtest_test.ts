/**
 * The command line as a process.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { libraryPath } from "../harness.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const DATA = fileURLToPath(new URL("../fixtures/engine/market_data_600.jsonl", import.meta.url));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

const pair = (base: string) => ({
  exchange: "binance_spot",
  nameExchange: `${base.toUpperCase()}USDT`,
  underlying: { base, quote: "usdt" },
});
const CONFIG = {
  data: DATA,
  id: "crossover",
  instruments: [pair("btc"), pair("eth"), pair("sol")],
  strategy: { type: "smaCross", fast: 2, slow: 5, quantity: "0.01" },
  execution: [{
    exchange: "binance_spot",
    feeRate: "0.0005",
    balances: { usdt: "100000", btc: "0", eth: "0", sol: "0" },
  }],
};

/** Runs a test in a folder of its own, with a function that runs the command line there. */
async function inFolder(
  body: (folder: string, tendon: (...args: string[]) => Promise<Ended>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tendon-cli-"));
  const permissions = [
    `--allow-ffi=${libraryPath}`,
    `--allow-read=${folder},${DATA}`,
    `--allow-write=${folder}`,
    "--allow-env=TENDON_LIBRARY",
  ];
  const tendon = async (...args: string[]): Promise<Ended> => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--no-check", ...permissions, MAIN, ...args],
      cwd: folder,
      env: { NO_COLOR: "1", TENDON_LIBRARY: libraryPath },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), error: text(stderr) };
  };
  try {
    await body(folder, tendon);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function config(folder: string, changes: object = {}): Promise<string> {
  const path = join(folder, "config.json");
  await writeFile(path, JSON.stringify({ ...CONFIG, ...changes }));
  return path;
}

Deno.test("tendon backtest run prints figures, writes files, and is silent in a pipe", async () => {
  await inFolder(async (folder, tendon) => {
    const at = (name: string) => join(folder, name);
    const ended = await tendon(
      ...["backtest", "run", await config(folder), "--save", at("saved.json")],
      ...["--html", at("page.html"), "--fills", at("fills.csv"), "--equity", at("equity.jsonl")],
    );
    assertEquals([ended.code, ended.error], [0, ""]);
    assertStringIncludes(ended.out, "Backtest crossover");
    assertStringIncludes(await readFile(at("page.html"), "utf8"), "<svg");
    const fills = (await readFile(at("fills.csv"), "utf8")).trimEnd().split("\n");
    assertEquals(fills[0], "time,instrument,side,price,quantity,fees,orderId,tradeId");
    assert(fills.length > 2);
    const [point = ""] = (await readFile(at("equity.jsonl"), "utf8")).split("\n");
    assertEquals(JSON.parse(point).value, 100000);

    // The saved result gives the same page and the same figures.
    const again = await tendon("backtest", "report", at("saved.json"), "--html", at("again.html"));
    assertEquals([again.code, again.out], [0, ended.out]);
    assertEquals(
      await readFile(at("again.html"), "utf8"),
      await readFile(at("page.html"), "utf8"),
    );
  });
});

Deno.test("tendon backtest run --json prints one object", async () => {
  await inFolder(async (folder, tendon) => {
    const { code, out, error } = await tendon("backtest", "run", await config(folder), "--json");
    assertEquals([code, error], [0, ""]);
    const { id, equity, stats, summary } = JSON.parse(out);
    assertEquals([id, equity.initial, stats.events], ["crossover", "100000", 600]);
    assertEquals(Object.keys(summary.instruments).length, 3);
  });
});

Deno.test("tendon backtest sweep prints a line per run, and fails softly", async () => {
  await inFolder(async (folder, tendon) => {
    const path = await config(folder, { sweep: { fast: [2, 5], slow: [5, 8] } });
    const { code, out } = await tendon("backtest", "sweep", path, "--json", "--concurrency", "2");
    const rows = out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(rows.map(({ id }) => id), ["2/5", "2/8", "5/5", "5/8"]);
    assertEquals(rows.map(({ error }) => error?.code), [
      undefined,
      undefined,
      "config_strategy",
      undefined,
    ]);
    assertEquals(code, 3);
    const plain = await tendon("backtest", "sweep", path, "--html", join(folder, "best.html"));
    assertStringIncludes(plain.out, "3 runs, 1 failed; the best:");
    assertStringIncludes(plain.error, 'Cannot run backtest "5/5"');
    assertStringIncludes(await readFile(join(folder, "best.html"), "utf8"), 'class="map"');
  });
});

Deno.test("tendon tells wrong usage (2) from what cannot run (1)", async () => {
  await inFolder(async (folder, tendon) => {
    const path = await config(folder);
    const usage: readonly (readonly [string[], string])[] = [
      [[], "there is no command"],
      [["backtest", "walk", path], 'there is no command "backtest walk"'],
      [["backtest", "run"], "needs a file"],
      [["backtest", "run", path, path], "one file too many"],
      [["backtest", "run", path, "--speed"], "--speed"],
      [["backtest", "run", path, "--concurrency", "2"], "no option --concurrency"],
      [["backtest", "sweep", path], '"sweep"'],
      [["backtest", "run", join(folder, "none.json")], "there is no such file"],
      [["backtest", "report", path], "was not written by --save"],
      [["backtest", "run", await wrong(folder, "{")], "is not JSON"],
      [["backtest", "run", await wrong(folder, '{"strategie":{}}')], 'unknown key "strategie"'],
      [
        ["backtest", "run", await wrong(folder, JSON.stringify({ data: DATA }))],
        "instruments must be an array",
      ],
    ];
    for (const [args, text] of usage) {
      const { code, out, error } = await tendon(...args);
      assertStringIncludes(error, text);
      assertEquals([code, out], [2, ""], args.join(" "));
    }
    const missing = await tendon("backtest", "run", path, "--data", join(folder, "none.jsonl"));
    assertEquals(missing.code, 1);
    assertStringIncludes(missing.error, "there is no such file");
    const json = await tendon("backtest", "run", path, "--json", "--data", join(folder, "x.csv"));
    assertEquals(JSON.parse(json.error).error.code, "market_data_file");
    assertEquals((await tendon("--help")).code, 0);
  });
});

/** A configuration file with a text of its own. */
async function wrong(folder: string, text: string): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.json`);
  await writeFile(path, text);
  return path;
}

Deno.test({
  name: "tendon ends with 130 when it is interrupted",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, "long.jsonl"), (await readFile(DATA, "utf8")).repeat(100));
      const values = Array.from({ length: 30 }, (_, at) => at + 10);
      const path = await config(folder, {
        data: "long.jsonl",
        sweep: { fast: [2, 3, 4, 5, 6, 7, 8, 9], slow: values },
      });
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", "--no-check", MAIN, "backtest", "sweep", path, "--json"],
        env: { NO_COLOR: "1", TENDON_LIBRARY: libraryPath },
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const rows = child.stdout.getReader();
      // The first row says that the sweep is under way.
      await rows.read();
      child.kill("SIGINT");
      while (!(await rows.read()).done);
      assertEquals((await child.status).code, 130);
    }),
});

Deno.test({
  name: "tendon draws a progress bar on a terminal and takes it away",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const long = join(folder, "long.jsonl");
      await writeFile(long, (await readFile(DATA, "utf8")).repeat(60));
      const path = await config(folder, {
        data: "long.jsonl",
        sweep: { fast: [2, 3, 4, 5], slow: [50, 60, 70, 80] },
      });
      const command = [Deno.execPath(), "run", "-A", "--quiet", "--no-check", MAIN];
      // `script` gives the program a terminal of its own.
      const { stdout } = await new Deno.Command("script", {
        args: ["-qec", [...command, "backtest", "sweep", path].join(" "), "/dev/null"],
        env: { NO_COLOR: "1", TENDON_LIBRARY: libraryPath },
        stdin: "null",
      }).output();
      const text = new TextDecoder().decode(stdout);
      assertStringIncludes(text, "of 16 runs");
      assertStringIncludes(text, "█");
      assertStringIncludes(text, "\r\x1b[K");
      assertStringIncludes(text, "16 runs, 0 failed");
    }),
});
