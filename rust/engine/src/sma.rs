//! Two moving averages over one window of trade prices, exact and O(1) per trade.

use std::{cmp::Ordering, collections::VecDeque};

use rust_decimal::Decimal;

/// Longest slow window; bounds memory and keeps `sum · length` far from the decimal's limit.
pub(crate) const MAX_WINDOW: usize = 1_000_000;

/// Running sums of the last `fast` and the last `slow` prices.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SmaCross {
    fast: usize,
    slow: usize,
    prices: VecDeque<Decimal>,
    sum_fast: Decimal,
    sum_slow: Decimal,
    signal: Option<Ordering>,
}

impl SmaCross {
    pub(crate) fn new(fast: usize, slow: usize) -> Self {
        Self {
            fast,
            slow,
            // Grown as trades come: a table may have thousands of instruments without any.
            prices: VecDeque::new(),
            sum_fast: Decimal::ZERO,
            sum_slow: Decimal::ZERO,
            signal: None,
        }
    }

    /// Adds a price. Means are compared as `sum_fast · slow` against `sum_slow · fast`: no division,
    /// no rounding.
    pub(crate) fn push(&mut self, price: Decimal) {
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
            let fast = self.sum_fast * Decimal::from(self.slow);
            let slow = self.sum_slow * Decimal::from(self.fast);
            self.signal = Some(fast.cmp(&slow));
        }
    }

    /// Fast mean against slow mean, or `None` before `slow` prices have been seen.
    #[inline]
    pub(crate) fn signal(&self) -> Option<Ordering> {
        self.signal
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
    fn running_sums_equal_the_definition() {
        let mut seed = 7u64;
        for (fast, slow) in [(1, 2), (3, 7), (20, 100)] {
            let mut window = SmaCross::new(fast, slow);
            let mut prices = Vec::new();
            for _ in 0..400 {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let price = Decimal::new((seed >> 40) as i64 % 1000 + 1, (seed % 5) as u32);
                prices.push(price);
                window.push(price);
                assert_eq!(window.signal(), naive(&prices, fast, slow));
            }
        }
    }
}
