//! The example of the specification, to the last digit.

use serde_json::{Value, json};

use super::{Run, config, fill, verdict};

fn paid(run: &mut Run, order: &str, id: &str, quantity: &str, price: &str, fee: &str) -> Value {
    let data = fill(order, id, quantity, price, Some(fee));
    run.event("order.fill", data)["event_result"].clone()
}

#[test]
fn ten_thousand_dollars_come_out_exactly() {
    let mut run = Run::new(&config("backtest"));
    assert_eq!(verdict(&run.intent("place_order", super::place("o1", "buy", "1.5"))), "applied -");
    assert_eq!(verdict(&run.report("o1", "accepted")), "applied -");
    assert_eq!(verdict(&paid(&mut run, "o1", "f1", "0.5", "100", "0.05")), "applied -");
    assert_eq!(verdict(&paid(&mut run, "o1", "f1", "0.5", "100", "0.05")), "duplicate -");
    let cancel = json!({ "order_id": "o1", "reason": null });
    assert_eq!(verdict(&run.intent("cancel_order", cancel)), "applied -");
    assert_eq!(verdict(&paid(&mut run, "o1", "f2", "0.25", "101", "0.02525")), "applied -");
    assert_eq!(run.order("o1")["status"], "cancel_pending");
    assert_eq!(verdict(&run.report("o1", "cancel_rejected")), "applied -");
    assert_eq!(run.order("o1")["status"], "partially_filled");
    assert_eq!(verdict(&paid(&mut run, "o1", "f3", "0.75", "102", "0.0765")), "applied -");
    let snapshot = run.snapshot();
    assert_eq!(snapshot["orders"][0]["status"], "filled");
    assert_eq!(snapshot["cash"][0]["amount"], "9848.09825");
    assert_eq!(snapshot["positions"][0]["quantity"], "1.5");
    assert_eq!(snapshot["positions"][0]["cost"], "151.75");

    run.intent("place_order", super::place("o2", "sell", "1"));
    run.report("o2", "accepted");
    assert_eq!(verdict(&run.fill("o2", "0.4", "110")), "applied -");
    assert_eq!(verdict(&run.fill("o2", "0.7", "111")), "rejected OVERFILL");
    assert_eq!(verdict(&run.fill("o2", "0.6", "111")), "applied -");
    let snapshot = run.snapshot();
    assert_eq!(snapshot["orders"][1]["status"], "filled");
    assert_eq!(snapshot["cash"][0]["amount"], "9958.69825");
    assert_eq!(snapshot["fees_paid"][0]["amount"], "0.15175");
    let position = &snapshot["positions"][0];
    assert_eq!(position["quantity"], "0.5");
    assert_eq!(position["cost"], "50.583333333333333333333333");
    assert_eq!(position["realized_pnl"], "9.433333333333333333333333");
    assert_eq!(position["avg_price"], "101.166666666667");
}
