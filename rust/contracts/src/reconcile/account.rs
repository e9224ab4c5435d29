//! Cash and positions here against those at the venue, given what is known of the orders.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    input::{Core, VenueSnapshot},
    mendable,
    order::Compared,
    report::{Action, Item, Kind},
    unmendable,
};
use crate::core::{Money, Severity, quote_currency};
use crate::generated::Authority;

/// Cash that an adjustment must add.
#[derive(Debug)]
pub(super) struct Adjustment {
    pub(super) currency: String,
    pub(super) amount: Money,
}

/// A key on either side whose amounts differ.
struct Pair<'a> {
    key: &'a str,
    local: Option<Money>,
    venue: Option<Money>,
}

/// Sorted by key; nothing there is as much as zero.
fn pairs<'a>(
    local: impl Iterator<Item = (&'a str, Money)>,
    venue: impl Iterator<Item = (&'a str, Money)>,
) -> Vec<Pair<'a>> {
    let local: BTreeMap<_, _> = local.collect();
    let venue: BTreeMap<_, _> = venue.collect();
    let keys: BTreeSet<&str> = local.keys().chain(venue.keys()).copied().collect();
    keys.into_iter()
        .map(|key| Pair { key, local: local.get(key).copied(), venue: venue.get(key).copied() })
        .filter(|pair| pair.local.unwrap_or_default() != pair.venue.unwrap_or_default())
        .collect()
}

impl Pair<'_> {
    fn item(&self, kind: Kind, severity: Severity, action: Action) -> Item {
        Item {
            action,
            key: self.key.to_owned(),
            kind,
            local: self.local.map(|amount| amount.to_string()),
            severity,
            venue: self.venue.map(|amount| amount.to_string()),
        }
    }
}

/// The differences in cash; what the missing fills explain needs no adjustment.
pub(super) fn compare_balances(
    core: &Core<'_>,
    venue: &VenueSnapshot<'_>,
    orders: &[Compared<'_>],
    authority: Authority,
) -> (Vec<Item>, Vec<Adjustment>) {
    let in_flight = orders.iter().any(|order| order.in_flight);
    let unsettled = orders.iter().any(|order| order.unsettled);
    let mut items = Vec::new();
    let mut adjustments = Vec::new();
    let local = core.cash.iter().map(|cash| (&*cash.currency, cash.amount));
    let there = venue.balances.iter().map(|cash| (&*cash.currency, cash.amount));
    for pair in pairs(local, there) {
        let missing = orders
            .iter()
            .filter(|order| quote_currency(&order.order.instrument) == Some(pair.key))
            .filter_map(|order| order.fill)
            .try_fold(pair.local.unwrap_or_default(), |cash, fill| cash.checked_add(fill.cash))
            .and_then(|expected| pair.venue.unwrap_or_default().checked_sub(expected));
        let adjusts = authority == Authority::Venue && !unsettled && missing.is_some();
        let explained = missing.is_some_and(Money::is_zero);
        let action = if adjusts || explained { mendable(authority) } else { Action::Observe };
        let item = pair.item(Kind::Balance, Severity::Error, action);
        items.push(if in_flight { item.waiting() } else { item });
        if let Some(amount) = missing
            && adjusts
            && !in_flight
            && !explained
        {
            adjustments.push(Adjustment { currency: pair.key.to_owned(), amount });
        }
    }
    (items, adjustments)
}

/// The differences in positions. Fills move positions, and nothing else does.
pub(super) fn compare_positions(
    core: &Core<'_>,
    venue: &VenueSnapshot<'_>,
    orders: &[Compared<'_>],
    authority: Authority,
) -> Vec<Item> {
    let local = core.positions.iter().map(|position| (&*position.instrument, position.quantity));
    let there = venue.positions.iter().map(|position| (&*position.instrument, position.quantity));
    pairs(local, there)
        .into_iter()
        .map(|pair| {
            let own = || orders.iter().filter(|order| &*order.order.instrument == pair.key);
            let here = pair.local.unwrap_or_default();
            let expected = own()
                .filter_map(|order| order.fill)
                .try_fold(here, |position, fill| position.checked_add(fill.position));
            let explained = expected == Some(pair.venue.unwrap_or_default());
            let unlisted = own().any(|order| order.unlisted);
            let unknown = here.is_zero() && !explained && !unlisted;
            let action = match (explained, unlisted) {
                (true, _) => mendable(authority),
                (false, true) => Action::Observe,
                (false, false) => unmendable(authority),
            };
            let fatal = unknown && authority == Authority::Venue;
            let severity = if fatal { Severity::Fatal } else { Severity::Error };
            let item = pair.item(Kind::Position, severity, action);
            if own().any(|order| order.in_flight) { item.waiting() } else { item }
        })
        .collect()
}
