/**
 * Turns a native failure into the error that a caller would catch.
 *
 * @module
 */

import {
  CancelledError,
  ClosedError,
  ConfigError,
  ContractError,
  EngineError,
  GroupError,
  IdentityError,
  KvError,
  LibraryError,
  LiveDataError,
  MarketDataError,
  NativePanicError,
  NetworkError,
  PermissionError,
  TaskError,
  TendonError,
  type TendonErrorOptions,
  TimeoutError,
} from "../src/errors.ts";

/** A failure as the library encodes it. */
export interface Failure {
  readonly code: number;
  readonly kind: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly data: Readonly<Record<string, unknown>> | null;
}

type TendonErrorClass = new (
  code: string,
  message: string,
  options?: TendonErrorOptions,
) => TendonError;

/** First match wins: whole codes, then prefixes. */
const CLASSES: ReadonlyArray<readonly [prefix: string, TendonErrorClass]> = [
  ["closed", ClosedError],
  ["bad_handle", ClosedError],
  ["cancelled", CancelledError],
  ["timeout", TimeoutError],
  ["native_panic", NativePanicError],
  ["poisoned", NativePanicError],
  ["permission_", PermissionError],
  ["library_", LibraryError],
  ["market_data_", MarketDataError],
  ["config_", ConfigError],
  ["contract_", ContractError],
  ["engine_", EngineError],
  ["live_", LiveDataError],
  ["identity_", IdentityError],
  ["network_", NetworkError],
  ["direct_", NetworkError],
  ["kv_", KvError],
  ["group_", GroupError],
  ["task_", TaskError],
];

function errorFor(
  code: string,
  message: string,
  options?: TendonErrorOptions,
): TendonError {
  const found = CLASSES.find(([prefix]) =>
    prefix.endsWith("_") ? code.startsWith(prefix) : code === prefix || code.endsWith(`_${prefix}`)
  );
  return new (found?.[1] ?? TendonError)(code, message, options);
}

/** Reads a failure from its JSON. */
export function parseFailure(json: string): Failure {
  return JSON.parse(json) as Failure;
}

/** The error for a failure of `action`, such as `publish to "news"`. */
export function failureError(
  action: string,
  failure: Failure,
  options: { cause?: unknown } = {},
): TendonError {
  return errorFor(failure.kind, `Cannot ${action}: ${failure.message}`, {
    ...options,
    data: failure.data ?? {},
    retryable: failure.retryable,
  });
}
