//! `/operator/news`: posts are written, changed and taken away.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::clock::{moment_from, moment_of};
use shop::declared::{Refused, in_language};
use shop::news::{self, Post};
use shop::storefronts::MAIN;

use super::texts::{Form, field, told, typed, words};
use crate::handlers::shown;
use crate::http::{App, Operating, Paging, Posted, Problem, Query, Visit};
use crate::pages::operator::{NewsRow, OperatorNewsPage};

const PAGE: &str = "/operator/news";
/// Posts of a page.
const POSTS: u32 = 50;

/// Which post is in the form.
#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    edit: String,
}

/// `/operator/news`
pub async fn page(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(asked): Query<Asked>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let mut page = list(&app, &visit, paging).await?;
    if !asked.edit.is_empty() {
        let id = asked.edit.clone();
        let post = app.shop.db.read(move |tx| news::find(tx, &id)).await?.ok_or_else(|| Problem::not_found("post"))?;
        page.words = words(&post.titles, &post.texts);
        page.published = moment_of(post.published_us);
        page.id = post.id;
    }
    shown::html(page)
}

async fn list(app: &App, visit: &Visit, paging: Paging) -> Result<OperatorNewsPage, Problem> {
    let (is_first, after, now_us) = (paging.after.is_none(), paging.after, app.shop.clock.now_us());
    let posts = app.shop.db.read(move |tx| news::list(tx, after.as_deref(), POSTS)).await?;
    let row = |post: Post| NewsRow {
        title: in_language(&post.titles, visit.lang().code()).unwrap_or_default().1.to_owned(),
        id: post.id,
        published_us: post.published_us,
        is_out: post.published_us <= now_us,
    };
    Ok(OperatorNewsPage {
        page: visit.layout_of(PAGE),
        pager: shown::pager(visit, PAGE, is_first, posts.next.as_deref()),
        posts: posts.items.into_iter().map(row).collect(),
        id: String::new(),
        published: moment_of(now_us),
        words: words(&BTreeMap::new(), &BTreeMap::new()),
        refused: None,
    })
}

/// `POST /operator/news`
pub async fn save(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<Form>,
) -> Result<Response, Problem> {
    let field = |name: &str| field(&form, name);
    let (titles, texts) = (typed(&form, "title"), typed(&form, "text"));
    let put = match moment_from(&field("published")) {
        None => Err(Refused::field("published", "it is no moment: write it like 2026-12-01T00:00:00Z or 2026-12-01")),
        Some(published_us) => {
            let (id, updated_us) = (field("id"), app.shop.clock.now_us());
            let (titles, texts) = (titles.clone(), texts.clone());
            let post = Post { id, storefront: MAIN.to_owned(), published_us, titles, texts, updated_us };
            app.shop.db.write(move |tx| news::put(tx, &post)).await
        }
    };
    let Err(refused) = put else { return Ok(shown::go(&visit, PAGE, "settings").into_response()) };
    let page = list(&app, &visit, Paging::default()).await?;
    let (id, published) = (field("id"), field("published"));
    let page = OperatorNewsPage { id, published, words: words(&titles, &texts), refused: Some(told(refused)?), ..page };
    shown::refused(None, page)
}

/// `POST /operator/news/remove`
pub async fn remove(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<Form>,
) -> Result<Response, Problem> {
    let id = form.get("id").cloned().unwrap_or_default();
    app.shop.db.write(move |tx| news::remove(tx, &id)).await?;
    Ok(shown::go(&visit, PAGE, "settings").into_response())
}
