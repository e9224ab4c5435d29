/**
 * Where the example market data lies.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";

/**
 * Path of the trades and best quotes that ship with the barter crate: 50,000 events of three pairs
 * on Binance spot, three minutes of 25 March 2025, as JSON lines.
 *
 * `TENDON_MARKET_DATA` comes first; else the path that `deno task build` wrote down.
 *
 * @throws {Error} When neither is there.
 */
export function marketDataPath(): string {
  const explicit = environment("TENDON_MARKET_DATA");
  if (explicit) return explicit;
  const note = new URL("../rust/target/market-data.path", import.meta.url);
  try {
    return readFileSync(note, "utf8").trim();
  } catch (cause) {
    throw new Error(
      "Cannot find the example market data: run `deno task build`, which finds it among the " +
        "sources of the barter crate, or set TENDON_MARKET_DATA to a file of market events",
      { cause },
    );
  }
}

/** Reads a variable; one that may not be read counts as unset. */
function environment(name: string): string | undefined {
  try {
    return process.env[name];
  } catch {
    return undefined;
  }
}
