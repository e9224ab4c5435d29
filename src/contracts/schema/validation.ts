/**
 * Validation of documents against the schemas of the contracts.
 *
 * The validators are generated code: nothing is compiled or evaluated at run time.
 *
 * @module
 */

import { eachAt } from "./each_at.ts";
import { show } from "../../_check.ts";
import { ContractError } from "../../errors.ts";
import { contractError, type ContractIssue } from "./issue.ts";
import { plainJson, tryParseJson } from "../json/json.ts";
import { isObject, type Json } from "../json/value.ts";
import { shapeIssues } from "./shape.ts";
import { semanticIssues } from "./semantics.ts";
import { PLAN } from "../generated/plan.ts";

export type { ContractIssue } from "./issue.ts";

/** Name of a kind of document, as its schema file has it. */
export type ContractName =
  | "checkpoint"
  | "core_config"
  | "core_snapshot"
  | "divergence_entry"
  | "engine_event"
  | "engine_intent"
  | "execution_step_result"
  | "fixture"
  | "legal_transitions"
  | "mode_policy"
  | "order_transition"
  | "reconciliation_report"
  | "replay_header"
  | "transition_result"
  | "venue_snapshot";

/**
 * When documents are validated: never, every n-th input, every input (the default), or every input and
 * every output.
 */
export type ValidationMode = "off" | { readonly sample: number } | "boundary" | "full";

/** Names of all kinds of documents. */
export const CONTRACT_NAMES = Object.keys(PLAN).sort() as readonly ContractName[];

/** Most issues that are reported of one document. */
export const MAX_ISSUES = 32;

/** Most inputs of which one is validated: the library counts in 32 bits. */
const MAX_SAMPLE = 2 ** 32 - 1;

/** Throws unless there is such a mode. @throws {TypeError} or {RangeError} */
export function requireMode(mode: ValidationMode): void {
  if (typeof mode === "string") {
    if (mode === "off" || mode === "boundary" || mode === "full") return;
  } else if (typeof mode?.sample === "number") {
    const { sample } = mode;
    if (Number.isInteger(sample) && sample >= 1 && sample <= MAX_SAMPLE) return;
    throw new RangeError(
      `Cannot validate every n-th input as sample must be an integer from 1 to ${MAX_SAMPLE}: ` +
        `current value is ${sample}`,
    );
  }
  throw new TypeError(
    "Cannot validate as the mode must be off, boundary, full or { sample }: " +
      `current value is ${JSON.stringify(mode)}`,
  );
}

/** Decides which inputs and outputs are validated. */
export class ValidationGate {
  readonly #every: number;
  readonly #outputs: boolean;
  #count = 0;

  /**
   * Makes a gate.
   *
   * @param mode when to validate
   * @throws {TypeError} if there is no such mode
   * @throws {RangeError} if `sample` is not a whole number from 1 to 2³² - 1
   */
  constructor(mode: ValidationMode) {
    requireMode(mode);
    this.#every = typeof mode === "object" ? mode.sample : mode === "off" ? 0 : 1;
    this.#outputs = mode === "full";
  }

  /** Whether the next input is validated; counts it. */
  input(): boolean {
    if (this.#every <= 1) return this.#every === 1;
    const due = this.#count === 0;
    this.#count = (this.#count + 1) % this.#every;
    return due;
  }

  /** Whether outputs are validated. */
  get outputs(): boolean {
    return this.#outputs;
  }
}

/**
 * Validates a document: first its version, then its shape, and if both are right its meaning.
 *
 * It is looked at as JSON: a member that is undefined is absent, and what JSON does not have is an issue.
 *
 * @param name kind of document
 * @param value the document, read by a strict parse
 * @returns issues by pointer and keyword, at most 32; none when the document is valid
 * @throws {ContractError} `contract_unknown` if there is no such kind
 */
export function validateContract(name: ContractName, value: Json): ContractIssue[] {
  requireName(name, "validate");
  const { value: document, issue } = plainJson(value);
  return issue === null ? contractIssues(name, document) : [issue];
}

/** Throws unless there is such a contract. @throws {ContractError} `contract_unknown` */
function requireName(name: ContractName, action: string): void {
  if (CONTRACT_NAMES.includes(name)) return;
  throw new ContractError(
    "contract_unknown",
    `Cannot ${action} as the contract must be one of ${CONTRACT_NAMES.join(", ")}: ` +
      `current value is ${show(name)}`,
  );
}

/** {@linkcode validateContract} of what is known to be JSON. */
export function contractIssues(name: ContractName, value: Json): ContractIssue[] {
  const version = versionIssue(name, value);
  if (version !== null) return [version];
  const shape = inDocuments(name, value, "", shapeIssues);
  return sorted(shape.length > 0 ? shape : inDocuments(name, value, "", semanticIssues));
}

/**
 * Reads a document strictly and validates it.
 *
 * @typeParam T its type
 * @param name kind of document
 * @param input text, or its UTF-8
 * @throws {ContractError} with code `contract_schema_invalid`, `contract_semantic_invalid` or
 *   `contract_version`, and pointer, keyword and all issues in `data`; `contract_unknown` if there is no
 *   such kind
 */
export function readContract<T>(name: ContractName, input: string | Uint8Array): T {
  requireName(name, "read a document");
  const { value, issue } = tryParseJson(input);
  const issues = issue !== null ? [issue] : contractIssues(name, value);
  if (issues.length > 0) throw contractError(`read ${name}`, issues);
  return value as T;
}

/** Whether a document says that it is of a version that these schemas do not cover. */
function versionIssue(name: ContractName, value: Json): ContractIssue | null {
  const expected = PLAN[name]!.schema;
  const schema = isObject(value) ? value["schema"] : undefined;
  if (expected === null || typeof schema !== "string" || schema === expected) return null;
  if (!new RegExp(`^${name}/(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})$`).test(schema)) return null;
  return {
    code: "UNSUPPORTED_VERSION",
    pointer: "/schema",
    keyword: "enum",
    found: JSON.stringify(schema),
    message: `is a version that is not supported: ${schema} is not ${expected}`,
  };
}

/** Issues of a document and of every document in it, each with its whole pointer. */
function inDocuments(
  name: string,
  value: Json,
  at: string,
  find: (name: string, value: Json) => ContractIssue[],
): ContractIssue[] {
  const issues = find(name, value);
  const found = at === ""
    ? issues
    : issues.map((issue) => ({ ...issue, pointer: at + issue.pointer }));
  for (const [place, document] of PLAN[name]!.nested) {
    eachAt(value, place.split("/").slice(1), at, (inner, pointer) => {
      if (inner !== null) found.push(...inDocuments(document, inner, pointer, find));
    });
  }
  return found;
}

function sorted(issues: ContractIssue[]): ContractIssue[] {
  const keys = new Set<string>();
  return issues
    .sort((a, b) =>
      compare(a.pointer, b.pointer) || compare(a.keyword, b.keyword) ||
      compare(a.message, b.message)
    )
    .filter(({ pointer, keyword, message }) => {
      const key = `${pointer}\n${keyword}\n${message}`;
      return !keys.has(key) && keys.add(key);
    })
    .slice(0, MAX_ISSUES);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
