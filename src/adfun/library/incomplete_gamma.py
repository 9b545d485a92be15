"""The incomplete gamma functions and what follows from them.

Scalar functions with loops, so that derivatives by both arguments are those of the loop as it ran; the
public ones apply them to every element.  Series, continued fraction and prefactor after Gautschi 1979
(ACM TOMS 5, 466) and DLMF 8.7, 8.9.
"""

from __future__ import annotations

import numpy as np

from adfun.library.pieces import HALF_LOG_2PI, Array, Scalar, special

PRECISION = 1e-18
"""Loops run on until a term is this small, so that derivatives have converged as well."""

ZETA_TAILS = (
    0.3224670334241132, 0.06735230105319807, 0.020580808427784536, 0.007385551028673998,
    0.0028905103307415394, 0.0011927539117032751, 0.0005096695247430449, 0.00022315475845356857,
    9.94575127817976e-05, 4.492623673812979e-05, 2.0507212775670396e-05, 9.439488275270618e-06,
    4.374866789915087e-06, 2.0392157537981365e-06, 9.551412130381909e-07, 4.4924691987384167e-07,
    2.1207184805780185e-07, 1.0043224823715715e-07,
)  # fmt: skip
"""(zeta(k) - 1) / k for k = 2, 3, ..."""


def log_minus_excess(ratio: Scalar, x: Scalar) -> Scalar:
    """log(ratio) - x without cancellation, where x = ratio - 1 is given as well."""
    if np.abs(x) > 0.4:
        value = np.log(ratio) - x
    else:
        r = x / (2.0 + x)
        s = r * r
        tail = 1.0 / 17 + s * (1.0 / 19 + s * (1.0 / 21 + s * (1.0 / 23 + s * (1.0 / 25 + s * (1.0 / 27)))))
        tail = 1.0 / 9 + s * (1.0 / 11 + s * (1.0 / 13 + s * (1.0 / 15 + s * tail)))
        value = 2.0 * r * s * (1.0 / 3 + s * (1.0 / 5 + s * (1.0 / 7 + s * tail))) - x * r
    return value


def stirling_rest(z: Scalar) -> Scalar:
    """log gamma(z + 1) - (z + 1/2) log(z) + z - log(2 pi) / 2 for z > 0 (DLMF 5.11.1)."""
    if z < 15.0:
        value = special.gammaln(z + 1.0) - (z + 0.5) * np.log(z) + z - HALF_LOG_2PI
    else:
        w = 1.0 / z
        s = w * w
        tail = 1.0 / 1680 - s * (1.0 / 1188 - s * (691.0 / 360360 - s * (1.0 / 156)))
        value = w * (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * tail)))
    return value


def gamma_prefactor(a: Scalar, x: Scalar) -> Scalar:
    """x^a exp(-x) / gamma(a + 1) for a, x > 0, in saddle point form (Loader 2000)."""
    exponent = a * log_minus_excess(x / a, (x - a) / a) - stirling_rest(a)
    return np.exp(exponent) / np.sqrt(2.0 * np.pi * a)


def lower_series(a: Scalar, x: Scalar) -> Scalar:
    """P(a, x) without its prefactor, by the power series (DLMF 8.7.1), for x not much above a."""
    term = 1.0
    total = 1.0
    n = 1.0
    while term > PRECISION * total:
        term = term * (x / (a + n))
        total = total + term
        n = n + 1.0
    return total


def upper_fraction(a: Scalar, x: Scalar) -> Scalar:
    """Q(a, x) without its prefactor, by Legendre's continued fraction (DLMF 8.9.2), for x not below a.

    At whole a the fraction ends, but its derivative by a does not: `bound` goes on as if it did not end.
    """
    rho = 0.0
    term = 1.0
    total = 1.0
    bound = 1.0
    n = 1.0
    below = x + 1.0 - a
    while bound > PRECISION * np.abs(total):
        above = below + 2.0
        step = n / (below * above) * (1.0 + rho)
        part = (n - a) * step
        rho = part / (1.0 - part)
        term = term * rho
        total = total + term
        bound = bound * (np.abs(rho) + np.abs(step))
        below = above
        n = n + 1.0
    return a / (x + 1.0 - a) * total


def log_gamma_of_next(a: Scalar) -> Scalar:
    """log gamma(1 + a) for 0 < a < 1, accurate for small a (DLMF 5.7.3)."""
    if a < 0.25:
        series = 0.0
        for coefficient in reversed(ZETA_TAILS):
            series = coefficient - a * series
        value = a * (0.42278433509846714 + a * series) - np.log1p(a)
    else:
        value = special.gammaln(1.0 + a)
    return value


def upper_near_zero(a: Scalar, x: Scalar) -> Scalar:
    """Q(a, x) for a < 1 and small x without cancellation (DLMF 8.7.1)."""
    log_power = a * np.log(x) - log_gamma_of_next(a)
    term = 1.0
    total = 0.0
    n = 1.0
    while np.abs(term) > PRECISION:
        term = -term * (x / n)
        total = total + term / (a + n)
        n = n + 1.0
    return -np.expm1(log_power) - np.exp(log_power) * a * total


def lower_gamma(a: Scalar, x: Scalar) -> Scalar:
    """P(a, x) with SciPy's values at the borders."""
    value = np.nan
    if (a > 0.0) & (x > 0.0) & (a < np.inf) & (x < np.inf):
        prefactor = gamma_prefactor(a, x)
        value = prefactor * lower_series(a, x) if x < a + 1.0 else 1.0 - prefactor * upper_fraction(a, x)
    elif (a > 0.0) & (x == 0.0) | (a == np.inf) & (x >= 0.0) & (x < np.inf):
        value = 0.0
    elif (a == 0.0) & (x > 0.0) | (x == np.inf) & (a >= 0.0) & (a < np.inf):
        value = 1.0
    return value


def upper_gamma(a: Scalar, x: Scalar) -> Scalar:
    """Q(a, x) with SciPy's values at the borders."""
    value = np.nan
    if (a > 0.0) & (x > 0.0) & (a < np.inf) & (x < np.inf):
        if (a < 1.0) & (x < a + 1.0):
            value = upper_near_zero(a, x)
        else:
            prefactor = gamma_prefactor(a, x)
            value = 1.0 - prefactor * lower_series(a, x) if x < a + 1.0 else prefactor * upper_fraction(a, x)
    elif (a > 0.0) & (x == 0.0) | (a == np.inf) & (x >= 0.0) & (x < np.inf):
        value = 1.0
    elif (a == 0.0) & (x > 0.0) | (x == np.inf) & (a >= 0.0) & (a < np.inf):
        value = 0.0
    return value


def gammainc(a: Array, x: Array) -> Array:
    """The regularized lower incomplete gamma function P(a, x) (DLMF 8.2.4)."""
    return np.vectorize(lower_gamma, otypes=[float])(a, x)


def gammaincc(a: Array, x: Array) -> Array:
    """The regularized upper incomplete gamma function Q(a, x) (DLMF 8.2.4)."""
    return np.vectorize(upper_gamma, otypes=[float])(a, x)


def pdtr(k: Array, m: Array) -> Array:
    """The probability of at most k events, Poisson with mean m."""
    return gammaincc(np.floor(k) + 1.0, m)


def pdtrc(k: Array, m: Array) -> Array:
    """The probability of more than k events, Poisson with mean m."""
    return gammainc(np.floor(k) + 1.0, m)


def gdtr(a: Array, b: Array, x: Array) -> Array:
    """The gamma distribution function with rate a and shape b."""
    return gammainc(b, a * x)


def gdtrc(a: Array, b: Array, x: Array) -> Array:
    """The complement of gdtr."""
    return gammaincc(b, a * x)


def chdtr(v: Array, x: Array) -> Array:
    """The chi-square distribution function with v degrees of freedom."""
    return gammainc(0.5 * v, 0.5 * x)


def chdtrc(v: Array, x: Array) -> Array:
    """The complement of chdtr."""
    return gammaincc(0.5 * v, 0.5 * x)
