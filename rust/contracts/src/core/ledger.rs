//! Money: what a fill or an adjustment does to cash, fees and positions.

use super::{
    decimal::{Decimal, Money},
    names::{DeltaKind, Side},
    state::{OVERFLOW, Position, State, Stop},
};

/// A position after a fill, and what of it changed.
struct Booked {
    position: Position,
    cost: Money,
    realized: Money,
}

impl State {
    /// Books a fill of an order.
    pub(super) fn book(
        &mut self,
        order: u32,
        price: Decimal,
        quantity: Decimal,
        fee: Option<(u32, Decimal)>,
    ) -> Result<(), Stop> {
        let (instrument, side) = {
            let order = &self.orders[order as usize];
            (order.instrument, order.side)
        };
        let notional = price.times(quantity).ok_or(OVERFLOW)?;
        let quote = self.instruments[instrument as usize].quote;
        let paid = if side == Side::Buy { notional.neg() } else { notional };
        self.move_cash(quote, paid, Money::ZERO, DeltaKind::Cash)?;
        if let Some((currency, amount)) = fee {
            let amount = amount.to_money().ok_or(OVERFLOW)?;
            self.move_cash(currency, amount.neg(), amount, DeltaKind::Fee)?;
            self.add_order_fee(order, currency, amount)?;
        }

        let change = quantity.signed(side == Side::Sell).to_money().ok_or(OVERFLOW)?;
        let held = self.instruments[instrument as usize].position;
        let booked = book_position(held, change, price, notional).ok_or(OVERFLOW)?;
        self.set_position(instrument, booked.position);
        let Position { quantity, cost, realized, .. } = booked.position;
        self.effects.delta(DeltaKind::Position, instrument, change, quantity);
        self.effects.delta(DeltaKind::Cost, instrument, booked.cost, cost);
        if !booked.realized.is_zero() {
            self.effects.delta(DeltaKind::RealizedPnl, instrument, booked.realized, realized);
        }
        Ok(())
    }

    /// Adds to cash from outside.
    pub(super) fn adjust(&mut self, currency: u32, amount: Money) -> Result<(), Stop> {
        let mut account = self.currencies[currency as usize].account;
        let adjusted =
            account.adjustments.unwrap_or_default().checked_add(amount).ok_or(OVERFLOW)?;
        account.adjustments = Some(adjusted);
        self.set_account(currency, account);
        self.move_cash(currency, amount, Money::ZERO, DeltaKind::Cash)
    }

    fn move_cash(
        &mut self,
        currency: u32,
        amount: Money,
        fee: Money,
        kind: DeltaKind,
    ) -> Result<(), Stop> {
        let mut account = self.currencies[currency as usize].account;
        let cash = account.cash.unwrap_or_default().checked_add(amount).ok_or(OVERFLOW)?;
        account.cash = Some(cash);
        if kind == DeltaKind::Fee {
            account.fees = Some(account.fees.unwrap_or_default().checked_add(fee).ok_or(OVERFLOW)?);
        }
        self.set_account(currency, account);
        self.effects.delta(kind, currency, amount, cash);
        Ok(())
    }
}

/// Closes what the fill takes back first and opens the rest at the fill's price.
fn book_position(held: Position, change: Money, price: Decimal, notional: Money) -> Option<Booked> {
    let quantity = held.quantity.checked_add(change)?;
    let opposite = held.quantity.signum() * change.signum() < 0;
    let (cost, realized) = if opposite {
        let size = held.quantity.abs();
        let closed = change.abs().min(size);
        let removed = held.cost.share(closed, size);
        let value = closed.times(price)?;
        let proceeds = if held.quantity.signum() > 0 { value } else { value.neg() };
        let opened = notional.checked_sub(value)?;
        let opened = if change.signum() > 0 { opened } else { opened.neg() };
        (held.cost.checked_sub(removed)?.checked_add(opened)?, proceeds.checked_sub(removed)?)
    } else {
        let opened = if change.signum() > 0 { notional } else { notional.neg() };
        (held.cost.checked_add(opened)?, Money::ZERO)
    };
    let avg_price = if quantity.is_zero() { None } else { Some(cost.per_held(quantity)?) };
    Some(Booked {
        position: Position {
            quantity,
            cost,
            avg_price,
            realized: held.realized.checked_add(realized)?,
            listed: true,
        },
        cost: cost.checked_sub(held.cost)?,
        realized,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(held: Position, side: &str, quantity: &str, price: &str) -> Position {
        let quantity = Decimal::parse(quantity).unwrap();
        let price = Decimal::parse(price).unwrap();
        let change = quantity.signed(side == "sell").to_money().unwrap();
        book_position(held, change, price, price.times(quantity).unwrap()).unwrap().position
    }

    fn shown(position: Position) -> [String; 3] {
        [position.quantity, position.cost, position.realized].map(|money| money.to_string())
    }

    #[test]
    fn a_long_is_closed_and_flipped() {
        let long = book(Position::default(), "buy", "2", "100");
        assert_eq!(shown(long), ["2", "200", "0"]);
        let part = book(long, "sell", "0.5", "110");
        assert_eq!(shown(part), ["1.5", "150", "5"]);
        let short = book(part, "sell", "2.5", "90");
        assert_eq!(shown(short), ["-1", "-90", "-10"]);
        assert_eq!(short.avg_price.unwrap().to_string(), "90");
        let flat = book(short, "buy", "1", "80");
        assert_eq!(shown(flat), ["0", "0", "0"]);
        assert_eq!(flat.avg_price, None);
    }

    #[test]
    fn what_does_not_divide_is_rounded_half_even_once() {
        let long = book(Position::default(), "buy", "3", "0.1");
        let one = book(long, "sell", "1", "0");
        assert_eq!(shown(one), ["2", "0.2", "-0.1"]);
        let third = book(book(Position::default(), "buy", "1.5", "1"), "sell", "0.1", "1");
        assert_eq!(shown(third), ["1.4", "1.4", "0"]);
    }
}
