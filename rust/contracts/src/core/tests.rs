//! The core as a whole, through its own entry points.

mod conforms;
mod generate;
mod lifecycle;
mod properties;
mod worked_example;

use serde_json::{Value, json};

use super::{Core, CoreError, Validation};

pub(super) fn config(mode: &str) -> Value {
    json!({
        "schema": "core_config/1.0",
        "run_id": "run-1",
        "mode": mode,
        "base_currency": "USD",
        "initial_cash": [{ "currency": "USD", "amount": "10000" }],
        "policy_overrides": null,
        "risk": {
            "max_order_quantity": null,
            "max_order_notional": null,
            "max_position": null,
            "max_open_orders": null,
        },
        "capabilities": null,
    })
}

pub(super) fn core(config: &Value) -> Core {
    Core::new(config.to_string().as_bytes(), Validation::Off).unwrap()
}

pub(super) fn event(id: &str, time: u64, kind: &str, data: Value) -> Value {
    let source = match kind.split('.').next().unwrap() {
        "market" => "market_data",
        "order" => "broker_report",
        other => other,
    };
    json!({
        "schema": "engine_event/1.0",
        "event_id": id,
        "seq_id": null,
        "event_time": time.to_string(),
        "ingest_time": null,
        "source": source,
        "venue": "sim",
        "instrument": null,
        "producer": { "name": "test", "index": 0 },
        "idempotency_key": null,
        "synthetic": false,
        "attribution": attribution(None),
        "trace": null,
        "body": { "type": kind, "data": data },
    })
}

pub(super) fn attribution(strategy: Option<&str>) -> Value {
    json!({
        "strategy_id": strategy,
        "execution_id": null,
        "route_id": null,
        "broker_id": null,
        "snapshot_id": null,
    })
}

pub(super) fn intent(id: &str, seq: u64, index: usize, kind: &str, data: Value) -> Value {
    json!({
        "schema": "engine_intent/1.0",
        "intent_id": id,
        "index": index,
        "caused_by": seq,
        "created_at": "1",
        "idempotency_key": null,
        "attribution": attribution(Some("s1")),
        "trace": null,
        "body": { "type": kind, "data": data },
    })
}

pub(super) fn place(order: &str, side: &str, quantity: &str) -> Value {
    json!({
        "order_id": order,
        "instrument": "BTC/USD",
        "side": side,
        "order_type": "market",
        "quantity": quantity,
        "limit_price": null,
        "stop_price": null,
        "time_in_force": "gtc",
        "expire_at": null,
        "post_only": false,
        "reduce_only": false,
        "parent_order_id": null,
        "oco_group": null,
        "tag": null,
    })
}

pub(super) fn report(order: &str, id: &str, kind: &str) -> Value {
    json!({
        "order_id": order,
        "venue_order_id": null,
        "report_id": id,
        "report": kind,
        "reason_code": null,
        "reason": null,
        "cum_filled": null,
        "quantity": null,
        "limit_price": null,
        "status": null,
    })
}

pub(super) fn fill(order: &str, id: &str, quantity: &str, price: &str, fee: Option<&str>) -> Value {
    json!({
        "order_id": order,
        "venue_order_id": null,
        "fill_id": id,
        "price": price,
        "quantity": quantity,
        "liquidity": "taker",
        "fee": fee.map(|amount| json!({ "currency": "USD", "amount": amount })),
        "cum_filled": null,
        "remaining": null,
    })
}

pub(super) fn timer(id: &str) -> Value {
    json!({ "timer_id": id, "kind": "normal", "scheduled_for": "1" })
}

/// A core with its clock.
pub(super) struct Run {
    pub(super) core: Core,
    pub(super) seq: u64,
}

impl Run {
    pub(super) fn new(config: &Value) -> Self {
        Self { core: core(config), seq: 0 }
    }

    /// One step; its record or refusal.
    pub(super) fn line(&mut self, event: &Value, intents: &[Value]) -> Value {
        let line = json!({ "event": event, "intents": intents }).to_string();
        let mut out = Vec::new();
        self.core.step_lines(line.as_bytes(), &mut out).unwrap();
        let record: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(
            serde_json_canonicalizer::to_vec(&record).unwrap(),
            out.strip_suffix(b"\n").unwrap(),
            "what is written is canonical"
        );
        if record.get("refused").is_none() {
            self.seq += 1;
        }
        record
    }

    pub(super) fn event(&mut self, kind: &str, data: Value) -> Value {
        let seq = self.seq + 1;
        self.line(&event(&format!("e{seq}"), seq, kind, data), &[])
    }

    /// A timer with one intent; the intent's result.
    pub(super) fn intent(&mut self, kind: &str, data: Value) -> Value {
        let seq = self.seq + 1;
        let timer = event(&format!("e{seq}"), seq, "timer.fired", timer(&format!("t{seq}")));
        let record = self.line(&timer, &[intent(&format!("i{seq}"), seq, 0, kind, data)]);
        record["intent_results"][0].clone()
    }

    pub(super) fn report(&mut self, order: &str, kind: &str) -> Value {
        let id = format!("r{}", self.seq + 1);
        self.event("order.report", report(order, &id, kind))["event_result"].clone()
    }

    pub(super) fn fill(&mut self, order: &str, quantity: &str, price: &str) -> Value {
        let id = format!("f{}", self.seq + 1);
        self.event("order.fill", fill(order, &id, quantity, price, None))["event_result"].clone()
    }

    pub(super) fn snapshot(&mut self) -> Value {
        let mut out = Vec::new();
        self.core.snapshot(&mut out).unwrap();
        let snapshot: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(serde_json_canonicalizer::to_vec(&snapshot).unwrap(), out);
        snapshot
    }

    pub(super) fn order(&mut self, id: &str) -> Value {
        let snapshot = self.snapshot();
        let orders = snapshot["orders"].as_array().unwrap();
        orders.iter().find(|order| order["order_id"] == id).unwrap().clone()
    }
}

/// Outcome and code of a result.
pub(super) fn verdict(result: &Value) -> String {
    let code = result["code"].as_str().unwrap_or("-");
    format!("{} {code}", result["outcome"].as_str().unwrap())
}

#[test]
fn a_step_is_open_until_it_is_finished_or_rolled_back() {
    let mut core = core(&config("backtest"));
    let mut out = Vec::new();
    assert!(matches!(core.finish(b"[]", &mut out), Err(CoreError::State(_))));
    assert!(matches!(core.rollback(), Err(CoreError::State(_))));
    let event = event("e1", 1, "timer.fired", timer("t")).to_string();
    core.begin(event.as_bytes(), &mut out).unwrap();
    assert!(matches!(core.begin(event.as_bytes(), &mut out), Err(CoreError::State(_))));
    assert!(matches!(core.advance(b"", &mut out), Err(CoreError::State(_))));
    assert!(matches!(core.memory(&mut out), Err(CoreError::State(_))));
    let other = serde_json::to_vec(&[intent("i", 7, 0, "no_op", json!({ "note": null }))]).unwrap();
    let Err(CoreError::Refused(refusal)) = core.finish(&other, &mut out) else {
        unreachable!("the intent is caused by another step");
    };
    assert_eq!(
        (refusal.pointer.as_str(), refusal.found.as_deref()),
        ("/intents/0/caused_by", Some("7"))
    );
    core.finish(b"[]", &mut out).unwrap();
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut run = Run::new(&config("backtest"));
    let before = run.snapshot();
    let good = event("e1", 1, "timer.fired", timer("t"));
    let cases = [
        ("/event/seq_id", "SEQ_REGRESSION", "seq_id", json!(2)),
        ("/event/event_time", "MISSING_EVENT_TIME", "event_time", Value::Null),
    ];
    for (pointer, code, member, value) in cases {
        let mut bad = good.clone();
        bad[member] = value;
        let refused = &run.line(&bad, &[])["refused"];
        assert_eq!((&refused["pointer"], &refused["code"]), (&json!(pointer), &json!(code)));
    }
    for line in ["", "{", "[]", "{}", "{\"event\":{}}", "{\"event\":1}", "\u{feff}{}"] {
        let mut out = Vec::new();
        run.core.step_lines(format!("{line}\n").as_bytes(), &mut out).unwrap();
        let refused: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(refused["refused"]["code"], "SCHEMA_INVALID", "{line}");
    }
    assert_eq!(run.snapshot(), before);
}

#[test]
fn reading_takes_one_form_only() {
    let mut run = Run::new(&config("backtest"));
    let good = event(
        "e1",
        1,
        "market.trade",
        json!({
            "trade_id": null, "price": "1.5", "quantity": "1", "aggressor": "buy",
        }),
    );
    let text = json!({ "event": good }).to_string();
    let cases = [
        ("\"1.5\"", "\"1.50\""),
        ("\"1.5\"", "1.5"),
        ("\"buy\"", "{\"buy\":null}"),
        ("\"buy\"", "\"bought\""),
        ("\"index\":0", "\"index\":0.0"),
        ("\"index\":0", "\"index\":-0"),
        ("\"index\":0", "\"index\":65536"),
        ("\"index\":0", "\"index\":0,\"index\":0"),
        ("\"trade_id\":null", "\"trade_id\":\"\\ud800\""),
        ("\"trade_id\":null,", ""),
        (",\"trade_id\":null", ""),
        ("\"seq_id\":null", "\"seq_id\":0"),
        ("\"seq_id\":null", "\"seq_id\":9007199254740992"),
        ("\"event_time\":\"1\"", "\"event_time\":\"01\""),
        ("\"event_time\":\"1\"", "\"event_time\":\"9223372036854775808\""),
        ("\"instrument\":null", "\"instrument\":\"BTC\""),
        ("\"venue\":\"sim\"", "\"venue\":\"sim\",\"more\":1"),
    ];
    for (from, to) in cases {
        if !text.contains(from) {
            continue;
        }
        let mut out = Vec::new();
        run.core.step_lines(text.replacen(from, to, 1).as_bytes(), &mut out).unwrap();
        let refused: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(refused["refused"]["code"], "SCHEMA_INVALID", "{from} -> {to}");
    }
    let mut out = Vec::new();
    run.core.step_lines(text.as_bytes(), &mut out).unwrap();
    assert_eq!(run.snapshot()["step_seq"], 1);
}
