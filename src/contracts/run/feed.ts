/**
 * Reads a source into a run.
 *
 * @module
 */

import type { EngineEvent } from "../generated/types.ts";

/** A source that is being read. */
export interface Feed {
  /** Settles when the source has ended or failed, or with `stop`. */
  readonly done: Promise<void>;
  /** Gives up, also on a source that is just being asked. */
  readonly stop: (error: unknown) => void;
}

/** Pushes every event, one after the other. */
export function feed(
  source: AsyncIterable<EngineEvent> | Iterable<EngineEvent>,
  push: (event: EngineEvent) => Promise<unknown>,
): Feed {
  const reader = Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
  const { promise, resolve, reject } = promiseWithResolvers();
  const leave = (error: unknown) => {
    reject(error);
    // Why it is left is known; what closing it says does not count.
    new Promise((closed) => closed(reader.return?.())).catch(() => {});
  };
  const read = async () => {
    for (;;) {
      const { done, value } = await reader.next();
      if (done === true) return;
      try {
        await push(value);
      } catch (error) {
        return leave(error);
      }
    }
  };
  read().then(resolve, reject);
  return { done: promise, stop: leave };
}

function promiseWithResolvers(): {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
