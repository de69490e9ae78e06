//! Codes on paper: as CSV, and as A4 sheets of cards with QR codes. The words on them are the caller's.

use super::code::in_link;
use crate::pdf::{About, HEIGHT_MM, Paper, PdfError, Style, WIDTH_MM};

/// Cards side by side, and below each other.
const COLUMNS: usize = 2;
const ROWS: usize = 5;
const EDGE_MM: f32 = 15.0;
const PAD_MM: f32 = 4.0;
const QR_MM: f32 = 32.0;
const FRAME_GRAY: f32 = 0.7;

/// One code to be printed.
#[derive(Clone)]
pub struct Card {
    /// The only thing that stays known of it.
    pub serial: String,
    /// As a person types it.
    pub code: String,
}

/// What stands on every card beside its code.
#[derive(Debug, Clone)]
pub struct SheetWords {
    /// The file's title: which batch it is.
    pub title: String,
    /// The language of the words, as in `en`.
    pub language: String,
    /// Who sells here.
    pub shop: String,
    /// What it is worth: `10.00 USD`.
    pub worth: String,
    /// How to redeem it.
    pub how: String,
    /// Until when.
    pub until: Option<String>,
    /// The address of the page that takes a code, without the code: `https://shop.example/en/redeem?code=`. Without it the
    /// QR code holds the bare code.
    pub link: Option<String>,
    /// When it was printed.
    pub made_us: i64,
}

/// The sheets.
pub fn pdf(words: &SheetWords, cards: &[Card]) -> Result<Vec<u8>, PdfError> {
    let about = About { title: &words.title, author: &words.shop, language: &words.language, made_us: words.made_us };
    let mut paper = Paper::new(&about)?;
    let size = ((WIDTH_MM - 2.0 * EDGE_MM) / COLUMNS as f32, (HEIGHT_MM - 2.0 * EDGE_MM) / ROWS as f32);
    for (n, card) in cards.iter().enumerate() {
        let place = n % (COLUMNS * ROWS);
        if n > 0 && place == 0 {
            paper.new_page();
        }
        let at = (EDGE_MM + (place % COLUMNS) as f32 * size.0, EDGE_MM + (place / COLUMNS) as f32 * size.1);
        draw(&mut paper, words, card, at, size)?;
    }
    paper.finish()
}

fn draw(paper: &mut Paper, words: &SheetWords, card: &Card, at: (f32, f32), size: (f32, f32)) -> Result<(), PdfError> {
    paper.frame_at(at, size, FRAME_GRAY);
    let link = words.link.as_ref().map_or_else(|| card.code.clone(), |link| format!("{link}{}", in_link(&card.code)));
    let text_mm = size.0 - QR_MM - 2.5 * PAD_MM;
    paper.qr_at((at.0 + size.0 - QR_MM - PAD_MM / 2.0, at.1 + PAD_MM / 2.0), QR_MM, &link)?;
    let (x, mut y) = (at.0 + PAD_MM, at.1 + PAD_MM);
    y += paper.text_at((x, y), text_mm, &words.shop, Style::NOTE) + 1.0;
    y += paper.text_at((x, y), text_mm, &words.worth, Style::SUBHEADING) + 1.0;
    let small = words.until.iter().map(String::as_str).chain([words.how.as_str()]);
    for text in small {
        y += paper.text_at((x, y), text_mm, text, Style::NOTE.sized(7.5)) + 0.5;
    }
    let foot = at.1 + size.1 - PAD_MM;
    paper.text_at((x, foot - 9.5), size.0 - 2.0 * PAD_MM, &card.code, Style::TEXT.mono().strong().sized(12.5));
    paper.text_at((x, foot - 3.0), size.0 - 2.0 * PAD_MM, &card.serial, Style::NOTE.mono().sized(7.0));
    Ok(())
}

/// A line for each code: serial number and code.
pub fn csv(cards: &[Card]) -> String {
    let lines = cards.iter().map(|card| format!("{},{}\r\n", card.serial, card.code));
    std::iter::once("serial,code\r\n".to_owned()).chain(lines).collect()
}
