//! The pages through the real router: what visitors and listeners see, in both languages, without a browser.

#[path = "../program/masters.rs"]
mod masters;
mod stock;
mod visitor;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use axum::http::header;
use money::Micros;
use server::http::MAX_BASKET_ITEMS;
use server::pages::Lang;
use stock::{ALBUM, Stock, TRACKS};
use visitor::Visitor;

const PASSWORD: &str = "correct horse battery";
/// How long a file of two seconds may take to be made, on a machine that does other things.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// Somebody who has just signed up, in a language.
async fn listener(stock: &Stock, lang: Lang, email: &str) -> Visitor {
    let mut visitor = Visitor::new(&stock.routes);
    visitor.go(&lang.href("/sign-up")).await;
    let page = visitor.send(&lang.href("/sign-up"), &[("email", email), ("password", PASSWORD)]).await;
    page.says(&lang.t("notice-welcome"));
    visitor
}

async fn redeem(stock: &Stock, visitor: &mut Visitor, lang: Lang, amount: &str) {
    visitor.go(&lang.href("/balance")).await;
    let code = stock.voucher(amount).await;
    let page = visitor.send(&lang.href("/balance"), &[("code", &code)]).await;
    assert_eq!(page.status, 200);
    let micros = Micros::parse(amount, 2).unwrap();
    page.says(&lang.t1("notice-voucher-redeemed", "amount", lang.money(micros.0)));
}

/// My Downloads, once nothing on it is in the making.
async fn finished_downloads(visitor: &mut Visitor, lang: Lang) -> visitor::Answer {
    for _ in 0..READY_TIMEOUT.as_millis() / PAUSE.as_millis() {
        let page = visitor.go(&lang.href("/downloads")).await;
        assert_eq!(page.status, 200);
        if !page.html.contains("data-pending") {
            return page;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("still not made:\n{}", visitor.page.html);
}

fn english() -> Lang {
    Lang::from_code("en").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_signs_up_redeems_buys_and_finds_the_files_in_both_languages() {
    let stock = Stock::open().await;
    for lang in Lang::all() {
        let mut visitor = listener(&stock, lang, &format!("{}@example.org", lang.code())).await;
        redeem(&stock, &mut visitor, lang, "5.00").await;
        let home = visitor.go(&lang.href("/")).await;
        home.says(ALBUM);
        visitor.go(&home.link(&lang.href("/releases/"))).await;
        let item = visitor.page.values("value").into_iter().find(|value| value.starts_with("release:")).unwrap();
        visitor.go(&lang.href(&format!("/buy?item={item}&format=flac:lossless:8"))).await;
        let order = visitor.send(&lang.href("/orders"), &[]).await;
        assert_eq!(order.status, 200);
        order.says(&lang.t("notice-order-placed"));
        let downloads = finished_downloads(&mut visitor, lang).await;
        for title in TRACKS {
            downloads.says(title);
        }
        assert_eq!(downloads.html.matches("data-state=\"ready\"").count(), TRACKS.len());
        let file = visitor.go(&downloads.link("/d/")).await;
        assert_eq!((file.status, &file.bytes[..4]), (200, b"fLaC".as_slice()));
        let links = visitor.go(&downloads.link(&lang.href("/downloads/links.txt"))).await;
        assert_eq!(links.html.lines().filter(|line| line.starts_with("http://shop.example/d/")).count(), TRACKS.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_link_on_every_page_leads_somewhere() {
    let stock = Stock::open().await;
    for lang in Lang::all() {
        let mut visitor = listener(&stock, lang, &format!("{}@example.org", lang.code())).await;
        redeem(&stock, &mut visitor, lang, "5.00").await;
        let album = stock.album().await;
        visitor.go(&lang.href(&album)).await;
        visitor.send(&lang.href("/basket"), &[]).await;
        visitor.go(&lang.href("/basket")).await;
        visitor.send(&lang.href("/orders"), &[]).await;
        let (mut seen, mut ahead) = (BTreeSet::new(), VecDeque::from([lang.href("/"), lang.href("/search?q=kill")]));
        while let Some(address) = ahead.pop_front() {
            let address = address.split('#').next().unwrap().to_owned();
            if !address.starts_with('/') || !seen.insert(address.clone()) {
                continue;
            }
            let page = visitor.go(&address).await;
            assert!(matches!(page.status, 200 | 303), "{address} answers {}\n{}", page.status, page.html);
            if page.header(header::CONTENT_TYPE).starts_with("text/html") && address.starts_with(&lang.href("/")) {
                assert!(!page.html.contains("[["), "{address} lacks a text");
                ahead.extend(page.values("href").into_iter().chain(page.values("src")));
            }
        }
        for expected in ["/releases", "/balance", "/downloads", "/orders", "/basket", "/account", "/api"] {
            let address = lang.href(expected);
            assert!(seen.contains(&address), "nothing leads to {address}: {seen:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_basket_survives_signing_in() {
    let (stock, lang) = (Stock::open().await, english());
    listener(&stock, lang, "ann@example.org").await;
    let mut visitor = Visitor::new(&stock.routes);
    visitor.go(&format!("{}?format=opus:vbr:128", lang.href(&stock.album().await))).await;
    visitor.send("/en/basket", &[]).await.says(&lang.t("notice-added-to-basket"));
    let basket = visitor.go("/en/basket").await;
    basket.says(ALBUM);
    visitor.go(&basket.link("/en/sign-in?next=")).await;
    let back = visitor.send("/en/sign-in", &[("email", "Ann@Example.org"), ("password", PASSWORD)]).await;
    back.says(ALBUM);
    back.says(&lang.t("basket-sum"));
    let chosen = back.html.split("<option value=\"opus:vbr:128\"").nth(1).unwrap();
    assert!(chosen.starts_with(" selected"), "the format chosen before is still chosen");
    let empty = visitor.send("/en/basket/remove", &[]).await;
    empty.says(&lang.t("basket-empty"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_its_token_or_from_elsewhere_changes_nothing() {
    let (stock, lang) = (Stock::open().await, english());
    let mut visitor = listener(&stock, lang, "ann@example.org").await;
    let code = stock.voucher("5.00").await;
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for token in ["", "nonsense"] {
        let refused = visitor.post("/en/balance", &[field("csrf", token), field("code", &code)]).await;
        assert_eq!(refused.status, 403);
        refused.says(&lang.t("error-stale"));
    }
    let bare = visitor.post("/en/balance", &[field("code", &code)]).await;
    assert_eq!(bare.status, 403);
    let mut stranger = Visitor::new(&stock.routes);
    stranger.go("/en/sign-in").await;
    let foreign_token = stranger.hidden_fields("/en/sign-in").remove(0);
    let refused = visitor.post("/en/balance", &[foreign_token, field("code", &code)]).await;
    assert_eq!(refused.status, 403, "the token of somebody else is none");
    visitor.go("/en/balance").await;
    visitor.headers = vec![("sec-fetch-site", "cross-site")];
    assert_eq!(visitor.press("/en/balance", &[("code", &code)]).await.status, 403);
    visitor.headers.clear();
    visitor.go("/en/balance").await;
    let page = visitor.send("/en/balance", &[("code", &code)]).await;
    page.says(&lang.t1("notice-voucher-redeemed", "amount", "$5.00"));
}

/// A release's page as it stands in a tab while its reader signs out in another one.
async fn left_open(stock: &Stock, email: &str) -> (Visitor, String) {
    let mut visitor = listener(stock, english(), email).await;
    let album = format!("/en{}", stock.album().await);
    visitor.go(&album).await;
    let mut other_tab = visitor.clone();
    other_tab.go("/en/account").await;
    other_tab.send("/en/sign-out", &[]).await;
    visitor.cookies = other_tab.cookies;
    (visitor, album)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_left_open_while_somebody_signed_out_still_fills_the_basket() {
    let (stock, lang) = (Stock::open().await, english());
    for own in [("sec-fetch-site", "same-origin"), ("origin", "http://shop.example")] {
        let (mut visitor, _) = left_open(&stock, &format!("{}@example.org", own.0)).await;
        visitor.headers = vec![own];
        visitor.send("/en/basket", &[]).await.says(&lang.t("notice-added-to-basket"));
        visitor.go("/en/basket").await.says(ALBUM);
        let removed = visitor.hidden_fields("/en/basket/remove");
        visitor.headers = vec![("origin", "http://evil.example")];
        let refused = visitor.post("/en/basket/remove", &removed).await;
        assert_eq!(refused.status, 403, "a token does not outweigh what the browser says");
    }
    // A program that says nothing of where the form was has to have its token.
    let (mut visitor, _) = left_open(&stock, "ann@example.org").await;
    assert_eq!(visitor.press("/en/basket", &[]).await.status, 403);
    assert!(!visitor.cookies.contains_key("basket"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_session_says_so_and_leads_back_to_its_page() {
    let (stock, lang) = (Stock::open().await, english());
    let (mut visitor, album) = left_open(&stock, "ann@example.org").await;
    let referer: &'static str = format!("http://shop.example{album}?format=flac:lossless:8").leak();
    visitor.headers = vec![("referer", referer)];
    let fields = visitor.hidden_fields("/en/basket");
    let refused = visitor.post("/en/sizes", &fields).await;
    assert_eq!(refused.status, 403);
    refused.says(&lang.t("error-stale-text"));
    assert_eq!(refused.link("/en/releases/"), format!("{album}?format=flac:lossless:8"));
    let next = format!("{}?format=flac:lossless:8", &album[3..]);
    let next = form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>();
    refused.link(&format!("/en/sign-in?next={next}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_of_somebody_signed_out_meanwhile_comes_back_to_its_release() {
    let (stock, lang) = (Stock::open().await, english());
    let (mut visitor, album) = left_open(&stock, "ann@example.org").await;
    let sign_in = visitor.press("/en/wishes", &[]).await;
    assert_eq!(sign_in.status, 303);
    visitor.go(sign_in.header(header::LOCATION)).await;
    let who = [("email", "ann@example.org"), ("password", PASSWORD)];
    let back = visitor.press("/en/sign-in", &who).await;
    assert_eq!(back.header(header::LOCATION), format!("{album}#wish"));
    visitor.go(&album).await;
    visitor.send("/en/wishes", &[]).await.says(&lang.t("notice-wished"));
    // Other forms lead back to the page they stand on, not to an address that only takes forms.
    let (mut visitor, album) = left_open(&stock, "bob@example.org").await;
    let referer: &'static str = format!("http://shop.example{album}").leak();
    visitor.headers = vec![("referer", referer)];
    let sign_in = visitor.post(&format!("{album}/reviews"), &[]).await;
    let next = form_urlencoded::byte_serialize(&album.as_bytes()[3..]);
    assert_eq!(sign_in.header(header::LOCATION), format!("/en/sign-in?next={}", next.collect::<String>()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_says_why_and_keeps_what_was_typed_but_never_the_password() {
    let (stock, lang) = (Stock::open().await, Lang::from_code("ru").unwrap());
    listener(&stock, lang, "taken@example.org").await;
    let mut visitor = Visitor::new(&stock.routes);
    visitor.go("/ru/sign-up?next=/basket").await;
    for (email, password, why) in [
        ("not an address", PASSWORD, lang.t("refusal-email-malformed")),
        ("taken@example.org", PASSWORD, lang.t("refusal-email-taken")),
        ("new@example.org", "brief", lang.count("refusal-password-short", 8)),
    ] {
        let page = visitor.press("/ru/sign-up", &[("email", email), ("password", password)]).await;
        assert_eq!(page.status, 422);
        page.says(&why);
        assert!(page.values("value").iter().any(|value| value == email), "{email} is gone");
        assert!(!page.html.contains(password), "the page shows the password");
        assert!(visitor.hidden_fields("/ru/sign-up").contains(&("next".into(), "/basket".into())));
    }
    visitor.go("/ru/sign-in").await;
    let wrong = [("email", "taken@example.org"), ("password", "not the one")];
    let page = visitor.press("/ru/sign-in", &wrong).await;
    assert_eq!(page.status, 422);
    page.says(&lang.t("refusal-credentials-wrong"));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_balance_buys_nothing_and_says_how_much_is_missing() {
    let (stock, lang) = (Stock::open().await, english());
    stock.shop.tariffs.set_price_per_mb(Micros(10_000_000)).await.unwrap();
    let mut visitor = listener(&stock, lang, "ann@example.org").await;
    redeem(&stock, &mut visitor, lang, "1.00").await;
    let item = stock.album().await.replace("/releases/", "release:");
    let address = format!("/en/buy?item={item}&format=wav:pcm:16");
    let page = visitor.go(&address).await;
    page.says("/en/balance");
    // The page has no button then; one that was open before would still send it.
    visitor.go("/en/balance").await;
    let csrf = visitor.hidden_fields("/en/balance").remove(0);
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let purchase = [
        csrf,
        field("key", "k1"),
        field("source", "buy"),
        field("format", "wav:pcm:16"),
        field("items", &item),
        field("promise_micros", "100000000"),
    ];
    let refused = visitor.post("/en/orders", &purchase).await;
    assert_eq!(refused.status, 422);
    // Two tracks of two seconds are 705,600 bytes: $7.056 at ten dollars a megabyte.
    refused.says(&lang.t1("refusal-balance-short", "missing", "$6.06"));
    assert!(refused.values("href").contains(&"/en/balance".to_owned()));
    visitor.go("/en/orders").await.says(&lang.t("orders-empty"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_the_button_twice_is_one_order_and_a_risen_price_is_none() {
    let (stock, lang) = (Stock::open().await, english());
    let mut visitor = listener(&stock, lang, "ann@example.org").await;
    redeem(&stock, &mut visitor, lang, "5.00").await;
    let item = stock.album().await.replace("/releases/", "release:");
    let address = format!("/en/buy?item={item}&format=wav:pcm:16");
    visitor.go(&address).await;
    let form = visitor.hidden_fields("/en/orders");
    let first = visitor.post("/en/orders", &form).await;
    let again = visitor.post("/en/orders", &form).await;
    assert_eq!((first.status, again.status), (303, 303));
    assert_eq!(first.header(header::LOCATION), again.header(header::LOCATION));
    visitor.go(&address.replace("wav:pcm:16", "mp3:cbr:320")).await;
    stock.shop.tariffs.set_price_per_mb(Micros(3_000_000)).await.unwrap();
    let refused = visitor.press("/en/orders", &[]).await;
    assert_eq!(refused.status, 422);
    refused.says(&lang.t("refusal-price-changed"));
    let orders = visitor.go("/en/orders").await;
    assert_eq!(orders.values("href").iter().filter(|href| href.starts_with("/en/orders/")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_a_listener_asks_to_sign_in_and_is_nobody_elses() {
    let (stock, lang) = (Stock::open().await, english());
    let mut ann = listener(&stock, lang, "ann@example.org").await;
    redeem(&stock, &mut ann, lang, "5.00").await;
    let item = stock.album().await.replace("/releases/", "release:");
    ann.go(&format!("/en/buy?item={item}&format=wav:pcm:16")).await;
    let placed = ann.press("/en/orders", &[]).await;
    let order = placed.header(header::LOCATION).split('?').next().unwrap().to_owned();
    let mut bob = listener(&stock, lang, "bob@example.org").await;
    assert_eq!(bob.go(&order).await.status, 404);
    bob.go("/en/downloads").await.says(&lang.t("downloads-empty"));
    let mut visitor = Visitor::new(&stock.routes);
    for address in ["/en/orders", "/en/downloads", "/en/balance", "/en/account", order.as_str()] {
        let asked = visitor.go(address).await;
        assert_eq!(asked.status, 303, "{address}");
        assert!(asked.header(header::LOCATION).starts_with("/en/sign-in?next=%2F"), "{address}");
    }
    let way_in = visitor.page.header(header::LOCATION).to_owned();
    visitor.go(&way_in).await;
    let back = visitor.press("/en/sign-in", &[("email", "ann@example.org"), ("password", PASSWORD)]).await;
    assert_eq!(back.header(header::LOCATION), order);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_comes_by_a_letter_that_works_once_and_ends_every_session() {
    let (stock, lang) = (Stock::open().await, english());
    let mut ann = listener(&stock, lang, "ann@example.org").await;
    let mut visitor = Visitor::new(&stock.routes);
    let ru = Lang::from_code("ru").unwrap();
    for email in ["ann@example.org", "nobody@example.org"] {
        visitor.go("/ru/password-reset").await;
        let page = visitor.press("/ru/password-reset", &[("email", email)]).await;
        assert_eq!(page.status, 200);
        page.says(&ru.t1("reset-sent", "email", email));
    }
    let letter = only_letter(&stock).await;
    let link = letter.split("http://shop.example").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    assert!(link.starts_with("/en/password-reset/"), "the letter is in its reader's language: {link}");
    visitor.go(&link).await;
    let short = visitor.press(&link, &[("password", "brief")]).await;
    assert_eq!(short.status, 422);
    assert_eq!(visitor.press(&link, &[("password", "another horse battery")]).await.status, 303);
    assert_eq!(ann.go("/en/account").await.status, 303, "the old session has ended");
    let mut late = Visitor::new(&stock.routes);
    let used = late.go(&link).await;
    assert_eq!(used.status, 410);
    used.says(&lang.t("refusal-link-expired"));
    late.go("/en/sign-in").await;
    let fresh = [("email", "ann@example.org"), ("password", "another horse battery")];
    assert_eq!(late.press("/en/sign-in", &fresh).await.status, 303);
}

/// The one letter that the shop has sent, with its folded lines put together.
async fn only_letter(stock: &Stock) -> String {
    for _ in 0..READY_TIMEOUT.as_millis() / PAUSE.as_millis() {
        let letters = std::fs::read_dir(stock.folder.path().join("mail")).into_iter().flatten();
        let letters: Vec<_> = letters
            .filter_map(|e| Some(e.ok()?.path()))
            .filter(|p| p.extension().is_some_and(|e| e == "eml"))
            .collect();
        if let [letter] = letters.as_slice() {
            return std::fs::read_to_string(letter).unwrap().replace("=\r\n", "");
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("no letter came");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_changes_address_language_and_password() {
    let (stock, lang) = (Stock::open().await, english());
    let mut ann = listener(&stock, lang, "ann@example.org").await;
    ann.go("/en/account").await;
    let wrong = [("email", "anna@example.org"), ("language", "ru"), ("password", "not the one")];
    let refused = ann.press("/en/account/settings", &wrong).await;
    assert_eq!(refused.status, 422);
    refused.says(&lang.t("refusal-password-wrong"));
    let right = [("email", "anna@example.org"), ("language", "ru"), ("password", PASSWORD)];
    ann.send("/en/account/settings", &right).await.says(&lang.t("notice-settings-saved"));
    let user = stock.shop.users.by_email("anna@example.org").await.unwrap().unwrap();
    assert_eq!(user.language, "ru");
    let passwords = [("password", PASSWORD), ("new_password", "another horse battery")];
    ann.send("/en/account/password", &passwords).await.says(&lang.t("notice-password-changed"));
    let old = ann.cookies.clone();
    ann.send("/en/account/sign-out-everywhere", &[]).await.says(&lang.t("notice-signed-out-everywhere"));
    ann.cookies = old;
    assert_eq!(ann.go("/en/account").await.status, 303, "the cookie opens nothing any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_basket_says_so_and_stays_as_it_is() {
    let (stock, lang) = (Stock::open().await, english());
    let mut visitor = Visitor::new(&stock.routes);
    visitor.go(&lang.href(&stock.album().await)).await;
    let full: Vec<String> = (0..MAX_BASKET_ITEMS).map(|n| format!("t{n:026}")).collect();
    visitor.cookies.insert("basket".into(), full.join("."));
    let refused = visitor.press("/en/basket", &[]).await;
    assert_eq!(refused.status, 422);
    refused.says(&lang.count("refusal-basket-full", MAX_BASKET_ITEMS as u32));
    assert_eq!(visitor.cookies["basket"], full.join("."));
}

#[tokio::test(flavor = "multi_thread")]
async fn movements_of_the_balance_lead_to_their_orders() {
    let (stock, lang) = (Stock::open().await, english());
    let mut visitor = listener(&stock, lang, "ann@example.org").await;
    redeem(&stock, &mut visitor, lang, "5.00").await;
    let item = stock.album().await.replace("/releases/", "release:");
    visitor.go(&format!("/en/buy?item={item}&format=vorbis:vbr:5")).await;
    let placed = visitor.press("/en/orders", &[]).await;
    let order = placed.header(header::LOCATION).split('?').next().unwrap().to_owned();
    finished_downloads(&mut visitor, lang).await;
    let balance = visitor.go("/en/balance").await;
    // One hold, and for each track the rest that came back: the size of Vorbis is known only afterwards.
    balance.says(&lang.t("entry-released"));
    assert_eq!(balance.values("href").iter().filter(|href| **href == order).count(), 1 + TRACKS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_wrong_codes_have_to_wait() {
    let (stock, lang) = (Stock::open().await, english());
    let mut visitor = listener(&stock, lang, "ann@example.org").await;
    visitor.go("/en/balance").await;
    for _ in 0..shop::vouchers::MAX_WRONG_OF_USER {
        let page = visitor.press("/en/balance", &[("code", "0000-0000-0000-0000-0")]).await;
        assert_eq!(page.status, 422);
        page.says(&lang.t("refusal-voucher-unknown"));
    }
    let code = stock.voucher("5.00").await;
    let page = visitor.press("/en/balance", &[("code", &code)]).await;
    assert_eq!(page.status, 429);
    page.says(&lang.count("refusal-too-many-attempts", 15));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_is_met_in_his_language_also_where_there_is_nothing() {
    let stock = Stock::open().await;
    let mut visitor = Visitor::new(&stock.routes);
    for (wish, home) in [("ru-RU,ru;q=0.9,en;q=0.8", "/ru/"), ("de", "/en/")] {
        visitor.headers = vec![("accept-language", wish)];
        let front = visitor.go("/").await;
        assert_eq!((front.status, front.header(header::LOCATION)), (303, home));
    }
    for lang in Lang::all() {
        for nothing in ["/releases/999999", "/artists/x", "/genres/x", "/labels/x", "/nowhere", "/buy?item=track:x"] {
            let page = visitor.go(&lang.href(nothing)).await;
            assert_eq!(page.status, 404, "{nothing}");
            page.says(&lang.t("error-404"));
        }
        visitor.go(&lang.href("")).await.says(&lang.t("home-title"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_release_says_what_it_was_and_leads_on() {
    let stock = Stock::open().await;
    let album = stock.album().await;
    let mut buyers = Vec::new();
    for lang in Lang::all() {
        let mut buyer = listener(&stock, lang, &format!("{}@example.org", lang.code())).await;
        redeem(&stock, &mut buyer, lang, "5.00").await;
        buyer.go(&lang.href(&format!("/buy?item=release:{}", &album["/releases/".len()..]))).await;
        buyer.send(&lang.href("/orders"), &[]).await.says(&lang.t("notice-order-placed"));
        buyers.push((lang, buyer));
    }
    stock.shop.catalog.withdraw(&album["/releases/".len()..]).await.unwrap();
    for (lang, mut buyer) in buyers {
        let mut visitor = Visitor::new(&stock.routes);
        for (who, files) in [(&mut visitor, false), (&mut buyer, true)] {
            let page = who.go(&lang.href(&album)).await;
            assert_eq!(page.status, 410);
            page.says(ALBUM);
            page.says(&lang.t("withdrawn-text"));
            assert_eq!(page.html.contains(&lang.t("withdrawn-owned")), files);
            let artist = who.page.link(&lang.href("/artists/"));
            assert_eq!(who.go(&artist).await.status, 200);
        }
        buyer.go(&lang.href(&album)).await;
        assert_eq!(buyer.go(&buyer.page.link(&lang.href("/downloads"))).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_tabs_offer_is_bought_once_and_the_second_leads_to_the_files() {
    let (stock, lang) = (Stock::open().await, english());
    let mut visitor = listener(&stock, lang, "ann@example.org").await;
    redeem(&stock, &mut visitor, lang, "5.00").await;
    let album = stock.album().await;
    let buy = format!("/en/buy?item=release:{}", &album["/releases/".len()..]);
    let (mut first, mut second) = (visitor.clone(), visitor.clone());
    first.go(&buy).await;
    second.go(&buy).await;
    first.send("/en/orders", &[]).await.says(&lang.t("notice-order-placed"));
    let answer = second.press("/en/orders", &[]).await;
    assert_eq!(answer.status, 303);
    let user = stock.shop.users.by_email("ann@example.org").await.unwrap().unwrap().id;
    let orders = stock.shop.orders.list(&user, None, 10).await.unwrap().items;
    assert_eq!(orders.len(), 1);
    assert_eq!(answer.header(header::LOCATION), format!("/en/orders/{}?notice=owned", orders[0].id));
    let files = second.go(answer.header(header::LOCATION)).await;
    files.says(&lang.t("notice-owned-already"));
    files.link("/d/");
    // The page itself offers nothing to buy any more, and another format still.
    let again = second.go(&buy).await;
    again.says(&lang.t("basket-owned"));
    assert!(!again.html.contains("action=\"/en/orders\""));
    second.go(&format!("{buy}&format=flac:lossless:8")).await;
    second.send("/en/orders", &[]).await.says(&lang.t("notice-order-placed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_track_is_not_put_beside_its_album_and_the_page_says_what_is_in_the_basket() {
    let (stock, lang) = (Stock::open().await, english());
    let album = lang.href(&stock.album().await);
    let mut visitor = Visitor::new(&stock.routes);
    let named = lang.t1("in-basket-named", "title", TRACKS[0]);
    let first_track = |visitor: &Visitor| {
        let track = visitor.page.html.split("track-buy").nth(1).unwrap().split("value=\"track:").nth(1).unwrap();
        let item = format!("track:{}", track.split('"').next().unwrap());
        let mut fields = visitor.hidden_fields("/en/basket");
        fields.retain(|(name, _)| name == "csrf");
        fields.extend([("item".to_owned(), item), ("back".to_owned(), format!("{}#price", &album[3..]))]);
        fields
    };
    visitor.go(&album).await;
    let track = first_track(&visitor);
    let added = visitor.post("/en/basket", &track).await;
    visitor.go(added.header(header::LOCATION).split('#').next().unwrap()).await.says(&lang.t("notice-added-to-basket"));
    visitor.page.says(&named);
    assert_eq!(visitor.page.html.matches("✓</a>").count(), 1, "the other track is not in it");
    // The album takes the place of its track, and then has every track.
    visitor.send("/en/basket", &[]).await.says(&lang.t("notice-added-to-basket"));
    assert_eq!(visitor.page.html.matches("✓</a>").count(), TRACKS.len());
    assert_eq!(visitor.go("/en/basket").await.html.matches("class=\"line\"").count(), 1);
    let refused = visitor.post("/en/basket", &track).await;
    let said = visitor.go(refused.header(header::LOCATION).split('#').next().unwrap()).await;
    said.says(&lang.t("notice-in-album-already"));
    assert_eq!(visitor.go("/en/basket").await.html.matches("class=\"line\"").count(), 1);
    // A basket from before that has both says why the track costs nothing more.
    let id = |item: &str| item.split(':').nth(1).unwrap().to_owned();
    let both = format!("r{}.t{}", &album["/en/releases/".len()..], id(&track[1].1));
    visitor.cookies.insert("basket".to_owned(), both);
    visitor.go("/en/basket").await.says(&lang.t("item-within"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_is_reported_once_it_is_said_what_is_wrong() {
    let stock = Stock::open().await;
    for lang in Lang::all() {
        let mut visitor = listener(&stock, lang, &format!("{}@example.org", lang.code())).await;
        redeem(&stock, &mut visitor, lang, "5.00").await;
        visitor.go(&lang.href(&format!("/buy?item=release:{}", &stock.album().await["/releases/".len()..]))).await;
        visitor.send(&lang.href("/orders"), &[]).await;
        let downloads = finished_downloads(&mut visitor, lang).await;
        assert!(!downloads.html.contains("<form class=\"file-note\""), "nothing is reported by one tap");
        let form = downloads.link(&lang.href("/downloads/0"));
        visitor.go(&form).await.says(TRACKS[0]);
        assert_eq!(visitor.page.link(&lang.href("/downloads")), lang.href("/downloads"), "there is a way back");
        let nothing = visitor.press(&form, &[]).await;
        assert_eq!(nothing.status, 422);
        nothing.says(&lang.t("bad-file-refused"));
        visitor.go(&form).await;
        visitor.press(&form, &[("wrong", "other")]).await.says(&lang.t("bad-file-other-text"));
        let untouched = visitor.go(&lang.href("/downloads")).await;
        assert!(
            !untouched.html.contains(&lang.t("defect-checking")) && !untouched.html.contains(&lang.t("defect-fine"))
        );
        visitor.go(&form).await;
        visitor.send(&form, &[("wrong", "noise")]).await.says(&lang.t("notice-defect-reported"));
        let mut stranger = listener(&stock, lang, &format!("other-{}@example.org", lang.code())).await;
        assert_eq!(stranger.go(&form).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_a_slash_too_many_or_a_language_in_capitals_leads_to_its_page() {
    let stock = Stock::open().await;
    let mut visitor = Visitor::new(&stock.routes);
    for (address, meant) in [
        ("/en/releases/", "/en/releases"),
        ("/ru/search/?q=a&kind=track", "/ru/search?q=a&kind=track"),
        ("/EN/", "/en/"),
        ("/EN", "/en/"),
        ("/Ru/charts/", "/ru/charts"),
        ("/en/releases//", "/en/releases"),
    ] {
        let answer = visitor.go(address).await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (308, meant), "{address}");
        assert_eq!(visitor.go(meant).await.status, 200, "{meant}");
    }
    for nowhere in ["//evil.example/", "/de/", "/en/nowhere", "/EN//evil.example"] {
        let answer = visitor.go(nowhere).await;
        let leads = answer.header(header::LOCATION);
        assert!(answer.status == 404 || leads.starts_with("/en/"), "{nowhere} leads to {leads}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_owns_a_release_is_not_asked_to_wish_for_it_nor_to_report_himself() {
    let (stock, lang) = (Stock::open().await, english());
    let album = lang.href(&stock.album().await);
    let mut buyer = listener(&stock, lang, "ann@example.org").await;
    redeem(&stock, &mut buyer, lang, "5.00").await;
    buyer.go(&album).await.says(&lang.t("wish-add"));
    buyer.go(&format!("/en/buy?item=release:{}", &album["/en/releases/".len()..])).await;
    buyer.send("/en/orders", &[]).await;
    finished_downloads(&mut buyer, lang).await;
    let owned = buyer.go(&album).await;
    assert!(!owned.html.contains(&lang.t("wish-add")));
    assert!(!buyer.go(&format!("{album}?format=flac:lossless:8")).await.html.contains(&lang.t("wish-add")));
    let reviews = format!("{album}/reviews");
    buyer.go(&reviews).await;
    buyer.send(&reviews, &[("stars", "5"), ("words", "Fine")]).await;
    let mut visitor = Visitor::new(&stock.routes);
    let report = visitor.go(&album).await.link("/en/reviews/");
    let own = buyer.go(&album).await;
    own.says("Fine");
    assert!(!own.html.contains(&lang.t("review-report")));
    buyer.go(&report).await;
    let refused = buyer.press(&report, &[("reason", "mine")]).await;
    assert_eq!(refused.status, 422);
    refused.says(&lang.t("review-refused-own"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_chart_leads_on() {
    let stock = Stock::open().await;
    for lang in Lang::all() {
        let empty = Visitor::new(&stock.routes).go(&lang.href("/charts?period=day")).await;
        empty.says(&lang.t("charts-empty"));
        let onward = empty.html.split("class=\"empty\"").nth(1).unwrap().split("</p>").next().unwrap();
        assert!(onward.contains(&lang.href("/releases")) && onward.contains(&lang.t("charts-all")), "{onward}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_follow_the_format_and_search_finds_by_the_beginning_of_a_word() {
    let (stock, lang) = (Stock::open().await, english());
    let mut visitor = Visitor::new(&stock.routes);
    let album = lang.href(&stock.album().await);
    // 705,600 bytes of samples, at two cents a megabyte until somebody sets another tariff.
    visitor.go(&format!("{album}?format=wav:pcm:16")).await.says(&lang.money_range(14_112, 14_112));
    let unavailable = visitor.go(&format!("{album}?format=wav:pcm:24")).await;
    assert_eq!(unavailable.status, 200);
    for (words, kind, found) in [("fir", "track", TRACKS[0]), ("втор", "", TRACKS[1]), ("kill", "release", ALBUM)] {
        let address = form_urlencoded::Serializer::new("/en/search?".to_owned())
            .extend_pairs([("q", words), ("kind", kind)])
            .finish();
        let mut page = visitor.go(&address).await;
        for _ in 0..READY_TIMEOUT.as_millis() / PAUSE.as_millis() {
            if page.html.contains("/en/releases/") && page.html.contains("class=\"cover\"") {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            page = visitor.go(&address).await;
        }
        page.says(found);
    }
    visitor.go("/en/search?q=zzzzzz").await.says(&lang.t("search-nothing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_tops_up_by_transfer_and_gets_it_back_in_both_languages() {
    let stock = Stock::open().await;
    let mut visitor = listener(&stock, english(), "nobody@example.org").await;
    visitor.go("/en/balance").await.says(&english().t("topup-none"));
    let rules = shop::payments::Rules { transfer_details: Some("IBAN <XX00>".into()), ..Default::default() };
    stock.shop.db.write(move |tx| shop::payments::put_rules(tx, "main", &rules, 0)).await.unwrap();
    for (n, lang) in Lang::all().enumerate() {
        let mut visitor = listener(&stock, lang, &format!("listener{n}@example.org")).await;
        let (balance, topups) = (lang.href("/balance"), lang.href("/topups"));
        visitor.go(&balance).await;
        let wrong = visitor.press(&topups, &[("amount", "other"), ("other", "1e9"), ("provider", "transfer")]).await;
        assert_eq!(wrong.status, 422);
        wrong.says(&lang.t("refusal-amount-malformed"));
        visitor.go(&balance).await;
        let little = visitor.press(&topups, &[("amount", "other"), ("other", "1"), ("provider", "transfer")]).await;
        little.says(&lang.t2(
            "refusal-amount-out-of-range",
            ("min", lang.money(5_000_000)),
            ("max", lang.money(200_000_000)),
        ));
        visitor.go(&balance).await;
        let page = visitor.send(&topups, &[("amount", "25000000"), ("other", ""), ("provider", "transfer")]).await;
        page.says(&lang.t("topup-pending"));
        page.says("IBAN <XX00>");
        let pending = stock.shop.payments.transfers(Some(shop::payments::State::Pending), None, 10).await.unwrap();
        let reference = pending.items[0].provider_ref.clone().unwrap();
        page.says(&reference);
        stock.shop.payments.confirm_transfer(&reference, Micros(25_000_000), &format!("bank-{n}")).await.unwrap();
        let address = format!("{topups}/{}", pending.items[0].id);
        visitor.go(&address).await.says(&lang.t("topup-posted"));
        let asked = visitor.send(&format!("{address}/refund"), &[]).await;
        asked.says(&lang.t("notice-refund-begun"));
        let page = visitor.go(&balance).await;
        page.says(&lang.t("entry-topped-up"));
        page.says(&lang.t("entry-paid-back"));
        page.says(&lang.money(0));
        let strangers = visitor.go(&format!("{topups}/unknown")).await;
        assert_eq!(strangers.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_confirms_a_transfer_gives_a_part_back_and_says_what_could_not_be_sent() {
    let stock = Stock::open().await;
    let rules = shop::payments::Rules { transfer_details: Some("IBAN XX00".into()), ..Default::default() };
    stock.shop.db.write(move |tx| shop::payments::put_rules(tx, "main", &rules, 0)).await.unwrap();
    let keeper = "keeper@example.org";
    stock.shop.users.create(keeper, PASSWORD, shop::users::Role::Operator, "en").await.unwrap();
    for lang in Lang::all() {
        let email = format!("{}@example.org", lang.code());
        let mut payer = listener(&stock, lang, &email).await;
        payer.go(&lang.href("/balance")).await;
        payer.send(&lang.href("/topups"), &[("amount", "25000000"), ("provider", "transfer")]).await;
        assert_eq!(payer.go(&lang.href("/operator/payments")).await.status, 403);

        let mut operator = Visitor::new(&stock.routes);
        operator.go(&lang.href("/sign-in")).await;
        operator.send(&lang.href("/sign-in"), &[("email", keeper), ("password", PASSWORD)]).await;
        let (page, confirm) = (lang.href("/operator/payments"), lang.href("/operator/payments/confirm"));
        let (back, not_sent) = (lang.href("/operator/payments/refund"), lang.href("/operator/payments/not-sent"));
        operator.go(&page).await.says(&email);
        let topups = stock.shop.payments.transfers(None, None, 1).await.unwrap();
        let topup = &topups.items[0];
        let bank = format!("bank-{}", lang.code());
        let fields = [("transfer", topup.id.as_str()), ("amount", "25,00"), ("payment_ref", bank.as_str())];
        assert_eq!(operator.send(&confirm, &fields).await.status, 200);

        let nobody = operator.go(&format!("{page}?email=nobody@example.org")).await;
        nobody.says(&lang.t("payments-nobody"));
        operator.go(&format!("{page}?email={email}")).await.says(&topup.id);
        assert_eq!(operator.press(&back, &[("amount", "x")]).await.status, 422);
        operator.page.says(&lang.t("refusal-amount-malformed"));
        assert_eq!(operator.press(&back, &[("amount", "26.00")]).await.status, 422);
        assert_eq!(operator.send(&back, &[("amount", "10.00")]).await.status, 200);
        let balance = async || stock.shop.wallet.balance(&topup.user_id).await.unwrap().balance_micros;
        assert_eq!(balance().await, 15_000_000);
        for _ in 0..READY_TIMEOUT.as_millis() / PAUSE.as_millis() {
            if operator.go(&page).await.html.contains(&not_sent) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        assert_eq!(operator.send(&not_sent, &[("reason", "the account is closed")]).await.status, 200);
        assert_eq!(balance().await, 25_000_000);

        let now = operator.go(&lang.href("/operator/apply?now=1")).await;
        now.says("[[topup-rules]]");
        assert_eq!(now.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fits_no_master_is_not_offered_and_what_is_owned_is_shown_as_bought() {
    let (stock, lang) = (Stock::open().await, english());
    let mut visitor = listener(&stock, lang, "ann@example.org").await;
    redeem(&stock, &mut visitor, lang, "5.00").await;
    let album = lang.href(&stock.album().await);
    let page = visitor.go(&format!("{album}?format=wav:pcm:24")).await;
    assert!(page.html.contains("<option value=\"wav:pcm:16\"") && !page.html.contains("<option value=\"wav:pcm:24\""));
    page.says(&lang.t2("format-instead", ("wanted", "WAV 24 bit"), ("shown", "MP3 320 kbit/s")));
    let item = page.values("value").into_iter().find(|value| value.starts_with("release:")).unwrap();
    let added = visitor.send("/en/basket", &[]).await;
    added.says(&lang.t("notice-added-to-basket"));
    added.says(&lang.t("in-basket"));
    for address in [format!("/en/buy?item={item}&format=wav:pcm:24"), "/en/basket?format=wav:pcm:24".to_owned()] {
        let unfit = visitor.go(&address).await;
        unfit.says(&lang.t1("item-unfit", "format", "WAV 24 bit"));
        assert!(!unfit.html.contains("promise_micros") && !unfit.html.contains("<option value=\"wav:pcm:24\""));
    }
    visitor.go(&format!("/en/buy?item={item}&format=mp3:cbr:320")).await;
    visitor.send("/en/orders", &[]).await.says(&lang.t("notice-order-placed"));
    finished_downloads(&mut visitor, lang).await;
    let bought = visitor.go(&format!("{album}?format=mp3:cbr:320")).await;
    bought.says(&lang.t("release-download"));
    for title in TRACKS {
        bought.says(&lang.t1("track-bought-named", "title", title));
    }
    bought.link("/en/orders/");
    let better = visitor.go(&format!("{album}?format=wav:pcm:16")).await;
    better.says(&lang.t("price-lowered"));
    let price = better.html.split("data-total>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    visitor.go(&format!("/en/buy?item={item}&format=wav:pcm:16")).await.says(&price);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exact_price_is_found_out_before_buying_without_scripts() {
    let (stock, lang) = (Stock::open().await, english());
    let mut visitor = Visitor::new(&stock.routes);
    let album = lang.href(&stock.album().await);
    let page = visitor.go(&format!("{album}?format=flac:lossless:8")).await;
    page.says(&lang.t("price-range-promise"));
    let asked = visitor.press("/en/sizes", &[]).await;
    let waiting = asked.header(header::LOCATION).to_owned();
    assert!(asked.status == 303 && waiting.contains("&sizing="), "{waiting}");
    for _ in 0..READY_TIMEOUT.as_millis() / PAUSE.as_millis() {
        let page = visitor.go(&waiting).await;
        assert_eq!(page.status, 200);
        if !page.html.contains("http-equiv=\"refresh\"") {
            assert!(!page.html.contains(&lang.t("price-range-promise")) && !page.html.contains("/en/sizes"));
            return;
        }
        page.says("Finding out the exact price");
        tokio::time::sleep(PAUSE).await;
    }
    panic!("still not found:\n{}", visitor.page.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_form_leads_to_its_page_when_it_is_opened() {
    let (stock, lang) = (Stock::open().await, english());
    let mut visitor = listener(&stock, lang, "ann@example.org").await;
    let source = include_str!("../../src/router.rs").split_whitespace().collect::<Vec<_>>().join(" ");
    let routes: Vec<(&str, &str)> =
        source.split("&at(\"").skip(1).filter_map(|rest| rest.split_once("\"), ")).collect();
    let at = |path: &str| lang.href(&path.replace("{id}", "a%20b"));
    let mut led = 0;
    for (path, answers) in
        routes.iter().filter(|(_, answers)| answers.split(".route(").next().unwrap().contains("post("))
    {
        let answer = visitor.go(&at(path)).await;
        assert_ne!(answer.status, 405, "{path} by GET");
        let Some((page, _)) = answers.strip_prefix("form(\"").and_then(|rest| rest.split_once('"')) else { continue };
        assert_eq!((answer.status, answer.header(header::LOCATION)), (303, at(page).as_str()), "{path}");
        let is_page = |(other, answers): &(&str, &str)| *other == page && answers.starts_with("get(");
        assert!(routes.iter().any(is_page), "{path} leads to {page}, which is no page");
        led += 1;
    }
    assert!(led >= 30, "{led} were found");
}
