//! What makes one build give the same bytes on every machine: the class of processor it was compiled for, and mathematics
//! of its own. Nothing here looks at the processor that it runs on.

mod ffi;

/// The class of processors that this build was compiled for; belongs into the key of a rendition, since another class may
/// round otherwise.
pub const fn cpu_class() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        return "aarch64";
    }
    if cfg!(not(target_arch = "x86_64")) {
        return "other";
    }
    // The levels of the x86-64 psABI, told apart by what each adds.
    if cfg!(all(target_feature = "avx512f", target_feature = "avx512vl")) {
        "x86-64-v4"
    } else if cfg!(all(target_feature = "avx2", target_feature = "fma")) {
        "x86-64-v3"
    } else if cfg!(all(target_feature = "sse4.2", target_feature = "ssse3")) {
        "x86-64-v2"
    } else {
        "x86-64"
    }
}
