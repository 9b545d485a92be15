/* Derivatives of array kernels along several directions at once: the kernels of primitives/stacks.py.
 *
 * A stack is an array of K matrices, one for each direction.  What the directions have in common is computed
 * once; rows of all of them lie side by side, so that they are long where matrices are small.
 */
#pragma once
#include "adfun/kernels.h"
#include "adfun/lanes_tiles.h"
#include "adfun/stacks_lanes.h"

/* Whole vectors, and blocks of four rows. */
ADFUN_INLINE adfun_i64 adfun_padded(adfun_i64 n) { return (n + 7) / 8 * 8; }

/* The first n columns of a square with `wide` rows, as rows of y. */
static inline void adfun_turned(adfun_i64 n, adfun_i64 wide, const double *x, adfun_i64 ldx, double *y, adfun_i64 ldy) {
  for (adfun_i64 i = 0; i < wide; i += ADFUN_W)
    for (adfun_i64 j = 0; j < n; j += 2) {
      adfun_v one, two;
      adfun_columns(x + i * ldx + j, ldx, &one, &two);
      adfun_store(y + j * ldy + i, one);
      adfun_store(y + (j + 1) * ldy + i, two);
    }
}

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
  const adfun_i64 ld = adfun_padded(K);
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
  adfun_triangle_columns(n, ld, ld, T, n, lower == trans, trans, unit, X);
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

/* -- four rows at a time, of parts of triangles ------------------------------------------------------------ */

/* `adfun_subtract_rows` for four rows of x, `ldx` apart, with coefficients `rows` apart. */
static inline void adfun_subtract_four(const double *t, adfun_i64 rows, adfun_i64 step, adfun_i64 from, adfun_i64 to,
                                       const double *X, adfun_i64 k, adfun_i64 ld, double *x, adfun_i64 ldx) {
  const double *const t1 = t + rows, *const t2 = t1 + rows, *const t3 = t2 + rows;
  double *const x1 = x + ldx, *const x2 = x1 + ldx, *const x3 = x2 + ldx;
  adfun_i64 c = 0;
  for (; c + 2 * ADFUN_W <= k; c += 2 * ADFUN_W) {
    const adfun_i64 d = c + ADFUN_W;
    adfun_v s0 = adfun_load(x + c), s1 = adfun_load(x1 + c), s2 = adfun_load(x2 + c), s3 = adfun_load(x3 + c);
    adfun_v r0 = adfun_load(x + d), r1 = adfun_load(x1 + d), r2 = adfun_load(x2 + d), r3 = adfun_load(x3 + d);
    for (adfun_i64 j = from; j < to; ++j) {
      const adfun_v left = adfun_load(X + j * ld + c), right = adfun_load(X + j * ld + d);
      s0 -= t[j * step] * left, r0 -= t[j * step] * right;
      s1 -= t1[j * step] * left, r1 -= t1[j * step] * right;
      s2 -= t2[j * step] * left, r2 -= t2[j * step] * right;
      s3 -= t3[j * step] * left, r3 -= t3[j * step] * right;
    }
    adfun_store(x + c, s0), adfun_store(x1 + c, s1), adfun_store(x2 + c, s2), adfun_store(x3 + c, s3);
    adfun_store(x + d, r0), adfun_store(x1 + d, r1), adfun_store(x2 + d, r2), adfun_store(x3 + d, r3);
  }
  for (; c < k; c += ADFUN_W) {
    adfun_v s0 = adfun_load(x + c), s1 = adfun_load(x1 + c), s2 = adfun_load(x2 + c), s3 = adfun_load(x3 + c);
    for (adfun_i64 j = from; j < to; ++j) {
      const adfun_v row = adfun_load(X + j * ld + c);
      s0 -= t[j * step] * row;
      s1 -= t1[j * step] * row;
      s2 -= t2[j * step] * row;
      s3 -= t3[j * step] * row;
    }
    adfun_store(x + c, s0), adfun_store(x1 + c, s1), adfun_store(x2 + c, s2), adfun_store(x3 + c, s3);
  }
}

/* `count` unknowns, at most four, from number `first` on, for `k` columns, a multiple of ADFUN_W. */
ADFUN_INLINE void adfun_triangle_block(adfun_i64 n, adfun_i64 k, adfun_i64 ld, const double *T, adfun_i64 ldt,
                                       bool upwards, bool trans, bool unit, adfun_i64 first, adfun_i64 count, double *X) {
  const adfun_i64 rows = trans ? 1 : ldt, step = trans ? ldt : 1, next = first + count;
  adfun_i64 from = upwards ? next : 0, to = upwards ? n : first;
  if (count == 4) {
    adfun_subtract_four(T + first * rows, rows, step, from, to, X, k, ld, X + first * ld, ld);
    from = to = upwards ? next : first;
  }
  for (adfun_i64 r = 0; r < count; ++r) {
    const adfun_i64 i = upwards ? next - 1 - r : first + r;
    (upwards ? from : to) = upwards ? i + 1 : i;
    adfun_subtract_rows(T + i * rows, step, from, to, X, k, ld, unit ? 1.0 : 1.0 / T[i * ldt + i], X + i * ld);
  }
}

/* -- Cholesky: dL_k = L Phi(M_k), M_k = L^-1 dA_k L^-T, Phi: the lower triangle with half the diagonal --------- */

/* The lower triangle of x with rows of `wide` elements, and as many rows; all else is zero. */
static inline void adfun_lower(adfun_i64 n, const double *x, double *y, adfun_i64 wide) {
  for (adfun_i64 i = 0; i < wide; ++i) adfun_row(x + (i < n ? i : 0) * n, i < n ? i + 1 : 0, y + i * wide, wide);
}

/* Few directions would leave lanes empty: then columns of larger matrices fill them. */
ADFUN_INLINE bool adfun_by_lanes(adfun_i64 n, adfun_i64 K) { return 4 * K >= ADFUN_W || n < 12; }

/* Up to what size matrices are not halved. */
ADFUN_INLINE adfun_i64 adfun_unhalved(adfun_i64 K) { return 2 * K > ADFUN_W ? 64 : 32; }

static adfun_i32 adfun_cholesky_tangent_loops(adfun_workspace *ws, adfun_i64 n, const double *L, adfun_i64 K,
                                              const double *A, double *D) {
  if (adfun_by_lanes(n, K)) return adfun_cholesky_tangent_lanes(ws, n, L, K, A, D);
  const adfun_i64 wide = adfun_padded(n), ld = K * wide;
  const adfun_mark mark = adfun_top(ws);
  double *const X = (double *)adfun_take(ws, adfun_times(wide, ld), sizeof(double));
  double *const M = (double *)adfun_take(ws, adfun_times(wide, ld), sizeof(double)); /* transposed: row j has M_ij */
  double *const U = (double *)adfun_take(ws, adfun_times(wide, wide), sizeof(double)); /* L' */
  double *const T = (double *)adfun_take(ws, adfun_times(wide, wide), sizeof(double));
  double *const R = (double *)adfun_take(ws, adfun_times(wide, wide), sizeof(double));
  if (!X || !M || !U || !T || !R) return ADFUN_NO_MEMORY;
  adfun_clear(X + n * ld, (wide - n) * ld, sizeof(double)); /* of what lies there, arithmetic might be slow */
  adfun_clear(M + n * ld, (wide - n) * ld, sizeof(double));
  adfun_clear(R + n * wide, (wide - n) * wide, sizeof(double));
  for (adfun_i64 k = 0; k < K; ++k) {
    double *const part = X + k * wide;
    adfun_lower(n, A + k * n * n, T, wide);
    adfun_turned(n, wide, T, wide, part, ld);
    for (adfun_i64 i = 0; i < n; ++i)
      for (adfun_i64 c = 0; c <= i; c += ADFUN_W)
        adfun_store(adfun_iota(c, 1) <= i, part + i * ld + c, adfun_load(T + i * wide + c));
  }
  adfun_triangle_columns(n, ld, ld, L, n, false, false, false, X);
  for (adfun_i64 k = 0; k < K; ++k) adfun_turned(n, wide, X + k * wide, ld, M + k * wide, ld);
  const adfun_i64 block = n < 24 ? 1 : 4;
  for (adfun_i64 j = 0; j < n; j += block) {
    const adfun_i64 from = j / ADFUN_W * ADFUN_W, count = n - j < block ? n - j : block;
    for (adfun_i64 k = 0; k < K; ++k)
      adfun_triangle_block(n, wide - from, ld, L, n, false, false, false, j, count, M + k * wide + from);
  }
  adfun_lower(n, L, T, wide);
  adfun_turned(n, wide, T, wide, U, wide);
  for (adfun_i64 k = 0; k < K; ++k) { /* -dL_k, as columns */
    for (adfun_i64 j = 0; j < n; j += 4) {
      const adfun_i64 from = j / ADFUN_W * ADFUN_W;
      double *const phi = M + j * ld + k * wide;
      for (adfun_i64 r = 0; r < 4; ++r) {
        adfun_row(T, 0, R + (j + r) * wide, wide);
        for (adfun_i64 l = j; l < j + r; ++l) phi[r * ld + l] = 0.0;
        phi[r * ld + j + r] *= 0.5;
      }
      adfun_subtract_four(phi, ld, 1, j, n, U + from, wide - from, wide, R + j * wide + from, wide);
    }
    adfun_turned(n, wide, R, wide, T, wide);
    for (adfun_i64 i = 0; i < n; ++i)
      for (adfun_i64 c = 0; c < wide; c += ADFUN_W) {
        const adfun_v value = adfun_select(adfun_iota(c, 1) <= i, -adfun_load(T + i * wide + c), adfun_v{});
        adfun_store(adfun_iota(c, 1) < n, D + (k * n + i) * n + c, value);
      }
  }
  adfun_release(ws, mark);
  return 0;
}

/* Lower triangles of x with rows of n elements, as rows of `ld`, zeros above. */
static inline void adfun_spaced(adfun_i64 n, const double *x, double *y, adfun_i64 ld) {
  for (adfun_i64 i = 0; i < n; ++i) adfun_row(x + i * n, i + 1, y + i * ld, ld);
}

/* K matrices, `apart` from each other, with rows of `ld` elements. */
struct adfun_several {
  double *at;
  adfun_i64 K, apart, ld;

  adfun_several from(adfun_i64 i, adfun_i64 j) const { return {at + i * ld + j, K, apart, ld}; }
  double *operator[](adfun_i64 k) const { return at + k * apart; }
};

/* U and the upper triangles V_k of dA_k, which become dU_k, with zeros below; rows are whole vectors. */
static adfun_i32 adfun_cholesky_tangent_halves(adfun_workspace *ws, adfun_i64 n, const double *U, adfun_several V) {
  const adfun_i64 ld = V.ld, nn = n * n;
  const adfun_mark mark = adfun_top(ws);
  if (n <= adfun_unhalved(V.K)) {
    double *const L = (double *)adfun_take(ws, nn, sizeof(double));
    double *const A = (double *)adfun_take(ws, adfun_times(V.K, nn), sizeof(double));
    double *const D = (double *)adfun_take(ws, adfun_times(V.K, nn), sizeof(double));
    if (!L || !A || !D) return ADFUN_NO_MEMORY;
    adfun_transposed(U, ld, L, n, n, n);
    for (adfun_i64 k = 0; k < V.K; ++k) adfun_transposed(V[k], ld, A + k * nn, n, n, n);
    if (adfun_cholesky_tangent_loops(ws, n, L, V.K, A, D) != 0) return ADFUN_NO_MEMORY;
    for (adfun_i64 k = 0; k < V.K; ++k) adfun_transposed(D + k * nn, n, V[k], ld, n, n);
    adfun_release(ws, mark);
    return 0;
  }
  const adfun_i64 h = adfun_half(n), r = n - h, wide = adfun_whole_vectors(r), half = adfun_half(h);
  const double *const right = U + h;
  if (adfun_cholesky_tangent_halves(ws, h, U, V) != 0) return ADFUN_NO_MEMORY;
  for (adfun_i64 k = 0; k < V.K; ++k) {
    double *const along = V[k] + h, *const rest = along + h * ld;
    adfun_product(half, wide, half, -1.0, {V[k], 1, ld}, {right, ld, 1}, true, along, ld); /* (a triangle) */
    adfun_product(h - half, wide, h, -1.0, {V[k] + half, 1, ld}, {right, ld, 1}, true, along + half * ld, ld);
    adfun_triangle_columns(h, wide, ld, U, ld, false, true, false, along);
    adfun_triangle_product(true, r, h, -1.0, {along, 1, ld}, {right, ld, 1}, rest, ld);
    adfun_triangle_product(true, r, h, -1.0, {right, 1, ld}, {along, ld, 1}, rest, ld);
    for (adfun_i64 i = 1; i < r; ++i) adfun_clear(rest + i * ld, i, sizeof(double));
  }
  return adfun_cholesky_tangent_halves(ws, r, right + h * ld, V.from(h, h));
}

ADFUN_KERNEL adfun_cholesky_tangent(adfun_workspace *ws, adfun_matrix L, adfun_size n, adfun_size, adfun_matrix A,
                                    adfun_size K, adfun_size, adfun_size, adfun_result D, adfun_size, adfun_size,
                                    adfun_size) {
  if (n <= adfun_unhalved(K)) return adfun_cholesky_tangent_loops(ws, n, L, K, A, D);
  const adfun_i64 ld = adfun_apart(n), apart = n * ld;
  const adfun_mark mark = adfun_top(ws);
  double *const lower = (double *)adfun_take(ws, apart, sizeof(double));
  double *const U = (double *)adfun_take(ws, apart, sizeof(double));
  double *const V = (double *)adfun_take(ws, adfun_times(K, apart), sizeof(double));
  if (!lower || !U || !V) return ADFUN_NO_MEMORY;
  adfun_clear(U, apart, sizeof(double));
  adfun_clear(V, K * apart, sizeof(double));
  adfun_transposed(L, n, U, ld, n, n);
  for (adfun_i64 k = 0; k < K; ++k) {
    adfun_spaced(n, A + k * n * n, lower, ld);
    adfun_transposed(lower, ld, V + k * apart, ld, n, n);
  }
  if (adfun_cholesky_tangent_halves(ws, n, U, {V, K, apart, ld}) != 0) return ADFUN_NO_MEMORY;
  for (adfun_i64 k = 0; k < K; ++k) adfun_transposed(V + k * apart, ld, D + k * n * n, n, n, n);
  adfun_release(ws, mark);
  return 0;
}

/* Along one direction. */
ADFUN_KERNEL adfun_cholesky_tangent(adfun_workspace *ws, adfun_matrix L, adfun_size n, adfun_size n1, adfun_matrix A,
                                    adfun_size a0, adfun_size a1, adfun_result D, adfun_size d0, adfun_size d1) {
  return adfun_cholesky_tangent(ws, L, n, n1, A, 1, a0, a1, D, 1, d0, d1);
}

/* The derivatives of cholesky_adjoint(L, G) = A along (dL_k, dG_k): with F = 2 Phi(A) made symmetric, the lower part
   of S = L^-T (P + P') L^-1, half its diagonal, where P = Phi(dL' G + L' dG) - dL' F L. */

static adfun_i32 adfun_cholesky_adjoint_tangent_loops(adfun_workspace *ws, adfun_i64 n, const double *L,
                                                      const double *G, const double *A, adfun_i64 K, const double *dL,
                                                      const double *dG, double *D) {
  if (adfun_by_lanes(n, K)) return adfun_cholesky_adjoint_tangent_lanes(ws, n, L, A, K, dL, dG, D);
  const adfun_i64 wide = adfun_padded(n), ld = K * wide, square = adfun_times(wide, wide);
  const adfun_mark mark = adfun_top(ws);
  double *const factor = (double *)adfun_take(ws, square, sizeof(double));
  double *const F = (double *)adfun_take(ws, square, sizeof(double)); /* then the triangle of dG_k */
  double *const Q = (double *)adfun_take(ws, square, sizeof(double)); /* -F L */
  double *const H = (double *)adfun_take(ws, square, sizeof(double)); /* the triangle of G */
  double *const T = (double *)adfun_take(ws, square, sizeof(double)); /* that of dL_k */
  double *const X = (double *)adfun_take(ws, adfun_times(wide, ld), sizeof(double));
  double *const S = (double *)adfun_take(ws, adfun_times(wide, ld), sizeof(double));
  if (!factor || !F || !Q || !H || !T || !X || !S) return ADFUN_NO_MEMORY;
  adfun_clear(X + n * ld, (wide - n) * ld, sizeof(double));
  adfun_clear(S + n * ld, (wide - n) * ld, sizeof(double));
  adfun_clear(Q, square, sizeof(double));
  adfun_clear(F + n * wide, (wide - n) * wide, sizeof(double));
  adfun_lower(n, L, factor, wide);
  adfun_lower(n, G, H, wide);
  adfun_lower(n, A, T, wide);
  adfun_turned(n, wide, T, wide, F, wide);
  for (adfun_i64 i = 0; i < n; ++i)
    for (adfun_i64 c = 0; c < wide; c += ADFUN_W)
      adfun_store(F + i * wide + c, adfun_load(F + i * wide + c) + adfun_load(T + i * wide + c));
  for (adfun_i64 i = 0; i < n; i += 4)
    adfun_subtract_four(F + i * wide, wide, 1, 0, n, factor, wide, wide, Q + i * wide, wide);
  for (adfun_i64 k = 0; k < K; ++k) {
    double *const P = S + k * wide;
    adfun_lower(n, dG + k * n * n, F, wide);
    adfun_lower(n, dL + k * n * n, T, wide);
    for (adfun_i64 i = 0; i < n; i += 4) {
      const adfun_i64 part = adfun_padded(i + 4);
      double *const p = P + i * ld;
      for (adfun_i64 r = 0; r < 4; ++r) adfun_row(T, 0, p + r * ld, wide);
      adfun_subtract_four(T + i, 1, wide, i, n, H, part, wide, p, ld);
      adfun_subtract_four(factor + i, 1, wide, i, n, F, part, wide, p, ld);
      for (adfun_i64 r = 0; r < 4; ++r)
        for (adfun_i64 c = 0; c < part; c += ADFUN_W) { /* minus Phi */
          const adfun_l at = adfun_iota(c, 1);
          const adfun_v sum = adfun_load(p + r * ld + c), half = adfun_select(at == i + r, 0.5 * sum, sum);
          adfun_store(p + r * ld + c, adfun_select(at <= i + r, half, adfun_v{}));
        }
      adfun_subtract_four(T + i, 1, wide, i, n, Q, wide, wide, p, ld);
    }
    adfun_turned(n, wide, P, ld, X + k * wide, ld);
    for (adfun_i64 i = 0; i < n; ++i)
      for (adfun_i64 c = k * wide; c < (k + 1) * wide; c += ADFUN_W)
        adfun_store(X + i * ld + c, -(adfun_load(X + i * ld + c) + adfun_load(S + i * ld + c)));
  }
  adfun_triangle_columns(n, ld, ld, L, n, true, true, false, X);
  for (adfun_i64 k = 0; k < K; ++k) adfun_turned(n, wide, X + k * wide, ld, S + k * wide, ld);
  const adfun_i64 block = n < 24 ? 1 : 4;
  for (adfun_i64 done = 0, count; done < n; done += count) {
    count = n - done < block ? n - done : block;
    const adfun_i64 i = n - done - count;
    for (adfun_i64 k = 0; k < K; ++k)
      adfun_triangle_block(n, adfun_padded(i + count), ld, L, n, true, true, false, i, count, S + k * wide);
  }
  for (adfun_i64 k = 0; k < K; ++k)
    for (adfun_i64 i = 0; i < n; ++i) {
      double *const to = D + (k * n + i) * n;
      adfun_short_row(S + i * ld + k * wide, i, to, n);
      to[i] = 0.5 * S[i * ld + k * wide + i];
    }
  adfun_release(ws, mark);
  return 0;
}

/* L, the lower triangles of G and A, those of dL_k with zeros above, and dG_k, which become dA_k.  What G becomes on
   its way to A, but for its diagonal blocks, is there: A itself. */
static adfun_i32 adfun_cholesky_adjoint_tangent_halves(adfun_workspace *ws, adfun_i64 n, const double *L, double *G,
                                                       const double *A, adfun_several dL, adfun_several dG) {
  const adfun_i64 ld = dG.ld, K = dG.K, nn = n * n;
  const adfun_mark mark = adfun_top(ws);
  if (n <= adfun_unhalved(K)) {
    double *const parts = (double *)adfun_take(ws, adfun_times(3 * K + 3, nn), sizeof(double));
    if (!parts) return ADFUN_NO_MEMORY;
    double *const factor = parts, *const given = factor + nn, *const back = given + nn;
    double *const along = back + nn, *const seed = along + K * nn, *const D = seed + K * nn;
    for (adfun_i64 i = 0; i < n; ++i) {
      adfun_short_row(L + i * ld, i + 1, factor + i * n, n);
      adfun_short_row(G + i * ld, i + 1, given + i * n, n);
      adfun_short_row(A + i * ld, i + 1, back + i * n, n);
      for (adfun_i64 k = 0; k < K; ++k) {
        adfun_short_row(dL[k] + i * ld, i + 1, along + k * nn + i * n, n);
        adfun_short_row(dG[k] + i * ld, i + 1, seed + k * nn + i * n, n);
      }
    }
    if (adfun_cholesky_adjoint_tangent_loops(ws, n, factor, given, back, K, along, seed, D) != 0)
      return ADFUN_NO_MEMORY;
    for (adfun_i64 k = 0; k < K; ++k)
      for (adfun_i64 i = 0; i < n; ++i) adfun_copy(D + k * nn + i * n, dG[k] + i * ld, i + 1);
    adfun_release(ws, mark);
    return 0;
  }
  const adfun_i64 h = adfun_half(n), r = n - h, wide = adfun_whole_vectors(r), corner = h * ld + h;
  const adfun_i64 half = adfun_half(h), middle = half * ld + half;
  const adfun_part below = {L + h * ld, ld, 1}, solved = {A + h * ld, ld, 1}, turned = {A + h * ld, 1, ld};
  const adfun_several along = dL.from(h, 0), seed = dG.from(h, 0), rest = dG.from(h, h);
  const adfun_i32 status =
      adfun_cholesky_adjoint_tangent_halves(ws, r, L + corner, G + corner, A + corner, dL.from(h, h), rest);
  double *const all = (double *)adfun_take(ws, adfun_times(r, wide), sizeof(double));
  double *const work = (double *)adfun_take(ws, adfun_times(h, wide), sizeof(double));
  if (status != 0 || !all || !work) return ADFUN_NO_MEMORY;
  adfun_mirrored(r, A + corner, ld, all, wide);
  adfun_triangle_product(false, h, r, -1.0, turned, below, G, ld);
  for (adfun_i64 k = 0; k < K; ++k) {
    const adfun_part aside = {along[k], ld, 1};
    adfun_mirrored(r, rest[k], ld, work, wide);
    adfun_product(r, h, r, -1.0, {work, wide, 1}, below, true, seed[k], ld);
    adfun_product(r, h, r, -1.0, {all, wide, 1}, aside, true, seed[k], ld);
    adfun_product(r, half, h, -1.0, solved, {dL[k], ld, 1}, true, seed[k], ld); /* (a triangle) */
    adfun_product(r, h - half, h - half, -1.0, solved.from(0, half), {dL[k] + middle, ld, 1}, true, seed[k] + half, ld);
    adfun_solve_right(h, r, L, seed[k], ld, work);
    adfun_triangle_product(false, h, r, -1.0, {seed[k], 1, ld}, below, dG[k], ld);
    adfun_triangle_product(false, h, r, -1.0, turned, aside, dG[k], ld);
  }
  adfun_release(ws, mark);
  return adfun_cholesky_adjoint_tangent_halves(ws, h, L, G, A, dL, dG);
}

ADFUN_KERNEL adfun_cholesky_adjoint_tangent(adfun_workspace *ws, adfun_matrix L, adfun_size n, adfun_size,
                                            adfun_matrix G, adfun_size, adfun_size, adfun_matrix A, adfun_size,
                                            adfun_size, adfun_matrix dL, adfun_size K, adfun_size, adfun_size,
                                            adfun_matrix dG, adfun_size, adfun_size, adfun_size, adfun_result D,
                                            adfun_size, adfun_size, adfun_size) {
  if (n <= adfun_unhalved(K)) return adfun_cholesky_adjoint_tangent_loops(ws, n, L, G, A, K, dL, dG, D);
  const adfun_i64 ld = adfun_apart(n), apart = n * ld, nn = n * n;
  const adfun_mark mark = adfun_top(ws);
  double *const parts = (double *)adfun_take(ws, adfun_times(2 * K + 3, apart), sizeof(double));
  if (!parts) return ADFUN_NO_MEMORY;
  double *const factor = parts, *const given = factor + apart, *const back = given + apart;
  const adfun_several along = {back + apart, K, apart, ld}, seed = {along[K], K, apart, ld};
  adfun_spaced(n, L, factor, ld);
  adfun_spaced(n, G, given, ld);
  adfun_spaced(n, A, back, ld);
  for (adfun_i64 k = 0; k < K; ++k) {
    adfun_spaced(n, dL + k * nn, along[k], ld);
    adfun_spaced(n, dG + k * nn, seed[k], ld);
  }
  if (adfun_cholesky_adjoint_tangent_halves(ws, n, factor, given, back, along, seed) != 0) return ADFUN_NO_MEMORY;
  for (adfun_i64 k = 0; k < K; ++k)
    for (adfun_i64 i = 0; i < n; ++i) adfun_short_row(seed[k] + i * ld, i + 1, D + k * nn + i * n, n);
  adfun_release(ws, mark);
  return 0;
}

ADFUN_KERNEL adfun_cholesky_adjoint_tangent(adfun_workspace *ws, adfun_matrix L, adfun_size n, adfun_size n1,
                                            adfun_matrix G, adfun_size g0, adfun_size g1, adfun_matrix A, adfun_size a0,
                                            adfun_size a1, adfun_matrix dL, adfun_size l0, adfun_size l1,
                                            adfun_matrix dG, adfun_size h0, adfun_size h1, adfun_result D,
                                            adfun_size d0, adfun_size d1) {
  return adfun_cholesky_adjoint_tangent(ws, L, n, n1, G, g0, g1, A, a0, a1, dL, 1, l0, l1, dG, 1, h0, h1, D, 1, d0, d1);
}
