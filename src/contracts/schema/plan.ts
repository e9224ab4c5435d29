/**
 * How the documents are validated, as generated from the schemas.
 *
 * @module
 */

import type { JsonObject } from "../json/value.ts";

/** A check that JSON Schema cannot express. */
export interface Check {
  /** Name, which is also the keyword of its issues. */
  readonly check: string;
  /** JSON Pointer to what is checked; `*` stands for every item. */
  readonly at: string;
  /** Variant that it is for; all without. */
  readonly when?: string;
  /** Members that it compares. */
  readonly members?: readonly [string, string];
  /** Member that items are sorted by; null for the items themselves. */
  readonly by?: string | null;
}

/** How one kind of document is validated. */
export interface DocumentPlan {
  /** Name of its type. */
  readonly title: string;
  /** What its member `schema` says; null where it has none. */
  readonly schema: string | null;
  /** Types of its body; none where it has no variants. */
  readonly variants: readonly string[];
  /** Documents inside it: JSON Pointer and name. */
  readonly nested: ReadonlyArray<readonly [string, string]>;
  /** Schema by type, and under "" the one for no known type or no variants. */
  readonly schemas: Readonly<Record<string, JsonObject>>;
  /** Conditions of its rules file. */
  readonly rules: JsonObject | null;
  /** Checks by type. */
  readonly checks: Readonly<Record<string, readonly Check[]>>;
}

/** How all documents are validated. */
export interface Plan {
  /** Definitions that the schemas refer to, with every document in them replaced by any object. */
  readonly parts: JsonObject;
  /** Plan by name of document. */
  readonly documents: Readonly<Record<string, DocumentPlan>>;
}
