//! The real program, asked for suggestions by many clients at once over connections that stay open.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::Failure;

/// Ends with its process.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Nobody is left to hear of it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How long each question took, asked by so many clients, each taking the next one; they ask those that come `before` first.
pub fn ask(
    program: &Path,
    data: &Path,
    [before, questions]: [&[String]; 2],
    clients: usize,
) -> Result<Vec<Duration>, Failure> {
    let mut child = Command::new(program)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let said = child.stdout.take().ok_or("no output")?;
    let _running = Running(child);
    let mut line = String::new();
    BufReader::new(said).read_line(&mut line)?;
    let address = line.trim().rsplit("http://").next().ok_or("no address")?.to_owned();
    all(&address, before, clients)?;
    all(&address, questions, clients)
}

fn all(address: &str, questions: &[String], clients: usize) -> Result<Vec<Duration>, Failure> {
    let next = AtomicUsize::new(0);
    let parts: Vec<Result<Vec<Duration>, Failure>> = std::thread::scope(|scope| {
        let client = || scope.spawn(|| one(address, questions, &next));
        let clients: Vec<_> = (0..clients).map(|_| client()).collect();
        clients.into_iter().map(|client| client.join().unwrap_or_else(|_| Err("a client panicked".into()))).collect()
    });
    let mut times = Vec::new();
    for part in parts {
        times.extend(part?);
    }
    Ok(times)
}

fn one(address: &str, questions: &[String], next: &AtomicUsize) -> Result<Vec<Duration>, Failure> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = (BufReader::new(stream.try_clone()?), stream);
    let mut times = Vec::new();
    while let Some(question) = questions.get(next.fetch_add(1, Relaxed)) {
        let typed: String = question.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let begun = Instant::now();
        write!(writer, "GET /api/v1/suggestions?q={typed} HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
        let (mut status, mut length) = (String::new(), 0usize);
        reader.read_line(&mut status)?;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            if header.trim().is_empty() {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        reader.read_exact(&mut vec![0; length])?;
        if !status.contains(" 200 ") {
            return Err(format!("the shop answered {status}").into());
        }
        times.push(begun.elapsed());
    }
    Ok(times)
}
