//! Genres as a tree that the operator declares. Releases are tagged with whatever their files say; a tag belongs to the genre of the
//! same id, name or spelling, in whichever language. Tags that nobody declared stand at the root. Owner of `genre_tree`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::names::genre_id;
use super::search::Choices;
use crate::db::{Db, DbError, Row, Tx};
use crate::declared::{Refused, check_id, check_words, in_language, kept_words, words_of};
use crate::page::Page;
use crate::params;

/// Genres that can be declared.
pub const MAX_DECLARED: usize = 1_000;
/// Genres one within the other, from the root.
pub const MAX_LEVELS: usize = 6;
/// Characters of a name or a spelling.
pub const MAX_GENRE_CHARS: usize = 60;
/// Spellings of one genre.
pub const MAX_SPELLINGS: usize = 30;

/// A genre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genre {
    /// As it stands in addresses.
    pub id: String,
    /// The genre that it is part of.
    pub parent: Option<String>,
    /// By language.
    pub names: BTreeMap<String, String>,
    /// Other tags that mean it.
    pub spellings: Vec<String>,
}

impl Genre {
    /// A genre that nobody declared: a tag under its own name.
    pub(super) fn of_tag(id: String, name: String) -> Genre {
        Genre { id, parent: None, names: BTreeMap::from([("und".to_owned(), name)]), spellings: Vec::new() }
    }

    /// Its name in a language, or in English, or in whichever there is.
    pub fn name(&self, language: &str) -> &str {
        in_language(&self.names, language).map_or(self.id.as_str(), |(_, name)| name)
    }

    /// The ids of the tags that belong to it.
    fn tags(&self) -> HashSet<String> {
        let named = self.names.values().chain(&self.spellings).map(|name| genre_id(name));
        named.chain([self.id.clone()]).collect()
    }
}

/// A genre with how many releases on sale it and the genres within it have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct GenreCount {
    pub genre: Genre,
    pub releases: u64,
}

/// All that is declared.
#[derive(Debug, Default)]
pub struct GenreTree {
    genres: BTreeMap<String, Genre>,
    /// To which genre a tag belongs.
    of_tag: HashMap<String, String>,
}

impl GenreTree {
    fn of(all: Vec<Genre>) -> GenreTree {
        let mut of_tag = HashMap::new();
        for genre in &all {
            of_tag.extend(genre.tags().into_iter().map(|tag| (tag, genre.id.clone())));
        }
        // An id is its own, whatever another genre's spelling says.
        of_tag.extend(all.iter().map(|genre| (genre.id.clone(), genre.id.clone())));
        GenreTree { genres: all.into_iter().map(|genre| (genre.id.clone(), genre)).collect(), of_tag }
    }

    /// The genre that is called so, or to which a tag belongs.
    pub fn find(&self, tag: &str) -> Option<&Genre> {
        self.genres.get(self.of_tag.get(tag)?)
    }

    /// A genre and all that it is within, the widest first; none for what nobody declared.
    pub fn path(&self, id: &str) -> Vec<&Genre> {
        let within = |genre: &&Genre| genre.parent.as_ref().and_then(|parent| self.genres.get(parent));
        let mut path: Vec<&Genre> = std::iter::successors(self.find(id), within).take(MAX_LEVELS).collect();
        path.reverse();
        path
    }

    /// The genres right within one, or at the root.
    pub fn within(&self, id: Option<&str>) -> impl Iterator<Item = &Genre> {
        let id = id.map(str::to_owned);
        self.genres.values().filter(move |genre| genre.parent == id)
    }

    /// The tags of a genre and of all within it. What nobody declared is its own.
    pub fn tags(&self, id: &str) -> Vec<String> {
        let Some(genre) = self.find(id) else { return vec![id.to_owned()] };
        let is_within = |of: &str| self.path(of).iter().any(|one| one.id == genre.id);
        let mut tags: Vec<String> =
            self.of_tag.iter().filter(|(_, of)| is_within(of)).map(|(tag, _)| tag.clone()).collect();
        tags.sort_unstable();
        tags
    }

    /// The ids under which a tag is counted: those of its genre and of all that this is within, or its own.
    pub fn counted_as(&self, tag: &str) -> Vec<String> {
        match self.path(tag) {
            path if path.is_empty() => vec![tag.to_owned()],
            path => path.into_iter().map(|genre| genre.id.clone()).collect(),
        }
    }

    /// To what one could narrow down next, by tag: at the root to the widest genres and to what nobody declared, within a genre
    /// to those right within it.
    pub fn choices(&self, within: Option<&str>) -> Choices {
        let level = match within.map(|id| self.path(id).len()) {
            // Within what nobody declared there is nothing.
            Some(0) => return Choices::default(),
            level => level.unwrap_or(0),
        };
        let own = within.and_then(|id| self.find(id)).map(|genre| genre.id.as_str());
        let mut of_tag = HashMap::new();
        for (tag, genre) in &self.of_tag {
            let path = self.path(genre);
            let is_within = own.is_none_or(|own| path.get(level - 1).is_some_and(|genre| genre.id == own));
            if let Some(choice) = path.get(level).filter(|_| is_within) {
                of_tag.insert(tag.clone(), choice.id.clone());
            }
        }
        Choices::new(of_tag, within.is_none())
    }
}

/// The last tree that was read; none before.
struct LastRead {
    /// In this state of the database it was still so.
    seen: u64,
    /// Of which change it is.
    change: i64,
    tree: Arc<GenreTree>,
}

/// The last tree that was read, shared by all clones of the catalogue.
#[derive(Clone, Default)]
pub(super) struct Kept {
    last: Arc<Mutex<Option<LastRead>>>,
}

impl Kept {
    /// The tree as it is now. Asked for on nearly every page, so nobody looks while nothing was written.
    pub(super) async fn get(&self, db: &Db) -> Result<Arc<GenreTree>, DbError> {
        let seen = db.seen();
        if let Some(tree) = self.of(|last| last.seen == seen) {
            return Ok(tree);
        }
        let change = db.look(last_change).await?;
        let (change, tree) = match self.of(|last| last.change == change) {
            Some(tree) => (change, tree),
            None => db.read::<_, DbError>(|tx| Ok((last_change(tx)?, Arc::new(tree(tx)?)))).await?,
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(LastRead { seen, change, tree: tree.clone() });
        Ok(tree)
    }

    fn of(&self, holds: impl FnOnce(&LastRead) -> bool) -> Option<Arc<GenreTree>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|last| holds(last)).map(|last| last.tree.clone())
    }
}

fn last_change(tx: &mut Tx) -> Result<i64, DbError> {
    let row = tx.row("SELECT value FROM counters WHERE name = 'genre_tree'", &[])?;
    row.map_or(Ok(0), |row| row.get(0))
}

const COLUMNS: &str = "id, parent_id, names, spellings";

fn of_row(row: &Row) -> Result<Genre, DbError> {
    let spellings: String = row.get(3)?;
    let spellings = serde_json::from_str(&spellings).map_err(|e| DbError::Failed(format!("stored spellings: {e}")))?;
    Ok(Genre { id: row.get(0)?, parent: row.get(1)?, names: words_of(&row.get::<String>(2)?)?, spellings })
}

/// The tree within somebody's transaction.
pub(crate) fn tree(tx: &mut Tx) -> Result<GenreTree, DbError> {
    let rows = tx.rows(&format!("SELECT {COLUMNS} FROM genre_tree"), &[])?;
    Ok(GenreTree::of(rows.iter().map(of_row).collect::<Result<_, _>>()?))
}

/// Genres by id.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Genre>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM genre_tree WHERE id > $1 ORDER BY id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let genres = rows.iter().map(of_row).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(genres, limit, |genre| genre.id.clone()))
}

/// One genre.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Genre>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM genre_tree WHERE id = $1"), params![id])?;
    row.as_ref().map(of_row).transpose()
}

/// Declares a genre, or declares the one of this id anew.
pub fn put(tx: &mut Tx, genre: &Genre, now_us: i64) -> Result<(), Refused> {
    check_id(&genre.id)?;
    check_words("names", &genre.names, MAX_GENRE_CHARS)?;
    check_spellings(genre)?;
    // Nobody else changes the tree until this transaction ends.
    tx.execute("UPDATE counters SET value = value + 1 WHERE name = 'genre_tree'", &[])?;
    check_place(&tree(tx)?, genre)?;
    let spellings = serde_json::to_string(&genre.spellings).map_err(|e| DbError::Failed(e.to_string()))?;
    tx.execute(
        "INSERT INTO genre_tree (id, parent_id, names, spellings, updated_us) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id, names = excluded.names,
             spellings = excluded.spellings, updated_us = excluded.updated_us",
        params![&genre.id, genre.parent.as_deref(), kept_words(&genre.names)?, spellings, now_us],
    )?;
    Ok(())
}

fn check_spellings(genre: &Genre) -> Result<(), Refused> {
    if genre.spellings.len() > MAX_SPELLINGS {
        return Err(Refused::field("spellings", format!("a genre has {MAX_SPELLINGS} spellings at most")));
    }
    for (place, spelling) in genre.spellings.iter().enumerate() {
        if spelling.trim().is_empty() || spelling.chars().count() > MAX_GENRE_CHARS || spelling.contains('\0') {
            let reason = format!("a spelling has 1 to {MAX_GENRE_CHARS} characters");
            return Err(Refused::field(format!("spellings[{place}]"), reason));
        }
    }
    Ok(())
}

/// Refuses a genre that would stand nowhere, too deep or within itself, or whose tags are another one's.
fn check_place(tree: &GenreTree, genre: &Genre) -> Result<(), Refused> {
    let is_new = !tree.genres.contains_key(&genre.id);
    if is_new && tree.genres.len() >= MAX_DECLARED {
        return Err(Refused::conflict("id", format!("there are {MAX_DECLARED} genres, as many as there can be")));
    }
    let above = match &genre.parent {
        None => 0,
        Some(parent) if !tree.genres.contains_key(parent) => {
            return Err(Refused::field("parent", format!("there is no genre {parent:?}")));
        }
        Some(parent) => {
            let path = tree.path(parent);
            if path.iter().any(|one| one.id == genre.id) {
                return Err(Refused::conflict("parent", "a genre cannot stand within itself"));
            }
            path.len()
        }
    };
    if above + levels(tree, &genre.id) > MAX_LEVELS {
        return Err(Refused::conflict("parent", format!("genres stand within each other {MAX_LEVELS} times at most")));
    }
    let mut tags: Vec<String> = genre.tags().into_iter().collect();
    tags.sort_unstable();
    for tag in tags {
        if let Some(other) = tree.find(&tag).filter(|other| other.id != genre.id) {
            let reason = format!("what is tagged {tag:?} belongs to the genre {:?}", other.id);
            return Err(Refused::conflict("names", reason));
        }
    }
    Ok(())
}

/// A genre with what is within it: so many levels, one if nothing is.
fn levels(tree: &GenreTree, id: &str) -> usize {
    let own = tree.path(id).len();
    let below = tree.genres.keys().map(|other| tree.path(other));
    let deepest = below.filter(|path| path.iter().any(|one| one.id == id)).map(|path| path.len()).max();
    deepest.map_or(1, |deepest| deepest + 1 - own)
}

/// Removes a genre; says whether there was one. What was tagged with it stands at the root again.
pub fn remove(tx: &mut Tx, id: &str) -> Result<bool, Refused> {
    tx.execute("UPDATE counters SET value = value + 1 WHERE name = 'genre_tree'", &[])?;
    let within = tx.row("SELECT id FROM genre_tree WHERE parent_id = $1 ORDER BY id LIMIT 1", params![id])?;
    if let Some(row) = within {
        return Err(Refused::conflict("id", format!("the genre {:?} stands within it", row.get::<String>(0)?)));
    }
    Ok(tx.execute("DELETE FROM genre_tree WHERE id = $1", params![id])? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{block_on, on_both_engines};

    fn genre(id: &str, parent: Option<&str>, names: &[(&str, &str)], spellings: &[&str]) -> Genre {
        Genre {
            id: id.to_owned(),
            parent: parent.map(str::to_owned),
            names: names.iter().map(|(language, name)| ((*language).to_owned(), (*name).to_owned())).collect(),
            spellings: spellings.iter().map(|spelling| (*spelling).to_owned()).collect(),
        }
    }

    fn ids<'a>(genres: impl IntoIterator<Item = &'a Genre>) -> Vec<&'a str> {
        genres.into_iter().map(|genre| genre.id.as_str()).collect()
    }

    #[test]
    fn a_fresh_shop_has_a_tree_whose_tags_all_belong_to_one_genre() {
        on_both_engines(|db, _| {
            block_on(async {
                let kept = Kept::default();
                let tree = kept.get(&db).await.unwrap();
                assert_eq!(ids(tree.path("dark-ambient")), ["electronic", "ambient", "dark-ambient"]);
                assert_eq!(tree.find(&genre_id("Русский рок")).unwrap().id, "russian-rock");
                assert_eq!(tree.find("russian-rock").unwrap().name("ru"), "Русский рок");
                assert_eq!(tree.find("ambient").unwrap().name("de"), "Ambient");
                for one in tree.genres.values() {
                    check_id(&one.id).unwrap();
                    check_place(&tree, one).unwrap();
                    assert!(one.names.contains_key("en") && one.names.contains_key("ru"), "{one:?}");
                }
            });
        });
    }

    #[test]
    fn tags_count_for_all_that_they_are_within_and_unknown_ones_for_themselves() {
        let tree = GenreTree::of(vec![
            genre("electronic", None, &[("en", "Electronic")], &[]),
            genre("ambient", Some("electronic"), &[("en", "Ambient"), ("ru", "Эмбиент")], &[]),
            genre("dark-ambient", Some("ambient"), &[("en", "Dark Ambient")], &["Ritual"]),
            genre("rock", None, &[("en", "Rock")], &[]),
        ]);
        let russian = genre_id("Эмбиент");
        assert_eq!(tree.counted_as("ritual"), ["electronic", "ambient", "dark-ambient"]);
        assert_eq!(tree.counted_as(&russian), ["electronic", "ambient"]);
        assert_eq!(tree.counted_as("zydeco"), ["zydeco"]);
        let mut tags = vec!["ambient", "dark-ambient", &russian, "ritual"];
        tags.sort_unstable();
        assert_eq!(tree.tags("ambient"), tags);
        assert_eq!(tree.tags("zydeco"), ["zydeco"]);
        assert_eq!(ids(tree.within(None)), ["electronic", "rock"]);
        let root = tree.choices(None);
        assert_eq!([root.of("ritual"), root.of("zydeco")], [Some("electronic"), Some("zydeco")]);
        let within = tree.choices(Some("electronic"));
        assert_eq!([within.of("ritual"), within.of("rock"), within.of("zydeco")], [Some("ambient"), None, None]);
        assert_eq!(tree.choices(Some("zydeco")).of("zydeco"), None);
    }

    #[test]
    fn what_cannot_stand_in_the_tree_is_refused_by_its_field() {
        on_both_engines(|db, _| {
            block_on(async {
                let names = &[("en", "Zydeco")][..];
                let fine = genre("zydeco", Some("americana"), names, &[]);
                db.write(move |tx| put(tx, &fine, 0)).await.unwrap();
                for (wrong, named) in [
                    (genre("Zydeco", None, names, &[]), "id"),
                    (genre("zydeco", Some("nowhere"), names, &[]), "parent"),
                    (genre("folk", Some("zydeco"), &[("en", "Folk")], &[]), "parent"),
                    (genre("zydeco", None, &[], &[]), "names"),
                    (genre("zydeco", None, &[("en", "Рок")], &[]), "names"),
                    (genre("zydeco", None, names, &["Jungle"]), "names"),
                    (genre("zydeco", None, names, &[""]), "spellings[0]"),
                    (genre("zydeco", None, names, &["x"; MAX_SPELLINGS + 1]), "spellings"),
                ] {
                    let refused = db.write(move |tx| put(tx, &wrong, 0)).await.unwrap_err();
                    let (Refused::Field { field, .. } | Refused::Conflict { field, .. }) = &refused else {
                        panic!("{refused}");
                    };
                    assert_eq!(field, named, "{refused}");
                }
                let refused = db.write(|tx| remove(tx, "americana")).await.unwrap_err();
                assert!(matches!(refused, Refused::Conflict { .. }), "{refused}");
                assert!(db.write(|tx| remove(tx, "zydeco")).await.unwrap());
                assert!(db.write(|tx| remove(tx, "americana")).await.unwrap());
                assert!(!db.write(|tx| remove(tx, "americana")).await.unwrap());
                let kept = Kept::default();
                assert!(kept.get(&db).await.unwrap().find("americana").is_none());
            });
        });
    }

    #[test]
    fn genres_do_not_stand_within_each_other_without_end() {
        on_both_engines(|db, _| {
            block_on(async {
                for level in 1..=MAX_LEVELS + 1 {
                    let parent = (level > 1).then(|| format!("level-{}", level - 1));
                    let name = format!("Level {level}");
                    let one = genre(&format!("level-{level}"), parent.as_deref(), &[("en", &name)], &[]);
                    let put = db.write(move |tx| put(tx, &one, 0)).await;
                    assert_eq!(put.is_ok(), level <= MAX_LEVELS, "{level}");
                }
                let deeper = genre("level-1", Some("rock"), &[("en", "Level 1")], &[]);
                assert!(db.write(move |tx| put(tx, &deeper, 0)).await.is_err());
            });
        });
    }
}
