/**
 * The structural pass: the shape of one document, without the documents in it.
 *
 * @module
 */

import type { AjvError } from "./ajv_runtime.ts";
import type { ContractIssue } from "./issue.ts";
import { isObject, type Json } from "../json/value.ts";
import { PLAN } from "../generated/plan.ts";
import { RULES, SHAPES } from "../generated/validators.ts";

interface Validator {
  (value: unknown): boolean;
  errors?: AjvError[] | null;
}

/** Issues of a document's shape. */
export function shapeIssues(name: string, value: Json): ContractIssue[] {
  const type = variant(name, value);
  const validators = SHAPES as Readonly<Record<string, Validator>>;
  return run(validators[type === "" ? name : `${name}/${type}`]!, value, "SCHEMA_INVALID");
}

/** Issues of a document's conditions, if it has any. */
export function ruleIssues(name: string, value: Json): ContractIssue[] {
  const validator = (RULES as Readonly<Record<string, Validator>>)[name];
  return validator === undefined ? [] : run(validator, value, "SEMANTIC_INVALID");
}

/** Type of a document's body; empty for no known type, and for documents without variants. */
export function variant(name: string, value: Json): string {
  const body = isObject(value) ? value["body"] : undefined;
  const type = isObject(body) ? body["type"] : undefined;
  return typeof type === "string" && PLAN[name]!.variants.includes(type) ? type : "";
}

function run(validator: Validator, value: Json, code: ContractIssue["code"]): ContractIssue[] {
  if (validator(value)) return [];
  const errors = (validator.errors ?? []).filter(says);
  const wrongType = new Set(
    errors.filter(({ keyword }) => keyword === "type").map(({ instancePath }) => instancePath),
  );
  return errors
    // `enum` says nothing new of a value of the wrong type.
    .filter(({ keyword, instancePath }) => keyword !== "enum" || !wrongType.has(instancePath))
    .map((error) => issue(error, value, code));
}

/** Whether an error is not only that null is possible as well (`anyOf`), or that `then` failed (`if`). */
function says({ keyword, schemaPath }: AjvError): boolean {
  return keyword !== "anyOf" && keyword !== "if" && !schemaPath.endsWith("/anyOf/1/type");
}

function issue(
  { instancePath, keyword, params }: AjvError,
  value: Json,
  code: ContractIssue["code"],
) {
  const member = params["missingProperty"] ?? params["additionalProperty"];
  const message = keyword === "required"
    ? `lacks the member "${member}"`
    : keyword === "additionalProperties"
    ? `has the unknown member "${member}"`
    : `breaks the keyword "${keyword}"`;
  return { code, pointer: instancePath, keyword, found: shown(at(value, instancePath)), message };
}

function at(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (const segment of pointer.split("/").slice(1)) {
    const key = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(found)) found = found[Number(key)];
    else found = isObject(found) ? found[key] : undefined;
  }
  return found;
}

/** A value as issues show it: at most 64 code points of its JSON; only the kind of objects and arrays. */
export function shown(value: Json | undefined): string | null {
  if (value === undefined) return null;
  if (Array.isArray(value)) return "array";
  if (isObject(value)) return "object";
  const text = [...JSON.stringify(value)];
  return text.length <= 64 ? text.join("") : `${text.slice(0, 63).join("")}…`;
}
