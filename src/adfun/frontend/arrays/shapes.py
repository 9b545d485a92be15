"""The same elements in another shape or order: reshape, transpose, flip, roll, broadcast, diagonals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adfun.frontend.arrays import arguments, assumptions, contract, core
from adfun.frontend.arrays.construct import ZERO, copied
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Buffered, Elements, ListValue, Value
from adfun.ir.nodes import Const, Index, Operand, i64
from adfun.primitives import arithmetic as a


def ndim(stage: Stage, x: Value) -> Value:
    """np.ndim"""
    return core.as_array(stage, x).rank


def shape(stage: Stage, x: Value) -> Value:
    """np.shape"""
    return tuple(arguments.size_value(stage, s) for s in core.as_array(stage, x).shape)


def size(stage: Stage, x: Value, axis: Value = None) -> Value:
    """np.size"""
    array = core.as_array(stage, x)
    if axis is not None:
        return arguments.size_value(stage, array.shape[arguments.axis_of(stage, axis, array.rank)])
    return arguments.size_value(stage, arguments.product(stage, array.shape))


# -- reshape ----------------------------------------------------------------------------------


def reshape(
    stage: Stage,
    x: Value,
    shape: Value = None,
    order: Value = "C",
    *,
    newshape: Value = None,
    copy: Value = None,
) -> Array:
    """np.reshape; one size may be -1."""
    array = core.as_array(stage, x)
    wanted = arguments.items_of(stage, newshape if shape is None else shape)
    if arguments.order(stage, order) == "F":
        turned = reshape(stage, transpose(stage, array), tuple(reversed(wanted)))
        return transpose(stage, turned)
    sizes = _inferred(stage, array, wanted)
    return reshaped(stage, array, sizes)


def _inferred(stage: Stage, array: Array, wanted: list[Value]) -> tuple[Operand, ...]:
    operands = [core.operand(stage, v, "a size") for v in wanted]
    open_axes = [k for k, o in enumerate(operands) if isinstance(o, Const) and o.value == -1]
    if len(open_axes) > 1:
        stage.fail("can only specify one unknown dimension")
    sizes = [o if k in open_axes else arguments.size_of(stage, core.wrap(o)) for k, o in enumerate(operands)]
    if open_axes:
        rest = [s for k, s in enumerate(sizes) if k not in open_axes]
        if any(isinstance(s, Const) and s.value == 0 for s in rest):
            stage.fail("the unknown size is not determined", "another size is 0", remedy="write all sizes")
        sizes[open_axes[0]] = _quotient(stage, array, rest)
    elif not _same_count(stage, array.shape, sizes):
        have, want = arguments.product(stage, array.shape), arguments.product(stage, sizes)
        message = "cannot reshape array of size {0} into a shape of size {1}"
        if isinstance(have, Const) and isinstance(want, Const):
            stage.fail(f"cannot reshape array of size {have.value} into a shape of size {want.value}")
        stage.check(stage.op(a.ieq, have, want), "ValueError", message, have, want)
    return tuple(sizes)


def _cancelled(
    stage: Stage, left: Sequence[Operand], right: Sequence[Operand]
) -> tuple[list[Operand], list[Operand]]:
    """Both lists of factors without those that occur in both, and without ones."""
    rest = [stage.size(s) for s in right if not stage.is_one(s)]
    kept = []
    for size in (stage.size(s) for s in left if not stage.is_one(s)):
        if size in rest:
            rest.remove(size)
        else:
            kept.append(size)
    return kept, rest


def _same_count(stage: Stage, left: Sequence[Operand], right: Sequence[Operand]) -> bool:
    one, other = _cancelled(stage, left, right)
    return arguments.product(stage, one) is arguments.product(stage, other)


def _quotient(stage: Stage, array: Array, rest: Sequence[Operand]) -> Operand:
    """The size that -1 stands for."""
    have, divide = _cancelled(stage, array.shape, rest)
    total, by = arguments.product(stage, have), arguments.product(stage, divide)
    size = stage.op(a.ifloordiv, total, by)
    if isinstance(by, Const) and by.value == 1:
        return size
    exact = stage.op(a.ieq, stage.imul(size, by), total)
    if isinstance(exact, Const) and not exact.value:
        stage.fail(f"cannot reshape array of size {total} into rows of {by}")
    stage.check(exact, "ValueError", "cannot reshape array of size {0} into rows of size {1}", total, by)
    if not isinstance(size, Const):
        stage.sizes.add(size)
    return size


def reshaped(stage: Stage, array: Array, sizes: tuple[Operand, ...]) -> Array:
    """The elements in C order in another shape of as many elements."""
    sizes = tuple(stage.size(s) for s in sizes)
    pairs = _matched(stage, array.shape, sizes)
    if pairs is not None:
        return core.view(array, sizes, lambda index: _renamed(array.rank, pairs, index))
    if isinstance(array.source, Buffered | Elements):
        return core.view(array, sizes, lambda index: (core.ravel(stage, sizes, index),))
    groups = _groups(stage, array.shape, sizes)

    def locate(index: Index) -> Index:
        found: list[Operand] = []
        for old, new in groups:
            part = tuple(index[k] for k in new)
            flat = core.ravel(stage, tuple(sizes[k] for k in new), part)
            found += core.unravel(stage, flat, tuple(array.shape[k] for k in old))
        return tuple(found)

    return core.view(array, sizes, locate)


def _matched(stage: Stage, old: Index, new: Index) -> dict[int, int] | None:
    """Which new axis each old axis is, when the shapes differ in axes of length one only."""
    left = [k for k, s in enumerate(old) if not stage.is_one(s)]
    right = [k for k, s in enumerate(new) if not stage.is_one(s)]
    if len(left) != len(right):
        return None
    if not all(stage.same_size(old[m], new[n]) for m, n in zip(left, right, strict=True)):
        return None
    return dict(zip(left, right, strict=True))


def _renamed(rank: int, pairs: dict[int, int], index: Index) -> Index:
    return tuple(index[pairs[k]] if k in pairs else i64(0) for k in range(rank))


def _groups(stage: Stage, old: Index, new: Index) -> list[tuple[list[int], list[int]]]:
    """Runs of old and new axes that hold the same elements: leading and trailing equal sizes split off."""
    head, m, n = 0, len(old), len(new)
    while head < min(m, n) and stage.same_size(old[head], new[head]):
        head += 1
    tail = 0
    while tail < min(m, n) - head and stage.same_size(old[m - 1 - tail], new[n - 1 - tail]):
        tail += 1
    groups = [([k], [k]) for k in range(head)]
    middle = list(range(head, m - tail)), list(range(head, n - tail))
    groups += [middle] if any(middle) else []
    return groups + [([m - tail + k], [n - tail + k]) for k in range(tail)]


def ravel(stage: Stage, x: Value, order: Value = "C") -> Array:
    """np.ravel"""
    array = core.as_array(stage, x)
    array = transpose(stage, array) if order == "F" else array
    return array if array.rank == 1 else reshaped(stage, array, (arguments.product(stage, array.shape),))


def flatten(stage: Stage, x: Value, order: Value = "C") -> Array:
    """x.flatten(): a copy."""
    return copied(stage, ravel(stage, x, arguments.order(stage, order)))


# -- permutations of axes -----------------------------------------------------------------------


def permuted(stage: Stage, array: Array, axes: Sequence[int]) -> Array:
    """Axis k of the result is axis axes[k] of the array."""
    if list(axes) == list(range(array.rank)):
        return array
    if array.rank == 2:
        return core.transposed(array)
    place = [list(axes).index(k) for k in range(array.rank)]
    sizes = tuple(array.shape[k] for k in axes)
    return core.view(array, sizes, lambda index: tuple(index[p] for p in place))


def transpose(stage: Stage, x: Value, axes: Value = None) -> Array:
    """np.transpose"""
    array = core.as_array(stage, x)
    if axes is None:
        return permuted(stage, array, range(array.rank)[::-1])
    order = [arguments.axis_of(stage, k, array.rank) for k in arguments.items_of(stage, axes)]
    if sorted(order) != list(range(array.rank)):
        stage.fail("axes don't match array", f"axes {tuple(order)} of {array.rank}")
    return permuted(stage, array, order)


def transpose_method(stage: Stage, x: Value, *axes: Value) -> Array:
    """x.transpose(...), with the axes as one tuple or one by one."""
    if len(axes) == 1 and not core.is_number(axes[0]):
        return transpose(stage, x, axes[0])
    return transpose(stage, x, axes if axes else None)


def matrix_transpose(stage: Stage, x: Value) -> Array:
    """The last two axes swapped."""
    return swapaxes(stage, x, -1, -2)


def swapaxes(stage: Stage, x: Value, axis1: Value, axis2: Value) -> Array:
    """np.swapaxes"""
    array = core.as_array(stage, x)
    m, n = (arguments.axis_of(stage, k, array.rank) for k in (axis1, axis2))
    order = list(range(array.rank))
    order[m], order[n] = n, m
    return permuted(stage, array, order)


def moveaxis(stage: Stage, x: Value, source: Value, destination: Value) -> Array:
    """np.moveaxis"""
    array = core.as_array(stage, x)
    origin, goal = (
        [arguments.axis_of(stage, k, array.rank) for k in arguments.items_of(stage, v)]
        for v in (source, destination)
    )
    if len(set(origin)) < len(origin) or len(set(goal)) < len(goal):
        stage.fail("an axis is given twice", "here")
    order = [k for k in range(array.rank) if k not in origin]
    for place, axis in sorted(zip(goal, origin, strict=True)):
        order.insert(place, axis)
    return permuted(stage, array, order)


def rollaxis(stage: Stage, x: Value, axis: Value, start: Value = 0) -> Array:
    """np.rollaxis"""
    array = core.as_array(stage, x)
    origin, goal = arguments.axis_of(stage, axis, array.rank), arguments.integer(stage, start, "start")
    goal += array.rank if goal < 0 else 0
    return moveaxis(stage, array, origin, goal - 1 if origin < goal else goal)


# -- axes of length one -------------------------------------------------------------------------


def squeeze(stage: Stage, x: Value, axis: Value = None) -> Array:
    """np.squeeze"""
    array = core.as_array(stage, x)
    if axis is None:
        drop = tuple(k for k, s in enumerate(array.shape) if assumptions.is_one(stage, s))
    else:
        drop = arguments.axes_of(stage, axis, array.rank)
    for k in drop:
        core.common_size(stage, array.shape[k], i64(1))
    kept = [k for k in range(array.rank) if k not in drop]

    def locate(index: Index) -> Index:
        rest = iter(index)
        return tuple(next(rest) if k in kept else i64(0) for k in range(array.rank))

    return core.view(array, tuple(array.shape[k] for k in kept), locate)


def expand_dims(stage: Stage, x: Value, axis: Value) -> Array:
    """np.expand_dims"""
    array = core.as_array(stage, x)
    items = arguments.items_of(stage, axis)
    rank = array.rank + len(items)
    new = {arguments.axis_of(stage, k, rank) for k in items}
    if len(new) < len(items):
        stage.fail("an axis is given twice", "here")
    sizes = iter(array.shape)
    wanted = tuple(i64(1) if k in new else next(sizes) for k in range(rank))
    return core.view(array, wanted, lambda index: tuple(i for k, i in enumerate(index) if k not in new))


def _atleast(rank: int) -> Callable[..., Value]:
    def handler(stage: Stage, *arrays: Value) -> Value:
        made = tuple(_grown(stage, core.as_array(stage, x), rank) for x in arrays)
        return made[0] if len(made) == 1 else made

    handler.__doc__ = f"np.atleast_{rank}d"
    return handler


def _grown(stage: Stage, array: Array, rank: int) -> Array:
    if array.rank >= rank:
        return array
    if rank == 3 and array.rank:
        grown = expand_dims(stage, array, -1)
        return grown if grown.rank == 3 else expand_dims(stage, grown, 0)
    return _grown(stage, expand_dims(stage, array, 0), rank)


atleast_1d, atleast_2d, atleast_3d = (_atleast(k) for k in (1, 2, 3))


# -- broadcasting -----------------------------------------------------------------------------


def broadcast_to(stage: Stage, x: Value, shape: Value, subok: Value = False) -> Array:
    """np.broadcast_to"""
    sizes = arguments.new_shape(stage, shape)
    array = core.as_array(stage, x)
    if array.rank > len(sizes):
        stage.fail("input operand has more dimensions than allowed by the shape")
    for own, size in zip(reversed(array.shape), reversed(sizes), strict=False):
        if not assumptions.repeated(stage, own, size):
            core.common_size(stage, own, size)
    return core.broadcast_to(stage, core.reused(stage, array), sizes)


def broadcast_arrays(stage: Stage, *arrays: Value, subok: Value = False) -> Value:
    """np.broadcast_arrays"""
    given = [core.reused(stage, core.as_array(stage, x)) for x in arrays]
    joint = core.broadcast_shape(stage, [x.shape for x in given])
    return tuple(core.broadcast_to(stage, x, joint) for x in given)


# -- order within axes --------------------------------------------------------------------------


def flip(stage: Stage, x: Value, axis: Value = None) -> Array:
    """np.flip"""
    array = core.as_array(stage, x)
    axes = arguments.axes_of(stage, axis, array.rank)
    last = [stage.isub(s, i64(1)) for s in array.shape]

    def locate(index: Index) -> Index:
        return tuple(stage.isub(last[k], i) if k in axes else i for k, i in enumerate(index))

    return core.view(array, array.shape, locate)


def fliplr(stage: Stage, x: Value) -> Array:
    """np.fliplr"""
    return flip(stage, x, 1)


def flipud(stage: Stage, x: Value) -> Array:
    """np.flipud"""
    return flip(stage, x, 0)


def rot90(stage: Stage, x: Value, k: Value = 1, axes: Value = (0, 1)) -> Array:
    """np.rot90"""
    array = core.as_array(stage, x)
    turns = arguments.integer(stage, k, "k") % 4
    m, n = (arguments.axis_of(stage, v, array.rank) for v in arguments.items_of(stage, axes))
    if turns == 2:
        return flip(stage, array, (m, n))
    if turns == 1:
        return swapaxes(stage, flip(stage, array, n), m, n)
    return flip(stage, swapaxes(stage, array, m, n), n) if turns else array


def roll(stage: Stage, x: Value, shift: Value, axis: Value = None) -> Array:
    """np.roll"""
    array = core.as_array(stage, x)
    if axis is None:
        rolled = (
            roll(stage, ravel(stage, array), shift, 0) if array.rank != 1 else _rolled(stage, array, shift, 0)
        )
        return rolled if array.rank == 1 else reshaped(stage, rolled, array.shape)
    axes = (
        arguments.axes_of(stage, axis, array.rank)
        if not isinstance(axis, (tuple, ListValue))
        else tuple(arguments.axis_of(stage, k, array.rank) for k in arguments.items_of(stage, axis))
    )
    shifts = arguments.items_of(stage, shift)
    shifts = shifts * len(axes) if len(shifts) == 1 else shifts
    for by, k in zip(shifts, axes, strict=True):
        array = _rolled(stage, array, by, k)
    return array


def _rolled(stage: Stage, array: Array, shift: Value, axis: int) -> Array:
    length = array.shape[axis]
    by = stage.op(a.imod, stage.convert(core.operand(stage, shift, "shift"), length.type), length)

    def element(index: Index) -> Operand:
        moved = stage.isub(index[axis], by)
        moved = stage.op(a.select, stage.op(a.ilt, moved, i64(0)), stage.iadd(moved, length), moved)
        return core.at(stage, array, (*index[:axis], moved, *index[axis + 1 :]))

    return core.settle(stage, core.computed(array.elem, array.shape, element, core.cost_of(array) + 2))


# -- diagonals --------------------------------------------------------------------------------


def diagonal(stage: Stage, x: Value, offset: Value = 0, axis1: Value = 0, axis2: Value = 1) -> Array:
    """np.diagonal: the diagonal is the last axis."""
    array = core.as_array(stage, x)
    if array.rank < 2:
        stage.fail("a diagonal needs a matrix", f"this is {core.describe(array)}")
    m, n = (arguments.axis_of(stage, k, array.rank) for k in (axis1, axis2))
    length, place = contract.diagonal(
        stage, (array.shape[m], array.shape[n]), arguments.integer(stage, offset, "offset")
    )
    others = [k for k in range(array.rank) if k not in (m, n)]

    def locate(index: Index) -> Index:
        row, column = place(index[-1])
        given = dict(zip(others, index[:-1], strict=True)) | {m: row, n: column}
        return tuple(given[k] for k in range(array.rank))

    return core.view(array, (*(array.shape[k] for k in others), length), locate)


def diag(stage: Stage, x: Value, k: Value = 0) -> Array:
    """np.diag: a matrix with this diagonal, or the diagonal of a matrix."""
    array = core.as_array(stage, x)
    offset = arguments.integer(stage, k, "k")
    if array.rank == 2:
        return diagonal(stage, array, offset)
    if array.rank != 1:
        stage.fail("np.diag needs a vector or a matrix", f"this is {core.describe(array)}")
    array = core.reused(stage, array)
    zero = core.literal(ZERO[array.elem])
    size = stage.iadd(array.shape[0], i64(abs(offset)))
    if not isinstance(size, Const):
        stage.sizes.add(size)

    def element(index: Index) -> Operand:
        row, column = index
        on = stage.op(a.ieq, stage.iadd(row, i64(offset)), column)
        place = (row,) if offset >= 0 else (column,)
        if not offset and not isinstance(on, Const):
            return stage.op(a.select, on, core.at(stage, array, place), zero)
        return stage.builder.if_else(on, lambda: (core.at(stage, array, place),), lambda: (zero,))[0]

    return core.settle(stage, core.computed(array.elem, (size, size), element, 4))


def diagflat(stage: Stage, x: Value, k: Value = 0) -> Array:
    """np.diagflat"""
    return diag(stage, ravel(stage, x), k)
