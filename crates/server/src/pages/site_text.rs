//! The shop's own texts (about, terms, privacy, help) as they stand until an operator writes his: sane, short, true of any shop
//! that this program runs.
use std::collections::BTreeMap;

use shop::texts::Place;

use super::language::Lang;

/// Where a text says the shop's name.
const NAME: &str = "{storefront}";

/// The text of a page by language, with the storefront's name put in.
pub fn standing(place: &Place, storefront: &str) -> BTreeMap<String, String> {
    let text = |lang: Lang| (lang.code().to_owned(), of(place, lang).replace(NAME, storefront));
    Lang::all().map(text).collect()
}

fn of(place: &Place, lang: Lang) -> &'static str {
    match (place, lang.code()) {
        (Place::About, "ru") => include_str!("../../texts/ru/about.md"),
        (Place::About, _) => include_str!("../../texts/en/about.md"),
        (Place::Terms, "ru") => include_str!("../../texts/ru/terms.md"),
        (Place::Terms, _) => include_str!("../../texts/en/terms.md"),
        (Place::Privacy, "ru") => include_str!("../../texts/ru/privacy.md"),
        (Place::Privacy, _) => include_str!("../../texts/en/privacy.md"),
        (Place::Help, "ru") => include_str!("../../texts/ru/help.md"),
        (Place::Help, _) => include_str!("../../texts/en/help.md"),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_a_text_in_every_language_from_the_start() {
        for place in Place::PAGES {
            for (language, text) in standing(&place, "Northern") {
                assert!(text.chars().count() > 200 && !text.contains('{'), "{language} {place:?}");
                let links = text.split("](/").skip(1).map(|rest| rest.split('/').next().unwrap());
                assert!(
                    links.into_iter().all(|link| link == language),
                    "{language} {place:?} links to another language"
                );
            }
        }
    }
}
