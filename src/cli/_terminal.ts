/**
 * Where the command line writes: results to one stream, progress and errors to the other.
 *
 * @module
 */

/** The part of a stream that is used. */
interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR = 30;

/** Results, and a progress bar where somebody looks. */
export class Terminal {
  readonly #out: Output;
  readonly #error: Output;
  #shown = false;

  /** @param out results @param error progress, if it is a terminal, and errors */
  constructor(out: Output, error: Output) {
    this.#out = out;
    this.#error = error;
  }

  /** Whether progress is shown. */
  get showsProgress(): boolean {
    return this.#error.isTTY === true;
  }

  /** Writes to the results. */
  print(text: string): void {
    this.clear();
    this.#out.write(text);
  }

  /** Writes a line to the errors. */
  fail(text: string): void {
    this.clear();
    this.#error.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Draws the bar; nothing where nobody looks. */
  progress(share: number, text: string): void {
    if (!this.showsProgress) return;
    const full = Math.round(Math.min(1, Math.max(0, share)) * BAR);
    const line = `${"█".repeat(full)}${"░".repeat(BAR - full)} ${
      (share * 100).toFixed(0).padStart(3)
    } % ${text}`;
    this.#error.write(`\r${line.slice(0, (this.#error.columns || 80) - 1)}\x1b[K`);
    this.#shown = true;
  }

  /** Takes the bar away. */
  clear(): void {
    if (!this.#shown) return;
    this.#error.write("\r\x1b[K");
    this.#shown = false;
  }
}
