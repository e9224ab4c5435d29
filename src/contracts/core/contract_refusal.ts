/**
 * What the schemas say of a document, as the core says it.
 *
 * @module
 */

import { ContractError } from "../../errors.ts";
import { MAX_DEPTH, plainJson } from "../json/json.ts";
import type { Json } from "../json/value.ts";
import type { Refusal } from "../generated/types.ts";
import type { ContractIssue } from "../schema/issue.ts";
import { contractIssues, type ContractName } from "../schema/validation.ts";
import { clip, MESSAGE_MAX } from "./clip.ts";

/** The first issue of a document that stands at `pointer`, or null. The document is known to be JSON. */
export function contractRefusal(
  contract: ContractName,
  value: unknown,
  pointer: string,
): Refusal | null {
  const [issue] = contractIssues(contract, value as Json);
  return issue === undefined ? null : refusalOf(issue, pointer);
}

function refusalOf(issue: ContractIssue, pointer: string): Refusal {
  return { ...issue, pointer: pointer + issue.pointer, message: clip(issue.message, MESSAGE_MAX) };
}

/** Throws unless a document keeps its contract. @throws {ContractError} With `code` */
export function requireContract(
  action: string,
  contract: ContractName,
  value: unknown,
  code: "contract_config" | "contract_output" | "contract_snapshot",
): void {
  const refused = contractRefusal(contract, value, "");
  if (refused !== null) throw documentError(action, contract, refused, code);
}

/** A copy of an input of a call that stands at `pointer`. @throws {ContractError} `contract_refused` */
export function ownInput<T>(action: string, input: T, pointer: string): T {
  // In a line, where the pointer starts, it stands one level deeper.
  const { value, issue } = plainJson(input, pointer, MAX_DEPTH - 1);
  if (issue !== null) throw refusedError(action, refusalOf(issue, ""));
  return value as T;
}

/** A copy of a document of a call. @throws {ContractError} With `code` */
export function ownDocument<T>(
  action: string,
  name: string,
  document: T,
  code: "contract_config" | "contract_snapshot",
): T {
  const { value, issue } = plainJson(document);
  if (issue !== null) throw documentError(action, name, refusalOf(issue, ""), code);
  return value as T;
}

/** The error for an input that is refused. */
export function refusedError(action: string, refused: Refusal): ContractError {
  return new ContractError(
    "contract_refused",
    `Cannot ${action}: ${refused.code} at "${refused.pointer}": ${refused.message}`,
    { data: { ...refused } },
  );
}

function documentError(
  action: string,
  name: string,
  refused: Refusal,
  code: "contract_config" | "contract_output" | "contract_snapshot",
): ContractError {
  return new ContractError(
    code,
    `Cannot ${action} as the ${name} ${refused.message} at "${refused.pointer}"` +
      (refused.found === null ? "" : `: current value is ${refused.found}`),
    { data: { ...refused } },
  );
}
