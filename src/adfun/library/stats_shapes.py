"""scipy.stats: further continuous distributions with shape parameters.

Sources as in stats_location_scale.  -inf or 0 outside the support, NaN for invalid parameters.
"""

from __future__ import annotations

import numpy as np

from adfun.library.pieces import (
    HALF_LOG_2PI,
    LOG_2,
    Array,
    betaln,
    log1mexp,
    log1p_ratio,
    log_difference,
    special,
    supported,
    xlog1py,
    xlogy,
)
from adfun.library.special_integrals import owens_t

# -- skewnorm, truncnorm ----------------------------------------------------------------------


def skewnorm_logpdf(x: Array, a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return LOG_2 - 0.5 * (z * z) - HALF_LOG_2PI + special.log_ndtr(a * z) - np.log(scale)


def skewnorm_cdf(x: Array, a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = special.ndtr(z) - 2.0 * owens_t(z, a)
    return np.where(scale > 0, np.clip(value, 0.0, 1.0), np.nan)


def skewnorm_sf(x: Array, a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return skewnorm_cdf(-x, -a, -loc, scale)


def log_normal_mass(a: Array, b: Array) -> Array:
    """log(ndtr(b) - ndtr(a)) for a <= b, each tail from its own side."""
    left = log_difference(special.log_ndtr(b), special.log_ndtr(a))
    right = log_difference(special.log_ndtr(-a), special.log_ndtr(-b))
    middle = np.log1p(-special.ndtr(a) - special.ndtr(-b))
    return np.where(b <= 0, left, np.where(a > 0, right, middle))


def truncnorm_logpdf(x: Array, a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = -0.5 * (z * z) - HALF_LOG_2PI - log_normal_mass(a, b) - np.log(scale)
    return supported((a < b) & (scale > 0), (z < a) | (z > b), -np.inf, value)


def truncnorm_logcdf(x: Array, a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = np.where(z >= b, 0.0, log_normal_mass(a, z) - log_normal_mass(a, b))
    return supported((a < b) & (scale > 0), z <= a, -np.inf, value)


def truncnorm_logsf(x: Array, a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return truncnorm_logcdf(-x, -b, -a, -loc, scale)


def truncnorm_cdf(x: Array, a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.exp(truncnorm_logcdf(x, a, b, loc, scale))


def truncnorm_sf(x: Array, a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.exp(truncnorm_logsf(x, a, b, loc, scale))


# -- extreme values ---------------------------------------------------------------------------


def genextreme_logcdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    below = (c < 0) & (c * z >= 1)
    above = (c > 0) & (c * z >= 1)
    value = -np.exp(-log1p_ratio(-c, z))
    return supported((scale > 0) & (c == c), below, -np.inf, np.where(above, 0.0, value))


def genextreme_logpdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    logarithm = -log1p_ratio(-c, z)
    value = logarithm * (1.0 - c) - np.exp(logarithm) - np.log(scale)
    return supported(scale > 0, (c * z >= 1) | (logarithm == np.inf), -np.inf, value)


def genextreme_cdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.exp(genextreme_logcdf(x, c, loc, scale))


def genextreme_sf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return -np.expm1(genextreme_logcdf(x, c, loc, scale))


def genpareto_logpdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = -(1.0 + c) * log1p_ratio(c, z) - np.log(scale)
    return supported(scale > 0, (z < 0) | (c * z < -1), -np.inf, value)


def genpareto_logsf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = np.where(c * z <= -1, -np.inf, -log1p_ratio(c, z))
    return supported((scale > 0) & (c == c), z < 0, 0.0, value)


def genpareto_sf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.exp(genpareto_logsf(x, c, loc, scale))


def genpareto_cdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return -np.expm1(genpareto_logsf(x, c, loc, scale))


# -- on the real line -------------------------------------------------------------------------


def vonmises_logpdf(x: Array, kappa: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    rise = -2.0 * kappa * np.sin(0.5 * z) ** 2
    value = rise - 2.0 * HALF_LOG_2PI - np.log(special.i0e(kappa)) - np.log(scale)
    return np.where(kappa >= 0, value, np.nan)


def exponnorm_logpdf(x: Array, K: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    rate = 1.0 / K
    value = rate * (0.5 * rate - z) + special.log_ndtr(z - rate) - np.log(K) - np.log(scale)
    return np.where((K > 0) & (scale > 0), value, np.nan)


def gennorm_logpdf(x: Array, beta: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = np.abs((x - loc) / scale)
    power = np.where(z == 0, 0.0, np.exp(beta * np.log(z)))
    value = np.log(0.5 * beta) - special.gammaln(1.0 / beta) - power - np.log(scale)
    return np.where((beta > 0) & (scale > 0), value, np.nan)


def johnsonsu_logpdf(x: Array, a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    u = a + b * np.arcsinh(z)
    value = np.log(b) - 0.5 * np.log1p(z * z) - 0.5 * (u * u) - HALF_LOG_2PI - np.log(scale)
    return np.where((b > 0) & (scale > 0), value, np.nan)


def johnsonsu_cdf(x: Array, a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    u = a + b * np.arcsinh((x - loc) / scale)
    return np.where((b > 0) & (scale > 0), special.ndtr(u), np.nan)


def loggamma_logpdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = c * z - np.exp(z) - special.gammaln(c) - np.log(scale)
    return np.where((c > 0) & (scale > 0), value, np.nan)


def moyal_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return -0.5 * (z + np.exp(-z)) - HALF_LOG_2PI - np.log(scale)


def hypsecant_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return -np.log(np.pi) - np.logaddexp(z, -z) + LOG_2 - np.log(scale)


# -- on the positive half line and on an interval ---------------------------------------------


def fisk_logpdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    u = c * np.log(z)
    value = np.log(c) + xlogy(c - 1, z) - 2.0 * np.logaddexp(0.0, u) - np.log(scale)
    return supported((c > 0) & (scale > 0), (z < 0) | (z == np.inf), -np.inf, value)


def fisk_logcdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((c > 0) & (scale > 0), z <= 0, -np.inf, special.log_expit(c * np.log(z)))


def fisk_logsf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((c > 0) & (scale > 0), z <= 0, 0.0, special.log_expit(-c * np.log(z)))


def fisk_cdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((c > 0) & (scale > 0), z <= 0, 0.0, special.expit(c * np.log(z)))


def fisk_sf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((c > 0) & (scale > 0), z <= 0, 1.0, special.expit(-c * np.log(z)))


def lomax_logpdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = np.log(c) - (c + 1) * np.log1p(z) - np.log(scale)
    return supported((c > 0) & (scale > 0), z < 0, -np.inf, value)


def lomax_logsf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((c > 0) & (scale > 0), z < 0, 0.0, -c * np.log1p(z))


def lomax_sf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.exp(lomax_logsf(x, c, loc, scale))


def lomax_cdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return -np.expm1(lomax_logsf(x, c, loc, scale))


def maxwell_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = LOG_2 - HALF_LOG_2PI + 2.0 * np.log(z) - 0.5 * (z * z) - np.log(scale)
    return supported(scale > 0, z < 0, -np.inf, value)


def gengamma_logpdf(x: Array, a: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = np.log(np.abs(c)) + xlogy(c * a - 1, z) - np.exp(c * np.log(z)) - special.gammaln(a)
    outside = (z < 0) | (z == 0) & (c < 0)
    return supported((a > 0) & (c != 0) & (scale > 0), outside, -np.inf, value - np.log(scale))


def nakagami_logpdf(x: Array, nu: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = LOG_2 + xlogy(nu, nu) - special.gammaln(nu) + xlogy(2.0 * nu - 1.0, z) - nu * (z * z)
    return supported((nu > 0) & (scale > 0), z < 0, -np.inf, value - np.log(scale))


def rice_logpdf(x: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = np.log(z) - 0.5 * (z - b) ** 2 + np.log(special.i0e(z * b)) - np.log(scale)
    return supported((b >= 0) & (scale > 0), z < 0, -np.inf, value)


def chi_logpdf(x: Array, df: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    half = 0.5 * df
    value = LOG_2 - half * LOG_2 - special.gammaln(half) + xlogy(df - 1, z) - 0.5 * (z * z)
    return supported((df > 0) & (scale > 0), z < 0, -np.inf, value - np.log(scale))


def betaprime_logpdf(x: Array, a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = xlogy(a - 1, z) - xlog1py(a + b, z) - betaln(a, b) - np.log(scale)
    return supported((a > 0) & (b > 0) & (scale > 0), (z <= 0) | (z == np.inf), -np.inf, value)


def powerlaw_logpdf(x: Array, a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = np.log(a) + xlogy(a - 1, z) - np.log(scale)
    outside = (z < 0) | (z > 1) | (z == 0) & (a < 1)
    return supported((a > 0) & (scale > 0), outside, -np.inf, value)


def triang_logpdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    side = np.where(z < c, z / np.where(c == 0, 1.0, c), (1.0 - z) / np.where(c == 1, 1.0, 1.0 - c))
    value = LOG_2 + np.log(np.where(z == c, 1.0, side)) - np.log(scale)
    return supported((c >= 0) & (c <= 1) & (scale > 0), (z < 0) | (z > 1), -np.inf, value)


def weibull_max_logpdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (loc - x) / scale
    value = np.log(c) + xlogy(c - 1, z) - np.exp(c * np.log(z)) - np.log(scale)
    return supported((c > 0) & (scale > 0), z < 0, -np.inf, value)


def truncexpon_logpdf(x: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = -z - log1mexp(-b) - np.log(scale)
    return supported((b > 0) & (scale > 0), (z < 0) | (z > b), -np.inf, value)


def laplace_asymmetric_logpdf(x: Array, kappa: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = np.where(z >= 0, -z * kappa, z / kappa) - np.log(kappa + 1.0 / kappa) - np.log(scale)
    return np.where((kappa > 0) & (scale > 0), value, np.nan)


def burr12_logpdf(x: Array, c: Array, d: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = np.log(c * d) + xlogy(c - 1, z) - (d + 1) * np.logaddexp(0.0, c * np.log(z)) - np.log(scale)
    return supported((c > 0) & (d > 0) & (scale > 0), z < 0, -np.inf, value)
