//! `/operator/genres`: the tree by which music is found.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::catalog::genres::{self, Genre, GenreTree};

use super::texts::{Form, field, told, typed, words};
use crate::handlers::shown;
use crate::http::{App, Operating, Posted, Problem, Query, Visit};
use crate::pages::operator::{GenreRow, OperatorGenresPage};

const PAGE: &str = "/operator/genres";

/// Which genre is to be declared anew.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    edit: String,
}

/// `/operator/genres`
pub async fn page(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let tree = app.shop.catalog.genre_tree().await?;
    let genre = tree.find(&asked.edit).filter(|genre| genre.id == asked.edit);
    shown::html(genres_page(&visit, &tree, genre))
}

fn genres_page(visit: &Visit, tree: &GenreTree, genre: Option<&Genre>) -> OperatorGenresPage {
    let mut rows = Vec::new();
    add_rows(&mut rows, tree, (None, 0), visit.lang().code());
    let names = genre.map(|genre| genre.names.clone()).unwrap_or_default();
    OperatorGenresPage {
        page: visit.layout_of(PAGE),
        genres: rows,
        id: genre.map(|genre| genre.id.clone()).unwrap_or_default(),
        parent: genre.and_then(|genre| genre.parent.clone()).unwrap_or_default(),
        names: words(&names, &BTreeMap::new()),
        spellings: genre.map(|genre| genre.spellings.join("\n")).unwrap_or_default(),
        refused: None,
    }
}

/// Each genre before those within it, by name.
fn add_rows(rows: &mut Vec<GenreRow>, tree: &GenreTree, (within, level): (Option<&str>, usize), language: &str) {
    let mut genres: Vec<&Genre> = tree.within(within).collect();
    genres.sort_by_key(|genre| genre.name(language));
    for genre in genres {
        rows.push(GenreRow { id: genre.id.clone(), name: genre.name(language).to_owned(), level });
        add_rows(rows, tree, (Some(&genre.id), level + 1), language);
    }
}

/// `POST /operator/genres`
pub async fn save(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<Form>,
) -> Result<Response, Problem> {
    let genre = Genre {
        id: field(&form, "id"),
        parent: Some(field(&form, "parent")).filter(|parent| !parent.is_empty()),
        names: typed(&form, "title"),
        spellings: field(&form, "spellings")
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    let (sent, now_us) = (genre.clone(), app.shop.clock.now_us());
    let put = app.shop.db.write(move |tx| genres::put(tx, &sent, now_us)).await;
    answer(&app, &visit, (put.err(), Some(&genre))).await
}

/// `POST /operator/genres/remove`
pub async fn remove(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<Form>,
) -> Result<Response, Problem> {
    let id = field(&form, "id");
    let removed = app.shop.db.write(move |tx| genres::remove(tx, &id)).await;
    answer(&app, &visit, (removed.err(), None)).await
}

async fn answer(
    app: &App,
    visit: &Visit,
    (refused, sent): (Option<shop::declared::Refused>, Option<&Genre>),
) -> Result<Response, Problem> {
    let Some(refused) = refused else { return Ok(shown::go(visit, PAGE, "settings").into_response()) };
    let page = genres_page(visit, &*app.shop.catalog.genre_tree().await?, sent);
    shown::refused(None, OperatorGenresPage { refused: Some(told(refused)?), ..page })
}
