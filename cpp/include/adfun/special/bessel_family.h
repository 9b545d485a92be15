/* Modified Bessel functions of the first kind. */
#pragma once
#include "adfun/special/bessel_polynomials.h"
#include "adfun/special/gamma.h"

static inline double adfun_i0e(double x) {
  const double u = __builtin_fabs(x);
  if (u <= 8.0) return adfun_i0_near(0.25 * u * u) * exp(-u);
  return adfun_i0_far(16.0 / u - 1.0) / __builtin_sqrt(u);
}

static inline double adfun_i1e(double x) {
  const double u = __builtin_fabs(x);
  if (u <= 8.0) return 0.5 * x * adfun_i1_near(0.25 * u * u) * exp(-u);
  return __builtin_copysign(adfun_i1_far(16.0 / u - 1.0) / __builtin_sqrt(u), x);
}

static inline double adfun_i0(double x) {
  const double u = __builtin_fabs(x);
  return u <= 8.0 ? adfun_i0_near(0.25 * u * u) : exp(u) * adfun_i0e(u);
}

static inline double adfun_i1(double x) {
  const double u = __builtin_fabs(x);
  return u <= 8.0 ? 0.5 * x * adfun_i1_near(0.25 * u * u) : exp(u) * adfun_i1e(x);
}

/* exp(-x) I_n(x) for x > 0: Hankel's expansion (DLMF 10.40.1) ... */
static inline double adfun_ive_far(double n, double x) {
  double term = 1.0, sum = 1.0;
  for (double k = 1.0; __builtin_fabs(term) > 1e-17 && k < 60.0; k += 1.0) {
    const double odd = 2.0 * k - 1.0;
    sum += term *= (odd - 2.0 * n) * (odd + 2.0 * n) / (8.0 * k * x);
  }
  return sum * 0x1.9884533d43651p-2 / __builtin_sqrt(x);
}

/* ... the power series (DLMF 10.25.2) ... */
static inline double adfun_ive_near(double n, double x) {
  const double y = 0.25 * x * x, rest = n - __builtin_floor(n);
  double power = rest > 0.0 ? pow(0.5 * x, rest) / adfun_gamma(rest + 1.0) : 1.0, term = 1.0, sum = 1.0;
  for (double k = 1.0; k <= n; k += 1.0) power *= 0.5 * x / (k + rest);
  for (double k = 1.0; term > 1e-17 * sum; k += 1.0) sum += term *= y / (k * (k + n));
  return power * (exp(-x) * sum);
}

/* ... or, for whole n, the recurrence downwards (Miller's algorithm), normalised by I_0. */
static inline double adfun_ive_between(double n, double x) {
  double above = 0.0, now = 1e-300, wanted = 0.0;
  for (double k = __builtin_floor(__builtin_sqrt(n * n + 80.0 * x)) + 30.0; k >= 1.0; k -= 1.0) {
    if (k == n) wanted = now;
    const double below = above + 2.0 * k / x * now;
    above = now;
    now = below;
    if (now > 1e250) now *= 1e-250, above *= 1e-250, wanted *= 1e-250;
  }
  return wanted * (adfun_i0e(x) / now);
}

/* exp(-|x|) I_n(x); NaN for an order that is negative and not whole. */
static inline double adfun_bessel_ie(double order, double x) {
  const bool whole = order == __builtin_floor(order);
  const double n = whole ? __builtin_fabs(order) : order, u = __builtin_fabs(x);
  if (!(n >= 0.0) || n > 1e4 || x != x || (x < 0.0 && !whole)) return ADFUN_NAN;
  if (n == 0.0) return adfun_i0e(x);
  if (n == 1.0) return adfun_i1e(x);
  if (u == 0.0 || u == ADFUN_INF) return 0.0;
  const double sign = x < 0.0 && __builtin_floor(0.5 * n) * 2.0 != n ? -1.0 : 1.0;
  if (u > 25.0 + 0.5 * n * n) return sign * adfun_ive_far(n, u);
  return sign * (u <= 30.0 || !whole ? adfun_ive_near(n, u) : adfun_ive_between(n, u));
}

static inline double adfun_bessel_i(double order, double x) {
  if (order == 0.0) return adfun_i0(x);
  if (order == 1.0 || order == -1.0) return adfun_i1(x);
  return exp(__builtin_fabs(x)) * adfun_bessel_ie(order, x);
}
