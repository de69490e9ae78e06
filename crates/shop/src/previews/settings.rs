//! How much of a track a storefront lets people of each standing hear, and in which formats. Owner of the table
//! `preview_settings`.

use audio::format::Format;
use money::Micros;

use crate::db::{DbError, Row, Tx};
use crate::declared::Refused;
use crate::page::Page;
use crate::params;
use crate::tariffs::floors::exists;

/// The longest excerpt that can be set; longer than this is the whole.
pub const MAX_EXCERPT_S: u64 = 3_600;
/// The largest sum from which on more is heard.
pub const MAX_BUYER_FROM: Micros = Micros(1_000_000 * money::amount::PER_UNIT);

/// What a visitor hears until somebody says otherwise, and so on.
const VISITOR_S: u64 = 30;
const LISTENER_S: u64 = 90;
const BUYER_FROM: Micros = Micros(50 * money::amount::PER_UNIT);
const OPUS: &str = "opus:cbr:24";
const MP3: &str = "mp3:cbr:96";

/// What a storefront says of previews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewSettings {
    /// Whose.
    pub storefront: String,
    /// Seconds for who is not signed in; 0: nothing.
    pub visitor_s: u64,
    /// Seconds for who is.
    pub listener_s: u64,
    /// Seconds for who has spent the sum; none: the whole.
    pub buyer_s: Option<u64>,
    /// The sum.
    pub buyer_from: Micros,
    /// What browsers get.
    pub opus: String,
    /// What browsers get that do not play it.
    pub mp3: String,
}

impl PreviewSettings {
    fn usual(storefront: &str) -> PreviewSettings {
        PreviewSettings {
            storefront: storefront.to_owned(),
            visitor_s: VISITOR_S,
            listener_s: LISTENER_S,
            buyer_s: None,
            buyer_from: BUYER_FROM,
            opus: OPUS.to_owned(),
            mp3: MP3.to_owned(),
        }
    }
}

const COLUMNS: &str = "storefront, visitor_s, listener_s, buyer_s, buyer_from_micros, opus, mp3";

/// Those that were set, by storefront.
pub fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<PreviewSettings>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM preview_settings WHERE storefront > $1 ORDER BY storefront LIMIT $2");
    let rows = tx.rows(&sql, params![after.unwrap_or_default(), i64::from(limit) + 1])?;
    let settings = rows.iter().map(settings_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(settings, limit, |settings| settings.storefront.clone()))
}

/// What was set for a storefront.
pub fn find(tx: &mut Tx, storefront: &str) -> Result<Option<PreviewSettings>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM preview_settings WHERE storefront = $1");
    tx.row(&sql, params![storefront])?.as_ref().map(settings_of).transpose()
}

/// What holds in a storefront.
pub fn of(tx: &mut Tx, storefront: &str) -> Result<PreviewSettings, DbError> {
    Ok(find(tx, storefront)?.unwrap_or_else(|| PreviewSettings::usual(storefront)))
}

/// Sets what holds in a storefront.
pub fn put(tx: &mut Tx, settings: &PreviewSettings) -> Result<(), Refused> {
    exists(tx, "id", "storefronts", &settings.storefront)?;
    check(settings)?;
    tx.execute(
        "INSERT INTO preview_settings (storefront, visitor_s, listener_s, buyer_s, buyer_from_micros, opus, mp3)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (storefront) DO UPDATE SET visitor_s = excluded.visitor_s, listener_s = excluded.listener_s,
             buyer_s = excluded.buyer_s, buyer_from_micros = excluded.buyer_from_micros, opus = excluded.opus,
             mp3 = excluded.mp3",
        params![
            &settings.storefront,
            settings.visitor_s as i64,
            settings.listener_s as i64,
            settings.buyer_s.map(|s| s as i64),
            settings.buyer_from.0,
            &settings.opus,
            &settings.mp3
        ],
    )?;
    Ok(())
}

/// Goes back to the program's own; says whether anything was set.
pub fn remove(tx: &mut Tx, storefront: &str) -> Result<bool, DbError> {
    Ok(tx.execute("DELETE FROM preview_settings WHERE storefront = $1", params![storefront])? > 0)
}

fn check(settings: &PreviewSettings) -> Result<(), Refused> {
    let PreviewSettings { visitor_s, listener_s, buyer_s, buyer_from, .. } = settings;
    for (field, seconds) in [("visitor_s", Some(*visitor_s)), ("listener_s", Some(*listener_s)), ("buyer_s", *buyer_s)]
    {
        if seconds.is_some_and(|seconds| seconds > MAX_EXCERPT_S) {
            return Err(Refused::field(field, format!("an excerpt has at most {MAX_EXCERPT_S} seconds")));
        }
    }
    if listener_s < visitor_s {
        return Err(Refused::field("listener_s", "who signs in hears no less than a visitor"));
    }
    if buyer_s.is_some_and(|buyer_s| buyer_s < *listener_s) {
        return Err(Refused::field("buyer_s", "who has spent the sum hears no less than other listeners"));
    }
    if *buyer_from < Micros::ZERO || *buyer_from > MAX_BUYER_FROM {
        return Err(Refused::field("buyer_from_micros", format!("it is between 0 and {MAX_BUYER_FROM}")));
    }
    for (field, text) in [("opus", &settings.opus), ("mp3", &settings.mp3)] {
        let format: Result<Format, _> = text.parse();
        if !format.is_ok_and(|format| format.info().codec == field && format.info().available) {
            return Err(Refused::field(field, format!("{text:?} is no {field} format that this program makes")));
        }
    }
    Ok(())
}

fn settings_of(row: &Row) -> Result<PreviewSettings, DbError> {
    Ok(PreviewSettings {
        storefront: row.get(0)?,
        visitor_s: row.get(1)?,
        listener_s: row.get(2)?,
        buyer_s: row.get(3)?,
        buyer_from: Micros(row.get(4)?),
        opus: row.get(5)?,
        mp3: row.get(6)?,
    })
}
