//! The same random sequence of movements through `money`'s model and through the wallet on both engines: every outcome and
//! every balance must be the same.

#[path = "../../../money/tests/books/model.rs"]
mod model;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use self::model::{Books, Operation, Random, operation, shared, user};
use super::*;
use crate::clock::Hand;
use crate::signing::Signing;
use crate::test_support::{block_on, on_both_engines};

/// Movements on each engine.
const OPERATIONS: u64 = 40_000;
/// Movements in one transaction: as many as a group commit may join.
const AT_ONCE: u64 = 200;
const START_US: i64 = 1_700_000_000_000_000;

/// The wallet, driven as the model is. Lines and top-ups are named by their numbers.
struct Driven {
    wallet: Wallet,
    books: Mutex<Books>,
    hand: Hand,
}

/// The time of a movement, from its number.
fn at_us(n: u64) -> i64 {
    START_US + n as i64 * 1_000_000
}

impl Driven {
    /// Runs movements, some of them twice, from where the model stood at `start`. Panics where the model says otherwise.
    fn run(&self, tx: &mut Tx, start: &Books, steps: &[(u64, Operation)]) -> Result<(), DbError> {
        let mut books = self.books.lock().unwrap();
        *books = start.clone();
        for (n, step) in steps {
            let outcome = self.once(tx, &books, *n, step);
            let expected = books.run(*n, step);
            if let Err(WalletError::Db(e)) = outcome {
                return Err(e);
            }
            assert_eq!(outcome.is_ok(), expected.is_ok(), "{n} {step:?}: {outcome:?}");
            if n % 5 == 0 && outcome.is_ok() {
                assert!(self.once(tx, &books, *n, step).is_ok(), "{n} {step:?} a second time");
            }
            self.hand.advance(Duration::from_secs(1));
        }
        Ok(())
    }

    /// As the nouns do it: what has an entry of this subject happened already.
    fn once(&self, tx: &mut Tx, books: &Books, n: u64, step: &Operation) -> Result<(), WalletError> {
        let key = format!("done {n}");
        if tx.row("SELECT value FROM settings_kept WHERE name = $1", params![&key])?.is_some() {
            return Ok(());
        }
        self.step(tx, books, n, step)?;
        tx.execute("INSERT INTO settings_kept (name, value) VALUES ($1, '')", params![&key])?;
        Ok(())
    }

    fn step(&self, tx: &mut Tx, books: &Books, n: u64, step: &Operation) -> Result<(), WalletError> {
        let wallet = &self.wallet;
        let moved = |tx: &mut Tx, kind: &str, from: (Kind, &str), to: (Kind, &str), amount: i64| {
            wallet.move_between(tx, kind, &n.to_string(), from, to, Micros(amount))
        };
        match *step {
            Operation::TopUp { user: of, amount } => {
                moved(tx, "topup", (Kind::TopUpClearing, "main.fake"), (Kind::Balance, &user(of)), amount)
            }
            Operation::Voucher { user: of, amount } => {
                let books = money::vouchers::Books { storefront: MAIN, currency: Currency::USD };
                wallet.redeem(tx, books, &user(of), &n.to_string(), (Micros(amount), false)).map(drop)
            }
            Operation::Gift { user: of, amount } => {
                moved(tx, "credit", (Kind::OperatorCredit, MAIN), (Kind::Promotional, &user(of)), amount)
            }
            Operation::Hold { user: of, amount } => {
                wallet.hold(tx, &user(of), &format!("order{n}"), Micros(amount)).map(drop)
            }
            Operation::Capture { hold, charged } => {
                let line = format!("line{hold}");
                let hold = books.holds.get(hold).filter(|hold| hold.is_open).ok_or(WalletError::Amount)?;
                let (owner, (tax, payables)) = (user(hold.user), shared(charged));
                let (tax, charged) = (Micros(tax), Micros(charged));
                let (held, payables) = (hold.held, payables.as_slice());
                wallet.capture(tx, &Capture { user_id: &owner, line_id: &line, held, charged, tax, payables })
            }
            Operation::GiveBack { hold } => {
                let line = format!("line{hold}");
                let hold = books.holds.get(hold).filter(|hold| hold.is_open).ok_or(WalletError::Amount)?;
                wallet.give_back(tx, &user(hold.user), &line, hold.held)
            }
            Operation::Refund { sale, amount } => {
                let sold = books.sales.get(sale).ok_or(WalletError::Amount)?;
                let line = format!("line{}", sold.hold);
                let captured = wallet.captured(tx, &user(sold.user), &line)?.ok_or(WalletError::Amount)?;
                wallet.refund(tx, &line, &captured, Micros(amount), None).map(drop)
            }
            Operation::Dispute { topup } => {
                let topup = books.topups.get(topup).filter(|t| t.frozen.is_none() && !t.is_over);
                let topup = topup.ok_or(WalletError::Amount)?;
                let owner = user(topup.user);
                let left = topup.amount.min(free(tx, &owner)?.purchased.0);
                moved(tx, "freeze", (Kind::Balance, &owner), (Kind::Frozen, &owner), left)
            }
            Operation::Lost { topup } => {
                let topup = books.topups.get(topup).ok_or(WalletError::Amount)?;
                let (owner, frozen) = (user(topup.user), topup.frozen.ok_or(WalletError::Amount)?);
                let mut postings = Vec::new();
                postings.extend(posting(Kind::Frozen, &owner, Micros(-frozen)));
                postings.extend(posting(Kind::Receivable, &owner, Micros(frozen - topup.amount)));
                postings.extend(posting(Kind::Disputes, MAIN, Micros(topup.amount)));
                let subject = n.to_string();
                wallet.book(tx, Event { kind: "lost", subject: &subject, corrects: None, postings }).map(drop)
            }
            Operation::Won { topup } => {
                let topup = books.topups.get(topup).ok_or(WalletError::Amount)?;
                let (owner, frozen) = (user(topup.user), topup.frozen.ok_or(WalletError::Amount)?);
                moved(tx, "unfreeze", (Kind::Frozen, &owner), (Kind::Balance, &owner), frozen)
            }
            Operation::Transfer { from, to } => wallet.transfer_all_in(tx, &user(from), &user(to)).map(drop),
            Operation::Expire { user: of, since } => wallet.expire_of(tx, &user(of), at_us(since)).map(drop),
            Operation::WriteOff { user: of, amount } => {
                wallet.write_off_in(tx, &user(of), Micros(amount), &n.to_string())
            }
        }
    }
}

#[test]
fn any_sequence_of_movements_ends_with_the_models_balances_on_both_engines() {
    on_both_engines(|db, _| {
        block_on(async {
            let (clock, hand) = Clock::by_hand(START_US);
            Signing::open(db.clone(), clock.clone()).await.unwrap();
            let wallet = Wallet::new(db.clone(), clock, "test");
            let driven = Arc::new(Driven { wallet, books: Mutex::new(Books::new(9)), hand });
            let (mut random, mut ahead) = (Random(42), Books::new(9));
            for first in (0..OPERATIONS).step_by(AT_ONCE as usize) {
                // Steps are chosen by a second model, which runs ahead: a job may run twice, the choice must not.
                let mut steps = Vec::new();
                for n in first..first + AT_ONCE {
                    let step = operation(&mut random, &ahead);
                    let _ = ahead.run(n, &step);
                    steps.push((n, step));
                }
                let (driven, start) = (driven.clone(), driven.books.lock().unwrap().clone());
                db.write(move |tx| driven.run(tx, &start, &steps)).await.unwrap();
            }
            driven.wallet.seal_day("2023-11-20".into()).await.unwrap();
            let books = db.read(|tx| verify::recompute(tx, &|_| ())).await.unwrap();
            assert_eq!(books.differences, [""; 0]);
            let model = driven.books.lock().unwrap();
            model.judge();
            assert!(model.recomputed_chain().is_some());
            let moved = |(account, balance): (&Account, money::Total)| {
                (balance != Micros::ZERO).then(|| (account.id(), balance.0))
            };
            let booked: Vec<_> = books.balances.iter().map(|(a, b)| (a, *b)).filter_map(moved).collect();
            let expected: Vec<_> = model.balances.iter().map(|(a, b)| (a, (*b).into())).filter_map(moved).collect();
            assert_eq!(booked, expected);
            assert!(books.entries > OPERATIONS / 2, "{} entries", books.entries);
        });
    });
}
