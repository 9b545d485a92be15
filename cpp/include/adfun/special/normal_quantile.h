/* ndtri, erfinv and erfcinv, by fits. */
#pragma once
#include "adfun/special/quantile_polynomials.h"

/* ndtri(p) for 0 < p <= 0.15 */
static inline double adfun_ndtri_tail(double p) {
  const double r = __builtin_sqrt(-2.0 * log(p));
  if (r < 8.0) return -r - adfun_ndtri_tail_fit(1.0 / (r + 3.0) - 0x1.2c0c568078da0p-3);
  return -r - adfun_ndtri_far_fit(1.0 / (r + 12.0) - 0x1.1d1d1d1d1d1d2p-5);
}

/* ndtri from q = p - 1/2 and the smaller of p and 1 - p. */
static inline double adfun_ndtri_from(double q, double p) {
  if (!(p > 0.0)) return p == 0.0 ? __builtin_copysign(ADFUN_INF, q) : ADFUN_NAN;
  if (__builtin_fabs(q) <= 0.35) return q * adfun_ndtri_near_fit(q * q);
  return __builtin_copysign(adfun_ndtri_tail(p), q);
}

static inline double adfun_ndtri(double p) { return adfun_ndtri_from(p - 0.5, p < 0.5 ? p : 1.0 - p); }

static inline double adfun_erfinv(double y) {
  return 0x1.6a09e667f3bcdp-1 * adfun_ndtri_from(0.5 * y, 0.5 * (1.0 - __builtin_fabs(y)));
}

static inline double adfun_erfcinv(double y) {
  return 0x1.6a09e667f3bcdp-1 * adfun_ndtri_from(0.5 - 0.5 * y, y < 1.0 ? 0.5 * y : 0.5 * (2.0 - y));
}
