/**
 * The command line: `tendon backtest run|sweep|report` and `tendon schema check|diff`.
 *
 * ```sh
 * deno run --allow-ffi --allow-read --allow-write jsr:@tendon/tendon/cli backtest run run.json
 * ```
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { TendonError } from "../errors.ts";
import { report, run, sweep } from "./_backtest.ts";
import { checkSchema, diffSchema } from "./_schema.ts";
import { Terminal } from "./_terminal.ts";
import { UsageError } from "./_usage.ts";

const USAGE = `Usage: tendon backtest <command> <file> [options]
       tendon schema <command> [folder] [options]

Backtest
  run <config.json>      one backtest
  sweep <config.json>    one backtest per combination of the parameters under "sweep"
  report <saved.json>    the tear sheet of what --save wrote

Schema, of the project in a folder (default: this one)
  check                  schemas, what is generated from them, and their corpus of documents
  diff                   changes since the released schemas, and what each means for readers

Options
  --data <file>          market data, in place of the configuration's "data"
  --concurrency <n>      most runs of a sweep at once (default: one per core)
  --save <file>          write the result, for report
  --html <file>          write the tear sheet (of the best run of a sweep)
  --fills <file>         write the fills, as CSV or, for .jsonl, as JSON lines
  --equity <file>        write the equity curve, as CSV or, for .jsonl, as JSON lines
  --against <file>       bundle of schemas to compare with, in place of the released one
  --json                 print JSON: an object, or for a sweep a line per run
  --help                 print this

Exit codes: 0 done, 1 it could not run or is not sound, 2 wrong usage, 3 some runs of a sweep failed, 130 interrupted.
Progress is shown on a terminal only. docs/engine.md describes the configuration, docs/contracts.md
the schemas.
`;

const OPTIONS = {
  data: { type: "string" },
  concurrency: { type: "string" },
  save: { type: "string" },
  html: { type: "string" },
  fills: { type: "string" },
  equity: { type: "string" },
  against: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

const COMMANDS = { run, sweep, report } as const;
const SCHEMA_COMMANDS = { check: checkSchema, diff: diffSchema } as const;

/**
 * Runs one command.
 *
 * @param args what follows the program's name
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  const terminal = new Terminal(process.stdout, process.stderr);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.on("SIGINT", onInterrupt);
  // Known before the arguments are, because a wrong argument is reported in the form asked for.
  const json = args.includes("--json");
  try {
    const { values, positionals } = parse(args);
    if (values.help) {
      terminal.print(USAGE);
      return 0;
    }
    const [area, name, file, ...more] = positionals;
    if (area === "schema") {
      if (name === undefined || !Object.hasOwn(SCHEMA_COMMANDS, name)) {
        throw new UsageError(`there is no command "schema ${name ?? ""}"`);
      }
      if (more.length > 0) throw new UsageError(`there is one folder too many: "${more[0]}"`);
      return await SCHEMA_COMMANDS[name as keyof typeof SCHEMA_COMMANDS](
        file ?? ".",
        values,
        terminal,
      );
    }
    if (area !== "backtest") throw new UsageError(`there is no command "${area ?? ""}"`);
    if (name === undefined || !Object.hasOwn(COMMANDS, name)) {
      throw new UsageError(`there is no command "backtest ${name ?? ""}"`);
    }
    if (file === undefined) throw new UsageError(`backtest ${name} needs a file`);
    if (more.length > 0) throw new UsageError(`there is one file too many: "${more[0]}"`);
    const command = COMMANDS[name as keyof typeof COMMANDS];
    return await command(file, values, terminal, interrupt.signal);
  } catch (error) {
    terminal.clear();
    if (interrupt.signal.aborted) return 130;
    terminal.fail(json ? JSON.stringify({ error: described(error) }) : message(error));
    return error instanceof UsageError || error instanceof TypeError || error instanceof RangeError
      ? 2
      : 1;
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

function message(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof UsageError ? `tendon: ${text}\n\n${USAGE}` : `tendon: ${text}`;
}

function described(error: unknown): Record<string, unknown> {
  if (error instanceof TendonError) {
    const { code, message, data } = error;
    return { code, message, data };
  }
  return { code: "usage", message: error instanceof Error ? error.message : String(error) };
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
