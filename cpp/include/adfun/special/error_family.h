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

/* exp(sign x^2) for sign = 1, -1 or -1/2. */
template <class V> ADFUN_INLINE V adfun_exp_square(V x, double sign) {
  const V h = adfun_to_float(x), rest = (sign * (x - h)) * (x + h);
  return adfun_vexp(sign * (h * h)) * (1.0 + rest * (1.0 + rest * (0.5 + rest * 0x1.5555555555555p-3)));
}

/* The same for x >= 0 and a negative sign; 0 beyond a limit, without a detour through subnormal numbers,
   which are slow. */
template <class V> ADFUN_INLINE V adfun_gauss(V x, double sign, double limit) {
  const V zero = {};
  const auto far = x > limit;
  const V bell = adfun_exp_square(far ? zero : x, sign);
  return far ? zero : bell;
}

/* erfc(x) for x >= 0. */
template <class V> ADFUN_INLINE V adfun_erfc_positive(V x) {
  return adfun_gauss(x, -1.0, 27.3) * adfun_erfcx_positive(x);
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
  const V zero = {}, limit = zero + 30.0;
  const V left = x < 0.0 ? u : zero, growth = adfun_exp_square(left > 30.0 ? limit : left, 1.0);
  return x < 0.0 ? 2.0 * growth - right : right;
}

/* ndtr(-u) for u >= 0, without the factor exp(-u^2 / 2). */
template <class V> ADFUN_INLINE V adfun_normal_tail(V u) {
  return 0.5 * adfun_erfcx_positive(0x1.6a09e667f3bcdp-1 * u);
}

template <class V> ADFUN_INLINE V adfun_ndtr_of(V x) {
  const V u = adfun_vabs(x), tail = adfun_gauss(u, -0.5, 38.6) * adfun_normal_tail(u);
  return x > 0.0 ? 1.0 - tail : tail;
}

/* One logarithm for both signs: log(scaled tail) - x^2 / 2, or log(1 - tail).  Where the scaled tail is
   below 1e-15, x^2 / 2 is all that counts; where the tail is, log(1 - tail) is -tail. */
template <class V> ADFUN_INLINE V adfun_log_ndtr_of(V x) {
  const V u = adfun_vabs(x), scaled = adfun_normal_tail(u), zero = {}, least = zero + 1e-15;
  const V tail = adfun_gauss(u, -0.5, 38.6) * scaled;
  const auto negligible = tail < 1e-20;
  const V right = negligible ? zero : -tail, left = (scaled < 1e-15 ? least : scaled) - 1.0;
  const V logarithm = adfun_vlog1p(x > 0.0 ? right : left);
  return x > 0.0 ? (negligible ? -tail : logarithm) : logarithm - 0.5 * x * x;
}
