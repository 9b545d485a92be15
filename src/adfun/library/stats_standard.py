"""scipy.stats: further methods of continuous distributions, in their standard form (location 0, scale 1).

Functions `<name>_<method>` of the standardised value and the shape parameters; `<name>_support` says whether
the shape parameters are valid and where the support ends.  `derive.located` adds location and scale.  Sources
as in stats_location_scale; entropies from Lazo and Rathie (1978).
"""

from __future__ import annotations

import numpy as np

from adfun.library.incomplete_beta import betainc, betaincc
from adfun.library.incomplete_gamma import gammainc, gammaincc
from adfun.library.inverses import betainccinv, betaincinv, fdtri, gammainccinv, gammaincinv
from adfun.library.pieces import LOG_2, LOG_PI, Array, betaln, special, xlog1py

EULER = 0.5772156649015329
ROOT_HALF = 0.7071067811865476
ROOT_2 = 1.4142135623730951
HALF_LOG_2PI_E = 1.4189385332046727
INVERSE_ROOT_2PI = 0.3989422804014327

Support = tuple[Array, Array, Array]


def real_line() -> Support:
    return True, -np.inf, np.inf


def half_line() -> Support:
    return True, 0.0, np.inf


def normal_density(z: Array) -> Array:
    return INVERSE_ROOT_2PI * np.exp(-0.5 * z * z)


# -- entropies of distributions without shape ---------------------------------------------------

norm_support = cauchy_support = laplace_support = logistic_support = real_line
gumbel_r_support = gumbel_l_support = moyal_support = hypsecant_support = real_line
expon_support = rayleigh_support = halfnorm_support = halfcauchy_support = maxwell_support = half_line
levy_support = half_line


def uniform_support() -> Support:
    return True, 0.0, 1.0


def norm_entropy() -> Array:
    return HALF_LOG_2PI_E


def cauchy_entropy() -> Array:
    return 2.0 * LOG_2 + LOG_PI


def cauchy_isf(q: Array) -> Array:
    return 1.0 / np.tan(np.pi * q)


def halfcauchy_entropy() -> Array:
    return LOG_2 + LOG_PI


def halfcauchy_isf(q: Array) -> Array:
    return 1.0 / np.tan(0.5 * np.pi * q)


def laplace_entropy() -> Array:
    return LOG_2 + 1.0


def laplace_isf(q: Array) -> Array:
    return np.where(q > 0.5, np.log(2.0 * (1.0 - q)), -np.log(2.0 * q))


def logistic_entropy() -> Array:
    return 2.0


def logistic_isf(q: Array) -> Array:
    return np.log1p(-q) - np.log(q)


def gumbel_r_entropy() -> Array:
    return EULER + 1.0


def gumbel_r_isf(q: Array) -> Array:
    return -np.log(-np.log1p(-q))


def gumbel_l_entropy() -> Array:
    return EULER + 1.0


def gumbel_l_isf(q: Array) -> Array:
    return np.log(-np.log(q))


def gumbel_l_var() -> Array:
    return np.pi * np.pi / 6.0


def expon_entropy() -> Array:
    return 1.0


def expon_isf(q: Array) -> Array:
    return -np.log(q)


def rayleigh_entropy() -> Array:
    return 0.5 * EULER + 1.0 - 0.5 * LOG_2


def rayleigh_isf(q: Array) -> Array:
    return np.sqrt(-2.0 * np.log(q))


def halfnorm_entropy() -> Array:
    return 0.5 * np.log(0.5 * np.pi) + 0.5


def halfnorm_isf(q: Array) -> Array:
    return -special.ndtri(0.5 * q)


def uniform_entropy() -> Array:
    return 0.0


def maxwell_cdf(z: Array) -> Array:
    return gammainc(1.5, 0.5 * z * z)


def maxwell_sf(z: Array) -> Array:
    return gammaincc(1.5, 0.5 * z * z)


def maxwell_ppf(q: Array) -> Array:
    return np.sqrt(2.0 * gammaincinv(1.5, q))


def maxwell_isf(q: Array) -> Array:
    return np.sqrt(2.0 * gammainccinv(1.5, q))


def maxwell_mean() -> Array:
    return 2.0 * np.sqrt(2.0 / np.pi)


def maxwell_var() -> Array:
    return 3.0 - 8.0 / np.pi


def maxwell_entropy() -> Array:
    return EULER + 0.5 * (LOG_2 + LOG_PI) - 0.5


def moyal_cdf(z: Array) -> Array:
    return special.erfc(ROOT_HALF * np.exp(-0.5 * z))


def moyal_sf(z: Array) -> Array:
    return special.erf(ROOT_HALF * np.exp(-0.5 * z))


def moyal_mean() -> Array:
    return LOG_2 + EULER


def moyal_var() -> Array:
    return 0.5 * np.pi * np.pi


def hypsecant_cdf(z: Array) -> Array:
    return 2.0 / np.pi * np.arctan(np.exp(z))


def hypsecant_sf(z: Array) -> Array:
    return 2.0 / np.pi * np.arctan(np.exp(-z))


def hypsecant_ppf(q: Array) -> Array:
    return np.log(np.tan(0.5 * np.pi * q))


def hypsecant_isf(q: Array) -> Array:
    return -np.log(np.tan(0.5 * np.pi * q))


def hypsecant_mean() -> Array:
    return 0.0


def hypsecant_var() -> Array:
    return 0.25 * np.pi * np.pi


def levy_ppf(q: Array) -> Array:
    return 1.0 / special.ndtri(0.5 * q) ** 2


def levy_isf(q: Array) -> Array:
    return 0.5 / special.erfinv(q) ** 2


# -- one shape parameter, on the half line ------------------------------------------------------


def positive(c: Array) -> Support:
    return c > 0, 0.0, np.inf


weibull_min_support = fisk_support = lomax_support = positive


def gamma_support(a: Array) -> Support:
    return a > 0, 0.0, np.inf


def gamma_ppf(q: Array, a: Array) -> Array:
    return gammaincinv(a, q)


def gamma_isf(q: Array, a: Array) -> Array:
    return gammainccinv(a, q)


def gamma_entropy(a: Array) -> Array:
    return special.digamma(a) * (1.0 - a) + a + special.gammaln(a)


def invgamma_support(a: Array) -> Support:
    return a > 0, 0.0, np.inf


def invgamma_ppf(q: Array, a: Array) -> Array:
    return 1.0 / gammainccinv(a, q)


def invgamma_isf(q: Array, a: Array) -> Array:
    return 1.0 / gammaincinv(a, q)


def invgamma_entropy(a: Array) -> Array:
    return a - (a + 1.0) * special.digamma(a) + special.gammaln(a)


def chi2_support(df: Array) -> Support:
    return df > 0, 0.0, np.inf


def chi2_ppf(q: Array, df: Array) -> Array:
    return 2.0 * gammaincinv(0.5 * df, q)


def chi2_isf(q: Array, df: Array) -> Array:
    return 2.0 * gammainccinv(0.5 * df, q)


def chi2_entropy(df: Array) -> Array:
    half = 0.5 * df
    return half + LOG_2 + special.gammaln(half) + (1.0 - half) * special.digamma(half)


def chi_support(df: Array) -> Support:
    return df > 0, 0.0, np.inf


def chi_cdf(z: Array, df: Array) -> Array:
    return gammainc(0.5 * df, 0.5 * z * z)


def chi_sf(z: Array, df: Array) -> Array:
    return gammaincc(0.5 * df, 0.5 * z * z)


def chi_ppf(q: Array, df: Array) -> Array:
    return np.sqrt(2.0 * gammaincinv(0.5 * df, q))


def chi_isf(q: Array, df: Array) -> Array:
    return np.sqrt(2.0 * gammainccinv(0.5 * df, q))


def chi_mean(df: Array) -> Array:
    return ROOT_2 * np.exp(special.gammaln(0.5 * (df + 1.0)) - special.gammaln(0.5 * df))


def chi_var(df: Array) -> Array:
    return df - chi_mean(df) ** 2


def weibull_min_isf(q: Array, c: Array) -> Array:
    return (-np.log(q)) ** (1.0 / c)


def weibull_min_entropy(c: Array) -> Array:
    return -EULER / c - np.log(c) + EULER + 1.0


def lognorm_support(s: Array) -> Support:
    return s > 0, 0.0, np.inf


def lognorm_isf(q: Array, s: Array) -> Array:
    return np.exp(-s * special.ndtri(q))


def lognorm_entropy(s: Array) -> Array:
    return HALF_LOG_2PI_E + np.log(s)


def pareto_support(b: Array) -> Support:
    return b > 0, 1.0, np.inf


def pareto_isf(q: Array, b: Array) -> Array:
    return q ** (-1.0 / b)


def pareto_var(b: Array) -> Array:
    return np.where(b > 2, b / (b - 2.0) / (b - 1.0) ** 2, np.inf)


def pareto_entropy(b: Array) -> Array:
    return 1.0 + 1.0 / b - np.log(b)


def fisk_ppf(q: Array, c: Array) -> Array:
    return (1.0 / q - 1.0) ** (-1.0 / c)


def fisk_isf(q: Array, c: Array) -> Array:
    return (1.0 / q - 1.0) ** (1.0 / c)


def fisk_mean(c: Array) -> Array:
    angle = np.pi / c
    return np.where(c > 1, angle / np.sin(angle), np.nan)


def fisk_entropy(c: Array) -> Array:
    return 2.0 - np.log(c)


def lomax_ppf(q: Array, c: Array) -> Array:
    return np.expm1(-np.log1p(-q) / c)


def lomax_isf(q: Array, c: Array) -> Array:
    return q ** (-1.0 / c) - 1.0


def lomax_mean(c: Array) -> Array:
    return np.where(c > 1, 1.0 / (c - 1.0), np.inf)


def lomax_var(c: Array) -> Array:
    return np.where(c > 2, c / ((c - 2.0) * (c - 1.0) ** 2), np.inf)


def lomax_entropy(c: Array) -> Array:
    return 1.0 + 1.0 / c - np.log(c)


def nakagami_support(nu: Array) -> Support:
    return nu > 0, 0.0, np.inf


def nakagami_cdf(z: Array, nu: Array) -> Array:
    return gammainc(nu, nu * z * z)


def nakagami_sf(z: Array, nu: Array) -> Array:
    return gammaincc(nu, nu * z * z)


def nakagami_ppf(q: Array, nu: Array) -> Array:
    return np.sqrt(gammaincinv(nu, q) / nu)


def nakagami_isf(q: Array, nu: Array) -> Array:
    return np.sqrt(gammainccinv(nu, q) / nu)


def truncexpon_support(b: Array) -> Support:
    return b > 0, 0.0, b


def truncexpon_cdf(z: Array, b: Array) -> Array:
    return np.expm1(-z) / np.expm1(-b)


def truncexpon_sf(z: Array, b: Array) -> Array:
    return (np.exp(-b) - np.exp(-z)) / np.expm1(-b)


def truncexpon_ppf(q: Array, b: Array) -> Array:
    return -np.log1p(q * np.expm1(-b))


def truncexpon_mean(b: Array) -> Array:
    return (1.0 - (b + 1.0) * np.exp(-b)) / -np.expm1(-b)


# -- more shape parameters ------------------------------------------------------------------------


def gengamma_support(a: Array, c: Array) -> Support:
    return (a > 0) & (c != 0), 0.0, np.inf


def gengamma_cdf(z: Array, a: Array, c: Array) -> Array:
    power = z**c
    return np.where(c > 0, gammainc(a, power), gammaincc(a, power))


def gengamma_sf(z: Array, a: Array, c: Array) -> Array:
    power = z**c
    return np.where(c > 0, gammaincc(a, power), gammainc(a, power))


def gengamma_ppf(q: Array, a: Array, c: Array) -> Array:
    return np.where(c > 0, gammaincinv(a, q), gammainccinv(a, q)) ** (1.0 / c)


def gengamma_isf(q: Array, a: Array, c: Array) -> Array:
    return np.where(c > 0, gammainccinv(a, q), gammaincinv(a, q)) ** (1.0 / c)


def betaprime_support(a: Array, b: Array) -> Support:
    return (a > 0) & (b > 0), 0.0, np.inf


def betaprime_cdf(z: Array, a: Array, b: Array) -> Array:
    return np.where(z < 1, betainc(a, b, z / (1.0 + z)), betaincc(b, a, 1.0 / (1.0 + z)))


def betaprime_sf(z: Array, a: Array, b: Array) -> Array:
    return np.where(z < 1, betaincc(a, b, z / (1.0 + z)), betainc(b, a, 1.0 / (1.0 + z)))


def betaprime_mean(a: Array, b: Array) -> Array:
    return np.where(b > 1, a / (b - 1.0), np.inf)


def burr12_support(c: Array, d: Array) -> Support:
    return (c > 0) & (d > 0), 0.0, np.inf


def burr12_logsf(z: Array, c: Array, d: Array) -> Array:
    return xlog1py(-d, z**c)


def burr12_sf(z: Array, c: Array, d: Array) -> Array:
    return np.exp(burr12_logsf(z, c, d))


def burr12_cdf(z: Array, c: Array, d: Array) -> Array:
    return -np.expm1(burr12_logsf(z, c, d))


def burr12_ppf(q: Array, c: Array, d: Array) -> Array:
    return np.expm1(-np.log1p(-q) / d) ** (1.0 / c)


def burr12_isf(q: Array, c: Array, d: Array) -> Array:
    return (q ** (-1.0 / d) - 1.0) ** (1.0 / c)


def f_support(dfn: Array, dfd: Array) -> Support:
    return (dfn > 0) & (dfd > 0), 0.0, np.inf


def f_ppf(q: Array, dfn: Array, dfd: Array) -> Array:
    return fdtri(dfn, dfd, q)


def f_mean(dfn: Array, dfd: Array) -> Array:
    return np.where(dfd > 2, dfd / (dfd - 2.0) + 0.0 * dfn, np.inf)


def f_var(dfn: Array, dfd: Array) -> Array:
    finite = 2.0 * dfd * dfd * (dfn + dfd - 2.0) / (dfn * (dfd - 2.0) ** 2 * (dfd - 4.0))
    return np.where(dfd > 4, finite, np.inf)


def beta_support(a: Array, b: Array) -> Support:
    return (a > 0) & (b > 0), 0.0, 1.0


def beta_ppf(q: Array, a: Array, b: Array) -> Array:
    return betaincinv(a, b, q)


def beta_isf(q: Array, a: Array, b: Array) -> Array:
    return betainccinv(a, b, q)


def beta_entropy(a: Array, b: Array) -> Array:
    rest = (a - 1.0) * special.digamma(a) + (b - 1.0) * special.digamma(b)
    return betaln(a, b) - rest + (a + b - 2.0) * special.digamma(a + b)


def powerlaw_support(a: Array) -> Support:
    return a > 0, 0.0, 1.0


def powerlaw_logcdf(z: Array, a: Array) -> Array:
    return a * np.log(z)


def powerlaw_cdf(z: Array, a: Array) -> Array:
    return z**a


def powerlaw_sf(z: Array, a: Array) -> Array:
    return -np.expm1(a * np.log(z))


def powerlaw_ppf(q: Array, a: Array) -> Array:
    return q ** (1.0 / a)


def powerlaw_mean(a: Array) -> Array:
    return a / (a + 1.0)


def powerlaw_var(a: Array) -> Array:
    return a / (a + 2.0) / (a + 1.0) ** 2


def powerlaw_entropy(a: Array) -> Array:
    return 1.0 - 1.0 / a - np.log(a)


def triang_support(c: Array) -> Support:
    return (c >= 0) & (c <= 1), 0.0, 1.0


def triang_cdf(z: Array, c: Array) -> Array:
    rising = z * z / np.where(c == 0, 1.0, c)
    return np.where(z < c, rising, (z * (2.0 - z) - c) / np.where(c == 1, 1.0, 1.0 - c))


def triang_sf(z: Array, c: Array) -> Array:
    falling = (1.0 - z) ** 2 / np.where(c == 1, 1.0, 1.0 - c)
    return np.where(z < c, 1.0 - z * z / np.where(c == 0, 1.0, c), falling)


def triang_ppf(q: Array, c: Array) -> Array:
    return np.where(q < c, np.sqrt(c * q), 1.0 - np.sqrt((1.0 - c) * (1.0 - q)))


def triang_mean(c: Array) -> Array:
    return (c + 1.0) / 3.0


def triang_var(c: Array) -> Array:
    return (1.0 - c + c * c) / 18.0
