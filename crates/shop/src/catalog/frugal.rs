//! Pictures decoded without ever being held as a whole: a JPEG at a half, a quarter or an eighth of its sides, a PNG row by
//! row. What cannot be read in such a way is for the usual decoder, and so is every error.

use std::borrow::Cow;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::RgbImage;

use super::scale::{fitted, smaller_of};

/// Pixels of a picture's side at the most.
pub(super) const MAX_COVER_SIDE_PX: u32 = 10_000;
/// Memory that decoding a picture may take.
pub(super) const MAX_COVER_DECODED_BYTES: u64 = 300_000_000;
/// The longest side of a JPEG stays at least so long. Less than is wanted, or one just below twice that would be held whole.
const LEAST_SIDE_PX: u16 = 1_000;

/// The picture on white, its sides at least as long as they are needed to fit into a square of `side_px` or nearly so.
pub(super) fn decode(picture: &[u8], side_px: u32) -> Option<RgbImage> {
    // The decoders are somebody else's and the bytes are a stranger's.
    catch_unwind(AssertUnwindSafe(|| png(picture, side_px).or_else(|| jpeg(picture)))).ok().flatten()
}

/// What is seen of a colour over white.
pub(super) fn over_white(colour: u8, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    ((u32::from(colour) * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

fn is_too_large(width: u32, height: u32) -> bool {
    width > MAX_COVER_SIDE_PX || height > MAX_COVER_SIDE_PX
}

fn jpeg(picture: &[u8]) -> Option<RgbImage> {
    let mut decoder = jpeg_decoder::Decoder::new(Cursor::new(picture));
    decoder.set_max_decoding_buffer_size(MAX_COVER_DECODED_BYTES as usize);
    decoder.read_info().ok()?;
    let info = decoder.info()?;
    let known = matches!(info.pixel_format, jpeg_decoder::PixelFormat::RGB24 | jpeg_decoder::PixelFormat::L8);
    if !known || is_too_large(info.width.into(), info.height.into()) {
        return None;
    }
    let (width, height) = decoder.scale(LEAST_SIDE_PX, LEAST_SIDE_PX).ok()?;
    let mut pixels = decoder.decode().ok()?;
    if info.pixel_format == jpeg_decoder::PixelFormat::L8 {
        pixels = pixels.into_iter().flat_map(|grey| [grey; 3]).collect();
    }
    RgbImage::from_raw(width.into(), height.into(), pixels)
}

fn png(picture: &[u8], side_px: u32) -> Option<RgbImage> {
    let limits = png::Limits { bytes: MAX_COVER_DECODED_BYTES as usize };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(picture), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = reader.info().size();
    if reader.info().interlaced || is_too_large(width, height) {
        return None;
    }
    let colours = reader.output_color_type().0;
    let rows = |_| match reader.next_row() {
        Ok(Some(row)) => Ok(Cow::Owned(in_colour(row.data(), colours))),
        _ => Err(()),
    };
    smaller_of((width, height), fitted((width, height), side_px), rows).ok()
}

/// A row of any kind as red, green and blue.
fn in_colour(row: &[u8], colours: png::ColorType) -> Vec<u8> {
    match colours {
        png::ColorType::Grayscale => row.iter().flat_map(|grey| [*grey; 3]).collect(),
        png::ColorType::GrayscaleAlpha => row.chunks_exact(2).flat_map(|p| [over_white(p[0], p[1]); 3]).collect(),
        png::ColorType::Rgba => {
            row.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]].map(|colour| over_white(colour, p[3]))).collect()
        }
        // An index into a palette is expanded by the reader.
        png::ColorType::Rgb | png::ColorType::Indexed => row.to_vec(),
    }
}
