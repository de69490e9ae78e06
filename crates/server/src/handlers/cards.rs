//! What the catalogue knows of releases and artists, as pages show it.

use shop::catalog;

use crate::pages::{Credit, NamedCount, ReleaseCard};

pub(super) fn credits(artists: &[catalog::Credit]) -> Vec<Credit> {
    let credit = |credit: &catalog::Credit| Credit {
        artist_id: Some(credit.artist_id.clone()),
        name: credit.name.clone(),
        join: credit.join.clone(),
    };
    artists.iter().map(credit).collect()
}

pub(super) fn card(card: &catalog::ReleaseCard) -> ReleaseCard {
    ReleaseCard {
        id: card.id.clone(),
        title: card.title.clone(),
        artists: credits(&card.artists),
        year: card.date.as_deref().and_then(year),
        has_cover: card.cover.is_some(),
    }
}

pub(super) fn cards(cards: &[catalog::ReleaseCard]) -> Vec<ReleaseCard> {
    cards.iter().map(card).collect()
}

pub(super) fn counted(named: &catalog::NamedCount) -> NamedCount {
    NamedCount { key: named.id.clone(), name: named.name.clone(), releases: named.releases }
}

/// The count stands beside names in lists only; where a release names its label or genre, it is not asked for.
pub(super) fn named(named: &catalog::Named) -> NamedCount {
    NamedCount { key: named.id.clone(), name: named.name.clone(), releases: 0 }
}

/// The year of an ISO date, however much of it is known.
fn year(date: &str) -> Option<i32> {
    date.get(..4)?.parse().ok()
}
