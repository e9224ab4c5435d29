import { assert, assertEquals } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);
const PREFIXES =
  "market_data|config|contract|engine|live|network|direct|task|identity|kv|group|venue|" +
  "library|permission|stream";
const PLAIN = "closed|bad_handle|cancelled|timeout|native_panic|poisoned|invalid_request|" +
  "invalid_buffer|unknown_method|unsupported_method|wrong_timing|runtime_start|internal|space";
const FOLDERS = ["agent", "contracts", "engine", "ffi"].map((name) => `rust/${name}/src`)
  .concat("ffi", "src");
/** Strings that only look like codes. */
const NOT_CODES = new Set([
  "config_hash",
  "engine_intent",
  "network_id",
  "task_updated",
  "venue_halt",
  "venue_order_id",
  "venue_snapshot",
]);

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(new URL(folder, ROOT), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(rs|ts)$/.test(entry.name)) yield path;
  }
}

Deno.test("docs/errors.md has one row per error code and no other", () => {
  const pattern = new RegExp(`"((?:${PREFIXES})_[a-z_]+[a-z]|${PLAIN})"`, "g");
  const used = new Set<string>();
  for (const folder of FOLDERS) {
    for (const path of sources(folder)) {
      // Codes of unit tests and of generated tables are those of the sources.
      const text = readFileSync(new URL(path, ROOT), "utf8").split("#[cfg(test)]")[0] ?? "";
      for (const [, code] of text.matchAll(pattern)) if (code) used.add(code);
    }
  }
  for (const code of NOT_CODES) used.delete(code);
  const page = readFileSync(new URL("docs/errors.md", ROOT), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z_]+)` +\|/gm)].map(([, code]) => code);
  assertEquals(rows.length, new Set(rows).size);
  assertEquals([...rows].sort(), [...used].sort());
});

Deno.test("codes that JSDoc says are thrown are on docs/errors.md", () => {
  const page = readFileSync(new URL("docs/errors.md", ROOT), "utf8");
  const rows = new Set([...page.matchAll(/^\| `([a-z_]+)` +\|/gm)].map(([, code]) => code));
  const unknown: string[] = [];
  let named = 0;
  for (const path of sources("src")) {
    const text = readFileSync(new URL(path, ROOT), "utf8");
    // A tag ends with the next one, or with its comment.
    for (const [tag] of text.matchAll(/@throws(?:(?!\*\/|@[a-z]).)*/gs)) {
      for (const [, code] of tag.matchAll(/`([a-z]+_[a-z_]+)`/g)) {
        named++;
        if (!rows.has(code)) unknown.push(`${path}: ${code}`);
      }
    }
  }
  assert(named > 100, String(named));
  assertEquals(unknown, []);
});
