//! Monkey's Audio: named, and why it is not made. Nothing is encoded here.

use crate::codec::*;
use crate::pcm::{Source, Spec};
use crate::tags::Tags;
use crate::{Error, Result};

/// Why no machine makes it.
const WHY_NOT: &str = "Monkey's Audio has one encoder, the program mac, and Debian has no package of it";

/// Monkey's Audio.
pub struct Ape;

fn refused<T>() -> Result<T> {
    Err(Error::Unsupported(WHY_NOT.into()))
}

impl Codec for Ape {
    fn facts(&self) -> Facts {
        Facts { id: "ape", name: "Monkey's Audio", extension: "ape", mime: "audio/x-ape" }
    }

    fn offers(&self) -> Vec<Offer> {
        let offer = |quality| Offer {
            setting: Setting { mode: "lossless", quality },
            name: format!("Monkey's Audio {quality}"),
            class: Class::Lossless,
            size: SizeKnown::Range,
            serial: true,
            starts: Starts::AtOnce,
            surround: false,
            why_not: Some(WHY_NOT.into()),
        };
        ["normal", "high"].map(offer).to_vec()
    }

    fn encoder(&self) -> String {
        "none".into()
    }

    fn fit(&self, _: Setting, _: &Spec, _: Option<Reduce>) -> Result<Spec> {
        refused()
    }

    fn layout(&self, _: &Work) -> Result<Layout> {
        refused()
    }

    fn encode_segment(&self, _: &Work, _: u64, _: &mut dyn Source, _: &mut dyn BodySink) -> Result<()> {
        refused()
    }

    fn head(&self, _: &Work, _: Option<&Sizes>, _: &Tags) -> Result<Option<Vec<u8>>> {
        refused()
    }
}
