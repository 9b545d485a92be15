/* lgamma, digamma and trigamma.
 *
 * x > 0: below 4.25 at most two steps of the recurrence lead to y = 1 + s in [1.25, 2.25], where a
 * polynomial follows that is exact where the function is zero; beyond, Stirling's series (DLMF 5.11.1,
 * 5.11.2), its rest fitted.  x < 0: reflection (DLMF 5.5.3, 5.5.4, 5.15.6).
 */
#pragma once
#include "adfun/special/gamma_polynomials.h"

/* The way from 0 < x < 4.25 to 1 + s, over no, one or two factors: their product, and the sums of
   their reciprocals and squared reciprocals, times product and product squared. */
template <class V> struct adfun_steps {
  V s, product, sum, squares;
};

template <class V> ADFUN_INLINE adfun_steps<V> adfun_reduce(V x) {
  const auto low = x < 1.25, tiny = x < 0.25;
  const V a = x - 1.0, b = a > 1.25 ? a - 1.0 : a;
  const auto one = low | (a > 1.25), two = tiny | (b > 1.25);
  const V f = low ? x : a, g = tiny ? x + 1.0 : b;
  const V zero = V{}, unit = zero + 1.0;
  adfun_steps<V> steps;
  steps.s = low ? (tiny ? g : x) : (b > 1.25 ? b - 1.0 : b);
  steps.product = two ? f * g : (one ? f : unit);
  steps.sum = two ? f + g : (one ? unit : zero);
  steps.squares = two ? f * f + g * g : (one ? unit : zero);
  return steps;
}

/* The distance to the nearest integer, with its sign; 0 beyond 2^52. */
static inline double adfun_to_nearest(double x) {
  return __builtin_fabs(x) < 0x1p52 ? x - __builtin_rint(x) : 0.0;
}

static inline double adfun_cotpi(double r) { return ADFUN_PI / tan(ADFUN_PI * r); }

/* -- lgamma ----------------------------------------------------------------------------------- */

template <class V> ADFUN_INLINE V adfun_lgamma_positive(V x) {
  const auto large = x >= 4.25;
  const bool some_near = adfun_any(!(large));
  adfun_steps<V> to = {};
  V argument = x;
  if (some_near) {
    to = adfun_reduce(x);
    argument = large ? x : to.product;
  }
  const V logarithm = adfun_vlog(argument);
  V result = x;
  if (some_near)
    result = to.s * (to.s - 1.0) * adfun_lgamma_near(to.s - 0.75) + (x < 1.25 ? -logarithm : logarithm);
  if (adfun_any(large)) {
    const V w = 1.0 / x;
    const V far = (x - 0.5) * (logarithm - 1.0) + (0x1.acfe390c97d69p-2 + w * adfun_lgamma_far(w * w));
    result = large ? far : result;
  }
  return result;
}

/* The C library's, which takes no compiling; SciPy's value at -inf. */
static inline double adfun_lgamma_cold(double x) { return x == -ADFUN_INF ? x : lgamma(x); }
ADFUN_BY_LANE(adfun_lgamma_cold)

template <class V> ADFUN_INLINE V adfun_lgamma_any(V x) {
  if (ADFUN_UNLIKELY(adfun_any(!(x > 0.0)))) return adfun_lgamma_cold(x);
  return adfun_lgamma_positive(x);
}

/* Of whole numbers from 1 to 256, from the table: `x` with 1.5 * 2^52 added, so that it ends in their bits. */
#define ADFUN_COUNTING 0x1.8p52
ADFUN_INLINE double adfun_lgamma_known(double x) { return adfun_lgamma_whole[((int)(x - ADFUN_COUNTING) - 1) & 255]; }
#ifdef ADFUN_W
ADFUN_INLINE adfun_v adfun_lgamma_known(adfun_v x) {
  const adfun_l place = ((adfun_l)x - 1) & 255;
  adfun_v y;
  ADFUN_EACH(l) y[l] = adfun_lgamma_whole[place[l]];
  return y;
}
#endif

/* Counts are whole numbers.  What a lane gets does not depend on the others. */
template <class V> ADFUN_INLINE V adfun_lgamma_of(V x) {
  const V near = x + ADFUN_COUNTING;
  const auto counts = (near - ADFUN_COUNTING == x) & (x >= 1.0) & (x <= 256.0);
  if (!adfun_any(counts)) return adfun_lgamma_any(x);
  const V known = adfun_lgamma_known(near);
  return adfun_any(!counts) ? (counts ? known : adfun_lgamma_any(x)) : known;
}

/* -- digamma ---------------------------------------------------------------------------------- */

template <class V> ADFUN_INLINE V adfun_digamma_positive(V x) {
  const auto large = x >= 4.25;
  V result = x;
  if (adfun_any(!(large))) {
    const adfun_steps<V> to = adfun_reduce(x);
    const V path = to.sum / to.product;
    const V root = (to.s - 0x1.d8b618d5af8fep-2) + 0x1.1e563779a1f5bp-56;
    result = root * adfun_digamma_near(to.s - 0.75) + (x < 1.25 ? -path : path);
  }
  if (adfun_any(large)) {
    const V w = 1.0 / x;
    const V far = adfun_vlog(x) - w * (0.5 + w * adfun_digamma_far(w * w));
    result = large ? far : result;
  }
  return result;
}

ADFUN_COLD double adfun_digamma_right(double x) { return adfun_digamma_positive(x); }

/* SciPy's values: an infinity at zero, NaN at the other poles and at -inf. */
static inline double adfun_digamma_cold(double x) {
  if (x > 0.0) return adfun_digamma_right(x);
  if (x == 0.0) return -__builtin_copysign(ADFUN_INF, x);
  const double r = adfun_to_nearest(x);
  if (r == 0.0 || x != x) return ADFUN_NAN;
  return adfun_digamma_right(1.0 - x) - adfun_cotpi(r);
}
ADFUN_BY_LANE(adfun_digamma_cold)

template <class V> ADFUN_INLINE V adfun_digamma_of(V x) {
  if (ADFUN_UNLIKELY(adfun_any(!(x > 0.0)))) return adfun_digamma_cold(x);
  return adfun_digamma_positive(x);
}

/* -- trigamma --------------------------------------------------------------------------------- */

template <class V> ADFUN_INLINE V adfun_trigamma_positive(V x) {
  const auto large = x >= 4.25;
  V result = x;
  if (adfun_any(!(large))) {
    const adfun_steps<V> to = adfun_reduce(x);
    const V inverse = 1.0 / to.product, path = (to.squares * inverse) * inverse;
    result = adfun_trigamma_near(to.s - 0.75) + (x < 1.25 ? path : -path);
  }
  if (adfun_any(large)) {
    const V w = 1.0 / x;
    const V far = w * (1.0 + w * (0.5 + w * adfun_trigamma_far(w * w)));
    result = large ? far : result;
  }
  return result;
}

ADFUN_COLD double adfun_trigamma_right(double x) { return adfun_trigamma_positive(x); }

static inline double adfun_trigamma_cold(double x) {
  if (x > 0.0) return adfun_trigamma_right(x);
  const double r = adfun_to_nearest(x);
  if (r == 0.0 || x != x) return x != x ? x : ADFUN_INF;
  const double sine = r * adfun_sinpi(r * r);
  return (ADFUN_PI / sine) * (ADFUN_PI / sine) - adfun_trigamma_right(1.0 - x);
}
ADFUN_BY_LANE(adfun_trigamma_cold)

template <class V> ADFUN_INLINE V adfun_trigamma_of(V x) {
  if (ADFUN_UNLIKELY(adfun_any(!(x > 0.0)))) return adfun_trigamma_cold(x);
  return adfun_trigamma_positive(x);
}
