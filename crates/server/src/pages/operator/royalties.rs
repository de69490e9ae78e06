//! The operator's page of who gets what.
use askama::Template;

use crate::pages::forms::Field;
use crate::pages::language::Lang;
use crate::pages::layout::Layout;
use crate::pages::royalties::{PayoutRow, StatementRow};

/// A payee.
#[derive(Clone, Debug)]
pub struct PayeeRow {
    pub id: String,
    pub name: String,
    /// `society`, `label`, `artist`, `publisher`.
    pub kind: String,
    pub email: Option<String>,
    pub owed_micros: i64,
}

/// A licence.
#[derive(Clone, Debug)]
pub struct LicenceRow {
    pub id: String,
    /// `society`, `direct`.
    pub kind: String,
    /// The payee's name.
    pub payee: String,
    pub rate_ppm: u32,
    /// `gross`, `net`.
    pub base: String,
    pub minimum_micros: i64,
    pub label: Option<String>,
    pub valid_from: Option<String>,
    pub valid_until: Option<String>,
}

/// Shares.
#[derive(Clone, Debug)]
pub struct SharesRow {
    pub id: String,
    /// Fluent id of what they are about.
    pub of_id: String,
    /// The name of that, where it has one.
    pub of: String,
    /// The names of payees with their parts per million.
    pub holders: Vec<(String, u32)>,
}

impl LicenceRow {
    fn period(&self, lang: &Lang) -> String {
        let day = |day: &String| lang.release_date(day);
        match (self.valid_from.as_ref().map(day), self.valid_until.as_ref().map(day)) {
            (None, None) => lang.t("period-always"),
            (Some(from), None) => lang.t1("period-from", "from", from),
            (None, Some(until)) => lang.t1("period-until", "until", until),
            (Some(from), Some(until)) => lang.t2("period-between", ("from", from), ("until", until)),
        }
    }
}

/// `/en/operator/royalties`. Its forms post `csrf` and `period` to `…/close`, `csrf`, `key`, `payee`, `amount` and `reference`
/// to `…/pay`.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/royalties.html")]
pub struct RoyaltiesPage {
    pub page: Layout,
    pub payees: Vec<PayeeRow>,
    pub licences: Vec<LicenceRow>,
    pub shares: Vec<SharesRow>,
    pub statements: Vec<StatementRow>,
    pub payouts: Vec<PayoutRow>,
    pub period: Field,
    /// What is asked before this month is closed, as a Fluent id; the form then posts `sure` too.
    pub confirms: Option<&'static str>,
    /// The payment's own name, so that a form sent twice notes it once.
    pub key: String,
    /// The payee who was chosen for it.
    pub payee: String,
    pub amount: Field,
    pub reference: String,
    /// Why a form was refused, in the words of the shop.
    pub refused: Option<String>,
}
