//! What every thing that an operator sets has in common.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shop::Shop;
use shop::clock;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::Page;

/// A thing that an operator declares under an id of his own. Its word serves JSON and files alike; the functions run within
/// a transaction of the caller, so that a whole file stands or falls together.
pub trait Resource: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static {
    /// Below `/api/v1`: `/operator/tariffs`.
    const LIST: &'static str;
    /// Below `/api/v1`: `/operator/tariffs/{id}`.
    const ONE: &'static str;
    /// Its section of a file, and what people call one: `tariff`.
    const SECTION: &'static str;
    /// What people call all of them, with what they are for: a line of the API's document.
    const ABOUT: &'static str;

    /// Its id.
    fn id(&self) -> &str;

    /// Gives it the id that the address names.
    fn set_id(&mut self, id: String);

    /// All of them by id, a page at a time.
    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Self>, DbError>;

    /// The one of this id.
    fn find(tx: &mut Tx, id: &str) -> Result<Option<Self>, DbError>;

    /// As a file would declare it: without what the shop says of it; none for what is no operator's to declare.
    fn declared(self) -> Option<Self> {
        Some(self)
    }

    /// Makes it, or replaces the one of its id. Put twice, the second time changes nothing.
    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused>;
}

/// A thing that can be taken away again.
pub trait Removable: Resource {
    /// Removes the one of this id; says whether there was one.
    fn remove(shop: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused>;
}

/// What putting a thing did.
pub struct Declared<R> {
    /// What stood before.
    pub before: Option<R>,
    /// What stands now, as it is read back.
    pub after: R,
}

/// Puts a thing and says what changed.
pub fn declare<R: Resource>(shop: &Shop, tx: &mut Tx, word: &R) -> Result<Declared<R>, Refused> {
    let before = R::find(tx, word.id())?;
    word.put(shop, tx)?;
    let after = R::find(tx, word.id())?;
    let after = after.ok_or_else(|| DbError::Failed(format!("the {} {:?} vanished", R::SECTION, word.id())))?;
    Ok(Declared { before, after })
}

/// The instant that a field names.
pub fn instant(field: &str, text: &str) -> Result<i64, Refused> {
    clock::moment_from(text).ok_or_else(|| {
        let reason = format!("{text:?} is no moment: write it like 2026-12-01T00:00:00Z, or a day like 2026-12-01");
        Refused::field(field, reason)
    })
}

/// The instant that a field names, if it names one.
pub fn instant_if(field: &str, text: Option<&str>) -> Result<Option<i64>, Refused> {
    text.map(|text| instant(field, text)).transpose()
}
