//! `cargo xtask lines`: how many lines each crate has, of code, comments and tests.
//!
//! A line counts once: as test if its first token is in a test, else as code if it holds any, else as comment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::rust_text::Kind;
use crate::tree::{File, Tree};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub files: usize,
    pub code: usize,
    pub comments: usize,
    pub tests: usize,
}

/// The table that is printed, a crate a line and their sum.
pub fn table(tree: &Tree) -> String {
    let mut crates: BTreeMap<&str, Count> = BTreeMap::new();
    for file in tree.files.iter().filter(|file| file.path.ends_with(".rs")) {
        if let Some(name) = file.crate_name() {
            add(crates.entry(name).or_default(), count(file));
        }
    }
    let mut sum = Count::default();
    crates.values().for_each(|count| add(&mut sum, *count));
    let mut table = format!("{:<10}{:>8}{:>8}{:>10}{:>8}\n", "crate", "files", "code", "comments", "tests");
    for (name, count) in crates.iter().map(|(name, count)| (*name, *count)).chain([("all", sum)]) {
        let Count { files, code, comments, tests } = count;
        writeln!(table, "{name:<10}{files:>8}{code:>8}{comments:>10}{tests:>8}").expect("a String takes every write");
    }
    table
}

fn add(sum: &mut Count, part: Count) {
    sum.files += part.files;
    sum.code += part.code;
    sum.comments += part.comments;
    sum.tests += part.tests;
}

fn count(file: &File) -> Count {
    let [mut code, mut comments, mut tests] = [const { BTreeSet::new() }; 3];
    for token in &file.tokens {
        let lines = token.line..=token.line + token.text.matches('\n').count();
        match token.kind {
            _ if token.test => tests.extend(lines),
            Kind::Note => comments.extend(lines),
            _ => code.extend(lines),
        }
    }
    let code: BTreeSet<usize> = code.difference(&tests).copied().collect();
    let comments = comments.iter().filter(|line| !code.contains(line) && !tests.contains(line)).count();
    Count { files: 1, code: code.len(), comments, tests: tests.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_counts_once_and_blank_lines_not_at_all() {
        let file =
            File::new("crates/a/src/b.rs", "//! Head.\n\nfn a() {} // why\n\n#[cfg(test)]\nmod tests {\n    // x\n}\n");
        assert_eq!(count(&file), Count { files: 1, code: 1, comments: 1, tests: 4 });
    }

    #[test]
    fn the_table_sums_the_crates() {
        let tree =
            Tree::sample(&[("crates/a/src/lib.rs", "fn a() {}\n"), ("crates/b/src/lib.rs", "fn b() {}\nfn c() {}\n")]);
        assert!(table(&tree).ends_with("all              2       3         0       0\n"), "{}", table(&tree));
    }
}
