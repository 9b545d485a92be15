"""scipy.stats: distributions on the positive half line.

Sources as in stats_location_scale.  -inf or 0 outside the support, NaN for invalid parameters.
"""

from __future__ import annotations

import numpy as np

from adfun.library.pieces import HALF_LOG_2PI, Array, log1mexp, log_difference, special, supported, xlogy

# -- expon, rayleigh, weibull_min ---------------------------------------------------------------


def expon_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z < 0, -np.inf, -z - np.log(scale))


def expon_cdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z < 0, 0.0, -np.expm1(-z))


def expon_logcdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z < 0, -np.inf, log1mexp(-z))


def expon_logsf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z < 0, 0.0, -z)


def expon_sf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.exp(expon_logsf(x, loc, scale))


def expon_ppf(q: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((scale > 0) & (q >= 0), loc - scale * np.log1p(-q), np.nan)


def expon_mean(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc + scale, np.nan)


def expon_var(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((scale > 0) & np.equal(loc, loc), scale * scale, np.nan)


def rayleigh_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, (z < 0) | (z == np.inf), -np.inf, np.log(z) - 0.5 * (z * z) - np.log(scale))


def rayleigh_logsf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z < 0, 0.0, -0.5 * (z * z))


def rayleigh_sf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.exp(rayleigh_logsf(x, loc, scale))


def rayleigh_cdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return -np.expm1(rayleigh_logsf(x, loc, scale))


def rayleigh_ppf(q: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((scale > 0) & (q >= 0), loc + scale * np.sqrt(-2.0 * np.log1p(-q)), np.nan)


def rayleigh_mean(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where(scale > 0, loc + scale * np.sqrt(0.5 * np.pi), np.nan)


def rayleigh_var(loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((scale > 0) & np.equal(loc, loc), scale * scale * (2.0 - 0.5 * np.pi), np.nan)


def weibull_min_logpdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = np.log(c) + xlogy(c - 1, z) - np.exp(c * np.log(z)) - np.log(scale)
    return supported((c > 0) & (scale > 0), z < 0, -np.inf, value)


def weibull_min_logsf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((c > 0) & (scale > 0), z <= 0, 0.0, -np.exp(c * np.log(z)))


def weibull_min_sf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.exp(weibull_min_logsf(x, c, loc, scale))


def weibull_min_cdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return -np.expm1(weibull_min_logsf(x, c, loc, scale))


def weibull_min_logcdf(x: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return log1mexp(weibull_min_logsf(x, c, loc, scale))


def weibull_min_ppf(q: Array, c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    valid = (c > 0) & (scale > 0) & (q >= 0)
    return np.where(valid, loc + scale * np.exp(np.log(-np.log1p(-q)) / c), np.nan)


def weibull_min_mean(c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((c > 0) & (scale > 0), loc + scale * special.gamma(1.0 + 1.0 / c), np.nan)


def weibull_min_var(c: Array, loc: Array = 0, scale: Array = 1) -> Array:
    mean = special.gamma(1.0 + 1.0 / c)
    return np.where(
        (c > 0) & (scale > 0) & np.equal(loc, loc),
        scale * scale * (special.gamma(1.0 + 2.0 / c) - mean * mean),
        np.nan,
    )


# -- lognorm ----------------------------------------------------------------------------------


def lognorm_logpdf(x: Array, s: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    logarithm = np.log(z)
    u = logarithm / s
    value = -0.5 * (u * u) - logarithm - np.log(s) - HALF_LOG_2PI - np.log(scale)
    return supported((s > 0) & (scale > 0), z <= 0, -np.inf, value)


def lognorm_cdf(x: Array, s: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((s > 0) & (scale > 0), z <= 0, 0.0, special.ndtr(np.log(z) / s))


def lognorm_sf(x: Array, s: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((s > 0) & (scale > 0), z <= 0, 1.0, special.ndtr(-np.log(z) / s))


def lognorm_logcdf(x: Array, s: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((s > 0) & (scale > 0), z <= 0, -np.inf, special.log_ndtr(np.log(z) / s))


def lognorm_logsf(x: Array, s: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((s > 0) & (scale > 0), z <= 0, 0.0, special.log_ndtr(-np.log(z) / s))


def lognorm_ppf(q: Array, s: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((s > 0) & (scale > 0), loc + scale * np.exp(s * special.ndtri(q)), np.nan)


def lognorm_mean(s: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((s > 0) & (scale > 0), loc + scale * np.exp(0.5 * s * s), np.nan)


def lognorm_var(s: Array, loc: Array = 0, scale: Array = 1) -> Array:
    p = np.exp(s * s)
    return np.where((s > 0) & (scale > 0) & np.equal(loc, loc), scale * scale * (p * np.expm1(s * s)), np.nan)


# -- invgauss ---------------------------------------------------------------------------------


def invgauss_logpdf(x: Array, mu: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    u = z / mu - 1.0
    value = -HALF_LOG_2PI - 1.5 * np.log(z) - u * u / (2.0 * z) - np.log(scale)
    return supported((mu > 0) & (scale > 0), (z <= 0) | (z == np.inf), -np.inf, value)


def invgauss_logcdf(x: Array, mu: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    factor = 1.0 / np.sqrt(z)
    left = special.log_ndtr(factor * (z / mu - 1.0))
    right = 2.0 / mu + special.log_ndtr(-factor * (z / mu + 1.0))
    value = np.where(z == np.inf, 0.0, left + np.log1p(np.exp(right - left)))
    return supported((mu > 0) & (scale > 0), z <= 0, -np.inf, value)


def invgauss_logsf(x: Array, mu: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    factor = 1.0 / np.sqrt(z)
    left = special.log_ndtr(-factor * (z / mu - 1.0))
    right = 2.0 / mu + special.log_ndtr(-factor * (z / mu + 1.0))
    value = np.where(z == np.inf, -np.inf, log_difference(left, right))
    return supported((mu > 0) & (scale > 0), z <= 0, 0.0, value)


def invgauss_cdf(x: Array, mu: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.exp(invgauss_logcdf(x, mu, loc, scale))


def invgauss_sf(x: Array, mu: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.exp(invgauss_logsf(x, mu, loc, scale))


def invgauss_mean(mu: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((mu > 0) & (scale > 0), loc + mu * scale, np.nan)


def invgauss_var(mu: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((mu > 0) & (scale > 0) & np.equal(loc, loc), mu**3 * scale * scale, np.nan)


# -- pareto, levy -----------------------------------------------------------------------------


def pareto_logpdf(x: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = np.log(b) - (b + 1) * np.log(z) - np.log(scale)
    return supported((b > 0) & (scale > 0), z < 1, -np.inf, value)


def pareto_logsf(x: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((b > 0) & (scale > 0), z < 1, 0.0, -b * np.log(z))


def pareto_sf(x: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.exp(pareto_logsf(x, b, loc, scale))


def pareto_cdf(x: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return -np.expm1(pareto_logsf(x, b, loc, scale))


def pareto_ppf(q: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    valid = (b > 0) & (scale > 0) & (q >= 0)
    return np.where(valid, loc + scale * np.exp(-np.log1p(-q) / b), np.nan)


def pareto_mean(b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((b > 0) & (scale > 0), np.where(b > 1, loc + scale * b / (b - 1.0), np.inf), np.nan)


def levy_logpdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = -HALF_LOG_2PI - 1.5 * np.log(z) - 0.5 / z - np.log(scale)
    return supported(scale > 0, z <= 0, -np.inf, value)


def levy_cdf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z <= 0, 0.0, special.erfc(np.sqrt(0.5 / z)))


def levy_sf(x: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported(scale > 0, z <= 0, 1.0, special.erf(np.sqrt(0.5 / z)))
