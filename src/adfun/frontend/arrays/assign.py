"""Assignment to parts of arrays: `x[i] = v`, `x += v`, `x[i] *= v`, `np.add.at`."""

from __future__ import annotations

from collections.abc import Callable

from adfun.frontend.arrays import arguments, contract, core, elementwise, selection, writing
from adfun.frontend.arrays.selection import Selection, resolve
from adfun.frontend.arrays.ufuncs import UFUNCS
from adfun.frontend.stage import Stage
from adfun.frontend.values import Alias, Array, Buffered, Value
from adfun.ir.nodes import Operand
from adfun.primitives import arithmetic as a


def setitem(stage: Stage, target: Array, index: Value, value: Value) -> None:
    """target[index] = value"""
    writing.setitem(stage, target, index, value)


def inplace(stage: Stage, operator: str, array: Array, value: Value) -> Array:
    """array op= value, for a whole array; returns the array."""
    if operator == "@":
        writing.setitem(stage, array, Ellipsis, elementwise.binary(stage, "@", array, value))
        return array
    chosen = writing.same_everywhere(array)
    fitted = writing.fitted(stage, value, array.shape)
    name = elementwise.OPERATORS[operator]
    combine = combiner(stage, name, array, fitted, strict=True)
    if _replaceable(stage, array):
        source = array.source
        old = Array(array.elem, array.shape, source)
        fitted = core.reused(stage, fitted) if isinstance(fitted.source, Alias) else fitted

        def element(index: tuple[Operand, ...]) -> Operand:
            new = combine(core.at(stage, old, index), core.at(stage, fitted, index))
            return stage.convert(new, array.elem)

        writing.rebuild(stage, array, element, array.elem)
        return array
    writing.update(stage, array, chosen, fitted, combine, adder(stage, name))
    return array


def _replaceable(stage: Stage, array: Array) -> bool:
    """Whether the array can be given new elements all at once, rather than be written to."""
    source = array.source
    return isinstance(source, Buffered) and source.buffer.immutable and stage.local(array)


def augment(stage: Stage, target: Array, index: Value, operator: str, value: Value) -> None:
    """target[index] op= value; with index arrays an element selected twice changes once, as in NumPy."""
    if operator == "@":
        stage.fail("@= on a part of an array is not supported", remedy="write x[i] = x[i] @ y")
    chosen = resolve(stage, target, index)
    name = elementwise.OPERATORS[operator]
    fitted = writing.fitted(stage, value, chosen.shape)
    combine = combiner(stage, name, target, fitted, strict=bool(chosen.shape))
    if not chosen.distinct:
        _buffered(stage, target, chosen, fitted, combine)
        return
    writing.update(stage, target, chosen, fitted, combine, adder(stage, name))


def _buffered(stage: Stage, target: Array, chosen: Selection, value: Array, combine: writing.Combine) -> None:
    """Compute all new elements first, then store them."""

    def element(index: tuple[Operand, ...]) -> Operand:
        old = core.at(stage, target, chosen.locate(index))
        return stage.convert(combine(old, core.at(stage, value, index)), target.elem)

    made = core.force(stage, core.computed(target.elem, chosen.shape, element))
    writing.write(stage, target, chosen, made)


def combiner(stage: Stage, name: str, target: Array, value: Array, *, strict: bool) -> writing.Combine:
    """The ufunc on two operands, refused where NumPy refuses to cast its result."""
    loop = elementwise.choose(stage, UFUNCS[name], (target, value))
    if strict and core.ORDER[loop.result] > core.ORDER[target.elem]:
        stage.fail(
            "the result cannot be stored in this array",
            f"{loop.result.value} does not fit into an array of {target.elem.value}",
            reason="an array keeps its dtype when it is changed in place",
            remedy="make the array of floats, or write x = x + y",
        )

    def combine(old: Operand, new: Operand) -> Operand:
        return loop.emit(stage, stage.convert(old, loop.operands), stage.convert(new, loop.operands))

    return combine


def adder(stage: Stage, name: str) -> Callable[[Operand], Operand] | None:
    """What is added for += and -=; None for other operations."""
    if name == "add":
        return lambda value: value
    if name == "subtract":
        return lambda value: stage.op(a.neg, value)
    return None


def ufunc_at(stage: Stage, name: str, target: Value, index: Value, value: Value = None) -> None:
    """np.add.at and its kin: elements selected several times change several times, cast when stored."""
    if not isinstance(target, Array):
        stage.fail(f"np.{name}.at needs an array", f"this is {core.describe(target)}")
    chosen = resolve(stage, target, index)
    fitted = writing.fitted(stage, value, chosen.shape)
    combine = combiner(stage, name, target, fitted, strict=False)
    writing.update(stage, target, chosen, fitted, combine, adder(stage, name))


# -- functions that change an array -------------------------------------------------------------


def fill(stage: Stage, array: Array, value: Value) -> None:
    """x.fill(value)"""
    writing.setitem(stage, array, Ellipsis, value)


def copyto(stage: Stage, dst: Array, src: Value, casting: Value = "same_kind", where: Value = True) -> None:
    """np.copyto"""
    value = src if where is True else elementwise.select(stage, where, src, dst)
    writing.setitem(stage, dst, Ellipsis, value)


def fill_diagonal(stage: Stage, array: Array, value: Value, wrap: Value = False) -> None:
    """np.fill_diagonal of a matrix."""
    if array.rank != 2:
        stage.fail("np.fill_diagonal needs a matrix", f"this is {core.describe(array)}")
    length, place = contract.diagonal(stage, array.shape, 0)
    chosen = Selection((length,), lambda index: place(index[0]), True, True)
    writing.write(stage, array, chosen, writing.fitted(stage, value, (length,)))


def put(stage: Stage, array: Array, indices: Value, values: Value, mode: Value = "raise") -> None:
    """np.put: positions count in C order."""
    writing.setitem(stage, contract.flat(stage, array), indices, values)


def place(stage: Stage, array: Array, mask: Value, values: Value) -> None:
    """np.place and np.putmask, with one value."""
    if not core.is_number(values):
        stage.fail("np.place with several values is not supported", remedy="use x[mask] = values")
    writing.setitem(stage, array, mask, values)


def put_along_axis(stage: Stage, array: Array, indices: Value, values: Value, axis: Value) -> None:
    """np.put_along_axis"""
    positions, k = along_axis(stage, array, indices, axis)
    chosen = Selection(
        positions.shape,
        lambda index: (*index[:k], core.at(stage, positions, index), *index[k + 1 :]),
        False,
        False,
    )
    writing.write(stage, array, chosen, writing.fitted(stage, values, positions.shape))


def along_axis(stage: Stage, array: Array, indices: Value, axis: Value) -> tuple[Array, int]:
    """Index array and axis of the functions that take positions along one axis."""
    k = arguments.axis_of(stage, axis, array.rank)
    given = core.as_array(stage, indices)
    if given.rank != array.rank:
        stage.fail("the indices and the array must have the same number of axes")
    shape = [
        size if m == k else core.common_size(stage, own, size) if not stage.is_one(size) else own
        for m, (own, size) in enumerate(zip(array.shape, given.shape, strict=True))
    ]
    positions = selection.valid(stage, given, array.shape[k])
    return core.broadcast_to(stage, positions, tuple(shape)), k
