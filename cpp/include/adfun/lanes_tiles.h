/* What goes across lanes: ADFUN_W rows of a matrix, transposed, and the sums of many vectors. */
#pragma once
#include "adfun/lanes_indexed.h"

typedef double adfun_pair __attribute__((vector_size(16), aligned(8), may_alias));

#define ADFUN_ROWS_FUNCTION static __attribute__((noinline, unused))

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

#if ADFUN_W == 8
#define ADFUN_EVEN(x, y) ADFUN_SHUFFLE(x, y, 0, 8, 2, 10, 4, 12, 6, 14)
#define ADFUN_ODD(x, y) ADFUN_SHUFFLE(x, y, 1, 9, 3, 11, 5, 13, 7, 15)
#define ADFUN_LOW(x, y) ADFUN_SHUFFLE(x, y, 0, 1, 8, 9, 4, 5, 12, 13)
#define ADFUN_HIGH(x, y) ADFUN_SHUFFLE(x, y, 2, 3, 10, 11, 6, 7, 14, 15)
#elif ADFUN_W == 4
#define ADFUN_EVEN(x, y) ADFUN_SHUFFLE(x, y, 0, 4, 2, 6)
#define ADFUN_ODD(x, y) ADFUN_SHUFFLE(x, y, 1, 5, 3, 7)
#define ADFUN_LOW(x, y) ADFUN_SHUFFLE(x, y, 0, 1, 4, 5)
#define ADFUN_HIGH(x, y) ADFUN_SHUFFLE(x, y, 2, 3, 6, 7)
#else
#define ADFUN_EVEN(x, y) ADFUN_SHUFFLE(x, y, 0, 2)
#define ADFUN_ODD(x, y) ADFUN_SHUFFLE(x, y, 1, 3)
#endif

/* Two columns of ADFUN_W rows. */
ADFUN_INLINE void adfun_columns(const double *rows, adfun_i64 stride, adfun_v *first, adfun_v *second) {
  const adfun_v even = adfun_pairs(rows, stride), odd = adfun_pairs(rows + stride, stride);
  *first = ADFUN_EVEN(even, odd);
  *second = ADFUN_ODD(even, odd);
}

#if ADFUN_W > 2
typedef double adfun_quad __attribute__((vector_size(32), aligned(8), may_alias));

/* Four neighbouring columns: of one row, or of two that are two rows apart. */
ADFUN_INLINE adfun_v adfun_quads(const double *p, adfun_i64 stride) {
#if ADFUN_W == 4
  return *(const adfun_quad *)p;
#elif defined(__clang__) || __GNUC__ >= 12
  return ADFUN_SHUFFLE(*(const adfun_quad *)p, *(const adfun_quad *)(p + 2 * stride), 0, 1, 2, 3, 4, 5, 6, 7);
#else
  adfun_v x;
  ADFUN_EACH(l) x[l] = p[(l & 4) / 2 * stride + (l & 3)];
  return x;
#endif
}

/* Four columns of ADFUN_W rows. */
ADFUN_INLINE void adfun_columns(const double *rows, adfun_i64 stride, adfun_v *first, adfun_v *second, adfun_v *third,
                                adfun_v *fourth) {
  const double *const later = rows + ADFUN_W / 2 * stride;
  const adfun_v x = adfun_quads(rows, stride), y = adfun_quads(rows + stride, stride);
  const adfun_v z = adfun_quads(later, stride), u = adfun_quads(later + stride, stride);
#if ADFUN_W == 8
#define ADFUN_FIRST(x, y) ADFUN_SHUFFLE(x, y, 0, 1, 4, 5, 8, 9, 12, 13)
#define ADFUN_SECOND(x, y) ADFUN_SHUFFLE(x, y, 2, 3, 6, 7, 10, 11, 14, 15)
#else
#define ADFUN_FIRST(x, y) ADFUN_SHUFFLE(x, y, 0, 1, 4, 5)
#define ADFUN_SECOND(x, y) ADFUN_SHUFFLE(x, y, 2, 3, 6, 7)
#endif
  const adfun_v even = ADFUN_EVEN(x, y), odd = ADFUN_ODD(x, y);
  const adfun_v even2 = ADFUN_EVEN(z, u), odd2 = ADFUN_ODD(z, u);
  *first = ADFUN_FIRST(even, even2);
  *second = ADFUN_FIRST(odd, odd2);
  *third = ADFUN_SECOND(even, even2);
  *fourth = ADFUN_SECOND(odd, odd2);
#undef ADFUN_FIRST
#undef ADFUN_SECOND
}
#endif

/* All of ADFUN_W rows of two or three elements: neighbours in memory. */
#define ADFUN_SHORT_ROWS (ADFUN_W == 8 && (defined(__clang__) || __GNUC__ >= 12))
#if ADFUN_SHORT_ROWS
ADFUN_INLINE void adfun_short_rows(adfun_v *tile, adfun_i64 step, const double *rows, adfun_i64 columns) {
  const adfun_v a = adfun_load(rows), b = adfun_load(rows + 8);
  if (columns == 2) {
    tile[0] = ADFUN_SHUFFLE(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
    tile[step] = ADFUN_SHUFFLE(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
    return;
  }
  const adfun_v c = adfun_load(rows + 16);
  tile[0] = ADFUN_SHUFFLE(ADFUN_SHUFFLE(a, b, 0, 3, 6, 9, 12, 15, 0, 0), c, 0, 1, 2, 3, 4, 5, 10, 13);
  tile[step] = ADFUN_SHUFFLE(ADFUN_SHUFFLE(a, b, 1, 4, 7, 10, 13, 0, 0, 0), c, 0, 1, 2, 3, 4, 8, 11, 14);
  tile[2 * step] = ADFUN_SHUFFLE(ADFUN_SHUFFLE(a, b, 2, 5, 8, 11, 14, 0, 0, 0), c, 0, 1, 2, 3, 4, 9, 12, 15);
}
/* The other way round, added. */
ADFUN_INLINE void adfun_add_short_rows(double *rows, const adfun_v *tile, adfun_i64 step, adfun_i64 columns) {
  const adfun_v x = tile[0], y = tile[step];
  if (columns == 2) {
    adfun_store(rows, adfun_load(rows) + ADFUN_SHUFFLE(x, y, 0, 8, 1, 9, 2, 10, 3, 11));
    adfun_store(rows + 8, adfun_load(rows + 8) + ADFUN_SHUFFLE(x, y, 4, 12, 5, 13, 6, 14, 7, 15));
    return;
  }
  const adfun_v z = tile[2 * step];
  const adfun_v a = ADFUN_SHUFFLE(ADFUN_SHUFFLE(x, y, 0, 8, 0, 1, 9, 0, 2, 10), z, 0, 1, 8, 3, 4, 9, 6, 7);
  const adfun_v b = ADFUN_SHUFFLE(ADFUN_SHUFFLE(x, y, 0, 3, 11, 0, 4, 12, 0, 5), z, 10, 1, 2, 11, 4, 5, 12, 7);
  const adfun_v c = ADFUN_SHUFFLE(ADFUN_SHUFFLE(x, y, 13, 0, 6, 14, 0, 7, 15, 0), z, 0, 13, 2, 3, 14, 5, 6, 15);
  adfun_store(rows, adfun_load(rows) + a);
  adfun_store(rows + 8, adfun_load(rows + 8) + b);
  adfun_store(rows + 16, adfun_load(rows + 16) + c);
}
#endif

/* tile[j * step][l] = rows[l * stride + j] for all columns j; some may be written twice. */
ADFUN_ROWS_FUNCTION void adfun_transpose(adfun_v *ADFUN_RESTRICT tile, adfun_i64 step,
                                         const double *ADFUN_RESTRICT rows, adfun_i64 stride, adfun_i64 columns) {
#if ADFUN_SHORT_ROWS
  if (stride == columns && (columns == 2 || columns == 3)) {
    for (int i = 0; i < columns; ++i) ADFUN_PREFETCH(rows + 8 * i);
    adfun_short_rows(tile, step, rows, columns);
    return;
  }
#endif
#if ADFUN_W > 2
  for (adfun_i64 k = 0; k < columns && columns >= 4; k += 4) {
    const adfun_i64 j = adfun_least(k, columns - 4);
    adfun_v *const to = tile + j * step;
    for (int i = 0; i < 4 * ADFUN_W; i += 8) ADFUN_PREFETCH(rows + j * ADFUN_W + i);
    adfun_columns(rows + j, stride, to, to + step, to + 2 * step, to + 3 * step);
  }
  if (columns >= 4) return;
#endif
  for (adfun_i64 k = 0; k < columns && columns >= 2; k += 2) {
    const adfun_i64 j = adfun_least(k, columns - 2);
    for (int i = 0; i < 2 * ADFUN_W; i += 8) ADFUN_PREFETCH(rows + j * ADFUN_W + i);
    adfun_columns(rows + j, stride, tile + j * step, tile + (j + 1) * step);
  }
  if (columns == 1) tile[0] = adfun_strided(rows, stride);
}

/* The same for the rows of a mask. */
ADFUN_ROWS_FUNCTION void adfun_transpose(adfun_m m, adfun_v *ADFUN_RESTRICT tile, adfun_i64 step,
                                         const double *ADFUN_RESTRICT rows, adfun_i64 stride, adfun_i64 columns) {
  for (adfun_i64 j = 0; j < columns; ++j) tile[j * step] = adfun_strided(m, rows + j, stride);
}

ADFUN_INLINE const adfun_v *adfun_tile(adfun_v *tile, adfun_i64 step, const double *rows, adfun_i64 stride,
                                       adfun_i64 columns) {
  adfun_transpose(tile, step, rows, stride, columns);
  return tile;
}
ADFUN_INLINE const adfun_v *adfun_tile(adfun_m m, adfun_v *tile, adfun_i64 step, const double *rows, adfun_i64 stride,
                                       adfun_i64 columns) {
  adfun_transpose(m, tile, step, rows, stride, columns);
  return tile;
}

/* The tiles of all blocks of several vectors of rows, one after the other; nullptr if there is no memory. */
ADFUN_ROWS_FUNCTION const void *adfun_tiles(adfun_workspace *ws, adfun_i64 several, const double *rows,
                                            adfun_i64 stride, adfun_i64 columns, adfun_i64 count) {
  const adfun_i64 step = several * ADFUN_W, size = adfun_times(several, columns);
  adfun_v *const tiles = (adfun_v *)adfun_take(ws, adfun_times((count + step - 1) / step, size), sizeof(adfun_v));
  if (ADFUN_UNLIKELY(!tiles)) return nullptr;
  for (adfun_i64 i = 0; i < count; i += ADFUN_W, rows += ADFUN_W * stride) {
    adfun_v *const tile = tiles + i / step * size + i / ADFUN_W % several;
    if (count - i >= ADFUN_W) adfun_transpose(tile, several, rows, stride, columns);
    else adfun_transpose(adfun_iota(i, 1) < count, tile, several, rows, stride, columns);
  }
  return tiles;
}

/* The same where they fit a cache: beyond that, waiting for memory takes longer than transposing. */
#define ADFUN_FEW (1L << 21)
static inline const void *adfun_few_tiles(adfun_workspace *ws, adfun_i64 several, const double *rows, adfun_i64 stride,
                                          adfun_i64 columns, adfun_i64 count) {
  return adfun_times(count, columns) <= ADFUN_FEW ? adfun_tiles(ws, several, rows, stride, columns, count) : nullptr;
}

/* rows[l * stride + j] += tile[j * step][l] for all columns j. */
#if (defined(__clang__) || __GNUC__ >= 12) && ADFUN_W > 2
#define ADFUN_ADD(TYPE, at, ...) *(TYPE *)(at) += __builtin_shufflevector(__VA_ARGS__)
#define ADFUN_ADD_PAIR(l, x, ...) ADFUN_ADD(adfun_pair, rows + (l) * stride, x, x, __VA_ARGS__)
#define ADFUN_ADD_QUAD(l, x, ...) ADFUN_ADD(adfun_quad, rows + (l) * stride, x, x, __VA_ARGS__)
ADFUN_ROWS_FUNCTION void adfun_add_rows(double *rows, adfun_i64 stride, const adfun_v *tile, adfun_i64 step,
                                        adfun_i64 columns) {
#if ADFUN_SHORT_ROWS
  if (stride == columns && (columns == 2 || columns == 3)) {
    adfun_add_short_rows(rows, tile, step, columns);
    return;
  }
#endif
  for (; columns >= 4; columns -= 4, rows += 4, tile += 4 * step) {
    const adfun_v x = tile[0], y = tile[step], z = tile[2 * step], u = tile[3 * step];
    const adfun_v even = ADFUN_EVEN(x, y), odd = ADFUN_ODD(x, y);
    const adfun_v even2 = ADFUN_EVEN(z, u), odd2 = ADFUN_ODD(z, u);
    const adfun_v a = ADFUN_LOW(even, even2), b = ADFUN_LOW(odd, odd2);
    const adfun_v c = ADFUN_HIGH(even, even2), d = ADFUN_HIGH(odd, odd2);
    ADFUN_ADD_QUAD(0, a, 0, 1, 2, 3);
    ADFUN_ADD_QUAD(1, b, 0, 1, 2, 3);
    ADFUN_ADD_QUAD(2, c, 0, 1, 2, 3);
    ADFUN_ADD_QUAD(3, d, 0, 1, 2, 3);
#if ADFUN_W == 8
    ADFUN_ADD_QUAD(4, a, 4, 5, 6, 7);
    ADFUN_ADD_QUAD(5, b, 4, 5, 6, 7);
    ADFUN_ADD_QUAD(6, c, 4, 5, 6, 7);
    ADFUN_ADD_QUAD(7, d, 4, 5, 6, 7);
#endif
  }
  if (columns >= 2) {
    const adfun_v x = tile[0], y = tile[step], even = ADFUN_EVEN(x, y), odd = ADFUN_ODD(x, y);
    ADFUN_ADD_PAIR(0, even, 0, 1);
    ADFUN_ADD_PAIR(1, odd, 0, 1);
    ADFUN_ADD_PAIR(2, even, 2, 3);
    ADFUN_ADD_PAIR(3, odd, 2, 3);
#if ADFUN_W == 8
    ADFUN_ADD_PAIR(4, even, 4, 5);
    ADFUN_ADD_PAIR(5, odd, 4, 5);
    ADFUN_ADD_PAIR(6, even, 6, 7);
    ADFUN_ADD_PAIR(7, odd, 6, 7);
#endif
    columns -= 2, rows += 2, tile += 2 * step;
  }
  if (columns == 1) ADFUN_EACH(l) rows[l * stride] += tile[0][l];
}
#undef ADFUN_ADD_PAIR
#undef ADFUN_ADD_QUAD
#undef ADFUN_ADD
#else
ADFUN_ROWS_FUNCTION void adfun_add_rows(double *rows, adfun_i64 stride, const adfun_v *tile, adfun_i64 step,
                                        adfun_i64 columns) {
  for (adfun_i64 j = 0; j < columns; ++j) ADFUN_EACH(l) rows[l * stride + j] += tile[j * step][l];
}
#endif
#undef ADFUN_EVEN
#undef ADFUN_ODD
#undef ADFUN_LOW
#undef ADFUN_HIGH
ADFUN_ROWS_FUNCTION void adfun_add_rows(adfun_m m, double *rows, adfun_i64 stride, const adfun_v *tile, adfun_i64 step,
                                        adfun_i64 columns) {
  for (adfun_i64 j = 0; j < columns; ++j) ADFUN_EACH(l) if (m[l]) rows[l * stride + j] += tile[j * step][l];
}
ADFUN_INLINE void adfun_add_rows(double *rows, adfun_i64 stride, const adfun_v *tile, adfun_i64 columns) {
  adfun_add_rows(rows, stride, tile, 1, columns);
}
ADFUN_INLINE void adfun_add_rows(adfun_m m, double *rows, adfun_i64 stride, const adfun_v *tile, adfun_i64 columns) {
  adfun_add_rows(m, rows, stride, tile, 1, columns);
}

/* Asks for the vectors that the next pass reads. */
ADFUN_INLINE void adfun_soon(const void *next, adfun_i64 vectors) {
  for (adfun_i64 k = 0; k < vectors; ++k) __builtin_prefetch((const adfun_v *)next + k, 0, 3);
}

/* The sums of the lanes of ADFUN_W vectors, each added up in the order of adfun_lanes_add. */
ADFUN_INLINE adfun_v adfun_lane_sums(const adfun_v *s) {
#if ADFUN_W == 8
#define ADFUN_FOLD(x, y) (ADFUN_SHUFFLE(x, y, 0, 1, 2, 3, 8, 9, 10, 11) + ADFUN_SHUFFLE(x, y, 4, 5, 6, 7, 12, 13, 14, 15))
#define ADFUN_FOLD2(x, y) (ADFUN_SHUFFLE(x, y, 0, 1, 4, 5, 8, 9, 12, 13) + ADFUN_SHUFFLE(x, y, 2, 3, 6, 7, 10, 11, 14, 15))
#define ADFUN_FOLD3(x, y) (ADFUN_SHUFFLE(x, y, 0, 2, 4, 6, 8, 10, 12, 14) + ADFUN_SHUFFLE(x, y, 1, 3, 5, 7, 9, 11, 13, 15))
  return ADFUN_FOLD3(ADFUN_FOLD2(ADFUN_FOLD(s[0], s[1]), ADFUN_FOLD(s[2], s[3])),
                     ADFUN_FOLD2(ADFUN_FOLD(s[4], s[5]), ADFUN_FOLD(s[6], s[7])));
#undef ADFUN_FOLD
#undef ADFUN_FOLD2
#undef ADFUN_FOLD3
#elif ADFUN_W == 4
#define ADFUN_FOLD(x, y) (ADFUN_SHUFFLE(x, y, 0, 1, 4, 5) + ADFUN_SHUFFLE(x, y, 2, 3, 6, 7))
  const adfun_v x = ADFUN_FOLD(s[0], s[1]), y = ADFUN_FOLD(s[2], s[3]);
#undef ADFUN_FOLD
  return ADFUN_SHUFFLE(x, y, 0, 2, 4, 6) + ADFUN_SHUFFLE(x, y, 1, 3, 5, 7);
#else
  return ADFUN_SHUFFLE(s[0], s[1], 0, 2) + ADFUN_SHUFFLE(s[0], s[1], 1, 3);
#endif
}

/* -- long rows, read as they are -------------------------------------------------------------------- */

/* Whether that is faster than a tile: of what comes from memory only where rows are longer. */
ADFUN_INLINE bool adfun_long(adfun_i64 columns, adfun_i64 rows) {
  return columns >= 32 && (columns >= 96 || adfun_times(rows, columns) <= 1L << 20);
}

#define ADFUN_UNROLLED _Pragma("GCC unroll 8")

/* The sums over j of rows[l * stride + j] * y[j] */
ADFUN_ROWS_FUNCTION adfun_v adfun_rows_dot(const double *rows, adfun_i64 stride, const double *y, adfun_i64 n) {
  adfun_v s[ADFUN_W];
  ADFUN_UNROLLED for (int l = 0; l < ADFUN_W; ++l) s[l] = adfun_v{};
  adfun_i64 j = 0;
  for (; j + ADFUN_W <= n; j += ADFUN_W) {
    const adfun_v part = adfun_load(y + j);
    ADFUN_UNROLLED for (int l = 0; l < ADFUN_W; ++l) {
      ADFUN_PREFETCH(rows + l * stride + j);
      s[l] += adfun_load(rows + l * stride + j) * part;
    }
  }
  if (j < n) {
    const adfun_m some = adfun_iota(j, 1) < n;
    const adfun_v part = adfun_load(some, y + j);
    ADFUN_UNROLLED for (int l = 0; l < ADFUN_W; ++l) s[l] += adfun_load(some, rows + l * stride + j) * part;
  }
  return adfun_lane_sums(s);
}

/* g[j] += the sum of x[l] * rows[l * stride + j]; where x[l] is 0 nothing, whatever there is in the row. */
ADFUN_ROWS_FUNCTION void adfun_rows_add(double *ADFUN_RESTRICT g, const double *rows, adfun_i64 stride, adfun_v x,
                                        adfun_i64 n) {
  const adfun_i64 whole = n / ADFUN_W * ADFUN_W;
  if (adfun_any(x == 0.0)) {
    for (adfun_i64 l = 0; l < ADFUN_W; ++l)
      for (adfun_i64 j = 0; j < n && x[l] != 0.0; ++j) g[j] += x[l] * rows[l * stride + j];
    return;
  }
  adfun_v factor[ADFUN_W];
  ADFUN_UNROLLED for (int l = 0; l < ADFUN_W; ++l) factor[l] = adfun_splat(x[l]);
  for (adfun_i64 j = 0; j < whole; j += ADFUN_W) {
    adfun_v even = adfun_load(g + j), odd = {};
    ADFUN_UNROLLED for (int l = 0; l < ADFUN_W; l += 2) {
      even += factor[l] * adfun_load(rows + l * stride + j);
      odd += factor[l + 1] * adfun_load(rows + (l + 1) * stride + j);
    }
    adfun_store(g + j, even + odd);
  }
  for (adfun_i64 j = whole; j < n; ++j)
    for (adfun_i64 l = 0; l < ADFUN_W; ++l) g[j] += x[l] * rows[l * stride + j];
}

/* -- overlapping sums ----------------------------------------------------------------------------- */

/* The last S lanes or more of what was there before, and what is S lanes before a vector. */
template <int S> struct adfun_late {
  static constexpr int vectors = (S + ADFUN_W - 1) / ADFUN_W, start = vectors * ADFUN_W - S;
  adfun_v before[vectors];
};
template <int S> ADFUN_INLINE adfun_v adfun_behind(adfun_late<S> &late, adfun_v x) {
  constexpr int n = adfun_late<S>::vectors, r = adfun_late<S>::start;
  const adfun_v first = late.before[0], second = n > 1 ? late.before[n > 1] : x;
  for (int k = 0; k + 1 < n; ++k) late.before[k] = late.before[k + 1];
  late.before[n - 1] = x;
#if ADFUN_W == 8
  return ADFUN_SHUFFLE(first, second, r, r + 1, r + 2, r + 3, r + 4, r + 5, r + 6, r + 7);
#elif ADFUN_W == 4
  return ADFUN_SHUFFLE(first, second, r, r + 1, r + 2, r + 3);
#else
  return ADFUN_SHUFFLE(first, second, r, r + 1);
#endif
}
/* After the last pass: what is late is added to where the next one would begin. */
template <int S> ADFUN_INLINE void adfun_add_late(double *p, const adfun_late<S> &late) {
  for (int l = 0; l < S; ++l) {
    const int k = adfun_late<S>::start + l;
    p[l] += late.before[k / ADFUN_W][k % ADFUN_W];
  }
}

/* -- sums of lanes -------------------------------------------------------------------------------- */

/* b[k] += the sum of the lanes of s[k], for n of them */
static inline void adfun_lanes_add(double *ADFUN_RESTRICT b, const adfun_v *ADFUN_RESTRICT s, adfun_i64 n) {
  adfun_i64 k = 0;
  for (; k + ADFUN_W <= n; k += ADFUN_W) adfun_store(b + k, adfun_load(b + k) + adfun_lane_sums(s + k));
  if (k < n) {
    adfun_v rest[ADFUN_W] = {};
    for (adfun_i64 l = 0; k + l < n; ++l) rest[l] = s[k + l];
    const adfun_v sums = adfun_lane_sums(rest);
    for (adfun_i64 l = 0; k + l < n; ++l) b[k + l] += sums[l]; /* (a masked store is slow to be loaded again) */
  }
}
static inline void adfun_lanes_iadd(adfun_i64 *ADFUN_RESTRICT b, const adfun_l *ADFUN_RESTRICT s, adfun_i64 n) {
  for (adfun_i64 k = 0; k < n; ++k) b[k] += adfun_lanes_iadd(s[k]);
}
