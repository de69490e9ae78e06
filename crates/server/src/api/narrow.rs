//! What a search is narrowed down to, as its address says, and the choices there are: for the API and for the page.

use std::collections::HashMap;

use serde::Deserialize;
use shop::catalog::search::{Choices, Counts, Narrow, Quality};
use shop::formats::Class;

use crate::http::{App, Problem};

/// Bytes of a second in the format that prices are compared in: MP3 at 320 kbit/s, whose size follows from the length alone.
const BYTES_PER_S: u128 = 40_000;
/// Where ranges of prices end, in micros.
const PRICE_ENDS: [i64; 5] = [100_000, 250_000, 500_000, 1_000_000, 2_000_000];
/// Characters of an id or a code.
const MAX_CHARS: usize = 60;

/// The parameters; an empty one is none.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct NarrowQuery {
    pub genre: Option<String>,
    pub label: Option<String>,
    pub language: Option<String>,
    pub quality: Option<String>,
    /// `1990-1999`, or one year.
    pub years: Option<String>,
    /// `100000-250000` in micros: at least, and less than; either side may be empty.
    pub price: Option<String>,
}

impl NarrowQuery {
    /// What stands under a parameter's name.
    pub fn value(&self, name: &str) -> Option<&str> {
        let value = match name {
            "genre" => &self.genre,
            "label" => &self.label,
            "language" => &self.language,
            "quality" => &self.quality,
            "years" => &self.years,
            "price" => &self.price,
            _ => &None,
        };
        value.as_deref().filter(|value| !value.is_empty())
    }

    /// As the search understands it, at so many micros per million bytes: a genre as the tags of all that is within it.
    pub async fn read(&self, app: &App, per_mb_micros: i64) -> Result<Narrow, Problem> {
        let mut narrow = self.understood(per_mb_micros)?;
        if let Some(genre) = narrow.genres.pop() {
            narrow.genres = app.shop.catalog.genre_tree().await?.tags(&genre);
        }
        Ok(narrow)
    }

    fn understood(&self, per_mb_micros: i64) -> Result<Narrow, Problem> {
        let text = |name| match self.value(name) {
            Some(value) if value.chars().count() > MAX_CHARS => Err(refused(name, "no such value")),
            value => Ok(value.map(str::to_owned)),
        };
        let quality = self
            .value("quality")
            .map(|value| Quality::parse(value).ok_or_else(|| refused("quality", "lossy, cd or hires")));
        let years = self.value("years").map(|value| {
            let (from, until) = value.split_once('-').unwrap_or((value, value));
            let year = |text: &str| text.parse::<u64>().ok().filter(|year| *year <= 9_999);
            let years = year(from).zip(year(until)).filter(|(from, until)| from <= until);
            years.ok_or_else(|| refused("years", "a year, or two with a hyphen between"))
        });
        let price = self.value("price").map(|value| {
            let range =
                price_range(value).ok_or_else(|| refused("price", "two amounts of micros with a hyphen between"))?;
            Ok::<_, Problem>(lengths(range, per_mb_micros))
        });
        Ok(Narrow {
            genres: text("genre")?.into_iter().collect(),
            label: text("label")?,
            language: text("language")?,
            quality: quality.transpose()?,
            years: years.transpose()?,
            length_s: price.transpose()?,
        })
    }
}

fn refused(name: &str, reason: &str) -> Problem {
    Problem::of_field(name, reason)
}

/// Micros: at least, and less than.
fn price_range(value: &str) -> Option<(i64, i64)> {
    let (from, until) = value.split_once('-')?;
    let amount = |text: &str, none| if text.is_empty() { Some(none) } else { text.parse().ok().filter(|n| *n >= 0) };
    let range = (amount(from, 0)?, amount(until, i64::MAX)?);
    (range.0 < range.1).then_some(range)
}

/// Seconds that cost at least so much, and less than so much; all where nothing costs anything.
fn lengths((from, until): (i64, i64), per_mb_micros: i64) -> (u64, u64) {
    (seconds(from, per_mb_micros), seconds(until, per_mb_micros))
}

/// The first whole second that costs at least so much.
fn seconds(micros: i64, per_mb_micros: i64) -> u64 {
    let per_second = BYTES_PER_S * u128::from(per_mb_micros.unsigned_abs());
    let wanted = u128::from(micros.unsigned_abs()) * 1_000_000;
    let seconds = if per_second == 0 { if micros == 0 { 0 } else { u128::MAX } } else { wanted.div_ceil(per_second) };
    u64::try_from(seconds).unwrap_or(u64::MAX)
}

/// What prices by the megabyte are now, for lossy formats.
pub async fn per_mb_micros(app: &App) -> Result<i64, Problem> {
    Ok(app.shop.tariffs.price_per_mb(Class::Lossy).await?.0)
}

/// A choice of a facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// For the address.
    pub value: String,
    /// Of a genre or label; else the value.
    pub name: String,
    pub results: u64,
}

/// A facet: the name of its parameter, and the choices that leave something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    pub parameter: &'static str,
    pub choices: Vec<Choice>,
}

/// Facets to be counted: what the ranges of prices are, and which genres there are to choose from, within the chosen one.
pub struct Counted<'q> {
    ends: Vec<i64>,
    bounds_s: Vec<u64>,
    choices: Choices,
    genre: Option<&'q str>,
}

impl<'q> Counted<'q> {
    /// At so many micros per million bytes.
    pub async fn of(app: &App, per_mb_micros: i64, genre: Option<&'q str>) -> Result<Counted<'q>, Problem> {
        let ends = if per_mb_micros > 0 { PRICE_ENDS.to_vec() } else { Vec::new() };
        let bounds_s = ends.iter().map(|end| seconds(*end, per_mb_micros)).collect();
        let choices = app.shop.catalog.genre_tree().await?.choices(genre);
        Ok(Counted { ends, bounds_s, choices, genre })
    }

    /// What the search asks for.
    pub fn asked(&self) -> (Vec<u64>, Choices) {
        (self.bounds_s.clone(), self.choices.clone())
    }

    /// What was counted, as facets; names of genres in a language.
    pub async fn facets(self, app: &App, mut counts: Counts, language: &str) -> Result<Vec<Facet>, Problem> {
        // All results are of the genre that was chosen.
        counts.genres.splice(0..0, self.genre.map(|genre| (genre.to_owned(), counts.results)));
        let ids = |counts: &[(String, u64)]| counts.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
        let labels = app.shop.catalog.label_names(ids(&counts.labels));
        let (genres, labels) = tokio::try_join!(app.shop.catalog.genres_by_id(ids(&counts.genres)), labels)?;
        let genres = genres.into_iter().map(|(id, genre)| (id, genre.name(language).to_owned())).collect();
        Ok(chosen_from(counts, &genres, &labels, &self.ends))
    }
}

fn chosen_from(
    counts: Counts,
    genres: &HashMap<String, String>,
    labels: &HashMap<String, String>,
    ends: &[i64],
) -> Vec<Facet> {
    // What the catalogue has forgotten meanwhile has no name.
    let named = |counts: Vec<(String, u64)>, names: &HashMap<String, String>| {
        let choice = |(id, results): (String, u64)| Some(Choice { name: names.get(&id)?.clone(), value: id, results });
        counts.into_iter().filter_map(choice).collect()
    };
    let plain = |(value, results): (String, u64)| Choice { name: value.clone(), value, results };
    let decade = |(from, results): (u64, u64)| plain((format!("{from}-{}", from + 9), results));
    let price = |(place, results): (usize, u64)| {
        let end = |place: Option<usize>| place.and_then(|place| ends.get(place)).map_or(String::new(), i64::to_string);
        plain((format!("{}-{}", end(place.checked_sub(1)), end(Some(place))), results))
    };
    let prices = counts.lengths.into_iter().enumerate().filter(|(_, results)| *results > 0 && !ends.is_empty());
    vec![
        Facet { parameter: "genre", choices: named(counts.genres, genres) },
        Facet { parameter: "years", choices: counts.decades.into_iter().map(decade).collect() },
        Facet { parameter: "label", choices: named(counts.labels, labels) },
        Facet { parameter: "language", choices: counts.languages.into_iter().map(plain).collect() },
        Facet { parameter: "quality", choices: counts.qualities.into_iter().map(plain).collect() },
        Facet { parameter: "price", choices: prices.map(price).collect() },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_becomes_the_length_that_costs_it() {
        // 2 cents for a megabyte: 800 micros for a second.
        assert_eq!(lengths((100_000, 250_000), 20_000), (125, 313));
        assert_eq!(lengths((0, i64::MAX), 20_000).0, 0);
        assert_eq!(lengths((0, 100_000), 0), (0, u64::MAX));
    }

    #[test]
    fn what_cannot_be_understood_is_refused_by_name() {
        let read = |query: NarrowQuery| query.understood(20_000);
        for (name, query) in [
            ("quality", NarrowQuery { quality: Some("best".into()), ..NarrowQuery::default() }),
            ("years", NarrowQuery { years: Some("1999-1990".into()), ..NarrowQuery::default() }),
            ("years", NarrowQuery { years: Some("soon".into()), ..NarrowQuery::default() }),
            ("price", NarrowQuery { price: Some("5".into()), ..NarrowQuery::default() }),
            ("price", NarrowQuery { price: Some("9-5".into()), ..NarrowQuery::default() }),
            ("genre", NarrowQuery { genre: Some("x".repeat(61)), ..NarrowQuery::default() }),
        ] {
            assert_eq!(read(query).unwrap_err().field.as_deref(), Some(name));
        }
        let good = NarrowQuery {
            years: Some("1990".into()),
            price: Some("-100000".into()),
            genre: Some(String::new()),
            ..NarrowQuery::default()
        };
        let narrow = read(good).unwrap();
        assert_eq!((narrow.years, narrow.length_s, narrow.genres), (Some((1990, 1990)), Some((0, 125)), vec![]));
    }
}
