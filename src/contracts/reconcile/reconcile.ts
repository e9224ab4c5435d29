/**
 * What a venue says against what the core believes: a report of the differences, and the events that
 * mend them.
 *
 * @module
 */

import { checkOneOf, show } from "../../_check.ts";
import { compareBalances, type ComparedOrder, comparePositions } from "./account_difference.ts";
import { contractError } from "../schema/issue.ts";
import type { Json } from "../json/value.ts";
import { nativeReconcile } from "./native_reconcile.ts";
import { compareOrder, unmendable } from "./order_difference.ts";
import { repairEvents } from "./repairs.ts";
import type { CoreBackend } from "../execution_core.ts";
import { MODE_POLICY } from "../generated/data.ts";
import { validateContract } from "../schema/validation.ts";
import type {
  Authority,
  CoreSnapshot,
  EngineEvent,
  ExecutionStepResult,
  Mode,
  OrderRecord,
  ReconciliationItem,
  ReconciliationReport,
  Severity,
  TimeNs,
  VenueOrder,
  VenueSnapshot,
} from "../generated/types.ts";

/** Settings of {@linkcode reconcile}. */
export interface ReconcileOptions {
  /** The implementation; both answer the same. @default "typescript" */
  readonly backend?: CoreBackend;
  /** How long news of an order may be on its way, in nanoseconds. @default "0" */
  readonly graceNs?: TimeNs;
  /** When each order last changed here, as {@linkcode lastChanges} finds it. An order that is not listed is old. */
  readonly changed?: ReadonlyMap<string, TimeNs>;
}

/** What {@linkcode reconcile} found. */
export interface Reconciliation {
  /** The differences, by kind and key. */
  readonly report: ReconciliationReport;
  /** Events that bring the core to what the venue says, in the order to feed them. */
  readonly repairs: readonly EngineEvent[];
}

const KINDS: readonly ReconciliationItem["kind"][] = [
  "order_missing_local",
  "order_missing_venue",
  "status",
  "filled",
  "balance",
  "position",
];
const SEVERITIES: readonly Severity[] = ["info", "warn", "error", "fatal"];

/**
 * Compares what a venue holds with a core's state.
 *
 * Pure: the same arguments give the same report and the same events, in both implementations. Take the
 * venue's snapshot first and the core's after it, so that what the venue knows has had its chance to
 * arrive. The core's mode decides who is right: in `backtest` nothing is repaired, in `paper` and
 * `sandbox` missed fills and reports are, in `live` also cash, and what no event can mend halts new
 * orders.
 *
 * @param core the state of a core that trades at this venue alone
 * @param venue what the venue says; prices of missing fills are taken from its limit prices
 * @throws {ContractError} `contract_schema_invalid`, `contract_semantic_invalid` or
 *   `contract_version` if a snapshot breaks its contract
 * @throws {RangeError} if `graceNs` or a time is no integer of nanoseconds within 64 bits
 *
 * @example Cash that came from outside
 * ```ts
 * import { type CoreConfig, createCore, reconcile } from "@tendon/tendon/contracts";
 * import { assertEquals } from "@std/assert";
 *
 * const config: CoreConfig = {
 *   schema: "core_config/1.0",
 *   run_id: "run-1",
 *   mode: "live",
 *   base_currency: "USD",
 *   initial_cash: [{ currency: "USD", amount: "1000" }],
 *   policy_overrides: null,
 *   risk: {
 *     max_order_quantity: null,
 *     max_order_notional: null,
 *     max_position: null,
 *     max_open_orders: null,
 *   },
 *   capabilities: null,
 * };
 * const core = createCore(config, { backend: "typescript" });
 * const { report, repairs } = reconcile(core.snapshot(), {
 *   schema: "venue_snapshot/1.0",
 *   venue: "exchange",
 *   as_of: "1735689600000000000",
 *   orders: [],
 *   balances: [{ currency: "USD", amount: "1500" }],
 *   positions: [],
 * });
 * assertEquals(report.items[0]?.kind, "balance");
 * for (const event of repairs) core.step(event);
 * assertEquals(core.snapshot().cash, [{ currency: "USD", amount: "1500" }]);
 * core.close();
 * ```
 */
export function reconcile(
  core: CoreSnapshot,
  venue: VenueSnapshot,
  options: ReconcileOptions = {},
): Reconciliation {
  const action = "reconcile";
  const { backend = "typescript", graceNs = "0", changed = new Map() } = options;
  checkOneOf(action, "backend", backend, ["rust", "typescript"]);
  const grace = checkTime(action, "graceNs", graceNs);
  for (const [order, at] of changed) checkTime(action, `changed of ${show(order)}`, at);
  checkContract("core_snapshot", core);
  checkContract("venue_snapshot", venue);
  if (backend === "rust") return nativeReconcile(core, venue, graceNs, changed);
  return compare(core, venue, grace, changed);
}

/** Throws unless a document keeps its contract. */
function checkContract(name: "core_snapshot" | "venue_snapshot", document: unknown): void {
  // What is no JSON is an issue like any other.
  const issues = validateContract(name, document as Json);
  if (issues.length > 0) throw contractError(`reconcile a ${name}`, issues);
}

/** A time or duration as a number. */
function checkTime(action: string, name: string, value: unknown): bigint {
  const time = typeof value === "string" && /^(0|-?[1-9][0-9]{0,18})$/.test(value)
    ? BigInt(value)
    : null;
  if (time !== null && BigInt.asIntN(64, time) === time) return time;
  throw new RangeError(
    `Cannot ${action} as ${name} must be nanoseconds as text, within 64 bits: ` +
      `current value is ${show(value)}`,
  );
}

function authorityIn(mode: Mode): Authority {
  // The table has a row for each mode; without one, nothing would be repaired.
  return MODE_POLICY.find((row) => row.mode === mode)?.authority ?? "local";
}

function compare(
  core: CoreSnapshot,
  venue: VenueSnapshot,
  grace: bigint,
  changed: ReadonlyMap<string, TimeNs>,
): Reconciliation {
  const authority = authorityIn(core.mode);
  const now = BigInt(venue.as_of);
  const young = ({ order_id }: OrderRecord) => {
    const at = changed.get(order_id);
    return at !== undefined && now - BigInt(at) < grace;
  };
  const ours = new Set(core.orders.map(({ order_id }) => order_id));
  const { matched, unknown } = match(core.orders, venue.orders);
  const orders = core.orders.map((order): ComparedOrder => ({
    order,
    ...compareOrder(core, order, matched.get(order.order_id) ?? null, young(order), authority),
  }));
  const balances = compareBalances(core, venue, orders, authority);
  const items = [
    ...unknown.map((order) => unknownOrder(order, ours, authority)),
    ...orders.flatMap((order) => order.items),
    ...balances.items,
    ...comparePositions(core, venue, orders, authority),
  ].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || compareText(a.key, b.key));
  const worst = Math.max(0, ...items.map(({ severity }) => SEVERITIES.indexOf(severity)));
  const report: ReconciliationReport = {
    schema: "reconciliation_report/1.0",
    items,
    severity: SEVERITIES[worst] ?? "info",
  };
  return {
    report,
    repairs: repairEvents(core, venue, matched, orders, balances.adjustments, items),
  };
}

/** Pairs the orders: by our id and the venue's, by our id, then by the venue's alone. */
function match(
  local: readonly OrderRecord[],
  venue: readonly VenueOrder[],
): { matched: Map<string, VenueOrder>; unknown: readonly VenueOrder[] } {
  const ours = new Map(local.map((order) => [order.order_id, order]));
  const theirs = new Map<string, string>();
  for (const { order_id, venue_order_id } of [...local].reverse()) {
    if (venue_order_id !== null) theirs.set(venue_order_id, order_id);
  }
  const matched = new Map<string, VenueOrder>();
  const rounds: readonly ((order: VenueOrder) => string | null | undefined)[] = [
    ({ order_id, venue_order_id }) =>
      order_id !== null && ours.get(order_id)?.venue_order_id === venue_order_id ? order_id : null,
    ({ order_id }) => order_id !== null && ours.has(order_id) ? order_id : null,
    ({ order_id, venue_order_id }) => order_id === null ? theirs.get(venue_order_id) : null,
  ];
  let rest = [...venue].sort((a, b) =>
    compareText(a.venue_order_id, b.venue_order_id) ||
    compareText(a.order_id ?? "", b.order_id ?? "")
  );
  for (const round of rounds) {
    rest = rest.filter((order) => {
      const id = round(order);
      if (id === null || id === undefined || matched.has(id)) return true;
      matched.set(id, order);
      return false;
    });
  }
  return { matched, unknown: rest };
}

function unknownOrder(
  order: VenueOrder,
  ours: ReadonlySet<string>,
  authority: Authority,
): ReconciliationItem {
  const { order_id, venue_order_id } = order;
  return {
    kind: "order_missing_local",
    key: order_id !== null && !ours.has(order_id) ? order_id : venue_order_id,
    local: null,
    venue: order.status,
    severity: authority === "venue" ? "fatal" : "error",
    action: unmendable(authority),
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * When each order last changed, from the results of a core's steps.
 *
 * @param results in order
 * @returns event time of the last transition, by order id
 */
export function lastChanges(results: Iterable<ExecutionStepResult>): Map<string, TimeNs> {
  const changed = new Map<string, TimeNs>();
  for (const { event_result, intent_results } of results) {
    for (const { transitions } of [event_result, ...intent_results]) {
      for (const { order_id, at } of transitions) changed.set(order_id, at);
    }
  }
  return changed;
}
