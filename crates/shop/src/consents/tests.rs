//! What a consent is asked for, and what becomes of it.

use std::collections::BTreeMap;

use super::*;
use crate::clock::Clock;
use crate::declared::Refused;
use crate::jobs::Jobs;
use crate::mail::MailSettings;
use crate::storefronts::MAIN;
use crate::test_support::{block_on, on_both_engines, users};

fn text(id: &str, kind: Kind, version: u32, words: &str) -> ConsentText {
    let texts = BTreeMap::from([("en".to_owned(), words.to_owned()), ("ru".to_owned(), format!("{words} (ru)"))]);
    ConsentText { id: id.into(), storefront: MAIN.into(), kind, version, texts }
}

async fn declare(db: &Db, text: ConsentText) -> Result<(), Refused> {
    db.write(move |tx| texts::put(tx, &text, 1)).await
}

fn letter(required: &Required, at_us: i64) -> Letter {
    let (_, words) = required.text.in_language("ru");
    Letter { subject: "You agreed".into(), body: format!("{words} {} {at_us}", required.country), unsubscribe: None }
}

fn agreement(kind: Kind, version: u32, place: Option<&str>) -> Agreement {
    Agreement { kind, version, place: place.map(|code| code.parse().unwrap()), language: "ru".into() }
}

async fn letters(db: &Db) -> usize {
    db.read::<_, DbError>(|tx| Ok(tx.rows("SELECT payload FROM jobs WHERE kind = 'mail'", &[])?.len())).await.unwrap()
}

#[test]
fn immediate_supply_is_agreed_to_once_and_the_law_once_in_each_country() {
    on_both_engines(|db, _| {
        block_on(async {
            users(&db, &["a"]).await;
            let folder = tempfile::tempdir().unwrap();
            let clock = Clock::system();
            let jobs = Jobs::new(db.clone(), clock.clone());
            let mail =
                Mail::open(db.clone(), clock.clone(), jobs, &MailSettings::Folder(folder.path().into())).unwrap();
            let consents = Consents::new(db.clone(), clock.clone(), mail);
            let user = db.read(|tx| crate::users::get(tx, "a")).await.unwrap().unwrap();
            let required = async |place: Option<&str>| {
                let place = place.map(|code| code.parse().unwrap());
                let required = consents.required("a", MAIN, place).await.unwrap();
                required.into_iter().map(|r| (r.text.kind, r.text.version, r.country)).collect::<Vec<_>>()
            };
            assert_eq!(required(Some("DE")).await, [], "without texts nothing is asked");
            let supply = agreement(Kind::ImmediateSupply, 1, Some("DE"));
            let refused = consents.agree(&user, supply.clone(), letter).await;
            assert!(matches!(refused, Err(ConsentError::NotAsked)));

            declare(&db, text("supply-1", Kind::ImmediateSupply, 1, "At once")).await.unwrap();
            declare(&db, text("law-1", Kind::LawfulCountry, 1, "I may")).await.unwrap();
            let both = [(Kind::ImmediateSupply, 1, String::new()), (Kind::LawfulCountry, 1, "DE".to_owned())];
            assert_eq!(required(Some("DE")).await, both);
            for _ in 0..2 {
                consents.agree(&user, supply.clone(), letter).await.unwrap();
                consents.agree(&user, agreement(Kind::LawfulCountry, 1, Some("DE")), letter).await.unwrap();
            }
            assert_eq!(letters(&db).await, 2, "each is confirmed once");
            assert_eq!(required(Some("DE")).await, []);
            assert_eq!(required(Some("FR")).await, [(Kind::LawfulCountry, 1, "FR".to_owned())]);
            assert_eq!(required(None).await, [(Kind::LawfulCountry, 1, String::new())]);

            declare(&db, text("supply-2", Kind::ImmediateSupply, 2, "At once!")).await.unwrap();
            assert_eq!(required(Some("DE")).await, [(Kind::ImmediateSupply, 2, String::new())]);
            let late = consents.agree(&user, supply, letter).await;
            assert!(matches!(late, Err(ConsentError::Outdated { in_force: 2 })));
            let given = consents.given("a").await.unwrap();
            let given: Vec<_> =
                given.iter().map(|g| (g.kind, g.version, g.country.as_str(), g.language.as_str())).collect();
            assert_eq!(given, [(Kind::LawfulCountry, 1, "DE", "ru"), (Kind::ImmediateSupply, 1, "", "ru")]);

            let changed = declare(&db, text("supply-1", Kind::ImmediateSupply, 1, "Later")).await;
            assert!(matches!(changed, Err(Refused::Conflict { .. })), "what somebody agreed to stays");
            declare(&db, text("supply-1", Kind::ImmediateSupply, 1, "At once")).await.unwrap();
            let removed = db.write(|tx| texts::remove(tx, "law-1")).await;
            assert!(matches!(removed, Err(Refused::Conflict { .. })));
            assert!(db.write(|tx| texts::remove(tx, "supply-2")).await.unwrap());
        });
    });
}

#[test]
fn a_text_that_cannot_be_agreed_to_is_refused_by_its_field() {
    on_both_engines(|db, _| {
        block_on(async {
            users(&db, &[]).await;
            let good = || text("supply-1", Kind::ImmediateSupply, 1, "At once");
            let with = |texts: &[(&str, &str)]| ConsentText {
                texts: texts.iter().map(|(l, t)| ((*l).to_owned(), (*t).to_owned())).collect(),
                ..good()
            };
            declare(&db, good()).await.unwrap();
            for (text, wrong) in [
                (ConsentText { id: "Supply".into(), ..good() }, "id"),
                (ConsentText { version: 0, ..good() }, "version"),
                (ConsentText { storefront: "other".into(), ..good() }, "storefront"),
                (with(&[]), "texts"),
                (with(&[("en", " ")]), "texts.en"),
                (with(&[("English", "At once")]), "texts.English"),
                (with(&[("en", &"x".repeat(texts::MAX_TEXT_CHARS + 1))]), "texts.en"),
                (ConsentText { id: "again".into(), ..good() }, "version"),
            ] {
                match declare(&db, text).await.unwrap_err() {
                    Refused::Field { field, .. } | Refused::Conflict { field, .. } => assert_eq!(field, wrong),
                    Refused::Db(e) => panic!("{e}"),
                }
            }
        });
    });
}
