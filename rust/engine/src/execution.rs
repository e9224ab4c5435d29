//! Barter's mock exchange without its tasks and sleeps: requests are executed at once in event time,
//! answers wait in a queue until the market data has reached their due time.

use std::{collections::VecDeque, sync::Arc};

use barter::{engine::execution_tx::MultiExchangeTxMap, execution::request::ExecutionRequest};
use barter_execution::{
    AccountEvent, AccountEventKind, InstrumentAccountSnapshot, UnindexedAccountEvent,
    UnindexedAccountSnapshot,
    balance::{AssetBalance, Balance},
    client::mock::MockExecutionConfig,
    error::{ConnectivityError, UnindexedOrderError},
    exchange::mock::MockExchange,
    indexer::AccountEventIndexer,
    map::generate_execution_instrument_map,
    order::{
        Order, OrderKey,
        request::{OrderRequestCancel, OrderRequestOpen, UnindexedOrderResponseCancel},
        state::OrderState,
    },
};
use barter_instrument::{
    Keyed, Underlying,
    asset::name::AssetNameExchange,
    exchange::ExchangeId,
    index::IndexedInstruments,
    instrument::{Instrument, kind::InstrumentKind, name::InstrumentNameExchange},
};
use barter_integration::{
    channel::{UnboundedRx, UnboundedTx, mpsc_unbounded},
    collection::snapshot::Snapshot,
};
use chrono::{DateTime, TimeDelta, Utc};

use crate::{EngineError, Instruments, config::ResolvedExchange};

/// Routes of an engine's order requests, one entry per indexed exchange.
pub(crate) type Routes = MultiExchangeTxMap<UnboundedTx<ExecutionRequest>>;

/// An answer on its way back: balance, trade and order, or a rejected order alone.
#[derive(Debug)]
pub(crate) struct Response {
    due: DateTime<Utc>,
    pub(crate) events: Vec<AccountEvent>,
}

/// Counts of executed requests.
#[derive(Debug, Default, Clone)]
pub(crate) struct ExecutionCounts {
    pub(crate) orders: u64,
    pub(crate) fills: u64,
    pub(crate) rejected: u64,
    pub(crate) first_rejection: Option<String>,
}

/// All mock exchanges of a run and their unanswered requests.
#[derive(Debug)]
pub struct Exchanges {
    mocks: Vec<Mock>,
    pending: VecDeque<Response>,
    pub(crate) counts: ExecutionCounts,
}

#[derive(Debug)]
struct Mock {
    exchange: MockExchange,
    indexer: AccountEventIndexer,
    requests: UnboundedRx<ExecutionRequest>,
    latency: TimeDelta,
    half_latency: TimeDelta,
}

impl Exchanges {
    /// Sets up the configured exchanges with their opening balances at `start`.
    pub(crate) fn new(
        instruments: &Instruments,
        configs: &[ResolvedExchange],
        start: DateTime<Utc>,
    ) -> Result<(Self, Routes), EngineError> {
        let mut mocks = Vec::with_capacity(configs.len());
        let routes = instruments
            .exchanges()
            .map(|exchange| {
                let Some(config) = configs.iter().find(|config| config.exchange == exchange) else {
                    return Ok((exchange, None));
                };
                let (tx, requests) = mpsc_unbounded();
                mocks.push(Mock::new(instruments.indexed(), config, requests, start)?);
                Ok((exchange, Some(tx)))
            })
            .collect::<Result<Routes, EngineError>>()?;
        let exchanges =
            Self { mocks, pending: VecDeque::new(), counts: ExecutionCounts::default() };
        Ok((exchanges, routes))
    }

    /// The account snapshot of every exchange, in index order.
    pub(crate) fn snapshots(
        &mut self,
        start: DateTime<Utc>,
    ) -> Result<Vec<AccountEvent>, EngineError> {
        self.mocks
            .iter_mut()
            .map(|mock| {
                mock.set_time(start);
                mock.index(AccountEventKind::Snapshot(mock.exchange.account_snapshot()))
            })
            .collect()
    }

    /// Whether any answer is outstanding.
    #[inline]
    pub(crate) fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Moves the answers due at `now` to `due`, in the order their requests were made.
    pub(crate) fn take_due(&mut self, now: DateTime<Utc>, due: &mut Vec<Response>) {
        let mut at = 0;
        while let Some(response) = self.pending.get(at) {
            if response.due <= now {
                due.extend(self.pending.remove(at));
            } else {
                at += 1;
            }
        }
    }

    /// Moves every outstanding answer to `due`.
    pub(crate) fn take_all(&mut self, due: &mut Vec<Response>) {
        due.extend(self.pending.drain(..));
    }

    /// Executes all requests sent since the last call, at engine time `now`. Returns how many.
    pub(crate) fn execute(&mut self, now: DateTime<Utc>) -> Result<usize, EngineError> {
        let mut executed = 0;
        for mock in &mut self.mocks {
            while let Ok(request) = mock.requests.rx.try_recv() {
                let response = match request {
                    ExecutionRequest::Open(request) => {
                        self.counts.orders += 1;
                        mock.open(request, now, &mut self.counts)?
                    }
                    ExecutionRequest::Cancel(request) => mock.cancel(request, now)?,
                    ExecutionRequest::Shutdown => continue,
                };
                executed += 1;
                self.pending.push_back(response);
            }
        }
        Ok(executed)
    }
}

impl Mock {
    fn new(
        instruments: &IndexedInstruments,
        config: &ResolvedExchange,
        requests: UnboundedRx<ExecutionRequest>,
        start: DateTime<Utc>,
    ) -> Result<Self, EngineError> {
        let map = generate_execution_instrument_map(instruments, config.exchange)
            .map_err(|error| EngineError::run("engine_failed", error.to_string()))?;
        let names = map.exchange_instruments().cloned();
        // The channels that `MockExchange::run` would serve; it never runs here.
        let (_, request_rx) = tokio::sync::mpsc::unbounded_channel();
        let (event_tx, _) = tokio::sync::broadcast::channel(1);
        let exchange = MockExchange::new(
            mock_config(instruments, names, config, start),
            request_rx,
            event_tx,
            exchange_instruments(instruments, config.exchange),
        );
        Ok(Self {
            exchange,
            indexer: AccountEventIndexer::new(Arc::new(map)),
            requests,
            latency: TimeDelta::milliseconds(config.latency_ms as i64),
            // Whole milliseconds, as upstream divides.
            half_latency: TimeDelta::milliseconds((config.latency_ms / 2) as i64),
        })
    }

    fn set_time(&mut self, now: DateTime<Utc>) {
        let time = now + self.half_latency;
        self.exchange.time_exchange_latest = time;
        self.exchange.account.update_time_exchange(time);
    }

    fn index(
        &self,
        kind: AccountEventKind<ExchangeId, AssetNameExchange, InstrumentNameExchange>,
    ) -> Result<AccountEvent, EngineError> {
        self.indexer
            .account_event(UnindexedAccountEvent::new(self.exchange.exchange, kind))
            .map_err(|error| EngineError::run("engine_failed", error.to_string()))
    }

    fn open(
        &mut self,
        request: OrderRequestOpen,
        now: DateTime<Utc>,
        counts: &mut ExecutionCounts,
    ) -> Result<Response, EngineError> {
        self.set_time(now);
        let named = self
            .indexer
            .order_request(&request)
            .map_err(|error| EngineError::run("engine_failed", error.to_string()))?;
        let (order, notifications) = self.exchange.open_order(OrderRequestOpen {
            key: OrderKey {
                exchange: named.key.exchange,
                instrument: named.key.instrument.clone(),
                strategy: named.key.strategy,
                cid: named.key.cid,
            },
            state: named.state,
        });

        let mut events = Vec::with_capacity(3);
        if let Some(notifications) = notifications {
            events.push(self.index(AccountEventKind::BalanceSnapshot(notifications.balance))?);
            events.push(self.index(AccountEventKind::Trade(notifications.trade))?);
        }
        // Balance and trade go first: were the order reported filled before its trade, a strategy
        // that looks for "no order and no position" would fire twice.
        let state = match order.state {
            Ok(open) if open.quantity_remaining(order.quantity).is_zero() => {
                counts.fills += 1;
                OrderState::fully_filled()
            }
            Ok(open) => OrderState::active(open),
            Err(error) => {
                counts.rejected += 1;
                counts.first_rejection.get_or_insert_with(|| error.to_string());
                OrderState::inactive(error)
            }
        };
        events.push(self.index(AccountEventKind::OrderSnapshot(Snapshot(Order {
            key: order.key,
            side: order.side,
            price: order.price,
            quantity: order.quantity,
            kind: order.kind,
            time_in_force: order.time_in_force,
            state,
        })))?);
        Ok(Response { due: now + self.latency, events })
    }

    /// Barter's mock client answers a cancellation with "exchange offline": every order it accepts is
    /// filled before a cancellation could reach it.
    fn cancel(
        &mut self,
        request: OrderRequestCancel,
        now: DateTime<Utc>,
    ) -> Result<Response, EngineError> {
        self.set_time(now);
        let key = self
            .indexer
            .order_request(&request)
            .map_err(|error| EngineError::run("engine_failed", error.to_string()))?
            .key;
        let offline = ConnectivityError::ExchangeOffline(key.exchange);
        let event = self.index(AccountEventKind::OrderCancelled(UnindexedOrderResponseCancel {
            key: OrderKey {
                exchange: key.exchange,
                instrument: key.instrument.clone(),
                strategy: key.strategy,
                cid: key.cid,
            },
            state: Err(UnindexedOrderError::Connectivity(offline)),
        }))?;
        Ok(Response { due: now + self.latency, events: vec![event] })
    }
}

/// A mock exchange with its opening account.
pub(crate) fn mock_config(
    instruments: &IndexedInstruments,
    names: impl Iterator<Item = InstrumentNameExchange>,
    config: &ResolvedExchange,
    start: DateTime<Utc>,
) -> MockExecutionConfig {
    let account = UnindexedAccountSnapshot {
        exchange: config.exchange,
        balances: balances(instruments, config, start),
        instruments: names.map(|name| InstrumentAccountSnapshot::new(name, Vec::new())).collect(),
    };
    MockExecutionConfig::new(config.exchange, account, config.latency_ms, config.fee_rate)
}

fn balances(
    instruments: &IndexedInstruments,
    config: &ResolvedExchange,
    start: DateTime<Utc>,
) -> Vec<AssetBalance<AssetNameExchange>> {
    instruments
        .assets()
        .iter()
        .filter(|keyed| keyed.value.exchange == config.exchange)
        .filter_map(|keyed| {
            let name = &keyed.value.asset.name_internal;
            let (_, total) = config.balances.iter().find(|(asset, _)| asset == name.as_ref())?;
            Some(AssetBalance {
                asset: keyed.value.asset.name_exchange.clone(),
                balance: Balance::new(*total, *total),
                time_exchange: start,
            })
        })
        .collect()
}

/// The spot instruments of one exchange with the exchange's own asset names.
pub(crate) fn exchange_instruments(
    instruments: &IndexedInstruments,
    exchange: ExchangeId,
) -> fnv::FnvHashMap<InstrumentNameExchange, Instrument<ExchangeId, AssetNameExchange>> {
    let asset =
        |index| instruments.find_asset(index).ok().map(|asset| asset.asset.name_exchange.clone());
    instruments
        .instruments()
        .iter()
        .filter(|keyed| {
            keyed.value.exchange.value == exchange && keyed.value.kind == InstrumentKind::Spot
        })
        .filter_map(|Keyed { value, .. }| {
            let instrument = Instrument {
                exchange,
                name_internal: value.name_internal.clone(),
                name_exchange: value.name_exchange.clone(),
                underlying: Underlying {
                    base: asset(value.underlying.base)?,
                    quote: asset(value.underlying.quote)?,
                },
                quote: value.quote,
                kind: InstrumentKind::Spot,
                spec: None,
            };
            Some((value.name_exchange.clone(), instrument))
        })
        .collect()
}
