/* What LAME's configure would find, fixed here: the same on every machine, and SSE2 wherever x86-64 is. */
#define STDC_HEADERS 1
#define HAVE_ERRNO_H 1
#define HAVE_FCNTL_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_STDINT_H 1
#define HAVE_LIMITS_H 1
#define HAVE_STRCHR 1
#define HAVE_MEMCPY 1
#define LAME_LIBRARY_BUILD 1
#define PACKAGE "lame"
#define VERSION "3.100"

typedef float ieee754_float32_t;
typedef double ieee754_float64_t;
typedef long double ieee854_float80_t;

#if defined(__x86_64__) || defined(__i386__)
#define TAKEHIRO_IEEE754_HACK 1
#define USE_FAST_LOG 1
#endif
#ifdef __SSE2__
#define HAVE_XMMINTRIN_H 1
#define MIN_ARCH_SSE 1
#endif
