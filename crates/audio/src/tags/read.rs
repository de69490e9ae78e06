//! Reading tags from a master by Picard's mapping: which tag of the file counts, which key holds what, and the limits.
//! How a single value is understood lives in `values`, artists in `credits`, pictures in `cover`.

use std::io::{self, Read, Seek, SeekFrom};

use lofty::ape::ApeFile;
use lofty::config::{GlobalOptions, ParseOptions, ParsingMode, apply_global_options};
use lofty::error::{AllocationError, FileParseError};
use lofty::file::{AudioFile, FileType, TaggedFile, TaggedFileExt};
use lofty::picture::Picture;
use lofty::probe::Probe;
use lofty::tag::{ItemKey, Tag, TagType};
use lofty::wavpack::WavPackFile;

use super::cover::{self, MAX_PICTURE_BYTES};
use super::{ReplayGain, Tags, credits, values};
use crate::chunks::{ByteOrder, chunks};
use crate::guard::guarded;
use crate::input::Reader;
use crate::ogg_flac;
use crate::sniff::{Form, Found, find_master};
use crate::{Error, Result};

/// Longest value of a field.
pub const MAX_TAG_TEXT_BYTES: usize = 65_536;
/// Most values of a field.
pub const MAX_TAG_VALUES: usize = 256;
/// Most bytes that are read from a file for its tags, all pictures with them.
pub const MAX_TAG_BYTES: u64 = 64_000_000;
/// Bytes of an ID3v1 tag and of the footer of an APEv2 tag.
const BEHIND_ID3_BYTES: usize = 128 + 32;
/// Chunks of a WAV that hold tags.
const TAG_CHUNKS: [[u8; 4]; 3] = [*b"LIST", *b"id3 ", *b"ID3 "];
/// Bytes of a RIFF that its length does not count.
const RIFF_BEFORE_LENGTH_BYTES: usize = 8;
/// Bytes of an ID3v1 tag, at the end of a file.
const ID3V1_BYTES: u64 = 128;
/// Opens header and footer of an APEv2 tag, and how much of it stands before its `TAG`.
const APE_MAGIC: [u8; 8] = *b"APETAGEX";
const APE_BEFORE_TAG_BYTES: u64 = 3;

/// Tags and what was wrong with some.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadTags {
    /// Everything that could be used.
    pub tags: Tags,
    /// A sentence for everything that could not.
    pub warnings: Vec<String>,
}

/// Reads the tags of a FLAC, also in Ogg (Vorbis comments), WAV (ID3v2, RIFF INFO), AIFF (ID3v2, text chunks) MP4 (ilst), WavPack,
/// Monkey's Audio or True Audio (APEv2, ID3v2) file.
///
/// Errors: `Limit` for a huge tag, `Malformed` for tags that cannot be parsed, and for files that are no masters those of
/// [`crate::master::open`].
/// A value that makes no sense is left out and named in the warnings.
pub fn read(reader: Reader) -> Result<ReadTags> {
    let mut metered = Metered { inner: reader, left_bytes: MAX_TAG_BYTES, over: false, at: 0, hidden: None };
    let mut found = find_master(&mut metered)?;
    if found.form == Form::OggFlac {
        (metered.inner, found.file_bytes) = ogg_flac::native(metered.inner, found.file_bytes)?;
    }
    let parsed = guarded("the tag", || parse(&mut metered, &found));
    if metered.over {
        return Err(Error::Limit { name: "MAX_TAG_BYTES", limit: MAX_TAG_BYTES });
    }
    Fields { tags: parsed?, warnings: Vec::new() }.into_tags()
}

/// The file's tags, the one that counts most first.
fn parse(reader: &mut Metered, found: &Found) -> Result<Vec<Tag>> {
    let mut limits = GlobalOptions::new();
    limits.use_custom_resolvers(false).allocation_limit(MAX_PICTURE_BYTES).preserve_format_specific_items(false);
    apply_global_options(limits);
    let (file_type, order): (_, &[TagType]) = match found.form {
        Form::Flac | Form::OggFlac => (FileType::Flac, &[TagType::VorbisComments, TagType::Id3v2]),
        Form::Wav => (FileType::Wav, &[TagType::Id3v2, TagType::RiffInfo]),
        Form::Aiff => (FileType::Aiff, &[TagType::Id3v2, TagType::AiffText]),
        Form::Mp4 => (FileType::Mp4, &[TagType::Mp4Ilst]),
        Form::WavPack => (FileType::WavPack, &[TagType::Ape, TagType::Id3v1]),
        // Behind the audio tags stand as WavPack's do; one before it is read by itself.
        Form::TrueAudio => (FileType::WavPack, &[TagType::Ape, TagType::Id3v2, TagType::Id3v1]),
        Form::MonkeysAudio => (FileType::Ape, &[TagType::Ape, TagType::Id3v2, TagType::Id3v1]),
    };
    let mut files = Vec::new();
    if found.form == Form::TrueAudio && found.start > 0 {
        files.push(probed(leading_id3v2(reader, found.start)?, FileType::Mpeg)?);
    }
    reader.hide_false_id3v1(found.file_bytes)?;
    reader.seek(SeekFrom::Start(0))?;
    match found.form {
        Form::Wav if is_long(reader, found.start)? => files.push(probed(short_riff(reader, found)?, file_type)?),
        _ => files.push(probed(reader, file_type)?),
    }
    Ok(order.iter().filter_map(|tag_type| files.iter_mut().find_map(|file| file.remove(*tag_type))).collect())
}

/// Whether it is RF64 or BW64 (EBU Tech 3306), whose lengths the library does not know.
fn is_long(reader: &mut Metered, start: u64) -> Result<bool> {
    let mut magic = [0; 4];
    reader.seek(SeekFrom::Start(start))?;
    reader.read_exact(&mut magic)?;
    reader.seek(SeekFrom::Start(0))?;
    Ok(magic != *b"RIFF")
}

/// A RIFF of nothing but the chunks of a long one that hold tags.
fn short_riff(reader: &mut Metered, found: &Found) -> Result<io::Cursor<Vec<u8>>> {
    let mut riff = b"RIFF\0\0\0\0WAVE".to_vec();
    for chunk in chunks(reader, found.start, found.file_bytes, ByteOrder::Little)? {
        if !TAG_CHUNKS.contains(&chunk.id) {
            continue;
        }
        reader.seek(SeekFrom::Start(chunk.body_offset))?;
        let mut body = Vec::new();
        reader.by_ref().take(chunk.stated_bytes.into()).read_to_end(&mut body)?;
        riff.extend(chunk.id);
        riff.extend((body.len() as u32).to_le_bytes());
        riff.extend(&body);
        riff.extend(std::iter::repeat_n(0, body.len() & 1));
    }
    let bytes = (riff.len() - RIFF_BEFORE_LENGTH_BYTES) as u32;
    riff[4..RIFF_BEFORE_LENGTH_BYTES].copy_from_slice(&bytes.to_le_bytes());
    Ok(io::Cursor::new(riff))
}

fn probed(reader: impl Read + Seek, file_type: FileType) -> Result<TaggedFile> {
    // One field that makes no sense is no reason to refuse a file.
    let options = ParseOptions::new().read_properties(false).parsing_mode(ParsingMode::Relaxed);
    let mut reader = io::BufReader::new(reader);
    match file_type {
        FileType::WavPack => {
            let file = WavPackFile::read_from(&mut reader, options).map_err(refusal)?;
            let pictures = file.ape().map(cover::of_ape);
            Ok(with_pictures(file.into(), pictures))
        }
        FileType::Ape => {
            let file = ApeFile::read_from(&mut reader, options).map_err(refusal)?;
            let pictures = file.ape().map(cover::of_ape);
            Ok(with_pictures(file.into(), pictures))
        }
        other => Probe::with_file_type(reader, other).options(options).read().map_err(refusal),
    }
}

/// The file with the pictures of its APEv2 tag, which get lost when lofty makes it a tag like all others.
fn with_pictures(mut file: TaggedFile, pictures: Option<Vec<Picture>>) -> TaggedFile {
    if let Some(tag) = file.tag_mut(TagType::Ape) {
        pictures.into_iter().flatten().for_each(|picture| tag.push_picture(picture));
    }
    file
}

/// An ID3v2 tag of so many bytes before the audio, as the whole of a file: a reader that went on behind it, looking for
/// frames of MP3, would read everything.
fn leading_id3v2(reader: &mut Metered, tag_bytes: u64) -> Result<io::Cursor<Vec<u8>>> {
    let mut tag = Vec::new();
    reader.seek(SeekFrom::Start(0))?;
    reader.take(tag_bytes).read_to_end(&mut tag)?;
    // Room for the other tags that are looked for at the end of a file.
    tag.extend([0; BEHIND_ID3_BYTES]);
    Ok(io::Cursor::new(tag))
}

/// This crate's error for one of lofty's; a limit of its memory hides somewhere among the causes.
fn refusal(error: FileParseError) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = cause {
        if let Some(AllocationError::LimitExceeded) = inner.downcast_ref() {
            return Error::Limit { name: "MAX_PICTURE_BYTES", limit: MAX_PICTURE_BYTES as u64 };
        }
        cause = inner.source();
    }
    Error::Malformed(format!("its tags cannot be parsed: {error}"))
}

/// The tags of one file, while they are turned into ours.
struct Fields {
    tags: Vec<Tag>,
    warnings: Vec<String>,
}

impl Fields {
    fn into_tags(mut self) -> Result<ReadTags> {
        let artists = self.credits(ARTIST_KEYS)?;
        let album_artists = self.credits(ALBUM_ARTIST_KEYS)?;
        let (track_number, track_total) = self.position(ItemKey::TrackNumber, ItemKey::TrackTotal)?;
        let (disc_number, disc_total) = self.position(ItemKey::DiscNumber, ItemKey::DiscTotal)?;
        let tags = Tags {
            title: self.text(&[ItemKey::TrackTitle])?,
            artists,
            album: self.text(&[ItemKey::AlbumTitle])?,
            album_artists,
            track_number,
            track_total,
            disc_number,
            disc_total,
            disc_subtitle: self.text(&[ItemKey::SetSubtitle])?,
            date: self.date(&[ItemKey::RecordingDate, ItemKey::ReleaseDate, ItemKey::Year])?,
            original_date: self.date(&[ItemKey::OriginalReleaseDate])?,
            genres: self.texts(ItemKey::Genre)?,
            composers: self.texts(ItemKey::Composer)?,
            conductors: self.texts(ItemKey::Conductor)?,
            label: self.text(&[ItemKey::Label, ItemKey::Publisher])?,
            catalog_number: self.text(&[ItemKey::CatalogNumber])?,
            isrc: self.checked(ItemKey::Isrc, "ISRC", values::isrc)?,
            barcode: self.checked(ItemKey::Barcode, "barcode", values::barcode)?,
            copyright: self.text(&[ItemKey::CopyrightMessage])?,
            language: self.checked(ItemKey::Language, "language", values::language)?,
            mb_recording_id: self.checked(ItemKey::MusicBrainzRecordingId, "MusicBrainz recording id", values::uuid)?,
            mb_track_id: self.checked(ItemKey::MusicBrainzTrackId, "MusicBrainz track id", values::uuid)?,
            mb_release_id: self.checked(ItemKey::MusicBrainzReleaseId, "MusicBrainz release id", values::uuid)?,
            mb_release_group_id: self.checked(
                ItemKey::MusicBrainzReleaseGroupId,
                "MusicBrainz release group id",
                values::uuid,
            )?,
            picture: cover::front(&mut self.tags, &mut self.warnings)?,
            replay_gain: self.replay_gain()?,
        };
        Ok(ReadTags { tags, warnings: self.warnings })
    }

    /// All values of `key` in the first tag that has any, cleaned, without empty ones.
    fn texts(&self, key: ItemKey) -> Result<Vec<String>> {
        for tag in &self.tags {
            let mut texts = Vec::new();
            for raw in tag.get_strings(key) {
                if raw.len() > MAX_TAG_TEXT_BYTES {
                    return Err(Error::Limit { name: "MAX_TAG_TEXT_BYTES", limit: MAX_TAG_TEXT_BYTES as u64 });
                }
                if texts.len() == MAX_TAG_VALUES {
                    return Err(Error::Limit { name: "MAX_TAG_VALUES", limit: MAX_TAG_VALUES as u64 });
                }
                texts.push(values::clean(raw));
            }
            texts.retain(|text| !text.is_empty());
            if !texts.is_empty() {
                return Ok(texts);
            }
        }
        Ok(Vec::new())
    }

    /// The values of the first of `keys` that has any, as one text.
    fn text(&self, keys: &[ItemKey]) -> Result<Option<String>> {
        for key in keys {
            let texts = self.texts(*key)?;
            if !texts.is_empty() {
                return Ok(Some(texts.join("; ")));
            }
        }
        Ok(None)
    }

    /// The first value that `check` accepts; a warning where there are values but none is right.
    fn checked(&mut self, key: ItemKey, what: &str, check: fn(&str) -> Option<String>) -> Result<Option<String>> {
        let texts = self.texts(key)?;
        let good = texts.iter().find_map(|text| check(text));
        if let (None, Some(bad)) = (&good, texts.first()) {
            self.warnings.push(format!("the {what} `{bad}` is not valid and was left out"));
        }
        Ok(good)
    }

    fn date(&mut self, keys: &[ItemKey]) -> Result<Option<String>> {
        for key in keys {
            let texts = self.texts(*key)?;
            // The longest: a tag may hold the year and the whole date under one key.
            if let Some(date) = texts.iter().filter_map(|text| values::date(text)).max_by_key(String::len) {
                return Ok(Some(date));
            }
            if let Some(bad) = texts.first() {
                self.warnings.push(format!("the date `{bad}` is not valid and was left out"));
            }
        }
        Ok(None)
    }

    /// A number and its total, which may stand together as `3/12`. Zero means absent.
    fn position(&mut self, number_key: ItemKey, total_key: ItemKey) -> Result<(Option<u32>, Option<u32>)> {
        let (mut number, mut total) = (None, None);
        if let Some(text) = self.texts(number_key)?.first() {
            let (first, second) = text.split_once('/').unwrap_or((text, ""));
            (number, total) = (values::number(first), values::number(second));
            if number.is_none() {
                self.warnings.push(format!("the number `{text}` is not valid and was left out"));
            }
        }
        if let Some(text) = self.texts(total_key)?.first() {
            total = values::number(text).or(total);
        }
        Ok((number.filter(|n| *n > 0), total.filter(|n| *n > 0)))
    }

    fn credits(&mut self, keys: [ItemKey; 4]) -> Result<Vec<super::Credit>> {
        let [names, credited, sorts, mbids] = keys;
        let mbids = self.texts(mbids)?.iter().flat_map(|text| values::uuids(text)).collect();
        let raw = credits::Raw {
            names: self.texts(names)?,
            credited: self.texts(credited)?,
            sorts: self.texts(sorts)?,
            mbids,
        };
        Ok(raw.into_credits(&mut self.warnings))
    }

    fn replay_gain(&mut self) -> Result<ReplayGain> {
        let mut number = |key, what: &str, parse: fn(&str) -> Option<i64>| -> Result<Option<i64>> {
            let Some(text) = self.text(&[key])? else { return Ok(None) };
            let parsed = parse(&text);
            if parsed.is_none() {
                self.warnings.push(format!("the ReplayGain {what} `{text}` is not valid and was left out"));
            }
            Ok(parsed)
        };
        let gain = |value: Option<i64>| value.and_then(|cdb| i32::try_from(cdb).ok());
        Ok(ReplayGain {
            track_gain_cdb: gain(number(ItemKey::ReplayGainTrackGain, "track gain", values::gain_cdb)?),
            track_peak_millionths: number(ItemKey::ReplayGainTrackPeak, "track peak", values::peak_millionths)?,
            album_gain_cdb: gain(number(ItemKey::ReplayGainAlbumGain, "album gain", values::gain_cdb)?),
            album_peak_millionths: number(ItemKey::ReplayGainAlbumPeak, "album peak", values::peak_millionths)?,
        })
    }
}

/// Names one by one, the whole credit, sort names, MusicBrainz ids.
const ARTIST_KEYS: [ItemKey; 4] =
    [ItemKey::TrackArtists, ItemKey::TrackArtist, ItemKey::TrackArtistSortOrder, ItemKey::MusicBrainzArtistId];
const ALBUM_ARTIST_KEYS: [ItemKey; 4] =
    [ItemKey::AlbumArtists, ItemKey::AlbumArtist, ItemKey::AlbumArtistSortOrder, ItemKey::MusicBrainzReleaseArtistId];

/// A reader that stops after so many bytes, so that no tag, however it lies about its size, is read without end.
struct Metered {
    inner: Reader,
    left_bytes: u64,
    over: bool,
    at: u64,
    /// A byte that is read as zero.
    hidden: Option<u64>,
}

impl Metered {
    /// `TAG` at the place of an ID3v1 tag may be the middle of `APETAGEX`: the header of an APEv2 tag of 131 bytes. Nobody
    /// needs to read that header, the same stands in the footer.
    fn hide_false_id3v1(&mut self, file_bytes: u64) -> Result<()> {
        let Some(at) = file_bytes.checked_sub(ID3V1_BYTES) else { return Ok(()) };
        let Some(header_at) = at.checked_sub(APE_BEFORE_TAG_BYTES) else { return Ok(()) };
        let mut magic = [0; APE_MAGIC.len()];
        self.seek(SeekFrom::Start(header_at))?;
        self.read_exact(&mut magic)?;
        self.hidden = (magic == APE_MAGIC).then_some(at);
        Ok(())
    }
}

impl Read for Metered {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left_bytes == 0 {
            self.over = true;
            return Err(io::Error::other("too many bytes of tags"));
        }
        let wanted = self.left_bytes.min(out.len() as u64) as usize;
        let read = self.inner.read(&mut out[..wanted])?;
        self.left_bytes -= read as u64;
        let hidden = self.hidden.and_then(|hidden| hidden.checked_sub(self.at));
        if let Some(byte) = hidden.and_then(|ahead| out[..read].get_mut(ahead as usize)) {
            *byte = 0;
        }
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Metered {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.inner.seek(to)?;
        Ok(self.at)
    }
}
