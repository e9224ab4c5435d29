/**
 * Random runs through every backend, as many as asked for. A run on which they differ, or that breaks a
 * law, is made as short as possible and kept as a fixture; the exit code is then 1.
 *
 * ```sh
 * deno run -A tests/contracts/engine/fuzz.ts 100000        # number of runs, 2,000 by default
 * deno run -A tests/contracts/engine/fuzz.ts 100000 42     # with a seed of one's own
 * ```
 *
 * @module
 */

import fc from "fast-check";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { BACKENDS } from "../../../src/contracts/create_core.ts";
import { fixtureText } from "../../../src/contracts/replay/fixture.ts";
import { checkRun } from "./_differential.ts";
import { FIXTURES } from "./_fixtures.ts";
import { configOf, type RandomRun, randomRuns, stepsOf } from "./_random_run.ts";
import { unblessed } from "./write_fixtures.ts";

/** Keeps a run below `fuzz_seeds`; it expects nothing until the cores agree and it is blessed. */
function keep(run: RandomRun, seed: number): string {
  const path = `fuzz_seeds/${run.mode}_${seed}`;
  const fixture = unblessed({
    path,
    description: `Found by random runs with the seed ${seed}`,
    config: configOf(run),
    start: null,
    steps: stepsOf(run),
  });
  mkdirSync(join(FIXTURES, "fuzz_seeds"), { recursive: true });
  writeFileSync(join(FIXTURES, `${path}.json`), fixtureText(fixture));
  return path;
}

if (import.meta.main) {
  const [runs = "2000", given] = process.argv.slice(2);
  const seed = given === undefined ? Date.now() % 2 ** 31 : Number(given);
  const started = performance.now();
  let done = 0, steps = 0;
  const details = fc.check(
    fc.property(randomRuns(24), (run) => {
      steps += checkRun(run);
      if (++done % 10_000 === 0) console.log(`${done} runs, ${steps} steps`);
    }),
    { numRuns: Number(runs), seed },
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${details.numRuns} runs, ${steps} steps, seed ${seed}, ${seconds} s: ${
      BACKENDS.join(" and ")
    }`,
  );
  if (details.failed) {
    const [run] = details.counterexample as [RandomRun];
    console.error(`differs: kept as ${keep(run, seed)}\n${details.errorInstance}`);
    process.exitCode = 1;
  }
}
