//! What the search finds, and how it keeps up.

use super::{Hit, Kind, Search};
use crate::catalog::tests::{Stage, album, retag, singles};
use crate::test_support::{block_on, on_both_engines};

fn titles(search: &Search, text: &str, kind: Option<Kind>) -> Vec<String> {
    search.find(text, kind, None, 50).unwrap().items.into_iter().map(|hit: Hit| hit.title).collect()
}

#[test]
fn every_word_is_the_beginning_of_a_word_whatever_its_case_and_accents() {
    on_both_engines(|db, _| {
        block_on(async {
            let stage = Stage::new(db);
            album(&stage.music());
            stage.import().await;
            let search = Search::open(&stage.folder.path().join("search"));
            assert!(titles(&search, "снег", None).is_empty(), "nothing is there before the first follow");
            assert_eq!(search.follow(&stage.db).await.unwrap(), 1);
            assert_eq!(search.follow(&stage.db).await.unwrap(), 0);
            assert_eq!(titles(&search, "ЕЛК", None), ["Ёлка"]);
            assert_eq!(titles(&search, "ёлка народн", None), ["Ёлка"]);
            assert_eq!(titles(&search, "mefod", Some(Kind::Release)), ["Первый снег"]);
            let mut artists = titles(&search, "кирил", Some(Kind::Artist));
            artists.sort();
            assert_eq!(artists, ["Кирилл", "Кирилл & Méfodi"]);
            assert_eq!(titles(&search, "перв сн", None), ["Первый снег", "Ёлка", "Зима", "Весна"]);
            assert_eq!(titles(&search, "rua01-00-00002", None), ["Зима"]);
            assert_eq!(titles(&search, "04601234567893", None), ["Первый снег"]);
            assert_eq!(titles(&search, "lad 001", None), ["Первый снег"]);
            for nothing in ["", " … ", "снег dust", "нег", "снегопад"] {
                assert!(titles(&search, nothing, None).is_empty(), "{nothing:?}");
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
                assert!(titles(&search, gone, None).is_empty(), "{gone}");
            }
            stage.catalog.restore(&release).await.unwrap();
            search.follow(&stage.db).await.unwrap();
            assert_eq!(titles(&search, "кирилл", Some(Kind::Artist)).len(), 2);
            for file in ["CD1/01", "CD1/02", "CD2/01"] {
                retag(&stage.music().join(format!("album/{file}.flac")), "ARTIST", "Мефодий");
            }
            stage.import().await;
            search.follow(&stage.db).await.unwrap();
            assert_eq!(titles(&search, "мефодий", Some(Kind::Artist)), ["Мефодий"]);
            assert_eq!(titles(&search, "кирилл", Some(Kind::Artist)), ["Кирилл & Méfodi"]);
            assert_eq!(titles(&search, "кирилл", Some(Kind::Track)), Vec::<String>::new());
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
            let search = Search::open(&folder);
            search.follow(&stage.db).await.unwrap();
            drop(search);

            let kept = Search::open(&folder);
            assert_eq!(titles(&kept, "ёлка", None), ["Ёлка"], "an index outlives its process");
            assert_eq!(kept.follow(&stage.db).await.unwrap(), 0);
            drop(kept);

            std::fs::write(folder.join("v1/meta.json"), b"{").unwrap();
            let broken = Search::open(&folder);
            assert_eq!(broken.follow(&stage.db).await.unwrap(), 1);
            assert_eq!(titles(&broken, "ёлка", None), ["Ёлка"]);
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
            assert_eq!(titles(&foreign, "song", None), ["Song 0"]);
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
            let whole = titles(&search, "s", None);
            assert_eq!(whole.len(), 10, "{whole:?}");
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = search.find("s", None, after.as_deref(), 3).unwrap();
                seen.extend(page.items.into_iter().map(|hit| hit.title));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, whole);
        });
    });
}
