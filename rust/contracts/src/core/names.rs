//! The closed sets of words of the contracts.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`")] $variant,)+
        }

        impl $name {
            /// All of them, in the order of the schema.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            fn of(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        // By hand: what serde derives also takes an object with the word as its member.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;
                impl de::Visitor<'_> for Word {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("one of", $(" ", $text,)+))
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::of(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
                    }
                }
                deserializer.deserialize_str(Word)
            }
        }
    )+};
}

names! {
    /// Where an order stands.
    OrderStatus {
        Created = "created", Submitted = "submitted", Accepted = "accepted",
        PartiallyFilled = "partially_filled", CancelPending = "cancel_pending", Filled = "filled",
        Cancelled = "cancelled", Rejected = "rejected", Expired = "expired",
    }
    /// Side of an order.
    Side { Buy = "buy", Sell = "sell", }
    /// How an order is priced.
    OrderType { Market = "market", Limit = "limit", Stop = "stop", StopLimit = "stop_limit", }
    /// How long an order stands.
    TimeInForce { Gtc = "gtc", Ioc = "ioc", Fok = "fok", Day = "day", Gtd = "gtd", }
    /// How the engine runs.
    Mode { Backtest = "backtest", Paper = "paper", Sandbox = "sandbox", Live = "live", }
    /// How bad a finding is.
    Severity { Info = "info", Warn = "warn", Error = "error", Fatal = "fatal", }
    /// Where an event comes from.
    Source {
        MarketData = "market_data", BrokerReport = "broker_report", Timer = "timer",
        Control = "control",
    }
    /// Kind of an event.
    EventType {
        Bar = "market.bar", Trade = "market.trade", Quote = "market.quote",
        Report = "order.report", Fill = "order.fill", Timer = "timer.fired",
        Control = "control.command",
    }
    /// Kind of an intent.
    IntentType {
        PlaceOrder = "place_order", CancelOrder = "cancel_order", ReplaceOrder = "replace_order",
        SetRiskFlag = "set_risk_flag", NoOp = "no_op",
    }
    /// What a venue says of an order.
    ReportKind {
        Accepted = "accepted", Rejected = "rejected", Cancelled = "cancelled",
        CancelRejected = "cancel_rejected", Expired = "expired", Replaced = "replaced",
        ReplaceRejected = "replace_rejected", Status = "status",
    }
    /// Why a venue said so.
    ReasonCode {
        InsufficientFunds = "insufficient_funds", PriceBand = "price_band",
        PostOnlyCross = "post_only_cross", ReduceOnly = "reduce_only",
        UnknownInstrument = "unknown_instrument", RateLimit = "rate_limit",
        SelfTrade = "self_trade", VenueHalt = "venue_halt", User = "user", Other = "other",
    }
    /// Who took the other side.
    Aggressor { Buy = "buy", Sell = "sell", Unknown = "unknown", }
    /// Whether a fill gave or took liquidity.
    Liquidity { Maker = "maker", Taker = "taker", Unknown = "unknown", }
    /// Kind of a timer.
    TimerKind { CheatOnOpen = "cheat_on_open", Normal = "normal", }
    /// What a control event asks for.
    Command {
        Halt = "halt", Resume = "resume", CancelAll = "cancel_all",
        SetRiskFlag = "set_risk_flag", AccountAdjustment = "account_adjustment",
        Reconcile = "reconcile", Checkpoint = "checkpoint", Shutdown = "shutdown",
    }
    /// Switch that limits what may be placed.
    RiskFlag {
        HaltNewOrders = "halt_new_orders", ReduceOnly = "reduce_only", KillSwitch = "kill_switch",
    }
    /// What made a transition.
    Cause {
        Place = "place", Send = "send", RiskReject = "risk_reject", Accept = "accept",
        Reject = "reject", Fill = "fill", CancelRequest = "cancel_request", Cancel = "cancel",
        CancelReject = "cancel_reject", Expire = "expire", ReplaceRequest = "replace_request",
        Replace = "replace", ReplaceReject = "replace_reject",
    }
    /// What changed.
    DeltaKind {
        Cash = "cash", Fee = "fee", Position = "position", Cost = "cost",
        RealizedPnl = "realized_pnl",
    }
    /// What became of an event or intent.
    Outcome {
        Applied = "applied", Duplicate = "duplicate", Ignored = "ignored", Rejected = "rejected",
    }
    /// What risk said of an intent.
    Decision { Allow = "allow", Modify = "modify", Deny = "deny", }
    /// The rule that said so.
    RiskRule {
        ReduceOnly = "reduce_only", MaxOpenOrders = "max_open_orders",
        MaxOrderQuantity = "max_order_quantity", MaxOrderNotional = "max_order_notional",
        MaxPosition = "max_position", Capability = "capability", Halted = "halted",
    }
    /// A fill before its order was accepted.
    EarlyFill { Reject = "reject", Imply = "imply", }
    /// An event older than the last of its stream.
    TimeRegression { Reject = "reject", Flag = "flag", }
    /// Why an input was refused, rejected or ignored, or what a diagnostic is about.
    ErrorCode {
        IllegalTransition = "ILLEGAL_TRANSITION", FillBeforeAccept = "FILL_BEFORE_ACCEPT",
        FillAfterTerminal = "FILL_AFTER_TERMINAL", Overfill = "OVERFILL",
        NonPositiveQuantity = "NON_POSITIVE_QUANTITY", UnknownOrder = "UNKNOWN_ORDER",
        DuplicateOrderId = "DUPLICATE_ORDER_ID", OrderTerminal = "ORDER_TERMINAL",
        CancelAlreadyPending = "CANCEL_ALREADY_PENDING", StaleReport = "STALE_REPORT",
        IdempotencyConflict = "IDEMPOTENCY_CONFLICT", ReplaceBelowFilled = "REPLACE_BELOW_FILLED",
        ReplacePending = "REPLACE_PENDING", CumFilledMismatch = "CUM_FILLED_MISMATCH",
        ReconcileMismatch = "RECONCILE_MISMATCH", MissingEventTime = "MISSING_EVENT_TIME",
        TimeRegression = "TIME_REGRESSION", SeqRegression = "SEQ_REGRESSION",
        SourceTypeMismatch = "SOURCE_TYPE_MISMATCH", SchemaInvalid = "SCHEMA_INVALID",
        SemanticInvalid = "SEMANTIC_INVALID", UnsupportedVersion = "UNSUPPORTED_VERSION",
        RiskDenied = "RISK_DENIED", Halted = "HALTED",
        CapabilityUnsupported = "CAPABILITY_UNSUPPORTED", ModeForbidden = "MODE_FORBIDDEN",
        DecimalOverflow = "DECIMAL_OVERFLOW", InvariantViolation = "INVARIANT_VIOLATION",
        ImpliedAccept = "IMPLIED_ACCEPT", LateEvent = "LATE_EVENT",
    }
    /// What every commit checks.
    Invariant {
        Conservation = "CONSERVATION", FilledMonotonic = "FILLED_MONOTONIC",
        LegalTransition = "LEGAL_TRANSITION", NoDuplicateEffect = "NO_DUPLICATE_EFFECT",
        NoFillBeforeAccept = "NO_FILL_BEFORE_ACCEPT", QuantityIdentity = "QUANTITY_IDENTITY",
        RemainingMonotonic = "REMAINING_MONOTONIC", SeqMonotonic = "SEQ_MONOTONIC",
        StepAtomic = "STEP_ATOMIC", TerminalFinal = "TERMINAL_FINAL",
        TimeMonotonic = "TIME_MONOTONIC",
    }
}

impl OrderStatus {
    /// Whether nothing can happen to the order any more.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Filled | Self::Cancelled | Self::Rejected | Self::Expired)
    }
}

impl OrderType {
    /// Whether orders of this type have a limit price.
    #[must_use]
    pub const fn has_limit(self) -> bool {
        matches!(self, Self::Limit | Self::StopLimit)
    }

    /// Whether orders of this type have a stop price.
    #[must_use]
    pub const fn has_stop(self) -> bool {
        matches!(self, Self::Stop | Self::StopLimit)
    }
}

impl EventType {
    /// The source that events of this type come from.
    #[must_use]
    pub const fn source(self) -> Source {
        match self {
            Self::Bar | Self::Trade | Self::Quote => Source::MarketData,
            Self::Report | Self::Fill => Source::BrokerReport,
            Self::Timer => Source::Timer,
            Self::Control => Source::Control,
        }
    }
}

impl ErrorCode {
    /// The byte of `advance`: place in the list, from 1.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self as u8 + 1
    }

    /// In words, for people.
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::IllegalTransition => "the order's status does not allow this",
            Self::FillBeforeAccept => "the fill came before the venue accepted the order",
            Self::FillAfterTerminal => "the fill came after the order had ended",
            Self::Overfill => "the fill exceeds what remains of the order",
            Self::NonPositiveQuantity => "the quantity must be above 0",
            Self::UnknownOrder => "no order has this id",
            Self::DuplicateOrderId => "an order has this id already",
            Self::OrderTerminal => "the order has ended",
            Self::CancelAlreadyPending => "the order's cancel is pending already",
            Self::StaleReport => "the report says nothing new",
            Self::IdempotencyConflict => "the key stood for another body before",
            Self::ReplaceBelowFilled => "the new quantity is not above what is filled",
            Self::ReplacePending => "another replace is pending",
            Self::CumFilledMismatch => "filled or remaining differ from the order's",
            Self::ReconcileMismatch => "status, quantity or price differ from the order's",
            Self::MissingEventTime => "the event has no time",
            Self::TimeRegression => "the event is older than the last of its stream",
            Self::SeqRegression => "the seq_id is not the next one",
            Self::SourceTypeMismatch => "events of this type come from another source",
            Self::SchemaInvalid => "the input does not have the form of its schema",
            Self::SemanticInvalid => "members of the input contradict each other",
            Self::UnsupportedVersion => "the schema's version is not supported",
            Self::RiskDenied => "a risk limit denies this",
            Self::Halted => "trading is halted",
            Self::CapabilityUnsupported => "the venue cannot do this",
            Self::ModeForbidden => "the mode forbids this",
            Self::DecimalOverflow => "a number has too many digits",
            Self::InvariantViolation => "an invariant does not hold",
            Self::ImpliedAccept => "the fill implies that the venue accepted the order",
            Self::LateEvent => "the event is older than the last of its stream",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::generated::BUNDLE;

    #[test]
    fn the_words_are_those_of_the_schemas_in_their_order() {
        let bundle: Value = serde_json::from_str(BUNDLE).unwrap();
        macro_rules! check {
            ($($name:ident as $schema:literal,)+) => {$(
                let mut words: Vec<&str> = $name::ALL.iter().map(|word| word.as_str()).collect();
                if $schema == "Invariant" {
                    // Sorted, as they are listed; the one that only a replay checks is left out.
                    words.push("REPLAY_EQUAL");
                }
                let listed = bundle["$defs"][$schema]["enum"].as_array().unwrap();
                let mut listed: Vec<&str> = listed.iter().map(|word| word.as_str().unwrap()).collect();
                if $schema == "Invariant" {
                    words.sort_unstable();
                    listed.sort_unstable();
                }
                assert_eq!(words, listed, $schema);
            )+};
        }
        check! {
            OrderStatus as "OrderStatus", Side as "Side", OrderType as "OrderType",
            TimeInForce as "Tif", Mode as "Mode", Severity as "Severity", Source as "EventSource",
            ReportKind as "ReportKind", ReasonCode as "ReasonCode", Aggressor as "Aggressor",
            Liquidity as "Liquidity", TimerKind as "TimerKind", Command as "Command",
            RiskFlag as "RiskFlag", Cause as "TransitionCause", DeltaKind as "DeltaKind",
            Outcome as "Outcome", Decision as "RiskDecision", RiskRule as "RiskRule",
            EarlyFill as "EarlyFill", TimeRegression as "TimeRegression",
            ErrorCode as "ErrorCode", Invariant as "Invariant",
        }
    }
}
