"""Log densities on duals, by their formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.fuzz.dual.number import UFUNCS, lift


def _u(name: str, *args: Any) -> Any:
    return UFUNCS[name](*(lift(a) for a in args))


HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


def _norm(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    z = (lift(x) - loc) / scale
    return -0.5 * z * z - _u("log", scale) - HALF_LOG_2PI


def _norm_cdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    return _u("ndtr", (lift(x) - loc) / scale)


def _norm_logcdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    return _u("log_ndtr", (lift(x) - loc) / scale)


def _norm_logsf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    return _u("log_ndtr", -(lift(x) - loc) / scale)


def _poisson(k: Any, mu: Any) -> Any:
    return _u("xlogy", k, mu) - mu - _u("gammaln", lift(k) + 1.0)


def _binom(k: Any, n: Any, p: Any) -> Any:
    k, n, p = lift(k), lift(n), lift(p)
    ways = _u("gammaln", n + 1.0) - _u("gammaln", k + 1.0) - _u("gammaln", n - k + 1.0)
    return ways + _u("xlogy", k, p) + _u("xlog1py", n - k, -p)


def _gamma(x: Any, a: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    z = (lift(x) - loc) / scale
    return _u("xlogy", lift(a) - 1.0, z) - z - _u("gammaln", a) - _u("log", scale)


def _beta(x: Any, a: Any, b: Any) -> Any:
    x, a, b = lift(x), lift(a), lift(b)
    return _u("xlogy", a - 1.0, x) + _u("xlog1py", b - 1.0, -x) - _u("betaln", a, b)


def _t(x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    z, df = (lift(x) - loc) / scale, lift(df)
    constant = _u("gammaln", (df + 1.0) / 2.0) - _u("gammaln", df / 2.0) - 0.5 * _u("log", df * np.pi)
    return constant - (df + 1.0) / 2.0 * _u("log1p", z * z / df) - _u("log", scale)


def _expon(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    return -(lift(x) - loc) / scale - _u("log", scale)


def _exp_of(log: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **options: UFUNCS["exp"](log(*args, **options))


class Density:
    """One distribution: its methods as attributes."""

    def __init__(self, **methods: Callable[..., Any]) -> None:
        self.__dict__.update({name: staticmethod(f).__func__ for name, f in methods.items()})


DENSITIES: dict[str, Any] = {
    "norm": Density(
        logpdf=_norm, pdf=_exp_of(_norm), cdf=_norm_cdf, logcdf=_norm_logcdf, logsf=_norm_logsf,
        sf=_exp_of(_norm_logsf),
    ),
    "poisson": Density(logpmf=_poisson, pmf=_exp_of(_poisson)),
    "binom": Density(logpmf=_binom, pmf=_exp_of(_binom)),
    "gamma": Density(logpdf=_gamma, pdf=_exp_of(_gamma)),
    "beta": Density(logpdf=_beta, pdf=_exp_of(_beta)),
    "t": Density(logpdf=_t, pdf=_exp_of(_t)),
    "expon": Density(logpdf=_expon, pdf=_exp_of(_expon)),
}  # fmt: skip
