//! Records as rows of named columns; CSV, Parquet, typed arrays and flat JSON objects share this.

use super::{
    column::{Column, RowKind},
    loader::{Loader, Violation},
    row::{Cell, Row},
};

/// Which column stands where.
pub(super) struct Header {
    places: [Option<usize>; Column::COUNT],
    names: Vec<String>,
    kind: Option<RowKind>,
}

impl Header {
    /// Reads column names. Unknown ones are left out. Without a column for the kind all rows are of
    /// `kind` or else of the kind that the columns allow for.
    pub(super) fn new<'n>(
        names: impl IntoIterator<Item = &'n str>,
        kind: Option<RowKind>,
    ) -> Result<Self, Violation> {
        let mut header = Self { places: [None; Column::COUNT], names: Vec::new(), kind: None };
        for (place, name) in names.into_iter().enumerate() {
            header.names.push(name.to_owned());
            let Some(column) = Column::of(name) else { continue };
            if let Some(earlier) = header.places[column as usize] {
                let message =
                    format!("says the same as column \"{}\": leave one out", header.names[earlier]);
                return Err(("market_data_column", name.to_owned(), message));
            }
            header.places[column as usize] = Some(place);
        }
        if kind.is_none() && header.has(Column::Kind) {
            return Ok(header);
        }
        let deduced = || {
            [
                (Column::Open, RowKind::Candle),
                (Column::BidPrice, RowKind::Quote),
                (Column::Bids, RowKind::Book),
                (Column::Price, RowKind::Trade),
            ]
            .into_iter()
            .find(|(column, _)| header.has(*column))
            .map(|(_, kind)| kind)
        };
        let Some(kind) = kind.or_else(deduced) else {
            let message = "the columns are those of no kind of event: needed is price, bid_price, \
                open or kind";
            return Err(("market_data_column", String::new(), message.to_owned()));
        };
        if let Some(missing) = kind.required().iter().find(|column| !header.has(**column)) {
            let message = format!("this column is missing, and every {} needs it", kind.name());
            return Err(("market_data_column", missing.name().to_owned(), message));
        }
        header.kind = Some(kind);
        Ok(header)
    }

    fn has(&self, column: Column) -> bool {
        self.place(column).is_some()
    }

    /// Where a column stands.
    pub(super) fn place(&self, column: Column) -> Option<usize> {
        self.places[column as usize]
    }

    /// The kind of all rows, unless each row says its own.
    pub(super) fn kind(&self) -> Option<RowKind> {
        self.kind
    }

    /// Whether the column at a place is one that rows may have.
    pub(super) fn uses(&self, place: usize) -> bool {
        self.places.contains(&Some(place))
    }

    /// What the source calls a column.
    pub(super) fn shown(&self, column: Column) -> String {
        self.place(column)
            .and_then(|place| self.names.get(place))
            .map_or_else(|| column.name().to_owned(), Clone::clone)
    }

    /// Reads one row and adds it; `cell` gives the value at a place.
    pub(super) fn add<'c>(
        &self,
        loader: &mut Loader<'_>,
        cell: impl Fn(usize) -> Cell<'c>,
    ) -> Result<(), Violation> {
        let row = Row { header: self, cell, instruments: loader.instruments };
        let kind = row.kind()?;
        if kind == RowKind::Reconnecting {
            let exchange = row.exchange()?.ok_or_else(|| row.missing(Column::Exchange, kind))?;
            return loader
                .add_reconnecting(exchange)
                .map_err(|(code, _, message)| (code, self.shown(Column::Exchange), message));
        }
        let item = row.item(kind)?;
        loader.add_item(item).map_err(|(code, field, message)| {
            (
                code,
                Column::of_path(&field).map_or(field.clone(), |column| self.shown(column)),
                message,
            )
        })
    }
}
