//! Runs the program: commands that end, and a server that is spoken to over HTTP/1.1 and may be killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_gramovar");
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A data folder, and the database that goes with it.
pub struct Home {
    pub data: PathBuf,
    database: Option<String>,
    _folder: tempfile::TempDir,
}

impl Home {
    /// A fresh one; `database` as `--database` takes it, or none for SQLite.
    pub fn new(database: Option<String>) -> Home {
        let folder = tempfile::tempdir().unwrap();
        Home { data: folder.path().join("data"), database, _folder: folder }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        for name in ["DATABASE_URL", "FILES", "GRAMOVAR_DATA", "GRAMOVAR_LISTEN"] {
            command.env_remove(name);
        }
        command.args(words).arg("--data").arg(&self.data);
        if let Some(database) = &self.database {
            command.args(["--database", database]);
        }
        command
    }

    /// Runs a subcommand to its end.
    pub fn run(&self, words: &[&str], input: &str) -> Output {
        let mut command = self.command(words);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a subcommand that must succeed, and returns what it printed.
    pub fn done(&self, words: &[&str], input: &str) -> String {
        let out = self.run(words, input);
        assert!(out.status.success(), "{words:?}: {}{}", text(&out.stdout), text(&out.stderr));
        text(&out.stdout)
    }

    /// Starts the server on a free port.
    pub fn serve(&self) -> Server {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().expect("the server says where it listens").unwrap();
        let address = line.strip_prefix("listening on http://").expect("the line of the contract").to_owned();
        Server { child, address }
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A running server.
pub struct Server {
    child: Child,
    address: String,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", text(&self.body)))
    }
}

impl Server {
    /// SIGKILL: nothing is finished, nothing is said.
    pub fn kill(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-9", &id]).status().unwrap().success());
    }

    /// Waits for a killed process to be gone.
    pub fn bury(mut self) {
        self.child.wait().unwrap();
    }

    /// SIGTERM; returns whether it ended well.
    pub fn stop(mut self) -> bool {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        self.child.wait().unwrap().success()
    }

    /// One request. `headers` are whole lines.
    pub fn ask(&self, method: &str, path: &str, headers: &[String], body: Option<&Value>) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for header in headers {
            request += &format!("{header}\r\n");
        }
        if !body.is_empty() {
            request += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        } else if method == "POST" {
            request += "Content-Length: 0\r\n";
        }
        stream.write_all(format!("{request}\r\n{body}").as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        parse(&answer).ok_or_else(|| std::io::Error::other("the answer is cut off"))
    }
}

impl Server {
    /// A GET whose answer is cut off by us after so many bytes of its body.
    pub fn read_some(&self, path: &str, headers: &[String], body_bytes: usize) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n", self.address)?;
        let (mut answer, mut piece) = (Vec::new(), [0; 4_096]);
        loop {
            let end = answer.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4);
            if let Some(head) = end.filter(|head| answer.len() >= head + body_bytes) {
                answer.truncate(head + body_bytes);
                let head = text(&answer[..head]);
                assert!(!head.to_ascii_lowercase().contains("transfer-encoding"), "{head}");
                return parse(&answer).ok_or_else(|| std::io::Error::other("no answer"));
            }
            match stream.read(&mut piece)? {
                0 => return Err(std::io::Error::other(format!("it ended after {} bytes", answer.len()))),
                read => answer.extend_from_slice(&piece[..read]),
            }
        }
    }
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = text(&answer[..end]);
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut body = answer[end + 4..].to_vec();
    if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        body = unchunked(&body)?;
    }
    Some(Answer { status, body })
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line = rest.windows(2).position(|w| w == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?, 16).ok()?;
        rest = &rest[line + 2..];
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

/// A new database in the test cluster, if there is one.
pub fn fresh_postgres(name: &str) -> Option<String> {
    let base = std::env::var("TEST_POSTGRES_URL").ok()?;
    let name = format!("program_{name}_{}", std::process::id());
    let sql = format!("CREATE DATABASE {name}");
    assert!(Command::new("psql").args([&base, "-qc", &sql]).status().unwrap().success());
    Some(format!("{}/{name}", base.rsplit_once('/').unwrap().0))
}

/// A path as a word of a command.
pub fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}
