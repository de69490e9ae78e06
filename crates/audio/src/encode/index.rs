//! The index that a finished encode leaves: sizes of segments and packets, as a small blob that only this file reads.

use crate::codec::Sizes;
use crate::{Error, Result};

/// First byte of the blob.
const VERSION: u8 = 1;

/// Version, count of segments, their bytes, count of packets, their bytes; each number as LEB128.
pub fn write(sizes: &Sizes) -> Vec<u8> {
    let mut blob = vec![VERSION];
    number(&mut blob, sizes.segment_bytes.len() as u64);
    sizes.segment_bytes.iter().for_each(|&n| number(&mut blob, n));
    number(&mut blob, sizes.packet_bytes.len() as u64);
    sizes.packet_bytes.iter().for_each(|&n| number(&mut blob, u64::from(n)));
    blob
}

fn number(blob: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        blob.push(n as u8 | 0x80);
        n >>= 7;
    }
    blob.push(n as u8);
}

/// Reads what [`write`] wrote.
pub fn parse(blob: &[u8]) -> Result<Sizes> {
    let Some((&VERSION, mut rest)) = blob.split_first() else {
        return Err(Error::Malformed("an encode index of another version".into()));
    };
    let segments = take_many(&mut rest)?;
    let packets = take_many(&mut rest)?;
    let narrow = |n: u64| u32::try_from(n).map_err(|_| Error::Malformed("a packet size in an encode index".into()));
    Ok(Sizes { segment_bytes: segments, packet_bytes: packets.into_iter().map(narrow).collect::<Result<_>>()? })
}

fn take_many(rest: &mut &[u8]) -> Result<Vec<u64>> {
    let count = take(rest)?;
    if count > rest.len() as u64 {
        return Err(Error::Truncated("an encode index".into()));
    }
    (0..count).map(|_| take(rest)).collect()
}

fn take(rest: &mut &[u8]) -> Result<u64> {
    let mut n = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, tail) = rest.split_first().ok_or_else(|| Error::Truncated("an encode index".into()))?;
        *rest = tail;
        n |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok(n);
        }
    }
    Err(Error::Malformed("a number in an encode index".into()))
}
