"""Methods of a distribution that follow from others, as closures the front end can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    if "ppf" in given:
        methods["median"] = median_of(given["ppf"])
        methods.setdefault("isf", upper_of(given["ppf"]))
        methods["interval"] = interval_of(given["ppf"])
    return methods


def upper_of(ppf: Method) -> Method:
    """isf from ppf, as SciPy takes it where it knows no better."""

    def method(q: Array, *args: Array, **kwargs: Array) -> Array:
        return ppf(1.0 - q, *args, **kwargs)

    return method


def interval_of(ppf: Method) -> Method:
    """The ends of the central interval with a given probability."""

    def method(confidence: Array, *args: Array, **kwargs: Array) -> tuple[Array, Array]:
        if np.any((confidence < 0) | (confidence > 1)):
            raise ValueError("alpha must be between 0 and 1 inclusive")
        tail = 0.5 * (1.0 - confidence)
        return ppf(tail, *args, **kwargs), ppf(1.0 - tail, *args, **kwargs)

    return method


def median_of(ppf: Method) -> Method:
    """The quantile at one half."""

    def method(*args: Array, **kwargs: Array) -> Array:
        return ppf(0.5, *args, **kwargs)

    return method


# -- location and scale -------------------------------------------------------------------------


def located(names: tuple[str, ...], support: Callable[..., Any], **standard: Method) -> dict[str, Method]:
    """Methods with location and scale from those of the standard distribution.

    names     of the shape parameters
    support   shape parameters -> whether they are valid, the lower and the upper end of the support
    standard  functions of the standardised value (or the level) and the shape parameters; moments and entropy
              of the shape parameters alone
    """
    build = {
        "logpdf": _density,
        "cdf": _rising,
        "logcdf": _log_rising,
        "sf": _falling,
        "logsf": _log_falling,
        "ppf": _quantile,
        "isf": _upper_quantile,
        "mean": _mean,
        "var": _variance,
        "entropy": _entropy,
    }
    return {name: build[name](names, support, function) for name, function in standard.items()}


def placed(names: tuple[str, ...], args: Any, kwargs: Any) -> Any:
    """The shape parameters by name, the location and the scale."""
    if len(args) > len(names) + 2:
        raise TypeError("a method of a distribution got too many arguments")
    given = dict(zip((*names, "loc", "scale"), args, strict=False))
    given.update(kwargs)
    loc = given.pop("loc", 0)
    scale = given.pop("scale", 1)
    return given, loc, scale


def _density(names: tuple[str, ...], support: Callable[..., Any], function: Method) -> Method:
    def method(x: Array, *args: Array, **kwargs: Array) -> Array:
        shapes, loc, scale = placed(names, args, kwargs)
        valid, lower, upper = support(**shapes)
        z = (x - loc) / scale
        value = function(z, **shapes) - np.log(scale)
        ends = ((z == lower) | (z == upper)) & np.isnan(value)
        return np.where(
            valid & (scale > 0), np.where((z < lower) | (z > upper) | ends, -np.inf, value), np.nan
        )

    return method


def _between(
    names: tuple[str, ...], support: Callable[..., Any], function: Method, below: float, above: float
) -> Method:
    def method(x: Array, *args: Array, **kwargs: Array) -> Array:
        shapes, loc, scale = placed(names, args, kwargs)
        valid, lower, upper = support(**shapes)
        z = (x - loc) / scale
        value = np.where(z >= upper, above, function(z, **shapes))
        return np.where(valid & (scale > 0), np.where(z <= lower, below, value), np.nan)

    return method


def _rising(names: tuple[str, ...], support: Callable[..., Any], function: Method) -> Method:
    return _between(names, support, function, 0.0, 1.0)


def _log_rising(names: tuple[str, ...], support: Callable[..., Any], function: Method) -> Method:
    return _between(names, support, function, -np.inf, 0.0)


def _falling(names: tuple[str, ...], support: Callable[..., Any], function: Method) -> Method:
    return _between(names, support, function, 1.0, 0.0)


def _log_falling(names: tuple[str, ...], support: Callable[..., Any], function: Method) -> Method:
    return _between(names, support, function, 0.0, -np.inf)


def _level(
    names: tuple[str, ...], support: Callable[..., Any], function: Method, first: int, last: int
) -> Method:
    """Of a level q: at 0 and 1 the ends of the support, by their position in (lower, upper)."""

    def method(q: Array, *args: Array, **kwargs: Array) -> Array:
        shapes, loc, scale = placed(names, args, kwargs)
        valid, lower, upper = support(**shapes)
        ends = (lower, upper)
        inside = np.where((q > 0) & (q < 1), function(q, **shapes), np.nan)
        z = np.where(q == 0, ends[first], np.where(q == 1, ends[last], inside))
        return np.where(valid & (scale > 0), loc + scale * z, np.nan)

    return method


def _quantile(names: tuple[str, ...], support: Callable[..., Any], function: Method) -> Method:
    return _level(names, support, function, 0, 1)


def _upper_quantile(names: tuple[str, ...], support: Callable[..., Any], function: Method) -> Method:
    return _level(names, support, function, 1, 0)


def _mean(names: tuple[str, ...], support: Callable[..., Any], function: Method) -> Method:
    def method(*args: Array, **kwargs: Array) -> Array:
        shapes, loc, scale = placed(names, args, kwargs)
        return np.where(support(**shapes)[0] & (scale > 0), loc + scale * function(**shapes), np.nan)

    return method


def _variance(names: tuple[str, ...], support: Callable[..., Any], function: Method) -> Method:
    def method(*args: Array, **kwargs: Array) -> Array:
        shapes, loc, scale = placed(names, args, kwargs)
        valid = support(**shapes)[0] & (scale > 0) & np.equal(loc, loc)  # of the shape of all arguments
        return np.where(valid, scale * scale * function(**shapes), np.nan)

    return method


def _entropy(names: tuple[str, ...], support: Callable[..., Any], function: Method) -> Method:
    def method(*args: Array, **kwargs: Array) -> Array:
        shapes, loc, scale = placed(names, args, kwargs)
        valid = support(**shapes)[0] & (scale > 0) & np.equal(loc, loc)  # of the shape of all arguments
        return np.where(valid, function(**shapes) + np.log(scale), np.nan)

    return method
