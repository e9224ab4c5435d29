//! Fills before the orders they fill.
//!
//! The mock exchange reports a fill on one channel and the filled order on another, and either may
//! arrive first. Upstream forgets an order once it is filled; were its trade not there yet, a strategy
//! that looks for "no order and no position" would fire twice. So a filled order waits for its trade.

use std::collections::HashMap;

use barter::execution::AccountStreamEvent;
use barter_execution::{
    AccountEventKind,
    order::{
        id::StrategyId,
        state::{InactiveOrderState, OrderState},
    },
};
use barter_instrument::{Side, instrument::InstrumentIndex};
use barter_integration::channel::{UnboundedRx, UnboundedTx};
use rust_decimal::Decimal;

/// What a trade and its order have in common. Orders that are equal in all of it may be exchanged for
/// each other: the engine could not tell their trades apart either.
type Key = (InstrumentIndex, StrategyId, Side, Decimal, Decimal);

/// Puts filled orders behind their trades.
#[derive(Debug, Default)]
struct Pairing {
    /// Trades whose orders have not come.
    traded: HashMap<Key, usize>,
    /// Orders whose trades have not come.
    held: Vec<(Key, AccountStreamEvent)>,
}

/// Forwards account events until either side is gone.
pub(super) async fn pair(
    mut from: UnboundedRx<AccountStreamEvent>,
    to: UnboundedTx<AccountStreamEvent>,
) {
    let mut pairing = Pairing::default();
    while let Some(event) = from.rx.recv().await {
        if !pairing.pass(event, |event| to.tx.send(event).is_ok()) {
            return;
        }
    }
}

impl Pairing {
    /// Hands on what may be handed on; false once nobody takes it.
    fn pass(
        &mut self,
        event: AccountStreamEvent,
        mut send: impl FnMut(AccountStreamEvent) -> bool,
    ) -> bool {
        match kind(&event) {
            Kind::Trade(key) => {
                let waiting = self.held.iter().position(|(held, _)| *held == key);
                if !send(event) {
                    return false;
                }
                match waiting {
                    Some(at) => send(self.held.remove(at).1),
                    None => {
                        *self.traded.entry(key).or_default() += 1;
                        true
                    }
                }
            }
            Kind::Filled(key) => match self.traded.get_mut(&key) {
                Some(1) => {
                    self.traded.remove(&key);
                    send(event)
                }
                Some(count) => {
                    *count -= 1;
                    send(event)
                }
                None => {
                    self.held.push((key, event));
                    true
                }
            },
            // The account is read anew: trades that have not come were lost with the connection.
            Kind::Reconnecting => {
                self.traded.clear();
                self.held.drain(..).all(|(_, order)| send(order)) && send(event)
            }
            Kind::Other => send(event),
        }
    }
}

enum Kind {
    Trade(Key),
    Filled(Key),
    Reconnecting,
    Other,
}

fn kind(event: &AccountStreamEvent) -> Kind {
    let AccountStreamEvent::Item(item) = event else { return Kind::Reconnecting };
    match &item.kind {
        AccountEventKind::Trade(trade) => Kind::Trade((
            trade.instrument,
            trade.strategy.clone(),
            trade.side,
            trade.price,
            trade.quantity,
        )),
        AccountEventKind::OrderSnapshot(order) => {
            let order = order.value();
            match &order.state {
                OrderState::Inactive(InactiveOrderState::FullyFilled) => Kind::Filled((
                    order.key.instrument,
                    order.key.strategy.clone(),
                    order.side,
                    order.price,
                    order.quantity,
                )),
                _ => Kind::Other,
            }
        }
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use barter_execution::{
        AccountEvent,
        order::{
            Order, OrderKey, OrderKind, TimeInForce,
            id::{ClientOrderId, OrderId},
        },
        trade::{AssetFees, Trade, TradeId},
    };
    use barter_instrument::{
        asset::AssetIndex,
        exchange::{ExchangeId, ExchangeIndex},
    };
    use barter_integration::collection::snapshot::Snapshot;

    fn trade(quantity: i64) -> AccountStreamEvent {
        item(AccountEventKind::Trade(Trade {
            id: TradeId::new("1"),
            order_id: OrderId::new("1"),
            instrument: InstrumentIndex(0),
            strategy: StrategyId::new("s"),
            time_exchange: Default::default(),
            side: Side::Buy,
            price: Decimal::TEN,
            quantity: Decimal::from(quantity),
            fees: AssetFees::quote_fees(Decimal::ZERO),
        }))
    }

    fn filled(cid: &str, quantity: i64) -> AccountStreamEvent {
        item(AccountEventKind::OrderSnapshot(Snapshot(Order {
            key: OrderKey {
                exchange: ExchangeIndex(0),
                instrument: InstrumentIndex(0),
                strategy: StrategyId::new("s"),
                cid: ClientOrderId::new(cid),
            },
            side: Side::Buy,
            price: Decimal::TEN,
            quantity: Decimal::from(quantity),
            kind: OrderKind::Market,
            time_in_force: TimeInForce::ImmediateOrCancel,
            state: OrderState::fully_filled(),
        })))
    }

    fn item(
        kind: AccountEventKind<ExchangeIndex, AssetIndex, InstrumentIndex>,
    ) -> AccountStreamEvent {
        AccountStreamEvent::Item(AccountEvent { exchange: ExchangeIndex(0), kind })
    }

    /// What comes out, as `t` and `o` with their quantities.
    fn through(events: Vec<AccountStreamEvent>) -> Vec<String> {
        let mut pairing = Pairing::default();
        let mut out = Vec::new();
        for event in events {
            assert!(pairing.pass(event, |event| {
                out.push(match kind(&event) {
                    Kind::Trade(key) => format!("t{}", key.4),
                    Kind::Filled(key) => format!("o{}", key.4),
                    Kind::Reconnecting => "r".to_owned(),
                    Kind::Other => "x".to_owned(),
                });
                true
            }));
        }
        out
    }

    #[test]
    fn a_filled_order_follows_its_own_trade() {
        assert_eq!(through(vec![filled("a", 1), trade(1)]), ["t1", "o1"]);
        assert_eq!(through(vec![trade(1), filled("a", 1)]), ["t1", "o1"]);
        let crossed = vec![filled("a", 1), filled("b", 2), trade(2), trade(1)];
        assert_eq!(through(crossed), ["t2", "o2", "t1", "o1"]);
        let twins = vec![trade(1), filled("a", 1), filled("b", 1), trade(1)];
        assert_eq!(through(twins), ["t1", "o1", "t1", "o1"]);
    }

    #[test]
    fn a_lost_connection_lets_held_orders_go() {
        let lost = AccountStreamEvent::Reconnecting(ExchangeId::BinanceSpot);
        assert_eq!(through(vec![filled("a", 1), lost, trade(2)]), ["o1", "r", "t2"]);
    }
}
