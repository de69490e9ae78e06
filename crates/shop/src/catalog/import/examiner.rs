//! Who looks at a file of unknown origin: a child process with hard limits of memory, computing time, output and
//! patience, or this process where no program to start is known. No policy: what is sold is decided by the parent.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

use super::Reason;
use super::examine::{Refused, Seen, look};

/// The subcommand that a child is started with, before the file's path.
pub const SUBCOMMAND: &str = "examine";
/// Address space of a child. What a file may make it hold is limited to some 300 MB, the program itself takes about 60.
pub const MAX_EXAMINE_MEMORY_BYTES: u64 = 768 << 20;
/// Seconds of computing for any file: a day of digital silence is a small file.
pub const MIN_EXAMINE_CPU_S: u64 = 300;
/// Bytes that a child gets another second of computing for; examining takes 20 MB or more in one.
pub const EXAMINE_BYTES_PER_S: u64 = 1 << 20;
/// How many times its computing time a child may take by the clock on the wall.
pub const EXAMINE_PATIENCE: u64 = 8;
/// Bytes that a child may answer: texts of tags above all.
pub const MAX_ANSWER_BYTES: u64 = 16 << 20;
/// Bytes of a child's complaint that are read.
const MAX_COMPLAINT_BYTES: u64 = 4 << 10;
/// What Rust says when memory runs out.
const OUT_OF_MEMORY: &str = "memory allocation of";

/// Who examines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Examiner {
    /// This process. Panics are caught and sizes limited, but time and memory are not.
    #[default]
    Within,
    /// A child for each file: this program, called as `PROGRAM examine FILE`, which must end in [`answer`].
    Apart(PathBuf),
}

/// A line from a child.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// Thousandths that are done.
    Done(u64),
    Seen(Box<Seen>),
    Refused(Refused),
}

impl Examiner {
    /// Looks at a file. `known_sha256` is the hash under which its samples are known already. `progress` is called with
    /// the part that is done, in thousandths.
    pub(crate) fn see(
        &self,
        path: &Path,
        known_sha256: Option<&str>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Seen, Refused> {
        match self {
            Examiner::Within => look(path, known_sha256, progress),
            Examiner::Apart(program) => {
                let cpu_s = cpu_s(path);
                let patience = Duration::from_secs(cpu_s * EXAMINE_PATIENCE);
                Apart { program, path, known_sha256, cpu_s, patience }.see(progress)
            }
        }
    }
}

/// A child's whole work: limits itself, then writes what it sees of `path` to `out`, line by line.
pub fn answer(path: &Path, known_sha256: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    limit_this_process(cpu_s(path))?;
    let mut told = 0;
    let mut broken = None;
    let seen = look(path, known_sha256, &mut |thousandths| {
        if thousandths > told {
            told = thousandths;
            broken = broken.take().or(write_line(out, &Line::Done(thousandths)).err());
        }
    });
    if let Some(error) = broken {
        return Err(error);
    }
    write_line(out, &seen.map_or_else(Line::Refused, |seen| Line::Seen(Box::new(seen))))
}

fn write_line(out: &mut dyn Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Memory, computing time, and no byte into any file. For the rest of this process's life.
fn limit_this_process(cpu_s: u64) -> io::Result<()> {
    limit_memory(MAX_EXAMINE_MEMORY_BYTES)?;
    // The first limit ends it by a signal that means just this, the second by one that may mean anything.
    setrlimit(Resource::Cpu, Rlimit { current: Some(cpu_s), maximum: Some(cpu_s + 1) })?;
    let nothing = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Fsize, nothing)?;
    setrlimit(Resource::Core, nothing)?;
    Ok(())
}

/// Limits the address space of this process for the rest of its life. What asks for more ends it.
pub fn limit_memory(bytes: u64) -> io::Result<()> {
    Ok(setrlimit(Resource::As, Rlimit { current: Some(bytes), maximum: Some(bytes) })?)
}

/// Seconds of computing that a file may take; a file that cannot be asked needs few to be refused.
fn cpu_s(path: &Path) -> u64 {
    let file_bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
    MIN_EXAMINE_CPU_S + file_bytes / EXAMINE_BYTES_PER_S
}

/// One file and the child that looks at it.
struct Apart<'a> {
    program: &'a Path,
    path: &'a Path,
    known_sha256: Option<&'a str>,
    cpu_s: u64,
    patience: Duration,
}

/// How reading a child's answer ended.
enum Heard {
    Whole(Box<Result<Seen, Refused>>),
    TooLong,
    /// It ended, or was ended, without an answer.
    Nothing,
}

impl Apart<'_> {
    fn see(&self, progress: &mut dyn FnMut(u64)) -> Result<Seen, Refused> {
        let failed = |e: io::Error| unreadable(format!("no process to examine it: {e}"));
        let mut child = self.start().map_err(failed)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (heard, late) = while_watched(&mut child, self.patience, || match stdout {
            Some(stdout) => hear(stdout, progress),
            None => Heard::Nothing,
        });
        if !matches!(heard, Heard::Whole(_)) {
            child.kill().map_err(failed)?;
        }
        let status = child.wait().map_err(failed)?;
        match heard {
            Heard::Whole(seen) => *seen,
            Heard::TooLong => Err(over("MAX_ANSWER_BYTES", MAX_ANSWER_BYTES)),
            Heard::Nothing if late => Err(over("EXAMINE_PATIENCE", self.patience.as_secs())),
            Heard::Nothing => {
                let mut complaint = Vec::new();
                if let Some(stderr) = stderr {
                    stderr.take(MAX_COMPLAINT_BYTES).read_to_end(&mut complaint).map_err(failed)?;
                }
                Err(why(status, &String::from_utf8_lossy(&complaint), self.cpu_s))
            }
        }
    }

    fn start(&self) -> io::Result<Child> {
        let mut command = Command::new(self.program);
        command.arg(SUBCOMMAND);
        if let Some(sha256) = self.known_sha256 {
            command.args(["--known", sha256]);
        }
        // No secret of this process's environment goes where a stranger's file is read.
        command.arg("--").arg(self.path).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    }
}

/// Does `work`, and ends the child when that takes longer than `patience`; returns whether it did.
fn while_watched<T>(child: &mut Child, patience: Duration, work: impl FnOnce() -> T) -> (T, bool) {
    std::thread::scope(|scope| {
        let (done, watched) = mpsc::channel::<()>();
        let watcher = scope.spawn(move || {
            let late = watched.recv_timeout(patience) == Err(RecvTimeoutError::Timeout);
            // One that has ended by itself needs no end.
            late && child.kill().is_ok()
        });
        let result = work();
        drop(done);
        (result, watcher.join().unwrap_or(false))
    })
}

/// Reads a child's lines to the last one.
fn hear(stdout: impl Read, progress: &mut dyn FnMut(u64)) -> Heard {
    let mut lines = BufReader::new(stdout.take(MAX_ANSWER_BYTES));
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines.read_until(b'\n', &mut line) {
            Ok(bytes) if bytes > 0 => (),
            _ if lines.get_ref().limit() == 0 => return Heard::TooLong,
            _ => return Heard::Nothing,
        }
        match serde_json::from_slice(&line) {
            Ok(Line::Done(thousandths)) => progress(thousandths),
            Ok(Line::Seen(seen)) => return Heard::Whole(Box::new(Ok(*seen))),
            Ok(Line::Refused(refused)) => return Heard::Whole(Box::new(Err(refused))),
            Err(_) if lines.get_ref().limit() == 0 => return Heard::TooLong,
            Err(_) => return Heard::Nothing,
        }
    }
}

/// The reason of a child that ended without an answer.
fn why(status: ExitStatus, complaint: &str, cpu_s: u64) -> Refused {
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt;
    if complaint.contains(OUT_OF_MEMORY) {
        return over("MAX_EXAMINE_MEMORY_BYTES", MAX_EXAMINE_MEMORY_BYTES);
    }
    if status.signal() == Some(Signal::XCPU.as_raw()) {
        return over("MIN_EXAMINE_CPU_S", cpu_s);
    }
    let said = complaint.lines().next().unwrap_or("it said nothing");
    unreadable(format!("the process that examined it ended ({status}): {said}"))
}

fn over(name: &'static str, limit: u64) -> Refused {
    audio::Error::Limit { name, limit }.into()
}

fn unreadable(message: String) -> Refused {
    Refused { reason: Reason::Unreadable, message }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// What comes of a child that does what the script says.
    fn seen_by(script: &str) -> Refused {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = Path::new("/nowhere.flac");
        let apart =
            Apart { program: &program, path, known_sha256: None, cpu_s: 7, patience: Duration::from_millis(300) };
        apart.see(&mut |_| ()).unwrap_err()
    }

    fn limit(refused: Refused, name: &str) {
        assert!(refused.reason == Reason::Limit && refused.message.contains(name), "{refused:?}");
    }

    #[test]
    fn a_child_that_hangs_is_ended() {
        limit(seen_by("exec sleep 1000"), "EXAMINE_PATIENCE");
    }

    #[test]
    fn a_child_that_computes_too_long_is_over_a_limit() {
        limit(seen_by("kill -s XCPU $$"), "MIN_EXAMINE_CPU_S");
    }

    #[test]
    fn a_child_that_runs_out_of_memory_is_over_a_limit() {
        limit(seen_by("echo 'memory allocation of 5 bytes failed' >&2; kill -s ABRT $$"), "MAX_EXAMINE_MEMORY_BYTES");
    }

    #[test]
    fn a_child_that_talks_without_end_is_ended() {
        limit(seen_by("exec tr '\\0' x </dev/zero"), "MAX_ANSWER_BYTES");
    }

    #[test]
    fn a_child_that_crashes_or_talks_nonsense_makes_the_file_unreadable() {
        for script in ["kill -s SEGV $$", "exit 3", "echo nonsense", "echo '{\"done\":3}'", "true"] {
            let refused = seen_by(script);
            assert_eq!(refused.reason, Reason::Unreadable, "{script}: {refused:?}");
        }
    }

    #[test]
    fn what_a_child_refuses_is_refused_as_it_says() {
        let refused = seen_by(r#"echo '{"done":3}'; echo '{"refused":{"reason":"truncated","message":"cut"}}'"#);
        assert_eq!((refused.reason, refused.message.as_str()), (Reason::Truncated, "cut"));
    }
}
