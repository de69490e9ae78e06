//! Credits: one name per artist and the words between them, out of tags that hold the whole credit as one text, and the
//! names, sort names and ids beside it.

use super::Credit;

/// What stands between the names where a tag can hold only one value (ID3v2.3, RIFF INFO).
const VALUE_SEPARATORS: [&str; 2] = ["/", "; "];
/// What the words between names are when a tag lists the names only.
const LIST_JOIN: &str = ", ";

/// The values of the four fields that describe a credit.
pub(super) struct Raw {
    /// The names one by one (ARTISTS).
    pub names: Vec<String>,
    /// The credit as it is written (ARTIST); some programs write the names one by one here.
    pub credited: Vec<String>,
    /// Sort names one by one, or as one text with the same words between.
    pub sorts: Vec<String>,
    /// MusicBrainz ids.
    pub mbids: Vec<String>,
}

impl Raw {
    /// The credits in order; empty when there is no name at all.
    pub fn into_credits(self, warnings: &mut Vec<String>) -> Vec<Credit> {
        let mut credits = match (self.credited.as_slice(), self.names.as_slice()) {
            ([], names) => listed(names),
            ([whole], names) => joined(whole, names).unwrap_or_else(|| joined_or_whole(whole, names)),
            (several, _) => listed(several),
        };
        let sorts = if self.sorts.len() == 1 { split_sorts(&self.sorts[0], &credits) } else { self.sorts };
        if sorts.len() == credits.len() {
            credits.iter_mut().zip(sorts).for_each(|(credit, sort)| credit.sort = Some(sort));
        }
        if self.mbids.len() == credits.len() {
            credits.iter_mut().zip(self.mbids).for_each(|(credit, mbid)| credit.mbid = Some(mbid));
        } else if !self.mbids.is_empty() {
            let (ids, names) = (self.mbids.len(), credits.len());
            warnings.push(format!("{ids} MusicBrainz artist ids for {names} credited artists were left out"));
        }
        credits
    }
}

/// Names that are only listed.
fn listed(names: &[String]) -> Vec<Credit> {
    let last = names.len().saturating_sub(1);
    let join = |index| if index == last { "" } else { LIST_JOIN };
    let credit =
        |(index, name): (usize, &String)| Credit { name: name.clone(), join: join(index).into(), ..Credit::default() };
    names.iter().enumerate().map(credit).collect()
}

/// The names as they stand in `whole`, in order, with what stands between; `None` where they don't.
fn joined(whole: &str, names: &[String]) -> Option<Vec<Credit>> {
    let (first, others) = names.split_first()?;
    let mut rest = whole.strip_prefix(first.as_str())?;
    let mut credits = vec![Credit { name: first.clone(), ..Credit::default() }];
    for name in others {
        let (join, behind) = rest.split_once(name.as_str())?;
        if join.is_empty() {
            return None;
        }
        credits.last_mut()?.join = join.to_owned();
        credits.push(Credit { name: name.clone(), ..Credit::default() });
        rest = behind;
    }
    rest.is_empty().then_some(credits)
}

/// The same for names that were written as one value with a separator; where they don't stand in `whole` either, all of
/// it is one name.
fn joined_or_whole(whole: &String, names: &[String]) -> Vec<Credit> {
    let [packed] = names else { return listed(std::slice::from_ref(whole)) };
    let split = |separator: &&str| packed.split(*separator).map(str::to_owned).collect::<Vec<_>>();
    let found =
        VALUE_SEPARATORS.iter().map(split).filter(|names| names.len() > 1).find_map(|names| joined(whole, &names));
    found.unwrap_or_else(|| listed(std::slice::from_ref(whole)))
}

/// A sort text cut where the credits' joining words stand in it.
fn split_sorts(whole: &str, credits: &[Credit]) -> Vec<String> {
    let mut sorts = Vec::new();
    let mut rest = whole;
    for credit in credits.iter().take(credits.len().saturating_sub(1)) {
        let Some((sort, behind)) = rest.split_once(credit.join.as_str()) else { return Vec::new() };
        sorts.push(sort.to_owned());
        rest = behind;
    }
    sorts.push(rest.to_owned());
    sorts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credits(credited: &[&str], names: &[&str], sorts: &[&str], mbids: &[&str]) -> (Vec<Credit>, Vec<String>) {
        let owned = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect();
        let raw = Raw { names: owned(names), credited: owned(credited), sorts: owned(sorts), mbids: owned(mbids) };
        let mut warnings = Vec::new();
        (raw.into_credits(&mut warnings), warnings)
    }

    fn pairs(credits: &[Credit]) -> Vec<(&str, &str)> {
        credits.iter().map(|credit| (credit.name.as_str(), credit.join.as_str())).collect()
    }

    #[test]
    fn the_words_between_names_come_from_the_whole_credit() {
        let (found, _) = credits(&["A feat. B & C"], &["A", "B", "C"], &["a feat. b & c"], &["1", "2", "3"]);
        assert_eq!(pairs(&found), [("A", " feat. "), ("B", " & "), ("C", "")]);
        assert_eq!(found[1].sort.as_deref(), Some("b"));
        assert_eq!(found[2].mbid.as_deref(), Some("3"));
    }

    #[test]
    fn a_credit_that_does_not_hold_the_names_stays_whole() {
        let (found, warnings) = credits(&["The Duo"], &["A", "B"], &["Duo, The"], &["1", "2"]);
        assert_eq!(pairs(&found), [("The Duo", "")]);
        assert_eq!((found[0].sort.as_deref(), found[0].mbid.as_deref()), (Some("Duo, The"), None));
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn names_without_a_whole_credit_are_listed() {
        assert_eq!(pairs(&credits(&[], &["A", "B"], &[], &[]).0), [("A", ", "), ("B", "")]);
        assert_eq!(pairs(&credits(&["A", "B"], &[], &[], &[]).0), [("A", ", "), ("B", "")]);
        assert!(credits(&[], &[], &[], &[]).0.is_empty());
    }

    #[test]
    fn names_packed_into_one_value_are_found_in_the_whole_credit() {
        assert_eq!(pairs(&credits(&["A x B"], &["A/B"], &[], &[]).0), [("A", " x "), ("B", "")]);
        assert_eq!(pairs(&credits(&["AC/DC"], &["AC/DC"], &[], &[]).0), [("AC/DC", "")]);
        assert_eq!(pairs(&credits(&["Duo"], &["A/B"], &[], &[]).0), [("Duo", "")]);
    }

    #[test]
    fn sort_names_are_cut_at_the_same_words() {
        let (found, _) = credits(&["The A & B C"], &["The A", "B C"], &["A, The & C, B"], &[]);
        assert_eq!(found.iter().filter_map(|credit| credit.sort.as_deref()).collect::<Vec<_>>(), ["A, The", "C, B"]);
    }
}
