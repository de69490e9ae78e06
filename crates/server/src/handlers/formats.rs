//! The formats on offer as a chooser shows them, and which of them a visitor has chosen.

use shop::formats::{self, Class, Format, FormatInfo};

use crate::http::{Problem, Visit};
use crate::pages::{FormatClass, FormatGroup, FormatOption};

/// What is chosen until somebody says otherwise.
const DEFAULT: &str = "mp3:cbr:320";

/// The format that is asked for, else the one chosen last, else the default.
pub(super) fn chosen(visit: &Visit, asked: Option<&str>) -> Result<Format, Problem> {
    let wishes = [asked, visit.cookies().format.as_deref(), Some(DEFAULT)];
    let offered = wishes.into_iter().flatten().find_map(parse);
    offered.or_else(first).ok_or_else(|| Problem::internal("no format is on offer"))
}

fn first() -> Option<Format> {
    formats::list().into_iter().find(|info| info.available).map(|info| info.format)
}

/// A format by its name, if it is on offer.
pub(super) fn parse(text: &str) -> Option<Format> {
    text.parse::<Format>().ok().filter(|format| format.info().available)
}

/// What can be chosen, by class.
pub(super) fn groups() -> Vec<FormatGroup> {
    let all: Vec<FormatInfo> = formats::list().into_iter().filter(|info| info.available).collect();
    let group = |(of, class): (Class, FormatClass)| {
        let options = all.iter().filter(|info| info.class == of);
        let option = |info: &FormatInfo| FormatOption { id: info.format.to_string(), name: info.name.clone() };
        FormatGroup { class, options: options.map(option).collect() }
    };
    let classes =
        [(Class::Lossy, FormatClass::Lossy), (Class::Lossless, FormatClass::Lossless), (Class::Hires, FormatClass::Hires)];
    classes.into_iter().map(group).filter(|group| !group.options.is_empty()).collect()
}
