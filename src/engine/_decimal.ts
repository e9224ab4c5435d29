/**
 * Decimals at the edge: numbers and bigints to plain decimal text.
 *
 * @module
 */

import { show } from "../_check.ts";
import type { Decimal, DecimalInput } from "./types.ts";

const PLAIN = /^[+-]?\d+(?:\.\d+)?$/;
const EXPONENT = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/;

/**
 * Plain decimal text of a value: strings as they are, numbers in their shortest form.
 *
 * @throws {TypeError} If the value is no decimal.
 */
export function decimalText(action: string, name: string, value: DecimalInput): Decimal {
  if (typeof value === "string" && PLAIN.test(value)) return value;
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && Number.isFinite(value)) return withoutExponent(String(value));
  throw new TypeError(
    `Cannot ${action} as ${name} must be a decimal such as "0.001": current value is ${
      show(value)
    }`,
  );
}

/** `1.5e-7` as `0.00000015`. */
function withoutExponent(text: string): Decimal {
  const match = EXPONENT.exec(text);
  if (match === null) return text;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, "0");
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
