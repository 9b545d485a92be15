"""scipy.stats: distributions built on the incomplete gamma and beta functions.

Sources as in stats_location_scale.  -inf or 0 outside the support, NaN for invalid parameters.
"""

from __future__ import annotations

import numpy as np

from adfun.library.incomplete_beta import betainc, betaincc, fdtr, fdtrc, stdtr
from adfun.library.incomplete_gamma import gammainc, gammaincc
from adfun.library.pieces import (
    HALF_LOG_2PI,
    LOG_2,
    LOG_PI,
    Array,
    betaln,
    log_gamma_half_step,
    special,
    supported,
    xlog1py,
    xlogy,
)

# -- gamma, chi2, invgamma, f -------------------------------------------------------------------


def gamma_logpdf(x: Array, a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = xlogy(a - 1, z) - z - special.gammaln(a) - np.log(scale)
    return supported((a > 0) & (scale > 0), z < 0, -np.inf, value)


def gamma_cdf(x: Array, a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((a > 0) & (scale > 0), z <= 0, 0.0, gammainc(a, z))


def gamma_sf(x: Array, a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((a > 0) & (scale > 0), z <= 0, 1.0, gammaincc(a, z))


def gamma_mean(a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((a > 0) & (scale > 0), loc + a * scale, np.nan)


def gamma_var(a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((a > 0) & (scale > 0) & np.equal(loc, loc), a * scale * scale, np.nan)


def chi2_logpdf(x: Array, df: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    half = 0.5 * df
    value = xlogy(half - 1, z) - 0.5 * z - special.gammaln(half) - half * LOG_2 - np.log(scale)
    return supported((df > 0) & (scale > 0), z < 0, -np.inf, value)


def chi2_cdf(x: Array, df: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return gamma_cdf(0.5 * (x - loc), 0.5 * df, 0, scale)


def chi2_sf(x: Array, df: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return gamma_sf(0.5 * (x - loc), 0.5 * df, 0, scale)


def chi2_mean(df: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((df > 0) & (scale > 0), loc + df * scale, np.nan)


def chi2_var(df: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((df > 0) & (scale > 0) & np.equal(loc, loc), 2.0 * df * scale * scale, np.nan)


def invgamma_logpdf(x: Array, a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = -(a + 1) * np.log(z) - special.gammaln(a) - 1.0 / z - np.log(scale)
    return supported((a > 0) & (scale > 0), z <= 0, -np.inf, value)


def invgamma_cdf(x: Array, a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((a > 0) & (scale > 0), z <= 0, 0.0, gammaincc(a, 1.0 / z))


def invgamma_sf(x: Array, a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((a > 0) & (scale > 0), z <= 0, 1.0, gammainc(a, 1.0 / z))


def invgamma_mean(a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((a > 0) & (scale > 0), np.where(a > 1, loc + scale / (a - 1.0), np.inf), np.nan)


def invgamma_var(a: Array, loc: Array = 0, scale: Array = 1) -> Array:
    finite = scale * scale / ((a - 1.0) ** 2 * (a - 2.0))
    return np.where((a > 0) & (scale > 0) & np.equal(loc, loc), np.where(a > 2, finite, np.inf), np.nan)


def f_logpdf(x: Array, dfn: Array, dfd: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    n = 0.5 * dfn
    m = 0.5 * dfd
    value = m * np.log(dfd) + n * np.log(dfn) + xlogy(n - 1, z) - (n + m) * np.log(dfd + dfn * z)
    value = value - betaln(n, m) - np.log(scale)
    return supported((dfn > 0) & (dfd > 0) & (scale > 0), z < 0, -np.inf, value)


def f_cdf(x: Array, dfn: Array, dfd: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((dfn > 0) & (dfd > 0) & (scale > 0), z <= 0, 0.0, fdtr(dfn, dfd, z))


def f_sf(x: Array, dfn: Array, dfd: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    return supported((dfn > 0) & (dfd > 0) & (scale > 0), z <= 0, 1.0, fdtrc(dfn, dfd, z))


# -- beta, t ----------------------------------------------------------------------------------


def beta_logpdf(x: Array, a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    value = xlogy(a - 1, z) + xlog1py(b - 1, -z) - betaln(a, b) - np.log(scale)
    return supported((a > 0) & (b > 0) & (scale > 0), (z < 0) | (z > 1), -np.inf, value)


def beta_cdf(x: Array, a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = np.clip((x - loc) / scale, 0.0, 1.0)
    return np.where((a > 0) & (b > 0) & (scale > 0), betainc(a, b, z), np.nan)


def beta_sf(x: Array, a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = np.clip((x - loc) / scale, 0.0, 1.0)
    return np.where((a > 0) & (b > 0) & (scale > 0), betaincc(a, b, z), np.nan)


def beta_mean(a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((a > 0) & (b > 0) & (scale > 0), loc + scale * (a / (a + b)), np.nan)


def beta_var(a: Array, b: Array, loc: Array = 0, scale: Array = 1) -> Array:
    n = a + b
    return np.where(
        (a > 0) & (b > 0) & (scale > 0) & np.equal(loc, loc),
        scale * scale * (a * b / (n * n * (n + 1.0))),
        np.nan,
    )


def t_logpdf(x: Array, df: Array, loc: Array = 0, scale: Array = 1) -> Array:
    z = (x - loc) / scale
    normalizer = log_gamma_half_step(0.5 * df) - 0.5 * (np.log(df) + LOG_PI)
    value = normalizer - 0.5 * (df + 1) * np.log1p(z * z / df)
    normal = -0.5 * (z * z) - HALF_LOG_2PI
    return np.where(df > 0, np.where(df == np.inf, normal, value), np.nan) - np.log(scale)


def t_cdf(x: Array, df: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((df > 0) & (scale > 0), stdtr(df, (x - loc) / scale), np.nan)


def t_sf(x: Array, df: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((df > 0) & (scale > 0), stdtr(df, (loc - x) / scale), np.nan)


def t_mean(df: Array, loc: Array = 0, scale: Array = 1) -> Array:
    return np.where((df > 0) & (scale > 0), np.where(df > 1, loc + 0.0 * scale, np.inf), np.nan)


def t_var(df: Array, loc: Array = 0, scale: Array = 1) -> Array:
    finite = np.where(df == np.inf, 1.0, df / (df - 2.0))
    value = np.where(df > 2, finite, np.where(df > 1, np.inf, np.nan)) * scale * scale
    return np.where((df > 0) & (scale > 0) & np.equal(loc, loc), value, np.nan)
