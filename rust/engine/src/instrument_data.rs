//! What the engine keeps per instrument: barter's default market data plus a strategy's indicator.

use std::cmp::Ordering;

use barter::{
    Timed,
    engine::{
        Processor,
        state::{
            instrument::data::{DefaultInstrumentMarketData, InstrumentDataState},
            order::in_flight_recorder::InFlightRequestRecorder,
        },
    },
};
use barter_data::event::{DataKind, MarketEvent};
use barter_execution::{
    AccountEvent,
    order::request::{OrderRequestCancel, OrderRequestOpen},
};
use barter_instrument::{asset::AssetIndex, exchange::ExchangeIndex, instrument::InstrumentIndex};
use rust_decimal::Decimal;

use crate::{
    config::StrategyConfig,
    decimal::{from_f64, to_f64},
    sma::SmaCross,
};

/// Instrument state of a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct InstrumentData {
    market: DefaultInstrumentMarketData,
    sma: Option<SmaCross>,
}

impl InstrumentData {
    /// Empty state with the indicator that `strategy` looks at.
    pub fn new(strategy: &StrategyConfig) -> Self {
        let sma = match strategy {
            StrategyConfig::SmaCross { fast, slow, .. } => Some(SmaCross::new(*fast, *slow)),
            StrategyConfig::Noop
            | StrategyConfig::BuyAndHold { .. }
            | StrategyConfig::ClosePositions
            | StrategyConfig::Hosted { .. } => None,
        };
        Self { market: DefaultInstrumentMarketData::default(), sma }
    }

    /// Best quotes and last trade.
    #[inline]
    pub(crate) fn market(&self) -> &DefaultInstrumentMarketData {
        &self.market
    }

    /// Fast mean against slow mean, once the slow window is full.
    #[inline]
    pub fn sma_signal(&self) -> Option<Ordering> {
        self.sma.as_ref().and_then(SmaCross::signal)
    }

    /// [`price`](InstrumentDataState::price) in `f64`, for the equity curve: the volume-weighted mid
    /// of the best bid and ask, else the last trade. Decimal division would cost more than the rest
    /// of an event.
    #[inline]
    pub fn mark(&self) -> Option<f64> {
        match (self.market.l1.best_bid, self.market.l1.best_ask) {
            (Some(bid), Some(ask)) => {
                let (bid_amount, ask_amount) = (to_f64(bid.amount), to_f64(ask.amount));
                let weighted = to_f64(bid.price) * ask_amount + to_f64(ask.price) * bid_amount;
                Some(weighted / (bid_amount + ask_amount))
            }
            _ => self.market.last_traded_price.map(|last| to_f64(last.value)),
        }
    }
}

impl InstrumentDataState for InstrumentData {
    type MarketEventKind = DataKind;

    fn price(&self) -> Option<Decimal> {
        self.market.price()
    }
}

impl Processor<&MarketEvent<InstrumentIndex, DataKind>> for InstrumentData {
    type Audit = ();

    fn process(&mut self, event: &MarketEvent<InstrumentIndex, DataKind>) {
        let DataKind::Trade(trade) = &event.kind else { return self.market.process(event) };
        // Upstream's rule for a trade, spelled out because the decimal is most of the work of an event
        // there: an older trade does not set the price, but every trade enters the window.
        let Some(price) = from_f64(trade.price) else { return };
        let last = &mut self.market.last_traded_price;
        if last.as_ref().is_none_or(|held| held.time < event.time_exchange) {
            *last = Some(Timed::new(price, event.time_exchange));
        }
        if let Some(sma) = &mut self.sma {
            sma.push(price);
        }
    }
}

impl Processor<&AccountEvent> for InstrumentData {
    type Audit = ();

    fn process(&mut self, _: &AccountEvent<ExchangeIndex, AssetIndex, InstrumentIndex>) {}
}

impl InFlightRequestRecorder for InstrumentData {
    fn record_in_flight_cancel(&mut self, _: &OrderRequestCancel) {}

    fn record_in_flight_open(&mut self, _: &OrderRequestOpen) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use barter_data::subscription::trade::PublicTrade;
    use barter_instrument::{Side, exchange::ExchangeId};
    use chrono::DateTime;

    fn trade(millis: i64, price: f64) -> MarketEvent<InstrumentIndex, DataKind> {
        let time = DateTime::from_timestamp_millis(millis).unwrap();
        MarketEvent {
            time_exchange: time,
            time_received: time,
            exchange: ExchangeId::BinanceSpot,
            instrument: InstrumentIndex(0),
            kind: DataKind::Trade(PublicTrade {
                id: "1".into(),
                price,
                amount: 1.0,
                side: Side::Buy,
            }),
        }
    }

    #[test]
    fn trades_set_the_price_as_upstream_does_and_stale_ones_still_enter_the_window() {
        let strategy = StrategyConfig::SmaCross { fast: 1, slow: 3, quantity: Decimal::ONE };
        let mut ours = InstrumentData::new(&strategy);
        let mut upstream = DefaultInstrumentMarketData::default();
        for event in [trade(10, 100.5), trade(5, 90.0), trade(10, 80.0)] {
            ours.process(&event);
            upstream.process(&event);
            assert_eq!(ours.market, upstream);
        }
        assert_eq!(ours.price(), Some(Decimal::new(1005, 1)));
        assert_eq!(ours.sma_signal(), Some(Ordering::Less));
    }
}
