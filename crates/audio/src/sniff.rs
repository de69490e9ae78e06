//! Sniffing: what a file is, by its first bytes and nothing else.

use std::io::{Read, SeekFrom};

use crate::input::ReadSeek;
use crate::{Error, Result};

/// Bytes from the start of a file that [`looks_like_audio`] wants to see (fewer when the file is shorter).
pub const HEAD_BYTES: usize = 4_096;

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Master(Form),
    /// Audio of a lossy codec, with its name.
    Lossy(&'static str),
    /// Audio in a container or codec that is not read here, with its name.
    Foreign(&'static str),
    NoAudio,
}

/// The forms of file that a master can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Flac,
    OggFlac,
    Wav,
    Aiff,
    /// MP4 of any brand; what is in it shows only in its sample description.
    Mp4,
    WavPack,
    MonkeysAudio,
    TrueAudio,
}

/// The form of a file and where it starts: behind an ID3v2 tag that some programs put before everything.
pub(crate) struct Found {
    pub form: Form,
    pub start: u64,
    pub file_bytes: u64,
}

/// Whether a file whose first [`HEAD_BYTES`] (or fewer) are `head` is audio of any kind, lossless or lossy, readable
/// here or not. Pictures, text, archives and video are not.
pub fn looks_like_audio(head: &[u8]) -> bool {
    if let Some(tag_bytes) = id3v2_bytes(head) {
        return match head.get(tag_bytes as usize..) {
            Some(rest) if rest.len() >= 12 => kind_after_id3(rest) != Kind::NoAudio,
            _ => true,
        };
    }
    match kind_of(head) {
        Kind::NoAudio => false,
        Kind::Master(Form::Mp4) => matches!(head.get(8..12), Some(b"M4A " | b"M4B " | b"M4P ")),
        _ => true,
    }
}

/// What form of master the file is, by its first bytes; refuses everything else by name.
///
/// Errors: `Truncated` for an empty file, `NotLossless`, `Unsupported`, and `Malformed` for what is not audio.
pub(crate) fn find_master(reader: &mut dyn ReadSeek) -> Result<Found> {
    let file_bytes = reader.seek(SeekFrom::End(0))?;
    if file_bytes == 0 {
        return Err(Error::Truncated("the file is empty".into()));
    }
    let head = read_head(reader, 0)?;
    let (kind, start) = match id3v2_bytes(&head) {
        None => (kind_of(&head), 0),
        Some(tag_bytes) => {
            let start = tag_bytes.min(file_bytes);
            (kind_after_id3(&read_head(reader, start)?), start)
        }
    };
    match kind {
        Kind::Master(form) => Ok(Found { form, start, file_bytes }),
        Kind::Lossy(name) => Err(Error::NotLossless(name.into())),
        Kind::Foreign(name) => Err(Error::Unsupported(name.into())),
        Kind::NoAudio => Err(Error::Malformed("it is not audio".into())),
    }
}

/// Up to [`HEAD_BYTES`] from `offset`.
fn read_head(reader: &mut dyn ReadSeek, offset: u64) -> Result<Vec<u8>> {
    reader.seek(SeekFrom::Start(offset))?;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    reader.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// The length of an ID3v2 tag at the start of `head` with its header and footer (ID3v2.4 section 3.1).
pub(crate) fn id3v2_bytes(head: &[u8]) -> Option<u64> {
    let header = head.get(..10)?;
    let sane =
        &header[..3] == b"ID3" && header[3] < 0xff && header[4] < 0xff && header[6..].iter().all(|b| b & 0x80 == 0);
    if !sane {
        return None;
    }
    let body = header[6..].iter().fold(0u64, |sum, byte| (sum << 7) | u64::from(*byte));
    let footer = if header[5] & 0x10 != 0 { 10 } else { 0 };
    Some(10 + body + footer)
}

/// An ID3v2 tag alone already means MP3 to most programs; the bytes behind it decide where they can.
fn kind_after_id3(head: &[u8]) -> Kind {
    match kind_of(head) {
        Kind::NoAudio if head.iter().take(HEAD_BYTES).any(|byte| *byte == 0xff) => Kind::Lossy("MP3"),
        kind => kind,
    }
}

fn kind_of(head: &[u8]) -> Kind {
    let at = |offset: usize, magic: &[u8]| head.get(offset..offset + magic.len()) == Some(magic);
    if at(0, b"fLaC") {
        return Kind::Master(Form::Flac);
    }
    if (at(0, b"RIFF") || at(0, b"RF64") || at(0, b"BW64")) && at(8, b"WAVE") {
        return Kind::Master(Form::Wav);
    }
    if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) {
        return Kind::Master(Form::Aiff);
    }
    if at(4, b"ftyp") {
        return Kind::Master(Form::Mp4);
    }
    if at(0, b"OggS") {
        return ogg_kind(head);
    }
    foreign_kind(head).unwrap_or_else(|| mpeg_kind(head).map_or(Kind::NoAudio, Kind::Lossy))
}

/// The codec of an Ogg file, by the first packet of its first page.
fn ogg_kind(head: &[u8]) -> Kind {
    let packet = head.get(26).and_then(|segments| head.get(27 + usize::from(*segments)..)).unwrap_or(&[]);
    let starts = |magic: &[u8]| packet.starts_with(magic);
    match () {
        _ if starts(b"\x01vorbis") => Kind::Lossy("Ogg Vorbis"),
        _ if starts(b"OpusHead") => Kind::Lossy("Opus"),
        _ if starts(b"Speex   ") => Kind::Lossy("Speex"),
        _ if starts(b"\x7fFLAC") => Kind::Master(Form::OggFlac),
        _ if starts(b"\x80theora") || starts(b"fishead") => Kind::NoAudio,
        _ => Kind::Foreign("an Ogg stream of an unknown codec"),
    }
}

/// Audio files that are not read here.
fn foreign_kind(head: &[u8]) -> Option<Kind> {
    const MAGICS: [(&[u8], Kind); 17] = [
        (b"MPCK", Kind::Lossy("Musepack")),
        (b"MP+", Kind::Lossy("Musepack")),
        (b"#!AMR", Kind::Lossy("AMR")),
        (b"ADIF", Kind::Lossy("AAC")),
        (b"\x0b\x77", Kind::Lossy("Dolby Digital")),
        (b"\x7f\xfe\x80\x01", Kind::Lossy("DTS")),
        (b"tBaK", Kind::Foreign("TAK")),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind::Foreign("Windows Media")),
        (b"MAC ", Kind::Master(Form::MonkeysAudio)),
        (b"wvpk", Kind::Master(Form::WavPack)),
        (b"TTA1", Kind::Master(Form::TrueAudio)),
        (b"TTA2", Kind::Foreign("True Audio")),
        (b"OFR ", Kind::Foreign("OptimFROG")),
        (b"DSD ", Kind::Foreign("DSD (DSF)")),
        (b"FRM8", Kind::Foreign("DSD (DSDIFF)")),
        (b"caff", Kind::Foreign("a Core Audio file")),
        (b".snd", Kind::Foreign("a Sun audio file")),
    ];
    MAGICS.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, kind)| *kind)
}

/// Raw MPEG audio: a valid frame header, and another where the first frame ends (when `head` reaches so far).
fn mpeg_kind(head: &[u8]) -> Option<&'static str> {
    let (name, frame_bytes) = mpeg_frame(head)?;
    match head.get(frame_bytes..) {
        Some(next) if next.len() >= 4 => (mpeg_frame(next)?.0 == name).then_some(name),
        _ => Some(name),
    }
}

/// The name and length of the MPEG audio (ISO 11172-3, 13818-3) or ADTS (13818-7) frame at the start of `head`.
fn mpeg_frame(head: &[u8]) -> Option<(&'static str, usize)> {
    let header = head.get(..4)?;
    if header[0] != 0xff || header[1] & 0xe0 != 0xe0 {
        return None;
    }
    if header[1] & 0xf6 == 0xf0 {
        let frame = head.get(3..6)?;
        let bytes = (usize::from(frame[0] & 3) << 11) | (usize::from(frame[1]) << 3) | usize::from(frame[2] >> 5);
        return (bytes > 7 && (header[2] >> 2) & 15 < 13).then_some(("AAC", bytes));
    }
    mpeg_audio_frame(header)
}

/// Length of an MPEG-1/2/2.5 layer I to III frame from its header.
fn mpeg_audio_frame(header: &[u8]) -> Option<(&'static str, usize)> {
    const KBPS: [[usize; 14]; 5] = [
        [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let (version, layer) = ((header[1] >> 3) & 3, (header[1] >> 1) & 3);
    let (rate_index, padding) = (usize::from((header[2] >> 2) & 3), usize::from((header[2] >> 1) & 1));
    let bitrate_index = usize::from(header[2] >> 4);
    if version == 1 || layer == 0 || rate_index == 3 || !(1..=14).contains(&bitrate_index) {
        return None;
    }
    let rate_hz = [44_100, 48_000, 32_000][rate_index] / [4, 1, 2, 1][usize::from(version)];
    let low = version != 3;
    let (name, table, slot, samples) = match (layer, low) {
        (3, false) => ("MPEG layer I", 0, 4, 384),
        (3, true) => ("MPEG layer I", 3, 4, 384),
        (2, false) => ("MP2", 1, 1, 1_152),
        (2, true) => ("MP2", 4, 1, 1_152),
        (_, false) => ("MP3", 2, 1, 1_152),
        (_, true) => ("MP3", 4, 1, 576),
    };
    let slots = samples / 8 / slot * KBPS[table][bitrate_index - 1] * 1_000 / rate_hz + padding;
    Some((name, slots * slot))
}
