//! The writing side of tags: one file per kind of tag blob. Blobs are a pure function of the tags, byte for byte.

pub mod ape;
pub mod asf;
pub mod id3;
pub mod ilst;
pub mod vorbis;

use super::{Credit, Tags};
use crate::{Error, Result};

/// Bytes of an embedded cover; the shop prepares covers below it. In an Ogg comment it grows by a third (base64).
pub const MAX_EMBEDDED_COVER_BYTES: usize = 350_000;
/// Bytes of all text of a tag, names of the fields included.
pub const MAX_TAG_TEXT_BYTES: usize = 64_000;

/// The whole credit as it reads: "A feat. B".
pub fn credit_text(credits: &[Credit]) -> Option<String> {
    let joined: String = credits.iter().flat_map(|c| [c.name.as_str(), c.join.as_str()]).collect();
    (!joined.is_empty()).then_some(joined)
}

/// The whole credit to sort by; only where every artist has a sort name.
pub(crate) fn credit_sort(credits: &[Credit]) -> Option<String> {
    let sorts: Option<Vec<[&str; 2]>> = credits.iter().map(|c| Some([c.sort.as_deref()?, c.join.as_str()])).collect();
    sorts.map(|s| s.concat().concat()).filter(|s| !s.is_empty())
}

/// The MusicBrainz ids of a credit.
pub(crate) fn credit_ids(credits: &[Credit]) -> impl Iterator<Item = String> + '_ {
    credits.iter().filter_map(|c| c.mbid.clone())
}

/// `3/12`, `3`, or nothing.
pub(crate) fn of_total(number: Option<u32>, total: Option<u32>) -> Option<String> {
    match (number, total) {
        (Some(number), Some(total)) => Some(format!("{number}/{total}")),
        (number, _) => number.map(|n| n.to_string()),
    }
}

/// `-7.03 dB` from hundredths of a dB.
pub(crate) fn gain_text(gain_cdb: i32) -> String {
    let sign = if gain_cdb < 0 { "-" } else { "" };
    let whole = gain_cdb.unsigned_abs();
    format!("{sign}{}.{:02} dB", whole / 100, whole % 100)
}

/// `0.988553` from millionths.
pub(crate) fn peak_text(peak_millionths: i64) -> String {
    let peak = peak_millionths.max(0);
    format!("{}.{:06}", peak / 1_000_000, peak % 1_000_000)
}

/// The four ReplayGain 2 fields under their usual names, in lower case.
pub(crate) fn replay_gain_texts(tags: &Tags) -> Vec<(&'static str, String)> {
    let gain = &tags.replay_gain;
    let fields = [
        ("replaygain_track_gain", gain.track_gain_cdb.map(gain_text)),
        ("replaygain_track_peak", gain.track_peak_millionths.map(peak_text)),
        ("replaygain_album_gain", gain.album_gain_cdb.map(gain_text)),
        ("replaygain_album_peak", gain.album_peak_millionths.map(peak_text)),
    ];
    fields.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
}

/// Refuses tags that no container here takes.
pub(crate) fn check_limits(tags: &Tags, text_bytes: usize) -> Result<()> {
    if tags.picture.as_ref().is_some_and(|p| p.data.len() > MAX_EMBEDDED_COVER_BYTES) {
        return Err(Error::Limit { name: "MAX_EMBEDDED_COVER_BYTES", limit: MAX_EMBEDDED_COVER_BYTES as u64 });
    }
    if text_bytes > MAX_TAG_TEXT_BYTES {
        return Err(Error::Limit { name: "MAX_TAG_TEXT_BYTES", limit: MAX_TAG_TEXT_BYTES as u64 });
    }
    Ok(())
}
