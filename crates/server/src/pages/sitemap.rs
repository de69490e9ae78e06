//! Sitemaps (sitemaps.org) as typed contexts.
use askama::Template;

/// An address.
#[derive(Clone, Debug)]
pub struct SitemapEntry {
    pub href: String,
    /// The day of its last change; empty if unknown.
    pub changed: String,
    /// The same page in every language, its own among them: codes and addresses.
    pub translations: Vec<(&'static str, String)>,
}

impl SitemapEntry {
    /// An address that has no translations.
    pub fn of_map(href: String) -> SitemapEntry {
        SitemapEntry { href, changed: String::new(), translations: Vec::new() }
    }
}

/// `/sitemap.xml` (which names the others), or one of those.
#[derive(Clone, Debug, Template)]
#[template(path = "sitemap.xml")]
pub struct Sitemap {
    pub is_index: bool,
    pub entries: Vec<SitemapEntry>,
}
