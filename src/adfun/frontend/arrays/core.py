"""Elements, shapes and broadcasting: what every array operation is made of."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NoReturn

import numpy as np

from adfun.frontend.arrays import assumptions, extent
from adfun.frontend.arrays.loops import loop_nest
from adfun.frontend.budget import MANY, put_together
from adfun.frontend.recipes import Known, Recipe, key_of, length_of
from adfun.frontend.stage import Stage
from adfun.frontend.values import (
    KNOWN_NUMBERS,
    Alias,
    Array,
    Buffered,
    Computed,
    DictValue,
    Elements,
    Foreign,
    Instance,
    ListValue,
    RangeValue,
    RunList,
    Scalar,
    Value,
)
from adfun.ir.nodes import Buffer, Const, Error, Index, Input, Operand, Var, b1, f64, i64
from adfun.ir.types import B1, F64, I64, Type
from adfun.primitives import arithmetic as a

SMALL = 16
"""Arrays of compile-time shape with at most so many elements are held in scalars."""

CHEAP = 4
"""Elements that cost at most so many additions are computed again where they are read again."""

ORDER = {B1: 0, I64: 1, F64: 2}


def wider(*types: Type) -> Type:
    """The type that NumPy promotes these to."""
    return max(types, key=lambda t: ORDER[t])


# -- scalars ----------------------------------------------------------------------------------


def literal(value: object) -> Const:
    """A known number as a constant operand; an int beyond 64 bits as a float."""
    if isinstance(value, (bool, np.bool_)):
        return b1(bool(value))
    if isinstance(value, (int, np.integer)):
        return f64(float(value)) if is_long(value) else i64(int(value))
    assert isinstance(value, (float, np.floating))
    return f64(float(value))


def is_long(value: object) -> bool:
    """Whether a value is a known int that 64 bits cannot hold."""
    return isinstance(value, int) and not -(2**63) <= value < 2**63


def wrap(operand: Operand) -> Value:
    """The value of an operand: a Python number when it is constant."""
    return operand.value if isinstance(operand, Const) else Scalar(operand)


def is_number(value: Value) -> bool:
    """Whether a value is one number: known, run-time, or an array of rank 0."""
    return (
        isinstance(value, (Scalar, *KNOWN_NUMBERS))
        or (isinstance(value, Array) and value.rank == 0)
        or (isinstance(value, np.ndarray) and value.ndim == 0)
    )


def operand(stage: Stage, value: Value, what: str = "this") -> Operand:
    """The operand of a number."""
    if isinstance(value, Scalar):
        return value.operand
    if isinstance(value, KNOWN_NUMBERS):
        return literal(value)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return literal(value[()])
    if isinstance(value, Array) and value.rank == 0:
        return at(stage, value, ())
    if isinstance(value, Array):
        return single(stage, value, what)
    stage.fail(f"{what} must be a number", f"this is {describe(value)}")


def single(stage: Stage, array: Array, what: str) -> Operand:
    """The one element of an array of size 1, as `float(x)` takes it."""
    zero = i64(0)
    for size in map(stage.size, array.shape):
        known = size.value if isinstance(size, Const) else stage.examples.get(size, 1)
        if known != 1:
            _refuse_several(stage, array, what)
        stage.check(stage.op(a.ieq, size, i64(1)), *_SEVERAL.get(what, _NOT_ONE))
    return at(stage, array, (zero,) * array.rank)


CONDITION = "a condition"

_NOT_ONE = "TypeError", "only length-1 arrays can be converted to Python scalars"
_SEVERAL = {
    CONDITION: (
        "ValueError",
        "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()",
    )
}


def _refuse_several(stage: Stage, array: Array, what: str) -> NoReturn:
    if what == CONDITION:
        stage.fail(
            "the truth value of an array with several elements is ambiguous",
            f"this is {describe(array)}",
            remedy="use np.any(...) or np.all(...)",
        )
    remedy = "make one number of it, with np.sum(...) for instance"
    stage.fail(f"{what} must be a number", f"this is {describe(array)}", remedy=remedy)


_WORDS = {str: "a string", tuple: "a tuple", dict: "a dict", DictValue: "a dict"}


def describe(value: Value) -> str:
    """A value in a few words, for an error."""
    if isinstance(value, (Array, np.ndarray)):
        rank = value.ndim if isinstance(value, np.ndarray) else value.rank
        return f"an array with {rank} axes" if rank != 1 else "an array with one axis"
    if isinstance(value, Scalar):
        return "a run-time number"
    if isinstance(value, (ListValue, RunList, list)):
        return "a list"
    if isinstance(value, complex) or (isinstance(value, Foreign) and np.iscomplexobj(value.example)):
        return "a complex number" if np.ndim(getattr(value, "example", 0)) == 0 else "a complex array"
    if isinstance(value, Instance):
        return "a complex number or array" if value.cls.name == "Complex" else f"a {value.cls.name}"
    if isinstance(value, Foreign):
        return f"of type {type(value.example).__name__}"
    if isinstance(value, (int, float, np.number)):
        return f"the number {value!r:.40}"
    if value is None or isinstance(value, (str, tuple, dict, DictValue)):
        return _WORDS.get(type(value), "None")
    return f"of type {type(value).__name__}"


# -- arrays -----------------------------------------------------------------------------------


def small(stage: Stage, elem: Type, shape: Sequence[Operand], operands: Sequence[Operand]) -> Array:
    """A new array of compile-time shape held in scalars."""
    array = Array(elem, tuple(shape), Elements(tuple(operands)))
    stage.born(array)
    return array


def stored(stage: Stage, buffer: Buffer, shape: Sequence[Operand] | None = None) -> Array:
    """A new array whose elements are in a buffer."""
    array = Array(buffer.elem, buffer.shape if shape is None else tuple(shape), Buffered(buffer))
    stage.born(array)
    return array


def computed(
    elem: Type, shape: Sequence[Operand], at_index: Callable[[Index], Operand], cost: int = 4
) -> Array:
    """A temporary whose elements a function emits."""
    return Array(elem, tuple(shape), Computed(at_index, cost))


def constant_array(elem: Type, shape: Sequence[Operand], value: Operand) -> Array:
    """An array all of whose elements are one operand of its type."""
    return Array(elem, tuple(shape), Computed(lambda index: value, 1, value))


def cost_of(array: Array) -> int:
    """What one element costs, in additions, roughly."""
    source = array.source
    if isinstance(source, Alias):
        return cost_of(source.base)
    return source.cost if isinstance(source, Computed) else 1


def as_array(stage: Stage, value: Value, what: str = "this") -> Array:
    """Any array-like value as an array; lists and tuples as `np.asarray` reads them."""
    if isinstance(value, Array):
        return value
    if isinstance(value, np.ndarray):
        return from_numpy(stage, value)
    if is_number(value):
        single_operand = operand(stage, value)
        return small(stage, single_operand.type, (), (single_operand,))
    if isinstance(value, (ListValue, tuple, list)):
        items = value.items if isinstance(value, ListValue) else value
        return from_items(stage, list(items))
    if isinstance(value, RunList):
        columns = [view(c, (value.count, *c.shape[1:]), lambda index: index) for c in value.columns]
        if value.form is None:
            if value.count is value.columns[0].shape[0]:
                columns[0].recipe = value.columns[0].recipe
            return columns[0]
        if value.form.table is not None:
            return value.form.table(stage, columns)
    if isinstance(value, (range, RangeValue)):
        return from_range(stage, value)
    if isinstance(value, np.generic):
        return from_numpy(stage, np.asarray(value))
    if isinstance(value, complex):
        _refuse_complex(stage, f"this is {value}")
    stage.fail(f"{what} must be an array", f"this is {describe(value)}")


def _refuse_complex(stage: Stage, label: str) -> NoReturn:
    stage.fail(
        "complex numbers are not supported",
        label,
        remedy="calculate with real and imaginary parts",
    )


def from_numpy(stage: Stage, values: np.ndarray) -> Array:
    """An array known at compile time: in constants when small, else one more data input."""
    if values.dtype.kind not in "biuf":
        if values.dtype.kind == "c":
            _refuse_complex(stage, "this array is")
        stage.fail("an array of numbers is needed here", f"this array holds {values.dtype}")
    elem = {"b": B1, "f": F64}.get(values.dtype.kind, I64)
    shape = tuple(i64(n) for n in values.shape)
    if values.size <= SMALL:
        array = small(stage, elem, shape, [literal(v) for v in values.ravel().tolist()])
    else:
        array = stored(stage, _constant(stage, values))
    array.recipe = Known(values)
    return array


def _constant(stage: Stage, values: np.ndarray) -> Buffer:
    """A data input that holds an array known at compile time."""
    key = (values.dtype.str, values.shape, values.tobytes())
    if key not in stage.constants:
        source = hidden(stage, Known(values), values).source
        assert isinstance(source, Buffered)
        stage.constants[key] = source.buffer
    return stage.constants[key]


def hidden(stage: Stage, recipe: Recipe, values: np.ndarray) -> Array:
    """A data input that a recipe gives at bind time, one for equal recipes; `values` are those of the data at
    hand."""
    key = key_of(recipe)
    if key in stage.bound_arrays:
        known = stage.bound_arrays[key]
        return Array(known.elem, known.shape, known.source, recipe)
    elem = {"b": B1, "f": F64}.get(values.dtype.kind, I64)
    name = f"bound{len(stage.hidden)}"
    fixed = isinstance(recipe, Known)
    shape = tuple(i64(n) if fixed or n == 1 else Var(I64, name) for n in values.shape)
    for axis, (size, n) in enumerate(zip(shape, values.shape, strict=True)):
        if isinstance(size, Var):
            stage.sizes.add(size)
            stage.examples[size] = n
            stage.origins[size] = length_of(recipe, axis)
    buffer = Buffer(elem, shape, "input", name)
    stage.hidden.append((recipe, Input(name, "data", buffer)))
    made = stage.bound_arrays[key] = Array(elem, shape, Buffered(buffer), recipe)
    return Array(elem, shape, made.source, recipe)


def from_items(stage: Stage, items: list[Value]) -> Array:
    """`np.array([...])` of numbers, arrays or nested lists of one shape."""
    if len(items) > MANY and (made := _of_many_numbers(stage, items)) is not None:
        return made
    put_together(stage, len(items))
    parts = [as_array(stage, item, "an item of the list") for item in items]
    if not parts:
        return small(stage, F64, (i64(0),), ())
    elem = wider(*(p.elem for p in parts))
    shape = parts[0].shape
    for part in parts[1:]:
        if part.rank != len(shape):
            stage.fail("the items of the list differ in shape", reason="an array needs rows of equal length")
        shape = tuple(common_size(stage, x, y) for x, y in zip(shape, part.shape, strict=True))
    sizes = Array(elem, shape, Elements(())).sizes()
    known = sizes is not None and all(part.sizes() is not None for part in parts)
    if known and sizes is not None and len(parts) * math.prod(sizes) <= 2 * SMALL:
        flat = [stage.convert(o, elem) for part in parts for o in elements(stage, part)]
        return small(stage, elem, (i64(len(parts)), *shape), flat)
    buffer = stage.builder.alloc(elem, (i64(len(parts)), *shape), zero=False)
    for row, part in enumerate(parts):
        fill(stage, buffer, part, elem, _in_row(row))
    return stored(stage, buffer)


def _of_many_numbers(stage: Stage, items: list[Value]) -> Array | None:
    """An array of numbers that are known, or all the same one: without a statement for each of them."""
    if not all(isinstance(v, (Scalar, *KNOWN_NUMBERS)) for v in items):
        return None
    operands = [operand(stage, v) for v in items]
    if all(o is operands[0] for o in operands):
        return constant_array(operands[0].type, (i64(len(items)),), operands[0])
    known = [o.value for o in operands if isinstance(o, Const)]
    dtype = _DTYPES[wider(*{o.type for o in operands})]
    return from_numpy(stage, np.array(known, dtype=dtype)) if len(known) == len(items) else None


def _in_row(row: int) -> Callable[[Index], Index]:
    return lambda index: (i64(row), *index)


def from_range(stage: Stage, value: range | RangeValue) -> Array:
    """The numbers of a range as an array."""
    start, step = (i64(value.start) if isinstance(value, range) else value.start), value.step
    length = extent.range_length(stage, value)
    extent.fits(stage, (length,))
    return Array(
        I64,
        (length,),
        Computed(lambda index: stage.iadd(start, stage.imul(index[0], i64(step))), cost=1),
    )


def at(stage: Stage, array: Array, index: Index) -> Operand:
    """The element at an index (of the array's rank, or one row-major position)."""
    source = array.source
    match source:
        case Computed():
            if len(index) != array.rank:
                index = unravel(stage, index[0], array.shape)
            return source.at(index)
        case Buffered():
            return stage.builder.load(source.buffer, index)
        case Alias():
            if len(index) != array.rank:
                index = unravel(stage, index[0], array.shape)
            return at(stage, source.base, source.locate(index))
        case Elements():
            position = index[0] if len(index) == 1 and array.rank != 1 else ravel(stage, array.shape, index)
            if isinstance(position, Const):
                return source.operands[int(position.value)]
            return stage.builder.load(spill(stage, array), (position,))


def ravel(stage: Stage, shape: Index, index: Index) -> Operand:
    """The row-major position of an index."""
    if not index:
        return i64(0)
    position = index[0]
    for size, part in zip(shape[1:], index[1:], strict=True):
        position = stage.iadd(stage.imul(position, size), part)
    return position


def unravel(stage: Stage, position: Operand, shape: Index) -> Index:
    """The index of a row-major position."""
    index: list[Operand] = []
    for size in reversed(shape[1:]):
        index.append(stage.op(a.imod, position, size))
        position = stage.op(a.ifloordiv, position, size)
    return (position, *reversed(index)) if shape else ()


def indices_of(stage: Stage, shape: Sequence[Operand], position: int) -> Index:
    """The index of a row-major position, both known now."""
    sizes = tuple(int(s.value) for s in (stage.size(s) for s in shape) if isinstance(s, Const))
    return tuple(i64(int(k)) for k in np.unravel_index(position, sizes)) if sizes else ()


_DTYPES = {B1: np.bool_, I64: np.int64, F64: np.float64}


def spill(stage: Stage, array: Array) -> Buffer:
    """A buffer with the elements of a small array, to be read at a run-time index."""
    source = array.source
    assert isinstance(source, Elements)
    if source.operands and all(isinstance(o, Const) for o in source.operands):
        values = [o.value for o in source.operands if isinstance(o, Const)]
        return _constant(stage, np.array(values, dtype=_DTYPES[array.elem]))
    buffer = stage.spilled.get(source)
    if buffer is None or not stage.visible(buffer):
        with stage.builder.further_out(source.operands):  # once, whatever loops are around
            buffer = stage.builder.alloc(array.elem, (i64(len(source.operands)),), zero=False)
            for k, element in enumerate(source.operands):
                stage.builder.store(buffer, (i64(k),), element)
        stage.spilled[source] = buffer
    return buffer


def elements(stage: Stage, array: Array) -> list[Operand]:
    """Every element of an array of compile-time shape, in C order."""
    sizes = array.sizes()
    assert sizes is not None
    if isinstance(array.source, Elements):
        return list(array.source.operands)
    places = itertools.product(*map(range, sizes)) if 0 not in sizes else ()  # (a range may be a long one)
    return [at(stage, array, tuple(i64(k) for k in index)) for index in places]


def fill(
    stage: Stage,
    buffer: Buffer,
    array: Array,
    elem: Type,
    place: Callable[[Index], Index] = lambda index: index,
) -> None:
    """buffer[place(index)] = array[index] for every index of the array."""
    loop_nest(
        stage,
        array.shape,
        lambda index: stage.builder.store(buffer, place(index), stage.convert(at(stage, array, index), elem)),
    )


def force(stage: Stage, array: Array) -> Array:
    """The same array with its elements in place: what a name or a container may hold."""
    source = array.source
    if not isinstance(source, Computed):
        return array
    sizes = array.sizes()
    if sizes is not None and math.prod(sizes) <= SMALL:
        made = small(stage, array.elem, array.shape, elements(stage, array))
    else:
        buffer = stage.builder.build(array.elem, array.shape, source.at)
        if source.same is not None:
            stage.fills[buffer] = source.same
        made = stored(stage, buffer)
    made.recipe = array.recipe
    if array in stage.array_bounds:
        stage.array_bounds[made] = stage.array_bounds[array]
    if array in stage.distinct:
        stage.distinct.add(made)
    if id(array) in stage.mixed:
        stage.mixed[id(made)] = made
    return made


def settle(stage: Stage, array: Array) -> Array:
    """A small array of compile-time shape in scalars; any other array as it is."""
    sizes = array.sizes()
    return force(stage, array) if sizes is not None and math.prod(sizes) <= SMALL else array


def reused(stage: Stage, array: Array) -> Array:
    """An array whose elements are about to be read several times: stored when they cost something."""
    return force(stage, array) if cost_of(array) > CHEAP else array


def view(array: Array, shape: Index, locate: Callable[[Index], Index]) -> Array:
    """A view of an array; of a temporary, the same without memory behind it."""
    source = array.source
    match source:
        case Computed():
            return Array(array.elem, shape, Computed(lambda index: source.at(locate(index)), source.cost))
        case Alias():
            inner = source.locate
            return Array(array.elem, shape, Alias(source.base, lambda index: inner(locate(index))))
        case Buffered() | Elements():
            return Array(array.elem, shape, Alias(array, locate))


def transposed(matrix: Array) -> Array:
    """The transpose of a matrix; kernels recognise that of a whole one."""
    turned = view(matrix, matrix.shape[::-1], lambda index: (index[1], index[0]))
    if isinstance(matrix.source, Buffered) and isinstance(turned.source, Alias):
        turned.source = Alias(matrix, turned.source.locate, transposed=True)
    return turned


def mutable(stage: Stage, array: Array) -> Buffer:
    """The mutable buffer behind an array that is about to be written to (its root's)."""
    root = array.root
    source = root.source
    stage.changing(root)
    if isinstance(source, Buffered) and not source.buffer.immutable:
        root.touched = True
        return source.buffer
    if stage.outside_region(root):
        stage.restart(root)
    same = stage.fills.get(source.buffer) if isinstance(source, Buffered) else None
    zero = isinstance(same, Const) and not same.value and not np.signbit(float(same.value))
    buffer = stage.builder.alloc(root.elem, root.shape, zero=zero, hint="a")
    if not zero:
        fill(stage, buffer, root if same is None else constant_array(root.elem, root.shape, same), root.elem)
    stage.touch(root, Array(root.elem, root.shape, source))
    root.source = Buffered(buffer)
    root.touched = True
    return buffer


# -- broadcasting -----------------------------------------------------------------------------

ONE = i64(1)


BROADCAST = Error("ValueError", "operands could not be broadcast together: sizes {0} and {1}")


def common_size(stage: Stage, x: Operand, y: Operand, error: Error = BROADCAST) -> Operand:
    """One size for two axes that must have the same; `error` where they differ."""
    x, y = stage.size(x), stage.size(y)
    if x is y:
        return x
    if isinstance(x, Const) and isinstance(y, Const):
        label = f"an axis has length {x.value} here and {y.value} there"
        remedy = "bring both to one length; an axis is only repeated when its length is 1"
        stage.fail("shapes do not match", label, remedy=remedy)
    message = error.message
    if error is BROADCAST and any(assumptions.origin(stage, size) is None for size in (x, y)):
        message += " (a length that parameters or a loop decide is not repeated when it is 1)"
    if stage.unconditional() and not stage.builder.depth_of(x) and not stage.builder.depth_of(y):
        with stage.outermost():  # so that it has run wherever the two are taken as equal
            stage.check(stage.op(a.ieq, x, y), error.kind, message, x, y)
    else:
        stage.check(stage.op(a.ieq, x, y), error.kind, message, x, y)
    stage.equate(x, y)
    return y if isinstance(y, Const) else x


def broadcast_shape(stage: Stage, shapes: Sequence[Index], error: Error = BROADCAST) -> tuple[Operand, ...]:
    """The shape that arrays of these shapes are broadcast to."""
    rank = max((len(s) for s in shapes), default=0)
    result: list[Operand] = []
    for axis in range(-rank, 0):
        size: Operand = ONE
        for shape in shapes:
            if len(shape) >= -axis:
                size = _joint(stage, size, stage.size(shape[axis]), error)
        result.append(size)
    if rank > 1 and not any(_is_shape(stage, shape, result) for shape in shapes):
        extent.fits(stage, result)
    return tuple(result)


def _is_shape(stage: Stage, shape: Index, sizes: Sequence[Operand]) -> bool:
    return len(shape) == len(sizes) and all(map(stage.same_size, shape, sizes))


def _joint(stage: Stage, x: Operand, y: Operand, error: Error) -> Operand:
    if assumptions.repeated(stage, x, y):
        return y
    return x if assumptions.repeated(stage, y, x) else common_size(stage, x, y, error)


def broadcast_to(stage: Stage, array: Array, shape: Index) -> Array:
    """A read-only view of an array in a larger shape."""
    extra = len(shape) - array.rank
    if not extra and all(stage.same_size(x, y) for x, y in zip(array.shape, shape, strict=True)):
        return array if tuple(shape) == array.shape else view(array, tuple(shape), lambda index: index)
    zero = i64(0)
    keep = [not stage.is_one(size) for size in array.shape]
    return view(
        array,
        tuple(shape),
        lambda index: tuple(i if k else zero for i, k in zip(index[extra:], keep, strict=True)),
    )


def elementwise(
    stage: Stage, type: Type, function: Callable[..., Operand], *values: Value, cost: int = 1
) -> Value:
    """Apply a function of operands to every element of the broadcast values."""
    if all(is_number(v) for v in values):
        return wrap(function(*(operand(stage, v) for v in values)))
    arrays = [as_array(stage, v) for v in values]
    shape = broadcast_shape(stage, [x.shape for x in arrays])
    parts = [broadcast_to(stage, cheap(stage, x, shape), shape) for x in arrays]
    result = Array(type, shape, Computed(lambda index: function(*(at(stage, p, index) for p in parts))))
    assert isinstance(result.source, Computed)
    total = cost + sum(p.source.cost if isinstance(p.source, Computed) else 1 for p in parts)
    made = Array(type, shape, Computed(result.source.at, total))
    if stage.mixed and all(is_number(v) or id(v) in stage.mixed for v in values):
        stage.mixed[id(made)] = made
    return settle(stage, made)


def cheap(stage: Stage, array: Array, shape: Index) -> Array:
    """The array itself, or stored when broadcasting would compute its elements several times."""
    source = array.source
    if not isinstance(source, Computed) or source.cost <= CHEAP or not array.rank:
        return array
    spread = len(shape) > array.rank or any(
        stage.is_one(x) and not stage.is_one(y) for x, y in zip(array.shape, shape, strict=True)
    )
    return force(stage, array) if spread else array
