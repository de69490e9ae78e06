//! A new password for somebody who forgot hers: a link by mail, good once and for an hour.

use std::net::IpAddr;
use std::time::Duration;

use super::guesses::Answer;
use super::{Email, Token, User, UserError, Users, passwords, set_password};
use crate::db::{DbError, Tx};
use crate::mail::Letter;
use crate::params;

/// How long a link is good.
pub const RESET_LIFE: Duration = Duration::from_secs(3_600);
/// Links a person may have at once; beyond that no letter is sent, so that nobody can flood her.
const MAX_LINKS: i64 = 3;
/// Every answer to a request takes this long, so that its time does not tell whether the address is known.
const ANSWER_TIME: Duration = Duration::from_millis(300);

/// Somebody asks for a link.
#[derive(Debug, Clone)]
pub struct ResetRequest<'a> {
    /// As typed.
    pub email: &'a str,
    /// Where on the network the person is.
    pub address: IpAddr,
}

impl Users {
    /// Queues a letter with a link when the address is known; the answer is the same when it is not. `letter` writes it in
    /// the user's language around the token.
    pub async fn request_reset(
        &self,
        request: &ResetRequest<'_>,
        letter: impl FnOnce(&User, &Token) -> Letter,
    ) -> Result<(), UserError> {
        // Its end is set now, whatever happens in between.
        let at_least = tokio::time::sleep(ANSWER_TIME);
        let email = Email::parse(request.email).ok_or(UserError::EmailInvalid)?;
        let answer = self.reset_requests.guess(request.address, &email.key(), self.clock.now_us());
        if let Answer::Locked { retry_after_s, .. } = answer {
            return Err(UserError::TooMany { retry_after_s });
        }
        if let Some((user, _)) = self.stored_password(&email.key()).await? {
            let token = Token::new(&self.clock);
            self.send_link(user.clone(), letter(&user, &token), token).await?;
        }
        at_least.await;
        Ok(())
    }

    async fn send_link(&self, user: User, letter: Letter, token: Token) -> Result<(), DbError> {
        let (mail, now_us) = (self.mail.clone(), self.clock.now_us());
        let expires_us = now_us + RESET_LIFE.as_micros() as i64;
        self.db
            .write(move |tx| {
                if open_links(tx, &user.id, now_us)? >= MAX_LINKS {
                    return Ok(());
                }
                tx.execute(
                    "INSERT INTO password_resets (token_hash, user_id, created_us, expires_us) VALUES ($1, $2, $3, $4)",
                    params![token.hash(), &user.id, now_us, expires_us],
                )?;
                mail.enqueue(tx, &user.email, &letter)
            })
            .await?;
        self.mail.wake();
        Ok(())
    }

    /// Whether a link can still be used: worth asking before somebody thinks up a password.
    pub async fn reset_is_open(&self, token: &Token) -> Result<bool, DbError> {
        let (hash, now_us) = (token.hash(), self.clock.now_us());
        self.db
            .read(move |tx| {
                let sql = "SELECT user_id FROM password_resets WHERE token_hash = $1 AND expires_us > $2";
                Ok(tx.row(sql, params![hash, now_us])?.is_some())
            })
            .await
    }

    /// Sets the password by a link. The link is used up, all other links and all sessions of the person end.
    pub async fn reset_password(&self, token: &Token, password: &str) -> Result<User, UserError> {
        passwords::check(password)?;
        if !self.reset_is_open(token).await? {
            return Err(UserError::ResetInvalid);
        }
        let password_hash = self.hasher.hash(password).await?;
        let (hash, now_us) = (token.hash(), self.clock.now_us());
        self.db
            .write(move |tx| {
                let used = tx.row(
                    "DELETE FROM password_resets WHERE token_hash = $1 AND expires_us > $2 RETURNING user_id",
                    params![&hash, now_us],
                )?;
                let user_id: String = used.ok_or(UserError::ResetInvalid)?.get(0)?;
                set_password(tx, &user_id, &password_hash)?;
                super::get(tx, &user_id)?.ok_or(UserError::ResetInvalid)
            })
            .await
    }
}

fn open_links(tx: &mut Tx, user_id: &str, now_us: i64) -> Result<i64, DbError> {
    let row = tx.row(
        "SELECT CAST(count(*) AS BIGINT) FROM password_resets WHERE user_id = $1 AND expires_us > $2",
        params![user_id, now_us],
    )?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Makes all links of a person void.
pub(super) fn forget(tx: &mut Tx, user_id: &str) -> Result<(), DbError> {
    tx.execute("DELETE FROM password_resets WHERE user_id = $1", params![user_id]).map(drop)
}
