/**
 * What orders take: a program of its own, so that nothing else is measured. Prints the bytes in use
 * before, with 100,000 live orders, and with the same orders filled, as JSON. With `none` for the
 * backend it only makes the lines, which takes memory as well.
 *
 * @module
 */

import { createCore } from "../src/contracts/mod.ts";
import { accept, CONFIG, fill, linesOf, placement, quote } from "./_contract_run.ts";

const ORDERS = 100_000;
const BATCH = 1_000;

const backend = Deno.args[0] as "rust" | "typescript" | "none";
const core = backend === "none" ? null : createCore(
  { ...CONFIG, risk: { ...CONFIG.risk, max_open_orders: null } },
  { backend, validation: "off" },
);

let seq = 0;
function advance(steps: (order: number) => readonly unknown[]): void {
  for (let first = 0; first < ORDERS; first += BATCH) {
    const orders = Array.from({ length: BATCH }, (_, at) => first + at);
    const lines = linesOf(orders.flatMap(steps));
    core?.advance(lines);
  }
}

function used(): { resident: number; heap: number } {
  // Twice: finalizers of the first round free more.
  for (let round = 0; round < 2; round++) (globalThis as unknown as { gc(): void }).gc();
  const { rss, heapUsed } = Deno.memoryUsage();
  return { resident: rss, heap: heapUsed };
}

const lines = linesOf([{ event: quote(++seq) }]);
core?.advance(lines);
const before = used();
advance((order) => {
  seq++;
  return [{ event: quote(seq), intents: [placement(seq, order)] }, {
    event: accept(++seq, order),
  }];
});
const live = used();
advance((order) => [{ event: fill(++seq, order, "", "1.5") }]);
const filled = used();

const orders = core?.snapshot().orders.filter(({ status }) => status === "filled");
if (orders !== undefined && orders.length !== ORDERS) {
  throw new Error(`${orders.length} orders are filled, not ${ORDERS}`);
}
console.log(JSON.stringify({ before, live, filled }));
core?.close();
