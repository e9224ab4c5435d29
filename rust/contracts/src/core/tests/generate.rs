//! Random runs: mostly legal streams, with duplicates, disorder and nonsense between.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{event, fill, intent, place, report, timer};

/// One step, without the numbers that only a run can give.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Place { order: u8, sell: bool, quantity: u32, reduce_only: bool, perp: bool },
    Cancel { order: u8 },
    Replace { order: u8, quantity: u32 },
    Report { order: u8, kind: &'static str, id: Option<u8> },
    Fill { order: u8, id: u8, quantity: u32, price: u32, fee: Option<i16> },
    Trade { price: u32, back: bool },
    Flag { flag: &'static str, value: bool },
    Command { id: u8, command: &'static str },
    Adjust { id: u8, amount: i32 },
    WrongSeq,
}

fn orders() -> impl Strategy<Value = u8> {
    0u8..6
}

fn quantities() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 1u32..40, 1 => Just(0u32), 1 => 1u32..100_000_000]
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let kinds = [
        "accepted",
        "accepted",
        "accepted",
        "rejected",
        "cancelled",
        "cancel_rejected",
        "expired",
        "replaced",
        "replace_rejected",
        "status",
    ];
    let commands = ["halt", "resume", "resume", "cancel_all", "reconcile", "shutdown"];
    prop_oneof![
        6 => (orders(), any::<bool>(), quantities(), prop::bool::weighted(0.1), prop::bool::weighted(0.2))
            .prop_map(|(order, sell, quantity, reduce_only, perp)| {
                Op::Place { order, sell, quantity, reduce_only, perp }
            }),
        2 => orders().prop_map(|order| Op::Cancel { order }),
        2 => (orders(), quantities()).prop_map(|(order, quantity)| Op::Replace { order, quantity }),
        8 => (orders(), prop::sample::select(kinds.to_vec()), prop::option::of(0u8..40))
            .prop_map(|(order, kind, id)| Op::Report { order, kind, id }),
        10 => (orders(), 0u8..60, quantities(), 1u32..1_000_000, prop::option::of(-200i16..200))
            .prop_map(|(order, id, quantity, price, fee)| Op::Fill { order, id, quantity, price, fee }),
        3 => (1u32..1_000_000, prop::bool::weighted(0.2))
            .prop_map(|(price, back)| Op::Trade { price, back }),
        1 => (prop::sample::select(vec!["halt_new_orders", "reduce_only", "kill_switch"]), prop::bool::weighted(0.3))
            .prop_map(|(flag, value)| Op::Flag { flag, value }),
        1 => (0u8..20, prop::sample::select(commands.to_vec()))
            .prop_map(|(id, command)| Op::Command { id, command }),
        1 => (0u8..20, -1000i32..1000).prop_map(|(id, amount)| Op::Adjust { id, amount }),
        1 => Just(Op::WrongSeq),
    ]
}

fn decimal(units: u32, places: usize) -> String {
    let text = format!("{:0>width$}", units, width = places + 1);
    let (whole, fraction) = text.split_at(text.len() - places);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

fn command(id: u8, command: &str, currency: Option<&str>, amount: Option<String>) -> Value {
    json!({
        "command_id": format!("c{id}"), "command": command, "flag": null, "value": null,
        "currency": currency, "instrument": null, "amount": amount, "reason": null,
    })
}

/// The line for an operation that becomes step `seq`.
pub(crate) fn line(op: &Op, seq: u64) -> String {
    let id = format!("e{seq}");
    let tick = || event(&id, seq, "timer.fired", timer(&format!("t{seq}")));
    let alone = |kind: &str, data: Value| (event(&id, seq, kind, data), Vec::new());
    let with =
        |kind: &str, data: Value| (tick(), vec![intent(&format!("i{seq}"), seq, 0, kind, data)]);
    let (event, intents) = match op {
        Op::Place { order, sell, quantity, reduce_only, perp } => {
            let side = if *sell { "sell" } else { "buy" };
            let mut data = place(&format!("o{order}"), side, &decimal(*quantity, 1));
            data["reduce_only"] = json!(reduce_only);
            if *perp {
                data["instrument"] = json!("ETH/EUR:perp");
            }
            with("place_order", data)
        }
        Op::Cancel { order } => {
            with("cancel_order", json!({ "order_id": format!("o{order}"), "reason": null }))
        }
        Op::Replace { order, quantity } => with(
            "replace_order",
            json!({
                "order_id": format!("o{order}"), "quantity": decimal(*quantity, 1),
                "limit_price": null, "stop_price": null,
            }),
        ),
        Op::Report { order, kind, id } => {
            let mut data = report(&format!("o{order}"), "", kind);
            data["report_id"] = json!(id.map(|id| format!("r{id}")));
            alone("order.report", data)
        }
        Op::Fill { order, id, quantity, price, fee } => {
            let fee = fee.map(|fee| {
                let sign = if fee < 0 { "-" } else { "" };
                format!("{sign}{}", decimal(u32::from(fee.unsigned_abs()), 3))
            });
            let quantity = decimal(*quantity, 1);
            alone(
                "order.fill",
                fill(
                    &format!("o{order}"),
                    &format!("f{id}"),
                    &quantity,
                    &decimal(*price, 4),
                    fee.as_deref(),
                ),
            )
        }
        Op::Trade { price, back } => {
            let time = if *back { 1 } else { seq };
            let mut trade = event(
                &id,
                time,
                "market.trade",
                json!({
                    "trade_id": null, "price": decimal(*price, 2), "quantity": "1", "aggressor": "buy",
                }),
            );
            trade["instrument"] = json!("BTC/USD");
            (trade, Vec::new())
        }
        Op::Flag { flag, value } => {
            with("set_risk_flag", json!({ "flag": flag, "value": value, "reason": null }))
        }
        Op::Command { id, command: what } => {
            alone("control.command", command(*id, what, None, None))
        }
        Op::Adjust { id, amount } => {
            let amount = Some(amount.to_string());
            alone("control.command", command(*id, "account_adjustment", Some("USD"), amount))
        }
        Op::WrongSeq => {
            let mut wrong = tick();
            wrong["seq_id"] = json!(seq + 1);
            (wrong, Vec::new())
        }
    };
    json!({ "event": event, "intents": intents }).to_string()
}
