//! Compiles parts of encoders' C anew, since as they come they depend on the maker of the processor or are slower than
//! they need be; each file of C here says why. The rest of their sources comes from the crates that hold them, and what is
//! linked of those crates is what is not compiled here.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const VORBIS_SOURCE: &str = "src/vorbis/exact_psy.c";
const FLAC_SOURCE: &str = "src/flac/autocorrelation.c";
const LAME_FOLDER: &str = "src/mp3/lame";
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
const OPUS_SOURCE: &str = "src/opus/exact_vq.c";
/// Those that have kernels for SSE2 and those that call them.
const OPUS_FILES: [&str; 7] =
    ["bands.c", "celt.c", "celt_encoder.c", "celt_lpc.c", "pitch.c", "vq.c", "x86/pitch_sse.c"];
/// As the crate builds libopus, and that SSE2 is there.
const OPUS_DEFINED: [&str; 10] = [
    "OPUS_BUILD",
    "DISABLE_DEBUG_FLOAT",
    "ENABLE_HARDENING",
    "HAVE_LRINT",
    "HAVE_LRINTF",
    "VAR_ARRAYS",
    "OPUS_X86_MAY_HAVE_SSE",
    "OPUS_X86_MAY_HAVE_SSE2",
    "OPUS_X86_PRESUME_SSE",
    "OPUS_X86_PRESUME_SSE2",
];
/// The functions of LAME's takehiro.c that `huffman.c` has its own of: what stands before, and how their definitions begin.
/// The first is there twice, for processors with and without IEEE 754's layout.
const LAME_RENAMED: [(&str, &str); 4] = [
    ("\n", "quantize_lines_xrpow(unsigned int l, FLOAT istep, const FLOAT * xp, int *pi)"),
    ("\n", "quantize_lines_xrpow(unsigned int l, FLOAT istep, const FLOAT * xr, int *ix)"),
    ("\n", "choose_table_nonMMX(const int *ix, const int *const end, int *const _s)"),
    ("\n", "best_huffman_divide(const lame_internal_flags * const gfc, gr_info * const gi)"),
];
const AAC_SOURCE: &str = "src/aac/quantize.cpp";
const AAC_RENAMED: [(&str, &str); 2] = [
    ("static void ", "FDKaacEnc_quantizeLines(INT gain, INT noOfLines,"),
    ("static void ", "FDKaacEnc_invQuantizeLines(INT gain, INT noOfLines,"),
];

fn main() {
    let sources = Sources::asked();
    vorbis();
    lame(&sources.of("mp3lame-sys").join("lame-3.100"));
    if env::var_os("CARGO_FEATURE_AAC").is_some() {
        aac(&sources.of("fdk-aac-sys").join("aac"));
    }
    opus(&sources.of("opusic-sys").join("opus"));
    flac();
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

fn lame(lame: &Path) {
    println!("cargo:rerun-if-changed={LAME_FOLDER}");
    let (library, renamed) = (lame.join("libmp3lame"), folder("OUT_DIR").join("lame"));
    rename(&library.join("takehiro.c"), &renamed.join("takehiro_renamed.c"), &LAME_RENAMED, "lame");
    c().files(LAME_FILES.map(|file| library.join(file)))
        .file(Path::new(LAME_FOLDER).join("huffman.c"))
        .includes([Path::new(LAME_FOLDER), &renamed, &lame.join("include"), &library, &library.join("vector")])
        .define("HAVE_CONFIG_H", None)
        // A compiler may not fuse multiplications with additions: the sum would be rounded otherwise.
        .flag_if_supported("-ffp-contract=off")
        .compile("gramovar_lame");
}

/// libopus' files that have kernels for SSE2, which x86-64 always has. The crate builds them in only where they are
/// chosen at run time.
fn opus(opus: &Path) {
    println!("cargo:rerun-if-changed={OPUS_SOURCE}");
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("x86_64") {
        return;
    }
    let folders = ["", "include", "celt", "celt/x86", "silk", "silk/float"];
    let mut build = c();
    build.files(OPUS_FILES.map(|file| opus.join("celt").join(file))).file(OPUS_SOURCE);
    build.includes(folders.map(|folder| opus.join(folder)));
    build.flag_if_supported("-ffp-contract=off").flag_if_supported("-fstack-protector-strong");
    OPUS_DEFINED.iter().for_each(|name| {
        build.define(name, None);
    });
    build.compile("gramovar_opus");
}

/// A file of libFLAC's whose functions have other bodies here.
fn flac() {
    println!("cargo:rerun-if-changed={FLAC_SOURCE}");
    c().file(FLAC_SOURCE).flag_if_supported("-ffp-contract=off").compile("gramovar_flac");
}

/// A file of the AAC encoder's with two functions replaced.
fn aac(aac: &Path) {
    println!("cargo:rerun-if-changed={AAC_SOURCE}");
    let renamed = folder("OUT_DIR").join("aac");
    let original = aac.join("libAACenc/src/quantize.cpp");
    rename(&original, &renamed.join("quantize_renamed.cpp"), &AAC_RENAMED, "fdk");
    let folders = [
        "libAACenc/src",
        "libAACenc/include",
        "libFDK/include",
        "libSYS/include",
        "libMpegTPEnc/include",
        "libSBRenc/include",
    ];
    let mut build = c();
    build.cpp(true).file(AAC_SOURCE).include(&renamed).includes(folders.map(|folder| aac.join(folder)));
    build.define("FDK_FALLTHROUGH", "").compile("gramovar_aac");
}

/// Copies a source with the names of replaced functions' definitions changed, but not where they are called.
fn rename(from: &Path, to: &Path, definitions: &[(&str, &str)], prefix: &str) {
    let mut text = fs::read_to_string(from).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
    for (before, name) in definitions {
        let begins = format!("{before}{name}");
        let found = text.matches(&begins).count();
        assert_eq!(found, 1, "{} is not the source this was made for: {begins}", from.display());
        text = text.replace(&begins, &format!("{before}{prefix}_{name}"));
    }
    fs::create_dir_all(to.parent().unwrap_or(to)).expect("cargo's folder for what is built");
    fs::write(to, text).unwrap_or_else(|e| panic!("{}: {e}", to.display()));
}

/// The folders of all packages; cargo says nowhere but in its metadata where it keeps them.
struct Sources {
    folders: Vec<PathBuf>,
    /// What cargo said beside it.
    why: String,
}

impl Sources {
    fn asked() -> Sources {
        let target = env::var("TARGET").expect("cargo sets TARGET");
        let mut cargo = Command::new(folder("CARGO"));
        cargo.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &target]);
        if env::var_os("CARGO_FEATURE_AAC").is_some() {
            cargo.args(["--features", "aac"]);
        }
        cargo.arg("--manifest-path").arg(folder("CARGO_MANIFEST_DIR").join("Cargo.toml"));
        let said = cargo.output().expect("cargo, which runs this");
        let text = String::from_utf8_lossy(&said.stdout);
        let paths = text.split(r#""manifest_path":""#).skip(1).filter_map(|rest| rest.split('"').next());
        let folders = paths.filter_map(|path| Some(PathBuf::from(path.replace(r"\\", "/")).parent()?.to_path_buf()));
        Sources { folders: folders.collect(), why: String::from_utf8_lossy(&said.stderr).into_owned() }
    }

    /// A folder of the registry ends with the version, one of `cargo vendor` may not.
    fn of(&self, package: &str) -> &Path {
        let named = |folder: &&PathBuf| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            name.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let found = self.folders.iter().find(named);
        found.unwrap_or_else(|| panic!("cargo metadata names no {package}: {}", self.why))
    }
}
