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

#ifdef ADFUN_W

ADFUN_COLD adfun_v adfun_ierfcx_by_lane(adfun_v order, adfun_v x) {
  adfun_v y;
  ADFUN_EACH(l) y[l] = adfun_ierfcx(order[l], x[l]);
  return y;
}

/* The recurrence backward, for x >= least, from where the least of all lanes needs it. */
static inline adfun_v adfun_ierfcx_far(int n, double least, adfun_v x) {
  double nearest = 1e100;
  ADFUN_EACH(l) nearest = x[l] < nearest ? x[l] : nearest;
  const double root = 19.0 / (nearest < least ? least : nearest) + __builtin_sqrt(2.0 * n);
  adfun_v above = {}, now = 1e-300 - adfun_v{}, wanted = {};
  for (int k = n + 4 + (int)(0.5 * root * root); k >= 0; k--) {
    if (k == n) wanted = now;
    const adfun_v below = 2.0 * x * now + 2.0 * (k + 1) * above;
    const adfun_v scale = below > 1e100 ? 1e-100 - adfun_v{} : 1.0 - adfun_v{};
    above = now * scale;
    now = below * scale;
    wanted *= scale;
  }
  return wanted * (0x1.20dd750429b6dp+0 / now);
}

static inline __attribute__((unused)) adfun_v adfun_ierfcx(adfun_v order, adfun_v x) {
  const double least = order[0] == 1.0 ? 2.0 : 0.75;
  if (adfun_any((order != order[0]) | !(x < 1e100)) || !(order[0] >= 1.0 && order[0] <= 8.0) ||
      order[0] != __builtin_floor(order[0]))
    return adfun_ierfcx_by_lane(order, x);
  const int n = (int)order[0];
  const auto far = x > least;
  adfun_v before = 0x1.20dd750429b6dp+0 - adfun_v{}, now = adfun_erfcx_of(x);
  for (int k = 1; k <= n; k++) {
    const adfun_v next = (before - 2.0 * x * now) * (1.0 / (2.0 * k));
    before = now;
    now = next;
  }
  if (!adfun_any(far)) return now;
  return far ? adfun_ierfcx_far(n, least, far ? x : 1e100 - adfun_v{}) : now;
}

#endif
