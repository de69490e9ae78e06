//! The payload of a finished file, found by parsing its container: what was paid for, counted and hashed by code that
//! shares nothing with the encoders.

use std::io::{Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// What a file's audio payload is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// Bytes that were charged.
    pub bytes: u64,
    /// SHA-256 of them.
    pub sha256: [u8; 32],
}

/// Bytes read at once.
const READ_BYTES: usize = 64 << 10;
/// Header packets of a Vorbis stream; Opus has two.
const VORBIS_HEADER_PACKETS: u32 = 3;
const OPUS_HEADER_PACKETS: u32 = 2;
/// Entries of an MP4 sample table that are read.
pub const MAX_MP4_SAMPLES: u32 = 50_000_000;

/// Parses a finished MP3, FLAC, Ogg (Vorbis, Opus), MP4, Musepack, WMA, WavPack, True Audio, WAV or AIFF file.
pub fn payload(file: &mut (impl Read + Seek)) -> Result<Payload> {
    let file_bytes = file.seek(SeekFrom::End(0))?;
    let mut parser = Parser { file, file_bytes, at: file_bytes, hash: Sha256::new(), bytes: 0 };
    let magic: [u8; 12] = parser.array_at(0)?;
    match &magic {
        [b'f', b'L', b'a', b'C', ..] => parser.flac()?,
        [b'O', b'g', b'g', b'S', ..] => parser.ogg()?,
        [b'M', b'P', b'C', b'K', ..] => parser.musepack()?,
        [0x30, 0x26, 0xB2, 0x75, ..] => parser.asf()?,
        [b'w', b'v', b'p', b'k', ..] => parser.wavpack()?,
        [b'T', b'T', b'A', b'1', ..] => parser.true_audio(0)?,
        [b'R', b'I', b'F', b'F', ..] => parser.chunks(b"data", 0, u32::from_le_bytes)?,
        [b'F', b'O', b'R', b'M', ..] => parser.chunks(b"SSND", 8, u32::from_be_bytes)?,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => parser.mp4()?,
        [b'I', b'D', b'3', ..] | [0xFF, ..] => parser.mp3()?,
        _ => return Err(Error::Unsupported("the payload of this kind of file".into())),
    }
    Ok(Payload { bytes: parser.bytes, sha256: parser.hash.finalize().into() })
}

struct Parser<'a, F> {
    file: &'a mut F,
    file_bytes: u64,
    /// Where the file's cursor is.
    at: u64,
    hash: Sha256,
    bytes: u64,
}

impl<F: Read + Seek> Parser<'_, F> {
    fn array_at<const N: usize>(&mut self, at: u64) -> Result<[u8; N]> {
        let mut array = [0; N];
        if at.saturating_add(N as u64) > self.file_bytes {
            return Err(Error::Truncated(format!("at byte {at}")));
        }
        if at != self.at {
            self.file.seek(SeekFrom::Start(at))?;
        }
        self.file.read_exact(&mut array)?;
        self.at = at + N as u64;
        Ok(array)
    }

    /// A table of the file; its length was read from the file, so it is checked against the file's own.
    fn table_at(&mut self, at: u64, bytes: u64) -> Result<Vec<u8>> {
        if at.saturating_add(bytes) > self.file_bytes {
            return Err(Error::Truncated(format!("a table of {bytes} bytes at byte {at}")));
        }
        if at != self.at {
            self.file.seek(SeekFrom::Start(at))?;
        }
        let mut table = vec![0; bytes as usize];
        self.file.read_exact(&mut table)?;
        self.at = at + bytes;
        Ok(table)
    }

    /// A table of so many big-endian numbers.
    fn numbers_at(&mut self, at: u64, count: u64) -> Result<Vec<u32>> {
        let bytes = self.table_at(at, count * 4)?;
        Ok(bytes.chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]])).collect())
    }

    /// Counts and hashes the bytes [from, to).
    fn take(&mut self, from: u64, to: u64) -> Result<()> {
        if to > self.file_bytes || from > to {
            return Err(Error::Truncated(format!("audio up to byte {to} in a file of {}", self.file_bytes)));
        }
        if from != self.at {
            self.file.seek(SeekFrom::Start(from))?;
        }
        let mut buffer = vec![0; READ_BYTES.min((to - from) as usize)];
        let mut left = to - from;
        while left > 0 {
            let part = &mut buffer[..(left.min(READ_BYTES as u64)) as usize];
            self.file.read_exact(part)?;
            self.hash.update(&*part);
            left -= part.len() as u64;
        }
        self.at = to;
        self.bytes += to - from;
        Ok(())
    }

    /// Everything after the metadata blocks (RFC 9639 §8.1).
    fn flac(&mut self) -> Result<()> {
        let mut at = 4;
        loop {
            let [kind, a, b, c] = self.array_at(at)?;
            at += 4 + u64::from(u32::from_be_bytes([0, a, b, c]));
            if kind & 0x80 != 0 {
                return self.take(at, self.file_bytes);
            }
        }
    }

    /// Audio packets, whole; key and length lead each packet (SV8).
    fn musepack(&mut self) -> Result<()> {
        let mut at = 4;
        loop {
            let key: [u8; 2] = self.array_at(at)?;
            let (mut length, mut digits) = (0u64, 0);
            loop {
                let [digit] = self.array_at(at + 2 + digits)?;
                length = length.saturating_mul(128).saturating_add(u64::from(digit & 0x7F));
                digits += 1;
                if digit < 0x80 {
                    break;
                }
            }
            if length < 2 + digits || length > self.file_bytes {
                return Err(Error::Malformed(format!("a Musepack packet at byte {at}")));
            }
            match &key {
                b"AP" => self.take(at, at.saturating_add(length))?,
                b"SE" => return Ok(()),
                _ => {}
            }
            at += length;
        }
    }

    /// Payloads of data packets that hold one payload each and no padding, as this store writes ASF.
    fn asf(&mut self) -> Result<()> {
        let data_at = u64::from_le_bytes(self.array_at(16)?);
        let (mut at, mut packet_bytes) = (30u64, 0);
        while at < data_at {
            let guid: [u8; 4] = self.array_at(at)?;
            // Behind this `at` lies within the file, and what is added to it cannot overflow.
            if guid == [0xA1, 0xDC, 0xAB, 0x8C] {
                packet_bytes = u64::from(u32::from_le_bytes(self.array_at(at + 92)?));
            }
            at = at.saturating_add(u64::from_le_bytes(self.array_at(at + 16)?).max(24));
        }
        if data_at > self.file_bytes {
            return Err(Error::Truncated(format!("a header of {data_at} bytes")));
        }
        let data_bytes = u64::from_le_bytes(self.array_at(data_at + 16)?);
        let packets = u64::from_le_bytes(self.array_at(data_at + 40)?);
        if packets.checked_mul(packet_bytes) != data_bytes.checked_sub(50) {
            return Err(Error::Malformed("an ASF whose packets do not fill its data".into()));
        }
        for number in 0..packets {
            let at = data_at + 50 + number * packet_bytes;
            let flags: [u8; 5] = self.array_at(at)?;
            if flags != [0x82, 0, 0, 0, 0x5D] || packet_bytes < 26 {
                return Err(Error::Unsupported(format!("an ASF packet of another kind at byte {at}")));
            }
            self.take(at + 26, at + packet_bytes)?;
        }
        Ok(())
    }

    /// Blocks, whole; what follows the last is tags.
    fn wavpack(&mut self) -> Result<()> {
        let mut at = 0;
        while at + 8 <= self.file_bytes && &self.array_at::<4>(at)? == b"wvpk" {
            let end = at + 8 + u64::from(u32::from_le_bytes(self.array_at(at + 4)?));
            self.take(at, end)?;
            at = end;
        }
        Ok(())
    }

    /// Frames, as long as the table of their sizes says; the header is at byte `at`.
    fn true_audio(&mut self, at: u64) -> Result<()> {
        let rate_hz = u64::from(u32::from_le_bytes(self.array_at(at + 10)?));
        let length_frames = u64::from(u32::from_le_bytes(self.array_at(at + 14)?));
        let frame_length = rate_hz * 256 / 245;
        if frame_length == 0 {
            return Err(Error::Malformed("a True Audio file without a rate".into()));
        }
        let table_bytes = length_frames.div_ceil(frame_length) * 4;
        let table = self.table_at(at + 22, table_bytes)?;
        let sizes = table.chunks_exact(4).map(|b| u64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]])));
        let from = at + 22 + table_bytes + 4;
        self.take(from, from.saturating_add(sizes.sum()))
    }

    /// Chunks of RIFF or IFF: the body of the one named, without its first `skip` bytes.
    fn chunks(&mut self, name: &[u8; 4], skip: u64, number: fn([u8; 4]) -> u32) -> Result<()> {
        let mut at = 12;
        loop {
            let id: [u8; 4] = self.array_at(at)?;
            let length = u64::from(number(self.array_at(at + 4)?));
            if &id == name {
                return self.take(at + 8 + skip.min(length), at + 8 + length);
            }
            at += 8 + length + length % 2;
        }
    }

    /// Frames after the ID3v2 tag, without a Xing or Info frame; or what else begins with such a tag.
    fn mp3(&mut self) -> Result<()> {
        let mut at = 0;
        let head: [u8; 10] = self.array_at(0)?;
        if head.starts_with(b"ID3") {
            at = 10 + head[6..].iter().fold(0, |n, &b| n << 7 | u64::from(b & 0x7F));
        }
        let frame: [u8; 4] = self.array_at(at)?;
        if &frame == b"TTA1" {
            return self.true_audio(at);
        }
        let mpeg1 = frame[1] & 0x08 != 0;
        let mono = frame[3] >> 6 == 3;
        let side_info = match (mpeg1, mono) {
            (true, false) => 32,
            (false, true) => 9,
            _ => 17,
        };
        let name: [u8; 4] = self.array_at(at + 4 + side_info)?;
        if matches!(&name, b"Xing" | b"Info") {
            at += layer3_frame_bytes(frame)?;
        }
        self.take(at, self.file_bytes)
    }

    /// Bodies of all packets after the header packets. Packets that end in a page are counted by lacing values below 255.
    fn ogg(&mut self) -> Result<()> {
        let first: [u8; 8] = self.array_at(28)?;
        let headers = if &first == b"OpusHead" { OPUS_HEADER_PACKETS } else { VORBIS_HEADER_PACKETS };
        let (mut at, mut packets) = (0, 0);
        while at < self.file_bytes {
            let page: [u8; 27] = self.array_at(at)?;
            if !page.starts_with(b"OggS") {
                return Err(Error::Malformed(format!("no Ogg page at byte {at}")));
            }
            let lacing = self.table_at(at + 27, u64::from(page[26]))?;
            let mut data = at + 27 + u64::from(page[26]);
            let mut audio_from = data;
            for lacing in lacing {
                data += u64::from(lacing);
                if lacing < 255 && packets < headers {
                    packets += 1;
                    audio_from = data;
                }
            }
            if packets >= headers {
                self.take(audio_from, data)?;
            }
            at = data;
        }
        Ok(())
    }

    /// The samples of the one track, chunk by chunk, as the sample table says (ISO/IEC 14496-12 §8.7).
    fn mp4(&mut self) -> Result<()> {
        let table = self.find(0, self.file_bytes, &[b"moov", b"trak", b"mdia", b"minf", b"stbl"])?;
        let (offsets_at, offset_words) = match self.find(table.0, table.1, &[b"stco"]) {
            Ok((at, _)) => (at, 1),
            // A file of more than 4 GiB has offsets of 64 bits.
            Err(Error::Malformed(_)) => (self.find(table.0, table.1, &[b"co64"])?.0, 2),
            Err(error) => return Err(error),
        };
        let (chunks_at, _) = self.find(table.0, table.1, &[b"stsc"])?;
        let (sizes_at, _) = self.find(table.0, table.1, &[b"stsz"])?;
        let one_size = self.number_at(sizes_at + 4)?;
        let samples = self.number_at(sizes_at + 8)?;
        let chunks = self.number_at(offsets_at + 4)?;
        let runs = self.number_at(chunks_at + 4)?;
        if samples.max(chunks) > MAX_MP4_SAMPLES {
            return Err(Error::Limit { name: "MAX_MP4_SAMPLES", limit: u64::from(MAX_MP4_SAMPLES) });
        }
        let offsets = self.numbers_at(offsets_at + 8, u64::from(chunks) * offset_words)?;
        let offset = |words: &[u32]| words.iter().fold(0, |n, &word| n << 32 | u64::from(word));
        let runs = self.numbers_at(chunks_at + 8, u64::from(runs) * 3)?;
        let sizes = match one_size {
            0 => self.numbers_at(sizes_at + 12, u64::from(samples))?,
            size => vec![size; samples as usize],
        };
        let (mut runs, mut sizes) = (runs.chunks_exact(3).peekable(), sizes.into_iter());
        let mut per_chunk = 0;
        for (chunk, from) in (1..).zip(offsets.chunks_exact(offset_words as usize).map(offset)) {
            if let Some(run) = runs.next_if(|run| run[0] == chunk) {
                per_chunk = run[1];
            }
            let bytes: u64 = sizes.by_ref().take(per_chunk as usize).map(u64::from).sum();
            self.take(from, from.saturating_add(bytes))?;
        }
        Ok(())
    }

    fn number_at(&mut self, at: u64) -> Result<u32> {
        Ok(u32::from_be_bytes(self.array_at(at)?))
    }

    /// The body [from, to) of the box at the end of a path of boxes.
    fn find(&mut self, mut from: u64, mut to: u64, path: &[&[u8; 4]]) -> Result<(u64, u64)> {
        for name in path {
            loop {
                if from + 8 > to {
                    return Err(Error::Malformed(format!("no box {} in the MP4", String::from_utf8_lossy(*name))));
                }
                let length = u64::from(self.number_at(from)?);
                let id: [u8; 4] = self.array_at(from + 4)?;
                if length < 8 || from + length > to {
                    return Err(Error::Malformed("a box of the MP4 is longer than what holds it".into()));
                }
                if id == **name {
                    (from, to) = (from + 8, from + length);
                    break;
                }
                from += length;
            }
        }
        Ok((from, to))
    }
}

/// Bytes of a layer III frame: 144 or 72 × bit rate / sample rate, and a slot of padding.
fn layer3_frame_bytes(header: [u8; 4]) -> Result<u64> {
    let mpeg1 = header[1] & 0x08 != 0;
    let kbps: [u64; 16] = match mpeg1 {
        true => [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
        false => [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
    };
    let rates_hz: [u64; 4] = if mpeg1 { [44_100, 48_000, 32_000, 0] } else { [22_050, 24_000, 16_000, 0] };
    let (kbps, rate_hz) = (kbps[usize::from(header[2] >> 4)], rates_hz[usize::from(header[2] >> 2 & 3)]);
    if kbps == 0 || rate_hz == 0 {
        return Err(Error::Malformed("the MP3's first frame".into()));
    }
    Ok(if mpeg1 { 144_000 } else { 72_000 } * kbps / rate_hz + u64::from(header[2] >> 1 & 1))
}
