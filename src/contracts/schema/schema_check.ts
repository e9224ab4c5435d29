/**
 * Whether a project's schemas, its data and documents are sound, and what is generated was made from them.
 *
 * @module
 */

import type { Ajv2020 } from "ajv/dist/2020.js";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundle, type SchemaFile } from "./bundle.ts";
import { houseRuleFaults } from "./house_rules.ts";
import { canonicalJson, parseJson, tryParseJson } from "../json/json.ts";
import { isObject, type Json, type JsonObject } from "../json/value.ts";
import { BUNDLE_DIGEST } from "../generated/data.ts";
import { CONTRACT_NAMES, contractIssues, type ContractName } from "./validation.ts";

/** Something that is not as it must be. */
export interface SchemaFault {
  /** Kind of the fault. */
  readonly kind: "schema" | "house_rule" | "data" | "generated" | "fixture";
  /** File, with a JSON Pointer where that helps. */
  readonly place: string;
  /** What is wrong. */
  readonly message: string;
}

/** What came of a check. */
export interface SchemaReport {
  /** What is not sound. */
  readonly faults: readonly SchemaFault[];
  /** How many files were looked at. */
  readonly checked: {
    /** Schemas, against the dialect and the house rules. */
    readonly schemas: number;
    /** Data beside the schemas, against them. */
    readonly data: number;
    /** Generated files beside the bundle, for the schemas and data they were made from, not to the letter. */
    readonly generated: number;
    /** Documents of the corpus, against the schemas. */
    readonly documents: number;
  };
}

/** Where the schemas stand in a project. */
export const SCHEMA_FOLDER = "schemas/engine";
/** Name of the bundle in that folder. */
export const BUNDLE_FILE = "bundle.schema.json";
const DATA_FILE = "src/contracts/generated/data.ts";
/** Where the types of Rust stand; only their own generator can make them anew. */
export const RUST_TYPES = "rust/contracts/src/generated/types.rs";
/** Files that name the digest of the bundle they were generated from. */
export const GENERATED_FILES = [
  "src/contracts/generated/types.ts",
  DATA_FILE,
  "src/contracts/generated/plan.ts",
  "src/contracts/generated/validators.ts",
  RUST_TYPES,
  "rust/contracts/src/generated/data.rs",
] as const;

/** Data beside the schemas: title of the schema, and the member that generated files hold. */
const DATA = {
  legal_transitions: { title: "LegalTransitions", member: "transitions" },
  mode_policy: { title: "ModePolicy", member: "modes" },
} as const;

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
 * Checks a project: schemas against the dialect and the house rules, data and documents against the
 * schemas, and generated files for what they say of their origin. Whether these are what the generator
 * writes, to the letter, only the generator can tell: `deno task check:generated`.
 *
 * @param root the project
 */
export async function checkSchemas(root: string): Promise<SchemaReport> {
  const files = schemaFiles(root);
  const current = bundle(files);
  // Only this check needs ajv; everything else uses the code that it wrote.
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const generated = GENERATED_FILES.some((path) => existsSync(join(root, path)))
    ? GENERATED_FILES
    : [];
  const documents = documentFiles(root);
  return {
    faults: [
      ...dialectFaults(files, ajv),
      ...houseRuleFaults(files).map(({ place, rule }): SchemaFault => ({
        kind: "house_rule",
        place,
        message: rule,
      })),
      ...dataFaults(root, current, ajv),
      ...generatedFaults(root, current, generated),
      ...documentFaults(root, current, documents),
    ],
    checked: {
      schemas: files.length,
      data: Object.keys(DATA).length,
      generated: generated.length,
      documents: documents.length,
    },
  };
}

function dialectFaults(files: readonly SchemaFile[], ajv: Ajv2020): SchemaFault[] {
  return files.filter(({ schema }) => !ajv.validateSchema(schema)).map(({ name }) => ({
    kind: "schema",
    place: name,
    message: ajv.errorsText(ajv.errors),
  }));
}

/** The text of a file of the project, or nothing. */
function text(root: string, path: string): string {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : "";
}

function dataFaults(root: string, current: JsonObject, ajv: Ajv2020): SchemaFault[] {
  return Object.entries(DATA).flatMap(([name, { title }]) => {
    const place = `${SCHEMA_FOLDER}/${name}.json`;
    const { value, issue } = tryParseJson(text(root, place));
    if (issue !== null) {
      return [{ kind: "data", place, message: `${issue.pointer} ${issue.message}` }];
    }
    const definitions = current["$defs"] as JsonObject;
    const allOf = [title, `${title}Rules`].filter((one) => Object.hasOwn(definitions, one))
      .map((one) => ({ $ref: `#/$defs/${one}` }));
    if (allOf.length === 0) return [{ kind: "data", place, message: "there is no schema for it" }];
    try {
      const validate = ajv.compile({ ...current, $id: `${current["$id"]}:${name}`, allOf });
      if (validate(value)) return [];
      return [{ kind: "data", place, message: ajv.errorsText(validate.errors) }];
    } catch (error) {
      // The schemas do not compile, which is not always a fault against the dialect: a pattern, for one.
      return [{ kind: "data", place, message: `cannot be validated: ${error}` }];
    }
  });
}

function generatedFaults(
  root: string,
  current: JsonObject,
  generated: readonly string[],
): SchemaFault[] {
  const digest = documentDigest(current);
  const bundlePath = `${SCHEMA_FOLDER}/${BUNDLE_FILE}`;
  const { value } = tryParseJson(text(root, bundlePath));
  const isBundle = value !== null && documentDigest(value) === digest;
  return [
    ...(isBundle ? [] : [bundlePath]),
    ...generated.filter((path) => {
      const found = text(root, path);
      if (!found.includes(digest)) return true;
      if (path === DATA_FILE) return !holdsData(root, found);
      return path === RUST_TYPES && !namesItself(found);
    }),
  ].map((place) => ({
    kind: "generated",
    place,
    message: "is not what the schemas generate; run `deno task gen`",
  }));
}

/** Whether the data as a generated file has them are those beside the schemas. */
function holdsData(root: string, found: string): boolean {
  return Object.entries(DATA).every(([name, { member }]) => {
    const { value } = tryParseJson(text(root, `${SCHEMA_FOLDER}/${name}.json`));
    return isObject(value) && found.includes(`= ${JSON.stringify(value[member], null, 2)};`);
  });
}

/** Whether the types of Rust are those whose digest stands above them. */
function namesItself(found: string): boolean {
  const [head, body] = found.split(/(?<=^\/\/! text [0-9a-f]{64}\.\n)/m, 2) as [string, string?];
  return head.includes(createHash("sha256").update(body ?? "").digest("hex"));
}

interface DocumentFile {
  readonly kind: "valid" | "invalid";
  readonly name: string;
  readonly place: string;
}

function documentFiles(root: string): DocumentFile[] {
  const inFolder = (path: string) =>
    existsSync(join(root, path)) ? readdirSync(join(root, path)).sort() : [];
  return (["valid", "invalid"] as const).flatMap((kind) =>
    inFolder(`${FIXTURES}/${kind}`).flatMap((name) =>
      inFolder(`${FIXTURES}/${kind}/${name}`)
        .map((file) => ({ kind, name, place: `${FIXTURES}/${kind}/${name}/${file}` }))
    )
  );
}

function documentFaults(
  root: string,
  current: JsonObject,
  documents: readonly DocumentFile[],
): SchemaFault[] {
  const fault = (place: string, message: string): SchemaFault => ({
    kind: "fixture",
    place,
    message,
  });
  const faults: SchemaFault[] = [];
  if (documents.length > 0 && documentDigest(current) !== BUNDLE_DIGEST) {
    const message = "are validated by this library, which was generated from other schemas";
    faults.push(fault(FIXTURES, message));
  }
  for (const { kind, name, place } of documents) {
    const message = fixtureFault(kind, name, text(root, place));
    if (message !== null) faults.push(fault(place, message));
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
