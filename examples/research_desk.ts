/**
 * A research desk: three agents share a task list, work through a sweep of backtests on real market
 * data, and write a tear sheet of the best.
 *
 * ```sh
 * deno task demo
 * deno task demo --out best.html
 * ```
 *
 * @module
 */

import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { renderTearSheet } from "../src/engine/mod.ts";
import { marketDataPath } from "./_data.ts";
import { runResearchDesk } from "./desk/desk.ts";
import { FEE_RATE } from "./desk/job.ts";
import { DeskView } from "./desk/view.ts";

const USAGE = `Usage: deno task demo [--out <file>]

  --out <file>   where to write the tear sheet (default: ./tendon-tear-sheet.html)
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: "tendon-tear-sheet.html" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const started = performance.now();
  const view = new DeskView();
  const result = await runResearchDesk({
    dataPath: marketDataPath(),
    onEvent: (event) => view.show(event),
  });
  view.summary(result);

  const { best, ranking, instruments } = result;
  const page = renderTearSheet(best, {
    title: `${best.id} crossover`,
    description:
      `The best of ${ranking.length} moving-average backtests that three agents shared ` +
      `out among themselves, on trades and best quotes of Binance spot.`,
    instruments,
    sweep: ranking,
    notes: [
      `Fee: ${
        Number(FEE_RATE) * 100
      }% of the order's value on each side. Orders are answered after 20 ms of event time. Every order is for 0.1 of the base asset.`,
    ],
  });
  const path = resolve(values.out);
  await writeFile(path, page);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  view.end(`Tear sheet: ${path} (${seconds} s in all)`);
}

await main();
