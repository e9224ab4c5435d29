/**
 * A backtest as one self-contained HTML page.
 *
 * @module
 */

import type { BacktestResult, InstrumentInfo } from "../types.ts";
import { accountCharts } from "./_account.ts";
import { formatDuration, formatNumber, formatTime } from "./_format.ts";
import { HOVER_SCRIPT } from "./_hover.ts";
import { type Html, html, markup } from "./_html.ts";
import { InstrumentNames } from "./_instruments.ts";
import { performanceSection } from "./_performance.ts";
import { headline, openPositions, statistics } from "./_statistics.ts";
import { STYLE } from "./_style.ts";
import { sweepSection } from "./_sweep.ts";
import { Timeline } from "./_timeline.ts";
import { tradeCharts, tradeTable } from "./_trades.ts";
import type { SweepRow } from "./sweep_row.ts";

/** Settings of {@linkcode renderTearSheet}. */
export interface TearSheetOptions {
  /** Title of the page. @default the id of the run */
  readonly title?: string;
  /** One sentence under the title. */
  readonly description?: string;
  /** The engine's instrument table, for names such as `BTC/USDT`. */
  readonly instruments?: readonly InstrumentInfo[];
  /** All runs of the sweep this run is from; drawn as a comparison. */
  readonly sweep?: readonly SweepRow[];
  /** Facts about the run that the result does not hold, for example the fee rate. */
  readonly notes?: readonly string[];
  /** Most round trips listed in the table, 0 or more. @default 500 */
  readonly maxTrades?: number;
}

/**
 * Renders a backtest as one HTML page: equity, drawdown, months, distribution, rolling ratio, trades,
 * figures and, when given, the comparison of a sweep.
 *
 * The page needs no network and no script, adapts to light and dark, to phones and to paper, and is
 * the same for the same input. Lines are down-sampled with M4 (first, last, lowest and highest point
 * per pixel column), so a page stays below 1 MB whatever the length of the run.
 *
 * @param result what `backtest` returned
 * @param options title, comparison and notes
 * @returns a complete HTML document; write it as UTF-8
 * @throws {RangeError} when `maxTrades` is not a whole number of at least 0
 *
 * @example Write the tear sheet of a backtest
 * ```ts ignore
 * import { writeFile } from "node:fs/promises";
 * import { backtest, renderTearSheet } from "@tendon/tendon/engine";
 *
 * const result = await backtest(data, { strategy: { type: "smaCross", fast: 20, slow: 100, quantity: "0.01" }, execution });
 * await writeFile("tear-sheet.html", renderTearSheet(result));
 * ```
 */
export function renderTearSheet(result: BacktestResult, options: TearSheetOptions = {}): string {
  const { title = result.id, description, instruments = [], sweep = [], notes = [] } = options;
  const maxTrades = options.maxTrades ?? 500;
  if (!Number.isInteger(maxTrades) || maxTrades < 0) {
    throw new RangeError(
      `Cannot render tear sheet as maxTrades must be an integer >= 0: current value is ${maxTrades}`,
    );
  }
  const names = new InstrumentNames(result, instruments);
  const timeline = new Timeline(result);
  const { timeStart, timeEnd } = result.summary;
  const length = Date.parse(timeEnd) - Date.parse(timeStart);

  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="generator" content="Tendon">
        <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
        <title>${title} · tear sheet</title>
        <style>${markup(STYLE)}</style>
      </head>
      <body>
        <main>
    <header>
    <p class="eyebrow">Backtest tear sheet</p>
    <h1>${title}</h1>
    ${description !== undefined && html`<p class="lead">${description}</p>`}
    <p class="meta"><span>${formatTime(timeStart, false)} – ${formatTime(
      timeEnd,
      false,
    )}</span><span>${formatDuration(length)}</span><span>${formatNumber(
      result.stats.events,
      0,
    )} market events</span><span>${Object.keys(result.summary.instruments)
      .length} instruments</span></p>
    </header>
    ${headline(result)}
    <section aria-labelledby="account"><h2 id="account">Account</h2>
    ${accountCharts(result, timeline)}</section>
    ${sweep.length > 0 &&
      html`<section aria-labelledby="sweep"><h2 id="sweep">Parameter sweep</h2>
${sweepSection(sweep, result.id, result.equity.quote)}</section>`}
    <section aria-labelledby="performance"><h2 id="performance">Performance</h2>
    ${performanceSection(result, timeline)}</section>
    <section aria-labelledby="figures"><h2 id="figures">Figures</h2>
    ${statistics(result, names)}${openPositions(result, names)}</section>
    <section aria-labelledby="trades"><h2 id="trades">Trades</h2>
    ${tradeCharts(result, names, timeline)}
    ${tradeTable(result, names, timeline, maxTrades)}</section>
    ${aboutTheRun(result, notes)}
        </main>
        <script>${markup(HOVER_SCRIPT)}</script>
      </body>
    </html>
  `;
  return page.text.trimStart();
}

function aboutTheRun(result: BacktestResult, notes: readonly string[]): Html {
  const { stats } = result;
  const balances = Object.entries(result.summary.assets);
  return html`<section aria-labelledby="about"><h2 id="about">How to read this</h2>
<ul class="notes">
${notes.map((note) => html`<li>${note}</li>`)}
<li>Orders fill completely at the price they carry, on a simulated exchange: no slippage, no queue, no effect on the market.</li>
<li>Equity is opening cash plus realised result plus open positions at the market price. Exit fees of open positions are not in it.</li>
<li>${formatNumber(stats.orders, 0)} orders, ${formatNumber(stats.fills, 0)} filled, ${
    formatNumber(stats.rejected, 0)
  } rejected${
    stats.firstRejection !== null && html`
      (the first because: ${stats.firstRejection})
    `
  }. The replay took ${formatDuration(stats.durationMs)}.</li>
</ul>
${
    balances.length > 0 &&
    html`
      <details>
        <summary>Balances of the simulated exchange at the end</summary>
        <div class="scroll" role="region" aria-label="Balances" tabindex="0">
          <table>
            <thead>
              <tr>
                <th scope="col" class="text">Asset</th>
                <th scope="col">Total</th>
                <th scope="col">Free</th>
              </tr>
            </thead>
            <tbody>${balances.map(([name, { balanceEnd }]) =>
              html`
                <tr>
                  <th scope="row" class="text">${name}</th>
                  <td>${balanceEnd?.total ?? "none"}</td>
                  <td>${balanceEnd?.free ?? "none"}</td>
                </tr>
              `
            )}</tbody>
          </table>
        </div>
        <p
          class="note">These are the engine's own book-keeping: it debits buys and sells alike and never credits the base asset. They are not the value of the account; the equity curve is.</p>
      </details>
    `
  }</section>`;
}
