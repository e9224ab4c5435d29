//! The replay against an independent path, and the figures both languages are checked with.
//!
//! The path below shares no code with the replay but the clock: every event goes by value through
//! `Engine::process`, the strategy recomputes its means from all prices it ever saw, equity comes
//! from cash and holdings, and the summary from barter as it is. `TENDON_UPDATE_GOLDEN=1` rewrites
//! `tests/fixtures/engine/golden.json`.
#![allow(clippy::unwrap_used)]

mod common;

use std::{cell::Cell, collections::VecDeque, sync::Arc};

use barter::{
    EngineEvent,
    engine::{
        Engine, Processor,
        clock::EngineClock,
        execution_tx::MultiExchangeTxMap,
        state::{
            EngineState,
            global::DefaultGlobalData,
            instrument::{
                data::{DefaultInstrumentMarketData, InstrumentDataState},
                filter::InstrumentFilter,
            },
            order::in_flight_recorder::InFlightRequestRecorder,
            trading::TradingState,
        },
    },
    execution::request::ExecutionRequest,
    risk::DefaultRiskManager,
    statistic::time::Daily,
    strategy::{
        algo::AlgoStrategy, close_positions::ClosePositionsStrategy,
        on_disconnect::OnDisconnectStrategy, on_trading_disabled::OnTradingDisabled,
    },
};
use barter_data::{
    event::{DataKind, MarketEvent},
    streams::consumer::MarketStreamEvent,
};
use barter_execution::{
    AccountEvent, AccountEventKind, UnindexedAccountEvent, UnindexedAccountSnapshot,
    balance::{AssetBalance, Balance},
    client::mock::MockExecutionConfig,
    exchange::mock::MockExchange,
    indexer::AccountEventIndexer,
    map::generate_execution_instrument_map,
    order::{
        Order, OrderKey, OrderKind, TimeInForce,
        id::{ClientOrderId, StrategyId},
        request::{OrderRequestCancel, OrderRequestOpen, RequestOpen},
        state::OrderState,
    },
};
use barter_instrument::{
    Keyed, Side,
    asset::{AssetIndex, ExchangeAsset, name::AssetNameInternal},
    exchange::{ExchangeId, ExchangeIndex},
    instrument::{Instrument, InstrumentIndex, kind::InstrumentKind},
};
use barter_integration::{channel::mpsc_unbounded, collection::snapshot::Snapshot};
use chrono::TimeDelta;
use common::{config, decimal, fixture, recording, run, sma};
use rust_decimal::{Decimal, prelude::FromPrimitive};
use serde_json::{Value, json};
use tendon_engine::{BacktestConfig, EventClock, MarketData, Outcome, StrategyConfig, time::nanos};

#[derive(Debug, Clone, Default)]
struct Data {
    market: DefaultInstrumentMarketData,
    prices: Vec<Decimal>,
}

impl InstrumentDataState for Data {
    type MarketEventKind = DataKind;
    fn price(&self) -> Option<Decimal> {
        self.market.price()
    }
}

impl Processor<&MarketEvent<InstrumentIndex, DataKind>> for Data {
    type Audit = ();
    fn process(&mut self, event: &MarketEvent<InstrumentIndex, DataKind>) {
        self.market.process(event);
        if let DataKind::Trade(trade) = &event.kind {
            self.prices.push(Decimal::from_f64(trade.price).unwrap());
        }
    }
}

impl Processor<&AccountEvent> for Data {
    type Audit = ();
    fn process(&mut self, _: &AccountEvent) {}
}

impl InFlightRequestRecorder for Data {
    fn record_in_flight_cancel(&mut self, _: &OrderRequestCancel) {}
    fn record_in_flight_open(&mut self, _: &OrderRequestOpen) {}
}

type State = EngineState<DefaultGlobalData, Data>;

struct Strategy {
    config: StrategyConfig,
    sent: Cell<u64>,
}

impl Strategy {
    fn wish(&self, data: &Data, held: Option<Decimal>) -> Option<(Side, Decimal)> {
        match self.config {
            StrategyConfig::Noop
            | StrategyConfig::ClosePositions
            | StrategyConfig::Hosted { .. } => None,
            StrategyConfig::BuyAndHold { quantity } => {
                held.is_none().then_some((Side::Buy, quantity))
            }
            StrategyConfig::SmaCross { fast, slow, quantity } => {
                let start = data.prices.len().checked_sub(slow)?;
                let window = &data.prices[start..];
                let mean = |prices: &[Decimal]| {
                    prices.iter().sum::<Decimal>() / Decimal::from(prices.len())
                };
                let (fast, slow) = (mean(&window[slow - fast..]), mean(window));
                match held {
                    None if fast > slow => Some((Side::Buy, quantity)),
                    Some(held) if fast < slow => Some((Side::Sell, held)),
                    _ => None,
                }
            }
        }
    }
}

impl AlgoStrategy for Strategy {
    type State = State;
    fn generate_algo_orders(
        &self,
        state: &State,
    ) -> (impl IntoIterator<Item = OrderRequestCancel>, impl IntoIterator<Item = OrderRequestOpen>)
    {
        let mut opens = Vec::new();
        for state in state.instruments.instruments(&InstrumentFilter::None) {
            let held = state.position.current.as_ref().map(|position| position.quantity_abs);
            let Some((side, quantity)) = self.wish(&state.data, held) else { continue };
            let (true, Some(price)) = (state.orders.0.is_empty(), state.data.price()) else {
                continue;
            };
            self.sent.set(self.sent.get() + 1);
            opens.push(OrderRequestOpen {
                key: OrderKey {
                    exchange: state.instrument.exchange,
                    instrument: state.key,
                    strategy: StrategyId::new("independent"),
                    cid: ClientOrderId::new(self.sent.get().to_string()),
                },
                state: RequestOpen {
                    side,
                    price,
                    quantity,
                    kind: OrderKind::Market,
                    time_in_force: TimeInForce::ImmediateOrCancel,
                },
            });
        }
        (Vec::new(), opens)
    }
}

impl ClosePositionsStrategy for Strategy {
    type State = State;
    fn close_positions_requests<'a>(
        &'a self,
        _: &'a State,
        _: &'a InstrumentFilter,
    ) -> (
        impl IntoIterator<Item = OrderRequestCancel> + 'a,
        impl IntoIterator<Item = OrderRequestOpen> + 'a,
    )
    where
        ExchangeIndex: 'a,
        AssetIndex: 'a,
        InstrumentIndex: 'a,
    {
        (Vec::new(), Vec::new())
    }
}

impl<C, S, T, R> OnDisconnectStrategy<C, S, T, R> for Strategy {
    type OnDisconnect = ();
    fn on_disconnect(_: &mut Engine<C, S, T, Self, R>, _: ExchangeId) {}
}

impl<C, S, T, R> OnTradingDisabled<C, S, T, R> for Strategy {
    type OnTradingDisabled = ();
    fn on_trading_disabled(_: &mut Engine<C, S, T, Self, R>) {}
}

/// Figures of one run as JSON: what the golden file holds.
fn independent(data: &MarketData, config: &BacktestConfig) -> Value {
    let execution = &config.execution[0];
    let instruments = data.instruments().indexed();
    let exchange_id = ExchangeId::BinanceSpot;
    let start = data.start();
    let latency = TimeDelta::milliseconds(execution.latency_ms as i64);
    let half = TimeDelta::milliseconds(execution.latency_ms as i64 / 2);

    let map = Arc::new(generate_execution_instrument_map(instruments, exchange_id).unwrap());
    let indexer = AccountEventIndexer::new(map);
    let asset = |index| instruments.find_asset(index).unwrap().asset.name_exchange.clone();
    let spot = instruments.instruments().iter().map(|Keyed { value, .. }| {
        let instrument = Instrument {
            exchange: exchange_id,
            name_internal: value.name_internal.clone(),
            name_exchange: value.name_exchange.clone(),
            underlying: barter_instrument::Underlying::new(
                asset(value.underlying.base),
                asset(value.underlying.quote),
            ),
            quote: value.quote,
            kind: InstrumentKind::Spot,
            spec: None,
        };
        (value.name_exchange.clone(), instrument)
    });
    let opening = |name: &str| Balance::new(execution.balances[name], execution.balances[name]);
    let balances = instruments.assets().iter().map(|keyed| AssetBalance {
        asset: keyed.value.asset.name_exchange.clone(),
        balance: opening(keyed.value.asset.name_internal.as_ref()),
        time_exchange: start,
    });
    let (_, never) = tokio::sync::mpsc::unbounded_channel();
    let mut exchange = MockExchange::new(
        MockExecutionConfig::new(
            exchange_id,
            UnindexedAccountSnapshot::new(exchange_id, balances.collect(), Vec::new()),
            execution.latency_ms,
            execution.fee_rate,
        ),
        never,
        tokio::sync::broadcast::channel(1).0,
        spot.collect(),
    );

    let (tx, mut rx) = mpsc_unbounded::<ExecutionRequest>();
    let state = EngineState::builder(instruments, DefaultGlobalData, |_| Data::default())
        .time_engine_start(start)
        .trading_state(TradingState::Enabled)
        .balances(execution.balances.iter().map(|(name, total)| {
            let key = ExchangeAsset::new(exchange_id, AssetNameInternal::from(name.as_str()));
            Keyed::new(key, Balance::new(*total, *total))
        }))
        .build();
    let mut engine = Engine::new(
        EventClock::new(start),
        state,
        MultiExchangeTxMap::from_iter([(exchange_id, Some(tx))]),
        Strategy { config: config.strategy.clone(), sent: Cell::new(0) },
        DefaultRiskManager::<State>::default(),
    );

    let mut queue = VecDeque::new();
    let mut fills = Vec::new();
    let mut cash = execution.balances["usdt"];
    let mut held = vec![Decimal::ZERO; data.instruments().rows().len()];
    let mut lowest = cash;

    let mut step = |engine: &mut Engine<_, State, _, Strategy, _>,
                    queue: &mut VecDeque<_>,
                    event: EngineEvent<DataKind>| {
        engine.process(event);
        while let Ok(ExecutionRequest::Open(request)) = rx.rx.try_recv() {
            let now = EngineClock::time(&engine.clock);
            exchange.time_exchange_latest = now + half;
            exchange.account.update_time_exchange(now + half);
            let named = indexer.order_request(&request).unwrap();
            let (order, done) = exchange.open_order(OrderRequestOpen {
                key: OrderKey {
                    exchange: exchange_id,
                    instrument: named.key.instrument.clone(),
                    strategy: named.key.strategy,
                    cid: named.key.cid,
                },
                state: named.state,
            });
            let mut answer = Vec::new();
            if let Some(done) = done {
                answer.push(AccountEventKind::BalanceSnapshot(done.balance));
                answer.push(AccountEventKind::Trade(done.trade));
            }
            answer.push(AccountEventKind::OrderSnapshot(Snapshot(Order {
                state: match order.state {
                    Ok(_) => OrderState::fully_filled(),
                    Err(error) => OrderState::inactive(error),
                },
                key: order.key,
                side: order.side,
                price: order.price,
                quantity: order.quantity,
                kind: order.kind,
                time_in_force: order.time_in_force,
            })));
            let answer: Vec<AccountEvent> = answer
                .into_iter()
                .map(|kind| UnindexedAccountEvent::new(exchange_id, kind))
                .map(|event| indexer.account_event(event).unwrap())
                .collect();
            queue.push_back((now + latency, answer));
        }
    };
    let mut note = |event: &AccountEvent, cash: &mut Decimal, held: &mut [Decimal]| {
        if let AccountEventKind::Trade(trade) = &event.kind {
            let sign = if trade.side == Side::Buy { Decimal::ONE } else { -Decimal::ONE };
            *cash -= sign * trade.price * trade.quantity + trade.fees.fees;
            held[trade.instrument.index()] += sign * trade.quantity;
            fills.push(json!({
                "timeNs": nanos(trade.time_exchange).to_string(),
                "instrument": trade.instrument.index(),
                "side": if trade.side == Side::Buy { "buy" } else { "sell" },
                "price": trade.price.normalize().to_string(),
                "quantity": trade.quantity.normalize().to_string(),
                "fees": trade.fees.fees.normalize().to_string(),
            }));
        }
    };
    let value = |engine: &Engine<EventClock, State, _, Strategy, _>,
                 cash: Decimal,
                 held: &[Decimal]| {
        let marks = engine.state.instruments.0.values().map(|state| state.data.price());
        cash + held.iter().zip(marks).map(|(q, mark)| q * mark.unwrap_or_default()).sum::<Decimal>()
    };

    let balances: Vec<_> = instruments
        .assets()
        .iter()
        .map(|keyed| AssetBalance {
            asset: keyed.key,
            balance: opening(keyed.value.asset.name_internal.as_ref()),
            time_exchange: start + half,
        })
        .collect();
    let snapshot = barter_execution::AccountSnapshot::new(ExchangeIndex(0), balances, Vec::new());
    let snapshot = AccountEvent::new(ExchangeIndex(0), AccountEventKind::Snapshot(snapshot));
    step(&mut engine, &mut queue, EngineEvent::from(snapshot));
    for event in data.events() {
        if let MarketStreamEvent::Item(item) = event {
            let now = item.time_exchange.max(EngineClock::time(&engine.clock));
            let ready =
                queue.iter().filter(|(due, _): &&(chrono::DateTime<_>, _)| *due <= now).count();
            for _ in 0..ready {
                for event in queue.pop_front().unwrap().1 {
                    note(&event, &mut cash, &mut held);
                    step(&mut engine, &mut queue, EngineEvent::from(event));
                }
            }
        }
        step(&mut engine, &mut queue, EngineEvent::Market(event.clone()));
        lowest = lowest.min(value(&engine, cash, &held));
    }
    step(&mut engine, &mut queue, EngineEvent::from(TradingState::Disabled));
    while let Some((_, answer)) = queue.pop_front() {
        for event in answer {
            note(&event, &mut cash, &mut held);
            step(&mut engine, &mut queue, EngineEvent::from(event));
        }
    }
    step(&mut engine, &mut queue, EngineEvent::shutdown());
    lowest = lowest.min(value(&engine, cash, &held));

    let text = |value: Decimal| value.normalize().to_string();
    let summary = engine.trading_summary_generator(config.risk_free_return).generate(Daily);
    let sheets: serde_json::Map<String, Value> = summary
        .instruments
        .iter()
        .map(|(name, sheet)| {
            let figures = json!({
                "pnl": text(sheet.pnl),
                "pnlReturn": text(sheet.pnl_return.value),
                "sharpeRatio": text(sheet.sharpe_ratio.value),
                "sortinoRatio": text(sheet.sortino_ratio.value),
                "calmarRatio": text(sheet.calmar_ratio.value),
                "pnlDrawdownMax": sheet.pnl_drawdown_max.as_ref().map(|max| text(max.0.value)),
                "winRate": sheet.win_rate.as_ref().map(|rate| text(rate.value)),
                "profitFactor": sheet.profit_factor.as_ref().map(|factor| text(factor.value)),
            });
            (name.name().to_string(), figures)
        })
        .collect();
    let balances: serde_json::Map<String, Value> = summary
        .assets
        .iter()
        .map(|(asset, sheet)| {
            (asset.asset.to_string(), json!(sheet.balance_end.map(|balance| text(balance.total))))
        })
        .collect();
    json!({
        "timeEnd": tendon_engine::time::format(summary.time_engine_end),
        "orders": engine.strategy.sent.get(),
        "fills": fills,
        "equityFinal": text(value(&engine, cash, &held).round_dp(12)),
        "equityLowest": text(lowest.round_dp(6)),
        "instruments": sheets,
        "balances": balances,
    })
}

/// The same figures from a replay.
fn replayed(outcome: &Outcome) -> Value {
    let text = |value: Decimal| value.normalize().to_string();
    let lowest = outcome.equity.value.iter().copied().fold(f64::MAX, f64::min);
    let sheets: serde_json::Map<String, Value> = outcome
        .summary
        .instruments
        .iter()
        .map(|(name, sheet)| {
            let figures = json!({
                "pnl": text(sheet.pnl),
                "pnlReturn": text(sheet.pnl_return.value),
                "sharpeRatio": text(sheet.sharpe_ratio.value),
                "sortinoRatio": text(sheet.sortino_ratio.value),
                "calmarRatio": text(sheet.calmar_ratio.value),
                "pnlDrawdownMax": sheet.pnl_drawdown_max.as_ref().map(|max| text(max.value)),
                "winRate": sheet.win_rate.map(text),
                "profitFactor": sheet.profit_factor.map(text),
            });
            (name.clone(), figures)
        })
        .collect();
    let balances: serde_json::Map<String, Value> = outcome
        .summary
        .assets
        .iter()
        .map(|(key, sheet)| {
            let asset = key.split(':').next_back().unwrap().to_owned();
            (asset, json!(sheet.balance_end.map(|balance| text(balance.0))))
        })
        .collect();
    let fills: Vec<Value> = outcome
        .fills
        .iter()
        .map(|fill| {
            json!({
                "timeNs": nanos(fill.time).to_string(),
                "instrument": fill.instrument,
                "side": if fill.side == Side::Buy { "buy" } else { "sell" },
                "price": text(fill.price),
                "quantity": text(fill.quantity),
                "fees": text(fill.fees),
            })
        })
        .collect();
    json!({
        "timeEnd": tendon_engine::time::format(outcome.summary.time_end),
        "orders": outcome.stats.orders,
        "fills": fills,
        "equityFinal": text(outcome.equity.last.round_dp(12)),
        "equityLowest": text(Decimal::from_f64(lowest).unwrap().round_dp(6)),
        "instruments": sheets,
        "balances": balances,
    })
}

/// Runs of the golden file: strategy, fee and latency.
fn cases() -> Vec<(Value, StrategyConfig, &'static str, u64)> {
    let quantity = "0.01";
    let cross = |fast: usize, slow: usize| {
        let wire = json!({ "type": "smaCross", "fast": fast, "slow": slow, "quantity": quantity });
        (wire, sma(fast, slow, quantity))
    };
    let hold = StrategyConfig::BuyAndHold { quantity: decimal(quantity) };
    let mut cases = vec![
        (json!({ "type": "noop" }), StrategyConfig::Noop, "0", 0),
        (json!({ "type": "buyAndHold", "quantity": quantity }), hold, "0.001", 100),
    ];
    for (fast, slow, fee, latency) in [(1, 2, "0", 0), (2, 5, "0.0005", 20), (3, 8, "0.05", 250)] {
        let (wire, strategy) = cross(fast, slow);
        cases.push((wire, strategy, fee, latency));
    }
    cases
}

#[test]
fn the_replay_equals_the_independent_path_and_the_golden_file() {
    let data = recording();
    let mut runs = Vec::new();
    for (wire, strategy, fee, latency) in cases() {
        let mut config = config(strategy, &data, 100_000);
        config.execution[0].fee_rate = decimal(fee);
        config.execution[0].latency_ms = latency;
        config.risk_free_return = decimal("0.05");
        let expected = independent(&data, &config);
        assert_eq!(replayed(&run(&data, config)), expected, "{wire}");
        runs.push(json!({
            "strategy": wire,
            "feeRate": fee,
            "latencyMs": latency,
            "cash": "100000",
            "riskFreeReturn": "0.05",
            "expected": expected,
        }));
    }
    let golden = json!({
        "comment": "Written by rust/engine/tests/golden.rs from an independent path; see README.md.",
        "data": "market_data_600.jsonl",
        "runs": runs,
    });
    let path = fixture("golden.json");
    if std::env::var_os("TENDON_UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(&golden).unwrap() + "\n").unwrap();
    }
    let committed: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(committed, golden, "run with TENDON_UPDATE_GOLDEN=1 if the change is meant");
}
