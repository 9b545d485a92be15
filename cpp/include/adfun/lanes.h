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
typedef adfun_l adfun_m;
typedef double adfun_vmem __attribute__((vector_size(8 * ADFUN_W), aligned(8), may_alias));
typedef adfun_i64 adfun_lmem __attribute__((vector_size(8 * ADFUN_W), aligned(8), may_alias));
typedef long long adfun_ll __attribute__((vector_size(8 * ADFUN_W))); /* what the compiler's builtins take */
typedef adfun_u8 adfun_bmem __attribute__((vector_size(ADFUN_W), aligned(1), may_alias));

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

ADFUN_INLINE adfun_v adfun_select(adfun_m m, adfun_v x, adfun_v y) { return m ? x : y; }
ADFUN_INLINE adfun_l adfun_select(adfun_m m, adfun_l x, adfun_l y) { return m ? x : y; }

/* -- memory ----------------------------------------------------------------------------------------- */

ADFUN_INLINE adfun_v adfun_load(const double *p) { return *(const adfun_vmem *)p; }
ADFUN_INLINE adfun_l adfun_load(const adfun_i64 *p) { return *(const adfun_lmem *)p; }
ADFUN_INLINE adfun_m adfun_load(const adfun_u8 *p) {
  return -__builtin_convertvector(*(const adfun_bmem *)p, adfun_l);
}

ADFUN_INLINE void adfun_store(double *p, adfun_v x) { *(adfun_vmem *)p = x; }
ADFUN_INLINE void adfun_store(adfun_i64 *p, adfun_l x) { *(adfun_lmem *)p = x; }
ADFUN_INLINE void adfun_store(adfun_u8 *p, adfun_m x) { *(adfun_bmem *)p = __builtin_convertvector(x & 1, adfun_bmem); }

/* Scalar loads: the gather instructions of many processors are several times slower.  INDEX is a
   vector, or a pointer to ADFUN_W integers. */
#define ADFUN_GATHERS(VECTOR, ELEMENT, INDEX, SIGN)                          \
  ADFUN_INLINE VECTOR adfun_gather(const ELEMENT *p, INDEX index) {          \
    VECTOR x;                                                                \
    ADFUN_EACH(l) x[l] = SIGN p[index[l]];                                   \
    return x;                                                                \
  }
ADFUN_GATHERS(adfun_v, double, adfun_l, )
ADFUN_GATHERS(adfun_v, double, const adfun_i64 *, )
ADFUN_GATHERS(adfun_l, adfun_i64, adfun_l, )
ADFUN_GATHERS(adfun_l, adfun_i64, const adfun_i64 *, )
ADFUN_GATHERS(adfun_m, adfun_u8, adfun_l, -(adfun_i64))
ADFUN_GATHERS(adfun_m, adfun_u8, const adfun_i64 *, -(adfun_i64))

/* p[0], p[stride], p[2 * stride] ... */
ADFUN_INLINE adfun_v adfun_strided(const double *p, adfun_i64 stride) {
  adfun_v x;
  ADFUN_EACH(l) x[l] = p[l * stride];
  return x;
}
ADFUN_INLINE adfun_l adfun_strided(const adfun_i64 *p, adfun_i64 stride) {
  adfun_l x;
  ADFUN_EACH(l) x[l] = p[l * stride];
  return x;
}
ADFUN_INLINE adfun_m adfun_strided(const adfun_u8 *p, adfun_i64 stride) {
  adfun_m x;
  ADFUN_EACH(l) x[l] = -(adfun_i64)p[l * stride];
  return x;
}

/* Only the lanes of the mask touch memory; the others are 0. */
#define ADFUN_MASKED_LOADS(VECTOR, ELEMENT, SIGN)                                             \
  ADFUN_INLINE VECTOR adfun_gather(adfun_m m, const ELEMENT *p, adfun_l index) {              \
    VECTOR x = {};                                                                            \
    ADFUN_EACH(l) if (m[l]) x[l] = SIGN p[index[l]];                                          \
    return x;                                                                                 \
  }                                                                                           \
  ADFUN_INLINE VECTOR adfun_gather(adfun_m m, const ELEMENT *p, const adfun_i64 *index) {     \
    VECTOR x = {};                                                                            \
    ADFUN_EACH(l) if (m[l]) x[l] = SIGN p[index[l]];                                          \
    return x;                                                                                 \
  }                                                                                           \
  ADFUN_INLINE VECTOR adfun_strided(adfun_m m, const ELEMENT *p, adfun_i64 stride) {          \
    VECTOR x = {};                                                                            \
    ADFUN_EACH(l) if (m[l]) x[l] = SIGN p[l * stride];                                        \
    return x;                                                                                 \
  }                                                                                           \
  ADFUN_INLINE VECTOR adfun_load(adfun_m m, const ELEMENT *p) {                               \
    return adfun_all(m) ? adfun_load(p) : adfun_strided(m, p, 1);                             \
  }
ADFUN_MASKED_LOADS(adfun_v, double, )
ADFUN_MASKED_LOADS(adfun_l, adfun_i64, )
ADFUN_MASKED_LOADS(adfun_m, adfun_u8, -(adfun_i64))

/* Lanes store and accumulate in order: indices may repeat. */
#define ADFUN_SCATTERS(VECTOR, ELEMENT, INDEX)                                                \
  ADFUN_INLINE void adfun_scatter(ELEMENT *p, INDEX index, VECTOR x) {                        \
    ADFUN_EACH(l) p[index[l]] = (ELEMENT)x[l];                                                \
  }                                                                                           \
  ADFUN_INLINE void adfun_scatter(adfun_m m, ELEMENT *p, INDEX index, VECTOR x) {             \
    ADFUN_EACH(l) if (m[l]) p[index[l]] = (ELEMENT)x[l];                                      \
  }                                                                                           \
  ADFUN_INLINE void adfun_scatter_add(ELEMENT *p, INDEX index, VECTOR x) {                    \
    ADFUN_EACH(l) p[index[l]] += (ELEMENT)x[l];                                               \
  }                                                                                           \
  ADFUN_INLINE void adfun_scatter_add(adfun_m m, ELEMENT *p, INDEX index, VECTOR x) {         \
    ADFUN_EACH(l) if (m[l]) p[index[l]] += (ELEMENT)x[l];                                     \
  }
ADFUN_SCATTERS(adfun_v, double, adfun_l)
ADFUN_SCATTERS(adfun_v, double, const adfun_i64 *)
ADFUN_SCATTERS(adfun_l, adfun_i64, adfun_l)
ADFUN_SCATTERS(adfun_l, adfun_i64, const adfun_i64 *)

ADFUN_INLINE void adfun_scatter(adfun_u8 *p, adfun_l index, adfun_m x) {
  ADFUN_EACH(l) p[index[l]] = (adfun_u8)(x[l] & 1);
}
ADFUN_INLINE void adfun_scatter(adfun_m m, adfun_u8 *p, adfun_l index, adfun_m x) {
  ADFUN_EACH(l) if (m[l]) p[index[l]] = (adfun_u8)(x[l] & 1);
}

/* What is read in order is asked for this many bytes ahead: past a buffer's end that does no harm. */
#define ADFUN_PREFETCH(p) __builtin_prefetch((const char *)(p) + 10240, 0, 3)

/* -- tiles: ADFUN_W rows of a matrix, transposed ------------------------------------------------- */

#if defined(__clang__) || __GNUC__ >= 12
#define ADFUN_SHUFFLE(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define ADFUN_SHUFFLE(x, y, ...) __builtin_shuffle(x, y, adfun_l{__VA_ARGS__})
#endif

/* The transpose of a square block of rows, its first `columns` rows stored. */
#if ADFUN_W == 8
ADFUN_INLINE void adfun_transpose(adfun_v *tile, const adfun_v *r, adfun_i64 columns) {
  adfun_v a[8], b[8];
  for (int k = 0; k < 8; k += 2) { /* pairs of columns */
    a[k] = ADFUN_SHUFFLE(r[k], r[k + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    a[k + 1] = ADFUN_SHUFFLE(r[k], r[k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int k = 0; k < 8; k += 4) /* pairs of pairs */
    for (int h = 0; h < 2; ++h) {
      b[k + h] = ADFUN_SHUFFLE(a[k + h], a[k + h + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      b[k + h + 2] = ADFUN_SHUFFLE(a[k + h], a[k + h + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int k = 0; k < 4; ++k) {
    if (k < columns) tile[k] = ADFUN_SHUFFLE(b[k], b[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    if (k + 4 < columns) tile[k + 4] = ADFUN_SHUFFLE(b[k], b[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}
#elif ADFUN_W == 4
ADFUN_INLINE void adfun_transpose(adfun_v *tile, const adfun_v *r, adfun_i64 columns) {
  const adfun_v a = ADFUN_SHUFFLE(r[0], r[1], 0, 4, 2, 6), b = ADFUN_SHUFFLE(r[0], r[1], 1, 5, 3, 7);
  const adfun_v c = ADFUN_SHUFFLE(r[2], r[3], 0, 4, 2, 6), d = ADFUN_SHUFFLE(r[2], r[3], 1, 5, 3, 7);
  tile[0] = ADFUN_SHUFFLE(a, c, 0, 1, 4, 5);
  if (columns > 1) tile[1] = ADFUN_SHUFFLE(b, d, 0, 1, 4, 5);
  if (columns > 2) tile[2] = ADFUN_SHUFFLE(a, c, 2, 3, 6, 7);
  if (columns > 3) tile[3] = ADFUN_SHUFFLE(b, d, 2, 3, 6, 7);
}
#else
ADFUN_INLINE void adfun_transpose(adfun_v *tile, const adfun_v *r, adfun_i64 columns) {
  tile[0] = ADFUN_SHUFFLE(r[0], r[1], 0, 2);
  if (columns > 1) tile[1] = ADFUN_SHUFFLE(r[0], r[1], 1, 3);
}
#endif

/* The first `count` < ADFUN_W elements; nothing beyond them is touched. */
ADFUN_INLINE adfun_v adfun_load_some(const double *p, adfun_i64 count) {
#if ADFUN_W == 8
  return __builtin_ia32_loadupd512_mask(p, adfun_v{}, (char)((1 << count) - 1));
#else
  adfun_v x = {};
  for (adfun_i64 l = 0; l < count; ++l) x[l] = p[l];
  return x;
#endif
}

/* tile[j][l] = rows[l * stride + j] for all columns j */
static inline void adfun_tile(adfun_v *ADFUN_RESTRICT tile, const double *ADFUN_RESTRICT rows, adfun_i64 stride,
                              adfun_i64 columns) {
  adfun_v r[ADFUN_W];
  adfun_i64 j = 0;
  for (adfun_i64 k = 0; k < ADFUN_W * stride; k += 8) ADFUN_PREFETCH(rows + k);
  for (; j + ADFUN_W <= columns; j += ADFUN_W) {
    ADFUN_EACH(l) r[l] = adfun_load(rows + l * stride + j);
    adfun_transpose(tile + j, r, ADFUN_W);
  }
  if (j == columns) return;
  ADFUN_EACH(l) r[l] = adfun_load_some(rows + l * stride + j, columns - j);
  adfun_transpose(tile + j, r, columns - j);
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
