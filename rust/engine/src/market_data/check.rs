//! Rules a well-formed record must also satisfy, each because the engine would panic or lie otherwise.

use barter_data::{
    books::Level,
    event::DataKind,
    subscription::book::{OrderBookEvent, OrderBookL1},
};
use rust_decimal::Decimal;

use crate::decimal::from_f64;

/// Prices outside these bounds overflow or vanish in products the engine forms.
const MAX_PRICE: Decimal = Decimal::from_parts(0xa4c6_8000, 0x0003_8d7e, 0, false, 0);
const MIN_PRICE: Decimal = Decimal::from_parts(1, 0, 0, false, 12);
/// Bound on one side's price times the other side's amount, the summands of the weighted mid.
const MAX_PRODUCT: Decimal = Decimal::from_parts(0xe800_0000, 0x9fd0_803c, 0x033b_2e3c, false, 0);

/// A broken rule: code, field inside `kind`, message.
pub(super) type Violation = (&'static str, &'static str, String);

/// Prices that may become an order's price.
#[derive(Default)]
pub(super) struct PriceRange {
    bounds: Option<(Decimal, Decimal)>,
}

impl PriceRange {
    fn include(&mut self, price: Decimal) {
        self.bounds = Some(match self.bounds {
            Some((low, high)) => (low.min(price), high.max(price)),
            None => (price, price),
        });
    }

    /// Lowest and highest; one when there was no price at all.
    pub(super) fn bounds(&self) -> (Decimal, Decimal) {
        self.bounds.unwrap_or((Decimal::ONE, Decimal::ONE))
    }
}

/// Checks one item and notes its prices.
pub(super) fn check(kind: &DataKind, prices: &mut PriceRange) -> Result<(), Violation> {
    match kind {
        DataKind::Trade(trade) => {
            prices.include(price(trade.price, "Trade.price")?);
            amount(trade.amount, "Trade.amount")
        }
        DataKind::OrderBookL1(book) => quote(book, prices),
        DataKind::OrderBook(OrderBookEvent::Snapshot(book) | OrderBookEvent::Update(book)) => {
            let sides = [
                ("OrderBook.bids", book.bids().levels()),
                ("OrderBook.asks", book.asks().levels()),
            ];
            for (field, levels) in sides {
                for Level { price, amount } in levels {
                    bounds(*price, field)?;
                    if amount.is_sign_negative() && !amount.is_zero() {
                        return Err(negative(amount, field));
                    }
                }
            }
            Ok(())
        }
        DataKind::Candle(candle) => {
            for (value, field) in [
                (candle.open, "Candle.open"),
                (candle.high, "Candle.high"),
                (candle.low, "Candle.low"),
                (candle.close, "Candle.close"),
            ] {
                price(value, field)?;
            }
            amount(candle.volume, "Candle.volume")
        }
        DataKind::Liquidation(liquidation) => {
            price(liquidation.price, "Liquidation.price")?;
            amount(liquidation.quantity, "Liquidation.quantity")
        }
    }
}

/// What is wrong with an item that arrives by itself.
pub(crate) fn violation(kind: &DataKind) -> Option<String> {
    let (_, field, message) = check(kind, &mut PriceRange::default()).err()?;
    Some(format!("{field}: {message}"))
}

fn quote(book: &OrderBookL1, prices: &mut PriceRange) -> Result<(), Violation> {
    for (level, field, amount_field) in [
        (&book.best_bid, "OrderBookL1.best_bid.price", "OrderBookL1.best_bid.amount"),
        (&book.best_ask, "OrderBookL1.best_ask.price", "OrderBookL1.best_ask.amount"),
    ] {
        let Some(Level { price, amount }) = level else {
            continue;
        };
        bounds(*price, field)?;
        prices.include(*price);
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(negative(amount, amount_field));
        }
    }
    let (Some(bid), Some(ask)) = (&book.best_bid, &book.best_ask) else {
        return Ok(());
    };
    if bid.amount.is_zero() && ask.amount.is_zero() {
        return Err((
            "market_data_amount",
            "OrderBookL1",
            "the amounts of bid and ask must not both be 0: the weighted mid would divide by zero"
                .into(),
        ));
    }
    let small = |price: Decimal, amount: Decimal| {
        price.checked_mul(amount).is_some_and(|product| product <= MAX_PRODUCT)
    };
    let sum = bid.amount.checked_add(ask.amount);
    if sum.is_none() || !small(bid.price, ask.amount) || !small(ask.price, bid.amount) {
        return Err((
            "market_data_amount",
            "OrderBookL1",
            "price times the other side's amount must not exceed 1e27".into(),
        ));
    }
    Ok(())
}

fn price(value: f64, field: &'static str) -> Result<Decimal, Violation> {
    match from_f64(value) {
        Some(price) => bounds(price, field).map(|()| price),
        None => Err(out_of_bounds(value, field)),
    }
}

fn bounds(price: Decimal, field: &'static str) -> Result<(), Violation> {
    if (MIN_PRICE..=MAX_PRICE).contains(&price) { Ok(()) } else { Err(out_of_bounds(price, field)) }
}

fn amount(value: f64, field: &'static str) -> Result<(), Violation> {
    if value >= 0.0 && value.is_finite() { Ok(()) } else { Err(negative(value, field)) }
}

fn out_of_bounds(value: impl std::fmt::Display, field: &'static str) -> Violation {
    (
        "market_data_price",
        field,
        format!("must be a price from 1e-12 to 1e15: current value is {value}"),
    )
}

fn negative(value: impl std::fmt::Display, field: &'static str) -> Violation {
    (
        "market_data_amount",
        field,
        format!("must be an amount of at least 0: current value is {value}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_what_the_messages_say() {
        assert_eq!(MAX_PRICE.to_string(), "1000000000000000");
        assert_eq!(MIN_PRICE.to_string(), "0.000000000001");
        assert_eq!(MAX_PRODUCT.to_string(), "1000000000000000000000000000");
    }
}
