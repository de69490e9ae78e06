//! Form fields as a page shows them again after a refusal: the value kept, the reason beside it. No rules: who refuses, knows why.
use super::language::Lang;

/// One field of a form: what stands in it and why it was refused. A password's value is never kept.
#[derive(Clone, Debug, Default)]
pub struct Field {
    pub value: String,
    pub refusal: Option<Refusal>,
}

/// Why a field, or a whole form, was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Required,
    EmailMalformed,
    EmailTaken,
    /// Sign-in: which of the two is wrong is not said.
    CredentialsWrong,
    PasswordShort {
        min_chars: u32,
    },
    PasswordLong {
        max_chars: u32,
    },
    /// The present password, asked for before changing it.
    PasswordWrong,
    /// No amount of money as people write it, or one that cannot be here.
    AmountMalformed,
    /// A promotion's code.
    CodeUnknown,
    /// One that is good for once, and was used.
    CodeUsed,
    /// A top-up lies between these.
    AmountOutOfRange {
        min_micros: i64,
        max_micros: i64,
    },
    /// So much may still be topped up today.
    DayLimit {
        left_micros: i64,
    },
    WayNotOffered,
    ProviderBusy,
    ProviderRefused,
    /// So much of a top-up is unspent.
    NothingToRefund {
        left_micros: i64,
    },
    /// No country by its two letters.
    CountryMalformed,
    /// No day, or one that is taken.
    DayMalformed,
    /// Neither a day nor a moment.
    MomentMalformed,
    /// No rate in per cent.
    RateMalformed,
    /// More than the field holds.
    TooLong,
    /// Not everything was agreed to that has to be.
    ConsentMissing,
    /// Nothing is sold to somebody whose country is unknown.
    CountryUnknown,
    VoucherUnknown,
    VoucherUsed,
    VoucherExpired,
    /// The shop stopped it.
    VoucherStopped,
    /// It is good, but not in this storefront.
    VoucherElsewhere,
    /// It was taxed for buyers of another country.
    VoucherAbroad,
    /// What was purchased does not cover a gift.
    PurchasedShort {
        missing_micros: i64,
    },
    TooManyGifts,
    /// It was sent, or cancelled before.
    GiftTooLate,
    /// No day, or one that cannot be here.
    DateWrong,
    TextLong {
        max_chars: u32,
    },
    /// A reset link that is unknown, used or too old.
    LinkExpired,
    FormatUnavailable,
    /// The balance does not cover the purchase.
    BalanceShort {
        missing_micros: i64,
    },
    /// The price rose above what the page promised; it shows the new one.
    PriceChanged,
    /// The form's token did not match: the page was open too long, or the form came from elsewhere.
    FormExpired,
    /// Nothing in the basket, or what was in it has left the shop.
    NothingToBuy,
    /// The basket holds no more than this many things.
    BasketFull {
        limit: u32,
    },
    TooManyAttempts {
        retry_after_s: u32,
    },
}

impl Field {
    /// A field that holds `value`, not refused.
    pub fn holding(value: impl Into<String>) -> Self {
        Field { value: value.into(), refusal: None }
    }

    /// A field that holds `value` and was refused.
    pub fn refused(value: impl Into<String>, refusal: Refusal) -> Self {
        Field { value: value.into(), refusal: Some(refusal) }
    }
}

impl Refusal {
    /// A sentence a person can act on, in the page's language.
    pub fn text(&self, lang: &Lang) -> String {
        match *self {
            Refusal::Required => lang.t("refusal-required"),
            Refusal::EmailMalformed => lang.t("refusal-email-malformed"),
            Refusal::EmailTaken => lang.t("refusal-email-taken"),
            Refusal::CredentialsWrong => lang.t("refusal-credentials-wrong"),
            Refusal::PasswordShort { min_chars } => lang.count("refusal-password-short", min_chars),
            Refusal::PasswordLong { max_chars } => lang.count("refusal-password-long", max_chars),
            Refusal::PasswordWrong => lang.t("refusal-password-wrong"),
            Refusal::AmountMalformed => lang.t("refusal-amount-malformed"),
            Refusal::CodeUnknown => lang.t("refusal-code-unknown"),
            Refusal::CodeUsed => lang.t("refusal-code-used"),
            Refusal::AmountOutOfRange { min_micros, max_micros } => {
                let (min, max) = (lang.money(min_micros), lang.money(max_micros));
                lang.t2("refusal-amount-out-of-range", ("min", min), ("max", max))
            }
            Refusal::DayLimit { left_micros } => lang.t1("refusal-day-limit", "left", lang.money_down(left_micros)),
            Refusal::WayNotOffered => lang.t("refusal-way-not-offered"),
            Refusal::ProviderBusy => lang.t("refusal-provider-busy"),
            Refusal::ProviderRefused => lang.t("refusal-provider-refused"),
            Refusal::NothingToRefund { left_micros } => {
                lang.t1("refusal-nothing-to-refund", "left", lang.money_down(left_micros))
            }
            Refusal::CountryMalformed => lang.t("refusal-country-malformed"),
            Refusal::MomentMalformed => lang.t("refusal-moment-malformed"),
            Refusal::DayMalformed => lang.t("refusal-day-malformed"),
            Refusal::RateMalformed => lang.t("refusal-rate-malformed"),
            Refusal::TooLong => lang.t("refusal-too-long"),
            Refusal::ConsentMissing => lang.t("refusal-consent-missing"),
            Refusal::CountryUnknown => lang.t("refusal-country-unknown"),
            Refusal::VoucherUnknown => lang.t("refusal-voucher-unknown"),
            Refusal::VoucherUsed => lang.t("refusal-voucher-used"),
            Refusal::VoucherExpired => lang.t("refusal-voucher-expired"),
            Refusal::VoucherStopped => lang.t("refusal-voucher-stopped"),
            Refusal::VoucherElsewhere => lang.t("refusal-voucher-elsewhere"),
            Refusal::VoucherAbroad => lang.t("refusal-voucher-abroad"),
            Refusal::PurchasedShort { missing_micros } => {
                lang.t1("refusal-purchased-short", "missing", lang.money_up(missing_micros))
            }
            Refusal::TooManyGifts => lang.t("refusal-too-many-gifts"),
            Refusal::GiftTooLate => lang.t("refusal-gift-too-late"),
            Refusal::DateWrong => lang.t("refusal-date-wrong"),
            Refusal::TextLong { max_chars } => lang.count("refusal-text-long", max_chars),
            Refusal::LinkExpired => lang.t("refusal-link-expired"),
            Refusal::FormatUnavailable => lang.t("refusal-format-unavailable"),
            Refusal::BalanceShort { missing_micros } => {
                lang.t1("refusal-balance-short", "missing", lang.money_up(missing_micros))
            }
            Refusal::PriceChanged => lang.t("refusal-price-changed"),
            Refusal::FormExpired => lang.t("refusal-form-expired"),
            Refusal::NothingToBuy => lang.t("refusal-nothing-to-buy"),
            Refusal::BasketFull { limit } => lang.count("refusal-basket-full", limit),
            Refusal::TooManyAttempts { retry_after_s } => {
                lang.count("refusal-too-many-attempts", retry_after_s.div_ceil(60))
            }
        }
    }
}
