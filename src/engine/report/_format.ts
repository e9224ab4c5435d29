/**
 * Numbers and times as text. One fixed locale, so that a report is the same on every machine.
 *
 * @module
 */

/** Upstream's `Decimal::MAX`, the stand-in of a ratio that divides by zero. */
const LARGEST_DECIMAL = 7.9e28;

/** Writes a number with thousands separators and a real minus sign. */
export function formatNumber(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return "n/a";
  const text = new Intl.NumberFormat("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** As {@linkcode formatNumber}, with a plus sign before gains. */
export function formatSigned(value: number, digits = 2): string {
  const text = formatNumber(value, digits);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** Writes a price or quantity with the digits its size asks for. */
export function formatAmount(value: number): string {
  const size = Math.abs(value);
  const digits = size === 0 || size >= 1000 ? 2 : size >= 1 ? 4 : 6;
  return formatNumber(value, digits).replace(/(\.\d\d\d*?)0+$/, "$1");
}

/** Writes a fraction as a percentage; without `digits`, small ones get more of them. */
export function formatPercent(fraction: number, digits = percentDigits(fraction)): string {
  return Number.isFinite(fraction) ? `${formatNumber(fraction * 100, digits)}%` : "n/a";
}

/** As {@linkcode formatPercent}, with a plus sign before gains. */
export function formatSignedPercent(fraction: number, digits = percentDigits(fraction)): string {
  return Number.isFinite(fraction) ? `${formatSigned(fraction * 100, digits)}%` : "n/a";
}

/** Digits that show about three figures of a percentage of this size. */
export function percentDigits(fraction: number): number {
  const size = Math.abs(fraction * 100);
  if (size === 0 || size >= 10) return 2;
  return size >= 0.1 ? 3 : size >= 0.01 ? 4 : size >= 0.001 ? 5 : 6;
}

/** Writes a ratio; very large ones in powers of ten. */
export function formatRatio(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size >= LARGEST_DECIMAL) return "n/a";
  if (size >= 1e6) return value.toExponential(2).replace("-", "−");
  return formatNumber(value, size === 0 || size >= 0.1 ? 2 : size >= 0.001 ? 4 : 6);
}

/** Writes a length of time with its two largest units: `3 min 4 s`. */
export function formatDuration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds) || milliseconds < 0) return "n/a";
  if (milliseconds < 1000) return `${formatNumber(milliseconds, milliseconds < 10 ? 1 : 0)} ms`;
  const units: [string, number][] = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000]];
  for (const [index, [name, size]] of units.entries()) {
    if (milliseconds < size) continue;
    const [nextName, nextSize] = units[index + 1] ?? ["s", 1000];
    const rest = Math.floor((milliseconds % size) / nextSize);
    return `${Math.floor(milliseconds / size)} ${name}${rest > 0 ? ` ${rest} ${nextName}` : ""}`;
  }
  return `${formatNumber(milliseconds / 1000, milliseconds < 10_000 ? 1 : 0)} s`;
}

/** Writes an RFC 3339 time as `2025-03-25 23:07:00.773 UTC`, or unchanged when it is not one. */
export function formatTime(time: string, milliseconds = true): string {
  const parsed = Date.parse(time);
  if (Number.isNaN(parsed)) return time;
  const text = new Date(parsed).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, milliseconds ? 23 : 19)} UTC`;
}

/** The time of day of an RFC 3339 time, with the date when `withDate` is set. */
export function formatClock(time: string, withDate: boolean): string {
  const text = formatTime(time).replace(/ UTC$/, "");
  return withDate ? text : text.slice(11);
}
