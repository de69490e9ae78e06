//! The player that other sites put into their pages: a release, what one may hear of it, and the way to the shop.
use askama::Template;

use super::assets;
use super::cards::Credit;
use super::language::Lang;

/// Pixels that the player asks for.
pub const WIDTH_PX: u32 = 480;
/// See [`WIDTH_PX`].
pub const HEIGHT_PX: u32 = 420;

/// A track to hear.
#[derive(Clone, Debug)]
pub struct EmbedTrack {
    pub id: String,
    pub number: u32,
    pub title: String,
    pub length_ms: i64,
}

/// `/en/embed/releases/{id}`.
#[derive(Clone, Debug, Template)]
#[template(path = "embed.html")]
pub struct EmbedPage {
    pub lang: Lang,
    pub storefront: String,
    /// The release's page, absolute.
    pub href: String,
    pub id: String,
    pub title: String,
    pub artists: Vec<Credit>,
    pub has_cover: bool,
    pub tracks: Vec<EmbedTrack>,
}

impl EmbedPage {
    fn asset(&self, name: &str) -> String {
        assets::href(name)
    }
}
