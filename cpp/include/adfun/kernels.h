/* Dense linear algebra on row-major arrays: the kernels of primitives/kernels.py.
 *
 * A function gets the workspace, then its inputs, then its outputs in the order of its row; an array is
 * followed by its sizes.  A vector where a matrix may stand makes an overload.  The result is 0, or
 * ADFUN_NO_MEMORY.  Small problems run in loops of our own; from ADFUN_LARGE multiplications on
 * BLAS and LAPACK do the work, when the caller has them.
 */
#pragma once
#include "adfun/lanes.h"

#define ADFUN_KERNEL static __attribute__((noinline, unused)) adfun_i32
#define ADFUN_LARGE (40L * 40 * 40)

typedef const adfun_i64 adfun_size;
typedef const double *const ADFUN_RESTRICT adfun_matrix;
typedef double *const ADFUN_RESTRICT adfun_result;

/* -- BLAS and LAPACK: column-major, so that a row-major matrix is seen transposed ------------------- */

enum { ADFUN_DGEMM, ADFUN_DSYRK, ADFUN_DTRSM, ADFUN_DPOTRF, ADFUN_DGETRF, ADFUN_DGETRS, ADFUN_DSYEVD };

typedef void adfun_dgemm_t(const char *, const char *, const int *, const int *, const int *, const double *,
                           const double *, const int *, const double *, const int *, const double *, double *,
                           const int *);
typedef void adfun_dtrsm_t(const char *, const char *, const char *, const char *, const int *, const int *,
                           const double *, const double *, const int *, double *, const int *);
typedef void adfun_dpotrf_t(const char *, const int *, double *, const int *, int *);
typedef void adfun_dgetrf_t(const int *, const int *, double *, const int *, int *, int *);
typedef void adfun_dsyevd_t(const char *, const char *, const int *, double *, const int *, double *, double *,
                            const int *, int *, const int *, int *);

/* The routine, when the problem is large enough for it and small enough for its integers. */
ADFUN_INLINE void *adfun_routine(const adfun_workspace *ws, int which, adfun_i64 m, adfun_i64 n, adfun_i64 k) {
  const adfun_i64 most = 0x3fffffff;
  if (!ws->lapack || adfun_times(adfun_times(m, n), k) < ADFUN_LARGE || m > most || n > most || k > most)
    return nullptr;
  return ws->lapack[which];
}

/* -- vectors ------------------------------------------------------------------------------------------ */

ADFUN_INLINE double adfun_dot(const double *x, const double *y, adfun_i64 n) {
  adfun_v s = {}, t = {};
  adfun_i64 i = 0;
  for (; i + 2 * ADFUN_W <= n; i += 2 * ADFUN_W) {
    s += adfun_load(x + i) * adfun_load(y + i);
    t += adfun_load(x + i + ADFUN_W) * adfun_load(y + i + ADFUN_W);
  }
  for (; i + ADFUN_W <= n; i += ADFUN_W) s += adfun_load(x + i) * adfun_load(y + i);
  double sum = adfun_lanes_add(s + t);
  for (; i < n; ++i) sum += x[i] * y[i];
  return sum;
}

/* y += factor * x */
ADFUN_INLINE void adfun_axpy(double factor, const double *x, double *y, adfun_i64 n) {
  adfun_i64 i = 0;
  for (; i + ADFUN_W <= n; i += ADFUN_W) adfun_store(y + i, adfun_load(y + i) + factor * adfun_load(x + i));
  for (; i < n; ++i) y[i] += factor * x[i];
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

/* y = transpose of x, which has m rows and n columns */
static inline void adfun_transposed(const double *x, double *y, adfun_i64 m, adfun_i64 n) {
  const adfun_i64 block = 16;
  for (adfun_i64 i0 = 0; i0 < m; i0 += block)
    for (adfun_i64 j0 = 0; j0 < n; j0 += block)
      for (adfun_i64 i = i0; i < m && i < i0 + block; ++i)
        for (adfun_i64 j = j0; j < n && j < j0 + block; ++j) y[j * m + i] = x[i * n + j];
}

/* -- gemm: C = op(A) op(B) ----------------------------------------------------------------------------- */

/* ROWS x (2 * ADFUN_W) elements of C in registers; A has strides (ra, ca), B and C contiguous rows. */
template <int ROWS>
ADFUN_INLINE void adfun_gemm_block(adfun_i64 n, adfun_i64 k, const double *A, adfun_i64 ra, adfun_i64 ca,
                                   const double *B, double *C) {
  adfun_i64 j = 0;
  for (; j + 2 * ADFUN_W <= n; j += 2 * ADFUN_W) {
    adfun_v c[ROWS][2] = {};
    for (adfun_i64 l = 0; l < k; ++l) {
      const adfun_v b0 = adfun_load(B + l * n + j), b1 = adfun_load(B + l * n + j + ADFUN_W);
      for (int r = 0; r < ROWS; ++r) {
        const double a = A[r * ra + l * ca];
        c[r][0] += a * b0;
        c[r][1] += a * b1;
      }
    }
    for (int r = 0; r < ROWS; ++r) {
      adfun_store(C + r * n + j, c[r][0]);
      adfun_store(C + r * n + j + ADFUN_W, c[r][1]);
    }
  }
  for (; j + ADFUN_W <= n; j += ADFUN_W) {
    adfun_v c[ROWS] = {};
    for (adfun_i64 l = 0; l < k; ++l) {
      const adfun_v b = adfun_load(B + l * n + j);
      for (int r = 0; r < ROWS; ++r) c[r] += A[r * ra + l * ca] * b;
    }
    for (int r = 0; r < ROWS; ++r) adfun_store(C + r * n + j, c[r]);
  }
  for (; j < n; ++j) {
    double c[ROWS] = {};
    for (adfun_i64 l = 0; l < k; ++l)
      for (int r = 0; r < ROWS; ++r) c[r] += A[r * ra + l * ca] * B[l * n + j];
    for (int r = 0; r < ROWS; ++r) C[r * n + j] = c[r];
  }
}

static inline void adfun_gemm_loops(adfun_i64 m, adfun_i64 n, adfun_i64 k, const double *A, adfun_i64 ra, adfun_i64 ca,
                                    const double *B, double *C) {
  adfun_i64 i = 0;
  for (; i + 4 <= m; i += 4) adfun_gemm_block<4>(n, k, A + i * ra, ra, ca, B, C + i * n);
  for (; i < m; ++i) adfun_gemm_block<1>(n, k, A + i * ra, ra, ca, B, C + i * n);
}

ADFUN_KERNEL adfun_gemm(adfun_workspace *ws, adfun_matrix A, adfun_size a0, adfun_size a1, adfun_matrix B,
                        adfun_size b0, adfun_size b1, bool trans_a, bool trans_b, adfun_result C, adfun_size m,
                        adfun_size n) {
  const adfun_i64 k = trans_a ? a0 : a1;
  adfun_dgemm_t *const dgemm = (adfun_dgemm_t *)adfun_routine(ws, ADFUN_DGEMM, m, n, k);
  if (dgemm) { /* C' = op(B)' op(A)' */
    const int im = (int)m, in = (int)n, ik = (int)k, lda = (int)a1, ldb = (int)b1;
    const double one = 1.0, zero = 0.0;
    dgemm(trans_b ? "T" : "N", trans_a ? "T" : "N", &in, &im, &ik, &one, B, &ldb, A, &lda, &zero, C, &in);
    return 0;
  }
  const adfun_i64 ra = trans_a ? 1 : a1, ca = trans_a ? a1 : 1;
  if (!trans_b) {
    adfun_gemm_loops(m, n, k, A, ra, ca, B, C);
    return 0;
  }
  const adfun_mark mark = adfun_top(ws);
  double *const turned = (double *)adfun_take(ws, adfun_times(b0, b1), sizeof(double));
  if (!turned) return ADFUN_NO_MEMORY;
  adfun_transposed(B, turned, b0, b1);
  adfun_gemm_loops(m, n, k, A, ra, ca, turned, C);
  adfun_release(ws, mark);
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

/* In place, X has k columns.  `upwards`: the last unknown comes first. */
static inline void adfun_triangle_loops(adfun_i64 n, adfun_i64 k, const double *T, bool lower, bool trans, bool unit,
                                        double *X) {
  const bool upwards = lower == trans;
  for (adfun_i64 step = 0; step < n; ++step) {
    const adfun_i64 i = upwards ? n - 1 - step : step;
    double *const x = X + i * k;
    const adfun_i64 from = upwards ? i + 1 : 0, to = upwards ? n : i; /* the unknowns that are known */
    if (trans) {
      if (!unit) adfun_scale(1.0 / T[i * n + i], x, k);
      const adfun_i64 first = upwards ? 0 : i + 1, last = upwards ? i : n; /* the rows that x_i enters */
      if (k == 1)
        adfun_axpy(-x[0], T + i * n + first, X + first, last - first);
      else
        for (adfun_i64 j = first; j < last; ++j) adfun_axpy(-T[i * n + j], x, X + j * k, k);
      continue;
    }
    if (k == 1)
      x[0] -= adfun_dot(T + i * n + from, X + from, to - from);
    else
      for (adfun_i64 j = from; j < to; ++j) adfun_axpy(-T[i * n + j], X + j * k, x, k);
    if (!unit) adfun_scale(1.0 / T[i * n + i], x, k);
  }
}

/* In place; seen transposed, X' op(T)' = B' is a system from the right. */
static inline void adfun_triangle(const adfun_workspace *ws, adfun_i64 n, adfun_i64 k, const double *T, bool lower,
                                  bool trans, bool unit, double *X) {
  adfun_dtrsm_t *const dtrsm = k > 1 ? (adfun_dtrsm_t *)adfun_routine(ws, ADFUN_DTRSM, n, n, k) : nullptr;
  if (!dtrsm) {
    adfun_triangle_loops(n, k, T, lower, trans, unit, X);
    return;
  }
  const int in = (int)n, ik = (int)k;
  const double one = 1.0;
  dtrsm("R", lower ? "U" : "L", trans ? "T" : "N", unit ? "U" : "N", &ik, &in, &one, T, &in, X, &ik);
}

ADFUN_KERNEL adfun_trsolve(adfun_workspace *ws, adfun_matrix T, adfun_size n, adfun_size, adfun_matrix B, adfun_size,
                           adfun_size k, bool lower, bool trans, bool unit, adfun_result X, adfun_size, adfun_size) {
  for (adfun_i64 i = 0; i < n && !unit; ++i)
    if (T[i * n + i] == 0.0) {
      adfun_fill_nan(X, n * k);
      return 0;
    }
  adfun_copy(B, X, n * k);
  adfun_triangle(ws, n, k, T, lower, trans, unit, X);
  return 0;
}

ADFUN_KERNEL adfun_trsolve(adfun_workspace *ws, adfun_matrix T, adfun_size n, adfun_size n1, adfun_matrix b,
                           adfun_size b0, bool lower, bool trans, bool unit, adfun_result x, adfun_size x0) {
  return adfun_trsolve(ws, T, n, n1, b, b0, 1, lower, trans, unit, x, x0, 1);
}

/* -- Cholesky: A = L L' ------------------------------------------------------------------------------------ */

static inline adfun_i64 adfun_cholesky_loops(adfun_i64 n, double *L) {
  for (adfun_i64 i = 0; i < n; ++i) {
    double *const row = L + i * n;
    for (adfun_i64 j = 0; j < i; ++j) row[j] = (row[j] - adfun_dot(row, L + j * n, j)) / L[j * n + j];
    const double d = row[i] - adfun_dot(row, row, i);
    if (!(d > 0.0 && d < __builtin_inf())) return i + 1;
    row[i] = __builtin_sqrt(d);
  }
  return 0;
}

ADFUN_KERNEL adfun_cholesky(adfun_workspace *ws, adfun_matrix A, adfun_size n, adfun_size, adfun_result L, adfun_size,
                            adfun_size, adfun_i64 *info) {
  for (adfun_i64 i = 0; i < n; ++i) {
    adfun_copy(A + i * n, L + i * n, i + 1);
    adfun_clear(L + i * n + i + 1, n - i - 1, sizeof(double));
  }
  adfun_dpotrf_t *const dpotrf = (adfun_dpotrf_t *)adfun_routine(ws, ADFUN_DPOTRF, n, n, n);
  if (dpotrf) {
    const int in = (int)n;
    int failed = 0;
    dpotrf("U", &in, L, &in, &failed);
    for (adfun_i64 i = 0; i < n && !failed; ++i)
      if (!(L[i * n + i] < __builtin_inf())) failed = (int)i + 1;
    *info = failed;
  } else {
    *info = adfun_cholesky_loops(n, L);
  }
  if (*info) adfun_fill_nan(L, n * n);
  return 0;
}

/* G, the derivative by the factor L of a matrix, becomes that by the lower triangle of the matrix: in place, on
   lower triangles with rows of `ld` elements (Murray 2016, "Differentiation of the Cholesky decomposition"). */
static inline void adfun_cholesky_back_loops(adfun_i64 n, adfun_i64 ld, const double *L, double *G) {
  for (adfun_i64 k = n - 1; k >= 0; --k) {
    const double *const ADFUN_RESTRICT row = L + k * ld;
    double *const ADFUN_RESTRICT to_row = G + k * ld;
    const double inverse = 1.0 / row[k];
    double pivot = to_row[k];
    for (adfun_i64 i = k + 1; i < n; ++i) {
      const double c = G[i * ld + k] *= inverse;
      pivot -= c * L[i * ld + k];
    }
    pivot *= 0.5 * inverse;
    to_row[k] = pivot;
    if (!k) break;
    for (adfun_i64 j = 0; j < k; ++j) to_row[j] -= 2.0 * pivot * row[j];
    for (adfun_i64 i = k + 1; i < n; ++i) {
      adfun_axpy(-G[i * ld + k], L + i * ld, to_row, k);
      adfun_axpy(-G[i * ld + k], row, G + i * ld, k);
    }
  }
}

/* C += sign op(A) B on parts of row-major matrices with rows of `ld` elements; C has rows of `ldc`. */
struct adfun_parts {
  adfun_dgemm_t *dgemm;
  adfun_i64 ld;
  void add(bool trans, adfun_i64 m, adfun_i64 n, adfun_i64 k, double factor, const double *A, adfun_i64 lda,
           const double *B, double beta, double *C, adfun_i64 ldc) const {
    if (m < 1 || n < 1 || k < 1) return;
    const int im = (int)m, in = (int)n, ik = (int)k, ila = (int)lda, ilb = (int)ld, ilc = (int)ldc;
    dgemm("N", trans ? "T" : "N", &in, &im, &ik, &factor, B, &ilb, A, &ila, &beta, C, &ilc);
  }
};

/* The same by blocks of rows, from the last to the first; `work` holds one square block. */
#define ADFUN_BLOCK 48L
static inline void adfun_cholesky_back_blocks(const adfun_parts blas, adfun_dtrsm_t *dtrsm, adfun_i64 n,
                                              const double *L, double *G, double *work) {
  const double one = 1.0;
  const int ld = (int)n;
  for (adfun_i64 end = n, start; end > 0; end = start) {
    start = (end - 1) / ADFUN_BLOCK * ADFUN_BLOCK;
    const adfun_i64 b = end - start, below = n - end;
    const double *const left = L + start * n, *const low_left = L + end * n;
    double *const to_left = G + start * n, *const to_low_left = G + end * n;
    const double *const square = left + start, *const low = low_left + start;
    double *const to_square = to_left + start, *const to_low = to_low_left + start;
    if (below) {
      const int ib = (int)b, im = (int)below;
      dtrsm("L", "U", "N", "N", &ib, &im, &one, square, &ld, to_low, &ld);
      blas.add(false, below, start, b, -1.0, to_low, n, left, 1.0, to_low_left, n);
      blas.add(true, b, b, below, 1.0, to_low, n, low, 0.0, work, b);
      for (adfun_i64 i = 0; i < b; ++i) adfun_axpy(-1.0, work + i * b, to_square + i * n, i + 1);
      blas.add(true, b, start, below, -1.0, to_low, n, low_left, 1.0, to_left, n);
    }
    adfun_cholesky_back_loops(b, n, square, to_square);
    for (adfun_i64 i = 0; i < b; ++i) {
      for (adfun_i64 j = 0; j < i; ++j) work[i * b + j] = work[j * b + i] = to_square[i * n + j];
      work[i * b + i] = 2.0 * to_square[i * n + i];
    }
    blas.add(false, b, start, b, -1.0, work, b, left, 1.0, to_left, n);
  }
}

ADFUN_KERNEL adfun_cholesky_adjoint(adfun_workspace *ws, adfun_matrix L, adfun_size n, adfun_size, adfun_matrix G,
                                    adfun_size, adfun_size, adfun_result A, adfun_size, adfun_size) {
  for (adfun_i64 i = 0; i < n; ++i) {
    adfun_copy(G + i * n, A + i * n, i + 1);
    adfun_clear(A + i * n + i + 1, n - i - 1, sizeof(double));
  }
  adfun_dgemm_t *const dgemm = n > ADFUN_BLOCK ? (adfun_dgemm_t *)adfun_routine(ws, ADFUN_DGEMM, n, n, n) : nullptr;
  if (!dgemm) {
    adfun_cholesky_back_loops(n, n, L, A);
    return 0;
  }
  const adfun_mark mark = adfun_top(ws);
  double *const work = (double *)adfun_take(ws, ADFUN_BLOCK * ADFUN_BLOCK, sizeof(double));
  if (!work) return ADFUN_NO_MEMORY;
  const adfun_parts blas = {dgemm, n};
  adfun_cholesky_back_blocks(blas, (adfun_dtrsm_t *)ws->lapack[ADFUN_DTRSM], n, L, A, work);
  adfun_release(ws, mark);
  return 0;
}

/* -- LU with partial pivoting: P A = L U, row i was exchanged with row piv[i] ------------------------------ */

static inline adfun_i64 adfun_lu_loops(adfun_i64 n, double *LU, adfun_i64 *piv) {
  adfun_i64 info = 0;
  for (adfun_i64 j = 0; j < n; ++j) {
    adfun_i64 p = j;
    for (adfun_i64 i = j + 1; i < n; ++i)
      if (__builtin_fabs(LU[i * n + j]) > __builtin_fabs(LU[p * n + j])) p = i;
    piv[j] = p;
    const double pivot = LU[p * n + j];
    if (pivot == 0.0) {
      if (!info) info = j + 1;
      continue;
    }
    if (p != j)
      for (adfun_i64 l = 0; l < n; ++l) {
        const double t = LU[j * n + l];
        LU[j * n + l] = LU[p * n + l];
        LU[p * n + l] = t;
      }
    for (adfun_i64 i = j + 1; i < n; ++i) {
      const double factor = LU[i * n + j] /= pivot;
      adfun_axpy(-factor, LU + j * n + j + 1, LU + i * n + j + 1, n - j - 1);
    }
  }
  return info;
}

ADFUN_KERNEL adfun_lu(adfun_workspace *ws, adfun_matrix A, adfun_size n, adfun_size, adfun_result LU, adfun_size,
                      adfun_size, adfun_i64 *piv, adfun_size, adfun_i64 *info) {
  adfun_dgetrf_t *const dgetrf = (adfun_dgetrf_t *)adfun_routine(ws, ADFUN_DGETRF, n, n, n);
  if (!dgetrf) {
    adfun_copy(A, LU, n * n);
    *info = adfun_lu_loops(n, LU, piv);
    return 0;
  }
  const adfun_mark mark = adfun_top(ws);
  double *const turned = (double *)adfun_take(ws, adfun_times(n, n), sizeof(double));
  int *const rows = (int *)adfun_take(ws, n, sizeof(int));
  if (!turned || !rows) return ADFUN_NO_MEMORY;
  const int in = (int)n;
  int failed = 0;
  adfun_transposed(A, turned, n, n);
  dgetrf(&in, &in, turned, &in, rows, &failed);
  adfun_transposed(turned, LU, n, n);
  for (adfun_i64 i = 0; i < n; ++i) piv[i] = rows[i] - 1;
  *info = failed;
  adfun_release(ws, mark);
  return 0;
}

static inline void adfun_exchange(adfun_i64 n, adfun_i64 k, const adfun_i64 *piv, bool backwards, double *X) {
  for (adfun_i64 step = 0; step < n; ++step) {
    const adfun_i64 i = backwards ? n - 1 - step : step, p = piv[i];
    if (p == i) continue;
    for (adfun_i64 j = 0; j < k; ++j) {
      const double t = X[i * k + j];
      X[i * k + j] = X[p * k + j];
      X[p * k + j] = t;
    }
  }
}

/* op(A) X = B in place, A by its factors. */
static inline void adfun_lu_apply(const adfun_workspace *ws, adfun_i64 n, adfun_i64 k, const double *LU,
                                  const adfun_i64 *piv, bool trans, double *X) {
  if (!trans) adfun_exchange(n, k, piv, false, X);
  adfun_triangle(ws, n, k, LU, !trans, trans, !trans, X);
  adfun_triangle(ws, n, k, LU, trans, trans, trans, X);
  if (trans) adfun_exchange(n, k, piv, true, X);
}

ADFUN_KERNEL adfun_lu_solve(adfun_workspace *ws, adfun_matrix, adfun_size n, adfun_size, adfun_matrix LU, adfun_size,
                            adfun_size, const adfun_i64 *piv, adfun_size, adfun_matrix B, adfun_size, adfun_size k,
                            bool trans, adfun_result X, adfun_size, adfun_size) {
  adfun_copy(B, X, n * k);
  adfun_lu_apply(ws, n, k, LU, piv, trans, X);
  return 0;
}

ADFUN_KERNEL adfun_lu_solve(adfun_workspace *ws, adfun_matrix, adfun_size n, adfun_size, adfun_matrix LU, adfun_size,
                            adfun_size, const adfun_i64 *piv, adfun_size, adfun_matrix b, adfun_size, bool trans,
                            adfun_result x, adfun_size) {
  adfun_copy(b, x, n);
  adfun_lu_apply(ws, n, 1, LU, piv, trans, x);
  return 0;
}

ADFUN_KERNEL adfun_inv(adfun_workspace *ws, adfun_matrix, adfun_size n, adfun_size, adfun_matrix LU, adfun_size,
                       adfun_size, const adfun_i64 *piv, adfun_size, adfun_result X, adfun_size, adfun_size) {
  adfun_clear(X, n * n, sizeof(double));
  for (adfun_i64 i = 0; i < n; ++i) X[i * n + i] = 1.0;
  adfun_lu_apply(ws, n, n, LU, piv, false, X);
  return 0;
}

ADFUN_KERNEL adfun_logabsdet(adfun_workspace *, adfun_matrix, adfun_size n, adfun_size, adfun_matrix LU, adfun_size,
                             adfun_size, const adfun_i64 *piv, adfun_size, double *logdet, double *sign) {
  double total = 0.0, negative = 1.0;
  for (adfun_i64 i = 0; i < n; ++i) {
    const double d = LU[i * n + i];
    total += log(__builtin_fabs(d));
    negative *= (piv[i] != i) != (d < 0.0) ? -1.0 : 1.0;
    if (d == 0.0 || d != d) negative *= d;
  }
  *logdet = total;
  *sign = negative;
  return 0;
}

/* -- symmetric eigenvalues, ascending ------------------------------------------------------------------------ */

/* Cyclic Jacobi rotations: S becomes diagonal, the rows of R its eigenvectors. */
static inline adfun_i64 adfun_jacobi(adfun_i64 n, double *S, double *R) {
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0.0, all = 0.0;
    for (adfun_i64 i = 0; i < n; ++i)
      for (adfun_i64 j = 0; j < n; ++j) (i == j ? all : off) += S[i * n + j] * S[i * n + j];
    if (off <= 0x1p-100 * (double)n * (off + all)) return 0;
    for (adfun_i64 p = 0; p < n; ++p)
      for (adfun_i64 q = p + 1; q < n; ++q) {
        const double apq = S[p * n + q];
        if (apq == 0.0) continue;
        const double theta = (S[q * n + q] - S[p * n + p]) / (2.0 * apq);
        const double t = __builtin_copysign(1.0, theta) / (__builtin_fabs(theta) + __builtin_sqrt(1.0 + theta * theta));
        const double c = 1.0 / __builtin_sqrt(1.0 + t * t), s = c * t;
        for (adfun_i64 i = 0; i < n; ++i) {
          const double x = S[i * n + p], y = S[i * n + q];
          S[i * n + p] = c * x - s * y;
          S[i * n + q] = s * x + c * y;
        }
        for (adfun_i64 i = 0; i < n; ++i) {
          const double x = S[p * n + i], y = S[q * n + i], u = R[p * n + i], v = R[q * n + i];
          S[p * n + i] = c * x - s * y;
          S[q * n + i] = s * x + c * y;
          R[p * n + i] = c * u - s * v;
          R[q * n + i] = s * u + c * v;
        }
      }
  }
  return 1;
}

/* w ascending; column j of V belongs to w[j]. */
static inline adfun_i64 adfun_eigh_loops(adfun_i64 n, double *S, double *R, double *w, double *V) {
  adfun_clear(R, n * n, sizeof(double));
  for (adfun_i64 i = 0; i < n; ++i) R[i * n + i] = 1.0;
  const adfun_i64 info = adfun_jacobi(n, S, R);
  for (adfun_i64 j = 0; j < n; ++j) {
    adfun_i64 least = 0; /* selection: the diagonal holds inf where it was taken */
    for (adfun_i64 i = 1; i < n; ++i)
      if (S[i * n + i] < S[least * n + least]) least = i;
    w[j] = S[least * n + least];
    S[least * n + least] = __builtin_inf();
    for (adfun_i64 i = 0; i < n; ++i) V[i * n + j] = R[least * n + i];
  }
  return info;
}

static inline bool adfun_eigh_lapack(adfun_workspace *ws, adfun_i64 n, double *S, double *w, double *V,
                                     adfun_i64 *info) {
  adfun_dsyevd_t *const dsyevd = ws->lapack ? (adfun_dsyevd_t *)ws->lapack[ADFUN_DSYEVD] : nullptr;
  if (!dsyevd || n < 1 || n > 30000) return false;
  const int in = (int)n, lwork = 1 + 6 * in + 2 * in * in, liwork = 3 + 5 * in;
  double *const work = (double *)adfun_take(ws, lwork, sizeof(double));
  int *const iwork = (int *)adfun_take(ws, liwork, sizeof(int));
  if (!work || !iwork) return false;
  int failed = 0;
  dsyevd("V", "L", &in, S, &in, w, work, &lwork, iwork, &liwork, &failed);
  adfun_transposed(S, V, n, n);
  *info = failed;
  return true;
}

ADFUN_KERNEL adfun_eigh(adfun_workspace *ws, adfun_matrix A, adfun_size n, adfun_size, adfun_result w, adfun_size,
                        adfun_result V, adfun_size, adfun_size, adfun_i64 *info) {
  const adfun_mark mark = adfun_top(ws);
  double *const S = (double *)adfun_take(ws, adfun_times(n, n), sizeof(double));
  double *const R = (double *)adfun_take(ws, adfun_times(n, n), sizeof(double));
  if (!S || !R) return ADFUN_NO_MEMORY;
  bool finite = true;
  for (adfun_i64 i = 0; i < n; ++i)
    for (adfun_i64 j = 0; j <= i; ++j) {
      S[i * n + j] = S[j * n + i] = A[i * n + j];
      finite &= __builtin_fabs(A[i * n + j]) < __builtin_inf();
    }
  *info = 1;
  if (finite && !adfun_eigh_lapack(ws, n, S, w, V, info)) *info = adfun_eigh_loops(n, S, R, w, V);
  if (*info) {
    adfun_fill_nan(w, n);
    adfun_fill_nan(V, n * n);
  }
  adfun_release(ws, mark);
  return 0;
}

/* -- matrix exponential: scaling and squaring, Pade of order 13 (Higham 2005) --------------------------------- */

ADFUN_INLINE double adfun_norm1(const double *A, adfun_i64 n) {
  double largest = 0.0;
  for (adfun_i64 j = 0; j < n; ++j) {
    double sum = 0.0;
    for (adfun_i64 i = 0; i < n; ++i) sum += __builtin_fabs(A[i * n + j]);
    largest = adfun_maximum(largest, sum);
  }
  return largest;
}

ADFUN_KERNEL adfun_expm(adfun_workspace *ws, adfun_matrix A, adfun_size n, adfun_size, adfun_result X, adfun_size,
                        adfun_size) {
  static const double c[] = {64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0,
                             129060195264000.0,   10559470521600.0,    670442572800.0,     33522128640.0,
                             1323241920.0,        40840800.0,          960960.0,           16380.0,
                             182.0,               1.0};
  const adfun_i64 nn = adfun_times(n, n);
  const adfun_mark mark = adfun_top(ws);
  double *m[7]; /* A, its powers 2, 4 and 6, U, V, and a product */
  for (double *&place : m)
    if (!(place = (double *)adfun_take(ws, nn, sizeof(double)))) return ADFUN_NO_MEMORY;
  adfun_i64 *const piv = (adfun_i64 *)adfun_take(ws, n, sizeof(adfun_i64));
  if (!piv) return ADFUN_NO_MEMORY;
  const double norm = adfun_norm1(A, n);
  if (!(norm < __builtin_inf())) {
    adfun_fill_nan(X, nn);
    adfun_release(ws, mark);
    return 0;
  }
  int squarings = 0;
  double factor = 1.0;
  for (; norm * factor > 5.371920351148152; factor *= 0.5) ++squarings;
  for (adfun_i64 i = 0; i < nn; ++i) m[0][i] = A[i] * factor;
  double *const A2 = m[1], *const A4 = m[2], *const A6 = m[3], *const U = m[4], *const V = m[5], *const W = m[6];
  adfun_i32 status = adfun_gemm(ws, m[0], n, n, m[0], n, n, false, false, A2, n, n);
  status |= adfun_gemm(ws, A2, n, n, A2, n, n, false, false, A4, n, n);
  status |= adfun_gemm(ws, A2, n, n, A4, n, n, false, false, A6, n, n);
  for (adfun_i64 i = 0; i < nn; ++i) W[i] = c[13] * A6[i] + c[11] * A4[i] + c[9] * A2[i];
  status |= adfun_gemm(ws, A6, n, n, W, n, n, false, false, V, n, n);
  for (adfun_i64 i = 0; i < nn; ++i)
    V[i] += c[7] * A6[i] + c[5] * A4[i] + c[3] * A2[i] + (i % (n + 1) ? 0.0 : c[1]);
  status |= adfun_gemm(ws, m[0], n, n, V, n, n, false, false, U, n, n);
  for (adfun_i64 i = 0; i < nn; ++i) W[i] = c[12] * A6[i] + c[10] * A4[i] + c[8] * A2[i];
  status |= adfun_gemm(ws, A6, n, n, W, n, n, false, false, V, n, n);
  for (adfun_i64 i = 0; i < nn; ++i) {
    const double even = V[i] + c[6] * A6[i] + c[4] * A4[i] + c[2] * A2[i] + (i % (n + 1) ? 0.0 : c[0]);
    V[i] = even - U[i];
    X[i] = even + U[i];
  }
  adfun_lu_loops(n, V, piv);
  adfun_lu_apply(ws, n, n, V, piv, false, X);
  for (; squarings; --squarings) {
    adfun_copy(X, W, nn);
    status |= adfun_gemm(ws, W, n, n, W, n, n, false, false, X, n, n);
  }
  adfun_release(ws, mark);
  return status;
}
