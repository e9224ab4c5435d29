/**
 * What a change of the schemas means for those who hold older ones.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../json/value.ts";

/** A difference between two bundles. */
export interface SchemaChange {
  /** Whether documents and readers of the older bundle go on working with the newer one. */
  readonly kind: "compatible" | "breaking";
  /** JSON Pointer into the bundle. */
  readonly pointer: string;
  /** What changed. */
  readonly change: string;
}

/** Differences of two bundles and the documents whose version does not say so. */
export interface SchemaDiff {
  /** By pointer. */
  readonly changes: readonly SchemaChange[];
  /** Documents that a change reaches although their version is not raised enough. */
  readonly unversioned: readonly string[];
}

/** Limits, and whether a greater value is the wider one. */
const LIMITS: Readonly<Record<string, boolean>> = {
  maximum: true,
  maxLength: true,
  maxItems: true,
  minimum: false,
  minLength: false,
  minItems: false,
};
/** Keywords that say nothing about which documents are valid. */
const REMARKS = new Set(["title", "description", "$id", "$schema"]);

/**
 * Compares two bundles.
 *
 * Compatible are: a definition added, a nullable member added, values or variants added at the end of an
 * enumeration, a limit widened, and remarks. Everything else is breaking.
 *
 * @param before the bundle that was released
 * @param after the bundle as it is
 */
export function diffBundles(before: JsonObject, after: JsonObject): SchemaDiff {
  const old = before["$defs"] as JsonObject;
  const now = after["$defs"] as JsonObject;
  const changes: SchemaChange[] = [];
  for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const pointer = `/$defs/${name}`;
    if (!Object.hasOwn(now, name)) note(changes, "breaking", pointer, "definition removed");
    else if (Object.hasOwn(old, name)) compare(old[name]!, now[name]!, pointer, changes);
    // Rules can only forbid; a new definition of types binds nobody until something refers to it.
    else {note(
        changes,
        name.endsWith("Rules") ? "breaking" : "compatible",
        pointer,
        "definition added",
      );}
  }
  changes.sort((a, b) => (a.pointer < b.pointer ? -1 : a.pointer > b.pointer ? 1 : 0));
  return { changes, unversioned: unversioned(old, now, changes) };
}

function note(
  changes: SchemaChange[],
  kind: SchemaChange["kind"],
  pointer: string,
  change: string,
) {
  changes.push({ kind, pointer, change });
}

function compare(old: Json, now: Json, pointer: string, changes: SchemaChange[]): void {
  if (!isObject(old) || !isObject(now)) {
    if (JSON.stringify(old) !== JSON.stringify(now)) note(changes, "breaking", pointer, "changed");
    return;
  }
  for (const keyword of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const a = old[keyword], b = now[keyword];
    const at = `${pointer}/${keyword}`;
    if (JSON.stringify(a) === JSON.stringify(b)) continue;
    if (REMARKS.has(keyword)) continue;
    if (keyword === "properties") properties(a as JsonObject, b as JsonObject, at, changes);
    // Every member is required, so this follows from the members.
    else if (keyword === "required") continue;
    else if (Object.hasOwn(LIMITS, keyword)) limit(keyword, a, b, at, changes);
    else if (keyword === "enum") enumeration(a, b, at, changes);
    else if (keyword === "oneOf" && Array.isArray(a) && Array.isArray(b)) {
      variants(a, b, at, changes);
    } else if (a === undefined) note(changes, "breaking", at, "keyword added");
    else if (b === undefined) note(changes, "breaking", at, "keyword removed");
    else if (isObject(a) && isObject(b)) compare(a, b, at, changes);
    else note(changes, "breaking", at, "changed");
  }
}

function properties(old: JsonObject, now: JsonObject, pointer: string, changes: SchemaChange[]) {
  for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const at = `${pointer}/${name}`;
    if (!Object.hasOwn(now, name)) note(changes, "breaking", at, "member removed");
    else if (Object.hasOwn(old, name)) compare(old[name]!, now[name]!, at, changes);
    else if (isNullable(now[name]!)) note(changes, "compatible", at, "nullable member added");
    else note(changes, "breaking", at, "member added that cannot be null");
  }
}

function isNullable(schema: Json): boolean {
  const branches = isObject(schema) ? schema["anyOf"] : undefined;
  return Array.isArray(branches) &&
    branches.some((branch) => isObject(branch) && branch["type"] === "null");
}

function limit(
  keyword: string,
  old: Json | undefined,
  now: Json | undefined,
  pointer: string,
  changes: SchemaChange[],
) {
  const wider = now === undefined ||
    (typeof old === "number" && typeof now === "number" && (now > old) === LIMITS[keyword]);
  note(
    changes,
    wider ? "compatible" : "breaking",
    pointer,
    wider ? "limit widened" : "limit narrowed",
  );
}

function enumeration(
  old: Json | undefined,
  now: Json | undefined,
  pointer: string,
  changes: SchemaChange[],
) {
  if (!Array.isArray(old) || !Array.isArray(now)) {
    return note(changes, "breaking", pointer, "changed");
  }
  // The version that a document carries; whether it fits the changes is judged at the end.
  if (old.every(isVersion) && now.every(isVersion)) return;
  const kept = old.every((value, index) => value === now[index]);
  note(
    changes,
    kept ? "compatible" : "breaking",
    pointer,
    kept ? "values added at the end" : "values changed",
  );
}

function variants(
  old: readonly Json[],
  now: readonly Json[],
  pointer: string,
  changes: SchemaChange[],
) {
  old.forEach((variant, index) => {
    const other = now[index];
    const at = `${pointer}/${index}`;
    if (other === undefined) note(changes, "breaking", at, "variant removed");
    else compare(variant, other, at, changes);
  });
  for (let index = old.length; index < now.length; index++) {
    note(changes, "compatible", `${pointer}/${index}`, "variant added at the end");
  }
}

const VERSION = /^[a-z_]+\/([0-9]+)\.([0-9]+)$/;

function isVersion(value: Json): boolean {
  return typeof value === "string" && VERSION.test(value);
}

/** Documents that a change reaches, directly or through what they refer to, without a new version. */
function unversioned(old: JsonObject, now: JsonObject, changes: readonly SchemaChange[]): string[] {
  const changed = new Map<string, SchemaChange["kind"]>();
  for (const { kind, pointer } of changes) {
    const name = pointer.split("/")[2]!.replace(/Rules$/, "");
    if (changed.get(name) !== "breaking") changed.set(name, kind);
  }
  return Object.keys(old).filter((name) => {
    const before = version(old[name]!), after = version(now[name] ?? null);
    if (before === null || after === null) return false;
    const kinds = [...reached(name, now)].map((other) => changed.get(other));
    if (kinds.includes("breaking")) return after.major <= before.major;
    if (!kinds.includes("compatible")) return false;
    return after.major === before.major && after.minor <= before.minor;
  }).sort();
}

function version(schema: Json): { major: number; minor: number } | null {
  const properties = isObject(schema) ? schema["properties"] : undefined;
  const member = isObject(properties) ? properties["schema"] : undefined;
  const value = isObject(member) && Array.isArray(member["enum"]) ? member["enum"][0] : undefined;
  const parts = typeof value === "string" ? VERSION.exec(value) : null;
  return parts === null ? null : { major: Number(parts[1]), minor: Number(parts[2]) };
}

/** A definition and all that it refers to. Documents inside it carry versions of their own. */
function reached(name: string, definitions: JsonObject, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  const visit = (schema: Json): void => {
    if (Array.isArray(schema)) return schema.forEach(visit);
    if (!isObject(schema)) return;
    const reference = schema["$ref"];
    if (typeof reference === "string") {
      const target = reference.slice("#/$defs/".length);
      if (version(definitions[target] ?? null) === null) reached(target, definitions, seen);
    }
    Object.values(schema).forEach(visit);
  };
  visit(definitions[name] ?? null);
  return seen;
}
