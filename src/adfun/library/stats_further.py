"""scipy.stats: further distributions on an interval and on the real line, in their standard form as in
stats_standard."""

from __future__ import annotations

import numpy as np

from adfun.library.incomplete_gamma import gammainc, gammaincc
from adfun.library.pieces import (
    HALF_LOG_2PI,
    LOG_2,
    LOG_PI,
    Array,
    special,
    xlogy,
)
from adfun.library.special_integrals import k1e
from adfun.library.stats_standard import EULER, Support

# -- on an interval ---------------------------------------------------------------------------


def loguniform_support(a: Array, b: Array) -> Support:
    return (a > 0) & (b > a), a, b


def loguniform_logpdf(z: Array, a: Array, b: Array) -> Array:
    return -np.log(z) - np.log(np.log(b) - np.log(a))


def loguniform_cdf(z: Array, a: Array, b: Array) -> Array:
    return (np.log(z) - np.log(a)) / (np.log(b) - np.log(a))


def loguniform_sf(z: Array, a: Array, b: Array) -> Array:
    return (np.log(b) - np.log(z)) / (np.log(b) - np.log(a))


def loguniform_ppf(q: Array, a: Array, b: Array) -> Array:
    return np.exp(np.log(a) + q * (np.log(b) - np.log(a)))


def loguniform_mean(a: Array, b: Array) -> Array:
    return (b - a) / (np.log(b) - np.log(a))


def loguniform_entropy(a: Array, b: Array) -> Array:
    return 0.5 * (np.log(a) + np.log(b)) + np.log(np.log(b) - np.log(a))


reciprocal_support, reciprocal_logpdf, reciprocal_cdf = loguniform_support, loguniform_logpdf, loguniform_cdf
reciprocal_sf, reciprocal_ppf, reciprocal_mean = loguniform_sf, loguniform_ppf, loguniform_mean


def arcsine_support() -> Support:
    return True, 0.0, 1.0


def arcsine_logpdf(z: Array) -> Array:
    return -LOG_PI - 0.5 * np.log(z) - 0.5 * np.log1p(-z)


def arcsine_cdf(z: Array) -> Array:
    return 2.0 / np.pi * np.arcsin(np.sqrt(z))


def arcsine_ppf(q: Array) -> Array:
    return np.sin(0.5 * np.pi * q) ** 2


def arcsine_mean() -> Array:
    return 0.5


def arcsine_var() -> Array:
    return 0.125


def johnsonsb_support(a: Array, b: Array) -> Support:
    return (b > 0) & (a == a), 0.0, 1.0


def johnsonsb_logpdf(z: Array, a: Array, b: Array) -> Array:
    u = a + b * (np.log(z) - np.log1p(-z))
    return np.log(b) - np.log(z) - np.log1p(-z) - 0.5 * u * u - HALF_LOG_2PI


def johnsonsb_cdf(z: Array, a: Array, b: Array) -> Array:
    return special.ndtr(a + b * (np.log(z) - np.log1p(-z)))


def johnsonsb_sf(z: Array, a: Array, b: Array) -> Array:
    return special.ndtr(-a - b * (np.log(z) - np.log1p(-z)))


def johnsonsb_ppf(q: Array, a: Array, b: Array) -> Array:
    return special.expit((special.ndtri(q) - a) / b)


def johnsonsb_isf(q: Array, a: Array, b: Array) -> Array:
    return special.expit((-special.ndtri(q) - a) / b)


def truncpareto_support(b: Array, c: Array) -> Support:
    return (b > 0) & (c > 1), 1.0, c


def truncpareto_mass(b: Array, c: Array) -> Array:
    return -np.expm1(-b * np.log(c))


def truncpareto_logpdf(z: Array, b: Array, c: Array) -> Array:
    return np.log(b) - np.log(truncpareto_mass(b, c)) - (b + 1.0) * np.log(z)


def truncpareto_cdf(z: Array, b: Array, c: Array) -> Array:
    return -np.expm1(-b * np.log(z)) / truncpareto_mass(b, c)


def truncpareto_sf(z: Array, b: Array, c: Array) -> Array:
    return (z ** (-b) - c ** (-b)) / truncpareto_mass(b, c)


def truncpareto_ppf(q: Array, b: Array, c: Array) -> Array:
    return (1.0 - truncpareto_mass(b, c) * q) ** (-1.0 / b)


def bradford_support(c: Array) -> Support:
    return c > 0, 0.0, 1.0


def bradford_logpdf(z: Array, c: Array) -> Array:
    return np.log(c) - np.log1p(c * z) - np.log(np.log1p(c))


def bradford_cdf(z: Array, c: Array) -> Array:
    return np.log1p(c * z) / np.log1p(c)


def bradford_ppf(q: Array, c: Array) -> Array:
    return np.expm1(q * np.log1p(c)) / c


def wrapcauchy_support(c: Array) -> Support:
    return (c > 0) & (c < 1), 0.0, 2.0 * np.pi


def wrapcauchy_logpdf(z: Array, c: Array) -> Array:
    return np.log1p(-c * c) - LOG_2 - LOG_PI - np.log(1.0 + c * c - 2.0 * c * np.cos(z))


def wrapcauchy_cdf(z: Array, c: Array) -> Array:
    ratio = (1.0 + c) / (1.0 - c)
    below = np.arctan(ratio * np.tan(0.5 * z)) / np.pi
    return np.where(z < np.pi, below, 1.0 - np.arctan(ratio * np.tan(np.pi - 0.5 * z)) / np.pi)


def semicircular_support() -> Support:
    return True, -1.0, 1.0


def semicircular_logpdf(z: Array) -> Array:
    return np.log(2.0 / np.pi) + 0.5 * np.log1p(-z * z)


def semicircular_cdf(z: Array) -> Array:
    return 0.5 + (z * np.sqrt(1.0 - z * z) + np.arcsin(z)) / np.pi


def cosine_support() -> Support:
    return True, -np.pi, np.pi


def cosine_logpdf(z: Array) -> Array:
    return np.log1p(np.cos(z)) - LOG_2 - LOG_PI


def trapezoid_support(c: Array, d: Array) -> Support:
    return (c >= 0) & (c <= 1) & (d >= 0) & (d <= 1) & (d >= c), 0.0, 1.0


def trapezoid_logpdf(z: Array, c: Array, d: Array) -> Array:
    rising = z / np.where(c == 0, 1.0, c)
    falling = (1.0 - z) / np.where(d == 1, 1.0, 1.0 - d)
    height = 2.0 / (d - c + 1.0)
    return np.log(height) + np.log(np.where(z < c, rising, np.where(z > d, falling, 1.0 + 0.0 * z)))


# -- on the real line -------------------------------------------------------------------------


def genlogistic_support(c: Array) -> Support:
    return c > 0, -np.inf, np.inf


def genlogistic_logpdf(z: Array, c: Array) -> Array:
    return np.log(c) - z + (c + 1.0) * special.log_expit(z)


def genlogistic_logcdf(z: Array, c: Array) -> Array:
    return c * special.log_expit(z)


def genlogistic_cdf(z: Array, c: Array) -> Array:
    return np.exp(c * special.log_expit(z))


def genlogistic_sf(z: Array, c: Array) -> Array:
    return -np.expm1(c * special.log_expit(z))


def genlogistic_ppf(q: Array, c: Array) -> Array:
    return -np.log(np.expm1(-np.log(q) / c))


def genlogistic_mean(c: Array) -> Array:
    return EULER + special.digamma(c)


def skewcauchy_support(a: Array) -> Support:
    return np.abs(a) < 1, -np.inf, np.inf


def skewcauchy_logpdf(z: Array, a: Array) -> Array:
    return -LOG_PI - np.log1p((z / (1.0 + a * np.sign(z))) ** 2)


def skewcauchy_cdf(z: Array, a: Array) -> Array:
    side = np.where(z <= 0, 1.0 - a, 1.0 + a)
    return 0.5 * (1.0 - a) + side / np.pi * np.arctan(z / side)


def norminvgauss_support(a: Array, b: Array) -> Support:
    return (a > 0) & (np.abs(b) < a), -np.inf, np.inf


def norminvgauss_logpdf(z: Array, a: Array, b: Array) -> Array:
    distance = np.hypot(1.0, z)
    bessel = np.log(k1e(a * distance))
    return np.log(a) - LOG_PI + bessel + b * z - a * distance + np.sqrt(a * a - b * b) - np.log(distance)


def norminvgauss_mean(a: Array, b: Array) -> Array:
    return b / np.sqrt(a * a - b * b)


def norminvgauss_var(a: Array, b: Array) -> Array:
    return a * a / (a * a - b * b) ** 1.5


def pearson3_support(skew: Array) -> Support:
    end = -2.0 / np.where(skew == 0, 1.0, skew)
    return skew == skew, np.where(skew > 0, end, -np.inf), np.where(skew < 0, end, np.inf)


def pearson3_logpdf(z: Array, skew: Array) -> Array:
    """A gamma density with origin -2 / skew; the normal one where the skewness is 0."""
    normal = np.abs(skew) < 0.000016
    beta = 2.0 / np.where(normal, 1.0, skew)
    alpha = beta * beta
    u = beta * z + alpha
    value = np.log(np.abs(beta)) + (alpha - 1.0) * np.log(u) - u - special.gammaln(alpha)
    return np.where(normal, -0.5 * z * z - HALF_LOG_2PI, value)


def pearson3_cdf(z: Array, skew: Array) -> Array:
    normal = np.abs(skew) < 0.000016
    beta = 2.0 / np.where(normal, 1.0, skew)
    alpha = beta * beta
    u = beta * z + alpha
    value = np.where(skew > 0, gammainc(alpha, u), gammaincc(alpha, u))
    return np.where(normal, special.ndtr(z), value)


def pearson3_mean(skew: Array) -> Array:
    return 0.0 * skew


def pearson3_var(skew: Array) -> Array:
    return 1.0 + 0.0 * skew


def powernorm_support(c: Array) -> Support:
    return c > 0, -np.inf, np.inf


def powernorm_logpdf(z: Array, c: Array) -> Array:
    return np.log(c) - 0.5 * z * z - HALF_LOG_2PI + (c - 1.0) * special.log_ndtr(-z)


def powernorm_logsf(z: Array, c: Array) -> Array:
    return c * special.log_ndtr(-z)


def powernorm_sf(z: Array, c: Array) -> Array:
    return np.exp(c * special.log_ndtr(-z))


def powernorm_cdf(z: Array, c: Array) -> Array:
    return -np.expm1(c * special.log_ndtr(-z))


def dweibull_support(c: Array) -> Support:
    return c > 0, -np.inf, np.inf


def dweibull_logpdf(z: Array, c: Array) -> Array:
    size = np.abs(z)
    return np.log(0.5 * c) + xlogy(c - 1.0, size) - size**c


def dweibull_cdf(z: Array, c: Array) -> Array:
    half = 0.5 * np.exp(-(np.abs(z) ** c))
    return np.where(z > 0, 1.0 - half, half)


def dgamma_support(a: Array) -> Support:
    return a > 0, -np.inf, np.inf


def dgamma_logpdf(z: Array, a: Array) -> Array:
    size = np.abs(z)
    return xlogy(a - 1.0, size) - size - LOG_2 - special.gammaln(a)


def dgamma_cdf(z: Array, a: Array) -> Array:
    half = 0.5 * gammaincc(a, np.abs(z))
    return np.where(z > 0, 1.0 - half, half)


def levy_l_support() -> Support:
    return True, -np.inf, 0.0


def levy_l_logpdf(z: Array) -> Array:
    size = 0.0 - z
    return -HALF_LOG_2PI - 1.5 * np.log(size) - 0.5 / size


def levy_l_cdf(z: Array) -> Array:
    return 2.0 * special.ndtr(1.0 / np.sqrt(-z)) - 1.0
