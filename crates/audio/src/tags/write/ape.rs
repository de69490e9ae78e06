//! APEv2 tags (wiki.hydrogenaud.io, "APEv2 specification"), as they stand at the end of WavPack, Musepack and Monkey's Audio
//! files; item names follow Picard's mapping. Where the file puts the tag is the codec's business.

use super::{check_limits, credit_ids, credit_sort, credit_text, of_total, replay_gain_texts};
use crate::Result;
use crate::tags::{Picture, Tags};

/// Version 2.000 ("Tags Header").
const VERSION: u32 = 2_000;
/// Flags of header and footer ("Ape Tags Flags"): the tag has a header; this is it.
const HAS_HEADER: u32 = 1 << 31;
const IS_HEADER: u32 = 1 << 29;
/// Bytes of the header, and of the footer.
const END_BYTES: usize = 32;
/// Flags of an item: UTF-8 text, or bytes.
const TEXT: u32 = 0;
const BINARY: u32 = 1 << 1;

/// The whole tag: header, items, footer. Empty when there is nothing to say.
///
/// Errors: `Limit` for tags that no container here takes.
pub fn tag(tags: &Tags) -> Result<Vec<u8>> {
    let mut items = Items::default();
    usual(&mut items, tags);
    codes(&mut items, tags);
    for (name, value) in replay_gain_texts(tags) {
        items.text(&name.to_ascii_uppercase(), [value]);
    }
    check_limits(tags, items.bytes.len())?;
    if let Some(picture) = &tags.picture {
        picture_item(&mut items, picture);
    }
    if items.count == 0 {
        return Ok(Vec::new());
    }
    let mut tag = items.whole();
    if looks_like_id3v1(&tag) {
        items.text(SHIFT.0, [SHIFT.1.to_owned()]);
        tag = items.whole();
    }
    Ok(tag)
}

/// An item that says nothing new and moves all others away from where they would be mistaken for something else.
const SHIFT: (&str, &str) = ("Tool Name", "Gramovar");
/// An ID3v1 tag is the last so many bytes of a file and begins with `TAG`, as the middle of `APETAGEX` does.
const ID3V1_BYTES: usize = 128;

/// Whether players that look for ID3v1 first would find one within the tag.
fn looks_like_id3v1(tag: &[u8]) -> bool {
    tag.len().checked_sub(ID3V1_BYTES).is_some_and(|at| tag[at..].starts_with(b"TAG"))
}

/// The items written so far.
#[derive(Default)]
struct Items {
    count: u32,
    bytes: Vec<u8>,
}

impl Items {
    /// A text item; several values are separated by NUL. Nothing at all without a value.
    fn text(&mut self, key: &str, values: impl IntoIterator<Item = String>) {
        let values: Vec<String> = values.into_iter().filter(|v| !v.is_empty()).map(|v| v.replace('\0', " ")).collect();
        if !values.is_empty() {
            self.item(key, TEXT, &[values.join("\0").as_bytes()]);
        }
    }

    fn item(&mut self, key: &str, flags: u32, value: &[&[u8]]) {
        let value_bytes: usize = value.iter().map(|part| part.len()).sum();
        self.count += 1;
        self.bytes.extend((value_bytes as u32).to_le_bytes());
        self.bytes.extend(flags.to_le_bytes());
        self.bytes.extend(key.as_bytes());
        self.bytes.push(0);
        value.iter().for_each(|part| self.bytes.extend(*part));
    }

    /// Header, items and footer.
    fn whole(&self) -> Vec<u8> {
        [self.end(HAS_HEADER | IS_HEADER), self.bytes.clone(), self.end(HAS_HEADER)].concat()
    }

    /// Header or footer: the size counts the items and the footer.
    fn end(&self, flags: u32) -> Vec<u8> {
        let size = (self.bytes.len() + END_BYTES) as u32;
        let mut end = b"APETAGEX".to_vec();
        [VERSION, size, self.count, flags, 0, 0].iter().for_each(|field| end.extend(field.to_le_bytes()));
        end
    }
}

fn usual(items: &mut Items, tags: &Tags) {
    items.text("Title", tags.title.clone());
    items.text("Artist", credit_text(&tags.artists));
    if tags.artists.len() > 1 {
        items.text("Artists", tags.artists.iter().map(|c| c.name.clone()));
    }
    items.text("ARTISTSORT", credit_sort(&tags.artists));
    items.text("Album", tags.album.clone());
    items.text("Album Artist", credit_text(&tags.album_artists));
    items.text("ALBUMARTISTSORT", credit_sort(&tags.album_artists));
    items.text("Track", of_total(tags.track_number, tags.track_total));
    items.text("Disc", of_total(tags.disc_number, tags.disc_total));
    items.text("DiscSubtitle", tags.disc_subtitle.clone());
    items.text("Year", tags.date.clone());
    items.text("ORIGINALDATE", tags.original_date.clone());
    items.text("Genre", tags.genres.clone());
    items.text("Composer", tags.composers.clone());
    items.text("Conductor", tags.conductors.clone());
    items.text("Label", tags.label.clone());
    items.text("Copyright", tags.copyright.clone());
    items.text("Language", tags.language.clone());
}

fn codes(items: &mut Items, tags: &Tags) {
    items.text("CatalogNumber", tags.catalog_number.clone());
    items.text("ISRC", tags.isrc.clone());
    items.text("Barcode", tags.barcode.clone());
    items.text("MUSICBRAINZ_TRACKID", tags.mb_recording_id.clone());
    items.text("MUSICBRAINZ_RELEASETRACKID", tags.mb_track_id.clone());
    items.text("MUSICBRAINZ_ALBUMID", tags.mb_release_id.clone());
    items.text("MUSICBRAINZ_RELEASEGROUPID", tags.mb_release_group_id.clone());
    items.text("MUSICBRAINZ_ARTISTID", credit_ids(&tags.artists));
    items.text("MUSICBRAINZ_ALBUMARTISTID", credit_ids(&tags.album_artists));
}

/// A picture item holds a file name, NUL, and the picture.
fn picture_item(items: &mut Items, picture: &Picture) {
    let name: &[u8] = if picture.mime == "image/png" { b"cover.png\0" } else { b"cover.jpg\0" };
    items.item("Cover Art (Front)", BINARY, &[name, &picture.data]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tags::Credit;

    #[test]
    fn header_and_footer_count_the_items_between_them() {
        let credit = |name: &str, join: &str| Credit { name: name.into(), join: join.into(), ..Credit::default() };
        let tags = Tags {
            title: Some("Я".into()),
            artists: vec![credit("A", " & "), credit("B", "")],
            track_number: Some(3),
            track_total: Some(12),
            ..Tags::default()
        };
        let items = [
            &b"\x02\0\0\0\0\0\0\0Title\0\xd0\xaf"[..],
            b"\x05\0\0\0\0\0\0\0Artist\0A & B",
            b"\x03\0\0\0\0\0\0\0Artists\0A\0B",
            b"\x04\0\0\0\0\0\0\0Track\x003/12",
        ]
        .concat();
        let end = |flags: u8| {
            let size = (items.len() + 32) as u8;
            [b"APETAGEX\xd0\x07\0\0", &[size, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, flags][..], &[0; 8]].concat()
        };
        assert_eq!(tag(&tags).unwrap(), [end(0xa0), items.clone(), end(0x80)].concat());
        assert!(tag(&Tags::default()).unwrap().is_empty());
    }

    #[test]
    fn a_cover_is_a_binary_item_behind_a_file_name() {
        let picture = Picture { mime: "image/jpeg".into(), width: 1, height: 1, data: vec![0xff, 0xd8] };
        let made = tag(&Tags { picture: Some(picture), ..Tags::default() }).unwrap();
        assert_eq!(&made[32..made.len() - 32], b"\x0c\0\0\0\x02\0\0\0Cover Art (Front)\0cover.jpg\0\xff\xd8");
    }
}
