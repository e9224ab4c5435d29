/**
 * Schemas, house rules, generated files, evolution; with breaks made on purpose in a copy.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { DOCS, withTables } from "../../schemas/_docs.ts";
import { stripped } from "../../schemas/_strip.ts";
import { generate, staleFiles } from "../../schemas/generate.ts";
import { main } from "../../src/cli/main.ts";
import { bundle } from "../../src/contracts/schema/bundle.ts";
import { diffBundles } from "../../src/contracts/schema/evolution.ts";
import { houseRuleFaults } from "../../src/contracts/schema/house_rules.ts";
import type { JsonObject } from "../../src/contracts/json/value.ts";
import {
  checkSchemas,
  GENERATED_FILES,
  RUST_TYPES,
  schemaFiles,
} from "../../src/contracts/schema/schema_check.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

// deno-lint-ignore no-explicit-any
type Loose = any;

const SCHEMAS = "schemas/engine";
const DATA_TS = "src/contracts/generated/data.ts";

/** Runs a body in a copy of what `tendon schema check` looks at, or of some of it. */
async function inCopy(
  body: (root: string) => Promise<void>,
  paths: readonly string[] = [SCHEMAS, "tests/contracts/engine/fixtures", ...GENERATED_FILES],
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "tendon-schemas-"));
  try {
    for (const path of paths) {
      cpSync(join(ROOT, path), join(root, path), { recursive: true });
    }
    await body(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function change(root: string, name: string, edit: (schema: Loose) => void): void {
  const path = join(root, "schemas/engine", `${name}.schema.json`);
  const schema = JSON.parse(readFileSync(path, "utf8"));
  edit(schema);
  writeFileSync(path, JSON.stringify(schema));
}

/** Runs the command line: its exit code and what it printed. */
async function run(...args: string[]): Promise<{ readonly code: number; readonly out: string }> {
  const write = process.stdout.write;
  let out = "";
  process.stdout.write = (text: string | Uint8Array) => {
    out += text;
    return true;
  };
  try {
    return { code: await main(args), out };
  } finally {
    process.stdout.write = write;
  }
}

/** The exit code of the command line, whose output is not of interest. */
async function exitCode(...args: string[]): Promise<number> {
  return (await run(...args)).code;
}

Deno.test("every generated file is what the schemas generate", async () => {
  assertEquals(await staleFiles(ROOT), [], "run `deno task gen`");
});

Deno.test("a character that is changed in any generated file is found", async () => {
  const generated = [...(await generate(ROOT)).keys(), RUST_TYPES];
  await inCopy(async (root) => {
    for (const path of generated.filter((path) => path !== DOCS)) {
      const file = join(root, path), text = readFileSync(file, "utf8");
      writeFileSync(file, `${text.slice(0, -2)}~${text.slice(-1)}`);
      // The generator reads the bundle's sources only, so that each file is found by itself.
      assertEquals(await staleFiles(root), [path]);
      writeFileSync(file, text);
    }
  }, [SCHEMAS, "rust/rustfmt.toml", ...generated]);
});

Deno.test("the tables of the docs follow the data", () => {
  const text = readFileSync(join(ROOT, DOCS), "utf8");
  const read = (name: string) =>
    JSON.parse(readFileSync(join(ROOT, "schemas/engine", name), "utf8"));
  const data = {
    digest: "",
    bundle: bundle(schemaFiles(ROOT)),
    legal: read("legal_transitions.json"),
    policy: read("mode_policy.json"),
  };
  assert(withTables(text, data) === text);
  const [, ...fewer] = data.legal.transitions;
  assert(withTables(text, { ...data, legal: { transitions: fewer } }) !== text);
  const [backtest, ...modes] = data.policy.modes;
  const other = { ...backtest, kill_switch: true };
  assert(withTables(text, { ...data, policy: { modes: [other, ...modes] } }) !== text);
  const unmarked = text.replace("<!-- generated: mode_policy -->", "");
  assertThrows(() => withTables(unmarked, data), Error, "no place");
});

Deno.test("the generators of types are given no conditions, and variants that are written out", () => {
  const types = JSON.stringify(stripped(bundle(schemaFiles(ROOT))));
  for (const keyword of ["if", "then", "else", "allOf", "not", "pattern", "maxLength"]) {
    assert(!types.includes(`"${keyword}":`), keyword);
  }
  const variants = [...types.matchAll(/"oneOf":\[\{"(\$?\w+)"/g)].map(([, first]) => first);
  assertEquals(variants, ["type", "type"]);
});

Deno.test("tendon schema check finds the project sound, and diff no change", async () => {
  const { faults, checked } = await checkSchemas(ROOT);
  assertEquals(faults, []);
  assertEquals([checked.data, checked.generated], [2, GENERATED_FILES.length]);
  assert(checked.schemas > 20 && checked.documents > 100, JSON.stringify(checked));
  assertEquals(await exitCode("schema", "check", ROOT), 0);
  assertEquals(await exitCode("schema", "diff", ROOT), 0);
});

Deno.test("tendon schema check fails when schemas and generated types differ", async () => {
  await inCopy(async (root) => {
    change(
      root,
      "engine_event",
      (schema) => schema.$defs.TimerFired.properties.kind = { $ref: "#/$defs/Aggressor" },
    );
    const { faults } = await checkSchemas(root);
    const stale = faults.filter(({ kind }) => kind === "generated").map(({ place }) => place);
    assertEquals(stale, ["schemas/engine/bundle.schema.json", ...GENERATED_FILES]);
    assertEquals(await exitCode("schema", "check", root), 1);
  });
});

Deno.test("tendon schema check holds data against the schemas and the generated files", async () => {
  const edits: Array<[string, (data: Loose) => void, string, string[]]> = [
    ["legal_transitions", (data) => data.transitions.pop(), "", [DATA_TS]],
    ["legal_transitions", (data) => data.transitions[1].to = "lost", "allowed values", [DATA_TS]],
    ["legal_transitions", (data) => delete data.transitions, "transitions", [DATA_TS]],
    ["mode_policy", (data) => data.modes[0].early_fill = "imply", "", [DATA_TS]],
    ["mode_policy", (data) => data.modes.reverse(), "modes/0/mode", [DATA_TS]],
  ];
  for (const [name, edit, message, stale] of edits) {
    await inCopy(async (root) => {
      const path = join(root, SCHEMAS, `${name}.json`);
      const data = JSON.parse(readFileSync(path, "utf8"));
      edit(data);
      writeFileSync(path, JSON.stringify(data));
      const { faults } = await checkSchemas(root);
      const of = (kind: string) => faults.filter((fault) => fault.kind === kind);
      assertEquals(of("generated").map(({ place }) => place), stale);
      assertEquals(
        of("data").map(({ place }) => place),
        message ? [`${SCHEMAS}/${name}.json`] : [],
      );
      assertStringIncludes(of("data")[0]?.message ?? "", message);
      assertEquals(await exitCode("schema", "check", root), 1);
    }, [SCHEMAS, ...GENERATED_FILES]);
  }
  await inCopy(async (root) => {
    rmSync(join(root, SCHEMAS, "mode_policy.json"));
    const { faults } = await checkSchemas(root);
    assertEquals(faults.map(({ kind }) => kind), ["data", "generated"]);
  }, [SCHEMAS, ...GENERATED_FILES]);
});

Deno.test("tendon schema check finds types of Rust that were edited, and a bundle that was", async () => {
  for (const path of [RUST_TYPES, `${SCHEMAS}/bundle.schema.json`]) {
    await inCopy(async (root) => {
      const file = join(root, path), text = readFileSync(file, "utf8");
      writeFileSync(file, text.replace("Severity", "Severities"));
      const { faults } = await checkSchemas(root);
      assertEquals(faults.map(({ kind, place }) => [kind, place]), [["generated", path]]);
    }, [SCHEMAS, ...GENERATED_FILES]);
  }
});

Deno.test("tendon schema check lists what is wrong with schemas that do not compile", async () => {
  const breaks: Array<[(definitions: Loose) => void, string[]]> = [
    [(definitions) => definitions.Id.type = "text", ["schema", "house_rule", "data"]],
    [(definitions) => definitions.OrderStatus.pattern = "(", []], // only one of the two has it
  ];
  for (const [edit, kinds] of breaks) {
    await inCopy(async (root) => {
      change(root, "common", ({ $defs }) => edit($defs));
      const { faults } = await checkSchemas(root);
      assertEquals(faults.map(({ kind }) => kind), [...kinds, "data", "generated"]);
      assertStringIncludes(faults.at(-2)?.message ?? "", "cannot be validated");
    }, [SCHEMAS]);
  }
});

Deno.test("tendon schema check says what it looked at, of a folder with nothing but schemas too", async () => {
  await inCopy(async (root) => {
    const { code, out } = await run("schema", "check", root);
    assertEquals(code, 0);
    assertStringIncludes(out, "2 files of data, 0 documents, and the origin of 0 generated files");
    change(root, "common", (schema) => delete schema.$defs.Id.maxLength);
    assertEquals(await exitCode("schema", "check", root), 1);
  }, [SCHEMAS]);
});

Deno.test("tendon schema check fails when a fixture is not what its folder says", async () => {
  await inCopy(async (root) => {
    const path = join(root, "tests/contracts/engine/fixtures/valid/engine_event/trade.json");
    writeFileSync(path, readFileSync(path, "utf8").replace("100.5", "100.50"));
    const { faults: [fault, ...more] } = await checkSchemas(root);
    assertEquals(more, []);
    assertEquals(fault?.message, "expected no issue, found /body/data/price pattern");
  });
});

Deno.test("tendon schema diff passes what is compatible once its minor version says so", async () => {
  await inCopy(async (root) => {
    change(root, "common", (schema) => schema.$defs.Tif.enum.push("gtx"));
    change(root, "engine_intent", (schema) => {
      schema.properties.schema.enum = ["engine_intent/1.1"];
    });
    const { code, out } = await run("schema", "diff", root);
    assertEquals(code, 1);
    assert(!out.includes("EngineIntent"), out);
    assertStringIncludes(out, "CoreConfig has changed and needs version 1.1\n");
    for (const name of ["core_config", "core_snapshot"]) {
      change(root, name, (schema) => schema.properties.schema.enum = [`${name}/1.1`]);
    }
    assertEquals(await exitCode("schema", "diff", root), 0);
  }, [SCHEMAS]);
});

Deno.test("tendon schema diff lets no breaking change through", async () => {
  const path = (root: string, name: string) => join(root, "schemas/engine", `${name}.schema.json`);
  const version = (root: string, name: string, text: string) =>
    change(root, name, (schema) => schema.properties.schema.enum = [text]);
  const drop = (root: string) =>
    change(root, "engine_event", (schema) => delete schema.$defs.TimerFired.properties.kind);
  const breaks: Array<[string, string, (root: string) => void]> = [
    ["no new version", "EngineEvent has a breaking change and needs version 2.0", drop],
    [
      "a minor version alone",
      "EngineEvent has a breaking change and needs version 2.0",
      (root) => (drop(root), version(root, "engine_event", "engine_event/1.1")),
    ],
    [
      "a major version in the folder of v1",
      "EngineEvent says engine_event/2.0 under identifiers of v1",
      (root) => (drop(root), version(root, "engine_event", "engine_event/2.0")),
    ],
    [
      "a major version without any change",
      "EngineEvent says engine_event/2.0 under identifiers of v1",
      (root) => version(root, "engine_event", "engine_event/2.0"),
    ],
    [
      "a contract that is gone",
      "ReconciliationReport was released and is gone",
      (root) => rmSync(path(root, "reconciliation_report")),
    ],
    [
      "a contract with another name",
      'ReplayHeader was released as replay_header/1.0 and calls itself "replay_head"',
      (root) => version(root, "replay_header", "replay_head/1.0"),
    ],
    [
      "another name, a new major version and a member less",
      'ReplayHeader was released as replay_header/1.0 and calls itself "replay_head"',
      (root) => {
        version(root, "replay_header", "replay_head/2.0");
        change(root, "replay_header", (schema) => delete schema.properties.seed);
      },
    ],
    [
      "a member `schema` that says no version",
      "ReplayHeader was released as replay_header/1.0 and says no version",
      (root) => version(root, "replay_header", "replay_head"),
    ],
    [
      "a member `schema` that says two",
      "ReplayHeader was released as replay_header/1.0 and says no version",
      (root) =>
        change(root, "replay_header", (schema) => {
          schema.properties.schema.enum.push("replay_header/1.1");
        }),
    ],
    [
      "a contract without a version",
      "DivergenceEntry has a breaking change and no version to say so",
      (root) => change(root, "divergence_entry", (schema) => delete schema.properties.notes),
    ],
    [
      "a contract without a version that is gone",
      "DivergenceEntry was released and is gone",
      (root) => {
        rmSync(path(root, "divergence_entry"));
        rmSync(path(root, "divergence_entry.rules"));
      },
    ],
    [
      "a type that contracts with and without a version share",
      "DivergenceEntry has a breaking change and no version to say so",
      (root) => change(root, "common", (schema) => schema.$defs.Mode.enum.reverse()),
    ],
    [
      "a type that one contract has",
      "VenueSnapshot has a breaking change and needs version 2.0",
      (root) =>
        change(root, "venue_snapshot", (schema) => schema.$defs.VenuePosition.required.pop()),
    ],
    [
      "rules that forbid more",
      "EngineEvent has a breaking change and needs version 2.0",
      (root) =>
        change(root, "engine_event.rules", (schema) => {
          schema["x-checks"].push({ check: "positive", at: "/body/data/open", when: "market.bar" });
        }),
    ],
  ];
  for (const [what, message, edit] of breaks) {
    await inCopy(async (root) => {
      edit(root);
      const { code, out } = await run("schema", "diff", root);
      assertEquals(code, 1, what);
      assertStringIncludes(out, message, what);
    }, [SCHEMAS]);
  }
});

Deno.test("tendon schema takes no unknown command and no folder without schemas", async () => {
  const write = process.stderr.write;
  process.stderr.write = () => true;
  try {
    assertEquals(await exitCode("schema", "format"), 2);
    assertEquals(await exitCode("schema", "check", dirname(ROOT)), 2);
    assertEquals(await exitCode("schema", "diff", ROOT, "--against", "nothing.json"), 2);
  } finally {
    process.stderr.write = write;
  }
});

Deno.test("houseRuleFaults() names each rule that is broken", () => {
  const breaks: Array<[string, (event: Loose) => void]> = [
    ["an object is closed", (event) => event.additionalProperties = true],
    ["every member is required", (event) => event.required.pop()],
    [
      "a string has a maxLength or an enum",
      (event) => delete event.$defs.MarketBar.properties.timeframe.maxLength,
    ],
    [
      "an integer has bounds within 2^53 - 1",
      (event) => delete event.$defs.Producer.properties.index.maximum,
    ],
    [
      "an integer has bounds within 2^53 - 1",
      (event) => event.$defs.Producer.properties.index.maximum = 2 ** 53,
    ],
    [
      "a type is object, array, string, integer or boolean",
      (event) => event.properties.synthetic = { type: "number" },
    ],
    [
      'the keyword "const" is not used here',
      (event) => event.properties.schema.const = "engine_event/1.0",
    ],
    ['the keyword "if" is not used here', (event) => event.if = true],
    [
      "anyOf is one schema or null, in this order",
      (event) => event.properties.venue.anyOf.reverse(),
    ],
    [
      "variants are a definition of their own",
      (event) => event.properties.body = event.$defs.EventBody,
    ],
    [
      "a variant is {type, data}, with one type of its own",
      (event) => event.$defs.EventBody.oneOf[0].properties.type.enum.push("x"),
    ],
    [
      "a variant is {type, data}, with one type of its own",
      (event) => event.$defs.EventBody.oneOf[0] = event.$defs.EventBody.oneOf[1],
    ],
    [
      "a reference stays within the contracts",
      (event) => event.properties.trace = { $ref: "urn:other#/$defs/Trace" },
    ],
    [
      "a reference is local or a URN",
      (event) => event.properties.trace = { $ref: "https://example.com/trace" },
    ],
    [
      'the version is "engine_event/1." and a minor number',
      (event) => event.properties.schema.enum = ["engine_event/2.0"],
    ],
    [
      'the version is "engine_event/1." and a minor number',
      (event) => event.properties.schema.enum = ["event/1.0"],
    ],
    ["an array says what its items are", (event) => event.properties.trace = { type: "array" }],
    [
      "the dialect is 2020-12",
      (event) => event.$schema = "http://json-schema.org/draft-07/schema#",
    ],
  ];
  assertEquals(houseRuleFaults(schemaFiles(ROOT)), []);
  for (const [rule, edit] of breaks) {
    const files = structuredClone(schemaFiles(ROOT));
    edit(files.find(({ name }) => name === "engine_event")!.schema);
    assert(houseRuleFaults(files).some((fault) => fault.rule === rule), rule);
  }
});

Deno.test("houseRuleFaults() wants arrays that stand for maps to be sorted by their key", () => {
  const faults = (edit: (named: (name: string) => Loose) => void) => {
    const files = structuredClone(schemaFiles(ROOT));
    edit((name) => files.find((file) => file.name === name)!.schema);
    return houseRuleFaults(files);
  };
  const checks = (name: string) =>
    schemaFiles(ROOT).find((file) => file.name === `${name}.rules`)!.schema["x-checks"] as Loose[];
  let sorted = 0;
  for (const name of ["checkpoint", "core_config", "core_snapshot", "venue_snapshot"]) {
    for (const [index, { check, at, by }] of checks(name).entries()) {
      // What names venue orders may be null, and the keys of metadata are in one place only.
      if (check !== "sorted" || by === "venue_order_id" || by === "key") continue;
      const expected = [{
        place: `${name}#${at}`,
        rule: `an array that stands for a map is sorted by "${by}"`,
      }];
      const rules = `${name}.rules`;
      assertEquals(faults((named) => named(rules)["x-checks"].splice(index, 1)), expected);
      assertEquals(faults((named) => named(rules)["x-checks"][index].check = "unique"), expected);
      sorted++;
    }
  }
  assert(sorted > 10, `${sorted} maps`);
  assertEquals(
    faults((named) => {
      named("engine_event").$defs.MarketBar.properties.fees = {
        type: "array",
        items: { $ref: "urn:tendon:contracts:engine:v1:common#/$defs/CurrencyAmount" },
      };
      named("engine_event").$defs.MarketBar.required.push("fees");
    }).map(({ place }) => place),
    ["engine_event#/body/data/fees"],
  );
  const gone = { rule: "what is sorted is an array that is there" };
  assertEquals(
    faults((named) => named("checkpoint.rules")["x-checks"][2].at = "/metadatas"),
    [{ place: "checkpoint.rules#/metadatas", ...gone }],
  );
  assertEquals(
    faults((named) => named("checkpoint.rules")["x-checks"][2].by = "name"),
    [{ place: "checkpoint.rules#/metadata", ...gone }],
  );
});

Deno.test("diffBundles() tells compatible changes from breaking ones", () => {
  const changes: Array<["compatible" | "breaking", string, (defs: Loose) => void]> = [
    [
      "compatible",
      "nullable member added",
      (d) => d.TimerFired.properties.note = { anyOf: [{ $ref: "#/$defs/Id" }, { type: "null" }] },
    ],
    ["compatible", "values added at the end", (d) => d.TimerKind.enum.push("late")],
    ["compatible", "limit widened", (d) => d.Reason.maxLength = 512],
    ["compatible", "limit widened", (d) => d.Producer.properties.index.minimum = -1],
    ["compatible", "limit widened", (d) => delete d.Reason.maxLength],
    ["compatible", "variant added at the end", (d) => d.EventBody.oneOf.push({ type: "object" })],
    ["compatible", "definition added", (d) => d.Extra = { type: "boolean" }],
    [
      "breaking",
      "member added that cannot be null",
      (d) => d.TimerFired.properties.note = { $ref: "#/$defs/Id" },
    ],
    ["breaking", "member removed", (d) => delete d.TimerFired.properties.kind],
    ["breaking", "values changed", (d) => d.TimerKind.enum.reverse()],
    ["breaking", "values changed", (d) => d.TimerKind.enum.pop()],
    ["breaking", "limit narrowed", (d) => d.Reason.maxLength = 255],
    ["breaking", "limit narrowed", (d) => d.Producer.properties.index.minimum = 1],
    ["breaking", "limit narrowed", (d) => d.Fee.properties.amount.maxLength = 9],
    ["breaking", "changed", (d) => d.Id.pattern = "^a$"],
    ["breaking", "changed", (d) => d.TimerFired.properties.kind = { $ref: "#/$defs/Aggressor" }],
    ["breaking", "variant removed", (d) => d.EventBody.oneOf.pop()],
    ["breaking", "definition removed", (d) => delete d.TimerKind],
    ["breaking", "definition added", (d) => d.ReplayHeaderRules = { type: "object" }],
    ["breaking", "keyword added", (d) => d.Index.exclusiveMaximum = 5],
    ["breaking", "keyword removed", (d) => delete d.Id.pattern],
  ];
  const before = bundle(schemaFiles(ROOT));
  assertEquals(diffBundles(before, before), { changes: [], unversioned: [] });
  for (const [kind, text, edit] of changes) {
    const after = structuredClone(before) as Loose;
    edit(after.$defs);
    const diff = diffBundles(before, after as JsonObject);
    assertEquals(diff.changes.map(({ kind, change }) => [kind, change]), [[kind, text]], text);
  }
  const remark = structuredClone(before) as Loose;
  remark.$defs.Id.description = "Another text.";
  assertEquals(diffBundles(before, remark).changes, []);
});

Deno.test("diffBundles() asks for a minor version for what is compatible, a major one for the rest", () => {
  const before = bundle(schemaFiles(ROOT));
  const unversioned = (edit: (defs: Loose) => void, id = before["$id"]) => {
    const after = structuredClone(before) as Loose;
    after.$id = id;
    edit(after.$defs);
    return diffBundles(before, after).unversioned.map(({ contract }) => contract);
  };
  const wider = (d: Loose) => d.TimerKind.enum.push("late");
  const other = (d: Loose) => d.TimerKind.enum.reverse();
  const version = (d: Loose, text: string) =>
    d.EngineEvent.properties.schema.enum = [`engine_event/${text}`];
  assertEquals(unversioned(wider), ["EngineEvent"]);
  assertEquals(unversioned((d) => (wider(d), version(d, "1.1"))), []);
  assertEquals(unversioned((d) => (other(d), version(d, "1.1"))), ["EngineEvent"]);
  assertEquals(unversioned((d) => (other(d), version(d, "2.0"))), ["EngineEvent"]);
  assertEquals(unversioned((d) => version(d, "0.9")), ["EngineEvent"]);
  assert(unversioned((d) => d.Currency.pattern = "^x$").includes("CoreSnapshot"));
  const added = (d: Loose) => {
    d.Extra = structuredClone(d.ReplayHeader);
    d.ExtraRules = { type: "object" };
  };
  assertEquals(unversioned(added), []);

  // A bundle of version 2 takes what is breaking, of documents that are of version 2 as well.
  const v2 = "urn:tendon:contracts:engine:v2:bundle";
  const raised = (d: Loose) => {
    for (const definition of Object.values(d) as Loose[]) {
      const values = definition.properties?.schema?.enum;
      if (values !== undefined) values[0] = values[0].replace("/1.0", "/2.0");
    }
  };
  assertEquals(unversioned((d) => (other(d), raised(d)), v2), []);
  assertEquals(unversioned((d) => (other(d), raised(d), version(d, "1.1")), v2), ["EngineEvent"]);
  assertEquals(unversioned((d) => (raised(d), d.Mode.enum.reverse()), v2), []);
});
