//! Writes the golden table anew for the class of processors that this build is for: `cargo run -p audio --example golden`.
//! Rows of codecs that this build lacks, and columns of other classes, stay as they are.

#[path = "../tests/golden/rows.rs"]
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use audio::portable::cpu_class;

fn main() -> std::io::Result<()> {
    let old = rows::parse(&std::fs::read_to_string(rows::TABLE).unwrap_or_default());
    let optional = |format: &str| rows::OPTIONAL.iter().any(|codec| format.starts_with(codec));
    let made = rows::made();
    let mut table: BTreeMap<rows::Row, BTreeMap<String, String>> = old
        .iter()
        .filter(|(row, _)| made.contains_key(*row) || optional(&row.1))
        .map(|(r, h)| (r.clone(), h.clone()))
        .collect();
    let mut changed = 0;
    for (row, hash) in made {
        let hashes = table.entry(row).or_default();
        changed += usize::from(hashes.get(cpu_class()) != Some(&hash));
        hashes.insert(cpu_class().into(), hash);
    }
    let classes: BTreeSet<String> = table.values().flat_map(|hashes| hashes.keys().cloned()).collect();
    let mut text =
        String::from("# SHA-256 of each body; written by `cargo run -p audio --example golden`\nmaster format");
    classes.iter().for_each(|class| text += &format!(" {class}"));
    for ((master, format), hashes) in &table {
        text += &format!("\n{master} {format}");
        classes.iter().for_each(|class| text += &format!(" {}", hashes.get(class).map_or("-", String::as_str)));
    }
    std::fs::write(rows::TABLE, text + "\n")?;
    println!("{} rows, {changed} of them new or changed", table.len());
    Ok(())
}
