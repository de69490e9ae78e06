//! Writing a release: each statement beside the rule what has to be written. Rows that are right already are left alone,
//! so that an import that changes nothing notes no change.

use std::collections::BTreeMap;

use super::FileState;
use super::examine::Examined;
use super::group::{self, Said};
use crate::catalog::artists::{self, Of, credit_text};
use crate::catalog::kept::KeptTags;
use crate::catalog::{changes, names, provenance, sale, waveform};
use crate::clock::Clock;
use crate::db::{DbError, Tx, Value};
use crate::params;

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

/// A track as it is in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TrackRow {
    pub medium: u32,
    pub number: u32,
    pub title: String,
    pub credit: String,
    pub recording_id: String,
    pub mb_track_id: Option<String>,
    pub composers: String,
    pub tags: String,
}

/// What a release is to be.
pub(super) struct Release<'a> {
    pub group: &'a Group,
    pub said: &'a Said,
    pub import_key: String,
    /// The files of the group are all of its tracks on sale.
    pub whole: bool,
}

/// Rows of masters that are new.
pub(super) fn masters(tx: &mut Tx, group: &Group, now_us: i64) -> Result<(), DbError> {
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
        provenance::keep(tx, &facts.id, &file.examined.provenance)?;
        waveform::keep(tx, &facts.id, &measured.waveform)?;
    }
    Ok(())
}

/// The row of a cover that is new.
pub(super) fn cover(tx: &mut Tx, cover: Option<&CoverRow>, now_us: i64) -> Result<(), DbError> {
    let Some(cover) = cover else { return Ok(()) };
    tx.execute(
        "INSERT INTO covers (id, object_key, mime, width, height, created_us) VALUES ($1, $2, 'image/jpeg', $3, $4, $5)
         ON CONFLICT (id) DO NOTHING",
        params![&cover.id, &cover.object_key, cover.width, cover.height, now_us],
    )?;
    Ok(())
}

/// Writes into one release.
pub(super) struct Writer<'a, 't> {
    pub tx: &'a mut Tx<'t>,
    pub clock: &'a Clock,
    pub now_us: i64,
    pub release_id: String,
    /// The release is made by this import.
    pub new: bool,
    /// Something was written that others have to hear of.
    pub changed: bool,
    pub cover_changed: bool,
}

impl Writer<'_, '_> {
    /// The release's own row, credits and genres.
    pub(super) fn release(&mut self, release: &Release) -> Result<(), DbError> {
        let (id, said) = (self.release_id.clone(), release.said);
        if self.new {
            self.tx.execute(
                "INSERT INTO releases (id, import_key, title, credit, state, created_us, updated_us)
                 VALUES ($1, $2, '', '', 'on_sale', $3, $3)",
                params![&id, &release.import_key, self.now_us],
            )?;
        }
        let now = self.release_now()?;
        let wanted = self.release_wanted(release, &now)?;
        self.cover_changed = !self.new && wanted.last() != now.last();
        if self.new || now != wanted {
            self.changed = true;
            let mut values = wanted;
            values.extend([Value::from(self.now_us), Value::from(&id)]);
            let sql =
                "UPDATE releases SET import_key = $1, title = $2, credit = $3, label_id = $4, catalog_number = $5,
                           gtin = $6, mbid = $7, release_date = $8, original_date = $9, copyright = $10, language = $11,
                           cover_id = $12, updated_us = $13 WHERE id = $14";
            self.tx.execute(sql, &values)?;
        }
        self.changed |= self.credits(Of::Release, &id, &said.artists)?;
        self.changed |= self.genres(&said.genres)?;
        Ok(())
    }

    /// The columns that an import decides over, the cover last.
    fn release_now(&mut self) -> Result<Vec<Value>, DbError> {
        let sql = "SELECT import_key, title, credit, label_id, catalog_number, gtin, mbid, release_date, original_date,
                          copyright, language, cover_id FROM releases WHERE id = $1";
        let row = self.tx.row(sql, params![&self.release_id])?;
        let row = row.ok_or_else(|| DbError::Failed(format!("release {} is gone", self.release_id)))?;
        (0..12).map(|at| Ok(Value::from(row.get::<Option<String>>(at)?))).collect()
    }

    /// A part of a release does not decide over the cover and the key of the whole, and a key that another release has is
    /// not taken from it.
    fn release_wanted(&mut self, release: &Release, now: &[Value]) -> Result<Vec<Value>, DbError> {
        let (said, key) = (release.said, &release.import_key);
        let label = said.label.as_ref().map(|name| artists::label(self.tx, self.clock, name)).transpose()?;
        let sql = "SELECT id FROM releases WHERE import_key = $1 AND id <> $2";
        let taken = self.tx.row(sql, params![key, &self.release_id])?.is_some();
        let mut wanted = params![
            key,
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
            release.group.cover.as_ref().map(|cover| cover.id.clone()),
        ]
        .to_vec();
        let last = wanted.len() - 1;
        if taken || !release.whole {
            wanted[0] = now[0].clone();
        }
        if now[last] != Value::Null && (wanted[last] == Value::Null || !release.whole) {
            wanted[last] = now[last].clone();
        }
        Ok(wanted)
    }

    /// Writes credits that differ from what is there; returns whether they did.
    fn credits(&mut self, of: Of, owner: &str, wanted: &[audio::tags::Credit]) -> Result<bool, DbError> {
        let now = sale::credits(self.tx, of, owner)?;
        let same = now.len() == wanted.len()
            && now.iter().zip(wanted).all(|(now, wanted)| {
                // An artist may have become known by id through another credit.
                let id = wanted.mbid.is_none() || wanted.mbid == now.mbid;
                id && now.name == wanted.name && now.join == wanted.join && now.sort == wanted.sort
            });
        if !same {
            artists::credit(self.tx, self.clock, of, owner, wanted)?;
        }
        Ok(!same)
    }

    fn genres(&mut self, wanted: &[String]) -> Result<bool, DbError> {
        let sql = "SELECT genre_id FROM release_genres WHERE release_id = $1 ORDER BY place";
        let rows = self.tx.rows(sql, params![&self.release_id])?;
        let now = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, _>>()?;
        let mut ids: Vec<String> = Vec::new();
        for name in wanted {
            if !ids.contains(&names::genre_id(name)) {
                ids.push(artists::genre(self.tx, name)?);
            }
        }
        if now == ids {
            return Ok(false);
        }
        self.tx.execute("DELETE FROM release_genres WHERE release_id = $1", params![&self.release_id])?;
        for (place, id) in ids.into_iter().enumerate() {
            let sql = "INSERT INTO release_genres (release_id, genre_id, place) VALUES ($1, $2, $3)";
            self.tx.execute(sql, params![&self.release_id, id, place as i64])?;
        }
        Ok(true)
    }

    /// Moves a track out of the way, so that two can change places.
    pub(super) fn step_aside(&mut self, track_id: &str) -> Result<(), DbError> {
        let sql = "UPDATE tracks SET number = -number WHERE id = $1 AND number > 0";
        self.tx.execute(sql, params![track_id]).map(drop)
    }

    /// A track with its credits; returns what that means for its file.
    pub(super) fn track(
        &mut self,
        release: &Release,
        file: &File,
        id: &str,
        (medium, number): (u32, u32),
        before: Option<&TrackRow>,
    ) -> Result<FileState, DbError> {
        let tags = &file.examined.tags;
        let artists = group::track_artists(tags, release.said);
        let row = TrackRow {
            medium,
            number,
            title: tags.title.clone().unwrap_or_default(),
            credit: credit_text(&artists),
            recording_id: self.recording(tags, &file.examined.facts.id)?,
            mb_track_id: tags.mb_track_id.clone(),
            composers: tags.composers.join("\n"),
            tags: tags.to_json()?,
        };
        if before != Some(&row) {
            self.upsert_track(id, &row)?;
        }
        let credits_changed = self.credits(Of::Track, id, &artists)?;
        let state = match before {
            None => FileState::Imported,
            Some(before) if *before != row || credits_changed || self.cover_changed => FileState::Updated,
            Some(_) => FileState::Unchanged,
        };
        self.changed |= state != FileState::Unchanged;
        Ok(state)
    }

    fn upsert_track(&mut self, id: &str, row: &TrackRow) -> Result<(), DbError> {
        self.tx.execute(
            "INSERT INTO tracks (id, release_id, medium, number, title, credit, recording_id, mb_track_id, composers, tags,
                 state, created_us, updated_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'on_sale', $11, $11)
             ON CONFLICT (id) DO UPDATE SET medium = $3, number = $4, title = $5, credit = $6, recording_id = $7,
                 mb_track_id = $8, composers = $9, tags = $10, updated_us = $11",
            params![
                id,
                &self.release_id,
                row.medium,
                row.number,
                &row.title,
                &row.credit,
                &row.recording_id,
                &row.mb_track_id,
                &row.composers,
                &row.tags,
                self.now_us
            ],
        )?;
        Ok(())
    }

    /// The recording of a master under an ISRC and a MusicBrainz id, as far as they are known.
    fn recording(&mut self, tags: &KeptTags, master_id: &str) -> Result<String, DbError> {
        let sql = "SELECT id, isrc, mbid FROM recordings WHERE master_id = $1 ORDER BY id";
        for row in self.tx.rows(sql, params![master_id])? {
            if row.get::<Option<String>>(1)? == tags.isrc && row.get::<Option<String>>(2)? == tags.mb_recording_id {
                return row.get(0);
            }
        }
        let id = self.clock.new_id();
        self.tx.execute(
            "INSERT INTO recordings (id, isrc, mbid, master_id, created_us) VALUES ($1, $2, $3, $4, $5)",
            params![&id, &tags.isrc, &tags.mb_recording_id, master_id, self.now_us],
        )?;
        Ok(id)
    }

    /// Media that have tracks, with the first title that one of their tracks gives.
    pub(super) fn media(&mut self, tracks: &BTreeMap<(u32, u32), KeptTags>) -> Result<(), DbError> {
        let mut wanted: BTreeMap<u32, Option<String>> = BTreeMap::new();
        for ((medium, _), tags) in tracks {
            let title = wanted.entry(*medium).or_default();
            *title = title.take().or_else(|| tags.disc_subtitle.clone());
        }
        let rows = self.tx.rows("SELECT number, title FROM media WHERE release_id = $1", params![&self.release_id])?;
        let now = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<BTreeMap<_, _>, DbError>>()?;
        if now == wanted {
            return Ok(());
        }
        self.changed = true;
        self.tx.execute("DELETE FROM media WHERE release_id = $1", params![&self.release_id])?;
        for (number, title) in wanted {
            let sql = "INSERT INTO media (release_id, number, title) VALUES ($1, $2, $3)";
            self.tx.execute(sql, params![&self.release_id, number, title])?;
        }
        Ok(())
    }

    /// What the next import needs to know of a file.
    pub(super) fn file(&mut self, file: &File, track_id: &str) -> Result<(), DbError> {
        self.tx.execute(
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
    pub(super) fn leave(&mut self, release_id: &str, track_id: &str) -> Result<(), DbError> {
        let sql = "SELECT 1 FROM import_files WHERE track_id = $1 LIMIT 1";
        if self.tx.row(sql, params![track_id])?.is_some() {
            return Ok(());
        }
        let sql = "UPDATE tracks SET state = 'withdrawn', updated_us = $2 WHERE id = $1 AND state = 'on_sale'";
        if self.tx.execute(sql, params![track_id, self.now_us])? == 0 {
            return Ok(());
        }
        let sql = "SELECT 1 FROM tracks WHERE release_id = $1 AND state = 'on_sale' LIMIT 1";
        if self.tx.row(sql, params![release_id])?.is_none() {
            return changes::withdraw(self.tx, release_id, self.now_us).map(drop);
        }
        self.gain(release_id)?;
        changes::note(self.tx, release_id, self.now_us).map(drop)
    }

    /// What follows from a change: the loudness of the whole, and the note for those who follow.
    pub(super) fn finish(&mut self) -> Result<(), DbError> {
        if !self.changed {
            return Ok(());
        }
        let id = self.release_id.clone();
        self.gain(&id)?;
        changes::note(self.tx, &id, self.now_us).map(drop)
    }

    /// Loudness and peak of a release, out of those of its tracks on sale.
    fn gain(&mut self, release_id: &str) -> Result<(), DbError> {
        let rows = self.tx.rows(
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
        self.tx.execute(
            "UPDATE releases SET album_gain_cdb = $2, album_peak_millionths = $3, updated_us = $4 WHERE id = $1",
            params![release_id, album.gain_cdb(), album.true_peak_millionths, self.now_us],
        )?;
        Ok(())
    }
}
