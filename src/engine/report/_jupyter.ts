/**
 * Results in notebooks: Deno's Jupyter kernel asks values for their display forms.
 *
 * @module
 */

import type { BacktestResult } from "../types.ts";
import { formatNumber, formatPercent, formatSignedPercent } from "./_format.ts";
import { escape } from "./_html.ts";
import { renderTearSheet } from "./tear_sheet.ts";
import { vegaLite } from "./vega_lite.ts";

const DISPLAY = Symbol.for("Jupyter.display");

/**
 * Gives a result its display forms: text, the tear sheet in a frame of its own, and a chart.
 *
 * The method is not enumerable, so that it is in no copy, no comparison and no JSON.
 */
export function showInJupyter(result: BacktestResult): BacktestResult {
  return Object.defineProperty(result, DISPLAY, {
    value: () => ({
      "text/plain": summaryText(result),
      "text/html": `<iframe sandbox="allow-scripts" title="Tear sheet" ` +
        `style="width:100%;height:720px;border:0" srcdoc="${
          escape(renderTearSheet(result))
        }"></iframe>`,
      "application/vnd.vegalite.v6+json": vegaLite(result),
    }),
  });
}

/** A result in one line per figure. */
export function summaryText(result: BacktestResult): string {
  const { equity, stats, roundTrips } = result;
  const won = roundTrips.filter((trip) => Number(trip.pnl) > 0).length;
  return [
    `Backtest ${result.id}`,
    `  ${equity.initial} → ${equity.final} ${equity.quote} (${
      formatSignedPercent(equity.totalReturn)
    }), deepest drawdown ${formatPercent(equity.maxDrawdown)}`,
    `  ${roundTrips.length} round trips, ${won} with a gain; ` +
    `${stats.orders} orders, ${stats.fills} filled, ${stats.rejected} rejected`,
    `  ${formatNumber(stats.events, 0)} events in ${formatNumber(stats.durationMs, 1)} ms`,
  ].join("\n");
}
