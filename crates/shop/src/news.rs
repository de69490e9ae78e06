//! News: what a storefront tells its listeners, in Markdown, the latest first. Owner of the table `news`. A post whose moment
//! has not come is known to operators alone.

use std::collections::BTreeMap;

use crate::clock::Clock;
use crate::db::{Db, DbError, Row, Tx};
use crate::declared::{MAX_NAME_CHARS, Refused, check_id, check_words, kept_words, words_of};
use crate::page::Page;
use crate::{params, storefronts};

/// Characters of a post in one language.
pub const MAX_TEXT_CHARS: usize = 50_000;

/// A post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The operator's name for it, which its address ends in.
    pub id: String,
    /// Whose.
    pub storefront: String,
    /// From when it is shown.
    pub published_us: i64,
    /// By language.
    pub titles: BTreeMap<String, String>,
    /// Markdown by language; the same languages.
    pub texts: BTreeMap<String, String>,
    /// When it was changed last.
    pub updated_us: i64,
}

/// Reads news. Cheap to clone.
#[derive(Clone)]
pub struct News {
    db: Db,
    clock: Clock,
}

impl News {
    /// Over this database.
    pub fn new(db: Db, clock: Clock) -> News {
        News { db, clock }
    }

    /// Posts that are out, the latest first; `after` is the `next` of the page before.
    pub async fn latest(&self, storefront: &str, after: Option<String>, limit: u32) -> Result<Page<Post>, DbError> {
        let (storefront, now_us) = (storefront.to_owned(), self.clock.now_us());
        self.db.look(move |tx| latest(tx, &storefront, now_us, after.as_deref(), limit)).await
    }

    /// A post that is out.
    pub async fn post(&self, storefront: &str, id: &str) -> Result<Option<Post>, DbError> {
        let (id, now_us) = (id.to_owned(), self.clock.now_us());
        let post = self.db.look(move |tx| find(tx, &id)).await?;
        Ok(post.filter(|post| post.storefront == storefront && post.published_us <= now_us))
    }
}

const COLUMNS: &str = "id, storefront, published_us, titles, texts, updated_us";

fn of_row(row: &Row) -> Result<Post, DbError> {
    Ok(Post {
        id: row.get(0)?,
        storefront: row.get(1)?,
        published_us: row.get(2)?,
        titles: words_of(&row.get::<String>(3)?)?,
        texts: words_of(&row.get::<String>(4)?)?,
        updated_us: row.get(5)?,
    })
}

fn latest(tx: &mut Tx, storefront: &str, now_us: i64, after: Option<&str>, limit: u32) -> Result<Page<Post>, DbError> {
    // A place is the moment and the id of the last one seen.
    let (until_us, id) = match after {
        None => (now_us, ""),
        Some(place) => {
            let (moment, id) = place.split_once('.').ok_or(DbError::NoSuchPlace)?;
            (moment.parse::<i64>().map_err(|_| DbError::NoSuchPlace)?.min(now_us), id)
        }
    };
    let rows = tx.rows(
        &format!(
            "SELECT {COLUMNS} FROM news WHERE storefront = $1
             AND (published_us < $2 OR (published_us = $2 AND ($3 = '' OR id < $3)))
             ORDER BY published_us DESC, id DESC LIMIT $4"
        ),
        params![storefront, until_us, id, i64::from(limit) + 1],
    )?;
    let posts = rows.iter().map(of_row).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(posts, limit, |post| format!("{}.{}", post.published_us, post.id)))
}

/// Posts by id, out or not.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Post>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM news WHERE id > $1 ORDER BY id LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let posts = rows.iter().map(of_row).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(posts, limit, |post| post.id.clone()))
}

/// One post, out or not.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Post>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM news WHERE id = $1"), params![id])?;
    row.as_ref().map(of_row).transpose()
}

/// Makes a post or replaces the one of this id.
pub fn put(tx: &mut Tx, post: &Post) -> Result<(), Refused> {
    check_id(&post.id)?;
    check_words("titles", &post.titles, MAX_NAME_CHARS)?;
    check_words("texts", &post.texts, MAX_TEXT_CHARS)?;
    if let Some((language, _)) = post.titles.iter().find(|(_, title)| title.chars().any(char::is_control)) {
        return Err(Refused::field(format!("titles.{language}"), "a title is one line"));
    }
    if let Some(language) = post.titles.keys().find(|language| !post.texts.contains_key(*language)) {
        return Err(Refused::field(format!("texts.{language}"), "there is a title in this language, but no text"));
    }
    if let Some(language) = post.texts.keys().find(|language| !post.titles.contains_key(*language)) {
        return Err(Refused::field(format!("titles.{language}"), "there is a text in this language, but no title"));
    }
    if storefronts::get(tx, &post.storefront)?.is_none() {
        return Err(Refused::field("storefront", format!("there is no storefront {:?}", post.storefront)));
    }
    // A post that stays as it is was not changed.
    let standing = find(tx, &post.id)?;
    let same = |old: &Post| Post { updated_us: post.updated_us, ..old.clone() } == *post;
    if standing.as_ref().is_some_and(same) {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO news (id, storefront, published_us, titles, texts, updated_us) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET storefront = excluded.storefront, published_us = excluded.published_us,
             titles = excluded.titles, texts = excluded.texts, updated_us = excluded.updated_us",
        params![
            &post.id,
            &post.storefront,
            post.published_us,
            kept_words(&post.titles)?,
            kept_words(&post.texts)?,
            post.updated_us
        ],
    )?;
    Ok(())
}

/// Removes a post; says whether there was one.
pub fn remove(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM news WHERE id = $1", params![id])? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storefronts::{MAIN, Storefronts};
    use crate::test_support::{block_on, on_both_engines};

    fn post(id: &str, published_us: i64) -> Post {
        let words = |text: &str| BTreeMap::from([("en".to_owned(), text.to_owned())]);
        let (titles, texts) = (words("Title"), words("Text"));
        Post { id: id.to_owned(), storefront: MAIN.to_owned(), published_us, titles, texts, updated_us: 1 }
    }

    #[test]
    fn posts_are_read_page_by_page_the_latest_first_and_none_before_its_time() {
        on_both_engines(|db, _| {
            block_on(async {
                let (clock, _) = Clock::by_hand(1_000);
                Storefronts::open(db.clone(), clock.clone()).await.unwrap();
                for new in [post("a", 10), post("b", 30), post("c", 30), post("d", 20), post("soon", 9_000)] {
                    db.write(move |tx| put(tx, &new)).await.unwrap();
                }
                let news = News::new(db, clock);
                let (mut seen, mut after) = (Vec::new(), None);
                loop {
                    let page = news.latest(MAIN, after, 2).await.unwrap();
                    seen.extend(page.items.into_iter().map(|post| post.id));
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!(seen, ["c", "b", "d", "a"]);
                assert_eq!(news.post(MAIN, "soon").await.unwrap(), None);
                assert!(news.post(MAIN, "a").await.unwrap().is_some());
                assert!(news.latest(MAIN, Some("nowhere".into()), 2).await.is_err());
            });
        });
    }

    #[test]
    fn a_title_without_its_text_is_refused() {
        on_both_engines(|db, _| {
            block_on(async {
                Storefronts::open(db.clone(), Clock::system()).await.unwrap();
                let mut half = post("a", 1);
                half.titles.insert("ru".to_owned(), "Заголовок".to_owned());
                let refused = db.write(move |tx| put(tx, &half)).await.unwrap_err();
                assert!(matches!(&refused, Refused::Field { field, .. } if field == "texts.ru"), "{refused}");
            });
        });
    }
}
