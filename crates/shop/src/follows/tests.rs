//! Following, and the letters, on both engines.

use std::time::Duration;

use super::*;
use crate::jobs::Jobs;
use crate::mail::MailSettings;
use crate::test_support::{block_on, on_both_engines, users};

const WEEK: Duration = Duration::from_secs(7 * 86_400 + 1);

fn letter(digest: &Digest) -> Letter {
    let titles: Vec<&str> = digest.releases.iter().map(|release| release.title.as_str()).collect();
    Letter { subject: digest.token.clone(), body: titles.join(","), unsubscribe: None }
}

async fn release(db: &Db, id: &'static str, artist: &'static str, created_us: i64) {
    db.write::<_, DbError>(move |tx| {
        for table in ["artists", "labels"] {
            let sort = if table == "artists" { ("sort_name, ", "$1, ") } else { ("", "") };
            tx.execute(
                &format!(
                    "INSERT INTO {table} (id, name, {}name_key, created_us) VALUES ($1, $1, {}$1, 0)
                     ON CONFLICT (id) DO NOTHING",
                    sort.0, sort.1
                ),
                params![artist],
            )?;
        }
        tx.execute(
            "INSERT INTO releases (id, import_key, title, credit, label_id, state, created_us, updated_us)
             VALUES ($1, $1, $1, $2, $2, 'on_sale', $3, 0)",
            params![id, artist, created_us],
        )?;
        tx.execute(
            "INSERT INTO release_artists (release_id, place, artist_id, name, join_phrase) VALUES ($1, 0, $2, $2, '')",
            params![id, artist],
        )
    })
    .await
    .unwrap();
}

async fn queued(db: &Db) -> Vec<String> {
    db.read::<_, DbError>(|tx| {
        let rows = tx.rows("SELECT payload FROM jobs WHERE kind = 'mail' ORDER BY created_us, id", &[])?;
        rows.iter().map(|row| row.get(0)).collect()
    })
    .await
    .unwrap()
}

#[test]
fn who_follows_hears_once_a_week_of_what_is_new_and_of_nothing_else() {
    on_both_engines(|db, _| {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (clock, hand) = Clock::by_hand(1_000_000);
            let jobs = Jobs::new(db.clone(), clock.clone());
            let mail = MailSettings::Folder(folder.path().to_owned());
            let mail = Mail::open(db.clone(), clock.clone(), jobs, &mail).unwrap();
            users(&db, &["a", "b"]).await;
            release(&db, "old", "bach", 5).await;
            release(&db, "other", "liszt", 5).await;
            let follows = Follows::new(db.clone(), clock.clone(), mail);
            for (user, kind) in [("a", Kind::Artist), ("a", Kind::Label), ("b", Kind::Label)] {
                follows.add(user, kind, "bach").await.unwrap();
            }
            assert!(matches!(follows.add("a", Kind::Artist, "nobody").await, Err(FollowError::Unknown)));
            release(&db, "new", "bach", clock.now_us()).await;
            release(&db, "elsewhere", "liszt", clock.now_us()).await;
            assert_eq!(follows.tell(letter).await.unwrap(), 0, "a week has not gone by");
            hand.advance(WEEK);
            assert_eq!(follows.tell(letter).await.unwrap(), 2);
            let letters = queued(&db).await;
            assert!(letters.len() == 2 && letters.iter().all(|l| l.contains("\"body\":\"new\"")), "{letters:?}");
            hand.advance(WEEK);
            follows.tell(letter).await.unwrap();
            assert_eq!(queued(&db).await.len(), 2, "nothing is new");
        });
    });
}

#[test]
fn the_secret_of_a_letter_ends_the_letters() {
    on_both_engines(|db, _| {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (clock, hand) = Clock::by_hand(1_000_000);
            let jobs = Jobs::new(db.clone(), clock.clone());
            let mail = MailSettings::Folder(folder.path().to_owned());
            let follows =
                Follows::new(db.clone(), clock.clone(), Mail::open(db.clone(), clock.clone(), jobs, &mail).unwrap());
            users(&db, &["a"]).await;
            release(&db, "old", "bach", 5).await;
            follows.add("a", Kind::Artist, "bach").await.unwrap();
            assert!(!follows.unsubscribe("guess").await.unwrap());
            let token: String =
                db.read::<_, DbError>(|tx| tx.row("SELECT token FROM digests", &[])?.unwrap().get(0)).await.unwrap();
            assert!(follows.unsubscribe(&token).await.unwrap());
            release(&db, "new", "bach", clock.now_us()).await;
            hand.advance(WEEK);
            assert_eq!(follows.tell(letter).await.unwrap(), 0);
            assert_eq!(follows.of("a").await.unwrap().0.len(), 1, "he still follows");
            assert!(!follows.of("a").await.unwrap().1);
            assert!(follows.remove("a", Kind::Artist, "bach").await.unwrap());
        });
    });
}
