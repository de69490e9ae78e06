//! Time is passed in: only a module named `clock` asks the machine what time it is. Tests may measure.

use crate::rust_text::{Token, code, find};
use crate::tree::{Offence, Tree};

const CLOCKS: [&str; 5] = ["SystemTime", "Instant", "Utc", "Local", "OffsetDateTime"];

pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    let sources = tree.files.iter().filter(|file| file.path.ends_with(".rs") && !is_clock(&file.path));
    for file in sources {
        let product: Vec<&Token> = code(&file.tokens).into_iter().filter(|token| !token.test).collect();
        for clock in CLOCKS {
            for index in find(&product, &[clock, ":", ":"]) {
                let Some(called) = product.get(index + 3).filter(|called| called.text.starts_with("now")) else {
                    continue;
                };
                let message =
                    format!("{clock}::{} outside the clock module: take the time as an argument", called.text);
                offences.push(Offence::new(&file.path, called.line, message));
            }
        }
    }
    offences
}

fn is_clock(path: &str) -> bool {
    path.ends_with("/clock.rs") || path.contains("/clock/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_clock_and_tests_ask_for_the_time() {
        let text = "fn a() {\n std::time::SystemTime::now() }\nfn b() { Utc::now() }\n#[cfg(test)] mod t { fn c() { Instant::now() } }";
        let tree = Tree::sample(&[
            ("crates/shop/src/clock.rs", text),
            ("crates/shop/src/jobs.rs", text),
            ("crates/shop/tests/a.rs", text),
        ]);
        let found: Vec<(String, usize)> =
            check(&tree).into_iter().map(|offence| (offence.path, offence.line)).collect();
        assert_eq!(found, [("crates/shop/src/jobs.rs".to_owned(), 2), ("crates/shop/src/jobs.rs".to_owned(), 3)]);
    }
}
