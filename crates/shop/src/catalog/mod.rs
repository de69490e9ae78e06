//! The catalogue: artists, labels, recordings and their masters, releases with media and tracks, genres, covers; how they
//! are read, imported, searched, withdrawn. Owner of their tables, of `import_files` and of `catalog_changes`. Nothing of
//! prices, and nothing of who may buy.

mod types;
pub mod search;
mod names;
pub mod genres;
mod read;
mod looked_up;
mod figures;
mod outline;
mod artists;
mod changes;
mod scale;
mod frugal;
mod cover;
mod kept;
pub(crate) mod bulk;
mod provenance;
mod waveform;
mod sale;
pub mod import;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::db::{Db, DbError};
use crate::files::{Files, FilesError};
use crate::page::Page;

pub use audio::provenance::Provenance;
pub(crate) use changes::note_all;
pub use changes::{Standing, restore, withdraw};
pub(crate) use cover::embeddable;
pub(crate) use genres::tree as genre_tree;
pub use genres::{Genre, GenreCount, GenreTree};
pub use looked_up::{ListedRelease, Wanted};
pub(crate) use names::isrc as isrc_of;
pub use outline::Outline;
pub use provenance::MAX_MARKED;
pub(crate) use sale::{
    Sold, has_isrc, has_release, head_inputs, label_named, release_query, sold, track_sold, tracks_for_sale,
    tracks_of_release, tracks_queries,
};
pub(crate) use types::composers_of;
pub use types::{
    Artist, CoverObject, CoverSize, Credit, ForSale, HeadInputs, Marked, MasterFacts, Medium, Named, NamedCount,
    Release, ReleaseCard, ReleaseFilter, Totals, Track, TrackPage,
};
pub use waveform::Waveform;

/// Most genres that a list of genres holds.
pub const MAX_GENRES: u32 = 500;
/// Covers that are made as WebP at once, of those stored before there were any.
const COVERS_AT_ONCE: usize = 2;

/// What can go wrong with the catalogue; a thing that is not there is `None` instead.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The object store failed.
    #[error(transparent)]
    Files(#[from] FilesError),
}

/// The catalogue. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    db: Db,
    files: Files,
    clock: Clock,
    figures: figures::Figures,
    tree: genres::Kept,
    hits: search::KeptHits,
    /// Places for covers that are being made.
    drawing: Arc<Semaphore>,
}

/// A cover as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCover {
    /// The picture.
    pub bytes: Bytes,
    /// Its media type.
    pub mime: &'static str,
}

impl Catalog {
    /// Over this database and these objects.
    pub fn new(db: Db, files: Files, clock: Clock) -> Catalog {
        let drawing = Arc::new(Semaphore::new(COVERS_AT_ONCE));
        let (figures, tree, hits) = Default::default();
        Catalog { db, files, clock, figures, tree, hits, drawing }
    }

    /// A whole release. A withdrawn one too, with `card.on_sale` false: who may see it is the caller's to decide.
    pub async fn release(&self, id: &str) -> Result<Option<Release>, DbError> {
        let id = id.to_owned();
        self.db.read(move |tx| read::release(tx, &id)).await
    }

    /// A track with its release; a withdrawn one too, with `on_sale` false.
    pub async fn track(&self, id: &str) -> Result<Option<TrackPage>, DbError> {
        Ok(self.tracks(vec![id.to_owned()]).await?.into_iter().next())
    }

    /// Tracks by id, in the order of `ids`; unknown ones are left out. At most [`crate::page::MAX_LIMIT`] at once.
    pub async fn tracks(&self, mut ids: Vec<String>) -> Result<Vec<TrackPage>, DbError> {
        ids.truncate(crate::page::MAX_LIMIT as usize);
        self.db.read(move |tx| read::tracks(tx, &ids)).await
    }

    /// Releases by id, in the order of `ids`, withdrawn ones too; unknown ones are left out. At most
    /// [`crate::page::MAX_LIMIT`] at once.
    pub async fn cards(&self, mut ids: Vec<String>) -> Result<Vec<ReleaseCard>, DbError> {
        ids.truncate(crate::page::MAX_LIMIT as usize);
        self.db.read(move |tx| read::cards(tx, &ids)).await
    }

    /// The masters of what is on sale of these releases, by the releases' ids; of one that has nothing on sale, none. At most
    /// [`crate::page::MAX_LIMIT`] releases at once.
    pub async fn masters(&self, mut ids: Vec<String>) -> Result<HashMap<String, Vec<MasterFacts>>, DbError> {
        ids.truncate(crate::page::MAX_LIMIT as usize);
        self.db.read(move |tx| read::masters(tx, &ids)).await
    }

    /// A page of releases on sale, newest first.
    pub async fn releases(
        &self,
        filter: ReleaseFilter,
        after: Option<String>,
        limit: u32,
    ) -> Result<Page<ReleaseCard>, DbError> {
        let tree = match filter {
            ReleaseFilter::Genre(_) => self.genre_tree().await?,
            _ => Arc::default(),
        };
        self.db
            .read(move |tx| match &filter {
                ReleaseFilter::Genre(id) => read::releases_tagged(tx, &tree.tags(id), after.as_deref(), limit),
                filter => read::releases(tx, filter, after.as_deref(), limit),
            })
            .await
    }

    /// Releases as operators look them up, withdrawn ones too. Titles are for the search.
    pub async fn look_up(
        &self,
        wanted: Wanted,
        after: Option<String>,
        limit: u32,
    ) -> Result<Page<ListedRelease>, DbError> {
        self.db.read(move |tx| looked_up::releases(tx, &wanted, after.as_deref(), limit)).await
    }

    /// What is to be said of what the search found, in the same order; what left the shop since is left out.
    pub async fn hits(&self, found: Vec<search::Found>) -> Result<Vec<search::Hit>, DbError> {
        let seen = self.db.seen();
        let known = self.hits.of(&found, seen);
        let unknown = |(found, hit): (&search::Found, &Option<search::Hit>)| hit.is_none().then(|| found.clone());
        let unknown: Vec<search::Found> = found.iter().zip(&known).filter_map(unknown).collect();
        let mut read = HashMap::new();
        if !unknown.is_empty() {
            read = self.db.look(move |tx| search::hits(tx, &unknown)).await?;
            self.hits.keep(&read, seen);
        }
        Ok(found.iter().zip(known).filter_map(|(found, hit)| hit.or_else(|| read.remove(found))).collect())
    }

    /// An artist; the releases come from [`Catalog::releases`] with [`ReleaseFilter::Artist`].
    pub async fn artist(&self, id: &str) -> Result<Option<Artist>, DbError> {
        Ok(self.artists(vec![id.to_owned()]).await?.pop())
    }

    /// Artists by id, unknown ones left out. At most [`crate::page::MAX_LIMIT`] at once.
    pub async fn artists(&self, mut ids: Vec<String>) -> Result<Vec<Artist>, DbError> {
        ids.truncate(crate::page::MAX_LIMIT as usize);
        self.db.look(move |tx| read::artists(tx, &ids)).await
    }

    /// The genres as the operator declared them.
    pub async fn genre_tree(&self) -> Result<Arc<GenreTree>, DbError> {
        self.tree.get(&self.db).await
    }

    /// Genres with something on sale, the fullest first (in a large catalogue as they were a moment ago); at most [`MAX_GENRES`].
    pub async fn genres(&self) -> Result<Vec<GenreCount>, DbError> {
        Ok(self.figures.get(&self.db, &self.clock).await?.genres.to_vec())
    }

    /// The genre of this id, or the one to which a tag of this id belongs.
    pub async fn genre(&self, id: &str) -> Result<Option<Genre>, DbError> {
        Ok(self.genres_named(vec![id.to_owned()]).await?.pop())
    }

    /// The genres of these ids, or those to which tags of these ids belong: in the same order, each once; unknown ones are left out.
    /// At most [`MAX_GENRES`] at once.
    pub async fn genres_named(&self, mut ids: Vec<String>) -> Result<Vec<Genre>, DbError> {
        ids.truncate(MAX_GENRES as usize);
        let mut known = self.genres_by_id(ids.clone()).await?;
        let mut genres: Vec<Genre> = Vec::with_capacity(ids.len());
        for genre in ids.iter().filter_map(|id| known.remove(id)) {
            if !genres.contains(&genre) {
                genres.push(genre);
            }
        }
        Ok(genres)
    }

    /// The same by the ids that were asked for.
    pub async fn genres_by_id(&self, mut ids: Vec<String>) -> Result<HashMap<String, Genre>, DbError> {
        ids.truncate(MAX_GENRES as usize);
        let tree = self.genre_tree().await?;
        let (declared, others): (Vec<String>, Vec<String>) = ids.into_iter().partition(|id| tree.find(id).is_some());
        let mut genres: HashMap<String, Genre> =
            declared.into_iter().filter_map(|id| tree.find(&id).cloned().map(|genre| (id, genre))).collect();
        if !others.is_empty() {
            let sql = "SELECT id, name FROM genres WHERE id IN";
            let names = self.db.look(move |tx| read::names(tx, sql, &others)).await?;
            genres.extend(names.into_iter().map(|(id, name)| (id.clone(), Genre::of_tag(id, name))));
        }
        Ok(genres)
    }

    /// The names of labels by their ids, at most [`crate::page::MAX_LIMIT`] at once.
    pub async fn label_names(&self, mut ids: Vec<String>) -> Result<HashMap<String, String>, DbError> {
        ids.truncate(crate::page::MAX_LIMIT as usize);
        self.db.look(move |tx| read::names(tx, "SELECT id, name FROM labels WHERE id IN", &ids)).await
    }

    /// A page of labels with something on sale, by name.
    pub async fn labels(&self, after: Option<String>, limit: u32) -> Result<Page<NamedCount>, DbError> {
        self.db.read(move |tx| read::labels(tx, after.as_deref(), limit)).await
    }

    /// A label by id.
    pub async fn label(&self, id: &str) -> Result<Option<Named>, DbError> {
        let id = id.to_owned();
        self.db.read(move |tx| read::label(tx, &id)).await
    }

    /// How many releases and tracks are on sale.
    pub async fn totals(&self) -> Result<Totals, DbError> {
        Ok(self.figures.get(&self.db, &self.clock).await?.totals)
    }

    /// A cover, as WebP for who takes that and as JPEG for the rest. It never changes: its id is the hash of its source. Where there
    /// is only the JPEG it is shown, and the other one made meanwhile.
    pub async fn cover(&self, id: &str, size: CoverSize, takes_webp: bool) -> Result<Option<ShownCover>, FilesError> {
        if !cover::is_id(id) {
            return Ok(None);
        }
        if takes_webp && let Some(bytes) = self.object(&cover::webp_key(id, size)).await? {
            return Ok(Some(ShownCover { bytes, mime: "image/webp" }));
        }
        let jpeg = self.object(&cover::object_key(id, size)).await?;
        if let Some(jpeg) = jpeg.clone().filter(|_| takes_webp) {
            self.make_webp(jpeg, cover::webp_key(id, size));
        }
        Ok(jpeg.map(|bytes| ShownCover { bytes, mime: "image/jpeg" }))
    }

    async fn object(&self, key: &str) -> Result<Option<Bytes>, FilesError> {
        match self.files.get(key).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(FilesError::Absent(_)) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Makes one now, unless enough are being made; who comes next asks for it again.
    fn make_webp(&self, jpeg: Bytes, key: String) {
        let Ok(place) = self.drawing.clone().try_acquire_owned() else { return };
        let files = self.files.clone();
        tokio::spawn(async move {
            let _place = place;
            let made = tokio::task::spawn_blocking(move || cover::as_webp(&jpeg)).await;
            let stored = match made.map_err(|e| e.to_string()).and_then(|made| made) {
                Ok(webp) => files.put(&key, webp.into()).await.map_err(|e| e.to_string()),
                Err(e) => Err(e),
            };
            if let Err(error) = stored {
                tracing::warn!(key, error, "a cover was not made as WebP");
            }
        });
    }

    /// All tags of a track with ReplayGain and the picture to embed, withdrawn tracks too.
    pub async fn tags(&self, track_id: &str) -> Result<Option<audio::tags::Tags>, CatalogError> {
        let id = track_id.to_owned();
        let Some(inputs) = self.db.read(move |tx| head_inputs(tx, &id)).await? else { return Ok(None) };
        let mut tags = inputs.tags;
        if let Some(cover) = inputs.cover {
            let data = self.files.get(&cover.object_key).await?.to_vec();
            let (mime, width, height) = (cover.mime, cover.width, cover.height);
            tags.picture = Some(audio::tags::Picture { mime, width, height, data });
        }
        Ok(Some(tags))
    }

    /// Tracks on sale whose masters seem to be less than they claim, the surest first; at most [`MAX_MARKED`].
    pub async fn marked(&self) -> Result<Vec<Marked>, DbError> {
        self.db.read(|tx| provenance::marked(tx, MAX_MARKED)).await
    }

    /// Takes a release off sale; owners keep it. `None` when there is no such release, else whether anything changed.
    pub async fn withdraw(&self, release_id: &str) -> Result<Option<bool>, DbError> {
        self.set_standing(release_id, Standing::Withdrawn).await
    }

    /// Puts a withdrawn release back on sale, with the tracks that were withdrawn with it.
    pub async fn restore(&self, release_id: &str) -> Result<Option<bool>, DbError> {
        self.set_standing(release_id, Standing::OnSale).await
    }

    async fn set_standing(&self, release_id: &str, standing: Standing) -> Result<Option<bool>, DbError> {
        let (id, now_us) = (release_id.to_owned(), self.clock.now_us());
        self.db.write(move |tx| changes::set_standing(tx, &id, standing, now_us)).await
    }
}
