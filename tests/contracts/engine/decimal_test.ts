/**
 * Exact decimals.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  asMoney,
  average,
  decimalText,
  divideHalfEven,
  isDecimal,
  money,
  moneyText,
  Overflow,
  readDecimal,
  readMoney,
} from "../../../src/contracts/core/decimal.ts";
import { test } from "../../harness.ts";

test("canonical text is read and written without a change", () => {
  for (const text of ["0", "-1", "0.5", "123456.000000000001", "999999999999999999", "-0.1"]) {
    assertEquals(decimalText(readDecimal(text)), text);
    assertEquals(moneyText(readMoney(text)), text);
    assertEquals(asMoney(readDecimal(text)), readMoney(text));
  }
  assertEquals(moneyText(readMoney("0.000000000000000000000001")), "0.000000000000000000000001");
});

test("what is written is read back as it was", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), (value) => {
      assertEquals(readDecimal(decimalText(value)), value);
      assertEquals(readMoney(moneyText(value)), value);
    }),
  );
});

test("halves are rounded to the even neighbour, on both sides of zero", () => {
  const found = [5n, 15n, 25n, -5n, -15n, -25n, 24n, 26n, -26n].map((n) => divideHalfEven(n, 10n));
  assertEquals(found, [0n, 2n, 2n, 0n, -2n, -2n, 2n, 3n, -3n]);
  assertEquals([divideHalfEven(15n, -10n), divideHalfEven(-15n, -10n)], [-2n, 2n]);
});

test("a decimal has at most 18 digits, counted without needless zeros", () => {
  assertEquals(isDecimal(readDecimal("999999999999999999")), true);
  assertEquals(isDecimal(readDecimal("1000000000000000000")), false);
  assertEquals(isDecimal(readDecimal("100000000000000000")), true);
  assertEquals(isDecimal(readDecimal("123456.000000000001")), true);
  assertEquals(isDecimal(readDecimal("1234567.000000000001")), false);
  assertEquals(isDecimal(readDecimal("1234567.00000000001")), true);
});

test("money has at most 14 digits before the point", () => {
  assertEquals(money(readMoney("99999999999999.5")), readMoney("99999999999999.5"));
  assertThrows(() => money(readMoney("100000000000000")), Overflow);
  assertThrows(() => money(readMoney("-100000000000000")), Overflow);
  assertThrows(() => average(10n ** 38n - 1n, 1n), Overflow);
});
