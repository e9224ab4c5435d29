/**
 * What the generated validators use.
 *
 * @module
 */

/** An error of ajv. */
export interface AjvError {
  /** JSON Pointer to the value. */
  readonly instancePath: string;
  /** Where in the schema. */
  readonly schemaPath: string;
  /** Keyword that failed. */
  readonly keyword: string;
  /** What the keyword says. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** Code points of a string: its length as JSON Schema counts it. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Appends an error to a list that may not exist yet. */
export function addError(errors: AjvError[] | null, error: AjvError): AjvError[] {
  if (errors === null) return [error];
  errors.push(error);
  return errors;
}
