//! What people can and cannot do, on both engines.

use std::time::Duration;

use super::*;
use crate::clock::Hand;
use crate::db::DatabaseUrl;
use crate::jobs::Jobs;
use crate::mail::{self, Letter, MailSettings};
use crate::storefronts::Storefronts;
use crate::test_support::{block_on, on_both_engines};

const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const GOOD: &str = "correct horse battery";

struct Shop {
    users: Users,
    jobs: Jobs,
    hand: Hand,
    _mail: tempfile::TempDir,
}

async fn shop(db: &Db) -> Shop {
    let (clock, hand) = Clock::by_hand(1_795_000_000_000_000);
    Storefronts::open(db.clone(), clock.clone()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let jobs = Jobs::new(db.clone(), clock.clone());
    let settings = MailSettings::Folder(folder.path().to_owned());
    let mail = Mail::open(db.clone(), clock.clone(), jobs.clone(), &settings).unwrap();
    let users = Users::open(db.clone(), clock, mail).await.unwrap();
    Shop { users, jobs, hand, _mail: folder }
}

fn with_shop<F: Future<Output = ()>>(test: impl Fn(Shop, Db) -> F) {
    on_both_engines(|db, _: DatabaseUrl| block_on(async { test(shop(&db).await, db).await }));
}

fn browser<'a>(email: &'a str, password: &'a str) -> SignIn<'a> {
    SignIn { email, password, address: HOME, kind: SessionKind::Browser, previous: None }
}

impl Shop {
    async fn anna(&self) -> User {
        self.users.sign_up("Anna@Example.org", GOOD, "ru").await.unwrap()
    }

    async fn session(&self, token: &Token) -> Option<Session> {
        self.users.by_token(token).await.unwrap()
    }

    /// Asks for a link and takes it out of the letter, if one was written.
    async fn link(&self, email: &str) -> Option<Token> {
        let request = ResetRequest { email, address: HOME };
        let letter = |user: &User, token: &Token| Letter {
            subject: user.language.clone(),
            body: token.as_str().to_owned(),
            unsubscribe: None,
        };
        self.users.request_reset(&request, letter).await.unwrap();
        let job = self.jobs.claim(&[mail::KIND], "w", Duration::from_secs(60)).await.unwrap()?;
        Some(Token::shown(job.payload["body"].as_str().unwrap()))
    }
}

#[test]
fn a_stranger_signs_up_and_signs_in_however_she_spells_her_address() {
    with_shop(|shop, _| async move {
        let anna = shop.anna().await;
        assert_eq!(
            (anna.email.as_str(), anna.role, anna.language.as_str()),
            ("Anna@example.org", Role::Listener, "ru")
        );
        let (user, token) = shop.users.sign_in(&browser(" anna@EXAMPLE.org ", GOOD)).await.unwrap();
        assert_eq!(user, anna);
        let session = shop.session(&token).await.unwrap();
        assert_eq!((&session.user, session.kind), (&anna, SessionKind::Browser));
        assert_eq!(shop.users.by_email("ANNA@example.org").await.unwrap(), Some(anna.clone()));
        assert_eq!(shop.users.by_id(&anna.id).await.unwrap(), Some(anna));
    });
}

#[test]
fn one_address_signs_up_once_even_at_the_same_instant() {
    with_shop(|shop, _| async move {
        let tries = ["a@b.cd", "A@b.cd", "a@B.CD"].map(|email| shop.users.sign_up(email, GOOD, "en"));
        let made = futures_util::future::join_all(tries).await;
        assert_eq!(made.iter().filter(|r| r.is_ok()).count(), 1);
        assert_eq!(made.iter().filter(|r| matches!(r, Err(UserError::EmailTaken))).count(), 2, "{made:?}");
    });
}

#[test]
fn what_cannot_be_a_user_is_refused_with_its_reason() {
    with_shop(|shop, _| async move {
        let long = "x".repeat(MAX_PASSWORD_BYTES + 1);
        let refused = async |email: &str, password: &str, language: &str| {
            shop.users.sign_up(email, password, language).await.unwrap_err()
        };
        assert!(matches!(refused("anna", GOOD, "en").await, UserError::EmailInvalid));
        assert!(matches!(refused("a@b.cd", "7 chars", "en").await, UserError::PasswordTooShort));
        assert!(matches!(refused("a@b.cd", &long, "en").await, UserError::PasswordTooLong));
        assert!(matches!(refused("a@b.cd", GOOD, "../en").await, UserError::LanguageInvalid));
        assert!(shop.users.sign_up("a@b.cd", &long[1..], "en").await.is_ok(), "256 bytes are a password");
        assert!(shop.users.sign_up("b@b.cd", "пароль12", "en").await.is_ok(), "8 characters are a password");
    });
}

#[test]
fn a_wrong_password_and_an_unknown_address_are_told_the_same() {
    with_shop(|shop, _| async move {
        shop.anna().await;
        for (email, password) in [
            ("anna@example.org", "wrong horse"),
            ("nobody@example.org", GOOD),
            ("not an address", GOOD),
            ("anna@example.org", &"x".repeat(1_000_000)),
        ] {
            let refused = shop.users.sign_in(&browser(email, password)).await;
            assert!(matches!(refused, Err(UserError::WrongCredentials)), "{email}");
        }
    });
}

#[test]
fn ten_thousand_guesses_are_locked_out_and_the_owner_elsewhere_is_not() {
    with_shop(|shop, _| async move {
        shop.anna().await;
        let mut wrong = 0;
        let mut locked = 0;
        for n in 0..10_000 {
            match shop.users.sign_in(&browser("anna@example.org", &format!("guess {n}"))).await {
                Err(UserError::WrongCredentials) => wrong += 1,
                Err(UserError::TooMany { retry_after_s }) if (1..=900).contains(&retry_after_s) => locked += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((wrong, locked), (MAX_FAILURES, 10_000 - MAX_FAILURES));
        let locked = shop.users.sign_in(&browser("anna@example.org", GOOD)).await;
        assert!(matches!(locked, Err(UserError::TooMany { .. })), "even the right one waits");
        let elsewhere = SignIn { address: "198.51.100.7".parse().unwrap(), ..browser("anna@example.org", GOOD) };
        shop.users.sign_in(&elsewhere).await.unwrap();
        shop.hand.advance(WINDOW);
        shop.users.sign_in(&browser("anna@example.org", GOOD)).await.unwrap();
    });
}

#[test]
fn guesses_made_at_once_count_like_guesses_made_in_turn() {
    with_shop(|shop, _| async move {
        shop.anna().await;
        let who = browser("anna@example.org", "wrong horse");
        let told = futures_util::future::join_all((0..200).map(|_| shop.users.sign_in(&who))).await;
        let tried = told.iter().filter(|r| matches!(r, Err(UserError::WrongCredentials))).count();
        assert_eq!(tried, MAX_FAILURES as usize);
    });
}

#[test]
fn signing_in_again_ends_the_browsers_earlier_session_and_no_other() {
    with_shop(|shop, _| async move {
        let anna = shop.anna().await;
        let program = shop.users.begin_session(&anna.id, SessionKind::Api).await.unwrap();
        let first = shop.users.begin_session(&anna.id, SessionKind::Browser).await.unwrap();
        let again = SignIn { previous: Some(&first), ..browser("anna@example.org", GOOD) };
        let (_, second) = shop.users.sign_in(&again).await.unwrap();
        assert!(shop.session(&first).await.is_none());
        assert!(shop.session(&second).await.is_some() && shop.session(&program).await.is_some());
    });
}

#[test]
fn sessions_end_by_signing_out_and_by_time() {
    with_shop(|shop, _| async move {
        let anna = shop.anna().await;
        let mut tokens = Vec::new();
        for kind in [SessionKind::Browser, SessionKind::Browser, SessionKind::Api] {
            tokens.push(shop.users.begin_session(&anna.id, kind).await.unwrap());
        }
        shop.users.sign_out(&tokens[0]).await.unwrap();
        assert!(shop.session(&tokens[0]).await.is_none() && shop.session(&tokens[1]).await.is_some());
        shop.hand.advance(BROWSER_SESSION_LIFE);
        assert!(shop.session(&tokens[1]).await.is_none() && shop.session(&tokens[2]).await.is_some());
        assert_eq!(shop.users.sweep().await.unwrap(), 1);
        shop.users.sign_out_everywhere(&anna.id).await.unwrap();
        assert!(shop.session(&tokens[2]).await.is_none());
        for nonsense in ["", "x", &"0".repeat(64)] {
            assert!(shop.session(&Token::shown(nonsense)).await.is_none());
        }
    });
}

#[test]
fn the_oldest_of_too_many_sessions_ends() {
    with_shop(|shop, _| async move {
        let anna = shop.anna().await;
        let first = shop.users.begin_session(&anna.id, SessionKind::Api).await.unwrap();
        let second = shop.users.begin_session(&anna.id, SessionKind::Api).await.unwrap();
        for _ in 0..99 {
            shop.users.begin_session(&anna.id, SessionKind::Api).await.unwrap();
        }
        assert!(shop.session(&first).await.is_none() && shop.session(&second).await.is_some());
    });
}

#[test]
fn a_new_password_needs_the_old_one_and_ends_every_session() {
    with_shop(|shop, _| async move {
        let anna = shop.anna().await;
        let token = shop.users.begin_session(&anna.id, SessionKind::Browser).await.unwrap();
        let session = shop.session(&token).await.unwrap();
        let wrong = shop.users.change_password(&session, "wrong horse", "another horse", HOME).await;
        assert!(matches!(wrong, Err(UserError::WrongCredentials)));
        let fresh = shop.users.change_password(&session, GOOD, "another horse", HOME).await.unwrap();
        assert!(shop.session(&token).await.is_none() && shop.session(&fresh).await.is_some());
        assert!(shop.users.sign_in(&browser("anna@example.org", GOOD)).await.is_err());
        assert!(shop.users.sign_in(&browser("anna@example.org", "another horse")).await.is_ok());
    });
}

#[test]
fn a_new_address_needs_the_password_and_must_be_free() {
    with_shop(|shop, _| async move {
        let anna = shop.anna().await;
        shop.users.sign_up("boris@example.org", GOOD, "en").await.unwrap();
        let link = shop.link("anna@example.org").await.unwrap();
        let token = shop.users.begin_session(&anna.id, SessionKind::Browser).await.unwrap();
        let session = shop.session(&token).await.unwrap();
        let change = async |password: &str, email: &str| shop.users.change_email(&session, password, email, HOME).await;
        assert!(matches!(change("wrong horse", "new@example.org").await, Err(UserError::WrongCredentials)));
        assert!(matches!(change(GOOD, "Boris@Example.org").await, Err(UserError::EmailTaken)));
        assert_eq!(change(GOOD, "new@example.org").await.unwrap().email, "new@example.org");
        assert!(shop.users.sign_in(&browser("new@example.org", GOOD)).await.is_ok());
        assert!(shop.users.by_email("anna@example.org").await.unwrap().is_none());
        assert!(!shop.users.reset_is_open(&link).await.unwrap(), "the old mailbox opens nothing");
    });
}

#[test]
fn the_language_of_letters_can_be_changed() {
    with_shop(|shop, _| async move {
        let anna = shop.anna().await;
        shop.users.change_language(&anna.id, "en").await.unwrap();
        assert_eq!(shop.users.by_id(&anna.id).await.unwrap().unwrap().language, "en");
        let wrong = shop.users.change_language(&anna.id, "klingon-of-old").await;
        assert!(matches!(wrong, Err(UserError::LanguageInvalid)));
    });
}

#[test]
fn a_forgotten_password_is_replaced_by_a_link_that_works_once() {
    with_shop(|shop, _| async move {
        let anna = shop.anna().await;
        let session = shop.users.begin_session(&anna.id, SessionKind::Browser).await.unwrap();
        let link = shop.link("ANNA@example.org").await.unwrap();
        let other = shop.link("anna@example.org").await.unwrap();
        assert!(shop.users.reset_is_open(&link).await.unwrap());
        assert!(matches!(shop.users.reset_password(&link, "short").await, Err(UserError::PasswordTooShort)));
        assert_eq!(shop.users.reset_password(&link, "another horse").await.unwrap(), anna);
        for used in [&link, &other] {
            let again = shop.users.reset_password(used, "a third horse").await;
            assert!(matches!(again, Err(UserError::ResetInvalid)));
        }
        assert!(shop.session(&session).await.is_none(), "whoever was signed in is out");
        assert!(shop.users.sign_in(&browser("anna@example.org", "another horse")).await.is_ok());
    });
}

#[test]
fn one_link_used_twice_at_the_same_instant_works_once() {
    with_shop(|shop, _| async move {
        shop.anna().await;
        let link = shop.link("anna@example.org").await.unwrap();
        let uses = ["another horse", "a third horse"].map(|password| shop.users.reset_password(&link, password));
        let told = futures_util::future::join_all(uses).await;
        assert_eq!(told.iter().filter(|r| r.is_ok()).count(), 1, "{told:?}");
    });
}

#[test]
fn a_link_is_over_after_an_hour() {
    with_shop(|shop, _| async move {
        shop.anna().await;
        let link = shop.link("anna@example.org").await.unwrap();
        shop.hand.advance(RESET_LIFE);
        assert!(!shop.users.reset_is_open(&link).await.unwrap());
        assert!(matches!(shop.users.reset_password(&link, "another horse").await, Err(UserError::ResetInvalid)));
        assert_eq!(shop.users.sweep().await.unwrap(), 1);
    });
}

#[test]
fn asking_for_a_link_tells_nothing_and_floods_nobody() {
    with_shop(|shop, _| async move {
        shop.anna().await;
        assert!(shop.link("nobody@example.org").await.is_none(), "the answer was the same, no letter was written");
        let mut letters = 0;
        for _ in 0..MAX_FAILURES {
            letters += usize::from(shop.link("anna@example.org").await.is_some());
        }
        assert_eq!(letters, 3);
        let request = ResetRequest { email: "anna@example.org", address: HOME };
        let eleventh = shop.users.request_reset(&request, |_, _| panic!("no letter is written")).await;
        assert!(matches!(eleventh, Err(UserError::TooMany { .. })));
    });
}

#[test]
fn no_secret_lies_in_the_database_or_in_a_log_line() {
    with_shop(|shop, db| async move {
        let anna = shop.anna().await;
        let token = shop.users.begin_session(&anna.id, SessionKind::Browser).await.unwrap();
        let (stored, kept): (String, Vec<u8>) = db
            .read(|tx| {
                let sql = "SELECT u.password_hash, s.token_hash FROM users u JOIN sessions s ON s.user_id = u.id";
                let row = tx.row(sql, &[])?.ok_or(DbError::Busy)?;
                Ok::<_, DbError>((row.get(0)?, row.get(1)?))
            })
            .await
            .unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(kept, token.as_str().as_bytes());
        assert_eq!(token.as_str().len(), 64);
        assert!(!format!("{token:?}").contains(token.as_str()));
        assert!(!format!("{anna:?}").contains("argon2"));
    });
}

#[test]
fn an_operator_is_made_by_hand_and_everybody_is_listed_page_by_page() {
    with_shop(|shop, _| async move {
        let operator = shop.users.create("op@example.org", GOOD, Role::Operator, "en").await.unwrap();
        assert_eq!(operator.role, Role::Operator);
        for n in 0..4 {
            shop.hand.advance(Duration::from_millis(2));
            shop.users.sign_up(&format!("l{n}@example.org"), GOOD, "en").await.unwrap();
        }
        let first = shop.users.list(None, 2).await.unwrap();
        assert_eq!(first.items[0], operator);
        let rest = shop.users.list(first.next.as_deref(), 200).await.unwrap();
        let emails: Vec<&str> = rest.items.iter().map(|user| user.email.as_str()).collect();
        assert_eq!((emails, rest.next), (vec!["l1@example.org", "l2@example.org", "l3@example.org"], None));
    });
}

#[test]
fn a_role_is_read_as_it_is_written() {
    for role in [Role::Listener, Role::Operator] {
        assert_eq!(role.as_str().parse(), Ok(role));
    }
    assert!("root".parse::<Role>().is_err());
}

/// Keeps what is logged at a warning or worse.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, about: &tracing::Metadata<'_>) -> bool {
        *about.level() <= tracing::Level::WARN
    }
    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = String::new();
        let mut note =
            |field: &tracing::field::Field, value: &dyn std::fmt::Debug| line += &format!("{field}={value:?} ");
        event.record(&mut note);
        self.0.lock().unwrap().push(line);
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn a_lock_is_one_line_in_the_log_and_names_no_person_and_no_password() {
    with_shop(|shop, _| async move {
        let log = Log::default();
        let _kept = tracing::subscriber::set_default(log.clone());
        for _ in 0..100 {
            let refused = shop.users.sign_in(&browser("anna@example.org", "wrong horse")).await;
            assert!(refused.is_err());
        }
        let lines = log.0.lock().unwrap().clone();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].contains("192.0.2.1") && !lines[0].contains("anna") && !lines[0].contains("horse"),
            "{lines:?}"
        );
    });
}

#[test]
fn an_operator_finds_people_by_the_beginning_of_an_address_page_by_page() {
    with_shop(|shop, _| async move {
        let mut ids = Vec::new();
        for email in
            ["anna@example.org", "Ann.B@example.org", "ann-c@example.org", "boris@example.org", "яна@example.org"]
        {
            ids.push(shop.users.sign_up(email, GOOD, "en").await.unwrap().id);
            shop.hand.advance(Duration::from_millis(2));
        }
        let all = shop.users.look_up(" ", None, 3).await.unwrap();
        assert_eq!(all.items.iter().map(|user| &user.id).collect::<Vec<_>>(), [&ids[4], &ids[3], &ids[2]]);
        let rest = shop.users.look_up("", all.next, 3).await.unwrap();
        assert_eq!((rest.items.len(), rest.next), (2, None));
        let found = shop.users.look_up("ANN", None, 2).await.unwrap();
        assert_eq!(found.items.iter().map(|user| &user.id).collect::<Vec<_>>(), [&ids[2], &ids[1]]);
        let rest = shop.users.look_up("ann", found.next, 2).await.unwrap();
        assert_eq!((rest.items[0].id.as_str(), rest.items.len(), rest.next), (ids[0].as_str(), 1, None));
        assert_eq!(shop.users.look_up(&ids[3], None, 9).await.unwrap().items[0].email, "boris@example.org");
        assert_eq!(shop.users.look_up("ЯНА", None, 9).await.unwrap().items.len(), 1);
        for nobody in ["annb", "%", "_nna", "nna", "example.org"] {
            assert_eq!(shop.users.look_up(nobody, None, 9).await.unwrap().items, [], "{nobody}");
        }
        assert!(shop.users.look_up("ann", Some("nonsense".into()), 9).await.is_err());
    });
}
