//! People: signing up, signing in, and what they may change about themselves. Owner of the tables `users`, `sessions` and
//! `password_resets`. No cookies and no words for people here.

mod email;
mod guesses;
mod passwords;
mod sessions;
mod csrf;
mod resets;
mod looked_up;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use crate::clock::Clock;
use crate::db::{Db, DbError, Insert, Row, Tx};
use crate::mail::Mail;
use crate::page::Page;
use crate::params;
use crate::storefronts;

pub use csrf::{csrf_matches, csrf_token};
pub use guesses::{MAX_FAILURES, MAX_FAILURES_OF_ADDRESS, WINDOW};
pub use passwords::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS};
pub use resets::{RESET_LIFE, ResetRequest};
pub use sessions::{API_SESSION_LIFE, BROWSER_SESSION_LIFE, Session, SessionKind, Token};

use email::Email;
pub(crate) use guesses::network;
use guesses::{Answer, Guesses};
use passwords::Hasher;

/// Bytes of a language's name at the most (`en`, `pt-br`).
const MAX_LANGUAGE_BYTES: usize = 8;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Looks, buys, downloads.
    Listener,
    /// Runs the shop.
    Operator,
}

impl Role {
    /// As the database and the command line write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Listener => "listener",
            Role::Operator => "operator",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Role, String> {
        match text {
            "listener" => Ok(Role::Listener),
            "operator" => Ok(Role::Operator),
            other => Err(format!("{other:?} is no role: it is listener or operator")),
        }
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Her id.
    pub id: String,
    /// Where letters go; empty once she has closed her account.
    pub email: String,
    /// What she may do.
    pub role: Role,
    /// The language of her letters, `en` or `ru` or whatever the server has.
    pub language: String,
    /// The storefront she belongs to.
    pub storefront: String,
    /// Since when, microseconds since 1970 UTC.
    pub created_us: i64,
}

/// An e-mail address as letters are sent to it; none when it cannot be one.
pub(crate) fn mail_address(text: &str) -> Option<String> {
    Email::parse(text).map(|email| email.as_str().to_owned())
}

/// Why something about a person was refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UserError {
    /// This cannot be an e-mail address.
    #[error("this is not an e-mail address")]
    EmailInvalid,
    /// Somebody has signed up with it.
    #[error("this e-mail address is taken")]
    EmailTaken,
    /// Fewer than [`MIN_PASSWORD_CHARS`] characters.
    #[error("the password is shorter than {MIN_PASSWORD_CHARS} characters")]
    PasswordTooShort,
    /// More than [`MAX_PASSWORD_BYTES`] bytes.
    #[error("the password is longer than {MAX_PASSWORD_BYTES} bytes")]
    PasswordTooLong,
    /// No language is written like this.
    #[error("this is not the name of a language")]
    LanguageInvalid,
    /// The address is unknown or the password wrong; nobody is told which.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// The link for a new password is unknown, used or over.
    #[error("this link is no longer valid")]
    ResetInvalid,
    /// Too many guesses, or too many people at once.
    #[error("too many tries: come back in {retry_after_s} s")]
    TooMany {
        /// Seconds.
        retry_after_s: u64,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Somebody at the door.
#[derive(Clone)]
pub struct SignIn<'a> {
    /// As typed.
    pub email: &'a str,
    /// As typed.
    pub password: &'a str,
    /// Where on the network the person is.
    pub address: IpAddr,
    /// What the session is for.
    pub kind: SessionKind,
    /// The session the browser had so far, if any: it ends.
    pub previous: Option<&'a Token>,
}

/// The people. Cheap to clone.
#[derive(Clone)]
pub struct Users {
    db: Db,
    clock: Clock,
    mail: Mail,
    hasher: Hasher,
    sign_ins: Guesses,
    reset_requests: Guesses,
}

const COLUMNS: &str = "id, email, role, language, storefront, created_us";

impl Users {
    /// Opens the people of this database. Takes as long as hashing one password.
    pub async fn open(db: Db, clock: Clock, mail: Mail) -> Result<Users, UserError> {
        let hasher = Hasher::new(clock.clone());
        hasher.decoy().await?;
        Ok(Users { db, clock, mail, hasher, sign_ins: Guesses::default(), reset_requests: Guesses::default() })
    }

    /// A stranger becomes a listener. Signing her in is another step ([`Users::begin_session`]).
    pub async fn sign_up(&self, email: &str, password: &str, language: &str) -> Result<User, UserError> {
        self.create(email, password, Role::Listener, language).await
    }

    /// Makes a user of either role; the operator's door.
    pub async fn create(&self, email: &str, password: &str, role: Role, language: &str) -> Result<User, UserError> {
        let email = Email::parse(email).ok_or(UserError::EmailInvalid)?;
        passwords::check(password)?;
        check_language(language)?;
        let (id, created_us) = (self.clock.new_id(), self.clock.now_us());
        let (language, storefront) = (language.to_owned(), storefronts::MAIN.to_owned());
        let key = email.key();
        let user = User { id, email: email.as_str().to_owned(), role, language, storefront, created_us };
        if self.stored_password(&key).await?.is_some() {
            return Err(UserError::EmailTaken);
        }
        let hash = self.hasher.hash(password).await?;
        self.db.write(move |tx| insert(tx, &user, &key, &hash).map(|()| user.clone())).await
    }

    /// The hash of a password that nobody knows.
    pub(crate) async fn unknown_password(&self) -> Result<String, UserError> {
        self.hasher.decoy().await
    }

    /// Signs somebody in. Unknown addresses and wrong passwords are told the same after the same time; too many of them
    /// have to wait.
    pub async fn sign_in(&self, who: &SignIn<'_>) -> Result<(User, Token), UserError> {
        let email = Email::parse(who.email);
        let key = email.map(|e| e.key()).unwrap_or_default();
        self.let_guess(who.address, &key)?;
        let found = self.stored_password(&key).await?;
        let (user, stored) = found.unzip();
        if !self.hasher.verify(who.password, stored).await? {
            return Err(UserError::WrongCredentials);
        }
        let user = user.ok_or(UserError::WrongCredentials)?;
        self.sign_ins.right(who.address, &key);
        if let Some(previous) = who.previous {
            self.sign_out(previous).await?;
        }
        let token = self.begin_session(&user.id, who.kind).await?;
        Ok((user, token))
    }

    /// A user by her id.
    pub async fn by_id(&self, id: &str) -> Result<Option<User>, DbError> {
        let id = id.to_owned();
        self.db.read(move |tx| get(tx, &id)).await
    }

    /// A user by her address, however it is spelt.
    pub async fn by_email(&self, email: &str) -> Result<Option<User>, DbError> {
        let Some(email) = Email::parse(email) else { return Ok(None) };
        Ok(self.stored_password(&email.key()).await?.map(|(user, _)| user))
    }

    /// All people, the first to come first.
    pub async fn list(&self, after: Option<&str>, limit: u32) -> Result<Page<User>, DbError> {
        let after = after.unwrap_or_default().to_owned();
        self.db
            .read(move |tx| {
                let sql = format!("SELECT {COLUMNS} FROM users WHERE id > $1 ORDER BY id LIMIT $2");
                let rows = tx.rows(&sql, params![&after, i64::from(limit) + 1])?;
                let users = rows.iter().map(user).collect::<Result<Vec<_>, DbError>>()?;
                Ok(Page::cut(users, limit, |user| user.id.clone()))
            })
            .await
    }

    /// Changes the address. Links for a new password that were sent to the old one die.
    pub async fn change_email(
        &self,
        session: &Session,
        password: &str,
        email: &str,
        address: IpAddr,
    ) -> Result<User, UserError> {
        let email = Email::parse(email).ok_or(UserError::EmailInvalid)?;
        self.confirm(session, password, address).await?;
        let id = session.user.id.clone();
        let changed = self.db.write(move |tx| {
            let sql = format!("UPDATE users SET email = $2, email_key = $3 WHERE id = $1 RETURNING {COLUMNS}");
            let row = tx.row(&sql, params![&id, email.as_str(), email.key()])?;
            resets::forget(tx, &id)?;
            user(&row.ok_or(UserError::WrongCredentials)?).map_err(UserError::from)
        });
        changed.await.map_err(|e| match e {
            UserError::Db(DbError::Constraint(name)) if name.contains("email") => UserError::EmailTaken,
            other => other,
        })
    }

    /// Changes the password. All sessions end, this one too: the caller goes on with the token returned.
    pub async fn change_password(
        &self,
        session: &Session,
        old: &str,
        new: &str,
        address: IpAddr,
    ) -> Result<Token, UserError> {
        passwords::check(new)?;
        self.confirm(session, old, address).await?;
        let hash = self.hasher.hash(new).await?;
        let id = session.user.id.clone();
        self.db.write(move |tx| set_password(tx, &id, &hash)).await?;
        Ok(self.begin_session(&session.user.id, session.kind).await?)
    }

    /// Changes the language of letters.
    pub async fn change_language(&self, user_id: &str, language: &str) -> Result<(), UserError> {
        check_language(language)?;
        let (id, language) = (user_id.to_owned(), language.to_owned());
        self.db
            .write(move |tx| {
                tx.execute("UPDATE users SET language = $2 WHERE id = $1", params![&id, &language])?;
                Ok(())
            })
            .await
    }

    /// Somebody signed in proves that she still knows her password.
    pub(crate) async fn confirm(&self, session: &Session, password: &str, address: IpAddr) -> Result<(), UserError> {
        let key = session.user.email.to_lowercase();
        self.let_guess(address, &key)?;
        let stored = self.stored_password(&key).await?.map(|(_, hash)| hash);
        if !self.hasher.verify(password, stored).await? {
            return Err(UserError::WrongCredentials);
        }
        self.sign_ins.right(address, &key);
        Ok(())
    }

    fn let_guess(&self, address: IpAddr, key: &str) -> Result<(), UserError> {
        match self.sign_ins.guess(address, key, self.clock.now_us()) {
            Answer::Go => Ok(()),
            Answer::Locked { retry_after_s, first } => {
                if first {
                    tracing::warn!(%address, retry_after_s, "sign-in locked: too many wrong passwords");
                }
                Err(UserError::TooMany { retry_after_s })
            }
        }
    }

    async fn stored_password(&self, key: &str) -> Result<Option<(User, String)>, DbError> {
        let key = key.to_owned();
        self.db
            .read(move |tx| {
                let sql = format!("SELECT {COLUMNS}, password_hash FROM users WHERE email_key = $1");
                let row = tx.row(&sql, params![&key])?;
                row.map(|row| Ok((user(&row)?, row.get(6)?))).transpose()
            })
            .await
    }
}

/// A user within somebody's transaction.
pub(crate) fn get(tx: &mut Tx, id: &str) -> Result<Option<User>, DbError> {
    let row = tx.row(&format!("SELECT {COLUMNS} FROM users WHERE id = $1"), params![id])?;
    row.map(|row| user(&row)).transpose()
}

/// Forgets who a user was: her address, her password, her sessions. What she did stays under her id, to which no letter goes and
/// with which nobody signs in.
pub(crate) fn forget(tx: &mut Tx, user_id: &str, nobodys_password: &str) -> Result<(), DbError> {
    sessions::end_all(tx, user_id)?;
    resets::forget(tx, user_id)?;
    // No address is spelt like an id.
    let sql = "UPDATE users SET email = '', email_key = id, password_hash = $2 WHERE id = $1";
    tx.execute(sql, params![user_id, nobodys_password]).map(drop)
}

/// A user by her address, however it is spelt, within somebody's transaction.
pub(crate) fn get_by_email(tx: &mut Tx, email: &str) -> Result<Option<User>, DbError> {
    let Some(email) = Email::parse(email) else { return Ok(None) };
    let row = tx.row(&format!("SELECT {COLUMNS} FROM users WHERE email_key = $1"), params![email.key()])?;
    row.map(|row| user(&row)).transpose()
}

fn insert(tx: &mut Tx, user: &User, key: &str, hash: &str) -> Result<(), UserError> {
    let made = tx.execute(
        "INSERT INTO users (id, email, email_key, password_hash, role, language, storefront, created_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (email_key) DO NOTHING",
        params![
            &user.id,
            &user.email,
            key,
            hash,
            user.role.as_str(),
            &user.language,
            &user.storefront,
            user.created_us
        ],
    )?;
    if made == 1 { Ok(()) } else { Err(UserError::EmailTaken) }
}

static MADE: Insert = Insert {
    into: "INSERT INTO users (id, email, email_key, password_hash, role, language, storefront, created_us)",
    on_conflict: "ON CONFLICT (email_key) DO NOTHING",
    last_of: None,
};

/// Makes many listeners at once, all with one hash. For shops to be tried with.
pub(crate) fn add_made(tx: &mut Tx, users: &[User], password_hash: &str) -> Result<(), DbError> {
    for user in users {
        let row = params![
            &user.id,
            &user.email,
            user.email.to_lowercase(),
            password_hash,
            user.role.as_str(),
            &user.language,
            &user.storefront,
            user.created_us
        ];
        tx.later(&MADE, row.to_vec())?;
    }
    Ok(())
}

/// Sets a password; whoever knew the old one, or has a link for a new one, is out.
fn set_password(tx: &mut Tx, user_id: &str, hash: &str) -> Result<(), UserError> {
    tx.execute("UPDATE users SET password_hash = $2 WHERE id = $1", params![user_id, hash])?;
    sessions::end_all(tx, user_id)?;
    resets::forget(tx, user_id)?;
    Ok(())
}

fn check_language(language: &str) -> Result<(), UserError> {
    let allowed = |c: char| c.is_ascii_lowercase() || c == '-';
    let fits = (2..=MAX_LANGUAGE_BYTES).contains(&language.len());
    if fits && language.chars().all(allowed) { Ok(()) } else { Err(UserError::LanguageInvalid) }
}

fn user(row: &Row) -> Result<User, DbError> {
    let role: String = row.get(2)?;
    Ok(User {
        id: row.get(0)?,
        email: row.get(1)?,
        role: role.parse().map_err(DbError::Failed)?,
        language: row.get(3)?,
        storefront: row.get(4)?,
        created_us: row.get(5)?,
    })
}
