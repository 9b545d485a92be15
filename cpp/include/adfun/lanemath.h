/* exp, log, sin ... of all lanes at once, inline and without branches, to about 1 ulp.
 *
 * Polynomials are near-minimax fits of the quotients named beside them (cpp/fits/elementary.py).
 */
#pragma once
#include "adfun/lanes.h"

/* x * 2^n for |n| <= 1100, in two steps, so that subnormal and infinite results come out right.  The halves are
   taken of exponents, which are positive: AVX2 has no arithmetic shift. */
ADFUN_INLINE adfun_v adfun_ldexp(adfun_v x, adfun_l n) {
  const adfun_l both = n + 2046, half = (adfun_l)((adfun_ul)both >> 1);
  return x * (adfun_v)(half << 52) * (adfun_v)((both - half) << 52);
}

/* Whole numbers by the rounding of a sum: |x| < 2^51. */
#define ADFUN_MAGIC 0x1.8p52

/* (exp(r) - 1 - r) / r^2 on |r| <= log(2) / 2 */
ADFUN_INLINE adfun_v adfun_exp_tail(adfun_v r) {
  const adfun_v r2 = r * r, r4 = r2 * r2;
  const adfun_v a = 0x1.5555555555556p-3 * r + 0x1.0000000000001p-1;
  const adfun_v b = 0x1.11111111109b3p-7 * r + 0x1.5555555553d63p-5;
  const adfun_v c = 0x1.a01a01a7c41d5p-13 * r + 0x1.6c16c1788bd90p-10;
  const adfun_v d = 0x1.71de0dae63bb3p-19 * r + 0x1.a019b90d2ae7ap-16;
  const adfun_v e = 0x1.af38a9b0ec855p-26 * r + 0x1.289185613a3d6p-22;
  return (a + b * r2) + r4 * ((c + d * r2) + r4 * e);
}

struct adfun_reduced {
  adfun_v r; /* the remainder */
  adfun_l n; /* the multiple that was taken out */
};

/* x = n log(2) + r */
ADFUN_INLINE adfun_reduced adfun_exp_reduce(adfun_v x) {
  const adfun_v shifted = x * 0x1.71547652b82fep+0 + ADFUN_MAGIC, n = shifted - ADFUN_MAGIC;
  const adfun_v r = (x - n * 0x1.62e42fefa3800p-1) - n * 0x1.ef35793c76730p-45;
  return {r, (adfun_l)shifted - (adfun_l)adfun_splat(ADFUN_MAGIC)};
}

ADFUN_INLINE adfun_v adfun_exp(adfun_v x) {
  const adfun_m none = x < -745.2; /* not even a subnormal number: processors are slow to find that by themselves */
  x = x > 710.0 ? adfun_splat(710.0) : x;
  x = none ? adfun_splat(0.0) : x;
  const adfun_reduced q = adfun_exp_reduce(x);
  const adfun_v y = adfun_ldexp(1.0 + (q.r + q.r * q.r * adfun_exp_tail(q.r)), q.n);
  return none ? adfun_splat(0.0) : y;
}

ADFUN_INLINE adfun_v adfun_expm1(adfun_v x) {
  x = x > 710.0 ? adfun_splat(710.0) : x;
  x = x < -50.0 ? adfun_splat(-50.0) : x;
  const adfun_reduced q = adfun_exp_reduce(x);
  const adfun_v p = q.r + q.r * q.r * adfun_exp_tail(q.r);
  const adfun_l half = q.n >> 1;
  const adfun_v s = (adfun_v)((half + 1023) << 52), t = (adfun_v)((q.n - half + 1023) << 52);
  return ((s - 1.0 / t) + s * p) * t;
}

/* (log(1 + f) - f + f^2 / 2) / f^3 on sqrt(1/2) <= 1 + f <= sqrt(2) */
ADFUN_INLINE adfun_v adfun_log_tail(adfun_v f) {
  const adfun_v f2 = f * f, f4 = f2 * f2, f8 = f4 * f4;
  const adfun_v a = -0x1.ffffffffffe05p-3 * f + 0x1.5555555555555p-2;
  const adfun_v b = -0x1.5555555592f1ep-3 * f + 0x1.9999999999e82p-3;
  const adfun_v c = -0x1.ffffffba1b215p-4 * f + 0x1.249249248b4a8p-3;
  const adfun_v d = -0x1.9999ab4fe90bdp-4 * f + 0x1.c71c7180b2640p-4;
  const adfun_v e = -0x1.5552fef67ef36p-4 * f + 0x1.745d377b628f8p-4;
  const adfun_v g = -0x1.24bcf2c9c3975p-4 * f + 0x1.3b0dbefce648dp-4;
  const adfun_v h = -0x1.fcfe74a6d74a3p-5 * f + 0x1.11a0a1afe17a0p-4;
  const adfun_v i = -0x1.cdb0c4fd5d815p-5 * f + 0x1.d37a7ed2e6c41p-5;
  const adfun_v j = -0x1.e832d8f796490p-5 * f + 0x1.0499f7919c380p-4;
  const adfun_v low = (a + b * f2) + f4 * (c + d * f2), high = (e + g * f2) + f4 * (h + i * f2);
  return low + f8 * (high + f8 * (j + 0x1.bb3c48b3cb861p-6 * f2));
}

/* n log(2) + log(1 + f) */
ADFUN_INLINE adfun_v adfun_log_join(adfun_v n, adfun_v f) {
  const adfun_v f2 = f * f;
  return n * 0x1.62e42fefa3800p-1 + (f + (f2 * (f * adfun_log_tail(f) - 0.5) + n * 0x1.ef35793c76730p-45));
}

/* x = 2^n m with m in sqrt(1/2) .. sqrt(2), for normal positive x. */
ADFUN_INLINE adfun_l adfun_log_exponent(adfun_v x) {
  return ((adfun_l)x - 0x3fe6a09e667f3bcdL) >> 52;
}

/* log of 0 is -inf, of inf is inf, of a negative number or NaN is NaN. */
ADFUN_INLINE adfun_v adfun_log_edges(adfun_v x, adfun_v y) {
  y = x == ADFUN_INF ? x : y;
  y = x == 0.0 ? adfun_splat(-ADFUN_INF) : y;
  return x >= 0.0 ? y : adfun_splat(__builtin_nan(""));
}

ADFUN_INLINE adfun_v adfun_log(adfun_v x) {
  const adfun_m tiny = x < 0x1p-1022;
  const adfun_v y = tiny ? x * 0x1p54 : x;
  const adfun_l n = adfun_log_exponent(y);
  const adfun_v m = (adfun_v)((adfun_l)y - (n << 52));
  return adfun_log_edges(x, adfun_log_join(adfun_i2f(n + (tiny & -54L)), m - 1.0));
}

ADFUN_INLINE adfun_v adfun_log1p(adfun_v x) {
  const adfun_v u = 1.0 + x, lost = x < 1.0 ? x - (u - 1.0) : 1.0 - (u - x);
  const adfun_l n = adfun_log_exponent(u);
  const adfun_v m = (adfun_v)((adfun_l)u - (n << 52));
  const adfun_v scale = (adfun_v)((1023 - n) << 52); /* 2^-n */
  const adfun_v y = adfun_log_join(adfun_i2f(n), (m - 1.0) + lost * scale);
  return x == 0.0 ? x : adfun_log_edges(u, y);
}

/* sin and cos on |r| <= pi / 4: r + r^3 p(r^2) and 1 - r^2 / 2 + r^4 q(r^2) */
ADFUN_INLINE adfun_v adfun_sin_near(adfun_v r) {
  const adfun_v z = r * r, z2 = z * z;
  const adfun_v a = 0x1.1111111110bb1p-7 * z + -0x1.5555555555555p-3;
  const adfun_v b = 0x1.71de37961e4c6p-19 * z + -0x1.a01a019e8357dp-13;
  const adfun_v c = 0x1.5e0af186af739p-33 * z + -0x1.ae600a926c89ap-26;
  return r + r * z * (a + z2 * (b + z2 * c));
}
ADFUN_INLINE adfun_v adfun_cos_near(adfun_v r) {
  const adfun_v z = r * r, z2 = z * z;
  const adfun_v a = -0x1.6c16c16c16966p-10 * z + 0x1.5555555555555p-5;
  const adfun_v b = -0x1.27e4fa17a41b4p-22 * z + 0x1.a01a019f4e867p-16;
  const adfun_v c = -0x1.907d7aebd5e3dp-37 * z + 0x1.1eeb68b109173p-29;
  const adfun_v half = 0.5 * z, w = 1.0 - half;
  return w + (((1.0 - w) - half) + z2 * (a + z2 * (b + z2 * c)));
}

/* x = n pi / 2 + r, for |x| <= ADFUN_TURNS: products with the 33-bit parts of pi / 2 are exact. */
#define ADFUN_TURNS 0x1p20
ADFUN_INLINE adfun_reduced adfun_turn_reduce(adfun_v x) {
  const adfun_v shifted = x * 0x1.45f306dc9c883p-1 + ADFUN_MAGIC, n = shifted - ADFUN_MAGIC;
  const adfun_v r = ((x - n * 0x1.921fb54400000p+0) - n * 0x1.0b4611a600000p-34) - n * 0x1.3198a2e037073p-69;
  return {r, (adfun_l)shifted};
}

/* The quarter turn says which of the two, and its second bit the sign. */
ADFUN_INLINE adfun_v adfun_turned(adfun_v r, adfun_l n) {
  const adfun_v y = (n & 1) != 0 ? adfun_cos_near(r) : adfun_sin_near(r);
  return (adfun_v)((adfun_l)y ^ ((n & 2) << 62));
}

#define ADFUN_FAR(NAME)                                                     \
  ADFUN_COLD adfun_v adfun_##NAME##_far(adfun_v x) {                        \
    adfun_v y;                                                              \
    ADFUN_EACH(l) y[l] = NAME(x[l]);                                        \
    return y;                                                               \
  }
ADFUN_FAR(sin)
ADFUN_FAR(cos)

ADFUN_INLINE adfun_v adfun_sin(adfun_v x) {
  if (ADFUN_UNLIKELY(adfun_any(adfun_fabs(x) > ADFUN_TURNS))) return adfun_sin_far(x);
  const adfun_reduced q = adfun_turn_reduce(x);
  return x == 0.0 ? x : adfun_turned(q.r, q.n);
}

ADFUN_INLINE adfun_v adfun_cos(adfun_v x) {
  if (ADFUN_UNLIKELY(adfun_any(adfun_fabs(x) > ADFUN_TURNS))) return adfun_cos_far(x);
  const adfun_reduced q = adfun_turn_reduce(x);
  return adfun_turned(q.r, q.n + 1);
}

ADFUN_INLINE adfun_v adfun_tanh(adfun_v x) {
  adfun_v y = adfun_fabs(x);
  y = y > 22.0 ? adfun_splat(22.0) : y;
  const adfun_v t = adfun_expm1(2.0 * y);
  return adfun_copysign(t / (t + 2.0), x);
}

/* Not inlined: for the last pass of a loop. */
#define ADFUN_CALL(NAME) \
  static __attribute__((noinline, unused)) adfun_v adfun_##NAME##_call(adfun_v x) { return adfun_##NAME(x); }
ADFUN_CALL(exp)
ADFUN_CALL(expm1)
ADFUN_CALL(log)
ADFUN_CALL(log1p)
ADFUN_CALL(sin)
ADFUN_CALL(cos)
ADFUN_CALL(tanh)
