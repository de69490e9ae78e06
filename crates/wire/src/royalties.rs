//! Sales, statements, payments to payees.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A captured line, or what was taken back of one, with all that statements are computed from. Amounts of a correction are
/// negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sale {
    /// The order line's id, or the correction's.
    pub id: String,
    /// For a correction: the line that it corrects.
    pub corrects: Option<String>,
    /// For a correction: why.
    pub reason: Option<String>,
    /// When it was captured or corrected.
    pub at: String,
    pub order: String,
    pub storefront: String,
    /// ISO 4217.
    pub currency: String,
    /// ISO 3166: where the buyer was; null where nobody asked.
    pub territory: Option<String>,
    pub track: String,
    pub recording: String,
    pub isrc: Option<String>,
    pub title: String,
    pub artists: String,
    pub label: Option<String>,
    pub release: String,
    pub release_title: String,
    pub gtin: Option<String>,
    pub format: String,
    /// 1 for a sale; -1 for a correction that undid it, 0 for one that gave a part back.
    pub units: i64,
    /// Bytes of audio payload.
    pub bytes: i64,
    /// Before anything was taken off.
    pub list_micros: i64,
    pub discount_micros: i64,
    /// Taken off for another format of the track that the buyer had paid before. Above 0: no minimum is asked.
    /// 0 for a correction.
    pub paid_before_micros: i64,
    /// The price: after discount, tax included.
    pub gross_micros: i64,
    pub tax_micros: i64,
    /// `gross_micros` less `tax_micros`.
    pub net_micros: i64,
    /// The parts of the price that were paid by promotional credit, vouchers, purchased credit; 0 for a correction, which went
    /// back to the same kinds.
    pub promotional_micros: i64,
    pub voucher_micros: i64,
    pub purchased_micros: i64,
    pub dues: Vec<SaleDue>,
}

/// What a sale made due to one payee under one licence. Under a licence, `rate_ppm` of `base_micros` (half to even), at least
/// `minimum_micros`, is split by `share_ppm`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SaleDue {
    pub payee: String,
    pub licence: String,
    /// The shares that split it; null where the licence's payee has it all.
    pub shares: Option<String>,
    /// `gross` or `net`.
    pub base: String,
    pub base_micros: i64,
    pub rate_ppm: u32,
    /// 0 where no minimum was asked of this line.
    pub minimum_micros: i64,
    pub share_ppm: u32,
    pub due_micros: i64,
    /// The statement that has it; null until its month is closed.
    pub statement: Option<String>,
}

/// A closed month of a payee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    pub id: String,
    pub payee: String,
    pub payee_name: String,
    pub storefront: String,
    /// `YYYY-MM`.
    pub period: String,
    /// ISO 4217.
    pub currency: String,
    /// Owed from earlier statements when this one was made.
    pub brought_micros: i64,
    /// What this one says is due: the movement of the payee's account.
    pub due_micros: i64,
    pub closed_at: String,
    pub files: Vec<StatementFile>,
}

/// A paper of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatementFile {
    /// `csv`, `pdf` or `dsr` (DDEX Digital Sales Report, Basic Audio Profile 1.2).
    pub kind: String,
    pub name: String,
    pub file_bytes: u64,
    pub sha256: String,
    /// Where it is, below the shop's address.
    pub url: String,
}

/// A statement with its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatementDetails {
    #[serde(flatten)]
    pub statement: Statement,
    pub lines: Vec<StatementLine>,
}

/// A recording under one licence, at one rate and share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatementLine {
    pub recording: String,
    pub isrc: Option<String>,
    pub title: String,
    pub artists: String,
    pub label: Option<String>,
    pub licence: String,
    pub units: i64,
    pub bytes: i64,
    pub list_micros: i64,
    pub discount_micros: i64,
    pub gross_micros: i64,
    pub tax_micros: i64,
    /// `gross` or `net`.
    pub base: String,
    pub base_micros: i64,
    pub rate_ppm: u32,
    pub share_ppm: u32,
    pub due_micros: i64,
}

/// A payment to a payee that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payout {
    pub id: String,
    pub payee: String,
    pub amount_micros: i64,
    /// ISO 4217.
    pub currency: String,
    pub reference: String,
    pub at: String,
}

/// A payment to a payee, to be noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayout {
    /// The payee's id.
    pub payee: String,
    /// At most what is owed. All that closed statements say and was not paid yet, when left out.
    #[serde(default)]
    pub amount_micros: Option<i64>,
    /// What the bank calls it.
    #[serde(default)]
    pub reference: String,
}
