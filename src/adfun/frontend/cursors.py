"""`iter` and `next`: iterators that are used up one item at a time."""

from __future__ import annotations

import numpy as np

from adfun.frontend.arrays import core
from adfun.frontend.branches import branch
from adfun.frontend.machine import VALUE, Flow, Machine
from adfun.frontend.operators import new_list
from adfun.frontend.sequences import iteration, row
from adfun.frontend.specs import state_of
from adfun.frontend.values import Array, Cursor, DictValue, RangeValue, Sequence, Value
from adfun.ir.nodes import Operand, i64
from adfun.primitives import arithmetic as a


def iter_(m: Machine, value: Value) -> Value:
    """iter(value)"""
    if isinstance(value, Cursor):
        return value
    made = Cursor(iteration(m, value), 0)
    m.stage.born(made)
    return made


def next_(m: Machine, value: Value, *default: Value) -> Value:
    """next(iterator), next(iterator, default)"""
    cursor = _cursor(m, value)
    items, position = cursor.items, cursor.position
    if isinstance(items, list) and isinstance(position, int):
        if position < len(items):
            _move(m, cursor, position + 1)
            return items[position]
        if default:
            return default[0]
        m.stage.fail("this iterator has no more items", "here", remedy="give next() a default")
    count = i64(len(items)) if isinstance(items, list) else m.stage.isub(items.stop, items.start)
    here = core.operand(m.stage, position)
    more = m.stage.op(a.ilt, here, count)
    after = m.stage.iadd(here, i64(1))
    if not default:
        m.stage.check(more, "StopIteration", "the iterator has no more items")
        _move(m, cursor, core.wrap(after))
        return m.settle(_item(m, items, here))
    _move(m, cursor, core.wrap(m.stage.op(a.select, more, after, here)))
    return branch(
        m,
        more,
        lambda: Flow(VALUE, m.settle(_item(m, items, here))),
        lambda: Flow(VALUE, m.settle(default[0])),
    ).value


def _cursor(m: Machine, value: Value) -> Cursor:
    """The iterator itself; of a generator, which is kept as the list of what it yields, the one on that."""
    if isinstance(value, Cursor):
        return value
    if isinstance(value, (range, RangeValue, str, Array, np.ndarray, DictValue)):
        label = f"it is {core.describe(value)}"
        m.stage.fail("next() takes an iterator", label, remedy="write next(iter(...))")
    found = m.cursors.get(id(value))
    if found is None:
        found = m.cursors[id(value)] = (value, Cursor(iteration(m, value), 0))
    return found[1]


def _item(m: Machine, items: list[Value] | Sequence, position: Operand) -> Value:
    if isinstance(items, Sequence):
        return items.item(m.stage.iadd(items.start, position))
    return row(m, core.as_array(m.stage, new_list(m, items)), position)


def _move(m: Machine, cursor: Cursor, position: Value) -> None:
    m.stage.touch(cursor, state_of(cursor))
    cursor.position = position
