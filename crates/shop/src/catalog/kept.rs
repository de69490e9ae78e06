//! The tags of a track as the database keeps them: everything its file said, as JSON in `tracks.tags`. No picture and no
//! ReplayGain, which come from the cover and the measured loudness.

use audio::tags::{Credit, Tags};
use serde::{Deserialize, Serialize};

use crate::db::DbError;

/// See [`Tags`]: the same fields, in a stable order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct KeptTags {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub artists: Vec<KeptCredit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub album: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub album_artists: Vec<KeptCredit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_total: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disc_number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disc_total: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disc_subtitle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_date: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub composers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conductors: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalog_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isrc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mb_recording_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mb_track_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mb_release_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mb_release_group_id: Option<String>,
}

/// See [`Credit`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct KeptCredit {
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub join: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mbid: Option<String>,
}

impl KeptTags {
    /// Reads what [`KeptTags::to_json`] wrote, by this or another version.
    pub(super) fn from_json(json: &str) -> Result<KeptTags, DbError> {
        serde_json::from_str(json).map_err(|e| DbError::Failed(format!("the tags of a track are damaged: {e}")))
    }

    /// The same tags always give the same text.
    pub(super) fn to_json(&self) -> Result<String, DbError> {
        serde_json::to_string(self).map_err(|e| DbError::Failed(format!("tags cannot be kept: {e}")))
    }

    /// As a file carries them, without picture and gain.
    pub(super) fn into_tags(self) -> Tags {
        Tags {
            title: self.title,
            artists: self.artists.into_iter().map(Credit::from).collect(),
            album: self.album,
            album_artists: self.album_artists.into_iter().map(Credit::from).collect(),
            track_number: self.track_number,
            track_total: self.track_total,
            disc_number: self.disc_number,
            disc_total: self.disc_total,
            disc_subtitle: self.disc_subtitle,
            date: self.date,
            original_date: self.original_date,
            genres: self.genres,
            composers: self.composers,
            conductors: self.conductors,
            label: self.label,
            catalog_number: self.catalog_number,
            isrc: self.isrc,
            barcode: self.barcode,
            copyright: self.copyright,
            language: self.language,
            mb_recording_id: self.mb_recording_id,
            mb_track_id: self.mb_track_id,
            mb_release_id: self.mb_release_id,
            mb_release_group_id: self.mb_release_group_id,
            ..Tags::default()
        }
    }
}

impl From<Tags> for KeptTags {
    fn from(tags: Tags) -> KeptTags {
        KeptTags {
            title: tags.title,
            artists: tags.artists.into_iter().map(KeptCredit::from).collect(),
            album: tags.album,
            album_artists: tags.album_artists.into_iter().map(KeptCredit::from).collect(),
            track_number: tags.track_number,
            track_total: tags.track_total,
            disc_number: tags.disc_number,
            disc_total: tags.disc_total,
            disc_subtitle: tags.disc_subtitle,
            date: tags.date,
            original_date: tags.original_date,
            genres: tags.genres,
            composers: tags.composers,
            conductors: tags.conductors,
            label: tags.label,
            catalog_number: tags.catalog_number,
            isrc: tags.isrc,
            barcode: tags.barcode,
            copyright: tags.copyright,
            language: tags.language,
            mb_recording_id: tags.mb_recording_id,
            mb_track_id: tags.mb_track_id,
            mb_release_id: tags.mb_release_id,
            mb_release_group_id: tags.mb_release_group_id,
        }
    }
}

impl From<Credit> for KeptCredit {
    fn from(credit: Credit) -> KeptCredit {
        KeptCredit { name: credit.name, join: credit.join, sort: credit.sort, mbid: credit.mbid }
    }
}

impl From<KeptCredit> for Credit {
    fn from(credit: KeptCredit) -> Credit {
        Credit { name: credit.name, join: credit.join, sort: credit.sort, mbid: credit.mbid }
    }
}
