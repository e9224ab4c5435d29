//! Two moving averages over one window of trade prices, exact and O(1) per trade.

use std::{
    cmp::Ordering,
    collections::VecDeque,
    ops::{AddAssign, SubAssign},
};

use rust_decimal::Decimal;

/// Longest slow window; bounds memory and keeps `sum · length` far from the decimal's limit.
pub(crate) const MAX_WINDOW: usize = 1_000_000;

/// Places that a price may have to be an integer of its last place. Then even the largest sums, of
/// [`MAX_WINDOW`] prices of 1e15, times the other window's length are below 1e38.
const PLACES: u32 = 11;

/// Compares the means of the last `fast` and the last `slow` prices.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SmaCross {
    /// While every price has at most [`PLACES`] places: several times as fast.
    Integers(Window<i128>),
    /// From the first price that has more.
    Decimals(Window<Decimal>),
}

impl SmaCross {
    pub(crate) fn new(fast: usize, slow: usize) -> Self {
        Self::Integers(Window::new(fast, slow))
    }

    /// Adds a price.
    #[inline]
    pub(crate) fn push(&mut self, price: Decimal) {
        match self {
            Self::Integers(window) => {
                match POW10.get((PLACES.wrapping_sub(price.scale())) as usize) {
                    Some(power) => window.push(price.mantissa() * power),
                    None => {
                        let mut window =
                            window.map(|value| Decimal::from_i128_with_scale(value, PLACES));
                        window.push(price);
                        *self = Self::Decimals(window);
                    }
                }
            }
            Self::Decimals(window) => window.push(price),
        }
    }

    /// Fast mean against slow mean, or `None` before `slow` prices have been seen.
    #[inline]
    pub(crate) fn signal(&self) -> Option<Ordering> {
        match self {
            Self::Integers(window) => window.signal,
            Self::Decimals(window) => window.signal,
        }
    }
}

const POW10: [i128; PLACES as usize + 1] = {
    let mut powers = [1; PLACES as usize + 1];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// What windows add up.
pub(crate) trait Number: Copy + Ord + AddAssign + SubAssign {
    const ZERO: Self;

    fn times(self, count: usize) -> Self;
}

impl Number for i128 {
    const ZERO: Self = 0;

    #[inline]
    fn times(self, count: usize) -> Self {
        self * count as Self
    }
}

impl Number for Decimal {
    const ZERO: Self = Self::ZERO;

    fn times(self, count: usize) -> Self {
        self * Self::from(count)
    }
}

/// Running sums of the last `fast` and the last `slow` prices.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window<N> {
    fast: usize,
    slow: usize,
    prices: VecDeque<N>,
    sum_fast: N,
    sum_slow: N,
    signal: Option<Ordering>,
}

impl<N: Number> Window<N> {
    fn new(fast: usize, slow: usize) -> Self {
        Self {
            fast,
            slow,
            // Grown as trades come: a table may have thousands of instruments without any.
            prices: VecDeque::new(),
            sum_fast: N::ZERO,
            sum_slow: N::ZERO,
            signal: None,
        }
    }

    /// Adds a price. Means are compared as `sum_fast · slow` against `sum_slow · fast`: no division,
    /// no rounding.
    #[inline]
    fn push(&mut self, price: N) {
        self.prices.push_back(price);
        let held = self.prices.len();
        self.sum_fast += price;
        self.sum_slow += price;
        if held > self.fast {
            self.sum_fast -= self.prices[held - 1 - self.fast];
        }
        if held > self.slow
            && let Some(oldest) = self.prices.pop_front()
        {
            self.sum_slow -= oldest;
        }
        if self.prices.len() == self.slow {
            self.signal = Some(self.sum_fast.times(self.slow).cmp(&self.sum_slow.times(self.fast)));
        }
    }

    /// The same window in other numbers; sums are formed anew, because they may have more digits than
    /// a number that is converted.
    fn map<M: Number>(&self, convert: impl Fn(N) -> M) -> Window<M> {
        let mut window = Window::new(self.fast, self.slow);
        for price in &self.prices {
            window.push(convert(*price));
        }
        window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, recomputed from scratch.
    fn naive(prices: &[Decimal], fast: usize, slow: usize) -> Option<Ordering> {
        (prices.len() >= slow).then(|| {
            let sum = |n: usize| prices[prices.len() - n..].iter().sum::<Decimal>();
            (sum(fast) * Decimal::from(slow)).cmp(&(sum(slow) * Decimal::from(fast)))
        })
    }

    #[test]
    fn running_sums_equal_the_definition_in_integers_and_in_decimals() {
        let mut seed = 7u64;
        for (fast, slow) in [(1, 2), (3, 7), (20, 100)] {
            for places in [5, 12, 13, 16] {
                let mut window = SmaCross::new(fast, slow);
                let mut prices = Vec::new();
                for _ in 0..400 {
                    seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    let mantissa = (seed >> 40) as i64 % 1000 + 1;
                    let price = Decimal::new(mantissa, ((seed >> 20) % places) as u32);
                    prices.push(price);
                    window.push(price);
                    assert_eq!(window.signal(), naive(&prices, fast, slow));
                }
                assert_eq!(matches!(window, SmaCross::Integers(_)), places <= 12);
            }
        }
    }

    #[test]
    fn the_largest_prices_fit_the_longest_windows() {
        let highest = Decimal::from(1_000_000_000_000_000_i64);
        let mut window = SmaCross::new(MAX_WINDOW - 1, MAX_WINDOW);
        for _ in 0..=MAX_WINDOW {
            window.push(highest);
        }
        assert_eq!(window.signal(), Some(Ordering::Equal));
        window.push(highest - Decimal::new(1, PLACES));
        assert_eq!(window.signal(), Some(Ordering::Less));
    }
}
