//! Events and intents as the core reads and records them.
//!
//! Members are declared in canonical order: what serde writes is the canonical form (RFC 8785), as
//! only texts, plain integers, booleans and null occur. Reading is strict where the core depends on
//! it (members, types, enums, numbers); the shape of ids and the length of texts is left to the
//! schemas.

use std::{borrow::Cow, fmt, ops::Deref};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;

use super::{
    decimal::{Decimal, Money},
    names::{
        Aggressor, Command, EventType, IntentType, Liquidity, OrderStatus, OrderType, ReasonCode,
        ReportKind, RiskFlag, Side, Source, TimeInForce, TimerKind,
    },
};

/// Largest integer of the contracts, 2⁵³ − 1.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// A text, borrowed from the input unless it was escaped there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

// By hand: serde borrows a `Cow` only where it is not inside of an `Option`.
impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrow;
        impl<'de> de::Visitor<'de> for Borrow {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrow)
    }
}

/// Nanoseconds since the epoch, a text on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeNs(pub i64);

impl TimeNs {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let canonical = digits == "0" && digits.len() == text.len()
            || matches!(digits.as_bytes(), [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit));
        if canonical { text.parse().ok().map(Self) } else { None }
    }
}

impl Serialize for TimeNs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TimeNs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::invalid_value(de::Unexpected::Str(&text), &"nanoseconds within 64 bits")
        })
    }
}

/// Reads what is an object on the wire from an object only: what serde derives also takes an array of
/// the members in their order.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsMap<D>(D);
        impl<'de, D: Deserializer<'de>> Deserializer<'de> for AsMap<D> {
            type Error = D::Error;
            fn deserialize_any<V: de::Visitor<'de>>(
                self,
                visitor: V,
            ) -> Result<V::Value, D::Error> {
                self.0.deserialize_map(visitor)
            }
            serde::forward_to_deserialize_any! {
                bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
                unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
                ignored_any
            }
        }
        T::deserialize(AsMap(deserializer)).map(Self)
    }
}

fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<T, D::Error> {
    Object::deserialize(d).map(|Object(value)| value)
}

fn given_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    d: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::deserialize(d)?.map(|Object(value)| value))
}

fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Vec<T>, D::Error> {
    Objects::deserialize(d).map(|Objects(values)| values)
}

/// An array of objects.
#[derive(Debug)]
pub(super) struct Objects<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Objects<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Vec::<Object<T>>::deserialize(deserializer)?;
        Ok(Self(values.into_iter().map(|Object(value)| value).collect()))
    }
}

/// A nullable member that must be there all the same.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    d: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(d)
}

macro_rules! schema_names {
    ($($name:ident = $text:literal,)+) => {$(
        fn $name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Text<'de>, D::Error> {
            let text = Text::deserialize(deserializer)?;
            if &*text == $text {
                return Ok(text);
            }
            Err(de::Error::invalid_value(de::Unexpected::Str(&text), &$text))
        }
    )+};
}

schema_names! {
    event_schema = "engine_event/1.0",
    intent_schema = "engine_intent/1.0",
}

fn integer<E: de::Error>(value: u64, least: u64) -> Result<u64, E> {
    if (least..=INTEGER_MAX).contains(&value) {
        return Ok(value);
    }
    Err(E::invalid_value(de::Unexpected::Unsigned(value), &"an integer up to 2^53-1"))
}

pub(super) fn index<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    integer(u64::deserialize(deserializer)?, 0)
}

fn seq<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    integer(u64::deserialize(deserializer)?, 1)
}

fn given_seq<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Option::<u64>::deserialize(deserializer)?.map(|value| integer(value, 1)).transpose()
}

pub(super) fn instrument<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Text<'de>, D::Error> {
    let text = Text::deserialize(deserializer)?;
    if quote_currency(&text).is_some() {
        return Ok(text);
    }
    Err(de::Error::invalid_value(de::Unexpected::Str(&text), &"base and quote currency"))
}

fn given_instrument<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Text<'de>>, D::Error> {
    #[derive(Deserialize)]
    struct Checked<'a>(#[serde(borrow, deserialize_with = "instrument")] Text<'a>);
    Ok(Option::<Checked<'de>>::deserialize(d)?.map(|checked| checked.0))
}

/// The quote currency of an instrument: after the slash, up to a colon.
#[must_use]
pub fn quote_currency(instrument: &str) -> Option<&str> {
    let (_, rest) = instrument.split_once('/')?;
    let quote = rest.split_once(':').map_or(rest, |(quote, _)| quote);
    (!quote.is_empty()).then_some(quote)
}

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $member:ident: $type:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs, reason = "the schemas describe the members")]
        pub struct $name<'a> {
            $($(#[$attribute])* pub $member: $type,)+
        }
    )+};
}

records! {
    /// Who an input belongs to.
    Attribution {
        #[serde(borrow, deserialize_with = "given")] broker_id: Option<Text<'a>>,
        #[serde(borrow, deserialize_with = "given")] execution_id: Option<Text<'a>>,
        #[serde(borrow, deserialize_with = "given")] route_id: Option<Text<'a>>,
        #[serde(borrow, deserialize_with = "given")] snapshot_id: Option<Text<'a>>,
        #[serde(borrow, deserialize_with = "given")] strategy_id: Option<Text<'a>>,
    }
    /// Place in a distributed trace.
    Trace {
        #[serde(borrow, deserialize_with = "given")] parent_span_id: Option<Text<'a>>,
        #[serde(borrow)] span_id: Text<'a>,
        #[serde(borrow)] trace_id: Text<'a>,
    }
    /// Who made an event.
    Producer {
        index: u16,
        #[serde(borrow)] name: Text<'a>,
    }
    /// Fee of a fill.
    Fee {
        amount: Decimal,
        #[serde(borrow)] currency: Text<'a>,
    }
    /// `market.bar`.
    Bar {
        close: Decimal,
        closed: bool,
        high: Decimal,
        low: Decimal,
        open: Decimal,
        open_time: TimeNs,
        #[serde(borrow)] timeframe: Text<'a>,
        volume: Decimal,
    }
    /// `market.trade`.
    Trade {
        aggressor: Aggressor,
        price: Decimal,
        quantity: Decimal,
        #[serde(borrow, deserialize_with = "given")] trade_id: Option<Text<'a>>,
    }
    /// `order.report`.
    Report {
        #[serde(deserialize_with = "given")] cum_filled: Option<Decimal>,
        #[serde(deserialize_with = "given")] limit_price: Option<Decimal>,
        #[serde(borrow)] order_id: Text<'a>,
        #[serde(deserialize_with = "given")] quantity: Option<Decimal>,
        #[serde(borrow, deserialize_with = "given")] reason: Option<Text<'a>>,
        #[serde(deserialize_with = "given")] reason_code: Option<ReasonCode>,
        report: ReportKind,
        #[serde(borrow, deserialize_with = "given")] report_id: Option<Text<'a>>,
        #[serde(deserialize_with = "given")] status: Option<OrderStatus>,
        #[serde(borrow, deserialize_with = "given")] venue_order_id: Option<Text<'a>>,
    }
    /// `order.fill`.
    Fill {
        #[serde(deserialize_with = "given")] cum_filled: Option<Decimal>,
        #[serde(borrow, deserialize_with = "given_object")] fee: Option<Fee<'a>>,
        #[serde(borrow)] fill_id: Text<'a>,
        liquidity: Liquidity,
        #[serde(borrow)] order_id: Text<'a>,
        price: Decimal,
        quantity: Decimal,
        #[serde(deserialize_with = "given")] remaining: Option<Decimal>,
        #[serde(borrow, deserialize_with = "given")] venue_order_id: Option<Text<'a>>,
    }
    /// `timer.fired`.
    Timer {
        kind: TimerKind,
        scheduled_for: TimeNs,
        #[serde(borrow)] timer_id: Text<'a>,
    }
    /// `control.command`.
    Control {
        #[serde(deserialize_with = "given")] amount: Option<Money>,
        command: Command,
        #[serde(borrow)] command_id: Text<'a>,
        #[serde(borrow, deserialize_with = "given")] currency: Option<Text<'a>>,
        #[serde(deserialize_with = "given")] flag: Option<RiskFlag>,
        #[serde(borrow, deserialize_with = "given_instrument")] instrument: Option<Text<'a>>,
        #[serde(borrow, deserialize_with = "given")] reason: Option<Text<'a>>,
        #[serde(deserialize_with = "given")] value: Option<bool>,
    }
    /// `place_order`.
    PlaceOrder {
        #[serde(deserialize_with = "given")] expire_at: Option<TimeNs>,
        #[serde(borrow, deserialize_with = "instrument")] instrument: Text<'a>,
        #[serde(deserialize_with = "given")] limit_price: Option<Decimal>,
        #[serde(borrow, deserialize_with = "given")] oco_group: Option<Text<'a>>,
        #[serde(borrow)] order_id: Text<'a>,
        order_type: OrderType,
        #[serde(borrow, deserialize_with = "given")] parent_order_id: Option<Text<'a>>,
        post_only: bool,
        quantity: Decimal,
        reduce_only: bool,
        side: Side,
        #[serde(deserialize_with = "given")] stop_price: Option<Decimal>,
        #[serde(borrow, deserialize_with = "given")] tag: Option<Text<'a>>,
        time_in_force: TimeInForce,
    }
    /// `cancel_order`.
    CancelOrder {
        #[serde(borrow)] order_id: Text<'a>,
        #[serde(borrow, deserialize_with = "given")] reason: Option<Text<'a>>,
    }
    /// `replace_order`.
    ReplaceOrder {
        #[serde(deserialize_with = "given")] limit_price: Option<Decimal>,
        #[serde(borrow)] order_id: Text<'a>,
        #[serde(deserialize_with = "given")] quantity: Option<Decimal>,
        #[serde(deserialize_with = "given")] stop_price: Option<Decimal>,
    }
    /// `set_risk_flag`.
    SetRiskFlag {
        flag: RiskFlag,
        #[serde(borrow, deserialize_with = "given")] reason: Option<Text<'a>>,
        value: bool,
    }
    /// `no_op`.
    NoOp {
        #[serde(borrow, deserialize_with = "given")] note: Option<Text<'a>>,
    }
    /// What happened outside of the core.
    Event {
        #[serde(borrow, deserialize_with = "object")] attribution: Attribution<'a>,
        #[serde(borrow)] body: EventBody<'a>,
        #[serde(borrow)] event_id: Text<'a>,
        #[serde(deserialize_with = "given")] event_time: Option<TimeNs>,
        #[serde(borrow, deserialize_with = "given")] idempotency_key: Option<Text<'a>>,
        #[serde(deserialize_with = "given")] ingest_time: Option<TimeNs>,
        #[serde(borrow, deserialize_with = "given_instrument")] instrument: Option<Text<'a>>,
        #[serde(borrow, deserialize_with = "object")] producer: Producer<'a>,
        #[serde(borrow, deserialize_with = "event_schema")] schema: Text<'a>,
        #[serde(deserialize_with = "given_seq")] seq_id: Option<u64>,
        source: Source,
        synthetic: bool,
        #[serde(borrow, deserialize_with = "given_object")] trace: Option<Trace<'a>>,
        #[serde(borrow, deserialize_with = "given")] venue: Option<Text<'a>>,
    }
    /// What a strategy wants.
    Intent {
        #[serde(borrow, deserialize_with = "object")] attribution: Attribution<'a>,
        #[serde(borrow)] body: IntentBody<'a>,
        #[serde(deserialize_with = "seq")] caused_by: u64,
        created_at: TimeNs,
        #[serde(borrow, deserialize_with = "given")] idempotency_key: Option<Text<'a>>,
        #[serde(deserialize_with = "index")] index: u64,
        #[serde(borrow)] intent_id: Text<'a>,
        #[serde(borrow, deserialize_with = "intent_schema")] schema: Text<'a>,
        #[serde(borrow, deserialize_with = "given_object")] trace: Option<Trace<'a>>,
    }
}

/// `market.quote`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the schemas describe the members")]
pub struct Quote {
    #[serde(deserialize_with = "given")]
    pub ask_price: Option<Decimal>,
    #[serde(deserialize_with = "given")]
    pub ask_size: Option<Decimal>,
    #[serde(deserialize_with = "given")]
    pub bid_price: Option<Decimal>,
    #[serde(deserialize_with = "given")]
    pub bid_size: Option<Decimal>,
}

macro_rules! bodies {
    ($(#[$doc:meta])* $name:ident by $kind:ident { $($variant:ident($type:ty),)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "named like their types")]
        pub enum $name<'a> {
            $($variant($type),)+
        }

        impl $name<'_> {
            /// The `type` member.
            #[must_use]
            pub const fn kind(&self) -> $kind {
                match self { $(Self::$variant(_) => $kind::$variant,)+ }
            }
        }

        impl Serialize for $name<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                #[derive(Serialize)]
                struct Body<'b, D> {
                    data: &'b D,
                    r#type: $kind,
                }
                match self {
                    $(Self::$variant(data) => {
                        Body { data, r#type: $kind::$variant }.serialize(serializer)
                    })+
                }
            }
        }

        // In the canonical form the data come before the type that tells what they are: they are
        // skipped first and read then.
        impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Body<'b> {
                    #[serde(borrow)]
                    data: &'b RawValue,
                    r#type: $kind,
                }
                let Object(body) = Object::<Body<'_>>::deserialize(deserializer)?;
                match body.r#type {
                    $($kind::$variant => {
                        serde_json::from_str(body.data.get()).map(|Object(data)| Self::$variant(data))
                    })+
                }
                .map_err(de::Error::custom)
            }
        }
    };
}

bodies! {
    /// What an event says.
    EventBody by EventType {
        Bar(Bar<'a>), Trade(Trade<'a>), Quote(Quote), Report(Report<'a>), Fill(Fill<'a>),
        Timer(Timer<'a>), Control(Control<'a>),
    }
}

bodies! {
    /// What an intent asks for.
    IntentBody by IntentType {
        PlaceOrder(PlaceOrder<'a>), CancelOrder(CancelOrder<'a>), ReplaceOrder(ReplaceOrder<'a>),
        SetRiskFlag(SetRiskFlag<'a>), NoOp(NoOp<'a>),
    }
}

impl EventBody<'_> {
    /// The order that the event is about.
    #[must_use]
    pub fn order_id(&self) -> Option<&str> {
        match self {
            Self::Report(report) => Some(&report.order_id),
            Self::Fill(fill) => Some(&fill.order_id),
            _ => None,
        }
    }
}

impl IntentBody<'_> {
    /// The order that the intent is about.
    #[must_use]
    pub fn order_id(&self) -> Option<&str> {
        match self {
            Self::PlaceOrder(place) => Some(&place.order_id),
            Self::CancelOrder(cancel) => Some(&cancel.order_id),
            Self::ReplaceOrder(replace) => Some(&replace.order_id),
            _ => None,
        }
    }
}

/// What makes a step: one line of a batch.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepInput<'a> {
    /// What happened.
    #[serde(borrow, deserialize_with = "object")]
    pub event: Event<'a>,
    /// What the strategy answers.
    #[serde(borrow, default, deserialize_with = "objects")]
    pub intents: Vec<Intent<'a>>,
}
