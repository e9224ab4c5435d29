/**
 * The corpus of valid and invalid documents, through both validators.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { callSync } from "../../ffi/call.ts";
import { tryParseJson } from "../../src/contracts/json/json.ts";
import {
  CONTRACT_NAMES,
  type ContractIssue,
  type ContractName,
  validateContract,
} from "../../src/contracts/schema/validation.ts";
import { PLAN } from "../../src/contracts/generated/plan.ts";
import { ContractError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { damaged } from "./engine/_damage.ts";

const FIXTURES = fileURLToPath(new URL("./engine/fixtures", import.meta.url));

interface Invalid {
  readonly document: unknown;
  readonly text: string | null;
  readonly invalid: { readonly path: string; readonly keyword: string };
}

function* fixtures(kind: "valid" | "invalid") {
  for (const name of readdirSync(join(FIXTURES, kind)).sort() as ContractName[]) {
    for (const file of readdirSync(join(FIXTURES, kind, name)).sort()) {
      yield {
        name,
        file: `${kind}/${name}/${file}`,
        content: JSON.parse(readFileSync(join(FIXTURES, kind, name, file), "utf8")),
      };
    }
  }
}

function typescript(name: ContractName, text: string): ContractIssue[] {
  const { value, issue } = tryParseJson(text);
  return issue === null ? validateContract(name, value) : [issue];
}

function rust(name: string, texts: readonly string[]): ContractIssue[][] {
  const attachment = new TextEncoder().encode(texts.map((text) => `${text}\n`).join(""));
  const { verdicts } = callSync("contracts.validate", { name }, { action: "validate", attachment });
  return verdicts as unknown as ContractIssue[][];
}

test("validateContract() accepts every valid fixture, in both languages", () => {
  for (const { name, file, content } of fixtures("valid")) {
    const text = JSON.stringify(content);
    assertEquals(typescript(name, text), [], file);
    assertEquals(rust(name, [text]), [[]], file);
  }
});

test("validateContract() refuses every invalid fixture for its reason, the same in both languages", () => {
  for (const { name, file, content } of fixtures("invalid")) {
    const { document, text, invalid } = content as Invalid;
    const input = text ?? JSON.stringify(document);
    const issues = typescript(name, input);
    assertEquals([issues[0]?.pointer, issues[0]?.keyword], [invalid.path, invalid.keyword], file);
    const strip = (issue: ContractIssue) => text === null ? issue : { ...issue, message: "" };
    assertEquals(rust(name, [input])[0]!.map(strip), issues.map(strip), file);
  }
});

test("every document and every variant has a valid fixture, every document an invalid one", () => {
  const seen = new Set<string>();
  for (const { name, content } of fixtures("valid")) {
    const type = content.body?.type;
    seen.add(type === undefined ? name : `${name}/${type}`);
  }
  const refused = new Set([...fixtures("invalid")].map(({ name }) => name));
  for (const name of CONTRACT_NAMES) {
    const { variants } = PLAN[name]!;
    for (const variant of variants) assert(seen.has(`${name}/${variant}`), `${name}/${variant}`);
    if (variants.length === 0) assert(seen.has(name), name);
    assert(refused.has(name), name);
  }
});

test("both validators agree on documents with one value changed at random", () => {
  let state = 1;
  const random = (below: number) => (state = (state * 48271) % 2147483647) % below;
  const byName = new Map<ContractName, string[]>();
  for (const { name, content } of fixtures("valid")) {
    const texts = byName.get(name) ?? [];
    for (let round = 0; round < 40; round++) {
      texts.push(JSON.stringify(damaged(content, random(100_000), random(120))));
    }
    byName.set(name, texts);
  }
  for (const [name, texts] of byName) {
    const verdicts = rust(name, texts);
    texts.forEach((text, index) =>
      assertEquals(verdicts[index], typescript(name, text), `${name} ${text}`)
    );
  }
});

test("contracts.validate refuses a name that is not known, and takes no lines", () => {
  const error = assertThrows(() => rust("order", ["{}"]), ContractError);
  assertEquals(error.code, "contract_unknown");
  assertEquals(rust("engine_event", []), []);
});
