//! A delivery: a file as it is sent, put together from parts of which some may still be in the making.

use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::{BoxFuture, Shared};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};

use super::growing::{Broken, Follower, Growing};
use crate::files::Files;

/// Bytes read and sent at once.
const PIECE_BYTES: u64 = 256 << 10;

/// Whether a place in a file exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// There is a byte.
    There,
    /// The file ends before it.
    Past {
        /// The file's length.
        total: u64,
    },
}

type Later = Shared<BoxFuture<'static, Result<Arc<[Part]>, Broken>>>;

/// A piece of a file.
#[derive(Clone)]
pub(crate) enum Part {
    /// In memory.
    Bytes(Bytes),
    /// A whole local file: its length and CRC-32.
    Local(Arc<File>, u64, u32),
    /// An object elsewhere: its name, length and CRC-32.
    Object(Files, String, u64, u32),
    /// A body in the making.
    Growing(Arc<Growing>),
    /// Not known before something else has ended.
    Later(Later),
}

impl Part {
    /// A part that becomes known when `parts` does.
    pub(crate) fn later(parts: impl Future<Output = Result<Vec<Part>, Broken>> + Send + 'static) -> Part {
        Part::Later(parts.map(|found| found.map(Arc::from)).boxed().shared())
    }

    /// Looks once whether a later part is known by now, so that its length can be told.
    pub(crate) fn settle(&self) {
        if let Part::Later(later) = self {
            // Not ready is an answer too: whoever sends the part waits for it then.
            let _ = later.clone().now_or_never();
        }
    }

    /// CRC-32 and length of the part; waits until it is whole.
    pub(crate) async fn sum(&self) -> Result<(crc32fast::Hasher, u64), Broken> {
        match self {
            Part::Bytes(bytes) => {
                let mut sum = crc32fast::Hasher::new();
                sum.update(bytes);
                Ok((sum, bytes.len() as u64))
            }
            Part::Growing(growing) => {
                let made = growing.finished().await?;
                Ok((crc32fast::Hasher::new_with_initial_len(made.body_crc32, made.body_bytes), made.body_bytes))
            }
            Part::Local(_, length, crc32) | Part::Object(_, _, length, crc32) => {
                Ok((crc32fast::Hasher::new_with_initial_len(*crc32, *length), *length))
            }
            Part::Later(later) => {
                let (mut sum, mut length) = (crc32fast::Hasher::new(), 0);
                for part in later.clone().await?.iter() {
                    let (next, bytes) = Box::pin(part.sum()).await?;
                    sum.combine(&next);
                    length += bytes;
                }
                Ok((sum, length))
            }
        }
    }

    /// Length, if it is known now.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Part::Bytes(bytes) => Some(bytes.len() as u64),
            Part::Local(_, length, _) | Part::Object(_, _, length, _) => Some(*length),
            Part::Growing(growing) => growing.total(),
            Part::Later(later) => {
                let parts = later.peek()?.as_ref().ok()?;
                parts.iter().map(Part::length).sum()
            }
        }
    }
}

/// A file that can be sent, from anywhere, also while it is still being made.
#[derive(Clone)]
pub struct Delivery {
    /// The name to save it under.
    pub file_name: String,
    /// Media type.
    pub mime: String,
    /// Strong entity tag, with its quotes.
    pub etag: String,
    pub(crate) parts: Vec<Part>,
}

impl Delivery {
    /// Length in bytes, once it is known.
    pub fn total(&self) -> Option<u64> {
        self.parts.iter().map(Part::length).sum()
    }

    /// Waits until the byte at `offset` exists or is known never to.
    pub async fn wait_for(&self, offset: u64) -> Result<Reach, Broken> {
        let mut queue: VecDeque<Part> = self.parts.clone().into();
        let mut at = 0;
        while let Some(part) = queue.pop_front() {
            let length = match part {
                Part::Growing(growing) => match growing.follow().reach(offset - at).await? {
                    None => return Ok(Reach::There),
                    Some(length) => length,
                },
                Part::Later(later) => {
                    push_front(&mut queue, &later.await?);
                    continue;
                }
                known => known.length().unwrap_or(0),
            };
            if offset < at + length {
                return Ok(Reach::There);
            }
            at += length;
        }
        Ok(Reach::Past { total: at })
    }

    /// Waits until the length is known.
    pub async fn wait_total(&self) -> Result<u64, Broken> {
        if let Some(total) = self.total() {
            return Ok(total);
        }
        match self.wait_for(u64::MAX).await? {
            Reach::Past { total } => Ok(total),
            Reach::There => Err(Broken::Io("a file without an end".into())),
        }
    }

    /// The bytes from `from` up to `to` (exclusive; the end when `None`), following the growing end. After an error nothing
    /// comes any more.
    pub fn stream(&self, from: u64, to: Option<u64>) -> BoxStream<'static, Result<Bytes, Broken>> {
        let left = to.map_or(u64::MAX, |to| to.saturating_sub(from));
        let sending = Sending { queue: self.parts.clone().into(), skip: from, left, open: None };
        stream::unfold(Some(sending), |state| async move {
            let mut sending = state?;
            match sending.next().await {
                Ok(Some(bytes)) => Some((Ok(bytes), Some(sending))),
                Ok(None) => None,
                Err(broken) => Some((Err(broken), None)),
            }
        })
        .boxed()
    }
}

fn push_front(queue: &mut VecDeque<Part>, parts: &[Part]) {
    for part in parts.iter().rev() {
        queue.push_front(part.clone());
    }
}

/// A stream under way.
struct Sending {
    queue: VecDeque<Part>,
    /// Bytes of the queue that are not wanted.
    skip: u64,
    /// Bytes still wanted.
    left: u64,
    open: Option<Open>,
}

/// The part that is being sent.
enum Open {
    /// A file, the next place in it, and its length.
    File {
        file: Arc<File>,
        at: u64,
        length: u64,
    },
    Growing {
        follower: Follower,
        at: u64,
    },
    Object(BoxStream<'static, Result<Bytes, crate::files::FilesError>>),
}

impl Sending {
    async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        while self.left > 0 {
            let piece = match &mut self.open {
                None => match self.queue.pop_front() {
                    None => return Ok(None),
                    Some(part) => self.begin(part).await?,
                },
                Some(open) => open.next(self.left.min(PIECE_BYTES)).await?,
            };
            match piece {
                Some(mut bytes) => {
                    bytes.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
                    self.left -= bytes.len() as u64;
                    if !bytes.is_empty() {
                        return Ok(Some(bytes));
                    }
                }
                None => self.open = None,
            }
        }
        Ok(None)
    }

    /// Opens a part, or skips it, or answers it at once.
    async fn begin(&mut self, part: Part) -> Result<Option<Bytes>, Broken> {
        if let Some(length) = part.length()
            && length <= self.skip
            && !matches!(part, Part::Later(_))
        {
            self.skip -= length;
            return Ok(Some(Bytes::new()));
        }
        let at = std::mem::take(&mut self.skip);
        self.open = match part {
            Part::Bytes(bytes) => return Ok(Some(bytes.slice(at as usize..))),
            Part::Local(file, length, _) => Some(Open::File { file, at, length }),
            Part::Object(files, name, length, _) => {
                let to = length.min(at.saturating_add(self.left));
                Some(Open::Object(files.stream(&name, at, to).await.map_err(|e| Broken::Io(e.to_string()))?))
            }
            Part::Growing(growing) => {
                let follower = growing.follow();
                // Where the length is known, the place is in it: a part that ends before was skipped above.
                let ended = match growing.total() {
                    None if at > 0 => follower.reach(at - 1).await?,
                    _ => None,
                };
                match ended {
                    None => Some(Open::Growing { follower, at }),
                    // It ended before the place that is wanted.
                    Some(length) => {
                        self.skip = at - length;
                        None
                    }
                }
            }
            Part::Later(later) => {
                push_front(&mut self.queue, &later.await?);
                self.skip = at;
                None
            }
        };
        Ok(Some(Bytes::new()))
    }
}

impl Open {
    async fn next(&mut self, at_most: u64) -> Result<Option<Bytes>, Broken> {
        match self {
            Open::File { file, at, length } => {
                let bytes = read_at(file.clone(), *at, at_most.min(*length - *at)).await?;
                *at += bytes.len() as u64;
                Ok((!bytes.is_empty()).then_some(bytes))
            }
            Open::Growing { follower, at } => {
                if follower.reach(*at).await?.is_some() {
                    return Ok(None);
                }
                let bytes = read_at(follower.file(), *at, at_most.min(follower.there(*at))).await?;
                *at += bytes.len() as u64;
                Ok(Some(bytes))
            }
            Open::Object(stream) => stream.next().await.transpose().map_err(|e| Broken::Io(e.to_string())),
        }
    }
}

async fn read_at(file: Arc<File>, at: u64, length: u64) -> Result<Bytes, Broken> {
    if length == 0 {
        return Ok(Bytes::new());
    }
    let read = tokio::task::spawn_blocking(move || {
        let mut buffer = vec![0; length as usize];
        file.read_exact_at(&mut buffer, at)?;
        Ok::<_, std::io::Error>(Bytes::from(buffer))
    });
    Ok(read.await.map_err(|_| Broken::stopped())??)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::block_on;

    /// A body of segments of one byte each.
    fn growing(segments: u64) -> Arc<Growing> {
        Arc::new(Growing::new(tempfile::tempfile().unwrap(), segments, None, 100))
    }

    /// Makes the next segment.
    fn append(body: &Growing, byte: u8) {
        let mut writer = body.writer(body.claim().unwrap());
        writer.write(&audio::encode::Block { bytes: vec![byte], ..Default::default() }).unwrap();
        if let Some(made) = writer.finish(vec![]).unwrap() {
            body.end(Ok(Arc::new(made)));
        }
    }

    fn delivery(parts: Vec<Part>) -> Delivery {
        Delivery { file_name: String::new(), mime: String::new(), etag: String::new(), parts }
    }

    async fn read(delivery: &Delivery, from: u64, to: Option<u64>) -> Result<Vec<u8>, Broken> {
        let mut all = Vec::new();
        let mut stream = delivery.stream(from, to);
        while let Some(piece) = stream.next().await {
            all.extend_from_slice(&piece?);
        }
        Ok(all)
    }

    /// Head "abc", a body that grows to "0123456789", then a part that is only known when the body has ended, "tail".
    fn example() -> (Delivery, Arc<Growing>) {
        let body = growing(10);
        let waits = body.clone();
        let later = Part::later(async move {
            waits.finished().await?;
            Ok(vec![Part::Bytes(Bytes::from_static(b"ta")), Part::Bytes(Bytes::from_static(b"il"))])
        });
        (delivery(vec![Part::Bytes(Bytes::from_static(b"abc")), Part::Growing(body.clone()), later]), body)
    }

    #[test]
    fn every_range_of_a_growing_file_is_the_range_of_the_whole() {
        block_on(async {
            let whole = b"abc0123456789tail";
            for from in 0..=whole.len() as u64 {
                for to in from..=whole.len() as u64 {
                    let (delivery, body) = example();
                    let reading = tokio::spawn(async move { read(&delivery, from, Some(to)).await });
                    for digit in b"0123456789" {
                        append(&body, *digit);
                        tokio::task::yield_now().await;
                    }
                    assert_eq!(reading.await.unwrap().unwrap(), whole[from as usize..to as usize], "{from}..{to}");
                }
            }
        });
    }

    #[test]
    fn the_length_is_told_once_it_is_known_and_not_before() {
        block_on(async {
            let (delivery, body) = example();
            assert_eq!(delivery.wait_for(2).await, Ok(Reach::There));
            assert_eq!(delivery.total(), None);
            b"012345678".iter().for_each(|digit| append(&body, *digit));
            assert_eq!(delivery.wait_for(11).await, Ok(Reach::There));
            assert_eq!(delivery.total(), None);
            append(&body, b'9');
            assert_eq!(delivery.wait_for(16).await, Ok(Reach::There));
            assert_eq!(delivery.wait_for(17).await, Ok(Reach::Past { total: 17 }));
            assert_eq!((delivery.wait_total().await, delivery.total()), (Ok(17), Some(17)));
        });
    }

    #[test]
    fn a_broken_encode_breaks_the_stream_after_what_was_there() {
        block_on(async {
            let (delivery, body) = example();
            b"01".iter().for_each(|digit| append(&body, *digit));
            body.end(Err(Broken::Encoder("on purpose".into())));
            let pieces: Vec<_> = delivery.stream(0, None).collect().await;
            let good: Vec<u8> = pieces.iter().filter_map(|p| p.as_ref().ok()).flatten().copied().collect();
            assert_eq!(good, b"abc01");
            assert!(pieces.last().unwrap().is_err());
            assert!(delivery.wait_total().await.is_err());
        });
    }
}
