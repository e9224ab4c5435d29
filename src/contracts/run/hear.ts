/**
 * Connects a venue, and hears what it reports.
 *
 * @module
 */

import type { EngineEvent } from "../generated/types.ts";
import { asVenueError, type VenueAdapter, venueError } from "../venue/venue.ts";

/**
 * Connects, unless the signal comes first: what the venue answers later is not heard.
 *
 * @throws the signal's reason
 * @throws {VenueError}
 */
export async function connect(
  venue: VenueAdapter,
  signal: AbortSignal | undefined,
): Promise<void> {
  const connected = new Promise<void>((given) => given(venue.connect())).catch((error) => {
    throw asVenueError(venue.venue, "connect", error);
  });
  if (signal === undefined) return await connected;
  let leave = () => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
  });
  try {
    await Promise.race([connected, left]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

/**
 * Reads the reports of a venue that answers when it likes.
 *
 * @param heard called with each of them
 * @param failed called once if there will be no more
 * @returns leaves: the next report belongs to whoever reads next
 */
export function hear(
  venue: VenueAdapter,
  heard: (report: EngineEvent) => void,
  failed: (error: unknown) => void,
): () => void {
  let left = false;
  let reader: AsyncIterator<EngineEvent> | undefined;
  const next = async () => {
    try {
      reader ??= venue.reports()[Symbol.asyncIterator]();
      return await reader.next();
    } catch (error) {
      throw asVenueError(venue.venue, "hear its reports", error);
    }
  };
  const read = async () => {
    for (;;) {
      const { done, value } = await next();
      if (left) return;
      if (done) {
        throw venueError({ code: "venue_fatal" }, "Cannot go on with the run: the reports ended");
      }
      heard(value);
    }
  };
  read().catch(failed);
  return () => {
    left = true;
    new Promise((closed) => closed(reader?.return?.())).catch(() => {});
  };
}
