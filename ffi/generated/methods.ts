// Generated from the method table in rust/ffi/src/methods.rs by `deno task gen`; do not edit.

/**
 * Tasks to add, in their order.
 */
export type AddTasks = { 
/**
 * The list's handle.
 */
list: number, 
/**
 * The tasks.
 */
tasks: Array<NewTaskFields>, };

/**
 * An agent that was added. Columns: `commit` u8, `welcome` u8.
 */
export type AddedMember = { 
/**
 * 64 hexadecimal digits.
 */
agent: string, };

/**
 * Tasks that were added.
 */
export type AddedTasks = { 
/**
 * Their ids, 64 hexadecimal digits each.
 */
ids: Array<string>, };

/**
 * Addresses of an agent and of its peers.
 */
export type Addresses = { 
/**
 * Where it listens.
 */
bound?: string, 
/**
 * How peers see it.
 */
observed: Array<string>, 
/**
 * Where its peers are reached.
 */
peers: Array<PeerAddress>, };

/**
 * An agent's identity. Columns: `publicKey` u8, `certificate` u8 (empty without a user).
 */
export type AgentIdentity = { 
/**
 * The user behind it, 64 hexadecimal digits.
 */
userId?: string, };

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
 * Counts of an agent since it was opened.
 */
export type AgentStats = { 
/**
 * How long the transport runs, in milliseconds.
 */
uptimeMs: number, 
/**
 * Messages that it published.
 */
published: number, 
/**
 * Messages that reached its subscriptions.
 */
received: number, 
/**
 * Open subscriptions.
 */
subscriptions: number, 
/**
 * One entry per connection.
 */
peers: Array<PeerStats>, 
/**
 * What the gossip layer counts, over all topics.
 */
gossip: GossipStats, };

/**
 * Where an agent stands on the network.
 */
export type AgentStatus = { 
/**
 * Whether a join has begun.
 */
joined: boolean, 
/**
 * Connected machines.
 */
peers: number, };

/**
 * What to announce.
 */
export type AnnounceAgent = { 
/**
 * The handle.
 */
agent: number, 
/**
 * What the agent calls itself from now on; empty for nothing.
 */
name?: string, };

/**
 * One answer.
 */
export type AnswerRecord = { 
/**
 * The execution.
 */
fill: FillRecord | null, 
/**
 * The position it closed.
 */
exit: ExitRecord | null, 
/**
 * What became of the order.
 */
order: OrderRecord | null, };

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
 * Audit ticks in upstream's shape.
 */
export type AuditBatch = { 
/**
 * In order.
 */
ticks: unknown[], 
/**
 * Nothing follows.
 */
done: boolean, };

/**
 * Which audit ticks are kept.
 */
export type AuditFilterRequest = "all" | "outputs" | "none";

/**
 * What happens when as many ticks wait as may.
 */
export type AuditPolicy = "block" | "dropOldest";

/**
 * Names the audits of a system.
 */
export type AuditsRef = { 
/**
 * Handle of the audits.
 */
audits: number, };

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
 * Batches to send from one agent of a pair to the other.
 */
export type BatchRun = { 
/**
 * The pair.
 */
pair: number, 
/**
 * How many batches.
 */
batches: number, 
/**
 * Payloads of each.
 */
payloads: number, 
/**
 * Bytes of each payload, at least 1.
 */
bytes: number, };

/**
 * Which schemas the library was built with.
 */
export type BundleDigest = { 
/**
 * SHA-256 of the canonical form of their bundle.
 */
digest: string, };

/**
 * What a card says; whether it is true is another question.
 */
export type CardInfo = { 
/**
 * 64 hexadecimal digits.
 */
agentId: string, 
/**
 * 64 hexadecimal digits.
 */
machineId: string, 
/**
 * 64 hexadecimal digits.
 */
userId?: string, 
/**
 * A name for people.
 */
name?: string, 
/**
 * The ids as words.
 */
words: string, 
/**
 * What the agent offers.
 */
services: Array<ServiceRecord>, };

/**
 * A card's text.
 */
export type CardText = { 
/**
 * JSON as other programs on the network read it.
 */
json: string, };

/**
 * What a certificate says. Column of a new one: `bytes` u8.
 */
export type CertificateInfo = { 
/**
 * Whom it is about, 64 hexadecimal digits.
 */
agentId: string, 
/**
 * Who says so, 64 hexadecimal digits.
 */
userId: string, 
/**
 * Seconds since the epoch.
 */
issuedAt: number, 
/**
 * Last second it holds, since the epoch; absent if it has no end.
 */
notAfter?: number, };

/**
 * What a check found.
 */
export type CertificateState = { 
/**
 * Whether the user's signature holds.
 */
valid: boolean, 
/**
 * Whether it has expired, with 300 seconds of tolerance.
 */
expired: boolean, };

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
 * A certificate to check; its bytes are the attachment.
 */
export type CheckCertificate = { 
/**
 * The time to check for, in seconds since the epoch.
 */
now: number, };

/**
 * A position to close.
 */
export type ClosingOrder = { 
/**
 * Exchange index.
 */
exchange: number, 
/**
 * Instrument index.
 */
instrument: number, 
/**
 * Direction of the position.
 */
side: PositionSide, 
/**
 * Quantity held.
 */
quantity: string, 
/**
 * Price of the order.
 */
price: string, 
/**
 * Strategy it belongs to.
 */
strategy: string, 
/**
 * Client order id.
 */
cid: string, };

/**
 * The order that closes a position.
 */
export type ClosingRequest = { 
/**
 * In upstream's shape.
 */
request: unknown, };

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
 * An agent of which this one thinks something.
 */
export type Contact = { 
/**
 * Its id.
 */
id: string, 
/**
 * How far it is trusted.
 */
trust: ContactTrust, 
/**
 * What it is called here.
 */
name?: string, 
/**
 * When it was first heard of, in milliseconds since the epoch.
 */
addedAtMs: number, 
/**
 * Ids of the machines that it was seen on.
 */
machines: Array<string>, };

/**
 * A contact by its id.
 */
export type ContactRef = { 
/**
 * The agent's handle.
 */
agent: number, 
/**
 * The other agent's id.
 */
id: string, };

/**
 * How far an agent is trusted.
 */
export type ContactTrust = "blocked" | "unknown" | "known" | "trusted";

/**
 * All contacts.
 */
export type Contacts = { 
/**
 * In order of their ids.
 */
contacts: Array<Contact>, };

/**
 * Live state of the calling context.
 */
export type ContextStats = { 
/**
 * Open objects.
 */
objects: number, };

/**
 * What is wrong with one document.
 */
export type ContractFault = { 
/**
 * Kind of the fault.
 */
code: string, 
/**
 * JSON Pointer to it.
 */
pointer: string, 
/**
 * Schema keyword or rule.
 */
keyword: string, 
/**
 * What stood there.
 */
found: string | null, 
/**
 * Explanation.
 */
message: string, };

/**
 * Issues of each document, in the order of the lines.
 */
export type ContractVerdicts = { 
/**
 * None of a valid one.
 */
verdicts: Array<Array<ContractFault>>, };

/**
 * How much is checked against the schemas.
 */
export type CoreChecks = "off" | { "sample": number } | "boundary" | "full";

/**
 * A core's handle. What goes in is the attachment; what comes out is the column `bytes` u8.
 */
export type CoreRef = { 
/**
 * The handle.
 */
core: number, };

/**
 * What a delete came to.
 */
export type DeletedKey = { 
/**
 * Whether there was something to delete.
 */
existed: boolean, };

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
 * What became of it.
 */
export type DirectReceipt = { 
/**
 * Which way it went.
 */
path: DirectWay, 
/**
 * Whether the recipient's machine has confirmed it.
 */
acknowledged: boolean, };

/**
 * The way of a direct message.
 */
export type DirectWay = "loopback" | "connection" | "inbox";

/**
 * A machine to disconnect.
 */
export type DisconnectPeer = { 
/**
 * The agent's handle.
 */
agent: number, 
/**
 * The machine's id.
 */
peer: string, };

/**
 * What a disconnect came to.
 */
export type Disconnected = { 
/**
 * Whether it was connected.
 */
disconnected: boolean, };

/**
 * An agent that announced itself.
 */
export type DiscoveredAgent = { 
/**
 * Its id.
 */
agent: string, 
/**
 * Id of the machine it runs on.
 */
machine: string, 
/**
 * What it calls itself.
 */
name?: string, 
/**
 * Where it says it can be reached.
 */
addresses: Array<string>, 
/**
 * When it was last heard of, in seconds since the epoch.
 */
lastSeenS: number, 
/**
 * Whether its machine is connected now.
 */
online: boolean, };

/**
 * The agents that announced themselves.
 */
export type DiscoveredAgents = { 
/**
 * In order of their ids.
 */
agents: Array<DiscoveredAgent>, };

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
 * What is changed of a task.
 */
export type EditFields = { 
/**
 * A new title.
 */
title?: string, 
/**
 * A new description.
 */
description?: string, 
/**
 * A new priority.
 */
priority?: number, 
/**
 * Id of the agent that it is meant for; empty for nobody.
 */
assignee?: string, };

/**
 * What is changed of a task.
 */
export type EditTask = { 
/**
 * The list's handle.
 */
list: number, 
/**
 * The task's id.
 */
id: string, 
/**
 * What changes.
 */
edit: EditFields, };

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
 * Names an engine.
 */
export type EngineRef = { 
/**
 * Handle of the engine.
 */
engine: number, };

/**
 * Order requests the engine has sent.
 */
export type EngineRequests = { 
/**
 * In upstream's shape.
 */
requests: unknown[], };

/**
 * An engine's state.
 */
export type EngineState = { 
/**
 * The state.
 */
state: unknown, 
/**
 * Engine time.
 */
time: string, 
/**
 * Why it takes no more events, or null.
 */
stopped: string | null, };

/**
 * Asks for a summary.
 */
export type EngineSummary = { 
/**
 * Handle of the engine.
 */
engine: number, 
/**
 * Risk-free return as a fraction, a decimal.
 */
riskFreeReturn: string, 
/**
 * Time base of the ratios.
 */
summaryInterval: IntervalRequest, };

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
 * A closed position.
 */
export type ExitRecord = { 
/**
 * Instrument index.
 */
instrument: number, 
/**
 * Direction of the position.
 */
side: "buy" | "sell", 
/**
 * First fill.
 */
timeEnter: string, 
/**
 * Closing fill.
 */
timeExit: string, 
/**
 * Average entry price.
 */
entryPrice: string, 
/**
 * Price of the closing fill.
 */
exitPrice: string, 
/**
 * Largest quantity held.
 */
quantity: string, 
/**
 * Realised result after fees.
 */
pnl: string, 
/**
 * `pnl / (entryPrice · quantity)`.
 */
return: string, 
/**
 * Fees on the way in.
 */
feesEnter: string, 
/**
 * Fees on the way out.
 */
feesExit: string, };

/**
 * One execution.
 */
export type FillRecord = { 
/**
 * Time at the exchange.
 */
time: string, 
/**
 * Instrument index.
 */
instrument: number, 
/**
 * Direction.
 */
side: "buy" | "sell", 
/**
 * Price.
 */
price: string, 
/**
 * Quantity.
 */
quantity: string, 
/**
 * Fee in the quote asset.
 */
fees: string, 
/**
 * Order id of the exchange.
 */
orderId: string, 
/**
 * Trade id of the exchange.
 */
tradeId: string, };

/**
 * An agent to look for.
 */
export type FindAgent = { 
/**
 * The agent's handle.
 */
agent: number, 
/**
 * The id of the agent looked for.
 */
id: string, 
/**
 * Milliseconds to look.
 */
timeoutMs: number, };

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
 * An agent, if it was found.
 */
export type FoundAgent = { 
/**
 * The agent.
 */
found?: DiscoveredAgent, };

/**
 * A contact, if it is one.
 */
export type FoundContact = { 
/**
 * The contact.
 */
contact?: Contact, };

/**
 * What the gossip layer counts.
 */
export type GossipStats = { 
/**
 * Published here.
 */
published: number, 
/**
 * Published while there was nobody to hand them to.
 */
publishedToNobody: number, 
/**
 * Arrived.
 */
incoming: number, 
/**
 * Arrived unreadable or unsigned.
 */
undecodable: number, 
/**
 * Arrived from blocked senders.
 */
refused: number, 
/**
 * Handed to subscribers.
 */
delivered: number, 
/**
 * Dropped for slow subscribers.
 */
dropped: number, };

/**
 * Facts about a group.
 */
export type GroupInfo = { 
/**
 * How many commits it has seen.
 */
epoch: number, 
/**
 * How many leaves it has.
 */
size: number, 
/**
 * Agents, 64 hexadecimal digits each, in order.
 */
members: Array<string>, };

/**
 * A keypair's group; the attachment is the group's id, or a snapshot.
 */
export type GroupKeypair = { 
/**
 * The keypair's handle.
 */
keypair: number, };

/**
 * A group's handle. Its message, if there is one, is the attachment; bytes that it answers are
 * the column `bytes` u8.
 */
export type GroupRef = { 
/**
 * The handle.
 */
group: number, };

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
 * Says that the market data of an exchange was interrupted.
 */
export type InterruptSystem = { 
/**
 * Handle of the system.
 */
system: number, 
/**
 * Exchange id.
 */
exchange: string, };

/**
 * Time base of the ratios.
 */
export type IntervalRequest = "daily" | "annual252" | "annual365" | { "millis": number };

/**
 * A certificate to issue; the agent's public key is the attachment.
 */
export type IssueCertificate = { 
/**
 * Handle of the user's keypair.
 */
user: number, 
/**
 * Last second it holds, since the epoch; without it, for ever.
 */
notAfter?: number, };

/**
 * How often to repeat.
 */
export type Iterations = { 
/**
 * Repetitions.
 */
iterations: number, };

/**
 * A group to join; the welcome is the attachment.
 */
export type JoinGroup = { 
/**
 * Handle of the prepared member.
 */
member: number, };

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
 * The id of a public key.
 */
export type KeyId = { 
/**
 * 64 hexadecimal digits.
 */
id: string, };

/**
 * Where a key comes from.
 */
export type KeySetting = { "file": string } | { "keypair": number };

/**
 * Keys of an agent that do not come from its directory.
 */
export type KeySettings = { 
/**
 * The machine's.
 */
machine?: KeySetting, 
/**
 * The agent's.
 */
agent?: KeySetting, 
/**
 * The user's.
 */
user?: KeySetting, };

/**
 * A keypair's handle.
 */
export type KeypairRef = { 
/**
 * The handle.
 */
keypair: number, };

/**
 * Entries of a store, in order of their keys. Column: `values` u8, one behind the other.
 */
export type KvEntries = { 
/**
 * The entries.
 */
entries: Array<KvRecord>, 
/**
 * Keys that are gone since the step before; empty outside of a stream.
 */
deleted: Array<string>, };

/**
 * A key of a store.
 */
export type KvKeyRef = { 
/**
 * The store's handle.
 */
store: number, 
/**
 * The key.
 */
key: string, };

/**
 * Keys of a store.
 */
export type KvKeys = { 
/**
 * In order of their bytes.
 */
keys: Array<string>, };

/**
 * Who may write what.
 */
export type KvPolicy = "signed" | "append_only" | "self_keyed";

/**
 * A key and what is known of its value.
 */
export type KvRecord = { 
/**
 * The key.
 */
key: string, 
/**
 * Bytes of the value.
 */
size: number, 
/**
 * What the value is, in the writer's words.
 */
contentType: string, 
/**
 * Milliseconds since the epoch, by the writer's clock.
 */
createdAtMs: number, 
/**
 * Milliseconds since the epoch, by the writer's clock.
 */
updatedAtMs: number, };

/**
 * A store's handle.
 */
export type KvStoreRef = { 
/**
 * The handle.
 */
store: number, };

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
 * What it took.
 */
export type ListRun = { 
/**
 * Nanoseconds.
 */
nanoseconds: number, };

/**
 * Work on a list.
 */
export type ListWork = { 
/**
 * The pair of lists.
 */
lists: number, 
/**
 * What is done.
 */
work: WorkKind, 
/**
 * How many tasks are added; the rest is done to every task.
 */
count: number, };

/**
 * Kind of contract, without its terms.
 */
export type LiveContract = "spot" | "perpetual" | "future" | "option";

/**
 * What is counted besides events.
 */
export type LiveCounters = { 
/**
 * Messages that could not be read or belong to no subscription.
 */
unreadable: number, 
/**
 * What was wrong with the last of them.
 */
lastUnreadable?: string, };

/**
 * Live market data to connect to.
 */
export type LiveFeed = { 
/**
 * The instruments that indices refer to.
 */
instruments: Array<InstrumentRequest>, 
/**
 * What to stream.
 */
subscriptions: Array<LiveSubscriptionRequest>, 
/**
 * A server in place of the exchanges' own.
 */
endpoint?: string, 
/**
 * Whole order books of so many levels a side.
 */
bookDepth?: number, };

/**
 * What can be streamed of an instrument.
 */
export type LiveKindName = "trades" | "quotes" | "books" | "liquidations";

/**
 * Open streams to ask about.
 */
export type LiveRef = { 
/**
 * The handle.
 */
live: number, };

/**
 * One instrument and kind to stream.
 */
export type LiveSubscriptionRequest = { 
/**
 * Index of the instrument.
 */
instrument: number, 
/**
 * What is streamed.
 */
kind: LiveKindName, };

/**
 * One combination that can be streamed.
 */
export type LiveSupportRow = { 
/**
 * Exchange id.
 */
exchange: string, 
/**
 * What is traded.
 */
instrument: LiveContract, 
/**
 * What is streamed.
 */
kind: LiveKindName, 
/**
 * Hosts and ports that it comes from.
 */
hosts: Array<string>, };

/**
 * Everything that can be streamed.
 */
export type LiveSupportTable = { 
/**
 * By exchange.
 */
rows: Array<LiveSupportRow>, };

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
 * An offline list to load. The attachment is what was saved.
 */
export type LoadOfflineList = { 
/**
 * Handle of its agent's keypair.
 */
keypair: number, };

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
 * A card to make.
 */
export type MakeCard = { 
/**
 * The agent's handle.
 */
agent: number, 
/**
 * A name for people.
 */
name?: string, 
/**
 * What the agent offers.
 */
services: Array<ServiceRecord>, };

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
 * A list that takes over what another knows.
 */
export type MergeLists = { 
/**
 * The list's handle.
 */
list: number, 
/**
 * The other's handle.
 */
other: number, };

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
 * A feed to read natively.
 */
export type NativeLive = { 
/**
 * The feed.
 */
feed: LiveFeed, 
/**
 * Events to read.
 */
events: number, };

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
 * Lines to run natively: the attachment is a configuration and the lines.
 */
export type NativeSteps = { 
/**
 * Bytes of the configuration.
 */
config: number, 
/**
 * How often, at least once; every time with a new core.
 */
runs: number, };

/**
 * Wall time of the fastest run of each kind, in milliseconds.
 */
export type NativeStepsResult = { 
/**
 * With records and hashes.
 */
stepLinesMs: number, 
/**
 * Without.
 */
advanceMs: number, 
/**
 * Every line read as a JSON value and written again.
 */
roundTripMs: number, };

/**
 * What the transport would be told.
 */
export type NetworkPlan = { 
/**
 * Address to listen on.
 */
bind?: string, 
/**
 * Addresses that a join dials.
 */
bootstrap: Array<string>, 
/**
 * Whether the local network is searched.
 */
mdns: boolean, 
/**
 * Whether the router is asked for a port.
 */
portMapping: boolean, };

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
 * What the agent calls itself in its announcements.
 */
name?: string, 
/**
 * Whether to pass on topics without own subscription.
 */
relay?: boolean, 
/**
 * Whether to search the local network.
 */
mdns?: boolean, 
/**
 * Whether to ask the router for a port.
 */
portMapping?: boolean, 
/**
 * Whether to dial the public bootstrap nodes too.
 */
public?: boolean, };

/**
 * An offline list to make.
 */
export type NewOfflineList = { 
/**
 * The topic, as of a shared list.
 */
topic: string, 
/**
 * Handle of its agent's keypair.
 */
keypair: number, };

/**
 * A task to add.
 */
export type NewTaskFields = { 
/**
 * What is to be done.
 */
title: string, 
/**
 * More about it.
 */
description: string, };

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
network?: NetworkSettings, 
/**
 * Keys that do not come from its directory.
 */
keys?: KeySettings, };

/**
 * Asks for a core; the attachment is its configuration.
 */
export type OpenCore = { 
/**
 * What is checked against the schemas.
 */
checks: CoreChecks, };

/**
 * Asks for an engine that is fed by hand.
 */
export type OpenEngine = { 
/**
 * The instruments in any order.
 */
instruments: Array<InstrumentRequest>, 
/**
 * What trades.
 */
strategy: StrategyRequest, 
/**
 * Limits of the strategy's orders, or null for none.
 */
risk: RiskRequest | null, 
/**
 * Whether the strategy may trade.
 */
tradingEnabled: boolean, 
/**
 * Start of the engine's clock.
 */
start: string, 
/**
 * Exchanges whose requests are collected, or null for all.
 */
execution: Array<string> | null, };

/**
 * A store to open.
 */
export type OpenKvStore = { 
/**
 * The agent's handle.
 */
agent: number, 
/**
 * The topic that its replicas share.
 */
topic: string, 
/**
 * Who may write what.
 */
policy: KvPolicy, 
/**
 * The owner, 64 hexadecimal digits; without it, the agent itself.
 */
owner?: string, 
/**
 * Directory in which the replica is kept; without it, it lives as long as the agent.
 */
directory?: string, };

/**
 * Streams to open.
 */
export type OpenLive = { 
/**
 * What to connect to.
 */
feed: LiveFeed, 
/**
 * Where events go; `rust/engine/src/live/record.rs` has the layout of an item. Its key, for
 * `latest_per_key`, is the kind and the instrument.
 */
stream: StreamOptions, };

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
 * Asks for a replica.
 */
export type OpenReplica = { 
/**
 * Handle of the snapshot it starts at.
 */
snapshot: number, };

/**
 * Asks for a backtest that is stepped from outside.
 */
export type OpenRun = { 
/**
 * The backtest.
 */
run: RunBacktest, 
/**
 * Which audit ticks to keep, or null for no audits.
 */
audits: AuditFilterRequest | null, 
/**
 * Events per step that the view has records for.
 */
events: number, 
/**
 * Whether the orders of a strategy inside the engine are judged outside.
 */
judged: boolean, };

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
 * The audits of a system.
 */
export type OpenedAudits = { 
/**
 * Handle of the audits.
 */
audits: number, 
/**
 * The state in front of the first tick.
 */
snapshot: SnapshotRef, };

/**
 * A core.
 */
export type OpenedCore = { 
/**
 * Its handle.
 */
core: number, };

/**
 * An engine.
 */
export type OpenedEngine = { 
/**
 * Handle of the engine.
 */
engine: number, 
/**
 * Its index tables.
 */
table: InstrumentTable, };

/**
 * A group. Column: `id` u8.
 */
export type OpenedGroup = { 
/**
 * Its handle.
 */
group: number, };

/**
 * A new keypair. Column: `publicKey` u8.
 */
export type OpenedKeypair = { 
/**
 * Its handle.
 */
keypair: number, 
/**
 * 64 hexadecimal digits: the id of an agent, machine or user that has it.
 */
id: string, };

/**
 * Streams that are open.
 */
export type OpenedLive = { 
/**
 * The handle of their counters.
 */
live: number, };

/**
 * An offline list.
 */
export type OpenedOfflineList = { 
/**
 * Its handle.
 */
list: number, 
/**
 * Its topic.
 */
topic: string, 
/**
 * Id of the agent in whose name it changes.
 */
agentId: string, };

/**
 * A progress counter.
 */
export type OpenedProgress = { 
/**
 * Handle of the counter.
 */
progress: number, };

/**
 * A replica.
 */
export type OpenedReplica = { 
/**
 * Handle of the replica.
 */
replica: number, };

/**
 * A run.
 */
export type OpenedRun = { 
/**
 * Handle of the run.
 */
run: number, 
/**
 * Doubles of its view.
 */
viewLength: number, 
/**
 * Doubles in front of the slots.
 */
viewHeader: number, 
/**
 * Doubles per instrument.
 */
viewSlot: number, 
/**
 * Doubles per event.
 */
viewRecord: number, 
/**
 * The state in front of the first audit tick, or null without audits.
 */
snapshot: SnapshotRef | null, };

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
list: number, };

/**
 * What became of an order.
 */
export type OrderRecord = { 
/**
 * Client order id.
 */
cid: string, 
/**
 * Instrument index.
 */
instrument: number, 
/**
 * Direction, or null for the answer to a cancellation.
 */
side: "buy" | "sell" | null, 
/**
 * Quantity, or null for the answer to a cancellation.
 */
quantity: string | null, 
/**
 * The end of it, or `open`.
 */
status: "filled" | "open" | "rejected" | "cancelled" | "cancelFailed" | "expired", 
/**
 * Why it was rejected, or null.
 */
reason: string | null, };

/**
 * What happens to an item that finds the buffer full.
 */
export type Overflow = "block" | "drop_oldest" | "drop_newest" | "fail" | "latest_per_key";

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
 * Where a peer is reached.
 */
export type PeerAddress = { 
/**
 * The machine's id.
 */
peer: string, 
/**
 * `host:port`.
 */
address?: string, };

/**
 * Counts of one connection.
 */
export type PeerStats = { 
/**
 * The machine's id.
 */
peer: string, 
/**
 * `host:port`.
 */
address?: string, 
/**
 * Best round trip in milliseconds.
 */
rttMs?: number, 
/**
 * UDP bytes sent.
 */
bytesSent: number, 
/**
 * UDP bytes received.
 */
bytesReceived: number, 
/**
 * UDP datagrams sent.
 */
datagramsSent: number, 
/**
 * UDP datagrams received.
 */
datagramsReceived: number, 
/**
 * Packets lost.
 */
packetsLost: number, };

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
 * An agent that is ready to join. Column: `keyPackage` u8.
 */
export type Prepared = { 
/**
 * Its handle; it joins once.
 */
member: number, };

/**
 * Asks to process the attachment.
 */
export type ProcessEvents = { 
/**
 * Handle of the engine.
 */
engine: number, 
/**
 * True for market records as `engine.loadData` reads them, false for one event of the engine.
 */
market: boolean, };

/**
 * Asks where a run stands.
 */
export type ProgressRequest = { 
/**
 * Handle of the counter.
 */
progress: number, };

/**
 * A market order that a strategy inside the engine would send.
 */
export type ProposalRecord = { 
/**
 * Client order id.
 */
cid: string, 
/**
 * Instrument index.
 */
instrument: number, 
/**
 * Direction.
 */
side: "buy" | "sell", 
/**
 * Quantity.
 */
quantity: string, 
/**
 * Price.
 */
price: string, };

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
 * Payloads to publish together: the attachment holds each one's length (`u32`, little-endian) and
 * bytes.
 */
export type PublishBatch = { 
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
 * What publishing a batch came to.
 */
export type PublishedBatch = { 
/**
 * Smallest fan-out of its messages.
 */
fanout: number, 
/**
 * Payloads.
 */
count: number, 
/**
 * Messages that carried them.
 */
messages: number, 
/**
 * Sequence of the first payload; absent for an empty batch.
 */
firstSequence?: number, };

/**
 * A key to write; its value is the attachment.
 */
export type PutKey = { 
/**
 * The store's handle.
 */
store: number, 
/**
 * The key.
 */
key: string, 
/**
 * What the value is.
 */
contentType: string, };

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
 * A list to read.
 */
export type ReadTasks = { 
/**
 * The list's handle.
 */
list: number, 
/**
 * The revision that the reader has; 0 for none.
 */
since: number, };

/**
 * A member to remove.
 */
export type RemoveMember = { 
/**
 * The group's handle.
 */
group: number, 
/**
 * The agent, 64 hexadecimal digits.
 */
agent: string, };

/**
 * What a removal came to.
 */
export type RemovedContact = { 
/**
 * Whether it was a contact.
 */
removed: boolean, };

/**
 * Tasks that come first.
 */
export type ReorderTasks = { 
/**
 * The list's handle.
 */
list: number, 
/**
 * Their ids, in order.
 */
ids: Array<string>, };

/**
 * Names a replica; an update carries the ticks in its attachment.
 */
export type ReplicaRef = { 
/**
 * Handle of the replica.
 */
replica: number, };

/**
 * A replica's state.
 */
export type ReplicaState = { 
/**
 * The state.
 */
state: unknown, 
/**
 * Number of the last tick applied.
 */
sequence: number, 
/**
 * Engine time of that tick.
 */
time: string, };

/**
 * Asks for a core that goes on; the attachment is configuration, snapshot and memory.
 */
export type RestoreCore = { 
/**
 * What is checked against the schemas.
 */
checks: CoreChecks, 
/**
 * Bytes of the configuration.
 */
config: number, 
/**
 * Bytes of the snapshot after it.
 */
snapshot: number, };

/**
 * What an option is the right to.
 */
export type Right = "call" | "put";

/**
 * Limits of a strategy's orders; null is not checked.
 */
export type RiskRequest = { 
/**
 * Highest price times quantity of one order, a decimal.
 */
maxNotionalPerOrder: string | null, 
/**
 * Furthest from the market's price as a fraction, a decimal.
 */
maxPriceDeviation: string | null, 
/**
 * Largest position per instrument, a decimal.
 */
maxPositionAbs: string | null, 
/**
 * Most unanswered orders per instrument.
 */
maxOpenOrders: number | null, };

/**
 * Answers to orders.
 */
export type RunAnswers = { 
/**
 * In order of delivery.
 */
answers: Array<AnswerRecord>, };

/**
 * Asks for audit ticks.
 */
export type RunAudits = { 
/**
 * Handle of the run.
 */
run: number, 
/**
 * Events to replay while no tick waits, for a strategy inside the engine; 0 replays none.
 */
events: number, 
/**
 * Most ticks to take.
 */
max: number, };

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
maxOrdersPerEvent: number, 
/**
 * Limits of the strategy's orders, or null for none.
 */
risk: RiskRequest | null, };

/**
 * Balances of a run.
 */
export type RunBalances = { 
/**
 * By asset index.
 */
balances: unknown[], };

/**
 * Names an instrument of a run.
 */
export type RunInstrument = { 
/**
 * Handle of the run.
 */
run: number, 
/**
 * Index of the instrument.
 */
instrument: number, };

/**
 * An instrument's exact state.
 */
export type RunInstrumentState = { 
/**
 * The state.
 */
instrument: unknown, };

/**
 * Where a run stands.
 */
export type RunProgress = { 
/**
 * Events replayed so far.
 */
events: number, };

/**
 * Orders that wait for a verdict.
 */
export type RunProposals = { 
/**
 * In the order they would be sent.
 */
proposals: Array<ProposalRecord>, };

/**
 * Names a run.
 */
export type RunRef = { 
/**
 * Handle of the run.
 */
run: number, };

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
 * Requests the risk manager refused.
 */
refused: number, 
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
 * What the validator says of one schema.
 */
export type SchemaJudgement = { 
/**
 * Why the schema cannot be compiled.
 */
refused: string | null, 
/**
 * Whether each instance is valid; none if the schema cannot be compiled.
 */
valid: Array<boolean>, };

/**
 * Judgements in the order of the groups.
 */
export type SchemaJudgements = { 
/**
 * One per schema.
 */
groups: Array<SchemaJudgement>, };

/**
 * A message to one agent; its payload is the attachment.
 */
export type SendDirect = { 
/**
 * The handle.
 */
agent: number, 
/**
 * The recipient: 64 hexadecimal digits.
 */
to: string, 
/**
 * Whether to wait until the recipient's machine has it.
 */
ack: boolean, 
/**
 * Whether to go through the encrypted inbox even if the machines are connected.
 */
inboxOnly: boolean, 
/**
 * Milliseconds that everything may take.
 */
timeoutMs: number, };

/**
 * Brings the market events of the attachment.
 */
export type SendEvents = { 
/**
 * Handle of the system.
 */
system: number, 
/**
 * What the attachment holds.
 */
format: Format, };

/**
 * Something an agent offers.
 */
export type ServiceRecord = { 
/**
 * Its name, for programs.
 */
name: string, 
/**
 * What it is, for people.
 */
description: string, 
/**
 * How far a caller must be trusted, in the agent's own words.
 */
minTrust: string, };

/**
 * What to say of an agent; what is absent stays.
 */
export type SetContact = { 
/**
 * The agent's handle.
 */
agent: number, 
/**
 * The other agent's id.
 */
id: string, 
/**
 * How far it is trusted.
 */
trust?: ContactTrust, 
/**
 * What it is called; empty for nothing.
 */
name?: string, };

/**
 * Something to sign; the message is the attachment. Answered with the column `signature` u8.
 */
export type Sign = { 
/**
 * The handle.
 */
keypair: number, 
/**
 * What the signature is for.
 */
context: string, };

/**
 * Something to sign as an agent; the message is the attachment. Answered with the column
 * `signature` u8.
 */
export type SignAsAgent = { 
/**
 * The agent's handle.
 */
agent: number, 
/**
 * What the signature is for.
 */
context: string, };

/**
 * A snapshot of an engine's state.
 */
export type SnapshotRef = { 
/**
 * Handle of the snapshot.
 */
snapshot: number, 
/**
 * Its number in the sequence of ticks.
 */
sequence: number, 
/**
 * Engine time.
 */
time: string, };

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
 * Asks for a system.
 */
export type StartSystem = { 
/**
 * Where market events come from.
 */
market: SystemMarketRequest, 
/**
 * What trades.
 */
strategy: StrategyRequest, 
/**
 * Limits of the strategy's orders, or null for none.
 */
risk: RiskRequest | null, 
/**
 * One entry per exchange that executes.
 */
execution: Array<ExecutionRequest>, 
/**
 * Whether the strategy may trade.
 */
tradingEnabled: boolean, 
/**
 * Whether the clock follows the market's time instead of the machine's.
 */
historical: boolean, 
/**
 * Start of a historical clock, or null for the recording's.
 */
start: string | null, 
/**
 * Which audit ticks are kept, or null for none.
 */
audit: SystemAuditRequest | null, 
/**
 * Events per step that the view of a hosted strategy has records for.
 */
events: number, };

/**
 * A server of trades to start.
 */
export type StartTrades = { 
/**
 * Trades for each client.
 */
trades: number, };

/**
 * A running system.
 */
export type StartedSystem = { 
/**
 * Handle of the system.
 */
system: number, 
/**
 * Its index tables.
 */
table: InstrumentTable, 
/**
 * Its audits, or null.
 */
audits: OpenedAudits | null, 
/**
 * The steps of a hosted strategy, or null.
 */
run: OpenedRun | null, };

/**
 * A running server of trades.
 */
export type StartedTrades = { 
/**
 * The handle; closing it stops the server.
 */
server: number, 
/**
 * Its port on loopback.
 */
port: number, };

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
quantity: string, } | { "type": "closePositions", } | { "type": "hosted", 
/**
 * Name on orders and fills.
 */
id: string, };

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
 * Where payloads go. Each item, little-endian: sender (32 bytes), `u64` arrival in
 * milliseconds since the epoch, `u32` trust (0 unknown, 1 known, 2 trusted), `u32` flags
 * (bit 0 verified, bit 1 from a batch), `u64` epoch and `u64` sequence (0 unless from a
 * batch), `u32` malformed and `u32` duplicate messages so far, then the payload.
 */
stream: StreamOptions, };

/**
 * Direct messages to hear.
 */
export type SubscribeDirect = { 
/**
 * The handle.
 */
agent: number, 
/**
 * Whether to deliver messages whose sender is not verified.
 */
unverified: boolean, 
/**
 * Where messages go. Each item, little-endian: sender (32 bytes), machine (32 bytes), `u64`
 * arrival in milliseconds since the epoch, `u32` trust (0 unknown, 1 known, 2 trusted), `u32`
 * flags (bit 0 verified), then the payload.
 */
stream: StreamOptions, };

/**
 * Which ticks are kept, and how many.
 */
export type SystemAuditRequest = { 
/**
 * Which ticks.
 */
filter: AuditFilterRequest, 
/**
 * Ticks that may wait.
 */
capacity: number, 
/**
 * What happens beyond.
 */
overflow: AuditPolicy, };

/**
 * Counters of a system.
 */
export type SystemCounters = { 
/**
 * Market events processed.
 */
events: number, 
/**
 * Orders sent.
 */
orders: number, 
/**
 * Orders filled.
 */
fills: number, 
/**
 * Orders rejected, or not answered in time.
 */
rejected: number, 
/**
 * Requests the risk manager refused.
 */
refused: number, 
/**
 * Orders that have not been answered.
 */
unanswered: number, 
/**
 * Reason of the first rejection, or null.
 */
firstRejection: string | null, };

/**
 * How a system ended.
 */
export type SystemEndAnswer = { 
/**
 * `shutdown` or `aborted`.
 */
reason: "shutdown" | "aborted", };

/**
 * What a system takes its market events from.
 */
export type SystemMarketRequest = { "type": "hand", 
/**
 * The instruments in any order.
 */
instruments: Array<InstrumentRequest>, } | { "type": "recorded", 
/**
 * Handle of the market data.
 */
data: number, 
/**
 * Times as fast as recorded, or null for as fast as possible.
 */
speed: number | null, } | { "type": "live", 
/**
 * What to connect to.
 */
feed: LiveFeed, };

/**
 * Names a system; a command comes in the attachment.
 */
export type SystemRef = { 
/**
 * Handle of the system.
 */
system: number, };

/**
 * Asks for a summary.
 */
export type SystemSummary = { 
/**
 * Handle of the system.
 */
system: number, 
/**
 * Risk-free return as a fraction, a decimal.
 */
riskFreeReturn: string, 
/**
 * Time base of the ratios.
 */
summaryInterval: IntervalRequest, };

/**
 * Asks for ticks that wait.
 */
export type TakeAudits = { 
/**
 * Handle of the audits.
 */
audits: number, 
/**
 * Most ticks to take.
 */
max: number, };

/**
 * Ticks in upstream's shape.
 */
export type TakenAudits = { 
/**
 * In order.
 */
ticks: unknown[], 
/**
 * Nothing follows.
 */
done: boolean, 
/**
 * Ticks dropped so far.
 */
dropped: number, };

/**
 * What has changed since the revision asked about.
 */
export type TaskChangesRecord = { 
/**
 * Grows with every change of this replica.
 */
revision: number, 
/**
 * Whether this is all there is, instead of what changed.
 */
whole: boolean, 
/**
 * New and changed tasks, in no order.
 */
tasks: Array<TaskRecord>, 
/**
 * Ids of tasks that are gone.
 */
removed: Array<string>, 
/**
 * Ids of the tasks that come first, in order, if that changed.
 */
order?: Array<string>, };

/**
 * A claim or a completion.
 */
export type TaskEventRecord = { 
/**
 * Who and when.
 */
owner: TaskOwner, 
/**
 * Whether it is the winner.
 */
won: boolean, };

/**
 * Every claim and completion of a task that has arrived, winners first.
 */
export type TaskHistoryRecord = { 
/**
 * The claims.
 */
claims: Array<TaskEventRecord>, 
/**
 * The completions.
 */
completions: Array<TaskEventRecord>, };

/**
 * A list's handle.
 */
export type TaskListRef = { 
/**
 * The handle.
 */
list: number, };

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
 * How urgent it is.
 */
priority: number, 
/**
 * Whom it was meant for.
 */
assignedTo?: string, 
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
 * A task to look up or remove.
 */
export type TaskRef = { 
/**
 * The list's handle.
 */
list: number, 
/**
 * The task's id.
 */
id: string, };

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
 * Where a replica stands.
 */
export type UpdatedReplica = { 
/**
 * Number of the last tick applied.
 */
sequence: number, };

/**
 * Documents to validate: JSON lines beside the request.
 */
export type ValidateContracts = { 
/**
 * Kind of all of them, as their schema file is called.
 */
name: string, };

/**
 * Whether something holds.
 */
export type Verdict = { 
/**
 * Whether it does.
 */
valid: boolean, };

/**
 * A signature to verify; the attachment holds the public key, the signature and the message.
 */
export type Verify = { 
/**
 * What the signature is for.
 */
context: string, 
/**
 * Bytes of the public key.
 */
keyBytes: number, 
/**
 * Bytes of the signature.
 */
signatureBytes: number, };

/**
 * An agent to watch.
 */
export type WatchAgent = { 
/**
 * The handle.
 */
agent: number, 
/**
 * Where events go. Peers and lists are JSON: `{kind, peer, address?, at}`,
 * `{kind, agent, machine, name?}` and `{topic, revision}`. Messages are little-endian: `u32`
 * length of the topic, the topic in UTF-8, and the message as a subscription has it; a
 * message that is missing altogether says that some were lost.
 */
stream: StreamOptions, };

/**
 * A store to watch.
 */
export type WatchKvStore = { 
/**
 * The store's handle.
 */
store: number, 
/**
 * Where changes go, each packed as `KvEntries`.
 */
stream: StreamOptions, };

/**
 * A list to watch.
 */
export type WatchTasks = { 
/**
 * The list's handle.
 */
list: number, 
/**
 * Where word of a new revision goes; items are empty.
 */
stream: StreamOptions, };

/**
 * Kinds of work.
 */
export type WorkKind = "add" | "add_all" | "edit" | "claim" | "complete" | "diverge" | "merge" | "read";

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
  "agent.status": { request: AgentRef; answer: AgentStatus; timing: "sync"; encoding: "json" };
  "agent.disconnect": { request: DisconnectPeer; answer: Disconnected; timing: "async"; encoding: "json" };
  "agent.addresses": { request: AgentRef; answer: Addresses; timing: "async"; encoding: "json" };
  "agent.stats": { request: AgentRef; answer: AgentStats; timing: "async"; encoding: "json" };
  "agent.watchPeers": { request: WatchAgent; answer: Nothing; timing: "async"; encoding: "json" };
  "agent.watchMessages": { request: WatchAgent; answer: Nothing; timing: "async"; encoding: "json" };
  "agent.watchLists": { request: WatchAgent; answer: Nothing; timing: "async"; encoding: "json" };
  "agent.setContact": { request: SetContact; answer: Contact; timing: "async"; encoding: "json" };
  "agent.removeContact": { request: ContactRef; answer: RemovedContact; timing: "async"; encoding: "json" };
  "agent.contact": { request: ContactRef; answer: FoundContact; timing: "async"; encoding: "json" };
  "agent.contacts": { request: AgentRef; answer: Contacts; timing: "async"; encoding: "json" };
  "agent.discovered": { request: AgentRef; answer: DiscoveredAgents; timing: "async"; encoding: "json" };
  "agent.find": { request: FindAgent; answer: FoundAgent; timing: "async"; encoding: "json" };
  "agent.announce": { request: AnnounceAgent; answer: Nothing; timing: "async"; encoding: "json" };
  "tasks.open": { request: OpenTaskList; answer: OpenedTaskList; timing: "async"; encoding: "json" };
  "tasks.add": { request: AddTasks; answer: AddedTasks; timing: "async"; encoding: "json" };
  "tasks.claim": { request: ChangeTask; answer: TaskOwner; timing: "async"; encoding: "json" };
  "tasks.complete": { request: ChangeTask; answer: TaskOwner; timing: "async"; encoding: "json" };
  "tasks.list": { request: ReadTasks; answer: TaskChangesRecord; timing: "sync"; encoding: "json" };
  "tasks.watch": { request: WatchTasks; answer: Nothing; timing: "async"; encoding: "json" };
  "tasks.resync": { request: TaskListRef; answer: Nothing; timing: "async"; encoding: "json" };
  "tasks.edit": { request: EditTask; answer: Nothing; timing: "async"; encoding: "json" };
  "tasks.remove": { request: TaskRef; answer: Nothing; timing: "async"; encoding: "json" };
  "tasks.reorder": { request: ReorderTasks; answer: Nothing; timing: "async"; encoding: "json" };
  "tasks.history": { request: TaskRef; answer: TaskHistoryRecord; timing: "sync"; encoding: "json" };
  "tasks.merge": { request: MergeLists; answer: Nothing; timing: "async"; encoding: "json" };
  "offlineTasks.create": { request: NewOfflineList; answer: OpenedOfflineList; timing: "sync"; encoding: "json" };
  "offlineTasks.load": { request: LoadOfflineList; answer: OpenedOfflineList; timing: "sync"; encoding: "json" };
  "offlineTasks.save": { request: TaskListRef; answer: Nothing; timing: "sync"; encoding: "packed" };
  "offlineTasks.add": { request: AddTasks; answer: AddedTasks; timing: "sync"; encoding: "json" };
  "offlineTasks.claim": { request: TaskRef; answer: TaskOwner; timing: "sync"; encoding: "json" };
  "offlineTasks.complete": { request: TaskRef; answer: TaskOwner; timing: "sync"; encoding: "json" };
  "offlineTasks.edit": { request: EditTask; answer: Nothing; timing: "sync"; encoding: "json" };
  "offlineTasks.remove": { request: TaskRef; answer: Nothing; timing: "sync"; encoding: "json" };
  "offlineTasks.reorder": { request: ReorderTasks; answer: Nothing; timing: "sync"; encoding: "json" };
  "offlineTasks.list": { request: ReadTasks; answer: TaskChangesRecord; timing: "sync"; encoding: "json" };
  "offlineTasks.history": { request: TaskRef; answer: TaskHistoryRecord; timing: "sync"; encoding: "json" };
  "offlineTasks.merge": { request: MergeLists; answer: Nothing; timing: "sync"; encoding: "json" };
  "offlineTasks.mergeShared": { request: MergeLists; answer: Nothing; timing: "sync"; encoding: "json" };
  "engine.instruments": { request: DescribeInstruments; answer: InstrumentTable; timing: "sync"; encoding: "json" };
  "engine.loadData": { request: LoadData; answer: LoadedData; timing: "async"; encoding: "json" };
  "engine.backtest": { request: RunBacktest; answer: BacktestHead; timing: "async"; encoding: "packed" };
  "engine.openProgress": { request: OpenProgress; answer: OpenedProgress; timing: "sync"; encoding: "json" };
  "engine.progress": { request: ProgressRequest; answer: RunProgress; timing: "sync"; encoding: "json" };
  "engine.openRun": { request: OpenRun; answer: OpenedRun; timing: "sync"; encoding: "json" };
  "engine.runError": { request: RunRef; answer: Nothing; timing: "sync"; encoding: "json" };
  "engine.runAnswers": { request: RunRef; answer: RunAnswers; timing: "sync"; encoding: "json" };
  "engine.runAudits": { request: RunAudits; answer: AuditBatch; timing: "sync"; encoding: "json" };
  "engine.runState": { request: RunRef; answer: EngineState; timing: "sync"; encoding: "json" };
  "engine.runInstrument": { request: RunInstrument; answer: RunInstrumentState; timing: "sync"; encoding: "json" };
  "engine.runBalances": { request: RunRef; answer: RunBalances; timing: "sync"; encoding: "json" };
  "engine.runResult": { request: RunRef; answer: BacktestHead; timing: "sync"; encoding: "packed" };
  "engine.open": { request: OpenEngine; answer: OpenedEngine; timing: "sync"; encoding: "json" };
  "engine.process": { request: ProcessEvents; answer: AuditBatch; timing: "sync"; encoding: "json" };
  "engine.requests": { request: EngineRef; answer: EngineRequests; timing: "sync"; encoding: "json" };
  "engine.state": { request: EngineRef; answer: EngineState; timing: "sync"; encoding: "json" };
  "engine.snapshot": { request: EngineRef; answer: SnapshotRef; timing: "sync"; encoding: "json" };
  "engine.summary": { request: EngineSummary; answer: TradingSummary; timing: "sync"; encoding: "json" };
  "engine.openReplica": { request: OpenReplica; answer: OpenedReplica; timing: "sync"; encoding: "json" };
  "engine.updateReplica": { request: ReplicaRef; answer: UpdatedReplica; timing: "sync"; encoding: "json" };
  "engine.replicaState": { request: ReplicaRef; answer: ReplicaState; timing: "sync"; encoding: "json" };
  "engine.sweep": { request: RunSweep; answer: Nothing; timing: "async"; encoding: "json" };
  "engine.dataColumns": { request: ReadColumns; answer: ColumnsHead; timing: "sync"; encoding: "packed" };
  "engine.openSummary": { request: OpenSummary; answer: OpenedSummary; timing: "sync"; encoding: "json" };
  "engine.updateSummary": { request: UpdateSummary; answer: Nothing; timing: "sync"; encoding: "json" };
  "engine.readSummary": { request: ReadSummary; answer: TradingSummary; timing: "sync"; encoding: "json" };
  "engine.unrealised": { request: PositionAt; answer: Unrealised; timing: "sync"; encoding: "json" };
  "engine.closingOrder": { request: ClosingOrder; answer: ClosingRequest; timing: "sync"; encoding: "json" };
  "engine.runProposals": { request: RunRef; answer: RunProposals; timing: "sync"; encoding: "json" };
  "engine.liveSupport": { request: Nothing; answer: LiveSupportTable; timing: "sync"; encoding: "json" };
  "engine.openLive": { request: OpenLive; answer: OpenedLive; timing: "async"; encoding: "json" };
  "engine.liveCounters": { request: LiveRef; answer: LiveCounters; timing: "sync"; encoding: "json" };
  "engine.startSystem": { request: StartSystem; answer: StartedSystem; timing: "async"; encoding: "json" };
  "engine.systemCommand": { request: SystemRef; answer: AuditBatch; timing: "async"; encoding: "json" };
  "engine.systemSend": { request: SendEvents; answer: Nothing; timing: "async"; encoding: "json" };
  "engine.systemInterrupt": { request: InterruptSystem; answer: Nothing; timing: "async"; encoding: "json" };
  "engine.systemState": { request: SystemRef; answer: EngineState; timing: "sync"; encoding: "json" };
  "engine.systemSummary": { request: SystemSummary; answer: TradingSummary; timing: "sync"; encoding: "json" };
  "engine.systemStats": { request: SystemRef; answer: SystemCounters; timing: "sync"; encoding: "json" };
  "engine.systemFeedEnded": { request: SystemRef; answer: Nothing; timing: "async"; encoding: "json" };
  "engine.systemEnded": { request: SystemRef; answer: SystemEndAnswer; timing: "async"; encoding: "json" };
  "engine.shutdownSystem": { request: SystemRef; answer: SystemEndAnswer; timing: "async"; encoding: "json" };
  "engine.abortSystem": { request: SystemRef; answer: SystemEndAnswer; timing: "async"; encoding: "json" };
  "engine.systemReady": { request: RunRef; answer: Nothing; timing: "async"; encoding: "json" };
  "engine.systemAudits": { request: TakeAudits; answer: TakenAudits; timing: "sync"; encoding: "json" };
  "engine.systemAuditsReady": { request: AuditsRef; answer: Nothing; timing: "async"; encoding: "json" };
  "identity.generate": { request: Nothing; answer: OpenedKeypair; timing: "sync"; encoding: "packed" };
  "identity.fromSeed": { request: Nothing; answer: OpenedKeypair; timing: "sync"; encoding: "packed" };
  "identity.fromBytes": { request: Nothing; answer: OpenedKeypair; timing: "sync"; encoding: "packed" };
  "identity.duplicate": { request: KeypairRef; answer: OpenedKeypair; timing: "sync"; encoding: "packed" };
  "identity.toBytes": { request: KeypairRef; answer: Nothing; timing: "sync"; encoding: "packed" };
  "identity.sign": { request: Sign; answer: Nothing; timing: "sync"; encoding: "packed" };
  "identity.verify": { request: Verify; answer: Verdict; timing: "sync"; encoding: "json" };
  "identity.idOf": { request: Nothing; answer: KeyId; timing: "sync"; encoding: "json" };
  "identity.ofAgent": { request: AgentRef; answer: AgentIdentity; timing: "sync"; encoding: "packed" };
  "identity.signAsAgent": { request: SignAsAgent; answer: Nothing; timing: "sync"; encoding: "packed" };
  "identity.issueCertificate": { request: IssueCertificate; answer: CertificateInfo; timing: "sync"; encoding: "packed" };
  "identity.readCertificate": { request: Nothing; answer: CertificateInfo; timing: "sync"; encoding: "json" };
  "identity.checkCertificate": { request: CheckCertificate; answer: CertificateState; timing: "sync"; encoding: "json" };
  "identity.makeCard": { request: MakeCard; answer: CardText; timing: "sync"; encoding: "json" };
  "identity.readCard": { request: Nothing; answer: CardInfo; timing: "sync"; encoding: "json" };
  "identity.verifyCard": { request: Nothing; answer: Verdict; timing: "sync"; encoding: "json" };
  "agent.publishBatch": { request: PublishBatch; answer: PublishedBatch; timing: "async"; encoding: "json" };
  "agent.sendDirect": { request: SendDirect; answer: DirectReceipt; timing: "async"; encoding: "json" };
  "agent.subscribeDirect": { request: SubscribeDirect; answer: Nothing; timing: "async"; encoding: "json" };
  "kv.open": { request: OpenKvStore; answer: KvStoreRef; timing: "async"; encoding: "json" };
  "kv.put": { request: PutKey; answer: Nothing; timing: "async"; encoding: "json" };
  "kv.get": { request: KvKeyRef; answer: KvEntries; timing: "async"; encoding: "packed" };
  "kv.delete": { request: KvKeyRef; answer: DeletedKey; timing: "async"; encoding: "json" };
  "kv.keys": { request: KvStoreRef; answer: KvKeys; timing: "async"; encoding: "json" };
  "kv.entries": { request: KvStoreRef; answer: KvEntries; timing: "async"; encoding: "packed" };
  "kv.watch": { request: WatchKvStore; answer: Nothing; timing: "async"; encoding: "json" };
  "groups.create": { request: GroupKeypair; answer: OpenedGroup; timing: "sync"; encoding: "packed" };
  "groups.restore": { request: GroupKeypair; answer: OpenedGroup; timing: "sync"; encoding: "packed" };
  "groups.prepare": { request: GroupKeypair; answer: Prepared; timing: "sync"; encoding: "packed" };
  "groups.join": { request: JoinGroup; answer: OpenedGroup; timing: "sync"; encoding: "packed" };
  "groups.info": { request: GroupRef; answer: GroupInfo; timing: "sync"; encoding: "json" };
  "groups.add": { request: GroupRef; answer: AddedMember; timing: "sync"; encoding: "packed" };
  "groups.remove": { request: RemoveMember; answer: Nothing; timing: "sync"; encoding: "packed" };
  "groups.update": { request: GroupRef; answer: Nothing; timing: "sync"; encoding: "packed" };
  "groups.processCommit": { request: GroupRef; answer: Nothing; timing: "sync"; encoding: "json" };
  "groups.encrypt": { request: GroupRef; answer: Nothing; timing: "sync"; encoding: "packed" };
  "groups.decrypt": { request: GroupRef; answer: Nothing; timing: "sync"; encoding: "packed" };
  "groups.snapshot": { request: GroupRef; answer: Nothing; timing: "sync"; encoding: "packed" };
  "contracts.validate": { request: ValidateContracts; answer: ContractVerdicts; timing: "sync"; encoding: "json" };
  "contracts.openCore": { request: OpenCore; answer: OpenedCore; timing: "sync"; encoding: "json" };
  "contracts.restoreCore": { request: RestoreCore; answer: OpenedCore; timing: "sync"; encoding: "json" };
  "contracts.beginStep": { request: CoreRef; answer: Nothing; timing: "sync"; encoding: "packed" };
  "contracts.finishStep": { request: CoreRef; answer: Nothing; timing: "sync"; encoding: "packed" };
  "contracts.rollBackStep": { request: CoreRef; answer: Nothing; timing: "sync"; encoding: "json" };
  "contracts.stepLines": { request: CoreRef; answer: Nothing; timing: "sync"; encoding: "packed" };
  "contracts.advance": { request: CoreRef; answer: Nothing; timing: "sync"; encoding: "packed" };
  "contracts.coreSnapshot": { request: CoreRef; answer: Nothing; timing: "sync"; encoding: "packed" };
  "contracts.coreMemory": { request: CoreRef; answer: Nothing; timing: "sync"; encoding: "packed" };
  "contracts.bundleDigest": { request: Nothing; answer: BundleDigest; timing: "sync"; encoding: "json" };
  "contracts.reconcile": { request: Nothing; answer: Nothing; timing: "sync"; encoding: "packed" };
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
  "diagnostics.nativeBatches": { request: BatchRun; answer: AgentRun; timing: "async"; encoding: "json" };
  "diagnostics.publishRaw": { request: Publish; answer: Published; timing: "async"; encoding: "json" };
  "diagnostics.openTaskLists": { request: Nothing; answer: Opened; timing: "sync"; encoding: "json" };
  "diagnostics.nativeTaskList": { request: ListWork; answer: ListRun; timing: "sync"; encoding: "json" };
  "diagnostics.nativeReplay": { request: NativeReplay; answer: NativeReplayResult; timing: "async"; encoding: "json" };
  "diagnostics.networkPlan": { request: NetworkSettings; answer: NetworkPlan; timing: "sync"; encoding: "json" };
  "diagnostics.startTrades": { request: StartTrades; answer: StartedTrades; timing: "async"; encoding: "json" };
  "diagnostics.nativeLive": { request: NativeLive; answer: Elapsed; timing: "async"; encoding: "json" };
  "diagnostics.nativeSteps": { request: NativeSteps; answer: NativeStepsResult; timing: "sync"; encoding: "json" };
  "diagnostics.jsonSchema": { request: Nothing; answer: SchemaJudgements; timing: "sync"; encoding: "json" };
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
  "agent.status": 108,
  "agent.disconnect": 109,
  "agent.addresses": 110,
  "agent.stats": 111,
  "agent.watchPeers": 112,
  "agent.watchMessages": 113,
  "agent.watchLists": 114,
  "agent.setContact": 115,
  "agent.removeContact": 116,
  "agent.contact": 117,
  "agent.contacts": 118,
  "agent.discovered": 119,
  "agent.find": 120,
  "agent.announce": 121,
  "tasks.open": 150,
  "tasks.add": 151,
  "tasks.claim": 152,
  "tasks.complete": 153,
  "tasks.list": 154,
  "tasks.watch": 155,
  "tasks.resync": 156,
  "tasks.edit": 157,
  "tasks.remove": 158,
  "tasks.reorder": 159,
  "tasks.history": 160,
  "tasks.merge": 161,
  "offlineTasks.create": 170,
  "offlineTasks.load": 171,
  "offlineTasks.save": 172,
  "offlineTasks.add": 173,
  "offlineTasks.claim": 174,
  "offlineTasks.complete": 175,
  "offlineTasks.edit": 176,
  "offlineTasks.remove": 177,
  "offlineTasks.reorder": 178,
  "offlineTasks.list": 179,
  "offlineTasks.history": 180,
  "offlineTasks.merge": 181,
  "offlineTasks.mergeShared": 182,
  "engine.instruments": 200,
  "engine.loadData": 201,
  "engine.backtest": 202,
  "engine.openProgress": 203,
  "engine.progress": 204,
  "engine.openRun": 210,
  "engine.runError": 211,
  "engine.runAnswers": 212,
  "engine.runAudits": 213,
  "engine.runState": 214,
  "engine.runInstrument": 215,
  "engine.runBalances": 216,
  "engine.runResult": 217,
  "engine.open": 220,
  "engine.process": 221,
  "engine.requests": 222,
  "engine.state": 223,
  "engine.snapshot": 224,
  "engine.summary": 225,
  "engine.openReplica": 230,
  "engine.updateReplica": 231,
  "engine.replicaState": 232,
  "engine.sweep": 240,
  "engine.dataColumns": 241,
  "engine.openSummary": 242,
  "engine.updateSummary": 243,
  "engine.readSummary": 244,
  "engine.unrealised": 245,
  "engine.closingOrder": 246,
  "engine.runProposals": 247,
  "engine.liveSupport": 285,
  "engine.openLive": 286,
  "engine.liveCounters": 287,
  "engine.startSystem": 270,
  "engine.systemCommand": 271,
  "engine.systemSend": 272,
  "engine.systemInterrupt": 273,
  "engine.systemState": 274,
  "engine.systemSummary": 275,
  "engine.systemStats": 276,
  "engine.systemFeedEnded": 277,
  "engine.systemEnded": 278,
  "engine.shutdownSystem": 279,
  "engine.abortSystem": 280,
  "engine.systemReady": 281,
  "engine.systemAudits": 282,
  "engine.systemAuditsReady": 283,
  "identity.generate": 300,
  "identity.fromSeed": 301,
  "identity.fromBytes": 302,
  "identity.duplicate": 303,
  "identity.toBytes": 304,
  "identity.sign": 305,
  "identity.verify": 306,
  "identity.idOf": 307,
  "identity.ofAgent": 308,
  "identity.signAsAgent": 309,
  "identity.issueCertificate": 310,
  "identity.readCertificate": 311,
  "identity.checkCertificate": 312,
  "identity.makeCard": 313,
  "identity.readCard": 314,
  "identity.verifyCard": 315,
  "agent.publishBatch": 360,
  "agent.sendDirect": 361,
  "agent.subscribeDirect": 362,
  "kv.open": 320,
  "kv.put": 321,
  "kv.get": 322,
  "kv.delete": 323,
  "kv.keys": 324,
  "kv.entries": 325,
  "kv.watch": 326,
  "groups.create": 340,
  "groups.restore": 341,
  "groups.prepare": 342,
  "groups.join": 343,
  "groups.info": 344,
  "groups.add": 345,
  "groups.remove": 346,
  "groups.update": 347,
  "groups.processCommit": 348,
  "groups.encrypt": 349,
  "groups.decrypt": 350,
  "groups.snapshot": 351,
  "contracts.validate": 400,
  "contracts.openCore": 410,
  "contracts.restoreCore": 411,
  "contracts.beginStep": 412,
  "contracts.finishStep": 413,
  "contracts.rollBackStep": 414,
  "contracts.stepLines": 415,
  "contracts.advance": 416,
  "contracts.coreSnapshot": 417,
  "contracts.coreMemory": 418,
  "contracts.bundleDigest": 419,
  "contracts.reconcile": 425,
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
  "diagnostics.nativeBatches": 924,
  "diagnostics.publishRaw": 925,
  "diagnostics.openTaskLists": 930,
  "diagnostics.nativeTaskList": 931,
  "diagnostics.nativeReplay": 940,
  "diagnostics.networkPlan": 950,
  "diagnostics.startTrades": 985,
  "diagnostics.nativeLive": 986,
  "diagnostics.nativeSteps": 990,
  "diagnostics.jsonSchema": 991,
} as const satisfies Record<keyof Methods, number>;

/** Methods that answer with a JSON head and binary columns. */
export const PACKED_METHODS: ReadonlySet<string> = new Set<keyof Methods>([
  "offlineTasks.save",
  "engine.backtest",
  "engine.runResult",
  "engine.dataColumns",
  "identity.generate",
  "identity.fromSeed",
  "identity.fromBytes",
  "identity.duplicate",
  "identity.toBytes",
  "identity.sign",
  "identity.ofAgent",
  "identity.signAsAgent",
  "identity.issueCertificate",
  "kv.get",
  "kv.entries",
  "groups.create",
  "groups.restore",
  "groups.prepare",
  "groups.join",
  "groups.add",
  "groups.remove",
  "groups.update",
  "groups.encrypt",
  "groups.decrypt",
  "groups.snapshot",
  "contracts.beginStep",
  "contracts.finishStep",
  "contracts.stepLines",
  "contracts.advance",
  "contracts.coreSnapshot",
  "contracts.coreMemory",
  "contracts.reconcile",
  "diagnostics.columns",
]);
