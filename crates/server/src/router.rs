//! Every route of the shop, on one screen.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Method, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{MethodRouter, delete, get, post, put};
use shop::texts::Place;

use crate::api::{
    catalog, charts, consents, downloads, front, genres, gifts, openapi, operator, orders, papers, people, previews,
    royalties, topups, voices, wallet,
};
use crate::handlers::{
    account, assets, balance, basket, billing, browse, charts as chart_pages, closing, feeds, files,
    front as front_pages, gifts as gift_pages, health, machines, papers as paper, problems, purchases, redeem, reset,
    search, signing, statements, topups as topup_pages, voices as voice_pages,
};
use crate::http::{App, Kind, Problem, Visit, open_hours, request, security, visit};
use crate::pages::Lang;

/// Bytes of a request's body; orders and forms are far smaller.
const MAX_BODY_BYTES: usize = 256 << 10;
/// Bytes of a form with an operator's texts: fifty thousand letters in each language, six bytes each.
const MAX_WORDS_BYTES: usize = 1 << 20;

/// The whole shop.
pub fn router(app: App) -> Router {
    let pages = pages()
        .fallback(no_page)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(request::readable))
        .layer(from_fn_with_state(app.clone(), visit))
        .layer(from_fn_with_state(app.clone(), security::same_origin))
        .layer(from_fn(request::in_time));
    let api = api().fallback(nowhere).method_not_allowed_fallback(wrong_method).layer(from_fn(request::in_time));
    Router::new()
        .merge(files().method_not_allowed_fallback(wrong_method).layer(from_fn(request::readable)))
        .merge(pages)
        .nest(
            "/api/v1",
            api.merge(long_files())
                .layer(from_fn_with_state(app.clone(), open_hours))
                .layer(from_fn(request::readable)),
        )
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(app.clone(), security::headers))
        .layer(from_fn_with_state(app.clone(), request::follow))
        .with_state(app)
}

/// Below `/api/v1`; `api::openapi` describes the same.
fn api() -> Router<App> {
    Router::new()
        .route("/openapi.json", get(openapi::openapi))
        .route("/search", get(catalog::search))
        .route("/search/facets", get(catalog::facets))
        .route("/charts", get(charts::charts))
        .route("/suggestions", get(catalog::suggestions))
        .route("/artists/{id}", get(catalog::artist))
        .route("/releases", get(catalog::releases))
        .route("/releases/{id}", get(catalog::release))
        .route("/tracks/{id}", get(catalog::track))
        .route("/releases/{id}/notes", get(front::release_notes))
        .route("/artists/{id}/biography", get(front::biography))
        .route("/labels/{id}", get(front::label))
        .route("/labels/{id}/text", get(front::label_text))
        .route("/releases/{id}/reviews", get(voices::reviews))
        .route("/releases/{id}/rating", get(voices::rating))
        .route("/releases/{id}/bought-together", get(voices::bought_together))
        .route("/releases/{id}/review", get(voices::own_review).put(voices::write_review).delete(voices::remove_review))
        .route("/reviews/{id}/report", post(voices::report))
        .route("/me/wishes", get(voices::wishes))
        .route("/me/wishes/{id}", put(voices::wish).delete(voices::unwish))
        .route("/me/follows", get(voices::follows))
        .route("/me/follows/artists/{id}", put(voices::follow_artist).delete(voices::unfollow_artist))
        .route("/me/follows/labels/{id}", put(voices::follow_label).delete(voices::unfollow_label))
        .route("/picks", get(voices::picks))
        .route("/texts/{id}", get(front::text))
        .route("/licences", get(front::licences))
        .route("/news", get(front::news))
        .route("/news/{id}", get(front::post))
        .route("/tracks/{id}/waveform", get(previews::waveform))
        .route("/previews", get(previews::hearing))
        .route("/genres", get(genres::genres))
        .route("/genres/{id}", get(genres::genre))
        .route("/labels", get(catalog::labels))
        .route("/formats", get(catalog::formats))
        .route("/quotes", post(orders::quote))
        .route("/users", post(people::sign_up))
        .route("/sessions", post(people::sign_in))
        .route("/sessions/current", delete(people::sign_out))
        .route("/me", get(people::me).delete(people::close))
        .route("/me/consents", get(consents::consents).post(consents::agree))
        .route("/me/billing", get(consents::billing).put(consents::set_billing))
        .route("/vouchers/redeem", post(wallet::redeem))
        .route("/gifts", get(gifts::gifts).post(gifts::give))
        .route("/gifts/{id}", get(gifts::gift))
        .route("/gifts/{id}/cancel", post(gifts::cancel))
        .route("/wallet", get(wallet::wallet))
        .route("/wallet/entries", get(wallet::entries))
        .route("/topups", get(topups::topups).post(topups::start))
        .route("/topups/options", get(topups::options))
        .route("/topups/{id}", get(topups::topup))
        .route("/topups/{id}/refund", post(topups::refund))
        .route("/refunds", get(topups::refunds))
        .route("/orders", get(orders::orders).post(orders::place))
        .route("/orders/{id}", get(orders::order))
        .route("/orders/{id}/receipt", get(papers::receipt))
        .route("/orders/{id}/receipt.json", get(papers::receipt))
        .route("/orders/{id}/receipt.pdf", get(papers::receipt_as_pdf))
        .route("/orders/{id}/papers", get(papers::papers))
        .route("/papers/{id}", get(papers::paper))
        .route("/papers/{id}/pdf", get(papers::paper_as_pdf))
        .route("/keys", get(papers::keys))
        .route("/downloads/{id}/report", get(papers::reported).post(papers::report))
        .route("/downloads", get(downloads::downloads))
        .route("/downloads/links.txt", get(downloads::links))
        .merge(operator::routes::routes())
        .merge(operator::vouchers::routes())
        .merge(operator::voices::routes())
        .route("/operator/sales", get(royalties::sales))
        .route("/operator/statements", get(royalties::all_statements))
        .route("/operator/statements/{id}", get(royalties::any_statement))
        .route("/operator/statements/{id}/{kind}", get(royalties::any_paper))
        .route("/operator/payouts", get(royalties::payouts).post(royalties::pay))
        .route("/me/statements", get(royalties::own_statements))
        .route("/me/statements/{id}", get(royalties::own_statement))
        .route("/me/statements/{id}/{kind}", get(royalties::own_paper))
        .merge(operator::payments::routes())
        .merge(operator::listed::routes())
        .route("/operator/sales/{id}/refund", post(operator::refunds::refund))
        .route("/operator/ledger", get(operator::ledger::ledger))
        .route("/operator/payment-volume", get(operator::volume::volume))
}

/// The long files of the API: they take as long as they are.
fn long_files() -> Router<App> {
    Router::new()
        .route("/tracks/{id}/preview", get(previews::preview))
        .route("/operator/sales.csv", get(royalties::sales_as_csv))
}

/// Files, and what machines ask.
fn files() -> Router<App> {
    Lang::all()
        .map(|lang| feeds::routes(lang).merge(machines::routes(lang)))
        .fold(Router::new(), Router::merge)
        .route("/d/{token}/{name}", get(files::file))
        .route("/z/{token}/{name}", get(files::zip))
        .route("/assets/{file}", get(assets::asset))
        .route("/covers/{release}/{file}", get(assets::cover))
        .route("/robots.txt", get(machines::robots))
        .route("/sitemap.xml", get(machines::sitemap))
        .route("/sitemaps/{file}", get(machines::sitemap_part))
        .route("/oembed", get(machines::oembed))
        .route("/unsubscribe/{token}", get(voice_pages::unsubscribe_door).post(voice_pages::unsubscribe_at_once))
        .route("/favicon.ico", get(assets::icon))
        .route("/problems/{name}", get(problems::problem))
        .route("/webhooks/stripe", post(topups::stripe_says))
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(health::metrics))
}

/// Pages, in every language.
fn pages() -> Router<App> {
    Lang::all().map(pages_in).fold(Router::new().route("/", get(assets::home)), Router::merge)
}

fn pages_in(lang: Lang) -> Router<App> {
    let at = |path| lang.href(path);
    Router::new()
        .route(&format!("/{}", lang.code()), get(browse::home))
        .route(&at("/"), get(browse::home))
        .route(&at("/search"), get(search::search))
        .route(&at("/suggestions"), get(search::suggestions))
        .route(&at("/charts"), get(chart_pages::charts))
        .route(&at("/releases"), get(browse::newest))
        .route(&at("/releases/{id}"), get(browse::release))
        .route(&at("/artists/{id}"), get(browse::artist))
        .route(&at("/genres"), get(browse::genres))
        .route(&at("/genres/{id}"), get(browse::genre))
        .route(&at("/labels/{id}"), get(browse::label))
        .merge(Place::PAGES.into_iter().map(|place| text_page(lang, place)).fold(Router::new(), Router::merge))
        .route(&at("/releases/{id}/reviews"), get(voice_pages::reviews).post(voice_pages::write))
        .route(&at("/releases/{id}/reviews/remove"), form("/releases/{id}/reviews", post(voice_pages::remove)))
        .route(&at("/reviews/{id}/report"), get(voice_pages::report_page).post(voice_pages::report))
        .route(&at("/sizes"), form("/basket", post(browse::sizes)))
        .route(&at("/wishes"), get(voice_pages::wishes).post(voice_pages::wish))
        .route(&at("/follows"), get(voice_pages::follows).post(voice_pages::follow))
        .route(&at("/follows/letters"), form("/follows", post(voice_pages::letters)))
        .route(&at("/unsubscribe/{token}"), get(voice_pages::unsubscribe_page).post(voice_pages::unsubscribe))
        .route(&at("/picks"), get(voice_pages::picks))
        .route(&at("/labels"), get(voice_pages::labels))
        .route(&at("/licence"), get(front_pages::licence))
        .route(&at("/news"), get(front_pages::news))
        .route(&at("/news/{id}"), get(front_pages::post))
        .route(&at("/basket"), get(basket::basket).post(basket::add))
        .route(&at("/basket/remove"), form("/basket", post(basket::remove)))
        .route(&at("/buy"), get(basket::buy))
        .route(&at("/orders"), get(purchases::orders).post(basket::place))
        .route(&at("/orders/{id}"), get(purchases::order))
        .route(&at("/downloads"), get(purchases::downloads))
        .route(&at("/downloads/{id}/report"), get(purchases::report_page).post(purchases::report))
        .route(&at("/papers/{id}"), get(paper::paper))
        .route(&at("/papers/{id}/pdf"), get(paper::as_pdf))
        .route(&at("/papers/{id}/json"), get(paper::as_json))
        .route(&at("/downloads/links.txt"), get(purchases::links_txt))
        .route(&at("/balance"), get(balance::balance).post(balance::redeem_voucher))
        .route(&at("/gifts"), get(gift_pages::gifts).post(gift_pages::give))
        .route(&at("/gifts/{id}/cancel"), form("/gifts", post(gift_pages::cancel)))
        .route(&at("/redeem"), get(redeem::page).post(redeem::redeem))
        .route(&at("/statements"), get(statements::statements))
        .route(&at("/statements/{id}"), get(statements::statement))
        .route(&at("/statements/{id}/{kind}"), get(statements::file))
        .route(&at("/topups"), form("/balance", post(balance::top_up)))
        .route(&at("/topups/{id}"), get(topup_pages::topup))
        .route(&at("/topups/{id}/refund"), form("/topups/{id}", post(topup_pages::refund)))
        .route(&at("/sign-up"), get(signing::sign_up_page).post(signing::sign_up))
        .route(&at("/sign-in"), get(signing::sign_in_page).post(signing::sign_in))
        .route(&at("/sign-out"), form("/", post(signing::sign_out)))
        .route(&at("/password-reset"), get(reset::request_page).post(reset::request))
        .route(&at("/password-reset/{token}"), get(reset::new_password_page).post(reset::new_password))
        .route(&at("/account"), get(account::account))
        .route(&at("/account/billing"), get(billing::billing).post(billing::save))
        .route(&at("/account/close"), get(closing::page).post(closing::close))
        .route(&at("/account/settings"), form("/account", post(account::settings)))
        .route(&at("/account/password"), form("/account", post(account::password)))
        .route(&at("/account/sign-out-everywhere"), form("/account", post(account::sign_out_everywhere)))
        .route(&at("/api"), get(browse::api))
        .merge(operator_pages_in(lang))
}

/// Where a form is sent to that stands on another page: who comes by a bookmark, or loads its answer anew, is led to that page.
/// What stands in braces there stands at the same place here.
fn form(page: &'static str, does: MethodRouter<App>) -> MethodRouter<App> {
    does.get(async move |visit: Visit, address: Uri| {
        let here: Vec<&str> = address.path().split('/').skip(1).collect();
        let filled = page.split('/').zip(&here).map(|(part, here)| if part.starts_with('{') { here } else { part });
        Redirect::to(&visit.href(&filled.collect::<Vec<_>>().join("/")))
    })
}

/// `/about`, `/terms`, `/privacy`, `/help`.
fn text_page(lang: Lang, place: Place) -> Router<App> {
    let path = lang.href(&format!("/{}", place.name()));
    Router::new().route(
        &path,
        get(async move |State(app): State<App>, visit: Visit| front_pages::text(app, visit, place.clone()).await),
    )
}

/// What an operator sees; every handler asks for one.
fn operator_pages_in(lang: Lang) -> Router<App> {
    use crate::handlers::operator::{
        apply, genres, home, ledger, listed, listening, news, payments, royalties, tariffs, tax, texts, voices, volume,
        vouchers,
    };
    let at = |path| lang.href(path);
    let words_limit = DefaultBodyLimit::max(MAX_WORDS_BYTES);
    let codes_limit = DefaultBodyLimit::max(operator::vouchers::MAX_CODES_BYTES);
    Router::new()
        .route(&at("/operator"), get(home::home))
        .route(&at("/operator/releases"), get(listed::releases).post(listed::change_release))
        .route(&at("/operator/orders"), get(listed::orders))
        .route(&at("/operator/orders/{id}"), get(listed::order))
        .route(&at("/operator/papers/{id}/pdf"), get(listed::paper))
        .route(&at("/operator/listeners"), get(listed::listeners))
        .route(&at("/operator/listeners/{id}"), get(listed::listener))
        .route(&at("/operator/tariffs"), get(tariffs::tariffs).post(tariffs::set))
        .route(&at("/operator/royalties"), get(royalties::page))
        .route(&at("/operator/royalties/close"), form("/operator/royalties", post(royalties::close)))
        .route(&at("/operator/royalties/pay"), form("/operator/royalties", post(royalties::pay)))
        .route(&at("/operator/royalties/{id}/{kind}"), get(royalties::file))
        .route(&at("/operator/payments"), get(payments::page))
        .route(&at("/operator/payments/confirm"), form("/operator/payments", post(payments::confirm)))
        .route(&at("/operator/payments/sent"), form("/operator/payments", post(payments::sent)))
        .route(&at("/operator/payments/not-sent"), form("/operator/payments", post(payments::not_sent)))
        .route(&at("/operator/payments/refund"), form("/operator/payments", post(payments::refund)))
        .route(&at("/operator/voucher-batches"), get(vouchers::batches).post(vouchers::declare))
        .route(&at("/operator/voucher-batches/{id}"), get(vouchers::batch))
        .route(
            &at("/operator/voucher-batches/{id}/codes"),
            form("/operator/voucher-batches/{id}", post(vouchers::print)),
        )
        .route(
            &at("/operator/voucher-batches/{id}/sheet"),
            form("/operator/voucher-batches/{id}", post(vouchers::sheet)).layer(codes_limit),
        )
        .route(&at("/operator/voucher-batches/{id}/stop"), form("/operator/voucher-batches/{id}", post(vouchers::stop)))
        .route(
            &at("/operator/voucher-batches/{id}/remove"),
            form("/operator/voucher-batches/{id}", post(vouchers::remove)),
        )
        .route(&at("/operator/vouchers"), get(vouchers::look_up))
        .route(&at("/operator/ledger"), get(ledger::page))
        .route(&at("/operator/volume"), get(volume::page))
        .route(&at("/operator/tax"), get(tax::tax).post(tax::add))
        .route(&at("/operator/texts"), get(texts::page).post(texts::save).layer(words_limit))
        .route(&at("/operator/texts/remove"), form("/operator/texts", post(texts::remove)))
        .route(&at("/operator/reviews"), get(voices::reviews).post(voices::moderate))
        .route(&at("/operator/picks"), get(voices::picks).post(voices::pick))
        .route(&at("/operator/picks/remove"), form("/operator/picks", post(voices::unpick)))
        .route(&at("/operator/genres"), get(genres::page).post(genres::save))
        .route(&at("/operator/genres/remove"), form("/operator/genres", post(genres::remove)))
        .route(&at("/operator/notice"), form("/operator/texts", post(texts::notice)))
        .route(&at("/operator/news"), get(news::page).post(news::save).layer(words_limit))
        .route(&at("/operator/news/remove"), form("/operator/news", post(news::remove)))
        .route(&at("/operator/listening"), get(listening::page).post(listening::set))
        .route(&at("/operator/listening/limits"), form("/operator/listening", post(listening::limit)))
        .route(&at("/operator/listening/limits/remove"), form("/operator/listening", post(listening::remove_limit)))
        .route(&at("/operator/listening/formats"), form("/operator/listening", post(listening::formats)))
        .route(&at("/operator/listening/formats/remove"), form("/operator/listening", post(listening::remove_formats)))
        .route(&at("/operator/apply"), get(apply::page).post(apply::apply))
}

async fn nowhere() -> Problem {
    Problem::not_found("address")
}

/// No page is here; an address that is one but for a slash at its end, or for capital letters in its language, leads to it.
async fn no_page(method: Method, uri: Uri) -> Result<Redirect, Problem> {
    let reads = matches!(method, Method::GET | Method::HEAD);
    let meant = Lang::meant(uri.path()).filter(|_| reads).ok_or_else(|| Problem::not_found("address"))?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Ok(Redirect::permanent(&format!("{meant}{query}")))
}

async fn wrong_method() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "The header Allow says which methods this address answers.")
}
