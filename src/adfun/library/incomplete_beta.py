"""The incomplete beta function and what follows from it.

Scalar functions with loops, so that derivatives by all arguments are those of the loop as it ran; the
public ones apply them to every element.  x and y = 1 - x are both given, so that neither loses digits.
Continued fraction: DLMF 8.17.22, evaluated by Lentz's method.
"""

from __future__ import annotations

import numpy as np

from adfun.library.incomplete_gamma import log1p_minus, stirling_rest
from adfun.library.pieces import Array, special

PRECISION = 2e-16


def beta_prefactor(a: float, b: float, x: float, y: float) -> float:
    """x^a y^b / B(a, b) by the saddle point form: no large terms that cancel (Loader 2000); scalar."""
    n = a + b
    away = b * x - a * y
    rest = stirling_rest(n) - stirling_rest(a) - stirling_rest(b)
    exponent = rest + a * log1p_minus(away / a) + b * log1p_minus(-away / b)
    return np.sqrt(a * b / (2.0 * np.pi * n)) * np.exp(exponent)


def beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of I(a, b, x) for x below (a + 1) / (a + b + 2); scalar."""
    c = 1.0
    d = 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    value = d
    n = 1.0
    change = 2.0
    while np.abs(change - 1.0) > PRECISION:
        even = n * (b - n) * x / ((a + 2.0 * n - 1.0) * (a + 2.0 * n))
        d = 1.0 / (1.0 + even * d)
        c = 1.0 + even / c
        change = c * d
        odd = -(a + n) * (a + b + n) * x / ((a + 2.0 * n) * (a + 2.0 * n + 1.0))
        d = 1.0 / (1.0 + odd * d)
        c = 1.0 + odd / c
        change = change * (c * d)
        value = value * change
        n = n + 1.0
    return value


def beta_tail(a: float, b: float, x: float, y: float) -> float:
    """I(a, b, x) for x below (a + 1) / (a + b + 2); scalar."""
    return beta_prefactor(a, b, x, y) / a * beta_fraction(a, b, x)


def lower_beta(a: float, b: float, x: float, y: float) -> float:
    """I(a, b, x) with y = 1 - x, with SciPy's values at the borders; scalar."""
    value = np.nan
    if (a > 0.0) & (b > 0.0) & (a < np.inf) & (b < np.inf) & (x > 0.0) & (y > 0.0):
        if x * (a + b + 2.0) <= a + 1.0:
            value = beta_tail(a, b, x, y)
        else:
            value = 1.0 - beta_tail(b, a, y, x)
    elif (a >= 0.0) & (b >= 0.0) & (x >= 0.0) & (y >= 0.0):
        zero = (b == 0.0) & (a > 0.0) | (a == np.inf) & (b < np.inf) | (x == 0.0) & (a > 0.0) & (b < np.inf)
        one = (a == 0.0) & (b > 0.0) | (b == np.inf) & (a < np.inf) | (y == 0.0) & (b > 0.0) & (a < np.inf)
        if zero != one:
            value = 0.0 if zero else 1.0
    return value


def betainc(a: Array, b: Array, x: Array) -> Array:
    """The regularized incomplete beta function I(a, b, x) (DLMF 8.17.2)."""
    return np.vectorize(lower_beta, otypes=[float])(a, b, x, 1.0 - x)


def betaincc(a: Array, b: Array, x: Array) -> Array:
    """1 - I(a, b, x) = I(b, a, 1 - x) (DLMF 8.17.4)."""
    return np.vectorize(lower_beta, otypes=[float])(b, a, 1.0 - x, x)


def bdtr(k: Array, n: Array, p: Array) -> Array:
    """The probability of at most k successes in n trials."""
    k = np.floor(k)
    return np.where(k == n, 1.0, np.vectorize(lower_beta, otypes=[float])(n - k, k + 1.0, 1.0 - p, p))


def bdtrc(k: Array, n: Array, p: Array) -> Array:
    """The probability of more than k successes in n trials."""
    k = np.floor(k)
    return np.where(k == n, 0.0, np.vectorize(lower_beta, otypes=[float])(k + 1.0, n - k, p, 1.0 - p))


def nbdtr(k: Array, n: Array, p: Array) -> Array:
    """The probability of at most k failures before n successes."""
    return np.vectorize(lower_beta, otypes=[float])(n, np.floor(k) + 1.0, p, 1.0 - p)


def nbdtrc(k: Array, n: Array, p: Array) -> Array:
    """The probability of more than k failures before n successes."""
    return np.vectorize(lower_beta, otypes=[float])(np.floor(k) + 1.0, n, 1.0 - p, p)


def fdtr(dfn: Array, dfd: Array, x: Array) -> Array:
    """The F distribution function."""
    total = dfd + dfn * x
    return np.vectorize(lower_beta, otypes=[float])(0.5 * dfn, 0.5 * dfd, dfn * x / total, dfd / total)


def fdtrc(dfn: Array, dfd: Array, x: Array) -> Array:
    """The complement of fdtr."""
    total = dfd + dfn * x
    return np.vectorize(lower_beta, otypes=[float])(0.5 * dfd, 0.5 * dfn, dfd / total, dfn * x / total)


def student_lower(df: float, t: float) -> float:
    """Student's distribution function; smooth through t = 0, accurate in the tails; scalar."""
    value = np.nan
    if (df == np.inf) & (t == t):
        value = special.ndtr(t)
    elif (df > 0.0) & (np.abs(t) < np.inf):
        total = df + t * t
        x = df / total
        y = t * t / total
        if x * (0.5 * df + 2.5) <= 0.5 * df + 1.0:
            tail = 0.5 * beta_tail(0.5 * df, 0.5, x, y)
            value = tail if t < 0.0 else 1.0 - tail
        else:
            value = 0.5 + t * student_middle(df, t) * beta_fraction(0.5, 0.5 * df, y)
    elif (df > 0.0) & (t == t):
        value = 0.0 if t < 0.0 else 1.0
    return value


def student_middle(df: float, t: float) -> float:
    """The leading factor of (F(t) - 1/2) / t: B(1/2, df/2)^-1 (1 + t^2/df)^(-(df + 1)/2) df^-1/2 and more."""
    half = 0.5 * df
    if half < 20.0:
        log_ratio = special.gammaln(half + 0.5) - special.gammaln(half)
    else:
        rest = stirling_rest(half - 0.5) - stirling_rest(half - 1.0)
        log_ratio = half * np.log(half - 0.5) - (half - 0.5) * np.log(half - 1.0) - 0.5 + rest
    return np.exp(log_ratio - half * np.log1p(t * t / df)) / np.sqrt(np.pi * (df + t * t))


def stdtr(df: Array, t: Array) -> Array:
    """Student's t distribution function."""
    return np.vectorize(student_lower, otypes=[float])(df, t)
