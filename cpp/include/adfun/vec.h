/* The tangents of one scalar in eight directions, in four where a module says that it needs no more: as wide as
   the target's registers, or of halves.  Compilers take vectors wider than the registers apart lane by lane.
   A `vecu` is the same in memory of any alignment. */
#pragma once
#include "adfun/runtime.h"

#if defined(__AVX512F__)
#define ADFUN_NATIVE 8
#elif defined(__AVX__)
#define ADFUN_NATIVE 4
#else
#define ADFUN_NATIVE 2
#endif
#ifndef ADFUN_DIRECTIONS
#define ADFUN_DIRECTIONS 8
#endif
#define ADFUN_WHOLE (ADFUN_DIRECTIONS < ADFUN_NATIVE ? ADFUN_DIRECTIONS : ADFUN_NATIVE)

/* -- one register ----------------------------------------------------------------------------------- */

typedef double adfun_whole __attribute__((vector_size(8 * ADFUN_WHOLE)));
typedef double adfun_wholeu __attribute__((vector_size(8 * ADFUN_WHOLE), aligned(8), may_alias));

ADFUN_INLINE void adfun_fill(adfun_whole *v, double x) { *v = x - adfun_whole{}; }
ADFUN_INLINE void adfun_read(adfun_whole *v, const double *p) { *v = *(const adfun_wholeu *)p; }
ADFUN_INLINE void adfun_write(double *p, adfun_whole v) { *(adfun_wholeu *)p = v; }

/* 0 in the lanes where v is 0, else v * p. */
ADFUN_INLINE adfun_whole adfun_vmul0(adfun_whole v, double p) { return v == 0.0 ? adfun_whole{} : v * p; }
ADFUN_INLINE adfun_whole adfun_vprod0(adfun_whole v, adfun_whole w) { return v == 0.0 ? adfun_whole{} : v * w; }
ADFUN_INLINE adfun_whole adfun_vscale0(double x, adfun_whole v) { return x == 0.0 ? adfun_whole{} : x * v; }
ADFUN_INLINE adfun_whole adfun_vput(adfun_whole v, adfun_i64 lane, double x) {
  v[lane & (ADFUN_WHOLE - 1)] = x;
  return v;
}

/* Lanes of v and w, one after the other: those that the octal digits name, modulo `lanes`. */
ADFUN_INLINE adfun_whole adfun_pick(adfun_whole v, adfun_whole w, adfun_i64 order, adfun_i64 lanes) {
#if defined(__clang__)
  adfun_whole picked;
  for (int k = 0; k < ADFUN_WHOLE; ++k) {
    const adfun_i64 lane = order >> 3 * k & (lanes - 1);
    picked[k] = lane < ADFUN_WHOLE ? v[lane] : w[lane - ADFUN_WHOLE];
  }
  return picked;
#else
  typedef adfun_i64 places __attribute__((vector_size(8 * ADFUN_WHOLE)));
  places at;
#pragma GCC unroll 8
  for (int k = 0; k < ADFUN_WHOLE; ++k) at[k] = order >> 3 * k & (lanes - 1);
  return __builtin_shuffle(v, w, at);
#endif
}
ADFUN_INLINE adfun_whole adfun_vpermute(adfun_whole v, adfun_i64 order) {
  return adfun_pick(v, v, order, ADFUN_WHOLE);
}

#if ADFUN_DIRECTIONS <= ADFUN_NATIVE

typedef adfun_whole adfun_vec;
typedef adfun_wholeu adfun_vecu;

#else

/* -- halves ------------------------------------------------------------------------------------------- */

template <class Half>
struct adfun_halves {
  mutable Half a, b; /* (g++ 12 takes a const struct apart only if it has such members: else it stays in memory) */
  static constexpr int size = sizeof(Half) / sizeof(double); /* lanes of a half */

  ADFUN_MEMBER adfun_halves &operator=(const adfun_halves &x) { /* (g++ would copy pieces of 16 bytes) */
    a = x.a;
    b = x.b;
    return *this;
  }
  double operator[](adfun_i64 lane) const { return lane < size ? a[lane] : b[lane - size]; }

  friend ADFUN_MEMBER adfun_halves operator+(adfun_halves x, adfun_halves y) { return {x.a + y.a, x.b + y.b}; }
  friend ADFUN_MEMBER adfun_halves operator-(adfun_halves x, adfun_halves y) { return {x.a - y.a, x.b - y.b}; }
  friend ADFUN_MEMBER adfun_halves operator-(adfun_halves x) { return {-x.a, -x.b}; }
  friend ADFUN_MEMBER adfun_halves operator*(double x, adfun_halves y) { return {x * y.a, x * y.b}; }
  friend ADFUN_MEMBER adfun_halves operator*(adfun_halves x, adfun_halves y) { return {x.a * y.a, x.b * y.b}; }

  friend ADFUN_MEMBER void adfun_fill(adfun_halves *v, double x) {
    adfun_fill(&v->a, x);
    adfun_fill(&v->b, x);
  }
  friend ADFUN_MEMBER void adfun_read(adfun_halves *v, const double *p) {
    adfun_read(&v->a, p);
    adfun_read(&v->b, p + size);
  }
  friend ADFUN_MEMBER void adfun_write(double *p, adfun_halves v) {
    adfun_write(p, v.a);
    adfun_write(p + size, v.b);
  }
  friend ADFUN_MEMBER adfun_halves adfun_vmul0(adfun_halves v, double p) {
    return {adfun_vmul0(v.a, p), adfun_vmul0(v.b, p)};
  }
  friend ADFUN_MEMBER adfun_halves adfun_vprod0(adfun_halves v, adfun_halves w) {
    return {adfun_vprod0(v.a, w.a), adfun_vprod0(v.b, w.b)};
  }
  friend ADFUN_MEMBER adfun_halves adfun_vscale0(double x, adfun_halves v) {
    return {adfun_vscale0(x, v.a), adfun_vscale0(x, v.b)};
  }
  friend ADFUN_MEMBER adfun_halves adfun_pick(adfun_halves v, adfun_halves w, adfun_i64 order, adfun_i64 lanes) {
    double of[4 * size];
    adfun_write(of, v);
    adfun_write(of + 2 * size, w);
    adfun_halves picked = v;
#pragma GCC unroll 8
    for (int k = 0; k < 2 * size; ++k) picked = adfun_vput(picked, k, of[order >> 3 * k & (lanes - 1)]);
    return picked;
  }
  friend ADFUN_MEMBER adfun_halves adfun_vpermute(adfun_halves v, adfun_i64 order) {
    return {adfun_pick(v.a, v.b, order, 2 * size), adfun_pick(v.a, v.b, order >> 3 * size, 2 * size)};
  }
  friend ADFUN_MEMBER adfun_halves adfun_vput(adfun_halves v, adfun_i64 lane, double x) {
    if (lane & size) v.b = adfun_vput(v.b, lane, x);
    else v.a = adfun_vput(v.a, lane, x);
    return v;
  }
};

#if ADFUN_DIRECTIONS == 2 * ADFUN_NATIVE
typedef adfun_halves<adfun_whole> adfun_vec;
#else
typedef adfun_halves<adfun_halves<adfun_whole>> adfun_vec;
#endif

struct adfun_vecu {
  double x[ADFUN_DIRECTIONS];

  ADFUN_MEMBER operator adfun_vec() const {
    adfun_vec v;
    adfun_read(&v, x);
    return v;
  }
  ADFUN_MEMBER void operator=(adfun_vec v) { adfun_write(x, v); }
  ADFUN_MEMBER void operator+=(adfun_vec v) { adfun_write(x, (adfun_vec)*this + v); }
};

#endif

ADFUN_INLINE adfun_vec adfun_vsplat(double x) {
  adfun_vec v;
  adfun_fill(&v, x);
  return v;
}
