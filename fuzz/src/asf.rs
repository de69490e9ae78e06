//! A reader of ASF heads, written after the specification alone, as the judge of our writer: objects fill what holds them
//! to the byte, and texts come back.

use audio::tags::Tags;

/// First bytes of the objects that hold something to look at.
const EXTENSION: [u8; 4] = [0xB5, 3, 0xBF, 0x5F];
const CONTENT: [u8; 4] = [0x33, 0x26, 0xB2, 0x75];
const EXTENDED: [u8; 4] = [0x40, 0xA4, 0xD0, 0xD2];
const LIBRARY: [u8; 4] = [0x94, 0x1C, 0x23, 0x44];

fn u16_at(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u16_at(bytes, at) | u16_at(bytes, at + 2) << 16
}

/// A text with its end.
fn text(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
    let (last, units) = units.split_last().expect("a text has an end");
    assert_eq!(*last, 0, "a text without its end");
    String::from_utf16(units).expect("UTF-16")
}

/// The objects that fill `bytes`.
fn objects(mut bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let length = u32_at(bytes, 16);
        assert_eq!(u32_at(bytes, 20), 0);
        let (object, rest) = bytes.split_at(length);
        found.push((&object[..16], &object[24..]));
        bytes = rest;
    }
    found
}

/// Holds a head against the tags that it was made of.
pub fn check(head: &[u8], given: &Tags) {
    let header_bytes = u32_at(head, 16);
    let found = objects(&head[30..header_bytes]);
    assert_eq!(found.len(), u32_at(head, 24), "the header's number of objects");
    assert_eq!(head.len() - header_bytes, 50, "what follows the header is the head of the data");
    let body = |id: [u8; 4]| found.iter().find(|(guid, _)| guid.starts_with(&id)).map(|(_, body)| *body);
    let extension = body(EXTENSION).expect("an extension");
    assert_eq!(u32_at(extension, 18), extension.len() - 22, "the extension's length");
    let inside = objects(&extension[22..]);
    let library = inside.iter().find(|(guid, _)| guid.starts_with(&LIBRARY)).map(|(_, body)| *body);
    assert_eq!(library.is_some(), given.picture.is_some());
    if let (Some(library), Some(picture)) = (library, &given.picture) {
        assert!(library.ends_with(&picture.data) && u32_at(library, 10) == library.len() - 14 - u16_at(library, 6));
    }
    let content = body(CONTENT).expect("a content description");
    let title = u16_at(content, 0);
    let lengths: usize = (0..5).map(|n| u16_at(content, n * 2)).sum();
    assert_eq!(10 + lengths, content.len());
    assert_eq!((title > 0).then(|| text(&content[10..10 + title])), given.title);
    let album = attributes(body(EXTENDED).expect("an extended description"))
        .into_iter()
        .find_map(|(name, value)| (name == "WM/AlbumTitle").then_some(value));
    assert_eq!(album, given.album);
}

/// Names and texts of an extended content description.
fn attributes(body: &[u8]) -> Vec<(String, String)> {
    let mut at = 2;
    let mut next = |plain: bool| {
        at += if plain { 0 } else { 2 };
        let length = u16_at(body, at);
        at += 2 + length;
        text(&body[at - length..at])
    };
    let found: Vec<_> = (0..u16_at(body, 0)).map(|_| (next(true), next(false))).collect();
    assert_eq!(at, body.len(), "attributes fill their object");
    found
}
