"""What names stand for while an objective is evaluated in stages.

A value is *known now* when it is an ordinary Python object: a number, a string, None, a tuple, a
`numpy.ndarray`, a module, a Python function of NumPy.  Everything else is *known later* and is one of
the classes below: it stands for something that the compiled objective will compute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Union

import numpy as np

from adfun.diagnostics.errors import Diagnostic
from adfun.frontend.recipes import Recipe
from adfun.frontend.refs import Ref, target
from adfun.ir.nodes import Buffer, Const, Index, Operand
from adfun.ir.types import Type
from adfun.records import dataclass

Value = Any
"""Anything a name can stand for: known now, or an instance of one of these classes."""


class Scalar:
    """A run-time number or truth value: one SSA operand."""

    __slots__ = ("operand", "recipe")

    def __init__(self, operand: Operand, recipe: Recipe | None = None) -> None:
        self.operand = operand
        self.recipe = recipe
        """How NumPy computes it from the data alone, when it can."""

    @property
    def type(self) -> Type:
        return self.operand.type

    def __repr__(self) -> str:
        return f"Scalar({self.operand!r})"


@dataclass(frozen=True, slots=True)
class Computed:
    """Elements given by a function from index to operand, which emits where it is called.

    Only for temporaries: an array that gets a name, or is put into a container, is forced first,
    so that nothing it reads can change in between.  `cost` is in additions, roughly: an element that
    costs more is stored before a loop that would compute it several times.
    """

    at: Callable[[Index], Operand]
    cost: int = 4
    same: Operand | None = None
    """What every element equals, when that is known."""


@dataclass(frozen=True, slots=True)
class Buffered:
    """Elements that lie in a buffer of the same shape."""

    buffer: Buffer


@dataclass(frozen=True, slots=True)
class Elements:
    """A small array of compile-time shape, one operand per element in C order."""

    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Alias:
    """A view: elements of `base` at the index `locate` gives; writing goes through to the base.

    `locate` returns an index of the base's rank, or one row-major position.
    """

    base: Array
    locate: Callable[[Index], Index]
    transposed: bool = False
    """Whether it is the transpose of a whole matrix."""


Source = Union[Computed, Buffered, Elements, Alias]


MOST_AXES = 64


class TooManyAxes(ValueError):
    """An array of more axes than NumPy knows."""


LARGEST = 1 << 36
"""Elements of an array: half a terabyte of floats."""


class TooLarge(ValueError):
    """An array that no memory holds, with the number of its elements."""


class Array:
    """A run-time array.  `shape` holds i64 operands: constants where the size is known now.

    The source of an array changes when it is first written to (an immutable buffer, or scalars, become a
    mutable buffer); its views refer to the array and see that.
    """

    __slots__ = ("_recipe", "elem", "shape", "source", "touched")

    def __init__(
        self, elem: Type, shape: tuple[Operand, ...], source: Source, recipe: Recipe | None = None
    ) -> None:
        if len(shape) > MOST_AXES:
            raise TooManyAxes
        known = 1
        for size in shape:
            if isinstance(size, Const):
                known *= int(size.value)
        if known > LARGEST:
            raise TooLarge(known)
        self.elem = elem
        self.shape = shape
        self.source: Source = source
        self.touched = False
        """Whether anything was stored in place: then its recipe no longer holds."""
        self._recipe = recipe

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def root(self) -> Array:
        """The array whose elements these are: itself, or the base of a view."""
        return self.source.base if isinstance(self.source, Alias) else self

    @property
    def recipe(self) -> Recipe | None:
        """How NumPy computes it from the data alone, when it can."""
        return None if self.root.touched else self._recipe

    @recipe.setter
    def recipe(self, recipe: Recipe | None) -> None:
        self._recipe = recipe

    def sizes(self) -> tuple[int, ...] | None:
        """The shape as ints, when all of it is known now."""
        known = tuple(s.value for s in self.shape if isinstance(s, Const))
        return tuple(int(k) for k in known) if len(known) == len(self.shape) else None

    def __repr__(self) -> str:
        return f"Array({self.elem!r}, {self.shape!r})"


class ListValue:
    """A Python list or deque (or the state of one) whose length is known now."""

    __slots__ = ("items", "most", "steady")

    def __init__(self, items: list[Value], *, steady: bool = False, most: int | None = None) -> None:
        self.items = items
        self.steady = steady
        """Whether loops leave its length as it is: what they add they also take away."""
        self.most = most
        """The length of a deque that drops items beyond it."""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """How the items of a list are taken apart into columns."""

    spec: Any
    table: Callable[[Any, list[Array]], Array] | None
    """What `np.array` makes of the columns; None where the items make no array."""


Token = Union[tuple[object, object, object], None]
"""A loop: its syntax, the names of the call, and which of its runs it is."""


class RunList:
    """A list whose length is known later; all items have one form.

    `columns` are mutable arrays of shape (capacity, *shape), one for every number and array that an item is
    made of; `form` tells how, None where the items are the rows of one column; `count` how many there are.
    """

    __slots__ = ("columns", "count", "form", "room_for")

    def __init__(
        self,
        columns: tuple[Array, ...],
        count: Operand,
        room_for: Token = None,
        form: Form | None = None,
    ) -> None:
        self.columns = columns
        self.count = count
        self.form = form
        self.room_for = room_for
        """The loop whose appends there is room for."""


class DictValue:
    """A dict with keys known now."""

    __slots__ = ("factory", "items")

    def __init__(self, items: dict[Any, Value], factory: Value = None) -> None:
        self.items = items
        self.factory = factory
        """The function that makes the value of a missing key; `collections.Counter` of a counter."""


class Instance(DictValue):
    """An object of a class of the user's: its attributes by name."""

    __slots__ = ("cls",)

    def __init__(self, items: dict[Any, Value], cls: Any) -> None:
        super().__init__(items)
        self.cls = cls


@dataclass(frozen=True, slots=True)
class RangeValue:
    """`range(start, stop, step)` with run-time bounds; the step is known now."""

    start: Operand
    stop: Operand
    step: int
    recipe: Recipe | None = None
    """How Python computes it from the data alone, when it can."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A run-time number of things to iterate over: one for every position in start .. stop - 1."""

    start: Operand
    stop: Operand
    item: Callable[[Operand], Value]
    known: Callable[[], list[Value]] | None = None
    """All items, for code that has to know them: there when their number depends on the data alone."""


class Cursor:
    """An iterator: items, and how many of them have been taken."""

    __slots__ = ("items", "position")

    def __init__(self, items: list[Value] | Sequence, position: Value) -> None:
        self.items = items
        self.position = position


@dataclass(frozen=True, slots=True)
class Method:
    """A bound method of a staged value, such as `x.sum`."""

    owner: Value
    name: str


@dataclass(frozen=True, slots=True)
class Spread:
    """`*array` in a call: as many arguments as the function still takes."""

    value: Value


@dataclass(frozen=True, slots=True, eq=False)
class Frozen:
    """A distribution with its parameters given: `stats.norm(mu, sigma)`."""

    distribution: str
    args: tuple[Value, ...]
    kwargs: dict[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Foreign:
    """An object of NumPy's or SciPy's that is made when data are bound, of them alone: a complex array ..."""

    recipe: Recipe
    example: Any
    """What it is for the data at hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """`functools.partial(function, *args, **kwargs)`."""

    function: Value
    args: tuple[Value, ...]
    kwargs: dict[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Vectorized:
    """`np.vectorize(function)`: the function for every element."""

    function: Value


class Undefined:
    """What a name stands for that has no value, or values that cannot be one; reading it is an error."""

    __slots__ = ("cause", "name", "pending", "reason", "what")

    def __init__(
        self,
        name: str,
        reason: str = "",
        cause: Diagnostic | None = None,
        *,
        pending: bool = False,
        what: str = "",
    ) -> None:
        self.name = name
        self.reason = reason
        self.what = what
        """In which respect its values cannot be one."""
        self.cause = cause
        """What was wrong where the name should have got its value, when that is known."""
        self.pending = pending
        """Whether the loop under evaluation may give it a value: only at run time is reading it an error."""


class Maybe:
    """What a name stands for that was assigned on some paths only: a value if `bound` holds.

    Otherwise it has no value, or it is None.
    """

    __slots__ = ("bound", "none", "value")

    def __init__(self, value: Value, bound: Operand, none: bool = False) -> None:
        self.value = value
        self.bound = bound
        self.none = none


KNOWN_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)


_STAGED = (
    Scalar,
    Array,
    RunList,
    RangeValue,
    Sequence,
    Cursor,
    Method,
    Undefined,
    Maybe,
    Spread,
    Frozen,
    Foreign,
    Partial,
    Vectorized,
)


def is_known(value: Value) -> bool:
    """Whether a value is known now, all the way down."""
    if isinstance(value, _STAGED):
        return False
    if isinstance(value, (ListValue, DictValue)):
        inside = value.items
        return all(is_known(v) for v in (inside.values() if isinstance(inside, dict) else inside))
    if isinstance(value, (tuple, list)):
        return all(is_known(v) for v in value)
    if isinstance(value, dict):
        return all(is_known(v) for v in value.values())
    if isinstance(value, slice):
        return is_known((value.start, value.stop, value.step))
    return True


def as_python(value: Value) -> Any:
    """The ordinary Python object of a known value (staged lists and dicts become plain ones)."""
    if isinstance(value, Ref):
        return target(value)
    if isinstance(value, ListValue):
        return [as_python(v) for v in value.items]
    if isinstance(value, DictValue):
        return {k: as_python(v) for k, v in value.items.items()}
    if isinstance(value, tuple):
        if hasattr(value, "_fields"):
            return value
        return tuple(as_python(v) for v in value)
    return value
