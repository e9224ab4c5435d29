/**
 * Times of columns as text.
 *
 * @module
 */

const SECOND = 1_000_000_000n;

/** The second written last, and its text: times of events that follow each other share it. */
let second = NaN;
let secondText = "";

/** RFC 3339 in UTC of nanoseconds since the epoch, with as many digits as needed (0, 3, 6 or 9). */
export function timeText(nanoseconds: bigint): string {
  let seconds = Number(nanoseconds / SECOND);
  let fraction = Number(nanoseconds % SECOND);
  if (fraction < 0) {
    fraction += Number(SECOND);
    seconds--;
  }
  if (seconds !== second) {
    second = seconds;
    secondText = new Date(seconds * 1000).toISOString().slice(0, 19);
  }
  if (fraction === 0) return `${secondText}Z`;
  const digits = String(fraction).padStart(9, "0").replace(/(?:000){1,2}$/, "");
  return `${secondText}.${digits}Z`;
}
