//! Bytes that come in pieces, as a pipe gives them, and a sink that keeps what a reader of them makes.

use audio::Result;
use audio::codec::BodySink;

/// What was handed on: everything, and the payload alone.
#[derive(Default, PartialEq, Eq)]
pub struct Pieces {
    pub all: Vec<u8>,
    pub payload: Vec<u8>,
}

impl BodySink for Pieces {
    fn payload(&mut self, bytes: &[u8]) -> Result<()> {
        self.payload.extend(bytes);
        self.framing(bytes)
    }

    fn framing(&mut self, bytes: &[u8]) -> Result<()> {
        self.all.extend(bytes);
        Ok(())
    }

    fn packet(&mut self, bytes: &[u8]) -> Result<()> {
        self.payload(bytes)
    }
}

impl Pieces {
    /// Gives `bytes` to `take` at once, then in pieces of `step`: the outcome must be the same. Returns it and what was
    /// handed on, if all was taken.
    pub fn both_ways<R>(
        bytes: &[u8],
        step: usize,
        new: impl Fn() -> R,
        take: impl Fn(&mut R, &[u8], &mut Pieces) -> Result<()>,
        finish: impl Fn(&R) -> Result<()>,
    ) -> Option<Pieces> {
        let run = |step: usize| {
            let (mut reader, mut pieces) = (new(), Pieces::default());
            let taken = bytes.chunks(step.max(1)).try_for_each(|piece| take(&mut reader, piece, &mut pieces));
            taken.and_then(|()| finish(&reader)).is_ok().then_some(pieces)
        };
        let (whole, parts) = (run(bytes.len()), run(step));
        assert!(whole == parts, "the pieces make a difference");
        whole
    }
}
