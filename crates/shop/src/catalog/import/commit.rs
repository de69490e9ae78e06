//! The one transaction of a release: which release and tracks the files are, what of them changed, and writing that. It may
//! run more than once and keeps nothing from a run but its answer. How
//! tracks find their places stands in `places`, the statements that write in `write`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use audio::provenance::Provenance;

use super::FileState;
use super::examine::Known;
use super::group;
use super::places::{self, Wish};
use super::write::{self, CoverRow, File, Group, Release, TrackRow, Writer};
use crate::catalog::changes;
use crate::catalog::kept::KeptTags;
use crate::catalog::provenance::{COLUMNS, provenance_of};
use crate::catalog::read::master_of;
use crate::clock::Clock;
use crate::db::{DbError, Row, Tx, Value};
use crate::params;

/// What the tests of this folder need of a file's known state.
pub(super) type ByPath = HashMap<String, Known>;

/// Values of one statement at the most; both engines take more.
const VALUES_AT_ONCE: usize = 500;

/// What became of a file.
#[derive(Debug)]
pub(super) struct Decided {
    pub state: FileState,
    pub release_id: Option<String>,
    pub track_id: Option<String>,
    pub master_id: String,
    pub message: Option<String>,
    pub provenance: Provenance,
    /// Whether release and track were made by this commit.
    pub new: (bool, bool),
}

impl Decided {
    /// What is not there after all has no id.
    pub(super) fn without_new_ids(self) -> Decided {
        let (new_release, new_track) = self.new;
        let release_id = self.release_id.filter(|_| !new_release);
        Decided { release_id, track_id: self.track_id.filter(|_| !new_track), ..self }
    }
}

/// Why nothing was written.
#[derive(Debug)]
pub(super) enum Refusal {
    Db(DbError),
    DryRun(Vec<Decided>),
}

/// What earlier imports know of files, by path key.
pub(super) fn known(tx: &mut Tx, keys: &[String]) -> Result<ByPath, DbError> {
    let mut found = HashMap::new();
    for keys in keys.chunks(VALUES_AT_ONCE) {
        let places: Vec<String> = (1..=keys.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT f.path, f.file_bytes, f.modified_us, f.file_sha256, f.cover_sha256, t.release_id, t.id,
                    m.id, m.rate_hz, m.channels, m.bits, m.is_float, m.length_frames, {COLUMNS}
             FROM import_files f JOIN tracks t ON t.id = f.track_id
             JOIN recordings c ON c.id = t.recording_id JOIN masters m ON m.id = c.master_id
             LEFT JOIN master_provenance p ON p.master_id = m.id
             WHERE f.path IN ({})",
            places.join(", ")
        );
        for row in tx.rows(&sql, &keys.iter().map(Value::from).collect::<Vec<_>>())? {
            found.insert(row.get(0)?, known_of(&row)?);
        }
    }
    Ok(found)
}

fn known_of(row: &Row) -> Result<Known, DbError> {
    Ok(Known {
        bytes: row.get(1)?,
        modified_us: row.get(2)?,
        file_sha256: row.get(3)?,
        folder_cover: row.get(4)?,
        release_id: row.get(5)?,
        track_id: row.get(6)?,
        master: master_of(row, 7)?,
        provenance: provenance_of(row, 13)?,
    })
}

/// Whether a master is there.
pub(super) fn has_master(tx: &mut Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.row("SELECT 1 FROM masters WHERE id = $1", params![id])?.is_some())
}

/// A cover that is there.
pub(super) fn cover_row(tx: &mut Tx, id: &str) -> Result<Option<CoverRow>, DbError> {
    let row = tx.row("SELECT id, object_key, width, height FROM covers WHERE id = $1", params![id])?;
    let cover =
        |row: Row| Ok(CoverRow { id: row.get(0)?, object_key: row.get(1)?, width: row.get(2)?, height: row.get(3)? });
    row.map(cover).transpose()
}

/// A track of the release before this import.
#[derive(Debug)]
struct Before {
    row: TrackRow,
    master_id: String,
    on_sale: bool,
}

/// Commits a release; returns what became of each file, in order.
pub(super) fn commit(tx: &mut Tx, clock: &Clock, group: &Group) -> Result<Vec<Decided>, DbError> {
    changes::lock(tx)?;
    let now_us = clock.now_us();
    write::masters(tx, group, now_us)?;
    write::cover(tx, group.cover.as_ref(), now_us)?;
    let keys: Vec<String> = group.files.iter().map(|file| file.path_key.clone()).collect();
    let known = known(tx, &keys)?;
    let (release_id, new_release) = resolve(tx, clock, group, &known)?;
    let before = tracks_before(tx, &release_id)?;
    let matched = match_tracks(clock, group, &known, &before, &release_id);
    let placed = places::assign(&wishes(group, &matched, &before), &occupied(&matched, &before));

    let all_tags = tags_in_order(group, &matched, &placed, &before)?;
    let said = group::said(&all_tags.values().collect::<Vec<_>>(), &group.folder);
    let whole = before.iter().all(|(id, track)| !track.on_sale || matched.iter().any(|m| m.track_id == *id));
    let import_key = group::import_key(&said, &group.files[0].examined.facts);
    let release = Release { group, said: &said, import_key, whole };
    let mut writer = Writer { tx, clock, now_us, release_id, new: new_release, changed: false, cover_changed: false };
    writer.release(&release)?;
    let decided = write_tracks(&mut writer, &release, &matched, &placed, &before)?;
    writer.media(&all_tags)?;
    for (file, matched) in group.files.iter().zip(&matched) {
        writer.file(file, &matched.track_id)?;
    }
    for former in known.values().filter(|known| matched.iter().all(|m| m.track_id != known.track_id)) {
        writer.leave(&former.release_id, &former.track_id)?;
    }
    writer.finish()?;
    Ok(decided)
}

/// The release that the files belong to: the one that most of them were imported into, else the one with the same key, else
/// a new one. Returns its id and whether it is new.
fn resolve(tx: &mut Tx, clock: &Clock, group: &Group, known: &ByPath) -> Result<(String, bool), DbError> {
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for known in known.values() {
        *votes.entry(&known.release_id).or_default() += 1;
    }
    if let Some((release, _)) = votes.into_iter().max_by_key(|(_, votes)| *votes) {
        return Ok((release.to_owned(), false));
    }
    let tags: Vec<&KeptTags> = group.files.iter().map(|file| &file.examined.tags).collect();
    let key = group::import_key(&group::said(&tags, &group.folder), &group.files[0].examined.facts);
    match tx.row("SELECT id FROM releases WHERE import_key = $1", params![key])? {
        Some(row) => Ok((row.get(0)?, false)),
        None => Ok((clock.new_id(), true)),
    }
}

fn tracks_before(tx: &mut Tx, release_id: &str) -> Result<BTreeMap<String, Before>, DbError> {
    let sql = "SELECT t.id, t.medium, t.number, t.title, t.credit, t.recording_id, t.mb_track_id, t.composers, t.tags,
                      t.state, c.master_id
               FROM tracks t JOIN recordings c ON c.id = t.recording_id WHERE t.release_id = $1";
    let rows = tx.rows(sql, params![release_id])?;
    let before = rows.iter().map(|row| {
        let track = TrackRow {
            medium: row.get(1)?,
            number: row.get(2)?,
            title: row.get(3)?,
            credit: row.get(4)?,
            recording_id: row.get(5)?,
            mb_track_id: row.get(6)?,
            composers: row.get(7)?,
            tags: row.get(8)?,
        };
        let on_sale = row.get::<String>(9)? == "on_sale";
        Ok((row.get(0)?, Before { row: track, master_id: row.get(10)?, on_sale }))
    });
    before.collect()
}

/// Which track a file is.
#[derive(Debug)]
struct Matched {
    track_id: String,
    /// The file in the group that already is this track: the same audio twice.
    twin: Option<usize>,
}

/// By path; else by the same master within the release, its own place before another; else a new track.
fn match_tracks(
    clock: &Clock,
    group: &Group,
    known: &ByPath,
    before: &BTreeMap<String, Before>,
    release_id: &str,
) -> Vec<Matched> {
    let by_path = |file: &File| {
        known.get(&file.path_key).filter(|known| known.release_id == release_id).map(|known| known.track_id.clone())
    };
    let mut claimed: BTreeSet<String> = group.files.iter().filter_map(by_path).collect();
    let mut matched: Vec<Matched> = Vec::new();
    for (place, file) in group.files.iter().enumerate() {
        let twin = group.files[..place].iter().position(|other| twins(other, file));
        let track_id = by_path(file)
            .or_else(|| twin.map(|twin| matched[twin].track_id.clone()))
            .or_else(|| by_master(file, before, &claimed))
            .unwrap_or_else(|| clock.new_id());
        claimed.insert(track_id.clone());
        let twin = twin.filter(|twin| matched[*twin].track_id == track_id);
        let twin = twin.or_else(|| matched.iter().position(|other| other.track_id == track_id));
        matched.push(Matched { track_id, twin });
    }
    matched
}

/// The same audio under the same name and number.
fn twins(one: &File, two: &File) -> bool {
    let place = |file: &File| (disc(file), file.examined.tags.track_number, file.examined.tags.title.clone());
    one.examined.facts.id == two.examined.facts.id && place(one) == place(two)
}

fn disc(file: &File) -> u32 {
    file.examined.tags.disc_number.or(file.disc).unwrap_or(1)
}

fn by_master(file: &File, before: &BTreeMap<String, Before>, claimed: &BTreeSet<String>) -> Option<String> {
    let same = before.iter().filter(|(id, track)| track.master_id == file.examined.facts.id && !claimed.contains(*id));
    let wanted = (disc(file), file.examined.tags.track_number.unwrap_or(0));
    same.min_by_key(|(_, track)| (track.row.medium, track.row.number) != wanted).map(|(id, _)| id.clone())
}

fn wishes(group: &Group, matched: &[Matched], before: &BTreeMap<String, Before>) -> Vec<Wish> {
    let wish = |(file, matched): (&File, &Matched)| Wish {
        medium: disc(file),
        number: file.examined.tags.track_number,
        now: before.get(&matched.track_id).map(|track| (track.row.medium, track.row.number)),
        same_as: matched.twin,
    };
    group.files.iter().zip(matched).map(wish).collect()
}

/// Places of tracks that no file of the group is.
fn occupied(matched: &[Matched], before: &BTreeMap<String, Before>) -> BTreeSet<(u32, u32)> {
    let others = before.iter().filter(|(id, _)| matched.iter().all(|m| m.track_id != **id));
    others.map(|(_, track)| (track.row.medium, track.row.number)).collect()
}

/// The tags of all tracks that the release has after this import, in order; withdrawn ones say nothing.
fn tags_in_order(
    group: &Group,
    matched: &[Matched],
    placed: &[places::Placed],
    before: &BTreeMap<String, Before>,
) -> Result<BTreeMap<(u32, u32), KeptTags>, DbError> {
    let mut tags = BTreeMap::new();
    for (id, track) in before {
        if track.on_sale && matched.iter().all(|m| m.track_id != *id) {
            tags.insert((track.row.medium, track.row.number), KeptTags::from_json(&track.row.tags)?);
        }
    }
    for (file, placed) in group.files.iter().zip(placed) {
        tags.entry(placed.place).or_insert_with(|| file.examined.tags.clone());
    }
    Ok(tags)
}

/// Writes the tracks; returns what became of each file, in order.
fn write_tracks(
    writer: &mut Writer,
    release: &Release,
    matched: &[Matched],
    placed: &[places::Placed],
    before: &BTreeMap<String, Before>,
) -> Result<Vec<Decided>, DbError> {
    for (matched, placed) in matched.iter().zip(placed) {
        if before.get(&matched.track_id).is_some_and(|t| (t.row.medium, t.row.number) != placed.place) {
            writer.step_aside(&matched.track_id)?;
        }
    }
    let files = &release.group.files;
    let mut decided: Vec<Decided> = Vec::new();
    for ((file, matched), placed) in files.iter().zip(matched).zip(placed) {
        let now = before.get(&matched.track_id).map(|track| &track.row);
        let state = match matched.twin {
            Some(_) => FileState::Unchanged,
            None => writer.track(release, file, &matched.track_id, placed.place, now)?,
        };
        let twin = matched.twin.map(|twin| format!("it is the same track as {}", files[twin].path_key));
        let warnings = (!file.examined.warnings.is_empty()).then(|| file.examined.warnings.join("; "));
        decided.push(Decided {
            state,
            release_id: Some(writer.release_id.clone()),
            track_id: Some(matched.track_id.clone()),
            master_id: file.examined.facts.id.clone(),
            message: joined(joined(twin, placed.message.clone()), warnings),
            provenance: file.examined.provenance,
            new: (writer.new, now.is_none()),
        });
    }
    Ok(decided)
}

/// Two sentences.
pub(super) fn joined(one: Option<String>, two: Option<String>) -> Option<String> {
    match (one, two) {
        (Some(one), Some(two)) => Some(format!("{one}; {two}")),
        (one, two) => one.or(two),
    }
}
