"""scipy.stats: further distributions of lifetimes and other positive values, in their standard form as in
stats_standard."""

from __future__ import annotations

import numpy as np

from adfun.library.incomplete_gamma import gammainc, gammaincc
from adfun.library.pieces import (
    HALF_LOG_2PI,
    LOG_2,
    LOG_PI,
    Array,
    log1mexp,
    special,
    xlog1py,
    xlogy,
)
from adfun.library.special_integrals import kve
from adfun.library.stats_standard import EULER, INVERSE_ROOT_2PI, Support, half_line, positive

# -- lifetimes --------------------------------------------------------------------------------

gompertz_support = fatiguelife_support = invweibull_support = loglaplace_support = positive


def gompertz_logpdf(z: Array, c: Array) -> Array:
    return np.log(c) + z - c * np.expm1(z)


def gompertz_logsf(z: Array, c: Array) -> Array:
    return -c * np.expm1(z)


def gompertz_sf(z: Array, c: Array) -> Array:
    return np.exp(-c * np.expm1(z))


def gompertz_cdf(z: Array, c: Array) -> Array:
    return -np.expm1(-c * np.expm1(z))


def gompertz_ppf(q: Array, c: Array) -> Array:
    return np.log1p(-np.log1p(-q) / c)


def gompertz_isf(q: Array, c: Array) -> Array:
    return np.log1p(-np.log(q) / c)


def exponweib_support(a: Array, c: Array) -> Support:
    return (a > 0) & (c > 0), 0.0, np.inf


def exponweib_logpdf(z: Array, a: Array, c: Array) -> Array:
    power = z**c
    return np.log(a) + np.log(c) + xlogy(a - 1.0, -np.expm1(-power)) - power + xlogy(c - 1.0, z)


def exponweib_cdf(z: Array, a: Array, c: Array) -> Array:
    return (-np.expm1(-(z**c))) ** a


def exponweib_logcdf(z: Array, a: Array, c: Array) -> Array:
    return a * log1mexp(-(z**c))


def exponweib_sf(z: Array, a: Array, c: Array) -> Array:
    return -np.expm1(a * log1mexp(-(z**c)))


def exponweib_ppf(q: Array, a: Array, c: Array) -> Array:
    return (-np.log1p(-(q ** (1.0 / a)))) ** (1.0 / c)


def exponweib_isf(q: Array, a: Array, c: Array) -> Array:
    return (-np.log(-np.expm1(np.log1p(-q) / a))) ** (1.0 / c)


def exponpow_support(b: Array) -> Support:
    return b > 0, 0.0, np.inf


def exponpow_logpdf(z: Array, b: Array) -> Array:
    power = z**b
    return 1.0 + np.log(b) + xlogy(b - 1.0, z) + power - np.exp(power)


def exponpow_cdf(z: Array, b: Array) -> Array:
    return -np.expm1(-np.expm1(z**b))


def exponpow_logsf(z: Array, b: Array) -> Array:
    return -np.expm1(z**b)


def exponpow_sf(z: Array, b: Array) -> Array:
    return np.exp(-np.expm1(z**b))


def exponpow_ppf(q: Array, b: Array) -> Array:
    return np.log1p(-np.log1p(-q)) ** (1.0 / b)


def exponpow_isf(q: Array, b: Array) -> Array:
    return np.log1p(-np.log(q)) ** (1.0 / b)


def fatiguelife_logpdf(z: Array, c: Array) -> Array:
    spread = (z - 1.0) ** 2 / (2.0 * z * c * c)
    return np.log(z + 1.0) - spread - np.log(2.0 * c) - HALF_LOG_2PI - 1.5 * np.log(z)


def fatiguelife_argument(z: Array, c: Array) -> Array:
    return (np.sqrt(z) - 1.0 / np.sqrt(z)) / c


def fatiguelife_cdf(z: Array, c: Array) -> Array:
    return special.ndtr(fatiguelife_argument(z, c))


def fatiguelife_sf(z: Array, c: Array) -> Array:
    return special.ndtr(-fatiguelife_argument(z, c))


def fatiguelife_ppf(q: Array, c: Array) -> Array:
    u = c * special.ndtri(q)
    return 0.25 * (u + np.sqrt(u * u + 4.0)) ** 2


def fatiguelife_isf(q: Array, c: Array) -> Array:
    u = -c * special.ndtri(q)
    return 0.25 * (u + np.sqrt(u * u + 4.0)) ** 2


def fatiguelife_mean(c: Array) -> Array:
    return 1.0 + 0.5 * c * c


def fatiguelife_var(c: Array) -> Array:
    return 0.25 * c * c * (5.0 * c * c + 4.0)


def invweibull_logpdf(z: Array, c: Array) -> Array:
    return np.log(c) - (c + 1.0) * np.log(z) - z ** (-c)


def invweibull_cdf(z: Array, c: Array) -> Array:
    return np.exp(-(z ** (-c)))


def invweibull_sf(z: Array, c: Array) -> Array:
    return -np.expm1(-(z ** (-c)))


def invweibull_ppf(q: Array, c: Array) -> Array:
    return (-np.log(q)) ** (-1.0 / c)


def invweibull_isf(q: Array, c: Array) -> Array:
    return (-np.log1p(-q)) ** (-1.0 / c)


def invweibull_mean(c: Array) -> Array:
    return special.gamma(1.0 - 1.0 / c)


def invweibull_entropy(c: Array) -> Array:
    return 1.0 + EULER + EULER / c - np.log(c)


def loglaplace_logpdf(z: Array, c: Array) -> Array:
    return np.log(0.5 * c) + np.where(z < 1, c - 1.0, -c - 1.0) * np.log(z)


def loglaplace_cdf(z: Array, c: Array) -> Array:
    return np.where(z < 1, 0.5 * z**c, 1.0 - 0.5 * z ** (-c))


def loglaplace_sf(z: Array, c: Array) -> Array:
    return np.where(z < 1, 1.0 - 0.5 * z**c, 0.5 * z ** (-c))


def loglaplace_ppf(q: Array, c: Array) -> Array:
    return np.where(q < 0.5, (2.0 * q) ** (1.0 / c), (2.0 * (1.0 - q)) ** (-1.0 / c))


def loglaplace_isf(q: Array, c: Array) -> Array:
    return np.where(q > 0.5, (2.0 * (1.0 - q)) ** (1.0 / c), (2.0 * q) ** (-1.0 / c))


def burr_support(c: Array, d: Array) -> Support:
    return (c > 0) & (d > 0), 0.0, np.inf


def burr_logpdf(z: Array, c: Array, d: Array) -> Array:
    return np.log(c * d) + xlogy(c * d - 1.0, z) - xlog1py(d + 1.0, z**c)


def burr_logcdf(z: Array, c: Array, d: Array) -> Array:
    return -d * np.log1p(z ** (-c))


def burr_cdf(z: Array, c: Array, d: Array) -> Array:
    return np.exp(-d * np.log1p(z ** (-c)))


def burr_sf(z: Array, c: Array, d: Array) -> Array:
    return -np.expm1(-d * np.log1p(z ** (-c)))


def burr_ppf(q: Array, c: Array, d: Array) -> Array:
    return (q ** (-1.0 / d) - 1.0) ** (-1.0 / c)


def burr_isf(q: Array, c: Array, d: Array) -> Array:
    return np.expm1(-np.log1p(-q) / d) ** (-1.0 / c)


halflogistic_support = half_line


def halflogistic_logpdf(z: Array) -> Array:
    return LOG_2 - z - 2.0 * np.log1p(np.exp(-z))


def halflogistic_cdf(z: Array) -> Array:
    return np.tanh(0.5 * z)


def halflogistic_sf(z: Array) -> Array:
    return 2.0 * special.expit(-z)


def halflogistic_ppf(q: Array) -> Array:
    return 2.0 * np.arctanh(q)


def halflogistic_isf(q: Array) -> Array:
    return np.log(2.0 - q) - np.log(q)


def halflogistic_mean() -> Array:
    return 2.0 * LOG_2


def foldnorm_support(c: Array) -> Support:
    return c >= 0, 0.0, np.inf


def foldnorm_logpdf(z: Array, c: Array) -> Array:
    return -HALF_LOG_2PI - 0.5 * (z * z + c * c) + np.logaddexp(c * z, -c * z)


def foldnorm_cdf(z: Array, c: Array) -> Array:
    return 0.5 * (special.erf(np.sqrt(0.5) * (z - c)) + special.erf(np.sqrt(0.5) * (z + c)))


def foldnorm_sf(z: Array, c: Array) -> Array:
    return special.ndtr(c - z) + special.ndtr(-c - z)


def foldnorm_mean(c: Array) -> Array:
    return 2.0 * INVERSE_ROOT_2PI * np.exp(-0.5 * c * c) + c * special.erf(np.sqrt(0.5) * c)


def foldnorm_var(c: Array) -> Array:
    return c * c + 1.0 - foldnorm_mean(c) ** 2


def foldcauchy_support(c: Array) -> Support:
    return c >= 0, 0.0, np.inf


def foldcauchy_logpdf(z: Array, c: Array) -> Array:
    return -LOG_PI + np.log(1.0 / (1.0 + (z - c) ** 2) + 1.0 / (1.0 + (z + c) ** 2))


def foldcauchy_cdf(z: Array, c: Array) -> Array:
    return (np.arctan(z - c) + np.arctan(z + c)) / np.pi


def halfgennorm_support(beta: Array) -> Support:
    return beta > 0, 0.0, np.inf


def halfgennorm_logpdf(z: Array, beta: Array) -> Array:
    return np.log(beta) - special.gammaln(1.0 / beta) - z**beta


def halfgennorm_cdf(z: Array, beta: Array) -> Array:
    return gammainc(1.0 / beta, z**beta)


def halfgennorm_sf(z: Array, beta: Array) -> Array:
    return gammaincc(1.0 / beta, z**beta)


def halfgennorm_entropy(beta: Array) -> Array:
    return 1.0 / beta - np.log(beta) + special.gammaln(1.0 / beta)


def powerlognorm_support(c: Array, s: Array) -> Support:
    return (c > 0) & (s > 0), 0.0, np.inf


def powerlognorm_logpdf(z: Array, c: Array, s: Array) -> Array:
    u = np.log(z) / s
    density = np.log(c) - np.log(z) - np.log(s) - 0.5 * u * u - HALF_LOG_2PI
    return density + special.log_ndtr(-u) * (c - 1.0)


def powerlognorm_logsf(z: Array, c: Array, s: Array) -> Array:
    return c * special.log_ndtr(-np.log(z) / s)


def powerlognorm_sf(z: Array, c: Array, s: Array) -> Array:
    return np.exp(powerlognorm_logsf(z, c, s))


def powerlognorm_cdf(z: Array, c: Array, s: Array) -> Array:
    return -np.expm1(powerlognorm_logsf(z, c, s))


wald_support = half_line


def wald_logpdf(z: Array) -> Array:
    return -HALF_LOG_2PI - 1.5 * np.log(z) - (z - 1.0) ** 2 / (2.0 * z)


def wald_mean() -> Array:
    return 1.0


def wald_var() -> Array:
    return 1.0


gibrat_support = half_line


def gibrat_logpdf(z: Array) -> Array:
    return -0.5 * np.log(z) ** 2 - np.log(z) - HALF_LOG_2PI


def gibrat_cdf(z: Array) -> Array:
    return special.ndtr(np.log(z))


def gibrat_sf(z: Array) -> Array:
    return special.ndtr(-np.log(z))


def gibrat_ppf(q: Array) -> Array:
    return np.exp(special.ndtri(q))


def gibrat_isf(q: Array) -> Array:
    return np.exp(-special.ndtri(q))


def geninvgauss_support(p: Array, b: Array) -> Support:
    return (p == p) & (b > 0), 0.0, np.inf


def geninvgauss_logpdf(z: Array, p: Array, b: Array) -> Array:
    return (p - 1.0) * np.log(z) - 0.5 * b * (z - 1.0) ** 2 / z - LOG_2 - np.log(kve(p, b))


def ncx2_support(df: Array, nc: Array) -> Support:
    return (df > 0) & (nc >= 0), 0.0, np.inf


def ncx2_logpdf(z: Array, df: Array, nc: Array) -> Array:
    order = 0.5 * df - 1.0
    roots = np.sqrt(nc * z)
    gap = np.sqrt(z) - np.sqrt(nc)
    bessel = np.log(special.ive(order, roots))
    return 0.5 * order * np.log(z / nc) - 0.5 * gap * gap + bessel - LOG_2


def ncx2_mean(df: Array, nc: Array) -> Array:
    return df + nc


def ncx2_var(df: Array, nc: Array) -> Array:
    return 2.0 * (df + 2.0 * nc)
