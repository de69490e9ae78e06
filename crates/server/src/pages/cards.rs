//! Names, covers in grids, and counts: what many pages show of the catalogue.

/// One name of an artist credit, with the phrase that joins it to the next (` & `, ` feat. `; empty at the end).
#[derive(Clone, Debug)]
pub struct Credit {
    /// Id of the artist's page; none for a name without one.
    pub artist_id: Option<String>,
    pub name: String,
    pub join: String,
}

/// A release as a cover in a grid.
#[derive(Clone, Debug)]
pub struct ReleaseCard {
    pub id: String,
    pub title: String,
    pub artists: Vec<Credit>,
    /// Year of release; none if unknown.
    pub year: Option<i32>,
    pub has_cover: bool,
    /// There is something of it to hear.
    pub is_heard: bool,
}

/// A genre or label with the number of its releases.
#[derive(Clone, Debug)]
pub struct NamedCount {
    /// What its address ends in: a genre's name (percent-encoded here), a label's id.
    pub key: String,
    pub name: String,
    pub releases: u64,
}
