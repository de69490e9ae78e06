//! Nothing half done is left behind: no notes to self, no debugging macros, no test that is switched off.

use crate::rust_text::{Kind, code, find};
use crate::tree::{File, Offence, Tree};

/// Spelled in two parts, so that this file does not offend itself.
const NOTES: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const MACROS: [&str; 3] = ["dbg", "todo", "unimplemented"];
const TEXTS: [&str; 12] = ["rs", "toml", "sql", "ftl", "html", "css", "js", "mjs", "sh", "md", "yml", "yaml"];

pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in &tree.files {
        notes(file, &mut offences);
        macros(file, &mut offences);
    }
    offences
}

fn notes(file: &File, offences: &mut Vec<Offence>) {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let readable = name.rsplit_once('.').is_none_or(|(_, extension)| TEXTS.contains(&extension));
    // A document may speak of the rule.
    if !readable || name.ends_with(".md") {
        return;
    }
    for (index, line) in file.text.as_deref().unwrap_or_default().lines().enumerate() {
        let mut words = line.split(|c: char| c != '_' && !c.is_alphanumeric());
        if let Some(note) = words.find(|word| NOTES.contains(word)) {
            offences.push(Offence::new(&file.path, index + 1, format!("{note}: do it, or open an issue")));
        }
    }
}

fn macros(file: &File, offences: &mut Vec<Offence>) {
    let code = code(&file.tokens);
    for index in find(&code, &["!"]).filter(|index| *index > 0) {
        let called = code[index - 1];
        if called.kind == Kind::Word && MACROS.contains(&called.text.as_str()) {
            offences.push(Offence::new(&file.path, called.line, format!("{}! is left behind", called.text)));
        }
    }
    for index in find(&code, &["#", "[", "ignore"]) {
        offences.push(Offence::new(&file.path, code[index].line, "a test that is switched off: mend or delete it"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::sample(&[(path, text)])).into_iter().map(|offence| offence.line).collect()
    }

    #[test]
    fn each_leftover_is_found_at_its_line() {
        let text = format!(
            "// {}: later\nfn a() {{ dbg!(1); }}\nfn b() {{ todo!() }}\n#[ignore = \"slow\"]\nfn c() {{}}",
            NOTES[0]
        );
        assert_eq!(lines("a.rs", &text), [1, 2, 3, 4]);
        assert_eq!(lines("a.html", &format!("\n<!-- {} -->", NOTES[1])), [2]);
    }

    #[test]
    fn words_that_only_look_alike_pass() {
        assert!(lines("a.rs", "fn todo() {} fn a() { if !ignore { todo() } } // TODOs").is_empty());
        assert!(lines("a.md", &format!("no {}", NOTES[0])).is_empty());
    }
}
