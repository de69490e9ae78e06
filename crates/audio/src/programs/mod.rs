//! Other people's programs: which of them this machine has, asked once, and running one under limits. What a program is
//! told and what its output means is the business of the codec that uses it.

mod child;
mod stream;

use std::sync::OnceLock;

pub(crate) use child::{Limits, run};
pub(crate) use stream::Stream;

use crate::{Error, Result};

/// Where programs are looked for; nothing else of the environment reaches them.
const SEARCH: &str = "/usr/local/bin:/usr/bin:/bin";
/// Bytes of an answer to a question about itself.
const MAX_ANSWER_BYTES: u64 = 1 << 20;
/// Seconds of CPU, and of silence, that such an answer may take.
const ANSWER_S: u64 = 10;
/// Characters of a version that are kept.
const MAX_VERSION_CHARS: usize = 64;

/// A program that may be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// FFmpeg: encoders of WMA, decoders of WavPack, Monkey's Audio and True Audio.
    Ffmpeg,
    /// The Musepack encoder.
    Mpcenc,
}

/// What a program said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its version, as it writes it.
    pub version: String,
    /// What it says it can do, one word each, where it can be asked.
    pub abilities: Vec<String>,
}

impl Program {
    /// The name under which it is looked for.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Program::Ffmpeg => "ffmpeg",
            Program::Mpcenc => "mpcenc",
        }
    }

    /// What to do where it is missing.
    fn remedy(self) -> &'static str {
        match self {
            Program::Ffmpeg => "install Debian's package ffmpeg",
            Program::Mpcenc => "install Debian's package musepack-tools",
        }
    }

    /// What it said of itself when it was first asked, or why it cannot be used.
    pub(crate) fn found(self) -> Result<&'static Found, &'static str> {
        static FOUND: [OnceLock<Result<Found, String>>; 2] = [OnceLock::new(), OnceLock::new()];
        let found = FOUND[self as usize].get_or_init(|| self.ask());
        found.as_ref().map_err(String::as_str)
    }

    /// The same, where the program must be able to do something that it was asked about.
    pub(crate) fn able(self, ability: &str) -> Result<&'static Found, String> {
        let found = self.found()?;
        if found.abilities.iter().any(|a| a == ability) {
            return Ok(found);
        }
        Err(format!("the program {} {} lacks {ability}; {}", self.name(), found.version, self.remedy()))
    }

    fn ask(self) -> Result<Found, String> {
        let found = match self {
            Program::Ffmpeg => ask_ffmpeg(self.name()),
            Program::Mpcenc => ask_mpcenc(self.name()),
        };
        found.map_err(|why| format!("it needs the program {} ({why}): {}", self.name(), self.remedy()))
    }
}

/// Both outputs of a program that is asked about itself; some fail on such questions and answer all the same.
fn answer(name: &str, args: &[&str]) -> Result<String> {
    let limits = Limits { cpu_s: ANSWER_S, idle_s: ANSWER_S, output_bytes: MAX_ANSWER_BYTES };
    let mut out = Vec::new();
    let ran = run(name, args, limits, &mut |_| Ok(()), &mut |bytes| {
        out.extend_from_slice(bytes);
        Ok(())
    });
    match ran {
        Ok(said) => Ok(format!("{}\n{said}", String::from_utf8_lossy(&out))),
        Err(Error::Encoder(said)) if !said.is_empty() => Ok(format!("{}\n{said}", String::from_utf8_lossy(&out))),
        Err(e) => Err(e),
    }
}

/// The word after `before`, as far as it is printable.
fn word_after(text: &str, before: &str) -> Result<String, String> {
    let rest = text.split_once(before).map(|(_, rest)| rest.trim_start());
    let word: String = rest.unwrap_or("").chars().take_while(|c| c.is_ascii_graphic() && *c != ')').collect();
    match word.chars().take(MAX_VERSION_CHARS).collect::<String>() {
        word if word.is_empty() => Err("it does not say its version".into()),
        word => Ok(word),
    }
}

fn ask_ffmpeg(name: &str) -> Result<Found, String> {
    let ask = |args: &[&str]| answer(name, args).map_err(|e| e.to_string());
    let version = word_after(&ask(&["-version"])?, "ffmpeg version")?;
    let mut abilities = Vec::new();
    for (question, kind) in [("-encoders", "encoder"), ("-decoders", "decoder")] {
        // " A....D wmav2                Windows Media Audio 2": flags, then the name.
        let lines = ask(&["-hide_banner", question])?;
        let names = lines.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            words.next().filter(|flags| flags.starts_with('A') && flags.len() == 6)?;
            words.next()
        });
        abilities.extend(names.map(|name| format!("{kind} {name}")));
    }
    Ok(Found { version, abilities })
}

fn ask_mpcenc(name: &str) -> Result<Found, String> {
    let said = answer(name, &["--help"]).map_err(|e| e.to_string())?;
    Ok(Found { version: word_after(&said, "MPC Encoder")?, abilities: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_missing_is_an_answer_and_no_panic() {
        let said = ask_ffmpeg("no-such-program").expect_err("it is missing");
        assert!(said.contains("not found"), "{said}");
    }

    #[test]
    fn a_program_is_found_with_its_version_or_says_what_to_install() {
        for (program, package) in [(Program::Ffmpeg, "ffmpeg"), (Program::Mpcenc, "musepack-tools")] {
            match program.found() {
                Ok(found) => assert!(found.version.contains(|c: char| c.is_ascii_digit()), "{found:?}"),
                Err(why) => assert!(why.contains(package), "{why}"),
            }
        }
    }

    #[test]
    fn a_program_that_lacks_an_ability_says_which() {
        let why = Program::Ffmpeg.able("encoder of dreams").expect_err("nobody has it");
        assert!(why.contains("encoder of dreams") || why.contains("package ffmpeg"), "{why}");
    }
}
