/**
 * What is wrong with a document.
 *
 * @module
 */

import { ContractError } from "../../errors.ts";

/** One thing that is wrong with a document. */
export interface ContractIssue {
  /** Kind of the fault. */
  readonly code: "SCHEMA_INVALID" | "SEMANTIC_INVALID" | "UNSUPPORTED_VERSION";
  /** JSON Pointer to it; empty for the whole document. */
  readonly pointer: string;
  /** Schema keyword or rule that failed. */
  readonly keyword: string;
  /** What stood there, shortened; null where that is not one value. */
  readonly found: string | null;
  /** Explanation for people. */
  readonly message: string;
}

const CODES = {
  SCHEMA_INVALID: "contract_schema_invalid",
  SEMANTIC_INVALID: "contract_semantic_invalid",
  UNSUPPORTED_VERSION: "contract_version",
} as const;

/**
 * The error for a document with issues; the first is named.
 *
 * @param action what could not be done, such as `read engine_event`
 * @param issues at least one
 */
export function contractError(action: string, issues: readonly ContractIssue[]): ContractError {
  const { code, pointer, keyword, found, message } = issues[0]!;
  const place = pointer === "" ? "the document" : `"${pointer}"`;
  return new ContractError(CODES[code], `Cannot ${action} as ${place} ${message}`, {
    data: { pointer, keyword, found, issues },
  });
}

/** Appends a member's name or an index to a pointer (RFC 6901). */
export function pointerTo(pointer: string, segment: string | number): string {
  if (typeof segment === "string" && (segment.includes("~") || segment.includes("/"))) {
    return `${pointer}/${segment.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  }
  return `${pointer}/${segment}`;
}
