/**
 * Round trips: where they were entered and left, per instrument, and their table.
 *
 * @module
 */

import type { BacktestResult, RoundTrip } from "../types.ts";
import { across, along, chart, dots, down } from "./_chart.ts";
import {
  formatAmount,
  formatClock,
  formatDuration,
  formatNumber,
  formatSigned,
  formatSignedPercent,
} from "./_format.ts";
import { type Html, html } from "./_html.ts";
import type { InstrumentNames } from "./_instruments.ts";
import { timeTicks, valueScale } from "./_scale.ts";
import type { Timeline } from "./_timeline.ts";

/** Round trips drawn per instrument; of more, every n-th. */
const DRAWN = 1500;
/** Instruments that get a chart of their own. */
const CHARTS = 12;

/** Draws entries and exits of each instrument that closed a position. */
export function tradeCharts(
  result: BacktestResult,
  names: InstrumentNames,
  timeline: Timeline,
): Html {
  const byInstrument = new Map<number, RoundTrip[]>();
  for (const trip of result.roundTrips) {
    const trips = byInstrument.get(trip.instrument);
    if (trips) trips.push(trip);
    else byInstrument.set(trip.instrument, [trip]);
  }
  if (byInstrument.size === 0) {
    return html`<p class="empty">No position was closed in this run.</p>`;
  }
  const shown = [...byInstrument].sort(([a], [b]) => a - b).slice(0, CHARTS);
  return html`
    <p
      class="legend loose"><span><i class="ring"></i>entry</span> <span><i class="gain"></i>exit with a gain</span> <span><i class="loss"></i>exit with a loss</span></p>
    <div class="panels">${shown.map(([instrument, trips]) =>
      tradeChart(instrument, trips, names, timeline)
    )}</div>
    ${byInstrument.size > shown.length &&
      html`<p class="note">${
        byInstrument.size - shown.length
      } more instruments are in the table.</p>`}
  `;
}

function tradeChart(
  instrument: number,
  all: readonly RoundTrip[],
  names: InstrumentNames,
  timeline: Timeline,
): Html {
  const every = Math.ceil(all.length / DRAWN);
  const trips = all.filter((_, index) => index % every === 0);
  const prices = trips.flatMap((trip) => [Number(trip.entryPrice), Number(trip.exitPrice)]);
  const low = prices.reduce((a, b) => Math.min(a, b));
  const high = prices.reduce((a, b) => Math.max(a, b));
  const room = (high - low) * 0.08;
  const scale = valueScale(low - room, high + room, 4);
  const enter = (trip: RoundTrip) =>
    [across(timeline.of(trip.timeEnter)), down(along(scale, Number(trip.entryPrice)))] as const;
  const exit = (trip: RoundTrip) =>
    [across(timeline.of(trip.timeExit)), down(along(scale, Number(trip.exitPrice)))] as const;
  const segments = (some: readonly RoundTrip[]) =>
    some.map((trip) => `M${enter(trip).join(" ")}L${exit(trip).join(" ")}`).join("");
  const gains = trips.filter((trip) => Number(trip.pnl) > 0);
  const losses = trips.filter((trip) => Number(trip.pnl) <= 0);
  const name = names.short(instrument);
  const total = all.reduce((sum, trip) => sum + Number(trip.pnl), 0);
  const entries = dots(trips.map(enter));
  return html`<figure><figcaption><b>${name}</b> <span>${all.length} round ${
    all.length === 1 ? "trip" : "trips"
  }, ${formatSigned(total)}</span></figcaption>
${
    chart(
      {
        id: `trades-${instrument}`,
        title: `Entries and exits, ${name}`,
        description:
          `${all.length} round trips at prices from ${formatAmount(low)} to ${
            formatAmount(high)
          }; ` +
          `${gains.length} of the ${trips.length} drawn made a gain.`,
        size: "middle",
        scale,
        times: timeTicks(timeline.start, timeline.end, 4),
        timeLabels: true,
      },
      html`
        <g class="${trips.length > 60 && "many"}">
          <path class="hold loss" d="${segments(losses)}" />
          <path class="hold gain" d="${segments(gains)}" />
          <path class="ring" d="${entries}" />
          <path class="core" d="${entries}" />
          <path class="dot loss" d="${dots(losses.map(exit))}" />
          <path class="dot gain" d="${dots(gains.map(exit))}" />
        </g>
      `,
    )
  }${every > 1 && html`<p class="note">Every ${every}th round trip is drawn.</p>`}</figure>`;
}

/** Lists round trips, at most `limit` of them. */
export function tradeTable(
  result: BacktestResult,
  names: InstrumentNames,
  timeline: Timeline,
  limit: number,
): Html {
  const { roundTrips } = result;
  if (roundTrips.length === 0) return html``;
  const shown = roundTrips.slice(0, limit);
  const days = timeline.spansDays;
  return html`
    <details${shown.length <= 40 && html`
      open
    `}>
      <summary>${formatNumber(
        roundTrips.length,
        0,
      )} round trips${shown.length < roundTrips.length &&
        ` (the first ${formatNumber(shown.length, 0)} are listed)`}</summary>
      <div class="scroll" role="region" aria-label="Round trips" tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">#</th>
              <th scope="col" class="text">Instrument</th>
              <th scope="col" class="text">Side</th>
              <th scope="col">Entry</th>
              <th scope="col">Exit</th>
              <th scope="col">Held</th>
              <th scope="col">Quantity</th>
              <th scope="col">Entry price</th>
              <th scope="col">Exit price</th>
              <th scope="col">Fees</th>
              <th scope="col">Result</th>
              <th scope="col">Return</th>
            </tr>
          </thead>
          <tbody>${shown.map((trip, index) => {
            const pnl = Number(trip.pnl);
            const held = Date.parse(trip.timeExit) - Date.parse(trip.timeEnter);
            return html`
              <tr>
                <th scope="row">${index + 1}</th>
                <td class="text">${names.short(trip.instrument)}</td>
                <td class="text">${trip.side === "buy" ? "long" : "short"}</td>
                <td>${formatClock(trip.timeEnter, days)}</td>
                <td>${formatClock(trip.timeExit, days)}</td>
                <td>${formatDuration(held)}</td>
                <td>${formatAmount(Number(trip.quantity))}</td>
                <td>${formatAmount(Number(trip.entryPrice))}</td>
                <td>${formatAmount(Number(trip.exitPrice))}</td>
                <td>${formatNumber(Number(trip.feesEnter) + Number(trip.feesExit), 4)}</td>
                <td class="${pnl > 0 ? "gain" : pnl < 0 ? "loss" : ""}"><data value="${trip
                  .pnl}">${formatSigned(pnl, 4)}</data></td>
                <td>${formatSignedPercent(Number(trip.return))}</td>
              </tr>
            `;
          })}</tbody>
        </table>
      </div>
      <p class="note">Times are UTC${days
        ? ""
        : `, on ${timeline.timeAt(0).slice(0, 10)}`}. Results are in ${result.equity.quote}.</p>
      </details>
  `;
}
