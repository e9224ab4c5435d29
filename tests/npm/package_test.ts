import { assertEquals } from "@std/assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { libraryPath } from "../harness.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const { imports } = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));

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

Deno.test("the package installs, type-checks and runs on Node", () => {
  const folder = mkdtempSync(join(tmpdir(), "tendon-package-"));
  try {
    const tarball = join(folder, "tendon.tgz");
    execFileSync(
      process.execPath,
      ["pack", "--quiet", "--no-source-maps", "--allow-dirty", "--output", tarball],
      { cwd: ROOT, stdio: "pipe" },
    );
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
    // `deno pack` writes no dependency for a module that is required at run time; dnt's package does.
    const version = (name: string) => imports[name].replace("npm:", "");
    npm(folder, "install", tarball, version("koffi"), version("typescript"), "@types/node@20");
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
  } finally {
    rmSync(folder, { recursive: true });
  }
});
