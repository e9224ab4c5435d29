/**
 * Runs the suites of the border, of the network and of the engine, and the demo, on Node, from the
 * same sources.
 *
 * Node 20 reads no TypeScript, so the sources are transpiled, one file to one file, into a temporary
 * folder with the npm dependencies of `deno.json`.
 *
 * @module
 */

import ts from "typescript";
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { LIBRARY_FILE } from "../../ffi/library.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SUITES = [
  "tests/ffi",
  "tests/identity",
  "tests/agent",
  "tests/tasks",
  "tests/kv",
  "tests/groups",
  "tests/network",
  "tests/engine",
  "tests/contracts/engine",
];
/** What the suites read beside sources. */
const DATA = [
  "docs",
  "tests/fixtures",
  "tests/contracts/engine/fixtures",
  "tests/contracts/vectors",
];
const SOURCES = [
  "mod.ts",
  "src",
  "ffi",
  ...SUITES,
  "tests/harness.ts",
  "examples",
];

/** Suites of the contracts; what generates and checks the schemas runs on Deno only. */
const CONTRACTS = [
  "brand_test",
  "fixtures_test",
  "json_test",
  "mock_exchange_venue_test",
  "mock_reconcile_test",
  "run_border_test",
  "run_compatibility_test",
  "run_endings_test",
  "run_input_test",
  "run_mock_exchange_test",
  "run_policy_test",
  "run_recovery_test",
  "run_venue_test",
  "venue_test",
].map((name) => `tests/contracts/${name}.ts`);

/** What these import and run. */
const CONTRACTS_SETUP = ["_desk.ts", "_mock_venue.ts", "_random_strategy.ts", "_run.ts", "programs"]
  .map((name) => `tests/contracts/${name}`);

/** `@std/assert` compares with a method of sets that Node has from version 22 on. */
const SET_UNION = "set_union.js";
const SET_UNION_SOURCE = "Set.prototype.union ??= function (other) {\n" +
  "  return new Set([...this, ...other]);\n};\n";

function* files(path: string): Generator<string> {
  if (path.endsWith(".ts")) return yield path;
  for (const entry of readdirSync(join(ROOT, path), { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) yield* files(child);
    else if (entry.name.endsWith(".ts")) yield child;
  }
}

function transpile(target: string): void {
  for (const source of [...SOURCES, ...CONTRACTS, ...CONTRACTS_SETUP]) {
    for (const file of files(source)) {
      const { outputText } = ts.transpileModule(readFileSync(join(ROOT, file), "utf8"), {
        fileName: file,
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          rewriteRelativeImportExtensions: true,
          verbatimModuleSyntax: true,
        },
      });
      const output = join(target, file.replace(/\.ts$/, ".js"));
      mkdirSync(dirname(output), { recursive: true });
      writeFileSync(output, outputText);
    }
  }
}

/** Installs what `deno.json` maps to npm, and `@std/assert` as an alias of its mirror. */
function install(target: string): void {
  const { imports } = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
  const version = (name: string): string =>
    imports[name].replace(/^npm:.*?@(?=\d)/, "").split("/")[0];
  const manifest = {
    type: "module",
    private: true,
    dependencies: {
      canonicalize: version("canonicalize"),
      koffi: version("koffi"),
      "deno-std": version("@std/assert"),
      "fast-check": version("fast-check"),
      ws: version("ws"),
      ajv: version("ajv"),
      "ajv-formats": version("ajv-formats"),
      "vega-lite": version("vega-lite"),
    },
  };
  writeFileSync(join(target, "package.json"), JSON.stringify(manifest));
  // Of vega-lite only the schema is read: it needs no vega.
  const quiet = ["--no-audit", "--no-fund", "--silent"];
  execFileSync("npm", ["install", "--legacy-peer-deps", ...quiet], {
    cwd: target,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const alias = join(target, "node_modules/@std/assert");
  mkdirSync(alias, { recursive: true });
  writeFileSync(
    join(alias, "package.json"),
    JSON.stringify({ name: "@std/assert", type: "module", exports: "./mod.js" }),
  );
  writeFileSync(join(alias, "mod.js"), 'export * from "deno-std/assert/mod.js";\n');
  writeFileSync(join(target, SET_UNION), SET_UNION_SOURCE);
}

/** Only a guard: the suites take minutes, and several times as long on a busy machine. */
const TIMEOUT_MS = 2_400_000;

function node(target: string, args: string[]): boolean {
  const { status, signal } = spawnSync("node", args, {
    cwd: target,
    stdio: "inherit",
    timeout: TIMEOUT_MS,
    env: {
      ...process.env,
      TENDON_LIBRARY: process.env.TENDON_LIBRARY ??
        join(ROOT, `rust/target/release/${LIBRARY_FILE}`),
      TENDON_MARKET_DATA: process.env.TENDON_MARKET_DATA ??
        readFileSync(join(ROOT, "rust/target/market-data.path"), "utf8").trim(),
    },
  });
  if (signal !== null) console.error(`node was ended by ${signal}, after ${TIMEOUT_MS} ms at most`);
  return status === 0;
}

const target = mkdtempSync(join(tmpdir(), "tendon-node-"));
try {
  transpile(target);
  for (const folder of DATA) cpSync(join(ROOT, folder), join(target, folder), { recursive: true });
  install(target);
  const suite = [...SUITES, ...CONTRACTS].flatMap((path) => [...files(path)]).filter((file) =>
    file.endsWith("_test.ts")
  );
  const tests = suite.map((file) => relative(".", file.replace(/\.ts$/, ".js")));
  const passed =
    node(target, ["--import", `./${SET_UNION}`, "--test", "--test-reporter=spec", ...tests]) &&
    node(target, ["examples/research_desk.js", "--out", join(target, "tear-sheet.html")]) &&
    statSync(join(target, "tear-sheet.html")).size > 0;
  process.exitCode = passed ? 0 : 1;
} finally {
  rmSync(target, { recursive: true });
}
