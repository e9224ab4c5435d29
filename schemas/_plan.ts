/**
 * What validators compile, worked out from the bundle once for both languages.
 *
 * A document with variants has one schema per type, so that one wrong decimal is one issue and not
 * one per type. Documents inside a document are validated on their own, each by its own type.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../src/contracts/json/value.ts";
import { type SchemaFile, URN } from "../src/contracts/schema/bundle.ts";
import type { Check, DocumentPlan, Plan } from "../src/contracts/schema/plan.ts";

/** Keyword under which a rules file lists what JSON Schema cannot say. */
export const CHECKS = "x-checks";

/** Checks that a type brings along wherever it stands. */
const TYPE_CHECKS: Readonly<Record<string, string>> = {
  Decimal: "significant_digits",
  TimeNs: "int64",
  TraceId: "nonzero",
  SpanId: "nonzero",
};

/** Works out the plan. */
export function plan(files: readonly SchemaFile[], bundle: JsonObject): Plan {
  const definitions = bundle["$defs"] as JsonObject;
  const documents = new Map(
    files.filter(({ name }) => name !== "common" && !name.endsWith(".rules"))
      .map(({ name, schema }) => [schema["title"] as string, name]),
  );
  const entries = [...documents].map(([title, name]) => {
    const rules = definitions[`${title}Rules`];
    return [name, documentPlan(title, rules as JsonObject | undefined, definitions, documents)];
  });
  const types = Object.entries(definitions).filter(([name]) =>
    !documents.has(name) && !name.endsWith("Rules")
  );
  const parts = types.map(([name, schema]) => [name, open(schema, documents)]);
  return {
    parts: { $id: `${URN}parts`, $defs: Object.fromEntries(parts) },
    documents: Object.fromEntries(entries),
  };
}

function documentPlan(
  title: string,
  rules: JsonObject | undefined,
  definitions: JsonObject,
  documents: ReadonlyMap<string, string>,
): DocumentPlan {
  const root = definitions[title] as JsonObject;
  const properties = root["properties"] as JsonObject;
  const variants = variantsOf(properties["body"], definitions);
  const written = (rules?.[CHECKS] ?? []) as unknown as readonly Check[];
  const nested: Array<readonly [string, string]> = [];
  const schemas: Record<string, JsonObject> = {};
  const checks: Record<string, Check[]> = {};
  for (const [type, body] of variants.length > 0 ? variants : [["", null] as const]) {
    const schema = body === null ? root : { ...root, properties: { ...properties, body } };
    const inherited: Check[] = [];
    walk(schema, "", (target, at) => {
      const document = documents.get(target);
      if (document !== undefined && !nested.some(([known]) => known === at)) {
        nested.push([at, document]);
      }
      const check = TYPE_CHECKS[target];
      if (check !== undefined) inherited.push({ check, at });
      return document === undefined ? definitions[target]! : null;
    });
    schemas[type] = open(schema, documents) as JsonObject;
    checks[type] = [
      ...inherited,
      ...written.filter(({ when }) => when === undefined || when === type)
        .map(({ when: _when, ...check }) => check),
    ];
  }
  if (variants.length > 0) {
    schemas[""] = open(
      { ...root, properties: { ...properties, body: anyBody(variants) } },
      documents,
    ) as JsonObject;
  }
  const { [CHECKS]: _checks, ...conditions } = rules ?? {};
  const version = properties["schema"];
  return {
    title,
    schema: isObject(version) ? (version["enum"] as readonly string[])[0]! : null,
    variants: variants.map(([type]) => type),
    nested,
    schemas,
    rules: "allOf" in conditions || "properties" in conditions ? conditions : null,
    checks,
  };
}

/** Types of a body and their schemas; none where the document has no variants. */
function variantsOf(
  body: Json | undefined,
  definitions: JsonObject,
): Array<readonly [string, Json]> {
  const reference = isObject(body) ? body["$ref"] : undefined;
  if (typeof reference !== "string") return [];
  const { oneOf } = definitions[reference.slice("#/$defs/".length)] as JsonObject;
  return ((oneOf ?? []) as readonly JsonObject[]).map((variant) => {
    const { type } = variant["properties"] as Record<string, JsonObject>;
    return [(type!["enum"] as readonly string[])[0]!, variant];
  });
}

/** A body of no known type: always invalid, and saying so. */
function anyBody(variants: ReadonlyArray<readonly [string, Json]>): JsonObject {
  return {
    type: "object",
    properties: { type: { type: "string", enum: variants.map(([type]) => type) }, data: true },
    required: ["type", "data"],
    additionalProperties: false,
  };
}

/** The schema with every other document replaced by any object, and references into the parts. */
function open(schema: Json, documents: ReadonlyMap<string, string>): Json {
  if (Array.isArray(schema)) return schema.map((item) => open(item, documents));
  if (!isObject(schema)) return schema;
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    const target = reference.slice("#/$defs/".length);
    return documents.has(target) ? { type: "object" } : { $ref: `${URN}parts#/$defs/${target}` };
  }
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword, value]) => keyword !== "description" || isObject(value))
      .map(([keyword, value]) => [keyword, open(value, documents)]),
  );
}

/** Follows every reference; `visit` answers with what to go into, or null. */
function walk(
  schema: Json,
  at: string,
  visit: (target: string, at: string) => Json | null,
): void {
  if (!isObject(schema)) return;
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    const inner = visit(reference.slice("#/$defs/".length), at);
    if (inner !== null) walk(inner, at, visit);
    return;
  }
  for (const branch of (schema["anyOf"] ?? []) as readonly Json[]) walk(branch, at, visit);
  if (schema["items"] !== undefined) walk(schema["items"], `${at}/*`, visit);
  for (const [name, member] of Object.entries((schema["properties"] ?? {}) as JsonObject)) {
    walk(member, `${at}/${name}`, visit);
  }
}
