//! What the counter promises, on both engines: above all that holders of rights see no difference to any other sale.

use money::price::Terms;

use super::*;
use crate::orders::OrderState;
use crate::payments::{AskedBy, PaymentError, RefundState};
use crate::storefronts::MAIN;
use crate::tax::{TaxRate, rates};
use crate::test_support::{TestShop, block_on, on_both_engines};
use crate::vouchers::{CodeState, NewBatch, Worth};
use crate::work::Work;

const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

async fn release_voucher(town: &TestShop, id: &str, most: i64) -> String {
    let worth = Worth::Release { release_id: "r".to_owned(), most: Micros(most) };
    let batch = NewBatch { worth, count: 1, ..NewBatch::of_money(id, Micros::ZERO, 1) };
    town.shop.vouchers.declare_and_print(batch).await.unwrap().remove(0).code
}

async fn audited(town: &TestShop) {
    assert_eq!(crate::audit::audit(&town.shop, |_| ()).await.unwrap(), Vec::<String>::new());
}

#[test]
fn a_voucher_for_a_release_buys_it_in_the_format_chosen() {
    on_both_engines(|_, url| {
        block_on(async {
            let town = TestShop::open(&url).await;
            let counter = &town.shop.redemptions;
            let wav: Format = "wav:pcm:16".parse().unwrap();
            let items = [Item::Release("r".to_owned())];
            let price = town.shop.orders.quote(items.to_vec(), wav).await.unwrap().total_micros;
            let code = release_voucher(&town, "release", 1_000_000).await;
            audited(&town).await;
            match counter.redeem("a", HOME, &code, None).await {
                Err(RedemptionError::Voucher(VoucherError::ChooseFormat { release_id, most })) => {
                    assert_eq!((release_id.as_str(), most), ("r", Micros(1_000_000)));
                }
                other => panic!("{other:?}"),
            }
            let Ok(Redemption::Release(order)) = counter.redeem("a", HOME, &code, Some(wav)).await else {
                panic!("the release is ordered");
            };
            assert_eq!((order.lines.len(), order.held_micros), (3, price));
            let has = town.shop.wallet.balance("a").await.unwrap();
            assert_eq!((has.balance_micros, has.held_micros), (0, price), "exactly the price was given, and is held");
            let again = counter.redeem("b", HOME, &code, Some(wav)).await;
            assert!(matches!(again, Err(RedemptionError::Voucher(VoucherError::Used))), "{again:?}");
            audited(&town).await;
        });
    });
}

#[test]
fn unspent_credit_of_a_refundable_voucher_goes_back_in_money_by_hand() {
    on_both_engines(|_, url| {
        block_on(async {
            let town = TestShop::open(&url).await;
            let (payments, ten) = (&town.shop.payments, Micros(10_000_000));
            let batch = NewBatch { refundable_in_money: true, ..NewBatch::of_money("paid", ten, 1) };
            let code = town.shop.vouchers.declare_and_print(batch).await.unwrap().remove(0).code;
            town.shop.redemptions.redeem("a", HOME, &code, None).await.unwrap();
            audited(&town).await;
            let held =
                town.shop.orders.place("a", "k", vec![Item::Release("r".to_owned())], "wav:pcm:16".parse().unwrap());
            let held = held.await.unwrap().order.held_micros;
            let (topup, left) = payments.topups("a", None, 10).await.unwrap().items.remove(0);
            assert_eq!((topup.provider.as_str(), topup.received_micros, left.0), ("voucher", ten.0, ten.0 - held));
            let beyond = payments.refund("a", &topup.id, (Some(ten), AskedBy::Listener), "too much").await;
            assert!(matches!(beyond, Err(PaymentError::NothingLeft { .. })), "{beyond:?}");
            let (refund, _) = payments.refund("a", &topup.id, (None, AskedBy::Listener), "back").await.unwrap();
            let cents = left.0 - left.0 % 10_000;
            assert_eq!((refund.paid_micros, refund.taken_micros), (cents, cents));
            payments.tick().await.unwrap();
            audited(&town).await;
            let refund = payments.refund_sent_by_hand(&refund.id, "a letter with a cheque").await.unwrap();
            assert_eq!(refund.state, RefundState::Done);
            assert_eq!(town.shop.wallet.balance("a").await.unwrap().balance_micros, ten.0 - held - cents);
            audited(&town).await;
        });
    });
}

#[test]
fn a_release_that_costs_more_than_its_voucher_leaves_the_voucher_open() {
    on_both_engines(|_, url| {
        block_on(async {
            let town = TestShop::open(&url).await;
            let wav: Format = "wav:pcm:16".parse().unwrap();
            let code = release_voucher(&town, "small", 10_000).await;
            let refused = town.shop.redemptions.redeem("a", HOME, &code, Some(wav)).await;
            assert!(matches!(refused, Err(RedemptionError::TooDear { most: Micros(10_000), .. })), "{refused:?}");
            let row = town.shop.vouchers.by_serial("small-00001").await.unwrap().unwrap();
            assert_eq!(row.state, CodeState::Open);
            audited(&town).await;
        });
    });
}

#[test]
fn a_voucher_for_a_release_is_redeemed_once_at_the_same_instant() {
    on_both_engines(|_, url| {
        block_on(async {
            let town = TestShop::open(&url).await;
            let wav: Format = "wav:pcm:16".parse().unwrap();
            let code = release_voucher(&town, "release", 1_000_000).await;
            let tries = ["a", "b", "a", "b"].map(|user| town.shop.redemptions.redeem(user, HOME, &code, Some(wav)));
            let done = futures_util::future::join_all(tries).await;
            assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 1, "{done:?}");
            audited(&town).await;
        });
    });
}

#[test]
fn other_codes_need_no_format_and_unknown_ones_say_nothing() {
    on_both_engines(|_, url| {
        block_on(async {
            let town = TestShop::open(&url).await;
            let code = town.shop.vouchers.create(Micros(10_000_000), 1).await.unwrap().remove(0);
            let redeemed = town.shop.redemptions.redeem("a", HOME, &code, None).await;
            assert!(matches!(redeemed, Ok(Redemption::Credit(Redeemed::Money { balance_micros: 10_000_000, .. }))));
            let wav: Format = "wav:pcm:16".parse().unwrap();
            for typed in ["nonsense", "0000-0000-0000-0000-0"] {
                let refused = town.shop.redemptions.redeem("a", HOME, typed, Some(wav)).await;
                assert!(matches!(refused, Err(RedemptionError::Voucher(VoucherError::Unknown))), "{refused:?}");
            }
        });
    });
}

/// What stands on an account that has one owner.
async fn stands(town: &TestShop, kind: &str) -> i64 {
    let trials = town.shop.wallet.trial_balance(i64::MAX).await.unwrap();
    let lines = trials.iter().flat_map(|trial| &trial.lines).filter(|line| line.kind == kind);
    lines.map(|line| line.balance.0 as i64).sum()
}

async fn german_tax(town: &TestShop) {
    let rate = TaxRate {
        id: "de".into(),
        storefront: MAIN.into(),
        country: "DE".into(),
        from_day: "2021-01-01".into(),
        rate_ppm: 190_000,
        note: String::new(),
    };
    town.shop.db.write(move |tx| rates::put(tx, &rate, 0)).await.unwrap();
}

fn single_purpose(id: &str) -> NewBatch {
    let worth = Worth::Release { release_id: "r".to_owned(), most: Micros(1_190_000) };
    NewBatch { worth, taxed_in: "DE".parse().ok(), ..NewBatch::of_money(id, Micros::ZERO, 2) }
}

#[test]
fn a_single_purpose_voucher_is_taxed_once_when_it_is_made_and_redeemed_in_its_country_alone() {
    on_both_engines(|_, url| {
        block_on(async {
            let town = TestShop::open(&url).await;
            let work = Work::start(&town.shop).await.unwrap();
            let early = town.shop.vouchers.declare_and_print(single_purpose("early")).await;
            let Err(VoucherError::Refused(refused)) = early else { panic!("no rate is declared") };
            assert!(refused.to_string().contains("no tax rate is in force in DE"), "{refused}");
            german_tax(&town).await;
            let codes = town.shop.vouchers.declare_and_print(single_purpose("single")).await.unwrap();
            assert_eq!((stands(&town, "tax").await, stands(&town, "tax_prepaid").await), (380_000, -380_000));
            audited(&town).await;
            let wav: Format = "wav:pcm:16".parse().unwrap();
            let counter = |country: &str| town.shop.redemptions.seen_from(country.parse().ok());
            let abroad = counter("FR").redeem("a", HOME, &codes[0].code, Some(wav)).await;
            assert!(matches!(abroad, Err(RedemptionError::TaxedElsewhere(_))), "{abroad:?}");
            let Ok(Redemption::Release(order)) = counter("DE").redeem("a", HOME, &codes[0].code, Some(wav)).await
            else {
                panic!("the release is ordered");
            };
            let charged = settled(&town, &order.id).await;
            assert!(charged > 0 && charged < 1_190_000, "{charged}");
            let tax = Terms { tax_ppm: 190_000, ..Terms::default() }.tax_in(Micros(charged)).unwrap().0;
            // Each line is rounded by itself.
            let lost = -stands(&town, "write_off").await;
            assert!((lost - (190_000 - tax)).abs() <= 2, "{lost} of 190000 when the sale has {tax}");
            assert_eq!((stands(&town, "tax").await, stands(&town, "tax_prepaid").await), (380_000, -190_000));
            audited(&town).await;
            work.stop().await;
            town.shop.vouchers.stop("single", None).await.unwrap();
            assert_eq!((stands(&town, "tax").await, stands(&town, "tax_prepaid").await), (190_000, 0));
            audited(&town).await;
        });
    });
}

/// What all lines of an order were charged.
async fn settled(town: &TestShop, order_id: &str) -> i64 {
    for _ in 0..600 {
        let order = town.shop.orders.get("a", order_id).await.unwrap().unwrap();
        if order.state == OrderState::Charged {
            return order.charged_micros;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the order was not settled within 30 s");
}
