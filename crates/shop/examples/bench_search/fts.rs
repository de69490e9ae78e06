//! The rival: SQLite's FTS5 over the same titles and names, with indexes for beginnings, ranked by bm25.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::Failure;

pub struct Rival(Connection);

impl Rival {
    /// Builds it beside the shop's database; returns how long that took.
    pub fn build(database: &Path, file: &Path) -> Result<(Rival, Duration), Failure> {
        match std::fs::remove_file(file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
        let begun = Instant::now();
        let connection = Connection::open(file)?;
        connection.execute("ATTACH ?1 AS shop", [database.to_string_lossy()])?;
        connection.execute_batch(
            "CREATE VIRTUAL TABLE fts USING fts5(title, credit, more, kind UNINDEXED, id UNINDEXED,
                 tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
             BEGIN;
             INSERT INTO fts SELECT name, '', sort_name, 'artist', id FROM shop.artists;
             INSERT INTO fts SELECT name, '', '', 'label', id FROM shop.labels;
             INSERT INTO fts SELECT title, credit, '', 'release', id FROM shop.releases WHERE state = 'on_sale';
             INSERT INTO fts SELECT t.title, t.credit, r.title || ' ' || t.composers, 'track', t.id
                 FROM shop.tracks t JOIN shop.releases r ON r.id = t.release_id WHERE t.state = 'on_sale';
             COMMIT;
             INSERT INTO fts (fts) VALUES ('optimize');",
        )?;
        Ok((Rival(connection), begun.elapsed()))
    }

    /// The best of what has all words, the last one as a beginning.
    pub fn ask(&self, question: &str, hits: usize) -> Result<Vec<String>, Failure> {
        let words: Vec<String> = question
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(|word| format!("\"{word}\"*"))
            .collect();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let sql = "SELECT id FROM fts WHERE fts MATCH ?1 ORDER BY bm25(fts) LIMIT ?2";
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map((words.join(" "), hits as i64), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
