/* Derivatives of Cholesky factors of small matrices, along several directions: one to a lane.
 *
 * Nothing waits for divisions, which all directions share, and no row is too short for a vector.
 */
#pragma once
#include "adfun/lanes.h"

/* The lower triangles of up to ADFUN_W matrices, n x n each: element (i, j) of all of them is y[i * n + j]. */
static inline void adfun_to_lanes(adfun_i64 n, adfun_i64 K, const double *x, adfun_v *y) {
  double *const to = (double *)y;
  adfun_clear(to, n * n * ADFUN_W, sizeof(double));
  for (adfun_i64 k = 0; k < K; ++k)
    for (adfun_i64 i = 0; i < n; ++i)
      for (adfun_i64 j = 0; j <= i; ++j) to[(i * n + j) * ADFUN_W + k] = x[(k * n + i) * n + j];
}

/* The way back; what is above the diagonals becomes zero. */
static inline void adfun_from_lanes(adfun_i64 n, adfun_i64 K, const adfun_v *x, double *y) {
  const double *const from = (const double *)x;
  for (adfun_i64 k = 0; k < K; ++k)
    for (adfun_i64 i = 0; i < n; ++i) {
      double *const row = y + (k * n + i) * n;
      for (adfun_i64 j = 0; j < n; ++j) row[j] = j > i ? 0.0 : from[(i * n + j) * ADFUN_W + k];
    }
}

/* cholesky_tangent, column after column:
   L_jj dL_ij = dA_ij - sum over k < j of (dL_ik L_jk + L_ik dL_jk) - L_ij dL_jj, half of it on the diagonal. */
static adfun_i32 adfun_cholesky_tangent_lanes(adfun_workspace *ws, adfun_i64 n, const double *L, adfun_i64 K,
                                              const double *A, double *D) {
  const adfun_mark mark = adfun_top(ws);
  adfun_v *const d = (adfun_v *)adfun_take(ws, adfun_times(n, n), sizeof(adfun_v));
  if (!d) return ADFUN_NO_MEMORY;
  for (adfun_i64 first = 0; first < K; first += ADFUN_W) {
    const adfun_i64 count = adfun_least(K - first, ADFUN_W);
    adfun_to_lanes(n, count, A + first * n * n, d);
    for (adfun_i64 j = 0; j < n; ++j) {
      const double *const pivot = L + j * n, inverse = 1.0 / pivot[j];
      const adfun_v *const along = d + j * n;
      for (adfun_i64 i = j; i < n; i += 2) { /* two rows share what they load */
        const adfun_i64 next = i + 1 < n ? i + 1 : i;
        const double *const row = L + i * n, *const below = L + next * n;
        adfun_v *const drow = d + i * n, *const dbelow = d + next * n;
        adfun_v s = drow[j], t = {}, u = dbelow[j], v = {};
        for (adfun_i64 k = 0; k < j; ++k) {
          s -= pivot[k] * drow[k], t += row[k] * along[k];
          u -= pivot[k] * dbelow[k], v += below[k] * along[k];
        }
        drow[j] = i == j ? 0.5 * inverse * (s - t) : inverse * (s - t - row[j] * along[j]);
        if (next > i) dbelow[j] = inverse * (u - v - below[j] * along[j]);
      }
    }
    adfun_from_lanes(n, count, d, D + first * n * n);
  }
  adfun_release(ws, mark);
  return 0;
}

/* cholesky_adjoint_tangent. The adjoint A of the matrix, F = A + A', is found column by column from the last one:
   L_kk F_ik = G_ik - sum over m > k of F_im L_mk; these are the derivatives of that. */
static adfun_i32 adfun_cholesky_adjoint_tangent_lanes(adfun_workspace *ws, adfun_i64 n, const double *L,
                                                      const double *A, adfun_i64 K, const double *dL,
                                                      const double *dG, double *D) {
  const adfun_i64 square = adfun_times(n, n);
  const adfun_mark mark = adfun_top(ws);
  adfun_v *const lower = (adfun_v *)adfun_take(ws, square, sizeof(adfun_v));
  adfun_v *const upper = (adfun_v *)adfun_take(ws, square, sizeof(adfun_v)); /* dL' */
  adfun_v *const d = (adfun_v *)adfun_take(ws, square, sizeof(adfun_v));     /* dG, which becomes dF */
  double *const F = (double *)adfun_take(ws, square, sizeof(double));
  double *const U = (double *)adfun_take(ws, square, sizeof(double)); /* L' */
  if (!lower || !upper || !d || !F || !U) return ADFUN_NO_MEMORY;
  for (adfun_i64 i = 0; i < n; ++i)
    for (adfun_i64 j = 0; j <= i; ++j) {
      F[i * n + j] = F[j * n + i] = i == j ? 2.0 * A[i * n + i] : A[i * n + j];
      U[j * n + i] = L[i * n + j];
    }
  for (adfun_i64 first = 0; first < K; first += ADFUN_W) {
    const adfun_i64 count = adfun_least(K - first, ADFUN_W);
    adfun_to_lanes(n, count, dL + first * n * n, lower);
    adfun_to_lanes(n, count, dG + first * n * n, d);
    for (adfun_i64 i = 0; i < n; ++i)
      for (adfun_i64 j = 0; j <= i; ++j) upper[j * n + i] = lower[i * n + j];
    for (adfun_i64 k = n - 1; k >= 0; --k) {
      const double *const column = U + k * n, inverse = 1.0 / column[k];
      const adfun_v *const dcolumn = upper + k * n, dpivot = dcolumn[k];
      for (adfun_i64 i = n - 1; i >= k; i -= 2) { /* two rows share what they load; that of k needs all others */
        const adfun_i64 next = i - 1 > k ? i - 1 : i;
        const double *const row = F + i * n, *const above = F + next * n;
        const adfun_v *const drow = d + i * n, *const dabove = d + next * n;
        adfun_v s = drow[k], t = {}, u = dabove[k], v = {};
        for (adfun_i64 m = k + 1; m < n; ++m) {
          s -= column[m] * drow[m], t += row[m] * dcolumn[m];
          u -= column[m] * dabove[m], v += above[m] * dcolumn[m];
        }
        d[i * n + k] = d[k * n + i] = inverse * (s - t - row[k] * dpivot);
        if (next == i) ++i;
        else d[next * n + k] = d[k * n + next] = inverse * (u - v - above[k] * dpivot);
      }
    }
    for (adfun_i64 i = 0; i < n; ++i) d[i * n + i] *= 0.5;
    adfun_from_lanes(n, count, d, D + first * n * n);
  }
  adfun_release(ws, mark);
  return 0;
}
