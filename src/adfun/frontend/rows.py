"""What lists of run-time length hold: items of one form, taken apart into columns and put together again.

path = []
for t in range(n):
    s, i = s - beta * s * i, i + beta * s * i
    path.append((s, i))         one column of numbers for s, one for i
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from adfun.frontend import specs
from adfun.frontend.arrays import core, indexing
from adfun.frontend.specs import Big, Fields, Fixed, Items, Num, Small, Spec
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Buffered, Form, ListValue, RunList, Value
from adfun.ir.nodes import Index, Operand, i64
from adfun.ir.types import Type


def leaves(spec: Spec) -> list[Num | Small | Big] | None:
    """The numbers and arrays that an item is made of; None where an item cannot be taken apart."""
    match spec:
        case Num() | Small() | Big():
            return [spec]
        case Items() | Fields():
            parts = [leaves(p) for p in spec.parts]
            return None if None in parts else [leaf for part in parts for leaf in part or ()]
        case Fixed():
            return []
        case _:
            return None


def storable(stage: Stage, spec: Spec) -> bool:
    """Whether a list of run-time length can hold items of this form.

    Lists, dicts and objects in it are copies, which cannot be changed: where the sizes at hand are known they
    stay themselves.
    """
    return bool(leaves(spec)) and specs.usable(stage, spec) and not (stage.known and _changeable(spec))


def _changeable(spec: Spec) -> bool:
    match spec:
        case Items():
            return spec.is_list or any(_changeable(p) for p in spec.parts)
        case Fields():
            return not isinstance(spec.cls, str) or any(_changeable(p) for p in spec.parts)
        case _:
            return False


def form_of(spec: Spec) -> Form | None:
    """How items of this form are taken apart; None for items that are numbers or arrays."""
    if isinstance(spec, (Num, Small, Big)):
        return None
    nesting = _nesting(spec, iter(range(len(leaves(spec) or ()))))
    return Form(spec, None if nesting is None else partial(_side_by_side, nesting))


def _nesting(spec: Spec, numbered: Iterator[int]) -> Any:
    """The tuples and lists of an item, with the number of its column for every leaf; None for others."""
    match spec:
        case Num() | Small() | Big():
            return next(numbered)
        case Items():
            parts = tuple(_nesting(p, numbered) for p in spec.parts)
            return None if None in parts or not parts else parts
        case _:
            return None


def _side_by_side(nesting: Any, stage: Stage, columns: list[Array]) -> Array:
    """The array whose rows are the items of a list, which are tuples of what the columns hold."""
    if isinstance(nesting, int):
        return columns[nesting]
    parts = [_side_by_side(part, stage, columns) for part in nesting]
    if any(part.rank != parts[0].rank for part in parts):
        stage.fail("the items of the list differ in shape", reason="an array needs rows of equal length")
    elem, shape = core.wider(*(p.elem for p in parts)), parts[0].shape
    for part in parts[1:]:
        shape = tuple(core.common_size(stage, x, y) for x, y in zip(shape, part.shape, strict=True))
    buffer = stage.builder.alloc(elem, (shape[0], i64(len(parts)), *shape[1:]), zero=False)
    for k, part in enumerate(parts):
        core.fill(stage, buffer, part, elem, _in_column(k))
    return core.stored(stage, buffer)


def _in_column(column: int) -> Callable[[Index], Index]:
    return lambda index: (index[0], i64(column), *index[1:])


def spec_of_items(stage: Stage, cell: RunList) -> Spec:
    """The form of the items of a list."""
    if cell.form is not None:
        spec: Spec = cell.form.spec
        return spec
    array = cell.columns[0]
    return Num(array.elem) if array.rank == 1 else Big(array.elem, array.shape[1:])


def type_of(leaf: Num | Small | Big) -> Type:
    return leaf.type


def shape_of(leaf: Num | Small | Big) -> tuple[Operand, ...]:
    match leaf:
        case Small():
            return tuple(i64(n) for n in leaf.sizes)
        case Big():
            return leaf.shape
        case _:
            return ()


def columns(stage: Stage, spec: Spec, capacity: Operand) -> tuple[Array, ...]:
    """Columns of zeros with room for so many items."""
    made = []
    for leaf in leaves(spec) or ():
        buffer = stage.builder.alloc(type_of(leaf), (capacity, *shape_of(leaf)), zero=True)
        made.append(Array(buffer.elem, buffer.shape, Buffered(buffer)))
    return tuple(made)


def taken_apart(spec: Spec, value: Value) -> list[Value]:
    """The values of the leaves of an item."""
    match spec:
        case Num() | Small() | Big():
            return [value]
        case Items() | Fields():
            parts = zip(spec.parts, specs.parts_of(spec, value), strict=True)
            return [v for part, held in parts for v in taken_apart(part, held)]
        case _:
            return []


def item(stage: Stage, cell: RunList, position: Operand) -> Value:
    """The item at a position that is known to be in range; a list, dict or object is a copy."""
    parts = iter([row(stage, column, position) for column in cell.columns])
    return next(parts) if cell.form is None else _together(stage, cell.form.spec, parts)


def row(stage: Stage, column: Array, position: Operand) -> Value:
    """One row of a column."""
    if column.rank == 1:
        return core.wrap(core.at(stage, column, (position,)))
    return core.view(column, column.shape[1:], lambda index: (position, *index))


def _together(stage: Stage, spec: Spec, parts: Iterator[Value]) -> Value:
    match spec:
        case Num() | Small() | Big():
            return next(parts)
        case Items():
            made = specs.of_items(stage, spec, [_together(stage, p, parts) for p in spec.parts])
        case Fields():
            fields = {k: _together(stage, p, parts) for k, p in zip(spec.keys, spec.parts, strict=True)}
            made = specs.of_fields(stage, spec, fields)
        case Fixed():
            return spec.value
        case _:
            raise AssertionError(spec)
    lend(stage, made)
    return made


def lend(stage: Stage, value: Value) -> None:
    """Let nothing in a value be changed that is also in a list: the list holds a copy of it."""
    for cell in specs.cells(value):
        stage.copies[id(cell)] = cell


# -- whole lists ------------------------------------------------------------------------------


def sliced(stage: Stage, cell: RunList, index: slice) -> RunList:
    """cell[start:stop:step]"""
    taken = tuple(core.force(stage, indexing.getitem(stage, c, index)) for c in _present(cell))
    return stage.run_list(taken, taken[0].shape[0], form=cell.form)


def _present(cell: RunList) -> list[Array]:
    """The columns, as long as the list is."""
    return [core.view(c, (cell.count, *c.shape[1:]), lambda index: index) for c in cell.columns]


def added(stage: Stage, x: ListValue | RunList, y: ListValue | RunList) -> RunList:
    """Two lists of items of one form, at least one of them of run-time length, one after the other."""
    spec: Spec = specs.Nothing()
    for cell in (x, y):
        found = [specs.spec_of(stage, v) for v in cell.items] if isinstance(cell, ListValue) else []
        for one in found if isinstance(cell, ListValue) else [spec_of_items(stage, cell)]:
            spec = specs.join(stage, spec, one)
    if not leaves(spec):
        stage.fail("the items of these lists differ in kind", "here", remedy="keep one list for each kind")
    counts = [i64(len(v.items)) if isinstance(v, ListValue) else v.count for v in (x, y)]
    total = stage.iadd(*counts)
    made = columns(stage, spec, total)
    for cell, start in ((x, i64(0)), (y, counts[0])):
        for column, part in zip(made, _columns_of(stage, spec, cell), strict=False):
            core.fill(stage, core.mutable(stage, column), part, column.elem, _from_row(stage, start))
    return stage.run_list(made, total, form=form_of(spec))


def _columns_of(stage: Stage, spec: Spec, cell: ListValue | RunList) -> list[Array]:
    if isinstance(cell, RunList):
        return _present(cell)
    for value in cell.items:
        lend(stage, value)
    parts = [taken_apart(spec, value) for value in cell.items]
    return [core.from_items(stage, list(column)) for column in zip(*parts, strict=True)]


def _from_row(stage: Stage, start: Operand) -> Callable[[Index], Index]:
    return lambda index: (stage.iadd(index[0], start), *index[1:])
