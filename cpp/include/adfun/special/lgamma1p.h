#pragma once
#include "adfun/special/gamma_family.h"

/* lgamma(1 + x), accurate for small x. */
static inline double adfun_lgamma1p(double x) {
  if (!(__builtin_fabs(x) <= 0.25)) return adfun_lgamma_of(1.0 + x);
  return x * (1.0 + x) * adfun_lgamma_near(x + 0.25) - log1p(x);
}
