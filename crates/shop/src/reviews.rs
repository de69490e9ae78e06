//! Reviews: what those who bought a release say of it, one each, with one to five stars. Owner of the tables `reviews`,
//! `review_reports` and `release_ratings`. A hidden review is seen by its writer and by operators alone, and does not count.

use crate::clock::Clock;
use crate::db::{Db, DbError, Row, Tx};
use crate::page::{Page, before_id, number_and_id};
use crate::params;

/// Characters of a review.
pub const MAX_WORDS_CHARS: usize = 4_000;
/// Characters of the name that its writer gives himself.
pub const MAX_AUTHOR_CHARS: usize = 60;
/// Characters of the reason of a report.
pub const MAX_REASON_CHARS: usize = 500;
/// Reviews that one person may write or change in a day.
pub const REVIEWS_A_DAY: i64 = 50;
/// Reports that one person may send in a day.
pub const REPORTS_A_DAY: i64 = 20;
/// The best there is.
pub const MAX_STARS: u8 = 5;
const DAY_US: i64 = 86_400_000_000;

/// A review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub release_id: String,
    /// Who wrote it.
    pub user_id: String,
    /// 1 to [`MAX_STARS`].
    pub stars: u8,
    /// As the writer wants to be named; may be empty.
    pub author: String,
    /// May be empty: then it is a rating.
    pub words: String,
    /// The language of the page it was written on.
    pub language: String,
    /// An operator took it from sight.
    pub is_hidden: bool,
    /// How many reported it since an operator looked.
    pub reports: i64,
    /// When it was written.
    pub created_us: i64,
    /// When it was changed last.
    pub updated_us: i64,
}

/// What somebody says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReview {
    /// See [`Review::stars`].
    pub stars: u8,
    /// See [`Review::author`].
    pub author: String,
    /// See [`Review::words`].
    pub words: String,
    /// See [`Review::language`].
    pub language: String,
}

/// The sum of all that is said of a release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rating {
    /// How many say something.
    pub reviews: u64,
    /// All their stars.
    pub stars: u64,
}

impl Rating {
    /// The average in hundredths of a star, rounded half up.
    pub fn average_hundredths(self) -> u64 {
        (self.stars * 100 + self.reviews / 2).checked_div(self.reviews).unwrap_or(0)
    }
}

/// Why something was not done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReviewError {
    /// He does not own anything of the release.
    #[error("only who bought something of a release reviews it")]
    NotBought,
    /// A field cannot be what it says.
    #[error("{reason}")]
    Field {
        /// Which.
        field: &'static str,
        /// Why, for people.
        reason: String,
    },
    /// It is his own: he may take it back, not report it.
    #[error("a review of one's own is not reported; it can be changed or taken back")]
    Own,
    /// There is no such review, or it is not his.
    #[error("there is no such review")]
    Unknown,
    /// Enough for today.
    #[error("that is enough for a day")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The reviews. Cheap to clone.
#[derive(Clone)]
pub struct Reviews {
    db: Db,
    clock: Clock,
}

impl Reviews {
    /// Over this database.
    pub fn new(db: Db, clock: Clock) -> Reviews {
        Reviews { db, clock }
    }

    /// What is said of a release, the latest first.
    pub async fn of_release(&self, release: &str, after: Option<String>, limit: u32) -> Result<Page<Review>, DbError> {
        let release = release.to_owned();
        self.db.look(move |tx| of_release(tx, &release, after.as_deref(), limit)).await
    }

    /// The rating of a release.
    pub async fn rating(&self, release: &str) -> Result<Rating, DbError> {
        let release = release.to_owned();
        self.db.look(move |tx| rating(tx, &release)).await
    }

    /// What somebody says of a release, hidden or not; and whether he may say something.
    pub async fn own(&self, user: &str, release: &str) -> Result<(Option<Review>, bool), DbError> {
        let (user, release) = (user.to_owned(), release.to_owned());
        self.db.look(move |tx| Ok((own(tx, &user, &release)?, has_bought(tx, &user, &release)?))).await
    }

    /// Says something, or something else than before; says whether it is the first time.
    pub async fn write(&self, user: &str, release: &str, new: NewReview) -> Result<bool, ReviewError> {
        let (user, release, clock) = (user.to_owned(), release.to_owned(), self.clock.clone());
        let new = checked(new)?;
        self.db.write(move |tx| write(tx, (&user, &release), &new, &clock)).await
    }

    /// Takes back what one said of a release.
    pub async fn remove(&self, user: &str, release: &str) -> Result<(), ReviewError> {
        let (user, release) = (user.to_owned(), release.to_owned());
        self.db
            .write(move |tx| {
                let review = own(tx, &user, &release)?.ok_or(ReviewError::Unknown)?;
                Ok(drop_review(tx, &review)?)
            })
            .await
    }

    /// Tells operators that a review should not be there. The same person's second report replaces his first.
    pub async fn report(&self, user: &str, review: &str, reason: &str) -> Result<(), ReviewError> {
        let reason = reason.trim().to_owned();
        if reason.is_empty() || reason.chars().count() > MAX_REASON_CHARS {
            let reason = format!("say in 1 to {MAX_REASON_CHARS} characters what is wrong with it");
            return Err(ReviewError::Field { field: "reason", reason });
        }
        let (user, review, now_us) = (user.to_owned(), review.to_owned(), self.clock.now_us());
        self.db.write(move |tx| report(tx, (&user, &review), &reason, now_us)).await
    }

    /// Reviews for operators: the most reported first, or the latest.
    pub async fn all(&self, after: Option<String>, limit: u32) -> Result<Page<Review>, DbError> {
        self.db.look(move |tx| all(tx, after.as_deref(), limit)).await
    }

    /// The reasons of a review's reports, the latest first.
    pub async fn reasons(&self, review: &str, limit: u32) -> Result<Vec<String>, DbError> {
        let review = review.to_owned();
        self.db
            .look(move |tx| {
                let sql = "SELECT reason FROM review_reports WHERE review_id = $1 ORDER BY at_us DESC LIMIT $2";
                tx.rows(sql, params![&review, limit])?.iter().map(|row| row.get(0)).collect()
            })
            .await
    }

    /// An operator hides a review or shows it again; either settles its reports.
    pub async fn moderate(&self, review: &str, hide: bool) -> Result<Review, ReviewError> {
        let review = review.to_owned();
        self.db.write(move |tx| moderate(tx, &review, hide)).await
    }
}

const COLUMNS: &str = "id, release_id, user_id, stars, author, words, language, state, reports, created_us, updated_us";

fn of_row(row: &Row) -> Result<Review, DbError> {
    Ok(Review {
        id: row.get(0)?,
        release_id: row.get(1)?,
        user_id: row.get(2)?,
        stars: row.get(3)?,
        author: row.get(4)?,
        words: row.get(5)?,
        language: row.get(6)?,
        is_hidden: row.get::<String>(7)? == "hidden",
        reports: row.get(8)?,
        created_us: row.get(9)?,
        updated_us: row.get(10)?,
    })
}

fn of_release(tx: &mut Tx, release: &str, after: Option<&str>, limit: u32) -> Result<Page<Review>, DbError> {
    let rows = tx.rows(
        &format!(
            "SELECT {COLUMNS} FROM reviews WHERE release_id = $1 AND state = 'shown' AND id < $2
             ORDER BY id DESC LIMIT $3"
        ),
        params![release, before_id(after)?, i64::from(limit) + 1],
    )?;
    let reviews = rows.iter().map(of_row).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(reviews, limit, |review| review.id.clone()))
}

/// The most reported first, among equals the latest.
fn all(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Review>, DbError> {
    let (reports, id) = match after {
        None => (i64::MAX, "~"),
        Some(place) => number_and_id(place)?,
    };
    let rows = tx.rows(
        &format!(
            "SELECT {COLUMNS} FROM reviews WHERE reports < $1 OR (reports = $1 AND id < $2)
             ORDER BY reports DESC, id DESC LIMIT $3"
        ),
        params![reports, id, i64::from(limit) + 1],
    )?;
    let reviews = rows.iter().map(of_row).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(reviews, limit, |review| format!("{}-{}", review.reports, review.id)))
}

fn find(tx: &mut Tx, id: &str) -> Result<Option<Review>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM reviews WHERE id = $1{}", tx.for_update()), params![id])?;
    row.as_ref().map(of_row).transpose()
}

fn own(tx: &mut Tx, user: &str, release: &str) -> Result<Option<Review>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM reviews WHERE release_id = $1 AND user_id = $2");
    tx.row(&sql, params![release, user])?.as_ref().map(of_row).transpose()
}

/// Whether somebody owns a track of a release.
fn has_bought(tx: &mut Tx, user: &str, release: &str) -> Result<bool, DbError> {
    let row = tx.row(
        "SELECT 1 FROM tracks t JOIN entitlements e ON e.track_id = t.id AND e.user_id = $1
         WHERE t.release_id = $2 AND e.revoked_us IS NULL LIMIT 1",
        params![user, release],
    )?;
    Ok(row.is_some())
}

fn rating(tx: &mut Tx, release: &str) -> Result<Rating, DbError> {
    let row = tx.row("SELECT reviews, stars FROM release_ratings WHERE release_id = $1", params![release])?;
    row.map_or(Ok(Rating::default()), |row| Ok(Rating { reviews: row.get(0)?, stars: row.get(1)? }))
}

fn checked(new: NewReview) -> Result<NewReview, ReviewError> {
    let field = |field, reason: String| Err(ReviewError::Field { field, reason });
    if !(1..=MAX_STARS).contains(&new.stars) {
        return field("stars", format!("give 1 to {MAX_STARS} stars"));
    }
    let (author, words) = (new.author.trim().to_owned(), new.words.trim().replace("\r\n", "\n"));
    if author.chars().count() > MAX_AUTHOR_CHARS || author.chars().any(char::is_control) {
        return field("author", format!("a name is one line of at most {MAX_AUTHOR_CHARS} characters"));
    }
    if words.chars().count() > MAX_WORDS_CHARS || words.contains('\0') {
        return field("words", format!("a review has at most {MAX_WORDS_CHARS} characters"));
    }
    Ok(NewReview { author, words, ..new })
}

fn write(tx: &mut Tx, (user, release): (&str, &str), new: &NewReview, clock: &Clock) -> Result<bool, ReviewError> {
    let now_us = clock.now_us();
    if !has_bought(tx, user, release)? {
        return Err(ReviewError::NotBought);
    }
    let sql = "SELECT count(*) FROM reviews WHERE user_id = $1 AND updated_us > $2";
    let row = tx.row(sql, params![user, now_us - DAY_US])?;
    if row.map_or(Ok(0), |row| row.get::<i64>(0))? >= REVIEWS_A_DAY {
        return Err(ReviewError::TooMany);
    }
    let before = own(tx, user, release)?;
    tx.execute(
        "INSERT INTO reviews (id, release_id, user_id, stars, author, words, language, state, reports, created_us,
             updated_us) VALUES ($1, $2, $3, $4, $5, $6, $7, 'shown', 0, $8, $8)
         ON CONFLICT (release_id, user_id) DO UPDATE SET stars = excluded.stars, author = excluded.author,
             words = excluded.words, language = excluded.language, updated_us = excluded.updated_us",
        params![clock.new_id(), release, user, new.stars, &new.author, &new.words, &new.language, now_us],
    )?;
    match &before {
        None => count(tx, release, 1, i64::from(new.stars))?,
        // A hidden one stays hidden, whatever it says by now.
        Some(old) if !old.is_hidden => count(tx, release, 0, i64::from(new.stars) - i64::from(old.stars))?,
        Some(_) => {}
    }
    Ok(before.is_none())
}

/// Moves the sums of a release.
fn count(tx: &mut Tx, release: &str, reviews: i64, stars: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO release_ratings (release_id, reviews, stars) VALUES ($1, $2, $3)
         ON CONFLICT (release_id) DO UPDATE SET reviews = release_ratings.reviews + excluded.reviews,
             stars = release_ratings.stars + excluded.stars",
        params![release, reviews, stars],
    )?;
    Ok(())
}

fn drop_review(tx: &mut Tx, review: &Review) -> Result<(), DbError> {
    tx.execute("DELETE FROM review_reports WHERE review_id = $1", params![&review.id])?;
    tx.execute("DELETE FROM reviews WHERE id = $1", params![&review.id])?;
    if review.is_hidden { Ok(()) } else { count(tx, &review.release_id, -1, -i64::from(review.stars)) }
}

fn report(tx: &mut Tx, (user, review): (&str, &str), reason: &str, now_us: i64) -> Result<(), ReviewError> {
    let review = find(tx, review)?.filter(|review| !review.is_hidden).ok_or(ReviewError::Unknown)?;
    if review.user_id == user {
        return Err(ReviewError::Own);
    }
    let sql = "SELECT count(*) FROM review_reports WHERE user_id = $1 AND at_us > $2";
    let row = tx.row(sql, params![user, now_us - DAY_US])?;
    if row.map_or(Ok(0), |row| row.get::<i64>(0))? >= REPORTS_A_DAY {
        return Err(ReviewError::TooMany);
    }
    let sql = "SELECT 1 FROM review_reports WHERE review_id = $1 AND user_id = $2";
    let is_first = tx.row(sql, params![&review.id, user])?.is_none();
    tx.execute(
        "INSERT INTO review_reports (review_id, user_id, reason, at_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (review_id, user_id) DO UPDATE SET reason = excluded.reason, at_us = excluded.at_us",
        params![&review.id, user, reason, now_us],
    )?;
    if is_first {
        tx.execute("UPDATE reviews SET reports = reports + 1 WHERE id = $1", params![&review.id])?;
    }
    Ok(())
}

fn moderate(tx: &mut Tx, id: &str, hide: bool) -> Result<Review, ReviewError> {
    let review = find(tx, id)?.ok_or(ReviewError::Unknown)?;
    if review.is_hidden != hide {
        let sign = if hide { -1 } else { 1 };
        count(tx, &review.release_id, sign, sign * i64::from(review.stars))?;
    }
    tx.execute("DELETE FROM review_reports WHERE review_id = $1", params![id])?;
    tx.execute(
        "UPDATE reviews SET state = $1, reports = 0 WHERE id = $2",
        params![if hide { "hidden" } else { "shown" }, id],
    )?;
    Ok(Review { is_hidden: hide, reports: 0, ..review })
}

/// Leaves somebody's reviews where they are, without his name.
pub(crate) fn disown(tx: &mut Tx, user_id: &str) -> Result<(), DbError> {
    tx.execute("UPDATE reviews SET author = '' WHERE user_id = $1", params![user_id]).map(drop)
}

#[cfg(test)]
mod tests;
