//! What an import promises, on both engines.

use std::path::Path;

use super::{Examiner, FileOutcome, FileState, ImportOptions, Importer, Reason, Summary};
use crate::catalog::ReleaseFilter;
use crate::catalog::tests::{Stage, album, flac, jpeg, retag, singles, wav};
use crate::test_support::{block_on, on_both_engines};

const CHANGES: &str = "SELECT value FROM counters WHERE name = 'catalog_changes'";

fn states(outcomes: &[FileOutcome]) -> Vec<FileState> {
    outcomes.iter().map(|outcome| outcome.state).collect()
}

fn touch(path: &Path) {
    let file = std::fs::File::options().append(true).open(path).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000)).unwrap();
}

#[test]
fn importing_again_changes_nothing() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            let (_, first) = stage.import().await;
            let changes = stage.number(CHANGES).await;
            assert_eq!(changes, 1, "a release is one change");
            let (summary, again) = stage.import().await;
            assert_eq!(summary, Summary { unchanged: 3, ..Summary::default() });
            let ids = |all: &[FileOutcome]| {
                all.iter().map(|o| (o.release_id.clone(), o.track_id.clone())).collect::<Vec<_>>()
            };
            assert_eq!(ids(&first), ids(&again));

            touch(&stage.music().join("album/CD1/02.flac"));
            let (summary, touched) = stage.import().await;
            assert_eq!(summary, Summary { unchanged: 3, ..Summary::default() }, "{touched:?}");
            assert_eq!(stage.number(CHANGES).await, changes);
        });
    });
}

#[test]
fn changed_tags_change_metadata_only() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            let (_, first) = stage.import().await;
            let path = stage.music().join("album/CD1/01.flac");
            retag(&path, "TITLE", "Ель");
            let (summary, again) = stage.import().await;
            assert_eq!(summary, Summary { updated: 1, unchanged: 2, ..Summary::default() }, "{again:?}");
            assert_eq!(again[0].track_id, first[0].track_id);
            assert_eq!(again[0].master_id, first[0].master_id);
            assert_eq!(stage.number("SELECT count(*) FROM masters").await, 3);
            assert_eq!(stage.number(CHANGES).await, 2);

            // The title of the release itself, on all its files.
            for file in ["CD1/01", "CD1/02", "CD2/01"] {
                retag(&stage.music().join(format!("album/{file}.flac")), "ALBUM", "Второй снег");
            }
            let (summary, _) = stage.import().await;
            assert_eq!(summary, Summary { updated: 3, ..Summary::default() });
            let all = stage.catalog.releases(ReleaseFilter::All, None, 10).await.unwrap();
            assert_eq!(all.items.iter().map(|card| card.title.as_str()).collect::<Vec<_>>(), ["Второй снег"]);
            assert_eq!(Some(&all.items[0].id), first[0].release_id.as_ref());
        });
    });
}

#[test]
fn two_tracks_that_change_their_numbers_stay_themselves() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            let (_, first) = stage.import().await;
            retag(&stage.music().join("album/CD1/01.flac"), "TRACKNUMBER", "2");
            retag(&stage.music().join("album/CD1/02.flac"), "TRACKNUMBER", "1");
            let (summary, _) = stage.import().await;
            assert_eq!(summary, Summary { updated: 2, unchanged: 1, ..Summary::default() });
            let release = stage.catalog.release(first[0].release_id.as_ref().unwrap()).await.unwrap().unwrap();
            let order: Vec<_> =
                release.media[0].tracks.iter().map(|t| (t.number, t.title.as_str(), Some(&t.id))).collect();
            assert_eq!(order, [(1, "Зима", first[1].track_id.as_ref()), (2, "Ёлка", first[0].track_id.as_ref())]);
        });
    });
}

#[test]
fn a_new_picture_beside_the_music_changes_the_cover() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            let (_, first) = stage.import().await;
            std::fs::write(stage.music().join("album/Cover.JPG"), jpeg(10)).unwrap();
            let (summary, _) = stage.import().await;
            assert_eq!(summary, Summary { updated: 3, ..Summary::default() });
            let tags = stage.catalog.tags(first[0].track_id.as_ref().unwrap()).await.unwrap().unwrap();
            assert_eq!(tags.picture.unwrap().data, jpeg(10));
            std::fs::write(stage.music().join("album/Cover.JPG"), b"no picture at all").unwrap();
            let (summary, outcomes) = stage.import().await;
            assert_eq!(summary, Summary { unchanged: 3, ..Summary::default() }, "a bad picture is a warning");
            assert!(outcomes[0].message.as_deref().unwrap().contains("no cover"), "{outcomes:?}");
        });
    });
}

#[test]
fn refused_files_are_named_with_their_reason_and_the_rest_goes_on() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            let music = stage.music();
            flac(&music.join("a/1 good.flac"), 1, &["TITLE=Good", "ALBUM=A", "ARTIST=X"]);
            flac(&music.join("a/2 nameless.flac"), 2, &["ALBUM=A", "ARTIST=X"]);
            let whole = std::fs::read(music.join("a/1 good.flac")).unwrap();
            std::fs::write(music.join("a/3 cut.flac"), &whole[..whole.len() / 2]).unwrap();
            std::fs::write(music.join("a/4 empty.flac"), b"").unwrap();
            std::fs::write(music.join("a/5 text.flac"), b"just words, and not one sample").unwrap();
            std::fs::write(music.join("a/notes.txt"), b"words").unwrap();
            let mut wrong = whole.clone();
            // STREAMINFO's MD5 is in the bytes 26 to 42.
            wrong[30] ^= 1;
            std::fs::write(music.join("a/6 wrong.flac"), wrong).unwrap();
            // Layer III, 128 kbit/s, 44.1 kHz: frames of 417 bytes.
            let frame: Vec<u8> = [0xff, 0xfb, 0x90, 0x00].into_iter().chain([0; 413]).collect();
            std::fs::write(music.join("a/7 lossy.flac"), frame.repeat(20)).unwrap();

            let (summary, outcomes) = stage.import().await;
            assert_eq!((summary.imported, summary.refused), (1, 6), "{outcomes:?}");
            let reason = |name: &str| {
                let found = outcomes.iter().find(|o| o.path.to_string_lossy().contains(name));
                found.unwrap_or_else(|| panic!("{name}")).reason
            };
            for (name, expected) in [
                ("good", None),
                ("nameless", Some(Reason::NoTitle)),
                ("cut", Some(Reason::Truncated)),
                ("empty", Some(Reason::Truncated)),
                ("text", Some(Reason::Unreadable)),
                ("wrong", Some(Reason::Md5Mismatch)),
                ("lossy", Some(Reason::NotLossless)),
            ] {
                assert_eq!(reason(name), expected, "{name}");
            }
        });
    });
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            flac(&stage.music().join("album/CD1/bad.flac"), 9, &["ALBUM=x"]);
            let (_, dry) = stage.import_with(ImportOptions { dry_run: true, threads: 2 }).await;
            for table in ["releases", "tracks", "masters", "artists", "covers", "import_files", "catalog_changes"] {
                let sql: &'static str = format!("SELECT count(*) FROM {table}").leak();
                assert_eq!(stage.number(sql).await, 0, "{table}");
            }
            let objects = std::fs::read_dir(stage.folder.path().join("objects")).unwrap().count();
            assert_eq!(objects, 0);
            let (_, real) = stage.import().await;
            assert_eq!(states(&dry), states(&real));
            assert!(dry.iter().all(|outcome| outcome.track_id.is_none()), "what is not there has no id");
        });
    });
}

#[test]
fn the_same_audio_twice_is_one_master() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            let tags = ["TITLE=One", "ALBUM=A", "ARTIST=X", "TRACKNUMBER=1"];
            flac(&stage.music().join("a/1.flac"), 1, &tags);
            std::fs::create_dir_all(stage.music().join("b")).unwrap();
            // The same samples in a file with other bytes.
            flac(&stage.music().join("b/1.flac"), 1, &["TITLE=One", "ALBUM=B", "ARTIST=X", "TRACKNUMBER=1"]);
            std::fs::copy(stage.music().join("a/1.flac"), stage.music().join("a/1 copy.flac")).unwrap();
            let (summary, outcomes) = stage.import().await;
            assert_eq!((summary.imported, summary.unchanged), (2, 1), "{outcomes:?}");
            assert_eq!(stage.number("SELECT count(*) FROM masters").await, 1);
            assert_eq!(stage.number("SELECT count(*) FROM tracks").await, 2);
            let (summary, _) = stage.import().await;
            assert_eq!(summary.unchanged, 3);
            // The kept object is one of the files, byte for byte.
            let (key, sha) = stage
                .db
                .read(|tx| {
                    let row = tx.row("SELECT object_key, file_sha256 FROM masters", &[])?.expect("a master");
                    Ok::<_, crate::db::DbError>((row.get::<String>(0)?, row.get::<String>(1)?))
                })
                .await
                .unwrap();
            let object = stage.folder.path().join("objects").join(key);
            assert_eq!(super::examine::file_sha256(&object).unwrap(), sha);
        });
    });
}

#[test]
fn files_without_numbers_are_put_in_the_order_of_their_names_and_doubles_at_the_end() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            for (name, title) in [("10 c", "C"), ("2 b", "B"), ("1 a", "A")] {
                flac(
                    &stage.music().join(format!("Loose ends/{name}.flac")),
                    name.len() as u32 + title.as_bytes()[0] as u32,
                    &[&format!("TITLE={title}")],
                );
            }
            for (name, title) in [("x", "X"), ("y", "Y")] {
                let tags = [format!("TITLE={title}"), "ALBUM=Double".into(), "TRACKNUMBER=1".into()];
                flac(
                    &stage.music().join(format!("d/{name}.flac")),
                    title.as_bytes()[0] as u32,
                    &tags.iter().map(String::as_str).collect::<Vec<_>>(),
                );
            }
            let (summary, outcomes) = stage.import().await;
            assert_eq!(summary.imported, 5, "{outcomes:?}");
            let titles = async |place: usize| {
                let release =
                    stage.catalog.release(outcomes[place].release_id.as_ref().unwrap()).await.unwrap().unwrap();
                let tracks: Vec<_> = release.tracks().map(|t| format!("{} {}", t.number, t.title)).collect();
                (release.card.title.clone(), tracks)
            };
            let loose = outcomes.iter().position(|o| o.path.to_string_lossy().contains("Loose")).unwrap();
            assert_eq!(titles(loose).await, ("Loose ends".into(), vec!["1 A".into(), "2 B".into(), "3 C".into()]));
            let double = outcomes.iter().position(|o| o.path.ends_with("d/y.flac")).unwrap();
            assert_eq!(titles(double).await.1, ["1 X", "2 Y"]);
            assert!(outcomes[double].message.as_deref().unwrap().contains("already has a track 1"));
            let (summary, _) = stage.import().await;
            assert_eq!(summary.unchanged, 5);
        });
    });
}

#[test]
fn artists_are_one_by_musicbrainz_id_or_by_name() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            let id = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d";
            let mb = format!("MUSICBRAINZ_ARTISTID={id}");
            flac(&stage.music().join("1/1.flac"), 1, &["TITLE=a", "ALBUM=1", "ARTIST=The  Beatles"]);
            flac(&stage.music().join("2/1.flac"), 2, &["TITLE=b", "ALBUM=2", "ARTIST=the beatles", &mb]);
            flac(&stage.music().join("3/1.flac"), 3, &["TITLE=c", "ALBUM=3", "ARTIST=Битлз", &mb]);
            let (summary, outcomes) = stage.import_with(ImportOptions { dry_run: false, threads: 1 }).await;
            assert_eq!(summary.imported, 3, "{outcomes:?}");
            assert_eq!(stage.number("SELECT count(*) FROM artists").await, 1);
            let third = stage.catalog.track(outcomes[2].track_id.as_ref().unwrap()).await.unwrap().unwrap();
            assert_eq!(third.track.artists[0].name, "Битлз", "names stay as credited");
        });
    });
}

#[test]
fn a_store_that_fails_leaves_nothing_half_imported() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            // A file where the folder of masters would be: no object can be written.
            let blocker = stage.folder.path().join("objects/masters");
            std::fs::write(&blocker, b"").unwrap();
            let importer = Importer::new(stage.catalog.clone(), Examiner::Within);
            let options = ImportOptions { dry_run: false, threads: 2 };
            let failed = importer.run(vec![stage.music()], options, std::sync::Arc::new(|_| {}), |_| {}).await;
            assert!(failed.is_err());
            for sql in ["SELECT count(*) FROM releases", "SELECT count(*) FROM tracks", "SELECT count(*) FROM masters"]
            {
                assert_eq!(stage.number(sql).await, 0, "{sql}");
            }
            std::fs::remove_file(blocker).unwrap();
            let (summary, _) = stage.import().await;
            assert_eq!(summary.imported, 3);
        });
    });
}

#[test]
fn a_file_whose_tags_name_another_release_moves_there() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            let path = |n: u32| stage.music().join(format!("a/{n}.flac"));
            for (n, album) in [(1, "Right"), (2, "Right"), (3, "Wrong")] {
                let tags =
                    [format!("TITLE=t{n}"), format!("ALBUM={album}"), format!("TRACKNUMBER={n}"), "ARTIST=X".into()];
                flac(&path(n), n, &tags.iter().map(String::as_str).collect::<Vec<_>>());
            }
            stage.import().await;
            retag(&path(3), "ALBUM", "Right");
            let (summary, outcomes) = stage.import().await;
            assert_eq!((summary.imported, summary.unchanged), (1, 2), "{outcomes:?}");
            let all = stage.catalog.releases(ReleaseFilter::All, None, 10).await.unwrap();
            assert_eq!(all.items.len(), 1, "the empty one is off sale");
            assert_eq!(stage.number("SELECT count(*) FROM masters").await, 3);
            let (summary, _) = stage.import().await;
            assert_eq!(summary.unchanged, 3);
        });
    });
}

#[test]
fn progress_ends_at_the_whole_and_a_plain_wav_needs_a_title() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            singles(&stage.music(), 2);
            std::fs::write(stage.music().join("tone.wav"), wav(3, 2_000)).unwrap();
            let last = std::sync::Arc::new(std::sync::Mutex::new(super::Progress::default()));
            let seen = last.clone();
            let tell: super::OnProgress = std::sync::Arc::new(move |now: super::Progress| {
                let mut last = seen.lock().unwrap();
                if now.bytes_done + now.files_done >= last.bytes_done + last.files_done {
                    *last = now;
                }
            });
            let importer = Importer::new(stage.catalog.clone(), Examiner::Within);
            let summary = importer.run(vec![stage.music()], ImportOptions::default(), tell, |_| {}).await.unwrap();
            assert_eq!((summary.imported, summary.refused, summary.files()), (2, 1, 3));
            let last = *last.lock().unwrap();
            assert_eq!((last.files_done, last.bytes_done), (last.files, last.bytes));
        });
    });
}

/// A FLAC of 16 bits made into one of 24.
fn padded(path: &Path) {
    let source = path.with_extension("source.flac");
    flac(&source, 77, &["TITLE=Wide", "ALBUM=Padded", "ARTIST=Somebody"]);
    let mut command = std::process::Command::new("ffmpeg");
    command.args(["-v", "error", "-i"]).arg(&source).args(["-sample_fmt", "s32", "-bits_per_raw_sample", "24"]);
    assert!(command.arg(path).status().expect("ffmpeg is installed (Debian: ffmpeg)").success());
    std::fs::remove_file(source).unwrap();
}

#[test]
fn a_master_that_is_less_than_it_claims_is_marked_and_stays_on_sale() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db.clone());
            album(&stage.music());
            let path = stage.music().join("padded/01.flac");
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            padded(&path);
            let (summary, outcomes) = stage.import().await;
            assert_eq!(summary, Summary { imported: 4, ..Summary::default() });
            let marked: Vec<_> = outcomes.iter().filter(|o| o.provenance.is_some_and(|p| p.is_marked())).collect();
            assert_eq!(marked.iter().map(|o| &o.path).collect::<Vec<_>>(), [&path]);
            let found = marked[0].provenance;

            let listed = stage.catalog.marked().await.unwrap();
            assert_eq!(
                listed.iter().map(|m| (m.title.as_str(), m.release.as_str())).collect::<Vec<_>>(),
                [("Wide", "Padded")]
            );
            assert_eq!((Some(listed[0].provenance), listed[0].provenance.real_bits), (found, 16));
            let (_, again) = stage.import().await;
            assert!(again.iter().any(|o| o.state == FileState::Unchanged && o.provenance == found), "{again:?}");

            // A master of an import before anybody asked is looked at when its file is read again.
            db.write(|tx| tx.execute("DELETE FROM master_provenance", crate::params![])).await.unwrap();
            assert!(stage.catalog.marked().await.unwrap().is_empty());
            touch(&path);
            stage.import().await;
            assert_eq!(stage.catalog.marked().await.unwrap(), listed);
        });
    });
}
