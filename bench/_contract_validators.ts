/**
 * Validators of an engine event, side by side: ours, and those that other libraries make at run time
 * of the same schema. Only ours goes on to rules and checks that a schema cannot say.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import Type, { type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { z, type ZodType } from "zod";
import { shapeIssues } from "../src/contracts/schema/shape.ts";
import type { Json } from "../src/contracts/json/value.ts";
import { validateContract } from "../src/contracts/mod.ts";
import { type Builder, built } from "./_schema_walk.ts";

/** Whether a value is an engine event. */
export type Validator = (value: unknown) => boolean;

const zod: Builder<ZodType> = {
  text: ({ minLength, maxLength, pattern }) => {
    let text = z.string();
    if (minLength !== undefined) text = text.min(minLength);
    if (maxLength !== undefined) text = text.max(maxLength);
    return pattern === undefined ? text : text.regex(new RegExp(pattern, "u"));
  },
  words: (words) => z.enum([...words]),
  integer: (minimum, maximum) => z.int().min(minimum).max(maximum),
  flag: () => z.boolean(),
  orNull: (inner) => inner.nullable(),
  object: (members) => z.strictObject(members),
  variants: (data) => {
    const [first, ...others] = Object.entries(data).map(([type, data]) =>
      z.strictObject({ type: z.literal(type), data })
    );
    if (first === undefined) throw new TypeError("There is no variant");
    return z.discriminatedUnion("type", [first, ...others]);
  },
};

const closed = { additionalProperties: false };
const typebox: Builder<TSchema> = {
  text: ({ minLength, maxLength, pattern }) =>
    Type.String({
      ...(minLength !== undefined && { minLength }),
      ...(maxLength !== undefined && { maxLength }),
      ...(pattern !== undefined && { pattern }),
    }),
  words: (words) => Type.Union(words.map((word) => Type.Literal(word))),
  integer: (minimum, maximum) => Type.Integer({ minimum, maximum }),
  flag: () => Type.Boolean(),
  orNull: (inner) => Type.Union([inner, Type.Null()]),
  object: (members) => Type.Object(members, closed),
  variants: (data) =>
    Type.Union(
      Object.entries(data).map(([type, data]) =>
        Type.Object({ type: Type.Literal(type), data }, closed)
      ),
    ),
};

function ajv(): Validator {
  const read = (name: string) =>
    JSON.parse(
      readFileSync(new URL(`../schemas/engine/${name}.schema.json`, import.meta.url), "utf8"),
    );
  // As a program does that only wants to know whether a document is valid.
  const compiler = new Ajv2020({ strict: false });
  compiler.addSchema(read("common"));
  const validate = compiler.compile(read("engine_event"));
  return (value) => validate(value) === true;
}

/** By name; the first is ours as everybody calls it. */
export function eventValidators(): Readonly<Record<string, Validator>> {
  const withZod = built("EngineEvent", zod);
  const withTypebox = Compile(built("EngineEvent", typebox));
  return {
    "ours": (value) => validateContract("engine_event", value as Json).length === 0,
    "ours, shape alone": (value) => shapeIssues("engine_event", value as Json).length === 0,
    "ajv, compiled at run time": ajv(),
    "typebox": (value) => withTypebox.Check(value),
    "zod": (value) => withZod.safeParse(value).success,
  };
}

const corpus = new URL("../tests/contracts/engine/fixtures/", import.meta.url);

/** Documents of the corpus that every validator must tell apart. */
export async function eventCorpus(): Promise<readonly { valid: boolean; document: unknown }[]> {
  const found: { valid: boolean; document: unknown }[] = [];
  for (const kind of ["valid", "invalid"] as const) {
    const folder = new URL(`${kind}/engine_event/`, corpus);
    for await (const { name } of Deno.readDir(folder)) {
      const file = JSON.parse(await Deno.readTextFile(new URL(name, folder)));
      const document = kind === "valid" ? file : file.document;
      if (document === undefined) continue; // What is no JSON does not come so far.
      found.push({ valid: shapeIssues("engine_event", document).length === 0, document });
    }
  }
  return found;
}
