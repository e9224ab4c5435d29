/**
 * What the generators of types are given: the bundle without what is for validators only.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../src/contracts/json/value.ts";

/**
 * Keywords that would make the Rust generator wrap every string in a checked type; the lower bound 1
 * goes as well, or a sequence number would become a `NonZeroU64`.
 */
const LIMITS = new Set([
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "uniqueItems",
]);

/** The types of a bundle: definitions of rules and keywords of limits left out. */
export function stripped(bundle: JsonObject): JsonObject {
  const definitions = Object.entries(bundle["$defs"] as JsonObject)
    .filter(([name]) => !name.endsWith("Rules"));
  const described = (schemas: JsonObject) =>
    describeMembers(schemas, bundle["$defs"] as JsonObject);
  // Without a title the Rust generator makes no type of the document that only holds the others.
  return {
    $schema: bundle["$schema"]!,
    $defs: described(members(Object.fromEntries(definitions))),
  };
}

function strip(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(strip);
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => !LIMITS.has(keyword)).map(([keyword, value]) => {
      if (keyword === "properties") return [keyword, members(value as JsonObject)];
      return [keyword, keyword === "minimum" && value === 1 ? 0 : strip(value)];
    }),
  );
}

function members(schemas: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, strip(schema)]));
}

/** Gives every member without a description that of its type, because its documentation needs one. */
function describeMembers(schemas: JsonObject, definitions: JsonObject): JsonObject {
  const describe = (schema: Json): Json => {
    if (Array.isArray(schema)) return schema.map(describe);
    if (!isObject(schema)) return schema;
    const entries = Object.entries(schema).map(([keyword, value]) => {
      if (keyword !== "properties") return [keyword, describe(value)];
      const described = Object.entries(value as JsonObject).map(([name, member]) => [
        name,
        { description: descriptionOf(member, definitions), ...(member as JsonObject) },
      ]);
      return [keyword, Object.fromEntries(described)];
    });
    return Object.fromEntries(entries);
  };
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, describe(schema)]),
  );
}

function descriptionOf(member: Json, definitions: JsonObject): Json {
  if (!isObject(member)) throw new TypeError("A member is a schema");
  const [first] = Array.isArray(member["anyOf"]) ? member["anyOf"] : [member];
  const reference = isObject(first) ? first["$ref"] : undefined;
  if (typeof reference !== "string") return member["description"] ?? "";
  return (definitions[reference.slice("#/$defs/".length)] as JsonObject)["description"]!;
}
