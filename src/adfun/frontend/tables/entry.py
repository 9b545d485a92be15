"""Makes handlers fit for a table: wrong arguments become errors in the user's source."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
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


SYNONYMS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("a", "arr", "m", "v", "ary", "A", "object", "array", "z", "X", "x1", "p"), ("x",)),
    **dict.fromkeys(("b", "B", "x2", "q"), ("y",)),
    **dict.fromkeys(("tup", "arrays", "seq"), ("arrays",)),
    "a1": ("x",),
    "a2": ("y",),
    "element": ("x",),
    "N": ("N", "n"),
    "shape": ("shape", "newshape"),
}
"""What NumPy calls arguments that the handlers call otherwise."""


def entry(name: str, handler: Handler) -> Handler:
    """The handler of a library function, with its arguments checked."""

    def checked(stage: Stage, *args: Value, **kwargs: Value) -> Value:
        try:
            return handler(stage, *args, **kwargs)
        except TypeError:
            problem = misfit(handler, stage, args, kwargs)
            if problem is None:
                raise
        kept = {k: v for k, v in kwargs.items() if k not in HARMLESS or not _neutral(v)}
        kept = _renamed(handler, args, kept)
        problem = misfit(handler, stage, args, kept)
        if problem is not None:
            stage.fail(f"{name} cannot be called like this", "in this call", reason=problem)
        return handler(stage, *args, **kept)

    checked.__doc__ = handler.__doc__
    return checked


def _renamed(handler: Handler, args: tuple[Value, ...], kwargs: dict[str, Value]) -> dict[str, Value]:
    """Keywords by the names that the handler uses; positional arguments come first."""
    names = list(inspect.signature(handler).parameters)
    free = set(names[len(args) + 1 :]) - set(kwargs)
    made: dict[str, Value] = {}
    for key, value in kwargs.items():
        other = next((n for n in SYNONYMS.get(key, ()) if n in free), None) if key not in names else None
        made[other or key] = value
        free.discard(other or key)
    return made


def _neutral(value: Value) -> bool:
    return any(value is v or (isinstance(v, str) and isinstance(value, str) and v == value) for v in NEUTRAL)


def misfit(handler: Handler, first: Any, args: Sequence[Value], kwargs: Mapping[str, Value]) -> str | None:
    """What is wrong with the arguments; None when they fit the handler."""
    try:
        inspect.signature(handler).bind(first, *args, **kwargs)
    except TypeError as error:
        return str(error)
    return None
