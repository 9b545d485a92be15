"""What Python makes of a program, and what the compiled one does: a value, or the kind of an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import adfun

Outcome = float | str


def by_python(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Outcome:
    """The value of a call, or the name of the error that it raises."""
    try:
        with np.errstate(all="ignore"):
            return float(np.asarray(function(**arguments)).item())
    except Exception as error:
        return type(error).__name__


def compiled(
    objective: adfun.ADFun, data: Mapping[str, Any], params: Mapping[str, Any]
) -> tuple[Outcome, Outcome]:
    """The same of a compiled program with other data: from its value, and from its gradient's value."""
    try:
        bound = objective.with_data(dict(data), dict(params))
        at = bound.par
    except Exception as error:
        return type(error).__name__, type(error).__name__

    def outcome(call: Callable[[], float]) -> Outcome:
        try:
            return call()
        except Exception as error:
            return type(error).__name__

    return outcome(lambda: bound.fn(at)), outcome(lambda: bound.fn_gr(at)[0])


def agree(x: Outcome, y: Outcome) -> bool:
    """Whether two outcomes are the same error, or the same value but for rounding."""
    if isinstance(x, str) or isinstance(y, str):
        return x == y
    return bool(np.isclose(x, y, rtol=1e-13, atol=1e-13, equal_nan=True))
