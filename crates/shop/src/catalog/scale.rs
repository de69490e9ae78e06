//! Pictures made smaller, row by row: a few rows of the large one are held as numbers at a time, so that memory follows the
//! small one. Knows nothing of files and formats.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::convert::Infallible;

use image::RgbImage;

/// Half the width of the filter, in pixels of the smaller picture.
const RADIUS: f32 = 2.0;
/// Red, green, blue.
const COLOURS: usize = 3;

/// The filter of Catmull and Rom: cubic, through the points (B = 0, C = 1/2).
fn catmull_rom(x: f32) -> f32 {
    match x.abs() {
        x if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
        x if x < RADIUS => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
        _ => 0.0,
    }
}

/// For each pixel of the smaller side: the first of the larger that it is made of, and their shares, which sum to one.
fn shares(from: u32, to: u32) -> Vec<(usize, Vec<f32>)> {
    let ratio = from as f32 / to as f32;
    let share = |at: u32| {
        let centre = (at as f32 + 0.5) * ratio;
        let first = (centre - RADIUS * ratio).floor().max(0.0) as u32;
        let end = ((centre + RADIUS * ratio).ceil() as u32).min(from);
        let shares: Vec<f32> = (first..end).map(|n| catmull_rom((n as f32 + 0.5 - centre) / ratio)).collect();
        let sum: f32 = shares.iter().sum();
        (first as usize, shares.iter().map(|share| share / sum).collect())
    };
    (0..to).map(share).collect()
}

/// The size that fits into a square, never larger than the picture itself.
pub(super) fn fitted((width, height): (u32, u32), side_px: u32) -> (u32, u32) {
    let longest = width.max(height).max(1);
    if longest <= side_px {
        return (width, height);
    }
    let scaled = |side: u32| ((u64::from(side) * u64::from(side_px) / u64::from(longest)) as u32).max(1);
    (scaled(width), scaled(height))
}

/// The picture with sides of so many pixels, neither of them larger than it was and none zero.
pub(super) fn smaller(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    let row_bytes = image.width() as usize * COLOURS;
    let row = |row: usize| Ok::<_, Infallible>(Cow::Borrowed(&image.as_raw()[row * row_bytes..][..row_bytes]));
    match smaller_of(image.dimensions(), (width, height), row) {
        Ok(made) => made,
        Err(never) => match never {},
    }
}

/// The same of a picture that is nowhere as a whole: `row` gives its rows by number, asked for once each and in order.
pub(super) fn smaller_of<'a, E>(
    from: (u32, u32),
    (width, height): (u32, u32),
    mut row: impl FnMut(usize) -> Result<Cow<'a, [u8]>, E>,
) -> Result<RgbImage, E> {
    let (across, down) = (shares(from.0, width), shares(from.1, height));
    let narrowed = |row: &[u8]| {
        let pixel = |(first, shares): &(usize, Vec<f32>)| {
            let mut sums = [0f32; COLOURS];
            for (pixel, share) in row[first * COLOURS..].chunks_exact(COLOURS).zip(shares) {
                sums.iter_mut().zip(pixel).for_each(|(sum, colour)| *sum += f32::from(*colour) * share);
            }
            sums
        };
        across.iter().flat_map(pixel).collect::<Vec<f32>>()
    };
    // Rows of the large picture, already narrow; the first of them, and those from it on.
    let (mut first_held, mut held) = (0, VecDeque::<Vec<f32>>::new());
    let mut made = Vec::with_capacity(width as usize * height as usize * COLOURS);
    for (first, shares) in &down {
        held.drain(..(first - first_held).min(held.len()));
        first_held = *first;
        while held.len() < shares.len() {
            held.push_back(narrowed(&row(first + held.len())?));
        }
        let mut sums = vec![0f32; width as usize * COLOURS];
        for (row, share) in held.iter().zip(shares) {
            sums.iter_mut().zip(row).for_each(|(sum, colour)| *sum += colour * share);
        }
        made.extend(sums.iter().map(|sum| sum.round().clamp(0.0, 255.0) as u8));
    }
    Ok(RgbImage::from_raw(width, height, made).unwrap_or_else(|| RgbImage::new(width, height)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_stays_a_slope_and_a_surface_its_colour() {
        let slope = RgbImage::from_fn(600, 400, |x, y| image::Rgb([(x * 255 / 599) as u8, (y * 255 / 399) as u8, 77]));
        let small = smaller(&slope, 150, 90);
        assert_eq!(small.dimensions(), (150, 90));
        for (x, y, pixel) in small.enumerate_pixels() {
            let expected = [(x as f32 + 0.5) / 150.0, (y as f32 + 0.5) / 90.0].map(|share| share * 255.0);
            assert!((f32::from(pixel[0]) - expected[0]).abs() < 3.0, "{x} {y} {pixel:?}");
            assert!((f32::from(pixel[1]) - expected[1]).abs() < 3.0 && pixel[2] == 77, "{x} {y} {pixel:?}");
        }
    }

    #[test]
    fn it_agrees_with_the_same_filter_of_somebody_else() {
        let spots =
            RgbImage::from_fn(301, 173, |x, y| image::Rgb([(x * y) as u8, (x ^ y) as u8, (x * 3 + y * 7) as u8]));
        let theirs = image::imageops::resize(&spots, 200, 115, image::imageops::FilterType::CatmullRom);
        let worst = smaller(&spots, 200, 115).iter().zip(theirs.iter()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(2), "{worst:?}");
    }
}
