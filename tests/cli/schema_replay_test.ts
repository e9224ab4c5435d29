/**
 * `tendon schema replay` as a process, on copies of the corpus that are broken on purpose.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { cpSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { libraryPath } from "../harness.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const FIXTURES = fileURLToPath(new URL("../contracts/engine/fixtures", import.meta.url));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a test on a copy of the corpus, with a function that replays a file of it. */
async function onCopy(
  body: (
    folder: string,
    replay: (file: string, ...options: string[]) => Promise<Ended>,
  ) => Promise<void>,
  library = libraryPath,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tendon-replay-"));
  const replay = async (file: string, ...options: string[]): Promise<Ended> => {
    const permissions = [
      `--allow-ffi=${library}`,
      `--allow-read=${folder},docs/divergences.yaml`,
      `--allow-write=${folder}`,
      "--allow-env=TENDON_LIBRARY",
    ];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--no-check", ...permissions, MAIN]
        .concat("schema", "replay", join(folder, file), ...options),
      cwd: ROOT,
      env: { NO_COLOR: "1", TENDON_LIBRARY: library },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), error: text(stderr) };
  };
  try {
    for (const name of ["scenarios", "replay"]) {
      cpSync(join(FIXTURES, name), join(folder, name), { recursive: true });
    }
    await body(folder, replay);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const FIXTURE = "scenarios/full_fill.json";
const LOG = "replay/worked_example.jsonl";

Deno.test("tendon schema replay prints a canonical line per step of a fixture and of a log", async () => {
  await onCopy(async (_folder, replay) => {
    for (const [file, steps] of [[FIXTURE, 3], [LOG, 13]] as const) {
      const { code, out, error } = await replay(file);
      assertEquals([code, error, out.split("\n").length - 1], [0, "", steps]);
    }
  });
});

Deno.test("a fixture that is broken fails with the place and both values", async () => {
  await onCopy(async (folder, replay) => {
    const path = join(folder, FIXTURE);
    await writeFile(
      path,
      (await readFile(path, "utf8")).replace('"after":"9900"', '"after":"9901"'),
    );
    const { code, out, error } = await replay(FIXTURE);
    assertEquals([code, out.split("\n").length - 1], [1, 2]);
    assertStringIncludes(error, '"/result/event_result/deltas/0/after"\n  "9900"\n  "9901"');
  });
});

Deno.test("a recorded run that replays differently fails", async () => {
  await onCopy(async (folder, replay) => {
    const path = join(folder, "replay/worked_example.run.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"steps":13', '"steps":14'));
    const { code, error } = await replay(LOG);
    assertEquals(code, 1);
    assertStringIncludes(error, '"/steps"\n  13\n  14');
    const log = join(folder, LOG);
    await writeFile(log, (await readFile(log, "utf8")).replace('"filled"', '"expired"'));
    assertStringIncludes((await replay(LOG)).error, 'step 8 differ at "/step_hash"');
  });
});

Deno.test("a file that is no fixture, and what stands beside a log and is no run, are refused", async () => {
  await onCopy(async (folder, replay) => {
    await writeFile(join(folder, FIXTURE), "{}");
    const fixture = await replay(FIXTURE);
    assertEquals([fixture.code, fixture.out], [1, ""]);
    assertStringIncludes(
      fixture.error,
      'Cannot read fixture as the document lacks the member "config"',
    );
    await writeFile(join(folder, "replay/worked_example.run.json"), "[]");
    const log = await replay(LOG);
    assertEquals([log.code, log.out], [2, ""]);
    assertStringIncludes(log.error, "must be an object with the members config and golden");
  });
});

Deno.test("--bless writes what the cores agree on, and only then", async () => {
  await onCopy(async (folder, replay) => {
    const path = join(folder, FIXTURE), good = await readFile(path, "utf8");
    const { expect: _, ...inputs } = JSON.parse(good);
    const nothing = { results: null, snapshot: null, state_hash: null, economic_hash: null };
    await writeFile(path, JSON.stringify({ ...inputs, expect: nothing }));
    assertEquals((await replay(FIXTURE, "--bless")).code, 0);
    assertEquals(await readFile(path, "utf8"), good);
    const { code, error } = await replay(FIXTURE, "--bless", "--backend", "typescript");
    assertEquals(code, 2);
    assertStringIncludes(error, "leave --backend out");
  });
});

Deno.test("--bless changes what a fixture expects only with a reason", async () => {
  await onCopy(async (folder, replay) => {
    const path = join(folder, FIXTURE), good = await readFile(path, "utf8");
    const other = good.replace('"after":"9900"', '"after":"9901"');
    await writeFile(path, other);
    const silent = await replay(FIXTURE, "--bless");
    assertEquals([silent.code, await readFile(path, "utf8")], [1, other]);
    assertStringIncludes(silent.error, "blessed with --reason only: step 3");
    assertStringIncludes(silent.error, '"/result/event_result/deltas/0/after"\n  "9900"\n  "9901"');
    const reason = "Fills cost what they cost (MDL-003).";
    const { code, error } = await replay(FIXTURE, "--bless", "--reason", reason);
    assertEquals([code, await readFile(path, "utf8")], [0, good]);
    assertStringIncludes(error, `write in the changelog: ${reason}`);
    // What stays the same needs no reason, and nothing in the changelog.
    assertEquals((await replay(FIXTURE, "--bless")).error, "");
  });
});

Deno.test("--bless changes the golden end of a log only with a reason, which stands beside it", async () => {
  await onCopy(async (folder, replay) => {
    const path = join(folder, "replay/worked_example.run.json");
    const good = await readFile(path, "utf8");
    const { config, golden } = JSON.parse(good);
    const other = JSON.stringify({ config, golden: { ...golden, steps: 14 } });
    await writeFile(path, other);
    const silent = await replay(LOG, "--bless");
    assertEquals([silent.code, await readFile(path, "utf8")], [1, other]);
    assertStringIncludes(silent.error, "blessed with --reason only: the end");
    assertStringIncludes(silent.error, '"/steps"\n  13\n  14');
    const reason = "The run is one step shorter.";
    const { code, error } = await replay(LOG, "--bless", "--reason", reason);
    assertEquals([code, JSON.parse(await readFile(path, "utf8"))], [0, { config, golden, reason }]);
    assertStringIncludes(error, `write in the changelog: ${reason}`);
    assertEquals((await replay(LOG)).code, 0);
    // The same end again keeps the reason; a first one needs none.
    assertEquals((await replay(LOG, "--bless")).error, "");
    assertEquals(JSON.parse(await readFile(path, "utf8")).reason, reason);
    await writeFile(path, JSON.stringify({ config, golden: null }));
    assertEquals((await replay(LOG, "--bless")).error, "");
    assertEquals(await readFile(path, "utf8"), good);
  });
});

Deno.test("a reason is a line, belongs to --bless, and names only rows that there are", async () => {
  await onCopy(async (_folder, replay) => {
    const refused = [
      [["--reason", "why"], "--reason belongs to --bless"],
      [["--bless", "--reason", " "], "one line of text"],
      [["--bless", "--reason", "why\nso"], "one line of text"],
      [["--bless", "--reason", "MDL-999 is new"], "MDL-999, which is no row of"],
    ] as const;
    for (const [options, message] of refused) {
      const { code, error } = await replay(FIXTURE, ...options);
      assertEquals(code, 2);
      assertStringIncludes(error, message);
    }
  });
});

Deno.test("a backend that is not there is a failure", async () => {
  await onCopy(async (folder, replay) => {
    assertEquals((await replay(FIXTURE, "--backend", "typescript")).code, 0);
    for (const options of [[], ["--backend", "rust"]]) {
      const { code, error } = await replay(FIXTURE, ...options);
      assertEquals(code, 1, folder);
      assertStringIncludes(error, "Cannot load the native library");
    }
    const { code, error } = await replay(FIXTURE, "--backend", "python");
    assertEquals(code, 2);
    assertStringIncludes(error, '--backend must be rust, typescript or both: "python"');
  }, "/nowhere/libtendon.so");
});

Deno.test("options of other commands are refused", async () => {
  await onCopy(async (_folder, replay) => {
    const { code, error } = await replay(FIXTURE, "--data", "x");
    assertEquals(code, 2);
    assertStringIncludes(error, "schema has no option --data");
  });
});
