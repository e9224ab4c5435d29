//! The engine fed by hand: what it refuses, what it audits, and that nothing legal breaks it.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::instruments;
use proptest::prelude::*;
use serde_json::{Value, json};
use tendon_engine::{
    HeldPosition, ManualConfig, ManualEngine, Replica, RiskConfig, StrategyConfig, SummaryInterval,
    closing_order, time,
};

const NOON: &str = "2025-01-01T12:00:00Z";

fn engine(trading_enabled: bool, execution: Option<Vec<String>>) -> ManualEngine {
    let config = ManualConfig {
        strategy: StrategyConfig::Noop,
        risk: RiskConfig::ApproveAll,
        trading_enabled,
        start: time::parse(NOON).unwrap(),
        execution,
    };
    ManualEngine::new(instruments(&["btc", "eth"]), &config).unwrap()
}

#[test]
fn the_close_positions_strategy_sends_barters_closing_orders() {
    let config = ManualConfig {
        strategy: StrategyConfig::ClosePositions,
        risk: RiskConfig::ApproveAll,
        trading_enabled: true,
        start: time::parse(NOON).unwrap(),
        execution: None,
    };
    let mut engine = ManualEngine::new(instruments(&["btc", "eth"]), &config).unwrap();
    process(&mut engine, &fill(1, "Sell", "100", "2.5", "0")).unwrap();
    assert!(engine.take_requests().is_empty(), "there is no price yet");
    let trade = json!({ "Market": { "Item": {
        "time_exchange": NOON, "time_received": NOON, "exchange": "binance_spot", "instrument": 1,
        "kind": { "Trade": { "id": "1", "price": 90.0, "amount": 1.0, "side": "Buy" } },
    } } });
    process(&mut engine, &trade).unwrap();
    let sent = serde_json::to_value(engine.take_requests()).unwrap();
    let position = HeldPosition {
        exchange: 0,
        instrument: 1,
        is_long: false,
        quantity: "2.5".parse().unwrap(),
    };
    let order = closing_order(&position, 90.into(), "closePositions", "closePositions-0").unwrap();
    assert_eq!(sent, json!([{ "Open": order }]));
    assert_eq!(sent[0]["Open"]["state"]["side"], "Buy");
    // On its way: not asked for again.
    process(&mut engine, &trade).unwrap();
    assert!(engine.take_requests().is_empty());
    assert_eq!(closing_order(&position, 0.into(), "s", "c").unwrap_err().code(), "engine_order");
}

#[test]
fn a_crossover_does_not_add_to_a_short_position_it_was_told_of() {
    let config = ManualConfig {
        strategy: StrategyConfig::SmaCross { fast: 1, slow: 2, quantity: 1.into() },
        risk: RiskConfig::ApproveAll,
        trading_enabled: true,
        start: time::parse(NOON).unwrap(),
        execution: None,
    };
    let mut engine = ManualEngine::new(instruments(&["btc"]), &config).unwrap();
    process(&mut engine, &fill(0, "Sell", "100", "2", "0")).unwrap();
    for price in [100.0, 90.0] {
        let trade = json!({ "Market": { "Item": {
            "time_exchange": NOON, "time_received": NOON, "exchange": "binance_spot",
            "instrument": 0,
            "kind": { "Trade": { "id": "1", "price": price, "amount": 1.0, "side": "Buy" } },
        } } });
        process(&mut engine, &trade).unwrap();
    }
    assert!(engine.take_requests().is_empty());
}

fn process(engine: &mut ManualEngine, event: &Value) -> Result<Value, tendon_engine::EngineError> {
    let ticks = engine.process_json(event.to_string().as_bytes())?;
    Ok(serde_json::to_value(ticks).unwrap()[0].clone())
}

fn item(exchange: usize, kind: Value) -> Value {
    json!({ "Account": { "Item": { "exchange": exchange, "kind": kind } } })
}

fn fill(instrument: usize, side: &str, price: &str, quantity: &str, fees: &str) -> Value {
    item(
        0,
        json!({ "Trade": {
        "id": "t", "order_id": "o", "instrument": instrument, "strategy": "s",
        "time_exchange": NOON, "side": side, "price": price, "quantity": quantity,
        "fees": { "asset": null, "fees": fees },
    } }),
    )
}

fn open(exchange: usize, instrument: usize, price: &str, quantity: &str) -> Value {
    json!({ "Command": { "SendOpenRequests": { "One": {
        "key": { "exchange": exchange, "instrument": instrument, "strategy": "s", "cid": "c" },
        "state": { "side": "Buy", "price": price, "quantity": quantity, "kind": "Market",
                   "time_in_force": "ImmediateOrCancel" },
    } } } })
}

#[test]
fn every_upstream_panic_is_refused_before_the_engine_sees_it() {
    let balance = |asset: usize, total: &str, free: &str| {
        item(
            0,
            json!({ "BalanceSnapshot": {
            "asset": asset, "balance": { "total": total, "free": free }, "time_exchange": NOON,
        } }),
        )
    };
    let cancelled = item(
        0,
        json!({ "OrderCancelled": {
        "key": { "exchange": 0, "instrument": 9, "strategy": "s", "cid": "c" },
        "state": { "Ok": { "id": "o", "time_exchange": NOON } },
    } }),
    );
    let cases = [
        (fill(0, "Buy", "100", "0", "0"), "engine_order"),
        (fill(0, "Buy", "0", "1", "0"), "engine_order"),
        (fill(0, "Buy", "-1", "1", "0"), "engine_order"),
        (fill(0, "Buy", "79228162514264337593543950335", "2", "0"), "engine_order"),
        (fill(0, "Buy", "100", "1", "9999999999999999999999"), "engine_event"),
        (fill(9, "Buy", "100", "1", "0"), "engine_event"),
        (fill(0, "Up", "100", "1", "0"), "engine_event"),
        (open(0, 9, "100", "1"), "engine_event"),
        (open(0, 0, "100", "0"), "engine_order"),
        (open(0, 0, "0", "1"), "engine_order"),
        (balance(9, "1", "1"), "engine_event"),
        (balance(0, "1", "2"), "engine_event"),
        (balance(0, "-1", "-1"), "engine_event"),
        (cancelled, "engine_event"),
        (
            item(7, json!({ "Snapshot": { "exchange": 7, "balances": [], "instruments": [] } })),
            "engine_event",
        ),
        (json!({ "Market": { "Reconnecting": "kraken" } }), "engine_event"),
        (json!({ "Account": { "Reconnecting": "kraken" } }), "engine_event"),
        (
            json!({ "Command": { "ClosePositions": { "Instruments": { "One": 9 } } } }),
            "engine_event",
        ),
        (
            json!({ "Command": { "CancelOrders": { "Exchanges": { "Many": [0, 9] } } } }),
            "engine_event",
        ),
        (
            json!({ "Command": { "CancelOrders": { "Underlyings": { "One": { "base": 0, "quote": 99 } } } } }),
            "engine_event",
        ),
        (json!("Shutdown"), "engine_event"),
        (json!({ "TradingStateUpdate": "Maybe" }), "engine_event"),
    ];
    let mut engine = engine(false, None);
    let before = engine.state();
    for (event, code) in cases {
        let error = process(&mut engine, &event).unwrap_err();
        assert_eq!(error.code(), code, "{event}: {error}");
        assert_eq!(engine.state(), before);
    }
    for (kind, code) in [
        (
            json!({ "OrderBookL1": { "last_update_time": NOON,
            "best_bid": { "price": "1", "amount": "0" }, "best_ask": { "price": "2", "amount": "0" } } }),
            "market_data_amount",
        ),
        (
            json!({ "Trade": { "id": "1", "price": 0.0, "amount": 1.0, "side": "Buy" } }),
            "market_data_price",
        ),
        (
            json!({ "Trade": { "id": "1", "price": 1e20, "amount": 1.0, "side": "Buy" } }),
            "market_data_price",
        ),
    ] {
        let event = json!({ "Market": { "Item": {
            "time_exchange": NOON, "time_received": NOON, "exchange": "binance_spot",
            "instrument": 0, "kind": kind } } });
        assert_eq!(process(&mut engine, &event).unwrap_err().code(), code);
    }
    assert!(process(&mut engine, &json!({ "TradingStateUpdate": "Enabled" })).is_ok());
}

#[test]
fn a_fill_far_from_the_entry_is_refused() {
    let mut engine = engine(false, None);
    process(&mut engine, &fill(0, "Buy", "0.000001", "1", "0")).unwrap();
    let error = process(&mut engine, &fill(0, "Sell", "100", "1", "0")).unwrap_err();
    assert_eq!(error.code(), "engine_event");
    process(&mut engine, &fill(0, "Sell", "0.9", "1", "0")).unwrap();
}

#[test]
fn an_exchange_without_execution_ends_the_engine_with_a_clean_audit() {
    for event in [open(0, 0, "100", "1"), open(5, 0, "100", "1")] {
        let mut engine = engine(false, Some(Vec::new()));
        let tick = process(&mut engine, &event).unwrap();
        let text = tick.to_string();
        assert!(text.contains("unknown or has no execution"), "{text}");
        assert!(!text.contains("Available"), "{text}");
        assert!(engine.stopped().is_some());
        let error = process(&mut engine, &event).unwrap_err();
        assert_eq!(error.code(), "engine_stopped");
    }
}

#[test]
fn commands_reach_the_caller_and_change_the_orders() {
    let mut engine = engine(false, None);
    process(&mut engine, &open(0, 1, "100", "2")).unwrap();
    let requests = serde_json::to_value(engine.take_requests()).unwrap();
    assert_eq!(requests[0]["Open"]["key"]["cid"], json!("c"));
    assert!(engine.take_requests().is_empty());
    let tick = process(&mut engine, &json!({ "Command": { "CancelOrders": "None" } })).unwrap();
    let sent = &tick["event"]["Process"]["outputs"]["One"]["Commanded"]["CancelOrders"]["sent"];
    assert_eq!(sent["One"]["key"]["cid"], json!("c"));
    let state = serde_json::to_value(engine.state()).unwrap();
    assert_eq!(state["instruments"][1]["orders"][0]["state"], json!("cancelInFlight"));
}

#[test]
fn closing_uses_the_market_price_and_the_whole_position() {
    let mut engine = engine(false, None);
    process(&mut engine, &fill(0, "Buy", "100", "3", "1")).unwrap();
    let close = json!({ "Command": { "ClosePositions": "None" } });
    process(&mut engine, &close).unwrap();
    assert!(engine.take_requests().is_empty(), "no price yet");
    engine.process_market(common::trade(1, "110").as_bytes()).unwrap();
    process(&mut engine, &close).unwrap();
    let requests = serde_json::to_value(engine.take_requests()).unwrap();
    let state = &requests[0]["Open"]["state"];
    assert_eq!(
        (&state["side"], &state["price"], &state["quantity"]),
        (&json!("Sell"), &json!("110"), &json!("3"))
    );
    let tick = process(&mut engine, &fill(0, "Sell", "110", "3", "1")).unwrap();
    let exit = &tick["event"]["Process"]["outputs"]["One"]["PositionExit"];
    assert_eq!(exit["pnl_realised"], json!("28"));
    let summary = engine.summary(rust_decimal::Decimal::ZERO, SummaryInterval::Daily).unwrap();
    assert_eq!(summary.instruments[0].1.pnl.to_string(), "28");
}

#[derive(Debug, Clone)]
enum Step {
    Trade(usize, u32),
    Fill(usize, bool, u32, u32, u32),
    Open(usize, bool, u32),
    Acknowledge(usize, u32),
    Filled(usize, u32),
    Close,
    Cancel,
    Trading(bool),
    Reconnect(bool),
    Balance(u32, u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0usize..2, 1u32..100_000).prop_map(|(i, p)| Step::Trade(i, p)),
        (0usize..2, any::<bool>(), 1u32..100_000, 1u32..500, 0u32..50)
            .prop_map(|(i, s, p, q, f)| Step::Fill(i, s, p, q, f)),
        (0usize..2, any::<bool>(), 0u32..6).prop_map(|(i, s, c)| Step::Open(i, s, c)),
        (0usize..2, 0u32..6).prop_map(|(i, c)| Step::Acknowledge(i, c)),
        (0usize..2, 0u32..6).prop_map(|(i, c)| Step::Filled(i, c)),
        Just(Step::Close),
        Just(Step::Cancel),
        any::<bool>().prop_map(Step::Trading),
        any::<bool>().prop_map(Step::Reconnect),
        (0u32..1_000_000, 0u32..1_000_000).prop_map(|(a, b)| Step::Balance(a.max(b), a.min(b))),
    ]
}

fn event(step: &Step, at: usize) -> Value {
    let time = format!("2025-01-01T12:{:02}:{:02}Z", at / 60, at % 60);
    let side = |buy: bool| if buy { "Buy" } else { "Sell" };
    let order = |instrument: usize, cid: u32, state: Value| {
        item(
            0,
            json!({ "OrderSnapshot": {
            "key": { "exchange": 0, "instrument": instrument, "strategy": "s", "cid": format!("c{cid}") },
            "side": "Buy", "price": "100", "quantity": "5", "kind": "Limit",
            "time_in_force": "GoodUntilEndOfDay", "state": state,
        } }),
        )
    };
    match step {
        Step::Trade(instrument, price) => json!({ "Market": { "Item": {
            "time_exchange": time, "time_received": time, "exchange": "binance_spot",
            "instrument": instrument,
            "kind": { "Trade": { "id": "1", "price": f64::from(*price) / 100.0, "amount": 1.0, "side": "Buy" } },
        } } }),
        Step::Fill(instrument, buy, price, quantity, fees) => {
            let (price, quantity) =
                (format!("{}.{:02}", price / 100 + 1, price % 100), quantity.to_string());
            fill(*instrument, side(*buy), &price, &quantity, &fees.to_string())
        }
        Step::Open(instrument, buy, cid) => json!({ "Command": { "SendOpenRequests": { "One": {
            "key": { "exchange": 0, "instrument": instrument, "strategy": "s", "cid": format!("c{cid}") },
            "state": { "side": side(*buy), "price": "100", "quantity": "5", "kind": "Limit",
                       "time_in_force": { "GoodUntilCancelled": { "post_only": true } } },
        } } } }),
        Step::Acknowledge(instrument, cid) => order(
            *instrument,
            *cid,
            json!({ "Active": { "Open": {
            "id": format!("o{cid}"), "time_exchange": time, "filled_quantity": "1" } } }),
        ),
        Step::Filled(instrument, cid) => {
            order(*instrument, *cid, json!({ "Inactive": "FullyFilled" }))
        }
        Step::Close => json!({ "Command": { "ClosePositions": "None" } }),
        Step::Cancel => {
            json!({ "Command": { "CancelOrders": { "Instruments": { "Many": [0, 1] } } } })
        }
        Step::Trading(on) => {
            json!({ "TradingStateUpdate": if *on { "Enabled" } else { "Disabled" } })
        }
        Step::Reconnect(market) => {
            let link = if *market { "Market" } else { "Account" };
            json!({ link: { "Reconnecting": "binance_spot" } })
        }
        Step::Balance(total, free) => item(
            0,
            json!({ "BalanceSnapshot": {
            "asset": 0, "time_exchange": time,
            "balance": { "total": total.to_string(), "free": free.to_string() },
        } }),
        ),
    }
}

/// Without orders: those in flight are the engine's alone, and what becomes of them differs with it.
fn without_orders(state: &tendon_engine::StateView) -> Value {
    let mut state = serde_json::to_value(state).unwrap();
    for instrument in state["instruments"].as_array_mut().unwrap() {
        instrument["orders"] = Value::Null;
    }
    state
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn no_legal_sequence_breaks_the_engine_and_a_replica_follows_it(
        steps in proptest::collection::vec(step(), 1..120),
    ) {
        let mut engine = engine(true, None);
        let table = Arc::clone(engine.instruments());
        let mut replica = Replica::new(&engine.snapshot(), table).unwrap();
        for (at, step) in steps.iter().enumerate() {
            let tick = process(&mut engine, &event(step, at));
            prop_assert!(tick.is_ok(), "{:?}: {:?}", step, tick);
            let ticks = json!([tick.unwrap()]).to_string();
            replica.update_json(ticks.as_bytes()).unwrap();
            prop_assert_eq!(without_orders(&replica.state()), without_orders(&engine.state()));
        }
        prop_assert!(engine.stopped().is_none());
        prop_assert!(engine.summary(rust_decimal::Decimal::ZERO, SummaryInterval::Daily).is_ok());
    }
}
