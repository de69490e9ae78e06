//! The operator's texts in Markdown: pages of their own (about, terms, privacy, help), and what he says of a release, an
//! artist, a label. Owner of the table `texts`. What Markdown becomes is not known here.

use std::collections::BTreeMap;

use crate::db::{Db, DbError, Row, Tx};
use crate::declared::{Refused, check_id, check_words, kept_words, words_of};
use crate::page::Page;
use crate::{params, storefronts};

/// Characters of a text in one language.
pub const MAX_TEXT_CHARS: usize = 50_000;

/// Where a text stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Who runs the shop.
    About,
    /// Terms of sale.
    Terms,
    /// What is kept of whom.
    Privacy,
    /// Questions and answers.
    Help,
    /// Release notes, by the release's id.
    Release(String),
    /// A biography, by the artist's id.
    Artist(String),
    /// By the label's id.
    Label(String),
}

impl Place {
    /// The places that are pages of their own.
    pub const PAGES: [Place; 4] = [Place::About, Place::Terms, Place::Privacy, Place::Help];

    /// As the database and addresses write it.
    pub fn name(&self) -> &'static str {
        match self {
            Place::About => "about",
            Place::Terms => "terms",
            Place::Privacy => "privacy",
            Place::Help => "help",
            Place::Release(_) => "release",
            Place::Artist(_) => "artist",
            Place::Label(_) => "label",
        }
    }

    /// The id of what it is about; empty for a page.
    pub fn subject(&self) -> &str {
        match self {
            Place::Release(id) | Place::Artist(id) | Place::Label(id) => id,
            _ => "",
        }
    }

    /// The place of this name and subject.
    pub fn of(name: &str, subject: &str) -> Option<Place> {
        let about = |place: fn(String) -> Place| (!subject.is_empty()).then(|| place(subject.to_owned()));
        match name {
            "release" => about(Place::Release),
            "artist" => about(Place::Artist),
            "label" => about(Place::Label),
            _ => Place::PAGES.into_iter().find(|page| page.name() == name && subject.is_empty()),
        }
    }

    /// Where the subject is found.
    fn table(&self) -> Option<&'static str> {
        match self {
            Place::Release(_) => Some("releases"),
            Place::Artist(_) => Some("artists"),
            Place::Label(_) => Some("labels"),
            _ => None,
        }
    }
}

/// A text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The operator's name for it.
    pub id: String,
    /// Whose.
    pub storefront: String,
    /// Where it stands.
    pub place: Place,
    /// Markdown by language.
    pub texts: BTreeMap<String, String>,
}

/// Reads texts. Cheap to clone.
#[derive(Clone)]
pub struct Texts {
    db: Db,
}

impl Texts {
    /// Over this database.
    pub fn new(db: Db) -> Texts {
        Texts { db }
    }

    /// The text of a place, if the operator wrote one.
    pub async fn at(&self, storefront: &str, place: &Place) -> Result<Option<Text>, DbError> {
        let (storefront, place) = (storefront.to_owned(), place.clone());
        self.db.look(move |tx| at(tx, &storefront, &place)).await
    }
}

const COLUMNS: &str = "id, storefront, place, subject, texts";

fn of_row(row: &Row) -> Result<Text, DbError> {
    let (name, subject): (String, String) = (row.get(2)?, row.get(3)?);
    Ok(Text {
        id: row.get(0)?,
        storefront: row.get(1)?,
        place: Place::of(&name, &subject).ok_or_else(|| DbError::Failed(format!("a text stands at {name:?}")))?,
        texts: words_of(&row.get::<String>(4)?)?,
    })
}

/// The text of a place within somebody's transaction.
pub fn at(tx: &mut Tx, storefront: &str, place: &Place) -> Result<Option<Text>, DbError> {
    let row = tx.row(
        &format!("SELECT {COLUMNS} FROM texts WHERE storefront = $1 AND place = $2 AND subject = $3"),
        params![storefront, place.name(), place.subject()],
    )?;
    row.as_ref().map(of_row).transpose()
}

/// Texts by id.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Text>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM texts WHERE id > $1 ORDER BY id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let texts = rows.iter().map(of_row).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(texts, limit, |text| text.id.clone()))
}

/// One text.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Text>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM texts WHERE id = $1"), params![id])?;
    row.as_ref().map(of_row).transpose()
}

/// Makes a text or replaces the one of this id.
pub fn put(tx: &mut Tx, text: &Text, now_us: i64) -> Result<(), Refused> {
    check_id(&text.id)?;
    check_words("texts", &text.texts, MAX_TEXT_CHARS)?;
    if storefronts::get(tx, &text.storefront)?.is_none() {
        return Err(Refused::field("storefront", format!("there is no storefront {:?}", text.storefront)));
    }
    let (name, subject) = (text.place.name(), text.place.subject());
    if let Some(table) = text.place.table()
        && tx.row(&format!("SELECT 1 FROM {table} WHERE id = $1"), params![subject])?.is_none()
    {
        return Err(Refused::field("of", format!("there is no {name} {subject:?}")));
    }
    if let Some(other) = at(tx, &text.storefront, &text.place)?.filter(|other| other.id != text.id) {
        return Err(Refused::conflict("of", format!("the text {:?} stands there", other.id)));
    }
    tx.execute(
        "INSERT INTO texts (id, storefront, place, subject, texts, updated_us) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET storefront = excluded.storefront, place = excluded.place,
             subject = excluded.subject, texts = excluded.texts, updated_us = excluded.updated_us",
        params![&text.id, &text.storefront, name, subject, kept_words(&text.texts)?, now_us],
    )?;
    Ok(())
}

/// Removes a text; says whether there was one.
pub fn remove(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM texts WHERE id = $1", params![id])? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storefronts::MAIN;
    use crate::test_support::{TestShop, block_on, on_both_engines};

    fn text(id: &str, place: Place, words: &str) -> Text {
        let texts = BTreeMap::from([("en".to_owned(), words.to_owned())]);
        Text { id: id.to_owned(), storefront: MAIN.to_owned(), place, texts }
    }

    #[test]
    fn a_text_is_found_at_its_place_and_replaced_under_its_id() {
        on_both_engines(|_, url| {
            block_on(async {
                let shop = TestShop::open(&url).await.shop;
                for words in ["One", "Two"] {
                    let new = text("notes", Place::Release("r".into()), words);
                    shop.db.write(move |tx| put(tx, &new, 0)).await.unwrap();
                    let found = shop.texts.at(MAIN, &Place::Release("r".into())).await.unwrap().unwrap();
                    assert_eq!(found.texts["en"], words);
                }
                assert_eq!(shop.texts.at(MAIN, &Place::About).await.unwrap(), None);
                assert!(shop.db.write(|tx| remove(tx, "notes")).await.unwrap());
                assert_eq!(shop.texts.at(MAIN, &Place::Release("r".into())).await.unwrap(), None);
            });
        });
    }

    #[test]
    fn a_text_about_nothing_or_in_a_taken_place_is_refused_by_its_field() {
        on_both_engines(|_, url| {
            block_on(async {
                let shop = TestShop::open(&url).await.shop;
                shop.db.write(|tx| put(tx, &text("help", Place::Help, "x"), 0)).await.unwrap();
                for (wrong, field) in [
                    (text("a", Place::Artist("nobody".into()), "x"), "of"),
                    (text("other", Place::Help, "x"), "of"),
                    (text("A", Place::About, "x"), "id"),
                    (text("a", Place::About, ""), "texts.en"),
                    (text("a", Place::About, &"x".repeat(MAX_TEXT_CHARS + 1)), "texts.en"),
                    (Text { storefront: "nowhere".into(), ..text("a", Place::About, "x") }, "storefront"),
                ] {
                    let refused = shop.db.write(move |tx| put(tx, &wrong, 0)).await.unwrap_err();
                    let (Refused::Field { field: named, .. } | Refused::Conflict { field: named, .. }) = &refused
                    else {
                        panic!("{refused}");
                    };
                    assert_eq!(named, field);
                }
            });
        });
    }
}
