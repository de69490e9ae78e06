//! Pages packed as gzip (RFC 1952). The token of a page's forms is left out of what is packed and stands there as it is: nobody
//! learns it from how long a page is with words of his own on it. Nothing of what pages hold.

use std::sync::OnceLock;

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use crc32fast::Hasher;
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output, create_comp_flags_from_zip_params,
};

/// How hard pages are packed: quickly, for most are made for one reader.
const LEVEL: i32 = 2;
/// A stream without a frame of its own.
const RAW_WINDOW_BITS: i32 = -15;
const STRATEGY: i32 = 0;
/// RFC 1952: without a name or a time.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// RFC 1951, 3.2.4: an empty block that is the last one.
const END: [u8; 5] = [1, 0, 0, 0xff, 0xff];

/// Whether packed bytes are welcome (RFC 9110, 12.5.3); a weight of nothing says no.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut codings = accepted.flat_map(|value| value.split(',')).map(|coding| coding.trim().to_ascii_lowercase());
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((&coding, ""));
        let refused = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        name.trim() == "gzip" && !refused
    })
}

/// A page with holes where the token stands. It is packed when somebody first takes it packed.
pub struct Pierced {
    parts: Vec<Bytes>,
    packed: OnceLock<Vec<Packed>>,
}

struct Packed {
    blocks: Vec<u8>,
    sum: u32,
}

impl Pierced {
    /// Takes `token` out of a page.
    pub fn of(page: &Bytes, token: &str) -> Pierced {
        let (mut parts, mut from) = (vec![], 0);
        // The page is text, the token is not empty, and both were made here.
        let text = std::str::from_utf8(page).unwrap_or_default();
        for (at, _) in text.match_indices(token).filter(|_| !token.is_empty()) {
            parts.push(page.slice(from..at));
            from = at + token.len();
        }
        parts.push(page.slice(from..));
        Pierced { parts, packed: OnceLock::new() }
    }

    /// The page with `token` in its holes.
    pub fn plain(&self, token: &str) -> Bytes {
        match self.parts.as_slice() {
            [whole] => whole.clone(),
            parts => parts.join(token.as_bytes()).into(),
        }
    }

    /// The same as gzip; none where the token is longer than any of ours.
    pub fn gzip(&self, token: &str) -> Option<Bytes> {
        let length = u16::try_from(token.len()).ok()?;
        let packed = self.packed.get_or_init(|| pack(&self.parts));
        let size = packed.iter().map(|part| part.blocks.len() + token.len() + END.len()).sum::<usize>();
        let mut gzip = Vec::with_capacity(HEAD.len() + size + 13);
        gzip.extend(HEAD);
        let (mut sum, mut of_token) = (Hasher::new(), Hasher::new());
        of_token.update(token.as_bytes());
        let mut bytes = 0_u64;
        for (index, (part, plain)) in packed.iter().zip(&self.parts).enumerate() {
            if index > 0 {
                // RFC 1951, 3.2.4: a block of bytes as they are.
                gzip.push(0);
                gzip.extend(length.to_le_bytes());
                gzip.extend((!length).to_le_bytes());
                gzip.extend(token.as_bytes());
                sum.combine(&of_token);
                bytes += u64::from(length);
            }
            gzip.extend(&part.blocks);
            sum.combine(&Hasher::new_with_initial_len(part.sum, plain.len() as u64));
            bytes += plain.len() as u64;
        }
        gzip.extend(END);
        gzip.extend(sum.finalize().to_le_bytes());
        gzip.extend((bytes as u32).to_le_bytes());
        Some(gzip.into())
    }

    /// Bytes that it takes in memory once it is packed, which leaves a third of such text at most.
    pub fn size(&self) -> usize {
        self.parts.iter().map(|part| part.len() * 4 / 3 + size_of::<Bytes>() + size_of::<Packed>()).sum()
    }
}

fn pack(parts: &[Bytes]) -> Vec<Packed> {
    let mut compressor = CompressorOxide::new(create_comp_flags_from_zip_params(LEVEL, RAW_WINDOW_BITS, STRATEGY));
    let pack = |part: &Bytes| Packed { blocks: blocks(&mut compressor, part), sum: crc32fast::hash(part) };
    parts.iter().map(pack).collect()
}

/// Whole bytes of blocks that refer to nothing before them and end none.
fn blocks(compressor: &mut CompressorOxide, plain: &[u8]) -> Vec<u8> {
    let mut blocks = Vec::with_capacity(plain.len() / 3 + 16);
    let (mut rest, mut status) = (plain, TDEFLStatus::Okay);
    while status == TDEFLStatus::Okay {
        let (said, taken) = compress_to_output(compressor, rest, TDEFLFlush::Full, |bytes| {
            blocks.extend(bytes);
            true
        });
        rest = &rest[taken..];
        status = if rest.is_empty() { TDEFLStatus::Done } else { said };
    }
    blocks
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// What another program makes of it.
    fn unpacked(gzip: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut child =
            Command::new("gzip").args(["-dc"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let bytes = gzip.to_vec();
        let writer = std::thread::spawn(move || input.write_all(&bytes).unwrap());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        assert!(output.status.success());
        output.stdout
    }

    #[test]
    fn a_page_comes_out_with_the_token_of_whoever_reads_it() {
        let long: String = (0..9_000).map(|n| format!("<li>Песня {}</li>", n * n)).collect();
        for page in [
            String::new(),
            "no token at all".to_owned(),
            "TOKEN".to_owned(),
            format!("{long}TOKEN{long}<p>TOKENTOKEN</p>"),
            format!("{long}{long}"),
        ] {
            let pierced = Pierced::of(&Bytes::from(page.clone()), "TOKEN");
            let expected = page.replace("TOKEN", "another-one");
            assert_eq!(pierced.plain("another-one"), expected);
            let gzip = pierced.gzip("another-one").unwrap();
            assert_eq!(unpacked(&gzip), expected.as_bytes());
            assert!(page.len() < 100_000 || gzip.len() < page.len() / 4, "{} of {}", gzip.len(), page.len());
        }
    }

    #[test]
    fn the_length_of_a_page_says_nothing_of_its_token() {
        let page = |words: &str| Bytes::from(format!("<p>{words}</p><input value=\"7PxTtq0\">"));
        let right = Pierced::of(&page("7PxTtq0"), "7PxTtq0").plain("7PxTtq0").len();
        assert_eq!(right, page("7PxTtq0").len());
        // Words that are no token are packed apart from it, right or wrong.
        let lengths =
            ["7PxTtq1", "aBcDeFg"].map(|words| Pierced::of(&page(words), "7PxTtq0").gzip("7PxTtq0").unwrap().len());
        assert_eq!(lengths[0], lengths[1]);
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (accepts, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.8", true),
            ("gzip;q=0", false),
            ("br", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, accepts.parse().unwrap())]);
            assert_eq!(takes_gzip(&headers), takes, "{accepts}");
        }
    }
}
