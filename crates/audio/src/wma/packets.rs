//! Packets of WMA as FFmpeg writes them into a WAV on a pipe: a header whose packet length must be the planned one, then
//! packet after packet.

use super::MAX_HEADER_BYTES;
use super::asf::{self, Stream};
use crate::codec::BodySink;
use crate::{Error, Result};

/// Where the length of a packet stands in the format chunk's body (WAVEFORMATEX nBlockAlign).
const BLOCK_ALIGN_AT: usize = 12;

/// Takes a WAV in pieces and passes its packets on.
pub struct Packets {
    stream: Stream,
    pending: Vec<u8>,
    in_data: bool,
    number: u64,
}

fn wrong(what: &str) -> Error {
    Error::Encoder(format!("FFmpeg wrote {what}"))
}

impl Packets {
    /// For such a stream.
    pub fn new(stream: Stream) -> Packets {
        Packets { stream, pending: Vec::new(), in_data: false, number: 0 }
    }

    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8], out: &mut dyn BodySink) -> Result<()> {
        self.pending.extend_from_slice(bytes);
        if !self.in_data {
            let Some(data_at) = self.data_at()? else { return Ok(()) };
            self.pending.drain(..data_at);
            self.in_data = true;
        }
        let packet_bytes = self.stream.packet_bytes as usize;
        let whole = self.pending.len() / packet_bytes * packet_bytes;
        for packet in self.pending[..whole].chunks_exact(packet_bytes) {
            out.framing(&asf::packet_header(&self.stream, self.number))?;
            out.payload(packet)?;
            self.number += 1;
        }
        self.pending.drain(..whole);
        Ok(())
    }

    /// Where the packets begin, once the header is all there.
    fn data_at(&self) -> Result<Option<usize>> {
        let mut at = 12;
        while let Some(head) = self.pending.get(at..at + 8) {
            if head.starts_with(b"data") {
                return Ok(Some(at + 8));
            }
            let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
            if head.starts_with(b"fmt ") {
                let Some(align) = self.pending.get(at + 8 + BLOCK_ALIGN_AT..at + 10 + BLOCK_ALIGN_AT) else { break };
                if u32::from(u16::from_le_bytes([align[0], align[1]])) != self.stream.packet_bytes {
                    return Err(wrong("packets of another length than planned"));
                }
            }
            at = at.saturating_add(8).saturating_add(length).saturating_add(length % 2);
        }
        if self.pending.len() as u64 > MAX_HEADER_BYTES {
            return Err(wrong("no WAV header"));
        }
        Ok(None)
    }

    /// Whether all packets came.
    pub fn finish(&self) -> Result<()> {
        // The program fills its file to an even length.
        if self.number == self.stream.packets && self.pending.len() <= 1 {
            return Ok(());
        }
        Err(wrong(&format!("{} packets of {}", self.number, self.stream.packets)))
    }
}
