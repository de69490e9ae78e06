//! Every text exists in every language, once, and takes the same variables in each.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{File, Offence, Tree};

const FOLDER: &str = "crates/server/locales/";

/// A message or an attribute of one (`key.attribute`): where it stands and the variables it takes.
struct Message {
    path: String,
    line: usize,
    variables: BTreeSet<String>,
}

pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    let mut languages: BTreeMap<String, BTreeMap<String, Message>> = BTreeMap::new();
    for file in tree.files.iter().filter(|file| file.path.ends_with(".ftl")) {
        let Some((language, _)) = file.path.strip_prefix(FOLDER).and_then(|rest| rest.split_once('/')) else {
            continue;
        };
        let known = languages.entry(language.to_owned()).or_default();
        for (key, message) in messages(file) {
            if let Some(first) = known.get(&key) {
                let text = format!("{key} is said twice, first at {}:{}", first.path, first.line);
                offences.push(Offence::new(&message.path, message.line, text));
            } else {
                known.insert(key, message);
            }
        }
    }
    for (language, known) in &languages {
        for (other, others) in languages.iter().filter(|(other, _)| *other != language) {
            compare(known, other, others, &mut offences);
        }
    }
    offences
}

fn compare(
    known: &BTreeMap<String, Message>,
    other: &str,
    others: &BTreeMap<String, Message>,
    offences: &mut Vec<Offence>,
) {
    for (key, message) in known {
        match others.get(key) {
            None => offences.push(Offence::new(&message.path, message.line, format!("{key} is not said in {other}"))),
            Some(same) if same.variables != message.variables => {
                let text = format!("{key} takes other variables in {other}");
                offences.push(Offence::new(&message.path, message.line, text));
            }
            Some(_) => {}
        }
    }
}

fn messages(file: &File) -> Vec<(String, Message)> {
    let mut messages: Vec<(String, Message)> = Vec::new();
    let mut key = String::new();
    for (index, line) in file.text.as_deref().unwrap_or_default().lines().enumerate() {
        let name = line.split_once('=').map(|(name, _)| name.trim_end());
        let fresh = match name {
            Some(name) if is_key(name) => {
                key = name.to_owned();
                Some(key.clone())
            }
            Some(name) if name.trim_start().strip_prefix('.').is_some_and(is_key) => {
                Some(format!("{key}{}", name.trim_start()))
            }
            _ => None,
        };
        if let Some(fresh) = fresh {
            messages.push((fresh, Message { path: file.path.clone(), line: index + 1, variables: BTreeSet::new() }));
        }
        if let Some((_, message)) = messages.last_mut().filter(|_| !line.starts_with('#')) {
            let variables =
                line.split('$').skip(1).map(|rest| rest.split(|c| !is_key_char(c)).next().unwrap_or_default());
            message.variables.extend(variables.filter(|name| !name.is_empty()).map(str::to_owned));
        }
    }
    messages
}

/// A message's identifier, or a term's with its dash.
fn is_key(name: &str) -> bool {
    let name = name.strip_prefix('-').unwrap_or(name);
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_key_char)
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(en: &str, ru: &str) -> Vec<String> {
        let tree = Tree::sample(&[("crates/server/locales/en/a.ftl", en), ("crates/server/locales/ru/a.ftl", ru)]);
        check(&tree).into_iter().map(|offence| offence.message).collect()
    }

    #[test]
    fn the_same_keys_with_the_same_variables_pass() {
        let en = "# a = b\nhi = Hello { $name }\ntracks = { $n ->\n    [one] One\n   *[other] { $n } = many\n }\n";
        let ru = "tracks = { $n ->\n    [one] Один\n    [few] { $n }\n   *[other] { $n }\n }\nhi = Привет, { $name }\n";
        assert_eq!(offences(en, ru), [""; 0]);
        assert!(offences("money = ${ $amount }", "money = { $amount } $").is_empty());
    }

    #[test]
    fn a_key_missing_on_either_side_is_found() {
        assert_eq!(
            offences("a = 1\nb = 2\n    .title = t", "a = 1\nc = 3"),
            ["b is not said in ru", "b.title is not said in ru", "c is not said in en"]
        );
    }

    #[test]
    fn a_variable_that_one_language_forgets_is_found_on_both_sides() {
        assert_eq!(
            offences("a = { $n } files", "a = файлы"),
            ["a takes other variables in ru", "a takes other variables in en"]
        );
    }

    #[test]
    fn a_key_said_twice_is_found() {
        assert_eq!(offences("a = 1\na = 2", "a = 1"), ["a is said twice, first at crates/server/locales/en/a.ftl:1"]);
    }
}
