//! Renditions: what a master became in a format. Decided by a pure plan, made once for everybody who wants it, kept in a
//! cache, and made again, byte for byte, when the cache has forgotten it.
//!
//! Bodies only: heads belong to tracks and are made in `downloads`. Owner of the tables `renditions` and
//! `sizing_position`.

pub(crate) mod growing;
pub(crate) mod delivery;
mod excerpt;
mod ffi;
mod pool;
mod produce;
mod sizing;
pub(crate) mod check;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use audio::encode::{self, Plan};
use audio::format::Format;
use audio::pcm::{Spec, StreamInfo};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

pub use self::delivery::{Delivery, Reach};
pub(crate) use self::excerpt::Excerpt;
pub use self::growing::Broken;
use self::growing::Made;
use self::pool::{Cause, Pool};
pub use self::sizing::MAX_SIZED_AHEAD;
use crate::clock::Clock;
use crate::db::{Db, DbError, Query, Row, Tx, list_of, list_sql};
use crate::files::Files;
use crate::jobs::{Job, JobError, Jobs, NewJob, Verdict};
use crate::params;

/// The kind of job that makes a rendition; its key is the rendition's id.
pub(crate) const ENCODE: &str = "encode";
/// The kind of job that settles the order lines of a rendition that was made or failed; its key is the rendition's id.
pub(crate) const SETTLE: &str = "settle";
/// The kind of job that finds out how large a rendition becomes; its key is the rendition's id.
pub(crate) const SIZE: &str = "size";
/// Priority of an encode that somebody paid for.
const ENCODE_PRIORITY: i64 = 10;
/// Priority of a size that somebody asked for.
const ASKED_SIZE_PRIORITY: i64 = 50;
/// Priority of a size that may be asked for.
const SIZE_PRIORITY: i64 = 90;
/// Money waits for nothing.
const SETTLE_PRIORITY: i64 = 0;
/// Encodes that may wait or run in this process; beyond it a download is asked to come back.
pub const MAX_ENCODES: usize = 256;
/// Of these, encodes of one listener.
pub const MAX_ENCODES_OF_ONE: usize = 64;
/// Encodes in this process beyond which none is started for listening alone.
pub const MAX_ENCODES_BEFORE_PREVIEWS: usize = 64;
/// Encodes that a job may join or start before it waits for its next turn.
const MAX_JOINS: usize = 2;
/// What a download that found no place is told to wait.
const RETRY_AFTER_S: u64 = 5;
/// Renditions whose sizes one statement reads.
const SIZES_AT_ONCE: usize = 100;
/// How exact the time of last use is kept.
const USED_GRAIN_US: i64 = 3_600 * 1_000_000;

/// Why a file cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// No such file, or the link is not valid any more.
    #[error("no such file")]
    Unknown,
    /// The rendition could not be made.
    #[error("this file could not be made")]
    Failed,
    /// Its price went back, and the right to it.
    #[error("the money for this file went back")]
    Refunded,
    /// Too much is being encoded at the moment.
    #[error("too much is being encoded: try again in {retry_after_s} seconds")]
    Busy {
        /// Seconds.
        retry_after_s: u64,
    },
    /// The database, disk or object store; for the log.
    #[error("{0}")]
    Io(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Where bodies are made and how long they are kept.
#[derive(Debug, Clone)]
pub struct CacheSettings {
    /// Folder for bodies in the making.
    pub spool: PathBuf,
    /// Encoder threads of the process.
    pub encode_threads: usize,
    /// Bytes of bodies that are kept; beyond it the least recently used go.
    pub cache_bytes: u64,
    /// Seconds without use after which a body goes.
    pub cache_age_s: u64,
}

/// A master as an encode needs it.
#[derive(Debug, Clone)]
pub(crate) struct MasterFile {
    pub id: String,
    pub object_key: String,
    pub stream: StreamInfo,
}

/// The state of a rendition's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    Encoding,
    Ready,
    Failed,
    /// The body left the cache; its numbers are still known.
    Sized,
}

impl State {
    fn of_name(name: &str) -> Result<State, DbError> {
        Ok(match name {
            "queued" => State::Queued,
            "encoding" => State::Encoding,
            "ready" => State::Ready,
            "failed" => State::Failed,
            "sized" => State::Sized,
            other => return Err(DbError::Failed(format!("a rendition is in the state {other}"))),
        })
    }
}

/// A rendition's row.
#[derive(Debug, Clone)]
pub(crate) struct Rendition {
    pub id: String,
    pub master_id: String,
    pub format: Format,
    pub encoder: String,
    pub state: State,
    pub payload_bytes: Option<u64>,
    pub payload_sha256: Option<String>,
    pub body_bytes: Option<u64>,
    pub body_crc32: Option<u32>,
    pub index: Option<Vec<u8>>,
    /// What part of the master it is of; none: of the whole.
    pub excerpt: Option<Excerpt>,
}

const COLUMNS: &str = "id, master_id, format, encoder, state, payload_bytes, body_bytes, body_crc32, body_index,
    excerpt_start_frame, excerpt_frames, payload_sha256";

impl Rendition {
    fn of_row(row: &Row) -> Result<Rendition, DbError> {
        let format: String = row.get(2)?;
        Ok(Rendition {
            id: row.get(0)?,
            master_id: row.get(1)?,
            format: format.parse().map_err(|e| DbError::Failed(format!("a stored format: {e}")))?,
            encoder: row.get(3)?,
            state: State::of_name(&row.get::<String>(4)?)?,
            payload_bytes: row.get(5)?,
            payload_sha256: row.get(11)?,
            body_bytes: row.get(6)?,
            body_crc32: row.get(7)?,
            index: row.get(8)?,
            excerpt: match (row.get::<Option<u64>>(9)?, row.get::<Option<u64>>(10)?) {
                (Some(start_frame), Some(frames)) => Some(Excerpt { start_frame, frames }),
                _ => None,
            },
        })
    }

    /// Where its body lies.
    pub fn object(&self) -> String {
        object_of(&self.id)
    }
}

fn object_of(id: &str) -> String {
    format!("renditions/{}/{id}", &id[..2])
}

/// The key of a rendition: every input and the encoder's build.
pub(crate) fn id_of(master_id: &str, plan: &Plan) -> String {
    let text = format!("{master_id} {} {}", plan.format, plan.encoder);
    hex::encode(&Sha256::digest(text)[..20])
}

/// The renditions. Cheap to clone.
#[derive(Clone)]
pub struct Renditions {
    db: Db,
    clock: Clock,
    files: Files,
    jobs: Jobs,
    settings: Arc<CacheSettings>,
    runtime: Handle,
    live: Arc<Mutex<produce::Live>>,
    pool: Arc<Pool>,
}

impl Renditions {
    /// Opens the cache; the spool folder is made. Call it within a runtime.
    pub fn open(
        db: Db,
        clock: Clock,
        files: Files,
        jobs: Jobs,
        settings: CacheSettings,
    ) -> Result<Renditions, std::io::Error> {
        std::fs::create_dir_all(&settings.spool)?;
        Ok(Renditions {
            db,
            clock,
            files,
            jobs,
            pool: Arc::new(Pool::new(settings.encode_threads)),
            settings: Arc::new(settings),
            runtime: Handle::current(),
            live: Arc::default(),
        })
    }

    /// Empties the spool of what a killed process left there. Only for the one process that serves from this data folder,
    /// before it encodes anything.
    pub(crate) fn clear_spool(&self) -> Result<(), std::io::Error> {
        for entry in std::fs::read_dir(&self.settings.spool)? {
            std::fs::remove_file(entry?.path())?;
        }
        Ok(())
    }

    /// How far an encode of this process is, in hundredths.
    pub(crate) fn percent(&self, id: &str) -> Option<u8> {
        self.live().get(id).map(|running| running.growing.percent())
    }

    /// Encodes that run in this process.
    pub fn running(&self) -> usize {
        self.live().len()
    }

    fn live(&self) -> std::sync::MutexGuard<'_, produce::Live> {
        self.live.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Makes sure within a transaction that the rendition exists or is queued, and locks its row. Call [`Renditions::wake`]
    /// after the commit.
    pub(crate) fn want(&self, tx: &mut Tx, master_id: &str, plan: &Plan, owner: &str) -> Result<Rendition, DbError> {
        let (id, now_us) = (id_of(master_id, plan), self.clock.now_us());
        tx.execute(
            "INSERT INTO renditions (id, master_id, format, encoder, state, created_us, used_us)
             VALUES ($1, $2, $3, $4, 'queued', $5, $5) ON CONFLICT (id) DO NOTHING",
            params![&id, master_id, plan.format.to_string(), &plan.encoder, now_us],
        )?;
        let lock = tx.for_update();
        let row = tx.row(&format!("SELECT {COLUMNS} FROM renditions WHERE id = $1{lock}"), params![&id])?;
        let mut found = Rendition::of_row(&row.ok_or_else(|| DbError::Failed("a rendition vanished".into()))?)?;
        if found.state != State::Ready {
            if found.state == State::Failed {
                tx.execute("UPDATE renditions SET state = 'queued', failure = NULL WHERE id = $1", params![&id])?;
                found.state = State::Queued;
            }
            self.queue(tx, ENCODE, &id, owner, ENCODE_PRIORITY)?;
        }
        Ok(found)
    }

    fn queue(&self, tx: &mut Tx, kind: &str, id: &str, owner: &str, priority: i64) -> Result<(), DbError> {
        let payload = serde_json::Value::Null;
        self.jobs.enqueue(tx, &NewJob { kind, key: id, payload: &payload, owner, priority })?;
        Ok(())
    }

    /// The queue, for whoever ends a job of this module's kinds.
    pub(crate) fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Lets the workers look for what was queued.
    pub(crate) fn wake(&self) {
        self.jobs.wake();
    }

    /// The body as a part of a file: from the cache, or from an encode that is started now, in the name of `owner`, if
    /// none runs.
    pub(crate) async fn body(&self, id: &str, owner: &str) -> Result<(Rendition, delivery::Part), DownloadError> {
        let rendition = self.find(id).await?.ok_or(DownloadError::Unknown)?;
        if rendition.state == State::Ready
            && let Some(part) = self.cached(&rendition).await?
        {
            return Ok((rendition, part));
        }
        if rendition.state == State::Failed {
            return Err(DownloadError::Failed);
        }
        let growing = self.start(id, owner, Cause::Bought).await?;
        Ok((rendition, delivery::Part::Growing(growing)))
    }

    /// A file to listen to, of a master or a part of it: from the cache, or from an encode that is started now, in the name
    /// of `owner`. Without tags; it says whether it is still in the making.
    pub(crate) async fn preview(
        &self,
        master: &MasterFile,
        (format, excerpt): (Format, Option<Excerpt>),
        owner: &str,
    ) -> Result<(Delivery, bool), DownloadError> {
        let plan = excerpt::plan_of(format, master, excerpt).map_err(|_| DownloadError::Failed)?;
        let id = excerpt::key_of(&master.id, &plan, excerpt);
        let rendition = match self.find(&id).await? {
            Some(rendition) => rendition,
            None => self.note(id, &master.id, &plan, excerpt).await?,
        };
        let cached = if rendition.state == State::Ready { self.cached(&rendition).await? } else { None };
        let body = match cached {
            Some(part) => part,
            None => delivery::Part::Growing(self.start(&rendition.id, owner, Cause::Previewed).await?),
        };
        let growing = matches!(body, delivery::Part::Growing(_));
        let head = excerpt::head(&plan, rendition.index.as_deref()).map_err(|e| DownloadError::Io(e.to_string()))?;
        let head = head.ok_or(DownloadError::Failed)?;
        let info = format.info();
        let delivery = Delivery {
            file_name: format!("preview.{}", info.extension),
            mime: info.mime.to_owned(),
            etag: format!("\"{}\"", rendition.id),
            parts: vec![delivery::Part::Bytes(head.into()), body],
        };
        Ok((delivery, growing))
    }

    /// Writes down a rendition that is made at once, without a job: who listens asks again if it breaks.
    async fn note(
        &self,
        id: String,
        master_id: &str,
        plan: &Plan,
        excerpt: Option<Excerpt>,
    ) -> Result<Rendition, DownloadError> {
        let (format, encoder) = (plan.format.to_string(), plan.encoder.clone());
        let (master_id, now_us) = (master_id.to_owned(), self.clock.now_us());
        let noted = self.db.write::<_, DbError>(move |tx| {
            let (start, frames) = (excerpt.map(|e| e.start_frame as i64), excerpt.map(|e| e.frames as i64));
            tx.execute(
                "INSERT INTO renditions (id, master_id, format, encoder, state, created_us, used_us,
                     excerpt_start_frame, excerpt_frames)
                 VALUES ($1, $2, $3, $4, 'queued', $5, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
                params![&id, &master_id, &format, &encoder, now_us, start, frames],
            )?;
            find(tx, &id)
        });
        noted.await?.ok_or_else(|| DownloadError::Io("a rendition vanished".into()))
    }

    async fn cached(&self, rendition: &Rendition) -> Result<Option<delivery::Part>, DownloadError> {
        let (name, length) = (rendition.object(), rendition.body_bytes.unwrap_or(0));
        let crc32 = rendition.body_crc32.unwrap_or(0);
        self.touch(&rendition.id).await?;
        let Some(path) = self.files.local_path(&name) else {
            let found = self.files.length(&name).await.map_err(|e| DownloadError::Io(e.to_string()))?;
            return Ok((found == Some(length)).then(|| delivery::Part::Object(self.files.clone(), name, length, crc32)));
        };
        let opened = tokio::task::spawn_blocking(move || {
            let file = std::fs::File::open(path)?;
            let whole = file.metadata()?.len() == length;
            Ok::<_, std::io::Error>(whole.then_some(file))
        });
        match opened.await.map_err(|e| DownloadError::Io(e.to_string()))? {
            Ok(file) => Ok(file.map(|file| delivery::Part::Local(Arc::new(file), length, crc32))),
            // Somebody emptied the cache by hand: the body is made again.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(DownloadError::Io(e.to_string())),
        }
    }

    async fn touch(&self, id: &str) -> Result<(), DbError> {
        let (id, now_us) = (id.to_owned(), self.clock.now_us());
        let id_read = id.clone();
        let used_us: Option<i64> = self
            .db
            .read::<_, DbError>(move |tx| {
                let row = tx.row("SELECT used_us FROM renditions WHERE id = $1", params![&id_read])?;
                row.map(|r| r.get(0)).transpose()
            })
            .await?;
        if used_us.is_none_or(|used| now_us - used < USED_GRAIN_US) {
            return Ok(());
        }
        self.db
            .write(move |tx| {
                tx.execute("UPDATE renditions SET used_us = $1 WHERE id = $2", params![now_us, &id]).map(drop)
            })
            .await
    }

    pub(crate) async fn find(&self, id: &str) -> Result<Option<Rendition>, DbError> {
        let id = id.to_owned();
        self.db.read(move |tx| find(tx, &id)).await
    }

    /// Does an encode job: makes the rendition, or says for good that it cannot be made.
    pub(crate) async fn run_job(&self, job: &Job) -> Result<(), JobError> {
        let outcome = if job.hopeless() {
            Err(Broken::Encoder("the encoder ended the process too often".into()))
        } else {
            let cause = if job.kind == SIZE { Cause::Sizing } else { Cause::Bought };
            self.make(&job.key, &job.owner, cause).await
        };
        let (renditions, job) = (self.clone(), job.clone());
        let settled = self.db.write(move |tx| renditions.conclude(tx, &job, &outcome)).await;
        self.jobs.wake();
        settled
    }

    async fn make(&self, id: &str, owner: &str, cause: Cause) -> Result<(), Broken> {
        let found = self.find(id).await.map_err(|e| Broken::Io(e.to_string()))?;
        if found.is_none_or(|r| r.state == State::Ready || cause == Cause::Sizing && r.payload_bytes.is_some()) {
            return Ok(());
        }
        if cause == Cause::Bought {
            let marked = id.to_owned();
            let marked = self.db.write(move |tx| produce::mark_encoding(tx, &marked)).await;
            marked.map_err(|e| Broken::Io(e.to_string()))?;
        }
        for _ in 0..MAX_JOINS {
            let growing = match self.start(id, owner, cause).await {
                Ok(growing) => growing,
                Err(DownloadError::Failed) => return Err(Broken::Encoder("this build cannot make the format".into())),
                Err(other) => return Err(Broken::Io(other.to_string())),
            };
            growing.finished().await?;
            // An encode for the size alone may have been joined when its body had been let go already.
            let found = self.find(id).await.map_err(|e| Broken::Io(e.to_string()))?;
            if cause == Cause::Sizing || found.is_none_or(|rendition| rendition.state == State::Ready) {
                return Ok(());
            }
        }
        Err(Broken::Io("its body was not kept".into()))
    }

    fn conclude(&self, tx: &mut Tx, job: &Job, outcome: &Result<(), Broken>) -> Result<(), JobError> {
        let Err(broken) = outcome else { return self.jobs.done(tx, job) };
        let retry = !matches!(broken, Broken::Encoder(_)) && !job.hopeless();
        tracing::warn!(rendition = job.key, error = %broken, retry, "an encode failed");
        if self.jobs.failed(tx, job, &broken.to_string(), retry)? == Verdict::GivenUp && job.kind == ENCODE {
            tx.execute(
                "UPDATE renditions SET state = 'failed', failure = $1 WHERE id = $2",
                params![broken.to_string(), &job.key],
            )?;
            self.queue(tx, SETTLE, &job.key, "", SETTLE_PRIORITY)?;
        }
        Ok(())
    }

    /// Queues the settling of every rendition in whose name money is still held although it was made or failed.
    pub(crate) fn queue_settling(&self, tx: &mut Tx, id: &str) -> Result<(), DbError> {
        self.queue(tx, SETTLE, id, "", SETTLE_PRIORITY)
    }

    /// Queues the making of a rendition again, for somebody whose money is held.
    pub(crate) fn queue_encode(&self, tx: &mut Tx, id: &str, owner: &str) -> Result<(), DbError> {
        self.queue(tx, ENCODE, id, owner, ENCODE_PRIORITY)
    }

    /// Lets bodies go that are old or beyond the cache's size, the least recently used first; never one that somebody's
    /// held money waits for. Returns how many went.
    pub async fn evict(&self) -> Result<usize, DownloadError> {
        let too_old_us = self.clock.now_us() - self.settings.cache_age_s as i64 * 1_000_000;
        let idle = self
            .db
            .read::<_, DbError>(|tx| {
                let rows = tx.rows(
                    "SELECT id, body_bytes, used_us FROM renditions WHERE state = 'ready' ORDER BY used_us DESC",
                    &[],
                )?;
                rows.iter()
                    .map(|r| Ok((r.get::<String>(0)?, r.get::<u64>(1)?, r.get::<i64>(2)?)))
                    .collect::<Result<Vec<_>, DbError>>()
            })
            .await?;
        let (mut kept, mut gone): (u64, usize) = (0, 0);
        for (id, bytes, used_us) in idle {
            kept += bytes;
            if used_us < too_old_us || kept > self.settings.cache_bytes {
                kept -= bytes;
                gone += usize::from(self.forget(id).await?);
            }
        }
        Ok(gone)
    }

    async fn forget(&self, id: String) -> Result<bool, DownloadError> {
        let object = object_of(&id);
        let forgotten = self
            .db
            .write::<_, DbError>(move |tx| {
                tx.execute(
                    "UPDATE renditions SET state = 'sized', body_object = NULL WHERE id = $1 AND state = 'ready'
                     AND NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.rendition_id = $1 AND l.state = 'held')",
                    params![&id],
                )
            })
            .await?;
        if forgotten > 0 {
            self.files.delete(&object).await.map_err(|e| DownloadError::Io(e.to_string()))?;
        }
        Ok(forgotten > 0)
    }

    /// Writes what is known of a body that was made; without an object its numbers are all that is kept.
    async fn keep(&self, id: &str, made: &Made, object: Option<String>) -> Result<(), DbError> {
        let (renditions, id, made) = (self.clone(), id.to_owned(), made.clone());
        self.db
            .write(move |tx| {
                tx.execute(
                    "UPDATE renditions SET state = $10, payload_bytes = $2, payload_sha256 = $3, body_bytes = $4,
                         body_sha256 = $5, body_crc32 = $6, body_index = $7, body_object = $8, failure = NULL, used_us = $9
                     WHERE id = $1 AND (state <> 'ready' OR $10 = 'ready')",
                    params![
                        &id,
                        made.payload_bytes as i64,
                        &made.payload_sha256,
                        made.body_bytes as i64,
                        &made.body_sha256,
                        made.body_crc32,
                        &made.index,
                        &object,
                        renditions.clock.now_us(),
                        if object.is_some() { "ready" } else { "sized" }
                    ],
                )?;
                if object.is_some() { renditions.queue(tx, SETTLE, &id, "", SETTLE_PRIORITY) } else { Ok(()) }
            })
            .await
    }
}

/// A rendition by its id.
pub(crate) fn find(tx: &mut Tx, id: &str) -> Result<Option<Rendition>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM renditions WHERE id = $1"), params![id])?;
    row.as_ref().map(Rendition::of_row).transpose()
}

/// What is known of a rendition's payload.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    pub bytes: u64,
    pub sha256: Option<String>,
    /// Its body is there.
    pub is_ready: bool,
}

/// The sizes that are known of these renditions, by their ids. Reads nothing else of them.
pub(crate) fn sizes(tx: &mut Tx, ids: &[String]) -> Result<HashMap<String, Size>, DbError> {
    let mut found = HashMap::new();
    for query in sizes_queries(ids) {
        for row in tx.ask(&query)?.iter() {
            let size = Size { bytes: row.get(1)?, sha256: row.get(2)?, is_ready: row.get::<String>(3)? == "ready" };
            found.insert(row.get(0)?, size);
        }
    }
    Ok(found)
}

/// What [`sizes`] asks for.
pub(crate) fn sizes_queries(ids: &[String]) -> Vec<Query> {
    let query = |ids: &[String]| {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let sql = format!(
            "SELECT id, payload_bytes, payload_sha256, state FROM renditions
             WHERE id IN ({}) AND payload_bytes IS NOT NULL",
            list_sql(ids.len())
        );
        Query::new(sql, &list_of(&ids))
    };
    ids.chunks(SIZES_AT_ONCE).map(query).collect()
}

/// A master by its id, as an encode needs it.
pub(crate) fn master(tx: &mut Tx, id: &str) -> Result<Option<MasterFile>, DbError> {
    let row = tx.row(
        "SELECT id, object_key, rate_hz, channels, bits, is_float, length_frames, samples_md5 FROM masters WHERE id = $1",
        params![id],
    )?;
    row.map(|r| {
        let md5: String = r.get(7)?;
        let md5 = hex::decode(md5).ok().and_then(|b| b.try_into().ok());
        Ok(MasterFile {
            id: r.get(0)?,
            object_key: r.get(1)?,
            stream: StreamInfo {
                spec: Spec { rate_hz: r.get(2)?, channels: r.get(3)?, bits: r.get(4)?, float: r.get(5)? },
                length_frames: r.get(6)?,
                md5: md5.ok_or_else(|| DbError::Failed(format!("master {id} has no MD5")))?,
            },
        })
    })
    .transpose()
}

/// The plan of a rendition that exists, by today's encoder.
pub(crate) fn plan(format: Format, master: &MasterFile) -> Result<Plan, audio::Error> {
    encode::plan(format, &master.stream)
}
