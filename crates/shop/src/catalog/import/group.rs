//! Which files make up which release, and what a release says of itself, out of the tags of its tracks. Pure rules: no
//! files, no SQL.

use std::collections::{BTreeMap, BTreeSet};

use audio::tags::Credit;

use crate::catalog::artists::credit_text;
use crate::catalog::kept::KeptTags;
use crate::catalog::names::key;
use crate::catalog::types::MasterFacts;

/// Genres of a release at the most.
const MAX_RELEASE_GENRES: usize = 8;
/// Who a release is by when its tracks are by different artists and no tag says more.
const VARIOUS: &str = "Various Artists";
/// Who a track is by when no tag says it.
const UNKNOWN: &str = "Unknown Artist";

/// Splits the files of a folder (given by their tags) into releases; returns the places of each release's files.
///
/// One album title is one release, unless its files name different MusicBrainz releases or different album artists; files
/// that name none go with the others. Files without an album belong together.
pub(super) fn releases(files: &[&KeptTags]) -> Vec<Vec<usize>> {
    let mut albums: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, tags) in files.iter().enumerate() {
        albums.entry(tags.album.as_deref().map(key).unwrap_or_default()).or_default().push(place);
    }
    let by_release = albums.into_values().flat_map(|places| split(files, places, |tags| tags.mb_release_id.clone()));
    let by_artist =
        by_release.flat_map(|places| split(files, places, |tags| Some(credit_key(tags)).filter(|k| !k.is_empty())));
    let mut groups: Vec<Vec<usize>> = by_artist.collect();
    groups.sort();
    groups
}

fn credit_key(tags: &KeptTags) -> String {
    key(&credit_text(&credits(tags.album_artists.iter())))
}

fn credits<'a>(kept: impl Iterator<Item = &'a crate::catalog::kept::KeptCredit>) -> Vec<Credit> {
    kept.cloned().map(Credit::from).collect()
}

/// Splits a group by a value where the values are several; files without one go with the first.
fn split(files: &[&KeptTags], places: Vec<usize>, value: impl Fn(&KeptTags) -> Option<String>) -> Vec<Vec<usize>> {
    let values: BTreeSet<String> = places.iter().filter_map(|place| value(files[*place])).collect();
    let Some(first) = places.iter().find_map(|place| value(files[*place])).filter(|_| values.len() > 1) else {
        return vec![places];
    };
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for place in places {
        groups.entry(value(files[place]).unwrap_or_else(|| first.clone())).or_default().push(place);
    }
    groups.into_values().collect()
}

/// What a release says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub title: String,
    pub artists: Vec<Credit>,
    pub label: Option<String>,
    pub catalog_number: Option<String>,
    pub gtin: Option<String>,
    pub mbid: Option<String>,
    pub date: Option<String>,
    pub original_date: Option<String>,
    pub copyright: Option<String>,
    pub language: Option<String>,
    pub genres: Vec<String>,
}

/// Out of the tags of all its tracks in order: what the first one says that says anything. Without an album title a single
/// track gives its own, several take the name of their folder.
pub(super) fn said(tracks: &[&KeptTags], folder: &str) -> Said {
    let first = |value: fn(&KeptTags) -> &Option<String>| tracks.iter().find_map(|tags| value(tags).clone());
    let title = first(|tags| &tags.album).unwrap_or_else(|| match tracks {
        [only] => only.title.clone().unwrap_or_else(|| folder.to_owned()),
        _ => folder.to_owned(),
    });
    Said {
        title,
        artists: album_artists(tracks),
        label: first(|tags| &tags.label),
        catalog_number: first(|tags| &tags.catalog_number),
        gtin: first(|tags| &tags.barcode),
        mbid: first(|tags| &tags.mb_release_id),
        date: first(|tags| &tags.date),
        original_date: first(|tags| &tags.original_date),
        copyright: first(|tags| &tags.copyright),
        language: first(|tags| &tags.language),
        genres: genres(tracks),
    }
}

fn album_artists(tracks: &[&KeptTags]) -> Vec<Credit> {
    if let Some(tags) = tracks.iter().find(|tags| !tags.album_artists.is_empty()) {
        return credits(tags.album_artists.iter());
    }
    let Some(first) = tracks.first() else { return vec![plain(UNKNOWN)] };
    let all_same = tracks.iter().all(|tags| {
        tags.artists.len() == first.artists.len()
            && tags.artists.iter().zip(&first.artists).all(|(a, b)| key(&a.name) == key(&b.name))
    });
    match (all_same, first.artists.is_empty()) {
        (true, false) => credits(first.artists.iter()),
        (true, true) => vec![plain(UNKNOWN)],
        (false, _) => vec![plain(VARIOUS)],
    }
}

fn plain(name: &str) -> Credit {
    Credit { name: name.to_owned(), ..Credit::default() }
}

/// Who a track is by: its own credit, else its release's.
pub(super) fn track_artists(tags: &KeptTags, release: &Said) -> Vec<Credit> {
    match tags.artists.is_empty() {
        false => credits(tags.artists.iter()),
        true if release.artists == [plain(VARIOUS)] => vec![plain(UNKNOWN)],
        true => release.artists.clone(),
    }
}

fn genres(tracks: &[&KeptTags]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for genre in tracks.iter().flat_map(|tags| &tags.genres).flat_map(|genre| genre.split(';')) {
        let genre = genre.trim();
        if !genre.is_empty() && found.len() < MAX_RELEASE_GENRES && !found.iter().any(|g| key(g) == key(genre)) {
            found.push(genre.to_owned());
        }
    }
    found
}

/// What makes two imports the same release: the MusicBrainz id, else the GTIN, else artist, title, date and the quality of
/// the first track (an album may be sold from its CD and from a high-resolution source).
pub(super) fn import_key(said: &Said, master: &MasterFacts) -> String {
    match (&said.mbid, &said.gtin) {
        (Some(mbid), _) => format!("mb:{mbid}"),
        (None, Some(gtin)) => format!("gtin:{}", gtin.trim_start_matches('0')),
        (None, None) => format!(
            "text:{}|{}|{}|{}/{}",
            key(&credit_text(&said.artists)),
            key(&said.title),
            said.date.as_deref().unwrap_or(""),
            master.rate_hz,
            master.bits
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::kept::KeptCredit;

    fn tags(album: &str, artist: &str, album_artist: &str, mbid: &str) -> KeptTags {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let credit =
            |name: &str| some(name).into_iter().map(|name| KeptCredit { name, ..Default::default() }).collect();
        KeptTags {
            title: Some("t".into()),
            album: some(album),
            artists: credit(artist),
            album_artists: credit(album_artist),
            mb_release_id: some(mbid),
            ..Default::default()
        }
    }

    #[test]
    fn files_of_one_folder_become_the_releases_that_their_tags_name() {
        for (files, groups) in [
            (vec![("A", "x", "", ""), ("a ", "y", "", ""), ("B", "x", "", "")], vec![vec![0, 1], vec![2]]),
            (vec![("A", "x", "P", ""), ("A", "y", "", ""), ("A", "z", "Q", "")], vec![vec![0, 1], vec![2]]),
            (vec![("A", "x", "", "1"), ("A", "y", "", ""), ("A", "z", "", "2")], vec![vec![0, 1], vec![2]]),
            (vec![("A", "x", "P", "1"), ("A", "y", "P", "")], vec![vec![0, 1]]),
            (vec![("", "x", "", ""), ("", "y", "", "")], vec![vec![0, 1]]),
        ] {
            let tags: Vec<KeptTags> = files.iter().map(|(a, b, c, d)| tags(a, b, c, d)).collect();
            assert_eq!(releases(&tags.iter().collect::<Vec<_>>()), groups, "{files:?}");
        }
    }

    #[test]
    fn a_release_without_names_takes_them_from_its_tracks_and_its_folder() {
        let (one, two) = (tags("", "X", "", ""), tags("", "Y", "", ""));
        assert_eq!(said(&[&one], "Folder").title, "t");
        let both = said(&[&one, &two], "Folder");
        assert_eq!((both.title.as_str(), both.artists[0].name.as_str()), ("Folder", VARIOUS));
        assert_eq!(said(&[&one, &one], "Folder").artists[0].name, "X");
        let nobody = tags("", "", "", "");
        assert_eq!(track_artists(&nobody, &both)[0].name, UNKNOWN);
    }
}
