"""scipy.special: Bessel functions, elliptic integrals, the Faddeeva function, hypergeometric series.

As in `special_integrals.py`, derivatives go through the loops, which run on until these have converged too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adfun.library.complex_numbers import Complex, complex_, exp
from adfun.library.pieces import Array, Scalar, special

PRECISION = 1e-18

# -- Bessel functions of the first kind -------------------------------------------------------


def bessel_series(order: Scalar, x: Scalar) -> Scalar:
    """The sum of (-x^2/4)^k n! / (k! (n + k)!) (DLMF 10.2.2), for small x."""
    square = -0.25 * x * x
    term = 1.0
    total = 1.0
    k = 1.0
    while (np.abs(term) > PRECISION) & (k < 60.0):
        term = term * (square / (k * (order + k)))
        total = total + term
        k = k + 1.0
    return total


def bessel_sum(order: Scalar, x: Scalar) -> Scalar:
    """Bessel's integral (DLMF 10.9.1) by the trapezoidal rule, which converges exponentially."""
    count = np.floor(1.2 * np.abs(x) + order) + 40.0
    step = np.pi / count
    total = 0.5 * (1.0 + np.cos(order * np.pi))
    k = 1.0
    while k < count:
        t = k * step
        total = total + np.cos(order * t - x * np.sin(t))
        k = k + 1.0
    return total / count


def bessel_j(order: Scalar, x: Scalar) -> Scalar:
    """J of a whole order that is not negative."""
    value = np.nan
    if np.abs(x) < 1e6:
        if x * x < 2.0 * (order + 1.0):
            value = (0.5 * x) ** order * bessel_series(order, x) / special.gamma(order + 1.0)
        else:
            value = bessel_sum(order, x)
    return value


def jv(v: Array, z: Array) -> Array:
    """J_v(z) of whole order; z below a million."""
    n = np.asarray(v)
    if np.any(n != np.floor(n)):
        raise ValueError("jv: an order that is no whole number has no derivative here")
    size = np.abs(n)
    sign = np.where((n < 0) & (size % 2 == 1), -1.0, 1.0)
    return sign * np.vectorize(bessel_j, otypes=[float])(size, z)


def j0(x: Array) -> Array:
    """J_0(x)"""
    return np.vectorize(bessel_j, otypes=[float])(0, x)


def j1(x: Array) -> Array:
    """J_1(x)"""
    return np.vectorize(bessel_j, otypes=[float])(1, x)


def spherical_j(order: Scalar, x: Scalar) -> Scalar:
    """j_n(x): by its series (DLMF 10.53.1) while x^2 < 4 (n + 1), else by the recurrence from sin and cos."""
    if x * x < 4.0 * (order + 1.0):
        front = 1.0
        k = 1.0
        while k <= order:
            front = front * (x / (2.0 * k + 1.0))
            k = k + 1.0
        return front * bessel_series(order + 0.5, x)
    last = np.cos(x) / x
    value = np.sin(x) / x
    k = 0.0
    while k < order:
        following = (2.0 * k + 1.0) / x * value - last
        last = value
        value = following
        k = k + 1.0
    return value


def spherical_jn(n: Array, z: Array, derivative: bool = False) -> Array:
    """The spherical Bessel function, or its derivative (DLMF 10.51.2)."""
    found = np.vectorize(spherical_j, otypes=[float])(n, z)
    if derivative:
        return n / z * found - np.vectorize(spherical_j, otypes=[float])(n + 1, z)
    return found


# -- elliptic integrals -----------------------------------------------------------------------


def complete_integrals(p: Array) -> Any:
    """K and E of the complementary parameter p = 1 - m, by means (DLMF 19.8.5 and 19.8.6)."""
    x: Array = 1.0
    y = np.sqrt(p)
    c = 1.0 - p
    total = 0.5 * c
    factor = 0.5
    for _ in range(9):
        mean = 0.5 * (x + y)
        difference = 0.5 * (x - y)
        y = np.sqrt(x * y)
        x = mean
        factor = 2.0 * factor
        total = total + factor * difference * difference
    first = 0.5 * np.pi / x
    return first, first * (1.0 - total)


def ellipk(m: Array) -> Array:
    """The complete integral of the first kind."""
    return complete_integrals(1.0 - m)[0]


def ellipkm1(p: Array) -> Array:
    """The same, near m = 1."""
    return complete_integrals(p)[0]


def ellipe(m: Array) -> Array:
    """The complete integral of the second kind."""
    return complete_integrals(1.0 - m)[1]


# -- the Faddeeva function --------------------------------------------------------------------


def _weideman(n: int) -> Any:
    """Scale and coefficients of Weideman's rational series (SIAM J. Numer. Anal. 31, 1994)."""
    scale = np.sqrt(n / np.sqrt(2.0))
    t = scale * np.tan(np.arange(-2 * n + 1, 2 * n) * np.pi / (4 * n))
    values = np.concatenate([[0.0], np.exp(-t * t) * (scale * scale + t * t)])
    found = np.real(np.fft.fft(np.fft.fftshift(values))) / (4 * n)
    return float(scale), found[1 : n + 1][::-1].tolist()


SCALE, COEFFICIENTS = _weideman(40)


def upper_faddeeva(x: Array, y: Array) -> Complex:
    """w(x + iy) for y >= 0."""
    below = Complex(SCALE + y, -x)
    ratio = Complex(SCALE - y, x) / below
    total = Complex(0.0 * x, 0.0 * x)
    for coefficient in COEFFICIENTS:
        total = total * ratio + coefficient
    return (total * 2.0 / below + 0.5641895835477563) / below


def wofz(z: Any) -> Complex:
    """exp(-z^2) erfc(-iz)."""
    z = complex_(z)
    found = upper_faddeeva(z.re, np.abs(z.im))
    upper = z.im >= 0.0
    square = exp(Complex(z.im * z.im - z.re * z.re, -2.0 * z.re * z.im)) * 2.0
    return Complex(
        np.where(upper, found.re, square.re - found.re), np.where(upper, found.im, square.im + found.im)
    )


def dawsn(x: Array) -> Array:
    """Dawson's integral; near zero by its series (DLMF 7.6.3)."""
    near = np.abs(x) < 0.3
    small = np.where(near, x, 0.0)
    square = -2.0 * small * small
    term = small
    series = small
    for k in range(1, 12):
        term = term * (square / (2 * k + 1))
        series = series + term
    return np.where(near, series, 0.886226925452758 * upper_faddeeva(x, 0.0 * x).im)


def voigt_profile(x: Array, sigma: Array, gamma: Array) -> Array:
    """The density of a normal plus a Cauchy variable."""
    scale = 1.0 / (sigma * np.sqrt(2.0))
    found = upper_faddeeva(x * scale + 0.0 * gamma, gamma * scale + 0.0 * x)
    return found.re * (scale / np.sqrt(np.pi))


# -- hypergeometric functions -----------------------------------------------------------------


def gauss_series(a: Scalar, b: Scalar, c: Scalar, z: Scalar) -> Scalar:
    """The Gauss series for 0 <= z < 1 (DLMF 15.2.1)."""
    term = 1.0
    total = 1.0
    k = 0.0
    while (np.abs(term) > PRECISION * (1.0 - z) * np.abs(total)) & (k < 100000.0):
        term = term * ((a + k) * (b + k) / ((c + k) * (k + 1.0)) * z)
        total = total + term
        k = k + 1.0
    return total


def gauss(a: Scalar, b: Scalar, c: Scalar, z: Scalar) -> Scalar:
    """2F1 for z < 1: negative arguments by DLMF 15.8.1."""
    value = np.nan
    if z < 0.0:
        value = np.exp(-a * np.log1p(-z)) * gauss_series(a, c - b, c, z / (z - 1.0))
    elif z < 1.0:
        value = gauss_series(a, b, c, z)
    return value


def hyp2f1(a: Array, b: Array, c: Array, z: Array) -> Array:
    """Gauss's function, for z < 1."""
    return np.vectorize(gauss, otypes=[float])(a, b, c, z)


def kummer(a: Scalar, b: Scalar, z: Scalar) -> Scalar:
    """1F1; negative arguments by DLMF 13.2.39."""
    first = b - a if z < 0.0 else a
    size = np.abs(z)
    term = 1.0
    total = 1.0
    k = 0.0
    while ((np.abs(term) > PRECISION * np.abs(total)) | (k < size)) & (k < 100000.0):
        term = term * ((first + k) / ((b + k) * (k + 1.0)) * size)
        total = total + term
        k = k + 1.0
    return total * np.exp(z) if z < 0.0 else total


def hyp1f1(a: Array, b: Array, x: Array) -> Array:
    """Kummer's function."""
    return np.vectorize(kummer, otypes=[float])(a, b, x)


def perm(N: Array, k: Array, exact: bool = False) -> Array:
    """The number of permutations of k of N things."""
    return special.poch(N - k + 1.0, k)
