//! The corpus of valid and invalid documents, and the digest of the schemas.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{fs, path::PathBuf};

use serde_json::Value;
use tendon_contracts::{
    generated::{BUNDLE, BUNDLE_DIGEST},
    json, schema,
};

fn fixtures(kind: &str) -> Vec<(String, PathBuf, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/contracts/engine/fixtures")
        .join(kind);
    let mut found = Vec::new();
    for document in fs::read_dir(folder).unwrap() {
        let document = document.unwrap();
        for file in fs::read_dir(document.path()).unwrap() {
            let path = file.unwrap().path();
            let content = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            found.push((document.file_name().into_string().unwrap(), path, content));
        }
    }
    found
}

#[test]
fn every_valid_fixture_is_accepted() {
    let fixtures = fixtures("valid");
    assert!(fixtures.len() > 60);
    for (name, path, content) in fixtures {
        assert_eq!(schema::validate(&name, &content), [], "{}", path.display());
    }
}

#[test]
fn every_invalid_fixture_is_refused_for_its_reason() {
    let fixtures = fixtures("invalid");
    assert!(fixtures.len() > 150);
    for (name, path, content) in fixtures {
        let text =
            content["text"].as_str().map_or_else(|| content["document"].to_string(), str::to_owned);
        let issues = schema::read(&name, text.as_bytes()).unwrap_err();
        let expected =
            (content["invalid"]["path"].as_str(), content["invalid"]["keyword"].as_str());
        let found = (Some(issues[0].pointer.as_str()), Some(issues[0].keyword.as_str()));
        assert_eq!(found, expected, "{}: {issues:?}", path.display());
    }
}

#[test]
fn the_embedded_bundle_has_the_digest_that_is_exported() {
    let bundle = json::parse(BUNDLE.as_bytes()).unwrap();
    assert_eq!(json::hex(&json::digest(&bundle).unwrap()), BUNDLE_DIGEST);
}
