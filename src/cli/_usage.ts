/**
 * What a person did wrong at the command line.
 *
 * @module
 */

/** Wrong arguments, or a file that is not what the command needs. */
export class UsageError extends Error {
  /** Shown in uncaught traces. */
  override readonly name = "UsageError";
}
