/* libFLAC's autocorrelation for machines that have AVX, without fused multiplication, whose rounding is another. Each lag's
   products are added up sample by sample from the last to the first, as in libFLAC's kernels for SSE2, only that four lags
   lie in a register instead of two: the sums are the same to the bit, so it may be chosen by the machine. These three
   functions are all that libFLAC has in its file for fused multiplication, so they replace that file. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

/* Samples that are made doubles at once. */
enum { CHUNK = 512, MAX_LAGS = 16 };

#define QUADS_ADDED(QUADS)                                                                                             \
    double chunk[CHUNK + MAX_LAGS] = { 0 };                                                                            \
    __m256d sums[QUADS];                                                                                               \
    uint32_t left = data_len, i, q;                                                                                    \
    (void) lag;                                                                                                        \
    for (q = 0; q < QUADS; q++)                                                                                        \
        sums[q] = _mm256_setzero_pd();                                                                                 \
    while (left > 0) {                                                                                                 \
        /* The first chunk, at the end of the samples, takes what is over. */                                          \
        uint32_t const length = left % CHUNK ? left % CHUNK : CHUNK;                                                   \
        double after[MAX_LAGS];                                                                                        \
        for (i = 0; i < MAX_LAGS; i++)                                                                                 \
            after[i] = chunk[i];                                                                                       \
        left -= length;                                                                                                \
        for (i = 0; i < length; i++)                                                                                   \
            chunk[i] = data[left + i];                                                                                 \
        for (i = 0; i < MAX_LAGS; i++)                                                                                 \
            chunk[length + i] = after[i];                                                                              \
        for (i = length; i-- > 0;) {                                                                                   \
            __m256d const sample = _mm256_broadcast_sd(&chunk[i]);                                                     \
            for (q = 0; q < QUADS; q++)                                                                                \
                sums[q] = _mm256_add_pd(sums[q], _mm256_mul_pd(sample, _mm256_loadu_pd(&chunk[i + 4 * q])));           \
        }                                                                                                              \
    }                                                                                                                  \
    for (q = 0; q < QUADS; q++)                                                                                        \
        _mm256_storeu_pd(autoc + 4 * q, sums[q]);

__attribute__((target("avx")))
void
FLAC__lpc_compute_autocorrelation_intrin_fma_lag_8(const float data[], uint32_t data_len, uint32_t lag, double autoc[])
{
    QUADS_ADDED(2)
}

__attribute__((target("avx")))
void
FLAC__lpc_compute_autocorrelation_intrin_fma_lag_12(const float data[], uint32_t data_len, uint32_t lag, double autoc[])
{
    QUADS_ADDED(3)
}

__attribute__((target("avx")))
void
FLAC__lpc_compute_autocorrelation_intrin_fma_lag_16(const float data[], uint32_t data_len, uint32_t lag, double autoc[])
{
    QUADS_ADDED(4)
}
#endif
