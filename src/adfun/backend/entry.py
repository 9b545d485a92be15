"""What goes into the backend and what comes out: plain data, no other stage's types."""

from __future__ import annotations

from adfun.diagnostics.spans import Span
from adfun.ir.nodes import Buffer, Error, Function, Input, Var
from adfun.ir.types import Type
from adfun.records import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A value that `prepare` leaves behind for `call`: `source` there is the input `target` here."""

    name: str
    source: Buffer | Var
    target: Input


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One function of a module, split by time: `prepare` sees data only, `call` everything.

    name    "fn", "gr", "hvp", "he", "report": part of the exported symbols
    slots   in order of the state; each target is an input of `call` with role "prepared"
    unit    whether its directions are the parameters themselves, in their order here
    point   what is done once for all calls with the same parameters; it sees no directions
    behind  the slots that it leaves, after the others
    versions   the same for inputs with one size that is known: the first whose size is there is run
    """

    name: str
    prepare: Function
    call: Function
    slots: tuple[Slot, ...] = ()
    unit: bool = False
    point: Function | None = None
    behind: tuple[Slot, ...] = ()
    versions: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A function for inputs of which one size, a variable of the general form, has a known length."""

    size: Var
    length: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class FunctionLayout:
    """The outputs and the private storage of one exported function.

    values     doubles per yield, in order, in the array `value`: 1, or LANES for a vec
    gradients  the arrays that follow each other in `gradient`, as doubles per parameter: an
               array of width w has w * len(x) doubles.  Gradient input number k belongs to
               array k // len(params) and parameter k % len(params).
    slots      length of the state
    growable   slots of `workspace.grow` that are used: 0 .. growable - 1
    unit       whether direction k is that of parameter k, in the order of `Layout.params`; then only
               the derivatives of parameters from k on are there
    """

    name: str
    values: tuple[int, ...]
    gradients: tuple[int, ...]
    slots: int
    growable: int
    unit: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How to fill `adfun_inputs`, the same for every function of the module.

    params    names in order of `offsets`; `offsets` has one more entry, the length of x
    data      names in order of the array `data`
    sizes     `ints` starts with these: axis of the named input
    integers  `ints` goes on with these data scalars (i64 and b1)
    reals     names in order of `reals`
    reports   names in order of the numbers that `workspace.report` gets
    """

    params: tuple[str, ...]
    data: tuple[str, ...]
    sizes: tuple[tuple[str, int], ...]
    integers: tuple[str, ...]
    reals: tuple[str, ...]
    reports: tuple[str, ...]
    functions: tuple[FunctionLayout, ...]


Failure = tuple[Error, tuple[Type, ...], Span]
"""A check that may fail: what it raises, the types of its arguments in `workspace.error`, and where."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """A module's C++ text and what its caller must know.

    checks   number k of a function's return value is checks[k - 1]
    headers  the files of cpp/include/adfun that the text includes
    """

    text: str
    checks: tuple[Failure, ...]
    layout: Layout
    headers: tuple[str, ...]
