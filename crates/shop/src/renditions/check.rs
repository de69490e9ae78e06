//! Checking a body that somebody doubts: against its hash, and against what its master becomes today.

use std::io::Read;

use sha2::{Digest, Sha256};

use super::pool::Cause;
use super::{Broken, DownloadError, MasterFile, Rendition, Renditions, State, find, id_of, master, object_of, plan};
use crate::db::{DbError, Tx};
use crate::files::FilesError;
use crate::params;

/// Bytes read at once of a file that is checked.
const PIECE_BYTES: usize = 256 << 10;

/// What a doubted body turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As it was made, and as it would be made again.
    Right,
    /// It was not what it should be, and is made anew by now, or will be with its next download.
    Mended,
    /// It was not what it should be, and cannot be made anew: its master is damaged or gone.
    Lost,
}

/// What a stored file is, held against the hash it had when it was stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stored {
    Right,
    Wrong,
    Absent,
}

impl Renditions {
    /// Checks the body of a rendition in the name of `owner`, and makes it anew where it is wrong. An error means that
    /// nothing is known yet: another try may tell.
    pub(crate) async fn check(&self, id: &str, owner: &str) -> Result<Verdict, DownloadError> {
        let wanted = id.to_owned();
        let (rendition, master, hashes) =
            self.db.read(move |tx| facts(tx, &wanted)).await?.ok_or(DownloadError::Unknown)?;
        let master_is = self.stored(&master.object_key, &hashes.master).await?;
        let body_is = match (rendition.state, &hashes.body) {
            (State::Ready, Some(hash)) => self.stored(&rendition.object(), hash).await?,
            _ => Stored::Absent,
        };
        let by_todays_encoder =
            plan(rendition.format, &master).is_ok_and(|plan| id_of(&master.id, &plan) == rendition.id);
        match (body_is, master_is) {
            (Stored::Right, Stored::Right) if by_todays_encoder => self.compare(id, owner, &hashes).await,
            (Stored::Right, _) => Ok(Verdict::Right),
            // The cache has let it go: whether it was right, the next encode tells.
            (Stored::Absent, Stored::Right) if by_todays_encoder => self.compare(id, owner, &hashes).await,
            (Stored::Absent, Stored::Right) => Ok(Verdict::Right),
            (Stored::Absent, _) => Ok(Verdict::Lost),
            (Stored::Wrong, Stored::Right) => {
                self.discard(id).await?;
                if by_todays_encoder {
                    self.made(id, owner, Cause::Bought).await?;
                }
                Ok(Verdict::Mended)
            }
            (Stored::Wrong, _) => {
                self.discard(id).await?;
                Ok(Verdict::Lost)
            }
        }
    }

    /// Makes the body again, without keeping its bytes, and holds it against what is known of it.
    async fn compare(&self, id: &str, owner: &str, hashes: &Hashes) -> Result<Verdict, DownloadError> {
        let known = hashes.body.as_deref();
        let is_same = match self.made(id, owner, Cause::Sizing).await {
            Ok(body_sha256) => known.is_none_or(|known| known == body_sha256),
            Err(Unmade::Changed) => false,
            Err(Unmade::Other(e)) => return Err(e),
        };
        if is_same {
            return Ok(Verdict::Right);
        }
        tracing::error!(rendition = id, "a master became other bytes than before; the file is made anew");
        self.discard(id).await?;
        self.forget_numbers(id).await;
        self.made(id, owner, Cause::Bought).await?;
        Ok(Verdict::Mended)
    }

    /// Makes the body and tells its hash.
    async fn made(&self, id: &str, owner: &str, cause: Cause) -> Result<String, Unmade> {
        let growing = self.start(id, owner, cause).await.map_err(Unmade::Other)?;
        match growing.finished().await {
            Ok(made) => Ok(made.body_sha256.clone()),
            Err(Broken::Changed { .. }) => Err(Unmade::Changed),
            Err(other) => Err(Unmade::Other(DownloadError::Io(other.to_string()))),
        }
    }

    async fn stored(&self, name: &str, sha256: &str) -> Result<Stored, DownloadError> {
        let (files, runtime, name, wanted) =
            (self.files.clone(), self.runtime.clone(), name.to_owned(), sha256.to_owned());
        let hashed = tokio::task::spawn_blocking(move || -> Result<Stored, FilesError> {
            let mut object = match files.open_blocking(&name, &runtime) {
                Err(FilesError::Absent(_)) => return Ok(Stored::Absent),
                opened => opened?,
            };
            let (mut hash, mut piece) = (Sha256::new(), vec![0; PIECE_BYTES]);
            loop {
                let read = object.read(&mut piece)?;
                if read == 0 {
                    let is_right = hex::encode(hash.finalize()) == wanted;
                    return Ok(if is_right { Stored::Right } else { Stored::Wrong });
                }
                hash.update(&piece[..read]);
            }
        });
        hashed.await.map_err(|e| DownloadError::Io(e.to_string()))?.map_err(|e| DownloadError::Io(e.to_string()))
    }

    /// Lets a body go that is wrong; what is known of it stays.
    async fn discard(&self, id: &str) -> Result<(), DownloadError> {
        let wanted = id.to_owned();
        self.db
            .write::<_, DbError>(move |tx| {
                tx.execute(
                    "UPDATE renditions SET state = 'sized', body_object = NULL WHERE id = $1 AND state = 'ready'",
                    params![&wanted],
                )
            })
            .await?;
        match self.files.delete(&object_of(id)).await {
            Ok(()) | Err(FilesError::Absent(_)) => Ok(()),
            Err(e) => Err(DownloadError::Io(e.to_string())),
        }
    }
}

/// Why a body was not made.
enum Unmade {
    /// Other bytes came out than the last time.
    Changed,
    Other(DownloadError),
}

impl From<Unmade> for DownloadError {
    fn from(unmade: Unmade) -> DownloadError {
        match unmade {
            Unmade::Changed => DownloadError::Io("other bytes came out than the last time".into()),
            Unmade::Other(e) => e,
        }
    }
}

/// What stored files must be.
struct Hashes {
    /// None while nothing was made.
    body: Option<String>,
    master: String,
}

fn facts(tx: &mut Tx, id: &str) -> Result<Option<(Rendition, MasterFile, Hashes)>, DbError> {
    let Some(rendition) = find(tx, id)? else { return Ok(None) };
    let Some(master) = master(tx, &rendition.master_id)? else { return Ok(None) };
    let row = tx.row(
        "SELECT r.body_sha256, m.file_sha256 FROM renditions r JOIN masters m ON m.id = r.master_id WHERE r.id = $1",
        params![id],
    )?;
    let row = row.ok_or_else(|| DbError::Failed("a rendition vanished".into()))?;
    Ok(Some((rendition, master, Hashes { body: row.get(0)?, master: row.get(1)? })))
}
