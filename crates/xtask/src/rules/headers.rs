//! Every Rust file opens with `//!`: what lives here, what may not.

use crate::tree::{Offence, Tree};

pub fn check(tree: &Tree) -> Vec<Offence> {
    let rust = tree.files.iter().filter(|file| file.path.ends_with(".rs"));
    let bare = rust.filter(|file| !file.text.as_deref().is_some_and(|text| text.starts_with("//! ")));
    bare.map(|file| Offence::new(&file.path, 1, "the file does not open with a line of //! that says what lives here"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_header_is_found() {
        let tree = Tree::sample(&[("a.rs", "use b;\n//! Late."), ("c.rs", "//! Head.\n"), ("d.sh", "echo")]);
        let found: Vec<String> = check(&tree).into_iter().map(|offence| offence.path).collect();
        assert_eq!(found, ["a.rs"]);
    }
}
