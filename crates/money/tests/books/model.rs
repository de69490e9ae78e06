//! A model of everything that can happen to listeners' money, made of the crate's own rules and nothing else: no clock, no
//! database. Each movement has a key, and the same key again changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use money::correction::{Sale, expired};
use money::credit::Credit;
use money::ledger::{Account, Kind, Posting, check};
use money::{Currency, Micros, chain};

/// The shop's own accounts.
pub const SHOP: &str = "main";
/// Who has a part of each sale.
pub const PAYEES: [&str; 2] = ["label", "society"];

/// Numbers that look random and are the same in every run (xorshift64).
pub struct Random(pub u64);

impl Random {
    /// The next number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound.max(1)
    }
}

/// Something that happens. Users, holds, sales and top-ups are named by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    TopUp { user: usize, amount: i64 },
    Voucher { user: usize, amount: i64 },
    Gift { user: usize, amount: i64 },
    Hold { user: usize, amount: i64 },
    Capture { hold: usize, charged: i64 },
    GiveBack { hold: usize },
    Refund { sale: usize, amount: i64 },
    Dispute { topup: usize },
    Lost { topup: usize },
    Won { topup: usize },
    Transfer { from: usize, to: usize },
    Expire { user: usize, since: u64 },
    WriteOff { user: usize, amount: i64 },
}

/// Money that orders hold, until it is captured or given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub user: usize,
    pub held: Credit,
    pub is_open: bool,
}

/// A captured hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    pub user: usize,
    pub hold: usize,
    pub sale: Sale,
    pub refunded: i64,
}

/// A top-up and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUp {
    pub user: usize,
    pub amount: i64,
    /// What its dispute froze; none when it is not disputed.
    pub frozen: Option<i64>,
    pub is_over: bool,
}

/// The books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    users: usize,
    pub balances: BTreeMap<Account, Micros>,
    pub holds: Vec<Hold>,
    pub sales: Vec<Sold>,
    pub topups: Vec<TopUp>,
    /// Promotional credit that was given: when, to whom, how much.
    given: Vec<(u64, usize, i64)>,
    done: BTreeSet<u64>,
    entries: Vec<(String, Vec<Posting>, chain::Hash)>,
}

/// Any movement that may happen next; some of them will be refused.
pub fn operation(random: &mut Random, books: &Books) -> Operation {
    let user = random.below(books.users as u64) as usize;
    let amount = random.below(2_000) as i64;
    let some = |random: &mut Random, count: usize| random.below(count as u64) as usize;
    match random.below(100) {
        0..=9 => Operation::TopUp { user, amount: amount * 3 },
        10..=14 => Operation::Voucher { user, amount },
        15..=19 => Operation::Gift { user, amount: amount / 4 },
        20..=49 => Operation::Hold { user, amount: amount / 2 },
        50..=74 => {
            let hold = lately(random, books.holds.len());
            let held = books.holds.get(hold).and_then(|h| h.held.total()).map_or(0, |t| t.0 as u64);
            // Now and then more than is held.
            Operation::Capture { hold, charged: random.below(held + held / 8 + 2) as i64 }
        }
        75..=78 => Operation::GiveBack { hold: lately(random, books.holds.len()) },
        79..=85 => Operation::Refund { sale: lately(random, books.sales.len()), amount: amount / 8 },
        86..=88 => Operation::Dispute { topup: lately(random, books.topups.len()) },
        89..=90 => Operation::Lost { topup: lately(random, books.topups.len()) },
        91..=92 => Operation::Won { topup: lately(random, books.topups.len()) },
        93..=94 => Operation::Transfer { from: user, to: some(random, books.users) },
        95..=97 => Operation::Expire { user, since: random.below(1 + books.done.len() as u64) },
        _ => Operation::WriteOff { user, amount: amount / 4 },
    }
}

/// One of the last few of `count`: what is open is rarely old.
fn lately(random: &mut Random, count: usize) -> usize {
    count.saturating_sub(1 + random.below(40) as usize)
}

pub fn user(n: usize) -> String {
    format!("user{n}")
}

fn account(kind: Kind, owner: &str) -> Account {
    Account { kind, owner: owner.to_owned(), currency: Currency::USD }
}

fn post(postings: &mut Vec<Posting>, kind: Kind, owner: &str, amount: i64) {
    if amount != 0 {
        postings.push(Posting { account: account(kind, owner), amount: Micros(amount) });
    }
}

/// The parts of a credit, with the accounts where it is free and where it is held.
fn by_kind(credit: Credit) -> [(i64, Kind, Kind); 3] {
    [
        (credit.purchased.0, Kind::Balance, Kind::Held),
        (credit.promotional.0, Kind::Promotional, Kind::HeldPromotional),
        (credit.voucher.0, Kind::Voucher, Kind::HeldVoucher),
    ]
}

/// What a sale of `charged` makes due: a fifth of it tax, a fifteenth and a seventh to the payees.
pub fn shared(charged: i64) -> (i64, Vec<(String, Micros)>) {
    let payables = PAYEES.iter().zip([15, 7]).map(|(payee, part)| ((*payee).to_owned(), Micros(charged / part)));
    (charged / 5, payables.collect())
}

impl Books {
    /// Empty books of so many users.
    pub fn new(users: usize) -> Books {
        Books {
            users,
            balances: BTreeMap::new(),
            holds: vec![],
            sales: vec![],
            topups: vec![],
            given: vec![],
            done: BTreeSet::new(),
            entries: vec![],
        }
    }

    fn of(&self, kind: Kind, owner: &str) -> i64 {
        self.balances.get(&account(kind, owner)).map_or(0, |balance| balance.0)
    }

    pub fn free(&self, owner: &str) -> Credit {
        let of = |kind| Micros(self.of(kind, owner));
        Credit { promotional: of(Kind::Promotional), voucher: of(Kind::Voucher), purchased: of(Kind::Balance) }
    }

    /// Lets it happen, or says that it cannot. Returns what was booked: nothing for a key that happened before.
    pub fn run(&mut self, key: u64, operation: &Operation) -> Result<Vec<Posting>, ()> {
        if self.done.contains(&key) {
            return Ok(vec![]);
        }
        let postings = self.postings(operation).ok_or(())?;
        if !postings.is_empty() {
            let after = check(&postings, |account| self.balances.get(account).copied()).map_err(drop)?;
            self.balances.extend(after);
            let hash = self.hash(&key.to_string(), &postings, self.entries.len());
            self.entries.push((key.to_string(), postings.clone(), hash));
        }
        self.note(key, operation, &postings);
        self.done.insert(key);
        Ok(postings)
    }

    fn postings(&self, operation: &Operation) -> Option<Vec<Posting>> {
        let mut found = Vec::new();
        let mut put = |kind, owner: &str, amount| post(&mut found, kind, owner, amount);
        match *operation {
            Operation::TopUp { user: n, amount } => {
                put(Kind::TopUpClearing, "main.fake", -amount);
                put(Kind::Balance, &user(n), amount);
            }
            Operation::Voucher { user: n, amount } => {
                put(Kind::VoucherLiability, SHOP, -amount);
                put(Kind::Voucher, &user(n), amount);
            }
            Operation::Gift { user: n, amount } => {
                put(Kind::OperatorCredit, SHOP, -amount);
                put(Kind::Promotional, &user(n), amount);
            }
            Operation::Hold { user: n, amount } => {
                for (part, free, held) in by_kind(self.free(&user(n)).take(Micros(amount))?) {
                    put(free, &user(n), -part);
                    put(held, &user(n), part);
                }
            }
            Operation::Capture { hold, charged } => {
                let hold = self.holds.get(hold).filter(|hold| hold.is_open)?;
                let (owner, spent) = (user(hold.user), hold.held.take(Micros(charged))?);
                for ((part, free, held), (back, ..)) in
                    by_kind(hold.held).into_iter().zip(by_kind(hold.held.minus(spent)?))
                {
                    put(held, &owner, -part);
                    put(free, &owner, back);
                }
                let (tax, payables) = shared(charged);
                let sale = Sale { paid: spent, tax: Micros(tax), payables };
                put(Kind::Revenue, SHOP, sale.earned()?.0);
                put(Kind::Tax, SHOP, tax);
                sale.payables.iter().for_each(|(payee, due)| put(Kind::Payable, payee, due.0));
            }
            Operation::GiveBack { hold } => {
                let hold = self.holds.get(hold).filter(|hold| hold.is_open)?;
                for (part, free, held) in by_kind(hold.held) {
                    put(held, &user(hold.user), -part);
                    put(free, &user(hold.user), part);
                }
            }
            Operation::Refund { sale, amount } => {
                let sold = self.sales.get(sale)?;
                let back = sold.sale.part(Micros(sold.refunded), Micros(amount))?;
                by_kind(back.paid).into_iter().for_each(|(part, free, _)| put(free, &user(sold.user), part));
                put(Kind::Revenue, SHOP, -back.earned()?.0);
                put(Kind::Tax, SHOP, -back.tax.0);
                back.payables.iter().for_each(|(payee, due)| put(Kind::Payable, payee, -due.0));
            }
            Operation::Dispute { topup } => {
                let topup = self.topups.get(topup).filter(|t| t.frozen.is_none() && !t.is_over)?;
                let left = topup.amount.min(self.of(Kind::Balance, &user(topup.user)));
                put(Kind::Balance, &user(topup.user), -left);
                put(Kind::Frozen, &user(topup.user), left);
            }
            Operation::Lost { topup } => {
                let topup = self.topups.get(topup)?;
                let frozen = topup.frozen?;
                put(Kind::Frozen, &user(topup.user), -frozen);
                put(Kind::Receivable, &user(topup.user), frozen - topup.amount);
                put(Kind::Disputes, SHOP, topup.amount);
            }
            Operation::Won { topup } => {
                let topup = self.topups.get(topup)?;
                let frozen = topup.frozen?;
                put(Kind::Frozen, &user(topup.user), -frozen);
                put(Kind::Balance, &user(topup.user), frozen);
            }
            Operation::Transfer { from, to } => {
                if from == to || self.of(Kind::Receivable, &user(from)) < 0 {
                    return None;
                }
                let moved = self.free(&user(from));
                for (part, free, _) in by_kind(moved) {
                    put(free, &user(from), -part);
                }
                for (part, free, _) in by_kind(moved.moved_to_another()?) {
                    put(free, &user(to), part);
                }
            }
            Operation::Expire { user: n, since } => {
                let given = self.given.iter().filter(|(at, to, _)| *at >= since && *to == n);
                let gone = expired(self.free(&user(n)).promotional, Micros(given.map(|(_, _, amount)| amount).sum()));
                put(Kind::Promotional, &user(n), -gone.0);
                put(Kind::OperatorCredit, SHOP, gone.0);
            }
            Operation::WriteOff { user: n, amount } => {
                if amount <= 0 || amount > -self.of(Kind::Receivable, &user(n)) {
                    return None;
                }
                put(Kind::WriteOff, SHOP, -amount);
                put(Kind::Receivable, &user(n), amount);
            }
        }
        Some(found)
    }

    /// Remembers what the movement means for those that follow.
    fn note(&mut self, key: u64, operation: &Operation, postings: &[Posting]) {
        match *operation {
            Operation::TopUp { user, amount } => {
                self.topups.push(TopUp { user, amount, frozen: None, is_over: amount == 0 });
            }
            Operation::Gift { user, amount } => self.given.push((key, user, amount)),
            Operation::Hold { user, .. } => {
                let of = |kind| Micros(postings.iter().filter(|p| p.account.kind == kind).map(|p| p.amount.0).sum());
                let (promotional, voucher) = (of(Kind::HeldPromotional), of(Kind::HeldVoucher));
                let held = Credit { promotional, voucher, purchased: of(Kind::Held) };
                self.holds.push(Hold { user, held, is_open: !postings.is_empty() });
            }
            Operation::Capture { hold, charged } => {
                let (tax, payables) = shared(charged);
                let of = &mut self.holds[hold];
                of.is_open = false;
                let paid = of.held.take(Micros(charged)).unwrap_or_default();
                let sale = Sale { paid, tax: Micros(tax), payables };
                self.sales.push(Sold { user: of.user, hold, sale, refunded: 0 });
            }
            Operation::GiveBack { hold } => self.holds[hold].is_open = false,
            Operation::Refund { sale, amount } => self.sales[sale].refunded += amount,
            Operation::Dispute { topup } => {
                let left = postings.iter().find(|p| p.account.kind == Kind::Frozen).map_or(0, |p| p.amount.0);
                self.topups[topup].frozen = Some(left);
            }
            Operation::Lost { topup } | Operation::Won { topup } => {
                self.topups[topup].frozen = None;
                self.topups[topup].is_over = matches!(operation, Operation::Lost { .. });
            }
            // Credit that changed hands counts as given when it did: its age is not passed on.
            Operation::Transfer { to, .. } => {
                let moved = account(Kind::Promotional, &user(to));
                let moved = postings.iter().find(|p| p.account == moved && p.amount > Micros::ZERO);
                self.given.extend(moved.map(|p| (key, to, p.amount.0)));
            }
            _ => {}
        }
    }

    /// Panics unless the books are in order.
    pub fn judge(&self) {
        assert_eq!(Micros::sum(self.balances.values().copied()), Some(Micros::ZERO));
        for (account, balance) in &self.balances {
            assert!(account.kind.floor().is_none_or(|floor| *balance >= floor), "{} at {balance}", account.id());
        }
        // Purchased credit goes back in money: nobody has more of it than his own top-ups brought.
        for n in 0..self.users {
            let brought: i64 = self.topups.iter().filter(|t| t.user == n).map(|t| t.amount).sum();
            let has: i64 = [Kind::Balance, Kind::Held, Kind::Frozen].map(|kind| self.of(kind, &user(n))).iter().sum();
            assert!(has <= brought, "{} has {has} of {brought}", user(n));
        }
        let mut held = BTreeMap::<Account, i64>::new();
        for hold in self.holds.iter().filter(|hold| hold.is_open) {
            by_kind(hold.held).into_iter().for_each(|(part, _, kind)| {
                *held.entry(account(kind, &user(hold.user))).or_default() += part;
            });
        }
        for (account, balance) in self.balances.iter().filter(|(a, _)| a.id().starts_with("held")) {
            assert_eq!(held.get(account).copied().unwrap_or(0), balance.0, "{}", account.id());
        }
        for (n, frozen) in (0..self.users).map(|n| (n, self.of(Kind::Frozen, &user(n)))) {
            let disputed: i64 = self.topups.iter().filter(|t| t.user == n).filter_map(|t| t.frozen).sum();
            assert_eq!(disputed, frozen, "{}", user(n));
        }
    }

    fn hash(&self, id: &str, postings: &[Posting], before: usize) -> chain::Hash {
        let prev = before.checked_sub(1).map_or(chain::GENESIS, |last| self.entries[last].2);
        let said = chain::Said {
            id,
            writer: "model",
            seq: before as u64 + 1,
            at_us: 0,
            kind: "move",
            subject: "",
            corrects: None,
            postings,
        };
        chain::hash(&said, &prev)
    }

    /// The head of the chain, if every entry's hash follows from the one before it.
    pub fn recomputed_chain(&self) -> Option<chain::Hash> {
        let holds = |(place, (id, postings, hash)): (usize, &(String, Vec<Posting>, chain::Hash))| {
            self.hash(id, postings, place) == *hash
        };
        let whole = self.entries.iter().enumerate().all(holds);
        self.entries.last().filter(|_| whole).map(|(_, _, hash)| *hash)
    }
}
