"""The form of a value that differs between paths or iterations, and how it gets across the border.

At the end of an `if`, and from one iteration to the next, a name has one value that came from
different places.  Its `Spec` says how that value travels: numbers and small arrays as SSA operands,
larger arrays in a buffer made outside, containers part by part.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, Union

import numpy as np

from adfun.frontend.arrays import core
from adfun.frontend.stage import Stage
from adfun.frontend.values import (
    KNOWN_NUMBERS,
    Array,
    Buffered,
    Cursor,
    DictValue,
    Elements,
    Frozen,
    Instance,
    ListValue,
    Maybe,
    RunList,
    Scalar,
    Undefined,
    Value,
)
from adfun.ir.nodes import Buffer, Const, Error, Operand, Var, b1, constant, i64
from adfun.ir.types import B1, F64, Type
from adfun.primitives import arithmetic as a
from adfun.records import dataclass, replace

DIFFERS = Error(
    "ValueError",
    "an array has length {0} on one path or in one iteration, and {1} in another: it must keep its shape",
)


@dataclass(frozen=True, slots=True)
class Num:
    """A number: one operand."""

    type: Type


@dataclass(frozen=True, slots=True)
class Small:
    """An array of compile-time shape: one operand per element."""

    type: Type
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Big:
    """An array in a buffer of this shape."""

    type: Type
    shape: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A tuple, or a list of known length."""

    is_list: bool
    parts: tuple[Spec, ...]
    steady: bool = False
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """A dict with known keys."""

    keys: tuple[Any, ...]
    parts: tuple[Spec, ...]
    cls: Any = None
    """The class, when it is an instance of one; the name of a distribution, when these are its parameters."""
    factory: Any = None
    """What makes missing values, when there is such a function."""


@dataclass(frozen=True, slots=True, eq=False)
class Fixed:
    """Something that must be the same on every path: a string, a function, None."""

    value: Any


@dataclass(frozen=True, slots=True)
class Nothing:
    """No value on this path."""


@dataclass(frozen=True, slots=True)
class Perhaps:
    """A value on some paths only, on the others nothing, or None: a flag that tells, then the value."""

    part: Spec
    none: bool = False


@dataclass(frozen=True, slots=True)
class Clash:
    """Values that cannot be one.

    what  in which respect (`machine.CLASHES`)
    """

    reason: str
    what: str = "kind"


Spec = Union[Num, Small, Big, Items, Fields, Fixed, Nothing, Perhaps, Clash]


def spec_of(stage: Stage, value: Value) -> Spec:
    """The form of one value."""
    if isinstance(value, Undefined):
        return Nothing()
    if isinstance(value, Maybe):
        return perhaps(spec_of(stage, value.value), value.none)
    if isinstance(value, (Scalar, *KNOWN_NUMBERS)):
        return Num(core.operand(stage, value).type)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        value = core.from_numpy(stage, value)
    if isinstance(value, Array):
        sizes = value.sizes()
        if not value.rank:
            return Num(value.elem)
        if sizes is not None and math.prod(sizes) <= core.SMALL and _in_scalars(value):
            return Small(value.elem, sizes)
        return Big(value.elem, tuple(stage.size(s) for s in value.shape))
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return Items(False, tuple(spec_of(stage, v) for v in value))
    if isinstance(value, ListValue):
        return Items(True, tuple(spec_of(stage, v) for v in value.items), value.steady, value.most)
    if isinstance(value, Instance):
        return Fields(tuple(value.items), tuple(spec_of(stage, v) for v in value.items.values()), value.cls)
    if isinstance(value, (DictValue, Frozen)):
        fields = _fields(value)
        parts = tuple(spec_of(stage, v) for v in fields.values())
        if isinstance(value, Frozen):
            return Fields(tuple(fields), parts, value.distribution)
        return Fields(tuple(fields), parts, factory=value.factory)
    return Fixed(value)


def _fields(value: Value) -> dict[Any, Value]:
    """The parts of a dict, an object, or a distribution with its parameters, by key."""
    if isinstance(value, Frozen):
        return {**dict(enumerate(value.args)), **value.kwargs}
    return value.items if isinstance(value, DictValue) else {}


def _in_scalars(array: Array) -> bool:
    """Whether the elements are in scalars already, and not in a buffer that the user fills."""
    source = array.root.source
    return not (isinstance(source, Buffered) and not source.buffer.immutable)


def perhaps(spec: Spec, none: bool = False) -> Spec:
    """The form of a name that has a value of this form on some paths, and on the others nothing, or None."""
    if isinstance(spec, Perhaps) and spec.none != none:
        return Clash("it may be None and may have no value", "")
    return spec if isinstance(spec, (Nothing, Perhaps, Clash)) else Perhaps(spec, none)


def surely(spec: Spec) -> Spec:
    """The form of the value that a name has where it has one."""
    return spec.part if isinstance(spec, Perhaps) else spec


def join_names(stage: Stage, x: Spec, y: Spec) -> Spec:
    """The form of a name that has these on two paths: on one of them it may have no value."""
    if any(_may_be_none(spec) or _is_none(spec) for spec in (x, y)):
        return _join_none(stage, x, y)
    joined = join(stage, x, y)
    return perhaps(joined) if isinstance(x, Nothing) or isinstance(y, Nothing) else joined


def _may_be_none(spec: Spec) -> bool:
    return isinstance(spec, Perhaps) and spec.none


def _is_none(spec: Spec) -> bool:
    return isinstance(spec, Fixed) and spec.value is None


def _join_none(stage: Stage, x: Spec, y: Spec) -> Spec:
    """The form of a name that is None on one of two paths."""
    if _is_none(x) and _is_none(y):
        return x
    for one, other in ((x, y), (y, x)):
        if _is_none(one) and isinstance(other, Nothing):
            return perhaps(one)
        if _is_none(one):
            return perhaps(other, True) if isinstance(surely(other), (Num, Small, Big)) else join(stage, x, y)
    if Nothing() in (x, y):
        return Clash("it may be None and may have no value", "")
    return perhaps(join(stage, surely(x), surely(y)), True)


def join(stage: Stage, x: Spec, y: Spec) -> Spec:
    """The form that holds values of both; where one of them is nothing, it does not matter what arrives."""
    match x, y:
        case (Nothing(), _):
            return y
        case (_, Nothing()):
            return x
        case (Perhaps(), _) | (_, Perhaps()):
            none = _may_be_none(x) or _may_be_none(y)
            return perhaps(join(stage, surely(x), surely(y)), none)
        case (Num(), Num()):
            return Num(core.wider(x.type, y.type))
        case (Small(), Small()) if x.sizes == y.sizes:
            return Small(core.wider(x.type, y.type), x.sizes)
        case (Num(), Small() | Big()):
            return _retype(y, core.wider(x.type, y.type))
        case (Small() | Big(), Num()):
            return _retype(x, core.wider(x.type, y.type))
        case (Small() | Big(), Small() | Big()):
            return _join_arrays(stage, x, y)
        case (Items(), Items()) if _same_kind(x, y) and len(x.parts) == len(y.parts):
            parts = tuple(join_parts(stage, p, q) for p, q in zip(x.parts, y.parts, strict=True))
            return Items(x.is_list, parts, x.steady or y.steady, x.most)
        case (Fields(), Fields()) if x.keys == y.keys and x.cls == y.cls and x.factory == y.factory:
            parts = tuple(join_parts(stage, p, q) for p, q in zip(x.parts, y.parts, strict=True))
            return Fields(x.keys, parts, x.cls, x.factory)
        case (Fields(), Num() | Small() | Big() | Fixed()) if _holds_complex(x, y):
            return _join_complex(stage, x, y)
        case (Num() | Small() | Big() | Fixed(), Fields()) if _holds_complex(y, x):
            return _join_complex(stage, y, x)
        case (Fixed(), Fixed()) if x.value is y.value or _equal(x.value, y.value):
            return x
        case (Clash(), _):
            return x
        case (_, Clash()):
            return y
        case _:
            return Clash(f"it is {_name(x)} on one path and {_name(y)} on another")


def _holds_complex(spec: Fields, other: Spec) -> bool:
    """Whether a form is that of a complex number or array, and values of the other form are such numbers."""
    if not (spec.keys == ("re", "im") and getattr(spec.cls, "name", "") == "Complex"):
        return False
    return not isinstance(other, Fixed) or isinstance(other.value, complex)


def _join_complex(stage: Stage, spec: Fields, other: Spec) -> Spec:
    """The form of what is complex on one path, and real or a complex number known now on the other."""
    part = Num(F64) if isinstance(other, Fixed) else other
    return Fields(spec.keys, tuple(join(stage, p, part) for p in spec.parts), spec.cls)


def _same_kind(x: Items, y: Items) -> bool:
    return (x.is_list, x.most) == (y.is_list, y.most)


def join_parts(stage: Stage, x: Spec, y: Spec) -> Spec:
    """The form of a part, or of a result, which may be None on one of two paths."""
    none = Nothing() not in (x, y) and any(_may_be_none(spec) or _is_none(spec) for spec in (x, y))
    return _join_none(stage, x, y) if none else join(stage, x, y)


def _retype(spec: Small | Big, type: Type) -> Spec:
    return Small(type, spec.sizes) if isinstance(spec, Small) else Big(type, spec.shape)


def _shape(spec: Small | Big) -> tuple[Operand, ...]:
    return tuple(i64(n) for n in spec.sizes) if isinstance(spec, Small) else spec.shape


def _join_arrays(stage: Stage, x: Small | Big, y: Small | Big) -> Spec:
    one, two = _shape(x), _shape(y)
    if len(one) != len(two):
        return Clash(
            f"it is an array with {len(one)} axes on one path and with {len(two)} on another", "shape"
        )
    shape = []
    for p, q in zip(one, two, strict=True):
        p, q = stage.size(p), stage.size(q)
        if isinstance(p, Const) and isinstance(q, Const) and p is not q:
            return Clash(f"it is an array of length {p.value} on one path and {q.value} on another", "shape")
        shape.append(
            q if isinstance(q, Const) or (isinstance(p, Var) and not stage.builder.is_open(p)) else p
        )
    return Big(core.wider(x.type, y.type), tuple(shape))


def _equal(x: Any, y: Any) -> bool:
    return type(x) is type(y) and isinstance(x, (str, bytes, type(None), tuple, slice)) and bool(x == y)


def _name(spec: Spec) -> str:
    match spec:
        case Num():
            return "a number"
        case Small() | Big():
            return "an array"
        case Items():
            return ("a list" if spec.is_list else "a tuple") + f" of length {len(spec.parts)}"
        case Fields():
            return "a dict"
        case Fixed():
            if isinstance(spec.value, RunList):
                return "a list"
            return "None" if spec.value is None else f"{spec.value!r}"[:40]
        case _:
            return "nothing"


def types(spec: Spec) -> list[Type]:
    """The types of the operands that a value of this form travels in."""
    match spec:
        case Num():
            return [spec.type]
        case Small():
            return [spec.type] * math.prod(spec.sizes)
        case Items() | Fields():
            return [t for p in spec.parts for t in types(p)]
        case Perhaps():
            return [B1, *types(spec.part)]
        case _:
            return []


def make_buffers(stage: Stage, spec: Spec) -> list[Buffer]:
    """Buffers outside the border for the arrays of this form."""
    match spec:
        case Big():
            return [stage.builder.alloc(spec.type, spec.shape, zero=True)]
        case Items() | Fields():
            return [b for p in spec.parts for b in make_buffers(stage, p)]
        case Perhaps():
            return make_buffers(stage, spec.part)
        case _:
            return []


def usable(stage: Stage, spec: Spec) -> bool:
    """Whether the sizes of all arrays of this form are known where we are."""
    match spec:
        case Big():
            return all(stage.builder.is_open(s) for s in spec.shape if isinstance(s, Var))
        case Items() | Fields():
            return all(usable(stage, p) for p in spec.parts)
        case Perhaps():
            return usable(stage, spec.part)
        case _:
            return True


def lasts(spec: Spec) -> bool:
    """Whether a form holds values, none of which is an object that another evaluation makes anew."""
    match spec:
        case Items() | Fields():
            return all(map(lasts, spec.parts))
        case Perhaps():
            return lasts(spec.part)
        case Fixed():
            return isinstance(spec.value, (str, bytes, type(None)))
        case _:
            return not isinstance(spec, Clash)


def outside(stage: Stage, spec: Spec, at: Mapping[Operand, Operand]) -> Spec:
    """The same form with sizes that are known where the current region began."""
    match spec:
        case Big():
            shape = [stage.outside(s, at) for s in spec.shape]
            if any(s is None for s in shape):
                return Clash("its size is only known inside the loop or branch", "size")
            return Big(spec.type, tuple(s for s in shape if s is not None))
        case Items():
            return replace(spec, parts=tuple(outside(stage, p, at) for p in spec.parts))
        case Fields():
            return replace(spec, parts=tuple(outside(stage, p, at) for p in spec.parts))
        case Perhaps():
            return perhaps(outside(stage, spec.part, at), spec.none)
        case _:
            return spec


def put(stage: Stage, spec: Spec, value: Value, buffers: Iterator[Buffer]) -> list[Operand]:
    """Send a value across: its operands; arrays are copied to the buffers."""
    if isinstance(value, Maybe) and not isinstance(spec, Perhaps):
        value = value.value
    match spec:
        case Perhaps():
            absent = value is None or isinstance(value, Undefined)
            bound = value.bound if isinstance(value, Maybe) else b1(not absent)
            value = Undefined("") if value is None else value
            return [bound, *put(stage, spec.part, value, buffers)]
        case Num():
            return [_number(stage, spec.type, value)]
        case Small():
            if isinstance(value, Undefined):
                return [constant(0, spec.type)] * math.prod(spec.sizes)
            array = core.broadcast_to(stage, core.as_array(stage, value), _shape(spec))
            return [stage.convert(o, spec.type) for o in core.elements(stage, array)]
        case Big():
            _copy(stage, spec, value, next(buffers))
            return []
        case Items():
            values = parts_of(spec, value)
            return [o for p, v in zip(spec.parts, values, strict=True) for o in put(stage, p, v, buffers)]
        case Fields():
            values = parts_of(spec, value)
            return [o for p, v in zip(spec.parts, values, strict=True) for o in put(stage, p, v, buffers)]
        case _:
            return []


def _number(stage: Stage, type: Type, value: Value) -> Operand:
    if isinstance(value, Undefined):
        return constant(0, type)
    return stage.convert(core.operand(stage, value), type)


def parts_of(spec: Items | Fields, value: Value) -> list[Value]:
    """The parts of a value of this form, in its order."""
    if isinstance(spec, Fields):
        given = _fields(value)
        if not given and spec.keys == ("re", "im") and not isinstance(value, (DictValue, Undefined)):
            return [value.real, value.imag] if isinstance(value, complex) else [value, 0.0]
        return [given.get(k, Undefined(str(k))) for k in spec.keys]
    if isinstance(value, Undefined):
        return [value] * len(spec.parts)
    return list(value) if isinstance(value, tuple) else list(value.items)


def cells(value: Value) -> Iterator[Value]:
    """The lists, dicts and objects in a value."""
    if isinstance(value, (ListValue, DictValue)):
        yield value
    if isinstance(value, (ListValue, tuple)):
        for part in value if isinstance(value, tuple) else value.items:
            yield from cells(part)
    for part in _fields(value).values():
        yield from cells(part)


def _copy(stage: Stage, spec: Big, value: Value, buffer: Buffer) -> None:
    if isinstance(value, Undefined):
        return
    array = core.as_array(stage, value)
    if isinstance(array.source, Buffered) and array.source.buffer is buffer:
        return
    for have, want in zip(array.shape[-len(spec.shape) :] if array.rank else (), spec.shape, strict=False):
        _same_size(stage, have, want)
    core.fill(stage, buffer, core.broadcast_to(stage, array, spec.shape), spec.type, lambda index: index)


def _same_size(stage: Stage, have: Operand, want: Operand) -> None:
    have, want = stage.size(have), stage.size(want)
    if isinstance(have, Const) and isinstance(want, Const) and have is not want:
        stage.fail(
            "an array must keep its shape on every path and in every iteration",
            f"an axis has length {have.value} here and {want.value} there",
            remedy="make one of the largest shape before, and fill a part of it",
        )
    (x, more), (y, less) = apart(stage, have), apart(stage, want)
    if x is y and more != less:
        stage.fail(
            "an array must keep its shape on every path and in every iteration",
            f"an axis gets {'longer' if more > less else 'shorter'} here, by {abs(more - less)}",
            remedy="make one of the largest shape before, and fill a part of it; or append to a list",
        )
    core.common_size(stage, have, want, DIFFERS)


def apart(stage: Stage, size: Operand) -> tuple[Operand, int]:
    """A size as another one and a constant that is added to it; that it does not get below 0 is left out."""
    let = stage.builder.definition.get(size)
    if let is not None and let.op is a.imax and i64(0) in let.args:
        return apart(stage, next(x for x in let.args if x is not i64(0)))
    if let is not None and let.op in (a.iadd, a.isub):
        x, y = let.args
        if isinstance(y, Const):
            base, more = apart(stage, x)
            return base, more + (int(y.value) if let.op is a.iadd else -int(y.value))
        if isinstance(x, Const) and let.op is a.iadd:
            base, more = apart(stage, y)
            return base, more + int(x.value)
    return size, 0


def take(
    stage: Stage, spec: Spec, operands: Iterator[Operand], buffers: Iterator[Buffer], name: str
) -> Value:
    """The value on the other side of the border."""
    match spec:
        case Num():
            return core.wrap(next(operands))
        case Small():
            parts = tuple(next(operands) for _ in range(math.prod(spec.sizes)))
            return _born(stage, Array(spec.type, _shape(spec), Elements(parts)))
        case Big():
            array = Array(spec.type, spec.shape, Buffered(next(buffers)))
            array.touched = True
            return _born(stage, array)
        case Items():
            return of_items(stage, spec, [take(stage, p, operands, buffers, name) for p in spec.parts])
        case Fields():
            made = {
                k: take(stage, p, operands, buffers, name) for k, p in zip(spec.keys, spec.parts, strict=True)
            }
            return of_fields(stage, spec, made)
        case Fixed():
            return spec.value
        case Perhaps():
            bound = next(operands)
            return maybe(take(stage, spec.part, operands, buffers, name), bound, spec.none)
        case Nothing():
            return Undefined(name)
        case Clash():
            return Undefined(name, spec.reason, what=spec.what)


def of_items(stage: Stage, spec: Items, items: list[Value]) -> Value:
    """The tuple or list of these parts."""
    if not spec.is_list:
        return tuple(items)
    return _born(stage, ListValue(items, steady=spec.steady, most=spec.most))


def of_fields(stage: Stage, spec: Fields, made: dict[Any, Value]) -> Value:
    """The dict, object or distribution with these parts."""
    if isinstance(spec.cls, str):
        args = tuple(v for k, v in made.items() if isinstance(k, int))
        return Frozen(spec.cls, args, {k: v for k, v in made.items() if isinstance(k, str)})
    if spec.cls is None:
        return _born(stage, DictValue(made, spec.factory))
    return _born(stage, Instance(made, spec.cls))


def maybe(value: Value, bound: Operand, none: bool = False) -> Value:
    """A value that a name has if `bound` holds; otherwise it has none, or it is None."""
    return (
        value
        if isinstance(value, Undefined) or (isinstance(bound, Const) and bound.value)
        else Maybe(value, bound, none)
    )


def _born(stage: Stage, cell: Any) -> Any:
    stage.born(cell)
    return cell


# -- mutable values ---------------------------------------------------------------------------


def state_of(cell: Any) -> Value:
    """What a mutable value holds, as a value that can travel."""
    if isinstance(cell, ListValue):
        return tuple(cell.items)
    if isinstance(cell, DictValue):
        return DictValue(dict(cell.items))
    if isinstance(cell, RunList):
        return core.wrap(cell.count)
    if isinstance(cell, Cursor):
        return cell.position
    assert isinstance(cell, Array)
    return Array(cell.elem, cell.shape, cell.source)


def _refuse_change(stage: Stage, cell: Any, reason: str) -> NoReturn:
    what = "dict" if isinstance(cell, DictValue) else "list" if isinstance(cell, ListValue) else "value"
    stage.fail(
        f"a {what} must have the same form on every path and in every iteration",
        "its items differ in number, keys or kind at the end of this",
        reason=reason,
        remedy=f"make the {what} outside with all its items, or use an array",
    )


def set_state(stage: Stage, cell: Any, state: Value) -> None:
    """Make a mutable value hold what `state_of` returned, or what arrived of it."""
    if isinstance(state, Undefined):
        _refuse_change(stage, cell, state.reason)
    if isinstance(cell, ListValue):
        cell.items = list(state)
    elif isinstance(cell, DictValue):
        cell.items = dict(state.items)
    elif isinstance(cell, RunList):
        cell.count = core.operand(stage, state)
    elif isinstance(cell, Cursor):
        cell.position = state
    else:
        cell.source = state.source
