//! The tags of genres that the documents of a segment have. All tags of a document are one value of a column, with spaces between; which
//! they are is read once, since counting by genre takes all of them apart.

use std::collections::HashMap;
use std::sync::OnceLock;

use tantivy::columnar::StrColumn;

/// The tags of a segment, and which of them documents have together, by the number of that value in the column.
#[derive(Default)]
pub(super) struct Tags {
    pub names: Vec<String>,
    /// As places in `names`.
    pub together: Vec<Vec<usize>>,
}

/// The same, read when it is wanted first: whoever counts wants it.
#[derive(Default)]
pub(super) struct LazyTags(OnceLock<Tags>);

impl LazyTags {
    /// Of the segment's column.
    pub(super) fn of(&self, column: Option<&StrColumn>) -> tantivy::Result<&Tags> {
        if let Some(tags) = self.0.get() {
            return Ok(tags);
        }
        let tags = column.map_or(Ok(Tags::default()), Tags::read)?;
        Ok(self.0.get_or_init(|| tags))
    }
}

impl Tags {
    fn read(column: &StrColumn) -> tantivy::Result<Tags> {
        let (mut tags, mut known) = (Tags::default(), HashMap::<String, usize>::new());
        let mut values = column.dictionary().stream()?;
        while values.advance() {
            let value = String::from_utf8_lossy(values.key()).into_owned();
            let number = |tag: &str| match known.get(tag) {
                Some(number) => *number,
                None => {
                    tags.names.push(tag.to_owned());
                    known.insert(tag.to_owned(), tags.names.len() - 1);
                    tags.names.len() - 1
                }
            };
            let together = value.split(' ').map(number).collect();
            tags.together.push(together);
        }
        Ok(tags)
    }
}
