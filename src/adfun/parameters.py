"""The flat vector of parameters, and the named arrays that it stands for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adfun.binding import Described, Leaf, Tree, describe_param, leaves_of
from adfun.diagnostics.errors import ArgumentError
from adfun.ir.types import Shapes
from adfun.records import dataclass

Vector = NDArray[np.float64]

FEW = 24
"""So many parameters make a Hessian all columns at once, in a module for parameters of their shapes only."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of an objective: order of the dict, C order inside each array.

    trees   structure of every argument
    shapes  by leaf name; () for a scalar
    starts  where each leaf begins in the flat vector
    """

    trees: dict[str, Tree]
    shapes: dict[str, tuple[int, ...]]
    starts: dict[str, int]
    size: int
    """The length of the flat vector."""

    @staticmethod
    def of(described: Mapping[str, Described]) -> Parameters:
        """The layout of described parameters."""
        trees = {name: d.tree for name, d in described.items()}
        shapes = {leaf: np.shape(v) for d in described.values() for leaf, v in d.values.items()}
        starts, size = {}, 0
        for leaf, shape in shapes.items():
            starts[leaf] = size
            size += math.prod(shape)
        return Parameters(trees, shapes, starts, size)

    def few(self) -> Shapes | None:
        """The shapes, where a Hessian's module is made for them."""
        return self.shapes if self.size <= FEW else None

    def places(self, leaves: Iterable[str]) -> list[int]:
        """Where the elements of these leaves, in this order, stand in the flat vector."""
        return [self.starts[leaf] + k for leaf in leaves for k in range(math.prod(self.shapes[leaf]))]

    def names(self) -> list[str]:
        """A name for every element of the flat vector: `a`, `b[0]`, `c[1,2]`."""
        return [
            leaf + ("[" + ",".join(map(str, index)) + "]" if shape else "")
            for leaf, shape in self.shapes.items()
            if 0 not in shape  # NumPy lists the range of every axis first, however long
            for index in np.ndindex(shape)
        ]

    def flatten(self, params: Mapping[str, Any]) -> Vector:
        """The flat vector of a dict of parameters like the one the objective was made with.

        Raises ArgumentError for a missing or unknown name, or another shape.
        """
        missing, unknown = self.trees.keys() - params.keys(), params.keys() - self.trees.keys()
        if missing or unknown:
            raise ArgumentError(
                f"parameters are {list(self.trees)}"
                + (f"; missing: {sorted(missing)}" if missing else "")
                + (f"; unknown: {sorted(map(str, unknown))}" if unknown else "")
            )
        return self.pack({name: describe_param(name, params[name]) for name in self.trees})

    def pack(self, described: Mapping[str, Described]) -> Vector:
        """The flat vector of described parameters, which must have the same shapes."""
        x = np.empty(self.size)
        for name in self.trees:
            values = described[name].values
            if values.keys() != {leaf.name for leaf in leaves_of(self.trees[name])}:
                raise ArgumentError(f"parameter {name} has another structure than the one compiled for")
            for leaf, value in values.items():
                shape, start = self.shapes[leaf], self.starts[leaf]
                if np.shape(value) != shape:
                    raise ArgumentError(f"parameter {leaf} has shape {np.shape(value)}, expected {shape}")
                x[start : start + math.prod(shape)] = np.ravel(value)
        return x

    def unflatten(self, x: Vector) -> dict[str, Any]:
        """The dict of parameters that a flat vector stands for; arrays are fresh."""
        return {name: self._rebuild(tree, x) for name, tree in self.trees.items()}

    def _rebuild(self, tree: Tree, x: Vector) -> Any:
        match tree:
            case Leaf(name):
                shape, start = self.shapes[name], self.starts[name]
                part = x[start : start + math.prod(shape)]
                return part.reshape(shape).copy() if tree.kind == "array" else float(part[0])
            case dict():
                return {key: self._rebuild(part, x) for key, part in tree.items()}
            case _:
                return type(tree)(self._rebuild(part, x) for part in tree)
