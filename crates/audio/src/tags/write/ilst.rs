//! The metadata of an MP4 file as iTunes writes it (`meta` with `ilst`); names of free-form fields follow Picard's mapping.

use super::{check_limits, credit_ids, credit_sort, credit_text, replay_gain_texts};
use crate::Result;
use crate::tags::Tags;

/// Kinds of data (QuickTime File Format, "Well-known types").
const IMPLICIT: u32 = 0;
const UTF8: u32 = 1;
const JPEG: u32 = 13;
const PNG: u32 = 14;

fn atom(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut out = ((body.len() + 8) as u32).to_be_bytes().to_vec();
    out.extend(name);
    out.extend(body);
    out
}

fn data(kind: u32, value: &[u8]) -> Vec<u8> {
    atom(b"data", &[&kind.to_be_bytes()[..], &[0; 4], value].concat())
}

fn text(list: &mut Vec<u8>, name: &[u8; 4], values: impl IntoIterator<Item = String>) {
    let values: Vec<u8> = values.into_iter().filter(|v| !v.is_empty()).flat_map(|v| data(UTF8, v.as_bytes())).collect();
    if !values.is_empty() {
        list.extend(atom(name, &values));
    }
}

fn free_form(list: &mut Vec<u8>, name: &str, values: impl IntoIterator<Item = String>) {
    let values: Vec<u8> = values.into_iter().filter(|v| !v.is_empty()).flat_map(|v| data(UTF8, v.as_bytes())).collect();
    if !values.is_empty() {
        let mean = atom(b"mean", b"\0\0\0\0com.apple.iTunes");
        let name = atom(b"name", &[&[0; 4], name.as_bytes()].concat());
        list.extend(atom(b"----", &[mean, name, values].concat()));
    }
}

/// The `meta` box with all fields; `smoothing` is the text of iTunes' own field of encoder delay and padding.
pub fn meta(tags: &Tags, smoothing: Option<&str>) -> Result<Vec<u8>> {
    let mut list = Vec::new();
    usual(&mut list, tags);
    numbers(&mut list, tags);
    free(&mut list, tags);
    free_form(&mut list, "iTunSMPB", smoothing.map(String::from));
    check_limits(tags, list.len())?;
    if let Some(picture) = &tags.picture {
        let kind = if picture.mime == "image/png" { PNG } else { JPEG };
        list.extend(atom(b"covr", &data(kind, &picture.data)));
    }
    let handler = atom(b"hdlr", b"\0\0\0\0\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0");
    Ok(atom(b"meta", &[vec![0; 4], handler, atom(b"ilst", &list)].concat()))
}

fn usual(list: &mut Vec<u8>, tags: &Tags) {
    text(list, b"\xA9nam", tags.title.clone());
    text(list, b"\xA9ART", credit_text(&tags.artists));
    text(list, b"soar", credit_sort(&tags.artists));
    text(list, b"\xA9alb", tags.album.clone());
    text(list, b"aART", credit_text(&tags.album_artists));
    text(list, b"soaa", credit_sort(&tags.album_artists));
    text(list, b"\xA9day", tags.date.clone());
    text(list, b"\xA9gen", tags.genres.clone());
    text(list, b"\xA9wrt", tags.composers.clone());
    text(list, b"cprt", tags.copyright.clone());
}

fn numbers(list: &mut Vec<u8>, tags: &Tags) {
    let pair =
        |number: Option<u32>, total: Option<u32>| number.map(|n| [n, total.unwrap_or(0)].map(|n| n.min(0xFFFF) as u16));
    if let Some([number, total]) = pair(tags.track_number, tags.track_total) {
        let value = [[0, 0], number.to_be_bytes(), total.to_be_bytes(), [0, 0]].concat();
        list.extend(atom(b"trkn", &data(IMPLICIT, &value)));
    }
    if let Some([number, total]) = pair(tags.disc_number, tags.disc_total) {
        let value = [[0, 0], number.to_be_bytes(), total.to_be_bytes()].concat();
        list.extend(atom(b"disk", &data(IMPLICIT, &value)));
    }
}

fn free(list: &mut Vec<u8>, tags: &Tags) {
    if tags.artists.len() > 1 {
        free_form(list, "ARTISTS", tags.artists.iter().map(|c| c.name.clone()));
    }
    free_form(list, "CONDUCTOR", tags.conductors.clone());
    free_form(list, "DISCSUBTITLE", tags.disc_subtitle.clone());
    free_form(list, "originaldate", tags.original_date.clone());
    free_form(list, "LABEL", tags.label.clone());
    free_form(list, "CATALOGNUMBER", tags.catalog_number.clone());
    free_form(list, "ISRC", tags.isrc.clone());
    free_form(list, "BARCODE", tags.barcode.clone());
    free_form(list, "LANGUAGE", tags.language.clone());
    free_form(list, "MusicBrainz Track Id", tags.mb_recording_id.clone());
    free_form(list, "MusicBrainz Release Track Id", tags.mb_track_id.clone());
    free_form(list, "MusicBrainz Album Id", tags.mb_release_id.clone());
    free_form(list, "MusicBrainz Release Group Id", tags.mb_release_group_id.clone());
    free_form(list, "MusicBrainz Artist Id", credit_ids(&tags.artists));
    free_form(list, "MusicBrainz Album Artist Id", credit_ids(&tags.album_artists));
    for (name, value) in replay_gain_texts(tags) {
        free_form(list, name, [value]);
    }
}
