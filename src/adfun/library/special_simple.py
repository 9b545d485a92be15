"""scipy.special: functions that are short formulas in the elementary ones and in the primitives."""

from __future__ import annotations

import numpy as np

from adfun.library.pieces import Array, betaln, log1p_ratio, log_choose, special


def gammasgn(x: Array) -> Array:
    """The sign of gamma(x); NaN at the poles, an infinity's sign at zero."""
    odd = np.floor(x) - 2.0 * np.floor(np.floor(x) / 2.0)
    negative = np.where(np.floor(x) == x, np.nan, 1.0 - 2.0 * odd)
    return np.where(x > 0, 1.0, np.where(x == 0, 1.0, negative))


def rgamma(z: Array) -> Array:
    """1 / gamma(z), with its zeros at the poles."""
    pole = (z <= 0) & (z == np.floor(z))
    return np.where(pole, 0.0, 1.0 / special.gamma(np.where(pole, 1.0, z)))


def poch(z: Array, m: Array) -> Array:
    """gamma(z + m) / gamma(z) (DLMF 5.2.5) for z and z + m > 0."""
    return np.exp(special.gammaln(z + m) - special.gammaln(z))


def beta(a: Array, b: Array) -> Array:
    """B(a, b) for positive arguments (DLMF 5.12.1)."""
    return np.exp(betaln(a, b))


def binom(n: Array, k: Array) -> Array:
    """The binomial coefficient, for real n >= k >= 0 (DLMF 1.2.6)."""
    product = special.gamma(n + 1) / (special.gamma(k + 1) * special.gamma(n - k + 1))
    return np.where(n < 100, product, np.exp(log_choose(n, k)))


def comb(N: Array, k: Array, exact: bool = False, repetition: bool = False) -> Array:
    """The number of combinations; 0 where k > N, or an argument is negative."""
    if repetition:
        return np.where(k == 0, 1.0, comb(N + k - 1, k, exact))
    impossible = (k > N) | (N < 0) | (k < 0)
    return np.where(impossible, 0.0, binom(N, k))


def factorial(n: Array, exact: bool = False, extend: str = "zero") -> Array:
    """gamma(n + 1), and 0 for negative n."""
    return np.where(n < 0, 0.0, special.gamma(n + 1))


def multigammaln(a: Array, d: int) -> Array:
    """log of the multivariate gamma function of dimension d (DLMF 35.3.4)."""
    value = 0.25 * d * (d - 1) * np.log(np.pi)
    for j in range(d):
        value = value + special.gammaln(a - 0.5 * j)
    return value


def rel_entr(x: Array, y: Array) -> Array:
    """x log(x / y); 0 at x = 0 <= y, inf elsewhere outside x, y > 0."""
    inside = (x > 0) & (y > 0)
    outside = np.where((x == 0) & (y >= 0), 0.0, np.where(np.isnan(x) | np.isnan(y), np.nan, np.inf))
    near = np.abs(x - y) < 0.5 * y
    ratio = np.where(near, np.log1p((x - y) / y), np.log(x / y))
    return np.where(inside, x * ratio, outside)


def kl_div(x: Array, y: Array) -> Array:
    """x log(x / y) - x + y; y at x = 0 <= y, inf elsewhere outside x, y > 0."""
    inside = (x > 0) & (y > 0)
    outside = np.where((x == 0) & (y >= 0), y, np.where(np.isnan(x) | np.isnan(y), np.nan, np.inf))
    return np.where(inside, x * np.log(x / y) - x + y, outside)


def exprel(x: Array) -> Array:
    """(exp(x) - 1) / x, smooth through zero (power series for small x)."""
    tail = 1.0 / 120 + x * (1.0 / 720 + x * (1.0 / 5040 + x * (1.0 / 40320 + x / 362880.0)))
    series = 1.0 + x * (1.0 / 2 + x * (1.0 / 6 + x * (1.0 / 24 + x * tail)))
    return np.where(np.abs(x) < 0.02, series, np.expm1(x) / np.where(x == 0, 1.0, x))


def cosm1(x: Array) -> Array:
    """cos(x) - 1 without cancellation."""
    return -2.0 * np.sin(0.5 * x) ** 2


def sindg(x: Array) -> Array:
    """Sine of an angle in degrees."""
    return np.sin(np.pi / 180.0 * x)


def cosdg(x: Array) -> Array:
    """Cosine of an angle in degrees."""
    return np.cos(np.pi / 180.0 * x)


def huber(delta: Array, r: Array) -> Array:
    """Huber's loss: quadratic within delta, linear outside; inf for negative delta."""
    inside = np.where(np.abs(r) <= delta, 0.5 * r * r, delta * (np.abs(r) - 0.5 * delta))
    return np.where(delta < 0, np.inf, inside)


def pseudo_huber(delta: Array, r: Array) -> Array:
    """delta^2 (sqrt(1 + (r / delta)^2) - 1); inf for negative delta, 0 where delta is 0."""
    v = (r / np.where(delta == 0, 1.0, delta)) ** 2
    value = delta * delta * (v / (np.sqrt(1.0 + v) + 1.0))
    return np.where(delta < 0, np.inf, np.where(delta == 0, 0.0, value))


def boxcox(x: Array, lmbda: Array) -> Array:
    """(x ** lmbda - 1) / lmbda, and log(x) at lmbda = 0; smooth in lmbda."""
    log_x = np.log(x)
    return log_x * exprel(lmbda * log_x)


def boxcox1p(x: Array, lmbda: Array) -> Array:
    """boxcox(1 + x, lmbda)"""
    log_x = np.log1p(x)
    return log_x * exprel(lmbda * log_x)


def inv_boxcox(y: Array, lmbda: Array) -> Array:
    """The inverse of boxcox in its first argument."""
    return np.exp(log1p_ratio(lmbda, y))


def inv_boxcox1p(y: Array, lmbda: Array) -> Array:
    """The inverse of boxcox1p in its first argument."""
    return np.expm1(log1p_ratio(lmbda, y))


def tandg(x: Array) -> Array:
    """The tangent of degrees."""
    return sindg(x) / cosdg(x)


def cotdg(x: Array) -> Array:
    """The cotangent of degrees."""
    return cosdg(x) / sindg(x)


def radian(d: Array, m: Array, s: Array) -> Array:
    """Degrees, minutes and seconds in radians."""
    return (d + m / 60.0 + s / 3600.0) * (np.pi / 180.0)
