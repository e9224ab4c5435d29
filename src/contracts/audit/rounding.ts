/**
 * The engine's decimals as those of the contracts: up to 28 digits there, up to 18 here.
 *
 * @module
 */

import { decimalText, divideHalfEven, isDecimal, moneyText } from "../core/decimal.ts";

/** Digits behind the point that the engine's decimals may have. */
const ENGINE_PLACES = 28;
/** Digits behind the point that the contracts' may have, and digits in all. */
const PLACES = 12;
const DIGITS = 18;
/** Digits behind the point that an amount of money may have. */
const MONEY_PLACES = 24;

const NUMBER = /^([+-]?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/;

/** A number as `digits / 10^scale`. */
interface Parts {
  readonly digits: bigint;
  readonly scale: number;
}

/** A number on the contracts' grid. */
export interface Rounded {
  /** At 12 places. */
  readonly value: bigint;
  /** Whether it is the number itself. */
  readonly exact: boolean;
}

function parts(number: string | number): Parts {
  const match = NUMBER.exec(String(number));
  if (match === null) throw new TypeError(`Cannot read a decimal: current value is "${number}"`);
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

function round({ digits, scale }: Parts): Rounded | null {
  const whole = (digits < 0n ? -digits : digits) / 10n ** BigInt(scale);
  const places = Math.min(PLACES, DIGITS - (whole === 0n ? 0 : whole.toString().length));
  if (places < 0) return null;
  const dropped = scale - places;
  const kept = dropped <= 0 ? digits : divideHalfEven(digits, 10n ** BigInt(dropped));
  const value = kept * 10n ** BigInt(PLACES - Math.min(scale, places));
  const exact = dropped <= 0 || kept * 10n ** BigInt(dropped) === digits;
  return isDecimal(value) ? { value, exact } : null;
}

/** A decimal of the engine as an integer at 28 places. */
export function readExact(number: string): bigint {
  const { digits, scale } = parts(number);
  return digits * 10n ** BigInt(ENGINE_PLACES - scale);
}

/** Rounds an integer at 28 places, half to even; null beyond 18 digits before the point. */
export function roundExact(exact: bigint): Rounded | null {
  return round({ digits: exact, scale: ENGINE_PLACES });
}

/** An integer at 12 places, at 28. */
export function toExact(value: bigint): bigint {
  return value * 10n ** BigInt(ENGINE_PLACES - PLACES);
}

/** A decimal of the engine as a Money, half to even. */
export function moneyOf(number: string): string {
  return moneyText(divideHalfEven(readExact(number), 10n ** BigInt(ENGINE_PLACES - MONEY_PLACES)));
}

/** Makes Decimals and counts those that are not the numbers they were made of. */
export class Rounding {
  /** Numbers that were changed. */
  count = 0;

  /**
   * A number as a Decimal, half to even, with 12 digits behind the point, or fewer where more than six
   * stand before it.
   *
   * @param number plain text, or a double in its shortest form
   * @returns null beyond 18 digits before the point
   */
  decimal(number: string | number): string | null {
    const rounded = round(parts(number));
    if (rounded === null) return null;
    if (!rounded.exact) this.count++;
    return decimalText(rounded.value);
  }

  /** As {@linkcode Rounding.decimal}, for what no record can do without. */
  required(what: string, number: string): string {
    const text = this.decimal(number);
    if (text !== null) return text;
    throw new RangeError(
      `Cannot record ${what} as it must have at most ${DIGITS} digits before the point: ` +
        `current value is ${number}`,
    );
  }
}
