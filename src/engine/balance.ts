/**
 * Balances as values with exact decimals.
 *
 * @module
 */

import { show } from "../_check.ts";
import { compareDecimals, decimalText, normalDecimal, subtractDecimals } from "./_decimal.ts";
import type { Decimal, DecimalInput } from "./types.ts";

/** Amounts of a {@linkcode Balance}. */
export interface BalanceAmounts {
  /** All of it. */
  readonly total: DecimalInput;
  /** What is not bound in orders. @default `total` */
  readonly free?: DecimalInput;
}

/** How strictly amounts are looked at. */
export interface BalanceOptions {
  /**
   * Allows what the engine itself allows: negative amounts, and more free than there is in total. The
   * mock exchange's own balances can come to that; see the engine guide.
   *
   * @default false
   */
  readonly lenient?: boolean;
}

/**
 * A total and the part of it that is free, as exact decimals; immutable.
 *
 * @example What is bound in orders
 * ```ts
 * import { Balance } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const balance = new Balance({ total: "0.3", free: "0.1" });
 * assertEquals(balance.used, "0.2");
 * assertEquals(balance.equals(new Balance({ total: "0.30", free: "0.10" })), true);
 * ```
 */
export class Balance {
  /** All of it. */
  readonly total: Decimal;
  /** What is not bound in orders. */
  readonly free: Decimal;

  /**
   * Checks and keeps the amounts.
   *
   * @throws {TypeError} If an amount is no decimal.
   * @throws {RangeError} If an amount is negative or more is free than there is, unless `lenient`.
   */
  constructor({ total, free = total }: BalanceAmounts, { lenient = false }: BalanceOptions = {}) {
    const action = "make balance";
    this.total = normalDecimal(decimalText(action, "total", total));
    this.free = normalDecimal(decimalText(action, "free", free));
    if (!lenient) {
      for (const [name, amount] of [["total", this.total], ["free", this.free]] as const) {
        if (compareDecimals(amount, "0") < 0) {
          throw new RangeError(
            `Cannot ${action} as ${name} must not be negative: current value is ${show(amount)}`,
          );
        }
      }
      if (compareDecimals(this.free, this.total) > 0) {
        throw new RangeError(
          `Cannot ${action} as free must not exceed total: ` +
            `current values are ${show(this.free)} and ${show(this.total)}`,
        );
      }
    }
    Object.freeze(this);
  }

  /** What is bound in orders: `total - free`. */
  get used(): Decimal {
    return subtractDecimals(this.total, this.free);
  }

  /** Whether both amounts are equal by value. */
  equals(other: Balance): boolean {
    return this.total === other.total && this.free === other.free;
  }

  /** Total and free, as text. */
  toJSON(): { readonly total: Decimal; readonly free: Decimal } {
    return { total: this.total, free: this.free };
  }
}

/** The balance of one asset at one time; immutable. */
export class AssetBalance {
  /** Index of the asset in the instrument table. */
  readonly asset: number;
  /** Its balance. */
  readonly balance: Balance;
  /** Time at the exchange, RFC 3339. */
  readonly timeExchange: string;

  /**
   * Puts a balance into its place and time.
   *
   * @throws {TypeError} If `balance` is no {@linkcode Balance} or the time no RFC 3339 time.
   * @throws {RangeError} If `asset` is no index.
   */
  constructor(asset: number, balance: Balance, timeExchange: string) {
    const action = "make asset balance";
    if (!Number.isInteger(asset) || asset < 0 || asset > 0xffff_ffff) {
      throw new RangeError(
        `Cannot ${action} as asset must be an index: current value is ${show(asset)}`,
      );
    }
    if (!(balance instanceof Balance)) {
      throw new TypeError(
        `Cannot ${action} as balance must be a Balance: current value is ${show(balance)}`,
      );
    }
    if (typeof timeExchange !== "string" || Number.isNaN(Date.parse(timeExchange))) {
      throw new TypeError(
        `Cannot ${action} as timeExchange must be an RFC 3339 time: current value is ${
          show(timeExchange)
        }`,
      );
    }
    this.asset = asset;
    this.balance = balance;
    this.timeExchange = timeExchange;
    Object.freeze(this);
  }

  /** Whether asset and amounts are equal; the time does not count. */
  equals(other: AssetBalance): boolean {
    return this.asset === other.asset && this.balance.equals(other.balance);
  }

  /** Asset, amounts and time. */
  toJSON(): {
    readonly asset: number;
    readonly balance: { readonly total: Decimal; readonly free: Decimal };
    readonly timeExchange: string;
  } {
    const { asset, balance, timeExchange } = this;
    return { asset, balance: balance.toJSON(), timeExchange };
  }
}
