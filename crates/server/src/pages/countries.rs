//! Countries as readers call them. Which pairs of letters are countries is the shop's to say.
use super::language::Lang;

/// A country to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryOption {
    /// Two capital letters.
    pub code: &'static str,
    pub name: String,
}

impl Lang {
    /// The name of a country by its two letters; of none, that it is not known. What is no country is shown as it stands.
    pub fn country(&self, code: &str) -> String {
        if code.is_empty() {
            return self.t("country-unknown");
        }
        self.t_if(&format!("country-{code}")).unwrap_or_else(|| code.to_owned())
    }

    /// All countries, in the order of their names.
    pub fn countries(&self) -> Vec<CountryOption> {
        let option = |code| CountryOption { code, name: self.country(code) };
        let mut all: Vec<CountryOption> = shop::tax::countries::all().map(option).collect();
        // Å, Ö and the like stand with their plain letters, as readers look for them.
        let plain = |name: &str| name.replace('Å', "A").replace('Ö', "O");
        all.sort_by_key(|country| plain(&country.name));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_name_of_its_own_in_every_language() {
        for lang in Lang::all() {
            let names: std::collections::BTreeSet<String> = lang.countries().into_iter().map(|c| c.name).collect();
            assert_eq!(names.len(), shop::tax::countries::all().count(), "{}", lang.code());
            assert!(names.iter().all(|name| name.chars().count() > 2), "{}", lang.code());
        }
        let ru = Lang::from_code("ru").unwrap();
        assert_eq!((ru.country("DE"), ru.country("ZZ")), ("Германия".to_owned(), "ZZ".to_owned()));
        assert_eq!(Lang::fallback().countries()[1].code, "AX");
    }
}
