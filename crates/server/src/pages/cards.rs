//! Names, covers in grids, and counts: what many pages show of the catalogue.

/// Signs that name a work together with the number behind them, in lower case.
const BEFORE_NUMBERS: [&str; 14] =
    ["op.", "opus", "n°", "no.", "nr.", "№", "bwv", "hwv", "kv", "k.", "rv", "d.", "соч.", "vol."];

/// A title whose `op. 28 n° 4` is not torn apart at the end of a line: no-break spaces stand before numbers of works.
pub fn tied(title: &str) -> String {
    let mut shown = String::with_capacity(title.len() + 8);
    let mut words = title.split(' ').peekable();
    while let Some(word) = words.next() {
        shown.push_str(word);
        let Some(next) = words.peek() else { break };
        let bare = word.trim_start_matches('(').to_lowercase();
        let is_sign = BEFORE_NUMBERS.contains(&bare.as_str());
        let leads = next.starts_with(|sign: char| sign.is_ascii_digit());
        shown.push(if is_sign && leads { '\u{a0}' } else { ' ' });
    }
    shown
}

/// One name of an artist credit, with the phrase that joins it to the next (` & `, ` feat. `; empty at the end).
#[derive(Clone, Debug)]
pub struct Credit {
    /// Id of the artist's page; none for a name without one.
    pub artist_id: Option<String>,
    pub name: String,
    pub join: String,
}

/// A release as a cover in a grid.
#[derive(Clone, Debug)]
pub struct ReleaseCard {
    pub id: String,
    pub title: String,
    pub artists: Vec<Credit>,
    /// Year of release; none if unknown.
    pub year: Option<i32>,
    pub has_cover: bool,
    /// There is something of it to hear.
    pub is_heard: bool,
}

/// A genre or label with the number of its releases.
#[derive(Clone, Debug)]
pub struct NamedCount {
    /// What its address ends in: a genre's name (percent-encoded here), a label's id.
    pub key: String,
    pub name: String,
    pub releases: u64,
}

#[cfg(test)]
mod tests {
    use super::tied;

    #[test]
    fn a_number_of_a_work_stays_with_its_sign() {
        assert_eq!(tied("Prélude, op. 28 n° 4"), "Prélude, op.\u{a0}28 n°\u{a0}4");
        assert_eq!(tied("Invention No. 1 in C major, (BWV 772)"), "Invention No.\u{a0}1 in C major, (BWV\u{a0}772)");
        assert_eq!(tied("Концерт № 1, соч. 23"), "Концерт №\u{a0}1, соч.\u{a0}23");
        for same in ["Op. cit.", "No. No.", "", "Symphony  in D. Minor"] {
            assert_eq!(tied(same), same);
        }
    }
}
