/**
 * `tendon schema check|diff`.
 *
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../contracts/schema/bundle.ts";
import { diffBundles, type SchemaDiff } from "../contracts/schema/evolution.ts";
import { parseJson } from "../contracts/json/json.ts";
import { isObject } from "../contracts/json/value.ts";
import { checkSchemas, SCHEMA_FOLDER, schemaFiles } from "../contracts/schema/schema_check.ts";
import type { Terminal } from "./_terminal.ts";
import { UsageError } from "./_usage.ts";

/** Bundle that was released, from a project's folder. */
const RELEASED = `${SCHEMA_FOLDER}/released/v1.bundle.schema.json`;

/** Options of these commands. */
export interface SchemaOptions {
  /** Bundle to compare with, in place of the released one. */
  readonly against?: string | undefined;
  /** Print JSON. */
  readonly json?: boolean | undefined;
}

/** Checks the schemas of a project; exit code 1 when something is not sound. */
export async function checkSchema(
  folder: string,
  options: SchemaOptions,
  terminal: Terminal,
): Promise<number> {
  if (options.against !== undefined) throw new UsageError("--against belongs to schema diff");
  requireProject(folder);
  const { faults, checked } = await checkSchemas(folder);
  if (options.json) terminal.print(`${JSON.stringify({ faults, checked })}\n`);
  else {
    for (const { kind, place, message } of faults) terminal.print(`${kind} ${place}: ${message}\n`);
    const { schemas, data, generated, documents } = checked;
    terminal.print(
      `Checked: ${schemas} schemas, ${data} files of data, ${documents} documents, and the origin of ` +
        `${generated} generated files (their text: deno task check:generated).\n`,
    );
    terminal.print(faults.length === 0 ? "All sound.\n" : `${faults.length} not sound.\n`);
  }
  return faults.length === 0 ? 0 : 1;
}

/** Compares the schemas of a project with a released bundle; exit code 1 for an unversioned change. */
export function diffSchema(folder: string, options: SchemaOptions, terminal: Terminal): number {
  requireProject(folder);
  const path = options.against ?? join(folder, RELEASED);
  if (!existsSync(path)) throw new UsageError(`there is no bundle "${path}"`);
  const released = parseJson(readFileSync(path));
  if (!isObject(released) || !isObject(released["$defs"])) {
    throw new UsageError(`"${path}" is not a bundle`);
  }
  const diff = diffBundles(released, bundle(schemaFiles(folder)));
  if (options.json) terminal.print(`${JSON.stringify(diff)}\n`);
  else terminal.print(described(diff));
  return diff.unversioned.length === 0 ? 0 : 1;
}

function described({ changes, unversioned }: SchemaDiff): string {
  const lines = changes.map(({ kind, pointer, change }) => `${kind} ${pointer}: ${change}\n`);
  const faults = unversioned.map(({ contract, message }) => `${contract} ${message}\n`);
  return changes.length + faults.length === 0 ? "No change.\n" : [...lines, ...faults].join("");
}

function requireProject(folder: string): void {
  if (!existsSync(join(folder, SCHEMA_FOLDER))) {
    throw new UsageError(`there is no folder "${join(folder, SCHEMA_FOLDER)}"`);
  }
}
