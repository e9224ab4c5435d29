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

/** A contract whose version does not say what became of it. */
export interface VersionFault {
  /** Its title in the older bundle, or the definition that no contract refers to. */
  readonly contract: string;
  /** What is wrong, and what to do about it. */
  readonly message: string;
}

/** Differences of two bundles and the contracts whose versions do not say so. */
export interface SchemaDiff {
  /** By pointer. */
  readonly changes: readonly SchemaChange[];
  /** By contract; none if the newer bundle may take the older one's place. */
  readonly unversioned: readonly VersionFault[];
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
 * What is compatible asks for a new minor version of every contract that it reaches. What is breaking asks
 * for a new major one, which only a bundle with the identifiers of that version may have. A contract that is
 * gone or has another name is a fault in any case; one without a version changes with the identifiers.
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
  return { changes, unversioned: versionFaults(before, after, changes) };
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
    else if (keyword === "required") required(old, now, at, changes);
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

/** Every member is required, so what is new or gone follows from the members. */
function required(old: JsonObject, now: JsonObject, pointer: string, changes: SchemaChange[]) {
  const names = ({ properties: members, required }: JsonObject, others: Json | undefined) =>
    JSON.stringify(
      (Array.isArray(required) ? required : []).filter((name) =>
        (isObject(members) && Object.hasOwn(members, String(name))) ===
          (isObject(others) && Object.hasOwn(others, String(name)))
      ).sort(),
    );
  if (names(old, now["properties"]) !== names(now, old["properties"])) {
    note(changes, "breaking", pointer, "changed");
  }
}

/** Whether a schema takes null beside something else. */
export function isNullable(schema: Json | undefined): boolean {
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
  if (versionOf(old) !== null && versionOf(now) !== null) return;
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

/** What a document's member `schema` says. */
interface Version {
  readonly name: string;
  readonly major: number;
  readonly minor: number;
}

function versionOf(values: Json | undefined): Version | null {
  const [value, ...more] = Array.isArray(values) ? values : [];
  const parts = typeof value === "string" ? /^([a-z_]+)\/([0-9]+)\.([0-9]+)$/.exec(value) : null;
  if (parts === null || more.length > 0) return null;
  return { name: parts[1]!, major: Number(parts[2]), minor: Number(parts[3]) };
}

/** Contracts that a change reaches, directly or through what they refer to, without a version that says so. */
function versionFaults(
  before: JsonObject,
  after: JsonObject,
  changes: readonly SchemaChange[],
): VersionFault[] {
  const old = before["$defs"] as JsonObject, now = after["$defs"] as JsonObject;
  const major = identifiedMajor(after), sameMajor = major === identifiedMajor(before);
  const changed = new Map<string, SchemaChange["kind"]>();
  for (const { kind, pointer } of changes) {
    const name = pointer.split("/")[2]!.replace(/Rules$/, "");
    if (changed.get(name) !== "breaking") changed.set(name, kind);
  }
  const faults = new Map<string, string>();
  const unreached = new Set(changed.keys());
  for (const contract of contracts(old)) {
    const definitions = new Set([...reached(contract, old), ...reached(contract, now)]);
    const kinds = [...definitions].map((name) => changed.get(name));
    for (const name of definitions) unreached.delete(name);
    const wrong = versionFault(old[contract]!, now[contract], kinds, major, sameMajor);
    if (wrong !== null) faults.set(contract, wrong);
  }
  for (const name of unreached) {
    // What is new binds nobody until something refers to it.
    if (changed.get(name) === "breaking" && Object.hasOwn(old, name)) faults.set(name, NO_VERSION);
  }
  return [...faults].map(([contract, message]) => ({ contract, message }))
    .sort((a, b) => (a.contract < b.contract ? -1 : 1));
}

const NO_VERSION =
  "has a breaking change and no version to say so: take it back, or make it under identifiers of a new major version";

function versionFault(
  old: Json,
  now: Json | undefined,
  kinds: ReadonlyArray<SchemaChange["kind"] | undefined>,
  major: number,
  sameMajor: boolean,
): string | null {
  const breaking = kinds.includes("breaking");
  const before = version(old), after = version(now ?? null);
  if (now === undefined) return "was released and is gone: put it back";
  if (before === null) return breaking && sameMajor ? NO_VERSION : null;
  const released = `${before.name}/${before.major}.${before.minor}`;
  if (after === null) return `was released as ${released} and says no version: put it back`;
  if (after.name !== before.name) {
    return `was released as ${released} and calls itself "${after.name}": ` +
      "give it its name back; a new contract has a file of its own";
  }
  if (after.major !== major) {
    return `says ${after.name}/${after.major}.${after.minor} under identifiers of v${major}: ` +
      "a new major version has a folder and identifiers of its own, and this one stays as it was released";
  }
  if (breaking && after.major <= before.major) {
    return `has a breaking change and needs version ${before.major + 1}.0, ` +
      "in a folder and under identifiers of its own; this one stays as it was released";
  }
  const raised = after.major - before.major || after.minor - before.minor;
  if (raised < 0) return `was released as ${released} and says an older version: put it back`;
  return raised === 0 && kinds.includes("compatible")
    ? `has changed and needs version ${before.major}.${before.minor + 1}`
    : null;
}

/** The major version in the identifier of a bundle. */
function identifiedMajor(bundle: JsonObject): number {
  return Number(/:v([0-9]+):/.exec(String(bundle["$id"]))?.[1]);
}

/** Documents, which say their version, and what nothing refers to. */
function contracts(definitions: JsonObject): string[] {
  const targets = new Set<string>();
  for (const schema of Object.values(definitions)) references(schema, (name) => targets.add(name));
  return Object.keys(definitions).filter((name) =>
    version(definitions[name]!) !== null || (!targets.has(name) && !name.endsWith("Rules"))
  );
}

function version(schema: Json): Version | null {
  const properties = isObject(schema) ? schema["properties"] : undefined;
  const member = isObject(properties) ? properties["schema"] : undefined;
  return isObject(member) ? versionOf(member["enum"]) : null;
}

/** A definition and all that it refers to. Documents inside it carry versions of their own. */
function reached(name: string, definitions: JsonObject, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  references(definitions[name] ?? null, (target) => {
    if (version(definitions[target] ?? null) === null) reached(target, definitions, seen);
  });
  return seen;
}

/** Calls `visit` with the name of every definition that a schema refers to. */
function references(schema: Json, visit: (name: string) => void): void {
  if (Array.isArray(schema)) return schema.forEach((item) => references(item, visit));
  if (!isObject(schema)) return;
  const reference = schema["$ref"];
  if (typeof reference === "string") visit(reference.slice("#/$defs/".length));
  Object.values(schema).forEach((value) => references(value, visit));
}
