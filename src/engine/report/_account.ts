/**
 * The account over time: equity, result of each round trip, drawdown, above one time axis.
 *
 * @module
 */

import type { BacktestResult } from "../types.ts";
import { across, along, chart, dots, down, HEIGHT, line, WIDTH } from "./_chart.ts";
import { drawdowns, evenly } from "./_curve.ts";
import {
  formatAmount,
  formatNumber,
  formatPercent,
  formatSigned,
  formatSignedPercent,
  formatTime,
} from "./_format.ts";
import { type Html, html } from "./_html.ts";
import { sampleM4 } from "./_sample.ts";
import { timeTicks, valueScale } from "./_scale.ts";
import { Timeline } from "./_timeline.ts";

/** Columns that lines are sampled for: about the widest the page gets, in CSS pixels. */
const COLUMNS = 1000;
/** Bars that still stand apart; more round trips share bars. */
const BARS = 240;
/** Round trips that are marked on the equity line; more would hide it. */
const MARKED = 150;
/** Rows of the table that stands for the chart. */
const TABLE_ROWS = 24;

/** The curve in fractions of the time axis, with its drawdown. */
interface Curve {
  readonly x: Float64Array;
  readonly equity: Float64Array;
  readonly drawdown: Float64Array;
}

/** Draws equity, round-trip results and drawdown. */
export function accountCharts(result: BacktestResult, timeline: Timeline): Html {
  const curve = trace(result, timeline);
  if (curve.x.length === 0) {
    return html`<p class="empty">This run kept no equity points, so there is no curve to draw.</p>`;
  }
  const { quote } = result.equity;
  const hover = JSON.stringify(hoverData(result, curve, timeline));
  return html`<figure class="account" data-hover="${hover}">
<h3>Equity <small>${quote}, marked to market at every event</small></h3>
${equityChart(result, curve, timeline)}
<h3>Round trips <small>result in ${quote} at the time of the exit, fees included</small></h3>
${resultChart(result, timeline)}
<h3>Drawdown <small>share of the peak so far</small></h3>
${drawdownChart(result, curve, timeline)}
<div class="readout" hidden></div>
</figure>
${curveTable(result, curve, timeline)}`;
}

function trace(result: BacktestResult, timeline: Timeline): Curve {
  const { time, value } = result.equity;
  const x = new Float64Array(time.length);
  for (let i = 0; i < time.length; i++) x[i] = timeline.ofNanoseconds(time[i] ?? 0n);
  return { x, equity: value, drawdown: drawdowns(result) };
}

function equityChart(result: BacktestResult, curve: Curve, timeline: Timeline): Html {
  const { initial, final, maxDrawdown, quote, totalReturn } = result.equity;
  const start = Number(initial);
  const picked = sampleM4(curve.x, curve.equity, COLUMNS);
  const values = picked.map((index) => curve.equity[index] ?? start);
  const low = values.reduce((a, b) => Math.min(a, b), start);
  const high = values.reduce((a, b) => Math.max(a, b), start);
  const room = (high - low) * 0.06;
  const scale = valueScale(low - room, high + room, 5);
  const points = picked.map((index, i) =>
    [across(curve.x[index] ?? 0), down(along(scale, values[i] ?? start))] as const
  );
  const path = line(points);
  const [lastX, lastY] = points.at(-1) ?? [WIDTH, 0];
  const [firstX] = points[0] ?? [0];
  const base = down(along(scale, start));

  const marked = result.roundTrips.length <= MARKED ? result.roundTrips : [];
  const at = (time: string) => {
    const x = timeline.of(time);
    return [across(x), down(along(scale, valueAt(curve, x) ?? start))] as const;
  };
  const entries = dots(marked.map((trip) => at(trip.timeEnter)));
  const gains = dots(
    marked.filter((trip) => Number(trip.pnl) > 0).map((trip) => at(trip.timeExit)),
  );
  const losses = dots(
    marked.filter((trip) => Number(trip.pnl) <= 0).map((trip) => at(trip.timeExit)),
  );

  const description = `From ${formatNumber(start)} to ${formatNumber(Number(final))} ${quote}, ` +
    `${formatSignedPercent(totalReturn)}; deepest drawdown ${formatPercent(maxDrawdown)}. ` +
    `The table below the charts holds the values.`;
  return chart(
    {
      id: "equity",
      title: "Equity curve",
      description,
      size: "tall",
      scale,
      times: timeTicks(timeline.start, timeline.end, 8),
      timeLabels: false,
    },
    html`
      <path class="area" d="${path}L${lastX} ${HEIGHT}H${firstX}Z" /><path class="base"
        d="M0 ${base}H${WIDTH}" /><path class="curve" d="${path}" />${marked.length > 0 &&
          html`
            <path class="ring" d="${entries}" />
            <path class="core" d="${entries}" />
            <path class="dot loss" d="${losses}" />
            <path class="dot gain" d="${gains}" />
          `}<path
        class="tip" d="M${lastX} ${lastY}h0" />
    `,
    html`<p class="legend">${
      marked.length > 0 &&
      html`<span><i class="ring"></i>entry</span> <span><i class="gain"></i>exit with a gain</span> <span><i class="loss"></i>exit with a loss</span>`
    } <span><i class="base"></i>opening value</span></p>`,
  );
}

function resultChart(result: BacktestResult, timeline: Timeline): Html {
  const gains = new Map<number, number>(), losses = new Map<number, number>();
  for (const trip of result.roundTrips) {
    const pnl = Number(trip.pnl);
    const x = timeline.of(trip.timeExit);
    const column = result.roundTrips.length > BARS
      ? across((Math.floor(x * BARS) + 0.5) / BARS)
      : across(x);
    const bars = pnl > 0 ? gains : losses;
    bars.set(column, (bars.get(column) ?? 0) + pnl);
  }
  const high = Math.max(0, ...gains.values()), low = Math.min(0, ...losses.values());
  const room = (high - low) * 0.1;
  const scale = valueScale(low - room, high + room, 3, formatSigned);
  const zero = down(along(scale, 0));
  const bars = (of: Map<number, number>) =>
    [...of].map(([x, pnl]) => `M${x} ${zero}V${down(along(scale, pnl))}`).join("");
  const count = result.roundTrips.length;
  return chart(
    {
      id: "results",
      title: "Result of each round trip",
      description: count === 0
        ? "No position was closed."
        : `${count} round trips, results between ${formatSigned(low)} and ${formatSigned(high)} ` +
          `${result.equity.quote}. The table of round trips holds them.`,
      size: "low",
      scale,
      times: timeTicks(timeline.start, timeline.end, 8),
      timeLabels: false,
    },
    html`
      <path class="base" d="M0 ${zero}H${WIDTH}" />
      <path class="bar loss" d="${bars(losses)}" />
      <path class="bar gain" d="${bars(gains)}" />
    `,
    count > BARS && html`<p class="legend"><span>several round trips share a bar</span></p>`,
  );
}

function drawdownChart(result: BacktestResult, curve: Curve, timeline: Timeline): Html {
  const picked = sampleM4(curve.x, curve.drawdown, COLUMNS);
  const deepest = picked.reduce((low, index) => Math.min(low, curve.drawdown[index] ?? 0), 0);
  const scale = valueScale(
    deepest === 0 ? -0.0001 : deepest * 1.1,
    0,
    3,
    (value, digits) =>
      value === 0 ? "0%" : `${formatNumber(value * 100, Math.max(0, digits - 2))}%`,
  );
  const points = picked.map((index) =>
    [across(curve.x[index] ?? 0), down(along(scale, curve.drawdown[index] ?? 0))] as const
  );
  const path = line(points);
  const [lastX] = points.at(-1) ?? [WIDTH];
  const [firstX] = points[0] ?? [0];
  return chart(
    {
      id: "drawdown",
      title: "Drawdown",
      description: `Deepest fall from a peak: ${formatPercent(result.equity.maxDrawdown)}.`,
      size: "middle",
      scale,
      times: timeTicks(timeline.start, timeline.end, 8),
      timeLabels: true,
    },
    html`
      <path class="under" d="${path}L${lastX} 0H${firstX}Z" />
      <path class="fall" d="${path}" />
    `,
  );
}

/** Value of the curve at a fraction of the time axis: the last point not after it. */
function valueAt(curve: Curve, x: number): number | undefined {
  let low = 0, high = curve.x.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((curve.x[middle] ?? 0) <= x) low = middle + 1;
    else high = middle;
  }
  return curve.equity[Math.max(0, low - 1)];
}

function hoverData(result: BacktestResult, curve: Curve, timeline: Timeline): unknown {
  const rows = evenly(curve.x.length, 600).map((index) => [
    Number((curve.x[index] ?? 0).toFixed(5)),
    Number((curve.equity[index] ?? 0).toPrecision(9)),
    Number(((curve.drawdown[index] ?? 0) * 100).toPrecision(4)),
  ]);
  return { start: timeline.start, end: timeline.end, quote: result.equity.quote, rows };
}

function curveTable(result: BacktestResult, curve: Curve, timeline: Timeline): Html {
  const indices = evenly(curve.x.length, TABLE_ROWS);
  return html`<details><summary>The curve as a table</summary>
<div class="scroll" role="region" aria-label="The curve as a table" tabindex="0"><table>
<thead><tr><th scope="col">Time</th><th scope="col">Equity, ${result.equity.quote}</th><th scope="col">Drawdown</th></tr></thead>
<tbody>${
    indices.map((index) =>
      html`
        <tr>
          <th scope="row">${formatTime(timeline.timeAt(curve.x[index] ?? 0))}</th>
          <td>${formatAmount(curve.equity[index] ?? NaN)}</td>
          <td>${formatPercent(curve.drawdown[index] ?? NaN)}</td>
        </tr>
      `
    )
  }</tbody></table></div>
${
    curve.x.length > indices.length &&
    html`<p class="note">${indices.length} of ${
      formatNumber(curve.x.length, 0)
    } points, evenly spaced.</p>`
  }</details>`;
}
