"""The incomplete beta function and what follows from it.

Scalar functions with loops, so that derivatives by all arguments are those of the loop as it ran; the
public ones apply them to every element.  x, y = 1 - x and a y - b x are all given, so that none loses
digits.  Prefactor in saddle point form (Loader 2000); continued fraction of DiDonato and Morris 1992
(ACM TOMS 18, 360), the even part of DLMF 8.17.22, added up term by term.
"""

from __future__ import annotations

import numpy as np

from adfun.library.incomplete_gamma import log_minus_excess, stirling_rest
from adfun.library.pieces import Array, Scalar, log_gamma_half_step, special

PRECISION = 1e-18
"""Loops run on until a term is this small, so that derivatives have converged as well."""


def beta_prefactor(a: Scalar, b: Scalar, x: Scalar, y: Scalar, gap: Scalar) -> Scalar:
    """x^a y^b / B(a, b) without large terms that cancel; gap = a y - b x."""
    n = a + b
    rest = stirling_rest(n) - stirling_rest(a) - stirling_rest(b)
    left = a * log_minus_excess(n * x / a, -gap / a)
    right = b * log_minus_excess(n * y / b, gap / b)
    return np.sqrt(a * b / (2.0 * np.pi * n)) * np.exp(rest + left + right)


def beta_fraction(a: Scalar, b: Scalar, x: Scalar, y: Scalar, gap: Scalar) -> Scalar:
    """I(a, b, x) B(a, b) / (x^a y^b) for x below (a + 1) / (a + b + 2); gap = a y - b x.

    At whole b the fraction ends, but its derivative by b does not: `bound` goes on as if it did not end.
    """
    last = (a + 1.0) / (a * (gap + 1.0))
    term = last
    total = last
    bound = last
    n = 1.0
    while bound > PRECISION * np.abs(total):
        low = a + 2.0 * n - 1.0
        share = n * (b - n) * x / low
        step = (a + n - 1.0) * (a + b + n - 1.0) / low * x * (n * x / low)
        alpha = step * (b - n)
        beta = n + share + (a + n) / (low + 2.0) * (gap + 1.0 + n * (1.0 + y))
        next_one = 1.0 / (beta + alpha * last)
        term = -term * (alpha * last * next_one)
        bound = bound * np.abs(step * (np.abs(b - n) + 1.0) * last * next_one)
        total = total + term
        last = next_one
        n = n + 1.0
    return total


def beta_tail(a: Scalar, b: Scalar, x: Scalar, y: Scalar) -> Scalar:
    """I(a, b, x) for x below (a + 1) / (a + b + 2)."""
    gap = a * y - b * x
    return beta_prefactor(a, b, x, y, gap) * beta_fraction(a, b, x, y, gap)


def lower_beta(a: Scalar, b: Scalar, x: Scalar, y: Scalar) -> Scalar:
    """I(a, b, x) with y = 1 - x, with SciPy's values at the borders."""
    value = np.nan
    if (a > 0.0) & (b > 0.0) & (a < np.inf) & (b < np.inf) & (x > 0.0) & (y > 0.0):
        near = x * (a + b + 2.0) <= a + 1.0
        p, q, u, v = (a, b, x, y) if near else (b, a, y, x)
        tail = beta_tail(p, q, u, v)
        value = tail if near else 1.0 - tail
    elif (a >= 0.0) & (b >= 0.0) & (x >= 0.0) & (y >= 0.0):
        zero = (x == 0.0) | (y > 0.0) & ((b == 0.0) | (a == np.inf))
        one = (y == 0.0) | (x > 0.0) & ((a == 0.0) | (b == np.inf))
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
    value = np.vectorize(lower_beta, otypes=[float])(0.5 * dfn, 0.5 * dfd, dfn * x / total, dfd / total)
    return np.where(x == np.inf, 1.0, value)


def fdtrc(dfn: Array, dfd: Array, x: Array) -> Array:
    """The complement of fdtr."""
    total = dfd + dfn * x
    value = np.vectorize(lower_beta, otypes=[float])(0.5 * dfd, 0.5 * dfn, dfd / total, dfn * x / total)
    return np.where(x == np.inf, 0.0, value)


def student_lower(df: Scalar, t: Scalar) -> Scalar:
    """Student's distribution function; smooth through t = 0, accurate in the tails."""
    value = np.nan
    if (df == np.inf) & (t == t):
        value = special.ndtr(t)
    elif (df > 0.0) & (np.abs(t) < np.inf):
        half = 0.5 * df
        total = df + t * t
        x = df / total
        y = t * t / total
        gap = half * (t * t - 1.0) / total
        exponent = log_gamma_half_step(half) - half * np.log1p(t * t / df)
        density = t * (np.exp(exponent) / np.sqrt(np.pi * total))
        far = x * (half + 2.5) <= half + 1.0
        p, q, u, v, side = (half, 0.5, x, y, gap) if far else (0.5, half, y, x, -gap)
        part = 0.5 * density * beta_fraction(p, q, u, v, side)
        value = (-part if t < 0.0 else 1.0 - part) if far else 0.5 + part
    elif (df > 0.0) & (t == t):
        value = 0.0 if t < 0.0 else 1.0
    return value


def stdtr(df: Array, t: Array) -> Array:
    """Student's t distribution function."""
    return np.vectorize(student_lower, otypes=[float])(df, t)
