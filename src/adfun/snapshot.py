"""Data as compiled modules read them: copied once when they are bound, so that nothing can change them.

A copy also has what the native code likes: C order, and a start on a cache line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import adfun._core as _core
from adfun.binding import Described, Leaf, LeafValue, describe
from adfun.diagnostics.errors import ArgumentError
from adfun.native import lapack
from adfun.parameters import Parameters
from adfun.program import Hidden, Part

ALIGNMENT = 64


class Snapshot:
    """The data of one object, by leaf name.  Not changed after it is made, but for what is added."""

    __slots__ = ("_fixed", "values")

    def __init__(self, values: Mapping[str, LeafValue]) -> None:
        self.values: dict[str, LeafValue] = dict(values)
        self._fixed: set[str] = set()

    def array(self, name: str) -> NDArray[Any]:
        """The copy of an array."""
        value = np.asarray(self.values[name])
        if name not in self._fixed:
            value = aligned_copy(value)
            self.values[name] = value
            self._fixed.add(name)
        return value

    def replace_in(self, data: Mapping[str, Described]) -> None:
        """Let descriptions of the data refer to the copies: the user's arrays can go away."""
        for described in data.values():
            described.values.update({name: self.values[name] for name in described.values})

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of an array, () of a scalar."""
        return np.shape(self.values[name])

    def add(self, hidden: Iterable[Hidden]) -> None:
        """Evaluate the inputs that NumPy computes from the others."""
        for item in hidden:
            if item.name not in self.values:
                self.values[item.name] = _evaluate(item, self.values)


def _evaluate(item: Hidden, leaves: Mapping[str, LeafValue]) -> LeafValue:
    """The value of a hidden input; it must have the type and rank that the module was compiled for."""
    described = describe(item.name, item.evaluate(leaves))
    if isinstance(described.tree, Leaf) and described.tree.dtype is item.elem:
        value = described.values[item.name]
        shape = np.shape(value)
        wanted = tuple(n if w is None else w for n, w in zip(shape, item.shape, strict=False))
        if len(shape) == len(item.shape) and shape == wanted:
            return value
    raise ArgumentError(
        "with these data, an array computed from them has another type or shape than it was compiled for\n"
        "  instead: call make_ad_fun with these data"
    )


def aligned_copy(array: NDArray[Any]) -> NDArray[Any]:
    """A C-contiguous copy that starts at a multiple of ALIGNMENT bytes."""
    room = np.empty(array.nbytes + ALIGNMENT, np.uint8)
    skip = -room.__array_interface__["data"][0] % ALIGNMENT
    copy = room[skip : skip + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def inputs_of(part: Part, parameters: Parameters, data: Snapshot) -> _core.Inputs:
    """The `adfun_inputs` of a module for these data."""
    layout = part.layout
    data.add(part.hidden)
    shapes = parameters.shapes
    sizes = [(shapes[name] if name in shapes else data.shape(name))[axis] for name, axis in layout.sizes]
    return _core.Inputs(
        [data.array(name) for name in layout.data],
        [*sizes, *(int(_number(data, name)) for name in layout.integers)],
        [float(_number(data, name)) for name in layout.reals],
        [*(parameters.starts[name] for name in layout.params), parameters.size],
        list(lapack.routines()) if part.lapack else [],
    )


def _number(data: Snapshot, name: str) -> float | int | bool:
    value = data.values[name]
    return value.item() if isinstance(value, np.ndarray) else value
