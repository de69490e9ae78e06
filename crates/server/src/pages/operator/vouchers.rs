//! The operator's pages of vouchers: batches, one of them, its codes at the moment when they are made.
use askama::Template;

use crate::pages::language::Lang;
use crate::pages::layout::{Layout, Pager};

/// A batch.
#[derive(Clone, Debug)]
pub struct BatchRow {
    pub id: String,
    /// `money`, `percent` or `release`.
    pub sort: String,
    pub value_micros: i64,
    pub discount_ppm: i64,
    /// The release's title.
    pub release: String,
    pub storefronts: String,
    pub expires_us: Option<i64>,
    pub reseller: String,
    pub margin_ppm: i64,
    pub note: String,
    pub refundable_in_money: bool,
    /// Country code of a single-purpose batch.
    pub taxed_in: Option<String>,
    /// None for gifts.
    pub count: Option<u64>,
    pub printed_us: Option<i64>,
    pub stopped_us: Option<i64>,
    pub open: u64,
    pub redeemed: u64,
    pub stopped: u64,
    pub expired: u64,
    pub owed_micros: i64,
}

impl BatchRow {
    fn worth(&self, lang: &Lang) -> String {
        match self.sort.as_str() {
            "percent" => lang.percent(self.discount_ppm),
            "release" => self.release.clone(),
            _ if self.count.is_none() => lang.t("batch-gifts"),
            _ => lang.money(self.value_micros),
        }
    }

    fn state_id(&self) -> &'static str {
        match (self.printed_us, self.stopped_us) {
            (_, Some(_)) => "batch-state-stopped",
            (None, None) => "batch-state-declared",
            // All codes of a batch expire together; gifts each for itself.
            _ if self.expired > 0 && self.count.is_some() => "batch-state-expired",
            _ => "batch-state-printed",
        }
    }
}

/// What was refused of a form: the field and the reason, in the words of the API.
#[derive(Clone, Debug)]
pub struct FieldRefused {
    pub field: String,
    pub reason: String,
}

/// Fields of declarations, with the Fluent ids of what forms call them.
const CALLED: [(&str, &str); 35] = [
    ("from", "sold-from"),
    ("listener", "sold-listener"),
    ("state", "orders-state"),
    ("until", "sold-until"),
    ("buyer_from_micros", "listening-buyer-from"),
    ("buyer_s", "listening-buyer"),
    ("classes", "listening-sold-in"),
    ("count", "batch-count"),
    ("discount_ppm", "batch-discount"),
    ("expires_at", "batch-expires"),
    ("id", "operator-id"),
    ("label", "listening-label"),
    ("listener_s", "listening-listener"),
    ("margin_ppm", "batch-margin"),
    ("messages", "notice-message"),
    ("most_s", "listening-most"),
    ("mp3", "listening-mp3"),
    ("note", "batch-note"),
    ("of", "texts-place"),
    ("opus", "listening-opus"),
    ("place", "picks-place"),
    ("published", "news-published"),
    ("recording", "listening-recording"),
    ("refundable_in_money", "batch-refundable"),
    ("release", "batch-release"),
    ("release_id", "batch-release"),
    ("reseller", "batch-reseller"),
    ("retry_after_s", "notice-retry"),
    ("taxed_in", "batch-taxed-in"),
    ("texts", "news-text"),
    ("titles", "news-post-title"),
    ("valid_until", "batch-expires"),
    ("value_micros", "batch-value"),
    ("visitor_s", "listening-visitor"),
    ("words", "picks-words"),
];

impl FieldRefused {
    /// What the form calls the field, with the language of a text; a field of no form by its own name.
    pub fn name(&self, lang: &Lang) -> String {
        let (base, of) = self.field.split_once('.').unwrap_or((&self.field, ""));
        let called = CALLED.iter().find(|(field, _)| *field == base);
        let Some((_, id)) = called else { return self.field.clone() };
        match Lang::from_code(of) {
            Some(of) => format!("{} ({})", lang.t(id), lang.t(format!("language-{}", of.code()))),
            None => lang.t(id),
        }
    }
}

/// A batch as it was typed.
#[derive(Clone, Debug, Default)]
pub struct BatchForm {
    pub id: String,
    pub sort: String,
    pub value: String,
    pub discount: String,
    pub release: String,
    pub count: String,
    pub expires: String,
    pub reseller: String,
    pub margin: String,
    pub note: String,
    pub refundable: bool,
    pub taxed_in: String,
}

/// `/en/operator/voucher-batches?after=`. One form posts a batch (`csrf`, `id`, `sort`, `value`, `discount`, `release`, `count`,
/// `expires`, `reseller`, `margin`, `note`, `refundable`,
/// `taxed_in`) to the same address; another asks `/en/operator/vouchers?serial=`.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/voucher_batches.html")]
pub struct VoucherBatchesPage {
    pub page: Layout,
    pub batches: Vec<BatchRow>,
    pub form: BatchForm,
    pub refused: Option<FieldRefused>,
    /// A serial number that was looked for and not found.
    pub unknown_serial: Option<String>,
    pub pager: Pager,
}

/// A code by its serial number.
#[derive(Clone, Debug)]
pub struct CodeRow {
    pub serial: String,
    /// `open`, `redeemed`, `stopped` or `expired`.
    pub state: String,
    /// E-mail address of who redeemed it.
    pub redeemed_by: Option<String>,
    pub redeemed_us: Option<i64>,
}

impl CodeRow {
    fn state_id(&self) -> String {
        format!("code-state-{}", self.state)
    }
}

/// `/en/operator/voucher-batches/{id}?after=`. Forms post `csrf` to `…/{id}/codes`, `…/{id}/stop` and `…/{id}/remove`.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/voucher_batch.html")]
pub struct VoucherBatchPage {
    pub page: Layout,
    pub batch: BatchRow,
    pub codes: Vec<CodeRow>,
    pub refused: Option<FieldRefused>,
    pub pager: Pager,
}

/// What `POST /en/operator/voucher-batches/{id}/codes` answers: the only page that ever shows the codes. Its form posts
/// `csrf`, `codes` and `as` (pdf|csv) to `…/{id}/sheet`.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/voucher_codes.html")]
pub struct VoucherCodesPage {
    pub page: Layout,
    pub batch_id: String,
    /// Serial number and code.
    pub codes: Vec<(String, String)>,
    /// Codes alone, a line each.
    pub codes_text: String,
}
