//! Consents: what a listener agrees to before he buys, kept with time and country and confirmed by mail. Owner of the tables
//! `consent_texts` and `consents`. The texts are the operator's; where there are none, nothing is asked.

pub mod texts;

use money::tax::Evidence;

pub use self::texts::ConsentText;
use crate::clock::Clock;
use crate::db::{Db, DbError, Query, Row, Tx};
use crate::geoip::Country;
use crate::mail::{Letter, Mail};
use crate::params;
use crate::users::User;

/// What a consent is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The files are supplied at once, so the right of withdrawal ends. Once.
    ImmediateSupply,
    /// He may buy under the law of where he is. Once in each country.
    LawfulCountry,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 2] = [Kind::ImmediateSupply, Kind::LawfulCountry];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::ImmediateSupply => "immediate_supply",
            Kind::LawfulCountry => "lawful_country",
        }
    }

    /// The kind of that name.
    pub fn of_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The country that a consent of this kind is kept for; empty where it is unknown or does not matter.
    fn country(self, place: Option<Country>) -> String {
        match (self, place) {
            (Kind::LawfulCountry, Some(country)) => country.code().to_owned(),
            _ => String::new(),
        }
    }
}

/// A consent that is needed before something is bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Required {
    /// What to agree to.
    pub text: ConsentText,
    /// Where; empty where that is unknown or does not matter.
    pub country: String,
}

/// A consent that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Given {
    pub kind: Kind,
    pub version: u32,
    /// Empty where that was unknown or does not matter.
    pub country: String,
    /// Of the text that was read.
    pub language: String,
    pub at_us: i64,
}

/// Why a consent was not kept.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// No text of this kind is in force.
    #[error("nothing of this kind is asked for here")]
    NotAsked,
    /// Another version is in force by now: it has to be read first.
    #[error("version {in_force} is in force by now")]
    Outdated {
        /// The one to agree to.
        in_force: u32,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Where somebody is as the law takes it: where he sits now, as far as his network address tells; else where he lives.
pub fn whereabouts(evidence: &Evidence<Country>) -> Option<Country> {
    evidence.address.or(evidence.stated).or(evidence.card)
}

/// Somebody agrees.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// To what.
    pub kind: Kind,
    /// To which version of it.
    pub version: u32,
    /// Where he is.
    pub place: Option<Country>,
    /// The language that he read it in.
    pub language: String,
}

/// The consents. Cheap to clone.
#[derive(Clone)]
pub struct Consents {
    db: Db,
    clock: Clock,
    mail: Mail,
}

impl Consents {
    /// Consents over a database, confirmed by `mail`.
    pub fn new(db: Db, clock: Clock, mail: Mail) -> Consents {
        Consents { db, clock, mail }
    }

    /// What a user still has to agree to before he can buy in `storefront`, being in `place`.
    pub async fn required(
        &self,
        user_id: &str,
        storefront: &str,
        place: Option<Country>,
    ) -> Result<Vec<Required>, DbError> {
        let (user, storefront) = (user_id.to_owned(), storefront.to_owned());
        self.db.read(move |tx| missing(tx, &user, &storefront, place)).await
    }

    /// What a user has agreed to, the latest first.
    pub async fn given(&self, user_id: &str) -> Result<Vec<Given>, DbError> {
        let user = user_id.to_owned();
        self.db
            .read(move |tx| {
                let rows = tx.rows(
                    "SELECT t.kind, t.version, c.country, c.language, c.at_us FROM consents c
                     JOIN consent_texts t ON t.id = c.text_id WHERE c.user_id = $1 ORDER BY c.at_us DESC, c.id DESC",
                    params![&user],
                )?;
                rows.iter().map(given).collect()
            })
            .await
    }

    /// Keeps a consent, and queues the letter that confirms it; `letter` writes it. The same consent again is the one that
    /// stands, without another letter.
    pub async fn agree(
        &self,
        user: &User,
        agreement: Agreement,
        letter: impl Fn(&Required, i64) -> Letter + Send + 'static,
    ) -> Result<(), ConsentError> {
        let (consents, user) = (self.clone(), user.clone());
        self.db.write(move |tx| consents.agree_in(tx, &user, &agreement, &letter)).await?;
        self.mail.wake();
        Ok(())
    }

    /// A listener of a made-up history agrees to all that is asked of somebody whose country is unknown, without a letter.
    pub(crate) fn agree_made(&self, tx: &mut Tx, user: &User) -> Result<(), DbError> {
        for Required { text, country } in missing(tx, &user.id, &user.storefront, None)? {
            let (language, _) = text.in_language(&user.language);
            tx.execute(
                "INSERT INTO consents (id, user_id, text_id, country, language, at_us) VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (user_id, text_id, country) DO NOTHING",
                params![self.clock.new_id(), &user.id, &text.id, &country, language, self.clock.now_us()],
            )?;
        }
        Ok(())
    }

    fn agree_in(
        &self,
        tx: &mut Tx,
        user: &User,
        agreement: &Agreement,
        letter: &dyn Fn(&Required, i64) -> Letter,
    ) -> Result<(), ConsentError> {
        let texts = texts::in_force(tx, &user.storefront)?;
        let text = texts.into_iter().find(|text| text.kind == agreement.kind).ok_or(ConsentError::NotAsked)?;
        if text.version != agreement.version {
            return Err(ConsentError::Outdated { in_force: text.version });
        }
        let (country, now_us) = (agreement.kind.country(agreement.place), self.clock.now_us());
        let (language, _) = text.in_language(&agreement.language);
        let fresh = tx.execute(
            "INSERT INTO consents (id, user_id, text_id, country, language, at_us) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (user_id, text_id, country) DO NOTHING",
            params![self.clock.new_id(), &user.id, &text.id, &country, language, now_us],
        )?;
        if fresh > 0 {
            self.mail.enqueue(tx, &user.email, &letter(&Required { text, country }, now_us))?;
        }
        Ok(())
    }
}

/// What a user still has to agree to, within somebody's transaction.
pub(crate) fn missing(
    tx: &mut Tx,
    user_id: &str,
    storefront: &str,
    place: Option<Country>,
) -> Result<Vec<Required>, DbError> {
    let missing = texts::in_force_without(&tx.ask(&missing_query(user_id, storefront, place))?)?.into_iter();
    Ok(missing.map(|text| Required { country: text.kind.country(place), text }).collect())
}

/// What [`missing`] asks for.
pub(crate) fn missing_query(user_id: &str, storefront: &str, place: Option<Country>) -> Query {
    texts::in_force_without_query(storefront, user_id, &Kind::LawfulCountry.country(place))
}

/// Names the texts that a storefront has: as long as it is the same, nothing more has to be agreed to.
pub(crate) fn texts_version(tx: &mut Tx, storefront: &str) -> Result<String, DbError> {
    let row = tx.row(&format!("SELECT {}", version_sql("$1")), params![storefront])?;
    row.ok_or_else(|| DbError::Failed("a version without a row".to_owned()))?.get(0)
}

/// The same within somebody's statement: texts never change once they are agreed to, so how many there are and the latest say
/// it all.
pub(crate) fn version_sql(storefront: &str) -> String {
    format!(
        "(SELECT CAST(COUNT(*) AS TEXT) || ' ' || CAST(COALESCE(MAX(created_us), 0) AS TEXT) FROM consent_texts
          WHERE storefront = {storefront})"
    )
}

fn given(row: &Row) -> Result<Given, DbError> {
    let kind: String = row.get(0)?;
    Ok(Given {
        kind: Kind::of_name(&kind).ok_or_else(|| DbError::Failed(format!("a consent is of the kind {kind:?}")))?,
        version: row.get(1)?,
        country: row.get(2)?,
        language: row.get(3)?,
        at_us: row.get(4)?,
    })
}

#[cfg(test)]
mod tests;
