/* Products of parts of row-major matrices, C = A B and C += A B: what dense.h is built on.
 *
 * Some rows of A times two vectors of columns of B stay in registers.  The columns are copied, so that they
 * lie in the order in which they are read; as many rows of B as the first level of the cache holds, and as
 * many of A as the second level does, are worked on at a time.
 */
#pragma once
#include "adfun/lanes_tiles.h"

#if ADFUN_W == 8
#define ADFUN_ROWS 8
#elif ADFUN_W == 4
#define ADFUN_ROWS 6
#else
#define ADFUN_ROWS 4
#endif
#define ADFUN_DEPTH 256L
#define ADFUN_HEIGHT 240L /* a multiple of all ADFUN_ROWS */

/* Element (i, j) is at[i * down + j * right]. */
struct adfun_part {
  const double *at;
  adfun_i64 down, right;

  adfun_part from(adfun_i64 i, adfun_i64 j) const { return {at + i * down + j * right, down, right}; }
};

ADFUN_INLINE adfun_part adfun_part_of(const double *at, adfun_i64 ld, bool trans) {
  return {at, trans ? 1 : ld, trans ? ld : 1};
}

/* Two columns of B, or one, `apart`, of vectors that are `down` apart. */
struct adfun_panel {
  const double *at;
  adfun_i64 down, apart;
};

/* V vectors of columns of C, of which the mask of the last is `some`.  Rows that are not there take the place of
   the last one that is. */
template <int V>
static __attribute__((noinline)) void adfun_panel_product(adfun_i64 m, adfun_i64 k, double factor, adfun_part A,
                                                          adfun_panel B, adfun_i64 columns, bool more, double *C,
                                                          adfun_i64 ldc) {
  const adfun_m some = adfun_iota((V - 1) * ADFUN_W, 1) < columns;
  for (adfun_i64 i = 0; i < m; i += ADFUN_ROWS) {
    const double *a[ADFUN_ROWS], *b = B.at;
    adfun_v c[ADFUN_ROWS][V];
    ADFUN_UNROLLED for (int r = 0; r < ADFUN_ROWS; ++r) {
      a[r] = A.at + adfun_least(i + r, m - 1) * A.down;
      ADFUN_UNROLLED for (int v = 0; v < V; ++v) c[r][v] = adfun_v{};
    }
    for (adfun_i64 l = 0; l < k; ++l, b += B.down) {
      const adfun_v first = adfun_load(b), last = V == 1 ? first : adfun_load(b + B.apart);
      ADFUN_UNROLLED for (int r = 0; r < ADFUN_ROWS; ++r) {
        const double x = a[r][l * A.right];
        c[r][0] += x * first;
        if (V == 2) c[r][1] += x * last;
      }
    }
    ADFUN_UNROLLED for (int r = 0; r < ADFUN_ROWS; ++r) {
      if (i + r >= m) break;
      double *const row = C + (i + r) * ldc, *const end = row + (V - 1) * ADFUN_W;
      if (V == 2) adfun_store(row, more ? adfun_load(row) + factor * c[r][0] : factor * c[r][0]);
      adfun_store(some, end, more ? adfun_load(some, end) + factor * c[r][V - 1] : factor * c[r][V - 1]);
    }
  }
}

/* k rows of a vector of columns of B. */
static inline void adfun_packed(adfun_i64 k, adfun_part B, adfun_i64 columns, adfun_v *to) {
  const adfun_m some = adfun_iota(0, 1) < columns;
  if (B.right == 1)
    for (adfun_i64 l = 0; l < k; ++l) to[l] = adfun_load(some, B.at + l * B.down);
  else if (columns < ADFUN_W) adfun_transpose(some, to, 1, B.at, B.right, k);
  else adfun_transpose(to, 1, B.at, B.right, k);
}

/* C = factor A B, or with `more` C += factor A B, for m rows and n columns; of B or its transpose the rows
   are contiguous. */
static __attribute__((noinline)) void adfun_product(adfun_i64 m, adfun_i64 n, adfun_i64 k, double factor, adfun_part A,
                                                    adfun_part B, bool more, double *C, adfun_i64 ldc) {
  adfun_v packed[2 * ADFUN_DEPTH];
  const bool near = B.right == 1 && n <= 8 * ADFUN_W;
  for (adfun_i64 i = 0; i < m; i += ADFUN_HEIGHT) {
    const adfun_i64 height = adfun_least(m - i, ADFUN_HEIGHT);
    adfun_i64 l = 0;
    do {
      const adfun_i64 depth = adfun_least(k - l, ADFUN_DEPTH);
      for (adfun_i64 j = 0; j < n; j += 2 * ADFUN_W) {
        const adfun_part from = B.from(l, j);
        const adfun_i64 columns = n - j;
        const bool two = columns > ADFUN_W;
        adfun_panel panel = {from.at, from.down, ADFUN_W};
        if (!near || columns < (two ? 2 * ADFUN_W : ADFUN_W)) {
          adfun_packed(depth, from, columns, packed);
          if (two) adfun_packed(depth, from.from(0, ADFUN_W), columns - ADFUN_W, packed + ADFUN_DEPTH);
          panel = {(const double *)packed, ADFUN_W, ADFUN_DEPTH * ADFUN_W};
        }
        const auto product = two ? adfun_panel_product<2> : adfun_panel_product<1>;
        product(height, depth, factor, A.from(i, l), panel, columns, more || l > 0, C + i * ldc + j, ldc);
      }
      l += ADFUN_DEPTH;
    } while (l < k);
  }
}

/* n and its half in whole vectors. */
ADFUN_INLINE adfun_i64 adfun_whole_vectors(adfun_i64 n) { return (n + ADFUN_W - 1) / ADFUN_W * ADFUN_W; }
ADFUN_INLINE adfun_i64 adfun_half(adfun_i64 n) { return adfun_whole_vectors(n / 2); }

/* The triangle of C += factor A B of n rows and columns; of the other one parts are changed, too. */
static void adfun_triangle_product(bool upper, adfun_i64 n, adfun_i64 k, double factor, adfun_part A, adfun_part B,
                                   double *C, adfun_i64 ldc) {
  if (n <= 64) return adfun_product(n, n, k, factor, A, B, true, C, ldc);
  const adfun_i64 h = adfun_half(n), r = n - h;
  adfun_triangle_product(upper, h, k, factor, A, B, C, ldc);
  if (upper) adfun_product(h, r, k, factor, A, B.from(0, h), true, C + h, ldc);
  else adfun_product(r, h, k, factor, A.from(h, 0), B, true, C + h * ldc, ldc);
  adfun_triangle_product(upper, r, k, factor, A.from(h, 0), B.from(0, h), C + h * ldc + h, ldc);
}

/* y = transpose of x, which has m rows and n columns; their rows are `ldx` and `ldy` apart. */
static inline void adfun_transposed(const double *ADFUN_RESTRICT x, adfun_i64 ldx, double *ADFUN_RESTRICT y,
                                    adfun_i64 ldy, adfun_i64 m, adfun_i64 n) {
  adfun_i64 i = 0;
  for (; i + ADFUN_W <= m; i += ADFUN_W) {
    adfun_i64 j = 0;
    for (; j + 2 <= n; j += 2) {
      adfun_v first, second;
      adfun_columns(x + i * ldx + j, ldx, &first, &second);
      adfun_store(y + j * ldy + i, first);
      adfun_store(y + (j + 1) * ldy + i, second);
    }
    if (j < n) adfun_store(y + j * ldy + i, adfun_strided(x + i * ldx + j, ldx));
  }
  for (; i < m; ++i)
    for (adfun_i64 j = 0; j < n; ++j) y[j * ldy + i] = x[i * ldx + j];
}
