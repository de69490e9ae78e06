//! Previews: how much of a track who may hear, and the file that holds just that. What is cut is cut here: no other part of a
//! track exists under any address. Owner of the tables `preview_settings` and `preview_limits`.

pub mod settings;
pub mod limits;
mod pace;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use audio::format::Format;
use audio::pcm::StreamInfo;

use self::pace::Pace;
pub use self::pace::{MAX_PREVIEWS_OF_ADDRESS, MAX_PREVIEWS_OF_LISTENER, PREVIEW_WINDOW_S};
use self::settings::PreviewSettings;
use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::params;
use crate::renditions::{self, Delivery, DownloadError, Excerpt, MasterFile, Renditions};
use crate::storefronts::MAIN;
use crate::tariffs;
use crate::users::network;

/// How far somebody is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not signed in.
    Visitor,
    /// Signed in.
    Listener,
    /// Signed in, and has spent the sum.
    Buyer,
}

impl Standing {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Visitor => "visitor",
            Standing::Listener => "listener",
            Standing::Buyer => "buyer",
        }
    }
}

/// What somebody may hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hearing {
    /// His standing.
    pub standing: Standing,
    /// Seconds; none: the whole.
    pub most_s: Option<u64>,
    /// What holds for everybody.
    pub settings: PreviewSettings,
}

/// What of a track somebody hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where in the track it begins.
    pub start_ms: u64,
    /// How long it is; 0: there is no preview.
    pub length_ms: u64,
}

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Small.
    Opus,
    /// For what does not play Opus.
    Mp3,
}

/// Who listens.
#[derive(Debug, Clone, Copy)]
pub struct Ear<'a> {
    /// Who is signed in.
    pub user_id: Option<&'a str>,
    /// Where he is on the network.
    pub address: IpAddr,
}

/// A file to listen to.
pub struct Preview {
    /// It.
    pub delivery: Delivery,
    /// It is still in the making: its beginning is there first.
    pub is_growing: bool,
}

/// Why there is nothing to listen to.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// No such track, or it is not on sale.
    #[error("no such track on sale")]
    Unknown,
    /// Its rights holder, or the shop, wants none for this standing.
    #[error("this track has no preview for you")]
    Withheld,
    /// Too many different ones.
    #[error("that is enough for now: try again in {retry_after_s} seconds")]
    TooMany {
        /// Seconds.
        retry_after_s: u64,
    },
    /// It could not be made.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The previews. Cheap to clone.
#[derive(Clone)]
pub struct Previews {
    db: Db,
    clock: Clock,
    renditions: Renditions,
    pace: Pace,
}

impl Previews {
    /// Over this database and these renditions.
    pub fn new(db: Db, clock: Clock, renditions: Renditions) -> Previews {
        Previews { db, clock, renditions, pace: Pace::default() }
    }

    /// What somebody may hear of any track that has no limit of its own.
    pub async fn hearing(&self, user_id: Option<&str>) -> Result<Hearing, DbError> {
        let (user, now_us) = (user_id.map(str::to_owned), self.clock.now_us());
        self.db.read(move |tx| hearing(tx, user.as_deref(), now_us)).await
    }

    /// Which of these releases somebody hears something of: all but those that are withheld as a whole, or track by track.
    pub async fn heard(&self, user_id: Option<&str>, releases: Vec<String>) -> Result<HashSet<String>, DbError> {
        let (user, now_us) = (user_id.map(str::to_owned), self.clock.now_us());
        self.db
            .read(move |tx| {
                if hearing(tx, user.as_deref(), now_us)?.most_s == Some(0) {
                    return Ok(HashSet::new());
                }
                let mut heard = HashSet::from_iter(releases);
                for id in limits::withheld(tx, &heard)? {
                    heard.remove(&id);
                }
                Ok(heard)
            })
            .await
    }

    /// Of these tracks those that a rule of their recording keeps silent for everybody; at most [`crate::page::MAX_LIMIT`] at once.
    pub async fn silent(&self, mut tracks: Vec<String>) -> Result<HashSet<String>, DbError> {
        tracks.truncate(crate::page::MAX_LIMIT as usize);
        self.db.read(move |tx| limits::silent(tx, &tracks)).await
    }

    /// What somebody hears of the tracks of a release, by track; of what is withheld nothing.
    pub async fn of_release(&self, user_id: Option<&str>, release_id: &str) -> Result<HashMap<String, Span>, DbError> {
        let (user, release, now_us) = (user_id.map(str::to_owned), release_id.to_owned(), self.clock.now_us());
        self.db
            .read(move |tx| {
                let hearing = hearing(tx, user.as_deref(), now_us)?;
                let limits = limits::of_release(tx, &release)?;
                let rows = tx.rows(
                    "SELECT t.id, t.recording_id, m.length_frames, m.rate_hz FROM tracks t
                     JOIN recordings c ON c.id = t.recording_id JOIN masters m ON m.id = c.master_id
                     WHERE t.release_id = $1",
                    params![&release],
                )?;
                let span = |row: &crate::db::Row| {
                    let limit = limits.get(&row.get::<String>(1)?).copied();
                    Ok((row.get(0)?, span(least(hearing.most_s, limit), row.get(2)?, row.get(3)?)))
                };
                rows.iter().map(span).collect()
            })
            .await
    }

    /// The file of a track that `ear` may hear. It begins to be made now if it is not there.
    pub async fn listen(&self, track_id: &str, kind: Kind, ear: Ear<'_>) -> Result<Preview, PreviewError> {
        let (track, user, now_us) = (track_id.to_owned(), ear.user_id.map(str::to_owned), self.clock.now_us());
        let wanted = self.db.read(move |tx| wanted(tx, &track, (kind, user.as_deref()), now_us)).await?;
        let (master, most_s, format) = wanted.ok_or(PreviewError::Unknown)?;
        if most_s == Some(0) {
            return Err(PreviewError::Withheld);
        }
        let (who, most) = match ear.user_id {
            Some(user) => (format!("listener {user}"), MAX_PREVIEWS_OF_LISTENER),
            None => (format!("address {}", network(ear.address)), MAX_PREVIEWS_OF_ADDRESS),
        };
        let mut hasher = DefaultHasher::new();
        master.id.hash(&mut hasher);
        let heard = self.pace.hears(&who, hasher.finish(), most, now_us);
        heard.map_err(|retry_after_s| PreviewError::TooMany { retry_after_s })?;
        let excerpt = most_s.and_then(|seconds| Excerpt::of(&master.stream, seconds));
        let (delivery, is_growing) = self.renditions.preview(&master, (format, excerpt), &who).await?;
        Ok(Preview { delivery, is_growing })
    }
}

/// What a user may hear at an instant.
fn hearing(tx: &mut Tx, user_id: Option<&str>, now_us: i64) -> Result<Hearing, DbError> {
    let settings = settings::of(tx, MAIN)?;
    let standing = match user_id {
        None => Standing::Visitor,
        Some(user) if tariffs::spent(tx, user, now_us)? >= settings.buyer_from => Standing::Buyer,
        Some(_) => Standing::Listener,
    };
    let most_s = match standing {
        Standing::Visitor => Some(settings.visitor_s),
        Standing::Listener => Some(settings.listener_s),
        Standing::Buyer => settings.buyer_s,
    };
    Ok(Hearing { standing, most_s, settings })
}

type Wanted = (MasterFile, Option<u64>, Format);

/// The master of a track that is on sale, how much of it is heard, and as what.
fn wanted(
    tx: &mut Tx,
    track_id: &str,
    (kind, user_id): (Kind, Option<&str>),
    now_us: i64,
) -> Result<Option<Wanted>, DbError> {
    let row = tx.row(
        "SELECT r.master_id FROM tracks t JOIN recordings r ON r.id = t.recording_id JOIN releases a ON a.id = t.release_id
         WHERE t.id = $1 AND t.state = 'on_sale' AND a.state = 'on_sale'",
        params![track_id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let Some(master) = renditions::master(tx, &row.get::<String>(0)?)? else { return Ok(None) };
    let hearing = hearing(tx, user_id, now_us)?;
    let most_s = least(hearing.most_s, limits::of_track(tx, track_id)?);
    let format = match kind {
        Kind::Opus => &hearing.settings.opus,
        Kind::Mp3 => &hearing.settings.mp3,
    };
    let format = format.parse().map_err(|e| DbError::Failed(format!("the format of previews: {e}")))?;
    Ok(Some((master, most_s, format)))
}

/// The shorter of two lengths, of which none is no limit.
fn least(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    [a, b].into_iter().flatten().min()
}

/// What of a master of so many frames is heard.
fn span(most_s: Option<u64>, length_frames: u64, rate_hz: u32) -> Span {
    let ms = |frames: u64| frames.saturating_mul(1_000) / u64::from(rate_hz.max(1));
    let spec = audio::pcm::Spec { rate_hz, channels: 2, bits: 16, float: false };
    let master = StreamInfo { spec, length_frames, md5: [0; 16] };
    match most_s {
        Some(0) => Span { start_ms: 0, length_ms: 0 },
        most_s => match most_s.and_then(|seconds| Excerpt::of(&master, seconds)) {
            Some(part) => Span { start_ms: ms(part.start_frame), length_ms: ms(part.frames) },
            None => Span { start_ms: 0, length_ms: ms(length_frames) },
        },
    }
}
