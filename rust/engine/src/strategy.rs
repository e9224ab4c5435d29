//! The built-in strategies behind barter's strategy traits, and the queue of requests from outside.

use std::{
    cell::{Cell, RefCell},
    cmp::Ordering,
};

use barter::{
    engine::{
        Engine,
        state::{
            EngineState,
            global::DefaultGlobalData,
            instrument::{InstrumentState, data::InstrumentDataState, filter::InstrumentFilter},
        },
    },
    strategy::{
        algo::AlgoStrategy,
        close_positions::{
            ClosePositionsStrategy, build_ioc_market_order_to_close_position,
            close_open_positions_with_market_orders,
        },
        on_disconnect::OnDisconnectStrategy,
        on_trading_disabled::OnTradingDisabled,
    },
};
use barter_execution::order::{
    OrderKey, OrderKind, TimeInForce,
    id::{ClientOrderId, StrategyId},
    request::{OrderRequestCancel, OrderRequestOpen, RequestOpen},
};
use barter_instrument::{
    Side,
    asset::AssetIndex,
    exchange::{ExchangeId, ExchangeIndex},
    instrument::{InstrumentIndex, kind::InstrumentKind},
};
use rust_decimal::Decimal;
use smol_str::format_smolstr;

use crate::{config::StrategyConfig, instrument_data::InstrumentData, run::check_order};

/// Engine state of a replay.
pub(crate) type State = EngineState<DefaultGlobalData, InstrumentData>;

/// A configured strategy. Client order ids are `"{strategy}-{n}"`, counted from 0, because barter's
/// random ones would make runs differ.
#[derive(Debug)]
pub struct Strategy {
    config: StrategyConfig,
    id: StrategyId,
    orders: Cell<u64>,
    queue: RefCell<Queue>,
    held: bool,
}

/// What a built-in strategy is about to do with one instrument.
enum Intent {
    Buy(Decimal),
    Close,
}

/// Requests from outside, taken by the next evaluation.
#[derive(Debug, Default)]
struct Queue {
    cancels: Vec<OrderRequestCancel>,
    opens: Vec<OrderRequestOpen>,
}

impl Strategy {
    /// A fresh strategy; its order counter starts at 0.
    pub fn new(config: &StrategyConfig) -> Self {
        let id = match config {
            StrategyConfig::Noop => "noop",
            StrategyConfig::BuyAndHold { .. } => "buyAndHold",
            StrategyConfig::SmaCross { .. } => "smaCross",
            StrategyConfig::ClosePositions => "closePositions",
            StrategyConfig::Hosted { id } => id,
        };
        Self {
            config: config.clone(),
            id: StrategyId::new(id),
            orders: Cell::new(0),
            queue: RefCell::default(),
            held: false,
        }
    }

    /// From now on evaluations send what is queued and nothing else; its own orders are
    /// [`proposals`](Self::proposals) that someone outside queues.
    pub(crate) fn hold(&mut self) {
        self.held = true;
    }

    /// Whether its own orders wait for someone outside.
    #[inline]
    pub(crate) fn is_held(&self) -> bool {
        self.held
    }

    /// The orders it would send now.
    pub(crate) fn proposals(&self, state: &State) -> Vec<OrderRequestOpen> {
        self.own(state).collect()
    }

    fn own(&self, state: &State) -> impl Iterator<Item = OrderRequestOpen> {
        state.instruments.0.values().filter_map(|state| self.order(state))
    }

    /// Name on orders and fills.
    pub(crate) fn id(&self) -> &StrategyId {
        &self.id
    }

    /// Adds a request to the next evaluation.
    pub(crate) fn queue_open(&self, request: OrderRequestOpen) {
        self.queue.borrow_mut().opens.push(request);
    }

    /// Adds a request to the next evaluation.
    pub(crate) fn queue_cancel(&self, request: OrderRequestCancel) {
        self.queue.borrow_mut().cancels.push(request);
    }

    /// Whether the next evaluation has requests from outside.
    #[inline]
    pub(crate) fn has_queued(&self) -> bool {
        let queue = self.queue.borrow();
        !queue.opens.is_empty() || !queue.cancels.is_empty()
    }

    fn next_cid(&self) -> ClientOrderId {
        let n = self.orders.get();
        self.orders.set(n + 1);
        ClientOrderId(format_smolstr!("{}-{n}", self.id))
    }

    /// What to trade now, before looking at the price.
    #[inline]
    fn decide(&self, state: &InstrumentState<InstrumentData>) -> Option<Intent> {
        let position = &state.position.current;
        // The mock exchange executes spot only; other kinds are data to look at. A position of
        // another kind is one that the engine was told of.
        if state.instrument.kind != InstrumentKind::Spot
            && self.config != StrategyConfig::ClosePositions
        {
            return None;
        }
        match &self.config {
            StrategyConfig::Noop | StrategyConfig::Hosted { .. } => None,
            StrategyConfig::BuyAndHold { quantity } => {
                position.is_none().then_some(Intent::Buy(*quantity))
            }
            StrategyConfig::SmaCross { quantity, .. } => {
                match (state.data.sma_signal()?, position) {
                    (Ordering::Greater, None) => Some(Intent::Buy(*quantity)),
                    // A short position is one that the engine was told of: nothing to sell.
                    (Ordering::Less, Some(held)) if held.side == Side::Buy => Some(Intent::Close),
                    _ => None,
                }
            }
            StrategyConfig::ClosePositions => position.is_some().then_some(Intent::Close),
        }
    }

    /// Whether the strategy may send an order for this instrument now.
    ///
    /// INVARIANT: the answer depends on the instrument's own state alone. A replay relies on it: it
    /// asks after a market event only for the event's instrument, because nothing else has changed
    /// since the strategy was last evaluated.
    #[inline]
    pub(crate) fn wants(&self, state: &InstrumentState<InstrumentData>) -> bool {
        self.decide(state).is_some() && state.orders.0.is_empty()
    }

    fn order(&self, state: &InstrumentState<InstrumentData>) -> Option<OrderRequestOpen> {
        let intent = self.decide(state)?;
        if !state.orders.0.is_empty() {
            return None;
        }
        let price = state.data.price()?;
        let quantity = match intent {
            Intent::Close => state.position.current.as_ref()?.quantity_abs,
            Intent::Buy(quantity) => quantity,
        };
        // A zero price (a book of vanishing amounts) would divide by zero in the position's return. A
        // running system's prices are not known beforehand: an order they make too large is not sent.
        check_order(state.key.index(), price, quantity).ok()?;
        let exchange = state.instrument.exchange;
        Some(match intent {
            Intent::Close => build_ioc_market_order_to_close_position(
                exchange,
                state.position.current.as_ref()?,
                self.id.clone(),
                price,
                || self.next_cid(),
            ),
            Intent::Buy(_) => OrderRequestOpen {
                key: OrderKey {
                    exchange,
                    instrument: state.key,
                    strategy: self.id.clone(),
                    cid: self.next_cid(),
                },
                state: RequestOpen {
                    side: Side::Buy,
                    price,
                    quantity,
                    kind: OrderKind::Market,
                    time_in_force: TimeInForce::ImmediateOrCancel,
                },
            },
        })
    }
}

impl AlgoStrategy for Strategy {
    type State = State;

    fn generate_algo_orders(
        &self,
        state: &State,
    ) -> (impl IntoIterator<Item = OrderRequestCancel>, impl IntoIterator<Item = OrderRequestOpen>)
    {
        let Queue { cancels, opens } = self.queue.take();
        let own = (!self.held).then(|| self.own(state)).into_iter().flatten();
        (cancels, own.chain(opens))
    }
}

impl ClosePositionsStrategy for Strategy {
    type State = State;

    fn close_positions_requests<'a>(
        &'a self,
        state: &'a State,
        filter: &'a InstrumentFilter,
    ) -> (
        impl IntoIterator<Item = OrderRequestCancel> + 'a,
        impl IntoIterator<Item = OrderRequestOpen> + 'a,
    )
    where
        ExchangeIndex: 'a,
        AssetIndex: 'a,
        InstrumentIndex: 'a,
    {
        let (cancels, opens) =
            close_open_positions_with_market_orders(&self.id, state, filter, |_| self.next_cid());
        // As for the strategies' own orders: a zero price would divide by zero.
        (cancels, opens.into_iter().filter(|request| !request.state.price.is_zero()))
    }
}

impl<Clock, State, Txs, Risk> OnDisconnectStrategy<Clock, State, Txs, Risk> for Strategy {
    type OnDisconnect = ();

    fn on_disconnect(_: &mut Engine<Clock, State, Txs, Self, Risk>, _: ExchangeId) {}
}

impl<Clock, State, Txs, Risk> OnTradingDisabled<Clock, State, Txs, Risk> for Strategy {
    type OnTradingDisabled = ();

    fn on_trading_disabled(_: &mut Engine<Clock, State, Txs, Self, Risk>) {}
}
