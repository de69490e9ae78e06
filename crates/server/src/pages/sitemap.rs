//! Sitemaps (sitemaps.org) as typed contexts.
use askama::Template;

/// An address.
#[derive(Clone, Debug)]
pub struct SitemapEntry {
    pub href: String,
    /// The day of its last change; empty if unknown.
    pub changed: String,
}

/// `/sitemap.xml` (which names the others), or one of those.
#[derive(Clone, Debug, Template)]
#[template(path = "sitemap.xml")]
pub struct Sitemap {
    pub is_index: bool,
    pub entries: Vec<SitemapEntry>,
}
