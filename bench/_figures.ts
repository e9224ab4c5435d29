/**
 * Figures of one machine, for people: subjects measured in turns, so that what disturbs one disturbs
 * all, and tables.
 *
 * @module
 */

/** Does the work once and says how many milliseconds it took. */
export type Subject = () => number;

/** Milliseconds of some work. */
export function timed(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

/** The middle one, or the one that so large a share lies below. */
export function quantile(values: readonly number[], share = 0.5): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Medians of the subjects, which take turns; the first two turns warm up. */
export function medians<K extends string>(
  subjects: Readonly<Record<K, Subject>>,
  rounds: number,
): Record<K, number> {
  const times = {} as Record<K, number[]>;
  for (let round = -2; round < rounds; round++) {
    for (const name in subjects) {
      const ms = subjects[name]();
      if (round >= 0) (times[name] ??= []).push(ms);
    }
  }
  const middle = {} as Record<K, number>;
  for (const name in times) middle[name] = quantile(times[name]);
  return middle;
}

/** A number with so many places, or as many as show three digits. */
export function shown(value: number, places?: number): string {
  return value.toFixed(places ?? (value < 1 ? 2 : value < 10 ? 1 : 0));
}

/** Prints a table in Markdown. */
export function table(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const width = head.map((cell, at) =>
    Math.max(cell.length, ...rows.map((row) => row[at]!.length))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(width[at]!)).join(" | ")} |`;
  console.log(`\n${title}\n`);
  for (const row of [head, width.map((cells) => "-".repeat(cells)), ...rows]) {
    console.log(line(row));
  }
}
