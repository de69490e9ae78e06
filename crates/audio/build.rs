//! Compiles one file of the Vorbis encoder anew, since as it comes its results depend on the maker of the processor
//! (`src/vorbis/exact_psy.c` says how). Nothing else is built here.

use std::env;
use std::path::PathBuf;

const SOURCE: &str = "src/vorbis/exact_psy.c";

fn main() {
    println!("cargo:rerun-if-changed={SOURCE}");
    let folder = |name: &str| PathBuf::from(env::var_os(name).unwrap_or_else(|| panic!("cargo sets {name}")));
    let vorbis = folder("DEP_VORBIS_INCLUDE");
    cc::Build::new()
        .file(SOURCE)
        .include(vorbis.with_file_name("lib"))
        .include(&vorbis)
        .include(folder("DEP_OGG_INCLUDE"))
        // As the rest of the encoder, in every profile.
        .opt_level(3)
        .warnings(false)
        // Linked whole, so that it is found before the file that it replaces.
        .link_lib_modifier("+whole-archive")
        .compile("gramovar_vorbis_psy");
}
