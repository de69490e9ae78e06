//! The mathematical functions of C, defined here once for the whole program: the encoders' C code and Rust's own floats
//! call these by name instead of the system's library.
//!
//! That library picks variants by the processor it finds (with or without fused multiplication) and changes between its
//! versions; both move the last bit of a result, and an encoder may decide otherwise for it. Square root, rounding and
//! scaling by powers of two are exact everywhere and left to it.

use std::ffi::{c_double, c_float};

/// Defines functions of C by those of the same name in `libm`.
macro_rules! define {
    ($($name:ident($($argument:ident),+): $float:ty;)+) => {
        $(
            /// As the C standard has it.
            // SAFETY: a function of the standard library's name with its signature and meaning.
            #[unsafe(no_mangle)]
            pub extern "C" fn $name($($argument: $float),+) -> $float {
                libm::$name($($argument),+)
            }
        )+
    };
}

define! {
    acos(x): c_double;
    asin(x): c_double;
    atan(x): c_double;
    atan2(y, x): c_double;
    cos(x): c_double;
    cosf(x): c_float;
    exp(x): c_double;
    exp10(x): c_double;
    exp2(x): c_double;
    exp2f(x): c_float;
    expf(x): c_float;
    log(x): c_double;
    log10(x): c_double;
    log10f(x): c_float;
    log2(x): c_double;
    log2f(x): c_float;
    logf(x): c_float;
    pow(x, y): c_double;
    powf(x, y): c_float;
    sin(x): c_double;
    sinf(x): c_float;
    tan(x): c_double;
}

/// Sine and cosine at once; compilers of C make one call of two.
///
/// # Safety
/// `sine` and `cosine` must be places for a double each.
// SAFETY: a function of the standard library's name with its signature and meaning.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sincos(x: c_double, sine: *mut c_double, cosine: *mut c_double) {
    // SAFETY: the caller gives two places for doubles.
    unsafe {
        *sine = libm::sin(x);
        *cosine = libm::cos(x);
    }
}

/// The same of floats.
///
/// # Safety
/// `sine` and `cosine` must be places for a float each.
// SAFETY: a function of the standard library's name with its signature and meaning.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sincosf(x: c_float, sine: *mut c_float, cosine: *mut c_float) {
    // SAFETY: the caller gives two places for floats.
    unsafe {
        *sine = libm::sinf(x);
        *cosine = libm::cosf(x);
    }
}
