"""Small formulas that several distributions and special functions are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from adfun.lazy import LazyModule

special = LazyModule("scipy.special")

Array = Any
"""A number or an array; arguments broadcast."""

Scalar = Any
"""One number: functions of scalars may branch and loop on it."""

HALF_LOG_2PI = 0.9189385332046727
LOG_2 = 0.6931471805599453
LOG_PI = 1.1447298858494002


def supported(valid: Array, outside: Array, beyond: Array, value: Array) -> Array:
    """`value`, but `beyond` outside the support, and NaN where the parameters are invalid."""
    return np.where(valid, np.where(outside, beyond, value), np.nan)


def xlogy(x: Array, y: Array) -> Array:
    """x * log(y), and 0 where x is 0 and log(y) is not finite (scipy.special.xlogy)."""
    return np.where((x == 0) & ((y <= 0) | (y == np.inf)), 0.0, x * np.log(y))


def xlog1py(x: Array, y: Array) -> Array:
    """x * log(1 + y), and 0 where x is 0 and the logarithm is not finite (scipy.special.xlog1py)."""
    return np.where((x == 0) & ((y <= -1) | (y == np.inf)), 0.0, x * np.log1p(y))


def betaln(a: Array, b: Array) -> Array:
    """log |B(a, b)| (DLMF 5.12.1)."""
    return special.gammaln(a) + special.gammaln(b) - special.gammaln(a + b)


def log_choose(n: Array, k: Array) -> Array:
    """log of n! / (k! (n - k)!)."""
    return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)


def log_gamma_half_step(v: Array) -> Array:
    """log(gamma(v + 1/2) / gamma(v)); beyond 20 the asymptotic series, where the difference cancels."""
    w = 1.0 / v
    s = w * w
    series = -31.0 / 18432.0 + s * (691.0 / 180224.0)
    series = -1.0 / 640.0 + s * (17.0 / 14336.0 + s * series)
    far = 0.5 * np.log(v) + w * (-0.125 + s * (1.0 / 192.0 + s * series))
    return np.where(v < 20, special.gammaln(v + 0.5) - special.gammaln(v), far)


def log1mexp(x: Array) -> Array:
    """log(1 - exp(x)) for x <= 0 (Maechler 2012)."""
    return np.where(x > -LOG_2, np.log(-np.expm1(x)), np.log1p(-np.exp(x)))


def log_difference(x: Array, y: Array) -> Array:
    """log(exp(x) - exp(y)) for x >= y."""
    return x + log1mexp(y - x)


def log1p_ratio(c: Array, x: Array) -> Array:
    """log(1 + c x) / c, smooth through c = 0 where it is x; the power series for small c x."""
    y = c * x
    tail = 1.0 / 5 - y * (1.0 / 6 - y * (1.0 / 7 - y * (1.0 / 8 - y * (1.0 / 9 - y * (1.0 / 10)))))
    series = x * (1.0 - y * (1.0 / 2 - y * (1.0 / 3 - y * (1.0 / 4 - y * tail))))
    value = np.where(np.abs(y) < 0.01, series, np.log1p(y) / np.where(c == 0, 1.0, c))
    return np.where((c == 0) & (np.abs(x) == np.inf), x, value)


def whole(k: Array) -> Array:
    """Whether k is a whole number."""
    return k == np.floor(k)
