//! Single values: how the text of a tag becomes a date, a number, a code. Pure functions; `None` is "makes no sense".

use unicode_normalization::UnicodeNormalization;

/// Largest sensible gain and peak: 100 dB and a hundred times full scale.
const MAX_GAIN_CDB: f64 = 10_000.0;
const MAX_PEAK_MILLIONTHS: f64 = 100e6;

/// NFC, with line ends and tabs as spaces, without other control characters and byte order marks, trimmed.
pub(super) fn clean(text: &str) -> String {
    let spaced = text.nfc().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c });
    let kept: String = spaced.filter(|c| !c.is_control() && *c != '\u{feff}').collect();
    kept.trim().to_owned()
}

/// A whole number of at most six digits.
pub(super) fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    let plain = (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD` out of these, `YYYYMMDD`, other separators, or any of them with a time behind. A
/// month or day of zero counts as unknown.
pub(super) fn date(text: &str) -> Option<String> {
    let text = text.split(['T', ' ']).next().unwrap_or("");
    let packed = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> =
        if packed { vec![&text[..4], &text[4..6], &text[6..]] } else { text.split(['-', '/', '.']).collect() };
    let year = parts.first().filter(|year| year.len() == 4).and_then(|year| number(year)).filter(|year| *year > 0)?;
    if parts.len() > 3 {
        return None;
    }
    let part = |index: usize| match parts.get(index) {
        Some(part) => Some(number(part).filter(|_| part.len() <= 2)?),
        None => Some(0),
    };
    let (month, day) = (part(1)?, part(2)?);
    match (month, day) {
        (0, _) => Some(format!("{year:04}")),
        (1..=12, 0) => Some(format!("{year:04}-{month:02}")),
        (1..=12, day) if day <= days_of(year, month) => Some(format!("{year:04}-{month:02}-{day:02}")),
        _ => None,
    }
}

fn days_of(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A GTIN of 8, 12, 13 or 14 digits whose check digit is right (GS1 General Specifications, section 7.9), digits only.
pub(super) fn barcode(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    if !matches!(digits.len(), 8 | 12 | 13 | 14) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let weights = [1, 3].into_iter().cycle();
    let sum: u32 = digits.bytes().rev().zip(weights).map(|(b, weight)| u32::from(b - b'0') * weight).sum();
    (sum.is_multiple_of(10) && digits.bytes().any(|b| b != b'0')).then_some(digits)
}

/// An ISRC (ISO 3901) in capitals without hyphens.
pub(super) fn isrc(text: &str) -> Option<String> {
    let code: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect::<String>().to_ascii_uppercase();
    let bytes = code.as_bytes();
    let right = bytes.len() == 12
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..5].iter().all(u8::is_ascii_alphanumeric)
        && bytes[5..].iter().all(u8::is_ascii_digit);
    right.then_some(code)
}

/// A code of three letters (ISO 639-2 or -3), in small ones.
pub(super) fn language(text: &str) -> Option<String> {
    let three = text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic());
    three.then(|| text.to_ascii_lowercase())
}

/// A UUID in small letters.
pub(super) fn uuid(text: &str) -> Option<String> {
    let shape = |(index, b): (usize, u8)| match index {
        8 | 13 | 18 | 23 => b == b'-',
        _ => b.is_ascii_hexdigit(),
    };
    let right = text.len() == 36 && text.bytes().enumerate().all(shape);
    right.then(|| text.to_ascii_lowercase())
}

/// All UUIDs in a value; ID3v2.3 has no way but a separator to hold several.
pub(super) fn uuids(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_hexdigit() && c != '-').filter_map(uuid).collect()
}

/// Hundredths of a dB out of `-7.21 dB`.
pub(super) fn gain_cdb(text: &str) -> Option<i64> {
    let number =
        text.strip_suffix("dB").or_else(|| text.strip_suffix("DB")).or_else(|| text.strip_suffix("db")).unwrap_or(text);
    let cdb = number.trim().parse::<f64>().ok()? * 100.0;
    (cdb.abs() <= MAX_GAIN_CDB).then(|| cdb.round() as i64)
}

/// Millionths out of `0.987654`.
pub(super) fn peak_millionths(text: &str) -> Option<i64> {
    let millionths = text.parse::<f64>().ok()? * 1e6;
    (0.0..=MAX_PEAK_MILLIONTHS).contains(&millionths).then(|| millionths.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_normalised_or_refused() {
        let good = [
            ("1999", "1999"),
            ("1999-12", "1999-12"),
            ("1999-12-31", "1999-12-31"),
            ("2004-02-29T10:00:00Z", "2004-02-29"),
            ("1999-12-31 23:59", "1999-12-31"),
            ("19991231", "1999-12-31"),
            ("1999/1/2", "1999-01-02"),
            ("1999.12", "1999-12"),
            ("1999-00-00", "1999"),
            ("1999-05-00", "1999-05"),
        ];
        for (text, date_text) in good {
            assert_eq!(date(text).as_deref(), Some(date_text), "{text}");
        }
        for text in
            ["", "99", "31.12.1999", "1999-13", "1999-02-29", "1999-1-2-3", "0000", "soon", "1999-ab", "１９９９"]
        {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn a_barcode_counts_only_with_its_check_digit() {
        assert_eq!(barcode("4 006381 333931").as_deref(), Some("4006381333931"));
        assert_eq!(barcode("036000291452").as_deref(), Some("036000291452"));
        assert_eq!(barcode("73513537").as_deref(), Some("73513537"));
        for text in ["4006381333932", "400638133393", "0000000000000", "40063813339310", "none"] {
            assert_eq!(barcode(text), None, "{text}");
        }
    }

    #[test]
    fn an_isrc_is_capitals_without_hyphens() {
        assert_eq!(isrc("us-rc1-76-07839").as_deref(), Some("USRC17607839"));
        for text in ["USRC1760783", "U1RC17607839", "USRC1760783X", "ÜSRC1760783"] {
            assert_eq!(isrc(text), None, "{text}");
        }
    }

    #[test]
    fn gains_and_peaks_become_integers() {
        assert_eq!(gain_cdb("-7.21 dB"), Some(-721));
        assert_eq!(gain_cdb("+0.5"), Some(50));
        assert_eq!(peak_millionths("0.987654"), Some(987_654));
        for text in ["", "dB", "NaN dB", "inf", "1e9 dB"] {
            assert_eq!(gain_cdb(text), None, "{text}");
        }
        assert_eq!(peak_millionths("-0.1"), None);
    }

    #[test]
    fn text_is_composed_trimmed_and_free_of_control_characters() {
        assert_eq!(clean(" И\u{306}од\n\u{0}\tx\u{feff} "), "Йод  x");
    }
}
