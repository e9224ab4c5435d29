/**
 * Bytes of JSON lines, line by line.
 *
 * @module
 */

const LINE_FEED = 10;

/** Every line without its line feed; no line after the last feed. */
export function* splitLines(bytes: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  while (start < bytes.length) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.length : feed;
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}
