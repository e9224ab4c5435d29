//! What strategies want: placing, cancelling and replacing orders.

use super::{
    decimal::{Decimal, Money},
    effects::{RiskEntry, Verdict},
    names::{Cause, Decision, ErrorCode, OrderStatus},
    state::{Life, Order, PendingReplace, State, Stop},
    wire::{Attribution, IntentBody, PlaceOrder, ReplaceOrder, Text},
};

/// What the core knows of an intent beside its body.
pub(super) struct IntentContext<'a> {
    pub(super) attribution: &'a Attribution<'a>,
    pub(super) at: i64,
    /// Gives the trace that a placed order belongs to.
    pub(super) trace_id: &'a dyn Fn() -> Box<str>,
}

impl State {
    /// Applies an intent.
    pub(super) fn intent(
        &mut self,
        body: &IntentBody<'_>,
        context: &IntentContext<'_>,
    ) -> Result<Verdict, Stop> {
        match body {
            IntentBody::PlaceOrder(place) => self.place(place, context),
            IntentBody::CancelOrder(cancel) => {
                let order = self.known(&cancel.order_id)?;
                self.cancel(order, context.at).map(|()| Verdict::APPLIED)
            }
            IntentBody::ReplaceOrder(replace) => self.replace(replace, context.at),
            IntentBody::SetRiskFlag(set) => {
                self.set_flag(set.flag, set.value);
                Ok(Verdict::APPLIED)
            }
            IntentBody::NoOp(_) => Ok(Verdict::APPLIED),
        }
    }

    fn known(&self, order_id: &str) -> Result<u32, Stop> {
        self.find_order(order_id).ok_or(Stop::Rejected(ErrorCode::UnknownOrder))
    }

    fn place(
        &mut self,
        place: &PlaceOrder<'_>,
        context: &IntentContext<'_>,
    ) -> Result<Verdict, Stop> {
        if self.find_order(&place.order_id).is_some() {
            return Err(Stop::Rejected(ErrorCode::DuplicateOrderId));
        }
        if !place.quantity.is_positive() {
            return Err(Stop::Rejected(ErrorCode::NonPositiveQuantity));
        }
        let instrument = self.instrument(&place.instrument);
        let (risk, quantity) = self.check_place(place, instrument)?;
        self.effects.risk = Some(risk);
        let order = Order {
            id: (&*place.order_id).into(),
            instrument,
            side: place.side,
            order_type: place.order_type,
            time_in_force: place.time_in_force,
            attribution: context.attribution.to_static(),
            trace_id: (context.trace_id)(),
            venue_order_id: None,
            fees: Vec::new(),
            life: Life {
                status: OrderStatus::Created,
                resume: None,
                quantity,
                limit_price: place.limit_price,
                stop_price: place.stop_price,
                filled: Decimal::ZERO,
                remaining: quantity,
                notional: Money::ZERO,
                avg_fill_price: None,
                pending: None,
                last_seq: self.seq,
                transitions: 1,
            },
            hashes: None,
        };
        let order = self.create(order, context.at);
        let at = context.at;
        if risk.decision == Decision::Deny {
            self.transit(order, OrderStatus::Rejected, Cause::RiskReject, None, at, |_| {})?;
            return Ok(Verdict::rejected(risk.code.unwrap_or(ErrorCode::RiskDenied)));
        }
        self.transit(order, OrderStatus::Submitted, Cause::Send, None, at, |_| {})?;
        Ok(Verdict::APPLIED)
    }

    /// Asks for the cancel of an order.
    pub(super) fn cancel(&mut self, order: u32, at: i64) -> Result<(), Stop> {
        let status = self.orders[order as usize].life.status;
        if status.is_terminal() {
            return Err(Stop::Rejected(ErrorCode::OrderTerminal));
        }
        match status {
            OrderStatus::CancelPending => Err(Stop::Ignored(ErrorCode::CancelAlreadyPending)),
            OrderStatus::Created => {
                self.transit(order, OrderStatus::Cancelled, Cause::CancelRequest, None, at, |_| {})
            }
            _ => self.transit(
                order,
                OrderStatus::CancelPending,
                Cause::CancelRequest,
                None,
                at,
                |life| life.resume = Some(status),
            ),
        }
    }

    fn replace(&mut self, replace: &ReplaceOrder<'_>, at: i64) -> Result<Verdict, Stop> {
        let rejected = |code| Err(Stop::Rejected(code));
        let order = self.known(&replace.order_id)?;
        let Order { order_type, life, .. } = self.orders[order as usize];
        if life.status.is_terminal() {
            return rejected(ErrorCode::OrderTerminal);
        }
        if !matches!(life.status, OrderStatus::Accepted | OrderStatus::PartiallyFilled) {
            return rejected(ErrorCode::IllegalTransition);
        }
        if life.pending.is_some() {
            return rejected(ErrorCode::ReplacePending);
        }
        if replace.limit_price.is_some() && !order_type.has_limit()
            || replace.stop_price.is_some() && !order_type.has_stop()
        {
            return rejected(ErrorCode::SemanticInvalid);
        }
        if replace.quantity.is_some_and(|quantity| quantity <= life.filled) {
            return rejected(ErrorCode::ReplaceBelowFilled);
        }
        let quantity = replace.quantity.unwrap_or(life.quantity);
        let limit_price = replace.limit_price.or(life.limit_price);
        let price = limit_price.or(replace.stop_price).or(life.stop_price);
        if let Some(rule) = self.check_replace(order, quantity, price) {
            let entry = RiskEntry::deny(rule);
            self.effects.risk = Some(entry);
            return rejected(entry.code.unwrap_or(ErrorCode::RiskDenied));
        }
        self.effects.risk = Some(RiskEntry::ALLOW);
        self.transit(order, life.status, Cause::ReplaceRequest, None, at, |life| {
            life.pending = Some(PendingReplace {
                quantity: replace.quantity,
                limit_price: replace.limit_price,
                stop_price: replace.stop_price,
            });
        })?;
        Ok(Verdict::APPLIED)
    }
}

impl Attribution<'_> {
    /// The same, owned.
    #[must_use]
    pub fn to_static(&self) -> Attribution<'static> {
        let own = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.to_string().into());
        Attribution {
            broker_id: own(&self.broker_id),
            execution_id: own(&self.execution_id),
            route_id: own(&self.route_id),
            snapshot_id: own(&self.snapshot_id),
            strategy_id: own(&self.strategy_id),
        }
    }
}
