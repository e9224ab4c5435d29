//! The fixtures of reconciliation, which TypeScript passes as well, byte by byte.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use tendon_contracts::{
    json as contract_json,
    reconcile::{ReconcileError, reconcile},
};

fn fixtures() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/contracts/engine/fixtures/reconcile");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let fixture = contract_json::parse(&fs::read(&path).unwrap()).unwrap();
            (path.file_name().unwrap().to_string_lossy().into_owned(), fixture)
        })
        .collect()
}

#[test]
fn every_fixture_gets_the_report_and_repairs_it_expects() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 37, "{} fixtures", fixtures.len());
    for (name, fixture) in fixtures {
        let input = contract_json::canonical(&fixture["input"]).unwrap();
        let found = String::from_utf8(reconcile(&input).unwrap()).unwrap();
        let expected = contract_json::canonical(&fixture["expect"]).unwrap();
        assert_eq!(found, String::from_utf8(expected).unwrap(), "{name}");
    }
}

#[test]
fn what_is_no_pair_of_snapshots_is_refused() {
    let (_, fixture) = fixtures().swap_remove(0);
    let good = &fixture["input"];
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut input = good.clone();
        change(&mut input);
        reconcile(&serde_json::to_vec(&input).unwrap()).unwrap_err()
    };
    assert!(matches!(reconcile(b"{"), Err(ReconcileError::Json(_))));
    assert!(matches!(reconcile(br#"{"core":1,"core":2}"#), Err(ReconcileError::Json(_))));
    let unreadable: [&dyn Fn(&mut Value); 4] = [
        &|input| input["core"]["mode"] = json!("real"),
        &|input| input["core"]["cash"] = json!([{ "currency": "USD", "amount": "1.0" }]),
        &|input| input["venue"]["as_of"] = json!(1),
        &|input| input["venue"]["orders"] = json!([{}]),
    ];
    for change in unreadable {
        assert!(matches!(refused(change), ReconcileError::Input(_)));
    }
    for bad in [json!(1), json!("-0"), json!("9223372036854775808")] {
        let error = refused(&|input| input["grace_ns"] = bad.clone());
        assert!(matches!(error, ReconcileError::Input(_)), "{bad}");
    }
    let error = refused(&|input| input["more"] = json!(null));
    assert!(matches!(error, ReconcileError::Input(_)));
}
