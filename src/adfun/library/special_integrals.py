"""scipy.special: functions computed from integrals and series, by loops that derivatives go through.

Scalar functions; the public ones apply them to every element.
"""

from __future__ import annotations

import numpy as np

from adfun.library.pieces import Array, Scalar, special

EULER = 0.5772156649015329
PRECISION = 1e-18
"""Loops run on until a term is this small, so that derivatives have converged as well."""

# -- modified Bessel function of the second kind ----------------------------------------------


def scaled_bessel_k(v: Scalar, x: Scalar) -> Scalar:
    """exp(x) K_v(x) for real order: the trapezoidal rule for DLMF 10.32.9, which converges exponentially."""
    value = np.nan
    if (x > 0.0) & (x < np.inf) & (v == v):
        order = np.abs(v)
        step = 1.0 / (5.0 + 1.5 * np.sqrt(x))
        peak = np.arcsinh(order / x)
        term = 0.5
        total = 0.5
        t = step
        while (term > PRECISION * total) | (t < peak):
            half = np.sinh(0.5 * t)
            fall = -2.0 * x * (half * half)
            term = 0.5 * (np.exp(fall + order * t) + np.exp(fall - order * t))
            total = total + term
            t = t + step
        value = step * total
    elif (x == 0.0) & (v == v):
        value = np.inf
    elif (x == np.inf) & (v == v):
        value = 0.0
    return value


def kve(v: Array, z: Array) -> Array:
    """exp(z) K_v(z), real order and positive argument."""
    return np.vectorize(scaled_bessel_k, otypes=[float])(v, z)


def kv(v: Array, z: Array) -> Array:
    """K_v(z), real order and positive argument (DLMF 10.32.9)."""
    return np.exp(-z) * kve(v, z)


def kn(n: Array, x: Array) -> Array:
    """K of whole order."""
    return kv(n, x)


def k0(x: Array) -> Array:
    """K_0(x)"""
    return kv(0.0, x)


def k0e(x: Array) -> Array:
    """exp(x) K_0(x)"""
    return kve(0.0, x)


def k1(x: Array) -> Array:
    """K_1(x)"""
    return kv(1.0, x)


def k1e(x: Array) -> Array:
    """exp(x) K_1(x)"""
    return kve(1.0, x)


# -- exponential integrals --------------------------------------------------------------------


def exponential_series(x: Scalar) -> Scalar:
    """sum of x^k / (k k!) (DLMF 6.6.1)."""
    power = 1.0
    total = 0.0
    k = 1.0
    while (np.abs(power) > PRECISION * np.abs(total)) & (k < 500.0):
        power = power * (x / k)
        total = total + power / k
        k = k + 1.0
    return total


def exponential_fraction(x: Scalar) -> Scalar:
    """x exp(x) E_1(x) by its continued fraction (DLMF 6.9.1) as a series, for x >= 1."""
    last = 1.0 / (x + 1.0)
    term = last
    total = last
    k = 1.0
    while np.abs(term) > PRECISION * total:
        following = 1.0 / (x + 2.0 * k + 1.0 - k * k * last)
        term = term * (k * k * last * following)
        total = total + term
        last = following
        k = k + 1.0
    return x * total


def first_exponential(x: Scalar) -> Scalar:
    """E_1(x), with SciPy's values at the borders."""
    value = np.nan
    if x >= 1.0:
        value = exponential_fraction(x) * np.exp(-x) / x if x < 800.0 else 0.0
    elif x > 0.0:
        value = -EULER - np.log(x) - exponential_series(-x)
    elif x == 0.0:
        value = np.inf
    return value


def other_exponential(x: Scalar) -> Scalar:
    """Ei(x), with SciPy's values at the borders."""
    value = np.nan
    if x == np.inf:
        value = np.inf
    elif x >= 45.0:
        term = 1.0
        total = 1.0
        k = 1.0
        while (term > PRECISION) & (k < x):
            term = term * (k / x)
            total = total + term
            k = k + 1.0
        value = np.exp(x) / x * total
    elif x > 0.0:
        value = EULER + np.log(x) + exponential_series(x)
    elif x == 0.0:
        value = -np.inf
    elif x < 0.0:
        value = -first_exponential(-x)
    return value


def exp1(x: Array) -> Array:
    """The exponential integral E_1 (DLMF 6.2.1)."""
    return np.vectorize(first_exponential, otypes=[float])(x)


def expi(x: Array) -> Array:
    """The exponential integral Ei (DLMF 6.2.5)."""
    return np.vectorize(other_exponential, otypes=[float])(x)


# -- zeta -------------------------------------------------------------------------------------

BERNOULLI = (
    0.08333333333333333, -0.001388888888888889, 3.306878306878307e-05, -8.267195767195768e-07,
    2.08767569878681e-08, -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13,
)  # fmt: skip
"""B(2k) / (2k)!"""


def zeta(x: Array, q: Array = 1.0) -> Array:
    """The Hurwitz zeta function for x > 1 and q > 0, by Euler-Maclaurin summation (DLMF 25.11.5)."""
    total = 0.0
    for k in range(14):
        total = total + np.exp(-x * np.log(q + k))
    far = q + 14.0
    inverse = 1.0 / far
    rising = x * inverse
    rest = far / (x - 1.0) + 0.5
    for k in range(8):
        rest = rest + BERNOULLI[k] * rising
        rising = rising * ((x + (2 * k + 1)) * inverse) * ((x + (2 * k + 2)) * inverse)
    value = total + np.exp(-x * np.log(far)) * rest
    return np.where((x > 1) & (q > 0), value, np.where((x == 1) | (q == 0), np.inf, np.nan))


# -- Owen's T ---------------------------------------------------------------------------------

NODES = np.polynomial.legendre.leggauss(28)
"""Gauss-Legendre nodes and weights on [-1, 1]."""


def owens_t_inside(h: Array, a: Array) -> Array:
    """T(h, a) for |a| <= 1 by Gauss-Legendre quadrature of its integral (Owen 1956)."""
    total = 0.0
    for node, weight in zip(NODES[0].tolist(), NODES[1].tolist(), strict=True):
        u = 0.5 * (node + 1.0) * a
        s = 1.0 + u * u
        total = total + weight * np.exp(-0.5 * (h * h) * s) / s
    return a * total / (4.0 * np.pi)


def owens_t(h: Array, a: Array) -> Array:
    """Owen's T function; for |a| > 1 by T(h, a) = T'(h, ah) - T(ah, 1/a) (Owen 1956)."""
    size = np.abs(a)
    inside = size <= 1
    x = np.abs(h)
    y = x * size
    part = owens_t_inside(np.where(inside, x, y), np.where(inside, size, 1.0 / size))
    upper, other = special.ndtr(-x), special.ndtr(-y)
    swapped = 0.5 * (upper + other) - upper * other - part
    return np.sign(a) * np.where(inside, part, swapped)
