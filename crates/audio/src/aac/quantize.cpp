/* The AAC encoder's quantize.cpp, a third of its time: quantising and its inverse without a branch on each line's sign,
   which no processor can foresee. The same integers as the original, which the build names `fdk_...`. */
#include "quantize.h"
#include "aacEnc_rom.h"

static inline void FDKaacEnc_quantizeLines(INT gain, INT noOfLines, const FIXP_DBL *mdctSpectrum, SHORT *quaSpectrum,
                                           INT dZoneQuantEnable);
static inline void FDKaacEnc_invQuantizeLines(INT gain, INT noOfLines, SHORT *quantSpectrum, FIXP_DBL *mdctSpectrum);

#include "quantize_renamed.cpp"

/* All ones for a negative number, none for another: what makes a number its absolute value and that the number again. */
static inline INT sign_of(INT number) { return number >> (DFRACT_BITS - 1); }
static inline INT with_sign(INT number, INT sign) { return (number ^ sign) - sign; }

static inline void
FDKaacEnc_quantizeLines(INT gain, INT noOfLines, const FIXP_DBL *mdctSpectrum, SHORT *quaSpectrum, INT dZoneQuantEnable)
{
    FIXP_QTD const quantizer = FDKaacEnc_quantTableQ[(-gain) & 3];
    INT const quantizershift = ((-gain) >> 2) + 1;
    const INT kShift = 16;
    FIXP_DBL const k = (dZoneQuantEnable ? FL2FXCONST_DBL(0.23f) : FL2FXCONST_DBL(-0.0946f + 0.5f)) >> kShift;

    for (INT line = 0; line < noOfLines; line++) {
        FIXP_DBL const product = fMultDiv2(mdctSpectrum[line], quantizer);
        INT const sign = sign_of(product);
        FIXP_DBL accu = with_sign(product, sign);
        if (accu == FL2FXCONST_DBL(0.0f)) {
            quaSpectrum[line] = 0;
            continue;
        }
        INT const accuShift = CntLeadingZeros(accu) - 1;
        accu <<= accuShift;
        INT const tabIndex = (INT)(accu >> (DFRACT_BITS - 2 - MANT_DIGITS)) & (~MANT_SIZE);
        INT totalShift = quantizershift - accuShift + 1;
        accu = fMultDiv2(FDKaacEnc_mTab_3_4[tabIndex], FDKaacEnc_quantTableE[totalShift & 3]);
        totalShift = (16 - 4) - (3 * (totalShift >> 2));
        FDK_ASSERT(totalShift >= 0);
        accu >>= fixMin(totalShift, DFRACT_BITS - 1);
        quaSpectrum[line] = (SHORT)with_sign((LONG)(k + accu) >> (DFRACT_BITS - 1 - 16), sign);
    }
}

/* A value's 4/3rd power as mantissa and exponent, for one of the four remainders of the gain. */
typedef struct {
    FIXP_DBL mantissa;
    INT exponent;
} power_t;

static inline power_t
power_of(FIXP_DBL accu, INT modulus)
{
    INT const ex = CountLeadingBits(accu);
    accu <<= ex;
    INT const specExp = (DFRACT_BITS - 1) - ex;
    FDK_ASSERT(specExp < 14);
    INT const tabIndex = (INT)(accu >> (DFRACT_BITS - 2 - MANT_DIGITS)) & (~MANT_SIZE);
    power_t power;
    power.mantissa = fMult(FDKaacEnc_mTab_4_3Elc[tabIndex], FDKaacEnc_specExpMantTableCombElc[modulus][specExp]);
    power.exponent = FDKaacEnc_specExpTableComb[modulus][specExp] - 1;
    return power;
}

/* Those of the values that nearly all lines have. */
enum { MODULI = 4, SMALL_VALUES = 256 };
static power_t small_powers[MODULI][SMALL_VALUES];

/* Runs before main: threads that encode find the table made. */
__attribute__((constructor))
static void
make_powers(void)
{
    for (INT modulus = 0; modulus < MODULI; modulus++) {
        for (INT value = 1; value < SMALL_VALUES; value++)
            small_powers[modulus][value] = power_of(value, modulus);
        /* Zero stays zero however it is shifted. */
        small_powers[modulus][0].exponent = small_powers[modulus][1].exponent;
    }
}

static inline void
FDKaacEnc_invQuantizeLines(INT gain, INT noOfLines, SHORT *quantSpectrum, FIXP_DBL *mdctSpectrum)
{
    INT const modulus = gain & 3;
    INT const shift = -(gain >> 2);

    for (INT line = 0; line < noOfLines; line++) {
        INT const sign = sign_of(quantSpectrum[line]);
        INT const value = with_sign(quantSpectrum[line], sign);
        power_t const power = value < SMALL_VALUES ? small_powers[modulus][value] : power_of(value, modulus);
        INT const down = shift - power.exponent;
        FIXP_DBL const accu = down < 0 ? power.mantissa << -down : power.mantissa >> down;
        mdctSpectrum[line] = with_sign(accu, sign);
    }
}
