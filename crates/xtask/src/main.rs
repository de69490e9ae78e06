//! Repository chores: `cargo xtask tidy` holds the repository's own rules, `cargo xtask lines` counts what is there.
//!
//! Knows cargo's metadata, git's list of files and the tree; never a crate of the product.

mod rust_text;
mod tree;
mod rules;
mod lines;

use std::process::ExitCode;

use tree::Tree;

const USAGE: &str = "usage: cargo xtask tidy | lines";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => tidy(),
        ["lines"] => Tree::read().map(|tree| {
            print!("{}", lines::table(&tree));
            ExitCode::SUCCESS
        }),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|reason| {
        eprintln!("xtask: {reason}");
        ExitCode::from(2)
    })
}

fn tidy() -> Result<ExitCode, String> {
    let tree = Tree::read()?;
    let offences = rules::check(&tree);
    for offence in &offences {
        println!("{offence}");
    }
    if offences.is_empty() {
        println!("tidy: {} files, nothing to mend", tree.files.len());
        return Ok(ExitCode::SUCCESS);
    }
    println!("tidy: {} to mend", offences.len());
    Ok(ExitCode::FAILURE)
}
