//! Ranges of bytes (RFC 9110, section 14) as arithmetic. No files, no waiting.

/// What a request asks of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// All of it.
    Whole,
    /// From this byte to the end.
    From(u64),
    /// Both bytes included.
    Between(u64, u64),
    /// So many bytes at the end.
    Last(u64),
}

/// What can be sent of a file whose length is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// From the first byte up to the second, exclusive.
    Bytes(u64, u64),
    /// Nothing of what was asked for exists.
    Unsatisfiable,
}

/// Reads a `Range` header. What is malformed, of another unit, or asks for several ranges counts as no range at all:
/// the whole file is an allowed answer to it (section 14.2).
pub fn parse(header: Option<&str>) -> Wish {
    header.and_then(wish).unwrap_or(Wish::Whole)
}

fn wish(header: &str) -> Option<Wish> {
    let (unit, set) = header.trim().split_once('=')?;
    if !unit.trim_end().eq_ignore_ascii_case("bytes") || set.contains(',') {
        return None;
    }
    let (first, last) = set.trim().split_once('-')?;
    match (first.trim(), last.trim()) {
        ("", last) => Some(Wish::Last(number(last)?)),
        (first, "") => Some(Wish::From(number(first)?)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Wish::Between(first, last))
        }
    }
}

/// Digits only; a number that is too large is beyond the end of any file.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// What a wish means for a file of `total` bytes; [`Wish::Whole`] is all of it, an empty file included.
pub fn within(wish: Wish, total: u64) -> Span {
    let span = |from: u64, to: u64| if from < total { Span::Bytes(from, to.min(total)) } else { Span::Unsatisfiable };
    match wish {
        Wish::Whole => Span::Bytes(0, total),
        Wish::From(first) => span(first, total),
        Wish::Between(first, last) => span(first, last.saturating_add(1)),
        Wish::Last(0) => Span::Unsatisfiable,
        Wish::Last(count) => span(total.saturating_sub(count), total),
    }
}

/// `bytes FIRST-LAST/TOTAL` for bytes `from..to`; `*` for a total that is not known yet.
pub fn content_range(from: u64, to: u64, total: Option<u64>) -> String {
    let total = total.map_or_else(|| "*".to_owned(), |total| total.to_string());
    format!("bytes {from}-{}/{total}", to.saturating_sub(1))
}

/// What is said with 416.
pub fn unsatisfied_range(total: u64) -> String {
    format!("bytes */{total}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_mean_what_rfc_9110_says() {
        use Wish::{Between, From, Last, Whole};
        for (header, wish) in [
            ("bytes=0-", From(0)),
            ("bytes=500-999", Between(500, 999)),
            ("bytes=500-500", Between(500, 500)),
            ("bytes=-500", Last(500)),
            ("bytes=-0", Last(0)),
            ("Bytes = 1 - 2 ", Between(1, 2)),
            ("bytes=99999999999999999999999-", From(u64::MAX)),
            ("bytes=0-99999999999999999999999", Between(0, u64::MAX)),
            ("bytes=2-1", Whole),
            ("bytes=0-1,3-4", Whole),
            ("bytes=", Whole),
            ("bytes=-", Whole),
            ("bytes=a-b", Whole),
            ("bytes=+1-2", Whole),
            ("seconds=0-1", Whole),
            ("0-1", Whole),
            ("", Whole),
        ] {
            assert_eq!(parse(Some(header)), wish, "{header}");
        }
        assert_eq!(parse(None), Whole);
    }

    #[test]
    fn spans_end_with_the_file_and_beyond_it_there_is_nothing() {
        use Span::{Bytes, Unsatisfiable};
        for (wish, total, span) in [
            (Wish::Whole, 10, Bytes(0, 10)),
            (Wish::Whole, 0, Bytes(0, 0)),
            (Wish::From(0), 10, Bytes(0, 10)),
            (Wish::From(9), 10, Bytes(9, 10)),
            (Wish::From(10), 10, Unsatisfiable),
            (Wish::From(0), 0, Unsatisfiable),
            (Wish::Between(2, 4), 10, Bytes(2, 5)),
            (Wish::Between(2, 99), 10, Bytes(2, 10)),
            (Wish::Between(2, u64::MAX), 10, Bytes(2, 10)),
            (Wish::Between(10, 11), 10, Unsatisfiable),
            (Wish::Last(3), 10, Bytes(7, 10)),
            (Wish::Last(99), 10, Bytes(0, 10)),
            (Wish::Last(0), 10, Unsatisfiable),
            (Wish::Last(3), 0, Unsatisfiable),
        ] {
            assert_eq!(within(wish, total), span, "{wish:?} of {total}");
        }
    }

    #[test]
    fn an_unknown_total_is_a_star() {
        assert_eq!(content_range(2, 5, Some(10)), "bytes 2-4/10");
        assert_eq!(content_range(0, 1, None), "bytes 0-0/*");
        assert_eq!(unsatisfied_range(7), "bytes */7");
    }
}
