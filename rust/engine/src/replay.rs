//! The deterministic replay: one thread, event time, barter's engine and mock exchange.
//!
//! Order of work, which is the whole contract:
//!
//! 1. The account snapshot of each exchange, at `start + latency / 2`.
//! 2. For each market event: (a) if it is an item, answers that were pending on entry and are due by
//!    `max(item time, clock)`; (b) the event; (c) execution of all requests it caused, answers due at
//!    `clock + latency`. Requests sent during (a) are executed at once and answered at the next item
//!    or later, which bounds the feedback between a strategy and its own fills.
//! 3. Trading is disabled, everything left is delivered, the engine shuts down.
//!
//! Market events are applied through the engine's public steps instead of `Engine::process`, which
//! would take each by value, evaluate the strategy although nothing it looks at has changed, and
//! build an audit nobody reads. That is half of the time; `tests/golden.rs` shows that both ways
//! give the same figures to the last digit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use barter::{
    EngineEvent,
    engine::{
        Engine, EngineOutput, Processor,
        action::generate_algo_orders::GenerateAlgoOrders,
        audit::EngineAudit,
        clock::EngineClock,
        state::{
            EngineState, global::DefaultGlobalData, instrument::data::InstrumentDataState,
            position::calculate_pnl_return, trading::TradingState,
        },
    },
    risk::DefaultRiskManager,
    shutdown::SyncShutdown,
};
use barter_data::streams::consumer::MarketStreamEvent;
use barter_execution::{AccountEvent, AccountEventKind, balance::Balance, trade::Trade};
use barter_instrument::{
    Side,
    asset::{ExchangeAsset, QuoteAsset, name::AssetNameInternal},
    instrument::InstrumentIndex,
};
use rust_decimal::Decimal;

use crate::{
    Backtest, Control, EngineError, EquityTracker, EventClock, Fill, InstrumentData, MarketData,
    OpenPosition, Outcome, RoundTrip, RunStats, Strategy, Summary,
    execution::{Exchanges, Response, Routes},
    strategy::State,
    time::nanos,
};

/// Events between two looks at the control; about 0.3 ms of work.
const BLOCK: usize = 1024;

type ReplayEngine = Engine<EventClock, State, Routes, Strategy, DefaultRiskManager<State>>;

impl Backtest {
    /// Replays `data`. Two runs of the same configuration over the same data are equal but for
    /// `stats.duration_ms`.
    ///
    /// # Errors
    ///
    /// `market_data_table` when `data` belongs to another instrument table, `engine_order_storm`,
    /// `cancelled`, and `engine_failed` should the engine panic in spite of all validation.
    pub fn run(&self, data: &MarketData, control: &Control) -> Result<Outcome, EngineError> {
        if data.instruments().digest() != self.digest {
            return Err(EngineError::data(
                "market_data_table",
                "was loaded for another instrument table than this backtest was made for",
            ));
        }
        catch_unwind(AssertUnwindSafe(|| {
            let started = Instant::now();
            let mut replay = Replay::new(self, data)?;
            replay.run(data, control)?;
            let mut outcome = replay.finish(self, data)?;
            outcome.stats.duration_ms = started.elapsed().as_secs_f64() * 1e3;
            Ok(outcome)
        }))
        .unwrap_or_else(|panic| {
            let text = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned());
            Err(EngineError::run(
                "engine_failed",
                text.unwrap_or_else(|| "the engine panicked".to_owned()),
            ))
        })
    }
}

struct Replay {
    engine: ReplayEngine,
    exchanges: Exchanges,
    equity: EquityTracker,
    fills: Vec<Fill>,
    round_trips: Vec<RoundTrip>,
    due: Vec<Response>,
    trading: bool,
    orders_this_event: usize,
    max_orders_per_event: usize,
}

impl Replay {
    fn new(backtest: &Backtest, data: &MarketData) -> Result<Self, EngineError> {
        let instruments = data.instruments();
        let start = data.start();
        let config = &backtest.config;
        let (mut exchanges, routes) = Exchanges::new(instruments, &backtest.exchanges, start)?;
        let state = EngineState::builder(instruments.indexed(), DefaultGlobalData, |_| {
            InstrumentData::new(&config.strategy)
        })
        .time_engine_start(start)
        .trading_state(if config.trading_enabled {
            TradingState::Enabled
        } else {
            TradingState::Disabled
        })
        .balances(backtest.exchanges.iter().flat_map(|entry| {
            entry.balances.iter().map(|(asset, total)| {
                let key =
                    ExchangeAsset::new(entry.exchange, AssetNameInternal::from(asset.as_str()));
                barter_instrument::Keyed::new(key, Balance::new(*total, *total))
            })
        }))
        .build();
        let counted: Vec<bool> =
            instruments.rows().iter().map(|row| row.quote == backtest.equity_quote).collect();
        let cash = backtest
            .exchanges
            .iter()
            .flat_map(|entry| &entry.balances)
            .filter_map(|(asset, total)| (*asset == backtest.equity_quote).then_some(*total))
            .sum();
        let snapshots = exchanges.snapshots(start)?;
        let mut replay = Self {
            engine: Engine::new(
                EventClock::new(start),
                state,
                routes,
                Strategy::new(&config.strategy),
                DefaultRiskManager::default(),
            ),
            exchanges,
            equity: EquityTracker::new(cash, counted, &config.equity, nanos(start)),
            fills: Vec::new(),
            round_trips: Vec::new(),
            due: Vec::new(),
            trading: config.trading_enabled,
            orders_this_event: 0,
            max_orders_per_event: config.max_orders_per_event,
        };
        for snapshot in snapshots {
            replay.account(snapshot)?;
        }
        Ok(replay)
    }

    fn run(&mut self, data: &MarketData, control: &Control) -> Result<(), EngineError> {
        let mut done = 0;
        for block in data.events().chunks(BLOCK) {
            if control.is_cancelled() {
                return Err(EngineError::Cancelled { events: done });
            }
            for event in block {
                self.market(event)?;
            }
            done += block.len() as u64;
            control.set_events(done);
        }
        Ok(())
    }

    #[inline]
    fn market(&mut self, event: &crate::market_data::MarketRecord) -> Result<(), EngineError> {
        self.orders_this_event = 0;
        let item = match event {
            MarketStreamEvent::Item(item) => Some(item),
            MarketStreamEvent::Reconnecting(_) => None,
        };
        if let Some(item) = item {
            if self.exchanges.is_pending() {
                let now = item.time_exchange.max(self.engine.clock.time());
                self.exchanges.take_due(now, &mut self.due);
                self.deliver()?;
            }
            self.engine.clock.observe(item.time_exchange);
        }
        let _no_output = self.engine.update_from_market_stream(event);
        if let Some(item) = item {
            let instrument = item.instrument.index();
            let state = self.engine.state.instruments.instrument_index(&item.instrument);
            self.equity.mark(instrument, || state.data.mark());
            if self.trading && self.engine.strategy.wants(state) {
                self.trade()?;
            }
        }
        self.equity.sample(nanos(self.engine.clock.time()));
        Ok(())
    }

    /// Lets the engine evaluate the strategy, over all instruments as it does after every event.
    fn trade(&mut self) -> Result<(), EngineError> {
        let output = self.engine.generate_algo_orders();
        if output.is_empty() {
            return Ok(());
        }
        match output.unrecoverable_errors() {
            Some(errors) => Err(stopped(errors)),
            None => self.execute(),
        }
    }

    fn execute(&mut self) -> Result<(), EngineError> {
        self.orders_this_event += self.exchanges.execute(self.engine.clock.time())?;
        if self.orders_this_event > self.max_orders_per_event {
            return Err(EngineError::run(
                "engine_order_storm",
                format!("one event caused more than {} orders", self.max_orders_per_event),
            ));
        }
        Ok(())
    }

    /// Hands over the answers in `due`.
    fn deliver(&mut self) -> Result<(), EngineError> {
        let mut due = std::mem::take(&mut self.due);
        for response in due.drain(..) {
            for event in response.events {
                self.account(event)?;
            }
        }
        self.due = due;
        Ok(())
    }

    fn account(&mut self, event: AccountEvent) -> Result<(), EngineError> {
        let trade = match &event.kind {
            AccountEventKind::Trade(trade) => Some(trade.clone()),
            _ => None,
        };
        let audit = self.engine.process(EngineEvent::from(event));
        let EngineAudit::Process(audit) = audit else {
            return Err(EngineError::run("engine_failed", "the engine ended its feed"));
        };
        if !audit.errors.is_empty() {
            return Err(stopped(audit.errors));
        }
        if let Some(trade) = trade {
            let exit = audit.outputs.into_iter().find_map(|output| match output {
                EngineOutput::PositionExit(exit) => Some(exit),
                _ => None,
            });
            self.filled(trade, exit);
        }
        self.execute()
    }

    fn filled(
        &mut self,
        trade: Trade<QuoteAsset, InstrumentIndex>,
        exit: Option<barter::engine::state::position::PositionExited<QuoteAsset>>,
    ) {
        let closed = exit.as_ref().map(|exit| exit.pnl_realised);
        if let Some(exit) = exit {
            self.round_trips.push(RoundTrip {
                instrument: exit.instrument.index(),
                side: exit.side,
                time_enter: exit.time_enter,
                time_exit: exit.time_exit,
                entry_price: exit.price_entry_average,
                exit_price: trade.price,
                quantity: exit.quantity_abs_max,
                pnl: exit.pnl_realised,
                pnl_return: calculate_pnl_return(
                    exit.pnl_realised,
                    exit.price_entry_average,
                    exit.quantity_abs_max,
                ),
                fees_enter: exit.fees_enter.fees,
                fees_exit: exit.fees_exit.fees,
            });
        }
        let state = self.engine.state.instruments.instrument_index(&trade.instrument);
        self.equity.fill(
            trade.instrument.index(),
            state.position.current.as_ref(),
            closed,
            state.data.mark(),
        );
        self.fills.push(Fill {
            time: trade.time_exchange,
            instrument: trade.instrument.index(),
            side: trade.side,
            price: trade.price,
            quantity: trade.quantity,
            fees: trade.fees.fees,
            order_id: trade.order_id.0,
            trade_id: trade.id.0,
        });
    }

    fn finish(mut self, backtest: &Backtest, data: &MarketData) -> Result<Outcome, EngineError> {
        self.orders_this_event = 0;
        let _audit = self.engine.process(EngineEvent::from(TradingState::Disabled));
        self.exchanges.take_all(&mut self.due);
        self.deliver()?;
        let _audit = self.engine.process(EngineEvent::shutdown());
        self.engine.shutdown();

        let open_positions = self.open_positions();
        let open_result: Decimal = open_positions
            .iter()
            .filter(|open| self.equity.counts(open.instrument))
            .map(|open| open.pnl_realised + open.pnl_unrealised)
            .sum();
        let config = &backtest.config;
        let end = nanos(self.engine.clock.time());
        let generator = self.engine.trading_summary_generator(config.risk_free_return);
        let counts = self.exchanges.counts;
        Ok(Outcome {
            id: config.id.clone(),
            risk_free_return: config.risk_free_return,
            summary: Summary::new(generator, config.interval, &self.round_trips),
            equity: self.equity.finish(backtest.equity_quote.clone(), end, open_result),
            fills: self.fills,
            round_trips: self.round_trips,
            open_positions,
            stats: RunStats {
                events: data.events().len() as u64,
                orders: counts.orders,
                fills: counts.fills,
                rejected: counts.rejected,
                first_rejection: counts.first_rejection,
                duration_ms: 0.0,
            },
        })
    }

    fn open_positions(&self) -> Vec<OpenPosition> {
        self.engine
            .state
            .instruments
            .0
            .values()
            .filter_map(|state| {
                let position = state.position.current.as_ref()?;
                let mark_price = state.data.price();
                let per_unit = mark_price.map_or(Decimal::ZERO, |mark| match position.side {
                    Side::Buy => mark - position.price_entry_average,
                    Side::Sell => position.price_entry_average - mark,
                });
                Some(OpenPosition {
                    instrument: state.key.index(),
                    side: position.side,
                    quantity: position.quantity_abs,
                    entry_price: position.price_entry_average,
                    mark_price,
                    pnl_realised: position.pnl_realised,
                    pnl_unrealised: per_unit * position.quantity_abs,
                    time_enter: position.time_enter,
                })
            })
            .collect()
    }
}

/// Upstream's error texts hold debug dumps; only their kind is of use.
fn stopped<T>(errors: impl IntoIterator<Item = T>) -> EngineError {
    let count = errors.into_iter().count();
    EngineError::run(
        "engine_failed",
        format!("the engine stopped with {count} unrecoverable errors while sending orders"),
    )
}
