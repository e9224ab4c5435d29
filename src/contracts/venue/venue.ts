/**
 * The border to a venue: what an adapter does, how it fails, and what it is never asked.
 *
 * An adapter owns transport, normalisation, idempotency keys and the mapping of the venue's names. It
 * never changes a core, decides accounting or calls a strategy: everything it knows arrives as events.
 *
 * @module
 */

import { TendonError, VenueError } from "../../errors.ts";
import type {
  Capabilities,
  CurrencyAmount,
  EngineEvent,
  EngineIntent,
  IntentBody,
  ReasonCode,
  TimeNs,
  VenueOrder,
  VenuePosition,
  VenueSnapshot,
} from "../generated/types.ts";

/** An intent of one kind. */
export type IntentOf<K extends IntentBody["type"]> = EngineIntent & {
  readonly body: Extract<IntentBody, { type: K }>;
};
/** An intent that places an order. */
export type PlaceIntent = IntentOf<"place_order">;
/** An intent that cancels an order. */
export type CancelIntent = IntentOf<"cancel_order">;
/** An intent that replaces an order. */
export type ReplaceIntent = IntentOf<"replace_order">;
/** An intent that a venue is sent. */
export type VenueIntent = PlaceIntent | CancelIntent | ReplaceIntent;

/** Whether an intent is of a kind. */
export function isIntent<K extends IntentBody["type"]>(
  intent: EngineIntent,
  type: K,
): intent is IntentOf<K> {
  return intent.body.type === type;
}

/**
 * A venue.
 *
 * Every method but `reports` and `close` fails with a `VenueError`, whose code says what to do next:
 *
 * - `venue_transient`: nothing happened, try again after `data.retryAfterMs`
 * - `venue_rejected`: the venue refuses, `data.reasonCode` says why
 * - `venue_unknown_outcome`: ask with `order()` for the same order id before any retry
 * - `venue_capability`: the venue cannot do it; nothing was sent
 * - `venue_fatal`: the adapter cannot go on
 *
 * {@linkcode deliver} does what the codes ask for.
 */
export interface VenueAdapter extends AsyncDisposable {
  /** Name of the venue in events. */
  readonly venue: string;
  /** What it can do. */
  readonly capabilities: Capabilities;
  /** Whether nothing it is asked leaves the process. Only such a venue runs in backtest and paper. */
  readonly simulated: boolean;
  /** Connects. Again does nothing. */
  connect(): Promise<void>;
  /** Sends an order. The same order id a second time has no second effect. */
  submit(intent: PlaceIntent): Promise<void>;
  /** Asks for the end of an order. */
  cancel(intent: CancelIntent): Promise<void>;
  /** Asks for other terms of an order. */
  replace(intent: ReplaceIntent): Promise<void>;
  /** The order of our id, whether it ended or not, or null if the venue does not know it. */
  order(orderId: string): Promise<VenueOrder | null>;
  /** Orders that can still be filled, by the venue's id. */
  openOrders(): Promise<readonly VenueOrder[]>;
  /** Cash, by currency. */
  balances(): Promise<readonly CurrencyAmount[]>;
  /** Positions, by instrument. */
  positions(): Promise<readonly VenuePosition[]>;
  /** Reports and fills, unsequenced, in order and without a gap; one reader. Ends when closed. */
  reports(): AsyncIterable<EngineEvent>;
  /**
   * The reports that wait. Only a venue whose answers are there as soon as a method has resolved has
   * it; a backtest needs it, because it must not depend on when reports arrive.
   */
  drain?(): readonly EngineEvent[];
  /** Feeds a market event, to a venue that matches against the market of the run. */
  market?(event: EngineEvent): void;
  /** Disconnects; orders stay as they are at the venue. Again does nothing. */
  close(): Promise<void>;
}

/** How an adapter fails. */
export type VenueFailure =
  | { readonly code: "venue_transient"; readonly retryAfterMs: number }
  | { readonly code: "venue_rejected"; readonly reasonCode: ReasonCode }
  | { readonly code: "venue_unknown_outcome" }
  | { readonly code: "venue_capability"; readonly rule: "CAPABILITY_UNSUPPORTED" }
  | { readonly code: "venue_fatal" };

/**
 * The error for a failure.
 *
 * @param failure what happened; its members but `code` become `data`
 * @param message what was attempted, found and needed
 */
export function venueError(failure: VenueFailure, message: string, cause?: unknown): VenueError {
  const { code, ...data } = failure;
  return new VenueError(code, message, { cause, data, retryable: code === "venue_transient" });
}

/**
 * What a venue threw, as an error of ours. An adapter fails with a `VenueError`; what is none says nothing
 * of what to do next, so that the adapter cannot go on.
 *
 * @param action what was asked of it
 */
export function asVenueError(venue: string, action: string, error: unknown): TendonError {
  if (error instanceof TendonError) return error;
  const message = `Cannot ${action}: venue "${venue}" failed with what is no VenueError`;
  return venueError({ code: "venue_fatal" }, message, error);
}

/** The failure behind an error, or null if it is something else. */
export function venueFailure(error: unknown): VenueFailure | null {
  // Made by `venueError`, which takes them from the same union.
  return error instanceof VenueError ? { code: error.code, ...error.data } as VenueFailure : null;
}

/**
 * Refuses what a venue cannot do, before anything is sent. Every adapter calls it first.
 *
 * @throws {VenueError} `venue_capability`
 */
export function checkCapability(capabilities: Capabilities, intent: VenueIntent): void {
  const missing = missingCapability(capabilities, intent);
  if (missing === null) return;
  throw venueError(
    { code: "venue_capability", rule: "CAPABILITY_UNSUPPORTED" },
    `Cannot send intent "${intent.intent_id}" as the venue has no ${missing}`,
  );
}

function missingCapability(
  { order_types, time_in_force, replace }: Capabilities,
  { body }: VenueIntent,
): string | null {
  if (body.type === "replace_order") return replace ? null : "replace";
  if (body.type === "cancel_order") return null;
  const { order_type, time_in_force: tif } = body.data;
  if (!order_types.includes(order_type)) return `order type "${order_type}"`;
  return time_in_force.includes(tif) ? null : `time in force "${tif}"`;
}

/** Settings of {@linkcode venueSnapshot}. */
export interface VenueSnapshotOptions {
  /** When, by the caller's clock; taken before the venue is asked. */
  readonly asOf: TimeNs;
  /** Orders to ask for by our id where they are not among the open ones, such as all that live here. */
  readonly orderIds?: Iterable<string>;
}

/**
 * What a venue holds, to reconcile a core with.
 *
 * @throws {VenueError} If the venue cannot be asked.
 */
export async function venueSnapshot(
  adapter: VenueAdapter,
  { asOf, orderIds = [] }: VenueSnapshotOptions,
): Promise<VenueSnapshot> {
  const orders = [...await adapter.openOrders()];
  const listed = new Set(orders.map(({ order_id }) => order_id));
  for (const id of new Set(orderIds)) {
    const order = listed.has(id) ? null : await adapter.order(id);
    if (order !== null) orders.push(order);
  }
  return {
    schema: "venue_snapshot/1.0",
    venue: adapter.venue,
    as_of: asOf,
    orders: orders.sort((a, b) => a.venue_order_id < b.venue_order_id ? -1 : 1),
    balances: [...await adapter.balances()],
    positions: [...await adapter.positions()],
  };
}
