"""The face of a precompiled extension (`adfun precompile --extension`): functions of parameters and data.

It is copied into the extension with all that it imports, and needs NumPy alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adfun.diagnostics.errors import ArgumentError
from adfun.objective import ADFun
from adfun.shipped import Shipped, load

Vector = NDArray[np.float64]
Point = ArrayLike | Mapping[str, Any]
"""A dict of parameters; or their flat vector, where the signature tells their shapes."""


class Extension:
    """A precompiled objective: its functions take parameters and, by name, data.

    For many calls with the same data use `bind`: the others copy and prepare the data in every call.
    """

    def __init__(self, shipped: Shipped) -> None:
        self._shipped = shipped

    def bind(self, x: Point, /, *, threads: int = 1, **data: Any) -> ADFun:
        """The objective with these data and start values: fn(), gr(), he() ... of a flat vector."""
        return self._shipped(data, self._params(x), threads=threads)

    def fn(self, x: Point, /, **data: Any) -> float:
        """The value."""
        return self.bind(x, **data).fn()

    def gr(self, x: Point, /, **data: Any) -> Vector:
        """The gradient (n,)."""
        return self.bind(x, **data).gr()

    def fn_gr(self, x: Point, /, **data: Any) -> tuple[float, Vector]:
        """Value and gradient."""
        return self.bind(x, **data).fn_gr()

    def he(self, x: Point, /, **data: Any) -> NDArray[np.float64]:
        """The Hessian (n, n)."""
        return self.bind(x, **data).he()

    def hvp(self, x: Point, v: ArrayLike, /, **data: Any) -> Vector:
        """The product (n,) of the Hessian and a vector."""
        return self.bind(x, **data).hvp(None, v)

    def report(self, x: Point, /, **data: Any) -> dict[str, Any]:
        """What the objective reports."""
        return self.bind(x, **data).report()

    def _params(self, x: Point) -> dict[str, Any]:
        if isinstance(x, Mapping):
            return dict(x)
        vector = np.asarray(x, dtype=np.float64).reshape(-1)
        _, params = json.loads(self._shipped.artifacts[0].signature.text)
        forms = {name: _form(plain) for name, plain in params}
        free = [name for name, form in forms.items() if form is None or None in form]
        rest = len(vector) - (len(forms) - len(free))
        if len(free) > 1 or any(form is None or len(form) - form.count(1) > 1 for form in forms.values()):
            raise ArgumentError(f"x: the shapes of {', '.join(free)} are not known; instead: give a dict")
        if (rest < 0) if free else rest:
            raise ArgumentError(f"x has {len(vector)} elements, the parameters are {', '.join(forms)}")
        made, start = {}, 0
        for name, form in forms.items():
            shape = [rest if n is None else n for n in form or ()]
            stop = start + (rest if name in free else 1)
            made[name] = vector[start:stop].reshape(shape) if shape else vector[start]
            start = stop
        return made


def _form(plain: Any) -> list[int | None] | None:
    """The shape that a signature tells: None for an unknown size, or for a container."""
    if plain[0] != "leaf":
        return None
    return [1 if one else None for one in plain[3]]


def extensions(directory: Path) -> dict[str, Extension]:
    """All precompiled objectives in a directory, by name."""
    found = sorted(path for path in directory.iterdir() if path.is_dir())
    names = {artifact.name for path in found for artifact in load(path).artifacts}
    return {name: Extension(load(directory, name)) for name in sorted(names)}
