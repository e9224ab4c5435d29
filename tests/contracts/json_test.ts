/**
 * Strict JSON and its canonical form; the Rust crate reads the same vectors.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { canonicalJson, parseJson, tryParseJson } from "../../src/contracts/json/json.ts";
import { ContractError } from "../../src/errors.ts";
import { test } from "../harness.ts";

const vectors = JSON.parse(
  readFileSync(new URL("./vectors/json.json", import.meta.url), "utf8"),
) as {
  canonical: Array<{ name: string; text: string; canonical: string }>;
  refused: Array<
    { name: string; text?: string; bytes?: number[]; pointer: string; keyword: string }
  >;
  accepted: Array<{ name: string; text: string }>;
};

test("canonicalJson() writes every vector as it must be written", () => {
  for (const { name, text, canonical } of vectors.canonical) {
    assertEquals(canonicalJson(parseJson(text)), canonical, name);
  }
});

test("parseJson() accepts what has one meaning", () => {
  for (const { name, text } of vectors.accepted) {
    assertEquals(tryParseJson(text).issue, null, name);
    assertEquals(parseJson(new TextEncoder().encode(text)), JSON.parse(text), name);
  }
});

test("parseJson() refuses each fault and says where it is", () => {
  for (const { name, text, bytes, pointer, keyword } of vectors.refused) {
    const { issue } = tryParseJson(text ?? new Uint8Array(bytes!));
    assertEquals([issue?.pointer, issue?.keyword], [pointer, keyword], name);
  }
  const error = assertThrows(() => parseJson('{"a":1.0}'), ContractError);
  assertEquals([error.code, error.data["pointer"]], ["contract_schema_invalid", "/a"]);
});

test("parseJson() refuses half a surrogate pair that stands in a string unescaped", () => {
  assertEquals(tryParseJson('["\ud800"]').issue?.keyword, "surrogate");
});

test("canonicalJson() refuses half a surrogate pair", () => {
  assertThrows(() => canonicalJson({ a: "\ud800" }));
});

/** What a call gives, or that it throws. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error instanceof Error ? "throws" : error;
  }
}

test("canonicalJson() writes whatever it is given as the library does", () => {
  const name = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("10", "9", "-1", "", "a", "toJSON", "__proto__", "é", "\u{1f600}", "\ufb33"),
  );
  const leaf = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\\ud800", "\ud800", "\u2028", -0, 1.5, 1e21, NaN, 2 ** 53, undefined, null),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.date(),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.array(fc.tuple(name, tie("value")), { maxLength: 5 }).map((members) =>
        Object.fromEntries(members)
      ),
    ),
  }));
  fc.assert(
    fc.property(value, (value) => {
      assertEquals(outcome(() => canonicalJson(value)), outcome(() => canonicalize(value)));
    }),
    { numRuns: 2000 },
  );
});

test("canonicalJson() writes what is nested deep, and refuses what has no end", () => {
  const deep = (depth: number): unknown => depth === 0 ? { b: 1, a: 2 } : [deep(depth - 1)];
  for (const depth of [126, 127, 128, 1000]) {
    assertEquals(canonicalJson(deep(depth)), canonicalize(deep(depth)));
  }
  const endless: unknown[] = [];
  endless.push(endless);
  assertThrows(() => canonicalJson(endless), Error, "Circular");
});

test("parseJson() looks at every number as it is written", () => {
  const number = fc.oneof(
    fc.constantFrom("0", "-0", "1e2", "1E2", "1.0", "-1.5", "10e-1", "0.0", "-10"),
    fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }).map(String),
    fc.constantFrom("9007199254740991", "-9007199254740991", "9007199254740992", "123456789012345"),
  );
  fc.assert(
    fc.property(fc.array(number, { maxLength: 5 }), (numbers) => {
      const plain = (text: string) =>
        /^(0|-?[1-9][0-9]*)$/.test(text) && Number.isSafeInteger(Number(text));
      const { issue } = tryParseJson(`{"a":[${numbers.join(" , ")}]}`);
      const wrong = numbers.findIndex((text) => !plain(text));
      assertEquals(issue?.pointer, wrong < 0 ? undefined : `/a/${wrong}`);
    }),
    { numRuns: 1000 },
  );
});
