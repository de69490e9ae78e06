//! The ledger's rules, as a pure state machine: what an entry is, and when it is refused.
//!
//! **The rule that a balance cannot go below zero stands here**, in [`check`]: an account with a floor never falls under
//! it. Everything that books, and the audit that recomputes it all, asks this one function.

use std::collections::BTreeMap;

use crate::{Currency, Micros};

/// The most that one listener's account may hold, and that one posting may move: ten thousand million units, ten times what
/// a person may enter. What is summed over many accounts is summed wider ([`crate::Total`]).
pub const MAX_BALANCE: Micros = Micros(10_000_000_000 * crate::amount::PER_UNIT);

/// What an account is for. Amounts are signed as seen by whom the shop owes: a listener's balance is positive, what the
/// shop has, has given away or is owed is negative. Owners are users, storefronts, payees, or a storefront and a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A listener's free purchased credit.
    Balance,
    /// A listener's free promotional credit: given, never refunded in money.
    Promotional,
    /// A listener's free credit from vouchers that are not refundable in money.
    Voucher,
    /// Purchased credit that a listener's running orders hold.
    Held,
    /// Promotional credit that they hold.
    HeldPromotional,
    /// Voucher credit that they hold.
    HeldVoucher,
    /// What is left of a listener's disputed top-ups.
    Frozen,
    /// What a listener owes, since a top-up that he had spent was taken back.
    Receivable,
    /// Money at a provider of payments; the owner is `<storefront>.<provider>`.
    TopUpClearing,
    /// Money on its way back to those who paid it.
    Refunds,
    /// Money that disputes took back.
    Disputes,
    /// What was owed and will not come.
    WriteOff,
    /// Vouchers issued and not yet redeemed.
    VoucherLiability,
    /// What issued vouchers were given for: the other side of their liability.
    VoucherClearing,
    /// Promotional credit that the shop gave: its cost.
    OperatorCredit,
    /// What the shop earned.
    Revenue,
    /// Tax that was charged and is to be paid.
    Tax,
    /// Tax that was declared as single-purpose vouchers were made which nobody has redeemed yet.
    TaxPrepaid,
    /// What is owed to a society or another holder of rights; the owner is the payee.
    Payable,
    /// What was paid to payees; the owner is the storefront.
    Paid,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 20] = [
        Kind::Balance,
        Kind::Promotional,
        Kind::Voucher,
        Kind::Held,
        Kind::HeldPromotional,
        Kind::HeldVoucher,
        Kind::Frozen,
        Kind::Receivable,
        Kind::TopUpClearing,
        Kind::Refunds,
        Kind::Disputes,
        Kind::WriteOff,
        Kind::VoucherLiability,
        Kind::VoucherClearing,
        Kind::OperatorCredit,
        Kind::Revenue,
        Kind::Tax,
        Kind::TaxPrepaid,
        Kind::Payable,
        Kind::Paid,
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Balance => "balance",
            Kind::Promotional => "promotional",
            Kind::Voucher => "voucher",
            Kind::Held => "held",
            Kind::HeldPromotional => "held_promotional",
            Kind::HeldVoucher => "held_voucher",
            Kind::Frozen => "frozen",
            Kind::Receivable => "receivable",
            Kind::TopUpClearing => "top_up_clearing",
            Kind::Refunds => "refunds",
            Kind::Disputes => "disputes",
            Kind::WriteOff => "write_off",
            Kind::VoucherLiability => "voucher_liability",
            Kind::VoucherClearing => "voucher_clearing",
            Kind::OperatorCredit => "operator_credit",
            Kind::Revenue => "revenue",
            Kind::Tax => "tax",
            Kind::TaxPrepaid => "tax_prepaid",
            Kind::Payable => "payable",
            Kind::Paid => "paid",
        }
    }

    /// Whether its owners are listeners.
    pub fn is_listeners(self) -> bool {
        self.floor().is_some() || self == Kind::Receivable
    }

    /// The kind of that name.
    pub fn of_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The amount that the account never falls below, for those that have one: their running balance is stored. The others
    /// take part in too many entries to be one hot row; they are sums over their postings.
    pub fn floor(self) -> Option<Micros> {
        match self {
            Kind::Balance
            | Kind::Promotional
            | Kind::Voucher
            | Kind::Held
            | Kind::HeldPromotional
            | Kind::HeldVoucher
            | Kind::Frozen => Some(Micros::ZERO),
            _ => None,
        }
    }
}

/// An account: a kind, whose it is (a user's or a storefront's id), and a currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub struct Account {
    pub kind: Kind,
    pub owner: String,
    pub currency: Currency,
}

impl Account {
    /// The account's id: `kind:owner:currency`.
    pub fn id(&self) -> String {
        format!("{}:{}:{}", self.kind.name(), self.owner, self.currency)
    }

    /// The account of an id; `None` when it is not one.
    pub fn of_id(id: &str) -> Option<Account> {
        let mut parts = id.split(':');
        let kind = Kind::of_name(parts.next()?)?;
        let (owner, currency) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(Account { kind, owner, currency })
    }
}

/// One account's part in an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Posting {
    pub account: Account,
    pub amount: Micros,
}

/// Why an entry is refused, in the order in which it is checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[allow(missing_docs)]
pub enum Refusal {
    #[error("an entry has at least two postings")]
    TooFewPostings,
    #[error("a posting moves nothing")]
    NothingMoved,
    #[error("an account stands twice in one entry")]
    AccountTwice,
    #[error("the amounts do not fit")]
    Overflow,
    #[error("the postings do not sum to zero in each currency")]
    DoesNotBalance,
    #[error("{0} would fall below its floor")]
    BelowFloor(String),
    #[error("{0} would hold or move more than {MAX_BALANCE}")]
    BeyondRange(String),
}

/// Whether `postings` may be booked over `balances` (absent accounts are at zero), and the balances after it. The one
/// place where this is decided.
///
/// ```
/// use money::ledger::{check, Account, Kind, Posting, Refusal};
/// use money::{Currency, Micros};
/// let account = |kind| Account { kind, owner: "u".into(), currency: Currency::USD };
/// let spend = [
///     Posting { account: account(Kind::Balance), amount: Micros(-5) },
///     Posting { account: account(Kind::Held), amount: Micros(5) },
/// ];
/// assert!(matches!(check(&spend, |_| Some(Micros(4))), Err(Refusal::BelowFloor(_))));
/// ```
pub fn check(
    postings: &[Posting],
    balance_of: impl Fn(&Account) -> Option<Micros>,
) -> Result<BTreeMap<Account, Micros>, Refusal> {
    if postings.len() < 2 {
        return Err(Refusal::TooFewPostings);
    }
    if postings.iter().any(|p| p.amount == Micros::ZERO) {
        return Err(Refusal::NothingMoved);
    }
    let mut after = BTreeMap::new();
    let mut sums = BTreeMap::<Currency, Micros>::new();
    for posting in postings {
        let before = balance_of(&posting.account).unwrap_or_default();
        let balance = before.plus(posting.amount).ok_or(Refusal::Overflow)?;
        if after.insert(posting.account.clone(), balance).is_some() {
            return Err(Refusal::AccountTwice);
        }
        let sum = sums.entry(posting.account.currency).or_default();
        *sum = sum.plus(posting.amount).ok_or(Refusal::Overflow)?;
    }
    if sums.values().any(|sum| *sum != Micros::ZERO) {
        return Err(Refusal::DoesNotBalance);
    }
    for posting in postings.iter().filter(|p| p.amount < Micros::ZERO) {
        if posting.account.kind.floor().is_some_and(|floor| after[&posting.account] < floor) {
            return Err(Refusal::BelowFloor(posting.account.id()));
        }
    }
    let moves_too_much = |posting: &Posting| posting.amount.0.unsigned_abs() > MAX_BALANCE.0.unsigned_abs();
    let holds_too_much = |posting: &Posting| {
        posting.amount > Micros::ZERO && posting.account.kind.floor().is_some() && after[&posting.account] > MAX_BALANCE
    };
    match postings.iter().find(|posting| moves_too_much(posting) || holds_too_much(posting)) {
        Some(posting) => Err(Refusal::BeyondRange(posting.account.id())),
        None => Ok(after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn account(kind: Kind) -> Account {
        Account { kind, owner: "u1".into(), currency: Currency::USD }
    }

    fn posting(kind: Kind, amount: i64) -> Posting {
        Posting { account: account(kind), amount: Micros(amount) }
    }

    #[test]
    fn every_refusal_has_its_case() {
        use Kind::*;
        let euro = Account { currency: "EUR".parse().unwrap(), ..account(Revenue) };
        let most = MAX_BALANCE.0;
        let cases: [(&[Posting], Refusal); 10] = [
            (&[], Refusal::TooFewPostings),
            (&[posting(Balance, 1)], Refusal::TooFewPostings),
            (&[posting(Balance, 0), posting(Revenue, 0)], Refusal::NothingMoved),
            (&[posting(Balance, 1), posting(Balance, -1)], Refusal::AccountTwice),
            (&[posting(Revenue, i64::MAX), posting(OperatorCredit, i64::MAX), posting(Balance, 2)], Refusal::Overflow),
            (&[posting(Balance, 5), posting(Revenue, -4)], Refusal::DoesNotBalance),
            (&[posting(Balance, -5), Posting { account: euro, amount: Micros(5) }], Refusal::DoesNotBalance),
            (&[posting(Balance, -101), posting(Held, 101)], Refusal::BelowFloor("balance:u1:USD".into())),
            (&[posting(Revenue, -most - 1), posting(Tax, most + 1)], Refusal::BeyondRange("revenue:u1:USD".into())),
            (
                &[posting(Revenue, 99 - most), posting(Balance, most - 99)],
                Refusal::BeyondRange("balance:u1:USD".into()),
            ),
        ];
        for (postings, refusal) in cases {
            assert_eq!(check(postings, |_| Some(Micros(100))).unwrap_err(), refusal, "{postings:?}");
        }
    }

    #[test]
    fn a_balance_may_be_spent_to_the_last_micro() {
        let after = check(&[posting(Kind::Balance, -100), posting(Kind::Held, 100)], |a| {
            (a.kind == Kind::Balance).then_some(Micros(100))
        });
        assert_eq!(after.unwrap()[&account(Kind::Balance)], Micros::ZERO);
    }

    #[test]
    fn account_ids_are_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Account::of_id(&account(kind).id()), Some(account(kind)));
        }
        for id in ["", "balance", "balance:u1", "balance:u1:usd", "other:u1:USD", "balance:u1:USD:x"] {
            assert_eq!(Account::of_id(id), None, "{id}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_tried_the_sum_stays_zero_and_no_floor_is_broken(
            moves in prop::collection::vec((0..Kind::ALL.len(), 0..Kind::ALL.len(), -1_000i64..1_000), 1..200)
        ) {
            let mut balances = BTreeMap::<Account, Micros>::new();
            for (from, to, amount) in moves {
                let entry = [posting(Kind::ALL[from], -amount), posting(Kind::ALL[to], amount)];
                if let Ok(after) = check(&entry, |a| balances.get(a).copied()) {
                    balances.extend(after);
                }
                prop_assert_eq!(Micros::sum(balances.values().copied()), Some(Micros::ZERO));
                prop_assert!(balances.iter().all(|(a, b)| a.kind.floor().is_none_or(|floor| *b >= floor)));
            }
        }
    }
}
