/* Two vectors at a time, for lane loops with loops inside: what all lanes share is loaded half as often, and
 * there are two chains of operations to work on.  The functions of lanes.h again, for the type of both; a
 * 2 after the name where the arguments do not tell.
 */
#pragma once
#include "adfun/lanes_private.h"
#include "adfun/lanes_tiles.h"

#define ADFUN_W2 (2 * ADFUN_W)

template <class Half, class Element>
struct adfun_two {
  Half a, b;
  adfun_two &operator=(const adfun_two &x) { /* (the compiler would copy pieces of 16 bytes) */
    a = x.a;
    b = x.b;
    return *this;
  }
  Element operator[](int l) const { return l < ADFUN_W ? a[l] : b[l - ADFUN_W]; }
};
typedef adfun_two<adfun_v, double> adfun_v2;
typedef adfun_two<adfun_l, adfun_i64> adfun_l2, adfun_m2;

/* -- operators ------------------------------------------------------------------------------------ */

#define ADFUN_OPERATOR2(OP, PAIR, SCALAR, RESULT)                                                     \
  ADFUN_INLINE RESULT operator OP(PAIR x, PAIR y) { return {x.a OP y.a, x.b OP y.b}; }                \
  ADFUN_INLINE RESULT operator OP(SCALAR x, PAIR y) { return {x OP y.a, x OP y.b}; }                  \
  ADFUN_INLINE RESULT operator OP(PAIR x, SCALAR y) { return {x.a OP y, x.b OP y}; }
#define ADFUN_OPERATORS2(PAIR, SCALAR)                                                                \
  ADFUN_OPERATOR2(+, PAIR, SCALAR, PAIR)                                                              \
  ADFUN_OPERATOR2(-, PAIR, SCALAR, PAIR)                                                              \
  ADFUN_OPERATOR2(*, PAIR, SCALAR, PAIR)                                                              \
  ADFUN_OPERATOR2(<, PAIR, SCALAR, adfun_m2)                                                          \
  ADFUN_OPERATOR2(<=, PAIR, SCALAR, adfun_m2)                                                         \
  ADFUN_OPERATOR2(==, PAIR, SCALAR, adfun_m2)                                                         \
  ADFUN_OPERATOR2(!=, PAIR, SCALAR, adfun_m2)                                                         \
  ADFUN_INLINE PAIR operator-(PAIR x) { return {-x.a, -x.b}; }                                        \
  ADFUN_INLINE void operator+=(PAIR &x, PAIR y) {                                                     \
    x.a += y.a;                                                                                       \
    x.b += y.b;                                                                                       \
  }
ADFUN_OPERATORS2(adfun_v2, double)
ADFUN_OPERATORS2(adfun_l2, adfun_i64)
ADFUN_OPERATOR2(/, adfun_v2, double, adfun_v2)
ADFUN_OPERATOR2(&, adfun_l2, adfun_i64, adfun_l2)
ADFUN_OPERATOR2(|, adfun_l2, adfun_i64, adfun_l2)
ADFUN_OPERATOR2(^, adfun_l2, adfun_i64, adfun_l2)
ADFUN_INLINE adfun_l2 operator~(adfun_l2 x) { return {~x.a, ~x.b}; }

ADFUN_INLINE adfun_v2 adfun_splat2(double x) { return {adfun_splat(x), adfun_splat(x)}; }
ADFUN_INLINE adfun_l2 adfun_splat2(adfun_i64 x) { return {adfun_splat(x), adfun_splat(x)}; }
ADFUN_INLINE adfun_m2 adfun_splat2(bool x) { return {adfun_splat(x), adfun_splat(x)}; }
ADFUN_INLINE adfun_l2 adfun_iota2(adfun_i64 first, adfun_i64 step) {
  return {adfun_iota(first, step), adfun_iota(first + ADFUN_W * step, step)};
}

ADFUN_INLINE adfun_v2 adfun_rounded(adfun_v2 x) { return {adfun_rounded(x.a), adfun_rounded(x.b)}; }
ADFUN_INLINE adfun_v2 adfun_held(adfun_v2 x) { return adfun_rounded(x); }
ADFUN_INLINE bool adfun_any(adfun_m2 m) { return adfun_any(m.a | m.b); }
ADFUN_INLINE int adfun_first(adfun_m2 m) { return adfun_any(m.a) ? adfun_first(m.a) : ADFUN_W + adfun_first(m.b); }
ADFUN_INLINE adfun_v2 adfun_select(adfun_m2 m, adfun_v2 x, adfun_v2 y) {
  return {adfun_select(m.a, x.a, y.a), adfun_select(m.b, x.b, y.b)};
}
ADFUN_INLINE adfun_l2 adfun_select(adfun_m2 m, adfun_l2 x, adfun_l2 y) {
  return {adfun_select(m.a, x.a, y.a), adfun_select(m.b, x.b, y.b)};
}

/* To a sum of one vector both are added. */
ADFUN_INLINE void operator+=(adfun_v &s, adfun_v2 x) {
  s += x.a;
  s += x.b;
}
ADFUN_INLINE void operator+=(adfun_l &s, adfun_l2 x) { s += x.a + x.b; }
ADFUN_INLINE adfun_v adfun_add_mul0(adfun_v s, adfun_v2 x, adfun_v2 y) {
  return adfun_add_mul0(adfun_add_mul0(s, x.a, y.a), x.b, y.b);
}
ADFUN_INLINE adfun_v adfun_sub_mul0(adfun_v s, adfun_v2 x, adfun_v2 y) {
  return adfun_sub_mul0(adfun_sub_mul0(s, x.a, y.a), x.b, y.b);
}

ADFUN_INLINE adfun_v2 adfun_add_mul0(adfun_v2 s, adfun_v2 x, adfun_v2 y) {
  return {adfun_add_mul0(s.a, x.a, y.a), adfun_add_mul0(s.b, x.b, y.b)};
}
ADFUN_INLINE adfun_v2 adfun_sub_mul0(adfun_v2 s, adfun_v2 x, adfun_v2 y) {
  return {adfun_sub_mul0(s.a, x.a, y.a), adfun_sub_mul0(s.b, x.b, y.b)};
}

/* -- memory ------------------------------------------------------------------------------------------ */

#define ADFUN_MEMORY2(PAIR, ELEMENT)                                                                  \
  ADFUN_INLINE PAIR adfun_load2(const ELEMENT *p) { return {adfun_load(p), adfun_load(p + ADFUN_W)}; } \
  ADFUN_INLINE PAIR adfun_load2(adfun_m2 m, const ELEMENT *p) {                                       \
    return {adfun_load(m.a, p), adfun_load(m.b, p + ADFUN_W)};                                        \
  }                                                                                                   \
  ADFUN_INLINE PAIR adfun_strided2(const ELEMENT *p, adfun_i64 stride) {                              \
    return {adfun_strided(p, stride), adfun_strided(p + ADFUN_W * stride, stride)};                   \
  }                                                                                                   \
  ADFUN_INLINE PAIR adfun_strided2(adfun_m2 m, const ELEMENT *p, adfun_i64 stride) {                  \
    return {adfun_strided(m.a, p, stride), adfun_strided(m.b, p + ADFUN_W * stride, stride)};         \
  }                                                                                                   \
  ADFUN_INLINE void adfun_store2(ELEMENT *p, PAIR x) {                                                \
    adfun_store(p, x.a);                                                                              \
    adfun_store(p + ADFUN_W, x.b);                                                                    \
  }                                                                                                   \
  ADFUN_INLINE void adfun_store2(adfun_m2 m, ELEMENT *p, PAIR x) {                                    \
    adfun_store(m.a, p, x.a);                                                                         \
    adfun_store(m.b, p + ADFUN_W, x.b);                                                               \
  }                                                                                                   \
  ADFUN_INDEXED2(PAIR, ELEMENT, adfun_l2, k.a, k.b)                                                   \
  ADFUN_INDEXED2(PAIR, ELEMENT, const adfun_i64 *, k, k + ADFUN_W)
#define ADFUN_INDEXED2(PAIR, ELEMENT, INDEX, A, B)                                                    \
  ADFUN_INLINE PAIR adfun_gather2(const ELEMENT *p, INDEX k) {                                        \
    return {adfun_gather(p, A), adfun_gather(p, B)};                                                  \
  }                                                                                                   \
  ADFUN_INLINE PAIR adfun_gather2(adfun_m2 m, const ELEMENT *p, INDEX k) {                            \
    return {adfun_gather(m.a, p, A), adfun_gather(m.b, p, B)};                                        \
  }                                                                                                   \
  ADFUN_INLINE void adfun_scatter2(ELEMENT *p, INDEX k, PAIR x) {                                     \
    adfun_scatter(p, A, x.a);                                                                         \
    adfun_scatter(p, B, x.b);                                                                         \
  }                                                                                                   \
  ADFUN_INLINE void adfun_scatter2(adfun_m2 m, ELEMENT *p, INDEX k, PAIR x) {                         \
    adfun_scatter(m.a, p, A, x.a);                                                                    \
    adfun_scatter(m.b, p, B, x.b);                                                                    \
  }
ADFUN_MEMORY2(adfun_v2, double)
ADFUN_MEMORY2(adfun_l2, adfun_i64)
ADFUN_MEMORY2(adfun_m2, adfun_u8)

#define ADFUN_SUMS2(PAIR, ELEMENT, INDEX, A, B)                                                       \
  ADFUN_INLINE void adfun_scatter_add2(ELEMENT *p, INDEX k, PAIR x) {                                 \
    adfun_scatter_add(p, A, x.a);                                                                     \
    adfun_scatter_add(p, B, x.b);                                                                     \
  }                                                                                                   \
  ADFUN_INLINE void adfun_scatter_add2(adfun_m2 m, ELEMENT *p, INDEX k, PAIR x) {                     \
    adfun_scatter_add(m.a, p, A, x.a);                                                                \
    adfun_scatter_add(m.b, p, B, x.b);                                                                \
  }
ADFUN_SUMS2(adfun_v2, double, adfun_l2, k.a, k.b)
ADFUN_SUMS2(adfun_v2, double, const adfun_i64 *, k, k + ADFUN_W)
ADFUN_SUMS2(adfun_l2, adfun_i64, adfun_l2, k.a, k.b)
ADFUN_SUMS2(adfun_l2, adfun_i64, const adfun_i64 *, k, k + ADFUN_W)

/* Private arrays have both halves of an element side by side. */
#define ADFUN_OWNS2(PAIR, ELEMENT, INDEX, A, B)                                                       \
  ADFUN_INLINE PAIR adfun_own2(const PAIR *b, INDEX k) {                                              \
    const ELEMENT *const p = (const ELEMENT *)b;                                                      \
    return {adfun_own_at(p, ADFUN_W2, A), adfun_own_at(p + ADFUN_W, ADFUN_W2, B)};                    \
  }                                                                                                   \
  ADFUN_INLINE PAIR adfun_own2(adfun_m2 m, const PAIR *b, INDEX k) {                                  \
    const ELEMENT *const p = (const ELEMENT *)b;                                                      \
    return {adfun_own_at(m.a, p, ADFUN_W2, A), adfun_own_at(m.b, p + ADFUN_W, ADFUN_W2, B)};          \
  }                                                                                                   \
  ADFUN_INLINE void adfun_own_store2(PAIR *b, INDEX k, PAIR x) {                                      \
    adfun_own_store_at((ELEMENT *)b, ADFUN_W2, A, x.a);                                               \
    adfun_own_store_at((ELEMENT *)b + ADFUN_W, ADFUN_W2, B, x.b);                                     \
  }                                                                                                   \
  ADFUN_INLINE void adfun_own_store2(adfun_m2 m, PAIR *b, INDEX k, PAIR x) {                          \
    adfun_own_store_at(m.a, (ELEMENT *)b, ADFUN_W2, A, x.a);                                          \
    adfun_own_store_at(m.b, (ELEMENT *)b + ADFUN_W, ADFUN_W2, B, x.b);                                \
  }                                                                                                   \
  ADFUN_INLINE void adfun_own_add2(PAIR *b, INDEX k, PAIR x) {                                        \
    adfun_own_add_at((ELEMENT *)b, ADFUN_W2, A, x.a);                                                 \
    adfun_own_add_at((ELEMENT *)b + ADFUN_W, ADFUN_W2, B, x.b);                                       \
  }                                                                                                   \
  ADFUN_INLINE void adfun_own_add2(adfun_m2 m, PAIR *b, INDEX k, PAIR x) {                            \
    adfun_own_add_at(m.a, (ELEMENT *)b, ADFUN_W2, A, x.a);                                            \
    adfun_own_add_at(m.b, (ELEMENT *)b + ADFUN_W, ADFUN_W2, B, x.b);                                  \
  }
ADFUN_OWNS2(adfun_v2, double, adfun_l2, k.a, k.b)
ADFUN_OWNS2(adfun_v2, double, const adfun_i64 *, k, k + ADFUN_W)
ADFUN_OWNS2(adfun_l2, adfun_i64, adfun_l2, k.a, k.b)
ADFUN_OWNS2(adfun_l2, adfun_i64, const adfun_i64 *, k, k + ADFUN_W)

ADFUN_INLINE void adfun_tile2(adfun_v2 *ADFUN_RESTRICT tile, const double *ADFUN_RESTRICT rows, adfun_i64 stride,
                              adfun_i64 columns) {
  const double *const ADFUN_RESTRICT below = rows + ADFUN_W * stride;
  adfun_i64 j = 0;
  for (; j + 2 <= columns; j += 2) {
    for (int k = 0; k < 2 * ADFUN_W2; k += 8) ADFUN_PREFETCH(rows + j * ADFUN_W2 + k);
    adfun_columns(rows + j, stride, &tile[j].a, &tile[j + 1].a);
    adfun_columns(below + j, stride, &tile[j].b, &tile[j + 1].b);
  }
  if (j < columns) tile[j] = adfun_strided2(rows + j, stride);
}

static inline void adfun_tile2(adfun_m2 m, adfun_v2 *ADFUN_RESTRICT tile, const double *ADFUN_RESTRICT rows,
                               adfun_i64 stride, adfun_i64 columns) {
  for (adfun_i64 j = 0; j < columns; ++j) tile[j] = adfun_strided2(m, rows + j, stride);
}

/* -- reductions --------------------------------------------------------------------------------------- */

ADFUN_INLINE double adfun_lanes_add(adfun_v2 x) { return adfun_lanes_add(x.a + x.b); }
ADFUN_INLINE double adfun_lanes_mul(adfun_v2 x) { return adfun_lanes_mul(x.a * x.b); }
ADFUN_INLINE double adfun_lanes_minimum(adfun_v2 x) { return adfun_lanes_minimum(adfun_minimum(x.a, x.b)); }
ADFUN_INLINE double adfun_lanes_maximum(adfun_v2 x) { return adfun_lanes_maximum(adfun_maximum(x.a, x.b)); }
ADFUN_INLINE adfun_i64 adfun_lanes_iadd(adfun_l2 x) { return adfun_lanes_iadd(x.a + x.b); }
ADFUN_INLINE adfun_i64 adfun_lanes_imul(adfun_l2 x) { return adfun_lanes_imul(x.a * x.b); }
ADFUN_INLINE adfun_i64 adfun_lanes_imin(adfun_l2 x) { return adfun_lanes_imin(adfun_imin(x.a, x.b)); }
ADFUN_INLINE adfun_i64 adfun_lanes_imax(adfun_l2 x) { return adfun_lanes_imax(adfun_imax(x.a, x.b)); }
ADFUN_INLINE bool adfun_lanes_band(adfun_m2 x) { return adfun_lanes_band(x.a & x.b); }
ADFUN_INLINE bool adfun_lanes_bor(adfun_m2 x) { return adfun_lanes_bor(x.a | x.b); }
