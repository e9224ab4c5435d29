/**
 * Several loops that live and die together.
 *
 * @module
 */

/**
 * Runs loops until all have ended. When one fails, the others are told by `stop`, waited for, and
 * its error is thrown.
 */
export async function together(
  stop: AbortController,
  ...loops: readonly Promise<void>[]
): Promise<void> {
  const watched = loops.map(async (loop) => {
    try {
      await loop;
    } catch (error) {
      const first = !stop.signal.aborted;
      stop.abort(error);
      if (first) throw error; // Later errors follow from the first.
    }
  });
  const outcomes = await Promise.allSettled(watched);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}
