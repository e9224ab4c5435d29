//! Prints the Rust types of a bundle of JSON Schema read from standard input, not yet formatted.
//!
//! typify panics on `if`, makes an untagged enumeration of a `oneOf` of references and ignores
//! `maximum`: `schemas/_strip.ts` and the house rules see to the first two, validators to the last.

use std::{error::Error, io};

use schemars::schema::RootSchema;
use typify::{TypeSpace, TypeSpaceSettings};

fn main() -> Result<(), Box<dyn Error>> {
    let bundle: RootSchema = serde_json::from_reader(io::stdin())?;
    let mut settings = TypeSpaceSettings::default();
    settings.with_derive("PartialEq".into()).with_derive("Eq".into());
    let mut types = TypeSpace::new(&settings);
    types.add_root_schema(bundle)?;
    println!("{}", types.to_stream());
    Ok(())
}
