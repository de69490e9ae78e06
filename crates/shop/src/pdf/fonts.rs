//! The faces of printed papers: which glyph a letter has, how wide it is, and the subset that goes into the file.
//! No pages and no layout.
//!
//! Ubuntu Light (Latin, Greek, Cyrillic; Ubuntu Font Licence) for text and Hack (MIT and Bitstream Vera licences) for codes
//! and figures, as shipped in the crate `epaint_default_fonts`. Both licences allow embedding.

use std::collections::BTreeMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Name, Pdf, Rect, Ref, Str};
use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;
use ttf_parser::Face;
use unicode_normalization::UnicodeNormalization;

use super::{PdfError, packed};

/// What a face's fonts are called in the resources of a page, by their number.
pub(super) const RESOURCE_NAMES: [&[u8]; 2] = [b"F0", b"F1"];
/// The number of the face for text, and of the one in which all letters have one width.
pub(super) const TEXT: usize = 0;
pub(super) const MONO: usize = 1;
/// Stands for a letter that no face has; the file still says which letter it was.
const ABSENT: char = '\u{25a1}';
const IDENTITY: SystemInfo = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// A piece of a line that is set in one face.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Number of the face.
    pub face: usize,
    /// The glyphs in the numbers of the subset, two bytes each.
    pub glyphs: Vec<u8>,
    /// What is really meant, where glyphs only stand for letters that no face has.
    pub meant: Option<String>,
}

/// The faces, and what was used of each so far.
pub(super) struct Fonts {
    faces: [Used; 2],
}

struct Used {
    name: &'static str,
    bytes: &'static [u8],
    face: Face<'static>,
    glyphs: GlyphRemapper,
    /// By number in the subset: number in the font, and the letter.
    letters: BTreeMap<u16, (u16, char)>,
}

impl Used {
    fn open(name: &'static str, bytes: &'static [u8]) -> Result<Used, PdfError> {
        let face = Face::parse(bytes, 0).map_err(|error| PdfError::Font(error.to_string()))?;
        Ok(Used { name, bytes, face, glyphs: GlyphRemapper::new(), letters: BTreeMap::new() })
    }

    fn take(&mut self, letter: char) -> u16 {
        let old = self.face.glyph_index(letter).map_or(0, |glyph| glyph.0);
        let new = self.glyphs.remap(old);
        self.letters.entry(new).or_insert((old, letter));
        new
    }

    /// Thousandths of an em.
    fn width_of(&self, glyph: u16) -> f32 {
        let units = self.face.glyph_hor_advance(ttf_parser::GlyphId(glyph)).unwrap_or(0);
        f32::from(units) * 1_000.0 / f32::from(self.face.units_per_em())
    }
}

impl Fonts {
    pub fn new() -> Result<Fonts, PdfError> {
        let text = Used::open("Ubuntu-Light", epaint_default_fonts::UBUNTU_LIGHT)?;
        let mono = Used::open("Hack-Regular", epaint_default_fonts::HACK_REGULAR)?;
        Ok(Fonts { faces: [text, mono] })
    }

    /// The face that has this letter, the wanted one first; none when it must be replaced.
    fn face_for(&self, letter: char, wanted: usize) -> Option<usize> {
        [wanted, 1 - wanted].into_iter().find(|face| self.faces[*face].face.glyph_index(letter).is_some())
    }

    /// How wide this text would be, in ems.
    pub fn width_em(&self, text: &str, wanted: usize) -> f32 {
        let width = |letter: char| {
            let (face, letter) = match self.face_for(letter, wanted) {
                Some(face) => (face, letter),
                None => (MONO, ABSENT),
            };
            self.faces[face].width_of(self.faces[face].face.glyph_index(letter).map_or(0, |glyph| glyph.0))
        };
        text.chars().map(width).sum::<f32>() / 1_000.0
    }

    /// The glyphs of a text, cut where the face changes. The glyphs are in the file from now on.
    pub fn runs(&mut self, text: &str, wanted: usize) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for letter in text.chars() {
            let there = self.face_for(letter, wanted);
            let (face, shown) = there.map_or((MONO, ABSENT), |face| (face, letter));
            let glyph = self.faces[face].take(shown).to_be_bytes();
            let fits = runs.last().is_some_and(|run| run.face == face && run.meant.is_some() == there.is_none());
            if !fits {
                runs.push(Run { face, glyphs: Vec::new(), meant: there.is_none().then(String::new) });
            }
            if let Some(run) = runs.last_mut() {
                run.glyphs.extend_from_slice(&glyph);
                run.meant.iter_mut().for_each(|meant| meant.push(letter));
            }
        }
        runs
    }

    /// Writes what was used of each face and answers where it lies.
    pub fn embed(
        &self,
        pdf: &mut Pdf,
        new_ref: &mut impl FnMut() -> Ref,
    ) -> Result<Vec<(Name<'static>, Ref)>, PdfError> {
        let used = self.faces.iter().zip(RESOURCE_NAMES).filter(|(face, _)| !face.letters.is_empty());
        used.map(|(face, name)| Ok((Name(name), face.embed(pdf, new_ref)?))).collect()
    }
}

impl Used {
    fn embed(&self, pdf: &mut Pdf, new_ref: &mut impl FnMut() -> Ref) -> Result<Ref, PdfError> {
        let subset =
            subsetter::subset(self.bytes, 0, &self.glyphs).map_err(|error| PdfError::Font(error.to_string()))?;
        let name = format!("{}+{}", tag_of(&subset), self.name);
        let [font, cid, descriptor, file, cmap] = [(); 5].map(|()| new_ref());
        pdf.type0_font(font)
            .base_font(Name(name.as_bytes()))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(cmap);
        self.write_widths(pdf, cid, descriptor, &name);
        self.write_descriptor(pdf, descriptor, file, &name);
        let mut unicode = UnicodeCmap::new(Name(b"Gramovar"), IDENTITY);
        self.letters.iter().for_each(|(glyph, (_, letter))| unicode.pair(*glyph, *letter));
        pdf.stream(cmap, &packed(&unicode.finish())).filter(pdf_writer::Filter::FlateDecode);
        let length = i32::try_from(subset.len()).map_err(|error| PdfError::Font(error.to_string()))?;
        let bytes = packed(&subset);
        pdf.stream(file, &bytes).filter(pdf_writer::Filter::FlateDecode).pair(Name(b"Length1"), length);
        Ok(font)
    }

    fn write_widths(&self, pdf: &mut Pdf, cid: Ref, descriptor: Ref, name: &str) {
        let mut font = pdf.cid_font(cid);
        font.subtype(CidFontType::Type2).base_font(Name(name.as_bytes())).system_info(IDENTITY);
        font.font_descriptor(descriptor).default_width(0.0).cid_to_gid_map_predefined(Name(b"Identity"));
        let mut widths = font.widths();
        for (glyph, (old, _)) in &self.letters {
            widths.consecutive(*glyph, [self.width_of(*old)]);
        }
    }

    fn write_descriptor(&self, pdf: &mut Pdf, descriptor: Ref, file: Ref, name: &str) {
        let em = |units: i16| f32::from(units) * 1_000.0 / f32::from(self.face.units_per_em());
        let bounds = self.face.global_bounding_box();
        let bounds = Rect::new(em(bounds.x_min), em(bounds.y_min), em(bounds.x_max), em(bounds.y_max));
        let mut font = pdf.font_descriptor(descriptor);
        font.name(Name(name.as_bytes())).bbox(bounds).italic_angle(0.0).stem_v(60.0);
        let kind = if self.face.is_monospaced() { FontFlags::FIXED_PITCH } else { FontFlags::empty() };
        font.flags(FontFlags::SYMBOLIC | kind);
        font.ascent(em(self.face.ascender())).descent(em(self.face.descender()));
        font.cap_height(em(self.face.capital_height().unwrap_or(self.face.ascender()))).font_file2(file);
    }
}

/// The six letters by which a subset is told from other subsets of its font.
fn tag_of(subset: &[u8]) -> String {
    Sha256::digest(subset).iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect()
}

/// Text as it can be set: composed letters, no control characters, no hints for breaking, one kind of space that holds.
pub(super) fn composed(text: &str) -> String {
    let text = text.nfc().filter(|letter| !matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{feff}'));
    text.map(|letter| {
        if letter.is_control() {
            ' '
        } else if letter == '\u{202f}' {
            '\u{a0}'
        } else {
            letter
        }
    })
    .collect()
}
