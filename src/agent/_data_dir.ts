/**
 * The directory of an agent's keys, made through `node:fs` so that the runtime's permissions apply.
 *
 * @module
 */

import { existsSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { backend } from "../../ffi/backend.ts";

/** Temporary directories that are left if the process ends without closing their agents. */
const temporary = new Set<string>();
let watching = false;

/** A directory to open an agent on. */
export interface DataDir {
  readonly path: string;
  /** Removes it if it was temporary. */
  release(): Promise<void>;
}

/** Makes the given directory, or a temporary one. */
export async function openDataDir(path: string | undefined): Promise<DataDir> {
  if (path !== undefined) {
    const absolute = resolve(path);
    await mkdir(absolute, { recursive: true, mode: 0o700 });
    return { path: absolute, release: () => Promise.resolve() };
  }
  const fresh = await mkdtemp(join(temporaryDirectory(), "tendon-agent-"));
  temporary.add(fresh);
  if (!watching) {
    watching = true;
    process.once("exit", removeLeft);
  }
  return {
    path: fresh,
    async release() {
      temporary.delete(fresh);
      await rm(fresh, { recursive: true, force: true });
    },
  };
}

/** Rounds of removal at the end of the process. */
const REMOVE_ROUNDS = 10;
const REMOVE_PAUSE_MS = 5;

/**
 * Removes what is left. The agents still run and may write a contact that they just heard of, even
 * into a directory that is gone, so look again until nothing comes back. Keys are never rewritten.
 */
function removeLeft(): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let round = 0; round < REMOVE_ROUNDS; round++) {
    const left = [...temporary].filter((path) => existsSync(path));
    if (round > 0 && left.length === 0) return;
    for (const path of left) {
      try {
        rmSync(path, { recursive: true, force: true });
      } catch {
        // The process ends; what cannot be removed is left to the system's own clean-up.
      }
    }
    Atomics.wait(pause, 0, 0, REMOVE_PAUSE_MS);
  }
}

/** The system's directory for temporary files; `os.tmpdir()` would fail without `--allow-env`. */
function temporaryDirectory(): string {
  for (const name of ["TMPDIR", "TEMP", "TMP"]) {
    const path = backend.environment(name);
    if (path) return path;
  }
  return process.platform === "win32" ? "C:\\Windows\\Temp" : "/tmp";
}
