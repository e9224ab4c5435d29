//! The equity curve: account value marked to market at event time.
//!
//! `equity = opening quote cash + Σ realised + Σ sign · quantity · (mark − entry)`, where realised
//! results carry all fees and `mark` is the engine's price of the instrument. It is built from
//! positions and fills because the mock exchange's balances credit nothing for a sale.

use barter::engine::state::position::Position;
use barter_instrument::{Side, asset::QuoteAsset, instrument::InstrumentIndex};
use rust_decimal::Decimal;

use crate::{config::EquityConfig, decimal::to_f64};

/// A finished curve.
#[derive(Debug, Clone, PartialEq)]
pub struct EquityCurve {
    /// Asset of the values.
    pub quote: String,
    /// Opening value.
    pub initial: Decimal,
    /// Value after the last event, exact.
    pub last: Decimal,
    /// Deepest fall over every event as a fraction of the peak before it.
    pub max_drawdown: f64,
    /// Nanoseconds since the epoch, never falling.
    pub time: Vec<i64>,
    /// Value at that time.
    pub value: Vec<f64>,
}

/// Follows positions and marks through a run.
#[derive(Debug, Clone)]
pub struct EquityTracker {
    initial: Decimal,
    closed: Decimal,
    lines: Vec<Line>,
    /// `initial + realised`, rounded once per fill.
    base: f64,
    value: f64,
    peak: f64,
    max_drawdown: f64,
    sampler: Sampler,
}

/// One instrument: its open position, in doubles for the per-event mark.
#[derive(Debug, Clone, Default)]
struct Line {
    counted: bool,
    signed_quantity: f64,
    entry: f64,
    open_realised: Decimal,
    unrealised: f64,
}

impl EquityTracker {
    /// Starts with `initial` cash; only instruments marked in `counted` enter the curve.
    pub fn new(initial: Decimal, counted: Vec<bool>, config: &EquityConfig, start: i64) -> Self {
        let base = to_f64(initial);
        let mut tracker = Self {
            initial,
            closed: Decimal::ZERO,
            lines: counted.into_iter().map(|counted| Line { counted, ..Line::default() }).collect(),
            base,
            value: base,
            peak: base,
            max_drawdown: 0.0,
            sampler: Sampler::new(config),
        };
        tracker.sampler.offer(start, base);
        tracker
    }

    /// Takes over a position after a fill, with the result it closed, if it closed one.
    pub fn fill(
        &mut self,
        instrument: usize,
        position: Option<&Position<QuoteAsset, InstrumentIndex>>,
        closed: Option<Decimal>,
        mark: Option<f64>,
    ) {
        let Some(line) = self.lines.get_mut(instrument).filter(|line| line.counted) else {
            return;
        };
        if let Some(pnl) = closed {
            self.closed += pnl;
        }
        match position {
            Some(position) => {
                let quantity = to_f64(position.quantity_abs);
                line.signed_quantity = match position.side {
                    Side::Buy => quantity,
                    Side::Sell => -quantity,
                };
                line.entry = to_f64(position.price_entry_average);
                line.open_realised = position.pnl_realised;
            }
            None => {
                line.signed_quantity = 0.0;
                line.open_realised = Decimal::ZERO;
                line.unrealised = 0.0;
            }
        }
        let realised = self.lines.iter().map(|line| line.open_realised).sum::<Decimal>();
        self.base = to_f64(self.initial + self.closed + realised);
        self.remark(instrument, mark);
    }

    /// Takes in the price of an instrument after a market event.
    #[inline]
    pub fn mark(&mut self, instrument: usize, mark: impl FnOnce() -> Option<f64>) {
        if self.lines[instrument].signed_quantity != 0.0 {
            self.remark(instrument, mark());
        }
    }

    fn remark(&mut self, instrument: usize, mark: Option<f64>) {
        let line = &mut self.lines[instrument];
        if let Some(mark) = mark {
            line.unrealised = line.signed_quantity * (mark - line.entry);
        }
        let unrealised = self.lines.iter().map(|line| line.unrealised).sum::<f64>();
        self.value = self.base + unrealised;
    }

    /// Ends an event: the value counts for the drawdown and is offered to the curve.
    #[inline]
    pub fn sample(&mut self, time: i64) {
        self.note();
        self.sampler.offer(time, self.value);
    }

    #[inline]
    fn note(&mut self) {
        if self.value > self.peak {
            self.peak = self.value;
        } else if self.value < self.peak && self.peak > 0.0 {
            self.max_drawdown = self.max_drawdown.max((self.peak - self.value) / self.peak);
        }
    }

    /// Current value.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Ends the curve. `open_result` is the exact realised and unrealised result of the open
    /// positions that are counted.
    pub fn finish(&mut self, quote: String, end: i64, open_result: Decimal) -> EquityCurve {
        let last = self.initial + self.closed + open_result;
        self.note();
        let (time, value) = self.sampler.finish(end, to_f64(last));
        EquityCurve {
            quote,
            initial: self.initial,
            last,
            max_drawdown: self.max_drawdown,
            time,
            value,
        }
    }

    /// Whether an instrument enters the curve.
    pub fn counts(&self, instrument: usize) -> bool {
        self.lines.get(instrument).is_some_and(|line| line.counted)
    }
}

/// Keeps at most `max_points` points: when twice as many are held, every other one is dropped and
/// from then on only every 2nd, 4th, … offer is taken. The first and the last point always stay.
#[derive(Debug, Clone)]
struct Sampler {
    every: i64,
    max_points: usize,
    stride: u64,
    offers: u64,
    next: i64,
    time: Vec<i64>,
    value: Vec<f64>,
}

impl Sampler {
    fn new(config: &EquityConfig) -> Self {
        Self {
            every: i64::try_from(config.every_ms).unwrap_or(i64::MAX).saturating_mul(1_000_000),
            max_points: config.max_points,
            stride: 1,
            offers: 0,
            next: i64::MIN,
            time: Vec::new(),
            value: Vec::new(),
        }
    }

    #[inline]
    fn offer(&mut self, time: i64, value: f64) {
        if time < self.next || self.max_points == 0 {
            return;
        }
        self.next = time.saturating_add(self.every);
        // The stride is a power of two.
        let taken = self.offers & (self.stride - 1) == 0;
        self.offers += 1;
        if taken {
            self.time.push(time);
            self.value.push(value);
            if self.time.len() >= self.max_points.saturating_mul(2).max(4) {
                self.thin();
            }
        }
    }

    fn thin(&mut self) {
        every_other(&mut self.time);
        every_other(&mut self.value);
        // Offers taken so far sit at multiples of the stride; the kept ones at multiples of twice it.
        self.stride *= 2;
    }

    fn finish(&mut self, end: i64, last: f64) -> (Vec<i64>, Vec<f64>) {
        if self.max_points == 0 {
            return (Vec::new(), Vec::new());
        }
        while self.time.len() > self.max_points.max(2) - 1 && self.time.len() > 1 {
            self.thin();
        }
        self.time.push(end);
        self.value.push(last);
        (std::mem::take(&mut self.time), std::mem::take(&mut self.value))
    }
}

fn every_other<T: Copy>(values: &mut Vec<T>) {
    let kept = values.len().div_ceil(2);
    for at in 0..kept {
        values[at] = values[at * 2];
    }
    values.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(max_points: usize, every_ms: u64, offers: i64) -> (Vec<i64>, Vec<f64>) {
        let mut sampler = Sampler::new(&EquityConfig { every_ms, max_points, quote: None });
        for at in 0..offers {
            sampler.offer(at * 1_000_000, at as f64);
        }
        sampler.finish(offers * 1_000_000, offers as f64)
    }

    #[test]
    fn keeps_first_and_last_and_respects_the_limit() {
        for (limit, offers) in [(1, 0), (2, 5), (10, 9), (10, 10), (10, 100_000), (1000, 12_345)] {
            let (time, value) = sample(limit, 0, offers);
            assert!(time.len() <= limit.max(2), "{limit} {offers}: {}", time.len());
            assert!(time.is_sorted());
            assert_eq!(value.last(), Some(&(offers as f64)));
            if offers > 0 {
                assert_eq!(value[0], 0.0);
            }
        }
    }

    #[test]
    fn every_ms_spaces_points_and_zero_points_keeps_none() {
        assert_eq!(sample(100, 10, 100).0.len(), 11);
        assert_eq!(sample(0, 0, 100).0.len(), 0);
    }

    #[test]
    fn points_are_evenly_spread_after_thinning() {
        let (time, _) = sample(10, 0, 64);
        let steps: Vec<i64> = time.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let (first, rest) = steps.split_first().unwrap();
        assert!(rest[..rest.len() - 1].iter().all(|step| step == first), "{steps:?}");
    }
}
