//! MP4 (ISO/IEC 14496-12) with one audio track, its index before the sound: everything up to the first byte of `mdat`'s
//! body. The movie's time scale is the sample rate, so that an edit list can be exact to the frame.

use crate::tags::{Tags, write::ilst};
use crate::{Error, Result};

/// Packets that an index holds; their count has 32 bits, and more is no music.
pub const MAX_MP4_PACKETS: u64 = 50_000_000;
/// Unity in 16.16.
/// Packets of one size that are listed all the same: about an hour.
const MAX_LISTED_PACKETS: u32 = 160_000;
const ONE: u32 = 0x1_0000;
/// No language: "und" in three times five bits.
const LANGUAGE: u32 = 0x55C4_0000;
const TRACK_ID: u32 = 1;
const TRACK_ENABLED: u32 = 7;
const DATA_IN_THIS_FILE: u32 = 1;
/// Bytes of the head of `mdat`, and of one with a length of 64 bits.
const MDAT_HEAD_BYTES: u64 = 8;
const WIDE_MDAT_HEAD_BYTES: u64 = 16;

/// Bytes of each packet.
#[derive(Debug, Clone, Copy)]
pub enum PacketBytes<'a> {
    /// All alike.
    Constant {
        /// Of one packet.
        bytes: u32,
        /// How many.
        packets: u64,
    },
    /// One by one.
    Each(&'a [u32]),
}

impl PacketBytes<'_> {
    fn count(&self) -> u64 {
        match self {
            PacketBytes::Constant { packets, .. } => *packets,
            PacketBytes::Each(each) => each.len() as u64,
        }
    }

    fn sum(&self) -> u64 {
        match self {
            PacketBytes::Constant { bytes, packets } => u64::from(*bytes) * packets,
            PacketBytes::Each(each) => each.iter().map(|&n| u64::from(n)).sum(),
        }
    }

    fn longest(&self) -> u32 {
        match self {
            PacketBytes::Constant { bytes, .. } => *bytes,
            PacketBytes::Each(each) => each.iter().copied().max().unwrap_or(0),
        }
    }

    /// Bytes of each run of so many packets.
    fn runs(&self, packets: usize) -> Vec<u64> {
        match self {
            PacketBytes::Each(each) => {
                each.chunks(packets).map(|run| run.iter().map(|&n| u64::from(n)).sum()).collect()
            }
            PacketBytes::Constant { bytes, packets: count } => {
                let run = |from: u64| (count - from).min(packets as u64) * u64::from(*bytes);
                (0..*count).step_by(packets).map(run).collect()
            }
        }
    }
}

/// A track of packets that all last the same.
#[derive(Debug)]
pub struct Track<'a> {
    /// Name of the sample entry.
    pub codec: [u8; 4],
    /// The codec's own box within the sample entry.
    pub config: Vec<u8>,
    /// Frames per second.
    pub rate_hz: u32,
    /// Channels.
    pub channels: u8,
    /// Bits per sample.
    pub bits: u8,
    /// Frames of a packet.
    pub packet_frames: u32,
    /// Frames that a decoder gives before the music's first; 0 also says that the last packet holds nothing but music.
    pub priming_frames: u64,
    /// Frames of music.
    pub length_frames: u64,
    /// Bytes of the packets.
    pub packet_bytes: PacketBytes<'a>,
}

impl Track<'_> {
    /// Frames that a decoder gives, trimmed by nothing.
    fn media_frames(&self) -> u64 {
        match self.priming_frames {
            0 => self.length_frames,
            _ => self.packet_bytes.count() * u64::from(self.packet_frames),
        }
    }

    /// Packets of a chunk: about a second.
    fn chunk_packets(&self) -> u32 {
        (self.rate_hz / self.packet_frames.max(1)).max(1)
    }

    /// The encoder delay and padding as iTunes writes them, for a track that has any: four numbers that count, eight that
    /// never do.
    fn itunes_smoothing(&self) -> Option<String> {
        let padding = self.media_frames().checked_sub(self.priming_frames + self.length_frames)?;
        let text = format!(" 00000000 {:08X} {padding:08X} {:016X}", self.priming_frames, self.length_frames);
        (self.priming_frames > 0).then(|| text + &" 00000000".repeat(8))
    }
}

/// A box around a body.
pub fn plain_box(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut out = ((body.len() + 8) as u32).to_be_bytes().to_vec();
    out.extend(name);
    out.extend(body);
    out
}

/// A box with version and flags.
pub fn full_box(name: &[u8; 4], version: u8, flags: u32, body: &[u8]) -> Vec<u8> {
    let head = u32::from(version) << 24 | flags;
    plain_box(name, &[&head.to_be_bytes()[..], body].concat())
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_be_bytes()).collect()
}

/// Everything before the first packet.
pub fn head(track: &Track, tags: &Tags) -> Result<Vec<u8>> {
    if track.packet_bytes.count() > MAX_MP4_PACKETS {
        return Err(Error::Limit { name: "MAX_MP4_PACKETS", limit: MAX_MP4_PACKETS });
    }
    let short = assemble(track, tags, false)?;
    let file_bytes = short.len() as u64 + track.packet_bytes.sum();
    if file_bytes > u64::from(u32::MAX) { assemble(track, tags, true) } else { Ok(short) }
}

/// The same with offsets of 32 bits or, for a file that is longer than those can say, 64.
fn assemble(track: &Track, tags: &Tags, wide: bool) -> Result<Vec<u8>> {
    let ftyp = plain_box(b"ftyp", b"M4A \0\0\x02\0M4A mp42isom");
    let user_data = plain_box(b"udta", &ilst::meta(tags, track.itunes_smoothing().as_deref())?);
    let moov = |first_byte: u64| {
        let parts = [movie_header(track), track_box(track, first_byte, wide), user_data.clone()];
        plain_box(b"moov", &parts.concat())
    };
    let payload_bytes = track.packet_bytes.sum();
    let mdat = match wide {
        true => [&1u32.to_be_bytes()[..], b"mdat", &(payload_bytes + WIDE_MDAT_HEAD_BYTES).to_be_bytes()].concat(),
        false => [&((payload_bytes + MDAT_HEAD_BYTES) as u32).to_be_bytes()[..], b"mdat"].concat(),
    };
    // The index holds offsets in the file, whose head it is part of; its own length doesn't depend on their values.
    let head_bytes = ftyp.len() + moov(0).len() + mdat.len();
    Ok([ftyp, moov(head_bytes as u64), mdat].concat())
}

/// The box of MPEG-4 audio within its sample entry (ISO/IEC 14496-14 §6.7; descriptors of 14496-1 §7.2.6).
pub fn elementary_stream(track: &Track, audio_specific_config: &[u8]) -> Vec<u8> {
    let per_second = |bytes: u64, packets: u64| {
        let frames = (packets * u64::from(track.packet_frames)).max(1);
        (u128::from(bytes) * 8 * u128::from(track.rate_hz) / u128::from(frames)) as u32
    };
    let longest = track.packet_bytes.longest();
    // MPEG-4 audio, an audio stream; the decoder's buffer, the rate at most and on average.
    let mut decoder = vec![0x40, 0x15];
    decoder.extend(&longest.to_be_bytes()[1..]);
    decoder.extend(per_second(u64::from(longest), 1).to_be_bytes());
    decoder.extend(per_second(track.packet_bytes.sum(), track.packet_bytes.count()).to_be_bytes());
    decoder.extend(descriptor(5, audio_specific_config));
    // No id, no flags; the decoder; time stamps as MP4 has them.
    let stream = [vec![0, 0, 0], descriptor(4, &decoder), descriptor(6, &[2])].concat();
    full_box(b"esds", 0, 0, &descriptor(3, &stream))
}

/// A descriptor: tag, length of less than 128, body.
fn descriptor(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag, body.len() as u8], body].concat()
}

/// A header box that holds a duration: version 0 with 32 bits where they do, else version 1 with 64.
fn timed(name: &[u8; 4], flags: u32, before: &[u32], duration: u64, after: &[u8]) -> Vec<u8> {
    // Creation and modification time are left at 0: a file is a function of its music and tags.
    let (version, times, duration) = match u32::try_from(duration) {
        Ok(duration) => (0, vec![0; 8], duration.to_be_bytes().to_vec()),
        Err(_) => (1, vec![0; 16], duration.to_be_bytes().to_vec()),
    };
    full_box(name, version, flags, &[times, words(before), duration, after.to_vec()].concat())
}

fn matrix() -> Vec<u8> {
    words(&[ONE, 0, 0, 0, ONE, 0, 0, 0, 0x4000_0000])
}

fn movie_header(track: &Track) -> Vec<u8> {
    // Rate 1.0, volume 1.0, reserved, matrix, six reserved words, the next track's id.
    let after = [words(&[ONE, 0x0100_0000, 0, 0]), matrix(), words(&[0; 6]), words(&[TRACK_ID + 1])].concat();
    timed(b"mvhd", 0, &[track.rate_hz], track.length_frames, &after)
}

fn track_box(track: &Track, first_byte: u64, wide: bool) -> Vec<u8> {
    // Two reserved words, layer and group, volume 1.0, matrix, no picture.
    let after = [words(&[0, 0, 0, 0x0100_0000]), matrix(), words(&[0, 0])].concat();
    let header = timed(b"tkhd", TRACK_ENABLED, &[TRACK_ID, 0], track.length_frames, &after);
    plain_box(b"trak", &[header, edit_list(track), media(track, first_byte, wide)].concat())
}

/// One edit: the whole music, from its first frame to its last.
fn edit_list(track: &Track) -> Vec<u8> {
    let entry =
        [&track.length_frames.to_be_bytes()[..], &track.priming_frames.to_be_bytes(), &ONE.to_be_bytes()].concat();
    let list = full_box(b"elst", 1, 0, &[&1u32.to_be_bytes()[..], &entry].concat());
    plain_box(b"edts", &list)
}

fn media(track: &Track, first_byte: u64, wide: bool) -> Vec<u8> {
    let header = timed(b"mdhd", 0, &[track.rate_hz], track.media_frames(), &LANGUAGE.to_be_bytes());
    let handler = full_box(b"hdlr", 0, 0, b"\0\0\0\0soun\0\0\0\0\0\0\0\0\0\0\0\0SoundHandler\0");
    let here = full_box(b"url ", 0, DATA_IN_THIS_FILE, &[]);
    let references = full_box(b"dref", 0, 0, &[&1u32.to_be_bytes()[..], &here].concat());
    let table = sample_table(track, first_byte, wide);
    let parts = [full_box(b"smhd", 0, 0, &[0; 4]), plain_box(b"dinf", &references), table];
    plain_box(b"mdia", &[header, handler, plain_box(b"minf", &parts.concat())].concat())
}

fn sample_table(track: &Track, first_byte: u64, wide: bool) -> Vec<u8> {
    let descriptions = full_box(b"stsd", 0, 0, &[&1u32.to_be_bytes()[..], &sample_entry(track)].concat());
    let count = track.packet_bytes.count() as u32;
    let sizes = match track.packet_bytes {
        // Some players know no size that holds for all packets (faad opens no such file); it is kept for very long tracks.
        PacketBytes::Constant { bytes, .. } if count <= MAX_LISTED_PACKETS => {
            [words(&[0, count]), words(&vec![bytes; count as usize])].concat()
        }
        PacketBytes::Constant { bytes, .. } => words(&[bytes, count]),
        // FFmpeg takes a single packet of a single frame for a row of plain samples, and looks for their size here.
        PacketBytes::Each([only]) => words(&[*only, count]),
        PacketBytes::Each(each) => [words(&[0, count]), words(each)].concat(),
    };
    let mut parts = vec![
        descriptions,
        full_box(b"stts", 0, 0, &durations(track)),
        full_box(b"stsc", 0, 0, &chunk_runs(count, track.chunk_packets())),
        full_box(b"stsz", 0, 0, &sizes),
        full_box(if wide { b"co64" } else { b"stco" }, 0, 0, &chunk_offsets(track, first_byte, wide)),
    ];
    if track.priming_frames > 0 {
        parts.extend(roll_group(count));
    }
    plain_box(b"stbl", &parts.concat())
}

/// Every packet needs the one before it to be right (14496-12 §10.1, "roll"): distance −1.
fn roll_group(count: u32) -> [Vec<u8>; 2] {
    let distance = (-1i16).to_be_bytes();
    let description = [b"roll".to_vec(), words(&[2, 1]), distance.to_vec()].concat();
    let members = [b"roll".to_vec(), words(&[1, count, 1])].concat();
    [full_box(b"sgpd", 1, 0, &description), full_box(b"sbgp", 0, 0, &members)]
}

fn sample_entry(track: &Track) -> Vec<u8> {
    // The rate's field has 16 bits; a rate beyond stands in the codec's own box only.
    let rate = if track.rate_hz <= 0xFFFF { track.rate_hz << 16 } else { 0 };
    let mut body = vec![0, 0, 0, 0, 0, 0, 0, 1];
    body.extend([0; 8]);
    body.extend(u16::from(track.channels).to_be_bytes());
    body.extend(u16::from(track.bits).to_be_bytes());
    body.extend([0; 4]);
    body.extend(rate.to_be_bytes());
    body.extend(&track.config);
    plain_box(&track.codec, &body)
}

/// All packets last the same; without priming, the last only what is left.
fn durations(track: &Track) -> Vec<u8> {
    let count = track.packet_bytes.count() as u32;
    let before_last = u64::from(count.saturating_sub(1)) * u64::from(track.packet_frames);
    let last = track.media_frames().saturating_sub(before_last) as u32;
    if count > 1 && last != track.packet_frames {
        words(&[2, count - 1, track.packet_frames, 1, last])
    } else {
        words(&[1, count, last])
    }
}

fn chunk_runs(count: u32, per_chunk: u32) -> Vec<u8> {
    let (full, rest) = (count / per_chunk, count % per_chunk);
    match (full, rest) {
        (0, rest) => words(&[1, 1, rest, 1]),
        (_, 0) => words(&[1, 1, per_chunk, 1]),
        (full, rest) => words(&[2, 1, per_chunk, 1, full + 1, rest, 1]),
    }
}

fn chunk_offsets(track: &Track, first_byte: u64, wide: bool) -> Vec<u8> {
    let chunks = track.packet_bytes.runs(track.chunk_packets() as usize);
    let mut out = (chunks.len() as u32).to_be_bytes().to_vec();
    let mut at = first_byte;
    for bytes in chunks {
        if wide {
            out.extend(at.to_be_bytes())
        } else {
            out.extend((at as u32).to_be_bytes())
        }
        at += bytes;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload_of(packet_bytes: PacketBytes, wide: bool) -> u64 {
        let track = Track {
            codec: *b"mp4a",
            config: Vec::new(),
            rate_hz: 44_100,
            channels: 2,
            bits: 16,
            packet_frames: 1_024,
            priming_frames: 2_624,
            length_frames: 100_000,
            packet_bytes,
        };
        let mut file = assemble(&track, &Tags::default(), wide).expect("a head");
        file.resize(file.len() + packet_bytes.sum() as usize, 7);
        crate::payload::payload(&mut std::io::Cursor::new(file)).expect("a payload").bytes
    }

    #[test]
    fn every_packet_is_found_by_offsets_of_32_and_of_64_bits() {
        let each: Vec<u32> = (0..101).map(|n| 300 + n).collect();
        for wide in [false, true] {
            assert_eq!(payload_of(PacketBytes::Each(&each), wide), each.iter().sum::<u32>().into());
            assert_eq!(payload_of(PacketBytes::Constant { bytes: 371, packets: 101 }, wide), 371 * 101);
        }
    }
}
