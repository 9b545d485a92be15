"""Grids: meshgrid, indices, and the objects `np.r_`, `np.c_`, `np.mgrid`, `np.ogrid`."""

from __future__ import annotations

from adfun.frontend.arrays import arguments, construct, core, extent, selection, shapes
from adfun.frontend.arrays.joining import atleast_1, column_stack, joined, stack
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Value
from adfun.ir.nodes import Operand, i64
from adfun.ir.types import B1, I64


def meshgrid(
    stage: Stage, *arrays: Value, copy: Value = True, sparse: Value = False, indexing: Value = "xy"
) -> Value:
    """np.meshgrid"""
    given = [core.reused(stage, shapes.ravel(stage, x)) for x in arrays]
    rank = len(given)
    axes = list(range(rank))
    if indexing == "xy" and rank > 1:
        axes[0], axes[1] = 1, 0
    sizes: list[Operand] = [i64(1)] * rank
    for x, axis in zip(given, axes, strict=True):
        sizes[axis] = x.shape[0]
    thin = arguments.flag(stage, sparse, "sparse")
    if not thin:
        extent.fits(stage, sizes)
    made: list[Value] = []
    for x, axis in zip(given, axes, strict=True):
        shape = tuple(s if not thin or k == axis else i64(1) for k, s in enumerate(sizes))
        made.append(core.view(x, shape, lambda index, axis=axis: (index[axis],)))  # type: ignore[misc]
    return tuple(made)


def indices(stage: Stage, dimensions: Value, dtype: Value = None, sparse: Value = False) -> Value:
    """np.indices"""
    sizes = arguments.new_shape(stage, dimensions)
    grids = [
        core.computed(I64, sizes, lambda index, axis=axis: index[axis], 1)  # type: ignore[misc]
        for axis in range(len(sizes))
    ]
    if arguments.flag(stage, sparse, "sparse"):
        return ix_(stage, *(construct.arange(stage, core.wrap(s)) for s in sizes))
    return stack(stage, tuple(grids))


def ix_(stage: Stage, *arrays: Value) -> Value:
    """np.ix_: index arrays, or masks, that span a grid."""
    made: list[Value] = []
    for axis, x in enumerate(arrays):
        array = core.as_array(stage, x)
        if array.elem is B1:
            array = selection.compact(stage, core.force(stage, array))[1]
        shape = tuple(array.shape[0] if k == axis else i64(1) for k in range(len(arrays)))
        wide = core.view(array, shape, lambda index, axis=axis: (index[axis],))  # type: ignore[misc]
        if array in stage.array_bounds:
            stage.array_bounds[wide] = stage.array_bounds[array]
        made.append(wide)
    return tuple(made)


def r_getitem(stage: Stage, index: Value) -> Array:
    """np.r_[...]: slices are ranges, everything is joined in one axis."""
    items = index if isinstance(index, tuple) else (index,)
    if items and isinstance(items[0], str):
        stage.fail("np.r_ with a directive is not supported", remedy="use np.concatenate or np.column_stack")
    parts = [core.as_array(stage, shapes.atleast_1d(stage, _ranged(stage, item))) for item in items]
    return joined(stage, parts, 0)


def c_getitem(stage: Stage, index: Value) -> Array:
    """np.c_[...]: vectors become columns."""
    items = index if isinstance(index, tuple) else (index,)
    return column_stack(
        stage, tuple(atleast_1(stage, core.as_array(stage, _ranged(stage, x))) for x in items)
    )


def _ranged(stage: Stage, item: Value) -> Value:
    if not isinstance(item, slice):
        return item
    start = 0 if item.start is None else item.start
    if isinstance(item.step, complex):
        return construct.linspace(stage, start, item.stop, int(abs(item.step)))
    return construct.arange(stage, start, item.stop, item.step)


def mgrid_getitem(stage: Stage, index: Value) -> Value:
    """np.mgrid[...]"""
    if not isinstance(index, tuple):
        return _ranged(stage, index)
    return stack(stage, meshgrid(stage, *(_ranged(stage, v) for v in index), indexing="ij"))


def ogrid_getitem(stage: Stage, index: Value) -> Value:
    """np.ogrid[...]"""
    if not isinstance(index, tuple):
        return _ranged(stage, index)
    return meshgrid(stage, *(_ranged(stage, v) for v in index), indexing="ij", sparse=True)
