/**
 * Limits of texts that no pattern says.
 *
 * @module
 */

/** Most significant digits of a Decimal. */
export const MAX_DIGITS = 18;

/** Digits of a canonical decimal without those zeros that only place it. */
export function significantDigits(decimal: string): number {
  const plain = decimal.replace("-", "").replace(".", "").replace(/^0+/, "");
  return decimal.includes(".") ? plain.length : plain.replace(/0+$/, "").length;
}

/** Whether a time fits 64 bits. */
export function isInt64(time: bigint): boolean {
  return BigInt.asIntN(64, time) === time;
}
