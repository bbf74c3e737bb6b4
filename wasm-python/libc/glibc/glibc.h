/* What the few functions of glibc's libm that build.sh compiles want of glibc's own headers. Rounding is to nearest, exceptions
 * are not seen, and `long double` is not used. Their headers by name include this one. */
#ifndef WASMLAM_GLIBC_H
#define WASMLAM_GLIBC_H

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LITTLE_ENDI
#define HIGH_HALF 1
#define LOW_HALF 0
#define SECTION
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define attribute_hidden
#define __glibc_likely(condition) __builtin_expect((condition), 1)
#define __glibc_unlikely(condition) __builtin_expect((condition), 0)
#define __set_errno(number) (errno = (number))
#define SET_RESTORE_ROUND(mode)
#define SET_RESTORE_ROUND_53BIT(mode)
#define math_check_force_underflow(x)
#define math_check_force_underflow_nonneg(x)
#define math_opt_barrier(x) (x)
#define math_force_eval(x) ((void)(x))
#define math_narrow_eval(x) (x)
#define FIX_INT_FP_CONVERT_ZERO 0
#define libm_alias_double(from, to)
#define libm_alias_finite(from, to)

#define __sin sin
#define __cos cos
#define __tan tan
#define __atan atan
#define __cbrt cbrt
#define __ieee754_asin asin
#define __ieee754_acos acos
#define __ieee754_atan2 atan2
#define __ieee754_log10 log10
#define __ieee754_log log
#define __ieee754_sqrt __builtin_sqrt
#define __copysign __builtin_copysign
#define __frexp wasmlam_frexp
#define __ldexp ldexp
#define __branred __wasmlam_branred
#define __sincostab __wasmlam_sincostab

static inline uint64_t wasmlam_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double wasmlam_double(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* glibc's leaves no exponent unset. */
static inline double wasmlam_frexp(double x, int *exponent)
{
    *exponent = 0;
    return x == 0 || !isfinite(x) ? x : frexp(x, exponent);
}

#define EXTRACT_WORDS64(to, x) ((to) = (int64_t)wasmlam_bits(x))
#define INSERT_WORDS64(to, bits) ((to) = wasmlam_double((uint64_t)(bits)))
#define GET_HIGH_WORD(to, x) ((to) = (int32_t)(wasmlam_bits(x) >> 32))
#define GET_LOW_WORD(to, x) ((to) = (uint32_t)wasmlam_bits(x))

int __branred(double x, double *a, double *aa);

#endif
