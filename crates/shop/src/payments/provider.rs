//! What a provider of payments is to the shop: starting a payment, reading its messages, giving money back, looking up. One narrow
//! interface and its words; no provider's own words, no database, no ledger.

use futures_util::future::BoxFuture;
use money::{Currency, Micros};
use serde::{Deserialize, Serialize};

/// A way in which money comes in.
pub trait Provider: Send + Sync {
    /// Its stable name, as the API, the ledger and the rules write it.
    fn name(&self) -> &'static str;

    /// Prepares a payment. The same top-up again is the same payment: a repeated call never asks for money twice.
    fn start<'a>(&'a self, payment: &'a Start) -> BoxFuture<'a, Result<Started, ProviderError>>;

    /// Reads a message that claims to come from the provider. Nothing of it is believed before its signature is proved.
    fn read(&self, message: &Message) -> Result<Received, Forged>;

    /// What has become of a payment.
    fn look_up<'a>(&'a self, provider_ref: &'a str) -> BoxFuture<'a, Result<Seen, ProviderError>>;

    /// Ends a payment that nobody has made, so that nobody can make it any more.
    fn cancel<'a>(&'a self, provider_ref: &'a str) -> BoxFuture<'a, Result<(), ProviderError>>;

    /// What is known of the card behind a payment; `None` where there is no card.
    fn card<'a>(&'a self, payment_ref: &'a str) -> BoxFuture<'a, Result<Option<Card>, ProviderError>>;

    /// Gives money back to whoever paid. The same refund again is the same refund. [`RefundSeen::ByHand`] where a person has to
    /// send it.
    fn refund<'a>(&'a self, refund: &'a RefundOrder) -> BoxFuture<'a, Result<RefundSeen, ProviderError>>;

    /// What has become of a refund.
    fn look_up_refund<'a>(&'a self, provider_ref: &'a str) -> BoxFuture<'a, Result<RefundSeen, ProviderError>>;

    /// Whether the provider answers; a sentence for the operator.
    fn check(&self) -> BoxFuture<'_, Result<String, ProviderError>>;
}

/// A payment to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The top-up it is for; its name with the provider.
    pub topup_id: String,
    /// What the listener sees that he pays for.
    pub title: String,
    /// How much.
    pub amount: Micros,
    /// In which currency.
    pub currency: Currency,
    /// Where the listener comes back to, paid or not: an absolute address.
    pub return_url: String,
    /// The language of the listener's pages.
    pub language: String,
    /// The listener's address, to fill in a form.
    pub email: String,
    /// When the top-up was made.
    pub created_us: i64,
    /// When it ends unpaid.
    pub expires_us: i64,
}

/// A payment that was prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The provider's name for it.
    pub provider_ref: String,
    /// Where the listener goes to pay; `None` where he pays elsewhere, naming `provider_ref`.
    pub redirect_url: Option<String>,
}

/// Why a provider did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// No answer, or one that says "later". What was asked may have been done all the same: ask the same again.
    #[error("the provider of payments does not answer: {0}")]
    Later(String),
    /// A clear no.
    #[error("the provider of payments refused: {0}")]
    Refused(String),
}

/// A message from outside.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// The header that proves it.
    pub signature: Option<&'a str>,
    /// When it came in.
    pub now_us: i64,
}

/// Why a message is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Forged {
    #[error("messages of this provider are not expected here")]
    NotExpected,
    #[error("the message has no signature, or one that cannot be read")]
    Unsigned,
    #[error("the message was signed too long ago, or in the future")]
    Old,
    #[error("the signature is not the provider's")]
    Wrong,
    #[error("the message cannot be read")]
    Unreadable,
}

/// A message that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The provider's name for the message: the same again is the same message.
    pub event_id: String,
    /// The provider's name for its sort.
    pub kind: String,
    /// What it says; `None` where it says nothing to us.
    pub event: Option<Event>,
}

/// What happened at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Money arrived.
    Paid(Payment),
    /// The payment came to nothing.
    Failed { of: Subject, reason: String },
    /// Nobody paid in time.
    Expired { of: Subject },
    /// With which card somebody pays.
    Carded { of: Subject, card: Card },
    /// So much of a payment was given back in all, by whoever.
    GivenBack { of: Subject, total_micros: i64 },
    /// One of our refunds has gone on.
    Refund { refund_id: String, seen: RefundSeen },
    /// A payer disputes a payment.
    Dispute(Dispute),
}

/// What an event is about: whatever the provider named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Our name for the top-up.
    pub topup_id: Option<String>,
    /// The provider's name for the payment that was started.
    pub provider_ref: Option<String>,
    /// The provider's name for the money that moved.
    pub payment_ref: Option<String>,
}

/// Money that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// What for.
    pub of: Subject,
    /// How much.
    pub amount_micros: i64,
    /// ISO 4217.
    pub currency: String,
}

/// What is known of a card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The same for the same card, whoever uses it.
    pub fingerprint: Option<String>,
    /// Where it was issued: two capital letters.
    pub country: Option<String>,
}

/// A payer's complaint at his bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// The provider's name for it.
    pub id: String,
    /// About which payment.
    pub of: Subject,
    /// How much of it.
    pub amount_micros: i64,
    /// ISO 4217.
    pub currency: String,
    /// How far it is.
    pub stage: Stage,
    /// The provider's word for the reason.
    pub reason: String,
}

/// How far a dispute is. Stages only go upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The bank asks; no money has moved.
    Inquiry,
    /// The provider has taken the money back until it is decided.
    Open,
    /// It is over and the money stays with the shop.
    Won,
    /// It is over and the money is the payer's.
    Lost,
}

impl Stage {
    /// All stages, upwards.
    pub const ALL: [Stage; 4] = [Stage::Inquiry, Stage::Open, Stage::Won, Stage::Lost];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Inquiry => "inquiry",
            Stage::Open => "open",
            Stage::Won => "won",
            Stage::Lost => "lost",
        }
    }

    /// The stage of that name.
    pub fn of_name(name: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.as_str() == name)
    }

    /// Whether nothing comes after it.
    pub fn is_over(self) -> bool {
        matches!(self, Stage::Won | Stage::Lost)
    }
}

/// What a look at a payment shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Not yet.
    Pending,
    /// Paid.
    Paid(Payment),
    /// It came to nothing.
    Failed(String),
    /// Nobody paid in time.
    Expired,
}

/// Money to be given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOrder {
    /// Our name for it.
    pub refund_id: String,
    /// Of which payment.
    pub payment_ref: String,
    /// How much.
    pub amount: Micros,
    /// In which currency.
    pub currency: Currency,
}

/// How far a refund is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefundSeen {
    /// A person has to send the money.
    ByHand,
    /// The provider has taken it up, under this name.
    Sent(String),
    /// The money has left.
    Done(String),
    /// It came back.
    Failed(String),
}
