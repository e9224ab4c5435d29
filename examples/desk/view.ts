/**
 * The desk on a terminal, or in a pipe.
 *
 * @module
 */

import process from "node:process";
import type { SweepRow } from "../../src/engine/mod.ts";
import type { DeskEvent, ResearchDeskResult } from "./desk.ts";

const BAR = 24;

/** Prints what happens: one moving line on a terminal, one line per event elsewhere. */
export class DeskView {
  readonly #live = process.stdout.isTTY === true;
  readonly #colour = this.#live && !variable("NO_COLOR");

  /** Prints an event. */
  show(event: DeskEvent): void {
    switch (event.kind) {
      case "data": {
        const { events, first, last } = event.stats;
        const seconds = Math.round((Date.parse(last) - Date.parse(first)) / 1000);
        this.#line(`${this.#bold("Market data")}  ${events} events, ${seconds} s of Binance spot`);
        break;
      }
      case "agent":
        this.#line(
          `${this.#bold(event.name.padEnd(11))}  agent ${
            event.id.slice(0, 16)
          }… on ${event.address}`,
        );
        break;
      case "posted":
        this.#line(`${this.#bold("Task list")}    ${event.total} backtests posted\n`);
        break;
      case "result":
        this.#result(event.row, event.done, event.total);
    }
  }

  /** Prints the ranking. */
  summary({ ranking, analysts }: ResearchDeskResult): void {
    this.#line(
      `\n${this.#dim("rank  fast  slow   result, usdt  max drawdown  round trips  gains  by")}`,
    );
    for (const [index, row] of ranking.entries()) {
      const text = [
        String(index + 1).padStart(4),
        String(row.parameters.fast).padStart(4),
        String(row.parameters.slow).padStart(4),
        signed(row.profit).padStart(13),
        `${(row.maxDrawdown * 100).toFixed(4)}%`.padStart(12),
        String(row.trades).padStart(11),
        (row.trades > 0 ? `${Math.round(row.wins / row.trades * 100)}%` : "n/a").padStart(5),
        row.agent ?? "",
      ].join("  ");
      this.#line(index === 0 ? this.#bold(text) : text);
    }
    const done = analysts.map(({ name, runs, lostClaims }) =>
      `${name} ran ${runs}${
        lostClaims > 0 ? ` and lost ${lostClaims} ${lostClaims === 1 ? "claim" : "claims"}` : ""
      }`
    );
    this.#line(`\n${done.join(", ")}. The lead ran the best again and found the same result.`);
  }

  /** Prints a closing line. */
  end(text: string): void {
    this.#line(text);
  }

  #result(row: SweepRow, done: number, total: number): void {
    const found = `${row.id.padEnd(14)} ${signed(row.profit).padStart(9)} usdt  by ${
      row.agent ?? ""
    }`;
    const count = `${String(done).padStart(String(total).length)}/${total}`;
    if (!this.#live) return this.#line(`${count}  ${found}`);
    const filled = Math.round(done / total * BAR);
    const bar = "━".repeat(filled) + this.#dim("━".repeat(BAR - filled));
    process.stdout.write(`\r\x1b[2K${bar} ${count}  ${found}${done === total ? "\n" : ""}`);
  }

  #line(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  #bold(text: string): string {
    return this.#colour ? `\x1b[1m${text}\x1b[0m` : text;
  }

  #dim(text: string): string {
    return this.#colour ? `\x1b[2m${text}\x1b[0m` : text;
  }
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${value.toFixed(2)}`;
}

/** Reads a variable; one that may not be read counts as unset. */
function variable(name: string): string | undefined {
  try {
    return process.env[name];
  } catch {
    return undefined;
  }
}
