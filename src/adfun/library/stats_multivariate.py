"""scipy.stats: multivariate distributions.

Formulas as in the reference pages of scipy.stats and in Kotz, Balakrishnan and Johnson, Continuous
Multivariate Distributions (2000).  Covariance matrices must be positive definite: the Cholesky
factorisation fails otherwise, where SciPy raises an error.
"""

from __future__ import annotations

import numpy as np

from adfun.lazy import LazyModule
from adfun.library.pieces import HALF_LOG_2PI, LOG_2, LOG_PI, Array, special, xlogy
from adfun.library.special_simple import multigammaln

linalg = LazyModule("scipy.linalg")

ONE = 1
"""`n is ONE` where n is known to be 1; a run-time length that happens to be 1 goes the general way."""


def squared_distance(x: Array, mean: Array, matrix: Array) -> tuple[Array, Array, Array]:
    """Squared distances from the mean in the metric of a covariance, half its log determinant, dimension.

    The covariance is a matrix, a vector (its diagonal) or a number (a multiple of the identity).  The last
    axis of x is the dimension; where that is 1 it may be missing.
    """
    deviation = np.asarray(x) if mean is None else np.asarray(x) - mean
    if np.ndim(matrix) == 0 and (mean is None or np.ndim(mean) == 0 or np.size(mean) is ONE):
        return of_numbers(deviation, matrix)
    if np.ndim(matrix) == 0:
        dimension = np.size(mean)
        squares = np.sum(deviation * deviation, axis=-1)
        return squares / matrix, 0.5 * dimension * np.log(matrix), dimension
    dimension = np.shape(matrix)[0]
    if dimension is ONE:
        return of_numbers(deviation, np.reshape(matrix, (1,))[0])
    if np.ndim(matrix) == 1:
        squares = np.sum(deviation * deviation / matrix, axis=-1)
        return squares, 0.5 * np.sum(np.log(matrix)), dimension
    factor = np.linalg.cholesky(matrix)
    half = np.sum(np.log(np.diagonal(factor)))
    if np.ndim(deviation) == 1:
        white = linalg.solve_triangular(factor, deviation, lower=True)
        return np.sum(white * white), half, dimension
    rows = np.reshape(deviation, (-1, dimension))
    white = linalg.solve_triangular(factor, rows.T, lower=True)
    return np.reshape(np.sum(white * white, axis=0), np.shape(deviation)[:-1]), half, dimension


def of_numbers(deviation: Array, variance: Array) -> tuple[Array, Array, Array]:
    """The same in one dimension; a last axis of length 1 is dropped where there are two."""
    if np.ndim(deviation) > 1:
        deviation = deviation[..., 0]
    return deviation * deviation / variance, 0.5 * np.log(variance), 1


# -- normal and t -----------------------------------------------------------------------------


def multivariate_normal_logpdf(
    x: Array, mean: Array = None, cov: Array = 1, allow_singular: bool = False
) -> Array:
    distance, half_log_det, dimension = squared_distance(x, mean, cov)
    return -0.5 * distance - half_log_det - dimension * HALF_LOG_2PI


def multivariate_normal_pdf(
    x: Array, mean: Array = None, cov: Array = 1, allow_singular: bool = False
) -> Array:
    return np.exp(multivariate_normal_logpdf(x, mean, cov))


def multivariate_t_logpdf(
    x: Array, loc: Array = None, shape: Array = 1, df: Array = 1, allow_singular: bool = False
) -> Array:
    distance, half_log_det, dimension = squared_distance(x, loc, shape)
    power = 0.5 * (df + dimension)
    normalizer = special.gammaln(power) - special.gammaln(0.5 * df) - 0.5 * dimension * (np.log(df) + LOG_PI)
    return normalizer - half_log_det - power * np.log1p(distance / df)


def multivariate_t_pdf(
    x: Array, loc: Array = None, shape: Array = 1, df: Array = 1, allow_singular: bool = False
) -> Array:
    return np.exp(multivariate_t_logpdf(x, loc, shape, df))


def matrix_normal_logpdf(X: Array, mean: Array = None, rowcov: Array = 1, colcov: Array = 1) -> Array:
    """One matrix; both covariances given as matrices."""
    deviation = X if mean is None else X - mean
    rows = np.linalg.cholesky(rowcov)
    columns = np.linalg.cholesky(colcov)
    n = np.shape(rowcov)[0]
    m = np.shape(colcov)[0]
    half = linalg.solve_triangular(rows, deviation, lower=True)
    white = linalg.solve_triangular(columns, half.T, lower=True)
    log_det = m * np.sum(np.log(np.diagonal(rows))) + n * np.sum(np.log(np.diagonal(columns)))
    return -0.5 * np.sum(white * white) - log_det - n * m * HALF_LOG_2PI


# -- dirichlet, multinomial -------------------------------------------------------------------


def dirichlet_logpdf(x: Array, alpha: Array) -> Array:
    """x of shape (K,), or (K, n) with a point in every column; all K coordinates given."""
    alpha = np.asarray(alpha)
    normalizer = special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha))
    powers = alpha - 1.0 if np.ndim(x) == 1 else (alpha - 1.0)[:, None]
    return normalizer + np.sum(xlogy(powers, x), axis=0)


def dirichlet_pdf(x: Array, alpha: Array) -> Array:
    return np.exp(dirichlet_logpdf(x, alpha))


def multinomial_logpmf(x: Array, n: Array, p: Array) -> Array:
    """The last probability is one minus the sum of the others, as SciPy has it."""
    x = np.asarray(x)
    p = np.asarray(p)
    first = p[..., :-1]
    last = 1.0 - np.sum(first, axis=-1)
    terms = np.sum(xlogy(x[..., :-1], first) - special.gammaln(x[..., :-1] + 1), axis=-1)
    terms = terms + xlogy(x[..., -1], last) - special.gammaln(x[..., -1] + 1)
    valid = np.all((first >= 0) & (first <= 1), axis=-1) & (last >= 0) & (last <= 1) & (n >= 0)
    possible = np.all((x >= 0) & (x == np.floor(x)), axis=-1) & (np.sum(x, axis=-1) == n)
    return np.where(valid, np.where(possible, special.gammaln(n + 1) + terms, -np.inf), np.nan)


def multinomial_pmf(x: Array, n: Array, p: Array) -> Array:
    return np.exp(multinomial_logpmf(x, n, p))


def dirichlet_multinomial_logpmf(x: Array, alpha: Array, n: Array) -> Array:
    x = np.asarray(x)
    alpha = np.asarray(alpha)
    total = np.sum(alpha, axis=-1)
    terms = special.gammaln(x + alpha) - special.gammaln(alpha) - special.gammaln(x + 1)
    value = (
        special.gammaln(total) + special.gammaln(n + 1) - special.gammaln(n + total) + np.sum(terms, axis=-1)
    )
    possible = np.all(x >= 0, axis=-1) & (np.sum(x, axis=-1) == n)
    return np.where(possible, value, -np.inf)


def dirichlet_multinomial_pmf(x: Array, alpha: Array, n: Array) -> Array:
    return np.exp(dirichlet_multinomial_logpmf(x, alpha, n))


# -- wishart, invwishart: one matrix ----------------------------------------------------------


def wishart_logpdf(x: Array, df: Array, scale: Array) -> Array:
    dimension = np.shape(scale)[0]
    of_scale = np.linalg.cholesky(scale)
    of_x = np.linalg.cholesky(x)
    white = linalg.solve_triangular(of_scale, of_x, lower=True)
    log_det_scale = np.sum(np.log(np.diagonal(of_scale)))
    log_det_x = np.sum(np.log(np.diagonal(of_x)))
    normalizer = 0.5 * df * dimension * LOG_2 + df * log_det_scale + multigammaln(0.5 * df, dimension)
    return (df - dimension - 1) * log_det_x - 0.5 * np.sum(white * white) - normalizer


def wishart_pdf(x: Array, df: Array, scale: Array) -> Array:
    return np.exp(wishart_logpdf(x, df, scale))


def invwishart_logpdf(x: Array, df: Array, scale: Array) -> Array:
    dimension = np.shape(scale)[0]
    of_scale = np.linalg.cholesky(scale)
    of_x = np.linalg.cholesky(x)
    white = linalg.solve_triangular(of_x, of_scale, lower=True)
    log_det_scale = np.sum(np.log(np.diagonal(of_scale)))
    log_det_x = np.sum(np.log(np.diagonal(of_x)))
    normalizer = 0.5 * df * dimension * LOG_2 - df * log_det_scale + multigammaln(0.5 * df, dimension)
    return -(df + dimension + 1) * log_det_x - 0.5 * np.sum(white * white) - normalizer


def invwishart_pdf(x: Array, df: Array, scale: Array) -> Array:
    return np.exp(invwishart_logpdf(x, df, scale))
