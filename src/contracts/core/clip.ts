/**
 * Texts that are no longer than they may be.
 *
 * @module
 */

/** Longest message of a refusal, diagnostic or violation, in code points. */
export const MESSAGE_MAX = 512;

/** A text's first `max` code points; none is cut in two. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  return [...text.slice(0, 2 * max)].slice(0, max).join("");
}
