/**
 * The run seen from further off: months, deepest falls, distribution of results, rolling ratio.
 *
 * @module
 */

import type { BacktestResult } from "../types.ts";
import { across, along, chart, down, line, WIDTH } from "./_chart.ts";
import { deepestFalls, monthlyReturns, rollingRatio } from "./_curve.ts";
import {
  formatDuration,
  formatNumber,
  formatPercent,
  formatSignedPercent,
  formatTime,
} from "./_format.ts";
import { type Html, html, type Part } from "./_html.ts";
import { type Tick, timeTicks, valueScale } from "./_scale.ts";
import type { Timeline } from "./_timeline.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** Falls listed. */
const FALLS = 5;
/** Classes of the distribution. */
const CLASSES = 24;
/** Spans that the rolling ratio cuts a run into, and how many of them it looks back. */
const STEPS = 240, LOOK_BACK = 24;

/** Renders all four; those that the run has nothing for say so. */
export function performanceSection(result: BacktestResult, timeline: Timeline): Html {
  if (result.equity.value.length === 0) {
    return html`<p class="empty">This run kept no equity points to look at.</p>`;
  }
  return html`
    <h3>Return per month</h3>
    ${monthTable(result)}
    <h3>Deepest drawdowns</h3>
    ${fallTable(result)}
    <h3>Distribution <small>round trips by return</small></h3>
    ${distribution(result)}
    <h3>Rolling ratio <small>mean over standard deviation of the last ${LOOK_BACK} of ${STEPS} equal spans, not scaled</small></h3>
    ${rolling(result, timeline)}
  `;
}

function monthTable(result: BacktestResult): Html {
  const months = monthlyReturns(result);
  const reach = Math.max(...months.map(({ value }) => Math.abs(value) || 0), Number.MIN_VALUE);
  const years = [...new Set(months.map(({ year }) => year))];
  const cell = (year: number, month: number) => {
    const found = months.find((one) => one.year === year && one.month === month);
    if (found === undefined) return html`<td class="none"><span class="hidden">no data</span></td>`;
    const strength = Math.round(Math.sqrt(Math.min(1, Math.abs(found.value) / reach)) * 62) || 0;
    const tone = found.value > 0 ? "gain" : found.value < 0 ? "loss" : "";
    return html`<td class="${tone}" style="--s:${strength}%">${
      formatSignedPercent(found.value)
    }</td>`;
  };
  const year = (one: number) => {
    const own = months.filter((month) => month.year === one);
    const whole = own.reduce((product, { value }) => product * (1 + value), 1) - 1;
    return html`<tr><th scope="row">${one}</th>${MONTHS.map((_, month) => cell(one, month))}<td>${
      formatSignedPercent(whole)
    }</td></tr>`;
  };
  return html`
    <div class="scroll" role="region" aria-label="Return per month" tabindex="0">
      <table class="map">
        <thead>
          <tr><td></td>${MONTHS.map((name) =>
            html`<th scope="col">${name}</th>`
          )}<th scope="col">Year</th></tr>
        </thead>
        <tbody>${years.map(year)}</tbody>
      </table>
    </div>
  `;
}

function fallTable(result: BacktestResult): Html {
  const falls = deepestFalls(result, FALLS);
  if (falls.length === 0) return html`<p class="empty">The equity never fell from a peak.</p>`;
  const { time } = result.equity;
  const at = (index: number) => Number((time[index] ?? 0n) / 1_000_000n);
  const shown = (index: number) => formatTime(new Date(at(index)).toISOString());
  const row = ({ depth, peak, trough, recovery }: typeof falls[number]) =>
    html`
      <tr>
        <th scope="row" class="loss">${formatPercent(depth)}</th>
        <td>${shown(peak)}</td>
        <td>${shown(trough)}</td>
        <td>${recovery === undefined ? "not yet" : shown(recovery)}</td>
        <td>${formatDuration(at(recovery ?? time.length - 1) - at(peak))}</td>
      </tr>
    `;
  return html`
    <div class="scroll" role="region" aria-label="Deepest drawdowns" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Depth</th>
            <th scope="col">Peak</th>
            <th scope="col">Lowest point</th>
            <th scope="col">Recovered</th>
            <th scope="col">Length</th>
          </tr>
        </thead>
        <tbody>${falls.map(row)}</tbody>
      </table>
    </div>
  `;
}

function distribution(result: BacktestResult): Part {
  const returns = result.roundTrips.map((trip) => Number(trip.return)).filter(Number.isFinite);
  if (returns.length === 0) return html`<p class="empty">No position was closed.</p>`;
  const least = returns.reduce((a, b) => Math.min(a, b));
  const most = returns.reduce((a, b) => Math.max(a, b));
  const axis = valueScale(
    least,
    most,
    8,
    (value, digits) => `${formatNumber(value * 100, Math.max(0, digits - 2))}%`,
  );
  const counts = new Array<number>(CLASSES).fill(0);
  for (const value of returns) {
    const at = Math.floor(along(axis, value) * CLASSES);
    const own = Math.min(CLASSES - 1, Math.max(0, at));
    counts[own] = (counts[own] ?? 0) + 1;
  }
  const scale = valueScale(0, Math.max(...counts) * 1.1, 3, (value) => formatNumber(value, 0));
  const zero = along(axis, 0);
  const column = (index: number) => {
    const left = across((index + 0.08) / CLASSES), right = across((index + 0.92) / CLASSES);
    const top = down(along(scale, counts[index] ?? 0));
    return counts[index] === 0 ? "" : `M${left} ${down(0)}V${top}H${right}V${down(0)}Z`;
  };
  const bars = (gain: boolean) =>
    counts.map((_, index) => ((index + 0.5) / CLASSES >= zero) === gain ? column(index) : "").join(
      "",
    );
  const labels: Tick[] = [...axis.ticks];
  return html`<figure>${
    chart(
      {
        id: "distribution",
        title: "Distribution of returns",
        description: `${returns.length} round trips with returns from ${formatPercent(least)} to ` +
          `${formatPercent(most)}; the largest class holds ${Math.max(...counts)}.`,
        size: "low",
        scale,
        times: labels,
        timeLabels: true,
      },
      html`
        <path class="column loss" d="${bars(false)}" />
        <path class="column gain" d="${bars(true)}" />
      `,
    )
  }</figure>`;
}

function rolling(result: BacktestResult, timeline: Timeline): Part {
  const points = rollingRatio(result, STEPS, LOOK_BACK);
  if (points.length < 2) {
    return html`<p class="empty">The equity did not change enough for a ratio.</p>`;
  }
  const values = points.map(({ value }) => value);
  const low = Math.min(0, ...values), high = Math.max(0, ...values);
  const scale = valueScale(low, high, 3);
  const zero = down(along(scale, 0));
  const path = line(points.map(({ time, value }) => {
    const x = (time - timeline.start) / (timeline.end - timeline.start);
    return [across(x), down(along(scale, value))] as const;
  }));
  return html`<figure>${
    chart(
      {
        id: "rolling",
        title: "Rolling ratio",
        description: `Between ${formatNumber(Math.min(...values))} and ${
          formatNumber(Math.max(...values))
        }, last ${formatNumber(values.at(-1) ?? NaN)}.`,
        size: "low",
        scale,
        times: timeTicks(timeline.start, timeline.end, 8),
        timeLabels: true,
      },
      html`
        <path class="base" d="M0 ${zero}H${WIDTH}" />
        <path class="curve" d="${path}" />
      `,
    )
  }</figure>`;
}
