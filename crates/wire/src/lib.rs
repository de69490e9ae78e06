//! The request and answer words of the JSON API. No HTTP, no SQL, no rules.
//!
//! Ids are strings. What is unknown is `null`. Amounts are integers of a millionth of the currency's unit (`_micros`);
//! moments are RFC 3339 in UTC. A crate of its own because programs other than the server speak these words. Each type
//! describes itself as a JSON Schema, of which the server's OpenAPI document is made.

mod page;
mod consents;
mod problem;
mod people;
mod catalog;
mod discovery;
mod formats;
mod wallet;
mod gifts;
mod orders;
mod royalties;
mod topups;
mod papers;
mod front;
mod voices;
mod previews;
pub mod operator;

pub use catalog::{
    Artist, Cover, Credit, FoundBy, Genre, GenreDetails, Hit, Hits, Medium, Named, NamedCount, Release, ReleaseSummary,
    SuggestedPart, Suggestion, Suggestions, Track, TrackDetails,
};
pub use consents::{Billing, Consents, GivenConsent, NewConsent, RequiredConsent};
pub use discovery::{Chart, ChartPlace, FacetChoice, SearchFacets};
pub use formats::Format;
pub use front::{Post, PublicLicence, Text};
pub use gifts::{Gift, NewGift};
pub use orders::{Download, Item, Line, NewOrder, Order, OrderZip, Quote, QuoteLine, QuoteRequest, Reason, Step};
pub use page::Page;
pub use papers::{
    Buyer, FileReport, PaidWith, Paper, PaperSignature, Place, PublicKey, Receipt, ReceiptLine, ReceiptOrder,
    ReceiptTax, ReceiptTotals, Seller, SignedReceipt,
};
pub use people::{CloseAccount, Credentials, Me, Session};
pub use previews::{Hearing, Waveform};
pub use problem::Problem;
pub use royalties::{NewPayout, Payout, Sale, SaleDue, Statement, StatementDetails, StatementFile, StatementLine};
pub use topups::{NewRefund, NewTopUp, Refund, Told, TopUp, TopUpOptions, TopUpWay};
pub use voices::{Follows, NewReview, Pick, Rating, Report, Review};
pub use wallet::{Redeemed, Voucher, Wallet, WalletEntry};
