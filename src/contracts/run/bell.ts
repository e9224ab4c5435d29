/**
 * Wakes the one who waits.
 *
 * @module
 */

/** A ring that nobody waits for is heard by the next who does. */
export class Bell {
  #rung = false;
  #resolve: (() => void) | null = null;

  /** Wakes. */
  ring(): void {
    if (this.#resolve === null) {
      this.#rung = true;
      return;
    }
    this.#resolve();
    this.#resolve = null;
  }

  /** Resolves with the next ring. */
  wait(): Promise<void> {
    if (this.#rung) {
      this.#rung = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
