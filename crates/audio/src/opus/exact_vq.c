/* libopus' search for pulses with SSE2, with roots and reciprocals that are computed. The instructions it was written for
   give estimates of some twelve bits, and each maker of processors estimates otherwise: bytes would depend on the machine. */
#if defined(OPUS_X86_PRESUME_SSE2)
#include <emmintrin.h>
#define _mm_rcp_ps(x) _mm_div_ps(_mm_set1_ps(1.0f), (x))
#define _mm_rsqrt_ps(x) _mm_div_ps(_mm_set1_ps(1.0f), _mm_sqrt_ps(x))
#include "vq_sse2.c"
#endif
