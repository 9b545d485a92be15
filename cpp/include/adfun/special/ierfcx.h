/* exp(x^2) times the repeated integrals of erfc (DLMF 7.18): the derivatives of erfcx without cancellation. */
#pragma once
#include "adfun/special/error_family.h"

/* exp(x^2) i^n erfc(x), n >= -1 whole.  The recurrence f(n - 2) = 2n f(n) + 2x f(n - 1) runs forward for
   small x; else backward from far above (Miller's algorithm), normalised by f(-1) = 2 / sqrt(pi). */
static inline double adfun_ierfcx(double order, double x) {
  const double start = 0x1.20dd750429b6dp+0;
  if (!(order >= -1.0) || order != __builtin_floor(order) || order > 200.0 || x != x) return ADFUN_NAN;
  const int n = (int)order;
  if (n == -1) return start;
  if (n == 0) return adfun_erfcx_of(x);
  if (x <= (n == 1 ? 2.0 : 0.75)) { /* one step takes away one digit at 2 */
    double before = start, now = adfun_erfcx_of(x);
    for (int k = 1; k <= n; k++) {
      const double next = (before - 2.0 * x * now) / (2.0 * k);
      before = now;
      now = next;
    }
    return now;
  }
  if (x > 1e100) return n == 1 ? 0.5 / x * (0x1.20dd750429b6dp-1 / x) : 0.0;
  const double root = 19.0 / x + __builtin_sqrt(2.0 * n);
  double above = 0.0, now = 1e-300, wanted = 0.0;
  for (int k = n + 4 + (int)(0.5 * root * root); k >= 0; k--) { /* now is f(k) */
    if (k == n) wanted = now;
    const double below = 2.0 * x * now + 2.0 * (k + 1) * above;
    above = now;
    now = below;
    if (now > 1e100) now *= 1e-100, above *= 1e-100, wanted *= 1e-100;
  }
  return wanted * (start / now);
}
