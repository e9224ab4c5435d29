/**
 * The contracts of the engine boundary: schemas, validation and the execution core.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { validateContract } from "@tendon/tendon/contracts";
 *
 * const [issue] = validateContract("replay_header", { schema: "replay_header/2.0" });
 * assertEquals([issue?.code, issue?.pointer], ["UNSUPPORTED_VERSION", "/schema"]);
 * ```
 *
 * @module
 */

export { canonicalJson, parseJson } from "./_json.ts";
export type { Json, JsonObject } from "./_json_value.ts";
export { BUNDLE_DIGEST } from "./generated/data.ts";
export {
  CONTRACT_NAMES,
  type ContractIssue,
  type ContractName,
  readContract,
  validateContract,
  type ValidationMode,
} from "./validation.ts";
