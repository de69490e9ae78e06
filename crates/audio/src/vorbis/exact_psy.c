/* The Vorbis encoder's noise masking, with reciprocals that are divided out. The instruction it was written for gives an
   estimate of some twelve bits, and each maker of processors estimates otherwise: bytes would depend on the machine. */
#ifdef __SSE__
#include <xmmintrin.h>
#define _mm_rcp_ps(x) _mm_div_ps(_mm_set1_ps(1.0f), (x))
#endif
#include "psy.c"
