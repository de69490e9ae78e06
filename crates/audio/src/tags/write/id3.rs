//! ID3v2.4 tags (id3.org, "ID3 tag version 2.4.0"); frame names follow Picard's mapping. Readers that learnt ID3v2.3 find
//! what they know: dates also in its frames, plain ASCII in its encoding; other text is UTF-8.

use super::{check_limits, credit_ids, credit_sort, credit_text, of_total, replay_gain_texts};
use crate::Result;
use crate::tags::{Picture, Tags};

/// Text encoding bytes (§4): ISO-8859-1, of which only ASCII is used, and UTF-8.
const ASCII: u8 = 0;
const UTF8: u8 = 3;
/// Picture type: front cover.
const FRONT_COVER: u8 = 3;

/// The whole tag, header included, without padding.
pub fn tag(tags: &Tags) -> Result<Vec<u8>> {
    Ok(whole(frames_of(tags)?))
}

/// The same with a byte of padding (§3.3) where its length would be odd: not every reader of IFF files steps over the byte that
/// makes a chunk even.
pub fn even_tag(tags: &Tags) -> Result<Vec<u8>> {
    let mut frames = frames_of(tags)?;
    frames.resize(frames.len().next_multiple_of(2), 0);
    Ok(whole(frames))
}

fn frames_of(tags: &Tags) -> Result<Vec<u8>> {
    let mut frames = Vec::new();
    text_frames(&mut frames, tags);
    user_frames(&mut frames, tags);
    if let Some(id) = &tags.mb_recording_id {
        frame(&mut frames, b"UFID", &[b"http://musicbrainz.org\0", id.as_bytes()]);
    }
    check_limits(tags, frames.len())?;
    if let Some(picture) = &tags.picture {
        picture_frame(&mut frames, picture);
    }
    Ok(frames)
}

fn whole(frames: Vec<u8>) -> Vec<u8> {
    let mut tag = b"ID3\x04\x00\x00".to_vec();
    tag.extend(synchsafe(frames.len()));
    tag.extend(frames);
    tag
}

/// 28 bits in four bytes whose top bits are clear (§6.2).
fn synchsafe(n: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (n >> shift) as u8 & 0x7F)
}

fn frame(frames: &mut Vec<u8>, id: &[u8; 4], parts: &[&[u8]]) {
    frames.extend(id);
    frames.extend(synchsafe(parts.iter().map(|p| p.len()).sum()));
    frames.extend([0, 0]);
    parts.iter().for_each(|part| frames.extend(*part));
}

/// The oldest encoding that holds a text.
fn encoding(text: &str) -> u8 {
    if text.is_ascii() { ASCII } else { UTF8 }
}

/// A text frame; several values are separated by NUL (§4.2).
fn text(frames: &mut Vec<u8>, id: &[u8; 4], values: impl IntoIterator<Item = String>) {
    let values: Vec<String> = values.into_iter().filter(|v| !v.is_empty()).map(|v| v.replace('\0', " ")).collect();
    if !values.is_empty() {
        let joined = values.join("\0");
        frame(frames, id, &[&[encoding(&joined)], joined.as_bytes()]);
    }
}

fn user(frames: &mut Vec<u8>, name: &str, values: impl IntoIterator<Item = String>) {
    let values: Vec<String> = values.into_iter().filter(|v| !v.is_empty()).map(|v| v.replace('\0', " ")).collect();
    if !values.is_empty() {
        let joined = values.join("\0");
        frame(frames, b"TXXX", &[&[encoding(&joined)], name.as_bytes(), &[0], joined.as_bytes()]);
    }
}

/// A date as ID3v2.3 has it: the year, and `DDMM` where the day is known.
fn old_date(date: Option<&str>) -> (Option<String>, Option<String>) {
    let mut parts = date.unwrap_or_default().split('-');
    let year = parts.next().filter(|y| y.len() == 4).map(str::to_owned);
    let day = parts.next().zip(parts.next()).map(|(month, day)| format!("{day}{month}"));
    (year, day)
}

fn text_frames(frames: &mut Vec<u8>, tags: &Tags) {
    text(frames, b"TIT2", tags.title.clone());
    text(frames, b"TPE1", credit_text(&tags.artists));
    text(frames, b"TSOP", credit_sort(&tags.artists));
    text(frames, b"TALB", tags.album.clone());
    text(frames, b"TPE2", credit_text(&tags.album_artists));
    text(frames, b"TSO2", credit_sort(&tags.album_artists));
    text(frames, b"TRCK", of_total(tags.track_number, tags.track_total));
    text(frames, b"TPOS", of_total(tags.disc_number, tags.disc_total));
    text(frames, b"TSST", tags.disc_subtitle.clone());
    text(frames, b"TDRC", tags.date.clone());
    text(frames, b"TDOR", tags.original_date.clone());
    let (year, day) = old_date(tags.date.as_deref());
    text(frames, b"TYER", year);
    text(frames, b"TDAT", day);
    text(frames, b"TORY", old_date(tags.original_date.as_deref()).0);
    text(frames, b"TCON", tags.genres.clone());
    text(frames, b"TCOM", tags.composers.clone());
    text(frames, b"TPE3", tags.conductors.clone());
    text(frames, b"TPUB", tags.label.clone());
    text(frames, b"TSRC", tags.isrc.clone());
    text(frames, b"TCOP", tags.copyright.clone());
    text(frames, b"TLAN", tags.language.clone());
}

fn user_frames(frames: &mut Vec<u8>, tags: &Tags) {
    if tags.artists.len() > 1 {
        user(frames, "ARTISTS", tags.artists.iter().map(|c| c.name.clone()));
    }
    user(frames, "CATALOGNUMBER", tags.catalog_number.clone());
    user(frames, "BARCODE", tags.barcode.clone());
    user(frames, "MusicBrainz Release Track Id", tags.mb_track_id.clone());
    user(frames, "MusicBrainz Album Id", tags.mb_release_id.clone());
    user(frames, "MusicBrainz Release Group Id", tags.mb_release_group_id.clone());
    user(frames, "MusicBrainz Artist Id", credit_ids(&tags.artists));
    user(frames, "MusicBrainz Album Artist Id", credit_ids(&tags.album_artists));
    for (name, value) in replay_gain_texts(tags) {
        user(frames, name, [value]);
    }
}

fn picture_frame(frames: &mut Vec<u8>, picture: &Picture) {
    let parts: [&[u8]; 5] = [&[ASCII], picture.mime.as_bytes(), &[0, FRONT_COVER], &[0], &picture.data];
    frame(frames, b"APIC", &parts);
}
