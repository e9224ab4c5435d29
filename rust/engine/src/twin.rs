//! The native baseline of the benches: the same backtest as a Rust programmer would write it over
//! barter for one exchange, by hand and as lean as it gets, without this crate's replay.
//!
//! No validation, cancelling, progress, counters or encoding; the strategy, its indicator and the list
//! of the exchange's instruments are shared, because they are not what is compared.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use barter::{
    EngineEvent,
    engine::{
        Engine, EngineOutput, Processor,
        action::generate_algo_orders::GenerateAlgoOrders,
        audit::EngineAudit,
        clock::EngineClock,
        execution_tx::MultiExchangeTxMap,
        state::{
            EngineState, global::DefaultGlobalData, instrument::data::InstrumentDataState,
            position::PositionExited, trading::TradingState,
        },
    },
    execution::request::ExecutionRequest,
    risk::DefaultRiskManager,
    statistic::time::Daily,
};
use barter_data::streams::consumer::MarketStreamEvent;
use barter_execution::{
    AccountEvent, AccountEventKind, UnindexedAccountEvent, UnindexedAccountSnapshot,
    balance::{AssetBalance, Balance},
    client::mock::MockExecutionConfig,
    exchange::mock::MockExchange,
    indexer::AccountEventIndexer,
    map::generate_execution_instrument_map,
    order::{Order, OrderKey, request::OrderRequestOpen, state::OrderState},
    trade::Trade,
};
use barter_instrument::{Side, asset::QuoteAsset, instrument::InstrumentIndex};
use barter_integration::{
    channel::{UnboundedTx, mpsc_unbounded},
    collection::snapshot::Snapshot,
};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::{
    BacktestConfig, EngineError, EventClock, InstrumentData, MarketData, Strategy, decimal::to_f64,
    execution::exchange_instruments, parse_exchange, time::nanos,
};

/// What the baseline found; equal to the replay's figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Twin {
    /// Sum of realised results.
    pub pnl: Decimal,
    /// Fills.
    pub fills: usize,
    /// Equity after the last event.
    pub equity: f64,
    /// Equity points.
    pub points: usize,
    /// Wall time in milliseconds.
    pub duration_ms: f64,
}

/// Runs the baseline. `config` must have passed [`Backtest::new`](crate::Backtest::new) and have one
/// execution entry.
///
/// # Errors
///
/// `engine_failed` when `config` does not fit.
pub fn native_replay(data: &MarketData, config: &BacktestConfig) -> Result<Twin, EngineError> {
    let started = Instant::now();
    let unfit = || EngineError::run("engine_failed", "the configuration does not fit the baseline");
    let [execution] = config.execution.as_slice() else {
        return Err(unfit());
    };
    let exchange_id = parse_exchange(&execution.exchange).ok_or_else(unfit)?;
    let instruments = data.instruments().indexed();
    let start = data.start();
    let half = TimeDelta::milliseconds((execution.latency_ms / 2) as i64);
    let latency = TimeDelta::milliseconds(execution.latency_ms as i64);

    let spot = exchange_instruments(instruments, exchange_id);
    let balances = instruments
        .assets()
        .iter()
        .map(|keyed| {
            let asset = &keyed.value.asset;
            let total = execution.balances.get(asset.name_internal.as_ref()).ok_or_else(unfit)?;
            Ok(AssetBalance {
                asset: asset.name_exchange.clone(),
                balance: Balance::new(*total, *total),
                time_exchange: start,
            })
        })
        .collect::<Result<Vec<_>, EngineError>>()?;
    let quote = &data.instruments().rows()[0].quote;
    let cash = execution.balances.get(quote).copied().ok_or_else(unfit)?;

    let (_, request_rx) = tokio::sync::mpsc::unbounded_channel();
    let (event_tx, _) = tokio::sync::broadcast::channel(1);
    let snapshot = UnindexedAccountSnapshot::new(exchange_id, balances, Vec::new());
    let mock =
        MockExecutionConfig::new(exchange_id, snapshot, execution.latency_ms, execution.fee_rate);
    let mut exchange = MockExchange::new(mock, request_rx, event_tx, spot);
    let map = generate_execution_instrument_map(instruments, exchange_id).map_err(|_| unfit())?;
    let indexer = AccountEventIndexer::new(Arc::new(map));
    let (tx, mut requests): (UnboundedTx<ExecutionRequest>, _) = mpsc_unbounded();
    let mut engine = Engine::new(
        EventClock::new(start),
        EngineState::builder(instruments, DefaultGlobalData, |_| {
            InstrumentData::new(&config.strategy)
        })
        .time_engine_start(start)
        .trading_state(TradingState::Enabled)
        .build(),
        MultiExchangeTxMap::from_iter([(exchange_id, Some(tx))]),
        Strategy::new(&config.strategy),
        DefaultRiskManager::default(),
    );

    let mut fills: Vec<Trade<QuoteAsset, InstrumentIndex>> = Vec::new();
    let mut exits: Vec<PositionExited<QuoteAsset>> = Vec::new();
    let mut pending: VecDeque<(chrono::DateTime<chrono::Utc>, [Option<AccountEvent>; 3])> =
        VecDeque::new();
    let count = data.instruments().rows().len();
    let mut closed = Decimal::ZERO;
    let mut base = to_f64(cash);
    let mut curve: Vec<(i64, f64)> = Vec::with_capacity(data.events().len());
    let (mut signed, mut entry, mut unrealised) =
        (vec![0.0; count], vec![0.0; count], vec![0.0; count]);
    let (mut peak, mut deepest) = (base, 0.0f64);

    // The exchange's work for everything in the request channel.
    macro_rules! execute {
        () => {
            while let Ok(ExecutionRequest::Open(request)) = requests.rx.try_recv() {
                let now = engine.clock.time();
                exchange.time_exchange_latest = now + half;
                exchange.account.update_time_exchange(now + half);
                let named = indexer.order_request(&request).map_err(|_| unfit())?;
                let (order, done) = exchange.open_order(OrderRequestOpen {
                    key: OrderKey {
                        exchange: named.key.exchange,
                        instrument: named.key.instrument.clone(),
                        strategy: named.key.strategy,
                        cid: named.key.cid,
                    },
                    state: named.state,
                });
                let index = |kind| {
                    indexer
                        .account_event(UnindexedAccountEvent::new(exchange_id, kind))
                        .map_err(|_| unfit())
                };
                let mut events = [None, None, None];
                if let Some(done) = done {
                    events[0] = Some(index(AccountEventKind::BalanceSnapshot(done.balance))?);
                    events[1] = Some(index(AccountEventKind::Trade(done.trade))?);
                }
                let state = match order.state {
                    Ok(_) => OrderState::fully_filled(),
                    Err(error) => OrderState::inactive(error),
                };
                events[2] = Some(index(AccountEventKind::OrderSnapshot(Snapshot(Order {
                    key: order.key,
                    side: order.side,
                    price: order.price,
                    quantity: order.quantity,
                    kind: order.kind,
                    time_in_force: order.time_in_force,
                    state,
                })))?);
                pending.push_back((now + latency, events));
            }
        };
    }
    macro_rules! account {
        ($event:expr) => {{
            let event = $event;
            let trade = match &event.kind {
                AccountEventKind::Trade(trade) => Some(trade.clone()),
                _ => None,
            };
            if let EngineAudit::Process(audit) = engine.process(EngineEvent::from(event)) {
                for output in audit.outputs {
                    if let EngineOutput::PositionExit(exit) = output {
                        closed += exit.pnl_realised;
                        exits.push(exit);
                    }
                }
            }
            if let Some(trade) = trade {
                let at = trade.instrument.index();
                let state = engine.state.instruments.instrument_index(&trade.instrument);
                (signed[at], entry[at]) =
                    state.position.current.as_ref().map_or((0.0, 0.0), |position| {
                        let quantity = to_f64(position.quantity_abs);
                        let signed = if position.side == Side::Buy { quantity } else { -quantity };
                        (signed, to_f64(position.price_entry_average))
                    });
                unrealised[at] =
                    state.data.mark().map_or(0.0, |mark| signed[at] * (mark - entry[at]));
                fills.push(trade);
                let states = engine.state.instruments.0.values();
                let open: Decimal = states
                    .filter_map(|state| state.position.current.as_ref())
                    .map(|position| position.pnl_realised)
                    .sum();
                base = to_f64(cash + closed + open);
            }
            execute!();
        }};
    }

    exchange.time_exchange_latest = start + half;
    exchange.account.update_time_exchange(start + half);
    let snapshot = AccountEventKind::Snapshot(exchange.account_snapshot());
    account!(
        indexer
            .account_event(UnindexedAccountEvent::new(exchange_id, snapshot))
            .map_err(|_| unfit())?
    );

    for event in data.events() {
        if let MarketStreamEvent::Item(item) = event {
            if !pending.is_empty() {
                let now = item.time_exchange.max(engine.clock.time());
                let due = pending.iter().take_while(|(due, _)| *due <= now).count();
                for _ in 0..due {
                    if let Some((_, events)) = pending.pop_front() {
                        for event in events.into_iter().flatten() {
                            account!(event);
                        }
                    }
                }
            }
            engine.clock.observe(item.time_exchange);
        }
        engine.update_from_market_stream(event);
        if !engine.generate_algo_orders().is_empty() {
            execute!();
        }
        if let MarketStreamEvent::Item(item) = event {
            let at = item.instrument.index();
            if signed[at] != 0.0
                && let Some(mark) =
                    engine.state.instruments.instrument_index(&item.instrument).data.mark()
            {
                unrealised[at] = signed[at] * (mark - entry[at]);
            }
        }
        let equity = base + unrealised.iter().sum::<f64>();
        peak = peak.max(equity);
        deepest = deepest.max((peak - equity) / peak);
        curve.push((nanos(engine.clock.time()), equity));
    }

    engine.process(EngineEvent::from(TradingState::Disabled));
    while let Some((_, events)) = pending.pop_front() {
        for event in events.into_iter().flatten() {
            account!(event);
        }
    }
    let summary = engine.trading_summary_generator(config.risk_free_return).generate(Daily);
    let _marks: Vec<Option<Decimal>> =
        engine.state.instruments.0.values().map(|state| state.data.price()).collect();
    std::hint::black_box((&exits, &curve, deepest));
    Ok(Twin {
        pnl: summary.instruments.values().map(|sheet| sheet.pnl).sum(),
        fills: fills.len(),
        equity: curve.last().map_or(base, |(_, equity)| *equity),
        points: curve.len(),
        duration_ms: started.elapsed().as_secs_f64() * 1e3,
    })
}
