/* Arrays that every lane has of its own. */
#pragma once
#include "adfun/lanes.h"

/* Elements of private arrays, one vector each, at a place of its own for every lane: neighbours are
   `step` elements apart. */
#define ADFUN_OWNS(VECTOR, ELEMENT, INDEX)                                                        \
  ADFUN_INLINE VECTOR adfun_own_at(const ELEMENT *p, int step, INDEX k) {                         \
    VECTOR x = {};                                                                                \
    ADFUN_EACH(l) x[l] = p[k[l] * step + l];                                                      \
    return x;                                                                                     \
  }                                                                                               \
  ADFUN_INLINE VECTOR adfun_own_at(adfun_m m, const ELEMENT *p, int step, INDEX k) {              \
    VECTOR x = {};                                                                                \
    ADFUN_EACH(l) if (m[l]) x[l] = p[k[l] * step + l];                                            \
    return x;                                                                                     \
  }                                                                                               \
  ADFUN_INLINE void adfun_own_store_at(ELEMENT *p, int step, INDEX k, VECTOR x) {                 \
    ADFUN_EACH(l) p[k[l] * step + l] = x[l];                                                      \
  }                                                                                               \
  ADFUN_INLINE void adfun_own_store_at(adfun_m m, ELEMENT *p, int step, INDEX k, VECTOR x) {      \
    ADFUN_EACH(l) if (m[l]) p[k[l] * step + l] = x[l];                                            \
  }                                                                                               \
  ADFUN_INLINE void adfun_own_add_at(ELEMENT *p, int step, INDEX k, VECTOR x) {                   \
    ADFUN_EACH(l) p[k[l] * step + l] += x[l];                                                     \
  }                                                                                               \
  ADFUN_INLINE void adfun_own_add_at(adfun_m m, ELEMENT *p, int step, INDEX k, VECTOR x) {        \
    ADFUN_EACH(l) if (m[l]) p[k[l] * step + l] += x[l];                                           \
  }                                                                                               \
  ADFUN_INLINE VECTOR adfun_own(const VECTOR *b, INDEX k) {                                       \
    return adfun_own_at((const ELEMENT *)b, ADFUN_W, k);                                          \
  }                                                                                               \
  ADFUN_INLINE VECTOR adfun_own(adfun_m m, const VECTOR *b, INDEX k) {                            \
    return adfun_own_at(m, (const ELEMENT *)b, ADFUN_W, k);                                       \
  }                                                                                               \
  ADFUN_INLINE void adfun_own_store(VECTOR *b, INDEX k, VECTOR x) {                               \
    adfun_own_store_at((ELEMENT *)b, ADFUN_W, k, x);                                              \
  }                                                                                               \
  ADFUN_INLINE void adfun_own_store(adfun_m m, VECTOR *b, INDEX k, VECTOR x) {                    \
    adfun_own_store_at(m, (ELEMENT *)b, ADFUN_W, k, x);                                           \
  }                                                                                               \
  ADFUN_INLINE void adfun_own_add(VECTOR *b, INDEX k, VECTOR x) {                                 \
    adfun_own_add_at((ELEMENT *)b, ADFUN_W, k, x);                                                \
  }                                                                                               \
  ADFUN_INLINE void adfun_own_add(adfun_m m, VECTOR *b, INDEX k, VECTOR x) {                      \
    adfun_own_add_at(m, (ELEMENT *)b, ADFUN_W, k, x);                                             \
  }
ADFUN_OWNS(adfun_v, double, adfun_l)
ADFUN_OWNS(adfun_v, double, const adfun_i64 *)
ADFUN_OWNS(adfun_l, adfun_i64, adfun_l)
ADFUN_OWNS(adfun_l, adfun_i64, const adfun_i64 *)
