/**
 * JSON that has one meaning: read strictly, written canonically (RFC 8785).
 *
 * Common parsers keep the last of two members with one name, and canonical writers print `1.0` as
 * `1` and round 9007199254740993 without a word. So the strict parse always comes first.
 *
 * @module
 */

import canonicalize from "canonicalize";
import { contractError, type ContractIssue } from "../schema/issue.ts";
import { findFault } from "./fault.ts";
import { plain, type PlainResult } from "./plain.ts";
import type { Json, JsonObject } from "./value.ts";

/** Depth of nesting from which a document is refused; the limit of serde_json. */
export const MAX_DEPTH = 127;

const NOT_JSON = { pointer: "", keyword: "json", message: "is not JSON" };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a document.
 *
 * @param input text, or its UTF-8
 * @returns the document, or an issue with the keyword `json` (not JSON in UTF-8, a byte order mark,
 *   nested more than 127 deep), `surrogate` (half a surrogate pair), `duplicate_member` or `integer` (a
 *   number not written as a plain integer within ±(2^53 − 1))
 */
export function tryParseJson(input: string | Uint8Array): PlainResult {
  let text: string;
  try {
    text = typeof input === "string" ? input : decoder.decode(input);
  } catch {
    return refused({ pointer: "", keyword: "json", message: "is not UTF-8" });
  }
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return refused(findFault(text, MAX_DEPTH) ?? NOT_JSON);
  }
  const members = countMembers(text);
  if (members < 0 || members !== keys(value)) {
    const fault = findFault(text, MAX_DEPTH);
    if (fault !== null) return refused(fault);
  }
  return { value, issue: null };
}

/**
 * Reads a document.
 *
 * @param input text, or its UTF-8
 * @throws {ContractError} with code `contract_schema_invalid`, see {@linkcode tryParseJson}
 */
export function parseJson(input: string | Uint8Array): Json {
  const result = tryParseJson(input);
  if (result.issue !== null) throw contractError("read JSON", [result.issue]);
  return result.value;
}

/**
 * Copies a value that JSON can hold: nothing that is done to the one reaches the other.
 *
 * A member that is undefined is absent, and `toJSON` is asked, as `JSON.stringify()` does.
 *
 * @param pointer where the value stands
 * @param maxDepth depth of nesting from which it is refused
 * @returns the copy, or an issue as of {@linkcode tryParseJson}, with the keyword `type` for what JSON does
 *   not have, and `json` also for what throws when it is read
 */
export function plainJson(value: unknown, pointer = "", maxDepth: number = MAX_DEPTH): PlainResult {
  return plain(value, { pointer, maxDepth, isNumber: Number.isSafeInteger });
}

/**
 * The canonical form of a value that has only what JSON can hold.
 *
 * Members that are undefined are absent, as `JSON.stringify()` leaves them out.
 *
 * @throws {TypeError} if it has no JSON form: undefined, a bigint, a cycle
 * @throws {RangeError} if it has a number that is not finite, or half a surrogate pair
 */
export function canonicalJson(value: unknown): string {
  const sorted = inOrder(value, MAX_DEPTH);
  const text = sorted === undefined ? undefined : JSON.stringify(sorted);
  // What is seldom is left to the library, which is several times as slow: half a surrogate pair, which
  // it refuses, and what cannot be put in order.
  return text === undefined || text.includes("\\ud") ? canonicalForm(value) : text;
}

function canonicalForm(value: unknown): string {
  let reason = "it has no JSON form";
  try {
    const text = canonicalize(value);
    if (text !== undefined) return text;
  } catch (error) {
    if (error instanceof Error) reason = error.message;
  }
  const { issue } = plain(value, { pointer: "", maxDepth: MAX_DEPTH, isNumber: Number.isFinite });
  const { pointer = "", keyword = "" } = issue ?? {};
  // The place of a cycle would be where the depth ends.
  const where = pointer === "" || keyword === "json" ? "" : ` at "${pointer}"`;
  const isOutside = keyword === "integer" || keyword === "surrogate";
  throw new (isOutside ? RangeError : TypeError)(`Cannot write canonical JSON${where}: ${reason}`);
}

/**
 * A copy with the members of every object in their order, which `JSON.stringify()` keeps; undefined
 * where it might not, or where it would not write what the canonical form asks for.
 */
function inOrder(value: unknown, depth: number): unknown {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : undefined;
  if (typeof value !== "object" || depth === 0 || "toJSON" in value) return undefined;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) {
      const sorted = inOrder(item, depth - 1);
      if (sorted === undefined) return undefined;
      items.push(sorted);
    }
    return items;
  }
  const members: Record<string, unknown> = {};
  for (const name of Object.keys(value).sort()) {
    // Names that are numbers come first in any object, and this one sets its prototype.
    if (isDigit(name.charCodeAt(0)) || name === "__proto__") return undefined;
    const sorted = inOrder((value as Record<string, unknown>)[name], depth - 1);
    if (sorted === undefined) return undefined;
    members[name] = sorted;
  }
  return members;
}

function refused(fault: Pick<ContractIssue, "pointer" | "keyword" | "message">): PlainResult {
  return { value: null, issue: { code: "SCHEMA_INVALID", found: null, ...fault } };
}

const QUOTE = 0x22, BACKSLASH = 0x5c, COLON = 0x3a, MINUS = 0x2d, ZERO = 0x30, NINE = 0x39;
const POINT = 0x2e, SMALL_E = 0x65, LARGE_E = 0x45;

/** Counts the members in a text that is JSON; -1 when something in it needs a closer look. */
function countMembers(text: string): number {
  if (!text.isWellFormed()) return -1;
  let members = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      for (at++; text.charCodeAt(at) !== QUOTE; at++) {
        if (text.charCodeAt(at) !== BACKSLASH) continue;
        at++;
        // Half a pair can be written only as \ud8.. to \udf..; a whole pair is rare enough to look at.
        if (text[at] === "u" && (text[at + 1] === "d" || text[at + 1] === "D")) {
          if (text.charCodeAt(at + 2) > 0x37) return -1;
        }
      }
    } else if (unit === COLON) {
      members++;
    } else if (unit === MINUS || isDigit(unit)) {
      const start = at;
      if (unit === MINUS && text.charCodeAt(++at) === ZERO) return -1;
      while (isDigit(text.charCodeAt(at + 1))) at++;
      const next = text.charCodeAt(at + 1);
      if (next === POINT || next === SMALL_E || next === LARGE_E) return -1;
      if (at - start >= 15 && !Number.isSafeInteger(Number(text.slice(start, at + 1)))) return -1;
    } else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > MAX_DEPTH) return -1;
    } else if (unit === 0x7d || unit === 0x5d) {
      depth--;
    }
  }
  return members;
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= NINE;
}

/** Members of all objects of a value. */
function keys(value: Json): number {
  if (typeof value !== "object" || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) members += keys(item);
    return members;
  }
  for (const name in value) members += 1 + keys((value as JsonObject)[name] as Json);
  return members;
}
