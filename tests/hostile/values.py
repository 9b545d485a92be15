"""Bad data, parameters and vectors: each is taken as NumPy takes it, or refused with the argument's name."""

from __future__ import annotations

import numbers
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse

import adfun
from adfun import ArgumentError, CompileError
from tests.hostile import arrays
from tests.hostile.verdict import same

SUM = "import numpy as np\ndef objective(p, d):\n    return np.sum(p) + np.sum(d)\n"
SQUARES = "import numpy as np\ndef objective(v):\n    return np.sum(v * v)\n"
NAMED = "import numpy as np\ndef objective(p, d):\n    return np.sum(p['a']) + p['b'][0] + d\n"


@dataclass(frozen=True)
class Value:
    """A hostile value in one place of a call.

    place  "data", "params", "with_data", "flatten", or a function of x: "fn", "gr" ...
    make   gives the value, in the process that uses it
    """

    place: str
    name: str
    make: Callable[[], Any]


LARGE = 10**8
"""Elements of an array that views of one element may seem to have."""

VECTORS = ("fn", "gr", "fn_gr", "he", "hvp x", "hvp v", "report", "unflatten")


def values(seed: int, count: int) -> list[Value]:
    """So many, drawn from all places, types, shapes and layouts; every odd object in every place."""
    draw = random.Random(seed)
    numeric = arrays.numeric()
    places = ("data", "params", "with_data", "flatten", *VECTORS)
    odd = [Value(place, name, make) for place in places for name, make in arrays.ODD]
    short = [(name, make) for name, make in numeric if " (3,) " in name]
    usual = [
        Value(place, name, make)
        for place in places
        for name, make in draw.sample(numeric, 250) + (short if place in VECTORS else [])
    ]
    made = odd + usual
    return made if len(made) <= count else draw.sample(made, count)


@dataclass(frozen=True)
class Fixed:
    """Objectives that values are given to."""

    total: adfun.ADFun
    squares: adfun.ADFun
    named: adfun.ADFun

    @staticmethod
    def make() -> Fixed:
        squares = adfun.make_ad_fun(SQUARES, {}, {"v": np.ones(3)})
        squares.fn_gr(), squares.he(), squares.hvp(None, np.ones(3)), squares.report()
        total = adfun.make_ad_fun(SUM, {"d": np.ones(3)}, {"p": 1.0})
        named = adfun.make_ad_fun(NAMED, {"d": 1.0}, {"p": {"a": np.ones(3), "b": [1.0, 2.0]}})
        return Fixed(total, squares, named)


def outcome(case: Value, fixed: Fixed) -> tuple[str, str]:
    """ "right", "refused", or what is wrong; with words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = case.make()
    words = "argument d" if case.place in ("data", "with_data") else "argument p"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            got, expected = _used(case.place, value, fixed)
    except (ArgumentError, CompileError) as error:
        text = str(error)
        named = words in text or "--> <source>:3" in text or "other kind of data: data 'd'" in text
        if case.place in VECTORS:
            named = text.startswith(("x ", "v ", "x must", "v must"))
        elif case.place == "flatten":
            named = "argument v" in text or "parameter" in text
        return ("refused", text[:200]) if named and len(text) < 20_000 else ("vague", text[:500])
    except ValueError as error:  # sizes that disagree, as NumPy raises it, with the user's line
        raised = _total(value) is None and bool(getattr(error, "__notes__", None))
        return ("right" if raised else "foreign"), str(error)
    if expected is None:
        return "unexpected", f"{got!r:.200} where NumPy gives no numbers"
    if np.shape(got) != np.shape(expected):
        return "wrong", f"{got!r:.100} instead of {expected!r:.100}"
    fits = all(same(float(a), float(b)) for a, b in zip(np.ravel(got), np.ravel(expected), strict=True))
    return ("right", "") if fits else ("wrong", f"{got!r:.100} instead of {expected!r:.100}")


def _used(place: str, value: Any, fixed: Fixed) -> tuple[Any, Any]:
    """What adfun gives, and what NumPy does; None where it gives no real numbers."""
    with np.errstate(all="ignore"):
        if place == "data":
            return adfun.make_ad_fun(SUM, {"d": value}, {"p": 1.0}).fn(), _plus_one(_total(value))
        if place == "with_data":
            return fixed.total.with_data({"d": value}).fn(), _plus_one(_total(value))
        if place == "params":
            return adfun.make_ad_fun(SUM, {"d": 1.0}, {"p": value}).fn(), _plus_one(_total(value))
        if place == "flatten":
            return fixed.squares.flatten({"v": value}), _vector(value)
        x = _vector(value)
        obj = fixed.squares
        match place:
            case "fn":
                return obj.fn(value), None if x is None else np.sum(x * x)
            case "gr":
                return obj.gr(value), None if x is None else 2.0 * x
            case "fn_gr":
                got = obj.fn_gr(value)
                return np.append(got[1], got[0]), None if x is None else np.append(2.0 * x, np.sum(x * x))
            case "he":
                return obj.he(value), None if x is None else 2.0 * np.eye(3)
            case "hvp x":
                return obj.hvp(value, np.ones(3)), None if x is None else np.full(3, 2.0)
            case "hvp v":
                return obj.hvp(None, value), None if x is None else 2.0 * x
            case "report":
                return len(obj.report(value)), None if x is None else 0
            case _:
                return obj.unflatten(value)["v"], x


def _plus_one(total: float | None) -> float | None:
    return None if total is None else total + 1.0


def _total(value: Any) -> float | None:
    """The sum of all numbers of a value, as float64."""
    array = _real(value.toarray() if scipy.sparse.issparse(value) else value)
    return None if array is None else float(np.sum(array))


def _vector(value: Any) -> Any:
    """Three numbers; None stands for the start."""
    if value is None:
        return np.ones(3)
    array = _real(value)
    return array if array is not None and array.shape == (3,) else None


def _real(value: Any) -> Any:
    try:
        if isinstance(value, numbers.Real):
            value = float(value)
        array = np.asarray(value)
    except Exception:
        return None
    return array.astype(np.float64) if array.dtype.kind in "fiub" and array.size < LARGE else None
