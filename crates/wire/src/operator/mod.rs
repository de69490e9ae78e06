//! What an operator sets: one word for each thing, the same in the JSON API and in the file of `gramovar apply`. Nothing
//! that listeners see.
//!
//! A thing has an id that the operator chose: 1 to 64 of `a-z`, `0-9` and `-`. Moments are RFC 3339, or a day
//! (`2026-12-01`, its first instant in UTC).

mod payments;
mod tariffs;
mod vouchers;
mod rights;
mod promotions;
mod floors;
mod volume;
mod ledger;
mod refunds;
mod front;
mod genres;
mod voices;

pub use floors::{FixedPrice, Floor, ReleasePrice};
pub use front::{News, Notice, Text, TextOf};
pub use genres::Genre;
pub use ledger::{Ledger, TrialBalance, TrialLine};
pub use payments::{
    Dispute, PaymentWay, Refund, RefundByOperator, RefundNotSent, RefundSent, TopUpRules, Transfer, TransferArrived,
};
pub use promotions::{HappyHour, Promotion, Rung};
pub use refunds::{LineRefund, RefundOfLine};
pub use rights::{Holder, Licence, Payee, Shares, SharesOf};
pub use tariffs::{Tariff, TariffPeriod};
pub use voices::{ModeratedReview, Pick};
pub use volume::{CountryVolume, MonthVolume, Moved, PaymentVolume, ProviderVolume, StorefrontVolume};
pub use vouchers::{VoucherBatch, VoucherBatchStatus, VoucherCode, VoucherCodes, VoucherSheet, VoucherState};
mod tax;
mod consent_texts;
mod listening;
mod listed;

pub use consent_texts::ConsentText;
pub use listed::{ListedRelease, Listener, SoldOrder};
pub use listening::{PreviewLimit, PreviewSettings, ReleaseFormats};
pub use tax::{TaxRate, TaxSettings};

/// The storefront that is meant where none is named.
fn main() -> String {
    "main".to_owned()
}

/// The currency that is meant where none is named.
fn usd() -> String {
    "USD".to_owned()
}
