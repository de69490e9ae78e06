//! The sleeves of the demo: each a small drawing of plain shapes in its own few colours, and the title below it.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use tiny_skia::{
    Color, FillRule, GradientStop, LinearGradient, Paint, PathBuilder, Pixmap, Point, RadialGradient, Rect, Shader,
    SpreadMode, Stroke, Transform,
};

use super::DemoError;
use super::lettering::{Lettering, Style};
use super::perform::Uneven;

/// Width and height of a sleeve, in pixels.
pub const SIDE_PX: u32 = 1200;
const SIDE: f32 = SIDE_PX as f32;
/// The largest sleeve in bytes; quality is lowered until it fits.
pub const SIZE_LIMIT_BYTES: usize = 300_000;
const QUALITIES: [u8; 4] = [92, 86, 78, 66];
const MARGIN_PX: f32 = 84.0;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motif {
    Sunrise,
    BirchWood,
    Waves,
    Moon,
}

/// Draws a sleeve and packs it as JPEG.
pub fn paint(motif: Motif, title: &str, artists: &str) -> Result<Vec<u8>, DemoError> {
    let mut picture = Pixmap::new(SIDE_PX, SIDE_PX).ok_or_else(|| DemoError::Cover("no memory for it".into()))?;
    let (ink, mark_ink) = match motif {
        Motif::Sunrise => sunrise(&mut picture),
        Motif::BirchWood => birch_wood(&mut picture),
        Motif::Waves => waves(&mut picture),
        Motif::Moon => moon(&mut picture),
    };
    letter(&mut picture, title, artists, (ink, mark_ink))?;
    jpeg(&picture)
}

fn letter(picture: &mut Pixmap, title: &str, artists: &str, (ink, mark_ink): (Color, Color)) -> Result<(), DemoError> {
    let lettering = Lettering::new()?;
    let fit = |text: &str, size_px: f32, spacing: f32| {
        let style = |size_px: f32| Style { size_px, spacing_px: size_px * spacing, color: ink };
        let width_px = lettering.width_px(text, style(size_px));
        style(size_px * ((SIDE - 2.0 * MARGIN_PX) / width_px).min(1.0))
    };
    lettering.draw(picture, title, (MARGIN_PX, 168.0), fit(title, 96.0, 0.02));
    lettering.draw(picture, artists, (MARGIN_PX + 4.0, 232.0), fit(artists, 34.0, 0.06));
    let mark = Style { size_px: 26.0, spacing_px: 9.0, color: mark_ink };
    let text = "GRAMOVAR";
    lettering.draw(picture, text, (SIDE - MARGIN_PX - lettering.width_px(text, mark), SIDE - 72.0), mark);
    Ok(())
}

fn jpeg(picture: &Pixmap) -> Result<Vec<u8>, DemoError> {
    let pixels: Vec<u8> = picture.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect();
    for quality in QUALITIES {
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
        let packed = encoder.encode(&pixels, SIDE_PX, SIDE_PX, ExtendedColorType::Rgb8);
        packed.map_err(|error| DemoError::Cover(error.to_string()))?;
        if bytes.len() <= SIZE_LIMIT_BYTES {
            return Ok(bytes);
        }
    }
    Err(DemoError::Cover("it is larger than a cover may be".into()))
}

/// A sun of rings over a field of lines like a stave in perspective.
fn sunrise(picture: &mut Pixmap) -> (Color, Color) {
    sky(picture, &[(0.0, 0xF6E7CE), (0.55, 0xF2B880), (1.0, 0xC8553D)]);
    for ring in (0..9).rev() {
        let share = ring as f32 / 8.0;
        disc(picture, (600.0, 800.0), 130.0 + share * 330.0, solid(0xFFF3D6, 0.10 + (1.0 - share) * 0.16));
    }
    band(picture, 800.0, SIDE, 0x588B8B);
    for line in 0..14 {
        let depth = (line as f32 / 13.0).powf(1.9);
        stroke_line(
            picture,
            (0.0, 806.0 + depth * 390.0),
            (SIDE, 806.0 + depth * 390.0),
            1.5 + depth * 7.0,
            solid(0xFFD5C2, 0.75),
        );
    }
    for ray in -9..=9 {
        let far = 600.0 + ray as f32 * 190.0;
        stroke_line(picture, (600.0 + ray as f32 * 34.0, 800.0), (far, SIDE), 2.0, solid(0xFFD5C2, 0.35));
    }
    disc_half(picture, (600.0, 800.0), 150.0, 0xFFF8EC);
    (color(0x5B2A1E, 1.0), color(0xFFF3E6, 1.0))
}

/// Birches on a winter evening, a bell tower far behind them.
fn birch_wood(picture: &mut Pixmap) -> (Color, Color) {
    sky(picture, &[(0.0, 0x14213D), (0.2, 0x1B294C), (0.5, 0x3B4A78), (0.82, 0xC97B84), (1.0, 0xF0C9A5)]);
    disc(picture, (905.0, 520.0), 92.0, solid(0xFBE9D0, 0.95));
    bell_tower(picture);
    hills(picture, 985.0, 26.0, 0.9, 0xE6E3EE);
    let mut uneven = Uneven::new(1878);
    for trunk in 0..9 {
        let x = 60.0 + trunk as f32 * 138.0 + uneven.next() as f32 * 60.0;
        let near = 0.55 + uneven.next() as f32 * 0.6;
        birch(picture, x, 18.0 + near * 28.0, &mut uneven);
    }
    // The crowns are lost in the dusk, and leave room for the title.
    let dusk = vec![GradientStop::new(0.5, color(0x1E2C50, 1.0)), GradientStop::new(1.0, color(0x2A3864, 0.0))];
    let (top, bottom) = (Point::from_xy(0.0, 0.0), Point::from_xy(0.0, 620.0));
    if let Some(shader) = LinearGradient::new(top, bottom, dusk, SpreadMode::Pad, Transform::identity()) {
        rectangle(picture, (0.0, 250.0, SIDE, 370.0), &Paint { shader, ..Paint::default() });
    }
    hills(picture, 1085.0, 34.0, 0.4, 0xFAF8FB);
    (color(0xF7EFE5, 1.0), color(0x3B4A78, 1.0))
}

fn bell_tower(picture: &mut Pixmap) {
    let dark = solid(0x2A2F55, 1.0);
    rectangle(picture, (372.0, 720.0, 110.0, 300.0), &dark);
    rectangle(picture, (392.0, 610.0, 70.0, 120.0), &dark);
    polygon(picture, &[(380.0, 612.0), (474.0, 612.0), (427.0, 500.0)], &dark);
    disc(picture, (427.0, 492.0), 22.0, solid(0xE0B15E, 1.0));
    stroke_line(picture, (427.0, 425.0), (427.0, 475.0), 5.0, solid(0xE0B15E, 1.0));
    stroke_line(picture, (410.0, 440.0), (444.0, 440.0), 5.0, solid(0xE0B15E, 1.0));
    disc(picture, (427.0, 670.0), 20.0, solid(0xF0C9A5, 0.9));
    rectangle(picture, (482.0, 840.0, 190.0, 180.0), &dark);
    polygon(picture, &[(472.0, 842.0), (682.0, 842.0), (577.0, 760.0)], &dark);
}

fn birch(picture: &mut Pixmap, x: f32, width: f32, uneven: &mut Uneven) {
    let lean = (uneven.next() as f32 - 0.5) * 50.0;
    let sides = [
        (x - width / 2.0, 1160.0),
        (x + width / 2.0, 1160.0),
        (x + lean + width / 3.2, 300.0),
        (x + lean - width / 3.2, 300.0),
    ];
    polygon(
        picture,
        &sides,
        &shade((x - width / 2.0, 0.0), (x + width / 2.0, 0.0), &[(0.0, 0xFFFFFF), (0.6, 0xEDE9EE), (1.0, 0xA9A4B8)]),
    );
    for _ in 0..22 {
        let y = 310.0 + uneven.next() as f32 * 830.0;
        let middle = x + lean * (1160.0 - y) / 860.0 + (uneven.next() as f32 - 0.5) * width * 0.7;
        let long = width * (0.12 + uneven.next() as f32 * 0.3);
        stroke_line(
            picture,
            (middle - long / 2.0, y),
            (middle + long / 2.0, y + 2.0),
            4.0 + uneven.next() as f32 * 4.0,
            solid(0x2B2A33, 0.85),
        );
    }
}

/// Six waves, one beneath the other, each the sum of two tones.
fn waves(picture: &mut Pixmap) -> (Color, Color) {
    sky(picture, &[(0.0, 0xEFF6E0), (1.0, 0xAEC3B0)]);
    disc(picture, (930.0, 350.0), 84.0, solid(0xE76F51, 0.95));
    let colors = [0x598392, 0x3F6F82, 0x2C5B73, 0x1D4762, 0x123450, 0x0A233D];
    for (index, shade) in colors.into_iter().enumerate() {
        let number = index as f32;
        let base = 420.0 + number * 132.0;
        let height = |x: f32| {
            let slow = (x / (210.0 + number * 22.0) + number * 1.7).sin() * 62.0;
            base + slow + (x / (71.0 + number * 9.0) + number).sin() * 16.0
        };
        let mut path = PathBuilder::new();
        path.move_to(0.0, SIDE);
        (0..=240).map(|step| step as f32 * 5.0).for_each(|x| path.line_to(x, height(x)));
        path.line_to(SIDE, SIDE);
        path.close();
        if let Some(path) = path.finish() {
            picture.fill_path(
                &path,
                &solid(shade, if index == 0 { 1.0 } else { 0.92 }),
                FillRule::Winding,
                Transform::identity(),
                None,
            );
            let stroke = Stroke { width: 3.0, ..Stroke::default() };
            picture.stroke_path(&path, &solid(0xEFF6E0, 0.55), &stroke, Transform::identity(), None);
        }
    }
    (color(0x124559, 1.0), color(0xDCE9DC, 1.0))
}

/// A moon over still water, and its broken reflection.
fn moon(picture: &mut Pixmap) -> (Color, Color) {
    sky(picture, &[(0.0, 0x0B0A14), (0.62, 0x2D2748), (0.66, 0x4A3B63), (0.661, 0x1A1730), (1.0, 0x09080F)]);
    let mut uneven = Uneven::new(1888);
    for _ in 0..150 {
        let (x, y) = (uneven.next() as f32 * SIDE, 270.0 + uneven.next() as f32 * 470.0);
        disc(picture, (x, y), 0.8 + uneven.next() as f32 * 1.8, solid(0xF4EBD9, 0.25 + uneven.next() as f32 * 0.6));
    }
    glow(picture, (770.0, 500.0), 330.0);
    disc(picture, (770.0, 500.0), 138.0, solid(0xF4EBD9, 1.0));
    disc(picture, (728.0, 470.0), 30.0, solid(0xDCCFB8, 0.6));
    disc(picture, (810.0, 540.0), 42.0, solid(0xDCCFB8, 0.5));
    disc(picture, (790.0, 450.0), 17.0, solid(0xDCCFB8, 0.5));
    for line in 0..26 {
        let share = line as f32 / 25.0;
        let y = 806.0 + share * share * 350.0;
        let half = (138.0 - share * 70.0) * (0.35 + uneven.next() as f32 * 0.65);
        let x = 770.0 + (uneven.next() as f32 - 0.5) * 46.0;
        stroke_line(picture, (x - half, y), (x + half, y), 2.0 + share * 6.0, solid(0xF4EBD9, 0.75 - share * 0.5));
    }
    (color(0xF4EBD9, 1.0), color(0xF4EBD9, 0.8))
}

fn color(rgb: u32, opacity: f32) -> Color {
    let part = |shift: u32| (rgb >> shift & 0xFF) as f32 / 255.0;
    Color::from_rgba(part(16), part(8), part(0), opacity.clamp(0.0, 1.0)).unwrap_or(Color::BLACK)
}

fn solid(rgb: u32, opacity: f32) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(color(rgb, opacity));
    paint
}

fn stops(stops: &[(f32, u32)]) -> Vec<GradientStop> {
    stops.iter().map(|(place, rgb)| GradientStop::new(*place, color(*rgb, 1.0))).collect()
}

fn shade(from: (f32, f32), to: (f32, f32), colors: &[(f32, u32)]) -> Paint<'static> {
    let points = (Point::from_xy(from.0, from.1), Point::from_xy(to.0, to.1));
    let shader = LinearGradient::new(points.0, points.1, stops(colors), SpreadMode::Pad, Transform::identity());
    let plain = Shader::SolidColor(color(colors.first().map_or(0, |(_, rgb)| *rgb), 1.0));
    Paint { shader: shader.unwrap_or(plain), anti_alias: true, ..Paint::default() }
}

fn sky(picture: &mut Pixmap, colors: &[(f32, u32)]) {
    rectangle(picture, (0.0, 0.0, SIDE, SIDE), &shade((0.0, 0.0), (0.0, SIDE), colors));
}

fn band(picture: &mut Pixmap, top: f32, bottom: f32, rgb: u32) {
    rectangle(picture, (0.0, top, SIDE, bottom - top), &solid(rgb, 1.0));
}

fn rectangle(picture: &mut Pixmap, (x, y, width, height): (f32, f32, f32, f32), paint: &Paint<'_>) {
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        picture.fill_rect(rect, paint, Transform::identity(), None);
    }
}

fn disc(picture: &mut Pixmap, (x, y): (f32, f32), radius: f32, paint: Paint<'_>) {
    if let Some(path) = PathBuilder::from_circle(x, y, radius) {
        picture.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
    }
}

/// The upper half of a disc: a sun that stands on the horizon.
fn disc_half(picture: &mut Pixmap, (x, y): (f32, f32), radius: f32, rgb: u32) {
    let edge = (0..=60).map(|step| std::f32::consts::PI * (1.0 + step as f32 / 60.0));
    let points: Vec<_> = edge.map(|angle| (x + angle.cos() * radius, y + angle.sin() * radius)).collect();
    polygon(picture, &points, &solid(rgb, 1.0));
}

fn glow(picture: &mut Pixmap, (x, y): (f32, f32), radius: f32) {
    let center = Point::from_xy(x, y);
    let fading = vec![GradientStop::new(0.3, color(0xF4EBD9, 0.42)), GradientStop::new(1.0, color(0xF4EBD9, 0.0))];
    let shader = RadialGradient::new(center, 0.0, center, radius, fading, SpreadMode::Pad, Transform::identity());
    if let Some(shader) = shader {
        disc(picture, (x, y), radius, Paint { shader, anti_alias: true, ..Paint::default() });
    }
}

fn polygon(picture: &mut Pixmap, points: &[(f32, f32)], paint: &Paint<'_>) {
    let mut path = PathBuilder::new();
    for (index, (x, y)) in points.iter().enumerate() {
        if index == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
    }
    path.close();
    if let Some(path) = path.finish() {
        picture.fill_path(&path, paint, FillRule::Winding, Transform::identity(), None);
    }
}

fn hills(picture: &mut Pixmap, base: f32, height: f32, phase: f32, rgb: u32) {
    let crest = (0..=60).map(|step| step as f32 * 20.0).map(|x| (x, base + (x / 190.0 + phase * 4.0).sin() * height));
    let points: Vec<_> = crest.chain([(SIDE, SIDE), (0.0, SIDE)]).collect();
    polygon(picture, &points, &solid(rgb, 1.0));
}

fn stroke_line(picture: &mut Pixmap, from: (f32, f32), to: (f32, f32), width: f32, paint: Paint<'_>) {
    let mut path = PathBuilder::new();
    path.move_to(from.0, from.1);
    path.line_to(to.0, to.1);
    if let Some(path) = path.finish() {
        let stroke = Stroke { width, ..Stroke::default() };
        picture.stroke_path(&path, &paint, &stroke, Transform::identity(), None);
    }
}
