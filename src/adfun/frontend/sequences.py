"""What can be iterated over or unpacked, and how."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numpy as np

from adfun.diagnostics.errors import CompileError
from adfun.frontend import bindtime
from adfun.frontend.arrays import core, extent
from adfun.frontend.budget import ITEMS, LENGTHENED, LENGTHS, fits
from adfun.frontend.classes import overloaded
from adfun.frontend.lists import item_at
from adfun.frontend.machine import Machine
from adfun.frontend.operators import from_python_value, new_list, with_recipe
from adfun.frontend.recipes import Apply
from adfun.frontend.stage import Restart
from adfun.frontend.values import (
    Array,
    Cursor,
    DictValue,
    Elements,
    Foreign,
    Instance,
    ListValue,
    RangeValue,
    RunList,
    Scalar,
    Sequence,
    Value,
)
from adfun.ir.nodes import Const, Operand, i64
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a

T = TypeVar("T")

ENDLESS = i64(2**62)
"""The number of items of an iterator that never ends: it is zipped with others, or left by `break`."""


def iteration(m: Machine, value: Value) -> list[Value] | Sequence:
    """The items of an iterable: a list where their number is known, else a run-time sequence."""
    if (cursor := _cursor_of(m, value)) is not None:
        return _rest(m, cursor)
    if isinstance(value, (tuple, list)):
        return list(value)
    if isinstance(value, ListValue):
        return list(value.items)
    made = overloaded(m, value, "iter")
    if made is not None:
        return iteration(m, made[0])
    if isinstance(value, Instance):
        return list(value.items.values())
    if isinstance(value, (dict, DictValue)):
        return list(value if isinstance(value, dict) else value.items)
    if isinstance(value, range) and _count(value) > ITEMS:
        return _long_range(m, value)
    if isinstance(value, (str, range)):
        fits(m.stage, len(value))
        return list(value)
    if isinstance(value, (set, frozenset)):
        return _members(m, value)
    if isinstance(value, np.ndarray) and value.ndim:
        return [from_python_value(m, v) for v in value]
    if isinstance(value, Sequence):
        return _listed(value)
    if isinstance(value, RangeValue):
        return _range(m, value)
    if isinstance(value, RunList):
        return Sequence(i64(0), value.count, lambda k: item_at(m, value, k))
    if isinstance(value, Array) and value.rank:
        return _rows(m, value)
    if isinstance(value, Foreign):
        return bindtime.items(m, value)
    m.stage.fail(
        "this cannot be iterated over",
        f"it is {core.describe(value)}",
        remedy="iterate over an array, a list, a tuple, a dict or a range",
    )


def _cursor_of(m: Machine, value: Value) -> Cursor | None:
    """The iterator that a value is, or that takes the items of the generator that it is."""
    if isinstance(value, Cursor):
        return value
    return m.cursors[id(value)][1] if m.cursors and id(value) in m.cursors else None


def drained(m: Machine, value: Value) -> Value:
    """The items that an iterator has left; any other value as it is."""
    if _cursor_of(m, value) is None:
        return value
    items = iteration(m, value)
    return tuple(items) if isinstance(items, list) else items


def _rest(m: Machine, cursor: Cursor) -> list[Value] | Sequence:
    """The items that an iterator has left; they are taken."""
    items, position = cursor.items, cursor.position
    m.stage.touch(cursor, position)
    if isinstance(items, list):
        cursor.position = len(items)
        if isinstance(position, int):
            return items[position:]
        table = core.as_array(m.stage, new_list(m, items))
        return Sequence(core.operand(m.stage, position), i64(len(items)), lambda k: row(m, table, k))
    cursor.position = core.wrap(m.stage.isub(items.stop, items.start))
    if isinstance(position, int) and position == 0:
        return items
    return Sequence(m.stage.iadd(items.start, core.operand(m.stage, position)), items.stop, items.item)


def _count(value: range) -> int:
    """The length, also of a range that is too long for `len`."""
    return max(0, -((value.start - value.stop) // value.step))


def _long_range(m: Machine, value: range) -> Sequence:
    """The numbers of a range that a loop may run over, but nobody takes one by one."""
    if any(core.is_long(v) for v in (value.start, value.stop, value.step)):
        fits(m.stage, _count(value))
    return _range(m, RangeValue(i64(value.start), i64(value.stop), value.step))


def _members(m: Machine, value: set[Any] | frozenset[Any]) -> list[Value]:
    """The items of a set in Python's order, which for strings is another one in every process."""
    if any(isinstance(v, (str, bytes)) for v in value) and len(value) > 1:
        m.stage.fail(
            "a set of strings cannot be iterated over",
            "here",
            reason="its order is another one in every process",
            remedy="use sorted()",
        )
    return list(value)


def _listed(value: Sequence) -> list[Value] | Sequence:
    """The items themselves where there are few and their number is known."""
    if isinstance(value.start, Const) and isinstance(value.stop, Const):
        count = int(value.stop.value) - int(value.start.value)
        if count <= 4:
            return [value.item(i64(int(value.start.value) + k)) for k in range(count)]
    return value


def known_count(items: Sequence) -> int | None:
    """The number of the items, where it is known and not very large."""
    if not (isinstance(items.start, Const) and isinstance(items.stop, Const)):
        return None
    count = max(0, int(items.stop.value) - int(items.start.value))
    return count if count <= MOST else None


def listed(items: Sequence) -> list[Value]:
    """The items of a sequence whose bounds are known."""
    assert isinstance(items.start, Const) and isinstance(items.stop, Const)
    return [items.item(i64(k)) for k in range(int(items.start.value), int(items.stop.value))]


def taken_one_by_one(items: Sequence) -> Callable[[], list[Value]] | None:
    """What gives the items as a list: where their number is known, or where the data decide it."""
    return partial(listed, items) if known_count(items) is not None else items.known


def countable(m: Machine, value: Value) -> list[Value] | Sequence:
    """The items of an iterable as a list wherever their number is known."""
    items = iteration(m, value)
    return items if not isinstance(items, Sequence) or known_count(items) is None else listed(items)


MOST = 200
"""Items that are taken one by one where a loop cannot run over them."""


def _range(m: Machine, value: RangeValue) -> Sequence:
    known = None
    if value.recipe is not None:
        numbers = Scalar(value.stop, Apply("call:builtins.list", (value.recipe,)))
        known = partial(m.stage.known_value, numbers, "a range")
    if value.step == 1:
        return Sequence(value.start, value.stop, core.wrap, known)
    length = extent.range_length(m.stage, value)
    step = i64(value.step)

    def item(k: Operand) -> Value:
        return core.wrap(m.stage.iadd(value.start, m.stage.imul(k, step)))

    return Sequence(i64(0), length, item, known)


def row(m: Machine, array: Array, k: Operand) -> Value:
    """array[k] for a k that is known to be in range."""
    if array.rank == 1:
        return core.wrap(core.at(m.stage, array, (k,)))
    return core.view(array, array.shape[1:], lambda index: (k, *index))


def _rows(m: Machine, array: Array) -> list[Value] | Sequence:
    array = core.force(m.stage, array)
    length = m.stage.size(array.shape[0])
    if isinstance(length, Const) and (isinstance(array.source, Elements) or int(length.value) <= 4):
        return [row(m, array, i64(k)) for k in range(int(length.value))]
    known = partial(_known_rows, m, array) if array.recipe is not None else None
    return Sequence(i64(0), length, lambda k: row(m, array, k), known)


def _known_rows(m: Machine, array: Array) -> list[Value]:
    """The rows of an array that depends on the data alone: integers, being labels, as Python's own."""
    if array.elem is not F64:
        found = m.stage.known_value(array, "this array")
        return [from_python_value(m, v) for v in found]
    length = Scalar(array.shape[0], Apply("call:builtins.len", (array.recipe,)))
    count = m.stage.known_value(length, "the length")
    return [with_recipe(m, row(m, array, i64(k)), "item", array, k) for k in range(count)]


def uniform(m: Machine, items: list[Value]) -> Sequence | None:
    """Known or run-time numbers (or equal tuples of them) as a sequence that a loop can run over."""
    if all(isinstance(v, int) and not isinstance(v, bool) for v in items) and len(items) > 1:
        step = items[1] - items[0]
        if all(items[k + 1] - items[k] == step for k in range(len(items) - 1)):
            if step == 1:
                return Sequence(i64(items[0]), i64(items[-1] + 1), core.wrap)
            first = i64(items[0])
            return Sequence(
                i64(0),
                i64(len(items)),
                lambda k: core.wrap(m.stage.iadd(first, m.stage.imul(k, i64(step)))),
            )
    if all(core.is_number(v) and not isinstance(v, bool) for v in items):
        kinds = {core.operand(m.stage, v).type for v in items}
        if len(kinds) == 1:
            array = core.as_array(m.stage, new_list(m, items))
            return Sequence(i64(0), i64(len(items)), lambda k: core.wrap(core.at(m.stage, array, (k,))))
        return None
    if all(type(v) is tuple and len(v) == len(items[0]) for v in items):
        columns = [uniform(m, [v[k] for v in items]) for k in range(len(items[0]))]
        if all(c is not None and c.start is i64(0) for c in columns):
            found = [c for c in columns if c is not None]
            return Sequence(i64(0), i64(len(items)), lambda k: tuple(c.item(k) for c in found))
    small = all(isinstance(v, Array) and v.rank == 1 and isinstance(v.source, Elements) for v in items)
    if small and len({v.sizes() for v in items}) == 1:
        table = core.as_array(m.stage, new_list(m, items))
        return Sequence(i64(0), i64(len(items)), lambda k: row(m, table, k))
    return None


def either(m: Machine, first: Callable[[], T], second: Callable[[], T], count: int) -> T:
    """Evaluate one way, and where that is refused the other (for a moderate number of items)."""
    saved = m.names()
    scopes, frames = len(m.stage.builder.scopes), len(m.stage.frames)
    length = len(m.stage.builder.scopes[-1].stmts)
    try:
        return first()
    except Restart:
        raise
    except CompileError as error:
        if count > (LENGTHENED if error.diagnostics[0].reason == LENGTHS else MOST):
            raise
        builder = m.stage.builder
        del builder.scopes[scopes:]
        del m.stage.frames[frames:]
        del builder.scopes[-1].stmts[length:]
        m.stage.forget()
        m.restore(saved)
        return second()


UNROLLED = 6000
"""Iterations times syntax nodes, up to which a loop is unrolled that cannot run as one."""


def known_or_refused(
    m: Machine, items: Sequence, weight: int, run: Callable[[], T], unroll: Callable[[list[Value]], T]
) -> T:
    """Run a loop over a run-time sequence; where that is refused, unroll it over the items the data give.

    So a body may index dicts by labels, call itself along a tree, or make arrays of different sizes.
    """
    known = taken_one_by_one(items)
    if known is None:
        return run()
    refusals: list[CompileError] = []

    def first() -> T:
        try:
            return run()
        except CompileError as error:
            refusals.append(error)
            raise

    def second() -> T:
        try:
            found = known()
            m.stage.unrolled += len(found) * weight
            most = LENGTHENED if refusals[0].diagnostics[0].reason == LENGTHS else len(found)
            if len(found) * weight > UNROLLED or m.stage.unrolled > 20 * UNROLLED or len(found) > most:
                raise refusals[0]
            return unroll(found)
        except CompileError:
            raise refusals[0] from None

    return either(m, first, second, 0)


UNPACK = "give as many names as there are values, or collect the rest with `*rest`"


def unpack(m: Machine, value: Value, count: int, star: int | None) -> list[Value]:
    """The values that `count` targets get; `star` is the position of the starred one."""
    if isinstance(value, (Scalar, int, float, bool)) or value is None:
        m.stage.fail("a number cannot be unpacked", f"into {count} names", remedy=UNPACK)
    items: list[Value] | Sequence
    if isinstance(value, Array):
        return _unpack_array(m, core.force(m.stage, value), count, star)
    items = iteration(m, value)
    if isinstance(items, Sequence):
        if isinstance(value, RunList):
            return _unpack_array(m, core.as_array(m.stage, value), count, star)
        _expect(m, m.stage.isub(items.stop, items.start), count)
        return [items.item(m.stage.iadd(items.start, i64(k))) for k in range(count)]
    if star is None:
        if len(items) != count:
            word = "too many values" if len(items) > count else "not enough values"
            m.stage.fail(f"{word} to unpack", f"{count} names for {len(items)} values", remedy=UNPACK)
        return items
    tail = count - star - 1
    if len(items) < count - 1:
        label = f"{count - 1} names at least for {len(items)} values"
        m.stage.fail("not enough values to unpack", label, remedy=UNPACK)
    middle = new_list(m, items[star : len(items) - tail])
    return [*items[:star], middle, *items[len(items) - tail :]]


def _expect(m: Machine, length: Operand, count: int) -> None:
    length = m.stage.size(length)
    if isinstance(length, Const):
        if length.value != count:
            word = "too many values" if int(length.value) > count else "not enough values"
            m.stage.fail(f"{word} to unpack", f"{count} names for {length.value} values", remedy=UNPACK)
        return
    m.stage.check(
        m.stage.op(a.ieq, length, i64(count)),
        "ValueError",
        f"expected {count} values to unpack, got {{0}}",
        length,
    )
    m.stage.equate(length, i64(count))


def _unpack_array(m: Machine, array: Array, count: int, star: int | None) -> list[Value]:
    stage = m.stage
    if not array.rank:
        stage.fail("a number cannot be unpacked", f"into {count} names", remedy=UNPACK)
    if star is None:
        _expect(m, array.shape[0], count)
        return [row(m, array, i64(k)) for k in range(count)]
    length = array.shape[0]
    fixed = count - 1
    stage.check(
        stage.op(a.ile, i64(fixed), length),
        "ValueError",
        f"expected at least {fixed} values to unpack, got {{0}}",
        length,
    )
    tail = count - star - 1
    rest = stage.isub(length, i64(fixed))
    stage.sizes.add(rest)
    size = stage.size(rest)
    if isinstance(size, Const) and size.value <= MOST:
        number = int(size.value)
        rows = [row(m, array, i64(k)) for k in range(fixed + number)]
        return [*rows[:star], new_list(m, rows[star : star + number]), *rows[star + number :]]
    middle = core.view(array, (rest, *array.shape[1:]), lambda i: (stage.iadd(i[0], i64(star)), *i[1:]))
    ends = [row(m, array, stage.iadd(rest, i64(star + k))) for k in range(tail)]
    return [*(row(m, array, i64(k)) for k in range(star)), middle, *ends]
