//! Words with typos in them, found by walking a dictionary: a letter too many, too few, another one, or two that changed places
//! count as one typo each. Knows letters and bytes, nothing of an index.

use tantivy_fst::Automaton;

/// Letters of a word that may have typos at the most; the states of a longer one would not fit.
pub(super) const MAX_LETTERS: usize = 30;
/// Typos at the most.
const MAX_TYPOS: usize = 2;

/// What is wanted: what comes first as it stands, then a word with at most so many typos, then anything if it is a beginning.
#[derive(Debug, Clone)]
pub(super) struct Near {
    first: u8,
    letters: Vec<char>,
    typos: usize,
    is_beginning: bool,
}

/// How far a dictionary's word has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Read {
    has_begun: bool,
    /// For each number of typos, bit `n`: the first `n` letters of what is wanted may have been read so.
    reached: [u32; MAX_TYPOS + 1],
    /// The same, where of two letters that changed places the first was read.
    swapping: [u32; MAX_TYPOS],
    /// A letter's bytes so far, and how many are to come.
    letter: u32,
    to_come: u8,
    is_found: bool,
}

impl Near {
    /// `None` where the word is too long for typos.
    pub(super) fn new(first: u8, word: &str, typos: u8, is_beginning: bool) -> Option<Near> {
        let letters: Vec<char> = word.chars().collect();
        let fits = letters.len() <= MAX_LETTERS && usize::from(typos) <= MAX_TYPOS;
        fits.then_some(Near { first, letters, typos: usize::from(typos), is_beginning })
    }

    fn end(&self) -> u32 {
        1 << self.letters.len()
    }

    /// Where the letter stands in what is wanted.
    fn places(&self, letter: char) -> u32 {
        self.letters.iter().enumerate().fold(0, |places, (at, own)| places | u32::from(*own == letter) << at)
    }

    fn with_letter(&self, read: &Read, letter: char) -> Read {
        let (places, all) = (self.places(letter), self.end() | (self.end() - 1));
        let mut next = Read { reached: [0; MAX_TYPOS + 1], swapping: [0; MAX_TYPOS], letter: 0, to_come: 0, ..*read };
        for typos in 0..=self.typos {
            let mut reached = (read.reached[typos] & places) << 1;
            if let Some(fewer) = typos.checked_sub(1) {
                // One too many; another one; one too few; the second of two that changed places.
                reached |= read.reached[fewer] | read.reached[fewer] << 1 | next.reached[fewer] << 1;
                reached |= (read.swapping[fewer] & places) << 2;
            }
            next.reached[typos] = reached & all;
            if typos < self.typos {
                next.swapping[typos] = read.reached[typos] & (places >> 1);
            }
        }
        next.is_found = next.reached[self.typos] & self.end() != 0;
        next
    }
}

impl Automaton for Near {
    type State = Read;

    fn start(&self) -> Read {
        // Letters that are missing at the very beginning.
        let mut reached = [1; MAX_TYPOS + 1];
        for typos in 1..=self.typos {
            reached[typos] |= reached[typos - 1] << 1;
        }
        reached.iter_mut().for_each(|reached| *reached &= self.end() | (self.end() - 1));
        Read { has_begun: false, reached, swapping: [0; MAX_TYPOS], letter: 0, to_come: 0, is_found: false }
    }

    fn is_match(&self, read: &Read) -> bool {
        read.is_found && read.to_come == 0
    }

    fn can_match(&self, read: &Read) -> bool {
        read.is_found || read.reached[self.typos] != 0
    }

    fn will_always_match(&self, read: &Read) -> bool {
        self.is_beginning && self.is_match(read)
    }

    fn accept(&self, read: &Read, byte: u8) -> Read {
        if !read.has_begun {
            let reached = if byte == self.first { read.reached } else { [0; MAX_TYPOS + 1] };
            let is_found = reached[self.typos] & self.end() != 0;
            return Read { has_begun: true, reached, is_found, ..*read };
        }
        if self.is_beginning && read.is_found {
            return *read;
        }
        let (letter, to_come) = match (read.to_come, byte) {
            (0, 0..=0x7f) => (u32::from(byte), 0),
            (0, 0xc0..=0xdf) => (u32::from(byte & 0x1f), 1),
            (0, 0xe0..=0xef) => (u32::from(byte & 0x0f), 2),
            (0, _) => (u32::from(byte & 0x07), 3),
            (to_come, _) => (read.letter << 6 | u32::from(byte & 0x3f), to_come - 1),
        };
        if to_come > 0 {
            return Read { letter, to_come, ..*read };
        }
        self.with_letter(read, char::from_u32(letter).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(wanted: &str, typos: u8, is_beginning: bool, word: &str) -> bool {
        let near = Near::new(b't', wanted, typos, is_beginning).unwrap();
        let mut read = near.start();
        for byte in format!("t{word}").bytes() {
            read = near.accept(&read, byte);
            if near.will_always_match(&read) {
                return true;
            }
            if !near.can_match(&read) {
                return false;
            }
        }
        near.is_match(&read)
    }

    #[test]
    fn words_are_as_near_as_their_distance_says() {
        let words = [
            "mozart",
            "mozrat",
            "moart",
            "mozaart",
            "mosart",
            "mzoatr",
            "ozart",
            "zart",
            "bach",
            "моцарт",
            "моцрат",
            "",
        ];
        for (wanted, word) in words.iter().flat_map(|wanted| words.iter().map(move |word| (wanted, word))) {
            for typos in 0..=2 {
                let near = strsim::osa_distance(wanted, word) <= usize::from(typos);
                assert_eq!(answers(wanted, typos, false, word), near, "{wanted} {word} {typos}");
            }
        }
    }

    #[test]
    fn a_beginning_is_near_as_soon_as_one_of_its_lengths_is() {
        for (wanted, word, near) in [
            ("mozr", "mozart", true),
            ("моцр", "моцарт", true),
            ("tchai", "tchaikovsky", true),
            ("thcai", "tchaikovsky", true),
            ("bach", "mozart", false),
        ] {
            assert_eq!(answers(wanted, 1, true, word), near, "{wanted} {word}");
        }
    }

    #[test]
    fn other_kinds_are_passed_by_and_long_words_have_no_typos() {
        let near = Near::new(b'a', "kino", 1, false).unwrap();
        assert!(!near.can_match(&near.accept(&near.start(), b't')));
        assert!(Near::new(b'a', &"k".repeat(MAX_LETTERS + 1), 1, false).is_none());
    }
}
