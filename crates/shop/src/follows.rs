//! Whom people follow, and the weekly letter that tells them what is new. Owner of the tables `follows` and `digests`. The
//! letter is queued in the transaction that notes it; what it says is the caller's.

use crate::clock::Clock;
use crate::db::{Db, DbError, Row, Tx};
use crate::mail::{Letter, Mail};
use crate::params;

/// Artists and labels that one person follows.
pub const MAX_FOLLOWS: i64 = 500;
/// How often a letter goes out.
pub const EVERY_US: i64 = 7 * 86_400_000_000;
/// Releases that a letter names; the rest is counted.
pub const MAX_NAMED: i64 = 40;
/// Letters of one look.
const LETTERS_AT_ONCE: i64 = 50;
/// Random bytes of the secret in a letter.
const TOKEN_BYTES: usize = 16;

/// What can be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An artist.
    Artist,
    /// A label.
    Label,
}

impl Kind {
    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Artist => "artist",
            Kind::Label => "label",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Kind> {
        [Kind::Artist, Kind::Label].into_iter().find(|kind| kind.as_str() == name)
    }

    fn table(self) -> &'static str {
        match self {
            Kind::Artist => "artists",
            Kind::Label => "labels",
        }
    }
}

/// Somebody or something that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Which of the two.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A release that a letter names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// By whom, as credited.
    pub credit: String,
}

/// What a letter is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The reader's language.
    pub language: String,
    /// The latest first, at most [`MAX_NAMED`].
    pub releases: Vec<Fresh>,
    /// Ends these letters without signing in.
    pub token: String,
}

/// Why somebody is not followed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FollowError {
    /// There is no such artist or label.
    #[error("there is nobody to follow under this id")]
    Unknown,
    /// Enough.
    #[error("nobody follows more than {MAX_FOLLOWS}")]
    Full,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Who follows whom. Cheap to clone.
#[derive(Clone)]
pub struct Follows {
    db: Db,
    clock: Clock,
    mail: Mail,
}

impl Follows {
    /// Over this database; letters go by `mail`.
    pub fn new(db: Db, clock: Clock, mail: Mail) -> Follows {
        Follows { db, clock, mail }
    }

    /// Whom somebody follows, by name; and whether he wants letters.
    pub async fn of(&self, user: &str) -> Result<(Vec<Followed>, bool), DbError> {
        let user = user.to_owned();
        self.db.look(move |tx| Ok((of(tx, &user)?, is_wanted(tx, &user)?))).await
    }

    /// Whether somebody follows this one.
    pub async fn has(&self, user: &str, kind: Kind, id: &str) -> Result<bool, DbError> {
        let (user, id) = (user.to_owned(), id.to_owned());
        self.db
            .look(move |tx| {
                let sql = "SELECT 1 FROM follows WHERE user_id = $1 AND kind = $2 AND subject = $3";
                Ok(tx.row(sql, params![&user, kind.as_str(), &id])?.is_some())
            })
            .await
    }

    /// Follows; a second time changes nothing. Who never followed anybody gets letters from now on.
    pub async fn add(&self, user: &str, kind: Kind, id: &str) -> Result<(), FollowError> {
        let (user, id, clock) = (user.to_owned(), id.to_owned(), self.clock.clone());
        self.db.write(move |tx| add(tx, (&user, kind, &id), &clock)).await
    }

    /// Follows no longer; says whether he did.
    pub async fn remove(&self, user: &str, kind: Kind, id: &str) -> Result<bool, DbError> {
        let (user, id) = (user.to_owned(), id.to_owned());
        self.db
            .write(move |tx| {
                let sql = "DELETE FROM follows WHERE user_id = $1 AND kind = $2 AND subject = $3";
                Ok(tx.execute(sql, params![&user, kind.as_str(), &id])? > 0)
            })
            .await
    }

    /// Whether somebody wants letters.
    pub async fn want(&self, user: &str, wanted: bool) -> Result<(), DbError> {
        let (user, clock) = (user.to_owned(), self.clock.clone());
        self.db
            .write(move |tx| {
                begin_letters(tx, &user, &clock)?;
                let sql = "UPDATE digests SET is_wanted = $1, told_us = $2 WHERE user_id = $3";
                tx.execute(sql, params![wanted, clock.now_us(), &user]).map(drop)
            })
            .await
    }

    /// Ends somebody's letters by the secret that stands in them; says whether it is anybody's.
    pub async fn unsubscribe(&self, token: &str) -> Result<bool, DbError> {
        let token = token.to_owned();
        self.db
            .write(move |tx| Ok(tx.execute("UPDATE digests SET is_wanted = 0 WHERE token = $1", params![&token])? > 0))
            .await
    }

    /// Writes the letters that are due, at most a few; says how many people were looked at, so that a caller goes on while
    /// there are any. Who has nothing new to hear of gets none, and is looked at again in a week.
    pub async fn tell(&self, letter: impl Fn(&Digest) -> Letter + Send + Sync + 'static) -> Result<usize, DbError> {
        let (follows, now_us) = (self.clone(), self.clock.now_us());
        let looked = self.db.write(move |tx| follows.tell_in(tx, now_us, &letter)).await?;
        if looked > 0 {
            self.mail.wake();
        }
        Ok(looked)
    }

    fn tell_in(&self, tx: &mut Tx, now_us: i64, letter: &dyn Fn(&Digest) -> Letter) -> Result<usize, DbError> {
        let sql = format!(
            "SELECT user_id, token, told_us FROM digests WHERE is_wanted = 1 AND told_us <= $1
             ORDER BY told_us LIMIT $2{}",
            tx.for_update_skip_locked()
        );
        let due = tx.rows(&sql, params![now_us - EVERY_US, LETTERS_AT_ONCE])?;
        for row in &due {
            let (user, token, told_us): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let releases = fresh(tx, &user, told_us)?;
            let sql = "SELECT email, language FROM users WHERE id = $1";
            if let Some(row) = tx.row(sql, params![&user])?.filter(|_| !releases.is_empty()) {
                let (email, language): (String, String) = (row.get(0)?, row.get(1)?);
                self.mail.enqueue(tx, &email, &letter(&Digest { language, releases, token }))?;
            }
            tx.execute("UPDATE digests SET told_us = $1 WHERE user_id = $2", params![now_us, &user])?;
        }
        Ok(due.len())
    }
}

fn of(tx: &mut Tx, user: &str) -> Result<Vec<Followed>, DbError> {
    let rows = tx.rows(
        "SELECT f.kind, f.subject, COALESCE(a.name, l.name) FROM follows f
         LEFT JOIN artists a ON f.kind = 'artist' AND a.id = f.subject
         LEFT JOIN labels l ON f.kind = 'label' AND l.id = f.subject
         WHERE f.user_id = $1 AND COALESCE(a.name, l.name) IS NOT NULL ORDER BY 3, 2 LIMIT $2",
        params![user, MAX_FOLLOWS],
    )?;
    let followed = |row: &Row| {
        let kind: String = row.get(0)?;
        let kind = Kind::parse(&kind).ok_or_else(|| DbError::Failed(format!("somebody follows a {kind:?}")))?;
        Ok(Followed { kind, id: row.get(1)?, name: row.get(2)? })
    };
    rows.iter().map(followed).collect()
}

fn is_wanted(tx: &mut Tx, user: &str) -> Result<bool, DbError> {
    let row = tx.row("SELECT is_wanted FROM digests WHERE user_id = $1", params![user])?;
    row.map_or(Ok(true), |row| row.get(0))
}

fn add(tx: &mut Tx, (user, kind, id): (&str, Kind, &str), clock: &Clock) -> Result<(), FollowError> {
    let sql = format!("SELECT 1 FROM {} WHERE id = $1", kind.table());
    tx.row(&sql, params![id])?.ok_or(FollowError::Unknown)?;
    let row = tx.row("SELECT count(*) FROM follows WHERE user_id = $1", params![user])?;
    if row.map_or(Ok(0), |row| row.get::<i64>(0))? >= MAX_FOLLOWS {
        return Err(FollowError::Full);
    }
    tx.execute(
        "INSERT INTO follows (user_id, kind, subject, at_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, kind, subject) DO NOTHING",
        params![user, kind.as_str(), id, clock.now_us()],
    )?;
    Ok(begin_letters(tx, user, clock)?)
}

fn begin_letters(tx: &mut Tx, user: &str, clock: &Clock) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO digests (user_id, token, told_us, is_wanted) VALUES ($1, $2, $3, 1) ON CONFLICT (user_id) DO NOTHING",
        params![user, hex::encode(clock.random::<TOKEN_BYTES>()), clock.now_us()],
    )?;
    Ok(())
}

/// Releases on sale by those whom somebody follows that came since he was told, and since he follows them.
fn fresh(tx: &mut Tx, user: &str, since_us: i64) -> Result<Vec<Fresh>, DbError> {
    let rows = tx.rows(
        "SELECT r.id, r.title, r.credit FROM releases r WHERE r.state = 'on_sale' AND r.created_us > $2 AND r.id IN (
             SELECT x.release_id FROM follows f JOIN release_artists x ON x.artist_id = f.subject
             WHERE f.user_id = $1 AND f.kind = 'artist'
             UNION SELECT l.id FROM follows f JOIN releases l ON l.label_id = f.subject
             WHERE f.user_id = $1 AND f.kind = 'label')
         ORDER BY r.id DESC LIMIT $3",
        params![user, since_us, MAX_NAMED],
    )?;
    let release = |row: &Row| Ok(Fresh { id: row.get(0)?, title: row.get(1)?, credit: row.get(2)? });
    rows.iter().map(release).collect()
}

/// Forgets whom somebody follows, and his letters.
pub(crate) fn forget(tx: &mut Tx, user_id: &str) -> Result<(), DbError> {
    tx.execute("DELETE FROM follows WHERE user_id = $1", params![user_id])?;
    tx.execute("DELETE FROM digests WHERE user_id = $1", params![user_id]).map(drop)
}

#[cfg(test)]
mod tests;
