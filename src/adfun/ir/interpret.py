"""Executes IR with NumPy and Python scalars: the meaning of every statement, in the plainest form.

Values are exact where compiled code is exact; speed is no aim.  What is read before it was stored
is NaN (or a huge integer), and an index outside a buffer is an internal error: a `Check` of the
program must have caught it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adfun.diagnostics.internal import InternalError, assert_never
from adfun.diagnostics.runtime import runtime_error
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Check,
    Const,
    For,
    Function,
    Grow,
    If,
    Index,
    Input,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Stmt,
    Store,
    Var,
    While,
)
from adfun.ir.rows import Primitive
from adfun.ir.staged import Staged
from adfun.ir.types import B1, F64, I64, LANES, VEC, Type
from adfun.records import dataclass, field

Value = Any
"""float, int, bool, or an array of LANES doubles for `VEC`."""
Array = NDArray[Any]
Memory = dict[Var | Buffer, Value]

DTYPES: dict[Type, Any] = {F64: np.float64, I64: np.int64, B1: np.bool_, VEC: np.float64}
UNSET: dict[Type, Any] = {F64: math.nan, I64: -(2**62), B1: False, VEC: math.nan}
"""What storage holds before it is stored to: values that show up in any result."""

PLAIN: dict[Callable[..., Any], Callable[..., Any]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.negative: operator.neg,
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.equal: operator.eq,
    np.not_equal: operator.ne,
}
"""Python's own operators give the same results on scalars, an order of magnitude faster."""


@dataclass(frozen=True)
class Results:
    """values: what the function yields; buffers: its gradient and output buffers by input name."""

    values: tuple[Value, ...]
    buffers: dict[str, Array] = field(default_factory=dict)
    reports: dict[str, Value] = field(default_factory=dict)
    made: dict[Var | Buffer, Value] = field(default_factory=dict)
    """Every variable and buffer with its last value, for tests and for staged functions."""


def run(function: Function, inputs: Mapping[str, Any]) -> Results:
    """Execute a function on named scalars and arrays; gradient and output buffers need not be given.

    A failed check raises the exception that the user would see.
    """
    machine = _Machine()
    for entry in function.inputs:
        if entry.name in inputs:
            machine.bind(entry, inputs[entry.name])
    for entry in function.inputs:
        if entry.name not in inputs:
            machine.provide(entry)
    with np.errstate(all="ignore"):
        values = machine.block(function.body)
    filled = [x for x in function.inputs if isinstance(x.item, Buffer) and x.item.storage == "output"]
    buffers = {x.name: machine.buffers[x.item] for x in filled if isinstance(x.item, Buffer)}
    return Results(values, buffers, machine.reports, machine.values | machine.buffers)


def run_staged(staged: Staged, inputs: Mapping[str, Any]) -> Results:
    """Execute both halves of a staged function, one after the other."""
    made = run(staged.prepare, inputs).made
    kept = {slot.name: made[slot.source] for slot in staged.slots}
    return run(staged.call, {**inputs, **kept})


def empty(elem: Type, shape: Sequence[int], fill: Any) -> Array:
    """Storage for one buffer; `VEC` elements are a last axis of LANES doubles."""
    lanes = (LANES,) if elem is VEC else ()
    try:
        return np.full((*shape, *lanes), fill, dtype=DTYPES[elem])
    except ValueError as error:  # "array is too big"
        raise MemoryError(str(error)) from None


class _Machine:
    """The state of one execution."""

    def __init__(self) -> None:
        self.values: Memory = {}
        self.buffers: Memory = {}
        self.reports: dict[str, Value] = {}

    # -- inputs ----------------------------------------------------------------------------

    def bind(self, entry: Input, given: Any) -> None:
        item = entry.item
        if isinstance(item, Var):
            self.values[item] = _scalar(given, item.type)
            return
        array = np.array(given, dtype=DTYPES[item.elem], order="C")
        sizes = array.shape[:-1] if item.elem is VEC else array.shape
        if len(sizes) != item.rank:
            raise ValueError(f"{entry.name} has {len(sizes)} axes where {item.rank} belong")
        for size, known in zip(item.shape, sizes, strict=True):
            expected = size.value if isinstance(size, Const) else self.values.setdefault(size, known)
            if expected != known:
                raise ValueError(f"{entry.name} has an axis of length {known} where {expected} belongs")
        self.buffers[item] = array

    def provide(self, entry: Input) -> None:
        """Storage for a buffer that the function fills."""
        item = entry.item
        if not isinstance(item, Buffer) or item.storage != "output":
            raise ValueError(f"{entry.name} is missing")
        self.buffers[item] = empty(item.elem, self.shape(item), 0 if entry.zeroed else UNSET[item.elem])

    # -- operands --------------------------------------------------------------------------

    def get(self, operand: Operand) -> Value:
        return operand.value if isinstance(operand, Const) else self.values[operand]

    def all(self, operands: Sequence[Operand]) -> list[Value]:
        values = self.values
        return [x.value if isinstance(x, Const) else values[x] for x in operands]

    def shape(self, buffer: Buffer) -> tuple[int, ...]:
        return tuple(self.all(buffer.shape))

    def item(self, item: Buffer | Operand) -> Value:
        return self.buffers[item] if isinstance(item, Buffer) else self.get(item)

    def place(self, buffer: Buffer, index: Index, stmt: Stmt) -> tuple[Array, tuple[int, ...]]:
        """The array and the index into it, in its own rank, checked."""
        array, position = self.buffers[buffer], tuple(self.all(index))
        sizes = array.shape[:-1] if buffer.elem is VEC else array.shape
        if len(position) != len(sizes):
            array = array.reshape((-1, LANES) if buffer.elem is VEC else -1)
            sizes = array.shape[:1]
        if not all(0 <= i < n for i, n in zip(position, sizes, strict=True)):
            raise InternalError(f"index {position} into {buffer!r} of shape {sizes}", stmt.span)
        return array, position

    # -- statements ------------------------------------------------------------------------

    def block(self, block: Block) -> tuple[Value, ...]:
        for stmt in block.stmts:
            self.stmt(stmt)
        return tuple(self.all(block.yields))

    def stmt(self, stmt: Stmt) -> None:
        match stmt:
            case Let():
                self.values[stmt.var] = apply(stmt.op, self.all(stmt.args), stmt.var.type)
            case Load():
                array, position = self.place(stmt.buffer, stmt.index, stmt)
                self.values[stmt.var] = _scalar(array[position], stmt.var.type)
            case Store():
                array, position = self.place(stmt.buffer, stmt.index, stmt)
                array[position] = self.get(stmt.value)
            case Accum():
                array, position = self.place(stmt.buffer, stmt.index, stmt)
                array[position] += self.get(stmt.value)
            case Build():
                self.build(stmt)
            case Alloc():
                fill = 0 if stmt.zero else UNSET[stmt.buffer.elem]
                self.buffers[stmt.buffer] = empty(stmt.buffer.elem, self.shape(stmt.buffer), fill)
            case Grow():
                self.grow(stmt)
            case For():
                self.for_(stmt)
            case While():
                self.while_(stmt)
            case If():
                taken = stmt.then if self.get(stmt.cond) else stmt.orelse
                self.values.update(zip(stmt.results, self.block(taken), strict=True))
            case Check():
                if not self.get(stmt.cond):
                    error = stmt.error
                    raise runtime_error(error.kind, error.message, self.all(stmt.args), stmt.span)
            case KernelCall():
                self.call(stmt)
            case Report():
                self.reports[stmt.name] = np.copy(self.item(stmt.value))[()]
            case _:
                assert_never(stmt)

    def build(self, stmt: Build) -> None:
        shape = self.shape(stmt.buffer)
        array = empty(stmt.buffer.elem, shape, UNSET[stmt.buffer.elem])
        for position in np.ndindex(*shape):
            self.values.update(zip(stmt.indices, position, strict=True))
            (array[position],) = self.block(stmt.body)
        self.buffers[stmt.buffer] = array

    def grow(self, stmt: Grow) -> None:
        old, size = self.buffers[stmt.buffer], self.get(stmt.size)
        if len(old) < size:
            new = empty(stmt.buffer.elem, (size,), UNSET[stmt.buffer.elem])
            new[: len(old)] = old
            self.buffers[stmt.buffer] = new

    def for_(self, stmt: For) -> None:
        state: Sequence[Value] = self.all([c.init for c in stmt.carried])
        params = [c.param for c in stmt.carried]
        for index in range(self.get(stmt.start), self.get(stmt.stop)):
            self.values[stmt.index] = index
            self.values.update(zip(params, state, strict=True))
            state = self.block(stmt.body)
        self.values.update(zip([c.result for c in stmt.carried], state, strict=True))

    def while_(self, stmt: While) -> None:
        state: Sequence[Value] = self.all([c.init for c in stmt.carried])
        params = [c.param for c in stmt.carried]
        self.values.update(zip(params, state, strict=True))
        while self.block(stmt.cond)[0]:
            state = self.block(stmt.body)
            self.values.update(zip(params, state, strict=True))
        self.values.update(zip([c.result for c in stmt.carried], state, strict=True))

    def call(self, stmt: KernelCall) -> None:
        made = stmt.kernel.reference(*[self.item(x) for x in stmt.inputs])
        for output, value in zip(stmt.outputs, made, strict=True):
            if isinstance(output, Var):
                self.values[output] = _scalar(value, output.type)
                continue
            array = np.array(value, dtype=DTYPES[output.elem], order="C")
            lanes = (LANES,) if output.elem is VEC else ()
            if array.shape != (*self.shape(output), *lanes):
                raise InternalError(f"{stmt.kernel!r} gave shape {array.shape}", stmt.span)
            self.buffers[output] = array


def apply(primitive: Primitive, args: Sequence[Value], type: Type) -> Value:
    """One primitive on scalars."""
    if primitive.name == "select":
        return args[1] if args[0] else args[2]
    plain = PLAIN.get(primitive.reference)
    if plain is not None and type is not VEC:
        return _wrapped(plain(*args)) if type is I64 else plain(*args)
    return _scalar(primitive.reference(*args), type)


def _wrapped(value: int) -> int:
    """An integer as 64 bits hold it."""
    return (value + 2**63) % 2**64 - 2**63 if abs(value) >= 2**63 else value


def _scalar(value: Any, type: Type) -> Value:
    if type is VEC:
        return np.array(value, dtype=np.float64)
    if type is F64:
        return float(value)
    return int(value) if type is I64 else bool(value)
