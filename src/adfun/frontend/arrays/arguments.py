"""Arguments of NumPy functions that shape the program: axes, sizes, dtypes, flags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adfun.frontend.arrays import core, extent
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, ListValue, Scalar, Value, as_python, is_known
from adfun.ir.nodes import Const, Operand, b1, i64
from adfun.ir.types import B1, F64, I64, Type
from adfun.primitives import arithmetic as a

KINDS = {"b": B1, "i": I64, "u": I64, "f": F64}
DTYPES = {B1: np.dtype(bool), I64: np.dtype(np.int64), F64: np.dtype(np.float64)}


def known(stage: Stage, value: Value, what: str) -> Any:
    """A value that must be known now, as a plain Python object."""
    if is_known(value):
        value = as_python(value)
        return value.item() if isinstance(value, np.generic) else value
    return stage.known_value(value, what)


def integer(stage: Stage, value: Value, what: str) -> int:
    """An int that must be known now."""
    result = known(stage, value, what)
    if isinstance(result, np.ndarray) and result.ndim == 0:
        result = result.item()
    if isinstance(result, bool) or not isinstance(result, int):
        stage.fail(f"{what} must be an integer", f"this is {result!r}")
    return result


def flag(stage: Stage, value: Value, what: str) -> bool:
    """A truth value that must be known now."""
    return bool(known(stage, value, what))


def order(stage: Stage, value: Value) -> str:
    """The order of elements in memory, "C" or another: nothing that can be seen depends on it here."""
    if not isinstance(value, str):
        stage.fail(
            "order must be a text", f"this is {core.describe(value)}", remedy='leave it out, or write "C"'
        )
    if value not in ("C", "F", "A", "K"):
        stage.fail("order must be one of 'C', 'F', 'A' or 'K'", f"this is {value!r:.40}")
    return value


def axis_of(stage: Stage, value: Value, rank: int, what: str = "axis") -> int:
    """One axis as a number from 0 to rank - 1."""
    axis = integer(stage, value, what)
    if not -rank <= axis < rank:
        stage.fail(f"axis {axis} is out of bounds", f"the array has {rank} axes")
    return axis % rank


def axes_of(stage: Stage, value: Value, rank: int) -> tuple[int, ...]:
    """The axes that a reduction runs over, in order; None means all."""
    if value is None:
        return tuple(range(rank))
    if isinstance(value, (list, ListValue)):
        stage.fail("axes are given as a tuple", "this is a list", remedy="write axis=(0, 1)")
    if isinstance(value, tuple):
        items = value
        axes = [axis_of(stage, item, rank) for item in items]
        if len(set(axes)) != len(axes):
            stage.fail("an axis is given twice", f"axes {tuple(axes)}")
        return tuple(sorted(axes))
    return (axis_of(stage, value, rank),)


def dtype_of(stage: Stage, value: Value, default: Type = F64) -> Type:
    """The element type that a dtype argument asks for."""
    if value is None:
        return default
    try:
        dtype = np.dtype(known(stage, value, "dtype"))
    except TypeError:
        stage.fail("dtype is not understood", f"this is {value!r}", remedy="use float, int or bool")
    kind = KINDS.get(dtype.kind)
    if kind is None or not dtype.isnative or (kind is F64 and dtype.itemsize != 8):
        stage.fail(
            f"arrays of {dtype} are not supported",
            reason="compiled arrays hold float64, int64 or bool",
            remedy="use float, int or bool",
        )
    return kind


def dtype_of_sum(stage: Stage, value: Value, default: Type) -> Type:
    """The same for a sum or product."""
    found = dtype_of(stage, value, default)
    if found is B1:
        stage.fail("a sum of truth values is a number", "this asks for a truth value", remedy="use np.any()")
    return found


def size_of(stage: Stage, value: Value, what: str = "a size") -> Operand:
    """One size as an operand; negative ones are errors."""
    operand = core.operand(stage, value, what)
    if operand.type is not I64:
        kind = "a float" if operand.type is F64 else "a truth value"
        stage.fail(f"{what} must be an integer", f"this is {kind}", remedy="write int(...) around it")
    if isinstance(operand, Const):
        if operand.value < 0:
            stage.fail("negative dimensions are not allowed", f"{what} is {operand.value}")
        return operand
    operand = stage.size(operand)
    if not isinstance(operand, Const) and not stage.is_size(operand):
        stage.check(
            stage.op(a.ile, i64(0), operand),
            "ValueError",
            "negative dimensions are not allowed: {0}",
            operand,
        )
        stage.sizes.add(operand)
        stage.chosen.add(operand)
    return operand


def shape_of(stage: Stage, value: Value) -> tuple[Operand, ...]:
    """A shape argument: a size or a sequence of them."""
    return tuple(size_of(stage, item) for item in items_of(stage, value))


def new_shape(stage: Stage, value: Value) -> tuple[Operand, ...]:
    """The same for an array that is made."""
    sizes = shape_of(stage, value)
    extent.fits(stage, sizes)
    return sizes


def items_of(stage: Stage, value: Value) -> list[Value]:
    """The items of a shape-like argument; a single number counts as one item."""
    if core.is_number(value):
        return [value]
    if isinstance(value, ListValue):
        return list(value.items)
    if isinstance(value, (tuple, list, range)):
        return list(value)
    if isinstance(value, np.ndarray):
        return list(value.tolist())
    if isinstance(value, Array) and value.rank == 1 and value.sizes() is not None:
        return [core.wrap(o) for o in core.elements(stage, value)]
    if isinstance(value, Array) and value.rank == 1 and value.recipe is not None:
        return list(np.asarray(stage.known_value(value, "a shape")).tolist())
    stage.fail("a shape must be a number or a tuple of numbers", f"this is {core.describe(value)}")


def size_value(stage: Stage, size: Operand) -> Value:
    """A size as the value that `len` or `.shape` gives."""
    size = stage.size(size)
    return int(size.value) if isinstance(size, Const) else Scalar(size)


def product(stage: Stage, sizes: Sequence[Operand]) -> Operand:
    """The number of elements of a shape."""
    total: Operand = i64(1)
    for size in sizes:
        total = stage.imul(total, stage.size(size))
    if not isinstance(total, Const):
        stage.sizes.add(total)
    return total


def clamped(stage: Stage, operand: Operand) -> Operand:
    """max(operand, 0), as a size."""
    if isinstance(operand, Const):
        return i64(max(0, int(operand.value)))
    if not stage.is_size(operand):
        operand = stage.op(a.imax, operand, i64(0))
        stage.sizes.add(operand)
    return stage.size(operand)


def truth(stage: Stage, operand: Operand) -> Operand:
    """An operand as a truth value."""
    return operand if operand.type is B1 else stage.convert(operand, B1)


TRUE = b1(True)
