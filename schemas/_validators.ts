/**
 * Validators as source text, so that nothing is compiled or evaluated at run time.
 *
 * @module
 */

import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import type { JsonObject } from "../src/contracts/json/value.ts";
import { URN } from "../src/contracts/schema/bundle.ts";
import type { Plan } from "../src/contracts/schema/plan.ts";
import { CHECKS } from "./_plan.ts";

/**
 * ajv, as strict as it gets.
 *
 * @param strict whether schemas that it finds careless are errors, as ours must not be
 */
export function strictAjv(strict = true): Ajv2020 {
  const ajv = new Ajv2020({
    strict,
    allErrors: true,
    allowUnionTypes: true,
    inlineRefs: false,
    messages: false,
    code: { source: true, esm: true, lines: true },
  });
  ajv.addVocabulary([CHECKS]);
  return ajv;
}

/** The module that holds every validator of a plan. */
export function validatorModule(plan: Plan): string {
  const ajv = strictAjv();
  ajv.addSchema(plan.parts);
  const shapes: Record<string, string> = {};
  const rules: Record<string, string> = {};
  const exports: Record<string, string> = {};
  const add = (table: Record<string, string>, kind: string, key: string, schema: JsonObject) => {
    const id = `${URN}${kind}/${key}`;
    const name = `v${Object.keys(exports).length}`;
    ajv.addSchema({ ...schema, $id: id }, id);
    exports[name] = id;
    table[key] = name;
  };
  for (const [name, { schemas, rules: conditions }] of Object.entries(plan.documents)) {
    for (const [type, schema] of Object.entries(schemas)) {
      add(shapes, "shape", type === "" ? name : `${name}/${type}`, schema);
    }
    if (conditions !== null) add(rules, "rules", name, conditions);
  }
  const code = standalone.default(ajv, exports)
    .replace('"use strict";', "")
    .replace(
      /^const (func\d+) = require\("ajv\/dist\/runtime\/ucs2length"\)\.default;$/gm,
      'import { codePoints as $1 } from "../schema/ajv_runtime.ts";',
    )
    // What ajv writes out at every issue makes half of its code.
    .replace(
      /const (err\d+) = (.*);\nif\(vErrors === null\)\{\nvErrors = \[\1\];\n\}\nelse \{\nvErrors\.push\(\1\);\n\}/g,
      "vErrors = add(vErrors, $2);",
    );
  if (/\brequire\(/.test(code)) throw new Error("The validators require something at run time");
  return `// deno-lint-ignore-file
// @ts-nocheck: code of ajv, checked where it is used.
import { addError as add } from "../schema/ajv_runtime.ts";
${code}
/** Validator of the shape by document, or document and type. */
export const SHAPES = { ${table(shapes)} };

/** Validator of the conditions by document. */
export const RULES = { ${table(rules)} };
`;
}

function table(names: Readonly<Record<string, string>>): string {
  return Object.entries(names).map(([key, name]) => `"${key}": ${name}`).join(", ");
}
