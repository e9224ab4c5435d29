import { assertEquals } from "@std/assert";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { packageAdditions, writeProgram } from "../../build.ts";
import { libraryPath } from "../harness.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const { imports } = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
const DATA = join(ROOT, "tests/fixtures/engine/market_data_600.jsonl");

/** What a user of the package would write; also type-checked. */
const CONSUMER = `
import { Agent, libraryInfo, TendonError } from "@tendon/tendon";
import { MarketData } from "@tendon/tendon/engine";
import type { TaskList } from "@tendon/tendon/tasks";

export type List = TaskList;
const agent = await Agent.create();
const news = await agent.subscribe("news");
await agent.publish("news", "hello from the package");
const { value } = await news.next();
await agent.close();
const code = await MarketData.parse("nonsense", { instruments: [] })
  .then(() => "none", (error: unknown) => error instanceof TendonError ? error.code : "other");
console.log(JSON.stringify([libraryInfo().abi, value?.text(), code]));
`;

function npm(folder: string, ...args: string[]): void {
  execFileSync("npm", [...args, "--no-audit", "--no-fund", "--silent"], { cwd: folder });
}

/**
 * The package as `deno pack` makes it of the same sources, for where dnt is out of reach, with the same
 * additions.
 */
async function makePackage(folder: string): Promise<void> {
  mkdirSync(folder);
  const tarball = join(folder, "package.tgz");
  const pack = ["pack", "--quiet", "--no-source-maps", "--allow-dirty", "--output", tarball];
  execFileSync(process.execPath, pack, { cwd: ROOT, stdio: "pipe" });
  execFileSync("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
  rmSync(tarball);
  const manifest = join(folder, "package.json");
  const packed = JSON.parse(readFileSync(manifest, "utf8"));
  const additions = packageAdditions(imports);
  const dependencies = { ...packed.dependencies, ...additions.dependencies };
  writeFileSync(manifest, JSON.stringify({ ...packed, ...additions, dependencies }));
  await writeProgram(folder, ".");
}

/** What the package's command is given. */
const BACKTEST = {
  data: DATA,
  instruments: ["btc", "eth", "sol"].map((base) => ({
    exchange: "binance_spot",
    nameExchange: `${base.toUpperCase()}USDT`,
    underlying: { base, quote: "usdt" },
  })),
  strategy: { type: "buyAndHold", quantity: "0.01" },
  execution: [{
    exchange: "binance_spot",
    balances: { usdt: "100000", btc: "0", eth: "0", sol: "0" },
  }],
};

Deno.test("the package installs, type-checks and runs on Node", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tendon-package-"));
  try {
    const made = join(folder, "made");
    await makePackage(made);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
    npm(folder, "pack", "./made");
    const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    const version = (name: string) => imports[name].replace("npm:", "");
    npm(folder, "install", join(folder, tarball), version("typescript"), "@types/node@20");
    writeFileSync(join(folder, "consumer.ts"), CONSUMER);
    execFileSync(
      join(folder, "node_modules/.bin/tsc"),
      ["--strict", "--module", "nodenext", "--target", "es2022", "--lib", "esnext", "consumer.ts"],
      { cwd: folder, stdio: ["ignore", "inherit", "inherit"] },
    );
    const output = execFileSync("node", ["consumer.js"], {
      cwd: folder,
      env: { ...process.env, TENDON_LIBRARY: libraryPath },
      encoding: "utf8",
    });
    assertEquals(JSON.parse(output), ["1.0", "hello from the package", "config_instruments"]);

    // The command stands where npm puts it, a link to the package's own file.
    writeFileSync(join(folder, "backtest.json"), JSON.stringify(BACKTEST));
    const printed = execFileSync(
      join(folder, "node_modules/.bin/tendon"),
      ["backtest", "run", "backtest.json", "--json"],
      {
        cwd: folder,
        env: { ...process.env, TENDON_LIBRARY: libraryPath },
        encoding: "utf8",
      },
    );
    assertEquals(JSON.parse(printed).stats.fills, 3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
