/**
 * The directory of an agent's keys, made through `node:fs` so that the runtime's permissions apply.
 *
 * @module
 */

import { rmSync } from "node:fs";
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

function removeLeft(): void {
  for (const path of temporary) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The process ends; a file that cannot be removed is left to the system's own clean-up.
    }
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
