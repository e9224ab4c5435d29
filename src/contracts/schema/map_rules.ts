/**
 * The house rule that arrays that stand for maps are sorted and unique, which the rules files declare.
 *
 * @module
 */

import { type SchemaFile, URN } from "./bundle.ts";
import { isNullable } from "./evolution.ts";
import { isObject, type Json, type JsonObject } from "../json/value.ts";

/** Members that are the key of an array's items if they come first and cannot be null. */
const KEYS = new Set(["currency", "flag", "instrument", "order_id", "stream"]);

/** An array, its place in a document and the members of its items; none where they are no objects. */
interface PlacedArray {
  readonly at: string;
  readonly members: JsonObject;
}

/**
 * Calls `add` for every array that stands for a map and is not declared sorted, which says unique as well,
 * and for every declaration about an array or member that is not there.
 */
export function mapFaults(
  files: readonly SchemaFile[],
  add: (place: string, rule: string) => void,
): void {
  const schemas = new Map(files.map(({ name, schema }) => [name, schema]));
  for (const [name, schema] of schemas) {
    if (name === "common" || name.endsWith(".rules")) continue;
    const arrays: PlacedArray[] = [];
    collect(schema, { file: name, at: "", within: [] }, schemas, arrays);
    const checks = schemas.get(`${name}.rules`)?.["x-checks"];
    const declared = (Array.isArray(checks) ? checks.filter(isObject) : [])
      .filter(({ check }) => check === "sorted" || check === "unique");
    for (const { at, members } of arrays) {
      const [key, member] = Object.entries(members)[0] ?? [];
      if (key === undefined || !KEYS.has(key) || isNullable(member)) continue;
      const isDeclared = declared.some((one) =>
        one["check"] === "sorted" && one["at"] === at && one["by"] === key
      );
      if (!isDeclared) add(`${name}#${at}`, `an array that stands for a map is sorted by "${key}"`);
    }
    for (const { check, at, by } of declared) {
      const array = arrays.find((one) => one.at === at);
      const isThere = array !== undefined &&
        (by === undefined || by === null || Object.hasOwn(array.members, String(by)));
      if (!isThere) add(`${name}.rules#${at}`, `what is ${check} is an array that is there`);
    }
  }
}

/** Where a walk is: the file that local references are of, the place in the document, the types around it. */
interface Spot {
  readonly file: string;
  readonly at: string;
  readonly within: readonly Json[];
}

/** Finds the arrays of a document, but not of the documents inside it, which have rules of their own. */
function collect(
  schema: Json | undefined,
  spot: Spot,
  schemas: ReadonlyMap<string, JsonObject>,
  arrays: PlacedArray[],
): void {
  if (!isObject(schema) || spot.within.includes(schema)) return;
  const within = [...spot.within, schema];
  const go = (inner: Json | undefined, at: string, file = spot.file) =>
    collect(inner, { file, at, within }, schemas, arrays);
  const target = resolved(schema["$ref"], spot.file, schemas);
  if (target !== null) return go(target.schema, spot.at, target.file);
  for (const branches of [schema["anyOf"], schema["oneOf"]]) {
    if (Array.isArray(branches)) { for (const branch of branches) go(branch, spot.at); }
  }
  const items = schema["items"];
  if (items !== undefined) {
    const item = isObject(items)
      ? resolved(items["$ref"], spot.file, schemas)?.schema ?? items
      : {};
    const members = isObject(item) && isObject(item["properties"]) ? item["properties"] : {};
    arrays.push({ at: spot.at, members });
    go(items, `${spot.at}/*`);
  }
  if (!isObject(schema["properties"])) return;
  for (const [name, member] of Object.entries(schema["properties"])) {
    go(member, `${spot.at}/${name}`);
  }
}

/** The type that a reference names and the file it stands in; null for none, or for a document. */
function resolved(
  reference: Json | undefined,
  file: string,
  schemas: ReadonlyMap<string, JsonObject>,
): { readonly schema: Json | undefined; readonly file: string } | null {
  if (typeof reference !== "string") return null;
  const [document, name] = reference.split("#/$defs/", 2) as [string, string?];
  const other = document === "" ? file : document.slice(URN.length);
  const definitions = schemas.get(other)?.["$defs"];
  if (name === undefined || !isObject(definitions)) return null;
  return { schema: definitions[name], file: other };
}
