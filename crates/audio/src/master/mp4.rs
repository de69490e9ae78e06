//! ALAC in MP4 (ISO 14496-12 boxes): what the first sound track is, its edit list and its ALAC cookie. Packets are
//! found and decoded by symphonia, which knows neither edit lists nor the length of the last packet.

use std::io::{Read, Seek, SeekFrom};

use symphonia::core::codecs::audio::{AudioCodecParameters, well_known::CODEC_ID_ALAC};
use symphonia::core::io::{MediaSourceStream, ReadBytes};
use symphonia::default::{codecs::AlacDecoder, formats::IsoMp4Reader};

use super::packets::{Opened, PacketReader, refusal};
use super::stream::Stream;
use super::{Container, Frames, Info, MAX_CHANNELS, Master, Reader, check_length, check_spec};
use crate::guard::guarded;
use crate::pcm::Spec;
use crate::{Error, Result};

/// Most bytes of the movie box, which holds all tables and usually tags and cover too.
const MAX_MOOV_BYTES: u64 = 64 << 20;
/// Bytes of the ALAC cookie.
const COOKIE_BYTES: usize = 24;
/// Most bytes of a packet: twice what its samples take as they are.
const MAX_PACKET_BYTES: u32 = 4 << 20;
/// Most boxes of one level that are looked at.
const MAX_BOXES: usize = 65_536;

pub(super) fn open(mut reader: Reader, file_bytes: u64) -> Result<Master> {
    let moov = read_moov(&mut reader, file_bytes)?;
    let track = SoundTrack::find(&moov)?;
    let mut opened = guarded("the MP4", || decoder(Stream::new(Vec::new(), reader, 0, file_bytes), &track))?;
    let stream_end = match track.exact_times() {
        true => opened.end_frame(track.indexed_end)?.min(track.indexed_end),
        false => opened.count_frames()?,
    };
    let (first_frame, end_frame) = track.music(stream_end)?;
    let length_frames = check_length(end_frame - first_frame)?;
    let info = Info { container: Container::Alac, spec: track.spec, length_frames, flac_md5: None };
    let reader = PacketReader::new(opened, track.spec, first_frame, length_frames);
    Ok(Master { info, frames: Frames::Packets(Box::new(reader)) })
}

fn decoder(stream: Stream, track: &SoundTrack) -> Result<Opened> {
    let mut stream = MediaSourceStream::new(Box::new(stream), Default::default());
    // The reader expects to stand behind the length of the first box, where a probe would leave it.
    stream.read_quad_bytes()?;
    let format = IsoMp4Reader::try_new(stream, Default::default()).map_err(refusal)?;
    let mut params = AudioCodecParameters::new();
    params.for_codec(CODEC_ID_ALAC).with_extra_data(track.cookie.to_vec().into());
    let decoder = AlacDecoder::try_new(&params, &Default::default()).map_err(refusal)?;
    Ok(Opened::new(Box::new(format), Box::new(decoder), track.id, track.exact_times(), None))
}

/// The body of the movie box. Steps over every box of the file, since one that is cut off shows only there.
fn read_moov(reader: &mut Reader, file_bytes: u64) -> Result<Vec<u8>> {
    let (mut moov, mut offset) = (None, 0);
    for _ in 0..MAX_BOXES {
        if offset + 8 > file_bytes {
            break;
        }
        reader.seek(SeekFrom::Start(offset))?;
        let mut header = Vec::new();
        reader.by_ref().take(16).read_to_end(&mut header)?;
        let (header_bytes, stated) = box_length(&header);
        let box_bytes = stated.unwrap_or(file_bytes - offset);
        if box_bytes < header_bytes {
            return Err(Error::Malformed("a box is shorter than its header".into()));
        }
        let end = offset.saturating_add(box_bytes);
        let name = &header[4..8];
        if end > file_bytes && (name == b"mdat" || moov.is_none()) {
            return Err(Error::Truncated(format!("it ends inside its box `{}`", name.escape_ascii())));
        }
        if name == b"moov" && moov.is_none() {
            moov = Some(read_body(reader, offset + header_bytes, box_bytes - header_bytes)?);
        }
        offset = end;
    }
    moov.ok_or_else(|| Error::Malformed("it has no movie box".into()))
}

fn read_body(reader: &mut Reader, offset: u64, bytes: u64) -> Result<Vec<u8>> {
    if bytes > MAX_MOOV_BYTES {
        return Err(Error::Limit { name: "MAX_MOOV_BYTES", limit: MAX_MOOV_BYTES });
    }
    let mut body = vec![0; bytes as usize];
    reader.seek(SeekFrom::Start(offset))?;
    reader.read_exact(&mut body)?;
    Ok(body)
}

/// Length of a box's header, and of the whole box unless it runs to the end. `header`: at least 8 bytes.
fn box_length(header: &[u8]) -> (u64, Option<u64>) {
    match u32::from_be_bytes([header[0], header[1], header[2], header[3]]) {
        0 => (8, None),
        1 => (16, Some(u64_at(header, 8).unwrap_or(0))),
        bytes => (8, Some(bytes.into())),
    }
}

/// The body of the first box named `name` at this level.
fn child<'a>(boxes: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    children(boxes).find(|(found, _)| found == name).map(|(_, body)| body)
}

/// The boxes at this level, up to the first that does not fit.
fn children(mut rest: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        if rest.len() < 8 {
            return None;
        }
        let (header_bytes, stated) = box_length(rest);
        let end = usize::try_from(stated.unwrap_or(rest.len() as u64)).ok()?;
        let body = rest.get(header_bytes as usize..end)?;
        let name = [rest[4], rest[5], rest[6], rest[7]];
        rest = &rest[end..];
        Some((name, body))
    })
    .take(MAX_BOXES)
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    bytes.get(offset..offset + 2).map(|b| u16::from_be_bytes([b[0], b[1]]))
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..offset + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
}

fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from(u32_at(bytes, offset)?) << 32 | u64::from(u32_at(bytes, offset + 4)?))
}

/// The one edit of a track: what part of the stream is music.
struct Edit {
    /// In ticks of the media.
    media_time: u64,
    /// In ticks of the movie; 0 for "to the end".
    duration: u64,
}

/// The first sound track.
struct SoundTrack {
    id: u32,
    /// What the decoder has to know.
    cookie: [u8; COOKIE_BYTES],
    spec: Spec,
    movie_hz: u64,
    media_hz: u64,
    edit: Option<Edit>,
    /// Sum of all packet durations, in ticks of the media.
    indexed_end: u64,
}

impl SoundTrack {
    fn find(moov: &[u8]) -> Result<SoundTrack> {
        let damaged = |what: &str| Error::Malformed(format!("the movie box holds no {what}"));
        let sound =
            children(moov).filter(|(name, _)| name == b"trak").map(|(_, body)| body).find(|trak| is_sound(trak));
        let trak = sound.ok_or_else(|| Error::Unsupported("an MP4 without a sound track".into()))?;
        let mdia = child(trak, b"mdia").ok_or_else(|| damaged("media"))?;
        let stbl = child(mdia, b"minf").and_then(|minf| child(minf, b"stbl")).ok_or_else(|| damaged("sample table"))?;
        let cookie = cookie_of(child(stbl, b"stsd").ok_or_else(|| damaged("sample description"))?)?;
        let spec = spec_of(&cookie)?;
        let id = child(trak, b"tkhd").and_then(track_id).ok_or_else(|| damaged("track id"))?;
        if child(moov, b"mvex").is_some() {
            return Err(Error::Unsupported("ALAC in a fragmented MP4".into()));
        }
        let movie_hz = child(moov, b"mvhd").and_then(timescale).ok_or_else(|| damaged("timescale"))?;
        let media_hz = child(mdia, b"mdhd").and_then(timescale).ok_or_else(|| damaged("timescale"))?;
        let elst = child(trak, b"edts").and_then(|edts| child(edts, b"elst"));
        let edit = elst.map(single_edit).transpose()?.flatten();
        check_packet_sizes(child(stbl, b"stsz").ok_or_else(|| damaged("packet sizes"))?)?;
        let indexed_end = child(stbl, b"stts").and_then(total_duration).ok_or_else(|| damaged("packet durations"))?;
        Ok(SoundTrack { id, cookie, spec, movie_hz, media_hz, edit, indexed_end })
    }

    /// Whether the times of packets count frames.
    fn exact_times(&self) -> bool {
        self.media_hz == u64::from(self.spec.rate_hz)
    }

    /// The part of a stream of `stream_end` frames that is music: first frame, and the frame behind the last.
    ///
    /// An edit's duration in ticks coarser than frames is rounded, so an end within one tick of the stream's own is that.
    fn music(&self, stream_end: u64) -> Result<(u64, u64)> {
        let Some(edit) = &self.edit else { return Ok((0, stream_end)) };
        let first = scale(edit.media_time, self.spec.rate_hz.into(), self.media_hz);
        let tick_frames = u64::from(self.spec.rate_hz).div_ceil(self.movie_hz);
        let end = first.saturating_add(scale(edit.duration, self.spec.rate_hz.into(), self.movie_hz));
        if first >= stream_end {
            return Err(Error::Malformed("its edit list points behind its end".into()));
        }
        if edit.duration == 0 || (self.movie_hz != self.media_hz && end.abs_diff(stream_end) <= tick_frames) {
            return Ok((first, stream_end));
        }
        Ok((first, end.min(stream_end)))
    }
}

/// `ticks` of `from_hz` in units of `to_hz`, rounded to the nearest.
fn scale(ticks: u64, to_hz: u64, from_hz: u64) -> u64 {
    let scaled = (u128::from(ticks) * u128::from(to_hz) + u128::from(from_hz / 2)) / u128::from(from_hz);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn is_sound(trak: &[u8]) -> bool {
    child(trak, b"mdia").and_then(|mdia| child(mdia, b"hdlr")).and_then(|hdlr| hdlr.get(8..12)) == Some(b"soun")
}

/// The timescale of `mvhd` or `mdhd` (ISO 14496-12 sections 8.2.2 and 8.4.2).
fn timescale(header: &[u8]) -> Option<u64> {
    let long = *header.first()? == 1;
    u32_at(header, if long { 20 } else { 12 }).map(u64::from).filter(|hz| *hz > 0)
}

/// Refuses packets that nobody needs (`stsz`, section 8.7.3.2): memory is taken for a packet before it is read.
fn check_packet_sizes(stsz: &[u8]) -> Result<()> {
    let one_size = u32_at(stsz, 4).unwrap_or(0);
    let sizes = stsz.get(12..).unwrap_or(&[]).chunks_exact(4).filter_map(|entry| u32_at(entry, 0));
    if sizes.chain([one_size]).any(|bytes| bytes > MAX_PACKET_BYTES) {
        return Err(Error::Limit { name: "MAX_PACKET_BYTES", limit: MAX_PACKET_BYTES.into() });
    }
    Ok(())
}

/// Sum of all durations in `stts` (section 8.6.1.2).
fn total_duration(stts: &[u8]) -> Option<u64> {
    let entries = stts.get(8..)?.chunks_exact(8).take(u32_at(stts, 4)? as usize);
    Some(entries.filter_map(|e| Some(u64::from(u32_at(e, 0)?) * u64::from(u32_at(e, 4)?))).fold(0, u64::saturating_add))
}

/// The one edit of `elst` (section 8.6.6) that shows media; an empty edit before it only delays it.
fn single_edit(elst: &[u8]) -> Result<Option<Edit>> {
    let long = elst.first() == Some(&1);
    let entry_bytes = if long { 20 } else { 12 };
    let count = u32_at(elst, 4).unwrap_or(0) as usize;
    let mut edits = elst.get(8..).unwrap_or(&[]).chunks_exact(entry_bytes).take(count).filter_map(|entry| {
        let (duration, media_time) = match long {
            true => (u64_at(entry, 0)?, u64_at(entry, 8)? as i64),
            false => (u32_at(entry, 0)?.into(), i64::from(u32_at(entry, 4)? as i32)),
        };
        Some(Edit { media_time: u64::try_from(media_time).ok()?, duration })
    });
    let edit = edits.next();
    if edits.next().is_some() {
        return Err(Error::Unsupported("an MP4 whose edit list has several parts".into()));
    }
    Ok(edit)
}

/// The id in `tkhd` (section 8.3.2).
fn track_id(header: &[u8]) -> Option<u32> {
    u32_at(header, if *header.first()? == 1 { 20 } else { 12 })
}

/// The ALAC cookie out of the first sample description (section 8.5.2); refuses everything but ALAC. QuickTime's versions
/// of the entry put fields or a box before it.
fn cookie_of(stsd: &[u8]) -> Result<[u8; COOKIE_BYTES]> {
    let Some((codec, entry)) = children(stsd.get(8..).unwrap_or(&[])).next() else {
        return Err(Error::Malformed("the sample description is empty".into()));
    };
    refuse_all_but_alac(&codec)?;
    let boxes_offset = match u16_at(entry, 8) {
        Some(1) => 44,
        Some(2) => 64,
        _ => 28,
    };
    let boxes = entry.get(boxes_offset..).unwrap_or(&[]);
    let body = child(boxes, b"alac").or_else(|| child(child(boxes, b"wave")?, b"alac"));
    let cookie = body.and_then(|body| body.get(4..4 + COOKIE_BYTES)?.try_into().ok());
    cookie.ok_or_else(|| Error::Malformed("the ALAC cookie is missing".into()))
}

fn refuse_all_but_alac(codec: &[u8; 4]) -> Result<()> {
    let lossy = match codec {
        b"alac" => return Ok(()),
        b"mp4a" => "AAC in MP4",
        b"Opus" => "Opus in MP4",
        b".mp3" => "MP3 in MP4",
        b"ac-3" | b"ec-3" => "Dolby Digital in MP4",
        b"samr" | b"sawb" => "AMR in MP4",
        _ => return Err(Error::Unsupported(format!("{} in MP4", codec.escape_ascii()))),
    };
    Err(Error::NotLossless(lossy.into()))
}

/// The shape of the samples out of the ALAC cookie.
fn spec_of(cookie: &[u8; COOKIE_BYTES]) -> Result<Spec> {
    if cookie[9] == MAX_CHANNELS {
        // Its only layout of 8 has two channels between centre and front, and so not the order that masters have.
        return Err(Error::Unsupported("ALAC of 8 channels".into()));
    }
    let rate_hz = u32_at(cookie, 20).unwrap_or(0);
    check_spec(rate_hz.into(), cookie[9].into(), cookie[5].into(), false)
}
