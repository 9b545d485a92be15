/* Symmetric eigenvalues of row-major arrays, ascending.  Conventions: dense.h.  LAPACK does the work, when the
 * caller has it.
 */
#pragma once
#include "adfun/dense.h"

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

typedef void adfun_dsyevd_t(const char *, const char *, const int *, double *, const int *, double *, double *,
                            const int *, int *, const int *, int *);

static inline bool adfun_eigh_lapack(adfun_workspace *ws, adfun_i64 n, double *S, double *w, double *V,
                                     adfun_i64 *info) {
  adfun_dsyevd_t *const dsyevd = ws->lapack ? (adfun_dsyevd_t *)ws->lapack[0] : nullptr;
  if (!dsyevd || n < 1 || n > 30000) return false;
  const int in = (int)n, lwork = 1 + 6 * in + 2 * in * in, liwork = 3 + 5 * in;
  double *const work = (double *)adfun_take(ws, lwork, sizeof(double));
  int *const iwork = (int *)adfun_take(ws, liwork, sizeof(int));
  if (!work || !iwork) return false;
  int failed = 0;
  dsyevd("V", "L", &in, S, &in, w, work, &lwork, iwork, &liwork, &failed);
  adfun_transposed(S, n, V, n, n, n);
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
