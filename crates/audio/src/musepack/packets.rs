//! A Musepack stream as it comes out of a program: packets of a two-letter key and a length, audio told from the rest.

use crate::codec::BodySink;
use crate::{Error, Result};

/// Opens a stream.
const MAGIC: &[u8] = b"MPCK";
/// Packets of audio.
const AUDIO: &[u8] = b"AP";
/// The packet that ends a stream.
const END: &[u8] = b"SE";
/// More than header, replay gain, encoder's name and end take together.
pub const MAX_FIXED_BYTES: u64 = 4_096;
/// The longest packet that is waited for; audio packets hold at most 64 frames of some 2 kB.
const MAX_PACKET_BYTES: usize = 1 << 20;

/// Takes a stream in pieces and passes it on packet by packet.
#[derive(Default)]
pub struct Packets {
    pending: Vec<u8>,
    begun: bool,
    audio: bool,
    ended: bool,
}

/// The length of the packet at the start of `bytes`, which counts key and length too; `None` while it isn't all there.
fn packet_bytes(bytes: &[u8]) -> Option<usize> {
    let size = bytes.get(2..)?;
    let digits = size.iter().position(|b| b & 0x80 == 0)? + 1;
    Some(size[..digits].iter().fold(0usize, |n, b| n.saturating_mul(128).saturating_add(usize::from(b & 0x7F))))
}

impl Packets {
    /// Takes the next bytes of a stream.
    pub fn take(&mut self, bytes: &[u8], out: &mut dyn BodySink) -> Result<()> {
        self.pending.extend_from_slice(bytes);
        if !self.begun && self.pending.len() >= MAGIC.len() {
            if !self.pending.starts_with(MAGIC) {
                return Err(Error::Encoder("mpcenc wrote no Musepack stream of version 8".into()));
            }
            out.framing(MAGIC)?;
            self.pending.drain(..MAGIC.len());
            self.begun = true;
        }
        while self.begun && !self.ended {
            let Some(length) = packet_bytes(&self.pending) else { break };
            if !(3..=MAX_PACKET_BYTES).contains(&length) {
                return Err(Error::Encoder(format!("mpcenc wrote a packet of {length} bytes")));
            }
            let Some(packet) = self.pending.get(..length) else { break };
            let (audio, end) = (packet.starts_with(AUDIO), packet.starts_with(END));
            if audio {
                out.payload(packet)?
            } else {
                out.framing(packet)?
            }
            self.audio |= audio;
            self.ended = end;
            self.pending.drain(..length);
        }
        Ok(())
    }

    /// Whether the stream was whole.
    pub fn finish(&self) -> Result<()> {
        if self.audio && self.ended && self.pending.is_empty() {
            return Ok(());
        }
        Err(Error::Encoder("mpcenc wrote a stream that does not end".into()))
    }
}
