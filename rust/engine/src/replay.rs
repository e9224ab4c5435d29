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
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use barter::{
    EngineEvent,
    engine::{
        Engine, EngineOutput, Processor,
        action::generate_algo_orders::GenerateAlgoOrders,
        audit::{AuditTick, EngineAudit, ProcessAudit, context::EngineContext},
        clock::EngineClock,
        state::{
            EngineState, global::DefaultGlobalData, instrument::data::InstrumentDataState,
            position::PositionExited, trading::TradingState,
        },
    },
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
    OpenPosition, Outcome, Risk, RoundTrip, RunStats, Strategy, Summary,
    audit::{AuditFilter, AuditLog, Event, Process, Snapshot},
    execution::{Exchanges, Response, Routes},
    market_data::MarketRecord,
    strategy::State,
    time::nanos,
};

/// Events between two looks at the control; about 0.3 ms of work.
const BLOCK: usize = 1024;

pub(crate) type ReplayEngine = Engine<EventClock, State, Routes, Strategy, Risk>;

impl Backtest {
    /// Replays `data`. Two runs of the same configuration over the same data are equal but for
    /// `stats.duration_ms`.
    ///
    /// # Errors
    ///
    /// `market_data_table` when `data` belongs to another instrument table, `engine_order_storm`,
    /// `cancelled`, and `engine_failed` should the engine panic in spite of all validation.
    pub fn run(&self, data: &MarketData, control: &Control) -> Result<Outcome, EngineError> {
        self.check_table(data)?;
        catch_unwind(AssertUnwindSafe(|| {
            let started = Instant::now();
            let mut replay = Replay::new(self, data)?;
            replay.run(data, control)?;
            let mut outcome = replay.finish(self, data)?;
            outcome.stats.duration_ms = started.elapsed().as_secs_f64() * 1e3;
            Ok(outcome)
        }))
        .unwrap_or_else(|panic| Err(panic_text(panic)))
    }

    pub(crate) fn check_table(&self, data: &MarketData) -> Result<(), EngineError> {
        if data.instruments().digest() == self.digest {
            return Ok(());
        }
        Err(EngineError::data(
            "market_data_table",
            "was loaded for another instrument table than this backtest was made for",
        ))
    }
}

pub(crate) struct Replay {
    pub(crate) engine: ReplayEngine,
    pub(crate) exchanges: Exchanges,
    equity: EquityTracker,
    pub(crate) fills: Vec<Fill>,
    pub(crate) round_trips: Vec<RoundTrip>,
    due: Vec<Response>,
    pub(crate) audits: Option<AuditLog>,
    pub(crate) trading: bool,
    orders_this_event: usize,
    max_orders_per_event: usize,
    refused: u64,
}

impl Replay {
    fn new(backtest: &Backtest, data: &MarketData) -> Result<Self, EngineError> {
        Ok(Self::audited(backtest, data, None)?.0)
    }

    /// With a log of audits and the snapshot in front of them.
    pub(crate) fn audited(
        backtest: &Backtest,
        data: &MarketData,
        filter: Option<AuditFilter>,
    ) -> Result<(Self, Option<Snapshot>), EngineError> {
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
                Risk::new(backtest.risk.clone()),
            ),
            exchanges,
            equity: EquityTracker::new(cash, counted, &config.equity, nanos(start)),
            fills: Vec::new(),
            round_trips: Vec::new(),
            due: Vec::new(),
            audits: None,
            trading: config.trading_enabled,
            orders_this_event: 0,
            max_orders_per_event: config.max_orders_per_event,
            refused: 0,
        };
        let snapshot = filter.map(|filter| {
            let sequence = replay.engine.meta.sequence.fetch_add();
            replay.audits = Some(AuditLog::new(filter, replay.engine.meta.sequence));
            let context = EngineContext::new(sequence, replay.engine.time());
            Snapshot { tick: AuditTick::new(replay.engine.state.clone(), context), filter }
        });
        for snapshot in snapshots {
            replay.account(snapshot)?;
        }
        Ok((replay, snapshot))
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
    pub(crate) fn market(&mut self, event: &MarketRecord) -> Result<(), EngineError> {
        self.take_due(event);
        if !self.due.is_empty() {
            self.deliver()?;
        }
        self.apply(event)?;
        self.sample();
        Ok(())
    }

    /// Begins an event: the answers that must be delivered before it wait in `due`.
    #[inline]
    pub(crate) fn take_due(&mut self, event: &MarketRecord) {
        self.orders_this_event = 0;
        if let MarketStreamEvent::Item(item) = event
            && self.exchanges.is_pending()
        {
            let now = item.time_exchange.max(self.engine.clock.time());
            self.exchanges.take_due(now, &mut self.due);
        }
    }

    /// Updates the engine from an event and lets it evaluate a strategy of its own.
    #[inline]
    pub(crate) fn apply(&mut self, event: &MarketRecord) -> Result<(), EngineError> {
        let item = match event {
            MarketStreamEvent::Item(item) => Some(item),
            MarketStreamEvent::Reconnecting(_) => None,
        };
        if let Some(item) = item {
            self.engine.clock.observe(item.time_exchange);
        }
        let output = self.engine.update_from_market_stream(event);
        if let Some(audits) = &mut self.audits {
            let audit = ProcessAudit::with_market_update(Event::Market(event.clone()), output);
            audits.record(audit, self.engine.clock.time());
        }
        if let Some(item) = item {
            let instrument = item.instrument.index();
            let state = self.engine.state.instruments.instrument_index(&item.instrument);
            self.equity.mark(instrument, || state.data.mark());
            if self.trading && self.engine.strategy.wants(state) {
                self.trade()?;
            }
        }
        Ok(())
    }

    /// Ends an event: the account's value counts.
    #[inline]
    pub(crate) fn sample(&mut self) {
        self.equity.sample(nanos(self.engine.clock.time()));
    }

    /// Lets the engine evaluate the strategy, over all instruments as it does after every event.
    pub(crate) fn trade(&mut self) -> Result<(), EngineError> {
        let output = self.engine.generate_algo_orders();
        if output.is_empty() {
            return Ok(());
        }
        self.refused += (output.opens_refused.len() + output.cancels_refused.len()) as u64;
        if let Some(errors) = output.unrecoverable_errors() {
            return Err(stopped(errors));
        }
        if let Some(audits) = &mut self.audits {
            audits.add_orders(output);
        }
        self.execute()
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

    /// The next answer that must be delivered before the event that was begun.
    #[inline]
    pub(crate) fn next_due(&mut self) -> Option<Response> {
        (!self.due.is_empty()).then(|| self.due.remove(0))
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

    pub(crate) fn account(&mut self, event: AccountEvent) -> Result<(), EngineError> {
        let trade = match &event.kind {
            AccountEventKind::Trade(trade) => Some(trade.clone()),
            _ => None,
        };
        let audit = self.process(EngineEvent::from(event))?;
        if let Some(trade) = trade {
            let exit = audit.outputs.iter().find_map(|output| match output {
                EngineOutput::PositionExit(exit) => Some(exit),
                _ => None,
            });
            self.filled(trade, exit);
        }
        self.log(audit);
        self.execute()
    }

    fn process(&mut self, event: Event) -> Result<Process, EngineError> {
        let EngineAudit::Process(audit) = self.engine.process(event) else {
            return Err(EngineError::run("engine_failed", "the engine ended its feed"));
        };
        for output in audit.outputs.iter() {
            if let EngineOutput::AlgoOrders(orders) = output {
                self.refused += (orders.opens_refused.len() + orders.cancels_refused.len()) as u64;
            }
        }
        if audit.errors.is_empty() { Ok(audit) } else { Err(stopped(audit.errors)) }
    }

    fn log(&mut self, audit: Process) {
        if let Some(audits) = &mut self.audits {
            audits.record(audit, self.engine.clock.time());
        }
    }

    fn filled(
        &mut self,
        trade: Trade<QuoteAsset, InstrumentIndex>,
        exit: Option<&PositionExited<QuoteAsset>>,
    ) {
        let closed = exit.map(|exit| exit.pnl_realised);
        if let Some(exit) = exit {
            self.round_trips.push(RoundTrip::new(exit, trade.price));
        }
        let state = self.engine.state.instruments.instrument_index(&trade.instrument);
        self.equity.fill(
            trade.instrument.index(),
            state.position.current.as_ref(),
            closed,
            state.data.mark(),
        );
        self.fills.push(Fill::from(&trade));
    }

    fn finish(mut self, backtest: &Backtest, data: &MarketData) -> Result<Outcome, EngineError> {
        self.disable_trading()?;
        self.take_rest();
        self.deliver()?;
        self.conclude(backtest, data.events().len() as u64)
    }

    /// Ends trading; what is still on its way can be delivered, but leads to no order.
    pub(crate) fn disable_trading(&mut self) -> Result<(), EngineError> {
        self.orders_this_event = 0;
        let audit = self.process(EngineEvent::from(TradingState::Disabled))?;
        self.log(audit);
        self.trading = false;
        Ok(())
    }

    /// Puts every outstanding answer into `due`.
    pub(crate) fn take_rest(&mut self) {
        self.exchanges.take_all(&mut self.due);
    }

    /// Shuts the engine down and sums up.
    pub(crate) fn conclude(
        &mut self,
        backtest: &Backtest,
        events: u64,
    ) -> Result<Outcome, EngineError> {
        let audit = self.process(EngineEvent::shutdown())?;
        self.log(audit);
        if let Some(audits) = &mut self.audits {
            audits.seal();
        }
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
        let counts = std::mem::take(&mut self.exchanges.counts);
        let round_trips = std::mem::take(&mut self.round_trips);
        Ok(Outcome {
            id: config.id.clone(),
            risk_free_return: config.risk_free_return,
            summary: Summary::new(generator, config.interval, &round_trips),
            equity: self.equity.finish(backtest.equity_quote.clone(), end, open_result),
            fills: std::mem::take(&mut self.fills),
            round_trips,
            open_positions,
            stats: RunStats {
                events,
                orders: counts.orders,
                fills: counts.fills,
                rejected: counts.rejected,
                refused: self.refused,
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

/// The engine's panic as an error.
pub(crate) fn panic_text(panic: Box<dyn Any + Send>) -> EngineError {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    EngineError::run("engine_failed", text.unwrap_or_else(|| "the engine panicked".to_owned()))
}

/// Upstream's error texts hold debug dumps; only their kind is of use.
fn stopped<T>(errors: impl IntoIterator<Item = T>) -> EngineError {
    let count = errors.into_iter().count();
    EngineError::run(
        "engine_failed",
        format!("the engine stopped with {count} unrecoverable errors while sending orders"),
    )
}
