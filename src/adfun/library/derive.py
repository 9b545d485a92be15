"""Methods of a distribution that follow from others, as closures the front end can read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from adfun.library.pieces import Array

Method = Callable[..., Array]


def exp_of(log_method: Method) -> Method:
    """exp of a method: pdf from logpdf."""

    def method(x: Array, *args: Array, **kwargs: Array) -> Array:
        return np.exp(log_method(x, *args, **kwargs))

    return method


def exp_of_count(log_method: Method) -> Method:
    """The same for a method of a count k: pmf from logpmf."""

    def method(k: Array, *args: Array, **kwargs: Array) -> Array:
        return np.exp(log_method(k, *args, **kwargs))

    return method


def log_of(plain: Method) -> Method:
    """log of a method: logcdf from cdf, logsf from sf."""

    def method(x: Array, *args: Array, **kwargs: Array) -> Array:
        return np.log(plain(x, *args, **kwargs))

    return method


def log_of_count(plain: Method) -> Method:
    """The same for a method of a count k."""

    def method(k: Array, *args: Array, **kwargs: Array) -> Array:
        return np.log(plain(k, *args, **kwargs))

    return method


def root_of(variance: Method) -> Method:
    """The standard deviation from the variance."""

    def method(*args: Array, **kwargs: Array) -> Array:
        return np.sqrt(variance(*args, **kwargs))

    return method


def continuous(**given: Method) -> dict[str, Method]:
    """All methods of a continuous distribution that follow from the given ones."""
    return _complete(given, "pdf", exp_of, log_of)


def discrete(**given: Method) -> dict[str, Method]:
    """All methods of a discrete distribution that follow from the given ones."""
    return _complete(given, "pmf", exp_of_count, log_of_count)


def _complete(
    given: dict[str, Method], density: str, exp: Callable[[Method], Method], log: Callable[[Method], Method]
) -> dict[str, Method]:
    methods = dict(given)
    methods.setdefault(density, exp(given["log" + density]))
    for plain in ("cdf", "sf"):
        if plain in given:
            methods.setdefault("log" + plain, log(given[plain]))
    if "var" in given:
        methods.setdefault("std", root_of(given["var"]))
    if "ppf" in given and "median" not in given:
        methods["median"] = median_of(given["ppf"])
    return methods


def median_of(ppf: Method) -> Method:
    """The quantile at one half."""

    def method(*args: Array, **kwargs: Array) -> Array:
        return ppf(0.5, *args, **kwargs)

    return method
