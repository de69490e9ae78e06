//! What operators look up: releases, orders, listeners; that nobody else does, and that a release off sale is off.

use axum::http::StatusCode;
use serde_json::json;

use crate::operator::operator;
use crate::town::in_every_town;

#[test]
fn an_operator_finds_orders_and_listeners_and_nobody_else_does() {
    in_every_town(async |town| {
        let (ann, bob, keeper) = (
            town.listener("ann@example.org", "9.00").await,
            town.listener("bob@example.org", "9.00").await,
            operator(town).await,
        );
        let mut placed = Vec::new();
        for (person, key) in [(&ann, "1"), (&bob, "2"), (&ann, "3")] {
            let order = person.order(key, json!({ "release": town.album().await }), "mp3:cbr:128").await;
            assert_eq!(order.status, StatusCode::CREATED, "{}", order.text());
            placed.push(order.json()["id"].as_str().unwrap().to_owned());
        }
        for path in ["orders", "listeners", "releases"] {
            let refused = ann.get(&format!("/api/v1/operator/{path}")).await;
            assert_eq!(
                (refused.status, refused.problem().as_str()),
                (StatusCode::FORBIDDEN, "/problems/operator-needed")
            );
        }
        let first = keeper.get("/api/v1/operator/orders?limit=2").await.json();
        let after = first["next"].as_str().unwrap();
        let rest = keeper.get(&format!("/api/v1/operator/orders?limit=2&after={after}")).await.json();
        let found: Vec<&str> = [&first, &rest]
            .iter()
            .flat_map(|page| page["items"].as_array().unwrap())
            .map(|order| order["id"].as_str().unwrap())
            .collect();
        assert_eq!((found.len(), rest["next"].is_null()), (3, true));
        let anns = keeper.get("/api/v1/operator/orders?listener=ANN@example.org&from=2026-01-01").await.json();
        let anns = anns["items"].as_array().unwrap().clone();
        assert!(
            anns.len() == 2
                && anns.iter().all(|order| order["email"] == "ann@example.org" && order["user"] == ann.user)
        );
        for (query, field) in [
            ("listener=nobody@example.org", "listener"),
            ("from=yesterday", "from"),
            ("from=2026-02-01&until=2026-01-01", "until"),
            ("after=nonsense", ""),
        ] {
            let refused = keeper.get(&format!("/api/v1/operator/orders?{query}")).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert!(field.is_empty() || refused.json()["field"] == field, "{}", refused.text());
        }
        ann.settled(&placed[0]).await;
        assert_eq!(ann.get(&format!("/api/v1/orders/{}/receipt", placed[0])).await.status, StatusCode::OK);
        let papers = keeper.get(&format!("/api/v1/operator/orders/{}/papers", placed[0])).await.json();
        let paper = papers["items"][0]["id"].as_str().unwrap().to_owned();
        let pdf = keeper.get(&format!("/api/v1/operator/papers/{paper}/pdf")).await;
        assert_eq!((pdf.status, pdf.header("content-type")), (StatusCode::OK, Some("application/pdf")));
        assert_eq!(bob.get(&format!("/api/v1/operator/papers/{paper}")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(keeper.get("/api/v1/operator/orders/unknown").await.status, StatusCode::NOT_FOUND);

        let listed = keeper.get("/api/v1/operator/listeners?q=ann").await.json();
        let known = &listed["items"][0];
        assert_eq!((known["id"].as_str(), known["standing"].as_str()), (Some(ann.user.as_str()), Some("listener")));
        assert_eq!(keeper.get(&format!("/api/v1/operator/listeners/{}", ann.user)).await.json(), *known);
        let own = ann.get("/api/v1/wallet/entries").await.json();
        assert_eq!(keeper.get(&format!("/api/v1/operator/listeners/{}/entries", ann.user)).await.json(), own);
        assert_eq!(keeper.get("/api/v1/operator/listeners/unknown/entries").await.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn an_operator_takes_a_release_off_sale_and_puts_it_back() {
    in_every_town(async |town| {
        let (album, keeper) = (town.album().await, operator(town).await);
        let listed = |query: String| {
            let keeper = &keeper;
            async move { keeper.get(&format!("/api/v1/operator/releases?{query}")).await.json()["items"].clone() }
        };
        assert_eq!(listed(format!("q={album}")).await[0]["on_sale"], true);
        let off = keeper.post(&format!("/api/v1/operator/releases/{album}/withdraw"), &json!({})).await;
        assert_eq!((off.status, &off.json()["on_sale"]), (StatusCode::OK, &json!(false)));
        assert_eq!(town.visitor().get(&format!("/api/v1/releases/{album}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(listed("state=withdrawn".to_owned()).await[0]["id"], album);
        assert_eq!(listed(format!("q={album}&state=on_sale")).await, json!([]));
        let title = off.json()["title"].as_str().unwrap().to_owned();
        let begun: String = title.chars().take(4).collect();
        let typed = |query: &str| form_urlencoded::Serializer::new(query.to_owned()).append_pair("q", &begun).finish();
        for state in ["", "state=withdrawn"] {
            assert_eq!(listed(typed(state)).await[0]["id"], album, "{state}");
        }
        assert_eq!(listed(typed("state=on_sale")).await, json!([]));
        // A full page of withdrawn ones is followed by what the search finds, from its beginning.
        let first = keeper.get(&format!("/api/v1/operator/releases?{}", typed("limit=1"))).await.json();
        assert_eq!((first["items"].as_array().unwrap().len(), &first["next"]), (1, &json!("0")));
        let after = keeper.get(&format!("/api/v1/operator/releases?{}", typed("limit=1&after=0"))).await.json();
        assert_eq!((&after["items"], &after["next"]), (&json!([]), &json!(null)));
        let back = keeper.post(&format!("/api/v1/operator/releases/{album}/restore"), &json!({})).await;
        assert_eq!(back.json()["on_sale"], true);
        assert_eq!(town.visitor().get(&format!("/api/v1/releases/{album}")).await.status, StatusCode::OK);
        assert!(listed(String::new()).await.as_array().unwrap().iter().any(|release| release["title"] == title));
        assert_eq!(listed(typed("state=withdrawn")).await, json!([]));
        let refused = keeper.get("/api/v1/operator/releases?state=lost").await;
        assert_eq!((refused.status.as_u16(), refused.json()["field"].as_str()), (422, Some("state")));
        assert_eq!(
            keeper.post("/api/v1/operator/releases/unknown/withdraw", &json!({})).await.status,
            StatusCode::NOT_FOUND
        );
    });
}
