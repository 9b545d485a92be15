/* The discrete Fourier transform of any length: the kernel of primitives/fourier.py.  Conventions: dense.h.
 *
 * A transform of length n = p m is p transforms of length m, of every p-th element each, and m transforms of
 * length p (Cooley and Tukey); p is 4 or the least factor.  So it takes n times the sum of the factors.
 */
#pragma once
#include "adfun/dense.h"

struct adfun_turns { /* exp(-2 pi i k / n) for k < n, and room for one transform of the largest factor */
  double *re, *im, *room_re, *room_im;
};

/* exp(-2 pi i k / n): the angle is brought into the first eighth of the circle. */
static inline void adfun_turn(adfun_i64 k, adfun_i64 n, double *re, double *im) {
  const adfun_i64 quarter = 4 * k / n, rest = 4 * k - quarter * n;
  const bool far = 2 * rest > n;
  const double angle = 1.57079632679489661923 * ((double)(far ? n - rest : rest) / (double)n);
  const double a = __builtin_cos(angle), b = __builtin_sin(angle);
  const double c = far ? b : a, s = far ? a : b;
  *re = quarter == 0 ? c : quarter == 1 ? -s : quarter == 2 ? -c : s;
  *im = quarter == 0 ? -s : quarter == 1 ? -c : quarter == 2 ? s : c;
}

static inline adfun_i64 adfun_factor(adfun_i64 n) {
  if (n % 4 == 0) return 4;
  for (adfun_i64 p = 2; p * p <= n; ++p)
    if (n % p == 0) return p;
  return n;
}

/* One transform of length p: of elements k, k + m, k + 2 m ..., in place. */
static inline void adfun_butterfly(const adfun_turns *t, adfun_i64 p, adfun_i64 m, adfun_i64 step, double *re,
                                   double *im) {
  double *const a = t->room_re, *const b = t->room_im;
  for (adfun_i64 r = 0; r < p; ++r) {
    double x = a[0], y = b[0];
    for (adfun_i64 q = 1; q < p; ++q) {
      const adfun_i64 w = q * r % p * m * step;
      x += a[q] * t->re[w] - b[q] * t->im[w];
      y += a[q] * t->im[w] + b[q] * t->re[w];
    }
    re[r * m] = x;
    im[r * m] = y;
  }
}

static inline void adfun_butterfly4(const adfun_turns *t, adfun_i64 m, double *re, double *im) {
  const double *const a = t->room_re, *const b = t->room_im;
  const double even = a[0] + a[2], odd = a[0] - a[2], even_i = b[0] + b[2], odd_i = b[0] - b[2];
  const double both = a[1] + a[3], other = a[1] - a[3], both_i = b[1] + b[3], other_i = b[1] - b[3];
  re[0] = even + both;
  im[0] = even_i + both_i;
  re[m] = odd + other_i;
  im[m] = odd_i - other;
  re[2 * m] = even - both;
  im[2 * m] = even_i - both_i;
  re[3 * m] = odd - other_i;
  im[3 * m] = odd_i + other;
}

/* The transform of n elements of x, which are `stride` apart: step is the length of the whole by n. */
static void adfun_transform(const adfun_turns *t, adfun_i64 n, const double *x_re, const double *x_im,
                            adfun_i64 stride, adfun_i64 step, double *re, double *im) {
  if (n == 1) {
    *re = *x_re;
    *im = *x_im;
    return;
  }
  const adfun_i64 p = adfun_factor(n), m = n / p;
  for (adfun_i64 q = 0; q < p; ++q)
    adfun_transform(t, m, x_re + q * stride, x_im + q * stride, stride * p, step * p, re + q * m, im + q * m);
  for (adfun_i64 k = 0; k < m; ++k) {
    for (adfun_i64 q = 0; q < p; ++q) {
      const double x = re[q * m + k], y = im[q * m + k], c = t->re[q * k * step], s = t->im[q * k * step];
      t->room_re[q] = x * c - y * s;
      t->room_im[q] = x * s + y * c;
    }
    if (p == 4)
      adfun_butterfly4(t, m, re + k, im + k);
    else
      adfun_butterfly(t, p, m, step, re + k, im + k);
  }
}

ADFUN_KERNEL adfun_fourier(adfun_workspace *ws, adfun_matrix X, adfun_size, adfun_size rows, adfun_size n, bool back,
                           adfun_result Y, adfun_size, adfun_size, adfun_size) {
  if (n < 1) return 0;
  const adfun_mark mark = adfun_top(ws);
  double *const room = (double *)adfun_take(ws, adfun_times(4, n), sizeof(double));
  if (!room) return ADFUN_NO_MEMORY;
  const adfun_turns turns = {room, room + n, room + 2 * n, room + 3 * n};
  for (adfun_i64 k = 0; k < n; ++k) adfun_turn(k, n, turns.re + k, turns.im + k);
  /* the other sign of the exponent: real and imaginary parts change places, before and after */
  const adfun_i64 re = back ? rows * n : 0, im = back ? 0 : rows * n;
  for (adfun_i64 i = 0; i < rows; ++i)
    adfun_transform(&turns, n, X + re + i * n, X + im + i * n, 1, 1, Y + re + i * n, Y + im + i * n);
  adfun_release(ws, mark);
  return 0;
}
