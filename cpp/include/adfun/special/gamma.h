/* The gamma function: a product over the recurrence below 20, Stirling's formula beyond (DLMF 5.11.3). */
#pragma once
#include "adfun/special/gamma_family.h"

static inline double adfun_gamma_positive(double x) {
  if (x > 171.7) return ADFUN_INF;
  if (x >= 20.0) {
    const double w = 1.0 / x, half = pow(x, 0.5 * x - 0.25); /* the whole power overflows before gamma does */
    return half * (0x1.40d931ff62706p+1 * exp(w * adfun_lgamma_far(w * w)) * exp(-x)) * half;
  }
  double s = x - 1.0, product = 1.0;
  for (; s > 1.25; s -= 1.0) product *= s;
  if (s >= 0.25) return product * exp(s * (s - 1.0) * adfun_lgamma_near(s - 0.75));
  const adfun_steps<double> to = adfun_reduce(x);
  return exp(to.s * (to.s - 1.0) * adfun_lgamma_near(to.s - 0.75)) / to.product;
}

/* SciPy's values: an infinity at zero, NaN at the other poles and at -inf. */
static inline double adfun_gamma(double x) {
  if (x > 0.0) return adfun_gamma_positive(x);
  if (x == 0.0) return __builtin_copysign(ADFUN_INF, x);
  const double r = adfun_to_nearest(x);
  if (r == 0.0) return ADFUN_NAN;
  if (!(x > -0.5)) {
    const double sine = r * adfun_sinpi(r * r);
    const double whole = __builtin_rint(x) * 0.5;
    return (whole == __builtin_floor(whole) ? -ADFUN_PI : ADFUN_PI) / x / (sine * adfun_gamma_positive(-x));
  }
  return adfun_gamma_positive(1.0 + x) / x;
}
