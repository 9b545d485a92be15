/* The polygamma functions of whole order, by the Hurwitz zeta function (DLMF 5.15.1, 25.11.5). */
#pragma once
#include "adfun/special/gamma_family.h"

/* sum over k >= 0 of (q + k)^-s for q > 0 and whole s >= 2: terms up to s + 9, then Euler-Maclaurin. */
static inline double adfun_hurwitz(double s, double q) {
  static const double bernoulli[] = {/* B(2k) / (2k)! */
    0x1.5555555555555p-4, -0x1.6c16c16c16c17p-10, 0x1.1566abc011567p-15, -0x1.bbd779334ef0bp-21,
    0x1.66a8f2bf70ebep-26, -0x1.22805d644267fp-31, 0x1.d6db2c4e09162p-37, -0x1.7da4e1f79955cp-42,
    0x1.355871d652e9ep-47, -0x1.f57d968caacf1p-53, 0x1.967e1f09c376fp-58, -0x1.497d9033a2b5dp-63};
  double sum = 0.0;
  for (; q < s + 9.0; q += 1.0) sum += pow(q, -s);
  const double w = 1.0 / q, last = pow(q, -s);
  double rest = q / (s - 1.0) + 0.5, rising = s * w;
  for (int k = 0; k < 12; k++) {
    rest += bernoulli[k] * rising;
    rising *= (s + (2 * k + 1)) * w * (s + (2 * k + 2)) * w;
  }
  return sum + last * rest;
}

static inline double adfun_hurwitz_signed(double s, double q) {
  if (q > 0.0) return adfun_hurwitz(s, q);
  if (q == __builtin_floor(q)) return ADFUN_INF;
  const double odd = __builtin_floor(s / 2.0) * 2.0 == s ? 1.0 : -1.0;
  const double left = -q - (__builtin_ceil(-q) - 1.0); /* from the pole on the left to the last negative term */
  const double right = adfun_hurwitz(s, 1.0 - left);
  return odd * (adfun_hurwitz(s, left) - adfun_hurwitz(s, 1.0 - q)) + right;
}

/* SciPy's values: an infinity at the poles; NaN when the order is not a whole number >= 0. */
static inline double adfun_polygamma(double order, double x) {
  if (order == 0.0) return adfun_digamma_of(x);
  if (!(order > 0.0) || order != __builtin_floor(order) || x != x) return ADFUN_NAN;
  if (order == 1.0) return adfun_trigamma_of(x);
  if (order > 170.0) return ADFUN_NAN;
  double factor = __builtin_floor(order / 2.0) * 2.0 == order ? -1.0 : 1.0;
  for (double k = 2.0; k <= order; k += 1.0) factor *= k;
  if (x == ADFUN_INF) return factor * 0.0;
  return factor * adfun_hurwitz_signed(order + 1.0, x);
}
