"""What an index selects: NumPy's rules for ints, slices, None, Ellipsis, masks and index arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from adfun.frontend.arrays import arguments, assumptions, bounds, core, loops
from adfun.frontend.stage import Stage
from adfun.frontend.values import (
    LARGEST,
    Array,
    Buffered,
    Elements,
    ListValue,
    RangeValue,
    RunList,
    Scalar,
    Value,
)
from adfun.ir.nodes import Const, Error, Index, Operand, b1, i64
from adfun.ir.types import B1, F64, I64
from adfun.primitives import arithmetic as a
from adfun.records import dataclass, field

OUT_OF_BOUNDS = "index {0} is out of bounds for axis of size {1}"
MASK = Error(
    "IndexError", "boolean index did not match indexed array: size {0} of an axis but {1} of its mask"
)
GATHERED = Error(
    "IndexError", "shape mismatch: indexing arrays could not be broadcast together: sizes {0} and {1}"
)


@dataclass(frozen=True, slots=True)
class Selection:
    """The elements an index selects: result[i] is base[locate(i)].

    `locate` gives a full index, or one row-major position.  `basic`: a view; otherwise a copy.
    `distinct`: no element is selected twice.
    """

    shape: tuple[Operand, ...]
    locate: Callable[[Index], Index]
    basic: bool
    distinct: bool


@dataclass(frozen=True, slots=True)
class Point:
    """One position on an axis."""

    at: Operand


@dataclass(frozen=True, slots=True)
class Range:
    """start, start + step, ... : `length` positions on an axis."""

    start: Operand
    length: Operand
    step: int


@dataclass(frozen=True, slots=True)
class Gather:
    """Positions on an axis by an integer array."""

    positions: Array


@dataclass(frozen=True, slots=True)
class NewAxis:
    """An axis of length one in the result."""


Part = Point | Range | Gather | NewAxis


@dataclass(slots=True)
class _Parts:
    """The parts of an index, and whether gathers select no element twice."""

    items: list[Part] = field(default_factory=list)
    distinct: bool = True


def resolve(stage: Stage, array: Array, index: Value) -> Selection:
    """What `array[index]` selects; emits the checks."""
    items = [_plain(stage, item) for item in (index if isinstance(index, tuple) else (index,))]
    whole = _whole_mask(stage, array, items)
    if whole is not None:
        return whole
    parts = _Parts()
    axis = 0
    for item in _without_ellipsis(stage, array, items):
        axis += _add(stage, array, axis, item, parts)
    if any(isinstance(p, Gather) for p in parts.items):
        return _advanced(stage, parts)
    return _basic(stage, parts.items)


# -- normal form of the items -----------------------------------------------------------------


def _plain(stage: Stage, item: Value) -> Value:
    """An index item as a number, slice, None, Ellipsis or Array."""
    if item is None or item is Ellipsis or isinstance(item, slice):
        return item
    if isinstance(item, (Array, ListValue, RunList, RangeValue, list, tuple, range, np.ndarray)):
        if isinstance(item, (ListValue, list)) and not len(
            item.items if isinstance(item, ListValue) else item
        ):
            return core.small(stage, I64, (i64(0),), ())
        array = core.as_array(stage, item, "an index")
        if array.elem is F64:
            _refuse_float(stage)
        if array.rank or array.elem is B1:
            return array
        return Scalar(core.at(stage, array, ()))
    operand = core.operand(stage, item, "an index")
    if operand.type is F64:
        _refuse_float(stage)
    if operand.type is B1:
        stage.fail(
            "a truth value cannot be an index here", remedy="write int(...) around it, or use np.where"
        )
    return Scalar(operand)


def _refuse_float(stage: Stage) -> None:
    stage.fail(
        "indices must be integers",
        "this is a float",
        reason="arrays used as indices must be of integer (or boolean) type",
        remedy="write int(x), or x.astype(int) for an array",
    )


def _consumed(item: Value) -> int:
    if item is None:
        return 0
    return item.rank if isinstance(item, Array) and item.elem is B1 else 1


def _without_ellipsis(stage: Stage, array: Array, items: list[Value]) -> list[Value]:
    dots = [k for k, item in enumerate(items) if item is Ellipsis]
    if len(dots) > 1:
        stage.fail("an index can only have a single ellipsis ('...')")
    used = sum(_consumed(item) for item in items if item is not Ellipsis)
    if used > array.rank:
        stage.fail(
            "too many indices for the array",
            f"the array has {array.rank} axes, but {used} were indexed",
            remedy=f"give {array.rank} indices at most" if array.rank else "use the number as it is",
        )
    rest: list[Value] = [slice(None)] * (array.rank - used)
    if not dots:
        return items + rest
    return items[: dots[0]] + rest + items[dots[0] + 1 :]


def _add(stage: Stage, array: Array, axis: int, item: Value, parts: _Parts) -> int:
    """Append what one item selects; returns how many axes it consumes."""
    if item is None:
        parts.items.append(NewAxis())
        return 0
    if isinstance(item, slice):
        parts.items.append(_range(stage, stage.size(array.shape[axis]), item))
        return 1
    if isinstance(item, Scalar):
        parts.items.append(Point(point(stage, item.operand, array.shape[axis])))
        return 1
    if item.elem is B1:
        parts.items += [Gather(x) for x in mask_positions(stage, item, array.shape[axis : axis + item.rank])]
        return int(item.rank)
    parts.distinct = parts.distinct and item in stage.distinct
    parts.items.append(Gather(valid(stage, item, array.shape[axis])))
    return 1


# -- one position -----------------------------------------------------------------------------


def point(stage: Stage, index: Operand, size: Operand) -> Operand:
    """A position on an axis: negative ones count from the end; checked unless it is provably right."""
    size = stage.size(size)
    if isinstance(index, Const) and isinstance(size, Const):
        return _known_point(stage, int(index.value), int(size.value))
    index = stage.convert(index, I64)
    least = bounds.low(stage, index)
    if isinstance(index, Const) and index.value < 0:
        moved = stage.iadd(size, index)
        stage.check(stage.op(a.ile, i64(-int(index.value)), size), "IndexError", OUT_OF_BOUNDS, index, size)
        return moved
    if least is not None and least >= 0:
        if not bounds.below(stage, index, size):
            stage.check(stage.op(a.ilt, index, size), "IndexError", OUT_OF_BOUNDS, index, size)
        return index
    negative = stage.op(a.ilt, index, i64(0))
    moved = stage.op(a.select, negative, stage.iadd(index, size), index)
    inside = stage.op(a.band, stage.op(a.ile, i64(0), moved), stage.op(a.ilt, moved, size))
    stage.check(inside, "IndexError", OUT_OF_BOUNDS, index, size)
    return moved


def _known_point(stage: Stage, index: int, size: int) -> Operand:
    if -size <= index < size:
        return i64(index % size)
    if stage.unconditional():
        remedy = f"use an index from {-size} to {size - 1}" if size else "the axis is empty"
        stage.fail(f"index {index} is out of bounds", f"the axis has size {size}", remedy=remedy)
    stage.check(b1(False), "IndexError", OUT_OF_BOUNDS, i64(index), i64(size))
    return i64(0)


# -- slices -----------------------------------------------------------------------------------


def _range(stage: Stage, size: Operand, item: slice) -> Range:
    step = 1 if item.step is None else arguments.integer(stage, item.step, "the step of a slice")
    if step == 0:
        stage.fail("slice step cannot be zero")
    step = max(-LARGEST, min(step, LARGEST))  # no axis is longer
    start, stop = (None if x is None else _slice_bound(stage, x) for x in (item.start, item.stop))
    return _forward(stage, size, start, stop, step) if step > 0 else _backward(stage, size, start, stop, step)


def _slice_bound(stage: Stage, value: Value) -> Operand:
    operand = core.operand(stage, value, "the bound of a slice")
    if operand.type is F64:
        _refuse_float(stage)
    operand = stage.convert(operand, I64)
    return stage.size(operand)


def _forward(stage: Stage, size: Operand, start: Operand | None, stop: Operand | None, step: int) -> Range:
    low = i64(0) if start is None else _from_end(stage, start, size)
    high = size if stop is None else _from_end(stage, stop, size)
    if stop is not None and not bounds.at_most(stage, high, size):
        high = stage.op(a.imin, high, size)
    return Range(low, _length(stage, stage.isub(high, low), step, low, high), step)


def _from_end(stage: Stage, bound: Operand, size: Operand) -> Operand:
    """A slice bound with negative ones counted from the end, and not below zero."""
    if isinstance(bound, Const):
        return _known_bound(stage, int(bound.value), size)
    least = bounds.low(stage, bound)
    if least is not None and least >= 0:
        return bound
    moved = stage.op(a.imax, stage.iadd(bound, size), i64(0))
    return stage.op(a.select, stage.op(a.ilt, bound, i64(0)), moved, bound)


def _known_bound(stage: Stage, bound: int, size: Operand) -> Operand:
    """The same of a constant: whether the axis is long enough is assumed, where data decide it."""
    enough: bool | None = bounds.at_most(stage, i64(abs(bound)), size)
    if not enough:
        enough = assumptions.at_least(stage, size, abs(bound))
    if enough is False:
        return size if bound >= 0 else i64(0)
    if bound >= 0:
        return i64(bound)
    moved = stage.iadd(size, i64(bound))
    return moved if enough else stage.op(a.imax, moved, i64(0))


def _length(stage: Stage, distance: Operand, step: int, low: Operand, high: Operand) -> Operand:
    if abs(step) != 1:
        distance = stage.op(a.ifloordiv, stage.iadd(distance, i64(abs(step) - 1)), i64(abs(step)))
    least = bounds.low(stage, distance)
    if (least is not None and least >= 0) or bounds.at_most(stage, low, high):
        if not isinstance(distance, Const):
            stage.sizes.add(distance)
        return stage.size(distance)
    return arguments.clamped(stage, distance)


def _backward(stage: Stage, size: Operand, start: Operand | None, stop: Operand | None, step: int) -> Range:
    last = stage.isub(size, i64(1))
    high = last if start is None else stage.op(a.imin, _maybe_before(stage, start, size), last)
    low = i64(-1) if stop is None else _maybe_before(stage, stop, size)
    return Range(high, _length(stage, stage.isub(high, low), step, low, high), step)


def _maybe_before(stage: Stage, bound: Operand, size: Operand) -> Operand:
    """A slice bound with negative ones counted from the end; -1 stands for before the first element."""
    least = bounds.low(stage, bound)
    if least is not None and least >= 0:
        return bound
    moved = stage.op(a.imax, stage.iadd(bound, size), i64(-1))
    return stage.op(a.select, stage.op(a.ilt, bound, i64(0)), moved, bound)


# -- masks and index arrays -------------------------------------------------------------------


def _lasting(stage: Stage, array: Array) -> object | None:
    """What identifies the elements of an array that cannot change any more."""
    source = array.source
    return source.buffer if isinstance(source, Buffered) and source.buffer.immutable else None


def compact(stage: Stage, mask: Array) -> tuple[Operand, Array]:
    """How many elements of a mask hold, and their row-major positions."""
    key = ("compact", _lasting(stage, mask))
    known = stage.memo.get(key)
    if known is not None and _usable(stage, known[1][1].root):
        count, positions = known[1]
        return count, positions
    found = _compacted(stage, mask)
    if key[1] is not None:
        stage.memo[key] = (mask, found)
    return found


def _usable(stage: Stage, array: Array) -> bool:
    source = array.source
    return isinstance(source, Buffered) and stage.visible(source.buffer)


def _compacted(stage: Stage, mask: Array) -> tuple[Operand, Array]:
    total = arguments.product(stage, mask.shape)
    if isinstance(mask.source, Elements) and all(isinstance(o, Const) for o in mask.source.operands):
        found = [k for k, o in enumerate(mask.source.operands) if isinstance(o, Const) and o.value]
        known = core.small(stage, I64, (i64(len(found)),), [i64(k) for k in found])
        stage.array_bounds[known] = total
        stage.distinct.add(known)
        return i64(len(found)), known
    buffer = stage.builder.alloc(I64, (total,), zero=False, hint="where")

    def step(index: Index, carried: loops.Carry) -> loops.Carry:
        stage.builder.store(buffer, carried, core.ravel(stage, mask.shape, index))
        return (stage.iadd(carried[0], stage.convert(core.at(stage, mask, index), I64)),)

    count = loops.sweep(stage, mask.shape, (i64(0),), step)[0]
    if not isinstance(count, Const):
        stage.sizes.add(count)
    positions = core.view(core.stored(stage, buffer), (count,), lambda index: index)
    stage.array_bounds[positions] = total
    stage.distinct.add(positions)
    return count, positions


def mask_positions(stage: Stage, mask: Array, shape: Index) -> list[Array]:
    """The positions where a mask over these axes holds, one index array per axis."""
    for size, own in zip(shape, mask.shape, strict=True):
        core.common_size(stage, size, own, MASK)
    count, flat = compact(stage, core.force(stage, mask))
    if mask.rank == 1:
        return [flat]
    made = []
    for axis in range(mask.rank):
        part = core.computed(
            I64,
            (count,),
            lambda index, axis=axis: core.unravel(stage, core.at(stage, flat, index), mask.shape)[axis],  # type: ignore[misc]
        )
        stage.array_bounds[part] = shape[axis]
        made.append(part)
    return made


def _whole_mask(stage: Stage, array: Array, items: list[Value]) -> Selection | None:
    """The selection by one mask of the array's own shape."""
    if len(items) != 1 or not isinstance(items[0], Array) or items[0].elem is not B1:
        return None
    mask = items[0]
    if mask.rank != array.rank or not mask.rank:
        return None
    for size, own in zip(array.shape, mask.shape, strict=True):
        core.common_size(stage, size, own, MASK)
    count, flat = compact(stage, core.force(stage, mask))
    return Selection((count,), lambda index: (core.at(stage, flat, index),), False, True)


def valid(stage: Stage, positions: Array, size: Operand) -> Array:
    """An index array with negative entries counted from the end; checks that all are in bounds."""
    size = stage.size(size)
    bound = stage.array_bounds.get(positions)
    if bound is not None and (bounds.at_most(stage, bound, size) or assumptions.equal(stage, bound, size)):
        return positions
    key = ("valid", _lasting(stage, positions), size)
    known = stage.memo.get(key)
    if known is not None and _usable(stage, known[1]):
        result: Array = known[1]
        return result
    positions = core.reused(stage, core.settle(stage, positions))
    if isinstance(positions.source, Elements):
        points = [point(stage, o, size) for o in positions.source.operands]
        return core.small(stage, I64, positions.shape, points)

    def moved(index: Index) -> Operand:
        entry = core.at(stage, positions, index)
        return stage.op(a.select, stage.op(a.ilt, entry, i64(0)), stage.iadd(entry, size), entry)

    def check(index: Index) -> None:
        entry = moved(index)
        inside = stage.op(a.band, stage.op(a.ile, i64(0), entry), stage.op(a.ilt, entry, size))
        stage.check(inside, "IndexError", OUT_OF_BOUNDS, core.at(stage, positions, index), size)

    loops.for_each(stage, positions.shape, check)
    made = core.computed(I64, positions.shape, moved)
    if stage.in_loop():
        return made
    made = core.force(stage, made)
    if key[1] is not None:
        stage.memo[key] = (positions, made)
    return made


# -- results ----------------------------------------------------------------------------------


def _along(stage: Stage, part: Range, k: Operand) -> Operand:
    return stage.iadd(part.start, k if part.step == 1 else stage.imul(k, i64(part.step)))


def _placed(stage: Stage, parts: list[Part], free: Index, gathered: Callable[[Gather], Operand]) -> Index:
    """The base's index, from the index into the axes that ranges and new axes make."""
    rest = iter(free)
    index: list[Operand] = []
    for part in parts:
        if isinstance(part, Point):
            index.append(part.at)
        elif isinstance(part, Range):
            index.append(_along(stage, part, next(rest)))
        elif isinstance(part, Gather):
            index.append(gathered(part))
        else:
            next(rest)
    return tuple(index)


def _free_shape(parts: list[Part]) -> list[Operand]:
    return [p.length if isinstance(p, Range) else i64(1) for p in parts if isinstance(p, Range | NewAxis)]


def _basic(stage: Stage, parts: list[Part]) -> Selection:
    def none(part: Gather) -> Operand:
        raise AssertionError(part)

    shape = tuple(_free_shape(parts))
    return Selection(shape, lambda index: _placed(stage, parts, index, none), True, True)


def _advanced(stage: Stage, found: _Parts) -> Selection:
    """Gathers are broadcast together; their axes go where they stand, or to the front when apart."""
    parts = found.items
    gathers = [p.positions for p in parts if isinstance(p, Gather)]
    joint = core.broadcast_shape(stage, [g.shape for g in gathers], GATHERED)
    spread = {id(g): core.broadcast_to(stage, g, joint) for g in gathers}
    special = [k for k, p in enumerate(parts) if isinstance(p, Gather | Point)]
    together = special[-1] - special[0] + 1 == len(special)
    lead = len(_free_shape(parts[: special[0]])) if together else 0
    free = _free_shape(parts)
    shape = (*free[:lead], *joint, *free[lead:])

    def locate(index: Index) -> Index:
        inner = index[lead : lead + len(joint)]
        outside = (*index[:lead], *index[lead + len(joint) :])
        return _placed(stage, parts, outside, lambda p: core.at(stage, spread[id(p.positions)], inner))

    distinct = found.distinct and len(gathers) >= 1
    return Selection(shape, locate, False, distinct)
