/**
 * What a step allocates on the heap of V8: a program of its own, with a young generation so large that
 * nothing is collected while it counts. Prints the bytes per event of the run. Buffers, and what the
 * native library allocates, are not on that heap.
 *
 * @module
 */

import { type CoreBackend, createCore } from "../src/contracts/mod.ts";
import { batches, CONFIG, EVENTS } from "./_contract_run.ts";

const [backend, way, size] = Deno.args as [CoreBackend, "advance" | "stepLines", string];
// A fifth of the run: far from filling the young generation.
const lines = batches(Number(size)).slice(0, EVENTS / Number(size) / 5);

function run(): number {
  using core = createCore(CONFIG, { backend, validation: "off" });
  const before = Deno.memoryUsage().heapUsed;
  let used = before;
  for (const [at, batch] of lines.entries()) {
    core[way](batch);
    if ((at + 1) % (lines.length / 2) !== 0) continue;
    const now = Deno.memoryUsage().heapUsed;
    if (now < used) throw new Error("garbage was collected while allocations were counted");
    used = now;
  }
  return used - before;
}

// The first run compiles.
run();
(globalThis as unknown as { gc(): void }).gc();
console.log(JSON.stringify(run() / (EVENTS / 5)));
