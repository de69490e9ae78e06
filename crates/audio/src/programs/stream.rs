//! A program whose output is read bit by bit, as long as somebody wants it: input flows in from a reader by itself.

use std::io::{self, Read, Seek, SeekFrom};
use std::process::ChildStdout;
use std::thread::JoinHandle;

use super::child::{Limits, Owned, limit, messages, start, wait};
use crate::input::Reader;
use crate::{Error, Result};

/// A running program, fed from a reader. Ends with its owner.
pub(crate) struct Stream {
    program: &'static str,
    child: Owned,
    stdout: ChildStdout,
    idle_s: u64,
    left_bytes: u64,
    fed: Option<JoinHandle<Reader>>,
    said: Option<JoinHandle<String>>,
}

impl Stream {
    /// Starts a program and feeds it the whole reader.
    pub(crate) fn start(program: &'static str, args: &[&str], limits: Limits, mut input: Reader) -> Result<Stream> {
        input.seek(SeekFrom::Start(0))?;
        let mut child = Owned(start(program, args)?);
        limit(&child.0, limits)?;
        let (stdin, stdout, stderr) = (child.0.stdin.take(), child.0.stdout.take(), child.0.stderr.take());
        let (Some(mut stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            return Err(Error::Encoder(format!("{program} has no pipes")));
        };
        let fed = std::thread::spawn(move || {
            // A program that wants no more input, or none of this, says so by its output and its end.
            let _ = io::copy(&mut input, &mut stdin);
            input
        });
        let said = std::thread::spawn(move || messages(stderr));
        let (idle_s, left_bytes) = (limits.idle_s, limits.output_bytes);
        Ok(Stream { program, child, stdout, idle_s, left_bytes, fed: Some(fed), said: Some(said) })
    }

    /// Fills `buffer` with output. `Malformed` with the program's messages where there is no more.
    pub(crate) fn read_exact(&mut self, buffer: &mut [u8]) -> Result<()> {
        let limit = self.left_bytes;
        self.left_bytes = limit.checked_sub(buffer.len() as u64).ok_or(Error::Limit { name: "output_bytes", limit })?;
        let mut filled = 0;
        while filled < buffer.len() {
            wait(&self.stdout, self.idle_s)?;
            match self.stdout.read(&mut buffer[filled..]) {
                Ok(0) => return Err(self.ended()),
                Ok(bytes) => filled += bytes,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }

    fn ended(&mut self) -> Error {
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        match said.as_str() {
            "" => Error::Truncated(format!("{} decodes fewer samples than the file announces", self.program)),
            said => Error::Malformed(format!("{} cannot decode it: {said}", self.program)),
        }
    }

    /// Ends the program and gives the reader back.
    pub(crate) fn end(mut self) -> Result<Reader> {
        // It fails only for a program that has ended.
        let _ = self.child.0.kill();
        let fed = self.fed.take().and_then(|fed| fed.join().ok());
        fed.ok_or_else(|| Error::Encoder(format!("the input of {} was lost", self.program)))
    }
}
