//! Whether an input that was read keeps its contract, told by its types instead of its JSON.
//!
//! Reading has looked at members, kinds, words and numbers already. What is left are the shapes of
//! names, and the rules and checks between members. Only a yes counts: on a no the schemas are asked,
//! which also say what is wrong. The tests compare the two over every member of every kind of event
//! and intent.

use super::{
    names::{OrderType, TimeInForce},
    shapes::{
        is_currency, is_id, is_instrument, is_key, is_reason, is_span_id, is_tag, is_timeframe,
        is_trace_id,
    },
    wire::{
        Attribution, Bar, Event, EventBody, Fill, Intent, IntentBody, PlaceOrder, Quote, Report,
        Text, Trace,
    },
};

/// Whether a nullable text is null or of a shape.
fn given(text: Option<&Text<'_>>, shape: fn(&str) -> bool) -> bool {
    text.is_none_or(|text| shape(text))
}

/// Whether an event is known to be valid.
pub(super) fn event(event: &Event<'_>) -> bool {
    is_id(&event.event_id)
        && given(event.venue.as_ref(), is_id)
        && given(event.instrument.as_ref(), is_instrument)
        && is_id(&event.producer.name)
        && given(event.idempotency_key.as_ref(), is_key)
        && attribution(&event.attribution)
        && trace(event.trace.as_ref())
        && match &event.body {
            EventBody::Bar(bar) => is_timeframe(&bar.timeframe) && is_candle(bar),
            EventBody::Trade(trade) => {
                given(trade.trade_id.as_ref(), is_id)
                    && trade.price.is_positive()
                    && trade.quantity.is_positive()
            }
            EventBody::Quote(quote) => has_sides(quote),
            EventBody::Report(Report { order_id, reason, report_id, venue_order_id, .. }) => {
                is_id(order_id)
                    && given(reason.as_ref(), is_reason)
                    && given(report_id.as_ref(), is_id)
                    && given(venue_order_id.as_ref(), is_id)
            }
            EventBody::Fill(Fill { fee, fill_id, order_id, price, venue_order_id, .. }) => {
                fee.as_ref().is_none_or(|fee| is_currency(&fee.currency))
                    && is_id(fill_id)
                    && is_id(order_id)
                    && price.is_positive()
                    && given(venue_order_id.as_ref(), is_id)
            }
            EventBody::Timer(timer) => is_id(&timer.timer_id),
            EventBody::Control(control) => {
                is_id(&control.command_id)
                    && given(control.currency.as_ref(), is_currency)
                    && given(control.instrument.as_ref(), is_instrument)
                    && given(control.reason.as_ref(), is_reason)
            }
        }
}

/// Whether an intent is known to be valid.
pub(super) fn intent(intent: &Intent<'_>) -> bool {
    is_id(&intent.intent_id)
        && given(intent.idempotency_key.as_ref(), is_key)
        && intent.attribution.strategy_id.is_some()
        && attribution(&intent.attribution)
        && trace(intent.trace.as_ref())
        && match &intent.body {
            IntentBody::PlaceOrder(place) => placement(place),
            IntentBody::CancelOrder(cancel) => {
                is_id(&cancel.order_id) && given(cancel.reason.as_ref(), is_reason)
            }
            IntentBody::ReplaceOrder(replace) => {
                is_id(&replace.order_id)
                    && (replace.limit_price.is_some()
                        || replace.quantity.is_some()
                        || replace.stop_price.is_some())
            }
            IntentBody::SetRiskFlag(set) => given(set.reason.as_ref(), is_reason),
            IntentBody::NoOp(no_op) => given(no_op.note.as_ref(), is_reason),
        }
}

fn attribution(attribution: &Attribution<'_>) -> bool {
    let Attribution { broker_id, execution_id, route_id, snapshot_id, strategy_id } = attribution;
    [broker_id, execution_id, route_id, snapshot_id, strategy_id]
        .into_iter()
        .all(|id| given(id.as_ref(), is_id))
}

fn trace(trace: Option<&Trace<'_>>) -> bool {
    trace.is_none_or(|Trace { parent_span_id, span_id, trace_id }| {
        is_trace_id(trace_id) && is_span_id(span_id) && given(parent_span_id.as_ref(), is_span_id)
    })
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
        && is_instrument(&place.instrument)
        && is_id(&place.order_id)
        && given(place.oco_group.as_ref(), is_id)
        && given(place.parent_order_id.as_ref(), is_id)
        && given(place.tag.as_ref(), is_tag)
}
