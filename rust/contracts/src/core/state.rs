//! Everything a core knows, and the journal that undoes a step.

use std::{collections::HashMap, sync::Arc};

use ahash::RandomState;

use super::{
    config::{Config, LegalTransitions, Policy, legal_transitions},
    decimal::{Decimal, Money},
    effects::{Effects, Transition},
    keys::Keys,
    names::{Cause, ErrorCode, OrderStatus, OrderType, ReasonCode, RiskFlag, Side, TimeInForce},
    wire::{Attribution, Text, quote_currency},
};

pub(super) type Index = HashMap<Arc<str>, u32, RandomState>;

/// Why an input has no effect: the code, and whether it is ignored or rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Ignored(ErrorCode),
    Rejected(ErrorCode),
}

/// For `?` on arithmetic.
pub(super) const OVERFLOW: Stop = Stop::Rejected(ErrorCode::DecimalOverflow);

/// What of an order may change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    pub(super) status: OrderStatus,
    /// Status to return to; set exactly in `cancel_pending`.
    pub(super) resume: Option<OrderStatus>,
    pub(super) quantity: Decimal,
    pub(super) limit_price: Option<Decimal>,
    pub(super) stop_price: Option<Decimal>,
    pub(super) filled: Decimal,
    pub(super) remaining: Decimal,
    pub(super) notional: Money,
    pub(super) avg_fill_price: Option<Money>,
    pub(super) pending: Option<PendingReplace>,
    pub(super) last_seq: u64,
    pub(super) transitions: u64,
}

/// What a replace asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingReplace {
    pub(super) quantity: Option<Decimal>,
    pub(super) limit_price: Option<Decimal>,
    pub(super) stop_price: Option<Decimal>,
}

/// An order.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) id: Arc<str>,
    pub(super) instrument: u32,
    pub(super) side: Side,
    pub(super) order_type: OrderType,
    pub(super) time_in_force: TimeInForce,
    pub(super) attribution: Attribution<'static>,
    pub(super) trace_id: Box<str>,
    pub(super) venue_order_id: Option<Arc<str>>,
    /// By index of the currency, in order of appearance.
    pub(super) fees: Vec<(u32, Money)>,
    pub(super) life: Life,
    /// Hash of the record, and of the record without what only numbers the run.
    pub(super) hashes: Option<[[u8; 32]; 2]>,
}

/// What is owned, owed and paid in one currency.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Account {
    pub(super) initial: Option<Money>,
    pub(super) cash: Option<Money>,
    pub(super) fees: Option<Money>,
    pub(super) adjustments: Option<Money>,
}

/// A holding.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Position {
    /// Negative for a short; at most 12 places.
    pub(super) quantity: Money,
    pub(super) cost: Money,
    pub(super) avg_price: Option<Money>,
    pub(super) realized: Money,
    /// Whether there was ever a fill.
    pub(super) listed: bool,
}

#[derive(Debug)]
pub(super) struct Instrument {
    pub(super) name: Arc<str>,
    pub(super) quote: u32,
    pub(super) position: Position,
    pub(super) mark: Option<Money>,
    /// Sum of the signed fills of its orders, in units of [`Money`], kept beside the position to
    /// check it.
    pub(super) fills: i128,
}

#[derive(Debug)]
pub(super) struct Currency {
    pub(super) name: Arc<str>,
    pub(super) account: Account,
    /// Instruments that are quoted in it.
    pub(super) instruments: Vec<u32>,
}

/// How far a stream has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    pub(super) time: i64,
    /// Events so far; 0 is a stream that has none yet.
    pub(super) index: u64,
}

/// One change, as it was before.
#[derive(Debug)]
enum Undo {
    Created,
    Life(u32, Life),
    OrderFee(u32, u32, Option<Money>),
    VenueOrderId(u32, Option<Arc<str>>),
    Account(u32, Account),
    Position(u32, Position),
    Fills(u32, i128),
    Mark(u32, Option<Money>),
    Flag(RiskFlag, Option<bool>),
    Halted(bool),
    Cursor(u32, Cursor),
    AsOf(Option<i64>),
    Key(Arc<str>),
}

/// See the module.
#[derive(Debug)]
pub(super) struct State {
    pub(super) config: Config,
    pub(super) policy: Policy,
    pub(super) legal: &'static LegalTransitions,
    /// Numbers of the last step, or of the open one.
    pub(super) step_seq: u64,
    pub(super) seq: u64,
    pub(super) as_of: Option<i64>,
    pub(super) halted: bool,
    pub(super) flags: [Option<bool>; 3],
    pub(super) orders: Vec<Order>,
    pub(super) order_index: Index,
    /// Orders that have not ended, sorted by id.
    pub(super) live: Vec<u32>,
    pub(super) instruments: Vec<Instrument>,
    instrument_index: Index,
    pub(super) currencies: Vec<Currency>,
    currency_index: Index,
    pub(super) streams: Vec<(Arc<str>, Cursor)>,
    stream_index: Index,
    pub(super) keys: Keys,
    pub(super) effects: Effects,
    journal: Vec<Undo>,
}

impl State {
    pub(super) fn new(config: Config) -> Self {
        let policy = Policy::of(&config);
        let mut state = Self {
            policy,
            legal: legal_transitions(),
            keys: Keys::new(policy.keep_keys),
            step_seq: 0,
            seq: 0,
            as_of: None,
            halted: false,
            flags: [None; 3],
            orders: Vec::new(),
            order_index: Index::default(),
            live: Vec::new(),
            instruments: Vec::new(),
            instrument_index: Index::default(),
            currencies: Vec::new(),
            currency_index: Index::default(),
            streams: Vec::new(),
            stream_index: Index::default(),
            effects: Effects::default(),
            journal: Vec::new(),
            config,
        };
        for at in 0..state.config.initial_cash.len() {
            let amount = state.config.initial_cash[at].amount;
            let name = state.config.initial_cash[at].currency.clone();
            let currency = state.currency(&name);
            let account = &mut state.currencies[currency as usize].account;
            account.initial = Some(amount);
            account.cash = Some(amount);
        }
        state
    }

    // Names. They stay when a step is undone: an entry that was never touched is not listed.

    pub(super) fn currency(&mut self, name: &str) -> u32 {
        if let Some(&index) = self.currency_index.get(name) {
            return index;
        }
        let index = self.currencies.len() as u32;
        let name: Arc<str> = name.into();
        self.currency_index.insert(Arc::clone(&name), index);
        self.currencies.push(Currency {
            name,
            account: Account::default(),
            instruments: Vec::new(),
        });
        index
    }

    pub(super) fn find_instrument(&self, name: &str) -> Option<u32> {
        self.instrument_index.get(name).copied()
    }

    pub(super) fn instrument(&mut self, name: &str) -> u32 {
        if let Some(&index) = self.instrument_index.get(name) {
            return index;
        }
        let index = self.instruments.len() as u32;
        // What was read has a quote currency.
        let quote = self.currency(quote_currency(name).unwrap_or_default());
        self.currencies[quote as usize].instruments.push(index);
        let name: Arc<str> = name.into();
        self.instrument_index.insert(Arc::clone(&name), index);
        let position = Position::default();
        self.instruments.push(Instrument { name, quote, position, mark: None, fills: 0 });
        index
    }

    pub(super) fn stream(&mut self, name: &str) -> u32 {
        if let Some(&index) = self.stream_index.get(name) {
            return index;
        }
        let index = self.streams.len() as u32;
        let name: Arc<str> = name.into();
        self.stream_index.insert(Arc::clone(&name), index);
        self.streams.push((name, Cursor { time: i64::MIN, index: 0 }));
        index
    }

    pub(super) fn find_order(&self, id: &str) -> Option<u32> {
        self.order_index.get(id).copied()
    }

    // Changes. Each is written to the journal first.

    /// Adds an order in status `created`, with its first transition.
    pub(super) fn create(&mut self, order: Order, at: i64) -> u32 {
        let index = self.orders.len() as u32;
        let id = Arc::clone(&order.id);
        let quantity = order.life.quantity;
        self.orders.push(order);
        self.order_index.insert(id, index);
        self.go_live(index);
        self.journal.push(Undo::Created);
        self.effects.transitions.push(Transition {
            order: index,
            index: 1,
            from: None,
            to: OrderStatus::Created,
            cause: Cause::Place,
            resume: None,
            at,
            filled_before: Decimal::ZERO,
            filled_after: Decimal::ZERO,
            remaining_before: quantity,
            remaining_after: quantity,
            reason_code: None,
        });
        index
    }

    /// Moves an order to a status, or to the same one, and records the transition.
    pub(super) fn transit(
        &mut self,
        index: u32,
        to: OrderStatus,
        cause: Cause,
        reason_code: Option<ReasonCode>,
        at: i64,
        edit: impl FnOnce(&mut Life),
    ) -> Result<(), Stop> {
        let order = &mut self.orders[index as usize];
        let before = order.life;
        if !self.legal[before.status as usize][to as usize] {
            return Err(Stop::Rejected(ErrorCode::IllegalTransition));
        }
        let mut life = before;
        edit(&mut life);
        life.status = to;
        if to != OrderStatus::CancelPending {
            life.resume = None;
        }
        if to.is_terminal() {
            life.pending = None;
        }
        life.transitions += 1;
        life.last_seq = self.seq;
        order.life = life;
        order.hashes = None;
        self.journal.push(Undo::Life(index, before));
        if to.is_terminal() {
            self.leave_live(index);
        }
        self.effects.transitions.push(Transition {
            order: index,
            index: life.transitions,
            from: Some(before.status),
            to,
            cause,
            resume: before.resume,
            at,
            filled_before: before.filled,
            filled_after: life.filled,
            remaining_before: before.remaining,
            remaining_after: life.remaining,
            reason_code,
        });
        Ok(())
    }

    pub(super) fn set_venue_order_id(&mut self, index: u32, id: Option<&Text<'_>>) {
        let Some(id) = id else { return };
        let order = &mut self.orders[index as usize];
        if order.venue_order_id.as_deref() == Some(id) {
            return;
        }
        let before = order.venue_order_id.replace((&**id).into());
        order.hashes = None;
        self.journal.push(Undo::VenueOrderId(index, before));
    }

    pub(super) fn add_order_fee(
        &mut self,
        index: u32,
        currency: u32,
        amount: Money,
    ) -> Result<(), Stop> {
        let order = &mut self.orders[index as usize];
        let before = order.fees.iter_mut().find(|fee| fee.0 == currency);
        let was = if let Some(fee) = before {
            let was = fee.1;
            fee.1 = was.checked_add(amount).ok_or(OVERFLOW)?;
            Some(was)
        } else {
            order.fees.push((currency, amount));
            None
        };
        order.hashes = None;
        self.journal.push(Undo::OrderFee(index, currency, was));
        Ok(())
    }

    pub(super) fn set_account(&mut self, currency: u32, account: Account) {
        let before = std::mem::replace(&mut self.currencies[currency as usize].account, account);
        self.journal.push(Undo::Account(currency, before));
    }

    pub(super) fn set_position(&mut self, instrument: u32, position: Position) {
        let held = &mut self.instruments[instrument as usize].position;
        let before = std::mem::replace(held, position);
        self.journal.push(Undo::Position(instrument, before));
    }

    pub(super) fn add_fills(&mut self, instrument: u32, units: i128) {
        let fills = &mut self.instruments[instrument as usize].fills;
        self.journal.push(Undo::Fills(instrument, *fills));
        *fills = fills.wrapping_add(units);
    }

    pub(super) fn set_mark(&mut self, instrument: u32, price: Money) {
        let before = self.instruments[instrument as usize].mark.replace(price);
        self.journal.push(Undo::Mark(instrument, before));
    }

    pub(super) fn flag(&self, flag: RiskFlag) -> bool {
        self.flags[flag as usize] == Some(true)
    }

    pub(super) fn set_flag(&mut self, flag: RiskFlag, value: bool) {
        let before = self.flags[flag as usize].replace(value);
        self.journal.push(Undo::Flag(flag, before));
    }

    pub(super) fn set_halted(&mut self, halted: bool) {
        self.journal.push(Undo::Halted(self.halted));
        self.halted = halted;
    }

    pub(super) fn set_cursor(&mut self, stream: u32, cursor: Cursor) {
        let before = std::mem::replace(&mut self.streams[stream as usize].1, cursor);
        self.journal.push(Undo::Cursor(stream, before));
    }

    pub(super) fn advance_as_of(&mut self, time: i64) {
        if self.as_of.is_none_or(|as_of| time > as_of) {
            self.journal.push(Undo::AsOf(self.as_of));
            self.as_of = Some(time);
        }
    }

    pub(super) fn remember(&mut self, key: &str, body_hash: [u8; 32]) {
        let key = self.keys.remember(key, body_hash);
        self.journal.push(Undo::Key(key));
    }

    /// Forgets keys that are too old. Not to be undone.
    pub(super) fn forget_keys(&mut self) {
        let (orders, index) = (&self.orders, &self.order_index);
        self.keys.forget(|id| {
            index.get(id).is_some_and(|&at| !orders[at as usize].life.status.is_terminal())
        });
    }

    /// Whether nothing may be placed.
    pub(super) fn no_placing(&self) -> bool {
        self.halted || self.flag(RiskFlag::KillSwitch) || self.flag(RiskFlag::HaltNewOrders)
    }

    // The journal.

    /// A place to return to with [`State::undo_to`].
    pub(super) fn mark(&self) -> usize {
        self.journal.len()
    }

    /// Forgets how to undo.
    pub(super) fn settle(&mut self) {
        self.journal.clear();
    }

    /// Undoes everything since `mark`, last first.
    pub(super) fn undo_to(&mut self, mark: usize) {
        while self.journal.len() > mark {
            let Some(undo) = self.journal.pop() else { return };
            match undo {
                Undo::Created => {
                    let index = self.orders.len() as u32 - 1;
                    self.leave_live(index);
                    if let Some(order) = self.orders.pop() {
                        self.order_index.remove(&order.id);
                    }
                }
                Undo::Life(index, life) => {
                    let order = &mut self.orders[index as usize];
                    let ended = order.life.status.is_terminal();
                    order.life = life;
                    order.hashes = None;
                    if ended {
                        self.go_live(index);
                    }
                }
                Undo::OrderFee(index, currency, before) => {
                    let order = &mut self.orders[index as usize];
                    order.hashes = None;
                    match before {
                        None => order.fees.retain(|fee| fee.0 != currency),
                        Some(amount) => {
                            for fee in order.fees.iter_mut().filter(|fee| fee.0 == currency) {
                                fee.1 = amount;
                            }
                        }
                    }
                }
                Undo::VenueOrderId(index, before) => {
                    let order = &mut self.orders[index as usize];
                    order.venue_order_id = before;
                    order.hashes = None;
                }
                Undo::Account(currency, before) => {
                    self.currencies[currency as usize].account = before;
                }
                Undo::Position(instrument, before) => {
                    self.instruments[instrument as usize].position = before;
                }
                Undo::Fills(instrument, before) => {
                    self.instruments[instrument as usize].fills = before;
                }
                Undo::Mark(instrument, before) => {
                    self.instruments[instrument as usize].mark = before;
                }
                Undo::Flag(flag, before) => self.flags[flag as usize] = before,
                Undo::Halted(before) => self.halted = before,
                Undo::Cursor(stream, before) => self.streams[stream as usize].1 = before,
                Undo::AsOf(before) => self.as_of = before,
                Undo::Key(key) => self.keys.undo(&key),
            }
        }
    }

    // The list of live orders follows their status.

    fn place_among_live(&self, index: u32) -> Result<usize, usize> {
        let id = &self.orders[index as usize].id;
        self.live.binary_search_by(|&other| self.orders[other as usize].id.cmp(id))
    }

    pub(super) fn go_live(&mut self, index: u32) {
        if let Err(place) = self.place_among_live(index) {
            self.live.insert(place, index);
        }
    }

    fn leave_live(&mut self, index: u32) {
        if let Ok(place) = self.place_among_live(index) {
            self.live.remove(place);
        }
    }
}
