/**
 * Native code is outside the runtime's sandbox, so what it will touch is checked here first.
 *
 * @module
 */

import { PermissionError } from "../src/errors.ts";
import { backend } from "./backend.ts";
import type { Permission } from "./types.ts";

function flag(permission: Permission): string {
  switch (permission.name) {
    case "net":
      return permission.host === undefined ? "--allow-net" : `--allow-net=${permission.host}`;
    case "env":
      return `--allow-env=${permission.variable}`;
    default:
      return `--allow-${permission.name}=${permission.path}`;
  }
}

/**
 * Throws unless the program holds a permission. Never prompts.
 *
 * @throws {PermissionError} If the permission is not granted; the message names the flag.
 */
export function requirePermission(action: string, permission: Permission): void {
  if (backend.permission(permission) === "granted") return;
  throw new PermissionError(
    "permission_denied",
    `Cannot ${action}: the permission is missing, run with ${flag(permission)}`,
    { data: { flag: flag(permission) } },
  );
}
