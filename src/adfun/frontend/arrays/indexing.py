"""Reading `x[index]`."""

from __future__ import annotations

from adfun.frontend.arrays import core
from adfun.frontend.arrays.contract import flat
from adfun.frontend.arrays.selection import resolve
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Value


def getitem(stage: Stage, array: Value, index: Value) -> Value:
    """x[index]: a number, a view (ints, slices, None, Ellipsis), or a copy (masks, index arrays)."""
    base = core.as_array(stage, array)
    chosen = resolve(stage, base, index)
    if chosen.basic:
        if not chosen.shape and not _keeps_axes(index):
            return core.wrap(core.at(stage, base, chosen.locate(())))
        return core.view(base, chosen.shape, chosen.locate)
    source = core.reused(stage, base)
    gathered = core.computed(
        base.elem, chosen.shape, lambda i: core.at(stage, source, chosen.locate(i)), core.CHEAP
    )
    return core.settle(stage, gathered)


def _keeps_axes(index: Value) -> bool:
    """Whether the result is an array even without axes, as with x[...]."""
    return index is Ellipsis or (isinstance(index, tuple) and any(x is Ellipsis for x in index))


def item(stage: Stage, array: Array, *args: Value) -> Value:
    """x.item(): the only element, or the one at an index or row-major position."""
    if not args:
        return core.wrap(core.single(stage, array, "the array"))
    if not all(core.is_number(v) for v in (args[0] if isinstance(args[0], tuple) else args)):
        stage.fail("item() takes integers", f"this is {core.describe(args[0])}", remedy="use x[...]")
    if len(args) == 1 and not isinstance(args[0], tuple):
        return getitem(stage, flat(stage, array), args[0])
    return getitem(stage, array, args[0] if len(args) == 1 else tuple(args))
