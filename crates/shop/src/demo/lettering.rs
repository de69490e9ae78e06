//! Words drawn on a picture, from the outlines of the Ubuntu Light font (Latin and Cyrillic; Ubuntu Font Licence, as
//! shipped in the crate `epaint_default_fonts`).

use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Transform};
use ttf_parser::{Face, OutlineBuilder};

use super::DemoError;

/// Words ready to be set.
pub struct Lettering<'a> {
    face: Face<'a>,
}

/// How a line of words is set: size of an em and space between letters in pixels.
#[derive(Clone, Copy)]
pub struct Style {
    pub size_px: f32,
    pub spacing_px: f32,
    pub color: Color,
}

impl Lettering<'static> {
    pub fn new() -> Result<Self, DemoError> {
        let face = Face::parse(epaint_default_fonts::UBUNTU_LIGHT, 0);
        Ok(Self { face: face.map_err(|error| DemoError::Cover(error.to_string()))? })
    }
}

impl Lettering<'_> {
    /// How wide the line would be.
    pub fn width_px(&self, text: &str, style: Style) -> f32 {
        text.chars().map(|letter| self.advance_px(letter, style)).sum::<f32>() - style.spacing_px
    }

    /// Draws the line; `x_px` is its left end and `y_px` its base line.
    pub fn draw(&self, picture: &mut Pixmap, text: &str, (x_px, y_px): (f32, f32), style: Style) {
        let mut x_px = x_px;
        let mut paint = Paint::default();
        paint.set_color(style.color);
        for letter in text.chars() {
            if let Some(path) = self.outline(letter, (x_px, y_px), style) {
                picture.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
            }
            x_px += self.advance_px(letter, style);
        }
    }

    fn advance_px(&self, letter: char, style: Style) -> f32 {
        let units = self.face.glyph_index(letter).and_then(|glyph| self.face.glyph_hor_advance(glyph)).unwrap_or(0);
        f32::from(units) * self.scale(style) + style.spacing_px
    }

    fn scale(&self, style: Style) -> f32 {
        style.size_px / f32::from(self.face.units_per_em())
    }

    fn outline(&self, letter: char, (x, y): (f32, f32), style: Style) -> Option<Path> {
        let mut pen = Pen { path: PathBuilder::new(), x, y, scale: self.scale(style) };
        self.face.outline_glyph(self.face.glyph_index(letter)?, &mut pen)?;
        pen.path.finish()
    }
}

/// Carries font units to pixels; the font's y axis points up.
struct Pen {
    path: PathBuilder,
    x: f32,
    y: f32,
    scale: f32,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
