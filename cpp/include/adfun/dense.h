/* Products, triangular systems and Cholesky factors of row-major arrays; what kernels.h is built on.
 *
 * A function gets the workspace, then its inputs, then its outputs in the order of its row; an array is
 * followed by its sizes.  A vector where a matrix may stand makes an overload.  The result is 0, or
 * ADFUN_NO_MEMORY.  Triangles and factors of large matrices are those of their halves, and products.
 */
#pragma once
#include "adfun/product.h"

#define ADFUN_KERNEL static __attribute__((noinline, unused)) adfun_i32

typedef const adfun_i64 adfun_size;
typedef const double *const ADFUN_RESTRICT adfun_matrix;
typedef double *const ADFUN_RESTRICT adfun_result;

/* -- vectors ------------------------------------------------------------------------------------------ */

ADFUN_INLINE double adfun_dot(const double *x, const double *y, adfun_i64 n) {
  adfun_v s = {}, t = {};
  adfun_i64 i = 0;
  for (; i + 2 * ADFUN_W <= n; i += 2 * ADFUN_W) {
    s += adfun_load(x + i) * adfun_load(y + i);
    t += adfun_load(x + i + ADFUN_W) * adfun_load(y + i + ADFUN_W);
  }
  if (i + ADFUN_W <= n) {
    t += adfun_load(x + i) * adfun_load(y + i);
    i += ADFUN_W;
  }
  if (i < n) {
    const adfun_m rest = adfun_iota(i, 1) < n;
    s += adfun_load(rest, x + i) * adfun_load(rest, y + i);
  }
  return adfun_lanes_add(s + t);
}

/* y += factor * x */
ADFUN_INLINE void adfun_axpy(double factor, const double *x, double *y, adfun_i64 n) {
  adfun_i64 i = 0;
  for (; i + ADFUN_W <= n; i += ADFUN_W) adfun_store(y + i, adfun_load(y + i) + factor * adfun_load(x + i));
  for (; i < n; ++i) y[i] += factor * x[i]; /* no mask: a masked store is slow to be loaded again */
}

ADFUN_INLINE void adfun_scale(double factor, double *x, adfun_i64 n) {
  for (adfun_i64 i = 0; i < n; ++i) x[i] *= factor;
}

ADFUN_INLINE void adfun_copy(const double *x, double *y, adfun_i64 n) {
  if (n > 0) __builtin_memcpy(y, x, (unsigned long)n * sizeof(double));
}

static inline void adfun_fill_nan(double *x, adfun_i64 n) {
  for (adfun_i64 i = 0; i < n; ++i) x[i] = __builtin_nan("");
}

/* -- gemm: C = op(A) op(B) ----------------------------------------------------------------------------- */

/* Four rows of C, in registers for ADFUN_W columns (or some) at a time; A has strides (ra, ca). */
ADFUN_INLINE void adfun_gemm_rows(adfun_i64 n, adfun_i64 k, const double *A, adfun_i64 ra, adfun_i64 ca,
                                  const double *B, double *C) {
  for (adfun_i64 j = 0; j < n; j += ADFUN_W) {
    const bool whole = j + ADFUN_W <= n;
    const adfun_m some = adfun_iota(j, 1) < n;
    adfun_v c0 = {}, c1 = {}, c2 = {}, c3 = {};
    const double *a = A, *b = B + j;
    for (adfun_i64 l = 0; l < k; ++l, a += ca, b += n) {
      const adfun_v row = whole ? adfun_load(b) : adfun_load(some, b);
      c0 += a[0] * row;
      c1 += a[ra] * row;
      c2 += a[2 * ra] * row;
      c3 += a[3 * ra] * row;
    }
    adfun_store(some, C + j, c0);
    adfun_store(some, C + n + j, c1);
    adfun_store(some, C + 2 * n + j, c2);
    adfun_store(some, C + 3 * n + j, c3);
  }
}

/* One row of C, for twice as many columns at a time. */
ADFUN_INLINE void adfun_gemm_row(adfun_i64 n, adfun_i64 k, const double *A, adfun_i64 ca, const double *B, double *C) {
  adfun_i64 j = 0;
  for (; j + 2 * ADFUN_W <= n; j += 2 * ADFUN_W) {
    adfun_v c0 = {}, c1 = {};
    for (adfun_i64 l = 0; l < k; ++l) {
      c0 += A[l * ca] * adfun_load(B + l * n + j);
      c1 += A[l * ca] * adfun_load(B + l * n + j + ADFUN_W);
    }
    adfun_store(C + j, c0);
    adfun_store(C + j + ADFUN_W, c1);
  }
  for (; j < n; j += ADFUN_W) {
    const adfun_m some = adfun_iota(j, 1) < n;
    adfun_v c = {};
    for (adfun_i64 l = 0; l < k; ++l) c += A[l * ca] * adfun_load(some, B + l * n + j);
    adfun_store(some, C + j, c);
  }
}

static inline void adfun_gemm_loops(adfun_i64 m, adfun_i64 n, adfun_i64 k, const double *A, adfun_i64 ra, adfun_i64 ca,
                                    const double *B, double *C) {
  adfun_i64 i = 0;
  for (; i + 4 <= m; i += 4) adfun_gemm_rows(n, k, A + i * ra, ra, ca, B, C + i * n);
  for (; i < m; ++i) adfun_gemm_row(n, k, A + i * ra, ca, B, C + i * n);
}

#define ADFUN_SMALL 2000L /* multiplications that are done before columns are copied */

ADFUN_KERNEL adfun_gemm(adfun_workspace *, adfun_matrix A, adfun_size a0, adfun_size a1, adfun_matrix B, adfun_size,
                        adfun_size b1, bool trans_a, bool trans_b, adfun_result C, adfun_size m, adfun_size n) {
  const adfun_i64 k = trans_a ? a0 : a1;
  const adfun_part a = adfun_part_of(A, a1, trans_a);
  if (adfun_times(adfun_times(m, n), k) > ADFUN_SMALL) {
    adfun_product(m, n, k, 1.0, a, adfun_part_of(B, b1, trans_b), false, C, n);
  } else if (!trans_b) {
    adfun_gemm_loops(m, n, k, A, a.down, a.right, B, C);
  } else if (m > 0) {
    double turned[ADFUN_SMALL];
    adfun_transposed(B, b1, turned, n, n, k);
    adfun_gemm_loops(m, n, k, A, a.down, a.right, turned, C);
  }
  return 0;
}

/* b and c are vectors. */
ADFUN_KERNEL adfun_gemm(adfun_workspace *, adfun_matrix A, adfun_size a0, adfun_size a1, adfun_matrix b, adfun_size,
                        bool trans_a, bool, adfun_result c, adfun_size m) {
  if (!trans_a) {
    for (adfun_i64 i = 0; i < m; ++i) c[i] = adfun_dot(A + i * a1, b, a1);
    return 0;
  }
  adfun_clear(c, m, sizeof(double));
  for (adfun_i64 i = 0; i < a0; ++i) adfun_axpy(b[i], A + i * a1, c, a1);
  return 0;
}

/* -- triangular systems: op(T) X = B ---------------------------------------------------------------------- */

/* x -= sum over j in from .. to of t[j * step] * X[j], for `k` columns, a multiple of ADFUN_W, of rows of `ld`. */
ADFUN_INLINE void adfun_subtract_rows(const double *t, adfun_i64 step, adfun_i64 from, adfun_i64 to, const double *X,
                                      adfun_i64 k, adfun_i64 ld, double factor, double *x) {
  adfun_i64 c = 0;
  for (; c + 2 * ADFUN_W <= k; c += 2 * ADFUN_W) { /* two vectors of columns wait for fewer sums than one */
    adfun_v s = adfun_load(x + c), u = {}, r = adfun_load(x + c + ADFUN_W), v = {};
    adfun_i64 j = from;
    for (; j + 2 <= to; j += 2) {
      const double *const row = X + j * ld + c, *const next = row + ld;
      s -= t[j * step] * adfun_load(row);
      r -= t[j * step] * adfun_load(row + ADFUN_W);
      u += t[(j + 1) * step] * adfun_load(next);
      v += t[(j + 1) * step] * adfun_load(next + ADFUN_W);
    }
    if (j < to) {
      s -= t[j * step] * adfun_load(X + j * ld + c);
      r -= t[j * step] * adfun_load(X + j * ld + c + ADFUN_W);
    }
    adfun_store(x + c, (s - u) * factor);
    adfun_store(x + c + ADFUN_W, (r - v) * factor);
  }
  for (; c < k; c += ADFUN_W) {
    adfun_v s = adfun_load(x + c), u = {};
    adfun_i64 j = from;
    for (; j + 2 <= to; j += 2) {
      s -= t[j * step] * adfun_load(X + j * ld + c);
      u += t[(j + 1) * step] * adfun_load(X + (j + 1) * ld + c);
    }
    if (j < to) s -= t[j * step] * adfun_load(X + j * ld + c);
    adfun_store(x + c, (s - u) * factor);
  }
}

#define ADFUN_BLOCK 8 /* unknowns found one by one: a vector of them would wait for all to be stored */

/* One column, in place.  `upwards`: the last unknown comes first. */
static inline void adfun_triangle_column(adfun_i64 n, const double *T, bool upwards, bool unit, double *x) {
  for (adfun_i64 done = 0, count; done < n; done += count) {
    count = adfun_least(n - done, ADFUN_BLOCK);
    const adfun_i64 first = upwards ? n - done - count : done, last = first + count;
    const adfun_i64 from = upwards ? last : 0, to = upwards ? n : first; /* the unknowns that are known */
    for (adfun_i64 i = first; i < last && done > 0; ++i) x[i] -= adfun_dot(T + i * n + from, x + from, to - from);
    for (adfun_i64 r = 0; r < count; ++r) {
      const adfun_i64 i = upwards ? last - 1 - r : first + r, step = upwards ? -1 : 1;
      const double *const row = T + i * n, factor = unit ? 1.0 : 1.0 / row[i];
      double s = x[i];
      for (adfun_i64 j = upwards ? last - 1 : first; j != i; j += step) s -= row[j] * x[j];
      x[i] = s * factor;
    }
  }
}

/* The same for the transposed matrix. */
static inline void adfun_triangle_column_trans(adfun_i64 n, const double *T, bool upwards, bool unit, double *x) {
  for (adfun_i64 count = 0; count < n; ++count) {
    const adfun_i64 i = upwards ? n - 1 - count : count;
    const adfun_i64 first = upwards ? 0 : i + 1, last = upwards ? i : n; /* the rows that x_i enters */
    if (!unit) x[i] *= 1.0 / T[i * n + i];
    adfun_axpy(-x[i], T + i * n + first, x + first, last - first);
  }
}

/* The same as `adfun_triangle_column` for `k` columns, a multiple of ADFUN_W; rows of T are `ldt` apart. */
static void adfun_triangle_columns(adfun_i64 n, adfun_i64 k, adfun_i64 ld, const double *T, adfun_i64 ldt, bool upwards,
                                   bool trans, bool unit, double *X) {
  if (n > 16) {
    const adfun_i64 h = adfun_half(n), r = n - h, first = upwards ? h : 0, second = h - first;
    const adfun_i64 count = upwards ? r : h;
    const adfun_part between = adfun_part_of(T, ldt, trans).from(second, first);
    adfun_triangle_columns(count, k, ld, T + first * ldt + first, ldt, upwards, trans, unit, X + first * ld);
    adfun_product(n - count, k, count, -1.0, between, {X + first * ld, ld, 1}, true, X + second * ld, ld);
    adfun_triangle_columns(n - count, k, ld, T + second * ldt + second, ldt, upwards, trans, unit, X + second * ld);
    return;
  }
  for (adfun_i64 done = 0; done < n; ++done) {
    const adfun_i64 i = upwards ? n - 1 - done : done, from = upwards ? i + 1 : 0, to = upwards ? n : i;
    const double *const t = trans ? T + i : T + i * ldt;
    const double factor = unit ? 1.0 : 1.0 / T[i * ldt + i];
    adfun_subtract_rows(t, trans ? ldt : 1, from, to, X, k, ld, factor, X + i * ld);
  }
}

/* op(T) X = B in place, X has k columns, rows `ldt` and `ld` apart; what is left of whole vectors is solved in a
   copy that has them. */
static inline adfun_i32 adfun_triangle(adfun_workspace *ws, adfun_i64 n, adfun_i64 k, const double *T, adfun_i64 ldt,
                                       bool lower, bool trans, bool unit, double *X, adfun_i64 ld) {
  const bool upwards = lower == trans;
  const adfun_i64 whole = k / ADFUN_W * ADFUN_W;
  if (whole > 0) adfun_triangle_columns(n, whole, ld, T, ldt, upwards, trans, unit, X);
  if (whole == k) return 0;
  const adfun_m rest = adfun_iota(whole, 1) < k;
  const adfun_mark mark = adfun_top(ws);
  double *const wide = (double *)adfun_take(ws, adfun_times(n, ADFUN_W), sizeof(double));
  if (!wide) return ADFUN_NO_MEMORY;
  for (adfun_i64 i = 0; i < n; ++i) adfun_store(wide + i * ADFUN_W, adfun_load(rest, X + i * ld + whole));
  adfun_triangle_columns(n, ADFUN_W, ADFUN_W, T, ldt, upwards, trans, unit, wide);
  for (adfun_i64 i = 0; i < n; ++i) adfun_store(rest, X + i * ld + whole, adfun_load(wide + i * ADFUN_W));
  adfun_release(ws, mark);
  return 0;
}

/* The same of whole matrices. */
ADFUN_INLINE adfun_i32 adfun_triangle(adfun_workspace *ws, adfun_i64 n, adfun_i64 k, const double *T, bool lower,
                                      bool trans, bool unit, double *X) {
  if (k != 1) return adfun_triangle(ws, n, k, T, n, lower, trans, unit, X, k);
  (trans ? adfun_triangle_column_trans : adfun_triangle_column)(n, T, lower == trans, unit, X);
  return 0;
}

ADFUN_KERNEL adfun_trsolve(adfun_workspace *ws, adfun_matrix T, adfun_size n, adfun_size, adfun_matrix B, adfun_size,
                           adfun_size k, bool lower, bool trans, bool unit, adfun_result X, adfun_size, adfun_size) {
  for (adfun_i64 i = 0; i < n && !unit; ++i)
    if (T[i * n + i] == 0.0) {
      adfun_fill_nan(X, n * k);
      return 0;
    }
  adfun_copy(B, X, n * k);
  return adfun_triangle(ws, n, k, T, lower, trans, unit, X);
}

ADFUN_KERNEL adfun_trsolve(adfun_workspace *ws, adfun_matrix T, adfun_size n, adfun_size n1, adfun_matrix b,
                           adfun_size b0, bool lower, bool trans, bool unit, adfun_result x, adfun_size x0) {
  return adfun_trsolve(ws, T, n, n1, b, b0, 1, lower, trans, unit, x, x0, 1);
}

/* -- Cholesky: A = L L' ------------------------------------------------------------------------------------ */

#define ADFUN_TINY 11 /* rows up to which numbers are summed up one by one */
#define ADFUN_BASE 24 /* rows up to which loops do the work */
#define ADFUN_BASE_BACK 40

/* The distance of rows of n elements: whole vectors, and not so that those below each other compete for the same
   places in caches. */
ADFUN_INLINE adfun_i64 adfun_apart(adfun_i64 n) {
  const adfun_i64 wide = adfun_whole_vectors(n);
  return wide % 64 ? wide : wide + ADFUN_W;
}

/* L in place of its lower triangle, column after column; zeros above. */
static inline adfun_i64 adfun_cholesky_tiny(adfun_i64 n, const double *A, double *L) {
  for (adfun_i64 j = 0; j < n; ++j) {
    double *const pivot = L + j * n;
    double s = A[j * n + j];
    for (adfun_i64 k = 0; k < j; ++k) s -= pivot[k] * pivot[k];
    if (!(s > 0.0 && s < __builtin_inf())) {
      adfun_fill_nan(L, n * n);
      return j + 1;
    }
    pivot[j] = __builtin_sqrt(s);
    const double inverse = 1.0 / pivot[j];
    for (adfun_i64 i = j + 1; i < n; ++i) {
      double *const row = L + i * n;
      double t = A[i * n + j];
      for (adfun_i64 k = 0; k < j; ++k) t -= row[k] * pivot[k];
      row[j] = t * inverse;
    }
    for (adfun_i64 k = j + 1; k < n; ++k) pivot[k] = 0.0;
  }
  return 0;
}

/* U = L' in the upper triangle of a symmetric matrix; what is below it is not read. */
static inline adfun_i64 adfun_cholesky_loops(adfun_i64 n, adfun_i64 ld, double *U) {
  for (adfun_i64 j = 0; j < n; ++j) {
    double *const row = U + j * ld;
    if (!(row[j] > 0.0 && row[j] < __builtin_inf())) return j + 1;
    row[j] = __builtin_sqrt(row[j]);
    adfun_scale(1.0 / row[j], row + j + 1, n - j - 1);
    for (adfun_i64 i = j + 1; i < n; ++i) adfun_axpy(-row[i], row + i, U + i * ld + i, n - i);
  }
  return 0;
}

/* The same by halves; rows are whole vectors. */
static adfun_i64 adfun_cholesky_halves(adfun_i64 n, adfun_i64 ld, double *U) {
  if (n <= ADFUN_BASE) return adfun_cholesky_loops(n, ld, U);
  const adfun_i64 h = adfun_half(n), r = n - h, wide = adfun_whole_vectors(r);
  double *const right = U + h, *const rest = right + h * ld;
  adfun_i64 failed = adfun_cholesky_halves(h, ld, U);
  if (failed) return failed;
  adfun_triangle_columns(h, wide, ld, U, ld, false, true, false, right);
  adfun_triangle_product(true, r, h, -1.0, {right, 1, ld}, {right, ld, 1}, rest, ld);
  failed = adfun_cholesky_halves(r, ld, rest);
  return failed ? h + failed : 0;
}

ADFUN_KERNEL adfun_cholesky(adfun_workspace *ws, adfun_matrix A, adfun_size n, adfun_size, adfun_result L, adfun_size,
                            adfun_size, adfun_i64 *info) {
  if (n <= ADFUN_TINY) {
    *info = adfun_cholesky_tiny(n, A, L);
  } else if (n <= ADFUN_BASE) {
    for (adfun_i64 i = 0; i < n; ++i)
      for (adfun_i64 j = 0; j <= i; ++j) L[j * n + i] = A[i * n + j];
    *info = adfun_cholesky_loops(n, n, L);
    for (adfun_i64 i = 0; i < n; ++i)
      for (adfun_i64 j = 0; j < i; ++j) {
        L[i * n + j] = L[j * n + i];
        L[j * n + i] = 0.0;
      }
  } else {
    const adfun_i64 ld = adfun_apart(n);
    const adfun_mark mark = adfun_top(ws);
    double *const U = (double *)adfun_take(ws, adfun_times(n, ld), sizeof(double));
    if (!U) return ADFUN_NO_MEMORY;
    adfun_transposed(A, n, U, ld, n, n);
    for (adfun_i64 i = 0; i < n; ++i) adfun_clear(U + i * ld + n, ld - n, sizeof(double));
    *info = adfun_cholesky_halves(n, ld, U);
    adfun_transposed(U, ld, L, n, n, n);
    for (adfun_i64 i = 0; i < n; ++i) adfun_clear(L + i * n + i + 1, n - i - 1, sizeof(double));
    adfun_release(ws, mark);
  }
  if (*info) adfun_fill_nan(L, n * n);
  return 0;
}

/* G, the derivative by the factor L of a matrix, becomes that by the lower triangle of the matrix: in place, on
   lower triangles with rows of `ld` elements, whole vectors (Murray 2016, "Differentiation of the Cholesky
   decomposition"). */
static inline void adfun_cholesky_back_loops(adfun_i64 n, adfun_i64 ld, const double *ADFUN_RESTRICT L,
                                             double *ADFUN_RESTRICT G) {
  for (adfun_i64 k = n - 1; k >= 0; --k) {
    const double *const row = L + k * ld;
    double *const to_row = G + k * ld;
    const double inverse = 1.0 / row[k];
    double pivot = to_row[k], other = 0.0;
    for (adfun_i64 i = k + 1; i < n; ++i) {
      const double c = G[i * ld + k] *= inverse;
      other += c * L[i * ld + k];
    }
    pivot = (pivot - other) * 0.5 * inverse;
    for (adfun_i64 j = 0; j < k; j += ADFUN_W) {
      const adfun_m left = adfun_iota(j, 1) < k; /* of the diagonal */
      const adfun_v some = adfun_load(row + j);
      adfun_v sum = adfun_load(to_row + j) - 2.0 * pivot * some;
      for (adfun_i64 i = k + 1; i < n; ++i) {
        const adfun_v old = adfun_load(G + i * ld + j);
        sum -= G[i * ld + k] * adfun_load(L + i * ld + j);
        adfun_store(G + i * ld + j, adfun_select(left, old - G[i * ld + k] * some, old));
      }
      adfun_store(to_row + j, adfun_select(left, sum, adfun_load(to_row + j)));
    }
    to_row[k] = pivot;
  }
}

/* All of a symmetric matrix, with twice its diagonal, of its lower triangle. */
static inline void adfun_mirrored(adfun_i64 n, const double *x, adfun_i64 ldx, double *y, adfun_i64 ldy) {
  for (adfun_i64 i = 0; i < n; ++i) {
    for (adfun_i64 j = 0; j < i; ++j) y[i * ldy + j] = y[j * ldy + i] = x[i * ldx + j];
    y[i * ldy + i] = 2.0 * x[i * ldx + i];
  }
}

/* X L = G in place of G, of r rows and h columns; the transpose of X stays in `work`, h rows of whole vectors. */
static inline void adfun_solve_right(adfun_i64 h, adfun_i64 r, const double *L, double *G, adfun_i64 ld, double *work) {
  const adfun_i64 wide = adfun_whole_vectors(r);
  adfun_transposed(G, ld, work, wide, r, h);
  for (adfun_i64 i = 0; i < h; ++i) adfun_clear(work + i * wide + r, wide - r, sizeof(double));
  adfun_triangle_columns(h, wide, wide, L, ld, true, true, false, work);
  adfun_transposed(work, wide, G, ld, h, r);
}

/* The same by halves. */
static adfun_i32 adfun_cholesky_back_halves(adfun_workspace *ws, adfun_i64 n, adfun_i64 ld, const double *L,
                                            double *G) {
  if (n <= ADFUN_BASE_BACK) {
    adfun_cholesky_back_loops(n, ld, L, G);
    return 0;
  }
  const adfun_i64 h = adfun_half(n), r = n - h, wide = adfun_whole_vectors(r);
  const double *const below = L + h * ld;
  double *const to_below = G + h * ld, *const to_rest = to_below + h;
  if (adfun_cholesky_back_halves(ws, r, ld, below + h, to_rest) != 0) return ADFUN_NO_MEMORY;
  const adfun_mark mark = adfun_top(ws);
  double *const work = (double *)adfun_take(ws, adfun_times(h, wide), sizeof(double));
  if (!work) return ADFUN_NO_MEMORY;
  adfun_mirrored(r, to_rest, ld, work, wide); /* (h >= r) */
  adfun_product(r, h, r, -1.0, {work, wide, 1}, {below, ld, 1}, true, to_below, ld);
  adfun_solve_right(h, r, L, to_below, ld, work);
  adfun_triangle_product(false, h, r, -1.0, {work, wide, 1}, {below, ld, 1}, G, ld);
  adfun_release(ws, mark);
  return adfun_cholesky_back_halves(ws, h, ld, L, G);
}

ADFUN_KERNEL adfun_cholesky_adjoint(adfun_workspace *ws, adfun_matrix L, adfun_size n, adfun_size, adfun_matrix G,
                                    adfun_size, adfun_size, adfun_result A, adfun_size, adfun_size) {
  const adfun_i64 wide = adfun_apart(n);
  const adfun_mark mark = adfun_top(ws);
  double *const factor = (double *)adfun_take(ws, adfun_times(n, wide), sizeof(double));
  double *const to_factor = (double *)adfun_take(ws, adfun_times(n, wide), sizeof(double));
  if (!factor || !to_factor) return ADFUN_NO_MEMORY;
  for (adfun_i64 i = 0; i < n; ++i)
    for (adfun_i64 j = 0; j < wide; j += ADFUN_W) {
      const adfun_m some = adfun_iota(j, 1) <= i;
      adfun_store(factor + i * wide + j, adfun_load(some, L + i * n + j));
      adfun_store(to_factor + i * wide + j, adfun_load(some, G + i * n + j));
    }
  if (adfun_cholesky_back_halves(ws, n, wide, factor, to_factor) != 0) return ADFUN_NO_MEMORY;
  for (adfun_i64 i = 0; i < n; ++i)
    for (adfun_i64 j = 0; j < n; j += ADFUN_W) {
      const adfun_v value = adfun_load(adfun_iota(j, 1) <= i, to_factor + i * wide + j);
      adfun_store(adfun_iota(j, 1) < n, A + i * n + j, value);
    }
  adfun_release(ws, mark);
  return 0;
}
