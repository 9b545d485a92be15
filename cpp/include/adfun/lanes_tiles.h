/* Tiles: ADFUN_W rows of a matrix, transposed. */
#pragma once
#include "adfun/lanes_indexed.h"

/* What is read in order is asked for this many bytes ahead: past a buffer's end that does no harm. */
#define ADFUN_PREFETCH(p) __builtin_prefetch((const char *)(p) + 10240, 0, 2)

typedef double adfun_pair __attribute__((vector_size(16), aligned(8), may_alias));

#if defined(__clang__) || __GNUC__ >= 12
#define ADFUN_SHUFFLE(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define ADFUN_SHUFFLE(x, y, ...) __builtin_shuffle(x, y, adfun_l{__VA_ARGS__})
#endif

/* Two neighbouring columns of every other row, as they stand in memory. */
ADFUN_INLINE adfun_v adfun_pairs(const double *p, adfun_i64 stride) {
#define ADFUN_PAIR(k) (*(const adfun_pair *)(p + 2 * (k) * stride))
#if ADFUN_W == 2
  return ADFUN_PAIR(0);
#elif defined(__clang__) || __GNUC__ >= 12
#if ADFUN_W == 8
  return ADFUN_SHUFFLE(ADFUN_SHUFFLE(ADFUN_PAIR(0), ADFUN_PAIR(1), 0, 1, 2, 3),
                       ADFUN_SHUFFLE(ADFUN_PAIR(2), ADFUN_PAIR(3), 0, 1, 2, 3), 0, 1, 2, 3, 4, 5, 6, 7);
#else
  return ADFUN_SHUFFLE(ADFUN_PAIR(0), ADFUN_PAIR(1), 0, 1, 2, 3);
#endif
#else
  adfun_v x;
  ADFUN_EACH(l) x[l] = p[(l & ~1) * stride + (l & 1)];
  return x;
#endif
#undef ADFUN_PAIR
}

/* Two columns of ADFUN_W rows. */
ADFUN_INLINE void adfun_columns(const double *rows, adfun_i64 stride, adfun_v *first, adfun_v *second) {
  const adfun_v even = adfun_pairs(rows, stride), odd = adfun_pairs(rows + stride, stride);
#if ADFUN_W == 8
  *first = ADFUN_SHUFFLE(even, odd, 0, 8, 2, 10, 4, 12, 6, 14);
  *second = ADFUN_SHUFFLE(even, odd, 1, 9, 3, 11, 5, 13, 7, 15);
#elif ADFUN_W == 4
  *first = ADFUN_SHUFFLE(even, odd, 0, 4, 2, 6);
  *second = ADFUN_SHUFFLE(even, odd, 1, 5, 3, 7);
#else
  *first = ADFUN_SHUFFLE(even, odd, 0, 2);
  *second = ADFUN_SHUFFLE(even, odd, 1, 3);
#endif
}

/* tile[j][l] = rows[l * stride + j] for all columns j */
ADFUN_INLINE void adfun_tile(adfun_v *ADFUN_RESTRICT tile, const double *ADFUN_RESTRICT rows, adfun_i64 stride,
                             adfun_i64 columns) {
  adfun_i64 j = 0;
  for (; j + 2 <= columns; j += 2) {
    for (int k = 0; k < 2 * ADFUN_W; k += 8) ADFUN_PREFETCH(rows + j * ADFUN_W + k);
    adfun_columns(rows + j, stride, tile + j, tile + j + 1);
  }
  if (j < columns) tile[j] = adfun_strided(rows + j, stride);
}

/* The same for the rows of a mask. */
static inline void adfun_tile(adfun_m m, adfun_v *ADFUN_RESTRICT tile, const double *ADFUN_RESTRICT rows,
                              adfun_i64 stride, adfun_i64 columns) {
  for (adfun_i64 j = 0; j < columns; ++j) tile[j] = adfun_strided(m, rows + j, stride);
}
