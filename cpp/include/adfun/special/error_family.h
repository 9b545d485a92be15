/* erf, erfc, erfcx, ndtr and log_ndtr, all from one fit of erfcx for x >= 0.
 *
 * exp(-x^2) is taken as exp(-h^2) exp(-(x - h)(x + h)) with h = x rounded to float, so that the tails keep
 * their relative accuracy.
 */
#pragma once
#include "adfun/special/error_polynomials.h"

/* exp(x^2) erfc(x) for x >= 0, infinity included. */
template <class V> ADFUN_INLINE V adfun_erfcx_positive(V x) {
  const V q = 1.0 / (x + 3.75);
  return adfun_erfcx_ratio(1.0 - 7.5 * q) * q;
}

/* exp(-c x^2) for 0 <= x <= 40 and c = 1 or 1/2. */
template <class V> ADFUN_INLINE V adfun_gauss(V x, double c) {
  const V h = adfun_to_float(x), rest = (-c * (x - h)) * (x + h);
  return adfun_vexp(-c * (h * h)) * (1.0 + rest * (1.0 + rest * (0.5 + rest * 0x1.5555555555555p-3)));
}

template <class V> ADFUN_INLINE V adfun_at_most(V x, double limit) {
  const V top = V{} + limit;
  return x > limit ? top : x;
}

/* erfc(x) for x >= 0. */
template <class V> ADFUN_INLINE V adfun_erfc_positive(V x) {
  return adfun_gauss(adfun_at_most(x, 30.0), 1.0) * adfun_erfcx_positive(x);
}

template <class V> ADFUN_INLINE V adfun_erf_of(V x) {
  const V u = adfun_vabs(x);
  V result = x;
  if (adfun_any(u < 0.75)) result = x * adfun_erf_near(x * x);
  if (adfun_any(!(u < 0.75))) {
    const V upper = 1.0 - adfun_erfc_positive(u);
    result = u < 0.75 ? result : (x < 0.0 ? -upper : upper);
  }
  return result;
}

template <class V> ADFUN_INLINE V adfun_erfc_of(V x) {
  const V u = adfun_vabs(x);
  V result = x;
  if (adfun_any(u < 0.5)) result = 1.0 - x * adfun_erf_near(x * x);
  if (adfun_any(!(u < 0.5))) {
    const V tail = adfun_erfc_positive(u);
    result = u < 0.5 ? result : (x < 0.0 ? 2.0 - tail : tail);
  }
  return result;
}

template <class V> ADFUN_INLINE V adfun_erfcx_of(V x) {
  const V u = adfun_vabs(x), right = adfun_erfcx_positive(u);
  if (!adfun_any(x < 0.0)) return right;
  const V v = adfun_at_most(u, 30.0), h = adfun_to_float(v), rest = (v - h) * (v + h);
  const V growth = adfun_vexp(h * h) * (1.0 + rest * (1.0 + rest * (0.5 + rest * 0x1.5555555555555p-3)));
  return x < 0.0 ? 2.0 * growth - right : right;
}

/* ndtr(-u) for u >= 0, without the factor exp(-u^2 / 2). */
template <class V> ADFUN_INLINE V adfun_normal_tail(V u) {
  return 0.5 * adfun_erfcx_positive(0x1.6a09e667f3bcdp-1 * u);
}

template <class V> ADFUN_INLINE V adfun_ndtr_of(V x) {
  const V u = adfun_vabs(x), tail = adfun_gauss(adfun_at_most(u, 40.0), 0.5) * adfun_normal_tail(u);
  return x > 0.0 ? 1.0 - tail : tail;
}

/* One logarithm for both signs: log(scaled tail) - x^2 / 2, or log(1 - tail).  Where the scaled tail is
   below 1e-15, x^2 / 2 is all that counts. */
template <class V> ADFUN_INLINE V adfun_log_ndtr_of(V x) {
  const V u = adfun_vabs(x), all = adfun_normal_tail(u), least = V{} + 1e-15;
  const V tail = all < 1e-15 ? least : all, gauss = adfun_gauss(adfun_at_most(u, 40.0), 0.5);
  const V logarithm = adfun_vlog1p(x > 0.0 ? -gauss * all : tail - 1.0);
  return x > 0.0 ? logarithm : logarithm - 0.5 * x * x;
}
