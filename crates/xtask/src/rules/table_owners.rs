//! Each table is written by one module of the shop: the owner is the first, in the order of declaration, that writes it.
//!
//! Read out of the SQL text itself: tables from the migrations, writers from `INSERT INTO`, `UPDATE` and `DELETE FROM`
//! in the strings of `crates/shop/src`. Tests may write anything.

use std::collections::{BTreeMap, BTreeSet};

use crate::rust_text::{Kind, code, find};
use crate::tree::{File, Offence, Tree};

const CRATE: &str = "shop";

pub fn check(tree: &Tree) -> Vec<Offence> {
    let tables = tables(tree);
    let order = declared_modules(tree);
    let mut writers: BTreeMap<String, BTreeMap<usize, Vec<(String, usize)>>> = BTreeMap::new();
    for file in tree.sources(CRATE) {
        let place = order.iter().position(|module| module == module_name(file)).unwrap_or(order.len());
        for token in file.tokens.iter().filter(|token| token.kind == Kind::Text && !token.test) {
            for (table, line) in written(&token.text).into_iter().filter(|(table, _)| tables.contains(table)) {
                let place = writers.entry(table).or_default().entry(place).or_default();
                place.push((file.path.clone(), token.line + line));
            }
        }
    }
    let mut offences = Vec::new();
    for (table, places) in writers {
        let mut places = places.into_iter();
        let Some((owner, _)) = places.next() else { continue };
        let owner = order.get(owner).map_or("lib", String::as_str);
        for (path, line) in places.flat_map(|(_, writes)| writes) {
            offences.push(Offence::new(&path, line, format!("table {table} is written by {owner}, its only owner")));
        }
    }
    offences
}

fn declared_modules(tree: &Tree) -> Vec<String> {
    let Some(root) = tree.file(&format!("crates/{CRATE}/src/lib.rs")) else { return Vec::new() };
    let code = code(&root.tokens);
    find(&code, &["mod"]).filter_map(|index| code.get(index + 1)).map(|name| name.text.clone()).collect()
}

fn module_name(file: &File) -> &str {
    let inside = file.path.split("/src/").nth(1).unwrap_or_default();
    inside.split(['/', '.']).next().unwrap_or_default()
}

/// The tables that the migrations create, in lower case.
fn tables(tree: &Tree) -> BTreeSet<String> {
    let migrations = tree.files.iter().filter(|file| file.crate_name() == Some(CRATE) && file.path.ends_with(".sql"));
    let mut tables = BTreeSet::new();
    for text in migrations.filter_map(|file| file.text.as_deref()) {
        let words = words(text);
        for (index, (word, _)) in words.iter().enumerate() {
            if word.eq_ignore_ascii_case("table") && index > 0 && words[index - 1].0.eq_ignore_ascii_case("create") {
                let named = words[index + 1..].iter().map(|(word, _)| word.to_ascii_lowercase());
                tables.extend(named.skip_while(|word| ["if", "not", "exists"].contains(&word.as_str())).take(1));
            }
        }
    }
    tables
}

/// What a text of SQL writes: the name after each writing keyword, and its line counted from the text's first.
fn written(text: &str) -> Vec<(String, usize)> {
    let words = words(text);
    let follows = |index: usize, word: &str| words.get(index).is_some_and(|(found, _)| *found == word);
    let mut found = Vec::new();
    for index in 0..words.len() {
        let name_at = match words[index].0 {
            "INSERT" if follows(index + 1, "INTO") => index + 2,
            "INSERT" if follows(index + 1, "OR") && follows(index + 3, "INTO") => index + 4,
            "DELETE" if follows(index + 1, "FROM") => index + 2,
            "UPDATE" if follows(index + 2, "SET") || follows(index + 3, "SET") || follows(index + 4, "SET") => {
                index + 1
            }
            _ => continue,
        };
        if let Some((name, line)) = words.get(name_at) {
            found.push((name.to_ascii_lowercase(), *line));
        }
    }
    found
}

fn words(text: &str) -> Vec<(&str, usize)> {
    let mut words = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let text = text.split("--").next().unwrap_or_default();
        let parts = text.split(|c: char| c != '_' && !c.is_alphanumeric());
        words.extend(parts.filter(|word| !word.is_empty()).map(|word| (word, line)));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(wallet: &str, orders: &str) -> Vec<String> {
        let tree = Tree::sample(&[
            (
                "crates/shop/migrations/0001.sql",
                "CREATE TABLE ledger_entries (id BIGINT);\ncreate table if not exists orders (id BIGINT);",
            ),
            ("crates/shop/src/lib.rs", "pub mod wallet;\npub mod orders;"),
            ("crates/shop/src/wallet/mod.rs", wallet),
            ("crates/shop/src/orders.rs", orders),
        ]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    const OWNER: &str = "const A: &str = \"INSERT INTO ledger_entries (id) VALUES ($1)\";";

    #[test]
    fn a_module_that_writes_its_own_table_and_reads_another_passes() {
        assert!(
            offences(OWNER, "const A: &str = \"UPDATE orders SET id = (SELECT id FROM ledger_entries)\";").is_empty()
        );
    }

    #[test]
    fn a_second_writer_is_found_in_every_form_and_at_its_line() {
        let expected = ["crates/shop/src/orders.rs:2: table ledger_entries is written by wallet, its only owner"];
        for statement in
            ["INSERT OR IGNORE INTO ledger_entries", "UPDATE ledger_entries SET id = 1", "DELETE FROM ledger_entries"]
        {
            assert_eq!(offences(OWNER, &format!("const B: &str = \"\n {statement}\";")), expected, "{statement}");
        }
    }

    #[test]
    fn a_lock_for_update_is_no_write_and_a_test_may_write() {
        let orders = "const A: &str = \"SELECT id FROM ledger_entries FOR UPDATE\";\n#[cfg(test)] mod t { const B: &str = \"DELETE FROM ledger_entries\"; }";
        assert!(offences(OWNER, orders).is_empty());
    }
}
