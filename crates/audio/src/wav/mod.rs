//! WAV: PCM in RIFF. The head (RIFF, `fmt `, `id3 ` with the tags, `data`) comes before the samples.

use crate::codec::*;
use crate::pcm::{Samples, Source, Spec};
use crate::tags::{Tags, write::id3};
use crate::{Error, Result};

/// Frames of one segment; samples stand alone, so any number would do.
const SEGMENT_FRAMES: u64 = 1 << 18;
/// RIFF sizes are 32 bit (Multimedia Programming Interface 1.0, ch. 2); tags and chunk headers are part of it.
pub const MAX_RIFF_BYTES: u64 = u32::MAX as u64;
/// Left for everything but samples.
const HEAD_ROOM_BYTES: u64 = 1 << 20;

/// PCM in a RIFF WAVE file.
pub struct Wav;

/// The settings and names of uncompressed formats, shared with AIFF.
pub(crate) fn pcm_offers(name: &str, qualities: &[&'static str]) -> Vec<Offer> {
    let offer = |&quality: &&'static str| Offer {
        setting: Setting { mode: "pcm", quality },
        name: match quality {
            "32f" => format!("{name} 32 bit float"),
            bits => format!("{name} {bits} bit"),
        },
        class: if quality == "16" { Class::Lossless } else { Class::Hires },
        size: SizeKnown::Exact,
        serial: false,
        starts: Starts::AtOnce,
        surround: true,
        why_not: None,
    };
    qualities.iter().map(offer).collect()
}

/// The samples of an uncompressed format, shared with AIFF: whole bytes, and floats only where the master has them.
pub(crate) fn fit_pcm(setting: Setting, master: &Spec, reduce: Option<Reduce>) -> Result<Spec> {
    if setting.quality != "32f" {
        let bits = setting.number()? as u8;
        if bits == 32 && master.float {
            return Err(Error::Unsupported("integers of 32 bits from a master of floats".into()));
        }
        return fit_lossless(master, reduce, Some(bits));
    }
    if !master.float {
        return Err(Error::Unsupported(format!("floats from a master of {} bit integers", master.bits)));
    }
    Ok(*master)
}

/// Bytes of one frame of whole-byte samples.
pub(crate) fn frame_bytes(spec: &Spec) -> u64 {
    u64::from(container_bits(spec.bits)) / 8 * u64::from(spec.channels)
}

/// The grid of an uncompressed format.
pub(crate) fn pcm_layout(work: &Work) -> Result<Layout> {
    let bytes = frame_bytes(&work.spec) * work.length_frames;
    if bytes > MAX_RIFF_BYTES - HEAD_ROOM_BYTES {
        return Err(Error::Limit { name: "MAX_RIFF_BYTES", limit: MAX_RIFF_BYTES });
    }
    Ok(Layout {
        segments: work.length_frames.div_ceil(SEGMENT_FRAMES),
        payload: PayloadSize::Exact(bytes),
        body_bytes: Some(bytes),
    })
}

/// Where a segment of an uncompressed format begins.
pub(crate) fn pcm_segment_at(work: &Work, number: u64) -> u64 {
    (number * SEGMENT_FRAMES).min(work.length_frames) * frame_bytes(&work.spec)
}

/// Writes one segment of samples, each made into bytes by `put`.
pub(crate) fn pcm_segment(
    work: &Work,
    number: u64,
    pcm: &mut dyn Source,
    out: &mut dyn BodySink,
    put: fn(&Samples, &Spec, &mut Vec<u8>),
) -> Result<()> {
    let from = number * SEGMENT_FRAMES;
    let mut bytes = Vec::new();
    read_range(pcm, from, (from + SEGMENT_FRAMES).min(work.length_frames), &mut |samples, _| {
        bytes.clear();
        put(samples, &work.spec, &mut bytes);
        out.payload(&bytes)
    })
}

/// Samples fill their container from the top: 20 bits in 24 are shifted left by 4.
fn put_little_endian(samples: &Samples, spec: &Spec, bytes: &mut Vec<u8>) {
    let container = container_bits(spec.bits);
    let shift = container - spec.bits;
    match samples {
        Samples::Float(v) => v.iter().for_each(|s| bytes.extend_from_slice(&s.to_le_bytes())),
        Samples::Int(v) if container == 16 => {
            v.iter().for_each(|s| bytes.extend_from_slice(&((s << shift) as i16).to_le_bytes()));
        }
        Samples::Int(v) if container == 24 => {
            v.iter().for_each(|s| bytes.extend_from_slice(&(s << shift).to_le_bytes()[..3]));
        }
        Samples::Int(v) => v.iter().for_each(|s| bytes.extend_from_slice(&(s << shift).to_le_bytes())),
    }
}

/// Speaker positions of a plain layout with so many channels (WAVEFORMATEXTENSIBLE dwChannelMask).
pub(crate) fn channel_mask(channels: u8) -> u32 {
    match channels {
        1 => 0x4,
        2 => 0x3,
        3 => 0x7,
        4 => 0x33,
        5 => 0x37,
        6 => 0x3F,
        7 => 0x70F,
        8 => 0x63F,
        _ => 0,
    }
}

/// The tail of the two GUIDs KSDATAFORMAT_SUBTYPE_PCM and _IEEE_FLOAT.
const SUBTYPE_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
const FORMAT_PCM: u16 = 1;
const FORMAT_FLOAT: u16 = 3;
const FORMAT_EXTENSIBLE: u16 = 0xFFFE;

fn fmt_chunk(spec: &Spec) -> Vec<u8> {
    let kind = if spec.float { FORMAT_FLOAT } else { FORMAT_PCM };
    let container = u16::from(container_bits(spec.bits));
    let extensible = spec.channels > 2 || (container > 16 && !spec.float);
    let frame = frame_bytes(spec);
    let mut body = Vec::new();
    body.extend(if extensible { FORMAT_EXTENSIBLE } else { kind }.to_le_bytes());
    body.extend(u16::from(spec.channels).to_le_bytes());
    body.extend(spec.rate_hz.to_le_bytes());
    body.extend((spec.rate_hz.wrapping_mul(frame as u32)).to_le_bytes());
    body.extend((frame as u16).to_le_bytes());
    body.extend(container.to_le_bytes());
    if extensible {
        body.extend(22u16.to_le_bytes());
        body.extend(u16::from(spec.bits).to_le_bytes());
        body.extend(channel_mask(spec.channels).to_le_bytes());
        body.extend(kind.to_le_bytes());
        body.extend(SUBTYPE_TAIL);
    } else if spec.float {
        body.extend(0u16.to_le_bytes());
    }
    body
}

impl Codec for Wav {
    fn facts(&self) -> Facts {
        Facts { id: "wav", name: "WAV", extension: "wav", mime: "audio/wav" }
    }

    fn offers(&self) -> Vec<Offer> {
        pcm_offers("WAV", &["16", "24", "32", "32f"])
    }

    fn encoder(&self) -> String {
        "pcm 1".into()
    }

    fn fit(&self, setting: Setting, master: &Spec, reduce: Option<Reduce>) -> Result<Spec> {
        fit_pcm(setting, master, reduce)
    }

    fn layout(&self, work: &Work) -> Result<Layout> {
        pcm_layout(work)
    }

    fn encode_segment(&self, work: &Work, number: u64, pcm: &mut dyn Source, out: &mut dyn BodySink) -> Result<()> {
        pcm_segment(work, number, pcm, out, put_little_endian)
    }

    fn segment_at(&self, work: &Work, number: u64) -> Option<u64> {
        Some(pcm_segment_at(work, number))
    }

    fn head(&self, work: &Work, _: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>> {
        let data_bytes = frame_bytes(&work.spec) * work.length_frames;
        let mut head = b"RIFF\0\0\0\0WAVE".to_vec();
        let mut chunk = |id: &[u8; 4], body: &[u8]| {
            head.extend(id);
            head.extend((body.len() as u32).to_le_bytes());
            head.extend(body);
            head.extend(vec![0; body.len() % 2]);
        };
        chunk(b"fmt ", &fmt_chunk(&work.spec));
        chunk(b"id3 ", &id3::tag(tags)?);
        head.extend(b"data");
        head.extend((data_bytes as u32).to_le_bytes());
        let riff_bytes = head.len() as u64 - 8 + data_bytes + data_bytes % 2;
        let riff_bytes = u32::try_from(riff_bytes);
        let riff_bytes = riff_bytes.map_err(|_| Error::Limit { name: "MAX_RIFF_BYTES", limit: MAX_RIFF_BYTES })?;
        head[4..8].copy_from_slice(&riff_bytes.to_le_bytes());
        Ok(Some(head))
    }

    fn tail(&self, work: &Work, _: &Tags) -> Result<Vec<u8>> {
        Ok(vec![0; (frame_bytes(&work.spec) * work.length_frames % 2) as usize])
    }
}
