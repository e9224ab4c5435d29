//! The snapshot as a document. Members are in canonical order, as in `wire`.

use serde::{Deserialize, Serialize};

use super::{
    decimal::{Decimal, Money},
    names::{Mode, OrderStatus, OrderType, RiskFlag, Side, TimeInForce},
    wire::{Text, TimeNs, given, index, instrument},
};

pub(super) const SCHEMA: &str = "core_snapshot/1.0";

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $member:ident: $type:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name<'a> {
            $($(#[$attribute])* pub(super) $member: $type,)+
        }
    )+};
}

records! {
    /// An amount in one currency.
    CurrencyAmount {
        amount: Money,
        #[serde(borrow)] currency: Text<'a>,
    }
    /// A holding.
    PositionRecord {
        #[serde(deserialize_with = "given")] avg_price: Option<Money>,
        cost: Money,
        #[serde(borrow, deserialize_with = "instrument")] instrument: Text<'a>,
        quantity: Money,
        realized_pnl: Money,
    }
    /// Last price of an instrument.
    MarkRecord {
        #[serde(borrow, deserialize_with = "instrument")] instrument: Text<'a>,
        price: Money,
    }
    /// How far a stream has come.
    CursorRecord {
        #[serde(deserialize_with = "index")] index: u64,
        last_event_time: TimeNs,
        #[serde(borrow)] stream: Text<'a>,
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PendingRecord {
    #[serde(deserialize_with = "given")]
    pub(super) limit_price: Option<Decimal>,
    #[serde(deserialize_with = "given")]
    pub(super) quantity: Option<Decimal>,
    #[serde(deserialize_with = "given")]
    pub(super) stop_price: Option<Decimal>,
}

/// An order; without `last_seq` and `trace_id`, which only number the run, in its economic form.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderRecord<'a, A> {
    pub(super) attribution: A,
    #[serde(deserialize_with = "given")]
    pub(super) avg_fill_price: Option<Money>,
    #[serde(borrow)]
    pub(super) fees: Vec<CurrencyAmount<'a>>,
    pub(super) filled: Decimal,
    #[serde(borrow, deserialize_with = "instrument")]
    pub(super) instrument: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_seq: Option<u64>,
    #[serde(deserialize_with = "given")]
    pub(super) limit_price: Option<Decimal>,
    pub(super) notional: Money,
    #[serde(borrow)]
    pub(super) order_id: Text<'a>,
    pub(super) order_type: OrderType,
    #[serde(deserialize_with = "given")]
    pub(super) pending_replace: Option<PendingRecord>,
    pub(super) quantity: Decimal,
    pub(super) remaining: Decimal,
    #[serde(deserialize_with = "given")]
    pub(super) resume_status: Option<OrderStatus>,
    pub(super) side: Side,
    pub(super) status: OrderStatus,
    #[serde(deserialize_with = "given")]
    pub(super) stop_price: Option<Decimal>,
    pub(super) time_in_force: TimeInForce,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(super) trace_id: Option<Text<'a>>,
    #[serde(deserialize_with = "index")]
    pub(super) transitions: u64,
    #[serde(borrow, deserialize_with = "given")]
    pub(super) venue_order_id: Option<Text<'a>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FlagRecord {
    pub(super) flag: RiskFlag,
    pub(super) value: bool,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdempotencyRecord {
    #[serde(deserialize_with = "index")]
    pub(super) count: u64,
    pub(super) digest: String,
}

/// The snapshot, with the orders as records or, for its hash, as hashes.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Snapshot<'a, O> {
    #[serde(borrow)]
    pub(super) adjustments: Vec<CurrencyAmount<'a>>,
    #[serde(deserialize_with = "given")]
    pub(super) as_of: Option<TimeNs>,
    #[serde(borrow)]
    pub(super) base_currency: Text<'a>,
    #[serde(borrow)]
    pub(super) cash: Vec<CurrencyAmount<'a>>,
    #[serde(borrow)]
    pub(super) cursors: Vec<CursorRecord<'a>>,
    pub(super) economic_hash: String,
    #[serde(borrow)]
    pub(super) fees_paid: Vec<CurrencyAmount<'a>>,
    pub(super) halted: bool,
    pub(super) idempotency: IdempotencyRecord,
    #[serde(borrow)]
    pub(super) initial_cash: Vec<CurrencyAmount<'a>>,
    #[serde(borrow)]
    pub(super) marks: Vec<MarkRecord<'a>>,
    pub(super) mode: Mode,
    pub(super) orders: O,
    #[serde(borrow)]
    pub(super) positions: Vec<PositionRecord<'a>>,
    pub(super) risk_flags: Vec<FlagRecord>,
    #[serde(borrow)]
    pub(super) run_id: Text<'a>,
    #[serde(borrow)]
    pub(super) schema: Text<'a>,
    #[serde(deserialize_with = "index")]
    pub(super) seq_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) snapshot_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state_hash: Option<String>,
    #[serde(deserialize_with = "index")]
    pub(super) step_seq: u64,
}

impl<'a, O> Snapshot<'a, O> {
    /// The same with the orders in another form.
    pub(super) fn with_orders<P>(self, orders: P) -> Snapshot<'a, P> {
        let Self { adjustments, as_of, base_currency, cash, cursors, economic_hash, .. } = self;
        let Self { fees_paid, halted, idempotency, initial_cash, marks, mode, .. } = self;
        let Self { positions, risk_flags, run_id, schema, seq_id, snapshot_id, .. } = self;
        let Self { state_hash, step_seq, .. } = self;
        Snapshot {
            adjustments,
            as_of,
            base_currency,
            cash,
            cursors,
            economic_hash,
            fees_paid,
            halted,
            idempotency,
            initial_cash,
            marks,
            mode,
            orders,
            positions,
            risk_flags,
            run_id,
            schema,
            seq_id,
            snapshot_id,
            state_hash,
            step_seq,
        }
    }
}

/// What the economic hash is taken of.
#[derive(Serialize)]
pub(super) struct Economic<'a> {
    pub(super) adjustments: &'a [CurrencyAmount<'a>],
    pub(super) cash: &'a [CurrencyAmount<'a>],
    pub(super) fees_paid: &'a [CurrencyAmount<'a>],
    pub(super) halted: bool,
    pub(super) orders: &'a OrderHashes,
    pub(super) positions: &'a [PositionRecord<'a>],
    pub(super) risk_flags: &'a [FlagRecord],
}

/// The orders in a hash: those that ended folded into one, the live ones by id.
#[derive(Serialize)]
pub(super) struct OrderHashes {
    pub(super) closed: String,
    pub(super) live: Vec<String>,
}

records! {
    /// A remembered key.
    MemoryKey {
        #[serde(borrow)] body_hash: Text<'a>,
        #[serde(borrow)] key: Text<'a>,
    }
    /// What a snapshot leaves out.
    Memory {
        #[serde(borrow)] keys: Vec<MemoryKey<'a>>,
        #[serde(borrow)] prev_hash: Text<'a>,
    }
}
