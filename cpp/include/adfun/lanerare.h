/* More elementary functions of all lanes at once, to a few ulp: what models use less often than lanemath.h. */
#pragma once
#include "adfun/lanemath.h"

/* A function of one or two arguments lane by lane, by libm: for arguments outside the fast path. */
#define ADFUN_BY_LIBM(NAME)                        \
  ADFUN_COLD adfun_v adfun_##NAME##_far(adfun_v x) { \
    adfun_v y;                                     \
    ADFUN_EACH(l) y[l] = NAME(x[l]);               \
    return y;                                      \
  }
#define ADFUN_BY_LIBM2(NAME)                                  \
  ADFUN_COLD adfun_v adfun_##NAME##_far(adfun_v x, adfun_v y) { \
    adfun_v z;                                                \
    ADFUN_EACH(l) z[l] = NAME(x[l], y[l]);                    \
    return z;                                                 \
  }

/* -- exponentials and logarithms to other bases ------------------------------------------------------- */

ADFUN_INLINE adfun_v adfun_exp2(adfun_v x) {
  x = x > 1030.0 ? adfun_splat(1030.0) : x;
  x = x < -1100.0 ? adfun_splat(-1100.0) : x;
  const adfun_v shifted = x + ADFUN_MAGIC, r = (x - (shifted - ADFUN_MAGIC)) * 0x1.62e42fefa39efp-1;
  const adfun_l n = (adfun_l)shifted - (adfun_l)adfun_splat(ADFUN_MAGIC);
  return adfun_ldexp(1.0 + (r + r * r * adfun_exp_tail(r)), n);
}

ADFUN_INLINE adfun_v adfun_log2(adfun_v x) {
  const adfun_m tiny = x < 0x1p-1022;
  const adfun_v y = tiny ? x * 0x1p54 : x;
  const adfun_l n = adfun_log_exponent(y);
  const adfun_v f = (adfun_v)((adfun_l)y - (n << 52)) - 1.0;
  const adfun_v part = adfun_log_join(adfun_v{}, f) * 0x1.71547652b82fep+0;
  return adfun_log_edges(x, adfun_i2f(n + (tiny & -54L)) + part);
}

ADFUN_INLINE adfun_v adfun_log10(adfun_v x) {
  const adfun_m tiny = x < 0x1p-1022;
  const adfun_v y = tiny ? x * 0x1p54 : x;
  const adfun_l k = adfun_log_exponent(y);
  const adfun_v f = (adfun_v)((adfun_l)y - (k << 52)) - 1.0, n = adfun_i2f(k + (tiny & -54L));
  const adfun_v part = adfun_log_join(adfun_v{}, f) * 0x1.bcb7b1526e50ep-2;
  return adfun_log_edges(x, n * 0x1.34413509f7800p-2 + (part + n * 0x1.fef311f12b358p-46));
}

/* -- powers ------------------------------------------------------------------------------------------- */

ADFUN_BY_LIBM2(pow)

/* exp(y log|x|) with the logarithm and the product to more than double precision. */
ADFUN_INLINE adfun_v adfun_pow(adfun_v x, adfun_v y) {
  const adfun_v u = adfun_fabs(x);
  const adfun_l k = adfun_log_exponent(u);
  const adfun_v n = adfun_i2f(k), f = (adfun_v)((adfun_l)u - (k << 52)) - 1.0, f2 = f * f;
  /* log u = a + b + c: a is exact in few bits, b + c what f adds, f^2 / 2 split in two */
  const adfun_v a = n * 0x1.62e42fefa3800p-1;
  const adfun_v fh = (adfun_v)((adfun_l)f & ~0x7ffffffL), fl = f - fh;
  const adfun_v square = 0.5 * fh * fh, s0 = f - square, s1 = (f - s0) - square;
  const adfun_v high = a + s0, carry = a == 0.0 ? adfun_v{} : (a - high) + s0;
  const adfun_v low = carry + (s1 + (f2 * f * adfun_log_tail(f) - (0.5 * fl * (f + fh)) + n * 0x1.ef35793c76730p-45));
  const adfun_v hh = (adfun_v)((adfun_l)high & ~0x7ffffffL), hl = (high - hh) + low;
  const adfun_v yh = (adfun_v)((adfun_l)y & ~0x7ffffffL), yl = y - yh;
  const adfun_v p = yh * hh, rest = yl * hh + y * hl;
  /* the rest is right to some 2^-53 of itself, so that the power is as long as it is small */
  const adfun_m fine = (u >= 0x1p-1022) & (u < ADFUN_INF) & (adfun_fabs(p) < 700.0) & (adfun_fabs(rest) < 0.125);
  if (ADFUN_UNLIKELY(!adfun_all(fine))) return adfun_pow_far(x, y);
  const adfun_v sum = p + rest;
  const adfun_reduced q = adfun_exp_reduce(sum);
  const adfun_v r = q.r + ((p - sum) + rest);
  const adfun_v result = adfun_ldexp(1.0 + (r + r * r * adfun_exp_tail(r)), q.n);
  const adfun_v half = 0.5 * y;
  const adfun_m negative = x < 0.0, integer = adfun_rint(y) == y, odd = adfun_rint(half) != half;
  const adfun_v with_sign = negative & odd ? -result : result;
  return negative & ~integer ? adfun_splat(__builtin_nan("")) : with_sign;
}

ADFUN_INLINE adfun_v adfun_powi(adfun_v x, adfun_l n) { return adfun_pow(x, adfun_i2f(n)); }

/* Newton's step from exp(log|x| / 3). */
ADFUN_INLINE adfun_v adfun_cbrt(adfun_v x) {
  const adfun_v u = adfun_fabs(x), y = adfun_exp(adfun_log(u) * 0x1.5555555555555p-2);
  const adfun_v root = y - (y * y * y - u) / (3.0 * (y * y));
  return (u == 0.0) | (u == ADFUN_INF) ? x : adfun_copysign(root, x);
}

ADFUN_INLINE adfun_v adfun_hypot(adfun_v x, adfun_v y) {
  const adfun_v u = adfun_fabs(x), v = adfun_fabs(y);
  const adfun_v large = u > v ? u : v, small = u > v ? v : u, q = small / large;
  const adfun_v r = large == 0.0 ? large : large * adfun_sqrt(1.0 + q * q);
  const adfun_v nan_too = u != u ? u : r;
  return (u == ADFUN_INF) | (v == ADFUN_INF) ? adfun_splat(ADFUN_INF) : nan_too;
}

/* -- hyperbolic --------------------------------------------------------------------------------------- */

ADFUN_INLINE adfun_v adfun_sinh(adfun_v x) {
  const adfun_v u = adfun_fabs(x), t = adfun_expm1(u), half = adfun_exp(0.5 * u);
  const adfun_v y = u > 700.0 ? (0.5 * half) * half : 0.5 * (t + t / (t + 1.0));
  return adfun_copysign(y, x);
}

ADFUN_INLINE adfun_v adfun_cosh(adfun_v x) {
  const adfun_v u = adfun_fabs(x), e = adfun_exp(u), half = adfun_exp(0.5 * u);
  return u > 700.0 ? (0.5 * half) * half : 0.5 * (e + 1.0 / e);
}

ADFUN_INLINE adfun_v adfun_asinh(adfun_v x) {
  const adfun_v u = adfun_fabs(x), u2 = u * u;
  const adfun_v y = u > 0x1p500 ? adfun_log(u) + 0x1.62e42fefa39efp-1
                                : adfun_log1p(u + u2 / (1.0 + adfun_sqrt(1.0 + u2)));
  return adfun_copysign(y, x);
}

ADFUN_INLINE adfun_v adfun_acosh(adfun_v x) {
  const adfun_v t = x - 1.0;
  const adfun_v y = x > 0x1p500 ? adfun_log(x) + 0x1.62e42fefa39efp-1 : adfun_log1p(t + adfun_sqrt(t * (x + 1.0)));
  return x < 1.0 ? adfun_splat(__builtin_nan("")) : y;
}

ADFUN_INLINE adfun_v adfun_atanh(adfun_v x) {
  const adfun_v u = adfun_fabs(x);
  return adfun_copysign(0.5 * adfun_log1p((u + u) / (1.0 - u)), x);
}

/* -- trigonometric ------------------------------------------------------------------------------------ */

ADFUN_BY_LIBM(tan)

ADFUN_INLINE adfun_v adfun_tan(adfun_v x) {
  if (ADFUN_UNLIKELY(adfun_any(adfun_fabs(x) > ADFUN_TURNS))) return adfun_tan_far(x);
  const adfun_reduced q = adfun_turn_reduce(x);
  const adfun_v s = adfun_sin_near(q.r), c = adfun_cos_near(q.r);
  const adfun_m odd = (q.n & 1) != 0;
  return x == 0.0 ? x : (odd ? -c : s) / (odd ? s : c);
}

/* atan(t) = t + t^3 p(t^2) for |t| <= sqrt(2) - 1; larger arguments are turned by pi / 4 or pi / 2. */
ADFUN_INLINE adfun_v adfun_atan(adfun_v x) {
  const adfun_v u = adfun_fabs(x), zero = {};
  const adfun_m high = u > 0x1.3504f333f9de6p+1, middle = u > 0x1.a827999fcef34p-2;
  const adfun_v above = high ? adfun_splat(-1.0) : (middle ? u - 1.0 : u);
  const adfun_v below = high ? u : (middle ? u + 1.0 : zero + 1.0);
  const adfun_v t = above / below, z = t * t, z2 = z * z, z4 = z2 * z2;
  const adfun_v a = 0x1.999999999934ap-3 * z - 0x1.5555555555555p-2;
  const adfun_v b = 0x1.c71c7185314cbp-4 * z - 0x1.24924924360cbp-3;
  const adfun_v c = 0x1.3b1262d95579ep-4 * z - 0x1.745d0b26b83e7p-4;
  const adfun_v d = 0x1.dfe61e80903d2p-5 * z - 0x1.10fa75382537fp-4;
  const adfun_v e = 0x1.41603647c7a7cp-5 * z - 0x1.a098bb6ba4941p-5;
  const adfun_v p = (a + b * z2) + z4 * ((c + d * z2) + z4 * (e - 0x1.3a2b7a07caea9p-6 * z2));
  const adfun_v turn = high ? zero + 0x1.921fb54442d18p+0 : (middle ? zero + 0x1.921fb54442d18p-1 : zero);
  const adfun_v rest = high ? zero + 0x1.1a62633145c07p-54 : (middle ? zero + 0x1.1a62633145c07p-55 : zero);
  return adfun_copysign(turn + (t + (t * z * p + rest)), x);
}

ADFUN_INLINE adfun_v adfun_atan2(adfun_v y, adfun_v x) {
  const adfun_v u = adfun_fabs(x), v = adfun_fabs(y);
  const adfun_m both = (u == ADFUN_INF) & (v == ADFUN_INF), none = (u == 0.0) & (v == 0.0);
  const adfun_v q = both ? adfun_splat(1.0) : (none ? adfun_v{} : v / u);
  const adfun_v near = adfun_atan(q);
  const adfun_v left = 0x1.921fb54442d18p+1 - (near - 0x1.1a62633145c07p-53);
  const adfun_v r = (adfun_l)x < 0 ? left : near;
  return (x != x) | (y != y) ? x + y : adfun_copysign(r, y);
}

ADFUN_INLINE adfun_v adfun_asin(adfun_v x) {
  return adfun_atan(x / adfun_sqrt((1.0 - x) * (1.0 + x)));
}

ADFUN_INLINE adfun_v adfun_acos(adfun_v x) {
  return 2.0 * adfun_atan(adfun_sqrt((1.0 - x) / (1.0 + x)));
}

/* Not inlined: for the last pass of a loop. */
#define ADFUN_CALL2(NAME)                                                                 \
  static __attribute__((noinline, unused)) adfun_v adfun_##NAME##_call(adfun_v x, adfun_v y) { \
    return adfun_##NAME(x, y);                                                            \
  }
ADFUN_CALL(exp2)
ADFUN_CALL(log2)
ADFUN_CALL(log10)
ADFUN_CALL(cbrt)
ADFUN_CALL(sinh)
ADFUN_CALL(cosh)
ADFUN_CALL(asinh)
ADFUN_CALL(acosh)
ADFUN_CALL(atanh)
ADFUN_CALL(tan)
ADFUN_CALL(atan)
ADFUN_CALL(asin)
ADFUN_CALL(acos)
ADFUN_CALL2(pow)
ADFUN_CALL2(hypot)
ADFUN_CALL2(atan2)
ADFUN_INLINE adfun_v adfun_powi_call(adfun_v x, adfun_l n) { return adfun_pow_call(x, adfun_i2f(n)); }
