//! `genres`: the tree as the operator declares it.

use shop::Shop;
use shop::catalog::genres;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::Page;
use wire::operator::Genre;

use super::front::check_spoken;
use super::resource::{Removable, Resource};

impl Resource for Genre {
    const LIST: &'static str = "/operator/genres";
    const ONE: &'static str = "/operator/genres/{id}";
    const SECTION: &'static str = "genre";
    const ABOUT: &'static str = "Genres: the tree by which music is found";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Genre>, DbError> {
        Ok(genres::list(tx, after, limit)?.map(word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<Genre>, DbError> {
        Ok(genres::find(tx, id)?.map(word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        check_spoken("names", self.names.keys())?;
        let Genre { id, parent, names, spellings } = self.clone();
        genres::put(tx, &genres::Genre { id, parent, names, spellings }, shop.clock.now_us())
    }
}

impl Removable for Genre {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        genres::remove(tx, id)
    }
}

fn word(genre: genres::Genre) -> Genre {
    let genres::Genre { id, parent, names, spellings } = genre;
    Genre { id, parent, names, spellings }
}
