/**
 * Market events as values: to the lines that the library reads, and back from columns.
 *
 * @module
 */

import { checkObject, show } from "../_check.ts";
import { timeText } from "./_time.ts";
import type {
  BookColumns,
  LevelColumns,
  MarketColumns,
  MarketEvent,
  MarketEventKind,
} from "./market_event.ts";
import type { InstrumentTable, Side } from "./types.ts";

const SIDES: readonly Side[] = ["buy", "sell"];
const KINDS: readonly MarketEventKind[] = [
  "trade",
  "quote",
  "candle",
  "liquidation",
  "book",
  "reconnecting",
];

/**
 * Events as JSON lines.
 *
 * @throws {TypeError} If the source cannot be iterated or an event is neither object nor text.
 */
export async function eventLines(
  action: string,
  source: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<string> {
  checkObject(action, "source", source);
  if (!(Symbol.iterator in source) && !(Symbol.asyncIterator in source)) {
    throw new TypeError(`Cannot ${action} as source must be an iterable of events`);
  }
  const lines: string[] = [];
  for await (const event of source) {
    if (typeof event === "string") {
      // A text with line breaks would count as several records.
      lines.push(event.replaceAll("\n", " "));
      continue;
    }
    checkObject(action, `event ${lines.length}`, event);
    lines.push(eventText(event));
  }
  return lines.join("\n");
}

/** An event, or several, as JSON. */
export function eventText(event: object): string {
  return JSON.stringify(event, plain);
}

/** What JSON would lose: bigints would throw, and NaN would become null, which means "none". */
function plain(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return show(value);
  return value;
}

/** The events of a range, from the columns of each kind. */
export function eventsOf(
  table: InstrumentTable,
  { start, end }: { readonly start: number; readonly end: number },
  columns: (kind: MarketEventKind) => MarketColumns,
): MarketEvent[] {
  const events = new Array<MarketEvent>(end - start);
  for (const kind of KINDS) {
    const batch = columns(kind);
    for (const [row, position] of (batch.position ?? new Uint32Array()).entries()) {
      events[position - start] = eventAt(table, batch, row);
    }
  }
  return events;
}

function eventAt(table: InstrumentTable, batch: MarketColumns, row: number): MarketEvent {
  if (batch.kind === "reconnecting") {
    return { kind: batch.kind, exchange: batch.exchange[row] ?? "" };
  }
  const at = (values: Float64Array | undefined) => values?.[row] ?? NaN;
  const time = (values: BigInt64Array | undefined) => timeText(values?.[row] ?? 0n);
  const instrument = batch.instrument?.[row] ?? 0;
  const base = {
    time: time(batch.time),
    received: time(batch.received),
    exchange: table.instruments[instrument]?.exchange ?? "",
    instrument,
  };
  switch (batch.kind) {
    case "trade":
      return {
        kind: batch.kind,
        ...base,
        id: batch.id?.[row] ?? "",
        price: at(batch.price),
        amount: at(batch.amount),
        side: SIDES[batch.side[row] ?? 0] ?? "buy",
      };
    case "quote": {
      const known = (value: number) => Number.isNaN(value) ? null : value;
      return {
        kind: batch.kind,
        ...base,
        bidPrice: known(at(batch.bidPrice)),
        bidAmount: known(at(batch.bidAmount)),
        askPrice: known(at(batch.askPrice)),
        askAmount: known(at(batch.askAmount)),
      };
    }
    case "candle":
      return {
        kind: batch.kind,
        ...base,
        closeTime: time(batch.closeTime),
        open: at(batch.open),
        high: at(batch.high),
        low: at(batch.low),
        close: at(batch.close),
        volume: at(batch.volume),
        tradeCount: at(batch.tradeCount),
      };
    case "liquidation":
      return {
        kind: batch.kind,
        ...base,
        price: at(batch.price),
        amount: at(batch.amount),
        side: SIDES[batch.side[row] ?? 0] ?? "buy",
      };
    case "book":
      return { kind: batch.kind, ...base, ...bookAt(batch, row) };
  }
}

function bookAt(batch: BookColumns, row: number) {
  const levels = ({ ends, prices, amounts }: LevelColumns) =>
    Array.from(
      prices.subarray(row === 0 ? 0 : ends[row - 1], ends[row]),
      (price, at) => [price, amounts[(row === 0 ? 0 : ends[row - 1] ?? 0) + at] ?? NaN] as const,
    );
  return {
    bids: levels(batch.bids),
    asks: levels(batch.asks),
    sequence: batch.sequence?.[row] ?? 0,
    update: batch.update?.[row] === 1,
  };
}
