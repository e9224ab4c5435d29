//! Ordinary events that bring a core to what a venue says, so that repairs replay like everything else.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::{
    account::Adjustment,
    input::{Core, VenueOrder, VenueSnapshot},
    order::Compared,
    report::{Action, Item},
};
use crate::core::{
    Attribution, Command, Control, Event, EventBody, Fill, Liquidity, Producer, ReasonCode, Report,
    ReportKind, Text,
};

const REASON: &str = "reconciliation";

/// An id of 32 hex digits behind a word, from the parts that make its bearer unique.
fn derived_id(word: &str, parts: &[&str]) -> Text<'static> {
    let mut text = word.to_owned();
    for part in parts {
        text.push('|');
        text.push_str(part);
    }
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Text(Cow::Owned(format!("{word}-{hex}")))
}

/// Events of one comparison.
struct Maker<'a> {
    core: &'a Core<'a>,
    venue: &'a VenueSnapshot<'a>,
    as_of: String,
}

impl<'a> Maker<'a> {
    fn id(&self, word: &str, parts: &[&str]) -> Text<'static> {
        let head = [&*self.core.run_id, &*self.venue.venue, &self.as_of];
        derived_id(word, &[&head, parts].concat())
    }

    fn event(
        &self,
        parts: &[&str],
        instrument: Option<&Text<'a>>,
        body: EventBody<'a>,
    ) -> Event<'a> {
        Event {
            attribution: Attribution {
                broker_id: None,
                execution_id: None,
                route_id: None,
                snapshot_id: None,
                strategy_id: None,
            },
            event_id: self.id("reconcile", parts),
            event_time: Some(self.venue.as_of),
            idempotency_key: None,
            ingest_time: None,
            instrument: instrument.cloned(),
            producer: Producer { index: 0, name: REASON.into() },
            schema: "engine_event/1.0".into(),
            seq_id: None,
            source: body.kind().source(),
            body,
            synthetic: true,
            trace: None,
            venue: Some(self.venue.venue.clone()),
        }
    }

    fn halt(&self) -> Event<'a> {
        let control = control(Command::Halt, self.id("halt", &[]));
        self.event(&["halt"], None, EventBody::Control(control))
    }

    fn adjustment(&self, adjustment: &Adjustment) -> Event<'a> {
        let Adjustment { currency, amount } = adjustment;
        let id = self.id("account_adjustment", &[currency, &amount.to_string()]);
        let control = Control {
            amount: Some(*amount),
            currency: Some(Text::from(currency.clone())),
            ..control(Command::AccountAdjustment, id)
        };
        self.event(&["cash", currency], None, EventBody::Control(control))
    }

    fn report(
        &self,
        order: &Compared<'a>,
        there: &VenueOrder<'a>,
        report: ReportKind,
    ) -> Event<'a> {
        let id = &order.order.order_id;
        let kind = report.as_str();
        let body = Report {
            cum_filled: None,
            limit_price: None,
            order_id: id.clone(),
            quantity: None,
            reason: Some(REASON.into()),
            reason_code: (report == ReportKind::Rejected).then_some(ReasonCode::Other),
            report,
            report_id: Some(derived_id("report", &[id, kind, &there.filled.to_string()])),
            status: None,
            venue_order_id: Some(there.venue_order_id.clone()),
        };
        self.event(&[id, kind], Some(&order.order.instrument), EventBody::Report(body))
    }

    fn fill(&self, order: &Compared<'a>, there: &VenueOrder<'a>) -> Option<Event<'a>> {
        let fill = order.fill?;
        let id = &order.order.order_id;
        let body = Fill {
            cum_filled: Some(there.filled),
            fee: None,
            fill_id: derived_id("fill", &[id, &there.filled.to_string()]),
            liquidity: Liquidity::Unknown,
            order_id: id.clone(),
            price: fill.price,
            quantity: fill.quantity,
            remaining: Some(fill.remaining),
            venue_order_id: Some(there.venue_order_id.clone()),
        };
        Some(self.event(&[id, "fill"], Some(&order.order.instrument), EventBody::Fill(body)))
    }
}

fn control(command: Command, command_id: Text<'static>) -> Control<'static> {
    Control {
        amount: None,
        command,
        command_id,
        currency: None,
        flag: None,
        instrument: None,
        reason: Some(REASON.into()),
        value: None,
    }
}

/// The events: a halt first, then what happened to each order, then cash.
///
/// What an id is derived from says when an event is the same: a fill by the quantity it leads to, so
/// that the same missing fill is never applied twice.
pub(super) fn events<'a>(
    core: &'a Core<'a>,
    venue: &'a VenueSnapshot<'a>,
    orders: &[Compared<'a>],
    adjustments: &[Adjustment],
    items: &[Item],
) -> Vec<Event<'a>> {
    let maker = Maker { core, venue, as_of: venue.as_of.0.to_string() };
    let mut events = Vec::new();
    if items.iter().any(|item| item.action == Action::Halt) {
        events.push(maker.halt());
    }
    for order in orders {
        let Some(there) = order.venue else { continue };
        if order.accept {
            events.push(maker.report(order, there, ReportKind::Accepted));
        }
        events.extend(maker.fill(order, there));
        if let Some(end) = order.end {
            events.push(maker.report(order, there, end));
        }
    }
    events.extend(adjustments.iter().map(|adjustment| maker.adjustment(adjustment)));
    events
}
