//! Receipts and credit notes, and reports of bad files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A paper in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Paper {
    pub id: String,
    /// `receipt` or `credit_note`.
    pub kind: String,
    /// Without gaps for each storefront, year and kind: `2026-000017`, `C2026-000003`.
    pub number: String,
    /// The order's id.
    pub order: String,
    pub issued_at: String,
}

/// A paper as the shop signed it: what `gramovar receipt verify` checks. The signature (Ed25519) is over `gramovar receipt`, a
/// line feed, and `document` as JSON with the fields of each object sorted by name and without spaces (RFC 8785).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedReceipt {
    pub document: Receipt,
    pub signature: PaperSignature,
}

/// By whom a paper was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperSignature {
    /// `Ed25519`.
    pub algorithm: String,
    /// Hexadecimal; GET /api/v1/keys lists the shop's.
    pub public_key: String,
    /// Hexadecimal.
    pub signature: String,
}

/// What a paper says. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// `gramovar-receipt-1`.
    pub form: String,
    /// `receipt` or `credit_note`.
    pub kind: String,
    pub number: String,
    /// The storefront's id.
    pub storefront: String,
    pub issued_at: String,
    /// The buyer's.
    pub language: String,
    /// ISO 4217.
    pub currency: String,
    pub seller: Seller,
    pub buyer: Buyer,
    pub order: ReceiptOrder,
    /// Where the buyer was, and what said so.
    pub place: Place,
    /// The tariff had the tax in it; else it was added.
    pub prices_include_tax: bool,
    pub lines: Vec<ReceiptLine>,
    pub totals: ReceiptTotals,
    /// By rate.
    pub taxes: Vec<ReceiptTax>,
    pub paid_with: PaidWith,
    /// Of a credit note: the number of the receipt that it takes back a part of.
    pub corrects: Option<String>,
    /// Of a credit note: why. `bad_file`, or words.
    pub reason: Option<String>,
}

/// Who sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seller {
    pub name: String,
    pub address: String,
    pub country: Option<String>,
    pub tax_number: String,
    pub note: String,
}

/// Who bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Buyer {
    pub id: String,
    pub email: String,
    pub name: String,
    pub address: String,
    pub country: Option<String>,
    pub tax_number: String,
}

/// The order that a paper is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptOrder {
    pub id: String,
    pub placed_at: String,
}

/// Where a buyer was. The country that two pieces of evidence name; else the first of card, stated, address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Null where it was unknown.
    pub country: Option<String>,
    pub card_country: Option<String>,
    pub stated_country: Option<String>,
    pub address_country: Option<String>,
    /// No two pieces of evidence agreed, and there were several.
    pub contradicted: bool,
    /// There was no evidence: it is the storefront's default country.
    pub assumed: bool,
}

/// One bought track, as it was when it was charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptLine {
    /// The order line's id.
    pub line: String,
    /// The track's id.
    pub track: String,
    pub title: String,
    pub artists: String,
    pub release: String,
    pub label: Option<String>,
    pub isrc: Option<String>,
    pub format: String,
    pub format_name: String,
    /// Of audio payload.
    pub bytes: u64,
    /// Of the audio payload that was made for this sale.
    pub payload_sha256: Option<String>,
    pub charged_at: String,
    pub list_micros: i64,
    pub discount_micros: i64,
    pub raised_by_floor_micros: i64,
    /// Taken off for a lesser format that the buyer owned.
    pub paid_before_micros: i64,
    /// The exact price was higher than the promise: the shop bore this.
    pub waived_micros: i64,
    pub net_micros: i64,
    /// Parts per million of the net price.
    pub tax_ppm: u32,
    pub tax_micros: i64,
    /// What was charged.
    pub gross_micros: i64,
}

/// Sums over the lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptTotals {
    pub list_micros: i64,
    pub discount_micros: i64,
    pub net_micros: i64,
    pub tax_micros: i64,
    pub gross_micros: i64,
}

/// What a rate of tax came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptTax {
    pub ppm: u32,
    pub net_micros: i64,
    pub tax_micros: i64,
}

/// By which credit it was paid, or to which it went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaidWith {
    pub promotional_micros: i64,
    pub voucher_micros: i64,
    pub purchased_micros: i64,
}

/// A key that the shop signs with, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublicKey {
    /// Ed25519, hexadecimal.
    pub public_key: String,
    pub created_at: String,
    /// Since when it does not sign any more; null for the one in force.
    pub retired_at: Option<String>,
}

/// A report that a file is bad.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileReport {
    pub id: String,
    /// The order line's id.
    pub line: String,
    /// `checking`, then `fine` (as it was made), `mended` (it was bad and is made anew), `lost` (it was bad and cannot be made
    /// anew) or `unclear` (it could not be checked).
    pub state: String,
    /// What came back to the balance: the price, once, if the file was bad.
    pub credited_micros: i64,
    pub reported_at: String,
    pub decided_at: Option<String>,
}
