//! Whole order books in place of their changes.

use std::collections::HashMap;

use barter_data::{
    books::OrderBook,
    event::{DataKind, MarketEvent},
    subscription::book::OrderBookEvent,
};
use barter_instrument::{exchange::ExchangeId, instrument::InstrumentIndex};

/// The books of a feed, kept by the crate's own rules.
pub(super) struct Books {
    depth: usize,
    books: HashMap<InstrumentIndex, (ExchangeId, OrderBook)>,
}

impl Books {
    /// Books that are shown with `depth` levels a side.
    pub(super) fn new(depth: usize) -> Self {
        Self { depth, books: HashMap::new() }
    }

    /// Turns a change of a book into the book.
    pub(super) fn complete(&mut self, event: &mut MarketEvent<InstrumentIndex, DataKind>) {
        let DataKind::OrderBook(change) = &event.kind else { return };
        let (_, book) = self
            .books
            .entry(event.instrument)
            .or_insert_with(|| (event.exchange, OrderBook::default()));
        book.update(change);
        event.kind = DataKind::OrderBook(OrderBookEvent::Snapshot(book.snapshot(self.depth)));
    }

    /// Forgets the books of an exchange: each connection begins with whole ones.
    pub(super) fn forget(&mut self, exchange: ExchangeId) {
        self.books.retain(|_, (of, _)| *of != exchange);
    }
}
