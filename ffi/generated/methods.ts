// Generated from the method table in rust/ffi/src/methods.rs by `deno task gen`; do not edit.

/**
 * A task to add.
 */
export type AddTask = { 
/**
 * The list's handle.
 */
list: number, 
/**
 * What is to be done.
 */
title: string, 
/**
 * More about it.
 */
description: string, };

/**
 * A new task.
 */
export type AddedTask = { 
/**
 * Its id, 64 hexadecimal digits.
 */
id: string, 
/**
 * Its place in the order.
 */
createdAtMs: number, 
/**
 * Revision of the replica that has it.
 */
revision: number, };

/**
 * Facts about an agent that do not change while it is open.
 */
export type AgentInfo = { 
/**
 * 64 hexadecimal digits.
 */
agentId: string, 
/**
 * 64 hexadecimal digits.
 */
machineId: string, 
/**
 * `host:port` with the real port; absent offline.
 */
address?: string, 
/**
 * Directory of its keys, without links.
 */
directory: string, };

/**
 * An agent's handle.
 */
export type AgentRef = { 
/**
 * The handle.
 */
agent: number, };

/**
 * What a native run took.
 */
export type AgentRun = { 
/**
 * Nanoseconds from the first operation to the last arrival.
 */
nanoseconds: number, };

/**
 * One array of a batch; little-endian.
 */
export type ArrayLayout = { "type": "times", 
/**
 * Where.
 */
at: Span, } | { "type": "numbers", 
/**
 * Where.
 */
at: Span, } | { "type": "counts", 
/**
 * Where.
 */
at: Span, } | { "type": "sides", 
/**
 * Where.
 */
at: Span, } | { "type": "texts", 
/**
 * Where.
 */
at: Span, } | { "type": "levels", 
/**
 * End of each row's levels, u32.
 */
ends: Span, 
/**
 * Prices, f64.
 */
prices: Span, 
/**
 * Amounts, f64.
 */
amounts: Span, };

/**
 * An asset on one exchange and its index.
 */
export type AssetInfo = { 
/**
 * Position in the engine's asset order.
 */
index: number, 
/**
 * Exchange id, for example `"binance_spot"`.
 */
exchange: string, 
/**
 * Internal asset name, for example `"usdt"`.
 */
asset: string, };

/**
 * Result of one asset.
 */
export type AssetTearSheet = { 
/**
 * Balance at the end.
 */
balanceEnd: BalanceEnd | null, 
/**
 * Drawdown of the balance still open at the end.
 */
drawdown: Drawdown | null, 
/**
 * Mean over the drawdowns of the balance.
 */
drawdownMean: MeanDrawdown | null, 
/**
 * Deepest drawdown of the balance.
 */
drawdownMax: Drawdown | null, };

/**
 * Head of a backtest's answer.
 *
 * Columns: `equityTime` i64, `equityValue` f64; `fillTime` i64, `fillInstrument` u32, `fillSide` u8
 * (0 buy, 1 sell), `fillDecimals` u8 (price, quantity, fees), `fillIds` u8 (a line of text: order id,
 * trade id); `tripEnter` i64, `tripExit` i64, `tripInstrument` u32, `tripSide` u8, `tripDecimals` u8
 * (entry price, exit price, quantity, pnl, return, entry fees, exit fees).
 */
export type BacktestHead = { 
/**
 * Name of the run.
 */
id: string, 
/**
 * Risk-free return used.
 */
riskFreeReturn: string, 
/**
 * The engine's summary.
 */
summary: TradingSummary, 
/**
 * Bounds of the equity curve.
 */
equity: EquityHead, 
/**
 * Positions still open at the end.
 */
openPositions: Array<OpenPosition>, 
/**
 * Counters.
 */
stats: RunStats, };

/**
 * Total and free amount of an asset.
 */
export type BalanceEnd = { 
/**
 * All of it.
 */
total: string, 
/**
 * What is not bound in orders.
 */
free: string, };

/**
 * An asset's balance.
 */
export type BalanceRecord = { 
/**
 * Index of the asset.
 */
asset: number, 
/**
 * All of it, a decimal.
 */
total: string, 
/**
 * What is not bound in orders, a decimal.
 */
free: string, 
/**
 * When, RFC 3339.
 */
time: string, };

/**
 * Events of one kind as arrays in an attachment.
 */
export type BatchLayout = { 
/**
 * What the rows are about.
 */
kind: EventKind, 
/**
 * The arrays.
 */
columns: Array<ColumnLayout>, 
/**
 * Where each row stands among the events of all batches, u32, or null.
 */
position: Span | null, };

/**
 * A task to claim or complete.
 */
export type ChangeTask = { 
/**
 * The list's handle.
 */
list: number, 
/**
 * The task's id.
 */
id: string, 
/**
 * Refuse unless the replica is at this revision.
 */
revision?: number, };

/**
 * What a claim or a completion came to.
 */
export type ChangedTask = { 
/**
 * Who holds it or has completed it.
 */
owner: TaskOwner, 
/**
 * Revision of the replica that says so.
 */
revision: number, };

/**
 * A named array.
 */
export type ColumnLayout = { 
/**
 * Name of the column.
 */
name: string, 
/**
 * Its values.
 */
values: ArrayLayout, };

/**
 * Size of a packed answer.
 */
export type Columns = { 
/**
 * Elements per column.
 */
length: number, };

/**
 * Head of typed arrays; the columns have the names that `BatchLayout` uses, texts are u8 with a
 * line per row, and levels are three columns each: `…Ends`, `…Prices`, `…Amounts`.
 */
export type ColumnsHead = { 
/**
 * Rows.
 */
rows: number, };

/**
 * An address to dial.
 */
export type ConnectPeer = { 
/**
 * The handle.
 */
agent: number, 
/**
 * `host:port`.
 */
address: string, 
/**
 * Milliseconds to wait.
 */
timeoutMs: number, };

/**
 * The machine that answered.
 */
export type ConnectedPeer = { 
/**
 * Its id.
 */
peer: string, };

/**
 * Live state of the calling context.
 */
export type ContextStats = { 
/**
 * Open objects.
 */
objects: number, };

/**
 * Counts and sums over the closed positions, computed beside the engine's own figures.
 */
export type DerivedFigures = { 
/**
 * Closed positions.
 */
trades: number, 
/**
 * Closed positions with a gain.
 */
wins: number, 
/**
 * Closed positions with a loss.
 */
losses: number, 
/**
 * Wins divided by trades, or null without trades.
 */
winShare: string | null, 
/**
 * Sum of all gains, in the quote asset.
 */
grossProfit: string, 
/**
 * Sum of all losses as a positive number, in the quote asset.
 */
grossLoss: string, 
/**
 * Fees of all closed positions, in the quote asset.
 */
fees: string, };

/**
 * Asks for the index tables of a list of instruments.
 */
export type DescribeInstruments = { 
/**
 * The instruments in any order.
 */
instruments: Array<InstrumentRequest>, };

/**
 * A fall from a peak.
 */
export type Drawdown = { 
/**
 * Depth as a fraction of the peak.
 */
value: string, 
/**
 * Time of the peak.
 */
start: string, 
/**
 * Time of the recovery, or of the last value.
 */
end: string, };

/**
 * What to do with an event that equals an earlier one.
 */
export type DuplicateRule = "keep" | "drop" | "refuse";

/**
 * Text that comes back, and the size of the attachment.
 */
export type Echo = { 
/**
 * Comes back as it went.
 */
text: string, 
/**
 * Comes back as the attachment's length.
 */
bytes: number, };

/**
 * An echo after a delay.
 */
export type EchoLater = { 
/**
 * Comes back as it went.
 */
text: string, 
/**
 * Milliseconds to wait.
 */
delayMs: number, };

/**
 * Duration of a native run.
 */
export type Elapsed = { 
/**
 * Nanoseconds.
 */
nanoseconds: number, };

/**
 * A number of events of one size.
 */
export type Emit = { 
/**
 * Where they go.
 */
stream: StreamOptions, 
/**
 * How many.
 */
count: number, 
/**
 * Bytes of each payload, at least 4; the first four are the item's index.
 */
bytes: number, };

/**
 * Bounds of the equity curve.
 */
export type EquityHead = { 
/**
 * Asset the values are in.
 */
quote: string, 
/**
 * Opening value.
 */
initial: string, 
/**
 * Value after the last event.
 */
final: string, 
/**
 * Deepest fall over every event, as a fraction of the peak.
 */
maxDrawdown: number, };

/**
 * Kind of event.
 */
export type EventKind = "trade" | "quote" | "candle" | "liquidation" | "book" | "reconnecting";

/**
 * An exchange and its index.
 */
export type ExchangeInfo = { 
/**
 * Position in the engine's exchange order.
 */
index: number, 
/**
 * Exchange id, for example `"binance_spot"`.
 */
exchange: string, };

/**
 * The mock exchange behind one exchange id.
 */
export type ExecutionRequest = { 
/**
 * Exchange id in snake case.
 */
exchange: string, 
/**
 * Fee as a fraction, a decimal.
 */
feeRate: string, 
/**
 * Milliseconds from order to answer.
 */
latencyMs: number, 
/**
 * Opening balance per asset, decimals.
 */
balances: { [key in string]: string }, };

/**
 * When an option can be used.
 */
export type Exercise = "american" | "bermudan" | "european";

/**
 * Form of the attachment.
 */
export type Format = { "type": "json", } | { "type": "records", } | { "type": "csv", 
/**
 * Kind of all rows, or null if the columns tell.
 */
kind: EventKind | null, } | { "type": "parquet", 
/**
 * Kind of all rows, or null if the columns tell.
 */
kind: EventKind | null, } | { "type": "batches", 
/**
 * Where they lie.
 */
batches: Array<BatchLayout>, };

/**
 * Head of a packed answer.
 */
export type Head = { 
/**
 * Elements per column.
 */
length: number, };

/**
 * Counts per instrument of a market data set.
 */
export type InstrumentDataStats = { 
/**
 * Index of the instrument.
 */
instrument: number, 
/**
 * Public trades.
 */
trades: number, 
/**
 * Best bid and ask updates.
 */
quotes: number, 
/**
 * Everything else: order books, candles, liquidations.
 */
other: number, };

/**
 * One row of the instrument table; `index` is what market data refers to.
 */
export type InstrumentInfo = { 
/**
 * Position after the engine has sorted the instruments; not the order of the configuration.
 */
index: number, 
/**
 * Exchange id, for example `"binance_spot"`.
 */
exchange: string, 
/**
 * Internal name, for example `"binancespot-btc_usdt"`; keys of the summary.
 */
name: string, 
/**
 * The exchange's own name, for example `"BTCUSDT"`.
 */
nameExchange: string, 
/**
 * Asset that is bought and sold.
 */
base: string, 
/**
 * Asset that prices are in.
 */
quote: string, 
/**
 * Kind of contract.
 */
kind: InstrumentKind, };

/**
 * Kind of contract.
 */
export type InstrumentKind = { "type": "spot", } | { "type": "perpetual", 
/**
 * How much of the underlying one contract is, a decimal.
 */
contractSize: string, 
/**
 * Asset that profits are paid in, lower case.
 */
settlementAsset: string, } | { "type": "future", 
/**
 * How much of the underlying one contract is, a decimal.
 */
contractSize: string, 
/**
 * Asset that profits are paid in, lower case.
 */
settlementAsset: string, 
/**
 * When it ends, RFC 3339.
 */
expiry: string, } | { "type": "option", 
/**
 * How much of the underlying one contract is, a decimal.
 */
contractSize: string, 
/**
 * Asset that profits are paid in, lower case.
 */
settlementAsset: string, 
/**
 * When it ends, RFC 3339.
 */
expiry: string, 
/**
 * Price of the right, a decimal.
 */
strike: string, 
/**
 * Right to buy or right to sell.
 */
right: Right, 
/**
 * When it can be used.
 */
exercise: Exercise, };

/**
 * One instrument, named the way its exchange names it.
 */
export type InstrumentRequest = { 
/**
 * Exchange id in snake case.
 */
exchange: string, 
/**
 * The exchange's own name.
 */
nameExchange: string, 
/**
 * Base asset, lower case.
 */
base: string, 
/**
 * Quote asset, lower case.
 */
quote: string, 
/**
 * Kind of instrument; only `spot` can be executed.
 */
kind: InstrumentKind, };

/**
 * The engine's index tables for a set of instruments.
 */
export type InstrumentTable = { 
/**
 * Exchanges by index.
 */
exchanges: Array<ExchangeInfo>, 
/**
 * Assets by index.
 */
assets: Array<AssetInfo>, 
/**
 * Instruments by index.
 */
instruments: Array<InstrumentInfo>, 
/**
 * Digest of the table; equal tables have equal digests.
 */
digest: string, };

/**
 * Time base of the ratios.
 */
export type IntervalRequest = "daily" | "annual252" | "annual365" | { "millis": number };

/**
 * How often to repeat.
 */
export type Iterations = { 
/**
 * Repetitions.
 */
iterations: number, };

/**
 * When a join is content.
 */
export type JoinNetwork = { 
/**
 * The handle.
 */
agent: number, 
/**
 * Peers that must be connected.
 */
minPeers: number, 
/**
 * Milliseconds to wait.
 */
timeoutMs: number, };

/**
 * What was built, from what, and how.
 */
export type LibraryInfo = { 
/**
 * Version of Tendon.
 */
version: string, 
/**
 * ABI version, `major.minor`.
 */
abi: string, 
/**
 * First 48 bits of the SHA-256 of header and method table, 12 hexadecimal digits.
 */
abiHash: string, 
/**
 * Target triple.
 */
target: string, 
/**
 * Cargo profile family: `release` or `debug`.
 */
profile: string, 
/**
 * Whether the test-only entry points are present.
 */
diagnostics: boolean, };

/**
 * Asks to read the attachment as market data for a list of instruments.
 */
export type LoadData = { 
/**
 * The instruments in any order.
 */
instruments: Array<InstrumentRequest>, 
/**
 * What the attachment holds.
 */
format: Format, 
/**
 * Whether to order events by exchange time.
 */
sort: boolean, 
/**
 * Rule for events that equal an earlier one.
 */
duplicates: DuplicateRule, };

/**
 * A loaded market data set.
 */
export type LoadedData = { 
/**
 * Handle of the data.
 */
data: number, 
/**
 * The table the data was read against.
 */
table: InstrumentTable, 
/**
 * What it holds.
 */
stats: MarketDataStats, };

/**
 * What a market data set holds.
 */
export type MarketDataStats = { 
/**
 * Events that a replay will process: items and reconnects.
 */
events: number, 
/**
 * Market items.
 */
items: number, 
/**
 * Reconnect notices.
 */
reconnecting: number, 
/**
 * Recorded errors left out while loading.
 */
skipped: number, 
/**
 * Items left out because an earlier one was equal.
 */
duplicates: number, 
/**
 * Items whose exchange time lies before the item in front of them, before any sorting.
 */
outOfOrder: number, 
/**
 * Earliest exchange time, RFC 3339.
 */
first: string, 
/**
 * Latest exchange time, RFC 3339.
 */
last: string, 
/**
 * Counts per instrument, by index.
 */
perInstrument: Array<InstrumentDataStats>, };

/**
 * Mean over all drawdowns.
 */
export type MeanDrawdown = { 
/**
 * Mean depth as a fraction.
 */
value: string, 
/**
 * Mean length in milliseconds.
 */
durationMs: number, };

/**
 * Messages to send from one agent of a pair to the other.
 */
export type MessageRun = { 
/**
 * The pair.
 */
pair: number, 
/**
 * How many messages.
 */
count: number, 
/**
 * Bytes of each, at least 1.
 */
bytes: number, 
/**
 * Whether each waits for the arrival of the one before.
 */
lockstep: boolean, };

/**
 * A backtest to repeat natively.
 */
export type NativeReplay = { 
/**
 * The backtest.
 */
run: RunBacktest, 
/**
 * How often, at least once.
 */
runs: number, };

/**
 * Figures of the native loop.
 */
export type NativeReplayResult = { 
/**
 * Sum of realised results.
 */
pnl: string, 
/**
 * Fills.
 */
fills: number, 
/**
 * Equity after the last event.
 */
equity: number, 
/**
 * Wall time of the fastest run in milliseconds.
 */
durationMs: number, };

/**
 * Where an agent listens and whom it dials.
 */
export type NetworkSettings = { 
/**
 * `host:port` to listen on; port 0 takes a free one.
 */
bind: string, 
/**
 * `host:port` of agents to dial when joining.
 */
bootstrap: Array<string>, 
/**
 * Agents with different ids refuse each other.
 */
networkId?: string, 
/**
 * Peers to which a message is pushed at once.
 */
eagerPeers?: number, 
/**
 * Whether to pass on topics without own subscription.
 */
relay?: boolean, };

/**
 * A request or an answer without content.
 */
export type Nothing = Record<symbol, never>;

/**
 * How an agent is opened.
 */
export type OpenAgent = { 
/**
 * Directory of its keys.
 */
directory: string, 
/**
 * Its network; without it the agent is offline.
 */
network?: NetworkSettings, };

/**
 * Two agents to open.
 */
export type OpenPair = { 
/**
 * Directory for both.
 */
directory: string, };

/**
 * A position still open at the end of the run.
 */
export type OpenPosition = { 
/**
 * Index of the instrument.
 */
instrument: number, 
/**
 * `"buy"` is long, `"sell"` short.
 */
side: "buy" | "sell", 
/**
 * Quantity held.
 */
quantity: string, 
/**
 * Volume-weighted entry price.
 */
entryPrice: string, 
/**
 * Last market price, or null when the instrument never had one.
 */
markPrice: string | null, 
/**
 * Result already realised, entry fees included.
 */
pnlRealised: string, 
/**
 * Result at the mark, without exit fees.
 */
pnlUnrealised: string, 
/**
 * Time of the first fill.
 */
timeEnter: string, };

/**
 * Asks for a progress counter.
 */
export type OpenProgress = Record<symbol, never>;

/**
 * A generator to open.
 */
export type OpenSummary = { 
/**
 * The instruments in any order.
 */
instruments: Array<InstrumentRequest>, 
/**
 * Risk-free return as a fraction, a decimal.
 */
riskFreeReturn: string, 
/**
 * Start of the session, RFC 3339.
 */
timeStart: string, };

/**
 * A shared list to open.
 */
export type OpenTaskList = { 
/**
 * The agent's handle.
 */
agent: number, 
/**
 * The topic that its replicas share.
 */
topic: string, 
/**
 * Directory in which the replica is kept; without it, it lives as long as the agent.
 */
directory?: string, };

/**
 * Handle of an object that does nothing.
 */
export type Opened = { 
/**
 * The handle.
 */
object: number, };

/**
 * A new agent.
 */
export type OpenedAgent = { 
/**
 * Its handle.
 */
agent: number, 
/**
 * Facts about it.
 */
info: AgentInfo, };

/**
 * A progress counter.
 */
export type OpenedProgress = { 
/**
 * Handle of the counter.
 */
progress: number, };

/**
 * An open generator.
 */
export type OpenedSummary = { 
/**
 * Its handle.
 */
summary: number, 
/**
 * The table that positions and balances refer to.
 */
table: InstrumentTable, };

/**
 * An open list.
 */
export type OpenedTaskList = { 
/**
 * Its handle.
 */
list: number, 
/**
 * Its tasks.
 */
snapshot: TaskListSnapshot, };

/**
 * What happens to an item that finds the buffer full.
 */
export type Overflow = "block" | "drop_oldest" | "drop_newest" | "fail";

/**
 * A pair to close.
 */
export type PairRef = { 
/**
 * The pair.
 */
pair: number, };

/**
 * A panic, optionally while an object is in use.
 */
export type Panic = { 
/**
 * The panic's message.
 */
message: string, 
/**
 * Object that is in use, 0 for none.
 */
object: number, };

/**
 * Connected machines.
 */
export type Peers = { 
/**
 * Machine ids, sorted.
 */
peers: Array<string>, };

/**
 * Asks what a position would bring at a price; all numbers are decimals.
 */
export type PositionAt = { 
/**
 * Direction.
 */
side: PositionSide, 
/**
 * Average entry price.
 */
entryPrice: string, 
/**
 * Quantity held.
 */
quantity: string, 
/**
 * Largest quantity held.
 */
quantityMax: string, 
/**
 * Fees paid on the way in.
 */
feesEnter: string, 
/**
 * The price.
 */
price: string, };

/**
 * A closed position.
 */
export type PositionRecord = { 
/**
 * Index of the instrument.
 */
instrument: number, 
/**
 * Direction.
 */
side: PositionSide, 
/**
 * Average entry price, a decimal.
 */
entryPrice: string, 
/**
 * Largest quantity held, a decimal.
 */
quantity: string, 
/**
 * Realised result after fees, a decimal.
 */
pnl: string, 
/**
 * Fees on the way in, a decimal.
 */
feesEnter: string, 
/**
 * Fees on the way out, a decimal.
 */
feesExit: string, 
/**
 * First fill, RFC 3339.
 */
timeEnter: string, 
/**
 * Closing fill, RFC 3339.
 */
timeExit: string, };

/**
 * A direction.
 */
export type PositionSide = "buy" | "sell";

/**
 * Asks where a run stands.
 */
export type ProgressRequest = { 
/**
 * Handle of the counter.
 */
progress: number, };

/**
 * A message to publish; its payload is the attachment.
 */
export type Publish = { 
/**
 * The handle.
 */
agent: number, 
/**
 * The topic.
 */
topic: string, };

/**
 * What a publish came to.
 */
export type Published = { 
/**
 * Peers that were handed the message at once.
 */
fanout: number, };

/**
 * A risk-adjusted ratio.
 */
export type Ratio = { 
/**
 * The figure.
 */
value: string, 
/**
 * The time base.
 */
interval: string, 
/**
 * True when the ratio divides by zero and `value` is a stand-in (see the engine guide).
 */
degenerate: boolean, };

/**
 * Asks for events of one kind as typed arrays.
 */
export type ReadColumns = { 
/**
 * Handle of the market data.
 */
data: number, 
/**
 * Which events.
 */
kind: EventKind, 
/**
 * First position to look at.
 */
start: number, 
/**
 * Position to stop before.
 */
end: number, };

/**
 * Asks for a summary.
 */
export type ReadSummary = { 
/**
 * Handle of the generator.
 */
summary: number, 
/**
 * Time base of the ratios.
 */
interval: IntervalRequest, };

/**
 * What an option is the right to.
 */
export type Right = "call" | "put";

/**
 * One backtest over a loaded data set.
 */
export type RunBacktest = { 
/**
 * Handle of the market data.
 */
data: number, 
/**
 * Handle of a progress counter, or null.
 */
progress: number | null, 
/**
 * Name of the run.
 */
id: string, 
/**
 * What trades.
 */
strategy: StrategyRequest, 
/**
 * One entry per exchange that executes.
 */
execution: Array<ExecutionRequest>, 
/**
 * Risk-free return as a fraction, a decimal.
 */
riskFreeReturn: string, 
/**
 * Time base of the ratios.
 */
summaryInterval: IntervalRequest, 
/**
 * Whether the strategy may trade.
 */
tradingEnabled: boolean, 
/**
 * Least event time between two equity points, in milliseconds.
 */
equityEveryMs: number, 
/**
 * Most equity points.
 */
equityMaxPoints: number, 
/**
 * Asset of the equity curve, or null for the only quote asset.
 */
equityQuote: string | null, 
/**
 * Orders one event may cause.
 */
maxOrdersPerEvent: number, };

/**
 * Where a run stands.
 */
export type RunProgress = { 
/**
 * Events replayed so far.
 */
events: number, };

/**
 * Counters of one run.
 */
export type RunStats = { 
/**
 * Market events replayed.
 */
events: number, 
/**
 * Orders sent by the strategy.
 */
orders: number, 
/**
 * Orders the exchange filled.
 */
fills: number, 
/**
 * Orders the exchange rejected.
 */
rejected: number, 
/**
 * Reason of the first rejection, or null.
 */
firstRejection: string | null, 
/**
 * Wall time of the replay in milliseconds, without crossing into JavaScript.
 */
durationMs: number, };

/**
 * Backtests to run, each over the data set it names.
 */
export type RunSweep = { 
/**
 * The runs; their own `progress` is not looked at.
 */
runs: Array<RunBacktest>, 
/**
 * Handle of a counter that sums the events of all runs; closing it stops the sweep.
 */
progress: number, 
/**
 * Most threads, or null for as many as there are cores.
 */
threads: number | null, 
/**
 * Where finished runs go, in order of their ends, each a packed `SweepItem`.
 */
stream: StreamOptions, };

/**
 * A figure with the time base it is scaled to.
 */
export type Scaled = { 
/**
 * The figure.
 */
value: string, 
/**
 * `"Daily"`, `"Annual(252)"`, `"Annual(365)"` or `"Duration n (minutes)"`.
 */
interval: string, };

/**
 * Part of an attachment.
 */
export type Span = { 
/**
 * First byte.
 */
offset: number, 
/**
 * Elements.
 */
length: number, };

/**
 * A strategy that runs inside the engine.
 */
export type StrategyRequest = { "type": "noop", } | { "type": "buyAndHold", 
/**
 * Quantity per instrument, a decimal.
 */
quantity: string, } | { "type": "smaCross", 
/**
 * Trades in the fast window.
 */
fast: number, 
/**
 * Trades in the slow window.
 */
slow: number, 
/**
 * Quantity per order, a decimal.
 */
quantity: string, };

/**
 * How a stream is delivered.
 */
export type StreamOptions = { 
/**
 * Number that the consumer chose; unique in its context.
 */
id: number, 
/**
 * Items buffered natively while the consumer is slow, at least 1.
 */
capacity: number, 
/**
 * Policy when the buffer is full.
 */
overflow: Overflow, };

/**
 * A topic to hear.
 */
export type Subscribe = { 
/**
 * The handle.
 */
agent: number, 
/**
 * The topic.
 */
topic: string, 
/**
 * Where messages go. Each item, little-endian: sender (32 bytes), `u64` arrival in
 * milliseconds since the epoch, `u32` trust (0 unknown, 1 known, 2 trusted), `u32` flags
 * (bit 0 verified), then the payload.
 */
stream: StreamOptions, };

/**
 * A list's handle.
 */
export type TaskListRef = { 
/**
 * The handle.
 */
list: number, };

/**
 * A replica at one revision.
 */
export type TaskListSnapshot = { 
/**
 * Grows with every change of this replica.
 */
revision: number, 
/**
 * The tasks in the order that all replicas share.
 */
tasks: Array<TaskRecord>, };

/**
 * Who claimed or completed a task.
 */
export type TaskOwner = { 
/**
 * The agent's id.
 */
agent: string, 
/**
 * Milliseconds since the epoch, by that agent's clock.
 */
atMs: number, };

/**
 * One task.
 */
export type TaskRecord = { 
/**
 * 64 hexadecimal digits.
 */
id: string, 
/**
 * What is to be done.
 */
title: string, 
/**
 * More about it.
 */
description: string, 
/**
 * Where it stands.
 */
state: TaskState, 
/**
 * Milliseconds since the epoch, by its creator's clock.
 */
createdAtMs?: number, 
/**
 * Winner of the claims.
 */
claimedBy?: TaskOwner, 
/**
 * Winner of the completions.
 */
completedBy?: TaskOwner, };

/**
 * Tasks to add, claim and complete, one after the other.
 */
export type TaskRun = { 
/**
 * The pair; the other agent holds a replica.
 */
pair: number, 
/**
 * Topic of the list.
 */
topic: string, 
/**
 * How many tasks; each is three operations.
 */
count: number, };

/**
 * The checkbox of a task.
 */
export type TaskState = "empty" | "claimed" | "done";

/**
 * Result of one instrument, from its closed positions.
 */
export type TearSheet = { 
/**
 * Realised profit and loss after fees, in the quote asset.
 */
pnl: string, 
/**
 * Mean return per closed position, scaled to the interval.
 */
pnlReturn: Scaled, 
/**
 * Sharpe ratio.
 */
sharpeRatio: Ratio, 
/**
 * Sortino ratio.
 */
sortinoRatio: Ratio, 
/**
 * Calmar ratio.
 */
calmarRatio: Ratio, 
/**
 * Drawdown of the cumulated profit that is still open at the end.
 */
pnlDrawdown: Drawdown | null, 
/**
 * Mean over the drawdowns of the cumulated profit.
 */
pnlDrawdownMean: MeanDrawdown | null, 
/**
 * Deepest drawdown of the cumulated profit.
 */
pnlDrawdownMax: Drawdown | null, 
/**
 * The engine's `win_rate`, which is the share of losing positions.
 */
winRate: string | null, 
/**
 * The engine's `profit_factor`.
 */
profitFactor: string | null, 
/**
 * Wins, losses, gross profit and gross loss.
 */
derived: DerivedFigures, };

/**
 * The engine's trading summary.
 */
export type TradingSummary = { 
/**
 * Start of the run in event time.
 */
timeStart: string, 
/**
 * End of the run in event time.
 */
timeEnd: string, 
/**
 * Tear sheets by internal instrument name.
 */
instruments: { [key in string]: TearSheet }, 
/**
 * Asset results by `"exchange:asset"`.
 */
assets: { [key in string]: AssetTearSheet }, };

/**
 * An unrealised result.
 */
export type Unrealised = { 
/**
 * A decimal.
 */
pnl: string, };

/**
 * What a generator takes in: positions, then balances, then the time.
 */
export type UpdateSummary = { 
/**
 * Handle of the generator.
 */
summary: number, 
/**
 * Closed positions in order of their exits.
 */
positions: Array<PositionRecord>, 
/**
 * Balances in order of time.
 */
balances: Array<BalanceRecord>, 
/**
 * The new end, RFC 3339, or null to leave it where the last position or balance put it.
 */
timeNow: string | null, };

/**
 * A list to watch.
 */
export type WatchTasks = { 
/**
 * The list's handle.
 */
list: number, 
/**
 * Where snapshots go, each a `TaskListSnapshot` in JSON.
 */
stream: StreamOptions, };

/** Every method by name: request, answer, when it answers and how. */
export interface Methods {
  "library.info": { request: Nothing; answer: LibraryInfo; timing: "sync"; encoding: "json" };
  "library.stats": { request: Nothing; answer: ContextStats; timing: "sync"; encoding: "json" };
  "agent.open": { request: OpenAgent; answer: OpenedAgent; timing: "async"; encoding: "json" };
  "agent.info": { request: AgentRef; answer: AgentInfo; timing: "sync"; encoding: "json" };
  "agent.join": { request: JoinNetwork; answer: Peers; timing: "async"; encoding: "json" };
  "agent.connect": { request: ConnectPeer; answer: ConnectedPeer; timing: "async"; encoding: "json" };
  "agent.peers": { request: AgentRef; answer: Peers; timing: "async"; encoding: "json" };
  "agent.publish": { request: Publish; answer: Published; timing: "async"; encoding: "json" };
  "agent.subscribe": { request: Subscribe; answer: Nothing; timing: "async"; encoding: "json" };
  "agent.close": { request: AgentRef; answer: Nothing; timing: "async"; encoding: "json" };
  "tasks.open": { request: OpenTaskList; answer: OpenedTaskList; timing: "async"; encoding: "json" };
  "tasks.add": { request: AddTask; answer: AddedTask; timing: "async"; encoding: "json" };
  "tasks.claim": { request: ChangeTask; answer: ChangedTask; timing: "async"; encoding: "json" };
  "tasks.complete": { request: ChangeTask; answer: ChangedTask; timing: "async"; encoding: "json" };
  "tasks.list": { request: TaskListRef; answer: TaskListSnapshot; timing: "async"; encoding: "json" };
  "tasks.watch": { request: WatchTasks; answer: Nothing; timing: "async"; encoding: "json" };
  "tasks.resync": { request: TaskListRef; answer: TaskListSnapshot; timing: "async"; encoding: "json" };
  "engine.instruments": { request: DescribeInstruments; answer: InstrumentTable; timing: "sync"; encoding: "json" };
  "engine.loadData": { request: LoadData; answer: LoadedData; timing: "async"; encoding: "json" };
  "engine.backtest": { request: RunBacktest; answer: BacktestHead; timing: "async"; encoding: "packed" };
  "engine.openProgress": { request: OpenProgress; answer: OpenedProgress; timing: "sync"; encoding: "json" };
  "engine.progress": { request: ProgressRequest; answer: RunProgress; timing: "sync"; encoding: "json" };
  "engine.sweep": { request: RunSweep; answer: Nothing; timing: "async"; encoding: "json" };
  "engine.dataColumns": { request: ReadColumns; answer: ColumnsHead; timing: "sync"; encoding: "packed" };
  "engine.openSummary": { request: OpenSummary; answer: OpenedSummary; timing: "sync"; encoding: "json" };
  "engine.updateSummary": { request: UpdateSummary; answer: Nothing; timing: "sync"; encoding: "json" };
  "engine.summary": { request: ReadSummary; answer: TradingSummary; timing: "sync"; encoding: "json" };
  "engine.unrealised": { request: PositionAt; answer: Unrealised; timing: "sync"; encoding: "json" };
  "diagnostics.echo": { request: Echo; answer: Echo; timing: "sync"; encoding: "json" };
  "diagnostics.echoLater": { request: EchoLater; answer: Echo; timing: "async"; encoding: "json" };
  "diagnostics.panic": { request: Panic; answer: Nothing; timing: "sync"; encoding: "json" };
  "diagnostics.panicLater": { request: Panic; answer: Nothing; timing: "async"; encoding: "json" };
  "diagnostics.open": { request: Nothing; answer: Opened; timing: "sync"; encoding: "json" };
  "diagnostics.emit": { request: Emit; answer: Nothing; timing: "async"; encoding: "json" };
  "diagnostics.columns": { request: Columns; answer: Head; timing: "async"; encoding: "packed" };
  "diagnostics.nativeCalls": { request: Iterations; answer: Elapsed; timing: "sync"; encoding: "json" };
  "diagnostics.nativeAnswers": { request: Iterations; answer: Elapsed; timing: "sync"; encoding: "json" };
  "diagnostics.nativeOperations": { request: Iterations; answer: Elapsed; timing: "async"; encoding: "json" };
  "diagnostics.nativeEvents": { request: Emit; answer: Elapsed; timing: "async"; encoding: "json" };
  "diagnostics.openAgents": { request: OpenPair; answer: Opened; timing: "async"; encoding: "json" };
  "diagnostics.nativeMessages": { request: MessageRun; answer: AgentRun; timing: "async"; encoding: "json" };
  "diagnostics.nativeTasks": { request: TaskRun; answer: AgentRun; timing: "async"; encoding: "json" };
  "diagnostics.closeAgents": { request: PairRef; answer: Nothing; timing: "async"; encoding: "json" };
  "diagnostics.nativeReplay": { request: NativeReplay; answer: NativeReplayResult; timing: "async"; encoding: "json" };
}

/** Number of each method on the wire. */
export const METHOD_IDS = {
  "library.info": 1,
  "library.stats": 2,
  "agent.open": 100,
  "agent.info": 101,
  "agent.join": 102,
  "agent.connect": 103,
  "agent.peers": 104,
  "agent.publish": 105,
  "agent.subscribe": 106,
  "agent.close": 107,
  "tasks.open": 150,
  "tasks.add": 151,
  "tasks.claim": 152,
  "tasks.complete": 153,
  "tasks.list": 154,
  "tasks.watch": 155,
  "tasks.resync": 156,
  "engine.instruments": 200,
  "engine.loadData": 201,
  "engine.backtest": 202,
  "engine.openProgress": 203,
  "engine.progress": 204,
  "engine.sweep": 240,
  "engine.dataColumns": 241,
  "engine.openSummary": 242,
  "engine.updateSummary": 243,
  "engine.summary": 244,
  "engine.unrealised": 245,
  "diagnostics.echo": 900,
  "diagnostics.echoLater": 901,
  "diagnostics.panic": 902,
  "diagnostics.panicLater": 903,
  "diagnostics.open": 904,
  "diagnostics.emit": 905,
  "diagnostics.columns": 906,
  "diagnostics.nativeCalls": 907,
  "diagnostics.nativeAnswers": 908,
  "diagnostics.nativeOperations": 910,
  "diagnostics.nativeEvents": 909,
  "diagnostics.openAgents": 920,
  "diagnostics.nativeMessages": 921,
  "diagnostics.nativeTasks": 922,
  "diagnostics.closeAgents": 923,
  "diagnostics.nativeReplay": 940,
} as const satisfies Record<keyof Methods, number>;

/** Methods that answer with a JSON head and binary columns. */
export const PACKED_METHODS: ReadonlySet<string> = new Set<keyof Methods>([
  "engine.backtest",
  "engine.dataColumns",
  "diagnostics.columns",
]);
