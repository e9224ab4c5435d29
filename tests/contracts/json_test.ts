/**
 * Strict JSON and its canonical form; the Rust crate reads the same vectors.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { readFileSync } from "node:fs";
import { canonicalJson, parseJson, tryParseJson } from "../../src/contracts/_json.ts";
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
