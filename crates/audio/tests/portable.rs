//! Independence of the machine: nothing that rounds is taken from the system, whose library rounds as the processor allows.

use std::process::Command;

use audio::encode::plan;
use audio::format;
use audio::pcm::{Spec, StreamInfo};

/// What the system's library may do: it is exact, or no mathematics at all.
const EXACT: [&str; 12] =
    ["ceil", "fabs", "floor", "fmod", "frexp", "ldexp", "lrint", "lround", "modf", "rint", "sqrt", "trunc"];
/// How the names of functions begin that round.
const ROUNDED: [&str; 14] =
    ["acos", "asin", "atan", "cbrt", "cos", "erf", "exp", "gamma", "hypot", "log", "pow", "sin", "tan", "_ZGV"];

/// Every encoder is linked in by what plans and makes them.
fn formats_planned() -> usize {
    let spec = Spec { rate_hz: 44_100, channels: 2, bits: 16, float: false };
    let info = StreamInfo { spec, length_frames: 1, md5: [0; 16] };
    format::all().into_iter().filter(|f| plan(f.format, &info).is_ok()).count()
}

/// What a program of binutils says of this test's own program.
fn asked(program: &str, args: &[&str]) -> String {
    let own = std::env::current_exe().expect("the test's own program");
    let out = Command::new(program).args(args).arg(own).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    String::from_utf8(out.stdout).expect("plain text")
}

#[test]
#[cfg(target_os = "linux")]
fn no_mathematics_that_rounds_comes_from_the_system() {
    assert!(formats_planned() > 50);
    let names = asked("nm", &["-D", "--undefined-only"]);
    let wanted: Vec<&str> = names.lines().filter_map(|line| line.split_whitespace().last()).collect();
    assert!(wanted.iter().any(|name| name.starts_with("malloc")), "{names}");
    let function = |name: &str| name.split('@').next().unwrap_or_default().to_string();
    let rounds = |name: &String| ROUNDED.iter().any(|r| name.starts_with(r)) && !EXACT.contains(&name.as_str());
    let system: Vec<String> = wanted.into_iter().map(function).filter(rounds).collect();
    assert!(system.is_empty(), "{system:?}");
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn no_estimates_that_differ_by_maker_are_computed_with() {
    assert!(formats_planned() > 50);
    let code = asked("objdump", &["-d", "--no-show-raw-insn"]);
    assert!(code.lines().any(|line| line.contains("mulps")), "no code to look at");
    let estimates = ["rcpps", "rcpss", "rsqrtps", "rsqrtss"];
    let found: Vec<&str> = code.lines().filter(|line| estimates.iter().any(|e| line.contains(e))).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_class_of_processors_is_part_of_what_makes_a_rendition() {
    let spec = Spec { rate_hz: 44_100, channels: 2, bits: 16, float: false };
    let info = StreamInfo { spec, length_frames: 1, md5: [0; 16] };
    for format in format::all().into_iter().filter(|f| f.available) {
        let Ok(plan) = plan(format.format, &info) else { continue };
        assert!(plan.encoder.ends_with(audio::portable::cpu_class()), "{}", plan.encoder);
    }
}
