//! What the recordings of a made-up catalogue are: a few short masters of several qualities, and their covers. They are played and
//! imported like the demo's own, and are on sale by themselves too.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::catalogue::Pool;
use crate::Shop;
use crate::catalog::import::{ImportOptions, Importer};
use crate::db::{DbError, Tx};
use crate::demo::catalogue::single;
use crate::demo::cover::Motif;
use crate::demo::perform::Piece;
use crate::demo::score::ScoreError;
use crate::demo::stock::{Failure, StockError, write_master};
use crate::demo::{DemoRelease, bell_tower, first_light, six_grounds, slow_hours};
use crate::params;

/// The length of an excerpt, and of the fade at its end.
const EXCERPT_S: usize = 20;
const FADE_S: usize = 2;

/// Title, composer, GTIN, score; frames per second, bits; what its cover shows.
type Excerpt = (&'static str, &'static str, &'static str, fn() -> Result<Piece, ScoreError>, (u32, u32), Motif);

const CD: (u32, u32) = (44_100, 16);
const STUDIO: (u32, u32) = (48_000, 24);
const FINE: (u32, u32) = (96_000, 24);

const EXCERPTS: [Excerpt; 12] = [
    ("Prelude in C", "Johann Sebastian Bach", "2000261121016", first_light::prelude_in_c, CD, Motif::Sunrise),
    ("Invention in C", "Johann Sebastian Bach", "2000261121023", first_light::invention_in_c, CD, Motif::Waves),
    ("Minuet in G", "Christian Petzold", "2000261121030", first_light::minuet_in_g, CD, Motif::Moon),
    ("Für Elise", "Ludwig van Beethoven", "2000261121047", first_light::fuer_elise, CD, Motif::BirchWood),
    ("Во поле берёза стояла", "Русская народная песня", "2000261121054", bell_tower::birch_tree, CD, Motif::BirchWood),
    ("Прогулка", "Модест Мусоргский", "2000261121061", bell_tower::promenade, CD, Motif::Sunrise),
    ("Canon in D", "Johann Pachelbel", "2000261121078", six_grounds::canon_in_d, STUDIO, Motif::Waves),
    ("La folia", "Anonymous", "2000261121085", six_grounds::la_folia, STUDIO, Motif::Sunrise),
    ("Greensleeves", "Anonymous", "2000261121092", six_grounds::greensleeves, STUDIO, Motif::Moon),
    ("Gymnopédie", "Erik Satie", "2000261121108", slow_hours::gymnopedie, FINE, Motif::Moon),
    ("Prelude in E minor", "Frédéric Chopin", "2000261121115", slow_hours::prelude_in_e_minor, FINE, Motif::Waves),
    ("Prelude in A", "Frédéric Chopin", "2000261121122", slow_hours::prelude_in_a, FINE, Motif::BirchWood),
];

/// Makes the masters and covers that are not there yet, and returns all; `told` hears of each by its number, from 1, and how many
/// there are.
pub(super) async fn make(
    shop: &Shop,
    sound_font: Option<Vec<u8>>,
    told: impl Fn(usize, usize),
) -> Result<Pool, StockError> {
    let sound_font = Arc::new(sound_font);
    for (place, excerpt) in EXCERPTS.into_iter().enumerate() {
        told(place + 1, EXCERPTS.len());
        let gtin = excerpt.2;
        if shop.db.read(move |tx| found(tx, gtin)).await?.is_some() {
            continue;
        }
        let folder = shop.settings.data.join("demo").join(gtin);
        let (target, font) = (folder.clone(), sound_font.clone());
        let written = tokio::task::spawn_blocking(move || write(excerpt, place, font.as_deref(), &target));
        let failed = |e: &dyn std::fmt::Display| StockError::Render(e.to_string());
        written.await.map_err(|e| failed(&e))?.map_err(|e| failed(&e))?;
        let importer = Importer::new(shop.catalog.clone(), shop.settings.examiner.clone());
        importer.run(vec![folder.clone()], ImportOptions::default(), Arc::new(|_| ()), |_| ()).await?;
        fs::remove_dir_all(&folder).map_err(|e| failed(&e))?;
    }
    shop.db.read(pool).await
}

/// Master and cover of an excerpt, with its rate and bits.
type Found = (String, String, (u32, u32));

fn found(tx: &mut Tx, gtin: &str) -> Result<Option<Found>, DbError> {
    let row = tx.row(
        "SELECT m.id, r.cover_id, m.rate_hz, m.bits FROM releases r JOIN tracks t ON t.release_id = r.id
         JOIN recordings c ON c.id = t.recording_id JOIN masters m ON m.id = c.master_id
         WHERE r.import_key = $1 AND r.cover_id IS NOT NULL",
        params![format!("gtin:{gtin}")],
    )?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?, (row.get(2)?, row.get(3)?)))).transpose()
}

fn pool(tx: &mut Tx) -> Result<Pool, StockError> {
    let (mut groups, mut covers) = (vec![Vec::new(), Vec::new(), Vec::new()], Vec::new());
    for excerpt in EXCERPTS {
        let (master, cover, quality) =
            found(tx, excerpt.2)?.ok_or_else(|| StockError::Render(format!("{} is not on sale", excerpt.0)))?;
        let group = [CD, STUDIO, FINE].iter().position(|known| *known == quality);
        let group = group.ok_or_else(|| StockError::Render(format!("{} came out as {quality:?}", excerpt.0)))?;
        groups[group].push(master);
        covers.push(cover);
    }
    Ok(Pool { groups, covers })
}

fn write(excerpt: Excerpt, place: usize, sound_font: Option<&[u8]>, folder: &Path) -> Result<(), Failure> {
    let (title, composer, gtin, piece, quality, motif) = excerpt;
    let release = single(title, composer, gtin, (200 + place as u32, piece), quality, motif);
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let cover = release.cover()?;
    let mut on_track = |n: usize, samples: Vec<i32>| write_excerpt(&release, n, samples, &cover, folder);
    release.render(sound_font, &mut on_track, &mut |_| ())?;
    Ok(())
}

fn write_excerpt(
    release: &DemoRelease,
    n: usize,
    mut samples: Vec<i32>,
    cover: &[u8],
    folder: &Path,
) -> Result<(), Failure> {
    let rate = usize::try_from(release.rate_hz)?;
    samples.truncate(EXCERPT_S * rate * 2);
    let (fade, frames) = (FADE_S * rate, samples.len() / 2);
    for (place, frame) in samples.chunks_mut(2).enumerate().skip(frames.saturating_sub(fade)) {
        for sample in frame {
            *sample = (i64::from(*sample) * (frames - place) as i64 / fade as i64) as i32;
        }
    }
    write_master(release, n, samples, cover, folder)
}
