//! The made-up catalogue: which artists, labels and releases there are, each by its number. Any release can be asked for by
//! itself and comes out the same. Knows no database.

use std::collections::HashSet;

use super::chance::Chance;
use super::names::{self, Name, Tongue};
use super::words::WORDS;
use super::works::{self, ROMAN};
use crate::catalog::bulk::{BulkCredit, BulkNamed, BulkRelease, BulkTrack};
use crate::clock::{ID_CHARS, base32, day_of};

/// Releases for each artist, about.
const RELEASES_OF_AN_ARTIST: usize = 3;
/// Releases for each label, about.
const RELEASES_OF_A_LABEL: usize = 250;
const MIN_ARTISTS: usize = 8;
const MIN_LABELS: usize = 4;
/// Tries for a name that nobody has; then a letter stands within it, then a number behind.
const TRIES: usize = 12;
/// Artists whose names are classical performers', in a hundred.
const CLASSICAL_PERCENT: usize = 16;
/// When the first release came into the catalogue, and when the last (2024-01-01 and 2026-11-01 UTC).
const FROM_US: i64 = 1_704_067_200_000_000;
const UNTIL_US: i64 = 1_793_491_200_000_000;
/// Most media of a release; longer ones begin another.
const TRACKS_OF_A_MEDIUM: usize = 16;
const YEAR_US: i64 = 31_556_952_000_000;

/// What chance is asked about: parts of [`Chance::new`].
const OF_ARTIST: u64 = 1;
const OF_LABEL: u64 = 2;
const OF_SIZE: u64 = 3;
const OF_RELEASE: u64 = 4;
const OF_ID: u64 = 5;

/// Genres of those who sing in Russian, and of all others; the first the likeliest.
const GENRES_RU: &[&str] = &[
    "Русский рок",
    "Эстрада",
    "Авторская песня",
    "Electronic",
    "Народная музыка",
    "Jazz",
    "Hip-Hop",
    "Шансон",
    "Metal",
    "Indie",
];
const GENRES: &[&str] = &[
    "Rock",
    "Pop",
    "Electronic",
    "Jazz",
    "Indie",
    "Folk",
    "Hip-Hop",
    "Metal",
    "Ambient",
    "Soul",
    "Blues",
    "Country",
    "Punk",
    "House",
    "Techno",
    "Reggae",
    "Soundtrack",
    "Post-Rock",
    "World",
    "Experimental",
];
/// What classical releases are of, beside "Classical".
const CLASSICAL: &[&str] = &["Orchestral", "Chamber Music", "Piano", "Choral", "Baroque"];

/// What the recordings are: masters of one quality.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    /// Groups of masters, each of one rate and depth; the first the likeliest.
    pub groups: Vec<Vec<String>>,
    pub covers: Vec<String>,
}

/// Somebody who is credited.
#[derive(Debug, Clone)]
pub(super) struct Artist {
    pub id: String,
    pub name: Name,
    tongue: Tongue,
    /// Its place in [`GENRES`] or [`GENRES_RU`]; none for a performer of classical music.
    genre: Option<usize>,
}

/// A record company.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub id: String,
    pub name: String,
    initials: String,
}

/// The catalogue of a seed.
pub(super) struct Catalogue {
    seed: u64,
    pool: Pool,
    pub artists: Vec<Artist>,
    pub labels: Vec<Label>,
    /// How many tracks each release has.
    sizes: Vec<u16>,
    /// The number of each release's first track, for its ISRCs.
    firsts: Vec<u32>,
}

impl Catalogue {
    /// Of `tracks` tracks, exactly.
    pub(super) fn new(seed: u64, tracks: usize, pool: Pool) -> Catalogue {
        let (mut sizes, mut firsts, mut left) = (Vec::new(), Vec::new(), tracks);
        while left > 0 {
            let size = size(&mut Chance::new(seed, OF_SIZE, sizes.len() as u64)).min(left);
            firsts.push(u32::try_from(tracks - left).unwrap_or(u32::MAX));
            sizes.push(u16::try_from(size).unwrap_or(u16::MAX));
            left -= size;
        }
        let artists = artists(seed, (sizes.len() / RELEASES_OF_AN_ARTIST).max(MIN_ARTISTS));
        let labels = labels(seed, (sizes.len() / RELEASES_OF_A_LABEL).max(MIN_LABELS));
        Catalogue { seed, pool, artists, labels, sizes, firsts }
    }

    /// How many releases there are.
    pub(super) fn len(&self) -> usize {
        self.sizes.len()
    }

    /// The tracks of a release.
    pub(super) fn tracks_of(&self, number: usize) -> usize {
        self.sizes[number].into()
    }

    /// The id of a release.
    pub(super) fn release_id(&self, number: usize) -> String {
        id(self.seed, number as u64, 0, self.created_us(number))
    }

    /// The id of a track of it, counted from 0.
    pub(super) fn track_id(&self, number: usize, track: usize) -> String {
        id(self.seed, number as u64, 1 + 2 * track as u128, self.created_us(number))
    }

    /// By what the catalogue knows that it was made.
    pub(super) fn key(&self, number: usize) -> String {
        format!("synthetic {} {number}", self.seed)
    }

    /// The release that is in the `place`th place of popularity.
    pub(super) fn popular(&self, place: usize) -> usize {
        let count = self.len() as u64;
        // A step that shares no divisor with their number goes through all of them.
        let mut step = 2_654_435_761 % count.max(1);
        while step == 0 || divisor(step, count) > 1 {
            step += 1;
        }
        ((place as u64 * step + self.seed % count) % count) as usize
    }

    /// When its artists came into the catalogue.
    pub(super) fn begun_us(&self) -> i64 {
        FROM_US
    }

    fn created_us(&self, number: usize) -> i64 {
        let span = i128::from(UNTIL_US - FROM_US) * number as i128 / self.len().max(1) as i128;
        FROM_US + i64::try_from(span).unwrap_or(0)
    }

    /// Artists and labels as the catalogue takes them in.
    pub(super) fn bulk_artists(&self) -> Vec<BulkNamed> {
        let named = |artist: &Artist| BulkNamed {
            id: artist.id.clone(),
            name: artist.name.name.clone(),
            sort_name: artist.name.sort.clone(),
            created_us: FROM_US,
        };
        self.artists.iter().map(named).collect()
    }

    /// See [`Catalogue::bulk_artists`].
    pub(super) fn bulk_labels(&self) -> Vec<BulkNamed> {
        let named = |label: &Label| BulkNamed {
            id: label.id.clone(),
            name: label.name.clone(),
            sort_name: label.name.clone(),
            created_us: FROM_US,
        };
        self.labels.iter().map(named).collect()
    }

    /// A release by its number.
    pub(super) fn release(&self, number: usize) -> BulkRelease {
        let mut chance = Chance::new(self.seed, OF_RELEASE, number as u64);
        // A few have hundreds of releases, most one or two.
        let part = chance.part();
        let artist = &self.artists[((part * part) * self.artists.len() as f64) as usize];
        let label_at = (chance.part() * chance.part() * self.labels.len() as f64) as usize;
        let words = match artist.genre {
            None => self.classical(&mut chance, artist, number),
            Some(genre) => self.popular_words(&mut chance, artist, genre, number),
        };
        let (created_us, label) = (self.created_us(number), &self.labels[label_at]);
        let (date, original_date) = dates(&mut chance, created_us);
        let group = chance.zipf(self.pool.groups.len());
        let (masters, first) = (&self.pool.groups[group], chance.below(1_000));
        let tracks = words.tracks.into_iter().enumerate().map(|(place, track)| BulkTrack {
            id: self.track_id(number, place),
            recording_id: id(self.seed, number as u64, 2 + 2 * place as u128, created_us),
            isrc: isrc(self.firsts[number] as usize + place),
            master_id: masters[(first + place) % masters.len()].clone(),
            medium: (place / TRACKS_OF_A_MEDIUM + 1) as u32,
            number: (place % TRACKS_OF_A_MEDIUM + 1) as u32,
            title: track.title,
            credits: track.credits,
            composers: track.composers,
        });
        BulkRelease {
            id: self.release_id(number),
            import_key: self.key(number),
            title: words.title,
            credits: words.credits,
            label_id: label.id.clone(),
            catalog_number: format!("{} {:04}", label.initials, number % 9_000 + 1_000),
            gtin: gtin(number),
            copyright: format!("© {} {}", &date[..4], label.name),
            date,
            original_date,
            language: words.language,
            cover_id: chance.of(&self.pool.covers).clone(),
            genres: words.genres,
            created_us,
            tracks: tracks.collect(),
        }
    }

    fn popular_words(&self, chance: &mut Chance, artist: &Artist, genre: usize, number: usize) -> Words {
        let (size, tongue) = (self.tracks_of(number), artist.tongue);
        let mut titles = HashSet::new();
        let tracks = (0..size).map(|_| {
            let mut title = names::title(chance, tongue);
            for _ in 0..TRIES {
                if titles.insert(title.clone()) {
                    break;
                }
                title = names::title(chance, tongue);
            }
            title += names::version(chance, tongue);
            let credits = if chance.percent(4) { self.with_guest(chance, artist) } else { Vec::new() };
            TrackWords { title, credits, composers: Vec::new() }
        });
        let tracks: Vec<TrackWords> = tracks.collect();
        let is_single = size <= 2 || chance.percent(20);
        let title = match tracks.first() {
            Some(track) if is_single => track.title.clone(),
            _ => names::title(chance, tongue),
        };
        let all = if tongue == Tongue::Russian { GENRES_RU } else { GENRES };
        let mut genres = vec![all[genre]];
        let other = *chance.of(all);
        if chance.percent(30) && other != all[genre] {
            genres.push(other);
        }
        let is_instrumental = matches!(all[genre], "Ambient" | "Techno" | "House" | "Jazz" | "Post-Rock");
        let language = if is_instrumental && chance.percent(60) { "zxx" } else { tongue.code() };
        Words { title, credits: vec![credit(artist, "")], genres, language, tracks }
    }

    fn with_guest(&self, chance: &mut Chance, artist: &Artist) -> Vec<BulkCredit> {
        let guest = chance.of(&self.artists);
        if guest.id == artist.id {
            return Vec::new();
        }
        vec![credit(artist, " feat. "), credit(guest, "")]
    }

    /// Works of one composer, played whole as far as the release has room.
    fn classical(&self, chance: &mut Chance, artist: &Artist, number: usize) -> Words {
        let in_russian = artist.tongue == Tongue::Russian;
        let composers = &WORDS.composers;
        let mut at = chance.zipf(composers.len());
        if in_russian && chance.percent(50) {
            let own: Vec<usize> = (0..composers.len()).filter(|at| composers[*at].is_russian).collect();
            at = *chance.of(&own);
        }
        let composer = &composers[at];
        let (name, surname) = match in_russian {
            true => (&composer.name_ru, &composer.surname_ru),
            false => (&composer.name, &composer.surname),
        };
        let (mut tracks, mut shorts) = (Vec::new(), Vec::<String>::new());
        let size = self.tracks_of(number);
        while tracks.len() < size {
            let work = works::work(chance, composer, in_russian);
            if !shorts.contains(&work.short) {
                shorts.push(work.short.clone());
            }
            let titles = match work.movements {
                [] | [_] => vec![work.whole],
                movements => {
                    let part = |(roman, movement): (&str, &&str)| format!("{}: {roman}. {movement}", work.whole);
                    ROMAN.into_iter().zip(movements).map(part).collect()
                }
            };
            let track = |title| TrackWords { title, credits: Vec::new(), composers: vec![name.clone()] };
            tracks.extend(titles.into_iter().map(track));
        }
        tracks.truncate(size);
        shorts.truncate(2);
        let joined = shorts.join(if in_russian { " и " } else { " & " });
        Words {
            title: format!("{surname}: {joined}"),
            credits: vec![credit(artist, "")],
            genres: vec!["Classical", *chance.of(CLASSICAL)],
            language: "zxx",
            tracks,
        }
    }
}

/// What is written on a release.
struct Words {
    title: String,
    credits: Vec<BulkCredit>,
    genres: Vec<&'static str>,
    language: &'static str,
    tracks: Vec<TrackWords>,
}

struct TrackWords {
    title: String,
    credits: Vec<BulkCredit>,
    composers: Vec<String>,
}

fn credit(artist: &Artist, join: &'static str) -> BulkCredit {
    let (artist_id, name) = (artist.id.clone(), artist.name.name.clone());
    BulkCredit { artist_id, name, join, sort_name: artist.name.sort.clone() }
}

/// Singles, short ones, albums, and a few long ones.
fn size(chance: &mut Chance) -> usize {
    match chance.below(100) {
        0..14 => 1 + chance.below(2),
        14..30 => 4 + chance.below(3),
        30..94 => 8 + chance.below(7),
        _ => 16 + chance.below(20),
    }
}

fn artists(seed: u64, count: usize) -> Vec<Artist> {
    let mut taken = HashSet::with_capacity(count);
    let mut artist = |number: usize| {
        let mut chance = Chance::new(seed, OF_ARTIST, number as u64);
        let tongue = Tongue::by(&mut chance);
        let is_classical = chance.percent(CLASSICAL_PERCENT);
        let is_person = chance.percent(50);
        let named = |chance: &mut Chance, more: bool| match (is_person || more, is_classical) {
            (true, _) => names::person(chance, tongue, more),
            (false, true) => names::ensemble(chance, tongue),
            (false, false) => names::group(chance, tongue),
        };
        let mut name = named(&mut chance, false);
        for n in 0.. {
            if taken.insert(name.name.to_lowercase()) {
                break;
            }
            name = named(&mut chance, n >= TRIES);
            if n >= 2 * TRIES {
                name.name = format!("{} ({})", name.name, n - 2 * TRIES + 2);
            }
        }
        let all = if tongue == Tongue::Russian { GENRES_RU } else { GENRES };
        let genre = (!is_classical).then(|| chance.zipf(all.len()));
        Artist { id: id(seed, number as u64, ARTISTS, FROM_US), name, tongue, genre }
    };
    (0..count).map(&mut artist).collect()
}

fn labels(seed: u64, count: usize) -> Vec<Label> {
    let mut taken = HashSet::new();
    let mut label = |number: usize| {
        let mut chance = Chance::new(seed, OF_LABEL, number as u64);
        let mut name = names::label(&mut chance);
        for n in 0.. {
            if taken.insert(name.to_lowercase()) {
                break;
            }
            name = names::label(&mut chance);
            if n >= TRIES {
                name = format!("{name} {}", n - TRIES + 2);
            }
        }
        let initials: String =
            name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphabetic())).collect();
        let initials = format!("{}{}", initials.to_uppercase(), number % 90 + 10);
        Label { id: id(seed, number as u64, LABELS, FROM_US), name, initials }
    };
    (0..count).map(&mut label).collect()
}

/// Room for the tracks of a release below the numbers of artists and labels.
const ARTISTS: u128 = 0xfff0;
const LABELS: u128 = 0xfff1;

/// An id that sorts by its time, then by its release, then by its place there.
fn id(seed: u64, number: u64, place: u128, at_us: i64) -> String {
    let chance = Chance::new(seed, OF_ID, number).next();
    let millis = u128::from((at_us / 1_000).unsigned_abs()) & 0xffff_ffff_ffff;
    base32(millis << 80 | u128::from(chance) << 16 | place, ID_CHARS as u32)
}

/// Years between 1958 and the catalogue's own time, the later the likelier; some are new editions of older ones.
fn dates(chance: &mut Chance, created_us: i64) -> (String, Option<String>) {
    let age = chance.part();
    let age = (age * age * age * 65.0 * YEAR_US as f64) as i64;
    let date = day_of(created_us - age);
    let original = chance.percent(12).then(|| day_of(created_us - age - YEAR_US * (3 + chance.below(30) as i64)));
    (date, original)
}

/// GTIN-13 of the range for internal use, with its check digit.
fn gtin(number: usize) -> String {
    let digits = format!("21{:010}", number % 10_000_000_000);
    let weighed =
        digits.bytes().enumerate().map(|(at, digit)| usize::from(digit - b'0') * if at % 2 == 0 { 1 } else { 3 });
    format!("{digits}{}", (10 - weighed.sum::<usize>() % 10) % 10)
}

/// Of registrants that nobody has: QZ, S and two characters.
fn isrc(number: usize) -> String {
    format!("QZS{}26{:05}", base32((number / 100_000) as u128, 2).to_uppercase(), number % 100_000)
}

fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(seed: u64, tracks: usize) -> Catalogue {
        let groups = vec![vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]];
        Catalogue::new(seed, tracks, Pool { groups, covers: vec!["cover".to_owned()] })
    }

    #[test]
    fn it_has_exactly_as_many_tracks_as_were_asked_for_and_the_same_ones_for_the_same_seed() {
        for tracks in [1, 7, 5_000] {
            let catalogue = catalogue(3, tracks);
            let all: Vec<BulkRelease> = (0..catalogue.len()).map(|number| catalogue.release(number)).collect();
            assert_eq!(all.iter().map(|release| release.tracks.len()).sum::<usize>(), tracks);
        }
        let said = |seed| format!("{:?}", catalogue(seed, 3_000).release(100));
        assert_eq!(said(1), said(1));
        assert_ne!(said(1), said(2));
    }

    #[test]
    fn ids_isrcs_and_names_of_artists_come_once_and_ids_sort_by_time() {
        let catalogue = catalogue(1, 20_000);
        let all: Vec<BulkRelease> = (0..catalogue.len()).map(|number| catalogue.release(number)).collect();
        assert!(all.is_sorted_by(|a, b| a.id < b.id), "releases are in their order");
        let tracks: Vec<&BulkTrack> = all.iter().flat_map(|release| &release.tracks).collect();
        let unique = |texts: Vec<&String>| texts.iter().collect::<HashSet<_>>().len() == texts.len();
        assert!(unique(tracks.iter().flat_map(|track| [&track.id, &track.recording_id]).collect()));
        assert!(unique(tracks.iter().map(|track| &track.isrc).collect()));
        assert!(unique(catalogue.artists.iter().map(|artist| &artist.name.name).collect()));
        assert!(tracks.iter().all(|track| crate::catalog::isrc_of(&track.isrc).as_ref() == Some(&track.isrc)));
    }

    #[test]
    fn every_release_has_its_place_of_popularity() {
        for tracks in [1, 50, 4_000] {
            let catalogue = catalogue(9, tracks);
            let places: HashSet<usize> = (0..catalogue.len()).map(|place| catalogue.popular(place)).collect();
            assert_eq!(places.len(), catalogue.len());
        }
    }

    #[test]
    fn both_alphabets_several_languages_classical_works_and_all_qualities_are_there() {
        let catalogue = catalogue(1, 20_000);
        let all: Vec<BulkRelease> = (0..catalogue.len()).map(|number| catalogue.release(number)).collect();
        let part = |test: &dyn Fn(&BulkRelease) -> bool| all.iter().filter(|r| test(r)).count() * 100 / all.len();
        let is_cyrillic = |release: &BulkRelease| release.title.chars().any(|c| matches!(c, 'а'..='я'));
        assert!((20..60).contains(&part(&is_cyrillic)), "{}", part(&is_cyrillic));
        assert!((8..30).contains(&part(&|release| release.genres.contains(&"Classical"))));
        for language in ["eng", "rus", "deu", "fra", "spa", "zxx"] {
            assert!(all.iter().any(|release| release.language == language), "{language}");
        }
        assert!(all.iter().any(|release| release.tracks[0].master_id == "c"));
        let mut years: Vec<&str> = all.iter().map(|release| &release.date[..4]).collect();
        years.sort_unstable();
        assert!(years[0] < "1975" && years[years.len() / 2] > "2010", "{} {}", years[0], years[years.len() / 2]);
    }
}
