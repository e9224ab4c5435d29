/**
 * Down-sampling for line charts.
 *
 * @module
 */

/**
 * Picks the indices of a time series that a line chart of a given width needs: the first, last,
 * lowest and highest point of each pixel column. Lines drawn through them cover the same pixels as
 * lines through all points.
 *
 * This is M4: Jugel, Jerzak, Hackenbroich, Markl, "M4: A Visualization-Oriented Time Series Data
 * Aggregation", PVLDB 7(10), 2014.
 *
 * @param x positions in 0..1, never falling
 * @param y values; points that are not finite are left out
 * @param columns width of the chart in pixels
 * @returns rising indices, at most four per column
 */
export function sampleM4(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  columns: number,
): number[] {
  const picked: number[] = [];
  let column = -1;
  let first = -1, last = -1, lowest = -1, highest = -1;
  const flush = () => {
    if (first < 0) return;
    const indices = [first, lowest, highest, last].sort((a, b) => a - b);
    picked.push(...indices.filter((index, i) => index !== indices[i - 1]));
  };
  for (let i = 0; i < x.length; i++) {
    const value = y[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    const own = Math.min(columns - 1, Math.floor((x[i] ?? 0) * columns));
    if (own !== column) {
      flush();
      column = own;
      first = lowest = highest = i;
    }
    last = i;
    if (value < (y[lowest] ?? 0)) lowest = i;
    if (value > (y[highest] ?? 0)) highest = i;
  }
  flush();
  return picked;
}
