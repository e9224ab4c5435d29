//! Limits on what a strategy may place.

use super::{
    decimal::{Decimal, Money},
    effects::RiskEntry,
    names::{Decision, ErrorCode, RiskFlag, RiskRule, Side},
    state::{OVERFLOW, State, Stop},
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
        let sign = if place.side == Side::Buy { 1 } else { -1 };
        let mut entry = RiskEntry::ALLOW;
        let mut quantity = asked;
        if place.reduce_only || self.flag(RiskFlag::ReduceOnly) {
            if position.signum() * sign >= 0 {
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
        if let Some(rule) =
            self.check_size(quantity, place.limit_price, place.stop_price, Some(instrument))
        {
            return deny(rule, quantity);
        }
        if let Some(limit) = limits.max_position {
            let open = self.live.iter().map(|&order| &self.orders[order as usize]);
            let open = open.filter(|order| order.instrument == instrument);
            let open = open.filter(|order| order.side == place.side);
            let total = open.map(|order| order.life.remaining).chain([quantity]).sum_fixed();
            if beyond(position, sign, total, limit) {
                return deny(RiskRule::MaxPosition, quantity);
            }
        }
        Ok((entry, quantity))
    }

    /// The rules about one order's size, for placing and replacing.
    pub(super) fn check_size(
        &self,
        quantity: Decimal,
        limit_price: Option<Decimal>,
        stop_price: Option<Decimal>,
        instrument: Option<u32>,
    ) -> Option<RiskRule> {
        let limits = &self.config.risk;
        if limits.max_order_quantity.is_some_and(|limit| quantity > limit) {
            return Some(RiskRule::MaxOrderQuantity);
        }
        let limit = limits.max_order_notional?;
        let notional = match limit_price.or(stop_price) {
            Some(price) => quantity.times(price).ok_or(price.is_negative()),
            None => {
                let mark = instrument.and_then(|at| self.instruments[at as usize].mark);
                let Some(mark) = mark else { return Some(RiskRule::MaxOrderNotional) };
                quantity.times_held(mark)
            }
        };
        let exceeds = match notional {
            Ok(notional) => notional > limit,
            // Beyond every amount, on the side of its sign.
            Err(negative) => !negative,
        };
        exceeds.then_some(RiskRule::MaxOrderNotional)
    }
}

trait SumFixed {
    fn sum_fixed(self) -> i128;
}

impl<I: Iterator<Item = Decimal>> SumFixed for I {
    /// In units of 10⁻¹²; below 10³⁰ each, so that no real number of orders overflows.
    fn sum_fixed(self) -> i128 {
        self.map(Decimal::fixed).sum()
    }
}

/// Whether |position + sign · open| > limit, exactly.
fn beyond(position: Money, sign: i128, open: i128, limit: Decimal) -> bool {
    let position = position.units() / 10i128.pow(12);
    (position + sign * open).abs() > limit.fixed()
}
