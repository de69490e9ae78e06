//! Covers: any picture that came with the music turned into JPEGs of known sizes, each as WebP too, and one small enough to be
//! embedded. Pictures come from strangers: bytes, sides and memory are limited, and only Rust reads them; the encoder of WebP, which
//! is C, sees pixels. No SQL.

use std::borrow::Cow;
use std::io::Cursor;

use audio::tags::Picture;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, ImageReader, Limits, RgbImage};
use sha2::{Digest, Sha256};

use super::frugal::{self, MAX_COVER_DECODED_BYTES, MAX_COVER_SIDE_PX};
use super::scale::{fitted, smaller};
use super::types::CoverSize;

/// Bytes of a picture file at the most.
pub const MAX_COVER_FILE_BYTES: u64 = 20_000_000;
/// Bytes of the picture that goes into files at the most.
pub const MAX_EMBEDDED_BYTES: usize = 340_000;

/// JPEG quality of the sizes that pages show.
const SHOWN_QUALITY: u8 = 85;
/// Quality of the same as WebP, which then look alike in a third of the bytes.
const WEBP_QUALITY: f32 = 80.0;
/// Longest side of the embedded picture.
const EMBEDDED_SIDE_PX: u32 = 1_200;
/// Side and quality of the embedded picture, tried in turn until it is small enough.
const EMBEDDED: [(u32, u8); 6] =
    [(EMBEDDED_SIDE_PX, 90), (EMBEDDED_SIDE_PX, 80), (1_000, 80), (800, 75), (600, 70), (300, 60)];
/// The digits of an id.
const ID_DIGITS: usize = 64;

/// A cover ready to be stored.
#[derive(Debug, Clone)]
pub(super) struct Cover {
    /// SHA-256 of the picture it was made of, in hex.
    pub id: String,
    /// The picture to embed.
    pub embedded: Sized,
    /// One for every [`CoverSize`].
    pub shown: Vec<Shown>,
}

/// A size as pages show it.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub size: CoverSize,
    pub jpeg: Vec<u8>,
    pub webp: Vec<u8>,
}

/// A JPEG and its size in pixels.
#[derive(Debug, Clone)]
pub(super) struct Sized {
    pub width: u32,
    pub height: u32,
    pub data: Vec<u8>,
}

/// The id of the cover that `picture` becomes.
pub(super) fn id_of(picture: &[u8]) -> String {
    hex::encode(Sha256::digest(picture))
}

/// Whether a text can be the id of a cover.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == ID_DIGITS && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// The object that holds a size of a cover.
pub(super) fn object_key(id: &str, size: CoverSize) -> String {
    format!("covers/{id}/{}.jpg", size.side_px())
}

/// The object that holds the same as WebP.
pub(super) fn webp_key(id: &str, size: CoverSize) -> String {
    format!("covers/{id}/{}.webp", size.side_px())
}

/// The object that holds the picture to embed.
pub(super) fn embedded_key(id: &str) -> String {
    format!("covers/{id}/embedded.jpg")
}

/// A picture as it may stand in a file: as it is when it is small enough, else as a smaller JPEG. The error is a sentence.
/// It takes little memory, since an encode goes with it.
pub(crate) fn embeddable(picture: Picture) -> Result<Picture, String> {
    if picture.data.len() <= MAX_EMBEDDED_BYTES {
        return Ok(picture);
    }
    let whole = frugal::decode(&picture.data, EMBEDDED_SIDE_PX)
        .map_or_else(|| Ok(decode(&picture.data)?.1), Ok::<_, String>)?;
    drop(picture);
    let Sized { width, height, data } = embedded(&whole)?;
    Ok(Picture { mime: "image/jpeg".to_owned(), width, height, data })
}

/// Makes all sizes of a picture (JPEG or PNG). The error is a sentence for the operator.
pub(super) fn prepare(picture: &[u8]) -> Result<Cover, String> {
    let (format, whole) = decode(picture)?;
    let shown = CoverSize::ALL.into_iter().map(|size| {
        let (width, height) = fitted(whole.dimensions(), size.side_px());
        let image = resized(&whole, width, height);
        Ok(Shown { size, jpeg: jpeg(&image, SHOWN_QUALITY)?, webp: webp(&image)? })
    });
    let shown = shown.collect::<Result<Vec<_>, String>>()?;
    let small = format == ImageFormat::Jpeg && picture.len() <= MAX_EMBEDDED_BYTES;
    let embedded = match small {
        true => Sized { width: whole.width(), height: whole.height(), data: picture.to_vec() },
        false => embedded(&whole)?,
    };
    Ok(Cover { id: id_of(picture), embedded, shown })
}

fn decode(picture: &[u8]) -> Result<(ImageFormat, RgbImage), String> {
    if picture.len() as u64 > MAX_COVER_FILE_BYTES {
        return Err(format!("the picture is larger than {MAX_COVER_FILE_BYTES} bytes"));
    }
    let mut reader = ImageReader::new(Cursor::new(picture)).with_guessed_format().map_err(|e| e.to_string())?;
    let format = match reader.format() {
        Some(format @ (ImageFormat::Jpeg | ImageFormat::Png)) => format,
        _ => return Err("the picture is neither JPEG nor PNG".to_owned()),
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_COVER_SIDE_PX);
    limits.max_image_height = Some(MAX_COVER_SIDE_PX);
    limits.max_alloc = Some(MAX_COVER_DECODED_BYTES);
    reader.limits(limits);
    // The decoder is somebody else's and the bytes are a stranger's.
    let decoded = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| reader.decode()));
    match decoded {
        Ok(Ok(image)) => Ok((format, on_white(image))),
        Ok(Err(e)) => Err(format!("the picture cannot be read: {e}")),
        Err(_) => Err("the picture cannot be read".to_owned()),
    }
}

/// JPEG knows no transparency: what shines through is white.
fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [r, g, b, a] = image.get_pixel(x, y).0;
        image::Rgb([r, g, b].map(|colour| frugal::over_white(colour, a)))
    })
}

fn resized(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    if image.dimensions() == (width, height) {
        return image.clone();
    }
    // A quick halving first: the good filter over a huge picture would take seconds and show no difference.
    if image.width() > width.saturating_mul(4) && image.height() > height.saturating_mul(4) {
        let near = image::imageops::thumbnail(image, width.saturating_mul(2), height.saturating_mul(2));
        return smaller(&near, width, height);
    }
    smaller(image, width, height)
}

fn jpeg(image: &RgbImage, quality: u8) -> Result<Vec<u8>, String> {
    let mut data = Vec::new();
    JpegEncoder::new_with_quality(&mut data, quality).encode_image(image).map_err(|e| e.to_string())?;
    Ok(data)
}

fn webp(image: &RgbImage) -> Result<Vec<u8>, String> {
    let encoder = webp::Encoder::from_rgb(image, image.width(), image.height());
    let made = encoder.encode_simple(false, WEBP_QUALITY).map_err(|e| format!("WebP: {e:?}"))?;
    Ok(made.to_vec())
}

/// One of our JPEGs as WebP, for covers that were stored before there were any.
pub(super) fn as_webp(jpeg: &[u8]) -> Result<Vec<u8>, String> {
    webp(&decode(jpeg)?.1)
}

fn embedded(whole: &RgbImage) -> Result<Sized, String> {
    let mut image = Cow::Borrowed(whole);
    for (side, quality) in EMBEDDED {
        let (width, height) = fitted(whole.dimensions(), side);
        if image.dimensions() != (width, height) {
            image = Cow::Owned(resized(whole, width, height));
        }
        let data = jpeg(&image, quality)?;
        if data.len() <= MAX_EMBEDDED_BYTES {
            return Ok(Sized { width, height, data });
        }
    }
    Err(format!("the picture cannot be made smaller than {MAX_EMBEDDED_BYTES} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32, paint: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
        let image = image::RgbaImage::from_fn(width, height, |x, y| image::Rgba(paint(x, y)));
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(image).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    /// Noise, which no JPEG makes small.
    fn noise(x: u32, y: u32) -> [u8; 4] {
        let n = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).wrapping_mul(2_246_822_519);
        [n as u8, (n >> 8) as u8, (n >> 16) as u8, 255]
    }

    #[test]
    fn a_cover_has_every_size_and_is_never_blown_up() {
        let cover = prepare(&png(500, 250, |x, _| [x as u8, 10, 10, 255])).unwrap();
        let sizes: Vec<_> = cover.shown.iter().map(|shown| image::load_from_memory(&shown.jpeg).unwrap()).collect();
        let sizes: Vec<_> = sizes.iter().map(|image| (image.width(), image.height())).collect();
        assert_eq!(sizes, [(160, 80), (320, 160), (500, 250), (500, 250)]);
    }

    #[test]
    fn each_size_is_there_as_a_smaller_webp_that_another_program_reads() {
        let photo = |x: u32, y: u32| [(x / 3) as u8, (y / 3) as u8, noise(x, y)[0] / 8, 255];
        let cover = prepare(&png(700, 700, photo)).unwrap();
        for Shown { size, jpeg, webp } in &cover.shown {
            let side = size.side_px().min(700);
            assert!(webp.len() < jpeg.len(), "{} of {} at {side}", webp.len(), jpeg.len());
            let file = tempfile::Builder::new().suffix(".webp").tempfile().unwrap();
            std::fs::write(file.path(), webp).unwrap();
            let shown = "stream=codec_name,width,height";
            let said = std::process::Command::new("ffprobe")
                .args(["-v", "error", "-show_entries", shown, "-of", "csv=p=0"])
                .arg(file.path())
                .output()
                .unwrap();
            assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), format!("webp,{side},{side}"));
            assert!(as_webp(jpeg).unwrap().len() < jpeg.len());
        }
    }

    #[test]
    fn the_embedded_picture_is_small_even_of_noise() {
        let cover = prepare(&png(1_500, 1_500, noise)).unwrap();
        assert!(cover.embedded.data.len() <= MAX_EMBEDDED_BYTES, "{}", cover.embedded.data.len());
        let image = image::load_from_memory(&cover.embedded.data).unwrap();
        assert_eq!((image.width(), image.height()), (cover.embedded.width, cover.embedded.height));
    }

    #[test]
    fn a_large_picture_is_embedded_without_being_held_as_a_whole() {
        let photo = |width: u32, height: u32| {
            let [r, g] = [width, height].map(|side| move |at: u32| (at * 255 / side) as u8);
            let noisy = move |x: u32, y: u32| [r(x), g(y), noise(x, y)[0] / 2, 255];
            let (png, mut jpeg) = (png(width, height, noisy), Vec::new());
            let image = RgbImage::from_fn(width, height, |x, y| image::Rgb([r(x), g(y), noise(x, y)[0] / 2]));
            JpegEncoder::new_with_quality(&mut jpeg, 95).encode_image(&image).unwrap();
            [png, jpeg]
        };
        for ((width, height), made) in
            [((3_000, 2_000), [(1_200, 800), (1_200, 800)]), ((2_000, 1_500), [(1_200, 900), (1_000, 750)])]
        {
            for (data, (wide, high)) in photo(width, height).into_iter().zip(made) {
                let given = Picture { mime: "image/any".into(), width, height, data };
                let small = embeddable(given).unwrap();
                assert_eq!((small.mime.as_str(), small.width, small.height), ("image/jpeg", wide, high));
                let image = image::load_from_memory(&small.data).unwrap().into_rgb8();
                for (x, y) in [(0.1, 0.2), (0.5, 0.5), (0.9, 0.8)] {
                    let pixel = image.get_pixel((f64::from(wide) * x) as u32, (f64::from(high) * y) as u32);
                    for (colour, expected) in pixel.0.iter().zip([x * 255.0, y * 255.0]) {
                        assert!((f64::from(*colour) - expected).abs() < 20.0, "{pixel:?} at {x} {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn transparency_becomes_white() {
        let cover = prepare(&png(64, 64, |_, _| [0, 0, 0, 0])).unwrap();
        let image = image::load_from_memory(&cover.embedded.data).unwrap().into_rgb8();
        assert!(image.pixels().all(|p| p.0.iter().all(|c| *c > 250)));
    }

    #[test]
    fn hostile_pictures_are_refused() {
        let mut huge = png(4, 4, noise);
        // The width in IHDR says 100,000.
        huge[16..20].copy_from_slice(&100_000u32.to_be_bytes());
        let cut = &png(300, 300, noise)[..1_000];
        for bad in [&huge[..], cut, b"GIF89a", b"", &[0xff, 0xd8, 0xff]] {
            assert!(prepare(bad).is_err());
            assert!(frugal::decode(bad, EMBEDDED_SIDE_PX).is_none());
        }
    }
}
