"""Lists: Python objects while their length is known now, buffers with a count once a loop grows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adfun.frontend import rows, specs, written
from adfun.frontend.arrays import core
from adfun.frontend.machine import Machine
from adfun.frontend.stage import Restart, Stage
from adfun.frontend.values import Array, Buffered, ListValue, RunList, Token, Value
from adfun.frontend.written import replace
from adfun.ir.nodes import Const, Operand, i64
from adfun.ir.types import F64, I64
from adfun.primitives import arithmetic as a


class Grows(Restart):
    """A list made outside the region under evaluation got an item of this form inside."""

    def __init__(self, cell: ListValue | RunList, spec: specs.Spec) -> None:
        super().__init__(cell)
        self.spec = spec


class Uneven(Restart):
    """A list that has more items after one arm of a branch than after the other."""

    def __init__(self, cell: ListValue, spec: specs.Spec, most: int) -> None:
        super().__init__(cell)
        self.spec = spec
        self.most = most


class Counting(RunList):
    """A list whose items are only counted, to learn how many there will be."""

    __slots__ = ("spec",)

    def __init__(self, stage: Stage, spec: specs.Spec, count: Operand) -> None:
        super().__init__(rows.columns(stage, spec, i64(1)), count, None, rows.form_of(spec))
        self.spec = spec


def append(m: Machine, cell: ListValue | RunList, item: Value) -> None:
    """cell.append(item)"""
    stage = m.stage
    item = m.settle(item)
    if isinstance(cell, ListValue):
        if stage.outside_loop(cell) and not cell.steady:
            raise Grows(cell, specs.spec_of(stage, item))
        stage.change(cell, specs.state_of(cell))
        cell.items = [*cell.items, item]
        if cell.most is not None:
            cell.items = cell.items[max(0, len(cell.items) - cell.most) :]
        return
    around = stage.loop_around(cell)
    if around is not None and not _has_room(stage, cell, around.token):
        raise Grows(cell, specs.spec_of(stage, item))
    if around is None:
        _make_room(m, cell)
    stage.change(cell, specs.state_of(cell))
    if not isinstance(cell, Counting):
        store(m, cell, cell.count, item)
    cell.count = stage.iadd(cell.count, i64(1))


def _has_room(stage: Stage, cell: RunList, token: Token) -> bool:
    """Whether there is room for the items of a loop.

    In an arm a list cannot move: when what ran before was the same loop, that has to do, and is checked.
    """
    if cell.room_for is None or token is None:
        return False
    alike = [x is y for x, y in zip(cell.room_for, token, strict=True)]
    return all(alike) or (all(alike[:2]) and stage.in_arm(cell))


def _make_room(m: Machine, cell: RunList) -> None:
    """Room for one more item, outside of loops."""
    stage = m.stage
    if stage.outside_region(cell):
        stage.fail(
            "a list of run-time length cannot grow inside a branch",
            "here",
            remedy="append outside of the `if`, or build an array with np.where",
        )
    cell.columns = _moved(m, cell, stage.iadd(cell.count, i64(1)))


def _moved(m: Machine, cell: RunList, capacity: Operand) -> tuple[Array, ...]:
    """The items of a list in larger buffers."""
    return tuple(_enlarged(m, column, cell.count, capacity) for column in cell.columns)


def _enlarged(m: Machine, column: Array, count: Operand, capacity: Operand) -> Array:
    buffer = m.stage.builder.alloc(column.elem, (capacity, *column.shape[1:]), zero=True)
    present = core.view(column, (count, *column.shape[1:]), lambda index: index)
    core.fill(m.stage, buffer, present, column.elem, lambda index: index)
    made = Array(buffer.elem, buffer.shape, Buffered(buffer))
    made.touched = True
    return made


def store(m: Machine, cell: RunList, position: Operand, item: Value) -> None:
    """Put an item at a position of a run-time list."""
    stage = m.stage
    parts = [item] if cell.form is None else _parts_of_item(m, cell, cell.form.spec, item)
    for column, part in zip(cell.columns, parts, strict=True):
        buffer = core.mutable(stage, column)
        value = core.as_array(stage, part, "an item of this list")
        if core.wider(value.elem, column.elem) is not column.elem:
            raise Grows(cell, specs.spec_of(stage, item) if cell.form else specs.Num(value.elem))
        stage.check(
            stage.op(a.ilt, position, column.shape[0]),
            "RuntimeError",
            "a list grew beyond the length foreseen for it",
        )
        row = core.broadcast_to(stage, value, column.shape[1:])
        core.fill(stage, buffer, row, column.elem, lambda index: (position, *index))


def _parts_of_item(m: Machine, cell: RunList, spec: specs.Spec, item: Value) -> list[Value]:
    """The numbers and arrays of an item of a list whose items are tuples, dicts or objects of this form."""
    joined = specs.join(m.stage, spec, specs.spec_of(m.stage, item))
    if isinstance(joined, specs.Clash) or len(rows.leaves(joined) or ()) != len(cell.columns):
        m.stage.fail(
            "the items of a list of run-time length must all have one form",
            "this item has another one",
            reason=joined.reason if isinstance(joined, specs.Clash) else "",
        )
    for part in specs.cells(item):
        if m.stage.outside_loop(part):
            m.stage.fail(
                "one object cannot be several items of a list of run-time length",
                "this was made before the loop",
                reason="the list would hold copies, which do not change when the object does",
                remedy="append a copy, or make a new one in every iteration",
            )
    rows.lend(m.stage, item)
    return rows.taken_apart(spec, item)


def item_at(m: Machine, cell: RunList, position: Operand) -> Value:
    """The item at a position that is known to be in range."""
    return rows.item(m.stage, cell, i64(0) if isinstance(cell, Counting) else position)


def index_of(m: Machine, cell: RunList, index: Value) -> Operand:
    """The position of an index, counted from the end when negative; checked."""
    stage = m.stage
    given = core.operand(stage, index, "a list index")
    if given.type is F64:
        stage.fail("a list takes integers and slices as indices", "this is a float", remedy="use int()")
    given = stage.convert(given, I64)
    position = given
    if isinstance(given, Const):
        if given.value < 0:
            position = stage.iadd(cell.count, given)
    else:
        negative = stage.op(a.ilt, given, i64(0))
        position = stage.op(a.select, negative, stage.iadd(given, cell.count), given)
    if not isinstance(cell, Counting):
        inside = stage.op(a.band, stage.op(a.ile, i64(0), position), stage.op(a.ilt, position, cell.count))
        stage.check(
            inside, "IndexError", "list index {0} out of range for a list of length {1}", given, cell.count
        )
    return position


def getitem(m: Machine, cell: RunList, index: Value) -> Value:
    """cell[index]"""
    return item_at(m, cell, index_of(m, cell, index))


def promote(m: Machine, restart: Restart) -> None:
    """Put a value in memory before the region that changes it is evaluated again."""
    cell, stage = restart.cell, m.stage
    if isinstance(cell, Array):
        core.mutable(stage, cell)
    elif isinstance(cell, np.ndarray):
        written.promote(m, cell)
    elif stage.outside_region(cell):
        raise restart
    elif isinstance(restart, Uneven):
        make_run_list(m, cell, restart.spec, i64(restart.most))
    else:
        assert isinstance(restart, Grows)
        make_run_list(m, cell, restart.spec, i64(len(cell.items)))


def promote_list(
    m: Machine, grows: Grows, token: Token, growth: Operand | None, rerun: Callable[[RunList], None]
) -> None:
    """Make a list that a loop grows a run-time list, with room for all items.

    Where the `growth` is not known the loop is evaluated once more, by `rerun`, with appends that only
    count; what is not needed for counting is removed later.
    """
    cell, stage = grows.cell, m.stage
    if stage.outside_loop(cell):
        raise grows
    items = cell.items if isinstance(cell, ListValue) else []
    count = cell.count if isinstance(cell, RunList) else i64(len(items))
    spec = grows.spec
    if isinstance(cell, RunList):
        spec = specs.join(stage, spec, rows.spec_of_items(stage, cell))
    if growth is None:
        counting = Counting(stage, _item_spec(m, items, spec), count)
        counting.room_for = token
        stage.born(counting)
        replace(m, cell, counting)
        rerun(counting)
        capacity = counting.count
        replace(m, counting, cell)
    else:
        capacity = stage.iadd(count, growth)
    if isinstance(cell, RunList):
        made = stage.run_list(_moved(m, cell, capacity), count, token, cell.form)
        replace(m, cell, made)
    else:
        make_run_list(m, cell, spec, capacity, token)


def _item_spec(m: Machine, items: list[Value], spec: specs.Spec) -> specs.Spec:
    """The one form of all items of a run-time list."""
    for item in items:
        spec = specs.join(m.stage, spec, specs.spec_of(m.stage, item))
    if not rows.storable(m.stage, spec):
        m.stage.fail(
            "the items of a list that changes in a loop must be numbers or arrays of one shape",
            "these items are not",
            remedy="keep one list per component, or fill an array made with np.zeros",
        )
    return spec


def make_run_list(m: Machine, cell: Any, spec: specs.Spec, capacity: Operand, token: Token = None) -> None:
    """Let a list of known length become a run-time list with room for `capacity` items."""
    stage = m.stage
    items = cell.items if isinstance(cell, ListValue) else []
    spec = _item_spec(m, items, spec)
    made = stage.run_list(rows.columns(stage, spec, capacity), i64(0), token, rows.form_of(spec))
    for column in made.columns:
        column.touched = True
    for k, item in enumerate(items):
        store(m, made, i64(k), item)
    made.count = i64(len(items))
    replace(m, cell, made)
