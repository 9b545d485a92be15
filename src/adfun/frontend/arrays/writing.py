"""Storing into arrays: what `x[index] = value` and the augmented forms come down to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from adfun.frontend.arrays import assumptions, core, loops
from adfun.frontend.arrays.selection import Selection, resolve
from adfun.frontend.stage import Stage
from adfun.frontend.values import Alias, Array, Buffered, Computed, Elements, Value
from adfun.ir.nodes import Accum, Buffer, Const, Index, Load, Operand, Stmt, Store, i64
from adfun.ir.types import F64, Type
from adfun.ir.walk import blocks

Combine = Callable[[Operand, Operand], Operand]
"""(old element, new value) -> what is stored; both in the types they come in."""


def setitem(stage: Stage, target: Array, index: Value, value: Value) -> None:
    """target[index] = value"""
    chosen = resolve(stage, target, index)
    write(stage, target, chosen, fitted(stage, value, chosen.shape))


def write(stage: Stage, target: Array, chosen: Selection, value: Array) -> None:
    """Store a value of the selection's shape in the elements that are selected."""
    positions = known_positions(stage, target, chosen)
    if positions is not None:
        replace(stage, target.root, dict(zip(positions, core.elements(stage, value), strict=True)))
        return
    if _reads_itself(value, target) and not isinstance(value.source, Computed):
        value = stored_copy(stage, value)
    buffer = core.mutable(stage, target)

    def store(value: Array) -> Callable[[Index], None]:
        def body(index: Index) -> None:
            place = placed(stage, target, chosen.locate(index))
            element = stage.convert(core.at(stage, value, index), buffer.elem)
            stage.builder.store(buffer, place, element)

        return body

    emit_safely(stage, buffer, chosen, value, store)


def fitted(stage: Stage, value: Value, shape: Sequence[Operand]) -> Array:
    """The value broadcast to the shape of what it is assigned to."""
    array = core.as_array(stage, value, "what is assigned")
    while array.rank > len(shape) and stage.is_one(array.shape[0]):
        inner = array
        array = core.view(inner, inner.shape[1:], lambda index: (i64(0), *index))
    if array.rank > len(shape):
        stage.fail(
            "could not broadcast the value into the shape it is assigned to",
            f"{array.rank} axes do not fit into {len(shape)}",
        )
    for own, size in zip(reversed(array.shape), reversed(shape), strict=False):
        if not assumptions.repeated(stage, own, size):
            core.common_size(stage, size, own)
    return core.broadcast_to(stage, array, tuple(stage.size(s) for s in shape))


# -- where the elements are -------------------------------------------------------------------


def placed(stage: Stage, array: Array, index: Index) -> Index:
    """The index in the root's buffer of an element of an array that may be a view."""
    source = array.source
    if not isinstance(source, Alias):
        return index
    if len(index) != array.rank:
        index = core.unravel(stage, index[0], array.shape)
    return placed(stage, source.base, source.locate(index))


def known_positions(stage: Stage, target: Array, chosen: Selection) -> list[int] | None:
    """Row-major positions in a small root, when all of them are known now."""
    root = target.root
    sizes = [stage.size(s) for s in chosen.shape]
    if not isinstance(root.source, Elements) or not all(isinstance(s, Const) for s in sizes):
        return None
    shape = [int(s.value) for s in sizes if isinstance(s, Const)]
    if math.prod(shape) > 4 * core.SMALL:
        return None
    found = []
    for index in np.ndindex(*shape):
        place = placed(stage, target, chosen.locate(tuple(i64(k) for k in index)))
        position = place[0] if len(place) == 1 != root.rank else core.ravel(stage, root.shape, place)
        if not isinstance(position, Const):
            return None
        found.append(int(position.value))
    return found


def replace(stage: Stage, root: Array, changes: dict[int, Operand]) -> None:
    """Give a small array other elements."""
    source = root.source
    assert isinstance(source, Elements)
    stage.changing(root)
    if stage.outside_loop(root):
        stage.restart(root)
    operands = list(source.operands)
    for position, operand in changes.items():
        operands[position] = stage.convert(operand, root.elem)
    stage.touch(root, Array(root.elem, root.shape, source))
    root.source = Elements(tuple(operands))
    root.touched = True


# -- values that read what is being written -----------------------------------------------------


def _reads_itself(value: Array, target: Array) -> bool:
    """Whether a value reads the target's elements, or may."""
    return isinstance(value.source, Computed) or value.root is target.root


def stored_copy(stage: Stage, value: Array) -> Array:
    """A copy in memory (or in scalars, when it is small)."""
    copy = core.computed(value.elem, value.shape, lambda index: core.at(stage, value, index))
    return core.force(stage, copy)


def emit_safely(
    stage: Stage,
    buffer: Buffer,
    chosen: Selection,
    value: Array,
    store: Callable[[Array], Callable[[Index], None]],
) -> None:
    """Run a storing loop, on a copy of the value when that would read elements already overwritten."""
    shape = chosen.shape
    if not shape:
        store(value)(())
        return
    if isinstance(value.source, Computed) and not value.source.same:
        sizes = value.sizes()
        few = sizes is not None and math.prod(sizes) <= core.SMALL
        once = chosen.distinct or not _reads(stage, buffer, shape, value)
        if once and not few and _trial(stage, buffer, shape, store(value)):
            return
        value = core.force(stage, value)
    loops.for_each(stage, shape, store(value))


def _reads(stage: Stage, buffer: Buffer, shape: Sequence[Operand], value: Array) -> bool:
    """Whether the elements of a value are made of what a buffer holds; emits nothing."""

    def read(index: Index) -> None:
        core.at(stage, value, index)

    with stage.builder.block("loop") as scope:
        loops.for_each(stage, shape, read)
    return any(isinstance(s, Load) and s.buffer is buffer for s in every(scope.stmts))


def _trial(stage: Stage, buffer: Buffer, shape: Sequence[Operand], body: Callable[[Index], None]) -> bool:
    """Emit the loop if it reads of the buffer only what the same iteration writes; else emit nothing."""
    with stage.builder.block("loop") as scope:
        loops.for_each(stage, shape, body)
        made = list(scope.stmts)
    written = {s.index for s in every(made) if isinstance(s, Store | Accum) and s.buffer is buffer}
    read = {s.index for s in every(made) if isinstance(s, Load) and s.buffer is buffer}
    if not read <= written or (read and len(written) > 1):
        return False
    for stmt in made:
        stage.builder.emit(stmt)
    return True


def every(stmts: Iterable[Stmt]) -> Iterable[Stmt]:
    """All statements, with those inside."""
    for stmt in stmts:
        yield stmt
        for block in blocks(stmt):
            yield from every(block.stmts)


# -- augmented assignment -----------------------------------------------------------------------


def update(
    stage: Stage,
    target: Array,
    chosen: Selection,
    value: Array,
    combine: Combine,
    accumulate: Callable[[Operand], Operand] | None,
) -> None:
    """target[chosen] = combine(target[chosen], value), element by element.

    `accumulate` turns a value into what is added, when the operation is a sum.
    """
    positions = known_positions(stage, target, chosen)
    if positions is not None:
        _update_small(stage, target.root, positions, core.elements(stage, value), combine)
        return
    if value.root is target.root and not isinstance(value.source, Computed):
        value = stored_copy(stage, value)
    buffer = core.mutable(stage, target)

    def store(value: Array) -> Callable[[Index], None]:
        def body(index: Index) -> None:
            place = placed(stage, target, chosen.locate(index))
            element = core.at(stage, value, index)
            if accumulate is not None and buffer.elem is F64:
                stage.builder.accum(buffer, place, accumulate(stage.convert(element, F64)))
            else:
                old = stage.builder.load(buffer, place)
                stage.builder.store(buffer, place, stage.convert(combine(old, element), buffer.elem))

        return body

    emit_safely(stage, buffer, chosen, value, store)


def _update_small(
    stage: Stage, root: Array, positions: list[int], values: list[Operand], combine: Combine
) -> None:
    source = root.source
    assert isinstance(source, Elements)
    changes: dict[int, Operand] = {}
    for position, value in zip(positions, values, strict=True):
        old = changes.get(position, source.operands[position])
        changes[position] = stage.convert(combine(old, value), root.elem)
    replace(stage, root, changes)


def same_everywhere(target: Array) -> Selection:
    """The selection of a whole array."""
    return Selection(target.shape, lambda index: index, True, True)


def rebuild(stage: Stage, root: Array, element: Callable[[Index], Operand], elem: Type) -> None:
    """Give an immutable array new elements all at once: no copy, nothing overwritten."""
    source = root.source
    buffer = stage.builder.build(elem, root.shape, element)
    stage.touch(root, Array(root.elem, root.shape, source))
    root.source = Buffered(buffer)
    root.touched = True
