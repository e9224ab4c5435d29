/**
 * Builds what Tendon needs to run from a checkout: the Rust library, and the path of the example
 * market data. `build.ts npm` makes the npm package.
 *
 * ```sh
 * deno task build   # incremental: cargo build --release in rust/
 * deno task npm     # the npm package, in npm/
 * ```
 *
 * @module
 */

import { dirname, join, relative } from "node:path";

const ROOT = import.meta.dirname ?? ".";
/** The command, in the folder of the npm package. */
const PROGRAM = "bin/tendon.js";
const RUST = join(ROOT, "rust");
const TARGET = join(RUST, "target");

/** Cargo feature with the test-only entry points; demo, tests and benches share one build. */
const FEATURES = "tendon-ffi/diagnostics";

/** The trades and order-book tops that ship with the barter crate (JSON lines, 50,000 events). */
const MARKET_DATA = join(
  "examples",
  "data",
  "binance_spot_trades_l1_btcusdt_ethusdt_solusdt.json",
);

/** Seconds between two progress lines where there is no terminal. */
const PROGRESS_SECONDS = 5;

/** Seconds after which a line is repeated although only the clock has moved. */
const QUIET_SECONDS = 30;

/** x0x alone peaks at 4.5 to 6 GB while it compiles. */
const MEMORY_GB = 6;

const RUSTUP = Deno.build.os === "windows"
  ? "https://rustup.rs (rustup-init.exe)"
  : "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh";

/** What a person has to mend before the build can go on; printed without a stack. */
export class BuildError extends Error {
  override name = "BuildError";
}

/** Compares the numbers of two versions such as `1.95.0` and `1.95`. */
export function isAtLeast(version: string, minimum: string): boolean {
  const found = version.split(/[.-]/).map(Number);
  const needed = minimum.split(".").map(Number);
  for (let i = 0; i < needed.length; i++) {
    const difference = (found[i] ?? 0) - (needed[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** Writes seconds as a clock: `0:07`, `13:49`. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** One line of what cargo reports with `--message-format json-render-diagnostics`. */
interface CargoMessage {
  reason: string;
  package_id?: string;
  fresh?: boolean;
  target?: { name: string; kind: string[] };
}

/** `name@version` from cargo's id of a package, which leaves the name out if a folder has it. */
function crateOf(packageId: string): string {
  const [source = "", fragment = ""] = packageId.split("#");
  return fragment.includes("@") ? fragment : `${source.split("/").at(-1)}@${fragment}`;
}

/**
 * Counts finished crates and remembers which ones are being compiled, from the two streams cargo
 * writes: JSON messages on stdout, status lines on stderr.
 */
export class Progress {
  readonly #done = new Set<string>();
  readonly #active = new Set<string>();
  readonly #total: number;
  #blocked = false;
  /** True once a crate had to be compiled rather than found up to date. */
  compiled = false;

  /** @param total crates in the build, 0 when unknown */
  constructor(total: number) {
    this.#total = total;
  }

  /** Takes one line of cargo's standard output. */
  message(line: string): void {
    if (!line.startsWith("{")) return;
    const { reason, package_id, fresh, target } = JSON.parse(line) as CargoMessage;
    this.#blocked = false;
    if (reason !== "compiler-artifact" || !package_id || !target) return;
    if (target.kind.includes("custom-build")) return;
    const crate = crateOf(package_id);
    this.#done.add(crate);
    this.#active.delete(crate);
    if (!fresh) this.compiled = true;
  }

  /** Takes one line of cargo's standard error; false when a person should see it. */
  status(line: string): boolean {
    const [, name, version] = /^\s+Compiling (\S+) v(\S+)/.exec(line) ?? [];
    const crate = `${name}@${version}`;
    // The two streams are read side by side: a small crate may be done before its line is seen.
    if (name !== undefined && !this.#done.has(crate)) this.#active.add(crate);
    this.#blocked = /^\s+Blocking /.test(line);
    return /^\s+(Blocking|Compiling|Fresh|Finished|Downloading|Downloaded|Updating|Locking|Adding) /
      .test(
        line,
      );
  }

  /** One line for a person: elapsed time, crates done, crates in work. */
  line(seconds: number): string {
    const total = this.#total > 0 ? `/${Math.max(this.#total, this.#done.size)}` : "";
    const active = [...this.#active].slice(-4).map((crate) => crate.split("@")[0]).join(", ");
    const now = this.#blocked
      ? "  waiting for another cargo to finish"
      : active && `  compiling ${active}`;
    return `${clock(seconds).padStart(7)}  ${this.#done.size}${total} crates${now}`;
  }
}

/** Builds the library and returns its path. */
async function buildLibrary(): Promise<string> {
  const started = performance.now();
  const { cargo, host } = await checkToolchain();
  const onTerminal = Deno.stderr.isTerminal();

  const marketData = await findMarketData(cargo, host);

  const library = join(TARGET, "release", libraryName());
  const before = await modified(library);
  if (before === undefined) {
    say(
      "First build: about 500 Rust crates, a quarter of an hour on two cores. Later ones take seconds.",
    );
    warnOfLittleMemory();
  }
  const args = ["build", "--release", "--workspace", "--features", FEATURES];
  args.push("--target-dir", TARGET);
  if (onTerminal) await buildOnTerminal(cargo, args);
  else await buildWithLines(cargo, args);

  const after = await modified(library);
  if (after === undefined) {
    throw new BuildError(
      `cargo finished, but there is no "${library}".\n` +
        `Is build.target set in a cargo configuration file or in CARGO_BUILD_TARGET? Unset it.`,
    );
  }
  await Deno.writeTextFile(join(TARGET, "market-data.path"), `${marketData}\n`);
  const elapsed = clock((performance.now() - started) / 1000);
  say(after === before ? `${libraryName()} is up to date` : `Built ${library} in ${elapsed}`);
  return library;
}

/** Lets cargo draw its own progress bar. */
async function buildOnTerminal(cargo: string, args: string[]): Promise<void> {
  const { success } = await new Deno.Command(cargo, {
    args,
    cwd: RUST,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) throw new BuildError(explain(""));
}

/** Prints a line every few seconds; compiler warnings and errors pass as they come. */
async function buildWithLines(cargo: string, args: string[]): Promise<void> {
  const started = performance.now();
  const progress = new Progress(await countCrates(cargo));
  const child = new Deno.Command(cargo, {
    args: [...args, "--message-format", "json-render-diagnostics"],
    cwd: RUST,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let told = { text: "", at: -Infinity };
  const report = () => {
    const now = performance.now();
    const text = progress.line((now - started) / 1000);
    const news = text.slice(7) !== told.text.slice(7); // apart from the clock
    if (!news && now - told.at < QUIET_SECONDS * 1000) return;
    told = { text, at: now };
    say(text);
  };
  const timer = setInterval(report, PROGRESS_SECONDS * 1000);
  const seen: string[] = [];
  try {
    await Promise.all([
      eachLine(child.stdout, (line) => progress.message(line)),
      eachLine(child.stderr, (line) => {
        if (progress.status(line)) return;
        seen.push(line);
        say(line);
      }),
    ]);
  } finally {
    clearInterval(timer);
  }
  const { success } = await child.status;
  if (!success) throw new BuildError(explain(seen.join("\n")));
  if (progress.compiled) report();
}

/** Checks cargo, its version and the C compiler, and names the host triple. */
async function checkToolchain(): Promise<{ cargo: string; host: string }> {
  const manifest = await Deno.readTextFile(join(RUST, "Cargo.toml"));
  const minimum = /^rust-version = "([\d.]+)"/m.exec(manifest)?.[1] ?? "1.95";

  let cargo = "cargo";
  let version = await output(cargo, ["-vV"]);
  if (version === undefined) { // rustup was installed, but this shell does not know it yet
    const home = Deno.env.get("CARGO_HOME") ?? join(homeDirectory(), ".cargo");
    cargo = join(home, "bin", Deno.build.os === "windows" ? "cargo.exe" : "cargo");
    version = await output(cargo, ["-vV"]);
  }
  if (version === undefined) {
    throw new BuildError(
      `Tendon is built from Rust sources, and there is no cargo on this machine.\n` +
        `Install Rust ${minimum} or newer, open a new shell and run this again:\n\n    ${RUSTUP}\n`,
    );
  }
  const release = /^release: (\S+)/m.exec(version)?.[1] ?? "0";
  if (!isAtLeast(release, minimum)) {
    throw new BuildError(
      `Tendon needs Rust ${minimum} or newer; this cargo is ${release}. Update it and run this again:\n\n` +
        `    rustup update stable\n\nA Rust that came with the system's packages: install rustup beside it\n\n    ${RUSTUP}\n`,
    );
  }
  const compiler = Deno.env.get("CC") ?? "cc";
  if (Deno.build.os !== "windows" && await output(compiler, ["--version"]) === undefined) {
    throw new BuildError(
      `Some of the crates contain C, and there is no C compiler ("${compiler}"). Install one:\n\n` +
        (Deno.build.os === "darwin"
          ? "    xcode-select --install\n"
          : "    sudo apt-get install build-essential      # Debian, Ubuntu\n" +
            "    sudo dnf install gcc make                 # Fedora\n" +
            "    sudo apk add build-base                   # Alpine\n"),
    );
  }
  return { cargo, host: /^host: (\S+)/m.exec(version)?.[1] ?? "" };
}

/** Downloads the crates if need be and finds the example data among their sources. */
async function findMarketData(cargo: string, host: string): Promise<string> {
  const args = ["metadata", "--format-version", "1", "--filter-platform", host];
  const child = new Deno.Command(cargo, {
    args,
    cwd: RUST,
    stdin: "null",
    stdout: "piped",
    stderr: Deno.stderr.isTerminal() ? "inherit" : "piped",
  }).spawn();
  const seen: string[] = [];
  let downloaded = 0;
  let told = performance.now();
  const [metadata] = await Promise.all([
    new Response(child.stdout).text(),
    Deno.stderr.isTerminal() ? undefined : eachLine(child.stderr, (line) => {
      seen.push(line);
      if (/^\s+Downloaded /.test(line)) downloaded++;
      if (downloaded === 0 || performance.now() - told < PROGRESS_SECONDS * 1000) return;
      told = performance.now();
      say(`         ${downloaded} crates downloaded`);
    }),
  ]);
  const { success } = await child.status;
  if (!success) throw new BuildError(`${seen.join("\n")}\n${explain(seen.join("\n"))}`);

  const { packages } = JSON.parse(metadata) as {
    packages: { name: string; version: string; manifest_path: string }[];
  };
  const barter = packages.find((one) => one.name === "barter");
  if (!barter) throw new BuildError(`The crate "barter" is not among the dependencies in rust/`);
  const path = join(barter.manifest_path, "..", MARKET_DATA);
  if (await modified(path) === undefined) {
    throw new BuildError(
      `The example market data is missing: barter ${barter.version} does not contain "${MARKET_DATA}" ` +
        `(looked for "${path}")`,
    );
  }
  return path;
}

/** Counts the crates of the build; 0 when cargo cannot say. */
async function countCrates(cargo: string): Promise<number> {
  const args = ["tree", "--workspace", "--edges", "normal,build", "--prefix", "none"];
  const tree = await output(cargo, [...args, "--features", FEATURES], RUST) ?? "";
  const crates = tree.split("\n").map((line) => line.replace(/ \(\*\)$/, "")).filter(Boolean);
  return new Set(crates).size;
}

/** Says what usually helps, from what cargo wrote. */
function explain(stderr: string): string {
  const hints: [RegExp, string][] = [
    [
      /SIGKILL|signal: 9/,
      `The system ended the compiler, usually for want of memory (x0x needs up to ` +
      `${MEMORY_GB} GB). Close other programs or run with CARGO_BUILD_JOBS=1.`,
    ],
    [/No space left/, "The disk is full: rust/target takes several GB."],
    [/cmake/i, "A crate asks for cmake: install it (package `cmake`) and run this again."],
    [/linker .* not found/, "There is no linker: install a C compiler."],
    [
      /failed to (download|get|fetch)|could not resolve host|spurious network/i,
      "Crates could not be downloaded: check the network or the proxy settings of cargo.",
    ],
  ];
  const found = hints.filter(([pattern]) => pattern.test(stderr)).map(([, hint]) => hint);
  return ["The Rust library was not built; cargo says why above.", ...found].join("\n");
}

/** What the package's manifest says beyond what its maker finds in the sources. */
export function packageAdditions(imports: Readonly<Record<string, string>>): {
  description: string;
  engines: Record<string, string>;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
} {
  return {
    description: "Agents that trade and work together: TypeScript over one Rust library",
    engines: { node: ">=20" },
    bin: { tendon: `./${PROGRAM}` },
    // Required at run time and never imported.
    dependencies: { koffi: String(imports["koffi"]).replace("npm:koffi@", "^") },
  };
}

/**
 * Writes the package's command into its folder; the module with `main` starts nothing by being imported.
 *
 * @param modules folder of the package that holds the modules
 */
export async function writeProgram(packageDir: string, modules: string): Promise<void> {
  const path = join(packageDir, PROGRAM);
  await Deno.mkdir(dirname(path), { recursive: true });
  const main = relative(dirname(path), join(packageDir, modules, "src/cli/main.js"));
  const text = `#!/usr/bin/env node
import process from "node:process";
import { main } from "${main.replaceAll("\\", "/")}";

process.exitCode = await main(process.argv.slice(2));
`;
  await Deno.writeTextFile(path, text, { mode: 0o755 });
}

/** Makes the npm package with dnt, which comes from JSR and only when asked for. */
async function buildPackage(): Promise<void> {
  const config = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))) as {
    name: string;
    version: string;
    license: string;
    exports: Record<string, string>;
    imports: Record<string, string>;
  };
  const dnt = await loadDnt();
  const outDir = join(ROOT, "npm");
  await dnt.emptyDir(outDir);
  await dnt.build({
    entryPoints: Object.entries(config.exports).map(([name, path]) => ({
      name,
      path: join(ROOT, path),
    })),
    outDir,
    importMap: join(ROOT, "deno.json"),
    shims: {}, // no Deno.* is used on Node: ffi/backend_node.ts serves it
    scriptModule: false,
    test: false,
    compilerOptions: { target: "ES2023", lib: ["ESNext", "DOM", "DOM.Iterable"] },
    package: {
      name: config.name,
      version: config.version,
      license: config.license,
      ...packageAdditions(config.imports),
    },
    async postBuild() {
      await writeProgram(outDir, "esm");
      for (const file of ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"]) {
        await Deno.copyFile(join(ROOT, file), join(outDir, file));
      }
    },
  });
  say(`Made the npm package in ${outDir}`);
}

/** The part of dnt that is used here. */
interface Dnt {
  emptyDir(path: string): Promise<void>;
  build(options: Record<string, unknown>): Promise<void>;
}

async function loadDnt(): Promise<Dnt> {
  const specifier: string = "jsr:@deno/dnt@^0.42.1"; // not a literal: checks must pass without JSR
  try {
    return await import(specifier) as Dnt;
  } catch (cause) {
    throw new BuildError(
      `The npm package is made with dnt, which could not be loaded from JSR ("${specifier}").\n` +
        `Is https://jsr.io out of reach? Without it, \`deno pack\` makes a package of the same sources.\n` +
        `${cause instanceof Error ? cause.message : cause}`,
    );
  }
}

function libraryName(): string {
  if (Deno.build.os === "windows") return "tendon.dll";
  return Deno.build.os === "darwin" ? "libtendon.dylib" : "libtendon.so";
}

function homeDirectory(): string {
  return Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
}

function warnOfLittleMemory(): void {
  const { available } = Deno.systemMemoryInfo();
  const gigabytes = available / 1e9;
  if (gigabytes >= MEMORY_GB) return;
  say(
    `Only ${gigabytes.toFixed(1)} GB of memory are free; one crate needs up to ${MEMORY_GB} GB. ` +
      `If the compiler is killed, close other programs or set CARGO_BUILD_JOBS=1.`,
  );
}

/** Runs a program; undefined when it does not exist or fails. */
async function output(program: string, args: string[], cwd?: string): Promise<string | undefined> {
  try {
    const command = new Deno.Command(program, { args, cwd: cwd ?? ROOT, stdin: "null" });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function modified(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).mtime?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  }
  if (rest) take(rest);
}

/** Progress goes to standard error, as cargo's does. */
function say(line: string): void {
  console.error(line);
}

if (import.meta.main) {
  try {
    const [command = "library"] = Deno.args;
    if (command === "library") await buildLibrary();
    else if (command === "npm") await buildPackage();
    else throw new BuildError(`Unknown command "${command}": expected none, or "npm"`);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(`\n${error.message}`);
    Deno.exit(1);
  }
}
