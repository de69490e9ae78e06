//! Sessions: who a token belongs to. The token itself is known to its holder only; the database keeps its hash.

use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{User, Users};
use crate::clock::Clock;
use crate::db::{DbError, Tx};
use crate::params;

/// How long a browser stays signed in.
pub const BROWSER_SESSION_LIFE: Duration = Duration::from_secs(30 * 86_400);
/// How long a program stays signed in.
pub const API_SESSION_LIFE: Duration = Duration::from_secs(365 * 86_400);
/// Sessions a person may have; beyond that her oldest one ends.
const MAX_SESSIONS: i64 = 100;
const TOKEN_BYTES: usize = 32;

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// A cookie.
    Browser,
    /// A bearer token.
    Api,
}

impl SessionKind {
    fn as_str(self) -> &'static str {
        match self {
            SessionKind::Browser => "browser",
            SessionKind::Api => "api",
        }
    }

    /// How long such a session lasts.
    pub fn life(self) -> Duration {
        match self {
            SessionKind::Browser => BROWSER_SESSION_LIFE,
            SessionKind::Api => API_SESSION_LIFE,
        }
    }
}

/// A secret that stands for a session or a link: 32 random bytes in hexadecimal, or whatever a client claims it to be.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// What a client shows; may be anything.
    pub fn shown(text: &str) -> Token {
        Token(text.to_owned())
    }

    /// The secret itself: for the cookie, the answer or the link, nothing else.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn new(clock: &Clock) -> Token {
        Token(hex::encode(clock.random::<TOKEN_BYTES>()))
    }

    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

/// A session that is in force.
#[derive(Debug, Clone)]
pub struct Session {
    /// Whose.
    pub user: User,
    /// What for: a bearer token is no cookie, and the other way round.
    pub kind: SessionKind,
    /// Until when, microseconds since 1970 UTC.
    pub expires_us: i64,
}

impl Users {
    /// The session of a token, if it is in force.
    pub async fn by_token(&self, token: &Token) -> Result<Option<Session>, DbError> {
        let (hash, now_us) = (token.hash(), self.clock.now_us());
        self.db
            .read(move |tx| {
                let row = tx.row(
                    "SELECT u.id, u.email, u.role, u.language, u.storefront, u.created_us, s.kind, s.expires_us
                     FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1 AND s.expires_us > $2",
                    params![hash, now_us],
                )?;
                row.map(|row| {
                    let kind: String = row.get(6)?;
                    let kind = if kind == "api" { SessionKind::Api } else { SessionKind::Browser };
                    Ok(Session { user: super::user(&row)?, kind, expires_us: row.get(7)? })
                })
                .transpose()
            })
            .await
    }

    /// Signs in somebody who needs no password now: she has just signed up or changed it.
    pub async fn begin_session(&self, user_id: &str, kind: SessionKind) -> Result<Token, DbError> {
        let (token, now_us) = (Token::new(&self.clock), self.clock.now_us());
        let (id, hash) = (user_id.to_owned(), token.hash());
        let expires_us = now_us + kind.life().as_micros() as i64;
        self.db
            .write(move |tx| {
                tx.execute(
                    "DELETE FROM sessions WHERE user_id = $1 AND (expires_us <= $2 OR token_hash NOT IN
                         (SELECT token_hash FROM sessions WHERE user_id = $1 ORDER BY created_us DESC LIMIT $3))",
                    params![&id, now_us, MAX_SESSIONS - 1],
                )?;
                tx.execute(
                    "INSERT INTO sessions (token_hash, user_id, kind, created_us, expires_us)
                     VALUES ($1, $2, $3, $4, $5)",
                    params![&hash, &id, kind.as_str(), now_us, expires_us],
                )
            })
            .await?;
        Ok(token)
    }

    /// Ends one session; an unknown one has ended already.
    pub async fn sign_out(&self, token: &Token) -> Result<(), DbError> {
        let hash = token.hash();
        self.db
            .write(move |tx| tx.execute("DELETE FROM sessions WHERE token_hash = $1", params![&hash]).map(drop))
            .await
    }

    /// Ends all sessions of a person, on every device.
    pub async fn sign_out_everywhere(&self, user_id: &str) -> Result<(), DbError> {
        let id = user_id.to_owned();
        self.db.write(move |tx| end_all(tx, &id)).await
    }

    /// How many sessions of a person are in force.
    pub async fn session_count(&self, user_id: &str) -> Result<u64, DbError> {
        let (id, now_us) = (user_id.to_owned(), self.clock.now_us());
        self.db
            .read(move |tx| {
                let sql = "SELECT CAST(count(*) AS BIGINT) FROM sessions WHERE user_id = $1 AND expires_us > $2";
                tx.row(sql, params![&id, now_us])?.map_or(Ok(0), |row| row.get(0))
            })
            .await
    }

    /// Forgets sessions and links that are over; worth doing once a day. Returns how many.
    pub async fn sweep(&self) -> Result<u64, DbError> {
        let now_us = self.clock.now_us();
        self.db
            .write(move |tx| {
                let sessions = tx.execute("DELETE FROM sessions WHERE expires_us <= $1", params![now_us])?;
                Ok(sessions + tx.execute("DELETE FROM password_resets WHERE expires_us <= $1", params![now_us])?)
            })
            .await
    }
}

pub(super) fn end_all(tx: &mut Tx, user_id: &str) -> Result<(), DbError> {
    tx.execute("DELETE FROM sessions WHERE user_id = $1", params![user_id]).map(drop)
}
