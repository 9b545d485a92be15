"""Makes handlers fit for a table: wrong arguments become errors in the user's source."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from adfun.frontend.stage import Stage
from adfun.frontend.values import Value

Handler = Callable[..., Value]

HARMLESS = frozenset(
    "order casting subok like optimize check_finite overwrite_a overwrite_b overwrite_x extobj signature "
    "dtype out where copy".split()
)
"""Keywords that do not change the result, at the values that are let through."""

NEUTRAL: tuple[Any, ...] = (
    None,
    True,
    False,
    float,
    np.float64,
    "float64",
    "float",
    "C",
    "K",
    "A",
    "same_kind",
)


def entry(name: str, handler: Handler) -> Handler:
    """The handler of a library function, with its arguments checked."""

    def checked(stage: Stage, *args: Value, **kwargs: Value) -> Value:
        try:
            return handler(stage, *args, **kwargs)
        except TypeError:
            problem = _misfit(handler, stage, args, kwargs)
            if problem is None:
                raise
        kept = {k: v for k, v in kwargs.items() if k not in HARMLESS or not _neutral(v)}
        problem = _misfit(handler, stage, args, kept)
        if problem is not None:
            stage.fail(f"{name} cannot be called like this", "in this call", reason=problem)
        return handler(stage, *args, **kept)

    checked.__doc__ = handler.__doc__
    return checked


def _neutral(value: Value) -> bool:
    return any(value is v or (isinstance(v, str) and isinstance(value, str) and v == value) for v in NEUTRAL)


def _misfit(handler: Handler, stage: Stage, args: tuple[Value, ...], kwargs: dict[str, Value]) -> str | None:
    """What is wrong with the arguments; None when they fit the handler."""
    try:
        inspect.signature(handler).bind(stage, *args, **kwargs)
    except TypeError as error:
        return str(error)
    return None
