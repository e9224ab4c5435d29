//! The whole state as a snapshot, its hashes, and the way back.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    config::Config,
    decimal::{Decimal, Money},
    hashes::{chain, hash_canonical, hex, unhex, write_canonical},
    keys::Remembered,
    names::{Mode, OrderStatus, OrderType, RiskFlag, Side, TimeInForce},
    state::{Account, Cursor, Life, Order, PendingReplace, Position, State},
    wire::{Attribution, Text, TimeNs, given, index, instrument},
};

const SCHEMA: &str = "core_snapshot/1.0";

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $member:ident: $type:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        struct $name<'a> {
            $($(#[$attribute])* $member: $type,)+
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
struct PendingRecord {
    #[serde(deserialize_with = "given")]
    limit_price: Option<Decimal>,
    #[serde(deserialize_with = "given")]
    quantity: Option<Decimal>,
    #[serde(deserialize_with = "given")]
    stop_price: Option<Decimal>,
}

/// An order; without `last_seq` and `trace_id`, which only number the run, in its economic form.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct OrderRecord<'a, A> {
    attribution: A,
    #[serde(deserialize_with = "given")]
    avg_fill_price: Option<Money>,
    #[serde(borrow)]
    fees: Vec<CurrencyAmount<'a>>,
    filled: Decimal,
    #[serde(borrow, deserialize_with = "instrument")]
    instrument: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seq: Option<u64>,
    #[serde(deserialize_with = "given")]
    limit_price: Option<Decimal>,
    notional: Money,
    #[serde(borrow)]
    order_id: Text<'a>,
    order_type: OrderType,
    #[serde(deserialize_with = "given")]
    pending_replace: Option<PendingRecord>,
    quantity: Decimal,
    remaining: Decimal,
    #[serde(deserialize_with = "given")]
    resume_status: Option<OrderStatus>,
    side: Side,
    status: OrderStatus,
    #[serde(deserialize_with = "given")]
    stop_price: Option<Decimal>,
    time_in_force: TimeInForce,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    trace_id: Option<Text<'a>>,
    #[serde(deserialize_with = "index")]
    transitions: u64,
    #[serde(borrow, deserialize_with = "given")]
    venue_order_id: Option<Text<'a>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct FlagRecord {
    flag: RiskFlag,
    value: bool,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct IdempotencyRecord {
    #[serde(deserialize_with = "index")]
    count: u64,
    digest: String,
}

/// The snapshot, with the orders as records or, for its hash, as hashes.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Snapshot<'a, O> {
    #[serde(borrow)]
    adjustments: Vec<CurrencyAmount<'a>>,
    #[serde(deserialize_with = "given")]
    as_of: Option<TimeNs>,
    #[serde(borrow)]
    base_currency: Text<'a>,
    #[serde(borrow)]
    cash: Vec<CurrencyAmount<'a>>,
    #[serde(borrow)]
    cursors: Vec<CursorRecord<'a>>,
    economic_hash: String,
    #[serde(borrow)]
    fees_paid: Vec<CurrencyAmount<'a>>,
    halted: bool,
    idempotency: IdempotencyRecord,
    #[serde(borrow)]
    initial_cash: Vec<CurrencyAmount<'a>>,
    #[serde(borrow)]
    marks: Vec<MarkRecord<'a>>,
    mode: Mode,
    orders: O,
    #[serde(borrow)]
    positions: Vec<PositionRecord<'a>>,
    risk_flags: Vec<FlagRecord>,
    #[serde(borrow)]
    run_id: Text<'a>,
    #[serde(borrow)]
    schema: Text<'a>,
    #[serde(deserialize_with = "index")]
    seq_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_hash: Option<String>,
    #[serde(deserialize_with = "index")]
    step_seq: u64,
}

/// What the economic hash is taken of.
#[derive(Serialize)]
struct Economic<'a> {
    adjustments: &'a [CurrencyAmount<'a>],
    cash: &'a [CurrencyAmount<'a>],
    fees_paid: &'a [CurrencyAmount<'a>],
    halted: bool,
    orders: &'a OrderHashes,
    positions: &'a [PositionRecord<'a>],
    risk_flags: &'a [FlagRecord],
}

/// The orders in a hash: those that ended folded into one, the live ones by id.
#[derive(Serialize)]
struct OrderHashes {
    closed: String,
    live: Vec<String>,
}

/// Hashes over the orders that ended, of their records and of their economic records.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Closed(pub(super) [[u8; 32]; 2]);

impl Closed {
    fn fold(&mut self, hashes: [[u8; 32]; 2]) {
        for (closed, hash) in self.0.iter_mut().zip(&hashes) {
            *closed = chain(closed, hash);
        }
    }
}

/// The hashes of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StateHashes {
    pub(super) state: String,
    pub(super) economic: String,
}

impl<'a, O> Snapshot<'a, O> {
    fn with_orders<P>(self, orders: P) -> Snapshot<'a, P> {
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

impl State {
    /// Orders that ended since the effects were last cleared, by id.
    pub(super) fn ended(&self) -> Vec<u32> {
        let transitions = self.effects.transitions.iter();
        let mut ended: Vec<u32> =
            transitions.filter(|t| t.to.is_terminal()).map(|t| t.order).collect();
        ended
            .sort_unstable_by(|&a, &b| self.orders[a as usize].id.cmp(&self.orders[b as usize].id));
        ended
    }

    /// Folds orders that ended, in this order, into `closed`.
    pub(super) fn fold(&mut self, ended: &[u32], closed: &mut Closed, scratch: &mut Vec<u8>) {
        for &order in ended {
            closed.fold(self.order_hashes(order, scratch));
        }
    }

    fn order_hashes(&mut self, index: u32, scratch: &mut Vec<u8>) -> [[u8; 32]; 2] {
        let order = &self.orders[index as usize];
        if let Some(hashes) = order.hashes {
            return hashes;
        }
        let mut record = self.order_record(order);
        let full = hash_canonical(&record, scratch);
        record.last_seq = None;
        record.trace_id = None;
        let economic = hash_canonical(&record, scratch);
        self.orders[index as usize].hashes = Some([full, economic]);
        [full, economic]
    }

    fn order_record<'a>(&'a self, order: &'a Order) -> OrderRecord<'a, &'a Attribution<'a>> {
        let life = &order.life;
        let fees = order.fees.iter().map(|&(currency, amount)| CurrencyAmount {
            amount,
            currency: (&*self.currencies[currency as usize].name).into(),
        });
        OrderRecord {
            attribution: &order.attribution,
            avg_fill_price: life.avg_fill_price,
            fees: sorted(fees, |fee| &fee.currency),
            filled: life.filled,
            instrument: (&*self.instruments[order.instrument as usize].name).into(),
            last_seq: Some(life.last_seq),
            limit_price: life.limit_price,
            notional: life.notional,
            order_id: (&*order.id).into(),
            order_type: order.order_type,
            pending_replace: life.pending.map(|pending| PendingRecord {
                limit_price: pending.limit_price,
                quantity: pending.quantity,
                stop_price: pending.stop_price,
            }),
            quantity: life.quantity,
            remaining: life.remaining,
            resume_status: life.resume,
            side: order.side,
            status: life.status,
            stop_price: life.stop_price,
            time_in_force: order.time_in_force,
            trace_id: Some((&*order.trace_id).into()),
            transitions: life.transitions,
            venue_order_id: order.venue_order_id.as_deref().map(Into::into),
        }
    }

    fn amounts(&self, of: impl Fn(&Account) -> Option<Money>) -> Vec<CurrencyAmount<'_>> {
        let amounts = self.currencies.iter().filter_map(|currency| {
            let currency_name = (&*currency.name).into();
            of(&currency.account).map(|amount| CurrencyAmount { amount, currency: currency_name })
        });
        sorted(amounts, |amount| &amount.currency)
    }

    /// The snapshot as it is hashed, and its hashes.
    fn document(
        &self,
        digest: [u8; 32],
        closed: &Closed,
        scratch: &mut Vec<u8>,
    ) -> (Snapshot<'_, OrderHashes>, StateHashes) {
        let state = self;
        let idempotency = IdempotencyRecord { count: self.keys.len() as u64, digest: hex(&digest) };
        let orders = |which: usize| OrderHashes {
            closed: hex(&closed.0[which]),
            live: state
                .live
                .iter()
                .filter_map(|&order| state.orders[order as usize].hashes)
                .map(|hashes| hex(&hashes[which]))
                .collect(),
        };
        let positions = state.instruments.iter().filter(|held| held.position.listed);
        let positions = positions.map(|held| PositionRecord {
            avg_price: held.position.avg_price,
            cost: held.position.cost,
            instrument: (&*held.name).into(),
            quantity: held.position.quantity,
            realized_pnl: held.position.realized,
        });
        let marks = state.instruments.iter().filter_map(|held| {
            held.mark.map(|price| MarkRecord { instrument: (&*held.name).into(), price })
        });
        let cursors = state.streams.iter().filter(|(_, cursor)| cursor.index > 0);
        let cursors = cursors.map(|(name, cursor)| CursorRecord {
            index: cursor.index,
            last_event_time: TimeNs(cursor.time),
            stream: (&**name).into(),
        });
        let mut flags: Vec<_> = RiskFlag::ALL
            .iter()
            .filter_map(|&flag| state.flags[flag as usize].map(|value| FlagRecord { flag, value }))
            .collect();
        flags.sort_unstable_by_key(|record| record.flag.as_str());
        let mut document = Snapshot {
            adjustments: state.amounts(|account| account.adjustments),
            as_of: state.as_of.map(TimeNs),
            base_currency: (&*state.config.base_currency).into(),
            cash: state.amounts(|account| account.cash),
            cursors: sorted(cursors, |cursor| &cursor.stream),
            economic_hash: String::new(),
            fees_paid: state.amounts(|account| account.fees),
            halted: state.halted,
            idempotency,
            initial_cash: state.amounts(|account| account.initial),
            marks: sorted(marks, |mark| &mark.instrument),
            mode: state.config.mode,
            orders: orders(1),
            positions: sorted(positions, |position| &position.instrument),
            risk_flags: flags,
            run_id: (&*state.config.run_id).into(),
            schema: SCHEMA.into(),
            seq_id: state.seq,
            snapshot_id: None,
            state_hash: None,
            step_seq: state.step_seq,
        };
        let economic = Economic {
            adjustments: &document.adjustments,
            cash: &document.cash,
            fees_paid: &document.fees_paid,
            halted: document.halted,
            orders: &document.orders,
            positions: &document.positions,
            risk_flags: &document.risk_flags,
        };
        let economic = hex(&hash_canonical(&economic, scratch));
        document.economic_hash.clone_from(&economic);
        document.orders = orders(0);
        let hash = hex(&hash_canonical(&document, scratch));
        (document, StateHashes { state: hash, economic })
    }

    /// Brings up to date what a document takes from caches; the digest of the keys.
    fn prepare(&mut self, scratch: &mut Vec<u8>) -> [u8; 32] {
        for place in 0..self.live.len() {
            self.order_hashes(self.live[place], scratch);
        }
        self.keys.digest()
    }

    /// The hashes of the state; `closed` is what all ended orders fold into.
    pub(super) fn hashes(&mut self, closed: &Closed, scratch: &mut Vec<u8>) -> StateHashes {
        let digest = self.prepare(scratch);
        self.document(digest, closed, scratch).1
    }

    /// Writes the whole state.
    pub(super) fn write_snapshot(
        &mut self,
        closed: &Closed,
        scratch: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) {
        let digest = self.prepare(scratch);
        let (mut document, hashes) = self.document(digest, closed, scratch);
        document.snapshot_id = Some(format!("{}/{}", self.config.run_id, self.step_seq));
        document.state_hash = Some(hashes.state);
        let orders = self.orders.iter().map(|order| self.order_record(order));
        let orders = sorted(orders, |order| &order.order_id);
        write_canonical(&document.with_orders(orders), out);
    }

    /// Makes the state of a snapshot again.
    ///
    /// # Errors
    ///
    /// What does not fit, in words.
    pub(super) fn restore(
        config: Config,
        snapshot: &[u8],
        memory: &[u8],
    ) -> Result<Restored, String> {
        let snapshot: Snapshot<'_, Vec<OrderRecord<'_, Attribution<'_>>>> =
            serde_json::from_slice(snapshot)
                .map_err(|error| format!("the snapshot cannot be read: {error}"))?;
        let memory: Memory<'_> = serde_json::from_slice(memory)
            .map_err(|error| format!("the memory cannot be read: {error}"))?;
        if &*snapshot.schema != SCHEMA {
            return Err(format!("the snapshot is \"{}\", not {SCHEMA}", &*snapshot.schema));
        }
        if *snapshot.run_id != *config.run_id {
            return Err(format!(
                "the snapshot is of run \"{}\", the configuration of \"{}\"",
                &*snapshot.run_id, config.run_id
            ));
        }
        if snapshot.mode != config.mode {
            return Err(format!(
                "the snapshot is of mode {}, the configuration of {}",
                snapshot.mode.as_str(),
                config.mode.as_str()
            ));
        }
        // What does not follow from the configuration and the snapshot alike shows in the hashes.
        let mut state = Self::new(config);
        for currency in &mut state.currencies {
            currency.account.cash = None;
        }
        state.take(&snapshot)?;
        state.recall(&memory)?;

        let mut closed = Closed::default();
        let mut scratch = Vec::new();
        let mut ended: Vec<u32> = (0..state.orders.len() as u32)
            .filter(|&order| state.orders[order as usize].life.status.is_terminal())
            .collect();
        ended.sort_by(|&a, &b| {
            let (a, b) = (&state.orders[a as usize], &state.orders[b as usize]);
            (a.life.last_seq, &a.id).cmp(&(b.life.last_seq, &b.id))
        });
        state.fold(&ended, &mut closed, &mut scratch);
        let hashes = state.hashes(&closed, &mut scratch);
        if snapshot.economic_hash != hashes.economic {
            return Err(format!(
                "the economic_hash is {}, the content's is {}",
                snapshot.economic_hash, hashes.economic
            ));
        }
        if snapshot.state_hash.as_ref() != Some(&hashes.state) {
            let stated = snapshot.state_hash.unwrap_or_default();
            return Err(format!("the state_hash is {stated}, the content's is {}", hashes.state));
        }
        let digest = hex(&state.keys.digest());
        if snapshot.idempotency.count != state.keys.len() as u64
            || snapshot.idempotency.digest != digest
        {
            return Err(format!(
                "the snapshot remembers {} keys with digest {}, the memory has {} with {digest}",
                snapshot.idempotency.count,
                snapshot.idempotency.digest,
                state.keys.len()
            ));
        }
        let prev_hash = memory.prev_hash.to_string();
        if unhex(&prev_hash).is_none() {
            return Err("prev_hash is not 64 lower-case hexadecimal digits".to_owned());
        }
        state.settle();
        Ok(Restored { state, closed, prev_hash })
    }

    fn take(
        &mut self,
        snapshot: &Snapshot<'_, Vec<OrderRecord<'_, Attribution<'_>>>>,
    ) -> Result<(), String> {
        self.step_seq = snapshot.step_seq;
        self.seq = snapshot.seq_id;
        self.as_of = snapshot.as_of.map(|time| time.0);
        self.halted = snapshot.halted;
        for record in &snapshot.risk_flags {
            self.flags[record.flag as usize] = Some(record.value);
        }
        type Member = fn(&mut Account) -> &mut Option<Money>;
        let accounts: [(&[CurrencyAmount<'_>], Member); 3] = [
            (&snapshot.cash, |account| &mut account.cash),
            (&snapshot.fees_paid, |account| &mut account.fees),
            (&snapshot.adjustments, |account| &mut account.adjustments),
        ];
        for (amounts, member) in accounts {
            for CurrencyAmount { amount, currency } in amounts {
                let currency = self.currency(currency);
                *member(&mut self.currencies[currency as usize].account) = Some(*amount);
            }
        }
        for record in &snapshot.positions {
            let instrument = self.instrument(&record.instrument);
            self.instruments[instrument as usize].position = Position {
                quantity: record.quantity,
                cost: record.cost,
                avg_price: record.avg_price,
                realized: record.realized_pnl,
                listed: true,
            };
        }
        for record in &snapshot.marks {
            let instrument = self.instrument(&record.instrument);
            self.instruments[instrument as usize].mark = Some(record.price);
        }
        for record in &snapshot.cursors {
            let stream = self.stream(&record.stream);
            let cursor = Cursor { time: record.last_event_time.0, index: record.index };
            self.streams[stream as usize].1 = cursor;
        }
        for record in &snapshot.orders {
            self.take_order(record)?;
        }
        Ok(())
    }

    fn take_order(&mut self, record: &OrderRecord<'_, Attribution<'_>>) -> Result<(), String> {
        let id: Arc<str> = (&*record.order_id).into();
        let missing = |name: &str| format!("order {id} has no {name}");
        let instrument = self.instrument(&record.instrument);
        let mut fees = Vec::with_capacity(record.fees.len());
        for fee in &record.fees {
            fees.push((self.currency(&fee.currency), fee.amount));
        }
        let order = Order {
            id: Arc::clone(&id),
            instrument,
            side: record.side,
            order_type: record.order_type,
            time_in_force: record.time_in_force,
            attribution: record.attribution.to_static(),
            trace_id: record.trace_id.as_deref().ok_or_else(|| missing("trace_id"))?.into(),
            venue_order_id: record.venue_order_id.as_deref().map(Into::into),
            fees,
            life: Life {
                status: record.status,
                resume: record.resume_status,
                quantity: record.quantity,
                limit_price: record.limit_price,
                stop_price: record.stop_price,
                filled: record.filled,
                remaining: record.remaining,
                notional: record.notional,
                avg_fill_price: record.avg_fill_price,
                pending: record.pending_replace.as_ref().map(|pending| PendingReplace {
                    quantity: pending.quantity,
                    limit_price: pending.limit_price,
                    stop_price: pending.stop_price,
                }),
                last_seq: record.last_seq.ok_or_else(|| missing("last_seq"))?,
                transitions: record.transitions,
            },
            hashes: None,
        };
        let filled = record.filled.signed(record.side == Side::Sell).fixed();
        let fills = &mut self.instruments[instrument as usize].fills;
        *fills = fills.wrapping_add(filled.wrapping_mul(10i128.pow(12)));
        let index = self.orders.len() as u32;
        let live = !order.life.status.is_terminal();
        self.orders.push(order);
        if self.order_index.insert(Arc::clone(&id), index).is_some() {
            return Err(format!("order {id} is in the snapshot twice"));
        }
        if live {
            self.go_live(index);
        }
        Ok(())
    }

    fn recall(&mut self, memory: &Memory<'_>) -> Result<(), String> {
        for record in &memory.keys {
            let body_hash = unhex(&record.body_hash)
                .ok_or_else(|| format!("the body_hash of key {} is no hash", &*record.key))?;
            self.remember(&record.key, body_hash);
        }
        Ok(())
    }

    /// Writes what a snapshot leaves out.
    pub(super) fn write_memory(&self, prev_hash: &str, out: &mut Vec<u8>) {
        let keys = self.keys.list();
        let keys = keys.iter().map(|Remembered { key, body_hash }| MemoryKey {
            body_hash: hex(body_hash).into(),
            key: (&**key).into(),
        });
        let memory = Memory { keys: keys.collect(), prev_hash: prev_hash.into() };
        write_canonical(&memory, out);
    }
}

/// What [`State::restore`] makes.
pub(super) struct Restored {
    pub(super) state: State,
    pub(super) closed: Closed,
    pub(super) prev_hash: String,
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

fn sorted<T>(items: impl Iterator<Item = T>, by: impl Fn(&T) -> &Text<'_>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable_by(|a, b| by(a).as_bytes().cmp(by(b).as_bytes()));
    items
}
