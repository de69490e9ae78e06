//! The rules of money together, as a pure machine: hundreds of thousands of random movements in any order. The store's own
//! tests run the same sequences through both databases and compare.

mod model;

use model::{Books, Random, operation};

const OPERATIONS: u64 = 400_000;

#[test]
fn whatever_happens_sums_are_zero_no_balance_is_negative_and_the_chain_holds() {
    let (mut books, mut random) = (Books::new(12), Random(20_261_121));
    let (mut done, mut refused) = (0u64, 0u64);
    for n in 0..OPERATIONS {
        let operation = operation(&mut random, &books);
        match books.run(n, &operation) {
            Ok(_) => done += 1,
            Err(_) => refused += 1,
        }
        if n % 1_000 == 0 {
            books.judge();
        }
    }
    books.judge();
    // A test in which nearly all is refused, or nothing, would prove little.
    assert!(done > OPERATIONS / 2 && refused > OPERATIONS / 50, "{done} done, {refused} refused");
    assert!(books.recomputed_chain().is_some(), "the chain holds from the first entry to the last");
}

#[test]
fn the_same_events_again_change_nothing() {
    let (mut books, mut random) = (Books::new(5), Random(7));
    let mut seen = Vec::new();
    for n in 0..20_000 {
        let operation = operation(&mut random, &books);
        let outcome = books.run(n, &operation);
        if outcome.is_ok() {
            seen.push((n, operation));
        }
        if n % 97 == 0 {
            let before = books.clone();
            for (key, operation) in seen.iter().rev().take(20) {
                assert_eq!(books.run(*key, operation), Ok(vec![]), "{operation:?} happened already");
            }
            assert!(books == before);
        }
    }
}
