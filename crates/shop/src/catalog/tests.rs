//! Reading and withdrawing, over small imported releases; and what the tests of this folder share.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::import::{Examiner, FileOutcome, ImportOptions, Importer, Summary};
use super::{Catalog, CoverSize, ReleaseFilter, cover as covers};
use crate::clock::Clock;
use crate::db::{Db, DbError};
use crate::files::{Files, FilesUrl};
use crate::test_support::{TestShop, block_on, on_both_engines};

/// A catalogue over a fresh database, with a folder for masters beside it.
pub(super) struct Stage {
    pub catalog: Catalog,
    pub db: Db,
    pub folder: tempfile::TempDir,
}

impl Stage {
    pub(super) fn new(db: Db) -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(&FilesUrl::Folder(folder.path().join("objects"))).unwrap();
        // Ids sort by their millisecond: the real clock tells releases apart, one by hand would not.
        Stage { catalog: Catalog::new(db.clone(), files, Clock::system()), db, folder }
    }

    pub(super) fn music(&self) -> PathBuf {
        self.folder.path().join("music")
    }

    pub(super) async fn import_with(&self, options: ImportOptions) -> (Summary, Vec<FileOutcome>) {
        let mut outcomes = Vec::new();
        let importer = Importer::new(self.catalog.clone(), Examiner::Within);
        let on_file = |outcome: &FileOutcome| outcomes.push(outcome.clone());
        let summary = importer.run(vec![self.music()], options, Arc::new(|_| {}), on_file).await.unwrap();
        (summary, outcomes)
    }

    pub(super) async fn import(&self) -> (Summary, Vec<FileOutcome>) {
        self.import_with(ImportOptions { dry_run: false, threads: 2 }).await
    }

    /// The one number that a statement answers.
    pub(super) async fn number(&self, sql: &'static str) -> i64 {
        self.db.read(move |tx| tx.row(sql, &[])?.expect("a row").get::<i64>(0)).await.unwrap()
    }
}

/// A short tone as WAV: 16 bits, 44.1 kHz, stereo. Another `seed`, another tone.
pub(super) fn wav(seed: u32, frames: u32) -> Vec<u8> {
    let mut samples = Vec::new();
    for n in 0..frames {
        let phase = f64::from(n) * f64::from(200 + seed * 13) * std::f64::consts::TAU / 44_100.0;
        let sample = ((phase.sin() * 8_000.0) as i16).to_le_bytes();
        samples.extend([sample, sample].concat());
    }
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + samples.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    wav.extend(44_100u32.to_le_bytes());
    wav.extend(176_400u32.to_le_bytes());
    wav.extend(b"\x04\0\x10\0data");
    wav.extend((samples.len() as u32).to_le_bytes());
    wav.extend(samples);
    wav
}

/// Writes a FLAC with these tags, made by Debian's `flac`.
pub(super) fn flac(path: &Path, seed: u32, tags: &[&str]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let source = path.with_extension("wav-source");
    std::fs::write(&source, wav(seed, 30_000)).unwrap();
    let mut command = Command::new("flac");
    command.args(["-s", "-f", "--force-raw-format", "--endian=little", "--sign=signed", "--channels=2", "--bps=16"]);
    command.args(["--sample-rate=44100", "--skip=11"]);
    for tag in tags {
        command.args(["-T", tag]);
    }
    let done = command.arg("-o").arg(path).arg(&source).status().expect("flac is installed (Debian: flac)");
    assert!(done.success());
    std::fs::remove_file(source).unwrap();
}

/// Sets one tag of a FLAC in place.
pub(super) fn retag(path: &Path, name: &str, value: &str) {
    let mut command = Command::new("metaflac");
    command.arg(format!("--remove-tag={name}")).arg(format!("--set-tag={name}={value}")).arg(path);
    assert!(command.status().expect("metaflac is installed (Debian: flac)").success());
}

/// A picture of one colour as JPEG.
pub(super) fn jpeg(red: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(700, 700, image::Rgb([red, 40, 90]))
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .unwrap();
    bytes.into_inner()
}

/// Two discs by two artists, with everything a release can say.
pub(super) fn album(music: &Path) {
    let common = [
        "ALBUM=Первый снег",
        "ALBUMARTIST=Кирилл & Méfodi",
        "LABEL=Лад",
        "CATALOGNUMBER=LAD-001",
        "DATE=2020-02-03",
        "ORIGINALDATE=1999",
        "BARCODE=4601234567893",
        "GENRE=Folk",
        "COPYRIGHT=℗ Лад",
        "LANGUAGE=rus",
    ];
    for (disc, number, title, isrc) in
        [(1, 1, "Ёлка", "RUA010000001"), (1, 2, "Зима", "RUA010000002"), (2, 1, "Весна", "RUA010000003")]
    {
        let own = [
            format!("TITLE={title}"),
            "ARTIST=Кирилл".to_owned(),
            format!("TRACKNUMBER={number}"),
            format!("DISCNUMBER={disc}"),
            format!("ISRC={isrc}"),
            format!("DISCSUBTITLE=Часть {disc}"),
            "COMPOSER=Народная".to_owned(),
        ];
        let tags: Vec<&str> = common.iter().copied().chain(own.iter().map(String::as_str)).collect();
        flac(&music.join(format!("album/CD{disc}/{number:02}.flac")), disc * 10 + number, &tags);
    }
    std::fs::write(music.join("album/Cover.JPG"), jpeg(200)).unwrap();
}

/// Writes releases of one track each, the first the oldest.
pub(super) fn singles(music: &Path, count: u32) {
    for n in 0..count {
        let tags = [format!("TITLE=Song {n}"), format!("ALBUM=Single {n}"), format!("ARTIST=Artist {}", n % 2)];
        let tags: Vec<&str> = tags.iter().map(String::as_str).chain(["TRACKNUMBER=1", "GENRE=Pop"]).collect();
        flac(&music.join(format!("single{n}/1.flac")), n, &tags);
    }
}

#[test]
fn a_release_can_be_read_with_everything_that_its_files_said() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            let (summary, outcomes) = stage.import().await;
            assert_eq!(summary, Summary { imported: 3, ..Summary::default() }, "{outcomes:?}");
            let id = outcomes[0].release_id.clone().unwrap();
            let release = stage.catalog.release(&id).await.unwrap().unwrap();
            assert_eq!((release.card.title.as_str(), release.card.credit.as_str()), ("Первый снег", "Кирилл & Méfodi"));
            assert_eq!(release.label.as_ref().map(|l| l.name.as_str()), Some("Лад"));
            assert_eq!(release.genres.iter().map(|g| g.id.as_str()).collect::<Vec<_>>(), ["folk"]);
            assert_eq!(
                (release.gtin.as_deref(), release.catalog_number.as_deref()),
                (Some("4601234567893"), Some("LAD-001"))
            );
            assert_eq!(
                (release.card.date.as_deref(), release.original_date.as_deref()),
                (Some("2020-02-03"), Some("1999"))
            );
            let shape: Vec<_> =
                release.media.iter().map(|m| (m.number, m.title.clone().unwrap(), m.tracks.len())).collect();
            assert_eq!(shape, [(1, "Часть 1".to_owned(), 2), (2, "Часть 2".to_owned(), 1)]);
            let track = &release.media[0].tracks[0];
            assert_eq!((track.title.as_str(), track.isrc.as_deref()), ("Ёлка", Some("RUA010000001")));
            assert_eq!((track.master.rate_hz, track.master.bits, track.master.channels), (44_100, 16, 2));
            assert_eq!(track.artists[0].name, "Кирилл");
            assert!(release.album_gain_cdb.is_some());

            let page = stage.catalog.track(&track.id).await.unwrap().unwrap();
            assert_eq!((&page.track, &page.release), (track, &release.card));
            let artist = stage.catalog.artist(&track.artists[0].artist_id).await.unwrap().unwrap();
            let his = stage.catalog.releases(ReleaseFilter::Artist(artist.id), None, 10).await.unwrap();
            assert_eq!(his.items, std::slice::from_ref(&release.card));

            let cover = release.card.cover.as_deref().unwrap();
            let thumb = stage.catalog.cover(cover, CoverSize::Thumb, false).await.unwrap().unwrap();
            assert_eq!(image::load_from_memory(&thumb.bytes).unwrap().width(), 160);
            assert_eq!(stage.catalog.cover("../shop.sqlite", CoverSize::Thumb, true).await.unwrap(), None);
            let modern = stage.catalog.cover(cover, CoverSize::Thumb, true).await.unwrap().unwrap();
            assert_eq!((thumb.mime, modern.mime, &modern.bytes[8..12]), ("image/jpeg", "image/webp", &b"WEBP"[..]));
            // A cover from before there were any: the JPEG is shown while the other is made.
            stage.catalog.files.delete(&covers::webp_key(cover, CoverSize::Thumb)).await.unwrap();
            let mut shown = stage.catalog.cover(cover, CoverSize::Thumb, true).await.unwrap().unwrap();
            assert_eq!(shown.mime, "image/jpeg");
            for _ in 0..500 {
                shown = stage.catalog.cover(cover, CoverSize::Thumb, true).await.unwrap().unwrap();
                if shown.mime == "image/webp" {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            assert_eq!(shown.mime, "image/webp");
        });
    });
}

#[test]
fn the_tags_of_a_rendition_hold_columns_gain_and_cover() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            let (_, outcomes) = stage.import().await;
            let tags = stage.catalog.tags(outcomes[0].track_id.as_ref().unwrap()).await.unwrap().unwrap();
            assert_eq!((tags.title.as_deref(), tags.album.as_deref()), (Some("Ёлка"), Some("Первый снег")));
            assert_eq!((tags.disc_number, tags.track_number), (Some(1), Some(1)));
            assert_eq!((tags.copyright.as_deref(), tags.language.as_deref()), (Some("℗ Лад"), Some("rus")));
            assert_eq!((tags.label.as_deref(), tags.isrc.as_deref()), (Some("Лад"), Some("RUA010000001")));
            assert_eq!(tags.album_artists.iter().map(|c| c.name.as_str()).collect::<String>(), "Кирилл & Méfodi");
            assert_eq!(tags.composers, ["Народная"]);
            assert!(tags.replay_gain.track_gain_cdb.is_some() && tags.replay_gain.album_gain_cdb.is_some());
            let picture = tags.picture.unwrap();
            assert_eq!((picture.width, picture.height, picture.data), (700, 700, jpeg(200)));
        });
    });
}

#[test]
fn lists_are_paged_newest_first_and_show_only_what_is_on_sale() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            singles(&stage.music(), 5);
            let (_, outcomes) = stage.import_with(ImportOptions { dry_run: false, threads: 1 }).await;
            let withdrawn = outcomes[1].release_id.clone().unwrap();
            assert_eq!(stage.catalog.withdraw(&withdrawn).await.unwrap(), Some(true));
            assert_eq!(stage.catalog.withdraw(&withdrawn).await.unwrap(), Some(false));
            assert_eq!(stage.catalog.withdraw("nonesuch").await.unwrap(), None);

            for filter in [ReleaseFilter::All, ReleaseFilter::Genre("pop".into())] {
                let (mut seen, mut after) = (Vec::new(), None);
                loop {
                    let page = stage.catalog.releases(filter.clone(), after, 3).await.unwrap();
                    seen.extend(page.items.into_iter().map(|card| card.title));
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!(seen, ["Single 4", "Single 3", "Single 2", "Single 0"]);
            }
            assert_eq!(stage.catalog.genres().await.unwrap()[0].releases, 4);
            assert_eq!(stage.catalog.totals().await.unwrap().tracks, 4);

            let track = outcomes[1].track_id.clone().unwrap();
            assert!(!stage.catalog.release(&withdrawn).await.unwrap().unwrap().card.on_sale);
            let (release, id) = (withdrawn.clone(), track.clone());
            let sold = move |tx: &mut crate::db::Tx| {
                Ok::<_, crate::db::DbError>((
                    super::tracks_for_sale(tx, &[&id])?.remove(&id),
                    super::tracks_of_release(tx, &release)?.len(),
                ))
            };
            assert_eq!(stage.db.read(sold.clone()).await.unwrap(), (None, 0));
            assert!(stage.catalog.tags(&track).await.unwrap().is_some(), "owners keep it");
            assert_eq!(stage.catalog.restore(&withdrawn).await.unwrap(), Some(true));
            let (one, all) = stage.db.read(sold).await.unwrap();
            assert_eq!((one.unwrap().title.as_str(), all), ("Song 1", 1));
        });
    });
}

#[test]
fn masters_of_releases_are_those_of_what_is_on_sale() {
    on_both_engines(|_, url| {
        block_on(async {
            let test = TestShop::open(&url).await;
            let withdraw = "UPDATE tracks SET state = 'withdrawn' WHERE id = 't2'";
            test.shop.db.write::<_, DbError>(move |tx| tx.execute(withdraw, &[])).await.unwrap();
            let masters = test.shop.catalog.masters(vec!["r".into(), "nothing".into()]).await.unwrap();
            let mut of_r: Vec<&str> = masters["r"].iter().map(|master| master.id.as_str()).collect();
            of_r.sort_unstable();
            assert_eq!((of_r, masters.len()), (vec!["m1", "m3"], 1));
            let whole = test.shop.catalog.release("r").await.unwrap().unwrap();
            assert!(whole.tracks().all(|track| masters["r"].contains(&track.master)));
            assert!(test.shop.catalog.masters(vec![]).await.unwrap().is_empty());
        });
    });
}
