//! Where a master came from, as far as its samples show it: whether it was lossy once, whether its rate was raised, whether its
//! bits were padded. A finding is a mark with a confidence, never a refusal. What is measured lives in `spectrum` and `depth`,
//! what it means in `judge`; nothing here reads files.

mod fft;
mod spectrum;
mod depth;
mod judge;

use crate::pcm::{Samples, Spec};

/// From this confidence on a finding is worth an operator's look.
pub const MARK_PERCENT: u8 = 55;
/// Bits that a master has when no more than CD quality is in it; one more after a change of volume.
const CD_BITS: u8 = 16;
/// Fewer bits than these are no claim to more than CD quality.
const HIRES_BITS: u8 = 20;
/// Values that never come near one another prove it.
const PADDED_PERCENT: u8 = 99;

/// What the samples of a master say about its past. Percentages are confidences; 0 also where there is too little sound to
/// tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provenance {
    /// That it was decoded from a lossy format.
    pub lossy_percent: u8,
    /// That it was recorded at a lower rate.
    pub upsampled_percent: u8,
    /// That it was recorded with fewer bits.
    pub padded_percent: u8,
    /// Where its spectrum ends, if it ends steeply.
    pub cutoff_hz: Option<u32>,
    /// The bits that carry something.
    pub real_bits: u8,
}

impl Provenance {
    /// Whether any finding is worth a look.
    pub fn is_marked(&self) -> bool {
        [self.lossy_percent, self.upsampled_percent, self.padded_percent].iter().any(|p| *p >= MARK_PERCENT)
    }

    /// A sentence for every finding that is worth a look.
    pub fn notes(&self) -> Vec<String> {
        let end = self
            .cutoff_hz
            .map_or(String::new(), |hz| format!(": nothing above {}.{} kHz", hz / 1_000, hz % 1_000 / 100));
        let bits = format!(": only {} bits carry anything", self.real_bits);
        let findings = [
            (self.lossy_percent, "it seems to come from a lossy file", &end),
            (self.upsampled_percent, "its sample rate seems to have been raised", &end),
            (self.padded_percent, "its bits seem to have been padded", &bits),
        ];
        let marked = findings.into_iter().filter(|(percent, ..)| *percent >= MARK_PERCENT);
        marked.map(|(percent, what, why)| format!("{what} ({percent} %){why}")).collect()
    }
}

/// Watches samples as they come. Memory does not grow with their number.
pub struct Watch {
    spec: Spec,
    spectrum: spectrum::Watcher,
    depth: depth::Depth,
}

impl Watch {
    /// Ready for samples of the shape `spec`.
    pub fn new(spec: &Spec) -> Watch {
        Watch { spec: *spec, spectrum: spectrum::Watcher::new(spec), depth: depth::Depth::new(spec) }
    }

    /// Watches a block of whole frames.
    pub fn add(&mut self, block: &Samples) {
        self.spectrum.add(block);
        if self.spec.float || self.spec.bits >= HIRES_BITS {
            self.depth.add(block);
        }
    }

    /// What everything added says.
    pub fn finish(self) -> Provenance {
        let judge::Verdict { lossy_percent, upsampled_percent, cutoff_hz } = judge::judge(&self.spectrum.finish());
        let real_bits = self.depth.finish();
        let padded = self.spec.bits >= HIRES_BITS && real_bits <= CD_BITS + 1;
        let padded_percent = if padded { PADDED_PERCENT } else { 0 };
        Provenance { lossy_percent, upsampled_percent, padded_percent, cutoff_hz, real_bits }
    }
}
