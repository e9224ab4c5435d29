//! What venues say of orders: reports and fills.

use super::{
    effects::Verdict,
    names::{Cause, EarlyFill, ErrorCode, OrderStatus, ReportKind, Severity},
    state::{OVERFLOW, PendingReplace, State, Stop},
    wire::{Fill, Report},
};

const STALE: Stop = Stop::Ignored(ErrorCode::StaleReport);
const ILLEGAL: Stop = Stop::Rejected(ErrorCode::IllegalTransition);

impl State {
    /// Applies a report.
    pub(super) fn report(&mut self, report: &Report<'_>, at: i64) -> Result<Verdict, Stop> {
        use OrderStatus::{
            Accepted, CancelPending, Cancelled, Created, Expired, PartiallyFilled, Rejected,
            Submitted,
        };
        let order =
            self.find_order(&report.order_id).ok_or(Stop::Rejected(ErrorCode::UnknownOrder))?;
        let life = self.orders[order as usize].life;
        let status = life.status;
        let ended = status.is_terminal();
        let reason = report.reason_code;
        match report.report {
            ReportKind::Status => {
                self.compare(order, report);
                return Ok(Verdict::APPLIED);
            }
            ReportKind::Accepted => match status {
                Created => return Err(ILLEGAL),
                Submitted => self.transit(order, Accepted, Cause::Accept, reason, at, |_| {})?,
                CancelPending if life.resume == Some(Submitted) => {
                    self.transit(order, status, Cause::Accept, reason, at, |life| {
                        life.resume = Some(Accepted);
                    })?;
                }
                _ => return Err(STALE),
            },
            ReportKind::Rejected => match status {
                Submitted | Accepted => {
                    self.transit(order, Rejected, Cause::Reject, reason, at, |_| {})?;
                }
                CancelPending if life.filled.is_zero() => {
                    self.transit(order, Rejected, Cause::Reject, reason, at, |_| {})?;
                }
                Rejected => return Err(STALE),
                _ => return Err(ILLEGAL),
            },
            ReportKind::Cancelled | ReportKind::Expired => {
                let (to, cause) = if report.report == ReportKind::Cancelled {
                    (Cancelled, Cause::Cancel)
                } else {
                    (Expired, Cause::Expire)
                };
                if status == to {
                    return Err(STALE);
                }
                if status == Created || ended {
                    return Err(ILLEGAL);
                }
                self.transit(order, to, cause, reason, at, |_| {})?;
            }
            ReportKind::CancelRejected => {
                let Some(resume) = life.resume.filter(|_| status == CancelPending) else {
                    return Err(STALE);
                };
                self.transit(order, resume, Cause::CancelReject, reason, at, |_| {})?;
            }
            ReportKind::Replaced => {
                if ended {
                    return Err(STALE);
                }
                if !matches!(status, Accepted | PartiallyFilled | CancelPending) {
                    return Err(ILLEGAL);
                }
                self.replaced(order, report, at)?;
            }
            ReportKind::ReplaceRejected => {
                let open = matches!(status, Accepted | PartiallyFilled | CancelPending);
                if !open || life.pending.is_none() {
                    return Err(STALE);
                }
                self.transit(order, status, Cause::ReplaceReject, reason, at, |life| {
                    life.pending = None;
                })?;
            }
        }
        self.set_venue_order_id(order, report.venue_order_id.as_ref());
        Ok(Verdict::APPLIED)
    }

    fn replaced(&mut self, order: u32, report: &Report<'_>, at: i64) -> Result<(), Stop> {
        let life = self.orders[order as usize].life;
        let pending = life.pending.unwrap_or(PendingReplace {
            quantity: None,
            limit_price: None,
            stop_price: None,
        });
        let quantity = report.quantity.or(pending.quantity).unwrap_or(life.quantity);
        if quantity <= life.filled {
            return Err(Stop::Rejected(ErrorCode::ReplaceBelowFilled));
        }
        let remaining = quantity.checked_sub(life.filled).ok_or(OVERFLOW)?;
        self.transit(order, life.status, Cause::Replace, report.reason_code, at, |life| {
            life.quantity = quantity;
            life.remaining = remaining;
            life.limit_price = report.limit_price.or(pending.limit_price).or(life.limit_price);
            life.stop_price = pending.stop_price.or(life.stop_price);
            life.pending = None;
        })
    }

    fn compare(&mut self, order: u32, report: &Report<'_>) {
        let life = &self.orders[order as usize].life;
        let filled = report.cum_filled.is_some_and(|filled| filled != life.filled);
        let other = report.status.is_some_and(|status| status != life.status)
            || report.quantity.is_some_and(|quantity| quantity != life.quantity)
            || report.limit_price.is_some_and(|price| Some(price) != life.limit_price);
        if filled {
            self.effects.diagnose(ErrorCode::CumFilledMismatch, Severity::Warn);
        }
        if other {
            self.effects.diagnose(ErrorCode::ReconcileMismatch, Severity::Warn);
        }
    }

    /// Applies a fill.
    pub(super) fn fill(&mut self, fill: &Fill<'_>, at: i64) -> Result<Verdict, Stop> {
        use OrderStatus::{Accepted, CancelPending, Created, Filled, PartiallyFilled, Submitted};
        let rejected = |code| Err(Stop::Rejected(code));
        let Some(order) = self.find_order(&fill.order_id) else {
            return rejected(ErrorCode::UnknownOrder);
        };
        let life = self.orders[order as usize].life;
        if life.status.is_terminal() {
            return rejected(ErrorCode::FillAfterTerminal);
        }
        let early = life.status == Submitted
            || life.status == CancelPending && life.resume == Some(Submitted);
        let implied = early && self.policy.early_fill == EarlyFill::Imply;
        if life.status == Created || early && !implied {
            return rejected(ErrorCode::FillBeforeAccept);
        }
        if !fill.quantity.is_positive() {
            return rejected(ErrorCode::NonPositiveQuantity);
        }
        if fill.quantity > life.remaining {
            return rejected(ErrorCode::Overfill);
        }
        let filled = life.filled.checked_add(fill.quantity);
        let remaining = life.remaining.checked_sub(fill.quantity);
        // What is given is a decimal: it differs from a sum that is none.
        if fill.cum_filled.is_some_and(|given| Some(given) != filled)
            || fill.remaining.is_some_and(|given| Some(given) != remaining)
        {
            return rejected(ErrorCode::CumFilledMismatch);
        }
        let (filled, remaining) = (filled.ok_or(OVERFLOW)?, remaining.ok_or(OVERFLOW)?);
        let value = fill.price.times(fill.quantity).ok_or(OVERFLOW)?;
        let notional = life.notional.checked_add(value).ok_or(OVERFLOW)?;
        let average = notional.per(filled).ok_or(OVERFLOW)?;

        let pending = life.status == CancelPending;
        if implied {
            let to = if pending { CancelPending } else { Accepted };
            self.transit(order, to, Cause::Accept, None, at, |life| {
                life.resume = Some(Accepted);
            })?;
            self.effects.diagnose(ErrorCode::ImpliedAccept, Severity::Warn);
        }
        let to = match (remaining.is_zero(), pending) {
            (true, _) => Filled,
            (false, true) => CancelPending,
            (false, false) => PartiallyFilled,
        };
        self.transit(order, to, Cause::Fill, None, at, |life| {
            life.filled = filled;
            life.remaining = remaining;
            life.notional = notional;
            life.avg_fill_price = Some(average);
            life.resume = Some(PartiallyFilled);
        })?;
        self.set_venue_order_id(order, fill.venue_order_id.as_ref());
        let fee = fill.fee.as_ref().map(|fee| (self.currency(&fee.currency), fee.amount));
        self.book(order, fill.price, fill.quantity, fee)?;
        Ok(Verdict::APPLIED)
    }
}
