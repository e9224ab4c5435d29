//! The whole state as a snapshot, and its hashes.

use super::{
    decimal::Money,
    document::{
        CurrencyAmount, CursorRecord, Economic, FlagRecord, IdempotencyRecord, MarkRecord, Memory,
        MemoryKey, OrderHashes, OrderRecord, PendingRecord, PositionRecord, SCHEMA, Snapshot,
    },
    hashes::{chain, hash_canonical, hex, write_canonical},
    keys::Remembered,
    names::RiskFlag,
    state::{Account, Order, State},
    wire::{Attribution, Text, TimeNs},
};

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

fn sorted<T>(items: impl Iterator<Item = T>, by: impl Fn(&T) -> &Text<'_>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable_by(|a, b| by(a).as_bytes().cmp(by(b).as_bytes()));
    items
}
