//! What a crate never knows, as far as a word of its code gives it away. Tests may know more.

use crate::rust_text::{Token, code, find};
use crate::tree::{Offence, Tree};

struct Absence {
    crate_name: &'static str,
    words: &'static [&'static [&'static str]],
    reason: &'static str,
}

const ABSENCES: [Absence; 5] = [
    Absence { crate_name: "money", words: &[&["f32"], &["f64"]], reason: "money never knows floats" },
    Absence {
        crate_name: "money",
        words: &[&["async"], &["std", ":", ":", "time"], &["std", ":", ":", "fs"], &["std", ":", ":", "io"]],
        reason: "money never knows clock, I/O or async",
    },
    Absence {
        crate_name: "audio",
        words: &[&["async"], &["std", ":", ":", "fs"], &["std", ":", ":", "path"], &["std", ":", ":", "env"]],
        reason: "audio never knows async, paths or the environment",
    },
    Absence { crate_name: "wire", words: &[&["async"], &["std", ":", ":", "net"]], reason: "wire is words only" },
    Absence {
        crate_name: "shop",
        words: &[
            &["env", ":", ":", "var"],
            &["env", ":", ":", "var_os"],
            &["env", ":", ":", "vars"],
            &["env", ":", ":", "args"],
        ],
        reason: "shop never knows environment variables",
    },
];

pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for absence in &ABSENCES {
        for file in tree.sources(absence.crate_name) {
            let product: Vec<&Token> = code(&file.tokens).into_iter().filter(|token| !token.test).collect();
            for index in absence.words.iter().flat_map(|words| find(&product, words)) {
                offences.push(Offence::new(&file.path, product[index].line, absence.reason));
            }
        }
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_in_money_is_found_but_not_in_its_comments_or_tests() {
        let text = "// f64\nfn a(x: f64) {}\n#[cfg(test)] mod t { fn b(x: f64) {} }";
        let tree = Tree::sample(&[("crates/money/src/a.rs", text), ("crates/audio/src/a.rs", text)]);
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["crates/money/src/a.rs:2: money never knows floats"]);
    }

    #[test]
    fn an_environment_variable_in_the_shop_is_found() {
        let tree = Tree::sample(&[("crates/shop/src/a.rs", "fn a() { std::env::var(\"A\"); std::env::consts::ARCH }")]);
        assert_eq!(check(&tree).len(), 1);
        assert_eq!(check(&tree)[0].message, "shop never knows environment variables");
    }
}
