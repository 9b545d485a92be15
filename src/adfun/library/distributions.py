"""The distributions of scipy.stats that objectives may use, method by method."""

from __future__ import annotations

from types import ModuleType

from adfun import lazy
from adfun.library.derive import Method, continuous, discrete, located

METHODS = "logpdf pdf logpmf pmf cdf logcdf sf logsf ppf isf mean var std median entropy".split()
STANDARD = ("stats_standard", "stats_standard_real", "stats_lifetimes", "stats_further")
"""Modules of standard forms: `derive.located` gives them location and scale."""


def _located(name: str) -> dict[str, Method]:
    """Methods made of standard forms."""
    for module in map(_module, STANDARD):
        support = getattr(module, f"{name}_support", None)
        if support is not None:
            shapes = support.__code__.co_varnames[: support.__code__.co_argcount]
            return located(shapes, support, **_named(module, name))
    return {}


def _module(name: str) -> ModuleType:
    module: ModuleType = lazy.load(f"adfun.library.{name}")
    return module


def _named(module: ModuleType, name: str) -> dict[str, Method]:
    """The functions `<name>_<method>` of a module."""
    return {m: getattr(module, f"{name}_{m}") for m in METHODS if hasattr(module, f"{name}_{m}")}


def _methods(name: str) -> dict[str, Method]:
    """All methods of a distribution that its functions give."""
    home = _HOMES[name]
    given = _located(name) | ({} if home in STANDARD else _named(_module(home), name))
    return discrete(**given) if "logpmf" in given else continuous(**given)


_WHERE = {
    "stats_location_scale": "norm cauchy halfcauchy halfnorm laplace logistic uniform gumbel_r gumbel_l",
    "stats_positive": "expon rayleigh weibull_min lognorm invgauss pareto levy",
    "stats_gamma_beta": "gamma chi2 invgamma f beta t",
    "stats_shapes": (
        "skewnorm truncnorm genextreme genpareto vonmises exponnorm gennorm johnsonsu loggamma moyal "
        "hypsecant fisk lomax maxwell gengamma nakagami rice chi betaprime powerlaw triang weibull_max "
        "truncexpon laplace_asymmetric burr12"
    ),
    "stats_lifetimes": (
        "gompertz exponweib exponpow fatiguelife invweibull loglaplace burr halflogistic foldnorm foldcauchy "
        "halfgennorm powerlognorm wald gibrat geninvgauss ncx2"
    ),
    "stats_further": (
        "loguniform reciprocal arcsine johnsonsb truncpareto bradford wrapcauchy semicircular cosine "
        "trapezoid genlogistic skewcauchy norminvgauss pearson3 powernorm dweibull dgamma levy_l"
    ),
    "stats_discrete": (
        "poisson binom bernoulli betabinom nbinom betanbinom geom hypergeom randint dlaplace logser planck "
        "zipf skellam"
    ),
    "stats_multivariate": (
        "multivariate_normal multivariate_t matrix_normal dirichlet multinomial dirichlet_multinomial "
        "wishart invwishart"
    ),
}

_HOMES = {name: module for module, names in _WHERE.items() for name in names.split()}

DISTRIBUTIONS = lazy.LateMapping(
    [*_HOMES, "erlang"], lambda name: _methods({"erlang": "gamma"}.get(name, name))
)
"""Distribution -> method -> function, with the arguments of scipy.stats."""
