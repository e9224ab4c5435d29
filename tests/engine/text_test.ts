import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decimalReader, decimalText } from "../../src/engine/_decimal.ts";
import { timeText } from "../../src/engine/_time.ts";
import { test } from "../harness.ts";

test("decimalText() writes numbers without an exponent and keeps their value", () => {
  assertEquals(decimalText("test", "value", 1.5e-7), "0.00000015");
  assertEquals(decimalText("test", "value", -2e21), "-2000000000000000000000");
  assertEquals(decimalText("test", "value", 1.25e21), "1250000000000000000000");
  assertEquals(decimalText("test", "value", 12n), "12");
  assertEquals(decimalText("test", "value", "0.10"), "0.10");
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    const text = decimalText("test", "value", value);
    assertEquals(/^-?\d+(\.\d+)?$/.test(text), true, text);
    assertEquals(Number(text), value === 0 ? 0 : value);
  }));
});

test("decimalText() refuses what is not a plain decimal", () => {
  for (const value of ["", "1e5", "1,5", " 1", ".5", "5.", "NaN"]) {
    assertThrows(() => decimalText("test", "value", value), TypeError, "Cannot test as value");
  }
  for (const value of [NaN, Infinity, null, undefined, {}]) {
    assertThrows(() => decimalText("test", "value", value as number), TypeError);
  }
});

test("timeText() writes as many digits as needed", () => {
  assertEquals(timeText(0n), "1970-01-01T00:00:00Z");
  assertEquals(timeText(1742944020773674205n), "2025-03-25T23:07:00.773674205Z");
  assertEquals(timeText(1742944020773000000n), "2025-03-25T23:07:00.773Z");
  assertEquals(timeText(1742944020773674000n), "2025-03-25T23:07:00.773674Z");
  assertEquals(timeText(1742944020000000100n), "2025-03-25T23:07:00.000000100Z");
  assertEquals(timeText(-1n), "1969-12-31T23:59:59.999999999Z");
});

test("decimalReader() reads what Rust writes", () => {
  // `Decimal::serialize()` of -1.10, 0.00, 79228162514264337593543950335 and 1e-28.
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (2 << 16) | (1 << 31), true);
  view.setUint32(4, 110, true);
  view.setUint32(16, 2 << 16, true);
  for (const at of [36, 40, 44]) view.setUint32(at, 2 ** 32 - 1, true);
  view.setUint32(48, 28 << 16, true);
  view.setUint32(52, 1, true);
  const read = decimalReader(bytes);
  assertEquals([read(), read(), read(), read()], [
    "-1.1",
    "0",
    "79228162514264337593543950335",
    "0.0000000000000000000000000001",
  ]);
});
