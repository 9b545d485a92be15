"""What the compiler hands to the object that the user holds, and its form on disk."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn, Protocol, get_args

import adfun._core as _core
from adfun.backend.entry import FunctionLayout, Layout
from adfun.binding import Described, LeafValue, Signature
from adfun.diagnostics.runtime import runtime_error
from adfun.diagnostics.spans import NOWHERE, Source, Span
from adfun.ir.nodes import Error
from adfun.ir.types import Shapes, Type
from adfun.locks import Lock
from adfun.records import asdict, dataclass

Order = Literal["gr", "hvp", "he", "report"]
"""The modules of an objective; "gr" holds fn and gr."""

ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True, slots=True)
class Failure:
    """A run-time check: what it raises, the types of its arguments, and the user's line."""

    error: Error
    types: tuple[Type, ...]
    span: Span

    def throw(self, slots: tuple[int, ...]) -> NoReturn:
        """Raise it; `slots` holds the arguments as the 64 bits that the module left."""
        args = [_from_bits(bits, type) for bits, type in zip(slots, self.types, strict=False)]
        raise runtime_error(self.error.kind, self.error.message, args, self.span)


def _from_bits(bits: int, type: Type) -> float | int | bool:
    if type is Type.F64:
        number: float = struct.unpack("d", struct.pack("q", bits))[0]
        return number
    return bool(bits) if type is Type.B1 else bits


class Hidden(Protocol):
    """A data input that NumPy computes from the data when they are bound."""

    @property
    def name(self) -> str: ...

    @property
    def elem(self) -> Type: ...

    @property
    def shape(self) -> tuple[int | None, ...]:
        """What the module was compiled for: () for a scalar, None for a size that data decide."""
        ...

    def evaluate(self, leaves: Mapping[str, LeafValue]) -> Any: ...


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One loaded module of an objective.

    text     gives the C++ text
    hit      whether the module was found rather than compiled
    found    how, in words
    seconds  spent on making it: front end, passes and C++ compiler
    lapack   whether it calls SciPy's routines
    record   what leads to it, if that can be written down
    """

    layout: Layout
    failures: tuple[Failure, ...]
    library: _core.Library
    text: Callable[[], str]
    hidden: tuple[Hidden, ...] = ()
    hit: bool = False
    seconds: float = 0.0
    lapack: bool = False
    record: Record | None = None
    found: str = "found in the cache"

    def function(self, name: str) -> FunctionLayout:
        """The layout of one of its functions."""
        return next(f for f in self.layout.functions if f.name == name)

    def fail(self, number: int, slots: tuple[int, int, int, int]) -> NoReturn:
        """Raise what check `number` stands for."""
        self.failures[number - 1].throw(slots)


class Program(Protocol):
    """A compiled objective without data; `Parts` keeps the modules it makes."""

    @property
    def name(self) -> str: ...

    @property
    def signature(self) -> Signature: ...

    @property
    def digest(self) -> str:
        """Of the source, the signature and the target: equal for programs that compute the same."""
        ...

    def part(self, order: Order, shapes: Shapes | None = None) -> Part:
        """Make a module, good for any shapes of the parameters or for these; from one thread at a time."""
        ...

    def describe_data(self, data: Mapping[str, Any]) -> dict[str, Described]:
        """Other data of this objective, in the order of its arguments; ArgumentError for wrong names."""
        ...

    def fits(self, data: Mapping[str, Described], params: Mapping[str, Described]) -> bool:
        """Whether other arguments of this signature are as the program takes for granted."""
        ...

    def anew(self, data: Mapping[str, Described], params: Mapping[str, Described]) -> Program:
        """The program for arguments of this signature that this one does not fit."""
        ...

    def export(self, out: Path, parts: Mapping[Order, Part]) -> Path:
        """Write modules that it made into a new directory inside `out`; returns that."""
        ...

    def pickled(
        self, data: Mapping[str, Described], params: Mapping[str, Described], threads: int
    ) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """How pickle makes an object of this program and these arguments: a function and its arguments."""
        ...


KEPT = 8
"""So many variants of a program are remembered."""


class Parts:
    """The modules of a program, each made when it is first asked for; shared by the objects made of it."""

    __slots__ = ("__weakref__", "_kin", "_lock", "_made", "program")

    def __init__(self, program: Program, kin: list[Parts] | None = None) -> None:
        self.program = program
        self._kin = [self] if kin is None else kin
        """All that were made for arguments of the same signature."""
        self._made: dict[tuple[Order, Hashable], Part] = {}
        self._lock = Lock()

    def fitting(self, data: Mapping[str, Described], params: Mapping[str, Described]) -> Parts:
        """The modules for other arguments of this signature: these, unless they assume something else."""
        for parts in (self, *self._kin):
            if parts.program.fits(data, params):
                return parts
        made = Parts(self.program.anew(data, params), self._kin)
        made.get("gr")  # what it assumes is known from here on
        self._kin[:] = [*self._kin[-KEPT:], made]
        return made

    def get(self, order: Order, shapes: Shapes | None = None) -> Part:
        """The module of an order, from any thread; it may be good for parameters of these shapes only."""
        key = order, None if shapes is None else frozenset(shapes.items())
        with self._lock:
            if key not in self._made:
                self._made[key] = self.program.part(order, shapes)
            return self._made[key]

    def made(self) -> list[Part]:
        """The modules so far."""
        return list(self._made.values())


# -- on disk ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """What leads from a source and a signature to a module in the cache.

    key    of the module
    extra  whatever else the compiler wants to find again, as JSON values
    """

    key: str
    layout: Layout
    failures: tuple[Failure, ...]
    lapack: bool = False
    extra: Any = None

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "key": self.key,
            "layout": asdict(self.layout),
            "failures": [_plain_failure(f) for f in self.failures],
            "lapack": self.lapack,
            "extra": self.extra,
        }

    @staticmethod
    def from_plain(plain: Any) -> Record:
        """What `plain` wrote; ValueError, KeyError, TypeError or AttributeError for anything else."""
        failures = tuple(_failure(f) for f in plain["failures"])
        return Record(plain["key"], _layout(plain["layout"]), failures, plain["lapack"], plain["extra"])

    def encode(self) -> bytes:
        """As JSON text."""
        return json.dumps(self.plain(), separators=(",", ":")).encode()

    @staticmethod
    def decode(content: bytes) -> Record | None:
        """The record that a JSON text holds; None if it holds anything else."""
        try:
            return Record.from_plain(json.loads(content))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None


def _plain_failure(failure: Failure) -> list[Any]:
    """With the one line of source that its message shows."""
    span, source = failure.span, failure.span.source
    place = [] if span is NOWHERE else [span.line, span.column, span.end_line, span.end_column]
    line = [source.name, source.line(span.line)] if place else []
    return [failure.error.kind, failure.error.message, [t.value for t in failure.types], place, line]


def _failure(plain: Any) -> Failure:
    kind, message, types, place, line = plain
    span = Span(Source(line[0], line[1], first_line=place[0]), *place) if place else NOWHERE
    return Failure(Error(kind, message), tuple(Type(t) for t in types), span)


def _layout(plain: Any) -> Layout:
    functions = tuple(
        FunctionLayout(
            f["name"], tuple(f["values"]), tuple(f["gradients"]), f["slots"], f["growable"], f["unit"]
        )
        for f in plain["functions"]
    )
    return Layout(
        tuple(plain["params"]),
        tuple(plain["data"]),
        tuple((name, axis) for name, axis in plain["sizes"]),
        tuple(plain["integers"]),
        tuple(plain["reals"]),
        tuple(plain["reports"]),
        functions,
    )
