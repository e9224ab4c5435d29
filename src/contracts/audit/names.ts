/**
 * The engine's names and times as those of the contracts.
 *
 * @module
 */

import type { InstrumentInfo, InstrumentTable } from "../../engine/mod.ts";
import { clip } from "../core/clip.ts";
import { sha256 } from "../core/sha256.ts";

const ID = /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/;
const CURRENCY = /^[A-Z0-9]{2,16}$/;
const BASE = /^[A-Z0-9]{1,16}$/;
const SUFFIX = /^[a-z0-9_.-]{1,32}$/;
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/;

/** A text as an Id: itself where it is one, else what can be kept of it and a digest. */
export function idOf(text: string): string {
  if (ID.test(text)) return text;
  const kept = text.replace(/[^A-Za-z0-9._:/@+-]/g, "_").slice(0, 80);
  return `x${kept}-${sha256(text).slice(0, 16)}`;
}

/** An asset as a Currency: in upper case, or a digest of a name that no Currency can have. */
export function currencyOf(asset: string): string {
  return named(asset, CURRENCY);
}

function named(asset: string, pattern: RegExp): string {
  const upper = asset.toUpperCase();
  return pattern.test(upper) ? upper : `X${sha256(asset).slice(0, 15).toUpperCase()}`;
}

/** `BASE/QUOTE:exchange`, with kind, expiry and terms behind the exchange for derivatives. */
function instrumentOf(info: InstrumentInfo): string {
  const { base, quote, exchange, kind } = info;
  const pair = `${named(base, BASE)}/${currencyOf(quote)}`;
  const suffix = [exchange, ...terms(kind)].join(".").toLowerCase();
  return `${pair}:${SUFFIX.test(suffix) ? suffix : digested(info)}`;
}

function terms(kind: InstrumentInfo["kind"]): readonly string[] {
  switch (kind.type) {
    case "spot":
      return [];
    case "perpetual":
      return ["perpetual"];
    case "future":
      return ["future", day(kind.expiry)];
    case "option":
      return ["option", day(kind.expiry), kind.right, String(kind.strike)];
  }
}

function day(time: string): string {
  return time.slice(0, 10).replaceAll("-", "");
}

function digested({ exchange, name, nameExchange }: InstrumentInfo): string {
  const start = exchange.toLowerCase().replace(/[^a-z0-9_.-]/g, "_").slice(0, 15);
  return `${start}.${sha256(`${exchange}|${name}|${nameExchange}`).slice(0, 16)}`;
}

/**
 * The contracts' names of a table's instruments, by index: `BTC/USDT:binance_spot`,
 * `BTC/USD:okx.future.20250627`.
 *
 * The exchange is always part of the name, because positions belong to an instrument, whatever the
 * venue. A name that is too long or not the only one has a digest behind the exchange.
 *
 * @example
 * ```ts
 * import { instrumentNames } from "@tendon/tendon/contracts";
 * import { describeInstruments } from "@tendon/tendon/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const table = describeInstruments([
 *   { exchange: "binance_spot", nameExchange: "BTCUSDT", underlying: { base: "btc", quote: "usdt" } },
 * ]);
 * assertEquals(instrumentNames(table), ["BTC/USDT:binance_spot"]);
 * ```
 */
export function instrumentNames(table: InstrumentTable): readonly string[] {
  const names = table.instruments.map(instrumentOf);
  return names.map((name, index) => {
    const info = table.instruments[index];
    if (info === undefined || names.indexOf(name) === names.lastIndexOf(name)) return name;
    return `${name.slice(0, name.indexOf(":"))}:${digested(info)}`;
  });
}

/** Nanoseconds since the epoch of an RFC 3339 time. */
export function timeNs(text: string): string {
  const [, whole = "", fraction = "", zone = ""] = TIME.exec(text) ?? [];
  const millis = Date.parse(whole + zone);
  if (Number.isNaN(millis)) throw new TypeError(`Cannot read a time: current value is "${text}"`);
  return (BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(9, "0"))).toString();
}

/** The first 256 characters, for a reason or a note. */
export function brief(text: string): string {
  return clip(text, 256);
}
