//! The repository's own rules, one file each: a pure function from the tree to its offences, with samples that break it.

mod architecture;
mod blobs;
mod clock;
mod crate_edges;
mod headers;
mod leftovers;
mod locales;
mod module_order;
mod never_knows;
mod sql_text;
mod table_owners;

use crate::tree::{Offence, Tree};

const RULES: [fn(&Tree) -> Vec<Offence>; 11] = [
    architecture::check,
    blobs::check,
    clock::check,
    crate_edges::check,
    headers::check,
    leftovers::check,
    locales::check,
    module_order::check,
    never_knows::check,
    sql_text::check,
    table_owners::check,
];

/// Every offence against every rule, in order of path and line.
pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences: Vec<Offence> = RULES.iter().flat_map(|rule| rule(tree)).collect();
    offences.sort();
    offences.dedup();
    offences
}
