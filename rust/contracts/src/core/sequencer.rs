//! The order of events that arrive together.

use std::cmp::Ordering;

use super::{
    error::Refusal,
    lines::split,
    names::{EventType, Mode, TimerKind},
    validation::read_event,
    wire::{Event, EventBody},
};

/// Control first, then prices, timers that act on the open, reports, and other timers.
fn rank(event: &Event<'_>) -> u8 {
    match (&event.body, event.body.kind()) {
        (_, EventType::Control) => 0,
        (_, EventType::Bar | EventType::Trade | EventType::Quote) => 1,
        (EventBody::Timer(timer), _) if timer.kind == TimerKind::CheatOnOpen => 2,
        (_, EventType::Report | EventType::Fill) => 3,
        (_, EventType::Timer) => 4,
    }
}

/// Which of two events of a batch comes first: by time in a backtest only, then by rank, venue,
/// instrument, producer and id, bytewise, null first.
#[must_use]
pub fn compare(mode: Mode, a: &Event<'_>, b: &Event<'_>) -> Ordering {
    let time =
        if mode == Mode::Backtest { a.event_time.cmp(&b.event_time) } else { Ordering::Equal };
    time.then_with(|| rank(a).cmp(&rank(b)))
        .then_with(|| a.venue.as_deref().cmp(&b.venue.as_deref()))
        .then_with(|| a.instrument.as_deref().cmp(&b.instrument.as_deref()))
        .then_with(|| a.producer.name.cmp(&b.producer.name))
        .then_with(|| a.producer.index.cmp(&b.producer.index))
        .then_with(|| a.event_id.cmp(&b.event_id))
}

/// Positions of the events of a batch in the order in which they are to be stepped.
///
/// # Errors
///
/// Of JSON lines, the first that cannot be read as an event; the pointer begins with its position.
pub fn sequence(mode: Mode, lines: &[u8]) -> Result<Vec<u32>, Refusal> {
    let events = split(lines)
        .enumerate()
        .map(|(position, line)| read_event(line, &format!("/{position}")))
        .collect::<Result<Vec<_>, _>>()?;
    let mut order: Vec<u32> = (0..).take(events.len()).collect();
    order.sort_by(|&a, &b| compare(mode, &events[a as usize], &events[b as usize]));
    Ok(order)
}
