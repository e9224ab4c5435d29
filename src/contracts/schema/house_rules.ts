/**
 * Rules that the schemas keep to beyond the dialect, so that a document has one form and every generator
 * understands it.
 *
 * @module
 */

import { type SchemaFile, URN } from "./bundle.ts";
import { pointerTo } from "./issue.ts";
import { mapFaults } from "./map_rules.ts";
import { isObject, type Json, type JsonObject } from "../json/value.ts";

/** A rule that a schema breaks. */
export interface HouseRuleFault {
  /** File and JSON Pointer: `engine_event#/$defs/MarketBar`. */
  readonly place: string;
  /** What the rule asks for. */
  readonly rule: string;
}

/** Keywords that are used; another one needs thought about both validators and both generators. */
const KEYWORDS = new Set([
  ...["$schema", "$id", "$ref", "$defs", "title", "description", "type", "enum", "properties"],
  ...[
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
  ],
  ...["pattern", "minimum", "maximum", "oneOf", "anyOf"],
]);

/** Rules broken by the documents; those of `.rules` files are asked for their names, and for how arrays are sorted. */
export function houseRuleFaults(files: readonly SchemaFile[]): HouseRuleFault[] {
  const faults: HouseRuleFault[] = [];
  for (const { name, schema } of files) {
    const add = (pointer: string, rule: string) =>
      faults.push({ place: `${name}#${pointer}`, rule });
    if (schema["$schema"] !== "https://json-schema.org/draft/2020-12/schema") {
      add("", "the dialect is 2020-12");
    }
    if (schema["$id"] !== URN + name) add("", `the identifier is ${URN}${name}`);
    if (name.endsWith(".rules")) continue;
    if (name !== "common") {
      visit(schema, "", add);
      versioned(name, schema["properties"], add);
    }
    for (const [key, definition] of Object.entries((schema["$defs"] ?? {}) as JsonObject)) {
      const at = pointerTo("/$defs", key);
      if (isObject(definition) && definition["oneOf"] !== undefined) variants(definition, at, add);
      else visit(definition, at, add);
    }
  }
  mapFaults(files, (place, rule) => faults.push({ place, rule }));
  return faults;
}

/** A version is that of the file and of the identifiers, or the gate for changes would not know the contract. */
function versioned(name: string, properties: Json | undefined, add: Add): void {
  const member = isObject(properties) ? properties["schema"] : undefined;
  if (member === undefined) return;
  const values = isObject(member) && Array.isArray(member["enum"]) ? member["enum"] : [];
  if (values.length === 1 && new RegExp(`^${name}/1\\.[0-9]+$`).test(String(values[0]))) return;
  add("/properties/schema", `the version is "${name}/1." and a minor number`);
}

type Add = (pointer: string, rule: string) => void;

function visit(schema: Json, at: string, add: Add): void {
  if (!isObject(schema)) return add(at, "a schema is an object");
  for (const keyword of Object.keys(schema)) {
    if (!KEYWORDS.has(keyword)) add(at, `the keyword "${keyword}" is not used here`);
  }
  const { type, $ref: reference, anyOf, oneOf } = schema;
  if (oneOf !== undefined) add(at, "variants are a definition of their own");
  if (reference !== undefined) return referenced(reference, at, add);
  if (anyOf !== undefined) return nullable(anyOf, at, add);
  switch (type) {
    case "object":
      return members(schema, at, add);
    case "array":
      if (schema["items"] === undefined) return add(at, "an array says what its items are");
      return visit(schema["items"], `${at}/items`, add);
    case "string":
      if (schema["enum"] === undefined && schema["maxLength"] === undefined) {
        add(at, "a string has a maxLength or an enum");
      }
      return;
    case "integer":
      if (!within(schema["minimum"]) || !within(schema["maximum"])) {
        add(at, "an integer has bounds within 2^53 - 1");
      }
      return;
    case "boolean":
      return;
    default:
      add(at, "a type is object, array, string, integer or boolean");
  }
}

function within(bound: Json | undefined): boolean {
  return typeof bound === "number" && Number.isSafeInteger(bound);
}

function referenced(reference: Json, at: string, add: Add): void {
  if (typeof reference !== "string" || !/^(#\/\$defs\/|urn:)/.test(reference)) {
    add(at, "a reference is local or a URN");
  } else if (!reference.startsWith("#") && !reference.startsWith(URN)) {
    add(at, "a reference stays within the contracts");
  }
}

function nullable(branches: Json, at: string, add: Add): void {
  const [inner, other, ...more] = Array.isArray(branches) ? branches : [];
  const isNull = isObject(other) && other["type"] === "null" && Object.keys(other).length === 1;
  if (inner === undefined || !isNull || more.length > 0) {
    return add(at, "anyOf is one schema or null, in this order");
  }
  visit(inner, `${at}/anyOf/0`, add);
}

function members(schema: JsonObject, at: string, add: Add): void {
  const properties = schema["properties"];
  if (!isObject(properties)) return add(at, "an object has properties");
  if (schema["additionalProperties"] !== false) add(at, "an object is closed");
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  for (const [name, member] of Object.entries(properties)) {
    if (!required.includes(name)) add(pointerTo(at, name), "every member is required");
    visit(member, pointerTo(`${at}/properties`, name), add);
  }
}

/** Variants: closed objects of a type with one value, and data. */
function variants(definition: JsonObject, at: string, add: Add): void {
  const branches = Array.isArray(definition["oneOf"]) ? definition["oneOf"] : [];
  const types = new Set<Json>();
  branches.forEach((branch, index) => {
    const place = `${at}/oneOf/${index}`;
    visit(branch, place, add);
    const properties = isObject(branch) ? branch["properties"] : undefined;
    const names = isObject(properties) ? Object.keys(properties).join() : "";
    const type = isObject(properties) && isObject(properties["type"])
      ? properties["type"]["enum"]
      : [];
    if (names !== "type,data" || !Array.isArray(type) || type.length !== 1 || types.has(type[0]!)) {
      add(place, "a variant is {type, data}, with one type of its own");
    } else types.add(type[0]!);
  });
}
