/* Dense linear algebra on row-major arrays: the kernels of primitives/kernels.py.  Conventions: dense.h. */
#pragma once
#include "adfun/dense.h"

/* -- LU with partial pivoting: P A = L U, row i was exchanged with row piv[i] ------------------------------ */

ADFUN_INLINE void adfun_swap_rows(adfun_i64 n, double *x, double *y) {
  for (adfun_i64 l = 0; l < n; ++l) {
    const double t = x[l];
    x[l] = y[l];
    y[l] = t;
  }
}

/* Columns first .. last, from row `first` on; those before are done.  Whole rows are exchanged. */
static adfun_i32 adfun_lu_columns(adfun_workspace *ws, adfun_i64 n, adfun_i64 first, adfun_i64 last, double *LU,
                                  adfun_i64 *piv, adfun_i64 *info) {
  if (last - first > 16) {
    const adfun_i64 h = adfun_half(last - first), middle = first + h, right = last - middle;
    double *const upper = LU + first * n + middle;
    if (adfun_lu_columns(ws, n, first, middle, LU, piv, info) != 0) return ADFUN_NO_MEMORY;
    if (adfun_triangle(ws, h, right, LU + first * n + first, n, true, false, true, upper, n) != 0)
      return ADFUN_NO_MEMORY;
    adfun_product(n - middle, right, h, -1.0, {LU + middle * n + first, n, 1}, {upper, n, 1}, true,
                  LU + middle * n + middle, n);
    return adfun_lu_columns(ws, n, middle, last, LU, piv, info);
  }
  for (adfun_i64 j = first; j < last; ++j) {
    adfun_i64 p = j;
    for (adfun_i64 i = j + 1; i < n; ++i)
      if (__builtin_fabs(LU[i * n + j]) > __builtin_fabs(LU[p * n + j])) p = i;
    piv[j] = p;
    const double pivot = LU[p * n + j];
    if (pivot == 0.0) {
      if (!*info) *info = j + 1;
      continue;
    }
    if (p != j) adfun_swap_rows(n, LU + j * n, LU + p * n);
    for (adfun_i64 i = j + 1; i < n; ++i) {
      const double factor = LU[i * n + j] /= pivot;
      adfun_axpy(-factor, LU + j * n + j + 1, LU + i * n + j + 1, last - j - 1);
    }
  }
  return 0;
}

ADFUN_KERNEL adfun_lu(adfun_workspace *ws, adfun_matrix A, adfun_size n, adfun_size, adfun_result LU, adfun_size,
                      adfun_size, adfun_i64 *piv, adfun_size, adfun_i64 *info) {
  adfun_copy(A, LU, n * n);
  *info = 0;
  return adfun_lu_columns(ws, n, 0, n, LU, piv, info);
}

static inline void adfun_exchange(adfun_i64 n, adfun_i64 k, const adfun_i64 *piv, bool backwards, double *X) {
  for (adfun_i64 step = 0; step < n; ++step) {
    const adfun_i64 i = backwards ? n - 1 - step : step, p = piv[i];
    if (p != i) adfun_swap_rows(k, X + i * k, X + p * k);
  }
}

/* op(A) X = B in place, A by its factors. */
static inline adfun_i32 adfun_lu_apply(adfun_workspace *ws, adfun_i64 n, adfun_i64 k, const double *LU,
                                       const adfun_i64 *piv, bool trans, double *X) {
  if (!trans) adfun_exchange(n, k, piv, false, X);
  if (adfun_triangle(ws, n, k, LU, !trans, trans, !trans, X) != 0) return ADFUN_NO_MEMORY;
  if (adfun_triangle(ws, n, k, LU, trans, trans, trans, X) != 0) return ADFUN_NO_MEMORY;
  if (trans) adfun_exchange(n, k, piv, true, X);
  return 0;
}

ADFUN_KERNEL adfun_lu_solve(adfun_workspace *ws, adfun_matrix, adfun_size n, adfun_size, adfun_matrix LU, adfun_size,
                            adfun_size, const adfun_i64 *piv, adfun_size, adfun_matrix B, adfun_size, adfun_size k,
                            bool trans, adfun_result X, adfun_size, adfun_size) {
  adfun_copy(B, X, n * k);
  return adfun_lu_apply(ws, n, k, LU, piv, trans, X);
}

ADFUN_KERNEL adfun_lu_solve(adfun_workspace *ws, adfun_matrix, adfun_size n, adfun_size, adfun_matrix LU, adfun_size,
                            adfun_size, const adfun_i64 *piv, adfun_size, adfun_matrix b, adfun_size, bool trans,
                            adfun_result x, adfun_size) {
  adfun_copy(b, x, n);
  return adfun_lu_apply(ws, n, 1, LU, piv, trans, x);
}

ADFUN_KERNEL adfun_inv(adfun_workspace *ws, adfun_matrix, adfun_size n, adfun_size, adfun_matrix LU, adfun_size,
                       adfun_size, const adfun_i64 *piv, adfun_size, adfun_result X, adfun_size, adfun_size) {
  adfun_clear(X, n * n, sizeof(double));
  for (adfun_i64 i = 0; i < n; ++i) X[i * n + i] = 1.0;
  return adfun_lu_apply(ws, n, n, LU, piv, false, X);
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
  adfun_i64 info = 0;
  status |= adfun_lu_columns(ws, n, 0, n, V, piv, &info);
  status |= adfun_lu_apply(ws, n, n, V, piv, false, X);
  for (; squarings; --squarings) {
    adfun_copy(X, W, nn);
    status |= adfun_gemm(ws, W, n, n, W, n, n, false, false, X, n, n);
  }
  adfun_release(ws, mark);
  return status;
}
