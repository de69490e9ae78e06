//! Which crate may know which: the graph of the design, edge by edge. Dependencies for tests and builds count too.

use crate::tree::{Offence, Tree};

const ALLOWED: [(&str, &[&str]); 7] = [
    ("money", &[]),
    ("audio", &[]),
    ("wire", &["money"]),
    ("shop", &["audio", "money"]),
    ("server", &["shop", "wire", "money"]),
    ("desk", &["wire", "audio", "money"]),
    ("xtask", &[]),
];

pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (name, known) in &tree.crate_edges {
        let manifest = format!("crates/{name}/Cargo.toml");
        let Some((_, allowed)) = ALLOWED.iter().find(|(allowed, _)| allowed == name) else {
            offences.push(Offence::new(&manifest, 1, format!("crate {name} has no place in the crate graph")));
            continue;
        };
        for other in known.iter().filter(|other| !allowed.contains(&other.as_str())) {
            let line = tree.file(&manifest).and_then(|file| line_naming(file.text.as_deref()?, other)).unwrap_or(1);
            offences.push(Offence::new(&manifest, line, format!("{name} may not know {other}")));
        }
    }
    offences
}

fn line_naming(manifest: &str, dependency: &str) -> Option<usize> {
    manifest.lines().position(|line| line.trim_start().starts_with(dependency)).map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(edges: &[(&str, &[&str])]) -> Vec<String> {
        let mut tree = Tree::sample(&[("crates/wire/Cargo.toml", "[dependencies]\nmoney = {}\nshop = {}\n")]);
        for (name, known) in edges {
            tree.crate_edges.insert(name.to_string(), known.iter().map(ToString::to_string).collect());
        }
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_allowed_edge_passes() {
        assert!(offences(&[("server", &["shop", "wire", "money"]), ("xtask", &[])]).is_empty());
    }

    #[test]
    fn an_edge_outside_the_graph_is_named_at_its_line() {
        assert_eq!(offences(&[("wire", &["money", "shop"])]), ["crates/wire/Cargo.toml:3: wire may not know shop"]);
    }

    #[test]
    fn a_crate_that_the_graph_does_not_name_is_refused() {
        assert_eq!(
            offences(&[("utils", &[])]),
            ["crates/utils/Cargo.toml:1: crate utils has no place in the crate graph"]
        );
    }
}
