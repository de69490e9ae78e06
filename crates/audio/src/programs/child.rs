//! A program as a child process under limits: CPU time, memory, open files, size of what it writes, silence. Its input
//! and output are pipes, its environment is empty but for PATH, and it is killed when its owner goes.

use std::io::{self, Read, Write};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use super::SEARCH;
use crate::{Error, Result};

/// Address space of a child. FFmpeg's libraries alone take some 300 MB of it, hardly any of it in memory.
const MAX_ADDRESS_SPACE_BYTES: u64 = 1 << 30;
/// Files that a child may have open.
const MAX_OPEN_FILES: u64 = 64;
/// Bytes of a child's messages that are kept.
const MAX_MESSAGE_BYTES: u64 = 2_000;
/// Bytes read from a child at once.
const READ_BYTES: usize = 64 << 10;

/// How far a child may go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Seconds of CPU.
    pub cpu_s: u64,
    /// Seconds without a byte of output while somebody waits for it.
    pub idle_s: u64,
    /// Bytes of output.
    pub output_bytes: u64,
}

/// What writes a child's input; runs on a thread of its own.
pub(crate) type Feed<'a> = dyn FnMut(&mut dyn Write) -> Result<()> + Send + 'a;

/// A child that doesn't outlive its owner.
pub(super) struct Owned(pub(super) Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // Both fail only for a child that has ended and been waited for already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a program: `feed` writes its input, `take` gets its output as it comes. Returns its messages.
///
/// Errors: what `feed` or `take` failed with; `Encoder` where the program fails, with its messages; `Limit` where it
/// reaches a limit that is measured here. A child over its CPU time or memory fails by itself.
pub(crate) fn run(
    program: &str,
    args: &[&str],
    limits: Limits,
    feed: &mut Feed,
    take: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<String> {
    let mut child = Owned(start(program, args)?);
    limit(&child.0, limits)?;
    let (stdin, stdout, stderr) = (child.0.stdin.take(), child.0.stdout.take(), child.0.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
        return Err(Error::Encoder(format!("{program} has no pipes")));
    };
    std::thread::scope(|scope| {
        let said = scope.spawn(move || messages(stderr));
        let fed = scope.spawn(move || feed(&mut stdin));
        let taken = hand_out(stdout, limits, take);
        if taken.is_err() {
            // Ends the threads too: their pipes break.
            let _ = child.0.kill();
        }
        let status = child.0.wait()?;
        let said = said.join().unwrap_or_default();
        let fed = fed.join().unwrap_or_else(|_| Err(Error::Encoder(format!("the input of {program} panicked"))));
        taken?;
        match fed {
            // A program that ends before its input does says why, or wants no more.
            Err(Error::Io(e)) if e.kind() == io::ErrorKind::BrokenPipe => {}
            fed => fed?,
        }
        if status.success() { Ok(said) } else { Err(Error::Encoder(format!("{program} ended with {status}: {said}"))) }
    })
}

pub(super) fn start(program: &str, args: &[&str]) -> Result<Child> {
    let mut command = Command::new(program);
    command.args(args).env_clear().env("PATH", SEARCH).env("LC_ALL", "C").current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Error::Unsupported(format!("{program} is not found in {SEARCH}")),
        _ => Error::Io(e),
    })
}

/// Sets the limits of a child that has just begun; nothing of its input was written yet.
pub(super) fn limit(child: &Child, limits: Limits) -> Result<()> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let limits = [
        (Resource::Cpu, limits.cpu_s),
        (Resource::As, MAX_ADDRESS_SPACE_BYTES),
        (Resource::Nofile, MAX_OPEN_FILES),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ];
    for (resource, most) in limits {
        // A child inherits our limits, and only a privileged process may raise them.
        let most = getrlimit(resource).maximum.map_or(most, |ours| most.min(ours));
        match prlimit(pid, resource, Rlimit { current: Some(most), maximum: Some(most) }) {
            // A child that has ended already needs no limits.
            Ok(_) | Err(rustix::io::Errno::SRCH) => {}
            Err(e) => return Err(Error::Io(e.into())),
        }
    }
    Ok(())
}

/// Hands out what the child writes until it ends its output.
fn hand_out(mut stdout: ChildStdout, limits: Limits, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut buffer = vec![0; READ_BYTES];
    let mut left = limits.output_bytes;
    loop {
        wait(&stdout, limits.idle_s)?;
        let bytes = match stdout.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e.into()),
        };
        left =
            left.checked_sub(bytes as u64).ok_or(Error::Limit { name: "output_bytes", limit: limits.output_bytes })?;
        take(&buffer[..bytes])?;
    }
}

/// Waits until there is something to read, or the end of it.
pub(super) fn wait(stdout: &ChildStdout, idle_s: u64) -> Result<()> {
    let timeout = Timespec::try_from(Duration::from_secs(idle_s)).map_err(|_| Error::Encoder("a wait".into()))?;
    loop {
        match poll(&mut [PollFd::new(stdout, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => return Err(Error::Limit { name: "idle_s", limit: idle_s }),
            Ok(_) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(Error::Io(e.into())),
        }
    }
}

/// The first of what a child says, on one line; the rest is read so that it need not wait, and dropped.
pub(super) fn messages(stderr: ChildStderr) -> String {
    let (mut kept, mut stderr) = (Vec::new(), stderr);
    // Messages that cannot be read are missing from a message; nothing else depends on them.
    let _ = stderr.by_ref().take(MAX_MESSAGE_BYTES).read_to_end(&mut kept);
    let _ = io::copy(&mut stderr, &mut io::sink());
    String::from_utf8_lossy(&kept).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { cpu_s: 5, idle_s: 5, output_bytes: 1 << 20 };

    fn shell(script: &str, limits: Limits, feed: &mut Feed) -> (Result<String>, Vec<u8>) {
        let mut out = Vec::new();
        let result = run("sh", &["-c", script], limits, feed, &mut |bytes| {
            out.extend_from_slice(bytes);
            Ok(())
        });
        (result, out)
    }

    #[test]
    fn what_is_fed_comes_back_and_messages_are_told() {
        let input = vec![b'x'; 300_000];
        let (result, out) = shell("cat; echo well done >&2", LIMITS, &mut |to| Ok(to.write_all(&input)?));
        assert_eq!(result.expect("it ran"), "well done");
        assert!(out == input);
    }

    #[test]
    fn nothing_of_the_environment_but_path_reaches_a_child() {
        let (result, out) = shell("env", LIMITS, &mut |_| Ok(()));
        result.expect("it ran");
        let names: Vec<String> =
            String::from_utf8_lossy(&out).lines().map(|l| l.split('=').next().unwrap_or("").to_string()).collect();
        assert!(
            names.iter().all(|n| ["PATH", "LC_ALL", "PWD", "_", "SHLVL", "OLDPWD"].contains(&n.as_str())),
            "{names:?}"
        );
    }

    #[test]
    fn a_child_that_fails_says_why() {
        let (result, _) = shell("echo no such tune >&2; exit 3", LIMITS, &mut |_| Ok(()));
        assert!(matches!(result, Err(Error::Encoder(why)) if why.contains("no such tune")));
    }

    #[test]
    fn a_child_that_is_silent_writes_too_much_computes_too_long_or_eats_memory_is_ended() {
        let silent = Limits { idle_s: 1, ..LIMITS };
        let (result, _) = shell("exec sleep 100", silent, &mut |_| Ok(()));
        assert!(matches!(result, Err(Error::Limit { name: "idle_s", .. })));
        let (result, out) = shell("exec cat /dev/zero", LIMITS, &mut |_| Ok(()));
        assert!(matches!(result, Err(Error::Limit { name: "output_bytes", .. })));
        assert!(out.len() as u64 <= LIMITS.output_bytes);
        let short = Limits { cpu_s: 1, idle_s: 30, ..LIMITS };
        let (result, _) = shell("while :; do :; done", short, &mut |_| Ok(()));
        assert!(matches!(result, Err(Error::Encoder(_))));
        let greedy = "read go; exec dd if=/dev/zero of=/dev/null bs=1500M count=1";
        let (result, _) = shell(greedy, LIMITS, &mut |to| Ok(to.write_all(b"go\n")?));
        assert!(matches!(result, Err(Error::Encoder(_))), "1.5 GB of memory must not be had: {result:?}");
    }

    #[test]
    fn a_child_that_could_write_a_file_cannot() {
        let script = "read go; echo x > /tmp/gramovar-child-wrote-this";
        let (result, _) = shell(script, LIMITS, &mut |to| Ok(to.write_all(b"go\n")?));
        assert!(result.is_err());
    }

    #[test]
    fn an_input_that_fails_is_the_error_that_is_told() {
        let mut broken = |_: &mut dyn Write| Err(Error::Truncated("the master".into()));
        let (result, _) = shell("cat", LIMITS, &mut broken);
        assert!(matches!(result, Err(Error::Truncated(_))));
    }

    #[test]
    fn an_output_that_nobody_wants_ends_the_child() {
        let mut feed = |to: &mut dyn Write| loop {
            to.write_all(&[0; 4_096])?;
        };
        let result = run("cat", &[], LIMITS, &mut feed, &mut |_| Err(Error::Encoder("enough".into())));
        assert!(matches!(result, Err(Error::Encoder(why)) if why == "enough"));
    }
}
