/**
 * Comparison of the runs of a parameter sweep: a map over two numeric parameters, and a ranked table.
 *
 * @module
 */

import { formatNumber, formatPercent, formatSignedPercent } from "./_format.ts";
import { type Html, html, type Part } from "./_html.ts";
import type { SweepRow } from "./sweep_row.ts";

/** Compares runs; the one with the id `best` stands out. */
export function sweepSection(rows: readonly SweepRow[], best: string): Html {
  const ranked = [...rows].sort((a, b) => b.totalReturn - a.totalReturn);
  const parameters = [...new Set(rows.flatMap((row) => Object.keys(row.parameters)))];
  const varied = parameters.filter((name) =>
    new Set(rows.map((row) => row.parameters[name])).size > 1
  );
  const reach = Math.max(...rows.map((row) => Math.abs(row.totalReturn)), Number.MIN_VALUE);
  const digits = reach >= 0.01 ? 2 : reach >= 0.001 ? 3 : 4;
  const agents = rows.some((row) => row.agent !== undefined);
  return html`
    ${map(rows, varied, { reach, digits, best })}
    <div class="scroll" role="region" aria-label="All runs of the sweep" tabindex="0">
      <table>
        <thead>
          <tr><th scope="col">Rank</th>${varied.map((name) =>
            html`<th scope="col">${name}</th>`
          )}<th scope="col">Return</th><th scope="col" class="wide"><span class="hidden">Return as a bar</span></th><th scope="col">Max drawdown</th><th scope="col">Round trips</th><th scope="col">Gains</th>${agents &&
            html`<th scope="col" class="text">Run by</th>`}</tr>
        </thead>
        <tbody>${ranked.map((row, index) =>
          html`<tr${
            row.id === best && html`
              class="best"
            `
          }><th scope="row">${index + 1}</th>${
            varied.map((name) => html`<td>${row.parameters[name] ?? ""}</td>`)
          }<td class="${tone(row.totalReturn)}">${
            formatSignedPercent(row.totalReturn, digits)
          }</td><td class="wide">${bar(row.totalReturn, reach)}</td><td>${
            formatPercent(row.maxDrawdown, digits)
          }</td><td>${formatNumber(row.trades, 0)}</td><td>${
            row.trades > 0 ? formatPercent(row.wins / row.trades, 1) : "n/a"
          }</td>${agents && html`<td class="text">${row.agent ?? ""}</td>`}</tr>`
        )}</tbody>
      </table>
    </div>
    <p
      class="note">The best of ${rows
        .length} runs was picked on the data it is shown on. Parameters chosen this way need a test on other data before they mean anything.</p>
  `;
}

/** Colours the return over two parameters; nothing when the sweep has another shape. */
function map(
  rows: readonly SweepRow[],
  varied: readonly string[],
  { reach, digits, best }: { reach: number; digits: number; best: string },
): Part {
  const [down, right] = varied;
  if (varied.length !== 2 || down === undefined || right === undefined) return null;
  if (rows.some((row) => !isNumber(row.parameters[down]) || !isNumber(row.parameters[right]))) {
    return null;
  }
  const values = (name: string) =>
    [...new Set(rows.map((row) => Number(row.parameters[name])))].sort((a, b) => a - b);
  const columns = values(right);
  const cell = (y: number, x: number) => {
    const row = rows.find((one) => one.parameters[down] === y && one.parameters[right] === x);
    if (row === undefined) return html`<td class="none"><span class="hidden">not run</span></td>`;
    const strength = Math.round(Math.sqrt(Math.min(1, Math.abs(row.totalReturn) / reach)) * 62);
    const mark = row.id === best ? " best" : "";
    return html`<td class="${tone(row.totalReturn)}${mark}" style="--s:${strength}%">${
      formatSignedPercent(row.totalReturn, digits)
    }${mark && html`<span class="hidden"> best</span>`}</td>`;
  };
  return html`
    <div class="scroll" role="region" aria-label="Return by ${down} and ${right}" tabindex="0">
      <table class="map">
        <caption>Total return by <b>${down}</b> (down) and <b>${right}</b> (across)</caption>
        <thead>
          <tr><td></td>${columns.map((x) => html`<th scope="col">${x}</th>`)}</tr>
        </thead>
        <tbody>${values(down).map((y) =>
          html`<tr><th scope="row">${y}</th>${columns.map((x) => cell(y, x))}</tr>`
        )}</tbody>
      </table>
    </div>
  `;
}

function bar(value: number, reach: number): Html {
  const width = (Math.abs(value) / reach * 50).toFixed(1);
  const side = value < 0 ? "right" : "left";
  return html`
    <span class="bar"
      aria-hidden="true"><i class="${tone(value)}" style="width:${width}%;${side}:50%"></i></span>
  `;
}

function tone(value: number): string {
  return value > 0 ? "gain" : value < 0 ? "loss" : "";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
