/**
 * Texts that were looked at once, and that the compiler tells from each other from then on.
 *
 * The types of the contracts are plain strings, so that literals fit. A function of one's own may ask
 * for a branded one, which fits wherever a string does.
 *
 * @module
 */

import { isInt64, MAX_DIGITS, significantDigits } from "./limits.ts";
import { TEXT_FORMS } from "../generated/data.ts";

/** What texts are told apart by. */
export type BrandName = "Decimal" | "Money" | "TimeNs" | "OrderId";

/**
 * A string that has the form of the type of that name. Its member is there for the compiler only.
 *
 * @typeParam Name what it is
 *
 * @example A price cannot be taken for a quantity's time
 * ```ts
 * import { type Branded, decimal, timeNs } from "@tendon/tendon/contracts";
 * import { assertEquals } from "@std/assert";
 *
 * function tick(price: Branded<"Decimal">, at: Branded<"TimeNs">): string {
 *   return `${price} at ${at}`;
 * }
 *
 * const at = timeNs(1700000000000000000n);
 * assertEquals(tick(decimal("100.5"), at), "100.5 at 1700000000000000000");
 * // @ts-expect-error: a time is no price
 * tick(at, at);
 * // @ts-expect-error: nobody has looked at it
 * tick("100.50", at);
 * ```
 */
export type Branded<Name extends BrandName> = string & { readonly __form: Name };

/**
 * A price or quantity: at most 18 significant digits, at most 12 of them after the point, without
 * zeros that say nothing.
 *
 * @throws {SyntaxError} If the text is not in that form: `1.50`, `+1`, `1e3`
 * @throws {RangeError} If it has more than 18 significant digits
 *
 * @example
 * ```ts
 * import { decimal } from "@tendon/tendon/contracts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(decimal("-0.25"), "-0.25");
 * assertThrows(() => decimal("1.50"), SyntaxError);
 * ```
 */
export function decimal(text: string): Branded<"Decimal"> {
  const found = formed("Decimal", TEXT_FORMS.Decimal, text);
  if (significantDigits(found) <= MAX_DIGITS) return found;
  throw new RangeError(
    `Cannot make a Decimal as at most ${MAX_DIGITS} digits must be significant: ` +
      `current value is "${found}"`,
  );
}

/**
 * An amount of money: at most 14 digits before the point and 24 after it, without zeros that say
 * nothing.
 *
 * @throws {SyntaxError} If the text is not in that form
 */
export function money(text: string): Branded<"Money"> {
  return formed("Money", TEXT_FORMS.Money, text);
}

/**
 * A time in nanoseconds since the Unix epoch.
 *
 * @param time as a number of 64 bits, or its digits
 * @throws {SyntaxError} If the text is not in that form
 * @throws {RangeError} If it does not fit 64 bits
 *
 * @example
 * ```ts
 * import { timeNs } from "@tendon/tendon/contracts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const now = timeNs(BigInt(Date.now()) * 1_000_000n);
 * assertEquals(timeNs(BigInt(now)), now);
 * assertThrows(() => timeNs("9223372036854775808"), RangeError);
 * ```
 */
export function timeNs(time: string | bigint): Branded<"TimeNs"> {
  const found = typeof time === "bigint" ? time : BigInt(formed("TimeNs", TEXT_FORMS.TimeNs, time));
  if (isInt64(found)) return String(found) as Branded<"TimeNs">;
  throw new RangeError(
    `Cannot make a TimeNs as it must fit 64 bits: current value is ${found}`,
  );
}

/**
 * Id of an order, which the caller chooses: at most 128 letters, digits and `._:/@+-`, beginning with a
 * letter or digit.
 *
 * @throws {SyntaxError} If the text is not in that form
 *
 * @example
 * ```ts
 * import { orderId } from "@tendon/tendon/contracts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(orderId("trend/42"), "trend/42");
 * assertThrows(() => orderId("my order"), SyntaxError);
 * ```
 */
export function orderId(text: string): Branded<"OrderId"> {
  return formed("OrderId", TEXT_FORMS.Id, text);
}

function formed<Name extends BrandName>(
  name: Name,
  { pattern, maxLength }: { readonly pattern: RegExp; readonly maxLength: number },
  text: string,
): Branded<Name> {
  if (typeof text !== "string") {
    throw new TypeError(
      `Cannot make a ${name} as it must be a string: current value is of type ${typeof text}`,
    );
  }
  if (text.length <= maxLength && pattern.test(text)) return text as Branded<Name>;
  throw new SyntaxError(
    `Cannot make a ${name} as its form must be ${pattern.source}: ` +
      `current value is ${JSON.stringify(text.slice(0, 64))}`,
  );
}
