//! The repository as the rules see it: paths, texts, lexed Rust, and what cargo says of the crates.
//!
//! The only place that starts a program or reads a file; the rules are pure functions over a `Tree`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::rust_text::{self, Token};

/// A file of the repository, `path` relative to its root with `/` between the parts.
pub struct File {
    pub path: String,
    pub len_bytes: u64,
    /// Whether git tracks it already; a new file that is not ignored is read too.
    pub tracked: bool,
    /// None for a file that is not UTF-8.
    pub text: Option<String>,
    /// Empty unless the file is Rust.
    pub tokens: Vec<Token>,
}

/// All files in order of their path, and each crate's dependencies on other crates of this workspace.
#[derive(Default)]
pub struct Tree {
    pub files: Vec<File>,
    pub crate_edges: BTreeMap<String, Vec<String>>,
}

/// One breach of one rule, at a line counted from 1.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offence {
    pub path: String,
    pub line: usize,
    pub message: String,
}

impl Offence {
    pub fn new(path: &str, line: usize, message: impl Into<String>) -> Offence {
        Offence { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

impl File {
    pub fn new(path: &str, text: &str) -> File {
        let tokens = if path.ends_with(".rs") { rust_text::lex(text) } else { Vec::new() };
        File { path: path.to_owned(), len_bytes: text.len() as u64, tracked: true, text: Some(text.to_owned()), tokens }
    }

    /// The crate's folder name, for a file under `crates/`.
    pub fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split_once('/').map(|(name, _)| name)
    }

    /// A test, benchmark or example of its own, outside the crate's `src`.
    pub fn is_outer_test(&self) -> bool {
        self.crate_name().is_some()
            && ["/tests/", "/benches/", "/examples/"].iter().any(|part| self.path.contains(part))
    }
}

impl Tree {
    pub fn read() -> Result<Tree, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut tree = Tree { files: Vec::new(), crate_edges: crate_edges(&root)? };
        for (extra, tracked) in [(&["--cached"][..], true), (&["--others", "--exclude-standard"][..], false)] {
            let listed = run(&root, "git", &[&["ls-files", "-z"], extra].concat())?;
            for path in listed.split('\0').filter(|path| !path.is_empty()) {
                if let Some(file) = read_file(&root, path, tracked)? {
                    tree.files.push(file);
                }
            }
        }
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        mark_test_modules(&mut tree.files);
        Ok(tree)
    }

    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The Rust files of one crate's `src`.
    pub fn sources<'a>(&'a self, crate_name: &'a str) -> impl Iterator<Item = &'a File> {
        let prefix = format!("crates/{crate_name}/src/");
        self.files.iter().filter(move |file| file.path.starts_with(&prefix) && file.path.ends_with(".rs"))
    }

    #[cfg(test)]
    pub fn sample(files: &[(&str, &str)]) -> Tree {
        let mut tree =
            Tree { files: files.iter().map(|(path, text)| File::new(path, text)).collect(), ..Tree::default() };
        mark_test_modules(&mut tree.files);
        tree
    }
}

/// None for a path that git lists but that is deleted or a link.
fn read_file(root: &Path, path: &str, tracked: bool) -> Result<Option<File>, String> {
    let full: PathBuf = root.join(path);
    let Ok(found) = full.symlink_metadata() else { return Ok(None) };
    if !found.is_file() {
        return Ok(None);
    }
    let bytes = std::fs::read(&full).map_err(|error| format!("{path}: {error}"))?;
    let mut file = match String::from_utf8(bytes) {
        Ok(text) => File::new(path, &text),
        Err(_) => File { path: path.to_owned(), len_bytes: found.len(), tracked, text: None, tokens: Vec::new() },
    };
    file.tracked = tracked;
    Ok(Some(file))
}

fn crate_edges(root: &Path) -> Result<BTreeMap<String, Vec<String>>, String> {
    let metadata = run(root, env!("CARGO"), &["metadata", "--no-deps", "--offline", "--format-version", "1"])?;
    let metadata: serde_json::Value =
        serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let mut edges = BTreeMap::new();
    for package in metadata["packages"].as_array().ok_or("cargo metadata names no packages")? {
        let name = package["name"].as_str().ok_or("cargo metadata: a package without a name")?;
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let inner = dependencies.filter(|dependency| dependency["path"].is_string());
        let mut known: Vec<String> =
            inner.filter_map(|dependency| dependency["name"].as_str().map(str::to_owned)).collect();
        known.sort();
        known.dedup();
        edges.insert(name.to_owned(), known);
    }
    Ok(edges)
}

fn run(root: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).current_dir(root).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{program}: a path that is not UTF-8"))
}

/// Marks whole files: those outside `src`, and the modules declared as `#[cfg(test)] mod name;`.
fn mark_test_modules(files: &mut [File]) {
    let mut folders = Vec::new();
    for file in files.iter() {
        let code = rust_text::code(&file.tokens);
        for index in rust_text::find(&code, &["mod"]) {
            if let [keyword, name, end, ..] = code[index..]
                && keyword.test
                && end.is(";")
            {
                folders.push(format!("{}/{}", module_folder(&file.path), name.text));
            }
        }
    }
    for file in files.iter_mut() {
        let module = file.path.trim_end_matches(".rs");
        let within = |folder: &String| module == folder || module.starts_with(&format!("{folder}/"));
        if file.is_outer_test() || folders.iter().any(within) {
            file.tokens.iter_mut().for_each(|token| token.test = true);
        }
    }
}

/// The folder that holds the modules a file declares.
fn module_folder(path: &str) -> &str {
    let stem = path.trim_end_matches(".rs");
    match stem.rsplit_once('/') {
        Some((folder, "mod" | "lib" | "main")) => folder,
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_declared_for_tests_is_marked_as_a_file() {
        let mut files = vec![
            File::new("crates/a/src/b/mod.rs", "#[cfg(test)] mod tests;\nmod c;"),
            File::new("crates/a/src/b/tests.rs", "fn x() {}"),
            File::new("crates/a/src/b/c.rs", "fn y() {}"),
        ];
        mark_test_modules(&mut files);
        assert!(files[1].tokens.iter().all(|token| token.test));
        assert!(files[2].tokens.iter().all(|token| !token.test));
    }
}
