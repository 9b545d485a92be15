"""scipy.stats: further methods of distributions on the real line, as in stats_standard."""

from __future__ import annotations

import numpy as np

from adfun.library.incomplete_gamma import gammainc, gammaincc
from adfun.library.inverses import gammainccinv, gammaincinv, stdtrit
from adfun.library.pieces import Array, betaln, special
from adfun.library.stats_standard import HALF_LOG_2PI_E, INVERSE_ROOT_2PI, Support

# -- on the real line -------------------------------------------------------------------------


def t_support(df: Array) -> Support:
    return df > 0, -np.inf, np.inf


def t_ppf(q: Array, df: Array) -> Array:
    return stdtrit(df, q)


def t_isf(q: Array, df: Array) -> Array:
    return -stdtrit(df, q)


def t_entropy(df: Array) -> Array:
    half = 0.5 * df
    upper = half + 0.5
    digammas = upper * (special.digamma(upper) - special.digamma(half))
    return np.where(df == np.inf, HALF_LOG_2PI_E, digammas + 0.5 * np.log(df) + betaln(half, 0.5))


def exponnorm_support(K: Array) -> Support:
    return K > 0, -np.inf, np.inf


def exponnorm_tail(z: Array, K: Array) -> Array:
    rate = 1.0 / K
    return np.exp(rate * (0.5 * rate - z) + special.log_ndtr(z - rate))


def exponnorm_cdf(z: Array, K: Array) -> Array:
    return special.ndtr(z) - exponnorm_tail(z, K)


def exponnorm_sf(z: Array, K: Array) -> Array:
    return special.ndtr(-z) + exponnorm_tail(z, K)


def exponnorm_mean(K: Array) -> Array:
    return K


def exponnorm_var(K: Array) -> Array:
    return 1.0 + K * K


def gennorm_support(beta: Array) -> Support:
    return beta > 0, -np.inf, np.inf


def gennorm_cdf(z: Array, beta: Array) -> Array:
    half = 0.5 * gammaincc(1.0 / beta, np.abs(z) ** beta)
    return np.where(z > 0, 1.0 - half, half)


def gennorm_sf(z: Array, beta: Array) -> Array:
    return gennorm_cdf(-z, beta)


def gennorm_mean(beta: Array) -> Array:
    return 0.0 * beta


def gennorm_var(beta: Array) -> Array:
    return np.exp(special.gammaln(3.0 / beta) - special.gammaln(1.0 / beta))


def gennorm_entropy(beta: Array) -> Array:
    return 1.0 / beta - np.log(0.5 * beta) + special.gammaln(1.0 / beta)


def loggamma_support(c: Array) -> Support:
    return c > 0, -np.inf, np.inf


def loggamma_cdf(z: Array, c: Array) -> Array:
    return gammainc(c, np.exp(z))


def loggamma_sf(z: Array, c: Array) -> Array:
    return gammaincc(c, np.exp(z))


def loggamma_ppf(q: Array, c: Array) -> Array:
    return np.log(gammaincinv(c, q))


def loggamma_isf(q: Array, c: Array) -> Array:
    return np.log(gammainccinv(c, q))


def loggamma_mean(c: Array) -> Array:
    return special.digamma(c)


def loggamma_var(c: Array) -> Array:
    return special.polygamma(1, c)


def johnsonsu_support(a: Array, b: Array) -> Support:
    return b > 0, -np.inf, np.inf


def johnsonsu_sf(z: Array, a: Array, b: Array) -> Array:
    return special.ndtr(-a - b * np.arcsinh(z))


def johnsonsu_ppf(q: Array, a: Array, b: Array) -> Array:
    return np.sinh((special.ndtri(q) - a) / b)


def johnsonsu_isf(q: Array, a: Array, b: Array) -> Array:
    return np.sinh((-special.ndtri(q) - a) / b)


def johnsonsu_mean(a: Array, b: Array) -> Array:
    return -np.exp(0.5 / (b * b)) * np.sinh(a / b)


def weibull_max_support(c: Array) -> Support:
    return c > 0, -np.inf, 0.0


def weibull_max_logcdf(z: Array, c: Array) -> Array:
    return -((-z) ** c)


def weibull_max_cdf(z: Array, c: Array) -> Array:
    return np.exp(weibull_max_logcdf(z, c))


def weibull_max_sf(z: Array, c: Array) -> Array:
    return -np.expm1(weibull_max_logcdf(z, c))


def weibull_max_ppf(q: Array, c: Array) -> Array:
    return -((-np.log(q)) ** (1.0 / c))


def laplace_asymmetric_support(kappa: Array) -> Support:
    return kappa > 0, -np.inf, np.inf


def laplace_asymmetric_cdf(z: Array, kappa: Array) -> Array:
    share = 1.0 / (1.0 + kappa * kappa)
    return np.where(z >= 0, 1.0 - share * np.exp(-z * kappa), (1.0 - share) * np.exp(z / kappa))


def laplace_asymmetric_sf(z: Array, kappa: Array) -> Array:
    share = 1.0 / (1.0 + kappa * kappa)
    return np.where(z >= 0, share * np.exp(-z * kappa), 1.0 - (1.0 - share) * np.exp(z / kappa))


def laplace_asymmetric_mean(kappa: Array) -> Array:
    return 1.0 / kappa - kappa


def laplace_asymmetric_var(kappa: Array) -> Array:
    return 1.0 / (kappa * kappa) + kappa * kappa


def skewnorm_support(a: Array) -> Support:
    return a == a, -np.inf, np.inf


def skewnorm_mean(a: Array) -> Array:
    return 2.0 * INVERSE_ROOT_2PI * a / np.sqrt(1.0 + a * a)


def skewnorm_var(a: Array) -> Array:
    return 1.0 - skewnorm_mean(a) ** 2


def genextreme_ends(c: Array) -> Support:
    end = 1.0 / np.where(c == 0, 1.0, c)
    return c == c, np.where(c < 0, end, -np.inf), np.where(c > 0, end, np.inf)


genextreme_support = genextreme_ends


def genextreme_ppf(q: Array, c: Array) -> Array:
    u = -np.log(-np.log(q))
    return np.where(c == 0, u, -np.expm1(-c * u) / np.where(c == 0, 1.0, c))


def genextreme_isf(q: Array, c: Array) -> Array:
    u = -np.log(-np.log1p(-q))
    return np.where(c == 0, u, -np.expm1(-c * u) / np.where(c == 0, 1.0, c))


def genpareto_support(c: Array) -> Support:
    return c == c, 0.0, np.where(c < 0, -1.0 / np.where(c == 0, 1.0, c), np.inf)


def genpareto_ppf(q: Array, c: Array) -> Array:
    u = -np.log1p(-q)
    return np.where(c == 0, u, np.expm1(c * u) / np.where(c == 0, 1.0, c))


def genpareto_isf(q: Array, c: Array) -> Array:
    u = -np.log(q)
    return np.where(c == 0, u, np.expm1(c * u) / np.where(c == 0, 1.0, c))


def genpareto_mean(c: Array) -> Array:
    return np.where(c < 1, 1.0 / (1.0 - c), np.inf)


def genpareto_var(c: Array) -> Array:
    return np.where(c < 0.5, 1.0 / ((1.0 - c) ** 2 * (1.0 - 2.0 * c)), np.nan)


def genpareto_entropy(c: Array) -> Array:
    return 1.0 + c
