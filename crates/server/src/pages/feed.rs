//! Feeds (Atom, RFC 4287) as typed contexts.
use askama::Template;

/// Something new.
#[derive(Clone, Debug)]
pub struct FeedEntry {
    /// A name for good, whatever becomes of the address.
    pub id: String,
    pub title: String,
    pub href: String,
    pub author: String,
    /// RFC 3339.
    pub published: String,
    pub updated: String,
    /// Plain words.
    pub summary: String,
    /// HTML; empty where the summary says all.
    pub html: String,
    /// A picture's address; empty where there is none.
    pub picture: String,
    /// The language it is in.
    pub language: String,
}

/// A feed.
#[derive(Clone, Debug, Template)]
#[template(path = "feed.xml")]
pub struct Feed {
    pub language: String,
    pub id: String,
    pub title: String,
    /// Who publishes it.
    pub author: String,
    /// Its own address and that of the page it follows, both absolute.
    pub href: String,
    pub page_href: String,
    pub icon: String,
    /// RFC 3339: when anything in it changed last.
    pub updated: String,
    pub entries: Vec<FeedEntry>,
}

/// What XML can hold: everything but most control characters (XML 1.0, 2.2).
pub fn xml_text(text: &str) -> String {
    let fits = |c: &char| matches!(c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().filter(fits).collect()
}
