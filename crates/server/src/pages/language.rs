//! Languages: which there are (one folder of `locales/` each), which one a visitor wants, and the texts in it.
//! A new language is a new folder; no line of Rust changes. The forms of numbers and dates are in `figures`.
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{LazyLock, PoisonError, RwLock};

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, static_loader};

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // Isolation marks would end up in titles, attributes and copied text; no language here is written right to left.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A whole number as a template hands it over: of any integer type, by value or by reference.
pub trait Figure {
    /// The number; one too big for an `i64` as the biggest there is.
    fn value(&self) -> i64;
}

macro_rules! figure {
    ($($integer:ty),*) => {
        $(impl Figure for $integer {
            fn value(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        })*
    };
}
figure!(u8, i32, u32, i64, u64, usize);

impl<F: Figure> Figure for &F {
    fn value(&self) -> i64 {
        (*self).value()
    }
}

/// The language used where nobody said which, and for texts a translation lacks.
const FALLBACK_CODE: &str = "en";

static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| {
    let mut languages: Vec<Language> = LOCALES
        .locales()
        .map(|id| Language { id: id.clone(), code: id.to_string(), plain: RwLock::default() })
        .collect();
    languages.sort_by(|a, b| (a.code != FALLBACK_CODE, &a.code).cmp(&(b.code != FALLBACK_CODE, &b.code)));
    languages
});

#[derive(Debug)]
struct Language {
    id: LanguageIdentifier,
    code: String,
    /// Texts without variables that were asked for: pages are made of them.
    plain: RwLock<HashMap<String, String>>,
}

impl PartialEq for Language {
    fn eq(&self, other: &Language) -> bool {
        self.code == other.code
    }
}

impl Eq for Language {}

/// One of the languages on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lang(&'static Language);

impl Lang {
    /// All languages, English first.
    pub fn all() -> impl Iterator<Item = Lang> {
        LANGUAGES.iter().map(Lang)
    }

    /// The language whose code (`en`, `ru`) is `code`.
    pub fn from_code(code: &str) -> Option<Lang> {
        Lang::all().find(|lang| lang.code() == code)
    }

    /// The path of a page that an address means which is none: the language is in capitals, or a slash stands at the end.
    pub fn meant(path: &str) -> Option<String> {
        let code = path.strip_prefix('/')?.split('/').next()?;
        let lang = Lang::all().find(|lang| lang.code().eq_ignore_ascii_case(code))?;
        let rest = path[1 + code.len()..].trim_end_matches('/');
        let meant = lang.href(if rest.is_empty() { "/" } else { rest });
        (meant != path).then_some(meant)
    }

    /// The language used where nobody said which.
    pub fn fallback() -> Lang {
        Lang(&LANGUAGES[0])
    }

    /// The best language for an `Accept-Language` header (RFC 9110, 12.5.4), or the fallback.
    pub fn from_accept_language(header: &str) -> Lang {
        let mut wishes: Vec<(u16, Lang)> = Vec::new();
        for range in header.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
            let primary = tag.split('-').next().unwrap_or_default();
            if let Some(lang) = Lang::from_code(primary).filter(|_| weight > 0) {
                wishes.push((weight, lang));
            }
        }
        // Of equal wishes the first one counts, hence the stable sort.
        wishes.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        wishes.first().map_or_else(Lang::fallback, |(_, lang)| *lang)
    }

    /// Its code, as in addresses and `lang=`.
    pub fn code(&self) -> &'static str {
        &self.0.code
    }

    /// `path` (beginning with `/`) under this language: `/basket` → `/en/basket`.
    pub fn href(&self, path: &str) -> String {
        format!("/{}{path}", self.code())
    }

    /// The text of `id`. A text that no language has shows as its id in double brackets, which a test looks for.
    pub fn t(&self, id: impl AsRef<str>) -> String {
        let id = id.as_ref();
        if let Some(text) = self.0.plain.read().unwrap_or_else(PoisonError::into_inner).get(id) {
            return text.clone();
        }
        let Some(text) = self.t_if(id) else { return self.text(id, None) };
        self.0.plain.write().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), text.clone());
        text
    }

    /// The text of `id` with one value put in.
    pub fn t1(&self, id: &str, name: &'static str, value: impl Display) -> String {
        self.text(id, Some(&HashMap::from([(Cow::Borrowed(name), FluentValue::from(value.to_string()))])))
    }

    /// The text of `id` with two values put in.
    pub fn t2(
        &self,
        id: &str,
        (first_name, first): (&'static str, impl Display),
        (second_name, second): (&'static str, impl Display),
    ) -> String {
        let args = HashMap::from([
            (Cow::Borrowed(first_name), FluentValue::from(first.to_string())),
            (Cow::Borrowed(second_name), FluentValue::from(second.to_string())),
        ]);
        self.text(id, Some(&args))
    }

    /// The text of `id` with any number of variables.
    pub fn with(&self, id: &str, values: &[(&'static str, &str)]) -> String {
        let value =
            |(name, value): &(&'static str, &str)| (Cow::Borrowed(*name), FluentValue::from((*value).to_owned()));
        self.text(id, Some(&values.iter().map(value).collect()))
    }

    /// The text of `id` for a number of things: `$n` selects the plural form, `$shown` is the number as this language writes it.
    pub fn count(&self, id: &str, n: impl Figure) -> String {
        let n = n.value();
        let args = HashMap::from([
            (Cow::Borrowed("n"), FluentValue::from(n)),
            (Cow::Borrowed("shown"), FluentValue::from(self.integer(n))),
        ]);
        self.text(id, Some(&args))
    }

    /// The text of `id`, if there is one.
    pub(super) fn t_if(&self, id: &str) -> Option<String> {
        LOCALES.try_lookup_complete(&self.0.id, id, None)
    }

    fn text(&self, id: &str, args: Option<&HashMap<Cow<'static, str>, FluentValue>>) -> String {
        LOCALES.try_lookup_complete(&self.0.id, id, args).unwrap_or_else(|| format!("[[{id}]]"))
    }
}

/// A quality value (`0.8`) as thousandths; 0 if it is none.
fn thousandths(weight: &str) -> u16 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let fraction: u16 = format!("{fraction:0<3}").get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    match whole {
        "1" => 1000,
        "0" => fraction,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_best_that_the_browser_asks_for() {
        for (header, code) in [
            ("ru-RU,ru;q=0.9,en-US;q=0.8", "ru"),
            ("en;q=0.4, ru;q=0.5", "ru"),
            ("de, fr;q=0.9", "en"),
            ("de, RU;q=0.1", "ru"),
            ("ru;q=0, en;q=0.1", "en"),
            ("", "en"),
            (";;,q=é", "en"),
        ] {
            assert_eq!(Lang::from_accept_language(header).code(), code, "{header}");
        }
    }

    #[test]
    fn russian_counts_in_its_three_forms() {
        let ru = Lang::from_code("ru").unwrap();
        for (n, text) in [(1, "1 трек"), (2, "2 трека"), (5, "5 треков"), (21, "21 трек"), (112, "112 треков")]
        {
            assert_eq!(ru.count("tracks-count", n), text);
        }
    }
}
