"""scipy.stats: discrete distributions.

Probabilities as in the reference pages of scipy.stats and in Johnson, Kemp and Kotz, Univariate Discrete
Distributions (2005).  -inf where k is no whole number or outside the support, NaN for invalid parameters.
"""

from __future__ import annotations

import numpy as np

from adfun.library.incomplete_beta import lower_beta
from adfun.library.incomplete_gamma import gammainc, gammaincc
from adfun.library.pieces import Array, Scalar, betaln, log_choose, special, supported, whole, xlog1py, xlogy
from adfun.library.special_integrals import zeta

# -- poisson ----------------------------------------------------------------------------------


def poisson_logpmf(k: Array, mu: Array, loc: Array = 0) -> Array:
    n = k - loc
    value = xlogy(n, mu) - mu - special.gammaln(n + 1)
    return supported(mu >= 0, (n < 0) | (np.floor(n) < n), -np.inf, value)


def poisson_cdf(k: Array, mu: Array, loc: Array = 0) -> Array:
    n = np.floor(k - loc)
    return supported(mu >= 0, n < 0, 0.0, np.where(n == np.inf, 1.0, gammaincc(n + 1.0, mu)))


def poisson_sf(k: Array, mu: Array, loc: Array = 0) -> Array:
    n = np.floor(k - loc)
    return supported(mu >= 0, n < 0, 1.0, np.where(n == np.inf, 0.0, gammainc(n + 1.0, mu)))


def poisson_mean(mu: Array, loc: Array = 0) -> Array:
    return np.where(mu >= 0, mu + loc, np.nan)


def poisson_var(mu: Array, loc: Array = 0) -> Array:
    return np.where(mu >= 0, mu + 0.0 * loc, np.nan)


# -- binom, bernoulli, betabinom --------------------------------------------------------------


def binom_logpmf(k: Array, n: Array, p: Array, loc: Array = 0) -> Array:
    j = k - loc
    value = log_choose(n, j) + xlogy(j, p) + xlog1py(n - j, -p)
    valid = (n >= 0) & whole(n) & (p >= 0) & (p <= 1)
    return supported(valid, (j < 0) | (j > n) | (np.floor(j) < j), -np.inf, value)


def binom_cdf(k: Array, n: Array, p: Array, loc: Array = 0) -> Array:
    j = np.floor(k - loc)
    value = np.where(j >= n, 1.0, np.vectorize(lower_beta, otypes=[float])(n - j, j + 1.0, 1.0 - p, p))
    return supported((n >= 0) & whole(n) & (p >= 0) & (p <= 1), j < 0, 0.0, value)


def binom_sf(k: Array, n: Array, p: Array, loc: Array = 0) -> Array:
    j = np.floor(k - loc)
    value = np.where(j >= n, 0.0, np.vectorize(lower_beta, otypes=[float])(j + 1.0, n - j, p, 1.0 - p))
    return supported((n >= 0) & whole(n) & (p >= 0) & (p <= 1), j < 0, 1.0, value)


def binom_mean(n: Array, p: Array, loc: Array = 0) -> Array:
    return np.where((n >= 0) & whole(n) & (p >= 0) & (p <= 1), n * p + loc, np.nan)


def binom_var(n: Array, p: Array, loc: Array = 0) -> Array:
    return np.where((n >= 0) & whole(n) & (p >= 0) & (p <= 1), n * p * (1.0 - p) + 0.0 * loc, np.nan)


def bernoulli_logpmf(k: Array, p: Array, loc: Array = 0) -> Array:
    j = k - loc
    outside = (j != 0) & (j != 1)
    beyond = np.where(np.isnan(j), np.nan, -np.inf)
    return supported((p >= 0) & (p <= 1), outside, beyond, np.where(j == 1, np.log(p), np.log1p(-p)))


def bernoulli_cdf(k: Array, p: Array, loc: Array = 0) -> Array:
    j = np.floor(k - loc)
    return supported((p >= 0) & (p <= 1), j < 0, 0.0, np.where(j >= 1, 1.0, 1.0 - p + 0.0 * j))


def bernoulli_sf(k: Array, p: Array, loc: Array = 0) -> Array:
    j = np.floor(k - loc)
    return supported((p >= 0) & (p <= 1), j < 0, 1.0, np.where(j >= 1, 0.0, p + 0.0 * j))


def bernoulli_mean(p: Array, loc: Array = 0) -> Array:
    return np.where((p >= 0) & (p <= 1), p + loc, np.nan)


def bernoulli_var(p: Array, loc: Array = 0) -> Array:
    return np.where((p >= 0) & (p <= 1), p * (1.0 - p) + 0.0 * loc, np.nan)


def betabinom_logpmf(k: Array, n: Array, a: Array, b: Array, loc: Array = 0) -> Array:
    j = k - loc
    value = log_choose(n, j) + betaln(j + a, n - j + b) - betaln(a, b)
    valid = (n >= 0) & whole(n) & (a > 0) & (b > 0)
    return supported(valid, (j < 0) | (j > n) | (np.floor(j) < j), -np.inf, value)


def betabinom_lower(k: Scalar, n: Scalar, a: Scalar, b: Scalar) -> Scalar:
    """The probability of at most k, term by term; NaN for NaN."""
    term = np.exp(betaln(a, n + b) - betaln(a, b))
    total = term + 0.0 * k
    j = 0.0
    while j < k:
        term = term * ((n - j) / (j + 1.0) * (a + j) / (b + n - j - 1.0))
        total = total + term
        j = j + 1.0
    return total


def betabinom_cdf(k: Array, n: Array, a: Array, b: Array, loc: Array = 0) -> Array:
    j = np.floor(k - loc)
    inside = np.clip(j, 0.0, 1.0 * n)
    value = np.where(j >= n, 1.0, np.vectorize(betabinom_lower, otypes=[float])(inside, n, a, b))
    return supported((n >= 0) & whole(n) & (a > 0) & (b > 0), j < 0, 0.0, value)


def betabinom_sf(k: Array, n: Array, a: Array, b: Array, loc: Array = 0) -> Array:
    """The same from the other end."""
    j = np.floor(k - loc)
    inside = np.clip(n - 1.0 - j, 0.0, 1.0 * n)
    value = np.where(j >= n, 0.0, np.vectorize(betabinom_lower, otypes=[float])(inside, n, b, a))
    return supported((n >= 0) & whole(n) & (a > 0) & (b > 0), j < 0, 1.0, value)


def betabinom_mean(n: Array, a: Array, b: Array, loc: Array = 0) -> Array:
    return np.where((n >= 0) & whole(n) & (a > 0) & (b > 0), n * a / (a + b) + loc, np.nan)


# -- nbinom, geom, betanbinom -----------------------------------------------------------------


def nbinom_logpmf(k: Array, n: Array, p: Array, loc: Array = 0) -> Array:
    j = k - loc
    value = special.gammaln(n + j) - special.gammaln(j + 1) - special.gammaln(n)
    value = value + n * np.log(p) + xlog1py(j, -p)
    return supported((n > 0) & (p > 0) & (p <= 1), (j < 0) | (np.floor(j) < j), -np.inf, value)


def nbinom_cdf(k: Array, n: Array, p: Array, loc: Array = 0) -> Array:
    j = np.floor(k - loc)
    value = np.where(j == np.inf, 1.0, np.vectorize(lower_beta, otypes=[float])(n, j + 1.0, p, 1.0 - p))
    return supported((n > 0) & (p > 0) & (p <= 1), j < 0, 0.0, value)


def nbinom_sf(k: Array, n: Array, p: Array, loc: Array = 0) -> Array:
    j = np.floor(k - loc)
    value = np.where(j == np.inf, 0.0, np.vectorize(lower_beta, otypes=[float])(j + 1.0, n, 1.0 - p, p))
    return supported((n > 0) & (p > 0) & (p <= 1), j < 0, 1.0, value)


def nbinom_mean(n: Array, p: Array, loc: Array = 0) -> Array:
    return np.where((n > 0) & (p > 0) & (p <= 1), n * (1.0 - p) / p + loc, np.nan)


def nbinom_var(n: Array, p: Array, loc: Array = 0) -> Array:
    return np.where((n > 0) & (p > 0) & (p <= 1), n * (1.0 - p) / (p * p) + 0.0 * loc, np.nan)


def betanbinom_logpmf(k: Array, n: Array, a: Array, b: Array, loc: Array = 0) -> Array:
    j = k - loc
    value = -np.log(n + j) - betaln(n, j + 1) + betaln(a + n, b + j) - betaln(a, b)
    valid = (n >= 0) & whole(n) & (a > 0) & (b > 0)
    return supported(valid, (j < 0) | (np.floor(j) < j), -np.inf, value)


def geom_logpmf(k: Array, p: Array, loc: Array = 0) -> Array:
    j = k - loc
    value = xlog1py(j - 1, -p) + np.log(p)
    return supported((p > 0) & (p <= 1), (j < 1) | (np.floor(j) < j), -np.inf, value)


def geom_logsf(k: Array, p: Array, loc: Array = 0) -> Array:
    j = np.floor(k - loc)
    return supported((p > 0) & (p <= 1), j < 1, 0.0, j * np.log1p(-p))


def geom_sf(k: Array, p: Array, loc: Array = 0) -> Array:
    return np.exp(geom_logsf(k, p, loc))


def geom_cdf(k: Array, p: Array, loc: Array = 0) -> Array:
    return -np.expm1(geom_logsf(k, p, loc))


def geom_mean(p: Array, loc: Array = 0) -> Array:
    return np.where((p > 0) & (p <= 1), 1.0 / p + loc, np.nan)


def geom_var(p: Array, loc: Array = 0) -> Array:
    return np.where((p > 0) & (p <= 1), (1.0 - p) / (p * p) + 0.0 * loc, np.nan)


# -- hypergeom, randint, and others -----------------------------------------------------------


def hypergeom_logpmf(k: Array, M: Array, n: Array, N: Array, loc: Array = 0) -> Array:
    j = k - loc
    rest = M - n
    value = log_choose(n, j) + log_choose(rest, N - j) - log_choose(M, N)
    valid = (M > 0) & (n >= 0) & (N >= 0) & (n <= M) & (N <= M) & whole(M) & whole(n) & whole(N)
    outside = (j < np.maximum(0, N - rest)) | (j > np.minimum(n, N)) | (np.floor(j) < j)
    return supported(valid, outside, -np.inf, value)


def randint_logpmf(k: Array, low: Array, high: Array, loc: Array = 0) -> Array:
    j = k - loc
    inside = (j >= low) & (j < high) & whole(j)
    beyond = np.where(np.isnan(j), np.nan, -np.inf)
    valid = (high > low) & whole(low) & whole(high)
    return np.where(valid, np.where(inside, -np.log(high - low), beyond), np.nan)


def dlaplace_logpmf(k: Array, a: Array, loc: Array = 0) -> Array:
    j = k - loc
    value = np.log(np.tanh(0.5 * a)) - a * np.abs(j)
    return supported(a > 0, np.floor(j) < j, -np.inf, value)


def logser_logpmf(k: Array, p: Array, loc: Array = 0) -> Array:
    j = k - loc
    value = j * np.log(p) - np.log(j) - np.log(-np.log1p(-p))
    return supported((p > 0) & (p < 1), (j < 1) | (np.floor(j) < j), -np.inf, value)


def planck_logpmf(k: Array, lambda_: Array, loc: Array = 0) -> Array:
    j = k - loc
    value = np.log(-np.expm1(-lambda_)) - lambda_ * j
    return supported(lambda_ > 0, (j < 0) | (np.floor(j) < j), -np.inf, value)


def zipf_logpmf(k: Array, a: Array, loc: Array = 0) -> Array:
    j = k - loc
    value = -a * np.log(j) - np.log(zeta(a))
    return supported(a > 1, (j < 1) | (np.floor(j) < j), -np.inf, value)


def skellam_logpmf(k: Array, mu1: Array, mu2: Array, loc: Array = 0) -> Array:
    j = k - loc
    gap = np.sqrt(mu1) - np.sqrt(mu2)
    scaled = special.ive(np.abs(j), 2.0 * np.sqrt(mu1 * mu2))
    value = -gap * gap + 0.5 * j * np.log(mu1 / mu2) + np.log(scaled)
    return supported((mu1 > 0) & (mu2 > 0), np.floor(j) < j, -np.inf, value)
