//! Stocking a shop with the demo catalogue: each release is rendered into FLAC masters with tags and cover, and goes through
//! the same import as an operator's own files.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use audio::encode::{self, Chunk};
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use audio::tags::{Credit, Picture, Tags};

use super::{DemoRelease, releases};
use crate::Shop;
use crate::catalog::import::{ImportError, ImportOptions, Importer};
use crate::db::DbError;
use crate::params;

/// How masters are written.
const MASTER_FORMAT: &str = "flac:lossless:5";
/// Side of the covers, in pixels.
const COVER_PIXELS: u32 = 1_200;

/// Why stocking stopped. Releases that went on sale before stay.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum StockError {
    #[error("rendering failed: {0}")]
    Render(String),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What stocking is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stocking<'a> {
    /// A release is being rendered; 0 to 1.
    Rendering(&'a str, f32),
    /// It is on sale.
    OnSale(&'a str),
}

/// Renders and imports every release of the demo catalogue that the shop does not have yet, one after the other.
pub async fn stock(
    shop: &Shop,
    sound_font: Option<Vec<u8>>,
    told: impl Fn(Stocking<'_>) + Send + Sync + 'static,
) -> Result<(), StockError> {
    let (told, sound_font) = (Arc::new(told), Arc::new(sound_font));
    for release in releases() {
        let gtin = release.gtin;
        let known = shop.db.read::<_, DbError>(move |tx| {
            Ok(tx.row("SELECT id FROM releases WHERE gtin = $1", params![gtin])?.is_some())
        });
        if known.await? {
            continue;
        }
        let title = release.title;
        let folder = shop.settings.data.join("demo").join(gtin);
        let (target, font, tell) = (folder.clone(), sound_font.clone(), told.clone());
        let rendered = tokio::task::spawn_blocking(move || {
            write_masters(&release, font.as_deref(), &target, &mut |part| {
                tell(Stocking::Rendering(release.title, part))
            })
        });
        rendered
            .await
            .map_err(|e| StockError::Render(e.to_string()))?
            .map_err(|e| StockError::Render(e.to_string()))?;
        let mut refused = None;
        Importer::new(shop.catalog.clone(), shop.settings.examiner.clone())
            .run(vec![folder.clone()], ImportOptions::default(), Arc::new(|_| ()), |file| {
                if let Some(message) = &file.message
                    && file.reason.is_some()
                {
                    refused = Some(message.clone());
                }
            })
            .await?;
        if let Some(message) = refused {
            return Err(StockError::Render(format!("{title} was refused: {message}")));
        }
        // The masters are objects of the shop now.
        fs::remove_dir_all(&folder).map_err(|e| StockError::Render(e.to_string()))?;
        told(Stocking::OnSale(title));
    }
    Ok(())
}

pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

fn write_masters(
    release: &DemoRelease,
    sound_font: Option<&[u8]>,
    folder: &Path,
    progress: &mut dyn FnMut(f32),
) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let cover = release.cover()?;
    let mut on_track = |n: usize, samples: Vec<i32>| write_master(release, n, samples, &cover, folder);
    release.render(sound_font, &mut on_track, progress)?;
    Ok(())
}

pub(super) fn write_master(
    release: &DemoRelease,
    n: usize,
    samples: Vec<i32>,
    cover: &[u8],
    folder: &Path,
) -> Result<(), Failure> {
    let track = release.tracks.get(n).ok_or("a track that is not in the list")?;
    let path: PathBuf = folder.join(format!("{}-{:02}.flac", track.disc, track.number));
    let spec = Spec { rate_hz: release.rate_hz, channels: 2, bits: u8::try_from(release.bits)?, float: false };
    let samples: Arc<[i32]> = samples.into();
    let open =
        || -> audio::Result<Box<dyn Source>> { Ok(Box::new(InMemory { spec, samples: samples.clone(), at: 0 })) };
    let length_frames = (samples.len() / 2) as u64;
    // The MD5 comes out of the samples below; zero says "unknown" in a FLAC, and the import computes its own.
    let plan = encode::plan(MASTER_FORMAT.parse()?, &StreamInfo { spec, length_frames, md5: [0; 16] })?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let tags = tags(release, n, cover);
    let head = encode::head(&plan, None, &tags)?.ok_or("a FLAC has its head first")?;
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&head)?;
    encode::encode(&plan, &open, threads, &mut |chunk: Chunk| Ok(file.write_all(&chunk.bytes)?))?;
    file.write_all(&encode::tail(&plan, &tags)?)?;
    file.flush()?;
    Ok(())
}

fn tags(release: &DemoRelease, n: usize, cover: &[u8]) -> Tags {
    let track = &release.tracks[n];
    let artists: Vec<Credit> = release
        .artists
        .iter()
        .map(|c| Credit { name: c.name.into(), join: c.join.into(), sort: None, mbid: None })
        .collect();
    let of_disc = release.tracks.iter().filter(|t| t.disc == track.disc).count();
    Tags {
        title: Some(track.title.into()),
        artists: artists.clone(),
        album: Some(release.title.into()),
        album_artists: artists,
        track_number: Some(track.number),
        track_total: u32::try_from(of_disc).ok(),
        disc_number: Some(track.disc),
        disc_total: release.tracks.iter().map(|t| t.disc).max(),
        date: Some(release.date.into()),
        genres: release.genres.iter().map(|g| (*g).to_owned()).collect(),
        composers: vec![track.composer.into()],
        label: Some(release.label.into()),
        catalog_number: Some(release.catalogue_number.into()),
        isrc: Some(track.isrc.clone()),
        barcode: Some(release.gtin.into()),
        language: Some(release.language.into()),
        picture: Some(Picture {
            mime: "image/jpeg".into(),
            width: COVER_PIXELS,
            height: COVER_PIXELS,
            data: cover.to_vec(),
        }),
        ..Tags::default()
    }
}

/// A rendered track as a source of stereo samples.
struct InMemory {
    spec: Spec,
    samples: Arc<[i32]>,
    /// The next frame.
    at: usize,
}

impl Source for InMemory {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn length_frames(&self) -> u64 {
        (self.samples.len() / 2) as u64
    }

    fn seek(&mut self, frame: u64) -> audio::Result<()> {
        self.at = usize::try_from(frame).map_err(io::Error::other)?.min(self.samples.len() / 2);
        Ok(())
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> audio::Result<usize> {
        let frames = max_frames.min(self.samples.len() / 2 - self.at);
        let block = out.ints_mut();
        block.clear();
        block.extend_from_slice(&self.samples[self.at * 2..(self.at + frames) * 2]);
        self.at += frames;
        Ok(frames)
    }
}
