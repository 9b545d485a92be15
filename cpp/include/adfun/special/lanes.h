/* What the special functions are written in: one source for a double and for the vectors of lanes.h.
 *
 * A function is a template over V = double or adfun_v.  `if (adfun_any(mask))` skips work that no lane
 * needs; `mask ? a : b` selects lane by lane.  ADFUN_SPECIAL makes the functions that modules call: for
 * doubles, and for vectors where lanemath.h was included before.
 */
#pragma once
#include "adfun/runtime.h"

extern "C" {
double expm1(double) noexcept;
double log1p(double) noexcept;
double tan(double) noexcept;
}

#ifndef ADFUN_INF
#define ADFUN_INF __builtin_inf()
#endif
#define ADFUN_NAN __builtin_nan("")
#define ADFUN_PI 0x1.921fb54442d18p+1

ADFUN_INLINE bool adfun_any(bool mask) { return mask; }
ADFUN_INLINE double adfun_vlog(double x) { return log(x); }
ADFUN_INLINE double adfun_vexp(double x) { return exp(x); }
ADFUN_INLINE double adfun_vlog1p(double x) { return log1p(x); }
ADFUN_INLINE double adfun_vabs(double x) { return __builtin_fabs(x); }
ADFUN_INLINE double adfun_to_float(double x) { return (float)x; }

#define ADFUN_SPECIAL_SCALAR(name) \
  static inline __attribute__((unused)) double adfun_##name(double x) { return adfun_##name##_of(x); }

#ifdef ADFUN_W

#include "adfun/lanemath.h"

typedef float adfun_floats __attribute__((vector_size(4 * ADFUN_W)));

ADFUN_INLINE adfun_v adfun_vlog(adfun_v x) { return adfun_log(x); }
ADFUN_INLINE adfun_v adfun_vexp(adfun_v x) { return adfun_exp(x); }
ADFUN_INLINE adfun_v adfun_vlog1p(adfun_v x) { return adfun_log1p(x); }
ADFUN_INLINE adfun_v adfun_vabs(adfun_v x) { return adfun_fabs(x); }
ADFUN_INLINE adfun_v adfun_to_float(adfun_v x) {
  return __builtin_convertvector(__builtin_convertvector(x, adfun_floats), adfun_v);
}

#define ADFUN_SPECIAL(name)  \
  ADFUN_SPECIAL_SCALAR(name) \
  static inline __attribute__((unused)) adfun_v adfun_##name(adfun_v x) { return adfun_##name##_of(x); }

/* Lane by lane, for the arguments that the fast path leaves out. */
#define ADFUN_BY_LANE(name)           \
  ADFUN_COLD adfun_v name(adfun_v x) { \
    adfun_v y;                        \
    ADFUN_EACH(l) y[l] = name(x[l]);  \
    return y;                         \
  }

#else
#define ADFUN_SPECIAL(name) ADFUN_SPECIAL_SCALAR(name)
#define ADFUN_BY_LANE(name)
#endif
