/**
 * The semantic pass: what the schemas cannot say of one document whose shape is right.
 *
 * @module
 */

import { type ContractIssue, pointerTo } from "./issue.ts";
import { isObject, type Json } from "../json/value.ts";
import type { Check } from "./plan.ts";
import { eachAt } from "./each_at.ts";
import { isInt64, MAX_DIGITS, significantDigits } from "./limits.ts";
import { ruleIssues, shown, variant } from "./shape.ts";
import { PLAN } from "../generated/plan.ts";

/** Issues of a document's meaning. */
export function semanticIssues(name: string, value: Json): ContractIssue[] {
  const issues = ruleIssues(name, value);
  const add = (keyword: string, pointer: string, found: Json, message: string) => {
    issues.push({ code: "SEMANTIC_INVALID", pointer, keyword, found: shown(found), message });
  };
  for (const check of PLAN[name]!.checks[variant(name, value)] ?? []) {
    eachAt(value, check.at.split("/").slice(1), "", (found, pointer) => {
      run(check, found, pointer, (at, what, message) => add(check.check, at, what, message));
    });
  }
  return issues;
}

function run(
  check: Check,
  value: Json,
  pointer: string,
  add: (pointer: string, found: Json, message: string) => void,
): void {
  switch (check.check) {
    case "significant_digits":
      if (typeof value === "string" && significantDigits(value) > MAX_DIGITS) {
        add(pointer, value, `has more than ${MAX_DIGITS} significant digits`);
      }
      return;
    case "int64":
      if (typeof value === "string" && !isInt64(BigInt(value))) {
        add(pointer, value, "does not fit 64 bits");
      }
      return;
    case "nonzero":
      if (typeof value === "string" && /^0+$/.test(value)) add(pointer, value, "is all zero");
      return;
    case "positive":
      if (typeof value === "string" && (value === "0" || value.startsWith("-"))) {
        add(pointer, value, "is not above 0");
      }
      return;
    case "non_negative":
      if (typeof value === "string" && value.startsWith("-")) add(pointer, value, "is below 0");
      return;
    case "at_most": {
      const [left, right] = check.members!;
      if (!isObject(value)) return;
      const a = value[left], b = value[right];
      if (typeof a === "string" && typeof b === "string" && compareDecimals(a, b) > 0) {
        add(pointerTo(pointer, left), a, `is above "${right}"`);
      }
      return;
    }
    case "same_length": {
      const [left, right] = check.members!;
      if (!isObject(value)) return;
      const a = value[left], b = value[right];
      if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) {
        add(pointerTo(pointer, right), b, `is not as long as "${left}"`);
      }
      return;
    }
    case "sorted":
    case "unique": {
      if (!Array.isArray(value)) return;
      const keys = value.map((item) =>
        check.by == null ? item : (item as Record<string, Json>)[check.by]
      );
      keys.forEach((key, index) => {
        const wrong = check.check === "sorted"
          ? index > 0 && !(String(keys[index - 1]) < String(key))
          : keys.indexOf(key) < index;
        if (wrong) add(pointerTo(pointer, index), value[index], "is out of order or there twice");
      });
      return;
    }
    default:
      throw new TypeError(`There is no check "${check.check}"`);
  }
}

/** Compares canonical decimals. */
function compareDecimals(a: string, b: string): number {
  const scale = Math.max(fraction(a), fraction(b));
  const difference = scaled(a, scale) - scaled(b, scale);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

function fraction(decimal: string): number {
  const point = decimal.indexOf(".");
  return point < 0 ? 0 : decimal.length - point - 1;
}

function scaled(decimal: string, scale: number): bigint {
  return BigInt(decimal.replace(".", "") + "0".repeat(scale - fraction(decimal)));
}
