"""The distributions of scipy.stats that objectives may use, method by method."""

from __future__ import annotations

from types import ModuleType

import adfun.library.stats_discrete as stats_discrete
import adfun.library.stats_gamma_beta as stats_gamma_beta
import adfun.library.stats_location_scale as stats_location_scale
import adfun.library.stats_multivariate as stats_multivariate
import adfun.library.stats_positive as stats_positive
import adfun.library.stats_shapes as stats_shapes
from adfun.library.derive import Method, continuous, discrete

METHODS = "logpdf pdf logpmf pmf cdf logcdf sf logsf ppf isf mean var std median".split()


def _methods(module: ModuleType, name: str) -> dict[str, Method]:
    """The functions `<name>_<method>` of a module, completed."""
    given = {m: getattr(module, f"{name}_{m}") for m in METHODS if hasattr(module, f"{name}_{m}")}
    return discrete(**given) if "logpmf" in given else continuous(**given)


_WHERE: dict[ModuleType, str] = {
    stats_location_scale: "norm cauchy halfcauchy halfnorm laplace logistic uniform gumbel_r gumbel_l",
    stats_positive: "expon rayleigh weibull_min lognorm invgauss pareto levy",
    stats_gamma_beta: "gamma chi2 invgamma f beta t",
    stats_shapes: (
        "skewnorm truncnorm genextreme genpareto vonmises exponnorm gennorm johnsonsu loggamma moyal "
        "hypsecant fisk lomax maxwell gengamma nakagami rice chi betaprime powerlaw triang weibull_max "
        "truncexpon laplace_asymmetric burr12"
    ),
    stats_discrete: (
        "poisson binom bernoulli betabinom nbinom betanbinom geom hypergeom randint dlaplace logser planck "
        "zipf skellam"
    ),
    stats_multivariate: (
        "multivariate_normal multivariate_t matrix_normal dirichlet multinomial dirichlet_multinomial "
        "wishart invwishart"
    ),
}

DISTRIBUTIONS: dict[str, dict[str, Method]] = {
    name: _methods(module, name) for module, names in _WHERE.items() for name in names.split()
}
"""Distribution -> method -> function, with the arguments of scipy.stats."""
