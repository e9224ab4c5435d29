/**
 * The official JSON Schema test suite for draft 2020-12, through both validators.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { callSync } from "../../ffi/call.ts";
import { strictAjv } from "../../schemas/_validators.ts";
import { filesBelow } from "./engine/_fixtures.ts";

const SUITE = fileURLToPath(new URL("./vectors/json_schema_suite", import.meta.url));
const TESTS = join(SUITE, "tests/draft2020-12");
const REMOTES_FOLDER = join(SUITE, "remotes");

/** The dialect that the suite and our schemas are written in. */
export const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** One schema and what it says of instances. */
export interface Group {
  readonly description: string;
  readonly schema: boolean | Record<string, unknown>;
  readonly tests: readonly {
    readonly description: string;
    readonly data: unknown;
    readonly valid: boolean;
  }[];
}

/** A file of the suite. */
export interface SuiteFile {
  /** Its path, such as `optional/bignum.json`. */
  readonly path: string;
  readonly text: string;
  readonly groups: readonly Group[];
}

/** What a validator says of a group: whether each instance is valid, or why it takes no such schema. */
export type Judgement =
  | { readonly refused: string; readonly valid: readonly [] }
  | { readonly refused: null; readonly valid: readonly boolean[] };

/** Every file of the suite. */
export const SUITE_FILES: readonly SuiteFile[] = filesBelow(TESTS).map((path) => {
  const text = readFileSync(join(TESTS, path), "utf8");
  return { path, text, groups: JSON.parse(text) };
});

/** Schemas that those of the suite refer to, by URI. */
export const REMOTES: ReadonlyMap<string, string> = new Map(
  filesBelow(REMOTES_FOLDER).map((path) => [
    `http://localhost:1234/${path}`,
    readFileSync(join(REMOTES_FOLDER, path), "utf8"),
  ]),
);

/** ajv with the options that our validators are generated with, or with strict mode off. */
export function judgedByAjv({ groups }: SuiteFile, strict: boolean): Judgement[] {
  return groups.map(({ schema, tests }) => {
    const ajv = strictAjv(strict);
    // It warns of what it refuses in strict mode.
    ajv.logger = { log() {}, warn() {}, error() {} };
    try {
      for (const [uri, text] of REMOTES) ajv.addSchema(JSON.parse(text), uri);
      const validate = ajv.compile(schema);
      return { refused: null, valid: tests.map(({ data }) => validate(data) as boolean) };
    } catch (error) {
      return { refused: (error as Error).message, valid: [] };
    }
  });
}

/** The Rust validator, built as for our schemas; the files go to it as they are. */
export function judgedByRust({ text }: SuiteFile): Judgement[] {
  const others = Array.from(REMOTES, ([uri, remote]) => `${JSON.stringify(uri)}:${remote}`);
  const attachment = new TextEncoder().encode(`{"remotes":{${others}},"groups":${text}}`);
  const { groups } = callSync("diagnostics.jsonSchema", {}, { action: "judge", attachment });
  return groups as unknown as Judgement[];
}
