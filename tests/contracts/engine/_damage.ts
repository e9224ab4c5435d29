/**
 * Documents with one thing wrong.
 *
 * @module
 */

/** What is put where something else belongs. */
const VALUES = [
  ...[null, true, 0, -1, 70000, "", "0", "-1", "1.0", "x", "X/Y", [], {}, [null], { a: 1 }],
];

/**
 * A copy with one member or item replaced or left out, if it has any.
 *
 * @param place which of all places, counted on from the first
 * @param how which value; every eighth number leaves the member out
 */
export function damaged<T extends object>(document: T, place: number, how: number): T {
  const copy = structuredClone(document);
  const places: (readonly [Record<string, unknown>, string])[] = [];
  const visit = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key]);
      visit((value as Record<string, unknown>)[key]);
    }
  };
  visit(copy);
  const found = places[place % places.length];
  if (found === undefined) return copy;
  const [holder, key] = found;
  if (how % 8 === 0) delete holder[key];
  else holder[key] = VALUES[how % VALUES.length];
  return copy;
}
