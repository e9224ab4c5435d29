/**
 * The form in which outputs are hashed and compared: without arrival times and words for people.
 *
 * @module
 */

/** A copy with every `ingest_time` null and every `message` empty. */
export function comparable<T>(value: T): T {
  return strip(value) as T;
}

function strip(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(strip);
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    copy[key] = key === "ingest_time" ? null : key === "message" ? "" : strip(member);
  }
  return copy;
}
