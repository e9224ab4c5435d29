/**
 * Comparison of the runs of a parameter sweep: a map over two numeric parameters, and a ranked table.
 *
 * @module
 */

import { formatNumber, formatPercent, formatSigned, percentDigits } from "./_format.ts";
import { type Html, html, type Part } from "./_html.ts";
import type { SweepRow } from "./sweep_row.ts";

/** Runs in the table; with {@linkcode MAX_CELLS} it keeps a page below 1 MB whatever the sweep. */
const MAX_LISTED = 200;
/** Cells of a map that can still be read. */
const MAX_CELLS = 2500;

/** What all cells of the comparison share. */
interface Comparison {
  /** Id of the run that the page shows. */
  readonly shown: string;
  /** Asset that profits are in. */
  readonly quote: string;
  /** Largest profit or loss; the full strength of a colour, the full length of a bar. */
  readonly reach: number;
}

/** Compares runs; the one with the id `shown` stands out. */
export function sweepSection(rows: readonly SweepRow[], shown: string, quote: string): Html {
  const ranked = [...rows].sort((a, b) => b.profit - a.profit);
  const parameters = [...new Set(rows.flatMap((row) => Object.keys(row.parameters)))];
  const varied = parameters.filter((name) =>
    new Set(rows.map((row) => row.parameters[name])).size > 1
  );
  const most = (figure: (row: SweepRow) => number, least: number) =>
    rows.reduce((highest, row) => Math.max(highest, figure(row)), least);
  const reach = most((row) => Math.abs(row.profit), Number.MIN_VALUE);
  const digits = percentDigits(most((row) => row.maxDrawdown, 0));
  const agents = rows.some((row) => row.agent !== undefined);
  const heads = [
    html`<th scope="col">Rank</th>`,
    ...varied.map((name) => html`<th scope="col">${name}</th>`),
    html`
      <th scope="col">Result, ${quote}</th>
      <th scope="col" class="wide"><span class="hidden">Result as a bar</span></th>
    `,
    html`
      <th scope="col">Max drawdown</th>
      <th scope="col">Round trips</th>
      <th scope="col">Gains</th>
    `,
    agents && html`<th scope="col" class="text">Run by</th>`,
  ];
  const line = (row: SweepRow, rank: number) => [
    html`<th scope="row">${rank}</th>`,
    ...varied.map((name) => html`<td>${row.parameters[name] ?? ""}</td>`),
    html`<td class="${tone(row.profit)}">${formatSigned(row.profit)}</td>`,
    html`<td class="wide">${bar(row.profit, reach)}</td>`,
    html`<td>${formatPercent(row.maxDrawdown, digits)}</td>`,
    html`<td>${formatNumber(row.trades, 0)}</td>`,
    html`<td>${row.trades > 0 ? formatPercent(row.wins / row.trades, 1) : "n/a"}</td>`,
    agents && html`<td class="text">${row.agent ?? ""}</td>`,
  ];
  const body = ranked.flatMap((row, index) =>
    index < MAX_LISTED || row.id === shown
      ? html`<tr class="${row.id === shown && "best"}">${line(row, index + 1)}</tr>`
      : []
  );
  const left = ranked.length - body.length;
  return html`
    ${map(rows, varied, { shown, quote, reach })}
    <div class="scroll" role="region" aria-label="All runs of the sweep" tabindex="0">
      <table>
        <thead>
          <tr>${heads}</tr>
        </thead>
        <tbody>${body}</tbody>
      </table>
    </div>
    <p
      class="note">${left > 0 && `${left} more runs are not listed. `}The best of ${rows
        .length} runs was picked on the data it is shown on. Parameters chosen this way need a test on other data before they mean anything.</p>
  `;
}

/** Colours the result over two parameters; nothing when the sweep has another shape. */
function map(rows: readonly SweepRow[], varied: readonly string[], comparison: Comparison): Part {
  const [down, right] = varied;
  if (varied.length !== 2 || down === undefined || right === undefined) return null;
  const numeric = (row: SweepRow) =>
    typeof row.parameters[down] === "number" && typeof row.parameters[right] === "number";
  if (!rows.every(numeric)) return null;
  const { shown, quote, reach } = comparison;
  const values = (name: string) =>
    [...new Set(rows.map((row) => Number(row.parameters[name])))].sort((a, b) => a - b);
  const columns = values(right), lines = values(down);
  if (columns.length * lines.length > MAX_CELLS) {
    return html`<p class="note">A map of ${lines.length} by ${columns.length} values could not be read.</p>`;
  }
  const places = new Map(
    rows.map((row) => [`${row.parameters[down]} ${row.parameters[right]}`, row]),
  );
  const cell = (y: number, x: number) => {
    const row = places.get(`${y} ${x}`);
    if (row === undefined) return html`<td class="none"><span class="hidden">not run</span></td>`;
    // The root keeps small results apart beside a large one.
    const strength = Math.round(Math.sqrt(Math.min(1, Math.abs(row.profit) / reach)) * 62);
    const best = row.id === shown;
    return html`<td class="${tone(row.profit)}${best && " best"}" style="--s:${strength}%">${
      formatSigned(row.profit)
    }${best && html`<span class="hidden">, shown above</span>`}</td>`;
  };
  const heads = columns.map((x) => html`<th scope="col">${x}</th>`);
  const body = lines.map((y) =>
    html`<tr><th scope="row">${y}</th>${columns.map((x) => cell(y, x))}</tr>`
  );
  return html`
    <div class="scroll" role="region" aria-label="Result by ${down} and ${right}" tabindex="0">
      <table class="map">
        <caption>Result in ${quote} by <b>${down}</b> (down) and <b>${right}</b> (across)</caption>
        <thead>
          <tr><td></td>${heads}</tr>
        </thead>
        <tbody>${body}</tbody>
      </table>
    </div>
  `;
}

function bar(value: number, reach: number): Html {
  const width = (Math.abs(value) / reach * 50).toFixed(1);
  const side = value < 0 ? "right" : "left";
  const style = `width:${width}%;${side}:50%`;
  return html`<span class="bar" aria-hidden="true"><i class="${
    tone(value)
  }" style="${style}"></i></span>`;
}

function tone(value: number): string {
  return value > 0 ? "gain" : value < 0 ? "loss" : "";
}
