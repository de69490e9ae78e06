//! Making a body: from a rendition's row to segments for the pool, and from the finished spool file to the object store.

use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use audio::encode::{self, PayloadSize, Plan};
use audio::pcm::Source;

use super::growing::{Broken, Growing, Made};
use super::pool::{Cause, Encode, Ended};
use super::{
    DownloadError, MAX_ENCODES, MAX_ENCODES_BEFORE_PREVIEWS, MAX_ENCODES_OF_ONE, MasterFile, RETRY_AFTER_S, Rendition,
    Renditions, excerpt, object_of,
};
use crate::db::{DbError, Tx};
use crate::params;

/// The encodes of this process, by the rendition's id.
pub(super) type Live = HashMap<String, Running>;

/// An encode of this process.
#[derive(Clone)]
pub(super) struct Running {
    pub growing: Arc<Growing>,
    /// Whether its body is to be stored; otherwise only its numbers are.
    store: Arc<AtomicBool>,
}

impl Renditions {
    /// The body in the making: the encode that runs, or one that is started now, in the name of `owner`.
    pub(super) async fn start(&self, id: &str, owner: &str, cause: Cause) -> Result<Arc<Growing>, DownloadError> {
        if let Some(growing) = self.joined(id, owner, cause) {
            return Ok(growing);
        }
        let wanted = id.to_owned();
        let found = self.db.read(move |tx| work_of(tx, &wanted)).await?;
        let (rendition, master, plan) = found.ok_or(DownloadError::Failed)?;
        let path = self.settings.spool.join(format!("{id}.{}", self.clock.new_id()));
        let mut live = self.live();
        if let Some(running) = live.get(id) {
            return Ok(self.join(running, owner, cause));
        }
        let most = if cause == Cause::Previewed { MAX_ENCODES_BEFORE_PREVIEWS } else { MAX_ENCODES };
        if live.len() >= most || self.pool.owned_by(owner) >= MAX_ENCODES_OF_ONE {
            return Err(DownloadError::Busy { retry_after_s: RETRY_AFTER_S });
        }
        let io = |e: std::io::Error| DownloadError::Io(e.to_string());
        let file = File::options().read(true).write(true).create_new(true).open(&path).map_err(io)?;
        let growing = Arc::new(empty_body(file, &plan, &rendition));
        let store = Arc::new(AtomicBool::new(cause.stores()));
        let encode = Encode {
            open: Box::new(self.opener(&master, rendition.excerpt)),
            ended: self.at_the_end(id, path, growing.clone(), store.clone()),
            growing: growing.clone(),
            plan,
        };
        self.pool.add(encode, owner, cause).map_err(io)?;
        live.insert(id.to_owned(), Running { growing: growing.clone(), store });
        Ok(growing)
    }

    fn joined(&self, id: &str, owner: &str, cause: Cause) -> Option<Arc<Growing>> {
        self.live().get(id).map(|running| self.join(running, owner, cause))
    }

    fn join(&self, running: &Running, owner: &str, cause: Cause) -> Arc<Growing> {
        if cause.stores() {
            running.store.store(true, Ordering::SeqCst);
        }
        self.pool.join(&running.growing, owner, cause);
        running.growing.clone()
    }

    /// Opens the master, for each thread that encodes.
    fn opener(
        &self,
        master: &MasterFile,
        part: Option<excerpt::Excerpt>,
    ) -> impl Fn() -> audio::Result<Box<dyn Source>> + Send + Sync + 'static {
        let (files, key, runtime) = (self.files.clone(), master.object_key.clone(), self.runtime.clone());
        move || {
            let reader = files.open_blocking(&key, &runtime).map_err(std::io::Error::other)?;
            excerpt::window(Box::new(audio::master::open(Box::new(reader))?), part)
        }
    }

    /// What the last encoder thread calls: the rest is done by the runtime, so that no encoder waits for disk or database.
    fn at_the_end(&self, id: &str, path: PathBuf, growing: Arc<Growing>, store: Arc<AtomicBool>) -> Ended {
        let (renditions, id) = (self.clone(), id.to_owned());
        let runtime = self.runtime.clone();
        Box::new(move |outcome| {
            runtime.spawn(async move {
                let kept = match outcome {
                    Ok(made) => renditions.store(&id, &path, made, &store).await,
                    Err(broken) => Err(broken),
                };
                if let Err(Broken::Changed { .. }) = &kept {
                    renditions.forget_numbers(&id).await;
                }
                // Gone already where the object store has taken it.
                let _ = tokio::fs::remove_file(&path).await;
                renditions.live().remove(&id);
                growing.end(kept.map(Arc::new));
                renditions.jobs.wake();
            });
        })
    }

    async fn store(&self, id: &str, path: &std::path::Path, made: Made, store: &AtomicBool) -> Result<Made, Broken> {
        let object = store.load(Ordering::SeqCst).then(|| object_of(id));
        if let Some(object) = &object {
            self.files.adopt(object, path).await.map_err(|e| Broken::Io(e.to_string()))?;
        }
        self.keep(id, &made, object).await.map_err(|e| Broken::Io(e.to_string()))?;
        Ok(made)
    }

    /// Other bytes came out than those that the row tells of.
    pub(super) async fn forget_numbers(&self, id: &str) {
        let wanted = id.to_owned();
        let forgotten = self.db.write::<_, DbError>(move |tx| {
            tx.execute(
                "UPDATE renditions SET state = 'queued', payload_bytes = NULL, payload_sha256 = NULL, body_bytes = NULL,
                     body_sha256 = NULL, body_crc32 = NULL, body_index = NULL
                 WHERE id = $1 AND state <> 'ready'",
                params![&wanted],
            )
        });
        match forgotten.await {
            Ok(_) => tracing::error!(rendition = id, "an encoder made other bytes than before under the same name"),
            Err(e) => tracing::error!(rendition = id, error = %e, "void numbers of a rendition stay on record"),
        }
    }
}

/// A body of which nothing is there yet. Where its segments begin follows from the plan, or an earlier encode has told.
fn empty_body(file: File, plan: &Plan, rendition: &Rendition) -> Growing {
    let known = || encode::segment_offsets(rendition.index.as_deref()?).ok();
    let starts = plan.segment_starts().or_else(known).filter(|starts| starts.len() as u64 == plan.segments + 1);
    let expected = match plan.payload {
        PayloadSize::Exact(bytes) => bytes,
        PayloadSize::Range { min, max } => rendition.payload_bytes.unwrap_or(min / 2 + max / 2),
    };
    Growing::new(file, plan.segments, starts, expected).announcing(plan.body_bytes)
}

/// What is to be done for a rendition, by this build: `None` when this build cannot make it any more.
fn work_of(tx: &mut Tx, id: &str) -> Result<Option<(Rendition, MasterFile, Plan)>, DbError> {
    let Some(rendition) = super::find(tx, id)? else { return Ok(None) };
    let Some(master) = super::master(tx, &rendition.master_id)? else { return Ok(None) };
    let plan = excerpt::plan_of(rendition.format, &master, rendition.excerpt).ok();
    let plan = plan.filter(|plan| excerpt::key_of(&master.id, plan, rendition.excerpt) == rendition.id);
    Ok(plan.map(|plan| (rendition, master, plan)))
}

/// Marks what is being made, for people to see; nothing depends on it.
pub(super) fn mark_encoding(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    tx.execute("UPDATE renditions SET state = 'encoding' WHERE id = $1 AND state = 'queued'", params![id])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::renditions::State;
    use crate::test_support::{TestShop, block_on, on_both_engines};

    #[test]
    fn a_body_whose_encode_was_joined_too_late_to_keep_it_is_made_once_more() {
        on_both_engines(|_, url| {
            block_on(async {
                let test = TestShop::open(&url).await;
                let (renditions, wanting) = (test.shop.renditions.clone(), test.shop.renditions.clone());
                let want = move |tx: &mut Tx| {
                    let master = super::super::master(tx, "m1")?.unwrap();
                    let plan = super::super::plan("mp3:vbr:0".parse().unwrap(), &master).unwrap();
                    wanting.want(tx, &master.id, &plan, "a")
                };
                let id = test.shop.db.write::<_, DbError>(want).await.unwrap().id;
                renditions.start(&id, "", Cause::Sizing).await.unwrap();
                // As if the encode had looked already whether its body is wanted.
                if let Some(running) = renditions.live().get_mut(&id) {
                    running.store = Arc::default();
                }
                renditions.make(&id, "a", Cause::Bought).await.unwrap();
                assert_eq!(renditions.find(&id).await.unwrap().unwrap().state, State::Ready);
            });
        });
    }
}
