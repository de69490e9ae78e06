//! Genres: the tree with what is on sale in it.

use axum::extract::State;
use shop::catalog::{Genre, GenreCount};

use super::catalog::slice;
use crate::http::{App, Paging, Path, Problem, Query};

type Answer<T> = Result<axum::Json<T>, Problem>;

/// `GET /genres`: the fullest first.
pub async fn genres(State(app): State<App>, Query(paging): Query<Paging>) -> Answer<wire::Page<wire::Genre>> {
    let genres = app.shop.catalog.genres().await?.into_iter().map(word).collect();
    let limit = paging.limit() as usize;
    Ok(axum::Json(slice(genres, paging.after.as_deref(), limit, |genre| &genre.id)))
}

/// `GET /genres/{id}`
pub async fn genre(State(app): State<App>, Path(id): Path<String>) -> Answer<wire::GenreDetails> {
    let genre = app.shop.catalog.genre(&id).await?.ok_or_else(|| Problem::not_found("genre"))?;
    let (tree, all) = (app.shop.catalog.genre_tree().await?, app.shop.catalog.genres().await?);
    let releases = all.iter().find(|one| one.genre.id == genre.id).map_or(0, |one| one.releases);
    let named = |genre: &Genre| wire::Named { id: genre.id.clone(), name: genre.name("en").to_owned() };
    let mut path: Vec<wire::Named> = tree.path(&genre.id).into_iter().map(named).collect();
    path.pop();
    let within = all.into_iter().filter(|one| one.genre.parent.as_ref() == Some(&genre.id)).map(word).collect();
    Ok(axum::Json(wire::GenreDetails { genre: word(GenreCount { genre, releases }), path, within }))
}

fn word(counted: GenreCount) -> wire::Genre {
    let GenreCount { genre, releases } = counted;
    let name = genre.name("en").to_owned();
    wire::Genre { name, id: genre.id, names: genre.names, parent: genre.parent, releases }
}
