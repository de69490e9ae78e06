//! A release as one ZIP: stored, not compressed, ZIP64 throughout (APPNOTE 6.3.10, sections 4.3 and 4.5.3).
//!
//! A file's header holds its sum and length, so it is written when that file is whole; the files before it are on their way
//! by then. The bytes are the same every time, and the length is known as soon as every file's is.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::renditions::delivery::Part;
use crate::renditions::{Broken, Delivery};

/// A file in the archive.
pub(super) struct Entry {
    /// Path within the archive.
    pub name: String,
    pub delivery: Delivery,
}

/// 1 January 1980, 00:00, the format's first moment: the archive's bytes depend on nothing but its files.
const DOS_DATE: u16 = 0x0021;
/// Needed to extract: 4.5, for ZIP64.
const VERSION: u16 = 45;
/// General purpose bit 11: names are UTF-8.
const UTF8_NAMES: u16 = 1 << 11;
const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const ZIP64_END: u32 = 0x0606_4b50;
const ZIP64_LOCATOR: u32 = 0x0706_4b50;
const END: u32 = 0x0605_4b50;
/// Written where the true value stands in a ZIP64 record.
const ELSEWHERE: u32 = u32::MAX;

/// The archive of a release.
pub(super) fn delivery(title: &str, entries: Vec<Entry>) -> Delivery {
    let mut hash = Sha256::new();
    for entry in &entries {
        hash.update(entry.name.as_bytes());
        hash.update(entry.delivery.etag.as_bytes());
    }
    let title: String =
        title.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c }).collect();
    let mut parts = Vec::new();
    for entry in &entries {
        let (name, files) = (entry.name.clone(), entry.delivery.parts.clone());
        parts.push(Part::later(async move {
            let (crc32, length) = sum(&files).await?;
            let mut all = vec![Part::Bytes(local_header(&name, crc32, length).into())];
            all.extend(files);
            Ok(all)
        }));
    }
    let files: Vec<(String, Vec<Part>)> = entries.into_iter().map(|e| (e.name, e.delivery.parts)).collect();
    parts.push(Part::later(async move {
        let mut directory = Directory::default();
        for (name, parts) in &files {
            let (crc32, length) = sum(parts).await?;
            directory.add(name, crc32, length);
        }
        Ok(vec![Part::Bytes(Bytes::from(directory.finish()))])
    }));
    // What waits for nothing is known now, so that the length is.
    for part in &parts {
        part.settle();
    }
    Delivery {
        file_name: format!("{}.zip", title.trim()),
        mime: "application/zip".into(),
        etag: format!("\"{}\"", hex::encode(&hash.finalize()[..16])),
        parts,
    }
}

async fn sum(parts: &[Part]) -> Result<(u32, u64), Broken> {
    let (mut sum, mut length) = (crc32fast::Hasher::new(), 0);
    for part in parts {
        let (next, bytes) = part.sum().await?;
        sum.combine(&next);
        length += bytes;
    }
    Ok((sum.finalize(), length))
}

fn local_header(name: &str, crc32: u32, length: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(50 + name.len());
    u32_to(&mut out, LOCAL_HEADER);
    for half in [VERSION, UTF8_NAMES, 0, 0, DOS_DATE] {
        u16_to(&mut out, half);
    }
    for word in [crc32, ELSEWHERE, ELSEWHERE] {
        u32_to(&mut out, word);
    }
    u16_to(&mut out, name.len() as u16);
    u16_to(&mut out, 20);
    out.extend_from_slice(name.as_bytes());
    // ZIP64 extra field: original and compressed size.
    u16_to(&mut out, 1);
    u16_to(&mut out, 16);
    u64_to(&mut out, length);
    u64_to(&mut out, length);
    out
}

/// The central directory in the making.
#[derive(Default)]
struct Directory {
    records: Vec<u8>,
    count: u64,
    /// Where the next file's header stands in the archive.
    at: u64,
}

impl Directory {
    fn add(&mut self, name: &str, crc32: u32, length: u64) {
        let out = &mut self.records;
        u32_to(out, CENTRAL_HEADER);
        for half in [VERSION, VERSION, UTF8_NAMES, 0, 0, DOS_DATE] {
            u16_to(out, half);
        }
        for word in [crc32, ELSEWHERE, ELSEWHERE] {
            u32_to(out, word);
        }
        // Lengths of name, extra field and comment; disk; attributes.
        for half in [name.len() as u16, 28, 0, 0, 0] {
            u16_to(out, half);
        }
        u32_to(out, 0);
        u32_to(out, ELSEWHERE);
        out.extend_from_slice(name.as_bytes());
        u16_to(out, 1);
        u16_to(out, 24);
        for word in [length, length, self.at] {
            u64_to(out, word);
        }
        self.count += 1;
        self.at += local_header(name, crc32, length).len() as u64 + length;
    }

    fn finish(self) -> Vec<u8> {
        let (size, start) = (self.records.len() as u64, self.at);
        let mut out = self.records;
        u32_to(&mut out, ZIP64_END);
        u64_to(&mut out, 44);
        u16_to(&mut out, VERSION);
        u16_to(&mut out, VERSION);
        u32_to(&mut out, 0);
        u32_to(&mut out, 0);
        for word in [self.count, self.count, size, start] {
            u64_to(&mut out, word);
        }
        u32_to(&mut out, ZIP64_LOCATOR);
        u32_to(&mut out, 0);
        u64_to(&mut out, start + size);
        u32_to(&mut out, 1);
        u32_to(&mut out, END);
        u16_to(&mut out, 0);
        u16_to(&mut out, 0);
        let count = u16::try_from(self.count).unwrap_or(u16::MAX);
        u16_to(&mut out, count);
        u16_to(&mut out, count);
        u32_to(&mut out, ELSEWHERE);
        u32_to(&mut out, ELSEWHERE);
        u16_to(&mut out, 0);
        out
    }
}

fn u16_to(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn u32_to(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn u64_to(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::Command;

    use futures_util::StreamExt;

    use super::*;
    use crate::test_support::block_on;

    fn entry(name: &str, content: &'static [u8]) -> Entry {
        let delivery = Delivery {
            file_name: name.into(),
            mime: String::new(),
            etag: format!("\"{name}\""),
            parts: vec![Part::Bytes(Bytes::from_static(content)), Part::Bytes(Bytes::from_static(b"!"))],
        };
        Entry { name: name.into(), delivery }
    }

    #[test]
    fn another_program_reads_the_archive_and_its_length_was_known() {
        block_on(async {
            let zip = delivery("A/B", vec![entry("01 Ёлка.mp3", b"first"), entry("02/b.flac", b"")]);
            assert_eq!(zip.file_name, "A_B.zip");
            let total = zip.total().expect("every file's length is known");
            let bytes: Vec<u8> = zip.stream(0, None).map(|p| p.unwrap()).collect::<Vec<_>>().await.concat();
            assert_eq!(bytes.len() as u64, total);
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n\
                          print([(i.filename, z.read(i).decode()) for i in z.infolist()])";
            let read = Command::new("python3").args(["-c", script]).arg(file.path()).output().unwrap();
            assert_eq!(
                String::from_utf8_lossy(&read.stdout).trim(),
                "[('01 Ёлка.mp3', 'first!'), ('02/b.flac', '!')]",
                "{}",
                String::from_utf8_lossy(&read.stderr)
            );
        });
    }
}
