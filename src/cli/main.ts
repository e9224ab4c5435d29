/**
 * The command line: `tendon backtest run|sweep|report` and `tendon schema check|diff|replay`.
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
import { replay } from "./_schema_replay.ts";
import { Terminal } from "./_terminal.ts";
import { UsageError } from "./_usage.ts";

const USAGE = `Usage: tendon backtest <command> <file> [options]
       tendon schema <command> [folder or file] [options]

Backtest
  run <config.json>      one backtest
  sweep <config.json>    one backtest per combination of the parameters under "sweep"
  report <saved.json>    the tear sheet of what --save wrote

Schema, of the project in a folder (default: this one)
  check                  schemas, what is generated from them, and their corpus of documents
  diff                   changes since the released schemas, and what each means for readers
  replay <file>          a fixture or a replay log through the cores, compared

Options
  --data <file>          market data, in place of the configuration's "data"
  --concurrency <n>      most runs of a sweep at once (default: one per core)
  --save <file>          write the result, for report
  --html <file>          write the tear sheet (of the best run of a sweep)
  --fills <file>         write the fills, as CSV or, for .jsonl, as JSON lines
  --equity <file>        write the equity curve, as CSV or, for .jsonl, as JSON lines
  --against <file>       bundle of schemas to compare with, in place of the released one
  --json                 print JSON: an object, or for a sweep a line per run
  --backend <name>       rust, typescript or both (default), for replay
  --bless                write what replay came to as what is expected
  --reason <text>        why what was expected changes; may name rows of the ledger (MDL-nnn)
  --help                 print this

Exit codes: 0 done, 1 it could not run, is not sound or differs, 2 wrong usage, 3 some runs of a sweep failed, 130 interrupted.
Progress is shown on a terminal only. docs/engine.md describes the configuration, docs/contracts.md
the schemas, fixtures and replay logs.
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
  backend: { type: "string" },
  bless: { type: "boolean" },
  reason: { type: "string" },
  help: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parse>["values"];
type Command = (
  file: string,
  values: Values,
  terminal: Terminal,
  signal: AbortSignal,
) => Promise<number> | number;

const COMMANDS: Readonly<Record<string, Readonly<Record<string, Command>>>> = {
  backtest: { run, sweep, report },
  schema: { check: checkSchema, diff: diffSchema, replay },
};

/** Commands that work on this folder when none is named. */
const HAS_DEFAULT: ReadonlySet<Command> = new Set([checkSchema, diffSchema]);

/** Options of one area only; every area has `--json` and `--help`. */
const OWN_OPTIONS: Readonly<Record<string, readonly (keyof Values)[]>> = {
  backtest: ["data", "concurrency", "save", "html", "fills", "equity"],
  schema: ["backend", "bless", "reason", "against"],
};

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
    const command = commandOf(area, name);
    refuseOthers(area, values);
    if (file === undefined && !HAS_DEFAULT.has(command)) {
      throw new UsageError(`${area} ${name} needs a file`);
    }
    if (more.length > 0) throw new UsageError(`there is one file too many: "${more[0]}"`);
    return await command(file ?? ".", values, terminal, interrupt.signal);
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

function commandOf(area = "", name = ""): Command {
  const commands = Object.hasOwn(COMMANDS, area) ? COMMANDS[area] : undefined;
  if (commands === undefined) throw new UsageError(`there is no command "${area}"`);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new UsageError(`there is no command "${area} ${name}"`);
  return command;
}

/** Refuses the options of other areas. */
function refuseOthers(area = "", values: Values): void {
  for (const [other, names] of Object.entries(OWN_OPTIONS)) {
    const given = other === area ? undefined : names.find((name) => values[name] !== undefined);
    if (given !== undefined) throw new UsageError(`${area} has no option --${given}`);
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
