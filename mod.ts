/**
 * Software agents that trade and work together: one library over one native engine.
 *
 * This module gathers the areas; each is also a module of its own: `@tendon/tendon/identity`,
 * `@tendon/tendon/agent`, `@tendon/tendon/tasks`, `@tendon/tendon/kv`, `@tendon/tendon/groups`,
 * `@tendon/tendon/engine`, `@tendon/tendon/errors`.
 *
 * Importing opens nothing. The native library is opened at first use and needs
 * `--allow-ffi=<library>` only; `docs/permissions.md` lists what else each area asks for.
 *
 * @module
 */

export {
  Agent,
  AgentBuilder,
  type AgentOptions,
  Message,
  type NetworkOptions,
  type SubscribeOptions,
  Subscription,
} from "./src/agent/mod.ts";
export {
  backtest,
  type BacktestConfig,
  type BacktestResult,
  describeInstruments,
  MarketData,
  renderTearSheet,
  type StrategyConfig,
} from "./src/engine/mod.ts";
export {
  CancelledError,
  ClosedError,
  ConfigError,
  EngineError,
  GroupError,
  IdentityError,
  KvError,
  LibraryError,
  LiveDataError,
  MarketDataError,
  NativePanicError,
  NetworkError,
  PermissionError,
  TaskError,
  TendonError,
  type TendonErrorOptions,
  TimeoutError,
} from "./src/errors.ts";
export {
  AgentCertificate,
  AgentId,
  IntroductionCard,
  Keypair,
  MachineId,
  PublicKey,
  UserId,
} from "./src/identity/mod.ts";
export { Group, PreparedMember } from "./src/groups/mod.ts";
export { type KvEntry, KvStore } from "./src/kv/mod.ts";
export { closeLibrary, type LibraryInfo, libraryInfo } from "./src/library.ts";
export { OfflineTaskList, type TaskItem, TaskList, type TaskState } from "./src/tasks/mod.ts";
