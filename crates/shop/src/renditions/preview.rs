//! Previews: a short excerpt of a master, encoded on demand and kept as a small object.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use audio::encode::{self, Chunk};
use audio::format::Format;
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use audio::tags::Tags;
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::delivery::{Delivery, Part};
use super::growing::Broken;
use super::{DownloadError, MasterFile, Renditions};
use crate::db::{DbError, Tx};
use crate::files::FilesError;
use crate::params;

/// Length of a preview.
pub const PREVIEW_S: u64 = 30;
/// What previews are made as.
const PREVIEW_FORMAT: &str = "mp3:cbr:96";
/// Fade at both ends.
const FADE_MS: u64 = 400;
/// Previews that are encoded at the same time; the others wait.
const MAX_PREVIEWS_AT_ONCE: usize = 2;
/// Previews that may wait; beyond it a visitor is asked to come back.
const MAX_PREVIEWS_WAITING: usize = 64;

type Encoding = Shared<BoxFuture<'static, Result<Bytes, Broken>>>;

/// The previews that are being made.
#[derive(Clone)]
pub(super) struct Running {
    by_master: Arc<Mutex<HashMap<String, Encoding>>>,
    slots: Arc<Semaphore>,
}

impl Default for Running {
    fn default() -> Running {
        Running { by_master: Arc::default(), slots: Arc::new(Semaphore::new(MAX_PREVIEWS_AT_ONCE)) }
    }
}

impl Renditions {
    /// The preview of a track that is on sale: 30 s out of its first half, as MP3, made now if it is not there yet.
    pub async fn preview(&self, track_id: &str) -> Result<Delivery, DownloadError> {
        let wanted = track_id.to_owned();
        let master = self.db.read(move |tx| master_of_track(tx, &wanted)).await?.ok_or(DownloadError::Unknown)?;
        let format: Format = PREVIEW_FORMAT.parse().map_err(|e| DownloadError::Io(format!("{e}")))?;
        let plan = encode::plan(format, &excerpt_of(&master.stream).1).map_err(|_| DownloadError::Failed)?;
        let object = format!("previews/{}", super::id_of(&master.id, &plan));
        let bytes = match self.files.get(&object).await {
            Ok(bytes) => bytes,
            Err(FilesError::Absent(_)) => self.make_preview(master, plan, object).await?,
            Err(e) => return Err(DownloadError::Io(e.to_string())),
        };
        Ok(Delivery {
            file_name: format!("preview-{track_id}.mp3"),
            mime: "audio/mpeg".into(),
            etag: format!("\"{}\"", hex::encode(&Sha256::digest(&bytes)[..16])),
            parts: vec![Part::Bytes(bytes)],
        })
    }

    async fn make_preview(
        &self,
        master: MasterFile,
        plan: encode::Plan,
        object: String,
    ) -> Result<Bytes, DownloadError> {
        let key = master.id.clone();
        let running = {
            let mut by_master = self.previews.by_master.lock().unwrap_or_else(|e| e.into_inner());
            if by_master.len() >= MAX_PREVIEWS_WAITING && !by_master.contains_key(&key) {
                return Err(DownloadError::Busy { retry_after_s: 3 });
            }
            let renditions = self.clone();
            let made = || renditions.encode_preview(master, plan, object).boxed().shared();
            by_master.entry(key.clone()).or_insert_with(made).clone()
        };
        // On a task of its own, so that a visitor who leaves does not end it for the others.
        let made = tokio::spawn(running).await.unwrap_or_else(|_| Err(Broken::stopped()));
        self.previews.by_master.lock().unwrap_or_else(|e| e.into_inner()).remove(&key);
        made.map_err(|broken| match broken {
            Broken::Encoder(_) => DownloadError::Failed,
            other => DownloadError::Io(other.to_string()),
        })
    }

    async fn encode_preview(self, master: MasterFile, plan: encode::Plan, object: String) -> Result<Bytes, Broken> {
        let _slot = self.previews.slots.clone().acquire_owned().await.map_err(|_| Broken::stopped())?;
        let renditions = self.clone();
        let made = tokio::task::spawn_blocking(move || renditions.encode_excerpt(&master, &plan));
        let bytes = made.await.map_err(|_| Broken::Encoder("the preview's encoder panicked".into()))??;
        self.files.put(&object, bytes.clone()).await.map_err(|e| Broken::Io(e.to_string()))?;
        Ok(bytes)
    }

    fn encode_excerpt(&self, master: &MasterFile, plan: &encode::Plan) -> Result<Bytes, Broken> {
        let (start, stream) = excerpt_of(&master.stream);
        let open = || -> audio::Result<Box<dyn Source>> {
            let reader = self.files.open_blocking(&master.object_key, &self.runtime).map_err(std::io::Error::other)?;
            let inner = Box::new(audio::master::open(Box::new(reader))?);
            let mut excerpt = Excerpt { inner, start, length: stream.length_frames, at: 0 };
            excerpt.seek(0)?;
            Ok(Box::new(excerpt))
        };
        let mut body = BytesMut::new();
        let broken = |e: audio::Error| match e {
            audio::Error::Io(e) => Broken::Io(e.to_string()),
            other => Broken::Encoder(other.to_string()),
        };
        let encoded = encode::encode(plan, &open, self.settings.encode_threads, &mut |chunk: Chunk| {
            body.extend_from_slice(&chunk.bytes);
            Ok(())
        })
        .map_err(broken)?;
        let head = encode::head(plan, Some(&encoded.index), &Tags::default()).map_err(broken)?;
        let mut whole = BytesMut::from(head.unwrap_or_default().as_slice());
        whole.extend_from_slice(&body);
        Ok(whole.freeze())
    }
}

/// Where the excerpt of a master begins, and its own shape. It begins a quarter in, where music has usually begun.
fn excerpt_of(master: &StreamInfo) -> (u64, StreamInfo) {
    let wanted = PREVIEW_S * u64::from(master.spec.rate_hz);
    let length_frames = wanted.min(master.length_frames);
    let start = (master.length_frames / 4).min(master.length_frames - length_frames);
    (start, StreamInfo { spec: master.spec, length_frames, md5: [0; 16] })
}

/// A window onto a source, faded in and out.
struct Excerpt {
    inner: Box<dyn Source>,
    start: u64,
    length: u64,
    at: u64,
}

impl Source for Excerpt {
    fn spec(&self) -> Spec {
        self.inner.spec()
    }

    fn length_frames(&self) -> u64 {
        self.length
    }

    fn seek(&mut self, frame: u64) -> audio::Result<()> {
        self.at = frame.min(self.length);
        self.inner.seek(self.start + self.at)
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> audio::Result<usize> {
        let left = usize::try_from(self.length - self.at).unwrap_or(usize::MAX);
        if left == 0 {
            out.clear();
            return Ok(0);
        }
        let frames = self.inner.read(out, max_frames.min(left))?;
        let spec = self.inner.spec();
        let fade = (u64::from(spec.rate_hz) * FADE_MS / 1_000).min(self.length / 2).max(1);
        let channels = usize::from(spec.channels).max(1);
        for frame in 0..frames {
            let at = self.at + frame as u64;
            let edge = (at + 1).min(self.length - at);
            if edge < fade {
                scale(out, frame * channels..(frame + 1) * channels, edge, fade);
            }
        }
        self.at += frames as u64;
        Ok(frames)
    }
}

fn scale(samples: &mut Samples, range: std::ops::Range<usize>, part: u64, whole: u64) {
    match samples {
        Samples::Int(v) => {
            for sample in &mut v[range] {
                *sample = (i64::from(*sample) * part as i64 / whole as i64) as i32;
            }
        }
        Samples::Float(v) => {
            for sample in &mut v[range] {
                *sample *= part as f32 / whole as f32;
            }
        }
    }
}

fn master_of_track(tx: &mut Tx, track_id: &str) -> Result<Option<MasterFile>, DbError> {
    let row = tx.row(
        "SELECT r.master_id FROM tracks t JOIN recordings r ON r.id = t.recording_id JOIN releases a ON a.id = t.release_id
         WHERE t.id = $1 AND t.state = 'on_sale' AND a.state = 'on_sale'",
        params![track_id],
    )?;
    let Some(row) = row else { return Ok(None) };
    super::master(tx, &row.get::<String>(0)?)
}
