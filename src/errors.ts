/**
 * Every error that Tendon throws for a reason other than a wrong argument (those are `TypeError` and
 * `RangeError`). `docs/errors.md` has one row per code.
 *
 * @module
 */

/** What an error carries besides its code and message. */
export interface TendonErrorOptions {
  /** The error behind this one. */
  cause?: unknown;
  /** Facts for programs, such as a line number. */
  data?: Readonly<Record<string, unknown>>;
  /** Whether the same call may succeed later without a change. */
  retryable?: boolean;
}

/**
 * Base of all of Tendon's errors.
 *
 * @example Telling errors apart by code
 * ```ts
 * import { TendonError } from "@tendon/tendon/errors";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new TendonError("closed", "Cannot publish: the agent is closed");
 * assertEquals(error.code, "closed");
 * ```
 */
export class TendonError extends Error {
  /** Stable snake_case name of what went wrong. */
  readonly code: string;
  /** Facts for programs. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;

  /** Makes an error; the message says what was attempted, what was found and what is needed. */
  constructor(code: string, message: string, options: TendonErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    this.data = options.data ?? {};
    this.retryable = options.retryable ?? false;
  }
}

/** No usable native library was found, or it does not fit this version. */
export class LibraryError extends TendonError {}

/** The object, stream or library was closed before or during the call. */
export class ClosedError extends TendonError {}

/** An `AbortSignal` stopped the operation; `cause` is the signal's reason. */
export class CancelledError extends TendonError {}

/** A deadline passed. */
export class TimeoutError extends TendonError {}

/** The runtime's permission or a policy refuses. */
export class PermissionError extends TendonError {}

/** The native code panicked; the object concerned can only be closed. */
export class NativePanicError extends TendonError {}

/** Market data cannot be used; `data.line` or `data.index` says where. */
export class MarketDataError extends TendonError {}

/** A configuration is not consistent. */
export class ConfigError extends TendonError {}

/** An event, intent, snapshot or schema breaks its contract; `data` has `pointer` and `keyword`. */
export class ContractError extends TendonError {}

/** A venue failed or refuses; the code says what to do next. */
export class VenueError extends TendonError {}

/** An engine run failed. */
export class EngineError extends TendonError {}

/** An exchange's stream cannot be opened; `data.exchange` and `data.host` say which. */
export class LiveDataError extends TendonError {}

/** A key file or id cannot be used. */
export class IdentityError extends TendonError {}

/** The agent network failed or refuses. */
export class NetworkError extends TendonError {}

/** A key-value store refuses. */
export class KvError extends TendonError {}

/** An encrypted group refuses. */
export class GroupError extends TendonError {}

/** A shared task list refuses. */
export class TaskError extends TendonError {}
