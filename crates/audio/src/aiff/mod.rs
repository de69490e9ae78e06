//! AIFF: PCM in IFF, big endian (Apple, "Audio Interchange File Format 1.3"); floats in AIFF-C (the draft of 1991). Tags are an
//! `ID3 ` chunk before the samples.

use crate::codec::*;
use crate::pcm::{Samples, Source, Spec};
use crate::tags::{Tags, write::id3};
use crate::wav::{MAX_RIFF_BYTES, fit_pcm, frame_bytes, pcm_layout, pcm_offers, pcm_segment, pcm_segment_at};
use crate::{Error, Result};

/// Bytes of the sound chunk before its samples: offset and block size.
const SSND_PREFIX_BYTES: u64 = 8;
/// Exponent bias of an 80-bit float (IEEE 754, as COMM's rate is written).
const EXTENDED_BIAS: u16 = 16_383;

/// AIFF-C's version, its only one (FVER).
const AIFF_C_VERSION: u32 = 0xA280_5140;
/// AIFF-C's type of 32-bit floats, and its name for people: of odd length, as with its length byte it needs to be even.
const FLOAT_TYPE: &[u8; 4] = b"fl32";
const FLOAT_NAME: &[u8; 21] = b"32-bit floating point";

/// Bits that need the smallest container of `container_bits`.
const LEAST_BITS: u8 = 9;

/// PCM in an AIFF file.
pub struct Aiff;

fn put_big_endian(samples: &Samples, spec: &Spec, bytes: &mut Vec<u8>) {
    let container = container_bits(spec.bits);
    let shift = container - spec.bits;
    match samples {
        Samples::Float(v) => v.iter().for_each(|s| bytes.extend_from_slice(&s.to_be_bytes())),
        Samples::Int(v) => v.iter().for_each(|s| {
            let unused = usize::from(4 - container / 8);
            bytes.extend_from_slice(&(s << shift).to_be_bytes()[unused..]);
        }),
    }
}

/// A whole number as an 80-bit float.
fn extended(n: u32) -> [u8; 10] {
    let mut out = [0; 10];
    let zeros = u64::from(n.max(1)).leading_zeros();
    out[..2].copy_from_slice(&(EXTENDED_BIAS + 63 - zeros as u16).to_be_bytes());
    out[2..].copy_from_slice(&(u64::from(n.max(1)) << zeros).to_be_bytes());
    out
}

fn comm_chunk(work: &Work) -> Vec<u8> {
    let mut body = u16::from(work.spec.channels).to_be_bytes().to_vec();
    body.extend((work.length_frames as u32).to_be_bytes());
    // A reader takes as many bytes as hold these bits; ours are never fewer than two.
    body.extend(u16::from(work.spec.bits.max(LEAST_BITS)).to_be_bytes());
    body.extend(extended(work.spec.rate_hz));
    if work.spec.float {
        body.extend(FLOAT_TYPE);
        body.push(FLOAT_NAME.len() as u8);
        body.extend(FLOAT_NAME);
    }
    body
}

impl Codec for Aiff {
    fn facts(&self) -> Facts {
        Facts { id: "aiff", name: "AIFF", extension: "aiff", mime: "audio/aiff" }
    }

    fn offers(&self) -> Vec<Offer> {
        pcm_offers("AIFF", &["16", "24", "32", "32f"])
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
        pcm_segment(work, number, pcm, out, put_big_endian)
    }

    fn segment_at(&self, work: &Work, number: u64) -> Option<u64> {
        Some(pcm_segment_at(work, number))
    }

    fn head(&self, work: &Work, _: Option<&Sizes>, tags: &Tags) -> Result<Option<Vec<u8>>> {
        let data_bytes = frame_bytes(&work.spec) * work.length_frames;
        let mut head = b"FORM\0\0\0\0".to_vec();
        head.extend(if work.spec.float { b"AIFC" } else { b"AIFF" });
        let mut chunk = |id: &[u8; 4], body: &[u8]| {
            head.extend(id);
            head.extend((body.len() as u32).to_be_bytes());
            head.extend(body);
            head.extend(vec![0; body.len() % 2]);
        };
        if work.spec.float {
            chunk(b"FVER", &AIFF_C_VERSION.to_be_bytes());
        }
        chunk(b"COMM", &comm_chunk(work));
        chunk(b"ID3 ", &id3::even_tag(tags)?);
        head.extend(b"SSND");
        head.extend(((data_bytes + SSND_PREFIX_BYTES) as u32).to_be_bytes());
        head.extend([0; SSND_PREFIX_BYTES as usize]);
        let form_bytes = u32::try_from(head.len() as u64 - 8 + data_bytes + data_bytes % 2);
        let form_bytes = form_bytes.map_err(|_| Error::Limit { name: "MAX_RIFF_BYTES", limit: MAX_RIFF_BYTES })?;
        head[4..8].copy_from_slice(&form_bytes.to_be_bytes());
        Ok(Some(head))
    }

    fn tail(&self, work: &Work, _: &Tags) -> Result<Vec<u8>> {
        Ok(vec![0; (frame_bytes(&work.spec) * work.length_frames % 2) as usize])
    }
}
