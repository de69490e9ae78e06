//! Tags as objects of an ASF header ("Advanced Systems Format Specification", 3.10, 3.11, 4.8); attribute names follow
//! Picard's mapping. Where the objects stand is the container's business.

use super::{check_limits, credit_ids, credit_sort, credit_text, of_total, replay_gain_texts};
use crate::tags::{Picture, Tags};
use crate::{Error, Result};

/// Bytes of one text in UTF-16, with its end.
pub const MAX_ASF_TEXT_BYTES: usize = u16::MAX as usize;

/// GUIDs as they stand in a file.
const CONTENT: [u8; 16] = [0x33, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, 0xA6, 0xD9, 0, 0xAA, 0, 0x62, 0xCE, 0x6C];
const EXTENDED: [u8; 16] = [0x40, 0xA4, 0xD0, 0xD2, 7, 0xE3, 0xD2, 0x11, 0x97, 0xF0, 0, 0xA0, 0xC9, 0x5E, 0xA8, 0x50];
const LIBRARY: [u8; 16] =
    [0x94, 0x1C, 0x23, 0x44, 0x98, 0x94, 0xD1, 0x49, 0xA1, 0x41, 0x1D, 0x13, 0x4E, 0x45, 0x70, 0x54];
/// Data types of attributes.
const TYPE_TEXT: u16 = 0;
const TYPE_BYTES: u16 = 1;
/// ID3v2's number of a front cover, which ASF shares.
const FRONT_COVER: u8 = 3;

/// The objects that tags become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objects {
    /// For the header object itself.
    pub in_header: Vec<u8>,
    /// How many objects `in_header` holds.
    pub in_header_count: u32,
    /// For the header extension object.
    pub in_extension: Vec<u8>,
}

/// An object: GUID, size with these 24 bytes, body.
pub(crate) fn object(guid: &[u8; 16], body: &[u8]) -> Vec<u8> {
    [&guid[..], &(body.len() as u64 + 24).to_le_bytes(), body].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.replace('\0', " ").encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// All tags as objects, the same for the same tags.
///
/// Errors: `Limit` for tags that no container here takes.
pub fn objects(tags: &Tags) -> Result<Objects> {
    let attributes = attributes(tags);
    let texts = attributes.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    let content =
        [tags.title.clone(), credit_text(&tags.artists), tags.copyright.clone()].map(Option::unwrap_or_default);
    check_limits(tags, texts + content.iter().map(String::len).sum::<usize>())?;
    let values: Vec<Vec<u8>> = attributes.iter().map(|(_, value)| utf16(value)).collect();
    let content = content.map(|text| if text.is_empty() { Vec::new() } else { utf16(&text) });
    if values.iter().chain(&content).any(|text| text.len() > MAX_ASF_TEXT_BYTES) {
        return Err(Error::Limit { name: "MAX_ASF_TEXT_BYTES", limit: MAX_ASF_TEXT_BYTES as u64 });
    }
    let mut extended = (attributes.len() as u16).to_le_bytes().to_vec();
    for ((name, _), value) in attributes.iter().zip(&values) {
        let name = utf16(name);
        extended.extend((name.len() as u16).to_le_bytes());
        extended.extend(name);
        extended.extend(TYPE_TEXT.to_le_bytes());
        extended.extend((value.len() as u16).to_le_bytes());
        extended.extend(value);
    }
    let in_extension = tags.picture.as_ref().map(|p| object(&LIBRARY, &library(p))).unwrap_or_default();
    let in_header = [object(&CONTENT, &content_body(&content)), object(&EXTENDED, &extended)].concat();
    Ok(Objects { in_header, in_header_count: 2, in_extension })
}

/// Title, author, copyright, description, rating: five lengths, then five texts.
fn content_body([title, author, copyright]: &[Vec<u8>; 3]) -> Vec<u8> {
    let texts: [&[u8]; 5] = [title, author, copyright, &[], &[]];
    let lengths = texts.iter().flat_map(|t| (t.len() as u16).to_le_bytes());
    lengths.chain(texts.concat()).collect()
}

/// One attribute of 32-bit length: the picture.
fn library(picture: &Picture) -> Vec<u8> {
    let name = utf16("WM/Picture");
    let mut value = vec![FRONT_COVER];
    value.extend((picture.data.len() as u32).to_le_bytes());
    value.extend(utf16(&picture.mime));
    value.extend(utf16(""));
    value.extend(&picture.data);
    // One record; language and stream 0 stand for all.
    let mut body = 1u16.to_le_bytes().to_vec();
    body.extend([0; 4]);
    body.extend((name.len() as u16).to_le_bytes());
    body.extend(TYPE_BYTES.to_le_bytes());
    body.extend((value.len() as u32).to_le_bytes());
    body.extend(name);
    body.extend(value);
    body
}

fn attributes(tags: &Tags) -> Vec<(&'static str, String)> {
    let mut list: Vec<(&'static str, String)> = Vec::new();
    let mut add = |name, values: &mut dyn Iterator<Item = String>| {
        list.extend(values.filter(|v| !v.is_empty()).map(|value| (name, value)));
    };
    let several = if tags.artists.len() > 1 { &tags.artists[..] } else { &[] };
    add("WM/ARTISTS", &mut several.iter().map(|c| c.name.clone()));
    add("WM/Genre", &mut tags.genres.iter().cloned());
    add("WM/Composer", &mut tags.composers.iter().cloned());
    add("WM/Conductor", &mut tags.conductors.iter().cloned());
    add("MusicBrainz/Artist Id", &mut credit_ids(&tags.artists));
    add("MusicBrainz/Album Artist Id", &mut credit_ids(&tags.album_artists));
    for (name, value) in [
        ("WM/ArtistSortOrder", credit_sort(&tags.artists)),
        ("WM/AlbumTitle", tags.album.clone()),
        ("WM/AlbumArtist", credit_text(&tags.album_artists)),
        ("WM/AlbumArtistSortOrder", credit_sort(&tags.album_artists)),
        ("WM/TrackNumber", of_total(tags.track_number, tags.track_total)),
        ("WM/PartOfSet", of_total(tags.disc_number, tags.disc_total)),
        ("WM/SetSubTitle", tags.disc_subtitle.clone()),
        ("WM/Year", tags.date.clone()),
        ("WM/OriginalReleaseTime", tags.original_date.clone()),
        ("WM/Publisher", tags.label.clone()),
        ("WM/Language", tags.language.clone()),
        ("WM/CatalogNo", tags.catalog_number.clone()),
        ("WM/ISRC", tags.isrc.clone()),
        ("WM/Barcode", tags.barcode.clone()),
        ("MusicBrainz/Track Id", tags.mb_recording_id.clone()),
        ("MusicBrainz/Release Track Id", tags.mb_track_id.clone()),
        ("MusicBrainz/Album Id", tags.mb_release_id.clone()),
        ("MusicBrainz/Release Group Id", tags.mb_release_group_id.clone()),
    ] {
        add(name, &mut value.into_iter());
    }
    list.extend(replay_gain_texts(tags));
    list
}
