/**
 * The corpus on disk: fixtures, and the manifest that every file of it must be in.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { canonicalJson } from "../../../src/contracts/json/json.ts";
import {
  blessRun,
  type GoldenEnd,
  type ReplayRun,
} from "../../../src/contracts/replay/replay_log.ts";
import type { CoreConfig, Fixture } from "../../../src/contracts/generated/types.ts";

/** Where the corpus stands. */
export const FIXTURES: string = fileURLToPath(new URL("./fixtures", import.meta.url));

/** Folders of fixtures that the cores run. */
export const RUN_FOLDERS = ["transitions", "inputs", "scenarios", "modes", "fuzz_seeds"] as const;

/** A file of the corpus. */
export interface Listed {
  readonly path: string;
  readonly sha256: string;
  /** The folders that it stands in. */
  readonly tags: readonly string[];
}

/** Paths of all files below a folder, with "/" between folders, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll("\\", "/")
    )
    .sort();
}

/** The manifest as it must be for the files of a corpus. */
export function manifestOf(folder: string): { readonly files: readonly Listed[] } {
  return {
    files: filesBelow(folder).filter((path) => path !== "manifest.json").map((path) => ({
      path,
      sha256: createHash("sha256").update(readFileSync(join(folder, path))).digest("hex"),
      tags: path.split("/").slice(0, -1),
    })),
  };
}

/** What is wrong with a corpus: files that are not listed, changed, or gone. */
export function manifestFaults(folder: string): string[] {
  const listed: { files: Listed[] } = JSON.parse(
    readFileSync(join(folder, "manifest.json"), "utf8"),
  );
  const known = new Map(listed.files.map(({ path, sha256 }) => [path, sha256]));
  const faults: string[] = [];
  for (const { path, sha256 } of manifestOf(folder).files) {
    if (!known.has(path)) faults.push(`${path} is not listed`);
    else if (known.get(path) !== sha256) faults.push(`${path} is not what is listed`);
    known.delete(path);
  }
  return [...faults, ...Array.from(known.keys(), (path) => `${path} is listed and gone`)];
}

/** Paths of the fixtures that the cores run. */
export function runFixtures(folder: string = FIXTURES): string[] {
  return filesBelow(folder).filter((path) =>
    path.endsWith(".json") && RUN_FOLDERS.some((name) => path.startsWith(`${name}/`))
  );
}

/** Reads a fixture. */
export function readFixture(path: string, folder: string = FIXTURES): Fixture {
  return JSON.parse(readFileSync(join(folder, path), "utf8"));
}

/** What a program that writes the corpus was told. */
export function writerOptions(): { readonly bless?: boolean; readonly reason?: string } {
  const options = { bless: { type: "boolean" }, reason: { type: "string" } } as const;
  return parseArgs({ args: process.argv.slice(2), options, strict: true }).values;
}

/** What is said where an expectation would change without a reason. */
export function unexplained(path: string): Error {
  return new Error(
    `${path}: what is expected changes: say why with --reason, and in the changelog`,
  );
}

/**
 * Writes what stands beside a replay log.
 *
 * @param name of the log, without its ending
 * @throws {Error} if that changes the golden end and there is no reason
 */
export function writeRun(
  name: string,
  config: CoreConfig,
  end: GoldenEnd,
  reason: string | undefined,
  folder: string = FIXTURES,
): void {
  const path = `replay/${name}.run.json`, file = join(folder, path);
  const before: ReplayRun = existsSync(file)
    ? JSON.parse(readFileSync(file, "utf8"))
    : { config, golden: null };
  const run = blessRun({ ...before, config }, end, reason);
  if (run === null) throw unexplained(path);
  writeFileSync(file, `${canonicalJson(run)}\n`);
}
