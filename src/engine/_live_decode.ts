/**
 * Records of live events, as `rust/engine/src/live/record.rs` writes them.
 *
 * @module
 */

import { TendonError } from "../errors.ts";
import { decimalReader } from "./_decimal.ts";
import { timeText } from "./_time.ts";
import type { LiveBook, LiveEvent } from "./live_event.ts";
import type { Decimal, InstrumentTable } from "./types.ts";

const TRADE = 1;
const QUOTE = 2;
const LIQUIDATION = 4;
const BOOK = 5;
const INTERRUPTION = 6;

const SELL = 1;
const BID = 2;
const ASK = 4;
const CHANGE = 8;

const TIME_AT = 8;
const RECEIVED_AT = 16;
const BODY_AT = 24;
const ID_AT = 40;
const LEVELS_AT = 40;

const decoder = new TextDecoder();

/** Makes the decoder for events of a table's instruments. */
export function liveDecoder(table: InstrumentTable): (record: Uint8Array) => LiveEvent {
  return (record) => {
    const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
    const kind = view.getUint8(0);
    const flags = view.getUint8(1);
    const instrument = view.getUint32(4, true);
    if (kind === INTERRUPTION) {
      return { kind: "reconnecting", exchange: table.exchanges[instrument]?.exchange ?? "" };
    }
    const time = timeText(view.getBigInt64(TIME_AT, true));
    const received = timeText(view.getBigInt64(RECEIVED_AT, true));
    const exchange = table.instruments[instrument]?.exchange ?? "";
    switch (kind) {
      case TRADE:
      case LIQUIDATION: {
        const price = view.getFloat64(BODY_AT, true);
        const amount = view.getFloat64(BODY_AT + 8, true);
        const side = (flags & SELL) === 0 ? "buy" : "sell";
        const base = { time, received, exchange, instrument };
        return kind === LIQUIDATION
          ? { kind: "liquidation", ...base, price, amount, side }
          : { kind: "trade", ...base, id: text(record.subarray(ID_AT)), price, amount, side };
      }
      case QUOTE: {
        const next = decimalReader(record.subarray(BODY_AT));
        const bid = [next(), next()] as const;
        const ask = [next(), next()] as const;
        const [bidPrice, bidAmount] = (flags & BID) === 0 ? [null, null] : bid;
        const [askPrice, askAmount] = (flags & ASK) === 0 ? [null, null] : ask;
        return {
          kind: "quote",
          time,
          received,
          exchange,
          instrument,
          bidPrice,
          bidAmount,
          askPrice,
          askAmount,
        };
      }
      case BOOK:
        return {
          kind: "book",
          time,
          received,
          exchange,
          instrument,
          ...levels(record, view),
          update: (flags & CHANGE) !== 0,
        };
      default:
        throw new TendonError("internal", `Cannot read a live event of kind ${kind}`);
    }
  };
}

/** Ids are short and nearly always ASCII, where a decoder costs more than the letters. */
function text(bytes: Uint8Array): string {
  if (bytes.length > 64 || bytes.some((byte) => byte > 127)) return decoder.decode(bytes);
  return String.fromCharCode(...bytes);
}

function levels(
  record: Uint8Array,
  view: DataView,
): Pick<LiveBook, "sequence" | "bids" | "asks"> {
  const next = decimalReader(record.subarray(LEVELS_AT));
  const side = (countAt: number) =>
    Array.from(
      { length: view.getUint32(countAt, true) },
      (): [Decimal, Decimal] => [next(), next()],
    );
  return {
    sequence: Number(view.getBigUint64(BODY_AT, true)),
    bids: side(BODY_AT + 8),
    asks: side(BODY_AT + 12),
  };
}
