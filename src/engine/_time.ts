/**
 * Times of columns as text.
 *
 * @module
 */

/** The second written last, and its text: times of events that follow each other share it. */
let second = NaN;
let secondText = "";

/** RFC 3339 in UTC of nanoseconds since the epoch, with as many digits as needed (0, 3, 6 or 9). */
export function timeText(nanoseconds: bigint): string {
  let microseconds = Number(nanoseconds / 1000n);
  let rest = Number(nanoseconds % 1000n);
  if (rest < 0) {
    rest += 1000;
    microseconds--;
  }
  const seconds = Math.floor(microseconds / 1e6);
  if (seconds !== second) {
    second = seconds;
    secondText = new Date(seconds * 1000).toISOString().slice(0, 19);
  }
  const fraction = (microseconds - seconds * 1e6) * 1000 + rest;
  if (fraction === 0) return `${secondText}Z`;
  const digits = String(fraction).padStart(9, "0").replace(/(?:000){1,2}$/, "");
  return `${secondText}.${digits}Z`;
}
