/* Scalar functions of primitives/arithmetic.py whose rows have no C++ expression; NumPy's semantics. */
#pragma once
#include "adfun/runtime.h"

/* -- f64 ------------------------------------------------------------------------------------------ */

ADFUN_INLINE double adfun_sign(double x) { return x != x ? x : (double)((x > 0) - (x < 0)); }

/* A NaN in either argument comes through. */
ADFUN_INLINE double adfun_minimum(double x, double y) { return ((x < y) | (x != x)) ? x : y; }
ADFUN_INLINE double adfun_maximum(double x, double y) { return ((x > y) | (x != x)) ? x : y; }

/* The remainder has the sign of the divisor. */
static inline double adfun_mod(double x, double y) {
  const double r = fmod(x, y);
  if (y == 0.0 || r != r) return r;
  if (r == 0.0) return __builtin_copysign(0.0, y);
  return (y < 0.0) != (r < 0.0) ? r + y : r;
}

static inline double adfun_floordiv(double x, double y) {
  if (y == 0.0) return x / y;
  const double r = fmod(x, y);
  double q = (x - r) / y;
  if (r != 0.0 && (y < 0.0) != (r < 0.0)) q -= 1.0;
  if (q == 0.0) return __builtin_copysign(0.0, x / y);
  const double whole = __builtin_floor(q);
  return q - whole > 0.5 ? whole + 1.0 : whole;
}

/* A value that the compiler must round before it uses it: no fused multiply-add. */
#if defined(__FMA__)
#define ADFUN_ROUNDED(x) __asm__("" : "+v"(x))
#elif defined(__aarch64__)
#define ADFUN_ROUNDED(x) __asm__("" : "+w"(x))
#else
#define ADFUN_ROUNDED(x) (void)0
#endif
ADFUN_INLINE double adfun_rounded(double x) {
  ADFUN_ROUNDED(x);
  return x;
}

/* x == 0 ? 0 : x * y, without a branch where the target has masks */
ADFUN_INLINE double adfun_mul0(double x, double y) {
#if defined(__AVX512F__) && defined(__GNUC__) && !defined(__clang__)
  typedef double two __attribute__((vector_size(16)));
  const two zero = {}, a = {x}, b = {y};
  return __builtin_ia32_mulsd_mask_round(a, b, zero, __builtin_ia32_cmpsd_mask(a, zero, 4, 1, 4), 4)[0];
#else
  return x == 0.0 ? 0.0 : x * y;
#endif
}

/* -- logistic: one exponential that cannot overflow ---------------------------------------------- */

ADFUN_INLINE double adfun_sech2(double x) {
  const double z = exp(-2.0 * __builtin_fabs(x));
  return 4.0 * z / ((1.0 + z) * (1.0 + z));
}
ADFUN_INLINE double adfun_expit(double x) {
  const double z = exp(-__builtin_fabs(x)), q = 1.0 / (1.0 + z);
  return x >= 0.0 ? q : z * q;
}
ADFUN_INLINE double adfun_log_expit(double x) {
  return adfun_minimum(x, 0.0) - log1p(exp(-__builtin_fabs(x)));
}
ADFUN_INLINE double adfun_logaddexp(double x, double y) {
  const double difference = x == y ? 0.0 : x - y;
  return adfun_maximum(x, y) + log1p(exp(-__builtin_fabs(difference)));
}

/* -- i64: a zero divisor gives 0 -------------------------------------------------------------------- */

ADFUN_INLINE adfun_i64 adfun_imod(adfun_i64 x, adfun_i64 y) {
  if (y == 0 || y == -1) return 0;
  const adfun_i64 r = x % y;
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

ADFUN_INLINE adfun_i64 adfun_ifloordiv(adfun_i64 x, adfun_i64 y) {
  if (y == 0) return 0;
  if (y == -1) return (adfun_i64)(0 - (unsigned long)x);
  const adfun_i64 q = x / y;
  return x % y != 0 && (x < 0) != (y < 0) ? q - 1 : q;
}

static inline adfun_i64 adfun_ipow(adfun_i64 x, adfun_i64 n) {
  if (n < 0) return 0;
  unsigned long power = 1, factor = (unsigned long)x;
  for (; n; n >>= 1, factor *= factor)
    if (n & 1) power *= factor;
  return (adfun_i64)power;
}

/* Towards zero; 0 for NaN and for what no i64 holds. */
ADFUN_INLINE adfun_i64 adfun_f2i(double x) {
  return __builtin_fabs(x) < 0x1p63 ? (adfun_i64)x : 0;
}
