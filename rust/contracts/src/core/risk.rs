//! Limits on what a strategy may place.

use super::{
    decimal::{Decimal, Money},
    effects::RiskEntry,
    names::{Decision, ErrorCode, RiskFlag, RiskRule, Side},
    state::{Life, OVERFLOW, Order, State, Stop},
    wire::PlaceOrder,
};

impl RiskEntry {
    pub(super) const ALLOW: Self = Self { decision: Decision::Allow, rule: None, code: None };

    pub(super) const fn deny(rule: RiskRule) -> Self {
        let code = match rule {
            RiskRule::Capability => ErrorCode::CapabilityUnsupported,
            RiskRule::Halted => ErrorCode::Halted,
            _ => ErrorCode::RiskDenied,
        };
        Self { decision: Decision::Deny, rule: Some(rule), code: Some(code) }
    }
}

impl State {
    /// What risk says of an order, and the quantity that it leaves.
    pub(super) fn check_place(
        &self,
        place: &PlaceOrder<'_>,
        instrument: u32,
    ) -> Result<(RiskEntry, Decimal), Stop> {
        let asked = place.quantity;
        let deny = |rule, quantity| Ok((RiskEntry::deny(rule), quantity));
        if let Some(can) = &self.config.capabilities
            && !(can.order_types.contains(&place.order_type)
                && can.time_in_force.contains(&place.time_in_force))
        {
            return deny(RiskRule::Capability, asked);
        }
        if self.no_placing() {
            return deny(RiskRule::Halted, asked);
        }
        let position = self.instruments[instrument as usize].position.quantity;
        let mut entry = RiskEntry::ALLOW;
        let mut quantity = asked;
        if place.reduce_only || self.flag(RiskFlag::ReduceOnly) {
            if position.signum() * sign(place.side) >= 0 {
                return deny(RiskRule::ReduceOnly, asked);
            }
            // A quantity beyond the range of amounts is larger than any position.
            if asked.to_money().is_none_or(|asked| asked > position.abs()) {
                quantity = position.abs().to_decimal().ok_or(OVERFLOW)?;
                entry = RiskEntry {
                    decision: Decision::Modify,
                    rule: Some(RiskRule::ReduceOnly),
                    code: None,
                };
            }
        }
        let limits = &self.config.risk;
        if limits.max_open_orders.is_some_and(|limit| self.live.len() as u64 >= limit) {
            return deny(RiskRule::MaxOpenOrders, quantity);
        }
        let price = place.limit_price.or(place.stop_price);
        if let Some(rule) = self.check_size(quantity, price, instrument, place.side) {
            return deny(rule, quantity);
        }
        if self.exceeds_position(instrument, place.side, quantity.fixed(), None) {
            return deny(RiskRule::MaxPosition, quantity);
        }
        Ok((entry, quantity))
    }

    /// What risk says of new values of an order: the rule that denies them.
    pub(super) fn check_replace(
        &self,
        order: u32,
        quantity: Decimal,
        price: Option<Decimal>,
    ) -> Option<RiskRule> {
        let Order { instrument, side, life, .. } = self.orders[order as usize];
        if self.config.capabilities.as_ref().is_some_and(|can| !can.replace) {
            return Some(RiskRule::Capability);
        }
        let raises = quantity > life.quantity;
        if raises && self.no_placing() {
            return Some(RiskRule::Halted);
        }
        let open = quantity.fixed() - life.filled.fixed();
        if raises && self.flag(RiskFlag::ReduceOnly) {
            let held = fixed(self.instruments[instrument as usize].position.quantity);
            if -sign(side) * held < open {
                return Some(RiskRule::ReduceOnly);
            }
        }
        self.check_size(quantity, price, instrument, side).or_else(|| {
            let exceeds = raises && self.exceeds_position(instrument, side, open, Some(order));
            exceeds.then_some(RiskRule::MaxPosition)
        })
    }

    /// The rules about one order's size, for placing and replacing.
    fn check_size(
        &self,
        quantity: Decimal,
        price: Option<Decimal>,
        instrument: u32,
        side: Side,
    ) -> Option<RiskRule> {
        let limits = &self.config.risk;
        if limits.max_order_quantity.is_some_and(|limit| quantity > limit) {
            return Some(RiskRule::MaxOrderQuantity);
        }
        let limit = limits.max_order_notional?;
        // Without its sign: a price below 0 is a worth as well. What is no amount is beyond all.
        let exceeds = |worth: Option<Money>| worth.is_none_or(|worth| worth.abs() > limit);
        let mark = self.instruments[instrument as usize].mark;
        let by_mark = match (price, side, mark) {
            // What is bought costs its price at most.
            (Some(_), Side::Buy, _) | (Some(_), Side::Sell, None) => false,
            (_, _, Some(mark)) => exceeds(quantity.times_held(mark.abs())),
            (None, _, None) => true,
        };
        let by_price = price.is_some_and(|price| exceeds(quantity.times(price)));
        (by_mark || by_price).then_some(RiskRule::MaxOrderNotional)
    }

    /// Whether the position could pass its limit, with `open` more of a side in place of what is open
    /// of the order `instead`. In units of 10⁻¹², below 10³⁰ each, so that no real number of orders
    /// overflows.
    fn exceeds_position(
        &self,
        instrument: u32,
        side: Side,
        open: i128,
        instead: Option<u32>,
    ) -> bool {
        let Some(limit) = self.config.risk.max_position else { return false };
        let others = self.live.iter().filter(|&&order| Some(order) != instead);
        let others = others.map(|&order| &self.orders[order as usize]);
        let others = others.filter(|order| order.instrument == instrument && order.side == side);
        let open = open + others.map(|order| order.life.open()).sum::<i128>();
        let held = fixed(self.instruments[instrument as usize].position.quantity);
        (held + sign(side) * open).abs() > limit.fixed()
    }
}

impl Life {
    /// What may be filled yet, with the larger quantity that a replace asked for.
    fn open(&self) -> i128 {
        let quantity = self.pending.and_then(|pending| pending.quantity);
        let asked = quantity.map_or(0, |quantity| quantity.fixed() - self.filled.fixed());
        self.remaining.fixed().max(asked)
    }
}

const fn sign(side: Side) -> i128 {
    match side {
        Side::Buy => 1,
        Side::Sell => -1,
    }
}

/// A holding in units of 10⁻¹²: it has no more places.
fn fixed(quantity: Money) -> i128 {
    quantity.units() / 10i128.pow(12)
}
