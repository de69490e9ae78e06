//! Modules stand in dependency order: each uses only those declared above it, so that no cycle can form.
//!
//! Holds at every level: a module may use its parents' items and, of its siblings, those above it. Tests may use anything.

use std::collections::BTreeMap;

use crate::rust_text::{Kind, Token, code, find};
use crate::tree::{File, Offence, Tree};

/// A path of module names from the crate's root, which is the empty path.
type Path = Vec<String>;

/// The modules of one crate: the children of each in the order of their declaration, and the names brought up by `use`.
#[derive(Default)]
struct Modules {
    children: BTreeMap<Path, Vec<String>>,
    reexports: BTreeMap<(Path, String), String>,
}

pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut names: Vec<&str> = tree.files.iter().filter_map(File::crate_name).collect();
    names.dedup();
    names.into_iter().flat_map(|name| check_crate(tree, name)).collect()
}

fn check_crate(tree: &Tree, name: &str) -> Vec<Offence> {
    let mut modules = Modules::default();
    for file in tree.sources(name) {
        declare(file, &mut modules);
    }
    let mut offences = Vec::new();
    for file in tree.sources(name) {
        let product: Vec<&Token> = code(&file.tokens).into_iter().filter(|token| !token.test).collect();
        for (user, used, line) in uses(&module_of(file), &product) {
            if let Some((below, above)) = breach(&modules, &user, &used) {
                let message = format!("module {below} uses {above}, which is declared below it");
                offences.push(Offence::new(&file.path, line, message));
            }
        }
    }
    offences
}

fn module_of(file: &File) -> Path {
    let inside = file.path.split("/src/").nth(1).unwrap_or_default().trim_end_matches(".rs");
    let mut path: Path = inside.split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|name| matches!(name.as_str(), "mod" | "lib" | "main")) {
        path.pop();
    }
    path
}

fn declare(file: &File, modules: &mut Modules) {
    let module = module_of(file);
    let product: Vec<&Token> = code(&file.tokens).into_iter().filter(|token| !token.test).collect();
    for index in find(&product, &["mod"]) {
        if let [_, name, end, ..] = product[index..]
            && end.is(";")
        {
            modules.children.entry(module.clone()).or_default().push(name.text.clone());
        }
    }
    for index in find(&product, &["use"]) {
        let [_, from, ..] = product[index..] else { continue };
        let end = product[index..].iter().position(|token| token.is(";")).map_or(product.len(), |end| index + end);
        for name in product[index + 2..end].iter().filter(|token| token.kind == Kind::Word) {
            modules.reexports.entry((module.clone(), name.text.clone())).or_insert_with(|| from.text.clone());
        }
    }
}

/// Each path through `crate` or `super`: who uses it, what it is from the crate's root, and where.
fn uses(file_module: &Path, code: &[&Token]) -> Vec<(Path, Path, usize)> {
    let mut found = Vec::new();
    let mut inline: Vec<(String, usize)> = Vec::new();
    let mut depth = 0_usize;
    for index in 0..code.len() {
        let token = code[index];
        if token.is("{") {
            depth += 1;
            if index >= 2 && code[index - 2].is("mod") {
                inline.push((code[index - 1].text.clone(), depth));
            }
        } else if token.is("}") {
            inline.retain(|(_, at)| *at != depth);
            depth = depth.saturating_sub(1);
        }
        let inside = index >= 2 && code[index - 1].is(":") && code[index - 2].is(":");
        if inside || !(token.is("crate") || token.is("super") || token.is("self")) {
            continue;
        }
        let user: Path = file_module.iter().cloned().chain(inline.iter().map(|(name, _)| name.clone())).collect();
        for used in paths(&user, code, index) {
            found.push((user.clone(), used, token.line));
        }
    }
    found
}

/// The paths that begin at `start`, with the first level of a group in braces opened.
fn paths(user: &Path, code: &[&Token], start: usize) -> Vec<Path> {
    let mut base = if code[start].is("crate") { Vec::new() } else { user.clone() };
    if code[start].is("super") {
        base.pop();
    }
    let mut index = start + 1;
    let is_at = |index: usize, text: &str| code.get(index).is_some_and(|token| token.is(text));
    while is_at(index, ":") && is_at(index + 1, ":") {
        index += 2;
        match code.get(index) {
            Some(token) if token.is("super") => {
                base.pop();
            }
            Some(token) if token.is("{") => return group(&base, &code[index + 1..]),
            Some(token) if token.kind == Kind::Word => base.push(token.text.clone()),
            _ => break,
        }
        index += 1;
    }
    vec![base]
}

fn group(base: &Path, code: &[&Token]) -> Vec<Path> {
    let mut paths = Vec::new();
    let mut depth = 1_usize;
    let mut fresh = true;
    for token in code {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => fresh = true,
            _ if fresh && token.kind == Kind::Word => {
                paths.push(base.iter().cloned().chain([token.text.clone()]).collect());
                fresh = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    paths
}

/// The two siblings that stand in the wrong order, if `used` is reached from `user` against it.
fn breach(modules: &Modules, user: &Path, used: &Path) -> Option<(String, String)> {
    let common = user.iter().zip(used).take_while(|(a, b)| a == b).count();
    let parent = user[..common].to_vec();
    let siblings = modules.children.get(&parent)?;
    let place = |name: &String| siblings.iter().position(|sibling| sibling == name);
    let own = place(user.get(common)?)?;
    let named = used.get(common)?;
    let other = place(named).or_else(|| place(modules.reexports.get(&(parent, named.clone()))?))?;
    (other > own).then(|| (siblings[own].clone(), siblings[other].clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "mod wallet;\npub mod orders;\nuse orders::Order;\n";

    fn offences(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::sample(files)).iter().map(ToString::to_string).collect()
    }

    fn wallet(text: &str) -> Vec<String> {
        offences(&[("crates/shop/src/lib.rs", ROOT), ("crates/shop/src/wallet.rs", text)])
    }

    #[test]
    fn using_what_stands_above_passes() {
        let orders = "use crate::wallet::Hold;\nuse super::wallet;";
        assert!(offences(&[("crates/shop/src/lib.rs", ROOT), ("crates/shop/src/orders.rs", orders)]).is_empty());
    }

    #[test]
    fn using_what_stands_below_is_found_in_every_spelling() {
        let expected = ["crates/shop/src/wallet.rs:2: module wallet uses orders, which is declared below it"];
        let spellings = [
            "use crate::orders::place;",
            "fn a() { super::orders::place() }",
            "use crate::{wallet::Hold, orders::{place, Line}};",
            "use super::{orders};",
            "use crate::Order;",
            "mod inner { use super::super::orders; }",
        ];
        for spelling in spellings {
            assert_eq!(wallet(&format!("//! Head.\n{spelling}\n")), expected, "{spelling}");
        }
    }

    #[test]
    fn comments_strings_and_tests_are_no_use() {
        assert!(
            wallet("// crate::orders\nconst A: &str = \"crate::orders\";\n#[cfg(test)] mod t { use crate::orders; }")
                .is_empty()
        );
    }

    #[test]
    fn siblings_inside_a_module_have_an_order_too() {
        let files = [
            ("crates/a/src/lib.rs", "mod m;"),
            ("crates/a/src/m/mod.rs", "mod first;\nmod second;\npub struct Shared;"),
            ("crates/a/src/m/first.rs", "use super::Shared;\nuse super::second::B;"),
            ("crates/a/src/m/second.rs", "use super::first::A;"),
        ];
        assert_eq!(
            offences(&files),
            ["crates/a/src/m/first.rs:2: module first uses second, which is declared below it"]
        );
    }
}
