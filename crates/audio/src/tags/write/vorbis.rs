//! Vorbis comments (xiph.org, "Ogg Vorbis I format specification: comment field and header specification") and FLAC's
//! picture block (RFC 9639 §8.8); field names follow Picard's mapping.

use super::{check_limits, credit_ids, credit_sort, credit_text, replay_gain_texts};
use crate::Result;
use crate::tags::{Picture, Tags};

/// Picture type: front cover.
const FRONT_COVER: u32 = 3;
/// Bits per pixel that are announced: pictures here are 24-bit.
const PICTURE_DEPTH: u32 = 24;

/// How loudness is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gain {
    /// `REPLAYGAIN_*`, reference −18 LUFS.
    ReplayGain,
    /// `R128_*` in Q7.8 dB, reference −23 LUFS (RFC 7845 §5.2.1).
    R128,
}

/// The comment block: vendor, count, fields; without framing bit and without picture.
pub fn comment(tags: &Tags, vendor: &str, gain: Gain) -> Result<Vec<u8>> {
    block(tags, vendor, fields(tags, gain))
}

/// The same with the picture as a METADATA_BLOCK_PICTURE field, as Ogg streams carry it.
pub fn comment_with_picture(tags: &Tags, vendor: &str, gain: Gain) -> Result<Vec<u8>> {
    let mut fields = fields(tags, gain);
    check_limits(tags, fields.iter().map(|(n, v)| n.len() + v.len()).sum())?;
    if let Some(p) = &tags.picture {
        fields.push(("METADATA_BLOCK_PICTURE", base64(&picture(p))));
    }
    Ok(encode(vendor, &fields))
}

fn block(tags: &Tags, vendor: &str, fields: Vec<(&'static str, String)>) -> Result<Vec<u8>> {
    check_limits(tags, fields.iter().map(|(n, v)| n.len() + v.len()).sum())?;
    Ok(encode(vendor, &fields))
}

fn encode(vendor: &str, fields: &[(&'static str, String)]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend((vendor.len() as u32).to_le_bytes());
    out.extend(vendor.as_bytes());
    out.extend((fields.len() as u32).to_le_bytes());
    for (name, value) in fields {
        out.extend(((name.len() + 1 + value.len()) as u32).to_le_bytes());
        out.extend(name.as_bytes());
        out.push(b'=');
        out.extend(value.as_bytes());
    }
    out
}

fn fields(tags: &Tags, gain: Gain) -> Vec<(&'static str, String)> {
    let number = |n: Option<u32>| n.map(|n| n.to_string());
    let one = [
        ("TITLE", tags.title.clone()),
        ("ARTIST", credit_text(&tags.artists)),
        ("ARTISTSORT", credit_sort(&tags.artists)),
        ("ALBUM", tags.album.clone()),
        ("ALBUMARTIST", credit_text(&tags.album_artists)),
        ("ALBUMARTISTSORT", credit_sort(&tags.album_artists)),
        ("TRACKNUMBER", number(tags.track_number)),
        ("TRACKTOTAL", number(tags.track_total)),
        ("TOTALTRACKS", number(tags.track_total)),
        ("DISCNUMBER", number(tags.disc_number)),
        ("DISCTOTAL", number(tags.disc_total)),
        ("TOTALDISCS", number(tags.disc_total)),
        ("DISCSUBTITLE", tags.disc_subtitle.clone()),
        ("DATE", tags.date.clone()),
        ("ORIGINALDATE", tags.original_date.clone()),
        ("LABEL", tags.label.clone()),
        ("CATALOGNUMBER", tags.catalog_number.clone()),
        ("ISRC", tags.isrc.clone()),
        ("BARCODE", tags.barcode.clone()),
        ("COPYRIGHT", tags.copyright.clone()),
        ("LANGUAGE", tags.language.clone()),
        ("MUSICBRAINZ_TRACKID", tags.mb_recording_id.clone()),
        ("MUSICBRAINZ_RELEASETRACKID", tags.mb_track_id.clone()),
        ("MUSICBRAINZ_ALBUMID", tags.mb_release_id.clone()),
        ("MUSICBRAINZ_RELEASEGROUPID", tags.mb_release_group_id.clone()),
    ];
    let mut fields: Vec<_> = one.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    if tags.artists.len() > 1 {
        fields.extend(tags.artists.iter().map(|c| ("ARTISTS", c.name.clone())));
    }
    fields.extend(tags.genres.iter().map(|g| ("GENRE", g.clone())));
    fields.extend(tags.composers.iter().map(|c| ("COMPOSER", c.clone())));
    fields.extend(tags.conductors.iter().map(|c| ("CONDUCTOR", c.clone())));
    fields.extend(credit_ids(&tags.artists).map(|id| ("MUSICBRAINZ_ARTISTID", id)));
    fields.extend(credit_ids(&tags.album_artists).map(|id| ("MUSICBRAINZ_ALBUMARTISTID", id)));
    fields.extend(gain_fields(tags, gain));
    fields.retain(|(_, value)| !value.is_empty());
    fields
}

fn gain_fields(tags: &Tags, gain: Gain) -> Vec<(&'static str, String)> {
    if gain == Gain::R128 {
        let fields = [
            ("R128_TRACK_GAIN", tags.replay_gain.track_gain_cdb),
            ("R128_ALBUM_GAIN", tags.replay_gain.album_gain_cdb),
        ];
        return fields.into_iter().filter_map(|(name, cdb)| Some((name, r128_text(cdb?)))).collect();
    }
    let upper = |name: &str| match name {
        "replaygain_track_gain" => "REPLAYGAIN_TRACK_GAIN",
        "replaygain_track_peak" => "REPLAYGAIN_TRACK_PEAK",
        "replaygain_album_gain" => "REPLAYGAIN_ALBUM_GAIN",
        _ => "REPLAYGAIN_ALBUM_PEAK",
    };
    replay_gain_texts(tags).into_iter().map(|(name, text)| (upper(name), text)).collect()
}

/// ReplayGain's −18 LUFS is 5 dB louder than R128's −23 LUFS; Q7.8 of the difference, rounded half away from zero.
fn r128_text(gain_cdb: i32) -> String {
    let scaled = i64::from(gain_cdb - 500) * 256;
    let rounded = (scaled.abs() + 50) / 100 * scaled.signum();
    rounded.clamp(i64::from(i16::MIN), i64::from(i16::MAX)).to_string()
}

/// The body of a FLAC picture block.
pub fn picture(picture: &Picture) -> Vec<u8> {
    let mut out = Vec::with_capacity(picture.data.len() + 64);
    out.extend(FRONT_COVER.to_be_bytes());
    out.extend((picture.mime.len() as u32).to_be_bytes());
    out.extend(picture.mime.as_bytes());
    // No description.
    out.extend(0u32.to_be_bytes());
    out.extend(picture.width.to_be_bytes());
    out.extend(picture.height.to_be_bytes());
    out.extend(PICTURE_DEPTH.to_be_bytes());
    // Not an indexed-colour picture.
    out.extend(0u32.to_be_bytes());
    out.extend((picture.data.len() as u32).to_be_bytes());
    out.extend(&picture.data);
    out
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648 §4, with padding.
fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let n = group.iter().fold(0u32, |n, &b| n << 8 | u32::from(b)) << (8 * (3 - group.len()));
        for i in 0..4 {
            let digit = BASE64[(n >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= group.len() { digit as char } else { '=' });
        }
    }
    out
}
