/**
 * Typed arrays across the border: one attachment in, one packed answer out.
 *
 * @module
 */

import type { Answer } from "../../ffi/call.ts";
import type { Methods } from "../../ffi/generated/methods.ts";
import { checkArray, checkObject, show } from "../_check.ts";
import type { MarketColumns, MarketEventKind } from "./market_event.ts";

type Format = Methods["engine.loadData"]["request"]["format"];
type Batches = Extract<Format, { type: "batches" }>["batches"];
type Layout = Batches[number]["columns"][number]["values"];
type Span = Extract<Layout, { type: "levels" }>["ends"];

/** How a column crosses. */
type Form = "times" | "numbers" | "counts" | "sides" | "texts" | "levels";

const ITEM = { time: "times", received: "times", instrument: "counts" } as const;
const PRINT = { price: "numbers", amount: "numbers", side: "sides" } as const;

/** The columns of each kind, in no order. */
const FORMS: Readonly<Record<MarketEventKind, Readonly<Record<string, Form>>>> = {
  trade: { ...ITEM, ...PRINT, id: "texts" },
  quote: {
    ...ITEM,
    updated: "times",
    bidPrice: "numbers",
    bidAmount: "numbers",
    askPrice: "numbers",
    askAmount: "numbers",
  },
  candle: {
    ...ITEM,
    closeTime: "times",
    open: "numbers",
    high: "numbers",
    low: "numbers",
    close: "numbers",
    volume: "numbers",
    tradeCount: "numbers",
  },
  liquidation: { ...ITEM, ...PRINT },
  book: { ...ITEM, update: "counts", sequence: "numbers", bids: "levels", asks: "levels" },
  reconnecting: { exchange: "texts" },
};

const ARRAYS = {
  times: BigInt64Array,
  numbers: Float64Array,
  counts: Uint32Array,
  sides: Uint8Array,
} as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Whether a name is that of a kind of event. */
export function isEventKind(kind: unknown): kind is MarketEventKind {
  return typeof kind === "string" && Object.hasOwn(FORMS, kind);
}

/** Lays arrays one after the other, each at a multiple of 8. */
class Attachment {
  readonly #parts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  #length = 0;

  add(array: BigInt64Array | Float64Array | Uint32Array | Uint8Array): Span {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const offset = this.#length;
    this.#parts.push({ at: offset, bytes });
    this.#length += (bytes.length + 7) & ~7;
    return { offset, length: array.length };
  }

  join(): Uint8Array {
    const joined = new Uint8Array(this.#length);
    for (const { at, bytes } of this.#parts) joined.set(bytes, at);
    return joined;
  }
}

/**
 * Batches as the library takes them.
 *
 * @throws {TypeError} If a batch is of no known kind or an array is of the wrong type.
 */
export function packBatches(
  action: string,
  batches: readonly MarketColumns[],
): { readonly format: Format; readonly attachment: Uint8Array } {
  const attachment = new Attachment();
  const layouts = batches.map((batch, number) => {
    const at = `batches[${number}]`;
    checkObject(action, at, batch);
    const { kind, position } = batch;
    if (!isEventKind(kind)) throw wrong(action, `${at}.kind`, "a kind of event", kind);
    const columns: Batches[number]["columns"] = [];
    for (const [name, form] of Object.entries(FORMS[kind])) {
      const values = (batch as unknown as Record<string, unknown>)[name];
      if (values === undefined) continue;
      columns.push({ name, values: pack(action, `${at}.${name}`, form, values, attachment) });
    }
    if (position !== undefined && !(position instanceof Uint32Array)) {
      throw wrong(action, `${at}.position`, "a Uint32Array", position);
    }
    return { kind, columns, position: position === undefined ? null : attachment.add(position) };
  });
  return { format: { type: "batches", batches: layouts }, attachment: attachment.join() };
}

function pack(
  action: string,
  at: string,
  form: Form,
  values: unknown,
  attachment: Attachment,
): Layout {
  switch (form) {
    case "texts":
      return { type: form, at: attachment.add(packTexts(action, at, values)) };
    case "levels": {
      checkObject(action, at, values);
      const { ends, prices, amounts } = values as Record<string, unknown>;
      return {
        type: form,
        ends: attachment.add(typed(action, `${at}.ends`, "counts", ends)),
        prices: attachment.add(typed(action, `${at}.prices`, "numbers", prices)),
        amounts: attachment.add(typed(action, `${at}.amounts`, "numbers", amounts)),
      };
    }
    default:
      return { type: form, at: attachment.add(typed(action, at, form, values)) };
  }
}

function packTexts(action: string, at: string, values: unknown): Uint8Array {
  checkArray(action, at, values);
  let lines = "";
  for (const [row, text] of (values as unknown[]).entries()) {
    if (typeof text !== "string" || /[\r\n]/.test(text)) {
      throw wrong(action, `${at}[${row}]`, "a string without line breaks", text);
    }
    lines += `${text}\n`;
  }
  return encoder.encode(lines);
}

function typed<F extends keyof typeof ARRAYS>(
  action: string,
  at: string,
  form: F,
  values: unknown,
): InstanceType<typeof ARRAYS[F]> {
  const type = ARRAYS[form];
  if (values instanceof type) return values as InstanceType<typeof ARRAYS[F]>;
  throw wrong(action, at, `a ${type.name}`, values);
}

function wrong(action: string, at: string, wanted: string, value: unknown): TypeError {
  const shown = ArrayBuffer.isView(value) ? value.constructor.name : show(value);
  return new TypeError(`Cannot ${action} as ${at} must be ${wanted}: current value is ${shown}`);
}

/** One kind's arrays from the library's answer. */
export function unpackBatch(
  kind: MarketEventKind,
  { columns, rows }: Answer<"engine.dataColumns">,
): MarketColumns {
  const batch: Record<string, unknown> = { kind, position: columns.position };
  for (const [name, form] of Object.entries(FORMS[kind])) {
    if (form === "levels") {
      batch[name] = {
        ends: columns[`${name}Ends`],
        prices: columns[`${name}Prices`],
        amounts: columns[`${name}Amounts`],
      };
    } else if (form === "texts") {
      const text = decoder.decode(columns[name] as Uint8Array<ArrayBuffer>);
      batch[name] = rows === 0 ? [] : text.split("\n");
    } else {
      batch[name] = columns[name];
    }
  }
  // The library fills the columns that FORMS names for this kind.
  return batch as unknown as MarketColumns;
}
