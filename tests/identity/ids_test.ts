import { assert, assertEquals, assertThrows } from "@std/assert";
import { AgentId, MachineId } from "../../src/identity/mod.ts";
import { test } from "../harness.ts";

const HEX = "00ff".repeat(16);

test("AgentId.fromHex() accepts either case and prints lower case", () => {
  const id = AgentId.fromHex(HEX.toUpperCase());
  assertEquals(id.toHex(), HEX);
  assertEquals(`${id}`, HEX);
  assertEquals(JSON.stringify({ id }), `{"id":"${HEX}"}`);
});

test("AgentId.fromBytes() is the inverse of toBytes()", () => {
  const id = AgentId.fromHex(HEX);
  assertEquals(AgentId.fromBytes(id.toBytes()).toHex(), HEX);
});

test("AgentId.equals() compares content", () => {
  assert(AgentId.fromHex(HEX).equals(AgentId.fromHex(HEX)));
  assert(!AgentId.fromHex(HEX).equals(AgentId.fromHex("11".repeat(32))));
});

test("AgentId.fromHex() refuses what is not 64 digits", () => {
  for (const text of ["", "00", HEX + "0", HEX.slice(1), "g".repeat(64), " " + HEX.slice(1)]) {
    assertThrows(() => AgentId.fromHex(text), SyntaxError, "64 hexadecimal digits");
  }
  assertThrows(() => AgentId.fromHex(undefined as unknown as string), TypeError);
});

test("MachineId.fromBytes() refuses what is not 32 bytes", () => {
  assertThrows(() => MachineId.fromBytes(new Uint8Array(31)), RangeError, "31");
});
