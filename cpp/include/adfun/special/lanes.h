/* What the special functions are written in: one source for a double and for a vector.
 *
 * A function is a template over V = double, adfun_v or adfun_v4.  `if (adfun_any(mask))` skips work that no
 * lane needs; `mask ? a : b` selects lane by lane.  After adfun/lanemath.h ADFUN_SPECIAL gives a function its
 * scalar form and the form for all lanes of a lane loop.  Otherwise, with ADFUN_LIBMVEC (g++ on x86-64 that links libmvec)
 * ADFUN_SPECIAL gives a function its scalar form and the vector forms that `omp simd` loops call;
 * otherwise the scalar form only.
 */
#pragma once
#include "adfun/runtime.h"

extern "C" {
double expm1(double) noexcept;
double log1p(double) noexcept;
double sin(double) noexcept;
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
ADFUN_INLINE double adfun_to_float(double x) { return (float)x; }

template <class V> ADFUN_INLINE V adfun_vabs(V x) { return x < 0.0 ? -x : x; }

#ifdef ADFUN_W

ADFUN_INLINE adfun_v adfun_vlog(adfun_v x) { return adfun_log(x); }
ADFUN_INLINE adfun_v adfun_vexp(adfun_v x) { return adfun_exp(x); }
ADFUN_INLINE adfun_v adfun_vlog1p(adfun_v x) { return adfun_log1p(x); }
typedef float adfun_floats __attribute__((vector_size(4 * ADFUN_W)));
ADFUN_INLINE adfun_v adfun_to_float(adfun_v x) {
  return __builtin_convertvector(__builtin_convertvector(x, adfun_floats), adfun_v);
}

#define ADFUN_SPECIAL(name)                                                                         \
  static inline __attribute__((unused)) double adfun_##name(double x) { return adfun_##name##_of(x); } \
  static __attribute__((noinline, unused)) adfun_v adfun_##name(adfun_v x) { return adfun_##name##_of(x); }

/* Lane by lane, for the arguments that the fast path leaves out. */
#define ADFUN_BY_LANE(name)         \
  ADFUN_COLD adfun_v name(adfun_v x) { \
    adfun_v y;                      \
    ADFUN_EACH(l) y[l] = name(x[l]); \
    return y;                       \
  }

#elif defined(ADFUN_LIBMVEC) && defined(__x86_64__) && defined(__AVX2__) && !defined(__clang__)

typedef double adfun_v2 __attribute__((vector_size(16)));
typedef double adfun_v4 __attribute__((vector_size(32)));
typedef adfun_i64 adfun_m4 __attribute__((vector_size(32)));
typedef float adfun_f4 __attribute__((vector_size(16)));

extern "C" {
adfun_v4 _ZGVdN4v_log(adfun_v4);
adfun_v4 _ZGVdN4v_exp(adfun_v4);
adfun_v4 _ZGVdN4v_log1p(adfun_v4);
}

ADFUN_INLINE bool adfun_any(adfun_m4 mask) { return __builtin_ia32_movmskpd256((adfun_v4)mask) != 0; }
ADFUN_INLINE adfun_v4 adfun_vlog(adfun_v4 x) { return _ZGVdN4v_log(x); }
ADFUN_INLINE adfun_v4 adfun_vexp(adfun_v4 x) { return _ZGVdN4v_exp(x); }
ADFUN_INLINE adfun_v4 adfun_vlog1p(adfun_v4 x) { return _ZGVdN4v_log1p(x); }
ADFUN_INLINE adfun_v4 adfun_to_float(adfun_v4 x) {
  return __builtin_convertvector(__builtin_convertvector(x, adfun_f4), adfun_v4);
}

#define ADFUN_HIDDEN extern "C" __attribute__((visibility("hidden")))

#ifdef __AVX512F__
typedef double adfun_v8 __attribute__((vector_size(64)));
#define ADFUN_SPECIAL_8(name)                                                                     \
  ADFUN_HIDDEN adfun_v8 _ZGVeN8v_adfun_##name(adfun_v8 x) {                                       \
    const adfun_v4 low = adfun_##name##_of(__builtin_shufflevector(x, x, 0, 1, 2, 3));            \
    const adfun_v4 high = adfun_##name##_of(__builtin_shufflevector(x, x, 4, 5, 6, 7));           \
    return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);                            \
  }
#else
#define ADFUN_SPECIAL_8(name)
#endif

/* The vector ABI of g++: b is SSE, c AVX, d AVX2, e AVX-512.  The scalar form is declared under another
   name so that g++ does not make vector clones of its own. */
#define ADFUN_SPECIAL(name)                                                                       \
  extern "C" __attribute__((simd("notinbranch"), const)) double adfun_##name(double) noexcept;    \
  ADFUN_HIDDEN double adfun_scalar_##name(double) noexcept __asm__("adfun_" #name);               \
  ADFUN_HIDDEN double adfun_scalar_##name(double x) noexcept { return adfun_##name##_of(x); }     \
  ADFUN_HIDDEN adfun_v2 _ZGVbN2v_adfun_##name(adfun_v2 x) {                                       \
    return adfun_v2{adfun_scalar_##name(x[0]), adfun_scalar_##name(x[1])};                        \
  }                                                                                               \
  ADFUN_HIDDEN adfun_v4 _ZGVdN4v_adfun_##name(adfun_v4 x) { return adfun_##name##_of(x); }        \
  ADFUN_HIDDEN adfun_v4 _ZGVcN4v_adfun_##name(adfun_v4 x) { return adfun_##name##_of(x); }        \
  ADFUN_SPECIAL_8(name)

/* Lane by lane, for the arguments that the fast path leaves out. */
#define ADFUN_BY_LANE(name)                                                                       \
  ADFUN_COLD adfun_v4 name(adfun_v4 x) {                                                          \
    return adfun_v4{name(x[0]), name(x[1]), name(x[2]), name(x[3])};                              \
  }

#else

#define ADFUN_SPECIAL(name) \
  static inline __attribute__((unused)) double adfun_##name(double x) { return adfun_##name##_of(x); }
#define ADFUN_BY_LANE(name)

#endif
