/**
 * The validators on the official JSON Schema test suite: where they judge otherwise is listed, and
 * what is listed is still so.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import {
  DIALECT,
  type Group,
  judgedByAjv,
  judgedByRust,
  type Judgement,
  REMOTES,
  SUITE_FILES,
  type SuiteFile,
} from "./_json_schema_suite.ts";
import { test } from "../harness.ts";

/** Tests on which a validator and the suite differ, for one reason. */
interface Differences {
  readonly reason: string;
  /** Keywords that it is about; every schema listed has one of them. */
  readonly keywords: readonly string[];
  /** Why it does not matter here; null if our schemas have none of the keywords. */
  readonly harmless: string | null;
  /** By file and group: the tests, or that the schema is refused. */
  readonly tests: Readonly<Record<string, Readonly<Record<string, readonly string[] | "refused">>>>;
}

const LISTED = JSON.parse(
  readFileSync(new URL("./vectors/json_schema_suite.json", import.meta.url), "utf8"),
) as {
  readonly suite: { readonly files: number; readonly groups: number; readonly tests: number };
  /** Schemas that ajv refuses in strict mode only, by rule. */
  readonly strict: Readonly<Record<string, number>>;
  readonly ajv: readonly Differences[];
  readonly jsonschema: readonly Differences[];
};

/** A difference as one line. */
const place = (...parts: readonly string[]) => parts.join(" | ");

/** Where judgements differ from what the suite says. */
function* differences({ path, groups }: SuiteFile, judged: readonly Judgement[]) {
  assertEquals(judged.length, groups.length, path);
  for (const [at, { description, tests }] of groups.entries()) {
    const { refused, valid } = judged[at] as Judgement;
    if (refused !== null) {
      yield place(path, description, "refused");
      continue;
    }
    assertEquals(valid.length, tests.length, description);
    for (const [index, one] of tests.entries()) {
      if (valid[index] !== one.valid) yield place(path, description, one.description);
    }
  }
}

function listed(all: readonly Differences[]): string[] {
  return all.flatMap(({ tests }) =>
    Object.entries(tests).flatMap(([path, groups]) =>
      Object.entries(groups).flatMap(([group, names]) =>
        names === "refused"
          ? place(path, group, names)
          : names.map((name) => place(path, group, name))
      )
    )
  );
}

/** Subschemas by name, of these keywords. */
const NAMED = new Set(["properties", "patternProperties", "$defs", "dependentSchemas"]);
/** Values of these keywords are no schemas. */
const DATA = new Set(["enum", "const", "default", "examples", "required", "x-checks"]);

/** Keywords of a schema, of those in it and of those that it refers to in other documents. */
function keywords(schema: unknown, found = new Set<string>(), root = true): ReadonlySet<string> {
  if (Array.isArray(schema)) { for (const one of schema) keywords(one, found, false); }
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return found;
  for (const [keyword, value] of Object.entries(schema)) {
    found.add(keyword);
    const remote = keyword === "$ref" ? REMOTES.get(String(value).replace(/#.*/, "")) : undefined;
    if (remote !== undefined) keywords(JSON.parse(remote), found);
    if (keyword === "$id" && !root) found.add("$id inside");
    if (keyword === "$schema" && value !== DIALECT) found.add("another dialect");
    if (NAMED.has(keyword)) keywords(Object.values(value), found, false);
    else if (!DATA.has(keyword)) keywords(value, found, false);
  }
  return found;
}

/** Values of a keyword, wherever it stands. */
function valuesOf(schema: unknown, keyword: string): unknown[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => [
    ...(key === keyword ? [value] : []),
    ...valuesOf(value, keyword),
  ]);
}

const BUNDLE = JSON.parse(
  readFileSync(new URL("../../schemas/engine/bundle.schema.json", import.meta.url), "utf8"),
);
const USED = keywords(BUNDLE);

/** What ajv says of each file, strict mode aside. */
const LAX = new Map(SUITE_FILES.map((file) => [file, judgedByAjv(file, false)]));

test("the suite is whole", () => {
  const groups = SUITE_FILES.flatMap(({ groups }) => groups);
  const tests = groups.flatMap(({ tests }) => tests);
  assertEquals(LISTED.suite, {
    files: SUITE_FILES.length,
    groups: groups.length,
    tests: tests.length,
  });
});

test("ajv judges the suite as it says, but for what is listed", () => {
  const found = [...LAX].flatMap(([file, judged]) => [...differences(file, judged)]);
  assertEquals(found.sort(), listed(LISTED.ajv).sort());
});

test("jsonschema judges the suite as it says, but for what is listed", () => {
  const found = SUITE_FILES.flatMap((file) => [...differences(file, judgedByRust(file))]);
  assertEquals(found.sort(), listed(LISTED.jsonschema).sort());
});

test("ajv's strict mode refuses careless schemas, and changes no judgement of the others", () => {
  const refused: Record<string, number> = {};
  for (const [file, lax] of LAX) {
    for (const [at, strict] of judgedByAjv(file, true).entries()) {
      if (lax[at]?.refused !== null) {
        assert(strict.refused !== null, `${file.path} | ${file.groups[at]?.description}`);
        continue;
      }
      if (strict.refused === null) {
        assertEquals(strict, lax[at], `${file.path} | ${file.groups[at]?.description}`);
        continue;
      }
      assert(strict.refused.startsWith("strict mode: "), strict.refused);
      const rule = /\((strict\w+)\)$/.exec(strict.refused)?.[1] ?? "strictSchema";
      refused[rule] = (refused[rule] ?? 0) + 1;
    }
  }
  assertEquals(refused, LISTED.strict);
});

test("no difference is about a keyword of our schemas, unless it says why it is harmless", () => {
  const groups = new Map<string, Group>(
    SUITE_FILES.flatMap(({ path, groups }) =>
      groups.map((group) => [place(path, group.description), group] as const)
    ),
  );
  for (
    const { reason, keywords: about, harmless, tests } of [...LISTED.ajv, ...LISTED.jsonschema]
  ) {
    assertEquals(about.some((keyword) => USED.has(keyword)), harmless !== null, reason);
    for (const [path, names] of Object.entries(tests)) {
      for (const name of Object.keys(names)) {
        const has = keywords(groups.get(place(path, name))?.schema);
        assert(about.some((keyword) => has.has(keyword)), `${path} | ${name}: ${[...has]}`);
      }
    }
  }
});

test("our schemas have no member named like one of every object, and no empty enumeration", () => {
  const members = valuesOf(BUNDLE, "properties").flatMap((one) => Object.keys(one as object));
  assert(members.length > 300, `${members.length} members`);
  assertEquals(members.filter((name) => name in Object.prototype), []);
  const enums = valuesOf(BUNDLE, "enum") as unknown[][];
  assert(enums.length > 50 && enums.every((values) => values.length > 0));
});

test("our schemas use the keywords that the documentation names", () => {
  const text = readFileSync(new URL("../../docs/contracts.md", import.meta.url), "utf8");
  const [, sentence = ""] = /Keywords of our schemas: ([^.]*)\./.exec(text.replaceAll("\n", " ")) ??
    [];
  const named = [...sentence.matchAll(/`([^`]+)`/g)].map(([, keyword]) => keyword);
  assertEquals(named.sort(), [...USED].sort());
});
