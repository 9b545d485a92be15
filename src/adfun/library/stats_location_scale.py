"""scipy.stats: distributions on the real line with location and scale only, and their folded halves.

Densities and distribution functions as in the reference pages of scipy.stats and in Johnson, Kotz and
Balakrishnan, Continuous Univariate Distributions (1994, 1995).  -inf or 0 outside the support, NaN for
invalid parameters.
"""

from __future__ import annotations

import numpy as np

from adfun.library.pieces import HALF_LOG_2PI, LOG_2, LOG_PI, Array, log1mexp, special, supported

ROOT_HALF = 0.7071067811865476
ROOT_TWO_OVER_PI = 0.7978845608028654
EULER = 0.5772156649015329

# -- norm -------------------------------------------------------------------------------------


def norm_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return -0.5 * (z * z) - np.log(scale) - HALF_LOG_2PI


def norm_cdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, special.ndtr((x - loc) / scale), np.nan)


def norm_logcdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, special.log_ndtr((x - loc) / scale), np.nan)


def norm_sf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, special.ndtr((loc - x) / scale), np.nan)


def norm_logsf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, special.log_ndtr((loc - x) / scale), np.nan)


def norm_ppf(q: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc + scale * special.ndtri(q), np.nan)


def norm_isf(q: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc - scale * special.ndtri(q), np.nan)


def norm_mean(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc + 0.0 * scale, np.nan)


def norm_var(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((scale > 0) & np.equal(loc, loc), scale * scale, np.nan)


# -- cauchy, halfcauchy -----------------------------------------------------------------------


def cauchy_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return -LOG_PI - np.log1p(z * z) - np.log(scale)


def cauchy_cdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, np.arctan2(1.0, (loc - x) / scale) / np.pi, np.nan)


def cauchy_sf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, np.arctan2(1.0, (x - loc) / scale) / np.pi, np.nan)


def cauchy_ppf(q: Array, loc: Array = 0, scale: Array = 1) -> Array:
    inside = (q >= 0) & (q <= 1) & (scale > 0)
    return np.where(inside, np.where(q == 1, np.inf, loc - scale / np.tan(np.pi * q)), np.nan)


def halfcauchy_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z < 0, -np.inf, LOG_2 - LOG_PI - np.log1p(z * z) - np.log(scale))


def halfcauchy_cdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z < 0, 0.0, 2.0 / np.pi * np.arctan(z))


def halfcauchy_sf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z < 0, 1.0, 2.0 / np.pi * np.arctan2(1.0, z))


def halfcauchy_ppf(q: Array, loc: Array = 0, scale: Array = 1) -> Array:
    inside = (q >= 0) & (q <= 1) & (scale > 0)
    return np.where(inside, np.where(q == 1, np.inf, loc + scale * np.tan(0.5 * np.pi * q)), np.nan)


# -- halfnorm ---------------------------------------------------------------------------------


def halfnorm_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z < 0, -np.inf, LOG_2 - HALF_LOG_2PI - 0.5 * (z * z) - np.log(scale))


def halfnorm_cdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z < 0, 0.0, special.erf(ROOT_HALF * z))


def halfnorm_sf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z < 0, 1.0, 2.0 * special.ndtr(-z))


def halfnorm_logsf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z < 0, 0.0, LOG_2 + special.log_ndtr(-z))


def halfnorm_ppf(q: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((scale > 0) & (q >= 0), loc + scale * special.ndtri(0.5 * (1.0 + q)), np.nan)


def halfnorm_mean(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc + scale * ROOT_TWO_OVER_PI, np.nan)


def halfnorm_var(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((scale > 0) & np.equal(loc, loc), scale * scale * (1.0 - 2.0 / np.pi), np.nan)


# -- laplace, logistic ------------------------------------------------------------------------


def laplace_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return -np.abs(z) - LOG_2 - np.log(scale)


def laplace_cdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    half = 0.5 * np.exp(-np.abs(z))
    return np.where(scale > 0, np.where(z > 0, 1.0 - half, half), np.nan)


def laplace_sf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return laplace_cdf(-x, -loc, scale)


def laplace_ppf(q: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc + scale * np.where(q > 0.5, -np.log(2 * (1 - q)), np.log(2 * q)), np.nan)


def laplace_mean(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc + 0.0 * scale, np.nan)


def laplace_var(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((scale > 0) & np.equal(loc, loc), 2.0 * scale * scale, np.nan)


def logistic_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return special.log_expit(z) + special.log_expit(-z) - np.log(scale)


def logistic_cdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, special.expit((x - loc) / scale), np.nan)


def logistic_sf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, special.expit((loc - x) / scale), np.nan)


def logistic_logcdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, special.log_expit((x - loc) / scale), np.nan)


def logistic_logsf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, special.log_expit((loc - x) / scale), np.nan)


def logistic_ppf(q: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc + scale * (np.log(q) - np.log1p(-q)), np.nan)


def logistic_mean(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc + 0.0 * scale, np.nan)


def logistic_var(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((scale > 0) & np.equal(loc, loc), scale * scale * (np.pi * np.pi / 3.0), np.nan)


# -- uniform ----------------------------------------------------------------------------------


def uniform_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    beyond = np.where(np.isnan(z), np.nan, -np.inf)
    return np.where((z >= 0) & (z <= 1), -np.log(scale), np.where(scale > 0, beyond, np.nan))


def uniform_cdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return np.where(scale > 0, np.clip(z, 0.0, 1.0), np.nan)


def uniform_sf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return np.where(scale > 0, np.clip(1.0 - z, 0.0, 1.0), np.nan)


def uniform_ppf(q: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((scale > 0) & (q >= 0) & (q <= 1), loc + scale * q, np.nan)


def uniform_mean(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc + 0.5 * scale, np.nan)


def uniform_var(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((scale > 0) & np.equal(loc, loc), scale * scale / 12.0, np.nan)


# -- gumbel_r, gumbel_l -----------------------------------------------------------------------


def gumbel_r_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return -z - np.exp(-z) - np.log(scale)


def gumbel_r_logcdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, -np.exp((loc - x) / scale), np.nan)


def gumbel_r_cdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.exp(gumbel_r_logcdf(x, loc, scale))


def gumbel_r_sf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return -np.expm1(gumbel_r_logcdf(x, loc, scale))


def gumbel_r_logsf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return log1mexp(gumbel_r_logcdf(x, loc, scale))


def gumbel_r_ppf(q: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc - scale * np.log(-np.log(q)), np.nan)


def gumbel_r_mean(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc + scale * EULER, np.nan)


def gumbel_r_var(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((scale > 0) & np.equal(loc, loc), scale * scale * (np.pi * np.pi / 6.0), np.nan)


def gumbel_l_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return gumbel_r_logpdf(-x, -loc, scale)


def gumbel_l_logsf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return gumbel_r_logcdf(-x, -loc, scale)


def gumbel_l_sf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return gumbel_r_cdf(-x, -loc, scale)


def gumbel_l_cdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return gumbel_r_sf(-x, -loc, scale)


def gumbel_l_logcdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return gumbel_r_logsf(-x, -loc, scale)


def gumbel_l_ppf(q: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc + scale * np.log(-np.log1p(-q)), np.nan)


def gumbel_l_mean(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc - scale * EULER, np.nan)
