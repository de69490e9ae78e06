//! Documents of a segment as a bit each: where there are many of them, they are put together and gone through a word at a time.

use tantivy::{DocId, SegmentReader, TERMINATED};

const BITS: usize = u64::BITS as usize;

/// Some of the documents of a segment.
pub(super) struct Marks {
    words: Vec<u64>,
}

impl Marks {
    /// None of them.
    pub(super) fn none(segment: &SegmentReader) -> Marks {
        Marks { words: vec![0; segment.max_doc() as usize / BITS + 1] }
    }

    /// These as well.
    pub(super) fn mark(&mut self, docs: &[DocId]) {
        for doc in docs {
            self.words[*doc as usize / BITS] |= 1 << (*doc as usize % BITS);
        }
    }

    /// Those of the same segment as well.
    pub(super) fn add(&mut self, others: &Marks) {
        self.words.iter_mut().zip(&others.words).for_each(|(word, other)| *word |= other);
    }

    /// Only those that are also among the others, of the same segment.
    pub(super) fn keep(&mut self, others: &Marks) {
        self.words.iter_mut().zip(&others.words).for_each(|(word, other)| *word &= other);
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The first from `from` on, or [`TERMINATED`].
    pub(super) fn next(&self, from: DocId) -> DocId {
        let (mut place, bit) = (from as usize / BITS, from as usize % BITS);
        let Some(first) = self.words.get(place) else { return TERMINATED };
        let mut word = first & (u64::MAX << bit);
        while word == 0 {
            place += 1;
            let Some(next) = self.words.get(place) else { return TERMINATED };
            word = *next;
        }
        (place * BITS) as DocId + word.trailing_zeros()
    }

    /// Each of them, in order.
    pub(super) fn each(&self, mut take: impl FnMut(DocId)) {
        for (place, word) in self.words.iter().enumerate() {
            let mut word = *word;
            while word != 0 {
                take((place * BITS) as DocId + word.trailing_zeros());
                word &= word - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(docs: &[DocId]) -> Marks {
        let mut marks = Marks { words: vec![0; 4] };
        marks.mark(docs);
        marks
    }

    fn all(marks: &Marks) -> Vec<DocId> {
        let mut all = Vec::new();
        marks.each(|doc| all.push(doc));
        all
    }

    #[test]
    fn what_is_marked_comes_in_order_and_once() {
        let marks = marks(&[63, 5, 64, 0, 255, 5]);
        assert_eq!(all(&marks), [0, 5, 63, 64, 255]);
        assert_eq!(marks.count(), 5);
        let mut from = 0;
        let mut found = Vec::new();
        while marks.next(from) != TERMINATED {
            found.push(marks.next(from));
            from = marks.next(from) + 1;
        }
        assert_eq!(found, all(&marks));
        assert_eq!((marks.next(65), marks.next(256), marks.next(TERMINATED)), (255, TERMINATED, TERMINATED));
    }

    #[test]
    fn marks_are_added_up_and_cut_down() {
        let (mut either, mut both) = (marks(&[1, 70]), marks(&[1, 70, 200]));
        either.add(&marks(&[2, 70]));
        both.keep(&marks(&[70, 200, 201]));
        assert_eq!((all(&either), all(&both)), (vec![1, 2, 70], vec![70, 200]));
    }
}
