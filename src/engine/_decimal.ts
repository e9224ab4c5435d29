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

/** A decimal as an integer of its smallest digit and the number of digits behind the point. */
function scaled(text: Decimal): { readonly mantissa: bigint; readonly scale: number } {
  const [whole = "", fraction = ""] = text.split(".");
  return { mantissa: BigInt((whole + fraction).replace(/^\+/, "")), scale: fraction.length };
}

/** Plain text without needless zeros or a plus sign: equal decimals have equal texts. */
export function normalDecimal(text: Decimal): Decimal {
  const { mantissa, scale } = scaled(text);
  return fromParts(mantissa < 0n ? -mantissa : mantissa, scale, mantissa < 0n);
}

/** `a - b`, exactly. */
export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  const left = scaled(a), right = scaled(b);
  const scale = Math.max(left.scale, right.scale);
  const difference = left.mantissa * 10n ** BigInt(scale - left.scale) -
    right.mantissa * 10n ** BigInt(scale - right.scale);
  return fromParts(difference < 0n ? -difference : difference, scale, difference < 0n);
}

/** Below, equal to or above 0 as `a` is below, equal to or above `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const difference = subtractDecimals(a, b);
  return difference === "0" ? 0 : difference.startsWith("-") ? -1 : 1;
}

/**
 * Reads the decimals of a column one after another: 16 bytes each, flags (scale in bits 16 to 23,
 * sign in bit 31) and the 96-bit mantissa, little-endian. The text has no trailing zeros.
 */
export function decimalReader(bytes: Uint8Array): () => Decimal {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  return () => {
    const flags = view.getUint32(at, true);
    const low = view.getUint32(at + 4, true);
    const middle = view.getUint32(at + 8, true);
    const high = view.getUint32(at + 12, true);
    at += 16;
    // Nearly all fit in a double, which is several times faster.
    const mantissa = high === 0 && middle < 2 ** 21
      ? middle * 2 ** 32 + low
      : (BigInt(high) << 64n) | (BigInt(middle) << 32n) | BigInt(low);
    return fromParts(mantissa, (flags >> 16) & 0xff, flags >>> 31 === 1);
  };
}

function fromParts(mantissa: bigint | number, scale: number, negative: boolean): Decimal {
  if (!mantissa) return "0";
  const digits = mantissa.toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  return `${negative ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
