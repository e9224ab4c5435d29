/**
 * Strict JSON and its canonical form; the Rust crate reads the same vectors.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import {
  canonicalJson,
  parseJson,
  plainJson,
  tryParseJson,
} from "../../src/contracts/json/json.ts";
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

test("canonicalJson() refuses what has no JSON form, and says where it is", () => {
  const silent = { toJSON: () => undefined };
  const cases: [unknown, typeof TypeError | typeof RangeError, string][] = [
    [{ a: [1.5, "\ud800"] }, RangeError, 'at "/a/1": Lone surrogate'],
    [{ a: { "b/c": NaN } }, RangeError, 'at "/a/b~1c": NaN'],
    [-Infinity, RangeError, "JSON: Infinity"],
    [{ a: [1n] }, TypeError, 'at "/a/0": '],
    [undefined, TypeError, "no JSON form"],
    [() => 1, TypeError, "no JSON form"],
    [Symbol("a"), TypeError, "no JSON form"],
    [silent, TypeError, "no JSON form"],
  ];
  for (const [value, type, message] of cases) {
    assertThrows(() => canonicalJson(value), type, message);
  }
  assertEquals(canonicalJson({ b: undefined, a: 1.5 }), '{"a":1.5}');
});

test("plainJson() copies what JSON can hold", () => {
  const value = { a: [{ b: -0 }, null, true, "\u{1f600}"], c: undefined, d: new Date(0) };
  const { value: copy } = plainJson(value);
  assertEquals(copy, { a: [{ b: 0 }, null, true, "\u{1f600}"], d: "1970-01-01T00:00:00.000Z" });
  value.a.length = 0;
  assertEquals((copy as { a: unknown[] }).a.length, 4);
  const named = JSON.parse('{"__proto__":{"a":1}}');
  assertEquals(JSON.stringify(plainJson(named).value), '{"__proto__":{"a":1}}');
});

test("plainJson() says where a value has what JSON does not have", () => {
  const endless: unknown[] = [];
  endless.push(endless);
  const cases: [unknown, string, string][] = [
    [undefined, "", "type"],
    [{ a: 1n }, "/a", "type"],
    [{ a: [() => 1] }, "/a/0", "type"],
    [{ "a/b": Symbol("a") }, "/a~1b", "type"],
    [new Array(2), "/0", "type"],
    [{ a: NaN }, "/a", "integer"],
    [{ a: 1.5 }, "/a", "integer"],
    [{ a: 2 ** 53 }, "/a", "integer"],
    [{ a: "\udc00" }, "/a", "surrogate"],
    [{ a: { "\ud800": 1 } }, "/a", "surrogate"],
    [{ a: { toJSON: () => 1n } }, "/a", "type"],
    [{ a: { toJSON: () => assert(false, "no") } }, "/a", "json"],
    [Proxy.revocable({}, {}), "/revoke", "type"],
    [endless, "/0".repeat(127), "json"],
  ];
  for (const [value, pointer, keyword] of cases) {
    const { issue } = plainJson(value);
    assertEquals([issue?.pointer, issue?.keyword], [pointer, keyword]);
  }
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
      // What the library leaves out, ours refuses.
      const wanted = outcome(() => canonicalize(value)) ?? "throws";
      assertEquals(outcome(() => canonicalJson(value)), wanted);
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
