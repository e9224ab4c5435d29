/**
 * The figures of a run: a row of headline tiles and a table per instrument.
 *
 * @module
 */

import type { BacktestResult, OpenPosition, Ratio, TearSheet } from "../types.ts";
import {
  formatAmount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRatio,
  formatSigned,
  formatSignedPercent,
} from "./_format.ts";
import { type Html, html, type Part } from "./_html.ts";
import type { InstrumentNames } from "./_instruments.ts";

/** Why a figure cannot be given. */
const REASONS = {
  trades: "No position was closed.",
  sharpe: "All returns are equal or there is only one, so the standard deviation is zero.",
  sortino: "The losing returns do not differ (none, one, or equal), so their deviation is zero.",
  calmar: "The cumulated profit never fell from a positive peak, so there is no drawdown.",
  losses: "No losing round trip to divide by.",
  drawdown: "The cumulated profit had no drawdown from a positive peak.",
} as const;

type Reason = keyof typeof REASONS;

/** Gathers the reasons that a table refers to, in order of their first use. */
class Footnotes {
  readonly #used: Reason[] = [];

  /** `n/a` with the number of its reason. */
  missing(reason: Reason): Html {
    if (!this.#used.includes(reason)) this.#used.push(reason);
    const number = this.#used.indexOf(reason) + 1;
    return html`
      <span
        class="missing">n/a<sup><a href="#reason-${reason}" aria-label="reason ${number}">${number}</a></sup></span>
    `;
  }

  list(): Html {
    if (this.#used.length === 0) return html``;
    return html`<ol class="reasons">${
      this.#used.map((reason) => html`<li id="reason-${reason}">${REASONS[reason]}</li>`)
    }</ol>`;
  }
}

/** Sums over all instruments. */
interface Totals {
  readonly pnl: number;
  readonly trades: number;
  readonly wins: number;
  readonly losses: number;
  readonly grossProfit: number;
  readonly grossLoss: number;
  readonly fees: number;
}

function total(sheets: readonly TearSheet[]): Totals {
  const sum = (read: (sheet: TearSheet) => string | number) =>
    sheets.reduce((all, sheet) => all + Number(read(sheet)), 0);
  return {
    pnl: sum((sheet) => sheet.pnl),
    trades: sum((sheet) => sheet.derived.trades),
    wins: sum((sheet) => sheet.derived.wins),
    losses: sum((sheet) => sheet.derived.losses),
    grossProfit: sum((sheet) => sheet.derived.grossProfit),
    grossLoss: sum((sheet) => sheet.derived.grossLoss),
    fees: sum((sheet) => sheet.derived.fees),
  };
}

/** The headline figures. */
export function headline(result: BacktestResult): Html {
  const { equity, roundTrips, openPositions } = result;
  const totals = total(Object.values(result.summary.instruments));
  const held = roundTrips.map((trip) => Date.parse(trip.timeExit) - Date.parse(trip.timeEnter));
  const meanHeld = held.reduce((sum, one) => sum + one, 0) / held.length;
  const profit = Number(equity.final) - Number(equity.initial);
  return html`<dl class="tiles">
${
    tile(
      `Result, ${equity.quote}`,
      tone(profit),
      `${formatSignedPercent(equity.totalReturn)} of ${formatNumber(Number(equity.initial))}`,
    )
  }${tile("Max drawdown", formatPercent(equity.maxDrawdown), "of equity, over every event")}${
    tile(
      "Round trips",
      formatNumber(totals.trades, 0),
      held.length > 0
        ? `held ${formatDuration(meanHeld)} on average${
          openPositions.length > 0 ? `, ${openPositions.length} still open` : ""
        }`
        : `${openPositions.length} open at the end`,
    )
  }${
    tile(
      "Won",
      totals.trades > 0 ? formatPercent(totals.wins / totals.trades, 1) : "n/a",
      `${totals.wins} gains, ${totals.losses} losses`,
    )
  }${tile("Fees", formatNumber(totals.fees), `${equity.quote}, on closed positions`)}</dl>`;
}

function tile(label: string, value: Part, detail: string): Html {
  return html`
    <div>
      <dt>${label}</dt>
      <dd><strong>${value}</strong><small>${detail}</small></dd>
    </div>
  `;
}

/** The table of figures, one column per instrument. */
export function statistics(result: BacktestResult, names: InstrumentNames): Html {
  const sheets = Object.values(result.summary.instruments);
  const notes = new Footnotes();
  const totals = total(sheets);
  const interval = sheets[0]?.sharpeRatio.interval ?? "Daily";
  const quote = result.equity.quote;

  const row = (label: Part, cell: (sheet: TearSheet, index: number) => Part, all: Part = "–") =>
    html`<tr><th scope="row">${label}</th>${
      sheets.map((sheet, index) => html`<td>${cell(sheet, index)}</td>`)
    }${sheets.length > 1 && html`<td class="all">${all}</td>`}</tr>`;
  const group = (label: string) =>
    html`
      <tr class="group">
        <th scope="colgroup" colspan="${sheets.length + (sheets.length > 1 ? 2 : 1)}">${label}</th>
      </tr>
    `;
  const share = (part: number, whole: number) =>
    whole > 0 ? formatPercent(part / whole, 1) : notes.missing("trades");
  const quotient = (profit: number, loss: number) =>
    loss > 0 ? formatRatio(profit / loss) : notes.missing("losses");
  const ratio = (sheet: TearSheet, value: Ratio, reason: Reason) => {
    if (sheet.derived.trades === 0) return notes.missing("trades");
    if (value.degenerate) return notes.missing(reason);
    return exact(value.value, formatRatio(Number(value.value)));
  };
  const open = (some: readonly OpenPosition[]) =>
    some.reduce((sum, one) => sum + Number(one.pnlUnrealised) + Number(one.pnlRealised), 0);
  const openOf = (index: number) =>
    open(result.openPositions.filter((position) => position.instrument === index));

  const body = [
    group(`Result, ${quote}`),
    row(
      "Realised, after fees",
      (sheet) => money(sheet.pnl),
      tone(totals.pnl),
    ),
    row(
      html`Open positions at market <small>fees and partial exits included</small>`,
      (_, index) => tone(openOf(index)),
      tone(open(result.openPositions)),
    ),
    row(
      "Gross profit",
      (sheet) => exact(sheet.derived.grossProfit, formatNumber(Number(sheet.derived.grossProfit))),
      formatNumber(totals.grossProfit),
    ),
    row(
      "Gross loss",
      (sheet) => exact(sheet.derived.grossLoss, formatNumber(Number(sheet.derived.grossLoss))),
      formatNumber(totals.grossLoss),
    ),
    row(
      "Gross profit / gross loss",
      ({ derived }) => quotient(Number(derived.grossProfit), Number(derived.grossLoss)),
      quotient(totals.grossProfit, totals.grossLoss),
    ),
    row(
      "Fees",
      (sheet) => exact(sheet.derived.fees, formatNumber(Number(sheet.derived.fees))),
      formatNumber(totals.fees),
    ),
    group("Round trips"),
    row("Closed", (sheet) => sheet.derived.trades, totals.trades),
    row(
      "Gains / losses",
      ({ derived }) => `${derived.wins} / ${derived.losses}`,
      `${totals.wins} / ${totals.losses}`,
    ),
    row(
      "Share of gains",
      ({ derived }) => share(derived.wins, derived.trades),
      share(totals.wins, totals.trades),
    ),
    row(
      html`Share of losses <small>the engine's <code>win_rate</code></small>`,
      (sheet) =>
        sheet.winRate === null
          ? notes.missing("trades")
          : exact(sheet.winRate, formatPercent(Number(sheet.winRate), 1)),
      share(totals.losses, totals.trades),
    ),
    group(`Ratios of round-trip returns, scaled to ${interval}`),
    row(
      "Mean return",
      (sheet) =>
        sheet.derived.trades === 0
          ? notes.missing("trades")
          : exact(sheet.pnlReturn.value, formatSignedPercent(Number(sheet.pnlReturn.value))),
    ),
    row("Sharpe", (sheet) => ratio(sheet, sheet.sharpeRatio, "sharpe")),
    row("Sortino", (sheet) => ratio(sheet, sheet.sortinoRatio, "sortino")),
    row("Calmar", (sheet) => ratio(sheet, sheet.calmarRatio, "calmar")),
    row(
      html`|Σ returns| / |Σ losing returns| <small>the engine's <code>profit_factor</code></small>`,
      (sheet) => {
        if (sheet.derived.trades === 0) return notes.missing("trades");
        const factor = Number(sheet.profitFactor);
        return sheet.profitFactor === null || !(Math.abs(factor) < 7.9e28)
          ? notes.missing("losses")
          : exact(sheet.profitFactor, formatRatio(factor));
      },
    ),
    group("Drawdown of the cumulated realised profit, share of its peak"),
    row(
      "Deepest",
      (sheet) =>
        sheet.pnlDrawdownMax === null
          ? notes.missing("drawdown")
          : exact(sheet.pnlDrawdownMax.value, formatPercent(Number(sheet.pnlDrawdownMax.value))),
    ),
    row(
      "Mean",
      (sheet) =>
        sheet.pnlDrawdownMean === null
          ? notes.missing("drawdown")
          : exact(sheet.pnlDrawdownMean.value, formatPercent(Number(sheet.pnlDrawdownMean.value))),
    ),
    row(
      "Mean length",
      (sheet) =>
        sheet.pnlDrawdownMean === null
          ? notes.missing("drawdown")
          : formatDuration(sheet.pnlDrawdownMean.durationMs),
    ),
  ];
  return html`
    <div class="scroll" role="region" aria-label="Figures per instrument" tabindex="0">
      <table class="figures">
        <thead>
          <tr><td></td>${sheets.map((_, index) =>
            html`<th scope="col">${names.short(index)}</th>`
          )}${sheets.length > 1 && html`<th scope="col" class="all">All</th>`}</tr>
        </thead>
        <tbody>${body}</tbody>
      </table>
    </div>${notes.list()}${warning(result, interval)}
  `;
}

/** Says when ratios are scaled up from a run far shorter than their interval. */
function warning(result: BacktestResult, interval: string): Part {
  const length = Date.parse(result.summary.timeEnd) - Date.parse(result.summary.timeStart);
  const days = interval === "Daily" ? 1 : interval.startsWith("Annual") ? 365 : 0;
  if (!(length < days * 86_400_000)) return null;
  return html`
    <p
      class="note">The run lasted ${formatDuration(
        length,
      )} and the ratios are scaled to ${interval}: mean return in proportion to time, the others with its square root. Figures scaled up from so short a run describe this run; they predict nothing. The risk-free return used is ${formatPercent(
        Number(result.riskFreeReturn),
      )}, not scaled.</p>
  `;
}

/** Positions that were still open. */
export function openPositions(result: BacktestResult, names: InstrumentNames): Part {
  if (result.openPositions.length === 0) return null;
  return html`
    <h3>Open at the end</h3>
    <div class="scroll" role="region" aria-label="Open positions" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col" class="text">Instrument</th>
            <th scope="col" class="text">Side</th>
            <th scope="col">Quantity</th>
            <th scope="col">Entry price</th>
            <th scope="col">Market price</th>
            <th scope="col">Result at market</th>
          </tr>
        </thead>
        <tbody>${result.openPositions.map((position) =>
          html`
            <tr>
              <th scope="row" class="text">${names.short(position.instrument)}</th>
              <td class="text">${position.side === "buy" ? "long" : "short"}</td>
              <td>${formatAmount(Number(position.quantity))}</td>
              <td>${formatAmount(Number(position.entryPrice))}</td>
              <td>${position.markPrice === null
                ? "none"
                : formatAmount(Number(position.markPrice))}</td>
              <td>${money(position.pnlUnrealised)}</td>
            </tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}

/** A rounded figure that carries its exact value. */
function exact(value: string, shown: string): Html {
  return html`<data value="${value}">${shown}</data>`;
}

function money(value: string): Html {
  return html`<data value="${value}">${tone(Number(value))}</data>`;
}

function tone(value: number): Html {
  const text = formatSigned(value);
  const name = text.startsWith("+") ? "gain" : text.startsWith("−") ? "loss" : "";
  return html`<span class="${name}">${text}</span>`;
}
