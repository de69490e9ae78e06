//! WavPack's entropy code, read: the mirror of `crate::wavpack`'s words. Every read is checked against the block's end.

use super::bits::Bits;
use crate::{Error, Result};

/// Medians of one channel, in sixteenths.
pub type Medians = [u32; 3];

/// How slowly each median moves.
const DIVISORS: Medians = [128, 64, 32];
/// So many ones announce an escaped number.
const MAX_ONES: u32 = 16;
/// Longer lengths of counted numbers mean that the stream is broken.
const MAX_COUNT_BITS: u32 = 32;

/// What the last unary number said of the next residual.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Nothing,
    /// It lies below the first median.
    Zero,
    /// It lies above.
    One,
}

/// A decoder of residuals of one or two channels that take turns.
pub struct Words<'a> {
    medians: [Medians; 2],
    bits: Bits<'a>,
    zeros: u32,
    held: Held,
}

fn raise(medians: &mut Medians, which: usize) {
    let step = (medians[which].wrapping_add(DIVISORS[which]) / DIVISORS[which]).wrapping_mul(5);
    medians[which] = medians[which].wrapping_add(step);
}

fn lower(medians: &mut Medians, which: usize) {
    let step = (medians[which].wrapping_add(DIVISORS[which] - 2) / DIVISORS[which]).wrapping_mul(2);
    medians[which] = medians[which].wrapping_sub(step);
}

impl<'a> Words<'a> {
    /// Starts from the medians that the block tells.
    pub fn new(medians: [Medians; 2], bits: Bits<'a>) -> Words<'a> {
        Words { medians, bits, zeros: 0, held: Held::Nothing }
    }

    /// The next residual of a channel.
    pub fn next(&mut self, channel: usize) -> Result<i32> {
        let quiet = self.medians[0][0] < 2 && self.medians[1][0] < 2;
        if quiet && self.held == Held::Nothing && self.in_run()? {
            return Ok(0);
        }
        let zone = self.zone()?;
        let (low, width) = place(&mut self.medians[channel], zone);
        let magnitude = low.wrapping_add(self.offset(width)?) as i32;
        Ok(if self.bits.one()? { !magnitude } else { magnitude })
    }

    /// Whether the residual is one of a run of zeros.
    fn in_run(&mut self) -> Result<bool> {
        if self.zeros > 0 {
            self.zeros -= 1;
            return Ok(self.zeros > 0);
        }
        self.zeros = self.counted()?;
        if self.zeros > 0 {
            self.medians = Default::default();
        }
        Ok(self.zeros > 0)
    }

    /// A number in plain binary but for its leading one, behind its length in ones.
    fn counted(&mut self) -> Result<u32> {
        let mut length = 0;
        while self.bits.one()? {
            length += 1;
            if length > MAX_COUNT_BITS {
                return Err(Error::Malformed("a WavPack number of too many bits".into()));
            }
        }
        match length {
            0 => Ok(0),
            length => Ok(self.bits.take(length - 1)? | 1 << (length - 1)),
        }
    }

    fn zone(&mut self) -> Result<u32> {
        if self.held == Held::Zero {
            self.held = Held::Nothing;
            return Ok(0);
        }
        let mut ones = 0;
        while ones <= MAX_ONES && self.bits.one()? {
            ones += 1;
        }
        match ones {
            ones if ones > MAX_ONES => return Err(Error::Malformed("a WavPack block ends before its samples".into())),
            MAX_ONES => ones = ones.saturating_add(self.counted()?),
            _ => {}
        }
        let zone = (ones >> 1) + u32::from(self.held == Held::One);
        self.held = if ones & 1 == 1 { Held::One } else { Held::Zero };
        Ok(zone)
    }

    fn offset(&mut self, width: u32) -> Result<u32> {
        let greatest = width.wrapping_sub(1);
        let length = 32 - greatest.leading_zeros();
        if length == 0 {
            return Ok(0);
        }
        let short = ((1u64 << length) - 1 - u64::from(greatest)) as u32;
        let code = self.bits.take(length - 1)?;
        if code < short {
            return Ok(code);
        }
        Ok((code << 1).wrapping_sub(short).wrapping_add(u32::from(self.bits.one()?)))
    }
}

/// Where a zone begins and how wide it is; the medians learn of it.
fn place(medians: &mut Medians, zone: u32) -> (u32, u32) {
    let widths = medians.map(|m| (m >> 4) + 1);
    if zone == 0 {
        lower(medians, 0);
        return (0, widths[0]);
    }
    raise(medians, 0);
    if zone == 1 {
        lower(medians, 1);
        return (widths[0], widths[1]);
    }
    raise(medians, 1);
    if zone == 2 {
        lower(medians, 2)
    } else {
        raise(medians, 2)
    }
    (widths[0].wrapping_add(widths[1]).wrapping_add(widths[2].wrapping_mul(zone - 2)), widths[2])
}
