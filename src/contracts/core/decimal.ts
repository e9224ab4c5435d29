/**
 * Exact decimals as scaled integers: quantities and prices at 12 places, money at 24.
 *
 * @module
 */

const PLACES = 12;
const UNIT = 10n ** 12n;
/** Decimals have at most 18 digits in all. */
const DECIMAL_LIMIT = 10n ** 18n;
/** Money has at most 14 digits before the point, and 24 after it. */
const MONEY_LIMIT = 10n ** 38n;

/** A result that its type cannot hold; the event or intent is rejected with DECIMAL_OVERFLOW. */
export class Overflow extends Error {}

/** The integer behind canonical text at a number of places. */
function scaled(text: string, places: number): bigint {
  const point = text.indexOf(".");
  if (point < 0) return BigInt(text + "0".repeat(places));
  return BigInt(text.slice(0, point) + text.slice(point + 1).padEnd(places, "0"));
}

function text(value: bigint, places: number): string {
  if (value === 0n) return "0";
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, -places);
  let end = digits.length;
  while (end > whole.length && digits.charCodeAt(end - 1) === 48) end--;
  const fraction = digits.slice(whole.length, end);
  return `${negative ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Reads a Decimal: an integer at 12 places. */
export function readDecimal(value: string): bigint {
  return scaled(value, PLACES);
}

/** Reads a Money: an integer at 24 places. */
export function readMoney(value: string): bigint {
  return scaled(value, 2 * PLACES);
}

/** Text of an integer at 12 places. */
export function decimalText(value: bigint): string {
  return text(value, PLACES);
}

/** Text of an integer at 24 places. */
export function moneyText(value: bigint): string {
  return text(value, 2 * PLACES);
}

/** An integer at 12 places, at 24. */
export function asMoney(value: bigint): bigint {
  return value * UNIT;
}

/** Absolute value. */
export function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Whether an integer at 12 places has at most 18 digits when written without needless zeros. */
export function isDecimal(value: bigint): boolean {
  let mantissa = abs(value);
  for (let place = 0; place < PLACES && mantissa >= DECIMAL_LIMIT; place++) {
    if (mantissa % 10n !== 0n) return false;
    mantissa /= 10n;
  }
  return mantissa < DECIMAL_LIMIT;
}

/** Passes a Decimal on. @throws {Overflow} */
export function decimal(value: bigint): bigint {
  if (!isDecimal(value)) throw new Overflow();
  return value;
}

/** Passes a Money on. @throws {Overflow} */
export function money(value: bigint): bigint {
  if (abs(value) >= MONEY_LIMIT) throw new Overflow();
  return value;
}

/** `numerator / denominator`, halves to the even neighbour. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const n = abs(numerator), d = abs(denominator);
  let quotient = n / d;
  const twice = 2n * (n % d);
  if (twice > d || (twice === d && quotient % 2n === 1n)) quotient += 1n;
  return numerator < 0n === denominator < 0n ? quotient : -quotient;
}

/** Money by quantity, at 12 places and for display. @throws {Overflow} */
export function average(amount: bigint, quantity: bigint): bigint {
  const value = divideHalfEven(amount, quantity);
  money(asMoney(value));
  return value;
}
