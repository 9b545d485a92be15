/* Several iterations of a loop at once: vectors of ADFUN_W lanes, W from the target. */
#pragma once
#include "adfun/scalar.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define ADFUN_W 8
#elif defined(__AVX2__)
#define ADFUN_W 4
#else
#define ADFUN_W 2
#endif

/* Doubles, integers, and masks: -1 in a lane is true, 0 false.  adfun_vmem, adfun_lmem: in memory of any alignment. */
typedef double adfun_v __attribute__((vector_size(8 * ADFUN_W)));
typedef adfun_i64 adfun_l __attribute__((vector_size(8 * ADFUN_W)));
typedef unsigned long adfun_ul __attribute__((vector_size(8 * ADFUN_W)));
typedef adfun_l adfun_m;
typedef double adfun_vmem __attribute__((vector_size(8 * ADFUN_W), aligned(8), may_alias));
typedef adfun_i64 adfun_lmem __attribute__((vector_size(8 * ADFUN_W), aligned(8), may_alias));
typedef long long adfun_ll __attribute__((vector_size(8 * ADFUN_W))); /* what the compiler's builtins take */
typedef adfun_u8 adfun_bmem __attribute__((vector_size(ADFUN_W), aligned(1), may_alias));

/* An expression in l for every lane l, as the elements of a vector. */
#if ADFUN_W == 8
#define ADFUN_LANES(f) {f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7)}
#elif ADFUN_W == 4
#define ADFUN_LANES(f) {f(0), f(1), f(2), f(3)}
#else
#define ADFUN_LANES(f) {f(0), f(1)}
#endif
#define ADFUN_EACH(l) _Pragma("GCC unroll 8") for (int l = 0; l < ADFUN_W; ++l)

/* -- all lanes the same, or a constant step apart ------------------------------------------------- */

ADFUN_INLINE adfun_v adfun_splat(double x) { return x - adfun_v{}; }
ADFUN_INLINE adfun_l adfun_splat(adfun_i64 x) { return x - adfun_l{}; }
ADFUN_INLINE adfun_m adfun_splat(bool x) { return -(adfun_i64)x - adfun_m{}; }

ADFUN_INLINE adfun_l adfun_iota(adfun_i64 first, adfun_i64 step) {
#if ADFUN_W == 8
  return first + step * adfun_l{0, 1, 2, 3, 4, 5, 6, 7};
#elif ADFUN_W == 4
  return first + step * adfun_l{0, 1, 2, 3};
#else
  return first + step * adfun_l{0, 1};
#endif
}

/* -- masks ------------------------------------------------------------------------------------------ */

/* One bit per lane. */
ADFUN_INLINE unsigned adfun_bits(adfun_m m) {
#if ADFUN_W == 8
  return (unsigned char)__builtin_ia32_cvtq2mask512((adfun_ll)m);
#elif ADFUN_W == 4
  return (unsigned)__builtin_ia32_movmskpd256((adfun_v)m);
#elif defined(__SSE2__)
  return (unsigned)__builtin_ia32_movmskpd((adfun_v)m);
#else
  return (unsigned)((m[0] & 1) | (m[1] & 2));
#endif
}

ADFUN_INLINE bool adfun_any(adfun_m m) { return adfun_bits(m) != 0; }
ADFUN_INLINE bool adfun_all(adfun_m m) { return adfun_bits(m) == (1u << ADFUN_W) - 1; }
ADFUN_INLINE int adfun_first(adfun_m m) { return __builtin_ctz(adfun_bits(m)); }

ADFUN_INLINE adfun_v adfun_rounded(adfun_v x) {
  ADFUN_ROUNDED(x);
  return x;
}
/* Loaded once, for several uses: the compiler would rather load it for each. */
ADFUN_INLINE adfun_v adfun_held(adfun_v x) { return adfun_rounded(x); }
ADFUN_INLINE adfun_v adfun_select(adfun_m m, adfun_v x, adfun_v y) { return m ? x : y; }
ADFUN_INLINE adfun_l adfun_select(adfun_m m, adfun_l x, adfun_l y) { return m ? x : y; }

/* -- memory ----------------------------------------------------------------------------------------- */

ADFUN_INLINE adfun_v adfun_load(const double *p) { return *(const adfun_vmem *)p; }
ADFUN_INLINE adfun_l adfun_load(const adfun_i64 *p) { return *(const adfun_lmem *)p; }
ADFUN_INLINE adfun_m adfun_load(const adfun_u8 *p) {
  return -__builtin_convertvector(*(const adfun_bmem *)p, adfun_l);
}

/* What is read in order is asked for this many bytes ahead: past a buffer's end that does no harm. */
#define ADFUN_PREFETCH(p) __builtin_prefetch((const char *)(p) + 10240, 0, 2)
/* The same while something else is computed: the k-th so many lines of what is read in one pass. */
ADFUN_INLINE void adfun_ahead(const double *p, adfun_i64 k, int lines) {
  _Pragma("GCC unroll 8") for (int l = 0; l < lines; ++l)
    __builtin_prefetch((const char *)p + 20480 + 64 * (k * lines + l), 0, 3);
}
template <class T> ADFUN_INLINE auto adfun_stream(const T *p) {
  ADFUN_PREFETCH(p);
  return adfun_load(p);
}

ADFUN_INLINE void adfun_store(double *p, adfun_v x) { *(adfun_vmem *)p = x; }
ADFUN_INLINE void adfun_store(adfun_i64 *p, adfun_l x) { *(adfun_lmem *)p = x; }
ADFUN_INLINE void adfun_store(adfun_u8 *p, adfun_m x) { *(adfun_bmem *)p = __builtin_convertvector(x & 1, adfun_bmem); }

/* Only the lanes of the mask touch memory; the others are 0. */
ADFUN_INLINE adfun_v adfun_load(adfun_m m, const double *p) {
#if ADFUN_W == 8
  return __builtin_ia32_loadupd512_mask(p, adfun_v{}, (unsigned char)adfun_bits(m));
#elif ADFUN_W == 4
  return __builtin_ia32_maskloadpd256((const adfun_v *)p, (adfun_ll)m);
#else
  adfun_v x = {};
  ADFUN_EACH(l) if (m[l]) x[l] = p[l];
  return x;
#endif
}
ADFUN_INLINE adfun_l adfun_load(adfun_m m, const adfun_i64 *p) { return (adfun_l)adfun_load(m, (const double *)p); }
ADFUN_INLINE adfun_m adfun_load(adfun_m m, const adfun_u8 *p) {
  adfun_m x = {};
  ADFUN_EACH(l) if (m[l]) x[l] = -(adfun_i64)p[l];
  return x;
}

ADFUN_INLINE void adfun_store(adfun_m m, double *p, adfun_v x) {
#if ADFUN_W == 8
  __builtin_ia32_storeupd512_mask(p, x, (unsigned char)adfun_bits(m));
#elif ADFUN_W == 4
  __builtin_ia32_maskstorepd256((adfun_v *)p, (adfun_ll)m, x);
#else
  ADFUN_EACH(l) if (m[l]) p[l] = x[l];
#endif
}
ADFUN_INLINE void adfun_store(adfun_m m, adfun_i64 *p, adfun_l x) { adfun_store(m, (double *)p, (adfun_v)x); }
ADFUN_INLINE void adfun_store(adfun_m m, adfun_u8 *p, adfun_m x) {
  ADFUN_EACH(l) if (m[l]) p[l] = (adfun_u8)(x[l] & 1);
}

/* Zeros at the ends of rows that are longer than what they hold: the lanes behind the end, when they are read. */
static inline void adfun_end_rows(double *b, adfun_i64 n, adfun_i64 row) {
  for (adfun_i64 k = row; row > 0 && k <= n; k += row)
    for (int l = 1; l <= 8; ++l) b[k - l] = 0.0;
}

/* -- reductions over lanes, always in the same order ----------------------------------------------- */

#define ADFUN_REDUCTION(NAME, VECTOR, ELEMENT, JOIN)   \
  ADFUN_INLINE ELEMENT adfun_lanes_##NAME(VECTOR v) {  \
    ELEMENT r = v[0];                                  \
    for (int l = 1; l < ADFUN_W; ++l) {                \
      const ELEMENT x = v[l];                          \
      r = JOIN;                                        \
    }                                                  \
    return r;                                          \
  }
ADFUN_REDUCTION(mul, adfun_v, double, r *x)
ADFUN_REDUCTION(minimum, adfun_v, double, adfun_minimum(r, x))
ADFUN_REDUCTION(maximum, adfun_v, double, adfun_maximum(r, x))
ADFUN_REDUCTION(iadd, adfun_l, adfun_i64, r + x)
ADFUN_REDUCTION(imul, adfun_l, adfun_i64, r *x)
ADFUN_REDUCTION(imin, adfun_l, adfun_i64, r < x ? r : x)
ADFUN_REDUCTION(imax, adfun_l, adfun_i64, r > x ? r : x)
ADFUN_INLINE bool adfun_lanes_band(adfun_m m) { return adfun_all(m); }
ADFUN_INLINE bool adfun_lanes_bor(adfun_m m) { return adfun_any(m); }

ADFUN_INLINE double adfun_lanes_add(adfun_v v) {
#if ADFUN_W == 8
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
#elif ADFUN_W == 4
  return (v[0] + v[2]) + (v[1] + v[3]);
#else
  return v[0] + v[1];
#endif
}

/* -- arithmetic.py in lanes -------------------------------------------------------------------------- */

#ifndef ADFUN_INF
#define ADFUN_INF __builtin_inf()
#endif

ADFUN_INLINE adfun_v adfun_fabs(adfun_v x) { return (adfun_v)((adfun_l)x & 0x7fffffffffffffffL); }
ADFUN_INLINE adfun_v adfun_copysign(adfun_v x, adfun_v sign) {
  const adfun_l magnitude = adfun_splat(0x7fffffffffffffffL);
  return (adfun_v)(((adfun_l)x & magnitude) | ((adfun_l)sign & ~magnitude));
}
ADFUN_INLINE adfun_v adfun_sign(adfun_v x) {
  const adfun_v one = adfun_splat(1.0);
  return x > 0.0 ? one : (x < 0.0 ? -one : (x != x ? x : adfun_v{}));
}
ADFUN_INLINE adfun_v adfun_minimum(adfun_v x, adfun_v y) { return ((x < y) | (x != x)) ? x : y; }
ADFUN_INLINE adfun_v adfun_maximum(adfun_v x, adfun_v y) { return ((x > y) | (x != x)) ? x : y; }
ADFUN_INLINE adfun_v adfun_mul0(adfun_v x, adfun_v y) { return x == 0.0 ? adfun_v{} : x * y; }
/* s + mul0(x, y) and s - mul0(x, y): one masked operation each where the target has them.  The compiler
   must not know that s was just loaded: it would store with a mask, and a load cannot be served from such
   a store before it has reached the cache.  Elsewhere the mask goes to y: an "and" is cheaper than a choice. */
#if defined(__AVX512F__)
ADFUN_INLINE adfun_v adfun_add_mul0(adfun_v s, adfun_v x, adfun_v y) {
  __asm__("" : "+v"(s));
  return x == 0.0 ? s : s + x * y;
}
ADFUN_INLINE adfun_v adfun_sub_mul0(adfun_v s, adfun_v x, adfun_v y) {
  __asm__("" : "+v"(s));
  return x == 0.0 ? s : s - x * y;
}
#else
ADFUN_INLINE adfun_v adfun_unless0(adfun_v x, adfun_v y) { return (adfun_v)((adfun_l)y & (x != 0.0)); }
ADFUN_INLINE adfun_v adfun_add_mul0(adfun_v s, adfun_v x, adfun_v y) { return s + x * adfun_unless0(x, y); }
ADFUN_INLINE adfun_v adfun_sub_mul0(adfun_v s, adfun_v x, adfun_v y) { return s - x * adfun_unless0(x, y); }
#endif
ADFUN_INLINE adfun_m adfun_isinf(adfun_v x) { return adfun_fabs(x) == ADFUN_INF; }
ADFUN_INLINE adfun_m adfun_isfinite(adfun_v x) { return adfun_fabs(x) < ADFUN_INF; }
ADFUN_INLINE adfun_v adfun_i2f(adfun_l x) { return __builtin_convertvector(x, adfun_v); }
ADFUN_INLINE adfun_l adfun_imin(adfun_l x, adfun_l y) { return x < y ? x : y; }
ADFUN_INLINE adfun_l adfun_imax(adfun_l x, adfun_l y) { return x > y ? x : y; }
ADFUN_INLINE adfun_l adfun_iabs(adfun_l x) { return x < 0 ? -x : x; }
ADFUN_INLINE adfun_l adfun_isign(adfun_l x) { return (x < 0) - (x > 0); }

ADFUN_INLINE adfun_v adfun_sqrt(adfun_v x) {
#if ADFUN_W == 8 && !defined(__clang__)
  return __builtin_ia32_sqrtpd512_mask(x, x, (char)-1, 4);
#elif ADFUN_W == 4 && !defined(__clang__)
  return __builtin_ia32_sqrtpd256(x);
#else
  adfun_v y;
  ADFUN_EACH(l) y[l] = __builtin_sqrt(x[l]);
  return y;
#endif
}

#if ADFUN_W == 8
#define ADFUN_ROUND(x, mode, scalar) return (adfun_v)__builtin_ia32_rndscalepd_mask(x, mode, x, (char)-1, 4);
#elif ADFUN_W == 4
#define ADFUN_ROUND(x, mode, scalar) return (adfun_v)__builtin_ia32_roundpd256(x, mode);
#else
#define ADFUN_ROUND(x, mode, scalar) \
  adfun_v y;                         \
  ADFUN_EACH(l) y[l] = scalar(x[l]); \
  return y;
#endif
ADFUN_INLINE adfun_v adfun_rint(adfun_v x) { ADFUN_ROUND(x, 0, __builtin_rint) }
ADFUN_INLINE adfun_v adfun_floor(adfun_v x) { ADFUN_ROUND(x, 1, __builtin_floor) }
ADFUN_INLINE adfun_v adfun_ceil(adfun_v x) { ADFUN_ROUND(x, 2, __builtin_ceil) }
ADFUN_INLINE adfun_v adfun_trunc(adfun_v x) { ADFUN_ROUND(x, 3, __builtin_trunc) }
