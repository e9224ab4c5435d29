/**
 * The contracts of the engine boundary: schemas, validation and the execution core.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { validateContract } from "@tendon/tendon/contracts";
 *
 * const [issue] = validateContract("replay_header", { schema: "replay_header/2.0" });
 * assertEquals([issue?.code, issue?.pointer], ["UNSUPPORTED_VERSION", "/schema"]);
 * ```
 *
 * @module
 */

export { canonicalJson, parseJson } from "./json/json.ts";
export type { Json, JsonObject } from "./json/value.ts";
export { type Branded, type BrandName, decimal, money, orderId, timeNs } from "./schema/brand.ts";
export { BUNDLE_DIGEST } from "./generated/data.ts";
export {
  CONTRACT_NAMES,
  type ContractIssue,
  type ContractName,
  readContract,
  validateContract,
  type ValidationMode,
} from "./schema/validation.ts";
export { BACKENDS, createCore, restoreCore } from "./create_core.ts";
export {
  type CoreBackend,
  type CoreMemory,
  type CoreOptions,
  type ExecutionCore,
  OUTCOME_BYTES,
  type StepInput,
} from "./execution_core.ts";
export { sequenceBatch, type SequenceOptions } from "./sequence_batch.ts";
export { comparable } from "./core/comparison_form.ts";
export { type Difference, firstDifference } from "./difference.ts";
export { replayFixture } from "./replay/fixture.ts";
export type { Departure, ReplayOutcome } from "./replay/outcome.ts";
export { type GoldenEnd, replayHeader, replayLog, type ReplayRun } from "./replay/replay_log.ts";
export {
  type ReplayEnd,
  type VerifiedReplay,
  verifyReplay,
  verifyReplayStream,
} from "./replay/verify_replay.ts";
export { instrumentNames } from "./audit/names.ts";
export {
  type AuditCounts,
  type AuditRemainder,
  AuditSteps,
  type AuditStepsOptions,
} from "./audit/engine_audit.ts";
export {
  type OutcomeCounts,
  type RecordedEnd,
  type RecordOptions,
  recordRun,
  RunRecording,
  type TickSource,
} from "./audit/record_run.ts";
export { ContractRun } from "./run/contract_run.ts";
export type {
  ContractRunOptions,
  InvariantAlert,
  MarketKind,
  PlaceTerms,
  RunCounts,
  RunEnd,
  RunResume,
  RunStrategy,
  RunView,
  StrategyIntent,
  StrategyNews,
} from "./run/options.ts";
export { engineRunConfig, type RunConfigOptions } from "./audit/run_config.ts";
export { MockExchangeVenue, type MockExchangeVenueOptions } from "./venue/mock_exchange_venue.ts";
export {
  deliver,
  type DeliverOptions,
  type Delivery,
  type DeliveryVenue,
} from "./venue/deliver.ts";
export {
  lastChanges,
  reconcile,
  type ReconcileOptions,
  type Reconciliation,
} from "./reconcile/reconcile.ts";
export { RecordedVenue, RecordingVenue } from "./venue/recorded_venue.ts";
export { SimulatedVenue, type SimulatedVenueOptions } from "./venue/simulated_venue.ts";
export { timeline, type TimelineEntry, type TimelineFilter } from "./timeline.ts";
export {
  type CancelIntent,
  checkCapability,
  type IntentOf,
  isIntent,
  type PlaceIntent,
  type ReplaceIntent,
  type VenueAdapter,
  venueError,
  type VenueFailure,
  venueFailure,
  type VenueIntent,
  venueSnapshot,
  type VenueSnapshotOptions,
} from "./venue/venue.ts";
export { venueIntents } from "./venue/venue_intents.ts";
export { type StatusVocabulary, venueStatus } from "./venue/venue_status.ts";
export type {
  Aggressor,
  Attribution,
  Authority,
  CancelOrder,
  Capabilities,
  Checkpoint,
  Command,
  ControlCommand,
  CoreConfig,
  CoreEnvironment,
  CoreSnapshot,
  Currency,
  CurrencyAmount,
  Cursor,
  Decimal,
  Delta,
  DeltaKind,
  Diagnostic,
  DivergenceEntry,
  DivergenceStatus,
  EarlyFill,
  EngineEvent,
  EngineIntent,
  ErrorCode,
  EventBody,
  EventSource,
  ExecutionPath,
  ExecutionStepResult,
  Fee,
  Fixture,
  FixtureExpectation,
  FixtureMemory,
  FixtureResult,
  FixtureStart,
  FixtureStep,
  Hash,
  Id,
  IdempotencyKey,
  IdempotencyState,
  Index,
  Instrument,
  IntentBody,
  Invariant,
  InvariantPolicy,
  InvariantReport,
  LegalTransition,
  LegalTransitions,
  Liquidity,
  Mark,
  MarketBar,
  MarketQuote,
  MarketTrade,
  Message,
  MetadataEntry,
  MissingEventTime,
  Mode,
  ModePolicy,
  ModePolicyRow,
  Money,
  NoOp,
  OrderFill,
  OrderRecord,
  OrderReport,
  OrderStatus,
  OrderTransition,
  OrderType,
  Outcome,
  PendingReplace,
  PlaceOrder,
  PolicyOverrides,
  Position,
  Producer,
  QueuePolicy,
  Reason,
  ReasonCode,
  ReconciliationAction,
  ReconciliationItem,
  ReconciliationKind,
  ReconciliationReport,
  Refusal,
  RememberedKey,
  ReplaceOrder,
  ReplayHeader,
  ReportKind,
  RiskDecision,
  RiskEntry,
  RiskFlag,
  RiskFlagState,
  RiskLimits,
  RiskRule,
  RiskState,
  RunId,
  Seq,
  SetRiskFlag,
  Severity,
  Side,
  SpanId,
  Stage,
  Subject,
  SubjectKind,
  Tif,
  TimeNs,
  TimeRegression,
  TimerFired,
  TimerKind,
  Trace,
  TraceId,
  TransitionCause,
  TransitionFill,
  TransitionResult,
  VenueOrder,
  VenuePosition,
  VenueSnapshot,
  Violation,
} from "./generated/types.ts";
