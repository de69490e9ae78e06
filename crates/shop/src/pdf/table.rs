//! Tables that go on over pages, their heads repeated. Knows pages through [`Paper`] only.

use super::{HEIGHT_PT, MARGIN_PT, Paper, Style, WIDTH_PT};

/// Room between columns.
const GAP_PT: f32 = 8.0;
/// Room above and below a row's text.
const ROW_PAD_PT: f32 = 2.5;
const RULE_GRAY: f32 = 0.75;

/// On which side of its column a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Align {
    Left,
    Right,
}

/// A column: its head, its share of the width against the other columns', and where its text stands.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Column {
    pub head: String,
    pub share: f32,
    pub align: Align,
}

impl Column {
    /// A column whose text stands on the left.
    pub fn left(head: impl Into<String>, share: f32) -> Column {
        Column { head: head.into(), share, align: Align::Left }
    }

    /// A column whose text stands on the right: figures.
    pub fn right(head: impl Into<String>, share: f32) -> Column {
        Column { head: head.into(), share, align: Align::Right }
    }
}

/// A row: a text for each column (missing ones are empty), and whether it stands out, as a sum does.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Row {
    pub cells: Vec<String>,
    pub strong: bool,
}

impl Row {
    /// An ordinary row.
    pub fn new(cells: impl IntoIterator<Item = impl Into<String>>) -> Row {
        Row { cells: cells.into_iter().map(Into::into).collect(), strong: false }
    }

    /// A row that stands out.
    pub fn strong(cells: impl IntoIterator<Item = impl Into<String>>) -> Row {
        Row { strong: true, ..Row::new(cells) }
    }
}

/// Where a column lies on the page.
struct Place {
    left_pt: f32,
    width_pt: f32,
    align: Align,
}

pub(super) fn set(paper: &mut Paper, columns: &[Column], rows: &[Row]) {
    let places = places(columns);
    let head = Row::strong(columns.iter().map(|column| column.head.as_str()));
    let height_pt = |paper: &Paper, row: &Row| {
        let lines = cells(paper, &places, row).iter().map(Vec::len).max().unwrap_or(0).max(1);
        lines as f32 * style(row).line_pt() + 2.0 * ROW_PAD_PT
    };
    let head_pt = height_pt(paper, &head);
    let first_pt = rows.first().map_or(0.0, |row| height_pt(paper, row));
    paper.need(head_pt + first_pt);
    draw(paper, &places, &head, None);
    for row in rows {
        let row_pt = height_pt(paper, row);
        let fits_a_page = head_pt + row_pt < HEIGHT_PT - 2.0 * MARGIN_PT;
        if fits_a_page && paper.left_pt() < row_pt {
            paper.new_page();
            draw(paper, &places, &head, None);
        }
        draw(paper, &places, row, Some(&head));
    }
    paper.move_down(ROW_PAD_PT * 2.0);
}

/// Draws a row line by line; one that is longer than a page goes on under a new head.
fn draw(paper: &mut Paper, places: &[Place], row: &Row, head: Option<&Row>) {
    let style = style(row);
    let cells = cells(paper, places, row);
    let lines = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
    paper.move_down(ROW_PAD_PT);
    for line in 0..lines {
        if let Some(head) = head.filter(|_| paper.left_pt() < style.line_pt() + ROW_PAD_PT) {
            paper.new_page();
            draw(paper, places, head, None);
        }
        for (place, cell) in places.iter().zip(&cells) {
            let Some(text) = cell.get(line) else { continue };
            let free_pt = match place.align {
                Align::Left => 0.0,
                Align::Right => place.width_pt - paper.width_pt(text, style),
            };
            paper.show(place.left_pt + free_pt, paper.y_pt() + style.ascent_pt(), text, style);
        }
        paper.move_down(style.line_pt());
    }
    paper.move_down(ROW_PAD_PT);
    paper.line(RULE_GRAY);
}

fn style(row: &Row) -> Style {
    if row.strong { Style::SMALL.strong() } else { Style::SMALL }
}

fn cells(paper: &Paper, places: &[Place], row: &Row) -> Vec<Vec<String>> {
    let cell = |(place, text): (&Place, &String)| paper.wrap(text, place.width_pt, style(row));
    places.iter().zip(&row.cells).map(cell).collect()
}

fn places(columns: &[Column]) -> Vec<Place> {
    let whole_pt = WIDTH_PT - 2.0 * MARGIN_PT - GAP_PT * columns.len().saturating_sub(1) as f32;
    let shares: f32 = columns.iter().map(|column| column.share).sum();
    let mut left_pt = MARGIN_PT;
    let place = |column: &Column| {
        let width_pt = whole_pt * column.share / shares;
        let place = Place { left_pt, width_pt, align: column.align };
        left_pt += width_pt + GAP_PT;
        place
    };
    columns.iter().map(place).collect()
}
