//! Compiles two encoders' C anew, since as it comes one depends on the maker of the processor (`src/vorbis/exact_psy.c`
//! says how) and the other is slower than it need be (`src/mp3/lame/huffman.c`). Their sources come from the crates that
//! hold them; what is linked of those crates is what is not compiled here.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const VORBIS_SOURCE: &str = "src/vorbis/exact_psy.c";
const LAME_FOLDER: &str = "src/mp3/lame";
/// The crate that holds LAME's sources and declares them to Rust.
const LAME_CRATE: &str = "mp3lame-sys";
/// LAME's files but for the one that is replaced and the decoder.
const LAME_FILES: [&str; 19] = [
    "VbrTag.c",
    "bitstream.c",
    "encoder.c",
    "fft.c",
    "gain_analysis.c",
    "id3tag.c",
    "lame.c",
    "newmdct.c",
    "presets.c",
    "psymodel.c",
    "quantize.c",
    "quantize_pvt.c",
    "reservoir.c",
    "set_get.c",
    "tables.c",
    "util.c",
    "vbrquantize.c",
    "version.c",
    "vector/xmm_quantize_sub.c",
];
/// The functions of LAME's takehiro.c that `huffman.c` has its own of: how their definitions begin.
const RENAMED: [&str; 3] = [
    "\nquantize_lines_xrpow(unsigned int l, FLOAT istep, const FLOAT * xp, int *pi)",
    "\nchoose_table_nonMMX(const int *ix, const int *const end, int *const _s)",
    "\nbest_huffman_divide(const lame_internal_flags * const gfc, gr_info * const gi)",
];

fn main() {
    vorbis();
    lame();
}

/// A variable that cargo sets.
fn folder(name: &str) -> PathBuf {
    PathBuf::from(env::var_os(name).unwrap_or_else(|| panic!("cargo sets {name}")))
}

/// C that is compiled as the rest of its encoder, in every profile, and linked whole, so that it is found before what it
/// replaces.
fn c() -> cc::Build {
    let mut build = cc::Build::new();
    build.opt_level(3).warnings(false).link_lib_modifier("+whole-archive");
    build
}

fn vorbis() {
    println!("cargo:rerun-if-changed={VORBIS_SOURCE}");
    let vorbis = folder("DEP_VORBIS_INCLUDE");
    c().file(VORBIS_SOURCE)
        .include(vorbis.with_file_name("lib"))
        .include(&vorbis)
        .include(folder("DEP_OGG_INCLUDE"))
        .compile("gramovar_vorbis_psy");
}

fn lame() {
    println!("cargo:rerun-if-changed={LAME_FOLDER}");
    let (lame, renamed) = (source_of(LAME_CRATE).join("lame-3.100"), folder("OUT_DIR").join("lame"));
    let library = lame.join("libmp3lame");
    fs::create_dir_all(&renamed).expect("cargo's folder for what is built");
    rename(&library.join("takehiro.c"), &renamed.join("takehiro_renamed.c"));
    c().files(LAME_FILES.map(|file| library.join(file)))
        .file(Path::new(LAME_FOLDER).join("huffman.c"))
        .includes([Path::new(LAME_FOLDER), &renamed, &lame.join("include"), &library, &library.join("vector")])
        .define("HAVE_CONFIG_H", None)
        // A compiler may not fuse multiplications with additions: the sum would be rounded otherwise.
        .flag_if_supported("-ffp-contract=off")
        .compile("gramovar_lame");
}

/// Copies a source with the names of the replaced functions' definitions changed, but not where they are called.
fn rename(from: &Path, to: &Path) {
    let mut text = fs::read_to_string(from).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
    for begins in RENAMED {
        assert_eq!(text.matches(begins).count(), 1, "{} is not the LAME this was made for: {begins}", from.display());
        text = text.replace(begins, &format!("\nlame_{}", begins.trim_start()));
    }
    fs::write(to, text).unwrap_or_else(|e| panic!("{}: {e}", to.display()));
}

/// Where cargo keeps the source of a package; it says so nowhere but in its metadata.
fn source_of(package: &str) -> PathBuf {
    let variable = |name: &str| env::var(name).unwrap_or_else(|e| panic!("cargo sets {name}: {e}"));
    let manifest = folder("CARGO_MANIFEST_DIR").join("Cargo.toml");
    let mut cargo = Command::new(folder("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &variable("TARGET")]);
    let said = cargo.arg("--manifest-path").arg(manifest).output().expect("cargo, which runs this");
    let text = String::from_utf8_lossy(&said.stdout);
    let paths = text.split(r#""manifest_path":""#).skip(1).filter_map(|rest| rest.split('"').next());
    let folders = paths.filter_map(|path| Some(PathBuf::from(path.replace(r"\\", "/")).parent()?.to_path_buf()));
    // A folder of the registry ends with the version, one of `cargo vendor` may not.
    let named = |folder: &PathBuf| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let why = String::from_utf8_lossy(&said.stderr);
    folders.into_iter().find(named).unwrap_or_else(|| panic!("cargo metadata names no {package}: {why}"))
}
