/* Derivatives of array kernels along several directions at once: the kernels of primitives/stacks.py.
 *
 * A stack is an array of K matrices, one for each direction.  What the directions have in common is computed
 * once; rows of all of them lie side by side, so that they are long where matrices are small.  Where a matrix
 * is large enough BLAS does the work, one direction after the other.
 */
#pragma once
#include "adfun/kernels.h"

ADFUN_INLINE adfun_i64 adfun_whole_vectors(adfun_i64 n) { return (n + ADFUN_W - 1) / ADFUN_W * ADFUN_W; }

/* The first elements of a row, then zeros up to `wide`, whole vectors: of short rows quicker than memcpy. */
ADFUN_INLINE void adfun_row(const double *x, adfun_i64 count, double *y, adfun_i64 wide) {
  for (adfun_i64 j = 0; j < wide; j += ADFUN_W) adfun_store(y + j, adfun_load(adfun_iota(j, 1) < count, x + j));
}

/* The first elements of a row to one of n elements, the rest of which is zero. */
ADFUN_INLINE void adfun_short_row(const double *x, adfun_i64 count, double *y, adfun_i64 n) {
  for (adfun_i64 j = 0; j < n; j += ADFUN_W)
    adfun_store(adfun_iota(j, 1) < n, y + j, adfun_load(adfun_iota(j, 1) < count, x + j));
}

/* -- C_k = op(A_k) op(B_k), where one of the two is the same for all k ------------------------------------- */

ADFUN_KERNEL adfun_stack_gemm(adfun_workspace *ws, adfun_matrix A, adfun_size K, adfun_size a0, adfun_size a1,
                              adfun_matrix B, adfun_size b0, adfun_size b1, bool trans_a, bool trans_b, adfun_result C,
                              adfun_size, adfun_size m, adfun_size n) {
  if (!trans_a) return adfun_gemm(ws, A, K * a0, a1, B, b0, b1, false, trans_b, C, K * m, n);
  for (adfun_i64 k = 0; k < K; ++k)
    if (adfun_gemm(ws, A + k * a0 * a1, a0, a1, B, b0, b1, true, trans_b, C + k * m * n, m, n) != 0)
      return ADFUN_NO_MEMORY;
  return 0;
}

ADFUN_KERNEL adfun_stack_gemm(adfun_workspace *ws, adfun_matrix A, adfun_size a0, adfun_size a1, adfun_matrix B,
                              adfun_size K, adfun_size b0, adfun_size b1, bool trans_a, bool trans_b, adfun_result C,
                              adfun_size, adfun_size m, adfun_size n) {
  for (adfun_i64 k = 0; k < K; ++k)
    if (adfun_gemm(ws, A, a0, a1, B + k * b0 * b1, b0, b1, trans_a, trans_b, C + k * m * n, m, n) != 0)
      return ADFUN_NO_MEMORY;
  return 0;
}

/* b is a vector, C has a row for each k. */
ADFUN_KERNEL adfun_stack_gemm(adfun_workspace *ws, adfun_matrix A, adfun_size K, adfun_size a0, adfun_size a1,
                              adfun_matrix b, adfun_size b0, bool trans_a, bool, adfun_result C, adfun_size,
                              adfun_size m) {
  if (!trans_a) return adfun_gemm(ws, A, K * a0, a1, b, b0, false, false, C, K * m);
  for (adfun_i64 k = 0; k < K; ++k) adfun_gemm(ws, A + k * a0 * a1, a0, a1, b, b0, true, false, C + k * m, m);
  return 0;
}

/* -- systems with the same matrix for all k ------------------------------------------------------------------ */

ADFUN_KERNEL adfun_stack_trsolve(adfun_workspace *ws, adfun_matrix T, adfun_size n0, adfun_size n1, adfun_matrix B,
                                 adfun_size K, adfun_size n, adfun_size m, bool lower, bool trans, bool unit,
                                 adfun_result X, adfun_size, adfun_size, adfun_size) {
  for (adfun_i64 k = 0; k < K; ++k)
    if (adfun_trsolve(ws, T, n0, n1, B + k * n * m, n, m, lower, trans, unit, X + k * n * m, n, m) != 0)
      return ADFUN_NO_MEMORY;
  return 0;
}

/* op(T) dx_k = dy_k - op(the triangle of dT_k) x: of vectors, the directions are columns of one system. */
ADFUN_KERNEL adfun_trsolve_tangent(adfun_workspace *ws, adfun_matrix T, adfun_size n, adfun_size, adfun_matrix dT,
                                   adfun_size K, adfun_size, adfun_size, adfun_matrix x, adfun_size, adfun_matrix dy,
                                   adfun_size, adfun_size, bool lower, bool trans, bool unit, adfun_result dx,
                                   adfun_size, adfun_size) {
  const adfun_i64 ld = adfun_whole_vectors(K);
  const adfun_mark mark = adfun_top(ws);
  double *const X = (double *)adfun_take(ws, adfun_times(n, ld), sizeof(double));
  if (!X) return ADFUN_NO_MEMORY;
  adfun_clear(X, n * ld, sizeof(double));
  adfun_copy(dy, dx, K * n);
  for (adfun_i64 k = 0; k < K; ++k)
    for (adfun_i64 i = 0; i < n; ++i) {
      const adfun_i64 from = lower ? 0 : i + unit, to = lower ? i + !unit : n;
      const double *const row = dT + (k * n + i) * n + from;
      if (trans) adfun_axpy(-x[i], row, dx + k * n + from, to - from);
      else dx[k * n + i] -= adfun_dot(row, x + from, to - from);
    }
  for (adfun_i64 k = 0; k < K; ++k)
    for (adfun_i64 i = 0; i < n; ++i) X[i * ld + k] = dx[k * n + i];
  adfun_triangle_columns(n, ld, ld, T, lower == trans, trans, unit, X);
  for (adfun_i64 k = 0; k < K; ++k)
    for (adfun_i64 i = 0; i < n; ++i) dx[k * n + i] = X[i * ld + k];
  adfun_release(ws, mark);
  return 0;
}

ADFUN_KERNEL adfun_stack_lu_solve(adfun_workspace *ws, adfun_matrix A, adfun_size n0, adfun_size n1, adfun_matrix LU,
                                  adfun_size l0, adfun_size l1, const adfun_i64 *piv, adfun_size p0, adfun_matrix B,
                                  adfun_size K, adfun_size n, adfun_size m, bool trans, adfun_result X, adfun_size,
                                  adfun_size, adfun_size) {
  for (adfun_i64 k = 0; k < K; ++k)
    if (adfun_lu_solve(ws, A, n0, n1, LU, l0, l1, piv, p0, B + k * n * m, n, m, trans, X + k * n * m, n, m) != 0)
      return ADFUN_NO_MEMORY;
  return 0;
}

/* -- Cholesky: dL_k = L Phi(M_k), M_k = L^-1 dA_k L^-T, Phi: the lower triangle with half the diagonal --------- */

/* Of matrices that BLAS is worth. */
static inline adfun_i32 adfun_cholesky_tangent_large(adfun_workspace *ws, adfun_i64 n, const double *L, const double *A,
                                                     double *D) {
  const adfun_mark mark = adfun_top(ws);
  double *const X = (double *)adfun_take(ws, adfun_times(n, n), sizeof(double));
  double *const M = (double *)adfun_take(ws, adfun_times(n, n), sizeof(double));
  if (!X || !M) return ADFUN_NO_MEMORY;
  for (adfun_i64 i = 0; i < n; ++i)
    for (adfun_i64 j = 0; j <= i; ++j) X[i * n + j] = X[j * n + i] = A[i * n + j];
  if (adfun_triangle(ws, n, n, L, true, false, false, X) != 0) return ADFUN_NO_MEMORY;
  adfun_transposed(X, M, n, n);
  if (adfun_triangle(ws, n, n, L, true, false, false, M) != 0) return ADFUN_NO_MEMORY;
  for (adfun_i64 i = 0; i < n; ++i) {
    M[i * n + i] *= 0.5;
    adfun_clear(M + i * n + i + 1, n - i - 1, sizeof(double));
  }
  if (adfun_gemm(ws, L, n, n, M, n, n, false, false, D, n, n) != 0) return ADFUN_NO_MEMORY;
  for (adfun_i64 i = 0; i < n; ++i) adfun_clear(D + i * n + i + 1, n - i - 1, sizeof(double));
  adfun_release(ws, mark);
  return 0;
}

ADFUN_KERNEL adfun_cholesky_tangent(adfun_workspace *ws, adfun_matrix L, adfun_size n, adfun_size, adfun_matrix A,
                                    adfun_size K, adfun_size, adfun_size, adfun_result D, adfun_size, adfun_size,
                                    adfun_size) {
  if (adfun_routine(ws, ADFUN_DGEMM, n, n, n)) {
    for (adfun_i64 k = 0; k < K; ++k)
      if (adfun_cholesky_tangent_large(ws, n, L, A + k * n * n, D + k * n * n) != 0) return ADFUN_NO_MEMORY;
    return 0;
  }
  const adfun_i64 wide = adfun_whole_vectors(n), ld = K * wide;
  const adfun_mark mark = adfun_top(ws);
  double *const X = (double *)adfun_take(ws, adfun_times(n, ld), sizeof(double));
  double *const M = (double *)adfun_take(ws, adfun_times(n, ld), sizeof(double)); /* transposed: row j has M_ij */
  double *const U = (double *)adfun_take(ws, adfun_times(n, wide), sizeof(double)); /* L' */
  double *const row = (double *)adfun_take(ws, wide, sizeof(double));
  if (!X || !M || !U || !row) return ADFUN_NO_MEMORY;
  adfun_clear(X, n * ld, sizeof(double));
  adfun_clear(M, n * ld, sizeof(double));
  adfun_clear(U, n * wide, sizeof(double));
  for (adfun_i64 k = 0; k < K; ++k)
    for (adfun_i64 i = 0; i < n; ++i)
      for (adfun_i64 j = 0; j <= i; ++j) X[i * ld + k * wide + j] = X[j * ld + k * wide + i] = A[(k * n + i) * n + j];
  for (adfun_i64 i = 0; i < n; ++i)
    for (adfun_i64 j = 0; j <= i; ++j) U[j * wide + i] = L[i * n + j];
  adfun_triangle_columns(n, ld, ld, L, false, false, false, X);
  for (adfun_i64 k = 0; k < K; ++k)
    for (adfun_i64 j = 0; j < n; ++j)
      for (adfun_i64 i = j; i < n; ++i) M[j * ld + k * wide + i] = X[i * ld + k * wide + j];
  for (adfun_i64 j = 0; j < n; ++j) {
    const adfun_i64 from = j / ADFUN_W * ADFUN_W;
    const double factor = 1.0 / L[j * n + j];
    for (adfun_i64 k = 0; k < K; ++k) {
      double *const part = M + k * wide + from;
      adfun_subtract_rows(L + j * n, 1, 0, j, part, wide - from, ld, factor, part + j * ld);
    }
  }
  for (adfun_i64 k = 0; k < K; ++k)
    for (adfun_i64 j = 0; j < n; ++j) {
      const adfun_i64 from = j / ADFUN_W * ADFUN_W;
      double *const part = M + j * ld + k * wide, *const to = D + k * n * n;
      part[j] *= 0.5;
      adfun_row(row, 0, row + from, wide - from);
      adfun_subtract_rows(part, 1, j, n, U + from, wide - from, wide, -1.0, row + from);
      for (adfun_i64 i = 0; i < j; ++i) to[i * n + j] = 0.0;
      for (adfun_i64 i = j; i < n; ++i) to[i * n + j] = row[i];
    }
  adfun_release(ws, mark);
  return 0;
}

/* The derivatives of cholesky_adjoint(L, G) = A along (dL_k, dG_k): with F = 2 Phi(A) made symmetric, the lower part
   of S = L^-T (P + P') L^-1, half its diagonal, where P = Phi(dL' G + L' dG) - dL' F L. */

/* C = F L, rows of `ld` elements. */
static inline void adfun_symmetric_times(adfun_i64 n, const double *A, const double *L, double *row, adfun_i64 ld,
                                         double *C) {
  for (adfun_i64 i = 0; i < n; ++i) {
    for (adfun_i64 j = 0; j < n; ++j) row[j] = i == j ? 2.0 * A[i * n + i] : A[(i > j ? i : j) * n + (i > j ? j : i)];
    adfun_row(row, 0, C + i * ld, ld);
    adfun_subtract_rows(row, 1, 0, n, L, ld, ld, -1.0, C + i * ld);
  }
}

static inline adfun_i32 adfun_cholesky_adjoint_tangent_large(adfun_workspace *ws, adfun_i64 n, const double *L,
                                                             const double *G, const double *Q, const double *dL,
                                                             const double *dG, double *D) {
  const adfun_mark mark = adfun_top(ws);
  double *const P = (double *)adfun_take(ws, adfun_times(n, n), sizeof(double));
  double *const R = (double *)adfun_take(ws, adfun_times(n, n), sizeof(double));
  double *const lower = (double *)adfun_take(ws, adfun_times(n, n), sizeof(double)); /* of dG, of dL */
  if (!P || !R || !lower) return ADFUN_NO_MEMORY;
  for (adfun_i64 i = 0; i < n; ++i) adfun_short_row(dG + i * n, i + 1, lower + i * n, n);
  adfun_i32 status = adfun_gemm(ws, L, n, n, lower, n, n, true, false, D, n, n);
  for (adfun_i64 i = 0; i < n; ++i) adfun_short_row(dL + i * n, i + 1, lower + i * n, n);
  status |= adfun_gemm(ws, lower, n, n, G, n, n, true, false, P, n, n);
  status |= adfun_gemm(ws, lower, n, n, Q, n, n, true, false, R, n, n);
  for (adfun_i64 i = 0; i < n; ++i)
    for (adfun_i64 j = 0; j < n; ++j) {
      const double sum = P[i * n + j] + D[i * n + j];
      P[i * n + j] = (j < i ? sum : j == i ? 0.5 * sum : 0.0) - R[i * n + j];
    }
  for (adfun_i64 i = 0; i < n; ++i)
    for (adfun_i64 j = 0; j <= i; ++j) R[i * n + j] = R[j * n + i] = P[i * n + j] + P[j * n + i];
  status |= adfun_triangle(ws, n, n, L, true, true, false, R);
  adfun_transposed(R, P, n, n);
  status |= adfun_triangle(ws, n, n, L, true, true, false, P);
  for (adfun_i64 i = 0; i < n; ++i) {
    adfun_short_row(P + i * n, i, D + i * n, n);
    D[i * n + i] = 0.5 * P[i * n + i];
  }
  adfun_release(ws, mark);
  return status;
}

ADFUN_KERNEL adfun_cholesky_adjoint_tangent(adfun_workspace *ws, adfun_matrix L, adfun_size n, adfun_size,
                                            adfun_matrix G, adfun_size, adfun_size, adfun_matrix A, adfun_size,
                                            adfun_size, adfun_matrix dL, adfun_size K, adfun_size, adfun_size,
                                            adfun_matrix dG, adfun_size, adfun_size, adfun_size, adfun_result D,
                                            adfun_size, adfun_size, adfun_size) {
  const bool large = adfun_routine(ws, ADFUN_DGEMM, n, n, n);
  const adfun_i64 wide = large ? n : adfun_whole_vectors(n), ld = K * wide, nn = adfun_times(n, n);
  const adfun_mark mark = adfun_top(ws);
  double *const lower = (double *)adfun_take(ws, adfun_times(n, wide), sizeof(double)); /* of L, then of dG */
  double *const Q = (double *)adfun_take(ws, adfun_times(n, wide), sizeof(double));     /* F L */
  double *const H = (double *)adfun_take(ws, adfun_times(n, wide), sizeof(double));     /* the triangle of G */
  double *const row = (double *)adfun_take(ws, wide, sizeof(double));
  if (!lower || !Q || !H || !row) return ADFUN_NO_MEMORY;
  for (adfun_i64 i = 0; i < n; ++i) {
    if (large) adfun_short_row(G + i * n, i + 1, H + i * n, n);
    else adfun_row(G + i * n, i + 1, H + i * wide, wide);
  }
  if (large) {
    for (adfun_i64 i = 0; i < n; ++i)
      for (adfun_i64 j = 0; j <= i; ++j)
        lower[i * n + j] = lower[j * n + i] = i == j ? 2.0 * A[i * n + i] : A[i * n + j];
    adfun_i32 status = adfun_gemm(ws, lower, n, n, L, n, n, false, false, Q, n, n);
    for (adfun_i64 k = 0; k < K; ++k)
      status |= adfun_cholesky_adjoint_tangent_large(ws, n, L, H, Q, dL + k * nn, dG + k * nn, D + k * nn);
    adfun_release(ws, mark);
    return status;
  }
  double *const X = (double *)adfun_take(ws, adfun_times(n, ld), sizeof(double));
  double *const S = (double *)adfun_take(ws, adfun_times(n, ld), sizeof(double));
  if (!X || !S) return ADFUN_NO_MEMORY;
  for (adfun_i64 i = 0; i < n; ++i) adfun_row(L + i * n, n, lower + i * wide, wide);
  adfun_symmetric_times(n, A, lower, row, wide, Q);
  adfun_clear(X, n * ld, sizeof(double));
  for (adfun_i64 k = 0; k < K; ++k) {
    for (adfun_i64 i = 0; i < n; ++i) adfun_row(dG + (k * n + i) * n, i + 1, lower + i * wide, wide);
    double *const P = S + k * wide;
    for (adfun_i64 i = 0; i < n; ++i) {
      const double *const column = dL + k * n * n + i, *const other = L + i;
      for (adfun_i64 c = 0; c < wide; c += ADFUN_W) {
        adfun_v all = {}, low = {}, both = {};
        for (adfun_i64 l = i; l < n; ++l) all += column[l * n] * adfun_load(Q + l * wide + c);
        for (adfun_i64 l = i; l < n && c <= i; ++l) {
          low += column[l * n] * adfun_load(H + l * wide + c);
          both += other[l * n] * adfun_load(lower + l * wide + c);
        }
        const adfun_l at = adfun_iota(c, 1);
        low += both;
        low = adfun_select(at == i, 0.5 * low, low);
        adfun_store(P + i * ld + c, adfun_select(at <= i, low, adfun_v{}) - all);
      }
    }
    for (adfun_i64 i = 0; i < n; ++i)
      for (adfun_i64 j = 0; j <= i; ++j)
        X[i * ld + k * wide + j] = X[j * ld + k * wide + i] = P[i * ld + j] + P[j * ld + i];
  }
  adfun_triangle_columns(n, ld, ld, L, true, true, false, X);
  for (adfun_i64 k = 0; k < K; ++k)
    for (adfun_i64 i = 0; i < n; ++i)
      for (adfun_i64 j = 0; j <= i; ++j) S[i * ld + k * wide + j] = X[j * ld + k * wide + i];
  for (adfun_i64 i = n - 1; i >= 0; --i) {
    const double factor = 1.0 / L[i * n + i];
    for (adfun_i64 k = 0; k < K; ++k) {
      double *const p = S + k * wide, *const to = D + (k * n + i) * n;
      adfun_subtract_rows(L + i, n, i + 1, n, p, adfun_whole_vectors(i + 1), ld, factor, p + i * ld);
      adfun_short_row(p + i * ld, i, to, n);
      to[i] = 0.5 * p[i * ld + i];
    }
  }
  adfun_release(ws, mark);
  return 0;
}
