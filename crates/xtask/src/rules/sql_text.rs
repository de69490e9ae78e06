//! SQL stands in the shop and nowhere else, in code and in tests.

use crate::rust_text::Kind;
use crate::tree::{Offence, Tree};

const HOME: &str = "shop";
/// Its rules have samples of what they refuse.
const EXEMPT: &str = "xtask";
/// In capitals, as this project writes them; the words of a statement stand in this order within one string.
const STATEMENTS: [&[&str]; 7] = [
    &["SELECT", "FROM"],
    &["SELECT", "("],
    &["INSERT INTO"],
    &["UPDATE", " SET "],
    &["DELETE FROM"],
    &["CREATE TABLE"],
    &["DROP "],
];

pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in &tree.files {
        let Some(name) = file.crate_name().filter(|name| *name != HOME && *name != EXEMPT) else { continue };
        for token in file.tokens.iter().filter(|token| token.kind == Kind::Text && is_statement(&token.text)) {
            offences.push(Offence::new(&file.path, token.line, format!("SQL text in {name}: it belongs in {HOME}")));
        }
    }
    offences
}

fn is_statement(text: &str) -> bool {
    STATEMENTS.iter().any(|words| {
        text.trim_start().starts_with(words[0].trim_end())
            && words.iter().try_fold(text, |rest, word| rest.split_once(word).map(|(_, after)| after)).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_outside_the_shop_is_found_and_plain_words_are_not() {
        let text = "const A: &str = \"SELECT id\n  FROM users\";\nconst B: &str = \"Select a format from the list\";\nconst C: &str = \"UPDATE\";";
        let tree = Tree::sample(&[("crates/server/src/a.rs", text), ("crates/shop/src/a.rs", text)]);
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["crates/server/src/a.rs:1: SQL text in server: it belongs in shop"]);
    }
}
