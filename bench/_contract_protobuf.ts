/**
 * Engine events in a binary form: protobuf messages made of the same schema, with optional members
 * for what may be null and a `oneof` for the body.
 *
 * @module
 */

import {
  create,
  createFileRegistry,
  type DescMessage,
  fromBinary,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import type { EngineEvent } from "../src/contracts/generated/types.ts";
import { type Builder, built } from "./_schema_walk.ts";

/** A member as a message declares it. */
interface Field {
  readonly type: Type;
  readonly typeName?: string;
}

const messages: { name: string; fields: (Field & { name: string })[]; oneof: boolean }[] = [];

function declare(name: string, members: Readonly<Record<string, Field>>, oneof: boolean): Field {
  const typeName = name.replaceAll(".", "_");
  if (!messages.some((message) => message.name === typeName)) {
    const fields = Object.entries(members).map(([name, field]) => ({ name, ...field }));
    messages.push({ name: typeName, fields, oneof });
  }
  return { type: Type.MESSAGE, typeName: `.bench.${typeName}` };
}

const text: Field = { type: Type.STRING };
const builder: Builder<Field> = {
  text: () => text,
  words: () => text,
  integer: (_, maximum) => ({ type: maximum < 2 ** 32 ? Type.UINT32 : Type.UINT64 }),
  flag: () => ({ type: Type.BOOL }),
  orNull: (inner) => inner,
  object: (members, name) => declare(name, members, false),
  variants: (data, name) =>
    declare(
      name,
      Object.fromEntries(Object.entries(data).map(([type, field]) => [memberOf(type), field])),
      true,
    ),
};

/** `market.bar` as the name of a member. */
const memberOf = (type: string) => type.replace(".", "_");
const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

function schema(): DescMessage {
  built("EngineEvent", builder);
  const messageType = messages.map(({ name, fields, oneof }) => ({
    name,
    field: fields.map(({ name, type, typeName }, at) => ({
      name,
      number: at + 1,
      label: Label.OPTIONAL,
      type,
      ...(typeName !== undefined && { typeName }),
      ...(oneof && { oneofIndex: 0 }),
    })),
    oneofDecl: oneof ? [{ name: "kind" }] : [],
  } as unknown as DescriptorProto));
  const file = create(FileDescriptorProtoSchema, {
    name: "bench.proto",
    package: "bench",
    syntax: "proto2",
    messageType,
  });
  const found = createFileRegistry(file, () => undefined).getMessage("bench.EngineEvent");
  if (found === undefined) throw new TypeError("There is no EngineEvent");
  return found;
}

const EVENT = schema();

/** A value as the initial members of a message. */
function initial(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value ?? undefined;
  const { type, data } = value as { type?: string; data?: unknown };
  if (typeof type === "string" && data !== undefined) {
    return { kind: { case: camel(memberOf(type)), value: initial(data) } };
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [camel(name), initial(member)]),
  );
}

/** An event as a message. */
export function toMessage(event: EngineEvent): Message {
  return create(EVENT, initial(event) as Record<string, never>);
}

/** Writes a message. */
export function encode(message: Message): Uint8Array {
  return toBinary(EVENT, message);
}

/** Reads a message. */
export function decode(bytes: Uint8Array): Message {
  return fromBinary(EVENT, bytes);
}
