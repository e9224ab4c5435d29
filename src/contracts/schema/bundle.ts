/**
 * All schema documents as one, with local references only.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../json/value.ts";

/** Prefix of the identifier of every document of version 1. */
export const URN = "urn:tendon:contracts:engine:v1:";

/** A schema document, under the name its file has. */
export interface SchemaFile {
  /** `engine_event` of `engine_event.schema.json`, `engine_event.rules` of `engine_event.rules.schema.json`. */
  readonly name: string;
  /** Its content. */
  readonly schema: JsonObject;
}

/**
 * Puts all documents under `$defs` of one, each by its title, and makes every reference local.
 *
 * @param files the documents, in any order
 * @returns the bundle
 * @throws {SyntaxError} when two definitions have one name, or a reference leads out of the documents
 */
export function bundle(files: readonly SchemaFile[]): JsonObject {
  const titles = new Map(files.map((file) => [file.name, title(file)]));
  const definitions = new Map<string, Json>();
  const define = (name: string, schema: Json) => {
    if (definitions.has(name)) throw new SyntaxError(`Two definitions are called "${name}"`);
    definitions.set(name, localised(schema, titles));
  };
  for (const file of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { $schema: _dialect, $id: _id, $defs, ...root } = file.schema;
    if (isObject($defs)) {
      for (const [name, schema] of Object.entries($defs)) define(name, schema);
    }
    if (file.name !== "common") define(title(file), root);
  }
  const names = [...definitions.keys()].sort();
  for (const schema of definitions.values()) requireTargets(schema, definitions);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `${URN}bundle`,
    title: "Contracts",
    description: "All contracts of the engine boundary in one document.",
    $defs: Object.fromEntries(names.map((name) => [name, definitions.get(name)!])),
  };
}

function title({ name, schema }: SchemaFile): string {
  if (typeof schema["title"] !== "string") throw new SyntaxError(`Schema "${name}" has no title`);
  return schema["title"];
}

function localised(schema: Json, titles: ReadonlyMap<string, string>): Json {
  if (Array.isArray(schema)) return schema.map((item) => localised(item, titles));
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === "$ref" && typeof value === "string" ? local(value, titles) : localised(value, titles),
    ]),
  );
}

function local(reference: string, titles: ReadonlyMap<string, string>): string {
  const [document, fragment] = reference.split("#", 2) as [string, string?];
  if (fragment !== undefined) return `#${fragment}`;
  const title = document.startsWith(URN) ? titles.get(document.slice(URN.length)) : undefined;
  if (title === undefined) throw new SyntaxError(`There is no schema "${reference}"`);
  return `#/$defs/${title}`;
}

function requireTargets(schema: Json, definitions: ReadonlyMap<string, Json>): void {
  if (Array.isArray(schema)) return schema.forEach((item) => requireTargets(item, definitions));
  if (!isObject(schema)) return;
  const reference = schema["$ref"];
  if (typeof reference === "string" && !definitions.has(reference.slice("#/$defs/".length))) {
    throw new SyntaxError(`There is no definition "${reference}"`);
  }
  Object.values(schema).forEach((value) => requireTargets(value, definitions));
}
