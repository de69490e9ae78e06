//! The one transaction of a release: which release and tracks the files are, what of them changed, and writing that. It may
//! run more than once and keeps nothing from a run but its answer. How tracks find their places stands in `places`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::FileState;
use super::examine::{Examined, Known};
use super::group::{self, Said};
use super::places::{self, Wish};
use super::release::{ByPath, joined};
use crate::catalog::artists::{self, Of, credit_text};
use crate::catalog::kept::KeptTags;
use crate::catalog::read::master_of;
use crate::catalog::{changes, names, sale};
use crate::clock::Clock;
use crate::db::{DbError, Row, Tx, Value};
use crate::params;

/// Values of one statement at the most; both engines take more.
const VALUES_AT_ONCE: usize = 500;

/// The files that make up a release, or a part of one.
#[derive(Debug)]
pub(super) struct Group {
    pub files: Vec<File>,
    /// The folder's name, for a release without a title.
    pub folder: String,
    pub cover: Option<CoverRow>,
}

/// An examined file whose object is stored.
#[derive(Debug)]
pub(super) struct File {
    pub path_key: String,
    pub bytes: u64,
    pub modified_us: i64,
    /// The disc that the folder's name says.
    pub disc: Option<u32>,
    /// The picture beside the file, by its hash.
    pub folder_cover: Option<String>,
    pub object_key: String,
    pub examined: Examined,
}

/// A row of `covers`.
#[derive(Debug, Clone)]
pub(super) struct CoverRow {
    pub id: String,
    pub object_key: String,
    pub width: u32,
    pub height: u32,
}

/// What became of a file.
#[derive(Debug)]
pub(super) struct Decided {
    pub state: FileState,
    pub release_id: Option<String>,
    pub track_id: Option<String>,
    pub master_id: String,
    pub message: Option<String>,
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
                    m.id, m.rate_hz, m.channels, m.bits, m.is_float, m.length_frames
             FROM import_files f JOIN tracks t ON t.id = f.track_id
             JOIN recordings c ON c.id = t.recording_id JOIN masters m ON m.id = c.master_id
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

/// A track as it is in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TrackRow {
    medium: u32,
    number: u32,
    title: String,
    credit: String,
    recording_id: String,
    mb_track_id: Option<String>,
    composers: String,
    tags: String,
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
    insert_masters(tx, group, now_us)?;
    insert_cover(tx, group.cover.as_ref(), now_us)?;
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
    let mut written = Written { release_id, new: new_release, changed: false, cover_changed: false };
    write_release(tx, clock, &mut written, &said, &import_key, group.cover.as_ref(), whole, now_us)?;
    let decided = write_tracks(tx, clock, &mut written, group, &matched, &placed, &before, &said, now_us)?;
    written.changed |= write_media(tx, &written.release_id, &all_tags)?;
    for (file, matched) in group.files.iter().zip(&matched) {
        keep_file(tx, file, &matched.track_id)?;
    }
    leave_former(tx, &known, &matched, now_us)?;
    if written.changed {
        write_gain(tx, &written.release_id, now_us)?;
        changes::note(tx, &written.release_id, now_us)?;
    }
    Ok(decided)
}

/// What the writing found out.
struct Written {
    release_id: String,
    new: bool,
    changed: bool,
    cover_changed: bool,
}

fn insert_masters(tx: &mut Tx, group: &Group, now_us: i64) -> Result<(), DbError> {
    for file in &group.files {
        let (facts, Some(measured)) = (&file.examined.facts, &file.examined.measured) else { continue };
        tx.execute(
            "INSERT INTO masters (id, object_key, file_sha256, file_bytes, container, rate_hz, channels, bits, is_float,
                length_frames, samples_md5, loudness_clufs, peak_millionths, loudness_blocks, created_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (id) DO NOTHING",
            params![
                &facts.id,
                &file.object_key,
                &file.examined.file_sha256,
                measured.file_bytes as i64,
                measured.container.as_str(),
                facts.rate_hz,
                facts.channels,
                facts.bits,
                facts.float,
                facts.length_frames as i64,
                &measured.samples_md5,
                measured.loudness_clufs,
                measured.peak_millionths,
                &measured.loudness_blocks,
                now_us
            ],
        )?;
    }
    Ok(())
}

fn insert_cover(tx: &mut Tx, cover: Option<&CoverRow>, now_us: i64) -> Result<(), DbError> {
    let Some(cover) = cover else { return Ok(()) };
    tx.execute(
        "INSERT INTO covers (id, object_key, mime, width, height, created_us) VALUES ($1, $2, 'image/jpeg', $3, $4, $5)
         ON CONFLICT (id) DO NOTHING",
        params![&cover.id, &cover.object_key, cover.width, cover.height, now_us],
    )?;
    Ok(())
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

#[allow(clippy::too_many_arguments, reason = "one statement's worth of values, used once")]
fn write_release(
    tx: &mut Tx,
    clock: &Clock,
    written: &mut Written,
    said: &Said,
    import_key: &str,
    cover: Option<&CoverRow>,
    whole: bool,
    now_us: i64,
) -> Result<(), DbError> {
    let (id, new) = (written.release_id.clone(), written.new);
    if new {
        tx.execute(
            "INSERT INTO releases (id, import_key, title, credit, state, created_us, updated_us)
             VALUES ($1, $2, '', '', 'on_sale', $3, $3)",
            params![&id, import_key, now_us],
        )?;
    }
    let sql = "SELECT import_key, title, credit, label_id, catalog_number, gtin, mbid, release_date, original_date,
                      copyright, language, cover_id FROM releases WHERE id = $1";
    let now = tx.row(sql, params![&id])?.ok_or_else(|| DbError::Failed(format!("release {id} is gone")))?;
    let old_cover: Option<String> = now.get(11)?;
    // A part of a release does not decide over the cover of the whole.
    let cover = cover.map(|cover| cover.id.clone()).filter(|_| whole || old_cover.is_none()).or(old_cover.clone());
    let label = said.label.as_ref().map(|name| artists::label(tx, clock, name)).transpose()?;
    let taken =
        tx.row("SELECT id FROM releases WHERE import_key = $1 AND id <> $2", params![import_key, &id])?.is_some();
    let import_key: String = if taken || !whole { now.get(0)? } else { import_key.to_owned() };
    let wanted = params![
        import_key,
        &said.title,
        credit_text(&said.artists),
        label,
        &said.catalog_number,
        &said.gtin,
        &said.mbid,
        &said.date,
        &said.original_date,
        &said.copyright,
        &said.language,
        &cover,
    ]
    .to_vec();
    written.cover_changed = !new && cover != old_cover;
    let now = (0..wanted.len()).map(|at| Ok(Value::from(now.get::<Option<String>>(at)?)));
    let now = now.collect::<Result<Vec<Value>, DbError>>()?;
    if new || now != wanted {
        written.changed = true;
        update_release(tx, &id, wanted, now_us)?;
    }
    written.changed |= write_credits(tx, clock, Of::Release, &id, &said.artists)?;
    written.changed |= write_genres(tx, &id, &said.genres)?;
    Ok(())
}

fn update_release(tx: &mut Tx, id: &str, mut values: Vec<Value>, now_us: i64) -> Result<(), DbError> {
    values.extend([Value::from(now_us), Value::from(id)]);
    let sql =
        "UPDATE releases SET import_key = $1, title = $2, credit = $3, label_id = $4, catalog_number = $5, gtin = $6,
                   mbid = $7, release_date = $8, original_date = $9, copyright = $10, language = $11, cover_id = $12,
                   updated_us = $13 WHERE id = $14";
    tx.execute(sql, &values).map(drop)
}

/// Writes credits that differ from what is there; returns whether they did.
fn write_credits(
    tx: &mut Tx,
    clock: &Clock,
    of: Of,
    owner: &str,
    wanted: &[audio::tags::Credit],
) -> Result<bool, DbError> {
    let now = sale::credits(tx, of, owner)?;
    let same = now.len() == wanted.len()
        && now.iter().zip(wanted).all(|(now, wanted)| {
            // An artist may have become known by id through another credit.
            let id = wanted.mbid.is_none() || wanted.mbid == now.mbid;
            id && now.name == wanted.name && now.join == wanted.join && now.sort == wanted.sort
        });
    if !same {
        artists::credit(tx, clock, of, owner, wanted)?;
    }
    Ok(!same)
}

fn write_genres(tx: &mut Tx, release_id: &str, wanted: &[String]) -> Result<bool, DbError> {
    let rows =
        tx.rows("SELECT genre_id FROM release_genres WHERE release_id = $1 ORDER BY place", params![release_id])?;
    let now = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, _>>()?;
    let mut ids: Vec<String> = Vec::new();
    for name in wanted {
        let id = names::genre_id(name);
        if !ids.contains(&id) {
            ids.push(artists::genre(tx, name)?);
        }
    }
    if now == ids {
        return Ok(false);
    }
    tx.execute("DELETE FROM release_genres WHERE release_id = $1", params![release_id])?;
    for (place, id) in ids.into_iter().enumerate() {
        let sql = "INSERT INTO release_genres (release_id, genre_id, place) VALUES ($1, $2, $3)";
        tx.execute(sql, params![release_id, id, place as i64])?;
    }
    Ok(true)
}

#[allow(clippy::too_many_arguments, reason = "the parts of one commit, used once")]
fn write_tracks(
    tx: &mut Tx,
    clock: &Clock,
    written: &mut Written,
    group: &Group,
    matched: &[Matched],
    placed: &[places::Placed],
    before: &BTreeMap<String, Before>,
    said: &Said,
    now_us: i64,
) -> Result<Vec<Decided>, DbError> {
    make_room(tx, matched, placed, before)?;
    let mut decided: Vec<Decided> = Vec::new();
    for ((file, matched), placed) in group.files.iter().zip(matched).zip(placed) {
        let state = match matched.twin {
            Some(_) => FileState::Unchanged,
            None => {
                let before = before.get(&matched.track_id).map(|track| &track.row);
                write_track(tx, clock, written, file, &matched.track_id, placed.place, before, said, now_us)?
            }
        };
        let twin = matched.twin.map(|twin| format!("it is the same track as {}", group.files[twin].path_key));
        let warnings = (!file.examined.warnings.is_empty()).then(|| file.examined.warnings.join("; "));
        decided.push(Decided {
            state,
            release_id: Some(written.release_id.clone()),
            track_id: Some(matched.track_id.clone()),
            master_id: file.examined.facts.id.clone(),
            message: joined(joined(twin, placed.message.clone()), warnings),
            new: (written.new, !before.contains_key(&matched.track_id)),
        });
    }
    Ok(decided)
}

/// Tracks that move step aside first, so that two can change places.
fn make_room(
    tx: &mut Tx,
    matched: &[Matched],
    placed: &[places::Placed],
    before: &BTreeMap<String, Before>,
) -> Result<(), DbError> {
    for (matched, placed) in matched.iter().zip(placed) {
        let moves = before.get(&matched.track_id).is_some_and(|t| (t.row.medium, t.row.number) != placed.place);
        if moves {
            tx.execute("UPDATE tracks SET number = -number WHERE id = $1 AND number > 0", params![&matched.track_id])?;
        }
    }
    Ok(())
}

#[allow(clippy::too_many_arguments, reason = "the parts of one commit, used once")]
fn write_track(
    tx: &mut Tx,
    clock: &Clock,
    written: &mut Written,
    file: &File,
    id: &str,
    (medium, number): (u32, u32),
    before: Option<&TrackRow>,
    said: &Said,
    now_us: i64,
) -> Result<FileState, DbError> {
    let tags = &file.examined.tags;
    let artists = group::track_artists(tags, said);
    let row = TrackRow {
        medium,
        number,
        title: tags.title.clone().unwrap_or_default(),
        credit: credit_text(&artists),
        recording_id: recording(tx, clock, tags, &file.examined.facts.id)?,
        mb_track_id: tags.mb_track_id.clone(),
        composers: tags.composers.join("\n"),
        tags: tags.to_json()?,
    };
    if before != Some(&row) {
        upsert_track(tx, id, &written.release_id, &row, now_us)?;
    }
    let credits_changed = write_credits(tx, clock, Of::Track, id, &artists)?;
    let state = match before {
        None => FileState::Imported,
        Some(before) if *before != row || credits_changed || written.cover_changed => FileState::Updated,
        Some(_) => FileState::Unchanged,
    };
    written.changed |= state != FileState::Unchanged;
    Ok(state)
}

fn upsert_track(tx: &mut Tx, id: &str, release_id: &str, row: &TrackRow, now_us: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO tracks (id, release_id, medium, number, title, credit, recording_id, mb_track_id, composers, tags,
             state, created_us, updated_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'on_sale', $11, $11)
         ON CONFLICT (id) DO UPDATE SET medium = $3, number = $4, title = $5, credit = $6, recording_id = $7,
             mb_track_id = $8, composers = $9, tags = $10, updated_us = $11",
        params![
            id,
            release_id,
            row.medium,
            row.number,
            &row.title,
            &row.credit,
            &row.recording_id,
            &row.mb_track_id,
            &row.composers,
            &row.tags,
            now_us
        ],
    )?;
    Ok(())
}

/// The recording of a master under an ISRC and a MusicBrainz id, as far as they are known.
fn recording(tx: &mut Tx, clock: &Clock, tags: &KeptTags, master_id: &str) -> Result<String, DbError> {
    let rows = tx.rows("SELECT id, isrc, mbid FROM recordings WHERE master_id = $1 ORDER BY id", params![master_id])?;
    for row in rows {
        if row.get::<Option<String>>(1)? == tags.isrc && row.get::<Option<String>>(2)? == tags.mb_recording_id {
            return row.get(0);
        }
    }
    let id = clock.new_id();
    tx.execute(
        "INSERT INTO recordings (id, isrc, mbid, master_id, created_us) VALUES ($1, $2, $3, $4, $5)",
        params![&id, &tags.isrc, &tags.mb_recording_id, master_id, clock.now_us()],
    )?;
    Ok(id)
}

/// Media that have tracks, with the first title that one of their tracks gives; returns whether anything changed.
fn write_media(tx: &mut Tx, release_id: &str, tracks: &BTreeMap<(u32, u32), KeptTags>) -> Result<bool, DbError> {
    let mut wanted: BTreeMap<u32, Option<String>> = BTreeMap::new();
    for ((medium, _), tags) in tracks {
        let title = wanted.entry(*medium).or_default();
        *title = title.take().or_else(|| tags.disc_subtitle.clone());
    }
    let rows = tx.rows("SELECT number, title FROM media WHERE release_id = $1", params![release_id])?;
    let now = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<BTreeMap<_, _>, DbError>>()?;
    if now == wanted {
        return Ok(false);
    }
    tx.execute("DELETE FROM media WHERE release_id = $1", params![release_id])?;
    for (number, title) in wanted {
        let sql = "INSERT INTO media (release_id, number, title) VALUES ($1, $2, $3)";
        tx.execute(sql, params![release_id, number, title])?;
    }
    Ok(true)
}

fn keep_file(tx: &mut Tx, file: &File, track_id: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO import_files (path, file_bytes, modified_us, file_sha256, cover_sha256, track_id)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (path) DO UPDATE SET file_bytes = $2, modified_us = $3, file_sha256 = $4, cover_sha256 = $5,
             track_id = $6",
        params![
            &file.path_key,
            file.bytes as i64,
            file.modified_us,
            &file.examined.file_sha256,
            &file.folder_cover,
            track_id
        ],
    )?;
    Ok(())
}

/// A track whose file has moved to another release, by its tags, is taken off sale, and a release that is left without
/// tracks too. Owners keep them.
fn leave_former(tx: &mut Tx, known: &ByPath, matched: &[Matched], now_us: i64) -> Result<(), DbError> {
    for former in known.values().filter(|known| matched.iter().all(|m| m.track_id != known.track_id)) {
        let kept = tx.row("SELECT 1 FROM import_files WHERE track_id = $1 LIMIT 1", params![&former.track_id])?;
        if kept.is_some() {
            continue;
        }
        let sql = "UPDATE tracks SET state = 'withdrawn', updated_us = $2 WHERE id = $1 AND state = 'on_sale'";
        if tx.execute(sql, params![&former.track_id, now_us])? == 0 {
            continue;
        }
        let sql = "SELECT 1 FROM tracks WHERE release_id = $1 AND state = 'on_sale' LIMIT 1";
        if tx.row(sql, params![&former.release_id])?.is_none() {
            changes::withdraw(tx, &former.release_id, now_us)?;
        } else {
            write_gain(tx, &former.release_id, now_us)?;
            changes::note(tx, &former.release_id, now_us)?;
        }
    }
    Ok(())
}

/// Loudness and peak of the whole, out of those of its tracks on sale.
fn write_gain(tx: &mut Tx, release_id: &str, now_us: i64) -> Result<(), DbError> {
    let rows = tx.rows(
        "SELECT m.loudness_blocks, m.peak_millionths FROM tracks t JOIN recordings c ON c.id = t.recording_id
         JOIN masters m ON m.id = c.master_id WHERE t.release_id = $1 AND t.state = 'on_sale'",
        params![release_id],
    )?;
    let damaged = |e: audio::Error| DbError::Failed(e.to_string());
    let tracks = rows.iter().map(|row| {
        let histogram = audio::loudness::Histogram::from_bytes(&row.get::<Vec<u8>>(0)?).map_err(damaged)?;
        Ok(audio::loudness::Loudness { histogram, true_peak_millionths: row.get(1)? })
    });
    let tracks = tracks.collect::<Result<Vec<_>, DbError>>()?;
    let album = audio::loudness::album(&tracks);
    tx.execute(
        "UPDATE releases SET album_gain_cdb = $2, album_peak_millionths = $3, updated_us = $4 WHERE id = $1",
        params![release_id, album.gain_cdb(), album.true_peak_millionths, now_us],
    )?;
    Ok(())
}
