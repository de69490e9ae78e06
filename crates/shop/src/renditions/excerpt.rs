//! A part of a master, which becomes a rendition of its own: what previews are made of. Who may hear how much is not known
//! here.

use audio::encode::{self, Plan};
use audio::format::Format;
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use audio::tags::Tags;
use sha2::{Digest, Sha256};

use super::{MasterFile, id_of};

/// Fade where the music is cut.
const FADE_MS: u64 = 400;

/// A part of a master.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// Its first frame.
    pub start_frame: u64,
    /// Its length.
    pub frames: u64,
}

impl Excerpt {
    /// So many seconds of a master; none where that is all of it. A quarter in, where music has usually begun. A shorter
    /// excerpt lies within every longer one, so nobody pieces more together than the longest that he may hear.
    pub fn of(master: &StreamInfo, seconds: u64) -> Option<Excerpt> {
        let frames = seconds.saturating_mul(u64::from(master.spec.rate_hz));
        if frames >= master.length_frames {
            return None;
        }
        let start_frame = (master.length_frames / 4).min(master.length_frames - frames);
        Some(Excerpt { start_frame, frames })
    }

    /// What an encoder's plan knows of it.
    fn stream(&self, master: &StreamInfo) -> StreamInfo {
        StreamInfo { spec: master.spec, length_frames: self.frames, md5: [0; 16] }
    }
}

/// The plan of a rendition of a master, or of a part of it.
pub(super) fn plan_of(format: Format, master: &MasterFile, excerpt: Option<Excerpt>) -> Result<Plan, audio::Error> {
    match excerpt {
        None => super::plan(format, master),
        Some(excerpt) => encode::plan(format, &excerpt.stream(&master.stream)),
    }
}

/// The key of a rendition of a master, or of a part of it.
pub(super) fn key_of(master_id: &str, plan: &Plan, excerpt: Option<Excerpt>) -> String {
    let Some(Excerpt { start_frame, frames }) = excerpt else { return id_of(master_id, plan) };
    let text = format!("{master_id} {} {} frames {start_frame}+{frames} fade {FADE_MS}", plan.format, plan.encoder);
    hex::encode(&Sha256::digest(text)[..20])
}

/// Everything before the body; `None` where the container's index comes first.
pub(super) fn head(plan: &Plan, index: Option<&[u8]>) -> Result<Option<Vec<u8>>, audio::Error> {
    encode::head(plan, index, &Tags::default())
}

/// The source that an encoder of the part reads.
pub(super) fn window(inner: Box<dyn Source>, excerpt: Option<Excerpt>) -> audio::Result<Box<dyn Source>> {
    let Some(excerpt) = excerpt else { return Ok(inner) };
    let mut window = Window { inner, excerpt, at: 0 };
    window.seek(0)?;
    Ok(Box::new(window))
}

/// A window onto a source, faded where it cuts.
struct Window {
    inner: Box<dyn Source>,
    excerpt: Excerpt,
    at: u64,
}

impl Window {
    /// Frames between one of the window and the nearest cut, counted from 1; none where there is no cut.
    fn to_a_cut(&self, frame: u64) -> Option<u64> {
        let Excerpt { start_frame, frames } = self.excerpt;
        let begins = (start_frame > 0).then_some(frame + 1);
        let ends = (start_frame + frames < self.inner.length_frames()).then(|| frames - frame);
        begins.into_iter().chain(ends).min()
    }
}

impl Source for Window {
    fn spec(&self) -> Spec {
        self.inner.spec()
    }

    fn length_frames(&self) -> u64 {
        self.excerpt.frames
    }

    fn seek(&mut self, frame: u64) -> audio::Result<()> {
        self.at = frame.min(self.excerpt.frames);
        self.inner.seek(self.excerpt.start_frame + self.at)
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> audio::Result<usize> {
        let left = usize::try_from(self.excerpt.frames - self.at).unwrap_or(usize::MAX);
        if left == 0 {
            out.clear();
            return Ok(0);
        }
        let frames = self.inner.read(out, max_frames.min(left))?;
        let spec = self.inner.spec();
        let fade = (u64::from(spec.rate_hz) * FADE_MS / 1_000).min(self.excerpt.frames / 2).max(1);
        let channels = usize::from(spec.channels).max(1);
        for frame in 0..frames {
            if let Some(edge) = self.to_a_cut(self.at + frame as u64).filter(|edge| *edge < fade) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_excerpt_lies_within_every_longer_one() {
        let spec = Spec { rate_hz: 1_000, channels: 1, bits: 16, float: false };
        for length_frames in [1, 29_999, 30_000, 30_001, 60_000, 100_000, 1_000_000] {
            let master = StreamInfo { spec, length_frames, md5: [0; 16] };
            let range = |seconds| {
                Excerpt::of(&master, seconds).map_or((0, length_frames), |e| (e.start_frame, e.start_frame + e.frames))
            };
            for (short, long) in [(1, 30), (30, 90), (30, 31), (90, 10_000)] {
                let ((from, to), (outer_from, outer_to)) = (range(short), range(long));
                assert!(
                    outer_from <= from && to <= outer_to && to <= length_frames,
                    "{short} {long} of {length_frames}"
                );
            }
        }
    }
}
