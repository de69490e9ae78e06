//! The front cover: which of a file's pictures it is, and what kind and size it has by its own bytes.

use lofty::ape::{APE_PICTURE_TYPES, ApeTag};
use lofty::picture::{Picture as Found, PictureType};
use lofty::tag::{ItemValue, Tag};

use super::Picture;
use crate::{Error, Result};

/// Largest picture.
pub const MAX_PICTURE_BYTES: usize = 20_000_000;

/// The front cover, or a picture of no stated kind. One that is neither JPEG nor PNG is left out with a warning.
/// It is taken out of the tags: pictures are large.
pub(super) fn front(tags: &mut [Tag], warnings: &mut Vec<String>) -> Result<Option<Picture>> {
    let mut of_type = |wanted: PictureType| {
        tags.iter_mut().find_map(|tag| {
            let at = tag.pictures().iter().position(|picture| picture.pic_type() == wanted)?;
            Some(tag.remove_picture(at).into_data())
        })
    };
    let Some(data) = of_type(PictureType::CoverFront).or_else(|| of_type(PictureType::Other)) else {
        return Ok(None);
    };
    if data.len() > MAX_PICTURE_BYTES {
        return Err(Error::Limit { name: "MAX_PICTURE_BYTES", limit: MAX_PICTURE_BYTES as u64 });
    }
    let Some((mime, width, height)) = kind_and_size(&data) else {
        warnings.push("the cover is neither a JPEG nor a PNG picture and was left out".into());
        return Ok(None);
    };
    Ok(Some(Picture { mime: mime.into(), width, height, data }))
}

/// The pictures of an APEv2 tag. They are items like others, by key: a file name, NUL, and the picture.
pub(super) fn of_ape(tag: &ApeTag) -> Vec<Found> {
    let item = |key: &'static str| match tag.get(key)?.value() {
        ItemValue::Binary(bytes) => {
            let picture = behind_name(bytes).to_vec();
            Some(Found::unchecked(picture).pic_type(PictureType::from_ape_key(key)).build())
        }
        _ => None,
    };
    APE_PICTURE_TYPES.into_iter().filter_map(item).collect()
}

/// What follows the file name; some programs write none.
fn behind_name(item: &[u8]) -> &[u8] {
    let name_bytes = item.iter().position(|byte| *byte == 0).map_or(0, |nul| nul + 1);
    if kind_and_size(item).is_some() { item } else { &item[name_bytes..] }
}

/// MIME type, width and height of a picture with any pixels.
fn kind_and_size(data: &[u8]) -> Option<(&'static str, u32, u32)> {
    let (mime, width, height) = png_size(data).or_else(|| jpeg_size(data))?;
    (width > 0 && height > 0).then_some((mime, width, height))
}

/// The size in the header chunk (PNG, third edition, section 11.2.1).
fn png_size(data: &[u8]) -> Option<(&'static str, u32, u32)> {
    let header = data.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?.get(..8)?;
    let side = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    Some(("image/png", side(0), side(4)))
}

/// The size in the frame header (ITU T.81, section B.2.2).
fn jpeg_size(data: &[u8]) -> Option<(&'static str, u32, u32)> {
    let mut rest = data.strip_prefix(b"\xff\xd8")?;
    loop {
        // Any number of fill bytes may stand before a marker.
        while rest.starts_with(b"\xff\xff") {
            rest = &rest[1..];
        }
        let [0xff, marker, high, low, ..] = *rest else { return None };
        let segment_bytes = usize::from(u16::from_be_bytes([high, low]));
        match marker {
            // Every start of frame; C4, C8 and CC in their midst are tables.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let size = rest.get(5..9)?;
                let side = |at: usize| u32::from(u16::from_be_bytes([size[at], size[at + 1]]));
                return Some(("image/jpeg", side(2), side(0)));
            }
            0xd8..=0xda => return None,
            _ => rest = rest.get(2 + segment_bytes.max(2)..)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_comes_from_the_picture_itself() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x58\0\0\x01\x90\x08\x02";
        assert_eq!(kind_and_size(png), Some(("image/png", 600, 400)));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xdb\0\x02\xff\xc2\0\x11\x08\x01\x90\x02\x58\x03";
        assert_eq!(kind_and_size(jpeg), Some(("image/jpeg", 600, 400)));
    }

    #[test]
    fn a_cut_or_foreign_picture_has_no_size() {
        for data in [
            &b""[..],
            b"\xff\xd8",
            b"\xff\xd8\xff\xe0\xff\xffab",
            b"GIF89a\x01\0\x01\0",
            b"\xff\xd8\xff\xc0\0\x11\x08\0\0\0\0\x03",
        ] {
            assert_eq!(kind_and_size(data), None);
        }
    }
}
