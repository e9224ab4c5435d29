//! Whether an input that was read keeps its contract, told by its types instead of its JSON.
//!
//! Reading has looked at members, kinds, words and numbers already. What is left are the shapes of
//! names, taken from the schemas themselves, and the rules and checks between members. Only a yes
//! counts: on a no the schemas are asked, which also say what is wrong. The tests compare the two over
//! every member of every kind of event and intent.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{
    names::{OrderType, TimeInForce},
    wire::{
        Attribution, Bar, Event, EventBody, Fill, Intent, IntentBody, PlaceOrder, Quote, Report,
        Text, Trace,
    },
};
use crate::schema;

/// What a schema asks of a text.
struct Shape {
    min: usize,
    max: usize,
    pattern: Option<Regex>,
}

impl Shape {
    /// Of a definition that the documents share.
    #[allow(
        clippy::expect_used,
        reason = "the schemas are a generated part of this crate; tests read them"
    )]
    fn of(pointer: &str) -> Self {
        let schema = schema::part(pointer).expect("the schemas have the definition");
        let number = |name: &str| schema.get(name).and_then(Value::as_u64);
        let pattern = schema.get("pattern").and_then(Value::as_str);
        Self {
            min: number("minLength").map_or(0, |min| min as usize),
            max: number("maxLength").map_or(usize::MAX, |max| max as usize),
            pattern: pattern.map(|pattern| Regex::new(pattern).expect("the pattern compiles")),
        }
    }

    fn fits(&self, text: &str) -> bool {
        // The schemas count characters.
        let length = if text.is_ascii() { text.len() } else { text.chars().count() };
        (self.min..=self.max).contains(&length)
            && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
    }

    fn fits_given(&self, text: Option<&Text<'_>>) -> bool {
        text.is_none_or(|text| self.fits(text))
    }
}

struct Shapes {
    currency: Shape,
    id: Shape,
    instrument: Shape,
    key: Shape,
    note: Shape,
    reason: Shape,
    span_id: Shape,
    tag: Shape,
    timeframe: Shape,
    trace_id: Shape,
}

static SHAPES: LazyLock<Shapes> = LazyLock::new(|| Shapes {
    currency: Shape::of("/Currency"),
    id: Shape::of("/Id"),
    instrument: Shape::of("/Instrument"),
    key: Shape::of("/IdempotencyKey"),
    note: Shape::of("/NoOp/properties/note/anyOf/0"),
    reason: Shape::of("/Reason"),
    span_id: Shape::of("/SpanId"),
    tag: Shape::of("/PlaceOrder/properties/tag/anyOf/0"),
    timeframe: Shape::of("/MarketBar/properties/timeframe"),
    trace_id: Shape::of("/TraceId"),
});

/// Whether an event is known to be valid.
pub(super) fn event(event: &Event<'_>) -> bool {
    let Shapes { currency, id, instrument, key, reason, timeframe, .. } = &*SHAPES;
    id.fits(&event.event_id)
        && id.fits_given(event.venue.as_ref())
        && instrument.fits_given(event.instrument.as_ref())
        && id.fits(&event.producer.name)
        && key.fits_given(event.idempotency_key.as_ref())
        && attribution(&event.attribution)
        && trace(event.trace.as_ref())
        && match &event.body {
            EventBody::Bar(bar) => timeframe.fits(&bar.timeframe) && is_candle(bar),
            EventBody::Trade(trade) => {
                id.fits_given(trade.trade_id.as_ref())
                    && trade.price.is_positive()
                    && trade.quantity.is_positive()
            }
            EventBody::Quote(quote) => has_sides(quote),
            EventBody::Report(Report {
                order_id, reason: why, report_id, venue_order_id, ..
            }) => {
                id.fits(order_id)
                    && reason.fits_given(why.as_ref())
                    && id.fits_given(report_id.as_ref())
                    && id.fits_given(venue_order_id.as_ref())
            }
            EventBody::Fill(Fill { fee, fill_id, order_id, price, venue_order_id, .. }) => {
                fee.as_ref().is_none_or(|fee| currency.fits(&fee.currency))
                    && id.fits(fill_id)
                    && id.fits(order_id)
                    && price.is_positive()
                    && id.fits_given(venue_order_id.as_ref())
            }
            EventBody::Timer(timer) => id.fits(&timer.timer_id),
            EventBody::Control(control) => {
                id.fits(&control.command_id)
                    && currency.fits_given(control.currency.as_ref())
                    && instrument.fits_given(control.instrument.as_ref())
                    && reason.fits_given(control.reason.as_ref())
            }
        }
}

/// Whether an intent is known to be valid.
pub(super) fn intent(intent: &Intent<'_>) -> bool {
    let Shapes { id, key, note, reason, .. } = &*SHAPES;
    id.fits(&intent.intent_id)
        && key.fits_given(intent.idempotency_key.as_ref())
        && intent.attribution.strategy_id.is_some()
        && attribution(&intent.attribution)
        && trace(intent.trace.as_ref())
        && match &intent.body {
            IntentBody::PlaceOrder(place) => placement(place),
            IntentBody::CancelOrder(cancel) => {
                id.fits(&cancel.order_id) && reason.fits_given(cancel.reason.as_ref())
            }
            IntentBody::ReplaceOrder(replace) => {
                id.fits(&replace.order_id)
                    && (replace.limit_price.is_some()
                        || replace.quantity.is_some()
                        || replace.stop_price.is_some())
            }
            IntentBody::SetRiskFlag(set) => reason.fits_given(set.reason.as_ref()),
            IntentBody::NoOp(no_op) => note.fits_given(no_op.note.as_ref()),
        }
}

fn attribution(attribution: &Attribution<'_>) -> bool {
    let Attribution { broker_id, execution_id, route_id, snapshot_id, strategy_id } = attribution;
    [broker_id, execution_id, route_id, snapshot_id, strategy_id]
        .into_iter()
        .all(|id| SHAPES.id.fits_given(id.as_ref()))
}

fn trace(trace: Option<&Trace<'_>>) -> bool {
    let Some(Trace { parent_span_id, span_id, trace_id }) = trace else { return true };
    let marked = |shape: &Shape, id: &str| shape.fits(id) && id.bytes().any(|digit| digit != b'0');
    let Shapes { span_id: span, trace_id: trace, .. } = &*SHAPES;
    marked(trace, trace_id)
        && marked(span, span_id)
        && parent_span_id.as_ref().is_none_or(|parent| marked(span, parent))
}

fn is_candle(bar: &Bar<'_>) -> bool {
    let Bar { close, high, low, open, volume, .. } = bar;
    low <= open && low <= close && open <= high && close <= high && !volume.is_negative()
}

/// Whether a price stands with its size only.
fn has_sides(quote: &Quote) -> bool {
    [(quote.ask_price, quote.ask_size), (quote.bid_price, quote.bid_size)].into_iter().all(
        |(price, size)| {
            price.is_some() == size.is_some() && size.is_none_or(|size| !size.is_negative())
        },
    )
}

fn placement(place: &PlaceOrder<'_>) -> bool {
    let Shapes { id, instrument, tag, .. } = &*SHAPES;
    let prices = (place.limit_price.is_some(), place.stop_price.is_some());
    let priced = match place.order_type {
        OrderType::Market => (false, false),
        OrderType::Limit => (true, false),
        OrderType::Stop => (false, true),
        OrderType::StopLimit => (true, true),
    };
    let rests = !matches!(place.time_in_force, TimeInForce::Ioc | TimeInForce::Fok);
    prices == priced
        && (place.time_in_force == TimeInForce::Gtd) == place.expire_at.is_some()
        && (!place.post_only || (place.order_type == OrderType::Limit && rests))
        && instrument.fits(&place.instrument)
        && id.fits(&place.order_id)
        && id.fits_given(place.oco_group.as_ref())
        && id.fits_given(place.parent_order_id.as_ref())
        && tag.fits_given(place.tag.as_ref())
}
