"""The intermediate representation: small, typed, structured, shape-polymorphic.

    Function  := name, inputs: Input*, body: Block            yields are the scalar results
    Input     := name, role, item: Var | Buffer
    Block     := Stmt*, yields: Operand*
    Operand   := Var | Const
    Buffer    := elem: Type, shape: Operand(i64)*, storage: input | built | alloc | growable

    Stmt :=
      Let    var = primitive(operand*)
      Load   var = buffer[index*]
      Build  buffer[i, j, ...] = block(i, j, ...)             every element once, in any order
      Alloc  buffer, zeroed or not
      Store  buffer[index*] = operand
      Accum  buffer[index*] += operand
      Grow   buffer, to hold at least n elements              growable buffers only (tapes)
      For    index in start..stop, carried*, body             body yields the next carried values
      While  carried*, cond, body                             cond yields one b1
      If     cond, then, orelse, results                      each arm yields the results
      Check  cond else error(args*)
      Call   outputs = kernel(inputs*)
      Report name, shape, buffer | operand                    hands a named intermediate to the caller

Rules.  A `Var` is assigned once and is visible in the rest of its block and the blocks inside.
`index` has the buffer's rank, or length one: then it is the row-major position.  Reading a
`built` or `input` buffer is pure; stores to a `built` one stand in one block, before all loads.
An `alloc` buffer is stored to before it is read, unless it is zeroed.  A buffer lives to the end
of the block that made it.  For a `growable` buffer of shape (n,) the shape is a hint; `Grow`
decides.  Loop bounds are evaluated once; the step is +1; an empty range runs no iteration.
Checks may fail in any order.  Every statement has a span.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Union

from adfun.diagnostics.spans import Span
from adfun.ir.rows import Kernel, Primitive
from adfun.ir.types import B1, F64, I64, Type
from adfun.records import dataclass


class Var:
    """One SSA value.  Identity is the name; `hint` only helps a reader of printed IR."""

    __slots__ = ("hint", "type")

    def __init__(self, type: Type, hint: str = "") -> None:
        self.type = type
        self.hint = hint

    def __repr__(self) -> str:
        return f"%{self.hint or 'v'}:{self.type.value}"


class Const:
    """A literal.  Interned: equal constants are the same object (0.0 and -0.0 are not equal)."""

    __slots__ = ("type", "value")
    value: float | int | bool
    type: Type

    def __repr__(self) -> str:
        return f"{self.value}"


Operand = Union[Var, Const]
Index = tuple[Operand, ...]

_interned: dict[tuple[Type, object], Const] = {}


def _intern(type: Type, key: object, value: float | int | bool) -> Const:
    found = _interned.get((type, key))
    if found is None:
        found = Const()
        found.type, found.value = type, value
        found = _interned.setdefault((type, key), found)
    return found


def f64(value: float) -> Const:
    """The constant of type f64."""
    value = float(value)
    return _intern(F64, value.hex(), value)


def i64(value: int) -> Const:
    """The constant of type i64."""
    return _intern(I64, int(value), int(value))


def b1(value: bool) -> Const:
    """The constant of type b1."""
    return _intern(B1, bool(value), bool(value))


def constant(value: float | int | bool, type: Type) -> Const:
    """The constant of the given scalar type."""
    if type is F64:
        return f64(value)
    return i64(int(value)) if type is I64 else b1(bool(value))


Storage = Literal["input", "built", "alloc", "growable", "output"]


class Buffer:
    """Row-major storage of one element type; identity is the name.

    `output` buffers belong to the caller, arrive zeroed (see `Input`) and may be stored and accumulated to.
    """

    __slots__ = ("elem", "hint", "shape", "storage")

    def __init__(self, elem: Type, shape: Index, storage: Storage, hint: str = "") -> None:
        self.elem = elem
        self.shape = shape
        self.storage: Storage = storage
        self.hint = hint

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def immutable(self) -> bool:
        return self.storage in ("input", "built")

    def __repr__(self) -> str:
        return f"@{self.hint or 'b'}"


@dataclass(frozen=True, slots=True)
class Error:
    """What a failed check becomes: an exception of this kind; {0}, {1} ... are the check's args."""

    kind: str
    """`IndexError`, `ValueError`, `LinAlgError`, `AssertionError`, `ZeroDivisionError` ..."""
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    stmts: tuple[Stmt, ...]
    yields: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Let:
    var: Var
    op: Primitive
    args: tuple[Operand, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    var: Var
    buffer: Buffer
    index: Index
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Build:
    buffer: Buffer
    indices: tuple[Var, ...]
    body: Block
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Alloc:
    buffer: Buffer
    zero: bool
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    buffer: Buffer
    index: Index
    value: Operand
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Accum:
    buffer: Buffer
    index: Index
    value: Operand
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Grow:
    buffer: Buffer
    size: Operand
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """A value handed from iteration to iteration: `param` inside, `result` after the loop."""

    param: Var
    init: Operand
    result: Var


@dataclass(frozen=True, slots=True, eq=False)
class For:
    index: Var
    start: Operand
    stop: Operand
    carried: tuple[Carried, ...]
    body: Block
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class While:
    carried: tuple[Carried, ...]
    cond: Block
    body: Block
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class If:
    cond: Operand
    then: Block
    orelse: Block
    results: tuple[Var, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    cond: Operand
    error: Error
    args: tuple[Operand, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class KernelCall:
    kernel: Kernel
    inputs: tuple[Buffer | Operand, ...]
    outputs: tuple[Buffer | Var, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    name: str
    value: Buffer | Operand
    span: Span


Stmt = Union[Let, Load, Build, Alloc, Store, Accum, Grow, For, While, If, Check, KernelCall, Report]

BLOCK = ("first", "stop")
"""The two inputs of role `block` that a parameter may have."""
Role = Literal["param", "data", "seed", "block", "gradient", "output", "prepared"]


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """What the caller hands over: a scalar, or a buffer whose `Var` dimensions come with it.

    role  param: differentiate by it; data: bound once; seed: a direction; block: which rows of a param the
          directions belong to, `first_` and `stop_` with its name; gradient, output: buffers that the
          function fills; prepared: what `prepare` left behind for `call`
    zeroed  whether a buffer to be filled arrives with zeros: otherwise all of it is stored
    """

    name: str
    role: Role
    item: Var | Buffer
    zeroed: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    name: str
    inputs: tuple[Input, ...]
    body: Block

    def dimensions(self) -> Iterator[Var]:
        """The size variables that the inputs bring along, each once, in order."""
        seen: set[Var] = set()
        for entry in self.inputs:
            if isinstance(entry.item, Buffer):
                for size in entry.item.shape:
                    if isinstance(size, Var) and size not in seen:
                        seen.add(size)
                        yield size
