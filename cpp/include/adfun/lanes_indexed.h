/* Lanes at places of their own: gathered, a stride apart, scattered. */
#pragma once
#include "adfun/lanes.h"

/* Scalar loads: the gather instructions of many processors are several times slower.  An index
   is a vector, or a pointer to ADFUN_W integers. */
#define ADFUN_AT_INDEX(l) p[index[l]]
#define ADFUN_AT_STRIDE(l) p[(l) * stride]
#define ADFUN_LOADS(VECTOR, ELEMENT, SIGN)                                      \
  ADFUN_INLINE VECTOR adfun_gather(const ELEMENT *p, adfun_l index) {           \
    return SIGN VECTOR ADFUN_LANES(ADFUN_AT_INDEX);                             \
  }                                                                             \
  ADFUN_INLINE VECTOR adfun_gather(const ELEMENT *p, const adfun_i64 *index) {  \
    return SIGN VECTOR ADFUN_LANES(ADFUN_AT_INDEX);                             \
  }                                                                             \
  /* p[0], p[stride], p[2 * stride] ... */                                      \
  ADFUN_INLINE VECTOR adfun_strided(const ELEMENT *p, adfun_i64 stride) {       \
    return SIGN VECTOR ADFUN_LANES(ADFUN_AT_STRIDE);                            \
  }
ADFUN_LOADS(adfun_v, double, )
ADFUN_LOADS(adfun_l, adfun_i64, )
ADFUN_LOADS(adfun_m, adfun_u8, -)

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

/* Whether data seem to be sorted by groups: at most of eight places the next index is the same. */
static inline bool adfun_grouped(const adfun_i64 *index, adfun_i64 count) {
  int same = 0;
  for (int k = 0; k < 8 && count >= 32; ++k) same += index[k * (count / 8)] == index[k * (count / 8) + 1];
  return same >= 6;
}
/* The sum of the lanes is added where all have one index: each addition would wait for the one before. */
ADFUN_INLINE void adfun_scatter_add(bool grouped, double *p, const adfun_i64 *index, adfun_v x) {
  if (grouped && adfun_all((adfun_l) * (const adfun_lmem *)index == index[0])) p[index[0]] += adfun_lanes_add(x);
  else adfun_scatter_add(p, index, x);
}

#define ADFUN_FLAG_SCATTERS(INDEX)                                                            \
  ADFUN_INLINE void adfun_scatter(adfun_u8 *p, INDEX index, adfun_m x) {                      \
    ADFUN_EACH(l) p[index[l]] = (adfun_u8)(x[l] & 1);                                         \
  }                                                                                           \
  ADFUN_INLINE void adfun_scatter(adfun_m m, adfun_u8 *p, INDEX index, adfun_m x) {           \
    ADFUN_EACH(l) if (m[l]) p[index[l]] = (adfun_u8)(x[l] & 1);                               \
  }
ADFUN_FLAG_SCATTERS(adfun_l)
ADFUN_FLAG_SCATTERS(const adfun_i64 *)
