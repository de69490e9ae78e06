//! Refusals as problem documents (RFC 9457). Each kind has a stable name; inner errors go to the log and never out.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shop::catalog::CatalogError;
use shop::catalog::search::SearchError;
use shop::closing::CloseError;
use shop::consents::{ConsentError, Required};
use shop::db::DbError;
use shop::declared::Refused;
use shop::defects::DefectError;
use shop::files::FilesError;
use shop::follows::FollowError;
use shop::gifts::GiftError;
use shop::orders::{Item, OrderError};
use shop::payments::provider::Forged;
use shop::payments::{PaymentError, ReceiveError};
use shop::receipts::ReceiptError;
use shop::redemptions::RedemptionError;
use shop::refunds::LineRefundError;
use shop::renditions::{Broken, DownloadError};
use shop::reviews::ReviewError;
use shop::users::UserError;
use shop::vouchers::VoucherError;
use shop::wishes::WishError;

use super::request_id::current_id;

/// Media type of a problem document.
const PROBLEM_JSON: &str = "application/problem+json";
/// Seconds to wait when the database is busy.
const BUSY_RETRY_S: u64 = 2;
/// Seconds of a day: what one may do so often a day is open again then.
const DAY_S: u64 = 86_400;
/// Seconds to wait for a receipt whose order is still in the making.
const RECEIPT_RETRY_S: u64 = 5;

macro_rules! kinds {
    ($($name:ident $slug:literal $status:ident $title:literal;)*) => {
        /// What can be wrong with a request.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Kind { $($name),* }

        impl Kind {
            /// All kinds.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];

            /// The last part of its name.
            pub fn slug(self) -> &'static str {
                match self { $(Kind::$name => $slug),* }
            }

            /// The status it is answered with.
            pub fn status(self) -> StatusCode {
                match self { $(Kind::$name => StatusCode::$status),* }
            }

            /// In a few words.
            pub fn title(self) -> &'static str {
                match self { $(Kind::$name => $title),* }
            }
        }
    };
}

kinds! {
    Malformed "malformed-request" BAD_REQUEST "The request cannot be read";
    KeyMissing "idempotency-key-missing" BAD_REQUEST "An Idempotency-Key is needed";
    KeyTooLong "idempotency-key-too-long" BAD_REQUEST "The Idempotency-Key is too long";
    SignInNeeded "sign-in-needed" UNAUTHORIZED "Sign in first";
    WrongCredentials "wrong-credentials" UNAUTHORIZED "The e-mail address or the password is wrong";
    MessageNotBelieved "message-not-believed" BAD_REQUEST "The message is not proved";
    TooLittle "too-little-balance" PAYMENT_REQUIRED "The balance is too small";
    OperatorNeeded "operator-needed" FORBIDDEN "Only for an operator";
    ConsentRequired "consent-required" FORBIDDEN "Something has to be agreed to first";
    CountryUnknown "country-unknown" FORBIDDEN "Say in which country you are";
    NotBought "not-bought" FORBIDDEN "Only for those who bought it";
    PreviewWithheld "preview-withheld" FORBIDDEN "There is nothing to hear";
    ForeignForm "foreign-form" FORBIDDEN "The form did not come from this shop";
    NotFound "not-found" NOT_FOUND "Not found";
    VoucherUnknown "voucher-unknown" NOT_FOUND "No such voucher";
    MethodNotAllowed "method-not-allowed" METHOD_NOT_ALLOWED "This address does not answer that method";
    TooSlow "too-slow" REQUEST_TIMEOUT "The request took too long";
    VoucherExpired "voucher-expired" GONE "The voucher has expired";
    VoucherStopped "voucher-stopped" GONE "The voucher was stopped";
    VoucherElsewhere "voucher-elsewhere" CONFLICT "The voucher is another shop's";
    VoucherAbroad "voucher-abroad" CONFLICT "The voucher is for buyers of another country";
    FormatNeeded "format-needed" UNPROCESSABLE_ENTITY "A format is to be chosen";
    TooDear "voucher-too-small" UNPROCESSABLE_ENTITY "The voucher does not cover this format";
    NotYet "not-yet" CONFLICT "It is not there yet";
    EmailTaken "email-taken" CONFLICT "The e-mail address is taken";
    VoucherUsed "voucher-used" CONFLICT "The voucher was redeemed already";
    PriceRose "price-rose" CONFLICT "It costs more than was promised";
    Conflict "conflict" CONFLICT "It does not fit what stands";
    Gone "gone" GONE "No longer here";
    FileFailed "file-failed" GONE "The file could not be made";
    TooLarge "too-large" PAYLOAD_TOO_LARGE "The request is too large";
    NotJson "not-json" UNSUPPORTED_MEDIA_TYPE "JSON is needed";
    RangeNotThere "range-not-there" RANGE_NOT_SATISFIABLE "The file ends before that";
    Invalid "invalid" UNPROCESSABLE_ENTITY "Something in the request is not right";
    UnknownFormat "unknown-format" UNPROCESSABLE_ENTITY "There is no such format";
    FormatDoesNotFit "format-does-not-fit" UNPROCESSABLE_ENTITY "A track cannot be had in this format";
    KeyReused "idempotency-key-reused" UNPROCESSABLE_ENTITY "The Idempotency-Key belongs to another request";
    AmountNotOffered "amount-not-offered" UNPROCESSABLE_ENTITY "This amount cannot be topped up";
    WayNotOffered "payment-way-not-offered" UNPROCESSABLE_ENTITY "This way of payment is not offered";
    TopUpLimit "topup-limit" UNPROCESSABLE_ENTITY "More than may be topped up in a day";
    NothingToRefund "nothing-to-refund" CONFLICT "So much is not unspent";
    TooMany "too-many-requests" TOO_MANY_REQUESTS "Too many tries";
    Internal "internal-error" INTERNAL_SERVER_ERROR "Something went wrong here";
    ProviderRefused "payment-provider-refused" BAD_GATEWAY "The provider of payments refused";
    ProviderBusy "payment-provider-busy" SERVICE_UNAVAILABLE "The provider of payments does not answer";
    Busy "busy" SERVICE_UNAVAILABLE "Busy at the moment";
    Closed "closed" SERVICE_UNAVAILABLE "The shop is closed for maintenance";
}

/// The sums of a refusal, in micro-units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// What is needed, for [`Kind::TooLittle`].
    pub needed: Option<i64>,
    /// What there is, for [`Kind::TooLittle`].
    pub balance: Option<i64>,
    /// What it costs by now, for [`Kind::PriceRose`].
    pub total: Option<i64>,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub kind: Kind,
    /// A sentence that says what to do.
    pub detail: String,
    /// Seconds to wait, where waiting helps.
    pub retry_after_s: Option<u64>,
    /// The sums that it is about, in micro-units.
    pub sums: Option<Box<Sums>>,
    /// Which field of the body is not right, by its path.
    pub field: Option<String>,
    /// What is to be agreed to, for [`Kind::ConsentRequired`].
    pub consents: Vec<wire::RequiredConsent>,
    /// For [`Kind::RangeNotThere`]: the length of the file.
    pub total_bytes: Option<u64>,
}

impl Problem {
    /// A refusal of this kind; `detail` says what to do.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Problem {
        Problem {
            kind,
            detail: detail.into(),
            retry_after_s: None,
            sums: None,
            field: None,
            consents: Vec::new(),
            total_bytes: None,
        }
    }

    /// There is nothing at this address, or not for this person.
    pub fn not_found(what: &str) -> Problem {
        Problem::new(Kind::NotFound, format!("There is no such {what}. Check the id; it may also have left the shop."))
    }

    /// A field of the body is not right, for this reason.
    pub fn of_field(field: &str, reason: impl Into<String>) -> Problem {
        shop::declared::Refused::field(field, reason).into()
    }

    /// A failure of ours: the cause goes to the log.
    pub fn internal(cause: impl std::fmt::Display) -> Problem {
        tracing::error!(%cause, "a request failed");
        Problem::new(Kind::Internal, "Try again in a moment. If it stays so, tell the shop the request's id.")
    }

    fn after(kind: Kind, retry_after_s: u64, detail: String) -> Problem {
        Problem { retry_after_s: Some(retry_after_s), ..Problem::new(kind, detail) }
    }

    /// The shop is closed, for this reason; downloads go on.
    pub fn closed(message: &str, retry_after_s: u32) -> Problem {
        Problem::after(Kind::Closed, retry_after_s.into(), message.to_owned())
    }

    /// Too often: come back after so many seconds.
    pub fn too_many(retry_after_s: u64) -> Problem {
        Problem::after(Kind::TooMany, retry_after_s, format!("Wait {retry_after_s} seconds and try again."))
    }

    fn document(&self) -> wire::Problem {
        let sums = self.sums.as_deref().copied().unwrap_or_default();
        wire::Problem {
            kind: format!("/problems/{}", self.kind.slug()),
            title: self.kind.title().to_owned(),
            status: self.kind.status().as_u16(),
            detail: self.detail.clone(),
            request_id: current_id(),
            retry_after_s: self.retry_after_s,
            field: self.field.clone(),
            consents: self.consents.clone(),
            needed_micros: sums.needed,
            total_micros: sums.total,
            balance_micros: sums.balance,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.kind.status(), axum::Json(self.document())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(retry_after_s) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
        if self.kind.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(range) = self.total_bytes.map(super::range::unsatisfied_range)
            && let Ok(range) = HeaderValue::try_from(range)
        {
            headers.insert(header::CONTENT_RANGE, range);
        }
        // Kept for whoever shows it to people as a page.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Problem {
        match error {
            DbError::NoSuchPlace => Problem::of_field("after", "hand back the next of the page before"),
            DbError::Busy => Problem::after(Kind::Busy, BUSY_RETRY_S, "Try again in a moment.".into()),
            other => Problem::internal(other),
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        let (kind, field, reason) = match refused {
            Refused::Field { field, reason } => (Kind::Invalid, field, reason),
            Refused::Conflict { field, reason } => (Kind::Conflict, field, reason),
            Refused::Db(e) => return e.into(),
        };
        Problem { field: Some(field.clone()), ..Problem::new(kind, format!("{field}: {reason}.")) }
    }
}

impl From<FilesError> for Problem {
    fn from(error: FilesError) -> Problem {
        Problem::internal(error)
    }
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Problem {
        match error {
            CatalogError::Db(e) => e.into(),
            CatalogError::Files(e) => e.into(),
        }
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Problem {
        match error {
            SearchError::Db(e) => e.into(),
            other => Problem::internal(other),
        }
    }
}

impl From<UserError> for Problem {
    fn from(error: UserError) -> Problem {
        let kind = match error {
            UserError::EmailTaken => Kind::EmailTaken,
            UserError::WrongCredentials => Kind::WrongCredentials,
            UserError::ResetInvalid => Kind::Gone,
            UserError::TooMany { retry_after_s } => return Problem::too_many(retry_after_s),
            UserError::Db(e) => return e.into(),
            UserError::EmailInvalid
            | UserError::PasswordTooShort
            | UserError::PasswordTooLong
            | UserError::LanguageInvalid => Kind::Invalid,
        };
        Problem::new(kind, sentence(&error))
    }
}

impl From<CloseError> for Problem {
    fn from(error: CloseError) -> Problem {
        match error {
            CloseError::InTheWay(_) => Problem::new(Kind::Conflict, sentence(&error)),
            CloseError::Unspent(_) => {
                Problem { field: Some("give_up".to_owned()), ..Problem::new(Kind::Conflict, sentence(&error)) }
            }
            CloseError::User(e) => e.into(),
            CloseError::Wallet(e) => Problem::internal(e),
            CloseError::Db(e) => e.into(),
        }
    }
}

impl From<VoucherError> for Problem {
    fn from(error: VoucherError) -> Problem {
        let kind = match error {
            VoucherError::Unknown => Kind::VoucherUnknown,
            VoucherError::Used => Kind::VoucherUsed,
            VoucherError::Expired => Kind::VoucherExpired,
            VoucherError::Stopped => Kind::VoucherStopped,
            VoucherError::Elsewhere(_) => Kind::VoucherElsewhere,
            VoucherError::NoBatch => return Problem::not_found("batch of vouchers"),
            VoucherError::ChooseFormat { release_id, most } => {
                let detail = format!(
                    "The voucher is for release {release_id}, in a format that costs at most {most}: send it again with format."
                );
                return Problem { field: Some("format".to_owned()), ..Problem::new(Kind::FormatNeeded, detail) };
            }
            VoucherError::TooMany { retry_after_s } => return Problem::too_many(retry_after_s),
            VoucherError::Refused(refused) => return refused.into(),
            VoucherError::Db(e) => return e.into(),
            other => return Problem::internal(other),
        };
        Problem::new(kind, sentence(&error))
    }
}

impl From<RedemptionError> for Problem {
    fn from(error: RedemptionError) -> Problem {
        let kind = match error {
            RedemptionError::Voucher(error) => return error.into(),
            RedemptionError::Order(error) => return error.into(),
            RedemptionError::TaxedElsewhere(_) => return Problem::new(Kind::VoucherAbroad, sentence(&error)),
            RedemptionError::TooDear { .. } | RedemptionError::NothingToPay => Kind::TooDear,
        };
        Problem { field: Some("format".to_owned()), ..Problem::new(kind, sentence(&error)) }
    }
}

impl From<GiftError> for Problem {
    fn from(error: GiftError) -> Problem {
        let kind = match &error {
            GiftError::Invalid { field, .. } => {
                return Problem { field: Some((*field).to_owned()), ..Problem::new(Kind::Invalid, sentence(&error)) };
            }
            GiftError::TooLittle { needed_micros, purchased_micros } => {
                return Problem {
                    sums: too_little(*needed_micros, *purchased_micros),
                    ..Problem::new(Kind::TooLittle, sentence(&error))
                };
            }
            GiftError::KeyReused => Kind::KeyReused,
            GiftError::KeyTooLong => Kind::KeyTooLong,
            GiftError::TooMany => Kind::TooMany,
            GiftError::TooLate => Kind::Conflict,
            GiftError::Unknown => return Problem::not_found("gift"),
            _ => {
                return match error {
                    GiftError::Db(e) => e.into(),
                    other => Problem::internal(other),
                };
            }
        };
        Problem::new(kind, sentence(&error))
    }
}

impl From<PaymentError> for Problem {
    fn from(error: PaymentError) -> Problem {
        let of = |field: &str, kind| Problem { field: Some(field.to_owned()), ..Problem::new(kind, sentence(&error)) };
        match &error {
            PaymentError::OutOfRange { .. } | PaymentError::NotInMenu => of("amount_micros", Kind::AmountNotOffered),
            PaymentError::NotPositive | PaymentError::TooMuch { .. } | PaymentError::TooFine { .. } => {
                of("amount_micros", Kind::Invalid)
            }
            PaymentError::NotOffered => of("provider", Kind::WayNotOffered),
            PaymentError::DayLimit { .. } => of("amount_micros", Kind::TopUpLimit),
            PaymentError::TooOften { retry_after_s } => Problem::too_many(*retry_after_s),
            PaymentError::KeyReused => Problem::new(Kind::KeyReused, sentence(&error)),
            PaymentError::KeyTooLong => Problem::new(Kind::KeyTooLong, sentence(&error)),
            PaymentError::Unknown => Problem::not_found("top-up or refund"),
            PaymentError::NothingLeft { .. } => of("amount_micros", Kind::NothingToRefund),
            PaymentError::NotByHand | PaymentError::NoTransfer => Problem::new(Kind::Conflict, sentence(&error)),
            PaymentError::NameMissing => of("payment_ref", Kind::Invalid),
            PaymentError::NameTaken => of("payment_ref", Kind::Conflict),
            PaymentError::AmountDiffers { .. } => of("amount_micros", Kind::Conflict),
            PaymentError::ReasonMissing => of("reason", Kind::Invalid),
            PaymentError::Later(why) => {
                tracing::warn!(why, "a provider of payments does not answer");
                let detail = "Nothing was paid. Send the same again in a moment.";
                Problem::after(Kind::ProviderBusy, BUSY_RETRY_S, detail.to_owned())
            }
            PaymentError::Refused => {
                Problem::new(Kind::ProviderRefused, "Nothing was paid. Choose another way, or tell the shop.")
            }
            _ => match error {
                PaymentError::Db(e) => e.into(),
                other => Problem::internal(other),
            },
        }
    }
}

impl From<ReceiveError> for Problem {
    fn from(error: ReceiveError) -> Problem {
        match error {
            ReceiveError::Forged(Forged::NotExpected) => Problem::not_found("address"),
            ReceiveError::Forged(why) => {
                tracing::warn!(%why, "a message was not believed");
                Problem::new(Kind::MessageNotBelieved, sentence(&why))
            }
            ReceiveError::Payment(e) => e.into(),
        }
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Problem {
        let kind = match &error {
            OrderError::NoItems | OrderError::TooManyItems { .. } => {
                return Problem { field: Some("items".to_owned()), ..Problem::new(Kind::Invalid, sentence(&error)) };
            }
            OrderError::Unknown(Item::Release(id)) => return Problem::not_found(&format!("release on sale as {id:?}")),
            OrderError::Unknown(Item::Track(id)) => return Problem::not_found(&format!("track on sale as {id:?}")),
            OrderError::DoesNotFit { .. } => Kind::FormatDoesNotFit,
            OrderError::TooLittle { needed_micros, balance_micros } => {
                let detail = "Redeem a voucher, or choose less or a smaller format; then send the order again.";
                return Problem {
                    sums: too_little(*needed_micros, *balance_micros),
                    ..Problem::new(Kind::TooLittle, detail)
                };
            }
            OrderError::ConsentRequired(required) => {
                let detail = "Show the texts under consents, send POST /api/v1/me/consents with kind and version for each \
                              that is agreed to, then send the order again.";
                let consents = required.iter().map(consent).collect();
                return Problem { consents, ..Problem::new(Kind::ConsentRequired, detail) };
            }
            OrderError::CountryUnknown => {
                let detail = "Say in which country you are by PUT /api/v1/me/billing, then send the order again.";
                return Problem::new(Kind::CountryUnknown, detail);
            }
            OrderError::CodeUnknown | OrderError::CodeUsed => {
                return Problem { field: Some("code".to_owned()), ..Problem::new(Kind::Invalid, sentence(&error)) };
            }
            OrderError::PriceRose { total_micros, .. } => {
                let detail = "Ask for a quote, and order again under another key if the price is right.";
                let sums = Some(Box::new(Sums { total: Some(*total_micros), ..Sums::default() }));
                return Problem { sums, ..Problem::new(Kind::PriceRose, detail) };
            }
            OrderError::Owned { .. } => Kind::Conflict,
            OrderError::KeyReused => Kind::KeyReused,
            OrderError::KeyTooLong => Kind::KeyTooLong,
            _ => {
                return match error {
                    OrderError::Db(e) => e.into(),
                    other => Problem::internal(other),
                };
            }
        };
        Problem::new(kind, sentence(&error))
    }
}

impl From<LineRefundError> for Problem {
    fn from(error: LineRefundError) -> Problem {
        let kind = match &error {
            LineRefundError::NotCharged => return Problem::not_found("charged line"),
            LineRefundError::TooLarge { .. } => {
                let field = Some("amount_micros".to_owned());
                return Problem { field, ..Problem::new(Kind::NothingToRefund, sentence(&error)) };
            }
            LineRefundError::KeyReused => Kind::KeyReused,
            LineRefundError::KeyTooLong => Kind::KeyTooLong,
            _ => {
                return match error {
                    LineRefundError::Refused(refused) => refused.into(),
                    LineRefundError::Db(e) => e.into(),
                    other => Problem::internal(other),
                };
            }
        };
        Problem::new(kind, sentence(&error))
    }
}

impl From<DownloadError> for Problem {
    fn from(error: DownloadError) -> Problem {
        match error {
            DownloadError::Unknown => {
                let detail = "This link is not valid, or not any more. My Downloads has the present one.";
                Problem::new(Kind::NotFound, detail)
            }
            DownloadError::Failed => file_failed(),
            DownloadError::Refunded => {
                let detail = "The money for this file went back to your balance, so it is yours no longer. Buy it again to have it.";
                Problem::new(Kind::Gone, detail)
            }
            DownloadError::Busy { retry_after_s } => {
                Problem::after(Kind::TooMany, retry_after_s, format!("Wait {retry_after_s} seconds and try again."))
            }
            DownloadError::Db(e) => e.into(),
            DownloadError::Io(e) => Problem::internal(e),
        }
    }
}

impl From<Broken> for Problem {
    fn from(broken: Broken) -> Problem {
        match broken {
            Broken::Encoder(cause) => {
                tracing::error!(cause, "a file could not be made");
                file_failed()
            }
            other => Problem::internal(other.to_string()),
        }
    }
}

impl From<ConsentError> for Problem {
    fn from(error: ConsentError) -> Problem {
        match error {
            ConsentError::NotAsked => Problem::not_found("text to agree to"),
            ConsentError::Outdated { in_force } => {
                let detail = format!("Version {in_force} is in force by now: GET /api/v1/me/consents has its text.");
                Problem { field: Some("version".to_owned()), ..Problem::new(Kind::Conflict, detail) }
            }
            ConsentError::Db(e) => e.into(),
        }
    }
}

impl From<ReceiptError> for Problem {
    fn from(error: ReceiptError) -> Problem {
        match error {
            ReceiptError::Unknown => Problem::not_found("receipt"),
            ReceiptError::NotYet => {
                let detail = "The receipt is made when every file of the order is: try again in a moment.";
                Problem::after(Kind::NotYet, RECEIPT_RETRY_S, detail.into())
            }
            ReceiptError::Db(e) => e.into(),
        }
    }
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Problem {
        match &error {
            ReviewError::NotBought => Problem::new(Kind::NotBought, sentence(&error)),
            ReviewError::Field { field, .. } => {
                Problem { field: Some((*field).to_owned()), ..Problem::new(Kind::Invalid, sentence(&error)) }
            }
            ReviewError::Own => Problem::new(Kind::Conflict, sentence(&error)),
            ReviewError::Unknown => Problem::not_found("review"),
            ReviewError::TooMany => Problem::too_many(DAY_S),
            ReviewError::Db(e) => e.clone().into(),
        }
    }
}

impl From<WishError> for Problem {
    fn from(error: WishError) -> Problem {
        match &error {
            WishError::Unknown => Problem::not_found("release on sale"),
            WishError::Full => Problem::new(Kind::Conflict, sentence(&error)),
            WishError::Db(e) => e.clone().into(),
        }
    }
}

impl From<FollowError> for Problem {
    fn from(error: FollowError) -> Problem {
        match &error {
            FollowError::Unknown => Problem::not_found("artist or label"),
            FollowError::Full => Problem::new(Kind::Conflict, sentence(&error)),
            FollowError::Db(e) => e.clone().into(),
        }
    }
}

impl From<DefectError> for Problem {
    fn from(error: DefectError) -> Problem {
        match error {
            DefectError::Unknown => Problem::not_found("file of yours"),
            DefectError::NotReady => {
                Problem::new(Kind::Conflict, "This file is still being made, or its money went back already.")
            }
            DefectError::TooMany { retry_after_s } => Problem::too_many(retry_after_s),
            DefectError::Db(e) => e.into(),
        }
    }
}

/// A consent that is needed, in the words of the API.
pub fn consent(required: &Required) -> wire::RequiredConsent {
    wire::RequiredConsent {
        kind: required.text.kind.name().to_owned(),
        version: required.text.version,
        country: Some(required.country.clone()).filter(|country| !country.is_empty()),
        texts: required.text.texts.clone(),
    }
}

fn file_failed() -> Problem {
    let detail = "This file could not be made, and what was held for it went back to the balance. Try another format.";
    Problem::new(Kind::FileFailed, detail)
}

/// An error of the shop that is written for people, as a sentence.
fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn too_little(needed: i64, balance: i64) -> Option<Box<Sums>> {
    Some(Box::new(Sums { needed: Some(needed), balance: Some(balance), total: None }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_problems_are_stable_paths_and_differ() {
        let mut slugs: Vec<&str> = Kind::ALL.iter().map(|kind| kind.slug()).collect();
        assert!(slugs.iter().all(|slug| slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        slugs.sort_unstable();
        let count = slugs.len();
        slugs.dedup();
        assert_eq!(slugs.len(), count);
    }

    #[test]
    fn an_inner_error_is_not_told_to_the_visitor() {
        let problem = Problem::from(DbError::Failed("no such column: secret".into()));
        assert_eq!(problem.kind.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!problem.detail.contains("secret"));
    }

    #[test]
    fn a_refused_purchase_says_what_was_needed() {
        let problem = Problem::from(OrderError::TooLittle { needed_micros: 5, balance_micros: 3 });
        assert_eq!((problem.kind.status(), problem.sums), (StatusCode::PAYMENT_REQUIRED, too_little(5, 3)));
    }
}
