//! FLAC (RFC 9639): its STREAMINFO, and a stream for the decoder that holds nothing but that and the frames.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use symphonia::core::codecs::CodecParameters;
use symphonia::core::formats::{FormatReader, Track};
use symphonia::core::io::MediaSourceStream;
use symphonia::default::{codecs::FlacDecoder, formats::FlacReader};

use super::packets::{Opened, PacketReader, refusal};
use super::stream::Stream;
use super::{Container, Frames, Info, Master, Reader, check_length, check_spec};
use crate::guard::guarded;
use crate::pcm::Spec;
use crate::{Error, Result};

/// Bytes of the STREAMINFO block's body (RFC 9639 section 8.2).
const STREAMINFO_BYTES: usize = 34;
/// Most metadata blocks that are stepped over.
const MAX_METADATA_BLOCKS: usize = 4_096;
/// Bytes of an ID3v1 tag, which some programs append.
const ID3V1_BYTES: u64 = 128;

/// Opens native FLAC, wherever it came from.
pub(super) fn open(mut reader: Reader, start: u64, file_bytes: u64, container: Container) -> Result<Master> {
    let (mut stream_info, frames_start) = read_metadata(&mut reader, start)?;
    let parsed = StreamInfo::parse(&stream_info)?;
    let frames_end = end_of_frames(&mut reader, frames_start, file_bytes)?;
    let mut length_frames = parsed.total_frames;
    // A file may be cut out of a longer one: its first block says where it begins, and only its own length is known.
    let cut_out = first_number(&mut reader, frames_start)? != 0;
    if cut_out {
        forget_total(&mut stream_info);
    }
    let mut opened =
        guarded("the FLAC stream", || decoder(frames_only(reader, &stream_info, frames_start, frames_end)))?;
    if length_frames == 0 {
        length_frames = opened.count_frames()?;
    }
    let spec = parsed.spec;
    let length_frames = check_length(length_frames)?;
    let first_frame = if cut_out { opened.first_frame()? } else { 0 };
    let flac_md5 = (parsed.md5 != [0; 16]).then_some(parsed.md5);
    let info = Info { container, spec, length_frames, flac_md5 };
    let reader = PacketReader::new(opened, spec, first_frame, length_frames);
    Ok(Master { info, frames: Frames::Packets(Box::new(reader)) })
}

/// The first byte of the first block's coded number (RFC 9639 section 9.1.5): zero for all that begin at the beginning.
fn first_number(reader: &mut Reader, frames_start: u64) -> Result<u8> {
    let mut header = Vec::new();
    reader.seek(SeekFrom::Start(frames_start))?;
    reader.by_ref().take(5).read_to_end(&mut header)?;
    Ok(match header[..] {
        [0xff, 0xf8 | 0xf9, _, _, number] => number,
        _ => 0,
    })
}

/// Lets STREAMINFO say that the number of frames is unknown; the decoder would take it for the end of all times.
fn forget_total(stream_info: &mut [u8; STREAMINFO_BYTES]) {
    stream_info[13] &= 0xf0;
    stream_info[14..18].fill(0);
}

/// A FLAC file as the decoder shall see it: the marker, STREAMINFO as the last metadata block, and the frames. So no
/// picture, however large, and no broken comment ever reaches it.
fn frames_only(file: Reader, stream_info: &[u8; STREAMINFO_BYTES], frames_start: u64, frames_end: u64) -> Stream {
    let mut head = vec![b'f', b'L', b'a', b'C', 0x80, 0, 0, STREAMINFO_BYTES as u8];
    head.extend_from_slice(stream_info);
    Stream::new(head, file, frames_start, frames_end)
}

fn decoder(stream: Stream) -> Result<Opened> {
    let format = open_format(MediaSourceStream::new(Box::new(stream), Default::default()))?;
    let Some(Track { id, codec_params: Some(CodecParameters::Audio(params)), .. }) = format.tracks().first() else {
        return Err(Error::Malformed("STREAMINFO is missing".into()));
    };
    let decoder = FlacDecoder::try_new(params, &Default::default()).map_err(refusal)?;
    let id = *id;
    Ok(Opened::new(format, Box::new(decoder), id, true, Some(open_format)))
}

fn open_format(stream: MediaSourceStream<'static>) -> Result<Box<dyn FormatReader>> {
    Ok(Box::new(FlacReader::try_new(stream, Default::default()).map_err(refusal)?))
}

/// Steps over the metadata blocks: the body of STREAMINFO and the offset of the first frame. Tags are never loaded.
fn read_metadata(reader: &mut Reader, start: u64) -> Result<([u8; STREAMINFO_BYTES], u64)> {
    let mut stream_info = None;
    let mut offset = start + 4;
    for _ in 0..MAX_METADATA_BLOCKS {
        let mut header = [0; 4];
        reader.seek(SeekFrom::Start(offset))?;
        read_exact(reader, &mut header)?;
        let body_bytes = u32::from_be_bytes([0, header[1], header[2], header[3]]);
        if header[0] & 0x7f == 0 && stream_info.is_none() {
            if body_bytes as usize != STREAMINFO_BYTES {
                return Err(Error::Malformed("STREAMINFO has a wrong length".into()));
            }
            let mut body = [0; STREAMINFO_BYTES];
            read_exact(reader, &mut body)?;
            stream_info = Some(body);
        }
        offset += 4 + u64::from(body_bytes);
        if header[0] & 0x80 != 0 {
            let stream_info = stream_info.ok_or_else(|| Error::Malformed("STREAMINFO is missing".into()))?;
            return Ok((stream_info, offset));
        }
    }
    Err(Error::Limit { name: "MAX_METADATA_BLOCKS", limit: MAX_METADATA_BLOCKS as u64 })
}

fn read_exact(reader: &mut Reader, bytes: &mut [u8]) -> Result<()> {
    reader.read_exact(bytes).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => Error::Truncated("it ends inside its metadata".into()),
        _ => Error::Io(error),
    })
}

/// Where the frames end: at the end of the file, or before an ID3v1 tag.
fn end_of_frames(reader: &mut Reader, frames_start: u64, file_bytes: u64) -> Result<u64> {
    if frames_start >= file_bytes {
        return Err(Error::Truncated("it ends before its first frame".into()));
    }
    if file_bytes - frames_start <= ID3V1_BYTES {
        return Ok(file_bytes);
    }
    let mut magic = [0; 3];
    reader.seek(SeekFrom::Start(file_bytes - ID3V1_BYTES))?;
    reader.read_exact(&mut magic)?;
    Ok(if &magic == b"TAG" { file_bytes - ID3V1_BYTES } else { file_bytes })
}

/// What STREAMINFO says (RFC 9639 section 8.2).
struct StreamInfo {
    spec: Spec,
    /// 0 when the encoder did not know it.
    total_frames: u64,
    /// All zero when the encoder did not compute it.
    md5: [u8; 16],
}

impl StreamInfo {
    fn parse(body: &[u8; STREAMINFO_BYTES]) -> Result<StreamInfo> {
        let packed = body[10..18].iter().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
        let (rate_hz, channels, bits) = (packed >> 44, ((packed >> 41) & 7) + 1, ((packed >> 36) & 31) + 1);
        let spec = check_spec(rate_hz, channels, bits, false)?;
        let mut md5 = [0; 16];
        md5.copy_from_slice(&body[18..]);
        Ok(StreamInfo { spec, total_frames: packed & ((1 << 36) - 1), md5 })
    }
}
