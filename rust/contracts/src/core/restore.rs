//! The way back from a snapshot.

use std::sync::Arc;

use super::{
    config::Config,
    decimal::Money,
    document::{CurrencyAmount, Memory, OrderRecord, SCHEMA, Snapshot},
    hashes::{hex, unhex},
    names::Side,
    snapshot::Closed,
    state::{Account, Cursor, Life, Order, PendingReplace, Position, State},
    wire::Attribution,
};

/// What [`State::restore`] makes.
pub(super) struct Restored {
    pub(super) state: State,
    pub(super) closed: Closed,
    pub(super) prev_hash: String,
}

impl State {
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
}
