//! What a venue says against what the core believes: a report of the differences, and the events that
//! mend them.
//!
//! Pure: the same input gives the same bytes, here and in TypeScript.

mod account;
mod input;
mod order;
mod repairs;
mod report;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use self::{
    input::{Input, OrderRecord, VenueOrder},
    order::Compared,
    report::{Action, Item, Kind, Report},
};
use crate::{
    core::{Event, Severity},
    generated::Authority,
    json,
};

pub use self::input::ReconcileError;

/// Report and repairs, members in canonical order.
#[derive(Debug, Serialize)]
struct Reconciliation<'a> {
    repairs: Vec<Event<'a>>,
    report: Report,
}

/// What is done about a difference that an event can mend, by who is right.
const fn mendable(authority: Authority) -> Action {
    match authority {
        Authority::Local => Action::Observe,
        Authority::LocalFirst | Authority::Venue => Action::Repair,
    }
}

/// What is done about a difference that no event can mend, by who is right.
const fn unmendable(authority: Authority) -> Action {
    match authority {
        Authority::Venue => Action::Halt,
        Authority::Local | Authority::LocalFirst => Action::Observe,
    }
}

/// Compares and answers in canonical JSON: `{"repairs":[…],"report":{…}}`.
///
/// The input is `{"changed":[{"at":…,"order_id":…}],"core":…,"grace_ns":…,"venue":…}`: when orders last
/// changed here, a core snapshot, how long news may be on its way, and a venue snapshot.
///
/// # Errors
///
/// [`ReconcileError`] if the input is not that.
pub fn reconcile(input: &[u8]) -> Result<Vec<u8>, ReconcileError> {
    let document = json::parse(input)?;
    let input = Input::read(&document)?;
    // Members are declared in canonical order, and their values are texts and numbers in that form.
    Ok(serde_json::to_vec(&compare(&input))?)
}

fn compare<'a>(input: &'a Input<'a>) -> Reconciliation<'a> {
    let Input { core, venue, .. } = input;
    let authority = input.authority();
    let matched = Matched::new(&core.orders, &venue.orders);
    let orders: Vec<Compared<'_>> = core
        .orders
        .iter()
        .map(|order| {
            let there = matched.ours.get(&*order.order_id).copied();
            order::compare(core, order, there, input.is_young(order), authority)
        })
        .collect();
    let mut items: Vec<Item> =
        matched.unknown.iter().map(|order| matched.unknown_order(order, core, authority)).collect();
    items.extend(orders.iter().flat_map(|order| order.items.iter().cloned()));
    let (balances, adjustments) = account::compare_balances(core, venue, &orders, authority);
    items.extend(balances);
    items.extend(account::compare_positions(core, venue, &orders, authority));
    items.sort_by(|a, b| (a.kind, &a.key).cmp(&(b.kind, &b.key)));
    let repairs = repairs::events(core, venue, &orders, &adjustments, &items);
    let severity = items.iter().map(|item| item.severity).max_by_key(|severity| *severity as u8);
    let report = Report {
        items,
        schema: "reconciliation_report/1.0",
        severity: severity.unwrap_or(Severity::Info),
    };
    Reconciliation { repairs, report }
}

/// The orders in pairs: by our id and the venue's, by our id, then by the venue's alone.
struct Matched<'a> {
    ours: HashMap<&'a str, &'a VenueOrder<'a>>,
    unknown: Vec<&'a VenueOrder<'a>>,
}

impl<'a> Matched<'a> {
    fn new(local: &'a [OrderRecord<'a>], venue: &'a [VenueOrder<'a>]) -> Self {
        let by_id: HashMap<&str, &OrderRecord<'_>> =
            local.iter().map(|order| (&*order.order_id, order)).collect();
        let mut by_venue_id = BTreeMap::new();
        for order in local {
            if let Some(id) = &order.venue_order_id {
                by_venue_id.entry(&**id).or_insert(&*order.order_id);
            }
        }
        let mut unknown: Vec<&VenueOrder<'_>> = venue.iter().collect();
        unknown.sort_by(|a, b| (&*a.venue_order_id, a.id()).cmp(&(&*b.venue_order_id, b.id())));
        let mut ours = HashMap::new();
        let mut round = |pick: &dyn Fn(&'a VenueOrder<'a>) -> Option<&'a str>| {
            unknown.retain(|order| match pick(order) {
                Some(id) if !ours.contains_key(id) => {
                    ours.insert(id, *order);
                    false
                }
                _ => true,
            });
        };
        let known = |order: &'a VenueOrder<'a>| {
            order.order_id.as_deref().and_then(|id| by_id.get(id).copied())
        };
        round(&|order| {
            known(order)
                .filter(|local| local.venue_order_id.as_ref() == Some(&order.venue_order_id))
                .map(|local| &*local.order_id)
        });
        round(&|order| known(order).map(|local| &*local.order_id));
        round(&|order| match order.order_id {
            None => by_venue_id.get(&*order.venue_order_id).copied(),
            Some(_) => None,
        });
        Self { ours, unknown }
    }

    fn unknown_order(
        &self,
        order: &VenueOrder<'_>,
        core: &input::Core<'_>,
        authority: Authority,
    ) -> Item {
        let ours = |id: &str| core.orders.iter().any(|order| &*order.order_id == id);
        let key = match order.order_id.as_deref() {
            Some(id) if !ours(id) => id,
            _ => &order.venue_order_id,
        };
        Item {
            action: unmendable(authority),
            key: key.to_owned(),
            kind: Kind::OrderMissingLocal,
            local: None,
            severity: if authority == Authority::Venue { Severity::Fatal } else { Severity::Error },
            venue: Some(order.status.as_str().to_owned()),
        }
    }
}
