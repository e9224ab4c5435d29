//! The columns that rows may have, and the kinds of event that they make.

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// A public trade.
    Trade,
    /// Best bid and ask.
    Quote,
    /// A candle.
    Candle,
    /// A forced trade.
    Liquidation,
    /// An order book, whole or in part.
    Book,
    /// A notice that the connection was lost.
    Reconnecting,
}

impl RowKind {
    /// All kinds with their names.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Trade, "trade"),
        (Self::Quote, "quote"),
        (Self::Candle, "candle"),
        (Self::Liquidation, "liquidation"),
        (Self::Book, "book"),
        (Self::Reconnecting, "reconnecting"),
    ];

    /// Name of the kind.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// Columns without which no row of this kind can be read.
    pub(super) fn required(self) -> &'static [Column] {
        use Column::*;
        match self {
            Self::Trade | Self::Liquidation => &[Time, Price, Amount, Side],
            Self::Quote => &[Time, BidPrice, BidAmount, AskPrice, AskAmount],
            Self::Candle => &[Time, Open, High, Low, Close, Volume],
            Self::Book => &[Time, Bids, Asks],
            Self::Reconnecting => &[Exchange],
        }
    }
}

macro_rules! columns {
    ($($column:ident: $first:literal $($other:literal)*;)*) => {
        /// Columns that rows may have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Column { $($column),* }

        impl Column {
            pub(super) const COUNT: usize = [$(Self::$column),*].len();

            /// The column of a name; case, `_`, `-` and spaces do not count.
            pub(super) fn of(name: &str) -> Option<Self> {
                let plain: String = name
                    .chars()
                    .filter(|c| !matches!(c, '_' | '-' | ' '))
                    .flat_map(char::to_lowercase)
                    .collect();
                match plain.as_str() {
                    $($first $(| $other)* => Some(Self::$column),)*
                    _ => None,
                }
            }

            /// The name used in messages where the source has none.
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$column => $first),* }
            }
        }
    };
}

columns! {
    Time: "time" "timeexchange" "timestamp" "ts" "date" "datetime";
    Received: "timereceived" "received";
    Updated: "lastupdatetime" "updated";
    Exchange: "exchange";
    Instrument: "instrument" "symbol";
    Kind: "kind" "type";
    Id: "id" "tradeid";
    Price: "price";
    Amount: "amount" "quantity" "qty" "size";
    Side: "side";
    BidPrice: "bidprice" "bid" "bestbid";
    BidAmount: "bidamount" "bidquantity" "bidqty" "bidsize";
    AskPrice: "askprice" "ask" "bestask";
    AskAmount: "askamount" "askquantity" "askqty" "asksize";
    Open: "open";
    High: "high";
    Low: "low";
    Close: "close";
    Volume: "volume";
    TradeCount: "tradecount" "trades";
    CloseTime: "closetime";
    Bids: "bids";
    Asks: "asks";
    Sequence: "sequence";
    Update: "update";
}

impl Column {
    /// The column behind a path such as `kind.OrderBookL1.best_bid.price`.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let bid = path.contains("best_bid");
        let ask = path.contains("best_ask");
        match path.rsplit('.').next()? {
            "price" if bid => Some(Self::BidPrice),
            "price" if ask => Some(Self::AskPrice),
            "amount" if bid => Some(Self::BidAmount),
            "amount" if ask => Some(Self::AskAmount),
            "OrderBookL1" => Some(Self::BidAmount),
            last => Self::of(last),
        }
    }
}
