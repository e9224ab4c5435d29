/**
 * What the schemas say of a document, as the core says it.
 *
 * @module
 */

import { ContractError } from "../../errors.ts";
import type { Json } from "../json/value.ts";
import type { Refusal } from "../generated/types.ts";
import { type ContractName, validateContract } from "../schema/validation.ts";

/** The first issue of a document that stands at `pointer`, or null. */
export function contractRefusal(
  contract: ContractName,
  value: unknown,
  pointer: string,
): Refusal | null {
  const [issue] = validateContract(contract, value as Json);
  if (issue === undefined) return null;
  return { ...issue, pointer: pointer + issue.pointer, message: issue.message.slice(0, 512) };
}

/** Throws unless a document keeps its contract. @throws {ContractError} With `code` */
export function requireContract(
  action: string,
  contract: ContractName,
  value: unknown,
  code: "contract_config" | "contract_output" | "contract_snapshot",
): void {
  const refused = contractRefusal(contract, value, "");
  if (refused === null) return;
  throw new ContractError(
    code,
    `Cannot ${action} as the ${contract} ${refused.message} at "${refused.pointer}": ` +
      `current value is ${refused.found}`,
    { data: { ...refused } },
  );
}
