//! `gramovar receipt`: papers checked without the shop.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use serde_json::Value;
use shop::receipts::{Genuine, MAX_PAPER_BYTES, verify};

use super::{DONE, PARTLY, say};

#[derive(Debug, Subcommand)]
pub(super) enum ReceiptCommand {
    /// Check the signature of a receipt or credit note, a PDF or a JSON file, and print what was signed.
    #[command(after_help = "Example: gramovar receipt verify receipt-2026-000017.pdf --key 5f0c…")]
    Verify {
        /// The file; - reads standard input.
        file: PathBuf,
        /// The shop's public key, as GET /api/v1/keys lists it: 64 hexadecimal digits. Without it the paper is held
        /// against the key that it names itself.
        #[arg(long, value_name = "PUBLIC", value_parser = key)]
        key: Option<String>,
    },
}

fn key(text: &str) -> Result<String, String> {
    let is_key = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_key { Ok(text.to_ascii_lowercase()) } else { Err("a key is 64 hexadecimal digits".into()) }
}

pub(super) fn run(command: ReceiptCommand) -> anyhow::Result<u8> {
    let ReceiptCommand::Verify { file, key } = command;
    let bytes = read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    match verify(&bytes, key.as_deref()) {
        Ok(genuine) => say(&told(&genuine, key.is_some())).map(|_| DONE),
        Err(e) => {
            eprintln!("not genuine: {e}");
            Ok(PARTLY)
        }
    }
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let input: Box<dyn Read> =
        if file == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(std::fs::File::open(file)?) };
    input.take(MAX_PAPER_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What was signed, for people. Texts come from the file: nothing of them may steer a terminal.
fn told(genuine: &Genuine, is_known: bool) -> String {
    let document = &genuine.document;
    let text = |value: &Value| match value {
        Value::String(text) => text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    };
    let amount = |value: &Value| value.as_i64().map_or_else(String::new, |micros| money::Micros(micros).to_string());
    let mut lines = vec![format!("genuine: {} {}", text(&document["kind"]), text(&document["number"]))];
    for (name, value) in [
        ("seller", &document["seller"]["name"]),
        ("buyer", &document["buyer"]["email"]),
        ("issued", &document["issued_at"]),
        ("order", &document["order"]["id"]),
        ("country", &document["place"]["country"]),
    ] {
        lines.push(format!("{name}: {}", text(value)));
    }
    for line in document["lines"].as_array().into_iter().flatten() {
        lines.push(format!(
            "line: {} - {} | {} | {} bytes | {} | {}",
            text(&line["artists"]),
            text(&line["title"]),
            text(&line["format"]),
            text(&line["bytes"]),
            text(&line["payload_sha256"]),
            amount(&line["gross_micros"]),
        ));
    }
    let totals = &document["totals"];
    let (gross, tax) = (amount(&totals["gross_micros"]), amount(&totals["tax_micros"]));
    lines.push(format!("sum: {gross} {}, of which tax {tax}", text(&document["currency"])));
    lines.push(format!("key: {}", genuine.public_key));
    if !is_known {
        lines.push("whose key that is was not checked: compare it with the shop's, or give it with --key".to_owned());
    }
    lines.join("\n") + "\n"
}
