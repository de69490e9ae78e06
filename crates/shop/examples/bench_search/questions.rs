//! What people type: beginnings of names and titles that are in the catalogue, letter by letter, and words with a slip.

use std::path::Path;

use rusqlite::Connection;

use super::Failure;

/// Names, and as many titles, that questions are made of.
const NAMES: i64 = 800;

pub struct Questions {
    /// Asked before anything is measured; of other names.
    pub before: Vec<String>,
    /// As one types, from the second letter on.
    pub typed: Vec<String>,
    /// Whole words with two letters swapped.
    pub typos: Vec<String>,
}

impl Questions {
    /// The same ones each time for the same catalogue.
    pub fn of(database: &Path, tracks: usize) -> Result<Questions, Failure> {
        let connection = Connection::open(database)?;
        let step = (tracks as i64 / NAMES).max(1);
        let mut names = Vec::new();
        for sql in [
            "SELECT title FROM tracks WHERE rowid % ?1 = 7 % ?1 ORDER BY rowid LIMIT ?2",
            "SELECT credit FROM tracks WHERE rowid % ?1 = 11 % ?1 ORDER BY rowid LIMIT ?2",
        ] {
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([step, NAMES], |row| row.get::<_, String>(0))?;
            for name in rows {
                names.push(name?);
            }
        }
        let begun = |which: usize| names.iter().skip(which).step_by(2).flat_map(|name| beginnings(name)).collect();
        let typos = names.iter().flat_map(|name| name.split_whitespace()).filter_map(slip).collect();
        Ok(Questions { before: begun(0), typed: begun(1), typos })
    }
}

/// `mo`, `moz`, …, at most fourteen letters: whoever types that far has seen it.
fn beginnings(name: &str) -> impl Iterator<Item = String> + '_ {
    let count = name.chars().count().min(14);
    (2..=count).map(|letters| name.chars().take(letters).collect())
}

/// A word of five to seven letters with its third and fourth swapped.
fn slip(word: &str) -> Option<String> {
    let mut letters: Vec<char> = word.chars().collect();
    let is_plain = letters.iter().all(|letter| letter.is_alphabetic());
    if !is_plain || !(5..=7).contains(&letters.len()) || letters[2] == letters[3] {
        return None;
    }
    letters.swap(2, 3);
    Some(letters.into_iter().collect())
}
