/**
 * An independent model of the replay: written from "The replay", "Strategies" and "The mock exchange"
 * of `docs/engine.md`, over the recording's own text, with decimals of 40 places. It shares no code
 * with `src/` or the crates.
 *
 * @module
 */

/** Places of the model's decimals; only a weighted mid has more, which is cut. */
const PLACES = 40;
const ONE = 10n ** BigInt(PLACES);

/** A decimal with {@linkcode PLACES} places. */
export type Fixed = bigint;

/** Reads a decimal as it is written, also in a number's own notation. */
export function fixed(text: string): Fixed {
  const [, sign, whole = "", fraction = "", power = "0"] =
    /^(-?)(\d+)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text) ?? [];
  if (sign === undefined) throw new SyntaxError(`"${text}" is no decimal`);
  const shift = PLACES - fraction.length + Number(power);
  const digits = BigInt(whole + fraction);
  const value = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  return sign === "-" ? -value : value;
}

function times(a: Fixed, b: Fixed): Fixed {
  return a * b / ONE;
}

function over(a: Fixed, b: Fixed): Fixed {
  return a * ONE / b;
}

/** One line of a recording. */
export interface Recorded {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly instrument: number;
  readonly trade?: Fixed;
  readonly quote?: Quote;
}

interface Quote {
  readonly time: bigint;
  readonly bid: Level | null;
  readonly ask: Level | null;
}

interface Level {
  readonly price: Fixed;
  readonly amount: Fixed;
}

/** A time as integer nanoseconds. */
export function nanoseconds(time: string): bigint {
  const [seconds = "", fraction = ""] = time.slice(0, -1).split(".");
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** Reads a recording of trades and best quotes. */
export function readRecording(text: string): Recorded[] {
  const level = (raw: { price: string; amount: string } | null) =>
    raw && { price: fixed(raw.price), amount: fixed(raw.amount) };
  return text.trim().split("\n").map((line): Recorded => {
    const { time_exchange, instrument, kind } = JSON.parse(line).Item;
    const time = nanoseconds(time_exchange);
    if (kind.Trade) return { time, instrument, trade: fixed(String(kind.Trade.price)) };
    const { last_update_time, best_bid, best_ask } = kind.OrderBookL1;
    const quote = {
      time: nanoseconds(last_update_time),
      bid: level(best_bid),
      ask: level(best_ask),
    };
    return { time, instrument, quote };
  });
}

/** What is run. */
export interface ModelConfig {
  readonly instruments: number;
  readonly strategy:
    | { readonly type: "smaCross"; readonly fast: number; readonly slow: number }
    | { readonly type: "buyAndHold" };
  readonly quantity: string;
  readonly feeRate: string;
  readonly latencyMs: number;
  readonly cash: string;
}

/** An execution. */
export interface ModelFill {
  readonly time: bigint;
  readonly instrument: number;
  readonly side: "buy" | "sell";
  readonly price: Fixed;
  readonly quantity: Fixed;
  readonly fees: Fixed;
}

/** A closed position. */
export interface ModelTrip {
  readonly instrument: number;
  readonly entry: ModelFill;
  readonly exit: ModelFill;
  readonly pnl: Fixed;
}

/** What a run leads to. */
export interface ModelResult {
  readonly orders: number;
  readonly rejected: number;
  readonly fills: readonly ModelFill[];
  readonly trips: readonly ModelTrip[];
  /** Cash that the fills would leave on an exchange that credits sales, and holdings at the mark. */
  readonly equity: Fixed;
  /** What barter's mock exchange says is left. */
  readonly quoteBalance: Fixed;
}

interface Pair {
  quote: Quote | undefined;
  trade: { readonly time: bigint; readonly price: Fixed } | undefined;
  readonly prices: Fixed[];
  held: ModelFill | undefined;
  waiting: boolean;
}

interface Answer {
  readonly due: bigint;
  readonly instrument: number;
  readonly fill: ModelFill | undefined;
}

/** Replays a recording. */
export function replay(recording: readonly Recorded[], config: ModelConfig): ModelResult {
  const quantity = fixed(config.quantity);
  const feeRate = fixed(config.feeRate);
  const latency = BigInt(config.latencyMs) * 1_000_000n;
  // Half of it in whole milliseconds.
  const there = BigInt(Math.floor(config.latencyMs / 2)) * 1_000_000n;
  const pairs = Array.from({ length: config.instruments }, (): Pair => ({
    quote: undefined,
    trade: undefined,
    prices: [],
    held: undefined,
    waiting: false,
  }));
  const fills: ModelFill[] = [];
  const trips: ModelTrip[] = [];
  const pending: Answer[] = [];
  let balance = fixed(config.cash);
  let orders = 0;
  let rejected = 0;
  let clock = (recording[0]?.time ?? 0n) + there;
  let trading = true;

  function wish(pair: Pair): "buy" | "sell" | undefined {
    const { strategy } = config;
    if (strategy.type === "buyAndHold") return pair.held === undefined ? "buy" : undefined;
    const { fast, slow } = strategy;
    const { length } = pair.prices;
    if (length < slow) return undefined;
    const mean = (n: number) =>
      pair.prices.slice(length - n).reduce((sum, price) => sum + price, 0n);
    const difference = mean(fast) * BigInt(slow) - mean(slow) * BigInt(fast);
    if (difference > 0n && pair.held === undefined) return "buy";
    return difference < 0n && pair.held !== undefined ? "sell" : undefined;
  }

  function evaluate(instrument: number, pair: Pair): void {
    if (!trading || pair.waiting) return;
    const side = wish(pair);
    const price = side && markOf(pair);
    if (side === undefined || price === undefined) return;
    orders++;
    pair.waiting = true;
    const value = times(price, quantity);
    const fees = times(value, feeRate);
    const taken = side === "buy" ? value + fees : quantity + times(quantity, feeRate);
    const enough = balance >= taken;
    if (enough) balance -= taken;
    else rejected++;
    const fill = { time: clock + there, instrument, side, price, quantity, fees };
    pending.push({ due: clock + latency, instrument, fill: enough ? fill : undefined });
  }

  function deliver({ instrument, fill }: Answer): void {
    const pair = pairs[instrument] as Pair;
    pair.waiting = false;
    if (fill !== undefined) {
      clock = clock > fill.time ? clock : fill.time;
      fills.push(fill);
      if (fill.side === "buy") pair.held = fill;
      else if (pair.held !== undefined) {
        const entry = pair.held;
        const pnl = times(fill.price - entry.price, quantity) - entry.fees - fill.fees;
        trips.push({ instrument, entry, exit: fill, pnl });
        pair.held = undefined;
      }
    }
    evaluate(instrument, pair);
  }

  for (const { time, instrument, trade, quote } of recording) {
    const now = time > clock ? time : clock;
    const due = pending.filter((answer) => answer.due <= now);
    for (const answer of due) pending.splice(pending.indexOf(answer), 1);
    due.forEach(deliver);
    clock = time > clock ? time : clock;
    const pair = pairs[instrument] as Pair;
    if (trade !== undefined) {
      if (pair.trade === undefined || pair.trade.time < time) pair.trade = { time, price: trade };
      pair.prices.push(trade);
    }
    if (quote !== undefined && (pair.quote === undefined || pair.quote.time < time)) {
      pair.quote = quote;
    }
    evaluate(instrument, pair);
  }
  trading = false;
  pending.splice(0).forEach(deliver);

  let equity = fixed(config.cash);
  for (const { side, price, fees } of fills) {
    equity += (side === "buy" ? -1n : 1n) * times(price, quantity) - fees;
  }
  for (const pair of pairs) {
    const mark = markOf(pair);
    if (pair.held !== undefined && mark !== undefined) equity += times(mark, quantity);
  }
  return { orders, rejected, fills, trips, equity, quoteBalance: balance };
}

/** The volume-weighted mid of the best bid and ask, else the last trade. */
function markOf({ quote, trade }: Pair): Fixed | undefined {
  if (!quote?.bid || !quote.ask) return trade?.price;
  const { bid, ask } = quote;
  const weighted = times(bid.price, ask.amount) + times(ask.price, bid.amount);
  return over(weighted, bid.amount + ask.amount);
}
