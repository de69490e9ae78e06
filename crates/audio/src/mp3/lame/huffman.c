/* LAME's takehiro.c (quantised lines and the bits they take), with the same results sooner. What is replaced computes with
   integers, or rounds each line by itself in the same steps, so every choice and every byte is that of the original.
   The build names the originals `lame_...`; tests hold ours against them. */
#include <config.h>
#include "lame.h"
#include "machine.h"
#include "encoder.h"
#include "util.h"
#include "quantize_pvt.h"
#include "tables.h"

static void quantize_lines_xrpow(unsigned int l, FLOAT istep, const FLOAT *xp, int *pi);
static int choose_table_nonMMX(const int *ix, const int *const end, int *const s);
void best_huffman_divide(const lame_internal_flags *const gfc, gr_info *const gi);

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "takehiro_renamed.c"

/* The lengths of a pair of values, each up to 15, in the tables where they may stand; LAME's groups of tables that differ
   in their codes only. */
enum { T1, T2, T3, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T24, TABLES };
/* Tables of codes before the two with escapes. */
enum { PLAIN = T16 };

/* A lane of 16 bits for each table: 288 pairs of at most 22 bits stay below 65,536. */
typedef struct {
    uint16_t lane[TABLES] __attribute__((aligned(16)));
} lengths_t;

static lengths_t lengths_of[16 * 16];
/* Three lengths of one group in one number, 21 bits each. */
enum { FIRST_TRIPLE = 3, TRIPLES = 3, TRIPLE_BITS = 21, TRIPLE_MASK = (1 << TRIPLE_BITS) - 1 };
static uint64_t triples_of[TRIPLES][16 * 16];

static const uint8_t table_number[PLAIN] = { 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
/* By the largest value: the group's first table and how many tables it has. */
static const uint8_t group_first[16] = { 0, T1, T2, T5, T7, T7, T10, T10, T13, T13, T13, T13, T13, T13, T13, T13 };
static const uint8_t group_tables[16] = { 0, 1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3 };
static const uint8_t group_triple[16] = { 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2 };
/* Tables 1 to 12 and 14 take pairs up to one less than this. */
static int
table_width(int number)
{
    return number == 14 ? 16 : (int) ht[number].xlen;
}

/* Runs before main: threads that encode find the tables made. */
__attribute__((constructor))
static void
make_lengths(void)
{
    int x, y, t, g;
    for (x = 0; x < 16; x++) {
        for (y = 0; y < 16; y++) {
            lengths_t *const to = &lengths_of[x * 16 + y];
            for (t = 0; t < PLAIN; t++) {
                int const width = table_width(table_number[t]);
                to->lane[t] = x < width && y < width ? ht[table_number[t]].hlen[x * width + y] : 0;
            }
            to->lane[T16] = largetbl[x * 16 + y] >> 16;
            to->lane[T24] = largetbl[x * 16 + y] & 0xffff;
            for (g = 0; g < TRIPLES; g++) {
                uint16_t const *const of = &to->lane[T7 + 3 * g];
                triples_of[g][x * 16 + y] = of[0] | (uint64_t) of[1] << TRIPLE_BITS | (uint64_t) of[2] << 2 * TRIPLE_BITS;
            }
        }
    }
}

/* The two tables with escapes whose extra bits hold `max`. */
static void
escape_tables(unsigned int max, int *t16, int *t24)
{
    unsigned int const beyond = max - 15u;
    int low, high;
    for (high = 24; high < 32; high++)
        if (ht[high].linmax >= beyond)
            break;
    for (low = high - 8; low < 24; low++)
        if (ht[low].linmax >= beyond)
            break;
    *t16 = low;
    *t24 = high;
}

/* The cheapest table of a range whose lengths were added up before; LAME's order among equals. */
static int
cheapest(uint16_t const sum[TABLES], unsigned int escapes, unsigned int max, int *s)
{
    if (max == 0)
        return 0;
    if (max <= 15) {
        int const first = group_first[max];
        unsigned int best = sum[first];
        int t, choice = first;
        for (t = first + 1; t < first + group_tables[max]; t++)
            if (best > sum[t]) {
                best = sum[t];
                choice = t;
            }
        *s += best;
        return table_number[choice];
    }
    if (max > IXMAX_VAL) {
        *s = LARGE_BITS;
        return -1;
    }
    {
        int t16, t24;
        unsigned int bits16, bits24;
        escape_tables(max, &t16, &t24);
        bits16 = sum[T16] + escapes * ht[t16].xlen;
        bits24 = sum[T24] + escapes * ht[t24].xlen;
        *s += bits16 > bits24 ? bits24 : bits16;
        return bits16 > bits24 ? t24 : t16;
    }
}

/* What the ranges between two borders of bands need: lengths, escapes and the largest value. */
typedef struct {
    lengths_t sum;
    unsigned int escapes;
    unsigned int max;
} measure_t;

/* Adds the lines [from, to) to `m`. */
static void
add_lines(measure_t *m, int const *ix, int from, int to)
{
    unsigned int escapes = m->escapes, max = m->max;
    int i;
#ifdef __SSE2__
    __m128i low = _mm_load_si128((__m128i *) &m->sum.lane[0]);
    __m128i high = _mm_load_si128((__m128i *) &m->sum.lane[8]);
#endif
    for (i = from; i < to; i += 2) {
        unsigned int x = ix[i], y = ix[i + 1];
        lengths_t const *of;
        max = x > max ? x : max;
        max = y > max ? y : max;
        escapes += (x >= 15) + (y >= 15);
        x = x > 15 ? 15 : x;
        y = y > 15 ? 15 : y;
        of = &lengths_of[x * 16 + y];
#ifdef __SSE2__
        low = _mm_add_epi16(low, _mm_load_si128((__m128i const *) &of->lane[0]));
        high = _mm_add_epi16(high, _mm_load_si128((__m128i const *) &of->lane[8]));
#else
        {
            int t;
            for (t = 0; t < TABLES; t++)
                m->sum.lane[t] += of->lane[t];
        }
#endif
    }
#ifdef __SSE2__
    _mm_store_si128((__m128i *) &m->sum.lane[0], low);
    _mm_store_si128((__m128i *) &m->sum.lane[8], high);
#endif
    m->escapes = escapes;
    m->max = max;
}

/* Everything of `upto` that is not in `from`; `max` is the caller's. */
static int
between(measure_t const *from, measure_t const *upto, unsigned int max, int *s)
{
    uint16_t sum[TABLES];
    int t;
    for (t = 0; t < TABLES; t++)
        sum[t] = upto->sum.lane[t] - from->sum.lane[t];
    return cheapest(sum, upto->escapes - from->escapes, max, s);
}

/* Of the lines before each band's first: their measure. And of each band: its largest value. */
typedef struct {
    measure_t before[SBMAX_l + 1];
    unsigned int band_max[SBMAX_l];
    /* Bands that end before the last of the lines. */
    int bands;
} bands_t;

static void
measure_bands(bands_t *b, int const *l, int const *ix, int bigv)
{
    int band;
    memset(&b->before[0], 0, sizeof b->before[0]);
    for (band = 0; band < SBMAX_l && l[band + 1] < bigv; band++) {
        measure_t now = b->before[band];
        now.max = 0;
        add_lines(&now, ix, l[band], l[band + 1]);
        b->before[band + 1] = now;
        b->band_max[band] = now.max;
    }
    b->bands = band;
}

/* LAME's recalc_divide_init: for each end of the second region the best end of the first. */
static void
divide_two(bands_t const *b, int r01_bits[], int r01_div[], int r0_tbl[], int r1_tbl[])
{
    unsigned int r0_max = 0;
    int r0, r1;
    for (r0 = 0; r0 <= 7 + 15; r0++)
        r01_bits[r0] = LARGE_BITS;
    for (r0 = 0; r0 < 16 && r0 + 1 <= b->bands; r0++) {
        unsigned int r1_max = 0;
        int r0bits = 0, r0t;
        r0_max = b->band_max[r0] > r0_max ? b->band_max[r0] : r0_max;
        r0t = between(&b->before[0], &b->before[r0 + 1], r0_max, &r0bits);
        for (r1 = 0; r1 < 8 && r0 + r1 + 2 <= b->bands; r1++) {
            int bits = r0bits, r1t;
            r1_max = b->band_max[r0 + r1 + 1] > r1_max ? b->band_max[r0 + r1 + 1] : r1_max;
            r1t = between(&b->before[r0 + 1], &b->before[r0 + r1 + 2], r1_max, &bits);
            if (r01_bits[r0 + r1] > bits) {
                r01_bits[r0 + r1] = bits;
                r01_div[r0 + r1] = r0;
                r0_tbl[r0 + r1] = r0t;
                r1_tbl[r0 + r1] = r1t;
            }
        }
    }
}

/* LAME's recalc_divide_sub: the best end of the second region, the third going up to `cod_info2`'s big values. */
static void
divide_three(bands_t const *b, int const *l, gr_info const *cod_info2, gr_info *gi, int const *ix,
             int const r01_bits[], int const r01_div[], int const r0_tbl[], int const r1_tbl[])
{
    int const bigv = cod_info2->big_values;
    unsigned int r2_max[SBMAX_l + 1];
    measure_t whole;
    int r2, band, last;
    for (last = 0; last < b->bands && l[last + 1] < bigv; last++)
        ;
    whole = b->before[last];
    whole.max = 0;
    add_lines(&whole, ix, l[last], bigv);
    r2_max[last] = whole.max;
    for (band = last - 1; band >= 0; band--)
        r2_max[band] = b->band_max[band] > r2_max[band + 1] ? b->band_max[band] : r2_max[band + 1];

    for (r2 = 2; r2 < SBMAX_l + 1; r2++) {
        int bits, r2t;
        if (l[r2] >= bigv)
            break;
        bits = r01_bits[r2 - 2] + cod_info2->count1bits;
        if (gi->part2_3_length <= bits)
            break;
        r2t = between(&b->before[r2], &whole, r2_max[r2], &bits);
        if (gi->part2_3_length <= bits)
            continue;
        memcpy(gi, cod_info2, sizeof(gr_info));
        gi->part2_3_length = bits;
        gi->region0_count = r01_div[r2 - 2];
        gi->region1_count = r2 - 2 - r01_div[r2 - 2];
        gi->table_select[0] = r0_tbl[r2 - 2];
        gi->table_select[1] = r1_tbl[r2 - 2];
        gi->table_select[2] = r2t;
    }
}

/* As LAME's, but each line's lengths are looked up once, not for each of up to a hundred ranges it lies in. Blocks of other
   types have no choice of regions and are left to LAME. */
void
best_huffman_divide(const lame_internal_flags *const gfc, gr_info *const gi)
{
    int const *const l = gfc->scalefac_band.l;
    int const *const ix = gi->l3_enc;
    int r01_bits[7 + 15 + 1], r01_div[7 + 15 + 1], r0_tbl[7 + 15 + 1], r1_tbl[7 + 15 + 1];
    gr_info cod_info2;
    bands_t bands;
    int i, a1, a2;

    if (gi->block_type != NORM_TYPE) {
        lame_best_huffman_divide(gfc, gi);
        return;
    }
    memcpy(&cod_info2, gi, sizeof(gr_info));
    measure_bands(&bands, l, ix, gi->big_values);
    divide_two(&bands, r01_bits, r01_div, r0_tbl, r1_tbl);
    divide_three(&bands, l, &cod_info2, gi, ix, r01_bits, r01_div, r0_tbl, r1_tbl);

    /* The last pair of big values as part of a quadruple of small ones. */
    i = cod_info2.big_values;
    if (i == 0 || (unsigned int) (ix[i - 2] | ix[i - 1]) > 1)
        return;
    i = gi->count1 + 2;
    if (i > 576)
        return;
    memcpy(&cod_info2, gi, sizeof(gr_info));
    cod_info2.count1 = i;
    for (a1 = a2 = 0; i > cod_info2.big_values; i -= 4) {
        int const p = ((ix[i - 4] * 2 + ix[i - 3]) * 2 + ix[i - 2]) * 2 + ix[i - 1];
        a1 += t32l[p];
        a2 += t33l[p];
    }
    cod_info2.big_values = i;
    cod_info2.count1table_select = a1 > a2;
    cod_info2.count1bits = a1 > a2 ? a2 : a1;
    divide_three(&bands, l, &cod_info2, gi, ix, r01_bits, r01_div, r0_tbl, r1_tbl);
}

/* The largest value. */
static unsigned int
largest(int const *ix, int const *const end)
{
    int max = 0;
#ifdef __SSE2__
    if (end - ix >= 8) {
        __m128i eight = _mm_setzero_si128();
        int16_t lanes[8] __attribute__((aligned(16)));
        int i;
        /* Values stay below 32,768; beyond, the saturated one is as much too large. */
        for (; end - ix >= 8; ix += 8) {
            __m128i const a = _mm_loadu_si128((__m128i const *) ix), b = _mm_loadu_si128((__m128i const *) (ix + 4));
            eight = _mm_max_epi16(eight, _mm_packs_epi32(a, b));
        }
        _mm_store_si128((__m128i *) lanes, eight);
        for (i = 0; i < 8; i++)
            max = lanes[i] > max ? lanes[i] : max;
    }
#endif
    for (; ix < end; ix++)
        max = *ix > max ? *ix : max;
    return max;
}

/* As LAME's; three tables are looked up at once. */
static int
choose_table_nonMMX(const int *ix, const int *const end, int *const s)
{
    unsigned int const max = largest(ix, end);
    unsigned int *const bits = (unsigned int *) s;
    if (max <= FIRST_TRIPLE)
        return count_fncs[max](ix, end, max, bits);
    if (max <= 15) {
        uint64_t const *const of = triples_of[group_triple[max]];
        int const first = table_number[group_first[max]];
        uint64_t sum = 0;
        unsigned int sum1, sum2, sum3;
        int t = first;
        for (; ix < end; ix += 2)
            sum += of[(unsigned) ix[0] * 16u + (unsigned) ix[1]];
        sum1 = sum & TRIPLE_MASK;
        sum2 = sum >> TRIPLE_BITS & TRIPLE_MASK;
        sum3 = sum >> 2 * TRIPLE_BITS;
        if (sum1 > sum2) {
            sum1 = sum2;
            t = first + 1;
        }
        if (sum1 > sum3) {
            sum1 = sum3;
            t = first + 2;
        }
        *bits += sum1;
        return t;
    }
    if (max > IXMAX_VAL) {
        *s = LARGE_BITS;
        return -1;
    }
    {
        int t16, t24;
        escape_tables(max, &t16, &t24);
        return count_bit_ESC(ix, end, t16, t24, bits);
    }
}

/* As LAME's, four lines at a time: product in single precision, sum in double, rounded to single. */
static void
quantize_lines_xrpow(unsigned int l, FLOAT istep, const FLOAT *xp, int *pi)
{
#if defined(__SSE2__) && defined(TAKEHIRO_IEEE754_HACK)
    __m128 const step = _mm_set1_ps(istep);
    __m128d const magic = _mm_set1_pd(MAGIC_FLOAT);
    __m128i const magic_int = _mm_set1_epi32(MAGIC_INT);
    unsigned int fours = l >> 2;
    for (; fours > 0; fours--, xp += 4, pi += 4) {
        __m128 const x = _mm_mul_ps(step, _mm_loadu_ps(xp));
        __m128d const low = _mm_add_pd(_mm_cvtps_pd(x), magic);
        __m128d const high = _mm_add_pd(_mm_cvtps_pd(_mm_movehl_ps(x, x)), magic);
        __m128 const near = _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
        __m128i const at = _mm_sub_epi32(_mm_castps_si128(near), magic_int);
        uint64_t const at01 = _mm_cvtsi128_si64(at), at23 = _mm_cvtsi128_si64(_mm_unpackhi_epi64(at, at));
        __m128d const adjust_low = _mm_setr_pd(adj43asm[(uint32_t) at01], adj43asm[at01 >> 32]);
        __m128d const adjust_high = _mm_setr_pd(adj43asm[(uint32_t) at23], adj43asm[at23 >> 32]);
        __m128 const exact = _mm_movelh_ps(_mm_cvtpd_ps(_mm_add_pd(low, adjust_low)),
                                           _mm_cvtpd_ps(_mm_add_pd(high, adjust_high)));
        _mm_storeu_si128((__m128i *) pi, _mm_sub_epi32(_mm_castps_si128(exact), magic_int));
    }
    l &= 3;
    if (l < 2)
        return;
#endif
    lame_quantize_lines_xrpow(l, istep, xp, pi);
}

/* For tests: whether ours and LAME's own do the same with lines made of `seed`. LAME's tables must be made: an encoder was. */
int
gramovar_lame_same(uint32_t seed)
{
    lame_internal_flags *const gfc = calloc(1, sizeof(lame_internal_flags));
    gr_info *const ours = calloc(2, sizeof(gr_info));
    gr_info *const theirs = ours + 1;
    FLOAT lines[576] __attribute__((aligned(16)));
    int i, same = gfc && ours;
    uint32_t const zeros_from = 2 + seed % 575, ones_from = zeros_from * (seed % 7) / 7, top = 2u << seed % 14;
    FLOAT const istep = 0.3f + seed % 11;
    if (!same)
        goto end;
    for (i = 0; i < 576; i++) {
        seed = seed * 1664525u + 1013904223u;
        lines[i] = (uint32_t) i >= zeros_from ? 0 : (uint32_t) i >= ones_from ? (seed >> 9) / 8388608.0f
            : (seed >> 9) / 8388608.0f * (top < IXMAX_VAL ? top : IXMAX_VAL);
        lines[i] /= istep;
    }
    memcpy(gfc->scalefac_band.l, sfBandIndex[3].l, sizeof gfc->scalefac_band.l);
    gfc->cfg.mode_gr = 2;
    huffman_init(gfc);
    for (i = 0; i < 2; i++) {
        ours[i].xrpow_max = 0;
        ours[i].max_nonzero_coeff = 575;
        (i ? lame_quantize_lines_xrpow : quantize_lines_xrpow)(576, istep, lines, ours[i].l3_enc);
        gfc->choose_table = i ? lame_choose_table_nonMMX : choose_table_nonMMX;
        ours[i].part2_3_length = noquant_count_bits(gfc, &ours[i], 0);
        (i ? lame_best_huffman_divide : best_huffman_divide)(gfc, &ours[i]);
    }
    same = memcmp(ours, theirs, sizeof(gr_info)) == 0;
end:
    free(ours);
    free(gfc);
    return same;
}
