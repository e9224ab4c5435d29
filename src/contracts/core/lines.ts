/**
 * Bytes of JSON lines, line by line.
 *
 * @module
 */

const LINE_FEED = 10;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Every line without its line feed; no line after the last feed. Text, which is decoded at once for
 * all of them; bytes if some of the lines are not UTF-8, so that each can be refused for itself.
 */
export function splitLines(bytes: Uint8Array): Iterable<string | Uint8Array> {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return bytesOfLines(bytes);
  }
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function* bytesOfLines(bytes: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  while (start < bytes.length) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.length : feed;
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}
