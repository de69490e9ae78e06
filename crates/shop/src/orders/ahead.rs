//! What looks ahead of orders ask for together: all that the quotes of many buyers rest on, each go in one statement of its
//! sort. A look that finds something else than it was told asks for itself.

use super::OrderError;
use super::asked::Request;
use super::place::before_query;
use super::quote::{queries_of_plans, queries_of_tracks, queries_of_wish};
use crate::consents;
use crate::db::{DbError, Prepare, Query, Subject, Tx};
use crate::storefronts::MAIN;
use crate::tax;

/// The look for all of them; subjects are [`Request`]s.
pub(super) static PREPARE: Prepare = Prepare { look };

fn look(tx: &mut Tx, subjects: &[Subject]) -> Result<(), DbError> {
    let requests: Vec<&Request> = subjects.iter().filter_map(|subject| subject.downcast_ref()).collect();
    tx.ask_ahead(requests.iter().flat_map(|request| first(request)))?;
    for next in [second, third] {
        // What is wrong with a request its own look finds, and says.
        let queries: Vec<Query> = requests.iter().filter_map(|request| next(tx, request).ok()).flatten().collect();
        tx.ask_ahead(queries)?;
    }
    Ok(())
}

fn first(request: &Request) -> Vec<Query> {
    let mut queries = vec![before_query(request), tax::place_query(MAIN, &request.user_id)];
    queries.extend(queries_of_wish(&request.wish, &request.user_id, request.at_us));
    queries
}

fn second(tx: &mut Tx, request: &Request) -> Result<Vec<Query>, OrderError> {
    let due = tax::due(tx, MAIN, Some(&request.user_id), request.address, request.at_us)?;
    let mut queries = queries_of_tracks(tx, &request.wish)?;
    queries.push(consents::missing_query(&request.user_id, MAIN, consents::whereabouts(due.evidence())));
    Ok(queries)
}

fn third(tx: &mut Tx, request: &Request) -> Result<Vec<Query>, OrderError> {
    queries_of_plans(tx, &request.wish, &request.user_id)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::future::join_all;
    use money::Micros;

    use super::*;
    use crate::audit::audit;
    use crate::db::Engine;
    use crate::orders::{Item, OrderState, Wish};
    use crate::test_support::{TestShop, block_on, on_both_engines};

    const BUYERS: [&str; 3] = ["a", "b", "c"];

    fn wish(item: Item) -> Wish {
        Wish::new(vec![item], "mp3:cbr:128".parse().unwrap())
    }

    #[test]
    fn all_that_quotes_rest_on_is_asked_for_together() {
        on_both_engines(|_, url| {
            block_on(async {
                let test = TestShop::open(&url).await;
                let orders = &test.shop.orders;
                let release = || wish(Item::Release("r".into()));
                let requests = BUYERS.map(|buyer| Arc::new(orders.request(buyer, "k", release())));
                let unknown = Arc::new(orders.request("a", "other", wish(Item::Track("none".into()))));
                let asked = requests.clone().into_iter().chain([unknown]).map(|r| r as Subject).collect::<Vec<_>>();
                let check = move |tx: &mut Tx| {
                    look(tx, &asked)?;
                    for request in &requests {
                        let queries = [first(request), second(tx, request)?, third(tx, request)?].concat();
                        assert!(queries.len() >= 8, "{queries:?}");
                        let is_ahead = tx.engine() == Engine::Postgres;
                        for query in &queries {
                            assert_eq!(tx.is_answered(query), is_ahead, "{query:?}");
                        }
                    }
                    Ok::<_, OrderError>(())
                };
                test.shop.db.look(check).await.unwrap();
            });
        });
    }

    #[test]
    fn of_orders_that_look_together_each_has_its_own_answer() {
        on_both_engines(|_, url| {
            block_on(async {
                let test = TestShop::open(&url).await;
                let orders = &test.shop.orders;
                for buyer in ["a", "b"] {
                    test.shop.wallet.credit(buyer, Micros(10_000_000), "welcome").await.unwrap();
                }
                let place = |user: &'static str, key: String, wish: Wish| async move {
                    orders.place_wish(user, &key, wish).await.map(|placed| placed.order)
                };
                let many = (0..24).map(|n| match n % 4 {
                    0 => place("a", format!("{n}"), wish(Item::Release("r".into()))),
                    1 => place("b", format!("{n}"), wish(Item::Release("none".into()))),
                    2 => place(
                        "a",
                        format!("{n}"),
                        Wish { code: Some("NONE".into()), ..wish(Item::Release("r".into())) },
                    ),
                    _ => place("b", "the same".to_owned(), wish(Item::Release("r".into()))),
                });
                let mut same = std::collections::BTreeSet::new();
                for (n, answer) in join_all(many).await.into_iter().enumerate() {
                    match (n % 4, answer) {
                        (0, Ok(order)) => assert_ne!(order.state, OrderState::Refunded),
                        (1, Err(OrderError::Unknown(Item::Release(id)))) => assert_eq!(id, "none"),
                        (2, Err(OrderError::CodeUnknown)) => {}
                        (3, Ok(order)) => drop(same.insert(order.id)),
                        (_, other) => panic!("{n}: {other:?}"),
                    }
                }
                assert_eq!(same.len(), 1);
                assert_eq!(audit(&test.shop, |_| ()).await.unwrap(), [""; 0]);
            });
        });
    }
}
