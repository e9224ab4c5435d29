/**
 * JSON that has one meaning: read strictly, written canonically (RFC 8785).
 *
 * Common parsers keep the last of two members with one name, and canonical writers print `1.0` as
 * `1` and round 9007199254740993 without a word. So the strict parse always comes first.
 *
 * @module
 */

import canonicalize from "canonicalize";
import { contractError, type ContractIssue } from "./_issue.ts";
import { findFault } from "./_json_fault.ts";
import { isObject, type Json } from "./_json_value.ts";

/** Depth of nesting from which a document is refused; the limit of serde_json. */
export const MAX_DEPTH = 127;

/** A document, or what is wrong with its text. */
export type StrictResult =
  | { readonly value: Json; readonly issue: null }
  | { readonly value: null; readonly issue: ContractIssue };

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
export function tryParseJson(input: string | Uint8Array): StrictResult {
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

/** The canonical form of a value that has only what JSON can hold. */
export function canonicalJson(value: unknown): string {
  return canonicalize(value) as string;
}

function refused(fault: Pick<ContractIssue, "pointer" | "keyword" | "message">): StrictResult {
  return { value: null, issue: { code: "SCHEMA_INVALID", found: null, ...fault } };
}

const QUOTE = 0x22, BACKSLASH = 0x5c, COLON = 0x3a, MINUS = 0x2d, ZERO = 0x30;

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
    } else if (unit === MINUS || (unit >= ZERO && unit <= 0x39)) {
      const start = at;
      while (isNumberPart(text.charCodeAt(at + 1))) at++;
      if (!isPlainInteger(text.slice(start, at + 1))) return -1;
    } else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > MAX_DEPTH) return -1;
    } else if (unit === 0x7d || unit === 0x5d) {
      depth--;
    }
  }
  return members;
}

function isNumberPart(unit: number): boolean {
  return (unit >= ZERO && unit <= 0x39) || unit === 0x2e || unit === MINUS || unit === 0x2b ||
    unit === 0x65 || unit === 0x45;
}

function isPlainInteger(number: string): boolean {
  return /^(0|-?[1-9][0-9]{0,15})$/.test(number) && Number.isSafeInteger(Number(number));
}

/** Members of all objects of a value. */
function keys(value: Json): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + keys(item), 0);
  if (!isObject(value)) return 0;
  const members = Object.values(value);
  return members.reduce((sum: number, member) => sum + keys(member), members.length);
}
