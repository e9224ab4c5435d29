/**
 * Schemas of other libraries made from ours, so that they ask for the same.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { isObject, type Json, type JsonObject } from "../src/contracts/json/value.ts";

/** How a library says what our schemas say. */
export interface Builder<T> {
  /** A text with its limits. */
  text(limits: { minLength?: number; maxLength?: number; pattern?: string }): T;
  /** One of some words. */
  words(words: readonly string[]): T;
  /** A whole number. */
  integer(minimum: number, maximum: number): T;
  /** True or false. */
  flag(): T;
  /** Null, too. */
  orNull(inner: T): T;
  /** An object with these members, all of them, and no other; `name` is that of its definition. */
  object(members: Readonly<Record<string, T>>, name: string): T;
  /** An object `{type, data}`; the data by type. */
  variants(data: Readonly<Record<string, T>>, name: string): T;
}

const bundle = JSON.parse(
  readFileSync(new URL("../schemas/engine/bundle.schema.json", import.meta.url), "utf8"),
) as JsonObject;

/** Builds a definition of the bundle. */
export function built<T>(name: string, builder: Builder<T>): T {
  const definition = (bundle["$defs"] as JsonObject)[name];
  if (!isObject(definition)) throw new TypeError(`The bundle has no ${name}`);
  return build(definition, name, builder);
}

function build<T>(schema: JsonObject, name: string, builder: Builder<T>): T {
  const { $ref, anyOf, oneOf, enum: words, type, properties } = schema;
  if (typeof $ref === "string") return built($ref.slice("#/$defs/".length), builder);
  if (Array.isArray(anyOf)) return builder.orNull(build(anyOf[0] as JsonObject, name, builder));
  if (Array.isArray(oneOf)) {
    const data = oneOf.map((variant: Json) => {
      const members = (variant as JsonObject)["properties"] as JsonObject;
      const [type] = (members["type"] as JsonObject)["enum"] as string[];
      return [type, build(members["data"] as JsonObject, name, builder)];
    });
    return builder.variants(Object.fromEntries(data), name);
  }
  if (Array.isArray(words)) return builder.words(words as string[]);
  switch (type) {
    case "string":
      return builder.text(schema);
    case "integer":
      return builder.integer(schema["minimum"] as number, schema["maximum"] as number);
    case "boolean":
      return builder.flag();
    case "object": {
      const members = Object.entries(properties as JsonObject).map(([member, inner]) => [
        member,
        build(inner as JsonObject, `${name}.${member}`, builder),
      ]);
      return builder.object(Object.fromEntries(members), name);
    }
    default:
      throw new TypeError(`${name} is of no kind that is built: ${JSON.stringify(schema)}`);
  }
}
