/**
 * What a local server does in the place of an exchange. Formats are those of the public documentation,
 * and figures of trades those of its examples where it has some.
 *
 * @module
 */

import type { InstrumentConfig, LiveEvent, LiveKind } from "../../../src/engine/mod.ts";

/** How a server behaves. */
export interface ExchangeScript {
  /** What is sent to whoever connects. */
  welcome?(): unknown[];
  /** Answers to a message; `subscribed` connections have subscribed before. */
  answer(message: unknown, subscribed: number): unknown[];
  /** The answer to a request by HTTP; undefined is 404. */
  http?(path: string): unknown;
}

/** One stream of one exchange: what is asked for, how it is answered, and what comes of its messages. */
export interface ExchangeCase {
  readonly name: string;
  readonly instrument: InstrumentConfig;
  readonly kind: LiveKind;
  /** Path of the socket. */
  readonly path: string;
  /** The subscription that must arrive, without the time at which it was sent. */
  readonly request: unknown;
  readonly script: ExchangeScript;
  /** What the exchange answers to refuse it. */
  readonly refusal: unknown;
  readonly messages: readonly unknown[];
  /** The events, without the time of receipt; a time of null is the time of receipt. */
  readonly events: readonly Comparable[];
}

type WithoutReceived<T> = T extends unknown
  ? Omit<T, "received" | "time"> & { time?: string | null }
  : never;

/** An event without what depends on the clock. */
export type Comparable = WithoutReceived<LiveEvent>;

const isSubscription = (message: unknown): boolean =>
  JSON.stringify(message).toLowerCase().includes("subscribe");

/** Answers subscriptions alone. */
export function agree(...answers: unknown[]): ExchangeScript {
  return { answer: (message) => isSubscription(message) ? answers : [] };
}

/** An instrument of one unit per contract, if it is one. */
export function instrument(
  exchange: string,
  nameExchange: string,
  pair: string,
  kind: "spot" | "perpetual" | "future" | "option" = "spot",
): InstrumentConfig {
  const [base = "", quote = ""] = pair.split("/");
  const contract = { contractSize: "1", settlementAsset: quote };
  const expiry = "2030-12-27T08:00:00Z";
  const kinds = {
    spot: "spot",
    perpetual: { type: "perpetual", ...contract },
    future: { type: "future", ...contract, expiry },
    option: {
      type: "option",
      ...contract,
      expiry,
      strike: "35000",
      right: "call",
      exercise: "european",
    },
  } as const;
  return { exchange, nameExchange, underlying: { base, quote }, kind: kinds[kind] };
}
