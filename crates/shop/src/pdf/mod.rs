//! Printed papers: A4 pages with text in Latin, Greek and Cyrillic letters, tables and QR codes. No words of any paper and
//! no money: who prints something composes it from these parts.
//!
//! ```
//! use shop::pdf::{About, Column, Paper, Row};
//! let about = About { title: "Receipt 17", author: "Gramovar", language: "en", made_us: 1_795_219_200_000_000 };
//! let mut paper = Paper::new(&about)?;
//! paper.heading("Receipt 17");
//! paper.pairs(&[("Date", "2026-11-21"), ("Buyer", "listener@demo.example")]);
//! let columns = [Column::left("Track", 4.0), Column::right("Bytes", 1.0), Column::right("Price", 1.0)];
//! paper.table(&columns, &[Row::new(["Зимний вечер", "3,412,000", "0.07"]), Row::strong(["Sum", "", "0.07"])]);
//! paper.note("Keep this paper.");
//! let bytes = paper.finish()?;
//! # assert!(bytes.starts_with(b"%PDF-1.7"));
//! # Ok::<(), shop::pdf::PdfError>(())
//! ```
//!
//! The same calls give the same bytes. A letter that no face has is shown as an empty square, and can still be found and
//! copied as what it is.

mod fonts;
mod qr;
mod table;

pub use table::{Align, Column, Row};

use pdf_writer::types::{AssociationKind, TextRenderingMode};
use pdf_writer::{Content, Date, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use fonts::Fonts;

const PT_PER_MM: f32 = 72.0 / 25.4;
/// Size of a page and its margins.
pub const WIDTH_MM: f32 = 210.0;
/// See [`WIDTH_MM`].
pub const HEIGHT_MM: f32 = 297.0;
/// See [`WIDTH_MM`].
pub const MARGIN_MM: f32 = 18.0;
const WIDTH_PT: f32 = WIDTH_MM * PT_PER_MM;
const HEIGHT_PT: f32 = HEIGHT_MM * PT_PER_MM;
const MARGIN_PT: f32 = MARGIN_MM * PT_PER_MM;
/// From the lower edge to the line that names the paper and the page.
const FOOT_PT: f32 = 10.0 * PT_PER_MM;
/// Pages of one paper.
pub const MAX_PAGES: usize = 5_000;
/// From 0 to 10: how hard streams are squeezed.
const SQUEEZE: u8 = 6;
/// Share of its size by which a strong letter is thickened: there is one weight of the face.
const STRONG_LINE: f32 = 0.035;
const HAIR_PT: f32 = 0.5;
const SPACE_AFTER_PT: f32 = 6.0;
/// Share of the width that the names of [`Paper::pairs`] take.
const PAIR_NAME_SHARE: f32 = 0.3;
/// How an attached file's stream begins; [`attachment`] looks for it.
const ATTACHMENT_TYPE: &[u8] = b"/Type /EmbeddedFile";

/// Why a paper was not made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum PdfError {
    #[error("a font of the program cannot be used: {0}")]
    Font(String),
    #[error("{0} bytes are too many for a QR code")]
    CodeTooLong(usize),
    #[error("a paper has at most {MAX_PAGES} pages")]
    TooManyPages,
    #[error("an attached file is at most 2 GB")]
    AttachmentTooLarge,
}

/// What a file says about itself.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct About<'a> {
    pub title: &'a str,
    pub author: &'a str,
    /// As in `en` or `ru`.
    pub language: &'a str,
    pub made_us: i64,
}

/// How a text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Size of an em in points.
    pub size_pt: f32,
    /// Thicker.
    pub strong: bool,
    /// All letters of one width: codes, hashes.
    pub mono: bool,
    /// 0 is black, 1 is white.
    pub gray: f32,
}

impl Style {
    /// A paper's title.
    pub const HEADING: Style = Style { size_pt: 20.0, strong: true, mono: false, gray: 0.0 };
    /// A part's title.
    pub const SUBHEADING: Style = Style { size_pt: 13.0, strong: true, mono: false, gray: 0.0 };
    /// Running text.
    pub const TEXT: Style = Style { size_pt: 10.5, strong: false, mono: false, gray: 0.0 };
    /// Tables.
    pub const SMALL: Style = Style { size_pt: 9.0, strong: false, mono: false, gray: 0.0 };
    /// Remarks.
    pub const NOTE: Style = Style { size_pt: 8.5, strong: false, mono: false, gray: 0.35 };

    /// The same, thicker.
    pub const fn strong(self) -> Style {
        Style { strong: true, ..self }
    }

    /// The same, with letters of one width.
    pub const fn mono(self) -> Style {
        Style { mono: true, ..self }
    }

    /// The same in another size.
    pub const fn sized(self, size_pt: f32) -> Style {
        Style { size_pt, ..self }
    }

    fn face(self) -> usize {
        if self.mono { fonts::MONO } else { fonts::TEXT }
    }

    /// From one base line to the next.
    fn line_pt(self) -> f32 {
        self.size_pt * 1.35
    }

    /// From the upper edge of a line to its base line.
    fn ascent_pt(self) -> f32 {
        self.size_pt * 1.0
    }
}

/// A paper in the making. Flowing parts follow each other downwards and over pages; `…_at` places something anywhere on the
/// page at hand, in millimetres from its upper left corner.
pub struct Paper {
    title: String,
    author: String,
    language: String,
    made_us: i64,
    fonts: Fonts,
    pages: Vec<Vec<u8>>,
    page: Content,
    /// From the upper edge to where the next part begins.
    y_pt: f32,
    attached: Option<(String, String, Vec<u8>)>,
}

impl Paper {
    /// An empty first page.
    pub fn new(about: &About) -> Result<Paper, PdfError> {
        Ok(Paper {
            title: fonts::composed(about.title),
            author: fonts::composed(about.author),
            language: about.language.to_owned(),
            made_us: about.made_us,
            fonts: Fonts::new()?,
            pages: Vec::new(),
            page: Content::new(),
            y_pt: MARGIN_PT,
            attached: None,
        })
    }

    /// The paper's title, large.
    pub fn heading(&mut self, text: &str) {
        self.flow(text, Style::HEADING);
    }

    /// The title of a part; never the last line of a page.
    pub fn subheading(&mut self, text: &str) {
        self.need(Style::SUBHEADING.line_pt() + SPACE_AFTER_PT + 3.0 * Style::TEXT.line_pt());
        self.move_down(SPACE_AFTER_PT);
        self.flow(text, Style::SUBHEADING);
    }

    /// Running text; a line break in it begins a new line.
    pub fn paragraph(&mut self, text: &str) {
        self.flow(text, Style::TEXT);
    }

    /// A remark, small and gray.
    pub fn note(&mut self, text: &str) {
        self.flow(text, Style::NOTE);
    }

    /// Text in a style of its own over the whole width.
    pub fn flow(&mut self, text: &str, style: Style) {
        for line in self.wrap(text, WIDTH_PT - 2.0 * MARGIN_PT, style) {
            self.need(style.line_pt());
            self.show(MARGIN_PT, self.y_pt + style.ascent_pt(), &line, style);
            self.y_pt += style.line_pt();
        }
        self.y_pt += SPACE_AFTER_PT;
    }

    /// Names on the left, what they stand for beside them.
    pub fn pairs(&mut self, pairs: &[(&str, &str)]) {
        let whole_pt = WIDTH_PT - 2.0 * MARGIN_PT;
        let name_pt = whole_pt * PAIR_NAME_SHARE;
        let name_style = Style { gray: Style::NOTE.gray, ..Style::TEXT };
        for (name, value) in pairs {
            let names = self.wrap(name, name_pt - 6.0, name_style);
            let values = self.wrap(value, whole_pt - name_pt, Style::TEXT);
            for line in 0..names.len().max(values.len()) {
                self.need(Style::TEXT.line_pt());
                let base_pt = self.y_pt + Style::TEXT.ascent_pt();
                names.get(line).into_iter().for_each(|text| self.show(MARGIN_PT, base_pt, text, name_style));
                values
                    .get(line)
                    .into_iter()
                    .for_each(|text| self.show(MARGIN_PT + name_pt, base_pt, text, Style::TEXT));
                self.y_pt += Style::TEXT.line_pt();
            }
        }
        self.y_pt += SPACE_AFTER_PT;
    }

    /// A table over the whole width; it goes on over pages and repeats its heads.
    pub fn table(&mut self, columns: &[Column], rows: &[Row]) {
        table::set(self, columns, rows);
    }

    /// A thin line over the whole width.
    pub fn rule(&mut self) {
        self.need(SPACE_AFTER_PT);
        self.line(0.5);
        self.y_pt += SPACE_AFTER_PT;
    }

    /// Leaves room.
    pub fn space(&mut self, height_mm: f32) {
        self.y_pt += height_mm * PT_PER_MM;
    }

    /// A QR code at the left margin.
    pub fn qr(&mut self, text: &str, side_mm: f32) -> Result<(), PdfError> {
        self.need(side_mm * PT_PER_MM);
        self.qr_at((MARGIN_MM, self.y_pt / PT_PER_MM), side_mm, text)?;
        self.y_pt += side_mm * PT_PER_MM + SPACE_AFTER_PT;
        Ok(())
    }

    /// Goes on with an empty page.
    pub fn new_page(&mut self) {
        let page = std::mem::replace(&mut self.page, Content::new());
        self.pages.push(packed(&page.finish()));
        self.y_pt = MARGIN_PT;
    }

    /// Text in a box, wrapped to its width; answers how high it became.
    pub fn text_at(&mut self, (x_mm, y_mm): (f32, f32), width_mm: f32, text: &str, style: Style) -> f32 {
        let lines = self.wrap(text, width_mm * PT_PER_MM, style);
        for (n, line) in lines.iter().enumerate() {
            let base_pt = y_mm * PT_PER_MM + style.ascent_pt() + n as f32 * style.line_pt();
            self.show(x_mm * PT_PER_MM, base_pt, line, style);
        }
        lines.len() as f32 * style.line_pt() / PT_PER_MM
    }

    /// A QR code with its white border, drawn as vectors.
    pub fn qr_at(&mut self, (x_mm, y_mm): (f32, f32), side_mm: f32, text: &str) -> Result<(), PdfError> {
        let (side, bars) = qr::bars(text)?;
        let module_pt = side_mm * PT_PER_MM / side as f32;
        self.page.save_state().set_fill_gray(0.0);
        let origin = [x_mm * PT_PER_MM, HEIGHT_PT - y_mm * PT_PER_MM];
        self.page.transform([module_pt, 0.0, 0.0, -module_pt, origin[0], origin[1]]);
        for bar in bars {
            self.page.rect(bar.column as f32, bar.row as f32, bar.length as f32, 1.0);
        }
        self.page.fill_nonzero().restore_state();
        Ok(())
    }

    /// A thin frame.
    pub fn frame_at(&mut self, (x_mm, y_mm): (f32, f32), (width_mm, height_mm): (f32, f32), gray: f32) {
        let [x, y, width, height] = [x_mm, y_mm, width_mm, height_mm].map(|mm| mm * PT_PER_MM);
        self.page.set_stroke_gray(gray).set_line_width(HAIR_PT).rect(x, HEIGHT_PT - y - height, width, height).stroke();
    }

    /// Puts a file into the paper, as it is; [`attachment`] takes it out again. One for each paper.
    pub fn attach(&mut self, name: &str, media_type: &str, bytes: Vec<u8>) {
        self.attached = Some((name.to_owned(), media_type.to_owned(), bytes));
    }

    /// The whole file.
    pub fn finish(mut self) -> Result<Vec<u8>, PdfError> {
        self.new_page();
        if self.pages.len() > MAX_PAGES {
            return Err(PdfError::TooManyPages);
        }
        let mut last = 0;
        let mut new_ref = move || {
            last += 1;
            Ref::new(last)
        };
        let (catalog, tree, info) = (new_ref(), new_ref(), new_ref());
        let mut pdf = Pdf::new();
        pdf.set_version(1, 7);
        let feet: Vec<Vec<u8>> = (1..=self.pages.len()).map(|number| self.foot(number)).collect();
        let fonts = self.fonts.embed(&mut pdf, &mut new_ref)?;
        let attached = self.write_attached(&mut pdf, &mut new_ref)?;
        self.write_about(&mut pdf, catalog, tree, info, attached);
        let pages = self.write_pages(&mut pdf, tree, &feet, &fonts, &mut new_ref);
        let count = i32::try_from(pages.len()).map_err(|_| PdfError::TooManyPages)?;
        pdf.pages(tree).kids(pages).count(count);
        Ok(pdf.finish())
    }

    /// The line at the end of a page: the paper's title, and which page of how many.
    fn foot(&mut self, number: usize) -> Vec<u8> {
        self.page = Content::new();
        let count = format!("{number} / {}", self.pages.len());
        let base_pt = HEIGHT_PT - FOOT_PT;
        let count_pt = self.width_pt(&count, Style::NOTE);
        let title_pt = WIDTH_PT - 2.0 * MARGIN_PT - count_pt - 12.0;
        let title = self.wrap(&self.title, title_pt, Style::NOTE).into_iter().next().unwrap_or_default();
        self.show(MARGIN_PT, base_pt, &title, Style::NOTE);
        self.show(WIDTH_PT - MARGIN_PT - count_pt, base_pt, &count, Style::NOTE);
        std::mem::replace(&mut self.page, Content::new()).finish().to_vec()
    }

    fn write_pages(
        &self,
        pdf: &mut Pdf,
        tree: Ref,
        feet: &[Vec<u8>],
        fonts: &[(Name<'static>, Ref)],
        new_ref: &mut impl FnMut() -> Ref,
    ) -> Vec<Ref> {
        let mut pages = Vec::new();
        for (body, foot) in self.pages.iter().zip(feet) {
            let (page, body_at, foot_at) = (new_ref(), new_ref(), new_ref());
            let mut dict = pdf.page(page);
            dict.media_box(Rect::new(0.0, 0.0, WIDTH_PT, HEIGHT_PT)).parent(tree).contents_array([body_at, foot_at]);
            dict.resources().fonts().pairs(fonts.iter().copied());
            dict.finish();
            pdf.stream(body_at, body).filter(Filter::FlateDecode);
            pdf.stream(foot_at, foot);
            pages.push(page);
        }
        pages
    }

    fn write_about(&self, pdf: &mut Pdf, catalog: Ref, tree: Ref, info: Ref, attached: Option<Ref>) {
        let mut dict = pdf.catalog(catalog);
        dict.pages(tree).lang(TextStr(&self.language)).viewer_preferences().display_doc_title(true);
        if let (Some((name, ..)), Some(attached)) = (&self.attached, attached) {
            dict.names().embedded_files().names().insert(Str(name.as_bytes()), attached);
            dict.insert(Name(b"AF")).array().item(attached);
        }
        dict.finish();
        let made = date_of(self.made_us);
        let mut dict = pdf.document_info(info);
        dict.title(TextStr(&self.title)).author(TextStr(&self.author)).producer(TextStr("Gramovar"));
        dict.creation_date(made).modified_date(made);
    }

    fn write_attached(&self, pdf: &mut Pdf, new_ref: &mut impl FnMut() -> Ref) -> Result<Option<Ref>, PdfError> {
        let Some((name, media_type, bytes)) = &self.attached else { return Ok(None) };
        let (spec, stream) = (new_ref(), new_ref());
        let size = i32::try_from(bytes.len()).map_err(|_| PdfError::AttachmentTooLarge)?;
        let mut file = pdf.embedded_file(stream, bytes);
        file.subtype(Name(media_type.as_bytes()));
        file.params().size(size).modification_date(date_of(self.made_us));
        file.finish();
        let mut dict = pdf.file_spec(spec);
        dict.path(Str(name.as_bytes())).unic_file(TextStr(name)).association_kind(AssociationKind::Source);
        dict.insert(Name(b"EF")).dict().pair(Name(b"F"), stream).pair(Name(b"UF"), stream);
        Ok(Some(spec))
    }

    /// Begins a new page when less than this is left.
    fn need(&mut self, height_pt: f32) {
        if self.left_pt() < height_pt && self.y_pt > MARGIN_PT {
            self.new_page();
        }
    }

    fn left_pt(&self) -> f32 {
        HEIGHT_PT - MARGIN_PT - self.y_pt
    }

    fn y_pt(&self) -> f32 {
        self.y_pt
    }

    fn move_down(&mut self, by_pt: f32) {
        self.y_pt += by_pt;
    }

    fn line(&mut self, gray: f32) {
        let y = HEIGHT_PT - self.y_pt;
        self.page.set_stroke_gray(gray).set_line_width(HAIR_PT);
        self.page.move_to(MARGIN_PT, y).line_to(WIDTH_PT - MARGIN_PT, y).stroke();
    }

    fn width_pt(&self, text: &str, style: Style) -> f32 {
        self.fonts.width_em(&fonts::composed(text), style.face()) * style.size_pt
    }

    /// Sets one line; `base_pt` is its base line, counted from the upper edge.
    fn show(&mut self, left_pt: f32, base_pt: f32, text: &str, style: Style) {
        let runs = self.fonts.runs(&fonts::composed(text), style.face());
        self.page.begin_text().set_fill_gray(style.gray).set_stroke_gray(style.gray);
        self.page.set_line_width(style.size_pt * STRONG_LINE);
        let mode = if style.strong { TextRenderingMode::FillStroke } else { TextRenderingMode::Fill };
        self.page.set_text_rendering_mode(mode).next_line(left_pt, HEIGHT_PT - base_pt);
        for run in runs {
            self.page.set_font(Name(fonts::RESOURCE_NAMES[run.face]), style.size_pt);
            if let Some(meant) = &run.meant {
                let mut mark = self.page.begin_marked_content_with_properties(Name(b"Span"));
                mark.properties().actual_text(TextStr(meant));
            }
            self.page.show(Str(&run.glyphs));
            if run.meant.is_some() {
                self.page.end_marked_content();
            }
        }
        self.page.end_text();
    }

    /// Lines no wider than this: broken at spaces, and within a word that is too long for a line of its own.
    fn wrap(&self, text: &str, width_pt: f32, style: Style) -> Vec<String> {
        let fits = |line: &str| self.width_pt(line, style) <= width_pt;
        let mut lines = Vec::new();
        for part in text.split('\n') {
            let mut line = String::new();
            for word in part.split(is_break).filter(|word| !word.is_empty()) {
                let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
                if fits(&longer) {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line = broken(word, &fits, &mut lines);
            }
            lines.push(line);
        }
        lines
    }
}

/// Where a line may end: at spaces, except those that hold a figure and its unit together.
fn is_break(letter: char) -> bool {
    letter.is_whitespace() && !matches!(letter, '\u{a0}' | '\u{202f}')
}

/// Cuts a word into lines that fit; answers the rest, which does.
fn broken(word: &str, fits: &impl Fn(&str) -> bool, lines: &mut Vec<String>) -> String {
    let mut line = String::new();
    for letter in word.chars() {
        line.push(letter);
        if !fits(&line) && line.chars().nth(1).is_some() {
            line.pop();
            lines.push(std::mem::replace(&mut line, letter.to_string()));
        }
    }
    line
}

/// The file that [`Paper::attach`] put into a paper of this kit; none when there is none.
pub fn attachment(pdf: &[u8]) -> Option<&[u8]> {
    let find = |from: usize, what: &[u8]| {
        let at = pdf.get(from..)?.windows(what.len()).position(|window| window == what)?;
        Some(from + at)
    };
    let kind = find(0, ATTACHMENT_TYPE)?;
    let object = pdf[..kind].windows(3).rposition(|window| window == b"obj")?;
    let begin = find(kind, b"stream\n")? + b"stream\n".len();
    let head = pdf.get(object..begin)?;
    let length = head.windows(8).position(|window| window == b"/Length ")? + 8;
    let digits = head[length..].split(|byte| !byte.is_ascii_digit()).next()?;
    let length: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    pdf.get(begin..begin.checked_add(length)?)
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(bytes, SQUEEZE)
}

fn date_of(at_us: i64) -> Date {
    let day = crate::clock::day_of(at_us);
    let number = |from: usize, to: usize| day.get(from..to).and_then(|digits| digits.parse::<u16>().ok()).unwrap_or(0);
    let second = at_us.rem_euclid(86_400_000_000) / 1_000_000;
    let (hour, minute, second) = ((second / 3_600) as u8, (second / 60 % 60) as u8, (second % 60) as u8);
    let date = Date::new(number(0, 4)).month(number(5, 7) as u8).day(number(8, 10) as u8);
    date.hour(hour).minute(minute).second(second).utc_offset_hour(0)
}

#[cfg(test)]
mod tests;
