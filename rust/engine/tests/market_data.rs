//! Reading market data: every form, every refusal with its place, and no panic whatever comes.
#![allow(clippy::unwrap_used)]

mod common;

use common::{fixture, instruments, trade};
use proptest::prelude::*;
use tendon_engine::{EngineError, MarketData, time};

fn parse(text: &str) -> Result<MarketData, EngineError> {
    MarketData::parse(instruments(&["btc", "eth"]), text.as_bytes())
}

/// Code, line and field of a refusal.
fn refusal(text: &str) -> (&'static str, Option<u64>, Option<String>) {
    match parse(text).unwrap_err() {
        EngineError::MarketData { code, line, field, .. } => (code, line, field),
        other => panic!("{other:?}"),
    }
}

const TIME: &str = "\"2025-01-01T12:00:00Z\"";

fn event(instrument: &str, kind: &str) -> String {
    format!(
        "{{\"time_exchange\":{TIME},\"exchange\":\"binance_spot\",\"instrument\":{instrument},\"kind\":{kind}}}"
    )
}

const TRADE: &str = r#"{"Trade":{"id":"1","price":100.5,"amount":2,"side":"Sell"}}"#;

#[test]
fn all_wrappings_read_the_same_event() {
    let bare = event("0", TRADE);
    let expected = parse(&bare).unwrap();
    for text in [
        format!("{{\"Item\":{bare}}}"),
        format!("{{\"Item\":{{\"Ok\":{bare}}}}}"),
        format!("{{\"Market\":{{\"Item\":{bare}}}}}"),
        format!("[{bare}]"),
        format!("\u{feff}\n\n {bare}\r\n\n"),
        event("\"binancespot-btc_usdt\"", TRADE),
        event("\"BTCUSDT\"", TRADE),
        event(r#"{"exchange":"binance_spot","name":"BTCUSDT"}"#, TRADE),
        event("0", r#"{"trade":{"id":"1","price":"100.5","amount":"2","side":"sell"}}"#),
        bare.replace("time_exchange", "timeExchange"),
        bare.replace(TIME, "1735732800000"),
    ] {
        assert_eq!(parse(&text).unwrap().events(), expected.events(), "{text}");
    }
}

#[test]
fn recorded_errors_are_skipped_and_counted() {
    let text = format!("{{\"Item\":{{\"Err\":{{\"Socket\":\"gone\"}}}}}}\n{}", event("0", TRADE));
    let data = parse(&text).unwrap();
    assert_eq!((data.stats().skipped, data.stats().events), (1, 1));
}

#[test]
fn all_kinds_are_read() {
    let level = r#"{"price":"100.00","amount":"1"}"#;
    let kinds = [
        TRADE.to_owned(),
        format!(
            r#"{{"OrderBookL1":{{"last_update_time":{TIME},"best_bid":{level},"best_ask":null}}}}"#
        ),
        format!(
            r#"{{"OrderBook":{{"Snapshot":{{"sequence":1,"time_engine":null,"bids":{{"levels":[{level}]}},"asks":{{"side":null,"levels":[]}}}}}}}}"#
        ),
        format!(
            r#"{{"Candle":{{"close_time":{TIME},"open":1,"high":2,"low":1,"close":2,"volume":0,"trade_count":3}}}}"#
        ),
        format!(r#"{{"Liquidation":{{"side":"Buy","price":1,"quantity":2,"time":{TIME}}}}}"#),
    ];
    let lines: Vec<String> = kinds.iter().map(|kind| event("1", kind)).collect();
    let data = parse(&lines.join("\n")).unwrap();
    let counts = data.stats().per_instrument[1];
    assert_eq!((counts.trades, counts.quotes, counts.other), (1, 1, 3));
}

#[test]
fn recordings_are_read_with_their_order_and_counts() {
    let bytes = std::fs::read(fixture("market_data_600.jsonl")).unwrap();
    let data = MarketData::parse(instruments(&["btc", "eth", "sol"]), &bytes).unwrap();
    let stats = data.stats();
    assert_eq!(stats.events, 600);
    assert_eq!(stats.per_instrument.iter().map(|counts| counts.trades).sum::<u64>(), 146);
    assert_eq!(time::format(data.start()), "2025-03-25T23:07:00.773674205Z");
    assert!(stats.first < data.start(), "the first item is not the earliest");
}

#[test]
fn refusals_name_line_and_field() {
    let good = trade(0, "100");
    let at_3 = |bad: &str| refusal(&format!("{good}\n\n{bad}\n{good}"));
    let quote = |bid: &str, ask: &str| {
        event("0", &format!(r#"{{"OrderBookL1":{{"best_bid":{bid},"best_ask":{ask}}}}}"#))
    };
    for (bad, code, field) in [
        ("{".to_owned(), "market_data_syntax", None),
        ("nonsense".to_owned(), "market_data_syntax", None),
        (format!("{good}{good}"), "market_data_syntax", None),
        ("{\"Item\":5}".to_owned(), "market_data_field", Some("Item")),
        ("{}".to_owned(), "market_data_field", Some("time_exchange")),
        (event("0", TRADE).replace(",\"kind\"", ",\"sort\""), "market_data_field", Some("kind")),
        (
            event("0", TRADE).replace(TIME, "\"yesterday\""),
            "market_data_field",
            Some("time_exchange"),
        ),
        (
            event("0", TRADE).replace("binance_spot", "nowhere"),
            "market_data_field",
            Some("exchange"),
        ),
        (
            event("0", &TRADE.replace("100.5", "\"abc\"")),
            "market_data_field",
            Some("kind.Trade.price"),
        ),
        (
            event("0", &TRADE.replace("\"id\":\"1\",", "")),
            "market_data_field",
            Some("kind.Trade.id"),
        ),
        (event("2", TRADE), "market_data_instrument", Some("instrument")),
        (event("-1", TRADE), "market_data_field", Some("instrument")),
        (event("\"DOGE\"", TRADE), "market_data_instrument", Some("instrument")),
        (
            event("0", TRADE).replace("binance_spot", "kraken"),
            "market_data_exchange",
            Some("exchange"),
        ),
        ("{\"Reconnecting\":\"kraken\"}".to_owned(), "market_data_exchange", Some("Reconnecting")),
        (event("0", &TRADE.replace("100.5", "0")), "market_data_price", Some("kind.Trade.price")),
        (
            event("0", &TRADE.replace("100.5", "1e16")),
            "market_data_price",
            Some("kind.Trade.price"),
        ),
        (
            event("0", &TRADE.replace(":2,", ":-2,")),
            "market_data_amount",
            Some("kind.Trade.amount"),
        ),
        (
            quote(r#"{"price":"0","amount":"1"}"#, "null"),
            "market_data_price",
            Some("kind.OrderBookL1.best_bid.price"),
        ),
        (
            quote(r#"{"price":"1","amount":"-1"}"#, "null"),
            "market_data_amount",
            Some("kind.OrderBookL1.best_bid.amount"),
        ),
        (
            quote(r#"{"price":"1","amount":"0"}"#, r#"{"price":"2","amount":"0.0"}"#),
            "market_data_amount",
            Some("kind.OrderBookL1"),
        ),
        (
            quote(
                r#"{"price":"1000000","amount":"1"}"#,
                r#"{"price":"2","amount":"1000000000000000000000000"}"#,
            ),
            "market_data_amount",
            Some("kind.OrderBookL1"),
        ),
        (
            quote(r#"{"price":"1.00000000000000000000000000001","amount":"1"}"#, "null"),
            "market_data_field",
            Some("kind.OrderBookL1.best_bid.price"),
        ),
    ] {
        assert_eq!(at_3(&bad), (code, Some(3), field.map(str::to_owned)), "{bad}");
    }
}

#[test]
fn refusals_inside_a_spread_out_record_name_its_line() {
    let text = "[\n{\n\"Item\": {\n\"time_exchange\": 7.5\n}\n}\n]";
    assert_eq!(refusal(text), ("market_data_field", Some(4), Some("Item.time_exchange".into())));
}

#[test]
fn nothing_to_replay_is_empty() {
    for text in ["", "[]", "\n \n", "{\"Reconnecting\":\"binance_spot\"}"] {
        assert_eq!(refusal(text).0, "market_data_empty", "{text:?}");
    }
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    let mut bytes = trade(0, "100").into_bytes();
    let at = bytes.iter().position(|byte| *byte == b't').unwrap();
    bytes[at] = 0xff;
    let error = MarketData::parse(instruments(&["btc"]), &bytes).unwrap_err();
    assert!(error.code().starts_with("market_data_"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _outcome = MarketData::parse(instruments(&["btc"]), &bytes);
    }

    #[test]
    fn damaged_records_never_panic(
        at in 0usize..400,
        byte in any::<u8>(),
        cut in 0usize..400,
        array in any::<bool>(),
    ) {
        let quote = event("0", r#"{"OrderBookL1":{"last_update_time":1,"best_bid":{"price":"1.5","amount":"2"},"best_ask":null}}"#);
        let mut text = if array { format!("[{quote},{}]", event("1", TRADE)) } else { format!("{quote}\n{}", event("1", TRADE)) }.into_bytes();
        let at = at % text.len();
        text[at] = byte;
        text.truncate(text.len() - cut % text.len());
        let _outcome = MarketData::parse(instruments(&["btc", "eth"]), &text);
    }

    #[test]
    fn prices_survive_the_way_in(mantissa in 1i64..1_000_000_000_000, scale in 0u32..8) {
        let price = rust_decimal::Decimal::new(mantissa, scale);
        prop_assume!(price >= rust_decimal::Decimal::new(1, 12));
        let text = event("0", &format!(r#"{{"OrderBookL1":{{"best_bid":{{"price":"{price}","amount":"1"}},"best_ask":null}}}}"#));
        let data = parse(&text).unwrap();
        let barter_data::streams::reconnect::Event::Item(item) = &data.events()[0] else { panic!() };
        prop_assert_eq!(item.as_order_book_l1().unwrap().kind.best_bid.unwrap().price, price);
    }
}
