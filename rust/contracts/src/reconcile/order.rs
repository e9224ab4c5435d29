//! One order here against the same order at the venue: what differs, and what would mend it.

use super::{
    input::{Core, OrderRecord, VenueOrder},
    mendable,
    report::{Action, Item, Kind},
    unmendable,
};
use crate::core::{Decimal, Money, OrderStatus, ReportKind, Severity, Side};
use crate::generated::Authority;

/// A fill that the core has not heard of.
#[derive(Clone, Copy, Debug)]
pub(super) struct MissingFill {
    pub(super) quantity: Decimal,
    pub(super) price: Decimal,
    /// What the order has left after it.
    pub(super) remaining: Decimal,
    /// What the quantity does to the position.
    pub(super) position: Money,
    /// What it does to cash.
    pub(super) cash: Money,
}

/// What came of comparing one order.
#[derive(Debug)]
pub(super) struct Compared<'a> {
    pub(super) order: &'a OrderRecord<'a>,
    pub(super) venue: Option<&'a VenueOrder<'a>>,
    pub(super) items: Vec<Item>,
    /// Whether the core must hear of the acceptance first.
    pub(super) accept: bool,
    pub(super) fill: Option<MissingFill>,
    /// How it ended, if the core must hear of that.
    pub(super) end: Option<ReportKind>,
    /// Whether money and positions may differ for a reason that is still on its way.
    pub(super) in_flight: bool,
    /// Whether money may differ for a reason that no event here explains.
    pub(super) unsettled: bool,
    /// Whether the venue did not list it, so that only a query can tell what became of it.
    pub(super) unlisted: bool,
}

/// The difference of an order; `young` if it changed here too shortly before the venue looked.
pub(super) fn compare<'a>(
    core: &Core<'_>,
    local: &'a OrderRecord<'a>,
    venue: Option<&'a VenueOrder<'a>>,
    young: bool,
    authority: Authority,
) -> Compared<'a> {
    let agreement = Compared {
        order: local,
        venue,
        items: Vec::new(),
        accept: false,
        fill: None,
        end: None,
        in_flight: false,
        unsettled: false,
        unlisted: false,
    };
    let Some(venue) = venue else { return unlisted(agreement, young) };
    let fill = missing_fill(core, local, venue);
    let mend = Mend::new(local, venue, fill);
    let items = differences(local, venue, fill.is_some(), mend.status, authority);
    if items.is_empty() {
        return agreement;
    }
    if young {
        let items = items.into_iter().map(Item::waiting).collect();
        return Compared { items, in_flight: true, ..agreement };
    }
    let repairs = authority != Authority::Local;
    let unsettled = local.filled != venue.filled && (fill.is_none() || !repairs);
    if !repairs {
        return Compared { items, unsettled, ..agreement };
    }
    Compared { items, unsettled, fill, accept: mend.accept, end: mend.end, ..agreement }
}

fn differences(
    local: &OrderRecord<'_>,
    venue: &VenueOrder<'_>,
    fillable: bool,
    mended: OrderStatus,
    authority: Authority,
) -> Vec<Item> {
    let item = |kind, local: String, venue: String, severity, action| Item {
        action,
        key: String::new(),
        kind,
        local: Some(local),
        severity,
        venue: Some(venue),
    };
    let mut items = Vec::new();
    if local.status != venue.status {
        let mends = mended == venue.status;
        let contradicts = !mends && venue.status.is_terminal();
        items.push(item(
            Kind::Status,
            local.status.as_str().to_owned(),
            venue.status.as_str().to_owned(),
            if contradicts { Severity::Error } else { Severity::Warn },
            match (mends, contradicts) {
                (true, _) => mendable(authority),
                (false, true) => unmendable(authority),
                (false, false) => Action::Observe,
            },
        ));
    }
    if local.filled != venue.filled {
        items.push(item(
            Kind::Filled,
            local.filled.to_string(),
            venue.filled.to_string(),
            Severity::Error,
            if fillable { mendable(authority) } else { unmendable(authority) },
        ));
    }
    for item in &mut items {
        item.key = local.order_id.to_string();
    }
    items
}

fn unlisted(agreement: Compared<'_>, young: bool) -> Compared<'_> {
    let local = agreement.order;
    if local.status.is_terminal() {
        return agreement;
    }
    let item = Item {
        // Absence does not say whether it was filled: the venue is asked for the order first.
        action: Action::Observe,
        key: local.order_id.to_string(),
        kind: Kind::OrderMissingVenue,
        local: Some(local.status.as_str().to_owned()),
        severity: Severity::Error,
        venue: None,
    };
    let items = vec![if young { item.waiting() } else { item }];
    Compared { items, in_flight: young, unsettled: !young, unlisted: true, ..agreement }
}

/// The fill that would bring the core to the venue's filled quantity, if the core would take it.
fn missing_fill(
    core: &Core<'_>,
    local: &OrderRecord<'_>,
    venue: &VenueOrder<'_>,
) -> Option<MissingFill> {
    if local.status.is_terminal() || local.status == OrderStatus::Created {
        return None;
    }
    let quantity = venue.filled.checked_sub(local.filled)?;
    if !quantity.is_positive() || quantity > local.remaining {
        return None;
    }
    let price = likely_price(core, local, venue).filter(|price| price.is_positive())?;
    let sell = local.side == Side::Sell;
    let amount = quantity.times(price)?;
    let remaining = local.remaining.checked_sub(quantity)?;
    Some(MissingFill {
        quantity,
        price,
        remaining,
        position: quantity.signed(sell).to_money()?,
        cash: if sell { amount } else { amount.neg() },
    })
}

/// Limit price, else the last price in the market, where a price can have that form.
fn likely_price(
    core: &Core<'_>,
    local: &OrderRecord<'_>,
    venue: &VenueOrder<'_>,
) -> Option<Decimal> {
    venue.limit_price.or(local.limit_price).or_else(|| {
        let mark = core.marks.iter().find(|mark| mark.instrument == local.instrument)?;
        mark.price.to_decimal()
    })
}

/// What reports would follow the venue, and where they lead.
struct Mend {
    accept: bool,
    end: Option<ReportKind>,
    /// Where the order would stand.
    status: OrderStatus,
}

impl Mend {
    fn new(local: &OrderRecord<'_>, venue: &VenueOrder<'_>, fill: Option<MissingFill>) -> Self {
        use OrderStatus::{
            Accepted, CancelPending, Cancelled, Created, Expired, Filled, PartiallyFilled,
            Rejected, Submitted,
        };
        if local.status.is_terminal() || local.status == Created {
            return Self { accept: false, end: None, status: local.status };
        }
        let waits = local.status == Submitted || local.resume_status == Some(Submitted);
        let (accept, filled, status) = match fill {
            Some(_) if venue.filled == local.quantity => (waits, venue.filled, Filled),
            Some(_) if local.status == CancelPending => (waits, venue.filled, CancelPending),
            Some(_) => (waits, venue.filled, PartiallyFilled),
            None if local.status == Submitted && venue.status == Accepted => {
                (true, local.filled, Accepted)
            }
            None => (false, local.filled, local.status),
        };
        let end = match venue.status {
            _ if status.is_terminal() || filled != venue.filled => None,
            Cancelled => Some(ReportKind::Cancelled),
            Expired => Some(ReportKind::Expired),
            Rejected if filled.is_zero() => Some(ReportKind::Rejected),
            _ => None,
        };
        Self { accept, end, status: if end.is_some() { venue.status } else { status } }
    }
}
