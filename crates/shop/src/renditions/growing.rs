//! A body in the making: one encoder writes it, any number of downloads follow its growing end.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use tokio::sync::watch;

/// Why a delivery cannot go on. Whoever is sending must abort, so that nobody takes a part for the whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The encoder gave up on the master; trying again will not help.
    #[error("the encoder failed: {0}")]
    Encoder(String),
    /// Disk, object store or process; trying again may help.
    #[error("reading or writing failed: {0}")]
    Io(String),
}

impl Broken {
    pub(crate) fn no_head() -> Broken {
        Broken::Io("what the file's head needs is not on record".into())
    }

    pub(super) fn stopped() -> Broken {
        Broken::Io("the encode was stopped".into())
    }
}

impl From<std::io::Error> for Broken {
    fn from(error: std::io::Error) -> Broken {
        Broken::Io(error.to_string())
    }
}

/// What a finished encode knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub payload_bytes: u64,
    pub payload_sha256: String,
    pub body_bytes: u64,
    pub body_sha256: String,
    pub body_crc32: u32,
    pub index: Vec<u8>,
}

/// How far it is.
#[derive(Debug, Clone, Default)]
struct Progress {
    len: u64,
    percent: u8,
    end: Option<Result<Arc<Made>, Broken>>,
}

/// A spool file that grows.
pub(crate) struct Growing {
    /// Kept open, so that followers go on reading after the file has moved into the object store.
    pub(super) file: Arc<File>,
    /// The final length, where the format tells it beforehand.
    announced: Option<u64>,
    progress: watch::Sender<Progress>,
}

impl Growing {
    pub(super) fn new(file: File, announced: Option<u64>) -> Growing {
        Growing { file: Arc::new(file), announced, progress: watch::channel(Progress::default()).0 }
    }

    /// Adds bytes at the end and tells the followers.
    pub(super) fn append(&self, bytes: &[u8], percent: u8) -> io::Result<()> {
        (&*self.file).write_all(bytes)?;
        self.progress.send_modify(|p| {
            p.len += bytes.len() as u64;
            p.percent = percent;
        });
        Ok(())
    }

    /// No more bytes come: it is whole, or it broke.
    pub(super) fn end(&self, how: Result<Arc<Made>, Broken>) {
        self.progress.send_modify(|p| p.end = Some(how));
    }

    /// Hundredths done.
    pub(crate) fn percent(&self) -> u8 {
        self.progress.borrow().percent
    }

    /// Length so far.
    pub(super) fn len(&self) -> u64 {
        self.progress.borrow().len
    }

    /// Final length, once known.
    pub(super) fn total(&self) -> Option<u64> {
        let progress = self.progress.borrow();
        let made = progress.end.as_ref().and_then(|end| end.as_ref().ok());
        made.map(|made| made.body_bytes).or(self.announced)
    }

    /// Waits until the byte at `offset` exists (`None`) or the body has ended before it (its length).
    pub(super) async fn reach(&self, offset: u64) -> Result<Option<u64>, Broken> {
        let mut progress = self.progress.subscribe();
        let now = progress.wait_for(|p| p.len > offset || p.end.is_some()).await.map_err(|_| Broken::stopped())?;
        if now.len > offset {
            return Ok(None);
        }
        match &now.end {
            Some(Ok(made)) => Ok(Some(made.body_bytes)),
            Some(Err(broken)) => Err(broken.clone()),
            None => Err(Broken::stopped()),
        }
    }

    /// Waits for the end.
    pub(crate) async fn finished(&self) -> Result<Arc<Made>, Broken> {
        let mut progress = self.progress.subscribe();
        let now = progress.wait_for(|p| p.end.is_some()).await.map_err(|_| Broken::stopped())?;
        now.end.clone().unwrap_or_else(|| Err(Broken::stopped()))
    }
}
