//! Making a body: one thread that drives the encoder, writes the spool file and hands the result to the object store.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use audio::Error as AudioError;
use audio::encode::{self, Chunk, PayloadSize, Plan};
use audio::pcm::Source;
use sha2::{Digest, Sha256};

use super::growing::{Broken, Growing, Made};
use super::{DownloadError, MAX_ENCODES, MasterFile, RETRY_AFTER_S, Renditions};
use crate::db::{DbError, Tx};
use crate::params;

impl Renditions {
    /// The body in the making: the encode that runs, or one that is started now.
    pub(crate) async fn start(&self, id: &str) -> Result<Arc<Growing>, DownloadError> {
        if let Some(growing) = self.live().get(id) {
            return Ok(growing.clone());
        }
        let (wanted, id) = (id.to_owned(), id.to_owned());
        let found = self.db.read(move |tx| work_of(tx, &wanted)).await?;
        let (master, plan) = found.ok_or(DownloadError::Failed)?;
        let path = self.settings.spool.join(format!("{id}.{}", self.clock.new_id()));
        let growing = {
            let mut live = self.live();
            if let Some(growing) = live.get(&id) {
                return Ok(growing.clone());
            }
            if live.len() >= MAX_ENCODES {
                return Err(DownloadError::Busy { retry_after_s: RETRY_AFTER_S });
            }
            let file = File::options().read(true).write(true).create_new(true).open(&path);
            let growing = Arc::new(Growing::new(file.map_err(|e| DownloadError::Io(e.to_string()))?, plan.body_bytes));
            live.insert(id.clone(), growing.clone());
            growing
        };
        let (renditions, made) = (self.clone(), growing.clone());
        let thread = std::thread::Builder::new().name("encode".into());
        let spawned = thread.spawn(move || renditions.produce(&id, &master, &plan, &path, &made));
        spawned.map_err(|e| DownloadError::Io(e.to_string()))?;
        Ok(growing)
    }

    fn produce(&self, id: &str, master: &MasterFile, plan: &Plan, path: &Path, growing: &Growing) {
        let encoded = catch_unwind(AssertUnwindSafe(|| self.encode(master, plan, growing)));
        let mut outcome = encoded.unwrap_or_else(|_| Err(Broken::Encoder("the encoder panicked".into())));
        if let Ok(made) = &outcome
            && let Err(broken) = self.runtime.block_on(self.store(id, path, made))
        {
            outcome = Err(broken);
        }
        if outcome.is_err()
            && let Err(e) = std::fs::remove_file(path)
        {
            tracing::warn!(error = %e, "a spool file could not be removed");
        }
        self.live().remove(id);
        growing.end(outcome);
        self.jobs.wake();
    }

    async fn store(&self, id: &str, path: &Path, made: &Made) -> Result<(), Broken> {
        self.files.adopt(&super::object_of(id), path).await.map_err(|e| Broken::Io(e.to_string()))?;
        self.keep(id, made).await.map_err(|e| Broken::Io(e.to_string()))
    }

    fn encode(&self, master: &MasterFile, plan: &Plan, growing: &Growing) -> Result<Arc<Made>, Broken> {
        let open = || -> audio::Result<Box<dyn Source>> {
            let reader = self.files.open_blocking(&master.object_key, &self.runtime).map_err(std::io::Error::other)?;
            Ok(Box::new(audio::master::open(Box::new(reader))?))
        };
        // The bytes do not depend on it: with many encodes at once each gets one thread, a lone one gets all.
        let threads = (self.settings.encode_threads / self.live().len().max(1)).max(1);
        let expected = match plan.payload {
            PayloadSize::Exact(bytes) => bytes,
            PayloadSize::Range { min, max } => min / 2 + max / 2,
        };
        let (mut hash, mut crc, mut length) = (Sha256::new(), crc32fast::Hasher::new(), 0u64);
        let encoded = encode::encode(plan, &open, threads, &mut |chunk: Chunk| {
            hash.update(&chunk.bytes);
            crc.update(&chunk.bytes);
            length += chunk.bytes.len() as u64;
            let percent = (length.saturating_mul(100) / expected.max(1)).min(99) as u8;
            Ok(growing.append(&chunk.bytes, percent)?)
        });
        let encoded = encoded.map_err(broken)?;
        Ok(Arc::new(Made {
            payload_bytes: encoded.payload_bytes,
            payload_sha256: hex::encode(encoded.payload_sha256),
            body_bytes: encoded.body_bytes,
            body_sha256: hex::encode(hash.finalize()),
            body_crc32: crc.finalize(),
            index: encoded.index,
        }))
    }
}

/// Disk and network may recover; anything that the encoder or decoder says of the samples will not.
fn broken(error: AudioError) -> Broken {
    match error {
        AudioError::Io(e) => Broken::Io(e.to_string()),
        other => Broken::Encoder(other.to_string()),
    }
}

/// What is to be done for a rendition, by this build: `None` when this build cannot make it any more.
fn work_of(tx: &mut Tx, id: &str) -> Result<Option<(MasterFile, Plan)>, DbError> {
    let Some(rendition) = super::find(tx, id)? else { return Ok(None) };
    let Some(master) = super::master(tx, &rendition.master_id)? else { return Ok(None) };
    let plan = super::plan(rendition.format, &master).ok();
    Ok(plan.filter(|plan| super::id_of(&master.id, plan) == rendition.id).map(|plan| (master, plan)))
}

/// Marks what is being made, for people to see; nothing depends on it.
pub(super) fn mark_encoding(tx: &mut Tx, id: &str) -> Result<(), DbError> {
    tx.execute("UPDATE renditions SET state = 'encoding' WHERE id = $1 AND state = 'queued'", params![id])?;
    Ok(())
}
