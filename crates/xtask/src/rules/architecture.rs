//! The documents name only what exists: every path, module and item between backticks.

use crate::rust_text::Kind;
use crate::tree::{File, Offence, Tree};

const DOCUMENTS: [&str; 3] = ["ARCHITECTURE.md", "README.md", "STYLE.md"];
const FOLDERS: [&str; 5] = ["crates/", "docs/", "scripts/", "tests/", ".ci/"];

pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for document in DOCUMENTS.iter().filter_map(|path| tree.file(path)) {
        for (index, line) in document.text.as_deref().unwrap_or_default().lines().enumerate() {
            for name in line.split('`').skip(1).step_by(2) {
                if let Some(missing) = missing(tree, name) {
                    offences.push(Offence::new(&document.path, index + 1, missing));
                }
            }
        }
    }
    offences
}

fn missing(tree: &Tree, name: &str) -> Option<String> {
    let plain = name.chars().all(|c| c.is_alphanumeric() || "_-./:".contains(c));
    if !plain {
        return None;
    }
    if FOLDERS.iter().any(|folder| name.starts_with(folder)) {
        return missing_path(tree, name);
    }
    let parts: Vec<&str> = name.split("::").collect();
    let (crate_name, rest) = parts.split_first()?;
    if rest.is_empty() || !tree.files.iter().any(|file| file.crate_name() == Some(crate_name)) {
        return None;
    }
    missing_item(tree, crate_name, rest).map(|part| format!("{name}: there is no {part} in {crate_name}"))
}

fn missing_path(tree: &Tree, name: &str) -> Option<String> {
    let path = name.split(':').next().unwrap_or_default().trim_end_matches('/');
    let exists = |file: &File| file.path == path || file.path.starts_with(&format!("{path}/"));
    (!tree.files.iter().any(exists)).then(|| format!("{path} does not exist"))
}

/// The first part that is neither a module on the way nor a word in the files of the module it stands in.
fn missing_item<'a>(tree: &Tree, crate_name: &str, parts: &[&'a str]) -> Option<&'a str> {
    let mut folder = format!("crates/{crate_name}/src");
    for part in parts {
        let module = format!("{folder}/{part}");
        let is_module =
            |file: &File| file.path == format!("{module}.rs") || file.path.starts_with(&format!("{module}/"));
        if tree.files.iter().any(is_module) {
            folder = module;
            continue;
        }
        let within = |file: &&File| file.path == format!("{folder}.rs") || file.path.starts_with(&format!("{folder}/"));
        let mut tokens = tree.files.iter().filter(within).flat_map(|file| &file.tokens);
        if !tokens.any(|token| token.kind == Kind::Word && token.text == *part) {
            return Some(part);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(document: &str) -> Vec<String> {
        let tree = Tree::sample(&[
            ("ARCHITECTURE.md", document),
            ("crates/shop/src/lib.rs", "mod wallet;"),
            ("crates/shop/src/wallet/mod.rs", "pub fn post() {}"),
        ]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_exists_passes_and_other_words_are_left_alone() {
        let document = "`shop::wallet`, `shop::wallet::post`, `crates/shop/src/wallet/`, `std::env`, `cargo run -p shop::gone`, `shop`";
        assert!(offences(document).is_empty());
    }

    #[test]
    fn what_does_not_exist_is_named() {
        assert_eq!(offences("\n`shop::purse`"), ["ARCHITECTURE.md:2: shop::purse: there is no purse in shop"]);
        assert_eq!(
            offences("`shop::wallet::steal`"),
            ["ARCHITECTURE.md:1: shop::wallet::steal: there is no steal in shop"]
        );
        assert_eq!(offences("`crates/cart/src`"), ["ARCHITECTURE.md:1: crates/cart/src does not exist"]);
    }
}
