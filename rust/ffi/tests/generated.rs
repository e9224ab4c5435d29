//! The committed header, symbol table, method table and hash are what the sources generate.
//!
//! `deno task gen` runs this test with `TENDON_GENERATE=1`, which writes the files instead of comparing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

use sha2::{Digest, Sha256};
use tendon::describe_methods;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn header() -> String {
    let config = cbindgen::Config::from_file(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cbindgen.toml"),
    )
    .unwrap();
    let mut out = Vec::new();
    cbindgen::Builder::new()
        .with_config(config)
        .with_src(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/abi.rs"))
        .with_src(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/waker.rs"))
        .generate()
        .unwrap()
        .write(&mut out);
    String::from_utf8(out).unwrap()
}

struct Symbol {
    name: String,
    parameters: Vec<&'static str>,
    result: &'static str,
    nonblocking: bool,
}

/// Reads the header back; anything but the allowed types is an error.
fn symbols(header: &str) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    let mut docs = "";
    let mut rest = header;
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        if rest.starts_with("/*") {
            let end = rest.find("*/").unwrap() + 2;
            (docs, rest) = rest.split_at(end);
            continue;
        }
        if rest.starts_with('#') || rest.starts_with("extern \"C\"") || rest.starts_with('}') {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
            continue;
        }
        let end = rest.find(';').unwrap();
        let declaration = rest[..end].split_whitespace().collect::<Vec<_>>().join(" ");
        rest = &rest[end + 1..];
        if declaration.starts_with("typedef") {
            continue;
        }
        let (head, arguments) = declaration.split_once('(').unwrap();
        let (result, name) = head.rsplit_once(' ').unwrap();
        let result = match result {
            "uint32_t" => "u32",
            "int32_t" => "i32",
            "double" => "f64",
            other => panic!("{name} returns {other}, which may not cross"),
        };
        let parameters = arguments
            .split(',')
            .map(str::trim)
            .filter(|argument| *argument != "void)")
            .map(|argument| {
                let argument = argument.trim_end_matches(')');
                let (kind, _) = argument.rsplit_once([' ', '*']).unwrap();
                match kind.trim_end_matches('*').trim() {
                    "uint32_t" => "u32",
                    "uint64_t" => "u64",
                    "int32_t" => "i32",
                    "double" => "f64",
                    "const uint8_t" | "uint8_t" => "buffer",
                    "tendon_wake_fn" => "function",
                    other => panic!("{name} takes {other}, which may not cross"),
                }
            })
            .collect();
        symbols.push(Symbol {
            name: name.to_owned(),
            parameters,
            result,
            nonblocking: docs.contains("@nonblocking"),
        });
    }
    symbols
}

fn symbol_table(symbols: &[Symbol], hash: u64, version: u32) -> String {
    let mut text = String::from(
        "// Generated from rust/include/tendon.h by `deno task gen`; do not edit.\n\n\
         /** ABI version that this table describes: major in the upper, minor in the lower 16 bits. */\n",
    );
    writeln!(text, "export const ABI_VERSION = {version};\n").unwrap();
    text.push_str("/** First 48 bits of the SHA-256 of header and method table. */\n");
    writeln!(text, "export const ABI_HASH = 0x{hash:012x};\n").unwrap();
    text.push_str("/** Every symbol of the library: parameter types, result type, and whether it parks its thread. */\n");
    text.push_str("export const SYMBOLS = {\n");
    for symbol in symbols {
        let parameters =
            symbol.parameters.iter().map(|kind| format!("\"{kind}\"")).collect::<Vec<_>>();
        writeln!(
            text,
            "  {}: {{ parameters: [{}], result: \"{}\", nonblocking: {} }},",
            symbol.name,
            parameters.join(", "),
            symbol.result,
            symbol.nonblocking
        )
        .unwrap();
    }
    text.push_str("} as const;\n");
    text
}

fn method_table() -> String {
    let methods = describe_methods();
    let mut declarations = BTreeMap::new();
    for method in &methods {
        for (name, text) in &method.declarations {
            let known = declarations.insert(name.clone(), text.clone());
            assert!(known.is_none_or(|known| known == *text), "two types are called {name}");
        }
    }
    let mut text = String::from(
        "// Generated from the method table in rust/ffi/src/methods.rs by `deno task gen`; do not edit.\n\n",
    );
    for declaration in declarations.values() {
        text.push_str(declaration.trim());
        text.push_str("\n\n");
    }
    text.push_str("/** Every method by name: request, answer, when it answers and how. */\nexport interface Methods {\n");
    for method in &methods {
        writeln!(
            text,
            "  \"{}\": {{ request: {}; answer: {}; timing: \"{}\"; encoding: \"{}\" }};",
            method.name, method.request, method.answer, method.timing, method.encoding
        )
        .unwrap();
    }
    text.push_str("}\n\n/** Number of each method on the wire. */\nexport const METHOD_IDS = {\n");
    for method in &methods {
        writeln!(text, "  \"{}\": {},", method.name, method.id).unwrap();
    }
    text.push_str("} as const satisfies Record<keyof Methods, number>;\n");
    text.push_str("\n/** Methods that answer with a JSON head and binary columns. */\n");
    text.push_str("export const PACKED_METHODS: ReadonlySet<string> = new Set<keyof Methods>([\n");
    for method in methods.iter().filter(|method| method.encoding == "packed") {
        writeln!(text, "  \"{}\",", method.name).unwrap();
    }
    text.push_str("]);\n");
    text
}

fn hash(header: &str, methods: &str) -> u64 {
    let digest = Sha256::new().chain_update(header).chain_update(methods).finalize();
    digest[..6].iter().fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

fn hash_module(hash: u64) -> String {
    format!(
        "//! Generated by `deno task gen` from the C header and the method table; do not edit.\n\n\
         /// First 48 bits of the SHA-256 of the header and the method table.\n\
         pub(crate) const ABI_HASH: u64 = 0x{hash:012x};\n"
    )
}

fn compare(path: &str, text: &str) -> Option<String> {
    let file = root().join(path);
    if std::env::var_os("TENDON_GENERATE").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        if std::fs::read_to_string(&file).ok().as_deref() != Some(text) {
            std::fs::write(&file, text).unwrap();
        }
        return None;
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    (committed != text).then(|| format!("{path} is out of date; run `deno task gen`"))
}

#[test]
#[cfg_attr(not(feature = "diagnostics"), ignore = "the table is generated with all methods")]
fn generated_files_are_current() {
    let header = header();
    let symbols = symbols(&header);
    assert!(symbols.len() >= 14, "the header lost symbols");
    let methods = method_table();
    let hash = hash(&header, &methods);
    let table = symbol_table(&symbols, hash, tendon::abi::tendon_abi_version());
    let stale: Vec<String> = [
        ("rust/include/tendon.h", header.as_str()),
        ("ffi/generated/symbols.ts", &table),
        ("ffi/generated/methods.ts", &methods),
        ("rust/ffi/src/generated/mod.rs", &hash_module(hash)),
    ]
    .iter()
    .filter_map(|(path, text)| compare(path, text))
    .collect();
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}
