//! What the counter promises, on both engines: above all that holders of rights see no difference to any other sale.

use super::*;
use crate::test_support::{TestShop, block_on, on_both_engines};
use crate::vouchers::{CodeState, NewBatch, Worth};

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
