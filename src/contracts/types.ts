/**
 * What crosses the border of the core.
 *
 * @module
 */

/** Exact decimal text in canonical form. */
export type Decimal = string;
/** Exact amount of money in canonical form. */
export type Money = string;
/** Nanoseconds since the Unix epoch, as text. */
export type TimeNs = string;

export type Mode = "backtest" | "paper" | "sandbox" | "live";
export type Side = "buy" | "sell";
export type OrderType = "market" | "limit" | "stop" | "stop_limit";
export type Tif = "gtc" | "ioc" | "fok" | "day" | "gtd";
export type OrderStatus =
  | "created"
  | "submitted"
  | "accepted"
  | "partially_filled"
  | "cancel_pending"
  | "filled"
  | "cancelled"
  | "rejected"
  | "expired";
export type Severity = "info" | "warn" | "error" | "fatal";
export type Liquidity = "maker" | "taker" | "unknown";
export type RiskFlag = "halt_new_orders" | "reduce_only" | "kill_switch";
export type ReasonCode =
  | "insufficient_funds"
  | "price_band"
  | "post_only_cross"
  | "reduce_only"
  | "unknown_instrument"
  | "rate_limit"
  | "self_trade"
  | "venue_halt"
  | "user"
  | "other";
export type ErrorCode =
  | "ILLEGAL_TRANSITION"
  | "FILL_BEFORE_ACCEPT"
  | "FILL_AFTER_TERMINAL"
  | "OVERFILL"
  | "NON_POSITIVE_QUANTITY"
  | "UNKNOWN_ORDER"
  | "DUPLICATE_ORDER_ID"
  | "ORDER_TERMINAL"
  | "CANCEL_ALREADY_PENDING"
  | "STALE_REPORT"
  | "IDEMPOTENCY_CONFLICT"
  | "REPLACE_BELOW_FILLED"
  | "REPLACE_PENDING"
  | "CUM_FILLED_MISMATCH"
  | "RECONCILE_MISMATCH"
  | "MISSING_EVENT_TIME"
  | "TIME_REGRESSION"
  | "SEQ_REGRESSION"
  | "SOURCE_TYPE_MISMATCH"
  | "SCHEMA_INVALID"
  | "SEMANTIC_INVALID"
  | "UNSUPPORTED_VERSION"
  | "RISK_DENIED"
  | "HALTED"
  | "CAPABILITY_UNSUPPORTED"
  | "MODE_FORBIDDEN"
  | "DECIMAL_OVERFLOW"
  | "INVARIANT_VIOLATION"
  | "IMPLIED_ACCEPT"
  | "LATE_EVENT";

export interface Fee {
  currency: string;
  amount: Decimal;
}
export interface CurrencyAmount {
  currency: string;
  amount: Money;
}
export interface Attribution {
  strategy_id: string | null;
  execution_id: string | null;
  route_id: string | null;
  broker_id: string | null;
  snapshot_id: string | null;
}
export interface Trace {
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
}
export interface Diagnostic {
  code: ErrorCode;
  severity: Severity;
  message: string;
  order_id: string | null;
}

export interface MarketBar {
  timeframe: string;
  open_time: TimeNs;
  open: Decimal;
  high: Decimal;
  low: Decimal;
  close: Decimal;
  volume: Decimal;
  closed: boolean;
}
export interface MarketTrade {
  trade_id: string | null;
  price: Decimal;
  quantity: Decimal;
  aggressor: "buy" | "sell" | "unknown";
}
export interface MarketQuote {
  bid_price: Decimal | null;
  bid_size: Decimal | null;
  ask_price: Decimal | null;
  ask_size: Decimal | null;
}
export interface OrderReport {
  order_id: string;
  venue_order_id: string | null;
  report_id: string | null;
  report:
    | "accepted"
    | "rejected"
    | "cancelled"
    | "cancel_rejected"
    | "expired"
    | "replaced"
    | "replace_rejected"
    | "status";
  reason_code: ReasonCode | null;
  reason: string | null;
  cum_filled: Decimal | null;
  quantity: Decimal | null;
  limit_price: Decimal | null;
  status: OrderStatus | null;
}
export interface OrderFill {
  order_id: string;
  venue_order_id: string | null;
  fill_id: string;
  price: Decimal;
  quantity: Decimal;
  liquidity: Liquidity;
  fee: Fee | null;
  cum_filled: Decimal | null;
  remaining: Decimal | null;
}
export interface TimerFired {
  timer_id: string;
  kind: "cheat_on_open" | "normal";
  scheduled_for: TimeNs;
}
export interface ControlCommand {
  command_id: string;
  command:
    | "halt"
    | "resume"
    | "cancel_all"
    | "set_risk_flag"
    | "account_adjustment"
    | "reconcile"
    | "checkpoint"
    | "shutdown";
  flag: RiskFlag | null;
  value: boolean | null;
  currency: string | null;
  instrument: string | null;
  amount: Money | null;
  reason: string | null;
}
export type EventBody =
  | { type: "market.bar"; data: MarketBar }
  | { type: "market.trade"; data: MarketTrade }
  | { type: "market.quote"; data: MarketQuote }
  | { type: "order.report"; data: OrderReport }
  | { type: "order.fill"; data: OrderFill }
  | { type: "timer.fired"; data: TimerFired }
  | { type: "control.command"; data: ControlCommand };
export interface EngineEvent {
  schema: "engine_event/1.0";
  event_id: string;
  seq_id: number | null;
  event_time: TimeNs | null;
  ingest_time: TimeNs | null;
  source: "market_data" | "broker_report" | "timer" | "control";
  venue: string | null;
  instrument: string | null;
  producer: { name: string; index: number };
  idempotency_key: string | null;
  synthetic: boolean;
  attribution: Attribution;
  trace: Trace | null;
  body: EventBody;
}

export interface PlaceOrder {
  order_id: string;
  instrument: string;
  side: Side;
  order_type: OrderType;
  quantity: Decimal;
  limit_price: Decimal | null;
  stop_price: Decimal | null;
  time_in_force: Tif;
  expire_at: TimeNs | null;
  post_only: boolean;
  reduce_only: boolean;
  parent_order_id: string | null;
  oco_group: string | null;
  tag: string | null;
}
export interface CancelOrder {
  order_id: string;
  reason: string | null;
}
export interface ReplaceOrder {
  order_id: string;
  quantity: Decimal | null;
  limit_price: Decimal | null;
  stop_price: Decimal | null;
}
export interface SetRiskFlag {
  flag: RiskFlag;
  value: boolean;
  reason: string | null;
}
export type IntentBody =
  | { type: "place_order"; data: PlaceOrder }
  | { type: "cancel_order"; data: CancelOrder }
  | { type: "replace_order"; data: ReplaceOrder }
  | { type: "set_risk_flag"; data: SetRiskFlag }
  | { type: "no_op"; data: { note: string | null } };
export interface EngineIntent {
  schema: "engine_intent/1.0";
  intent_id: string;
  index: number;
  caused_by: number;
  created_at: TimeNs;
  idempotency_key: string | null;
  attribution: Attribution;
  trace: Trace | null;
  body: IntentBody;
}

export interface TransitionFill {
  fill_id: string;
  price: Decimal;
  quantity: Decimal;
  liquidity: Liquidity;
  fee: Fee | null;
}
export type TransitionCause =
  | "place"
  | "send"
  | "risk_reject"
  | "accept"
  | "reject"
  | "fill"
  | "cancel_request"
  | "cancel"
  | "cancel_reject"
  | "expire"
  | "replace_request"
  | "replace"
  | "replace_reject";
export interface OrderTransition {
  schema: "order_transition/1.0";
  order_id: string;
  index: number;
  seq_id: number | null;
  intent_id: string | null;
  from: OrderStatus | null;
  to: OrderStatus;
  cause: TransitionCause;
  at: TimeNs;
  fill: TransitionFill | null;
  filled_before: Decimal;
  filled_after: Decimal;
  remaining_after: Decimal;
  reason_code: ReasonCode | null;
  attribution: Attribution;
  trace: Trace | null;
}
export type Outcome = "applied" | "duplicate" | "ignored" | "rejected";
export interface Delta {
  kind: "cash" | "fee" | "position" | "cost" | "realized_pnl";
  key: string;
  amount: Money;
  after: Money;
}
export interface TransitionResult {
  schema: "transition_result/1.0";
  subject: { kind: "event" | "intent"; id: string; seq_id: number | null };
  outcome: Outcome;
  code: ErrorCode | null;
  transitions: OrderTransition[];
  deltas: Delta[];
  diagnostics: Diagnostic[];
}
export type RiskRule =
  | "reduce_only"
  | "max_open_orders"
  | "max_order_quantity"
  | "max_order_notional"
  | "max_position"
  | "capability"
  | "halted";
export interface RiskEntry {
  intent_id: string;
  decision: "allow" | "modify" | "deny";
  rule: RiskRule | null;
  code: ErrorCode | null;
}
export type Invariant =
  | "SEQ_MONOTONIC"
  | "LEGAL_TRANSITION"
  | "NO_FILL_BEFORE_ACCEPT"
  | "TERMINAL_FINAL"
  | "FILLED_MONOTONIC"
  | "REMAINING_MONOTONIC"
  | "CONSERVATION"
  | "QUANTITY_IDENTITY"
  | "NO_DUPLICATE_EFFECT"
  | "TIME_MONOTONIC"
  | "STEP_ATOMIC"
  | "REPLAY_EQUAL";
export interface Violation {
  code: Invariant;
  severity: Severity;
  message: string;
}
export type Stage =
  | "CONFIGURE"
  | "BOOTSTRAP"
  | "INGEST"
  | "SEQUENCE"
  | "APPLY"
  | "STRATEGY"
  | "BROKER"
  | "OBSERVE"
  | "COMMIT"
  | "SHUTDOWN";
export interface ExecutionStepResult {
  schema: "execution_step_result/1.0";
  run_id: string;
  step_seq: number;
  mode: Mode;
  event: EngineEvent;
  event_result: TransitionResult;
  intents: EngineIntent[];
  risk: RiskEntry[];
  intent_results: TransitionResult[];
  reports: EngineEvent[];
  stages: Stage[];
  invariants: { checked: Invariant[]; violations: Violation[] };
  snapshot_hash: string;
  economic_hash: string;
  prev_hash: string;
  step_hash: string;
}

export interface PendingReplace {
  quantity: Decimal | null;
  limit_price: Decimal | null;
  stop_price: Decimal | null;
}
export interface OrderRecord {
  order_id: string;
  venue_order_id: string | null;
  instrument: string;
  side: Side;
  order_type: OrderType;
  quantity: Decimal;
  limit_price: Decimal | null;
  stop_price: Decimal | null;
  time_in_force: Tif;
  status: OrderStatus;
  resume_status: OrderStatus | null;
  filled: Decimal;
  remaining: Decimal;
  notional: Money;
  avg_fill_price: Money | null;
  fees: CurrencyAmount[];
  pending_replace: PendingReplace | null;
  last_seq: number;
  transitions: number;
  attribution: Attribution;
  trace_id: string;
}
export interface Position {
  instrument: string;
  quantity: Money;
  cost: Money;
  avg_price: Money | null;
  realized_pnl: Money;
}
export interface CoreSnapshot {
  schema: "core_snapshot/1.0";
  snapshot_id: string;
  run_id: string;
  mode: Mode;
  step_seq: number;
  seq_id: number;
  as_of: TimeNs | null;
  base_currency: string;
  initial_cash: CurrencyAmount[];
  adjustments: CurrencyAmount[];
  cash: CurrencyAmount[];
  fees_paid: CurrencyAmount[];
  positions: Position[];
  orders: OrderRecord[];
  marks: { instrument: string; price: Money }[];
  risk_flags: { flag: RiskFlag; value: boolean }[];
  cursors: { stream: string; last_event_time: TimeNs; index: number }[];
  idempotency: { count: number; digest: string };
  halted: boolean;
  economic_hash: string;
  state_hash: string;
}
export interface CoreConfig {
  schema: "core_config/1.0";
  run_id: string;
  mode: Mode;
  base_currency: string;
  initial_cash: CurrencyAmount[];
  policy_overrides: {
    early_fill: "reject" | "imply" | null;
    time_regression: "reject" | "flag" | null;
  } | null;
  risk: {
    max_order_quantity: Decimal | null;
    max_order_notional: Money | null;
    max_position: Decimal | null;
    max_open_orders: number | null;
  };
  capabilities: { order_types: OrderType[]; time_in_force: Tif[]; replace: boolean } | null;
}
