/**
 * Times of columns as text.
 *
 * @module
 */

/** RFC 3339 in UTC of nanoseconds since the epoch, with as many digits as needed (0, 3, 6 or 9). */
export function timeText(nanoseconds: bigint): string {
  let fraction = nanoseconds % 1_000_000_000n;
  if (fraction < 0n) fraction += 1_000_000_000n;
  const seconds = Number((nanoseconds - fraction) / 1_000_000_000n);
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (fraction === 0n) return `${whole}Z`;
  const digits = fraction.toString().padStart(9, "0").replace(/(?:000){1,2}$/, "");
  return `${whole}.${digits}Z`;
}
