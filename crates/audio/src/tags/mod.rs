//! Tags: one neutral set for everything that a master carries in and a rendition carries out (names follow Picard's
//! mapping), the reader for masters, and the writers for each container's tag blob.

mod credits;
mod values;
mod cover;
mod read;
pub mod write;

pub use cover::MAX_PICTURE_BYTES;
pub use read::{MAX_TAG_BYTES, MAX_TAG_TEXT_BYTES, MAX_TAG_VALUES, ReadTags, read};

/// One credited artist: the name as credited and the words that join it to the next (" feat. ", " & ", "").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credit {
    /// The name as credited.
    pub name: String,
    /// Text between this name and the next; empty at the last.
    pub join: String,
    /// The name to sort by, where known.
    pub sort: Option<String>,
    /// MusicBrainz artist id (UUID text), where known.
    pub mbid: Option<String>,
}

/// A picture to embed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/jpeg` or `image/png`.
    pub mime: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The encoded image.
    pub data: Vec<u8>,
}

/// ReplayGain 2 values (reference −18 LUFS), kept as integers so that heads are byte-exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplayGain {
    /// Hundredths of a dB.
    pub track_gain_cdb: Option<i32>,
    /// True peak, in millionths of full scale.
    pub track_peak_millionths: Option<i64>,
    /// Hundredths of a dB.
    pub album_gain_cdb: Option<i32>,
    /// True peak, in millionths of full scale.
    pub album_peak_millionths: Option<i64>,
}

/// Everything a file says about its music. Absent is `None` or empty; text is trimmed NFC UTF-8.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Tags {
    pub title: Option<String>,
    pub artists: Vec<Credit>,
    pub album: Option<String>,
    pub album_artists: Vec<Credit>,
    pub track_number: Option<u32>,
    pub track_total: Option<u32>,
    pub disc_number: Option<u32>,
    pub disc_total: Option<u32>,
    pub disc_subtitle: Option<String>,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub date: Option<String>,
    pub original_date: Option<String>,
    pub genres: Vec<String>,
    pub composers: Vec<String>,
    pub conductors: Vec<String>,
    pub label: Option<String>,
    pub catalog_number: Option<String>,
    pub isrc: Option<String>,
    /// GTIN (EAN or UPC), digits only.
    pub barcode: Option<String>,
    pub copyright: Option<String>,
    /// ISO 639-3 where the tag holds one.
    pub language: Option<String>,
    pub mb_recording_id: Option<String>,
    pub mb_track_id: Option<String>,
    pub mb_release_id: Option<String>,
    pub mb_release_group_id: Option<String>,
    pub picture: Option<Picture>,
    pub replay_gain: ReplayGain,
}
