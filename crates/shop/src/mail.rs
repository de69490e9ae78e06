//! Letters: queued with what causes them, sent by a worker over SMTP or into a folder. What a letter says is the caller's.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde_json::json;

use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::jobs::{Job, Jobs, NewJob};

/// The kind of job that sends a letter; its worker calls [`Mail::deliver`].
pub const KIND: &str = "mail";
/// Letters go before long work: someone waits for them.
const PRIORITY: i64 = 0;
/// How long a mail server may take for one step of the conversation.
const SMTP_TIMEOUT: Duration = Duration::from_secs(30);
/// The sender of letters that go into a folder.
const FOLDER_FROM: &str = "Gramovar <shop@localhost>";

/// Where a mail program unsubscribes, and how (RFC 8058, 3.1).
const LIST_UNSUBSCRIBE: &str = "List-Unsubscribe";
const LIST_UNSUBSCRIBE_POST: &str = "List-Unsubscribe-Post";
/// What a mail program posts there.
pub const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// How letters leave.
#[derive(Clone, PartialEq, Eq)]
pub enum MailSettings {
    /// Each letter becomes a file `ID.eml` in this folder, which is made when absent.
    Folder(PathBuf),
    /// Over a mail server.
    Smtp {
        /// `smtp://user:password@host:587?tls=required`, `smtps://…` (TLS from the start) or `smtp://host:25` (none).
        url: String,
        /// The sender, as `Name <address>` or an address alone.
        from: String,
    },
}

// The address of the server holds its password.
impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MailSettings::Folder(path) => f.debug_tuple("Folder").field(path).finish(),
            MailSettings::Smtp { from, .. } => f.debug_struct("Smtp").field("from", from).finish_non_exhaustive(),
        }
    }
}

/// A letter as plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line, any language.
    pub subject: String,
    /// The text, lines ended by `\n`.
    pub body: String,
    /// For a letter that comes again and again: where a mail program asks for no more of them (RFC 8058).
    pub unsubscribe: Option<String>,
}

// A letter may hold a link that opens an account.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Why a letter did not leave, or could not be set up.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MailError {
    /// The settings name no usable server, sender or folder.
    #[error("the mail settings are wrong: {0}")]
    Settings(String),
    /// It will never leave as it is: the address or the server refuses it for good.
    #[error("the letter was refused: {0}")]
    Refused(String),
    /// It may leave later.
    #[error("the letter could not be sent now: {0}")]
    Later(String),
}

impl MailError {
    /// Whether another attempt makes sense.
    pub fn may_retry(&self) -> bool {
        matches!(self, MailError::Later(_))
    }
}

/// Sends letters. Cheap to clone.
#[derive(Clone)]
pub struct Mail {
    db: Db,
    clock: Clock,
    jobs: Jobs,
    from: Mailbox,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Folder(PathBuf),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

impl Mail {
    /// Checks the settings; no server is asked yet. To be called within a tokio runtime.
    pub fn open(db: Db, clock: Clock, jobs: Jobs, settings: &MailSettings) -> Result<Mail, MailError> {
        let (from, way) = match settings {
            MailSettings::Folder(path) => {
                std::fs::create_dir_all(path).map_err(|e| MailError::Settings(format!("{}: {e}", path.display())))?;
                (FOLDER_FROM, Way::Folder(path.clone()))
            }
            MailSettings::Smtp { url, from } => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(|e| MailError::Settings(format!("the mail server's address: {e}")))?;
                (from.as_str(), Way::Smtp(builder.timeout(Some(SMTP_TIMEOUT)).build()))
            }
        };
        let from = from.parse().map_err(|e| MailError::Settings(format!("the sender {from}: {e}")))?;
        Ok(Mail { db, clock, jobs, from, way })
    }

    /// Queues a letter to an address and returns; it survives a crash from here on.
    pub async fn send(&self, to: &str, letter: Letter) -> Result<(), DbError> {
        let (mail, to) = (self.clone(), to.to_owned());
        self.db.write(move |tx| mail.enqueue(tx, &to, &letter)).await?;
        self.jobs.wake();
        Ok(())
    }

    /// Queues a letter with what causes it; [`Mail::wake`] is to be called after the commit.
    pub(crate) fn enqueue(&self, tx: &mut Tx, to: &str, letter: &Letter) -> Result<(), DbError> {
        if to.is_empty() {
            // Somebody who has closed his account is told nothing any more.
            return Ok(());
        }
        let payload =
            json!({ "to": to, "subject": letter.subject, "body": letter.body, "unsubscribe": letter.unsubscribe });
        let key = self.clock.new_id();
        self.jobs.enqueue(tx, &NewJob { kind: KIND, key: &key, payload: &payload, owner: to, priority: PRIORITY })?;
        Ok(())
    }

    /// Lets the worker of this process look for letters now.
    pub(crate) fn wake(&self) {
        self.jobs.wake();
    }

    /// Sends the letter of a job of [`KIND`]. A crash between this and the job's end sends it twice, under one Message-ID.
    pub async fn deliver(&self, job: &Job) -> Result<(), MailError> {
        let part =
            |name: &str| job.payload[name].as_str().ok_or_else(|| MailError::Refused(format!("the job has no {name}")));
        let unsubscribe = job.payload["unsubscribe"].as_str().map(str::to_owned);
        let letter = Letter { subject: part("subject")?.to_owned(), body: part("body")?.to_owned(), unsubscribe };
        self.hand_over(&job.key, part("to")?, &letter).await
    }

    /// Sends a letter now. `id` names it: the same one again is the same letter under the same Message-ID. For letters whose
    /// text must not lie in the queue; whoever calls keeps what it takes to write them again.
    pub(crate) async fn hand_over(&self, id: &str, to: &str, letter: &Letter) -> Result<(), MailError> {
        let message = self.message(id, to, letter)?;
        match &self.way {
            Way::Folder(folder) => {
                let (folder, name) = (folder.clone(), format!("{id}.eml"));
                let written = tokio::task::spawn_blocking(move || put(&folder, &name, &message.formatted())).await;
                let written = written.map_err(|e| MailError::Later(e.to_string()))?;
                written.map_err(|e| MailError::Later(e.to_string()))
            }
            Way::Smtp(server) => match server.send(message).await {
                Ok(_) => Ok(()),
                Err(e) if e.is_permanent() => Err(MailError::Refused(e.to_string())),
                Err(e) => Err(MailError::Later(e.to_string())),
            },
        }
    }

    fn message(&self, id: &str, to: &str, letter: &Letter) -> Result<Message, MailError> {
        let refused = |e: &dyn fmt::Display| MailError::Refused(e.to_string());
        let to: Mailbox = to.parse().map_err(|e: lettre::address::AddressError| refused(&e))?;
        let written = UNIX_EPOCH + Duration::from_micros(u64::try_from(self.clock.now_us()).unwrap_or(0));
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(one_line(&letter.subject))
            .date(written)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone())
            .map_err(|e| refused(&e))?;
        if let Some(address) = &letter.unsubscribe {
            for (name, value) in
                [(LIST_UNSUBSCRIBE, format!("<{}>", one_line(address))), (LIST_UNSUBSCRIBE_POST, ONE_CLICK.to_owned())]
            {
                message.headers_mut().insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
            }
        }
        Ok(message)
    }
}

/// A header holds one line, whatever somebody put into his name.
fn one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Writes a file so that it is there whole or not at all.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let partial = folder.join(format!(".{name}.part"));
    let mut file = std::fs::File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&partial, folder.join(name))
}

#[cfg(test)]
mod tests;
