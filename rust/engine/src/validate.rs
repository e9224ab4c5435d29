//! Checks of events that come from outside: each refuses what upstream would panic at.

use barter::{
    EngineEvent,
    engine::{command::Command, state::instrument::filter::InstrumentFilter},
    execution::AccountStreamEvent,
};
use barter_data::streams::consumer::MarketStreamEvent;
use barter_execution::{
    AccountEvent, AccountEventKind,
    balance::{AssetBalance, Balance},
    order::{Order, OrderKey, state::OrderState},
    trade::Trade,
};
use barter_instrument::{
    Side,
    asset::{AssetIndex, QuoteAsset},
    exchange::{ExchangeId, ExchangeIndex},
    instrument::InstrumentIndex,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    EngineError, Instruments, audit::Event, config::MAX_VALUE, run::check_order, strategy::State,
    time,
};

/// A fill's price may differ from the position's entry by this factor, and its fees from its value:
/// the squares of returns that the statistics sum up must fit the decimal.
const MAX_RATIO: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

type Checked = Result<(), EngineError>;

/// Refuses an event the engine cannot take in its present state.
///
/// # Errors
///
/// `engine_event`, `engine_order`.
pub(crate) fn check_event(event: &Event, instruments: &Instruments, state: &State) -> Checked {
    check_indices(event, instruments)?;
    match event {
        EngineEvent::Account(AccountStreamEvent::Item(event)) => check_account(event, state),
        EngineEvent::Command(Command::SendOpenRequests(requests)) => {
            for request in requests.iter() {
                let open = &request.state;
                check_order(request.key.instrument.index(), open.price, open.quantity)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Refuses an event that refers to something the table does not have.
///
/// # Errors
///
/// `engine_event`.
pub(crate) fn check_indices(event: &Event, instruments: &Instruments) -> Checked {
    let table = Table { instruments };
    match event {
        EngineEvent::Shutdown(_) | EngineEvent::TradingStateUpdate(_) => Ok(()),
        EngineEvent::Command(command) => table.command(command),
        EngineEvent::Market(MarketStreamEvent::Reconnecting(exchange))
        | EngineEvent::Account(AccountStreamEvent::Reconnecting(exchange)) => {
            table.exchange_id(*exchange)
        }
        EngineEvent::Market(MarketStreamEvent::Item(item)) => {
            table.exchange_id(item.exchange)?;
            table.instrument(item.instrument)?;
            check_time("time_exchange", item.time_exchange)
        }
        EngineEvent::Account(AccountStreamEvent::Item(event)) => table.account(event),
    }
}

struct Table<'a> {
    instruments: &'a Instruments,
}

impl Table<'_> {
    fn exchange_id(&self, exchange: ExchangeId) -> Checked {
        if self.instruments.exchanges().any(|known| known == exchange) {
            return Ok(());
        }
        refuse(format!("exchange \"{}\" has no instrument in the table", exchange.as_str()))
    }

    fn exchange(&self, exchange: ExchangeIndex) -> Checked {
        let count = self.instruments.exchanges().count();
        within("exchange", exchange.index(), count)
    }

    fn asset(&self, asset: AssetIndex, exchange: ExchangeIndex) -> Checked {
        within("asset", asset.index(), self.instruments.assets().count())?;
        let owner = self.instruments.assets().nth(asset.index()).map(|(owner, _)| owner);
        if owner == self.instruments.exchanges().nth(exchange.index()) {
            return Ok(());
        }
        refuse(format!("asset {} is not on exchange {}", asset.index(), exchange.index()))
    }

    fn instrument(&self, instrument: InstrumentIndex) -> Checked {
        within("instrument", instrument.index(), self.instruments.rows().len())
    }

    /// The instrument exists and, if the exchange does, is traded there. An exchange that does not
    /// exist is upstream's to report, in the audit.
    fn key(&self, key: &OrderKey) -> Checked {
        self.instrument(key.instrument)?;
        let owner = self.instruments.rows()[key.instrument.index()].exchange_index;
        let known = key.exchange.index() < self.instruments.exchanges().count();
        if !known || owner == key.exchange.index() {
            return Ok(());
        }
        refuse(format!(
            "instrument {} is on exchange {owner}, not on {}",
            key.instrument.index(),
            key.exchange.index()
        ))
    }

    fn command(&self, command: &Command) -> Checked {
        match command {
            Command::SendCancelRequests(requests) => {
                requests.iter().try_for_each(|request| self.key(&request.key))
            }
            Command::SendOpenRequests(requests) => {
                requests.iter().try_for_each(|request| self.key(&request.key))
            }
            Command::ClosePositions(filter) | Command::CancelOrders(filter) => self.filter(filter),
        }
    }

    fn filter(&self, filter: &InstrumentFilter) -> Checked {
        match filter {
            InstrumentFilter::None => Ok(()),
            InstrumentFilter::Exchanges(exchanges) => {
                exchanges.iter().try_for_each(|exchange| self.exchange(*exchange))
            }
            InstrumentFilter::Instruments(instruments) => {
                instruments.iter().try_for_each(|instrument| self.instrument(*instrument))
            }
            InstrumentFilter::Underlyings(underlyings) => {
                let count = self.instruments.assets().count();
                underlyings.iter().try_for_each(|underlying| {
                    within("asset", underlying.base.index(), count)?;
                    within("asset", underlying.quote.index(), count)
                })
            }
        }
    }

    fn account(&self, event: &AccountEvent) -> Checked {
        self.exchange(event.exchange)?;
        let own = |key: &OrderKey| {
            self.exchange(key.exchange)?;
            self.key(key)?;
            self.on(key.instrument, event.exchange)
        };
        match &event.kind {
            AccountEventKind::Snapshot(snapshot) => {
                self.exchange(snapshot.exchange)?;
                for balance in &snapshot.balances {
                    self.asset(balance.asset, event.exchange)?;
                }
                for instrument in &snapshot.instruments {
                    self.on(instrument.instrument, event.exchange)?;
                    instrument.orders.iter().try_for_each(|order| own(&order.key))?;
                }
                Ok(())
            }
            AccountEventKind::BalanceSnapshot(balance) => {
                self.asset(balance.0.asset, event.exchange)
            }
            AccountEventKind::OrderSnapshot(order) => own(&order.0.key),
            AccountEventKind::OrderCancelled(response) => own(&response.key),
            AccountEventKind::Trade(trade) => self.on(trade.instrument, event.exchange),
        }
    }

    fn on(&self, instrument: InstrumentIndex, exchange: ExchangeIndex) -> Checked {
        self.instrument(instrument)?;
        let owner = self.instruments.rows()[instrument.index()].exchange_index;
        if owner == exchange.index() {
            return Ok(());
        }
        refuse(format!(
            "instrument {} is on exchange {owner}, not on {}",
            instrument.index(),
            exchange.index()
        ))
    }
}

fn check_account(event: &AccountEvent, state: &State) -> Checked {
    match &event.kind {
        AccountEventKind::Snapshot(snapshot) => {
            snapshot.balances.iter().try_for_each(check_balance)?;
            snapshot
                .instruments
                .iter()
                .flat_map(|instrument| &instrument.orders)
                .try_for_each(check_snapshot)
        }
        AccountEventKind::BalanceSnapshot(balance) => check_balance(&balance.0),
        AccountEventKind::OrderSnapshot(order) => check_snapshot(&order.0),
        AccountEventKind::OrderCancelled(_) => Ok(()),
        AccountEventKind::Trade(trade) => check_trade(trade, state),
    }
}

fn check_balance(balance: &AssetBalance<AssetIndex>) -> Checked {
    let Balance { total, free } = balance.balance;
    if Decimal::ZERO <= free && free <= total && total <= MAX_VALUE {
        return check_time("time_exchange", balance.time_exchange);
    }
    refuse(format!(
        "a balance needs 0 <= free <= total <= {MAX_VALUE}: current values are free {free}, total {total}"
    ))
}

fn check_snapshot(order: &Order<ExchangeIndex, InstrumentIndex, OrderState>) -> Checked {
    check_order(order.key.instrument.index(), order.price, order.quantity)?;
    if let OrderState::Active(active) = &order.state
        && let Some(open) = active.open_meta()
    {
        if !(Decimal::ZERO..=order.quantity).contains(&open.filled_quantity) {
            return refuse(format!(
                "filled_quantity must be 0 to the quantity {}: current value is {}",
                order.quantity, open.filled_quantity
            ));
        }
        check_time("time_exchange", open.time_exchange)?;
    }
    Ok(())
}

/// Refuses a fill whose figures the engine's statistics could not bear.
///
/// # Errors
///
/// `engine_event`, `engine_order`.
pub(crate) fn check_trade(trade: &Trade<QuoteAsset, InstrumentIndex>, state: &State) -> Checked {
    let instrument = trade.instrument.index();
    check_order(instrument, trade.price, trade.quantity)?;
    check_time("time_exchange", trade.time_exchange)?;
    // Both factors were checked above.
    let value = trade.price * trade.quantity;
    if trade.fees.fees.abs() > MAX_VALUE || trade.fees.fees.abs() / MAX_RATIO > value {
        return refuse(format!(
            "fees must be at most {MAX_RATIO} times the fill's value {value}: current value is {}",
            trade.fees.fees
        ));
    }
    let Some(position) = &state.instruments.instrument_index(&trade.instrument).position.current
    else {
        return Ok(());
    };
    let entry = position.price_entry_average;
    let far = |a: Decimal, b: Decimal| a / MAX_RATIO > b;
    if far(trade.price, entry) || far(entry, trade.price) {
        return refuse(format!(
            "a fill's price must be within a factor of {MAX_RATIO} of the position's entry price {entry}: \
             current value is {}",
            trade.price
        ));
    }
    if matches!((position.side, trade.side), (Side::Buy, Side::Buy) | (Side::Sell, Side::Sell)) {
        let total = position.quantity_abs.checked_add(trade.quantity);
        let fits = total.is_some_and(|total| {
            total <= MAX_VALUE
                && total.checked_mul(trade.price.max(entry)).is_some_and(|value| value <= MAX_VALUE)
        });
        if !fits {
            return refuse(format!("the position would be worth more than {MAX_VALUE}"));
        }
    }
    Ok(())
}

fn check_time(field: &str, at: DateTime<Utc>) -> Checked {
    if time::in_range(at) {
        return Ok(());
    }
    refuse(format!("{field} is too far from the present: current value is {at}"))
}

fn within(what: &str, index: usize, count: usize) -> Checked {
    if index < count {
        return Ok(());
    }
    refuse(format!("{what} {index} is not in the table, which has {count}"))
}

fn refuse(message: String) -> Checked {
    Err(EngineError::run("engine_event", message))
}
