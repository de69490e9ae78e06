//! The repository stays small: what is big is made, not committed.

use crate::tree::{Offence, Tree};

const LEN_BYTES_MAX: u64 = 256 * 1024;
const EXEMPT: &str = "Cargo.lock";

pub fn check(tree: &Tree) -> Vec<Offence> {
    let big = tree.files.iter().filter(|file| file.tracked && file.len_bytes > LEN_BYTES_MAX && file.path != EXEMPT);
    big.map(|file| {
        Offence::new(&file.path, 1, format!("{} bytes are tracked, the limit is {LEN_BYTES_MAX}", file.len_bytes))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_over_the_limit_is_found_and_one_at_it_is_not() {
        let mut tree = Tree::sample(&[("a.flac", ""), ("b.flac", ""), ("Cargo.lock", ""), ("new.flac", "")]);
        for (file, len_bytes) in
            tree.files.iter_mut().zip([LEN_BYTES_MAX + 1, LEN_BYTES_MAX, LEN_BYTES_MAX + 1, LEN_BYTES_MAX + 1])
        {
            file.len_bytes = len_bytes;
        }
        tree.files[3].tracked = false;
        let found: Vec<String> = check(&tree).into_iter().map(|offence| offence.path).collect();
        assert_eq!(found, ["a.flac"]);
    }
}
