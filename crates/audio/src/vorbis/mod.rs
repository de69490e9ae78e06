//! Ogg Vorbis (xiph.org, "Vorbis I specification") by aoTuV's libvorbis with the Lancer patches. One serial piece: its
//! bytes depend on how many samples a push holds, so that is always 1,024.

mod ffi;

use crate::codec::*;
use crate::ogg::{self, Page};
use crate::pcm::{Samples, Source, Spec};
use crate::tags::{Tags, write::vorbis};
use crate::{Error, Result};

/// Frames of one push.
const PUSH_FRAMES: usize = 1_024;
/// Rates that libvorbis has settings for, in Hz.
const RATES_HZ: std::ops::RangeInclusive<u32> = 8_000..=192_000;
/// Packets of the very first page, so that the first bytes are fast.
const FIRST_PAGE_PACKETS: usize = 4;

const QUALITIES: [&str; 11] = ["10", "9", "8", "7", "6", "5", "4", "3", "2", "1", "0"];
/// kbit/s that music takes at each quality. 13 orchestral tracks kept to 0.74 of the upper end; none fell below the lower.
const KBPS: [(u64, u64); 11] = [
    (25, 90),
    (33, 110),
    (39, 128),
    (44, 158),
    (46, 180),
    (53, 215),
    (62, 245),
    (78, 280),
    (86, 315),
    (112, 405),
    (168, 600),
];
/// Allowed beyond the usual, for tracks of a few packets.
const SLACK_BYTES: u64 = 10_000;

/// Vorbis in Ogg.
pub struct Vorbis;

impl Codec for Vorbis {
    fn facts(&self) -> Facts {
        Facts { id: "vorbis", name: "Ogg Vorbis", extension: "ogg", mime: "audio/ogg" }
    }

    fn offers(&self) -> Vec<Offer> {
        let offer = |quality: &'static str| Offer {
            setting: Setting { mode: "vbr", quality },
            name: format!("Ogg Vorbis q{quality}"),
            class: Class::Lossy,
            size: SizeKnown::Range,
            serial: true,
            starts: Starts::AtOnce,
            surround: true,
            why_not: None,
        };
        QUALITIES.map(offer).to_vec()
    }

    fn encoder(&self) -> String {
        ffi::version()
    }

    fn fit(&self, _: Setting, master: &Spec, _: Option<Reduce>) -> Result<Spec> {
        if ogg::channel_order(master.channels).is_empty() || !RATES_HZ.contains(&master.rate_hz) {
            return Err(Error::Unsupported(format!("Vorbis of {} channels at {} Hz", master.channels, master.rate_hz)));
        }
        Ok(Spec { bits: 32, float: true, ..*master })
    }

    fn layout(&self, work: &Work) -> Result<Layout> {
        let (min, max) = KBPS[work.setting.number()?.min(10) as usize];
        // A higher rate adds little: what lies above 20 kHz is mostly left out.
        let ms = duration_ms(&work.spec, work.length_frames);
        let high_rate = if work.spec.rate_hz > 50_000 { 2 } else { 1 };
        // Surround is mostly coded channel by channel, without what coupling saves; or the rears are nearly silent.
        let (min, max) = match u64::from(work.spec.channels) {
            1 => (min / 2, max),
            2 => (min, max),
            channels => (min / 2, max * channels * 2 / 3),
        };
        let payload = PayloadSize::Range { min: ms * min / 8, max: ms * max * high_rate / 8 + SLACK_BYTES };
        Ok(Layout { segments: 1, payload, body_bytes: None })
    }

    fn encode_segment(&self, work: &Work, _: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        let mut encoder = ffi::Encoder::new(&work.spec, work.setting.number()?)?;
        // libvorbis wants its headers taken before the first samples.
        encoder.headers()?;
        let mut pages = Pages::new(work);
        let push = PUSH_FRAMES * usize::from(work.spec.channels);
        let mut pending: Vec<f32> = Vec::new();
        read_range(pcm, 0, work.length_frames, &mut |samples, _| {
            let Samples::Float(samples) = samples else {
                return Err(Error::Encoder("libvorbis was given integers".into()));
            };
            pending.extend_from_slice(samples);
            let whole = pending.len() / push * push;
            for samples in pending[..whole].chunks_exact(push) {
                pages.take(encoder.push(samples)?, out)?;
            }
            pending.drain(..whole);
            Ok(())
        })?;
        if !pending.is_empty() {
            pages.take(encoder.push(&pending)?, out)?;
        }
        pages.take(encoder.push(&[])?, out)?;
        if pages.ended { Ok(()) } else { Err(Error::Encoder("libvorbis gave no last packet".into())) }
    }

    fn head(&self, work: &Work, _: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>> {
        let [id, setup] = ffi::Encoder::new(&work.spec, work.setting.number()?)?.headers()?;
        let mut comment = b"\x03vorbis".to_vec();
        comment.extend(vorbis::comment_with_picture(tags, &self.encoder(), vorbis::Gain::ReplayGain)?);
        // The framing bit.
        comment.push(1);
        ogg::header_pages(work.stream_serial, &id, &[comment, setup]).map(Some)
    }
}

/// Packets into pages of about a second, the first a few packets only.
struct Pages {
    page: Page,
    packets: usize,
    /// Position after the last packet on the page, and where the page began.
    granule: u64,
    began: u64,
    page_frames: u64,
    first_page: bool,
    ended: bool,
}

impl Pages {
    fn new(work: &Work) -> Pages {
        Pages {
            page: Page::new(work.stream_serial, 0),
            packets: 0,
            granule: 0,
            began: 0,
            page_frames: u64::from(work.spec.rate_hz),
            first_page: true,
            ended: false,
        }
    }

    fn take(&mut self, packets: Vec<ffi::Packet>, out: &mut dyn BodySink) -> Result<()> {
        for packet in packets {
            if !self.page.is_empty() && (self.full() || !self.page.fits(packet.bytes.len())) {
                self.write(false, out)?;
            }
            self.page.push(&packet.bytes);
            self.packets += 1;
            self.granule = packet.granule;
            if packet.last {
                self.write(true, out)?;
                self.ended = true;
            }
        }
        Ok(())
    }

    fn full(&self) -> bool {
        self.granule - self.began >= self.page_frames || self.first_page && self.packets >= FIRST_PAGE_PACKETS
    }

    fn write(&mut self, last: bool, out: &mut dyn BodySink) -> Result<()> {
        self.first_page = false;
        self.packets = 0;
        self.began = self.granule;
        self.page.write(self.granule, last, out)
    }
}
