"""Scalar types of the IR."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

LANES = 8
"""Number of directions a `VEC` value carries at once."""


class Type(Enum):
    """What one SSA value, or one element of a buffer, holds."""

    F64 = "f64"
    I64 = "i64"
    B1 = "b1"
    VEC = "vec"
    """`LANES` doubles: the tangents of one scalar in several directions."""

    def __repr__(self) -> str:
        return self.value


Shapes = Mapping[str, tuple[int, ...]]
"""Of every parameter, by the name of its input."""

F64, I64, B1, VEC = Type.F64, Type.I64, Type.B1, Type.VEC
