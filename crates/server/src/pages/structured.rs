//! What a page says to machines in JSON-LD (schema.org). A data block: browsers run nothing of it.
use serde_json::{Value, json};

use super::cards::Credit;
use super::catalog::{ArtistPage, HomePage, ReleasePage};
use super::voices::Said;

/// Micros of a hundredth of the currency's unit.
const MICROS_PER_CENT: i64 = 10_000;

/// JSON as it may stand in a script element: nothing in it can end the element.
fn block(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// An amount as schema.org wants it: digits and a point, rounded up, since it is a promise.
fn amount(micros: i64) -> String {
    let cents = micros.max(0).saturating_add(MICROS_PER_CENT - 1) / MICROS_PER_CENT;
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn artists(credits: &[Credit], at: &impl Fn(&str) -> String) -> Vec<Value> {
    let artist = |credit: &Credit| {
        let url = credit.artist_id.as_deref().map(|id| at(&format!("/artists/{id}")));
        json!({ "@type": "MusicGroup", "name": credit.name, "url": url })
    };
    credits.iter().map(artist).collect()
}

fn composer(names: &[String]) -> Vec<Value> {
    names.iter().map(|name| json!({ "@type": "Person", "name": name })).collect()
}

impl ReleasePage {
    /// The album, its recordings, and what it costs in the chosen format.
    pub fn structured(&self) -> String {
        let at = |path: &str| format!("{}{}", self.page.origin, self.page.href(path));
        let own = at(&format!("/releases/{}", self.id));
        let recordings = self.media.iter().flat_map(|medium| &medium.tracks).map(|track| {
            let by = if track.artists.is_empty() { &self.artists } else { &track.artists };
            let composers = if track.composers.is_empty() { &self.composers } else { &track.composers };
            let mut recording = json!({
                "@type": "MusicRecording",
                "name": track.title,
                "url": format!("{own}#track-{}", track.id),
                "duration": self.page.lang.length_iso(track.length_ms),
                "byArtist": artists(by, &at),
            });
            if !composers.is_empty() {
                recording["recordingOf"] = json!({
                    "@type": "MusicComposition", "name": track.title, "composer": composer(composers),
                });
            }
            recording
        });
        let recordings: Vec<Value> = recordings.collect();
        let offer = self.price.map(|price| {
            json!({
                "@type": "Offer",
                "price": amount(price.max_micros),
                "priceCurrency": self.page.currency,
                "availability": "https://schema.org/InStock",
                "url": own,
                "seller": { "@type": "Organization", "name": self.page.storefront, "url": at("/about") },
            })
        });
        let mut album = json!({
            "@context": "https://schema.org",
            "@type": "MusicAlbum",
            "@id": own,
            "url": own,
            "name": self.title,
            "byArtist": artists(&self.artists, &at),
            "numTracks": self.track_count(),
            "track": recordings,
        });
        for (name, value) in [
            ("image", self.has_cover.then(|| json!(format!("{}/covers/{}/1200.jpg", self.page.origin, self.id)))),
            ("datePublished", (!self.released.is_empty()).then(|| json!(self.released))),
            ("gtin", (!self.gtin.is_empty()).then(|| json!(self.gtin))),
            (
                "genre",
                (!self.genres.is_empty()).then(|| json!(self.genres.iter().map(|g| &g.name).collect::<Vec<_>>())),
            ),
            ("recordLabel", self.labels.first().map(|label| json!({ "@type": "Organization", "name": label.name }))),
            ("offers", offer),
            ("aggregateRating", self.said.aggregate()),
        ] {
            if let Some(value) = value {
                album[name] = value;
            }
        }
        block(&album)
    }

    /// A line about it: by whom, how many tracks, how long.
    pub fn line(&self) -> String {
        let lang = &self.page.lang;
        let by: String = self.artists.iter().map(|credit| format!("{}{}", credit.name, credit.join)).collect();
        let parts = [by, lang.count("tracks-count", self.track_count()), lang.length_min(self.length_ms())];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

impl Said {
    fn aggregate(&self) -> Option<Value> {
        (self.rating.reviews > 0).then(|| {
            json!({
                "@type": "AggregateRating",
                "ratingValue": self.rating.plain(),
                "ratingCount": self.rating.reviews,
                "bestRating": "5",
                "worstRating": "1",
            })
        })
    }
}

impl ArtistPage {
    /// The artist and the albums shown.
    pub fn structured(&self) -> String {
        let at = |path: &str| format!("{}{}", self.page.origin, self.page.href(path));
        let albums = self.releases.iter().map(
            |card| json!({ "@type": "MusicAlbum", "name": card.title, "url": at(&format!("/releases/{}", card.id)) }),
        );
        let albums: Vec<Value> = albums.collect();
        let url = self.page.canonical();
        block(&json!({
            "@context": "https://schema.org", "@type": "MusicGroup", "name": self.name, "url": url, "album": albums,
        }))
    }
}

impl HomePage {
    /// The shop and its search.
    pub fn structured(&self) -> String {
        let home = self.page.canonical();
        block(&json!({
            "@context": "https://schema.org",
            "@type": "WebSite",
            "name": self.page.storefront,
            "url": home,
            "inLanguage": self.page.lang.code(),
            "potentialAction": {
                "@type": "SearchAction",
                "target": { "@type": "EntryPoint", "urlTemplate": format!("{home}search?q={{q}}") },
                "query-input": "required name=q",
            },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_block_ends_its_element() {
        let text = block(&json!({ "name": "</script><script>alert(1)&" }));
        assert!(!text.contains(['<', '>', '&']), "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["name"], "</script><script>alert(1)&");
    }

    #[test]
    fn an_offer_never_promises_less_than_is_charged() {
        for (micros, text) in [(0, "0.00"), (1, "0.01"), (10_000, "0.01"), (1_234_567, "1.24"), (12_000_000, "12.00")] {
            assert_eq!(amount(micros), text);
        }
    }
}
