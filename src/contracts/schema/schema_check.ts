/**
 * Whether a project's schemas, what is generated from them, and its corpus of documents are sound.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundle, type SchemaFile } from "./bundle.ts";
import { houseRuleFaults } from "./house_rules.ts";
import { canonicalJson, parseJson, tryParseJson } from "../json/json.ts";
import { isObject, type Json, type JsonObject } from "../json/value.ts";
import { CONTRACT_NAMES, contractIssues, type ContractName } from "./validation.ts";

/** Something that is not as it must be. */
export interface SchemaFault {
  /** Kind of the fault. */
  readonly kind: "schema" | "house_rule" | "generated" | "fixture";
  /** File, with a JSON Pointer where that helps. */
  readonly place: string;
  /** What is wrong. */
  readonly message: string;
}

/** Where the schemas stand in a project. */
export const SCHEMA_FOLDER = "schemas/engine";
/** Name of the bundle in that folder. */
export const BUNDLE_FILE = "bundle.schema.json";
/** Files that name the digest of the bundle they were generated from. */
export const GENERATED_FILES = [
  "src/contracts/generated/types.ts",
  "src/contracts/generated/data.ts",
  "src/contracts/generated/plan.ts",
  "src/contracts/generated/validators.ts",
  "rust/contracts/src/generated/types.rs",
  "rust/contracts/src/generated/data.rs",
] as const;

const SUFFIX = ".schema.json";
const FIXTURES = "tests/contracts/engine/fixtures";

/** The schema documents of a project, without the bundle. */
export function schemaFiles(root: string): SchemaFile[] {
  const folder = join(root, SCHEMA_FOLDER);
  return readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX) && name !== BUNDLE_FILE)
    .sort()
    .map((name) => ({
      name: name.slice(0, -SUFFIX.length),
      schema: parseJson(readFileSync(join(folder, name))) as JsonObject,
    }));
}

/** SHA-256 of the canonical form of a document. */
export function documentDigest(document: Json): string {
  return createHash("sha256").update(canonicalJson(document)).digest("hex");
}

/**
 * Checks a project: schemas against the dialect and the house rules, generated files against the
 * schemas, fixtures against both.
 *
 * @param root the project
 */
export async function checkSchemas(root: string): Promise<SchemaFault[]> {
  const files = schemaFiles(root);
  const faults = [...await dialectFaults(files)];
  for (const { place, rule } of houseRuleFaults(files)) {
    faults.push({ kind: "house_rule", place, message: rule });
  }
  return [...faults, ...generatedFaults(root, files), ...fixtureFaults(root)];
}

async function dialectFaults(files: readonly SchemaFile[]): Promise<SchemaFault[]> {
  // Only this check needs ajv; everything else uses the code that it wrote.
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const ajv = new Ajv2020({ strict: false });
  return files.filter(({ schema }) => !ajv.validateSchema(schema)).map(({ name }) => ({
    kind: "schema",
    place: name,
    message: ajv.errorsText(ajv.errors),
  }));
}

function generatedFaults(root: string, files: readonly SchemaFile[]): SchemaFault[] {
  const current = bundle(files);
  const digest = documentDigest(current);
  const stale = (place: string): SchemaFault => ({
    kind: "generated",
    place,
    message: "is not what the schemas generate; run `deno task gen`",
  });
  const read = (path: string) =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : "";
  const faults = GENERATED_FILES.filter((path) => !read(path).includes(digest)).map(stale);
  const bundlePath = `${SCHEMA_FOLDER}/${BUNDLE_FILE}`;
  const { value } = tryParseJson(read(bundlePath));
  return value !== null && documentDigest(value) === digest
    ? faults
    : [stale(bundlePath), ...faults];
}

function fixtureFaults(root: string): SchemaFault[] {
  const faults: SchemaFault[] = [];
  for (const kind of ["valid", "invalid"] as const) {
    const folder = join(root, FIXTURES, kind);
    for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
      for (const file of readdirSync(join(folder, name)).sort()) {
        const place = `${FIXTURES}/${kind}/${name}/${file}`;
        const message = fixtureFault(kind, name, readFileSync(join(root, place), "utf8"));
        if (message !== null) faults.push({ kind: "fixture", place, message });
      }
    }
  }
  return faults;
}

function fixtureFault(kind: "valid" | "invalid", name: string, text: string): string | null {
  if (!CONTRACT_NAMES.some((known) => known === name)) return `there is no contract "${name}"`;
  const fixture = JSON.parse(text) as Json;
  if (!isObject(fixture)) return "is not an object";
  const { invalid, text: input, document } = fixture;
  const expected = kind === "invalid" && isObject(invalid)
    ? `${invalid["path"]} ${invalid["keyword"]}`
    : null;
  const raw = kind === "valid"
    ? text
    : typeof input === "string"
    ? input
    : JSON.stringify(document);
  const { value, issue } = tryParseJson(raw);
  const [first] = issue === null ? contractIssues(name as ContractName, value) : [issue];
  const found = first === undefined ? null : `${first.pointer} ${first.keyword}`;
  if (found === expected) return null;
  return `expected ${expected ?? "no issue"}, found ${found ?? "no issue"}`;
}
