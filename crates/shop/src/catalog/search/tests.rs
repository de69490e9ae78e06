//! What the search finds, and how it keeps up.

use super::entry::Entry;
use super::{Kind, Narrow, Quality, Search, Way};
use crate::catalog::tests::{Stage, album, retag, singles};
use crate::clock::base32;
use crate::test_support::{block_on, on_both_engines};

async fn titles(stage: &Stage, search: &Search, text: &str, kind: Option<Kind>) -> Vec<String> {
    let found = search.find(text, kind, None, 50).unwrap();
    stage.catalog.hits(found.items).await.unwrap().into_iter().map(|hit| hit.title).collect()
}

#[test]
fn every_word_is_the_beginning_of_a_word_whatever_its_case_and_accents() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            stage.import().await;
            let search = Search::open(&stage.folder.path().join("search"));
            assert!(titles(&stage, &search, "снег", None).await.is_empty(), "nothing is there before the first follow");
            assert_eq!(search.follow(&stage.db).await.unwrap(), 1);
            assert_eq!(search.follow(&stage.db).await.unwrap(), 0);
            assert_eq!(titles(&stage, &search, "ЕЛК", None).await, ["Ёлка"]);
            assert_eq!(titles(&stage, &search, "ёлка народн", None).await, ["Ёлка"]);
            assert_eq!(titles(&stage, &search, "mefod", Some(Kind::Release)).await, ["Первый снег"]);
            let mut artists = titles(&stage, &search, "кирил", Some(Kind::Artist)).await;
            artists.sort();
            assert_eq!(artists, ["Кирилл", "Кирилл & Méfodi"]);
            assert_eq!(titles(&stage, &search, "перв сне", None).await, ["Первый снег", "Ёлка", "Зима", "Весна"]);
            assert_eq!(titles(&stage, &search, "rua01-00-00002", None).await, ["Зима"]);
            assert_eq!(titles(&stage, &search, "04601234567893", None).await, ["Первый снег"]);
            assert_eq!(titles(&stage, &search, "lad 001", None).await, ["Первый снег"]);
            assert_eq!(titles(&stage, &search, "снег dust", None).await, ["Первый снег", "Ёлка", "Зима", "Весна"]);
            for nothing in ["", " … ", "dust wind", "нег", "снегопад"] {
                assert!(titles(&stage, &search, nothing, None).await.is_empty(), "{nothing:?}");
            }
        });
    });
}

#[test]
fn what_is_withdrawn_or_renamed_is_gone_and_what_comes_back_is_found() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            let (_, outcomes) = stage.import().await;
            let release = outcomes[0].release_id.clone().unwrap();
            let search = Search::open(&stage.folder.path().join("search"));
            search.follow(&stage.db).await.unwrap();
            stage.catalog.withdraw(&release).await.unwrap();
            assert_eq!(search.follow(&stage.db).await.unwrap(), 1);
            for gone in ["снег", "ёлка", "кирилл", "rua010000001"] {
                assert!(titles(&stage, &search, gone, None).await.is_empty(), "{gone}");
            }
            stage.catalog.restore(&release).await.unwrap();
            search.follow(&stage.db).await.unwrap();
            assert_eq!(titles(&stage, &search, "кирилл", Some(Kind::Artist)).await.len(), 2);
            for file in ["CD1/01", "CD1/02", "CD2/01"] {
                retag(&stage.music().join(format!("album/{file}.flac")), "ARTIST", "Мефодий");
            }
            stage.import().await;
            search.follow(&stage.db).await.unwrap();
            assert_eq!(titles(&stage, &search, "мефодий", Some(Kind::Artist)).await, ["Мефодий", "Кирилл & Méfodi"]);
            assert_eq!(titles(&stage, &search, "кирилл", Some(Kind::Artist)).await, ["Кирилл & Méfodi"]);
            assert_eq!(titles(&stage, &search, "кирилл", Some(Kind::Track)).await, Vec::<String>::new());
        });
    });
}

#[test]
fn an_artists_releases_are_counted_without_those_that_are_withdrawn() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            singles(&stage.music(), 3);
            let (_, outcomes) = stage.import().await;
            let search = Search::open(&stage.folder.path().join("search"));
            assert_eq!(search.releases_of("nobody").unwrap(), 0, "there is no index yet");
            search.follow(&stage.db).await.unwrap();
            let counted = async |text: &str| {
                let artists = search.find(text, Some(Kind::Artist), None, 10).unwrap();
                let hits = stage.catalog.hits(artists.items).await.unwrap();
                let count = |hit: crate::catalog::search::Hit| (hit.title, search.releases_of(&hit.id).unwrap());
                hits.into_iter().map(count).collect::<Vec<_>>()
            };
            // One of them only sings a track.
            let mut sung = counted("кирилл").await;
            sung.sort();
            assert_eq!(sung, [("Кирилл".to_owned(), 1), ("Кирилл & Méfodi".to_owned(), 1)]);
            assert_eq!(counted("artist 0").await, [("Artist 0".to_owned(), 2)]);
            let single = outcomes.iter().find(|outcome| outcome.path.ends_with("single0/1.flac")).unwrap();
            stage.catalog.withdraw(single.release_id.as_ref().unwrap()).await.unwrap();
            search.follow(&stage.db).await.unwrap();
            assert_eq!(counted("artist 0").await, [("Artist 0".to_owned(), 1)]);
            assert_eq!(search.releases_of("nobody").unwrap(), 0);
        });
    });
}

#[test]
fn a_lost_or_foreign_index_is_built_anew() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            let folder = stage.folder.path().join("search");
            album(&stage.music());
            stage.import().await;
            for other in ["v1", "v6-next", "v1000", "vinyl"] {
                std::fs::create_dir_all(folder.join(other)).unwrap();
            }
            let search = Search::open(&folder);
            search.follow(&stage.db).await.unwrap();
            drop(search);
            let left = ["v1", "v6-next", "v1000", "vinyl"].map(|other| folder.join(other).exists());
            assert_eq!(left, [false, false, true, true], "what older programs left is removed");

            let kept = Search::open(&folder);
            assert_eq!(titles(&stage, &kept, "ёлка", None).await, ["Ёлка"], "an index outlives its process");
            assert_eq!(kept.follow(&stage.db).await.unwrap(), 0);
            drop(kept);

            std::fs::write(super::index::place(&folder).join("meta.json"), b"{").unwrap();
            let broken = Search::open(&folder);
            assert_eq!(broken.follow(&stage.db).await.unwrap(), 1);
            assert_eq!(titles(&stage, &broken, "ёлка", None).await, ["Ёлка"]);
            drop(broken);

            std::fs::remove_dir_all(&folder).unwrap();
            let lost = Search::open(&folder);
            assert_eq!(lost.follow(&stage.db).await.unwrap(), 1);
            drop(lost);

            // Another catalogue, whose first change is about another release.
            let change = "UPDATE catalog_changes SET release_id = (SELECT id FROM releases ORDER BY id DESC LIMIT 1)";
            singles(&stage.music(), 1);
            stage.import().await;
            stage.db.write(move |tx| tx.execute(change, &[])).await.unwrap();
            let foreign = Search::open(&folder);
            assert_eq!(foreign.follow(&stage.db).await.unwrap(), 2);
            assert_eq!(titles(&stage, &foreign, "song", None).await, ["Song 0"]);
        });
    });
}

#[test]
fn results_are_paged_in_a_stable_order() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            singles(&stage.music(), 5);
            stage.import().await;
            let search = Search::open(&stage.folder.path().join("search"));
            search.follow(&stage.db).await.unwrap();
            let whole = titles(&stage, &search, "s", None).await;
            assert_eq!(whole.len(), 10, "{whole:?}");
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = search.find("s", None, after.as_deref(), 3).unwrap();
                let hits = stage.catalog.hits(page.items).await.unwrap();
                seen.extend(hits.into_iter().map(|hit| hit.title));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, whole);
        });
    });
}

/// The golden file: what is on sale, and what is to be found first.
struct Golden {
    entries: Vec<Entry>,
    /// With what is expected.
    questions: Vec<(&'static str, &'static str)>,
    search: Search,
    _folder: tempfile::TempDir,
}

impl Golden {
    /// Indexed in so many parts.
    fn new(parts: usize) -> Golden {
        let (mut entries, mut questions) = (Vec::new(), Vec::new());
        for line in include_str!("golden.txt").lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix("? ") {
                Some(question) => questions.push(question.split_once(" => ").unwrap()),
                None => entries.push(golden_entry(line, entries.len())),
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let mut open = super::index::create(folder.path()).unwrap();
        let mut writer = open.writer().unwrap();
        for some in entries.chunks(entries.len().div_ceil(parts)) {
            open.replace(&mut writer, &[], &[], some, Default::default()).unwrap();
        }
        drop(writer);
        Golden { search: Search::open(folder.path()), entries, questions, _folder: folder }
    }
}

/// Prints the mean reciprocal rank.
#[test]
fn what_people_ask_for_comes_first() {
    let Golden { entries, questions, search, .. } = Golden::new(1);
    assert!(questions.len() >= 150, "{}", questions.len());
    let (mut missed, mut reciprocal) = (Vec::new(), 0.0);
    for (question, expected) in &questions {
        let found = search.find(question, None, None, 20).unwrap().items;
        let title = |id: &str| entries.iter().find(|entry| entry.id == id).unwrap().title.as_str();
        let found: Vec<String> =
            found.iter().map(|found| format!("{} {}", found.kind.as_str(), title(&found.owner))).collect();
        let place = found.iter().position(|hit| hit == expected);
        reciprocal += place.map_or(0.0, |place| 1.0 / (place + 1) as f64);
        if place != Some(0) {
            missed.push(format!("{question}: {expected}, not {:?}", found.iter().take(3).collect::<Vec<_>>()));
        }
    }
    println!("mean reciprocal rank of {} questions: {:.4}", questions.len(), reciprocal / questions.len() as f64);
    assert!(missed.is_empty(), "{} of {}:\n{}", missed.len(), questions.len(), missed.join("\n"));
}

#[test]
fn as_many_releases_and_tracks_are_counted_as_are_found() {
    let Golden { questions, search, .. } = Golden::new(3);
    let others = ["a", "к", "2", "a b", "м и", "symphony no", "no 5", "ки м", "zzz"];
    for question in questions.iter().map(|(question, _)| *question).chain(others) {
        for kind in [None, Some(Kind::Release), Some(Kind::Track)] {
            let found = search.find(question, kind, None, 500).unwrap().items;
            let releases_and_tracks = |found: &&super::Found| matches!(found.kind, Kind::Release | Kind::Track);
            let counted = search.counts((question, kind), &Narrow::default(), Default::default()).unwrap().results;
            assert_eq!(counted, found.iter().filter(releases_and_tracks).count() as u64, "{question} {kind:?}");
        }
    }
}

#[test]
fn an_answer_says_in_which_way_it_was_found() {
    let search = Golden::new(1).search;
    for (question, way) in [
        ("mozart", Some(Way::Typed)),
        ("moz", Some(Way::Typed)),
        ("Моцарт", Some(Way::Sound)),
        ("tchaikovsky", Some(Way::Sound)),
        ("rbyj", Some(Way::OtherKeys)),
        ("mozrat", Some(Way::Typos)),
        ("bwv988", Some(Way::Typed)),
        ("gb-um7-10-29604", Some(Way::Typed)),
        ("mozart xyzzyx", Some(Way::SomeWords)),
        ("xyzzyx", None),
        ("", None),
    ] {
        let (_, found) = search.find_among((question, None), &Narrow::default(), (None, 5)).unwrap();
        let results = search.results((question, None), &Narrow::default(), (None, 5), Default::default()).unwrap();
        assert_eq!((found, results.way), (way, way), "{question}");
    }
}

fn golden_entry(line: &str, place: usize) -> Entry {
    let mut parts = line.split(" | ").map(str::to_owned);
    let kind = Kind::parse(&parts.next().unwrap()).unwrap();
    let title = parts.next().unwrap();
    let credit = parts.next().unwrap_or_default();
    let more = parts.next();
    let codes = parts.next().map(|codes| codes.split("; ").map(str::to_owned).collect()).unwrap_or_default();
    Entry {
        kind,
        id: base32(place as u128, 26),
        release: None,
        artists: Vec::new(),
        label: None,
        text: [title.clone(), credit].into_iter().chain(more).collect(),
        title,
        place: (0, 0),
        beside: Vec::new(),
        label_name: None,
        codes,
        facets: Default::default(),
        rank: kind.rank(0, (1_000 - place as i64) * super::INSTANT_US),
    }
}

#[test]
fn results_are_narrowed_down_and_counted_by_what_they_are() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            singles(&stage.music(), 2);
            stage.import().await;
            let search = Search::open(&stage.folder.path().join("search"));
            search.follow(&stage.db).await.unwrap();
            let tree = stage.catalog.genre_tree().await.unwrap();
            let root = || tree.choices(None);
            let counts = |narrow: &Narrow, bounds| search.counts(("song", None), narrow, (bounds, root())).unwrap();
            let all = counts(&Narrow::default(), vec![1, 2]);
            assert_eq!((all.results, &all.genres[..]), (2, &[("pop".to_owned(), 2)][..]), "artists have no genre");
            assert_eq!(all.lengths, [0, 2, 0], "each takes less than a second of sound, rounded up");
            assert_eq!(all.qualities, [("cd".to_owned(), 2)]);
            let snow = search.counts(("перв", None), &Narrow::default(), (vec![], root())).unwrap();
            assert_eq!(
                (snow.results, &snow.decades[..], &snow.languages[..]),
                (4, &[(2020, 4)][..], &[("rus".to_owned(), 4)][..])
            );

            let found = async |narrow: &Narrow| {
                let page = search.find_among(("перв", None), narrow, (None, 50)).unwrap().0;
                let hits = stage.catalog.hits(page.items).await.unwrap();
                hits.into_iter().map(|hit| hit.title).collect::<Vec<_>>()
            };
            let whole = ["Первый снег", "Ёлка", "Зима", "Весна"];
            let label = snow.labels[0].0.clone();
            for narrow in [
                Narrow { genres: vec!["folk".into()], ..Narrow::default() },
                Narrow { label: Some(label), ..Narrow::default() },
                Narrow { years: Some((2020, 2029)), quality: Some(Quality::Cd), ..Narrow::default() },
                Narrow { language: Some("rus".into()), length_s: Some((1, 100)), ..Narrow::default() },
            ] {
                assert_eq!(found(&narrow).await, whole, "{narrow:?}");
            }
            for narrow in [
                Narrow { genres: vec!["pop".into()], ..Narrow::default() },
                Narrow { years: Some((2010, 2019)), ..Narrow::default() },
                Narrow { quality: Some(Quality::HiRes), ..Narrow::default() },
                Narrow { length_s: Some((100, 1_000)), ..Narrow::default() },
            ] {
                assert!(
                    found(&narrow).await.is_empty()
                        && search.counts(("перв", None), &narrow, (vec![], root())).unwrap().results == 0
                );
            }
        });
    });
}

#[test]
fn an_index_that_is_held_or_far_behind_takes_all_in_at_once() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            let search = Search::open(&stage.folder.path().join("search"));
            let held = search.hold().await;
            singles(&stage.music(), 2);
            stage.import().await;
            assert_eq!(search.follow(&stage.db).await.unwrap(), 0);
            drop(held);
            assert_eq!(search.follow(&stage.db).await.unwrap(), 2);
            // As many changes as nobody reads one by one.
            let far = "INSERT INTO catalog_changes (seq, release_id, at_us)
                WITH RECURSIVE n (seq) AS (SELECT 3 UNION ALL SELECT seq + 1 FROM n WHERE seq < 30000)
                SELECT n.seq, (SELECT release_id FROM catalog_changes WHERE seq = 1), 0 FROM n";
            let far = match stage.db.read::<_, crate::db::DbError>(|tx| Ok(tx.engine())).await.unwrap() {
                crate::db::Engine::Sqlite => far.to_owned(),
                crate::db::Engine::Postgres => far.replace("0 FROM n", "CAST(0 AS BIGINT) FROM n"),
            };
            stage.db.write(move |tx| tx.execute(&far, &[])).await.unwrap();
            assert_eq!(search.follow(&stage.db).await.unwrap(), 30_000);
            let songs = async |search: &Search| {
                let mut songs = titles(&stage, search, "song", None).await;
                songs.sort_unstable();
                songs
            };
            assert_eq!(songs(&search).await, ["Song 0", "Song 1"]);
            assert_eq!(songs(&Search::open(&stage.folder.path().join("search"))).await, ["Song 0", "Song 1"]);
        });
    });
}
