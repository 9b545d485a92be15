"""Items of arrays, lists, tuples and dicts; the methods of lists and dicts."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adfun.frontend import bindtime, complexes, frames, rows, specs, written
from adfun.frontend.arrays import assign, core, indexing
from adfun.frontend.classes import overloaded
from adfun.frontend.keys import COUNTER, key_of, lookup
from adfun.frontend.lists import Counting, Grows, append, getitem, index_of, store
from adfun.frontend.machine import Env, Machine
from adfun.frontend.operators import compare, known, new_list, with_recipe
from adfun.frontend.refs import Ref
from adfun.frontend.sequences import countable
from adfun.frontend.values import (
    Array,
    DictValue,
    Instance,
    ListValue,
    RangeValue,
    RunList,
    Scalar,
    Sequence,
    Value,
    as_python,
    is_known,
)


def pick(owner: Any, index: Any) -> Any:
    """owner[index], for recipes."""
    return owner[index]


def subscript(m: Machine, owner: Value, index: Value) -> Value:
    """owner[index]"""
    made = overloaded(m, owner, "getitem", index)
    if made is not None:
        return made[0]
    if isinstance(owner, Ref):
        return m.call(owner.member("__getitem__"), [index])
    if complexes.waits(owner) and not bindtime.of_data(owner, index):
        return subscript(m, complexes.lifted(m, owner), index)
    foreign = bindtime.operated(m, operator.getitem, owner, index)
    if foreign is not None:
        return foreign[0]
    if isinstance(owner, Array) or (isinstance(owner, np.ndarray) and not is_known(index)):
        array = core.as_array(m.stage, owner)
        return with_recipe(m, indexing.getitem(m.stage, array, index), "item", owner, index)
    if isinstance(owner, RunList):
        column = owner.columns[0]
        if not isinstance(index, slice):
            found = getitem(m, owner, index)
            of_data = owner.form is None and column.rank == 1 and owner.count is column.shape[0]
            return with_recipe(m, found, "item", column, index) if of_data else found
        if owner.form is None:
            array = core.as_array(m.stage, owner)
            return with_recipe(m, indexing.getitem(m.stage, array, index), "item", array, index)
        return rows.sliced(m.stage, owner, index)
    if isinstance(owner, Instance):
        if not owner.cls.fields:
            m.stage.fail("this object has no items", "here", remedy="give its class a method __getitem__")
        owner = tuple(owner.items.values())
    if isinstance(owner, (ListValue, DictValue)):
        return _from_container(m, owner, index)
    if isinstance(owner, RangeValue):
        return indexing.getitem(m.stage, core.as_array(m.stage, owner), index)
    if isinstance(owner, tuple) and not is_known(index):
        return _from_items(m, list(owner), index)
    if isinstance(owner, tuple) and not hasattr(owner, "_fields"):
        return owner[_slot(m, owner, index)]
    if isinstance(owner, (Scalar, int, float)):
        m.stage.fail("a number cannot be indexed", "this is a number", remedy="give it as an array")
    if isinstance(owner, str) and not is_known(index):
        remedy = "use an index that is known when the objective is compiled"
        label = f"this is {core.describe(index)}"
        m.stage.fail("a string takes known integers as indices", label, remedy=remedy)
    return known(m, pick, owner, index)


def _slot(m: Machine, items: Any, index: Value) -> Any:
    """A known index into a sequence of known length, checked."""
    if isinstance(index, slice):
        return slice(*(as_python(v) for v in (index.start, index.stop, index.step)))
    if isinstance(index, np.ndarray) and index.ndim == 0:
        index = index.item()
    if not isinstance(index, (int, np.integer)):
        m.stage.fail(
            "a list or tuple takes integers and slices as indices", f"this is {core.describe(index)}"
        )
    if not -len(items) <= index < len(items):
        m.stage.fail(
            "index out of range",
            f"index {index} for {len(items)} items",
            remedy=f"use an index from {-len(items)} to {len(items) - 1}" if items else "put items in first",
        )
    return int(index)


def _from_container(m: Machine, owner: ListValue | DictValue, index: Value) -> Value:
    if isinstance(owner, DictValue):
        return frames.columns(m, owner, index) if frames.selects(owner, index) else lookup(m, owner, index)
    if not is_known(index):
        return _from_items(m, owner.items, index)
    found = owner.items[_slot(m, owner.items, index)]
    return new_list(m, found) if isinstance(index, slice) else found


def _from_items(m: Machine, items: list[Value], index: Value) -> Value:
    """A run-time index into a list of known length: its items must make an array."""
    if all(isinstance(v, ListValue) for v in items):
        return _gathered(m, new_list(m, items), index)
    if not all(
        isinstance(v, Array) or core.is_number(v) or isinstance(v, (np.ndarray, tuple)) for v in items
    ):
        m.stage.fail(
            "the index must be known when the objective is compiled",
            "this is only known at run time",
            reason="the items of the list are not numbers or arrays of one shape",
        )
    if any(isinstance(v, int) and abs(v) >= 2**31 for v in items):
        m.stage.fail(
            "a list of integers beyond 32 bits is indexed at run time",
            "here",
            reason="what is calculated with its items is not checked to fit into 64 bits",
            remedy="use floats, such as 2.0**40",
        )
    return _gathered(m, tuple(items), index)


def _gathered(m: Machine, items: Value, index: Value) -> Value:
    """An item of a table that the items are copied to: what is stored in it would not reach the list."""
    table = core.force(m.stage, core.as_array(m.stage, items))
    if table.rank > 1:
        m.stage.copies[id(table)] = table
    return indexing.getitem(m.stage, table, index)


def assign_item(m: Machine, owner: Value, index: Value, value: Value) -> None:
    """owner[index] = value"""
    stage = m.stage
    if overloaded(m, owner, "setitem", index, value) is not None:
        return
    if isinstance(owner, np.ndarray):
        owner = complexes.filled(m, owner)
        if complexes.is_complex(owner):
            return assign_item(m, owner, index, value)
        written.write(m, owner)
    if isinstance(owner, Array):
        assign.setitem(stage, owner, index, value)
    elif isinstance(owner, RunList):
        position = index_of(m, owner, index)
        if not isinstance(owner, Counting):
            store(m, owner, position, value)
    elif isinstance(owner, ListValue):
        _assign_list(m, owner, index, m.settle(value))
    elif isinstance(owner, DictValue):
        stage.change(owner, specs.state_of(owner))
        owner.items = {**owner.items, key_of(m, index): m.settle(value)}
    else:
        stage.fail("items of this cannot be assigned", f"it is {core.describe(owner)}")


def _assign_list(m: Machine, owner: ListValue, index: Value, value: Value) -> None:
    if not is_known(index) or isinstance(index, slice):
        raise Grows(owner, specs.spec_of(m.stage, value))
    m.stage.change(owner, specs.state_of(owner))
    items = list(owner.items)
    items[_slot(m, items, index)] = value
    owner.items = items


def delete_item(m: Machine, owner: Value, index: Value) -> None:
    """del owner[index]"""
    if isinstance(owner, (ListValue, DictValue)) and (is_known(index) or isinstance(owner, DictValue)):
        m.stage.change(owner, specs.state_of(owner))
        place = as_python(index) if isinstance(owner, ListValue) else key_of(m, index)
        if isinstance(owner, DictValue) and place not in owner.items:
            m.stage.fail(f"there is no key {place!r}", "here")
        items = owner.items.copy()
        del items[place]
        owner.items = items
    else:
        m.stage.fail(
            "this item cannot be deleted",
            f"it belongs to {core.describe(owner)}",
            remedy="use np.delete, or a slice that leaves it out",
        )


# -- methods ----------------------------------------------------------------------------------


def extend(m: Machine, owner: ListValue | RunList, values: Value) -> None:
    """owner.extend(values), owner += values"""
    items = countable(m, values)
    if isinstance(items, Sequence):
        with m.within(Env({"owner": owner, "values": items}, m.env, None, set()), m.source):
            m.exec_block(EXTEND.body)
        return
    for item in items:
        append(m, owner, item)


EXTEND = ast.parse("for item in values:\n    owner.append(item)")
"""Where the number of items is only known at run time."""


def _insert(m: Machine, owner: ListValue, index: Value, value: Value) -> None:
    _change(m, owner, lambda items: items.insert(as_python(index), m.settle(value)))


def _change(m: Machine, owner: ListValue, action: Callable[[list[Value]], Any]) -> Any:
    """Change a list of known length; a loop around cannot."""
    if not isinstance(owner, ListValue):
        m.stage.fail(
            "a list that grows in a loop can only be appended to",
            "here",
            remedy="use append and an index",
        )
    owner.steady = owner.steady or m.stage.outside_loop(owner)
    m.stage.change(owner, specs.state_of(owner))
    items = list(owner.items)
    result = action(items)
    owner.items = items
    return result


def _pop(m: Machine, owner: Value, *args: Value) -> Value:
    if isinstance(owner, DictValue):
        key = key_of(m, args[0])
        if key not in owner.items and len(args) > 1:
            return args[1]
        found = _from_container(m, owner, key)
        delete_item(m, owner, key)
        return found
    return _change(m, owner, lambda items: items.pop(*(as_python(x) for x in args)))


def _drop_first(m: Machine, owner: Value) -> Value:
    """deque.popleft()"""
    return _change(m, owner, lambda items: items.pop(0))


def _append_left(m: Machine, owner: Value, value: Value) -> None:
    """deque.appendleft(value)"""

    def put(items: list[Value]) -> None:
        items.insert(0, m.settle(value))
        del items[owner.most :]

    _change(m, owner, put)


def _rotate(m: Machine, owner: Value, n: Value = 1) -> None:
    """deque.rotate(n)"""

    def turn(items: list[Value]) -> None:
        cut = -as_python(n) % max(len(items), 1)
        items[:] = items[cut:] + items[:cut]

    _change(m, owner, turn)


def _sort(m: Machine, owner: Value, *, key: Value = None, reverse: Value = False) -> None:
    options = {"reverse": reverse} if key is None else {"key": key, "reverse": reverse}
    made = m.call(Ref("builtins.sorted"), [owner], options)
    if not isinstance(made, ListValue):
        m.stage.fail("a list of run-time numbers cannot be sorted in place", "here", remedy="use np.sort")
    _change(m, owner, lambda items: items.__setitem__(slice(None), made.items))


def _index(m: Machine, owner: ListValue, value: Value) -> Value:
    if not is_known(value) or not is_known(owner):
        m.stage.fail("index() needs values that are known when the objective is compiled", "here")
    items = as_python(owner)
    if as_python(value) not in items:
        m.stage.fail("this is not in the list", "here")
    return items.index(as_python(value))


def _count(m: Machine, owner: ListValue | RunList, value: Value) -> Value:
    """list.count(value)"""
    items = countable(m, owner)
    if isinstance(items, Sequence):
        same = compare(m, ast.Eq, core.as_array(m.stage, owner), value)
        return m.call(Ref("numpy.count_nonzero"), [same])
    found = [m.call(Ref("builtins.int"), [compare(m, ast.Eq, item, value)]) for item in items]
    return m.call(Ref("builtins.sum"), [new_list(m, found)])


def _remove(m: Machine, owner: ListValue, value: Value) -> None:
    """list.remove(value)"""
    if not isinstance(owner, ListValue):
        m.stage.fail("a list of run-time length cannot lose items", "here", remedy="use a mask")
    if not is_known(value):
        value = m.stage.known_value(value, "what is removed")
    place = _index(m, owner, value)
    _change(m, owner, lambda items: items.pop(place))


def _get(m: Machine, owner: DictValue, key: Value, default: Value = None) -> Value:
    return owner.items.get(key_of(m, key), default)


def _set_default(m: Machine, owner: DictValue, key: Value, default: Value = None) -> Value:
    known_key = key_of(m, key)
    if known_key not in owner.items:
        assign_item(m, owner, known_key, default)
    return owner.items[known_key]


def _update(m: Machine, owner: DictValue, other: Value = (), **values: Value) -> None:
    """dict.update, counter.update: of a counter the counts are added."""
    counts = owner.factory == COUNTER
    more = m.call(COUNTER if counts else Ref("builtins.dict"), [other], values)
    for key, value in more.items.items():
        new = m.call(Ref("operator.add"), [owner.items.get(key, 0), value]) if counts else value
        assign_item(m, owner, key, new)


def _most_common(m: Machine, owner: DictValue, n: Value = None) -> Value:
    """counter.most_common(n), for counts that are known."""
    counts = {k: m.stage.known_value(v, "a count") for k, v in owner.items.items()}
    ordered = sorted(counts, key=lambda k: -counts[k])
    return tuple((k, owner.items[k]) for k in ordered[: as_python(n)])


def _copy(m: Machine, owner: DictValue) -> Value:
    made = DictValue(dict(owner.items), owner.factory)
    m.stage.born(made)
    return made


LIST_METHODS: dict[str, Callable[..., Value]] = {
    "append": append,
    "extend": extend,
    "insert": _insert,
    "pop": _pop,
    "popleft": _drop_first,
    "remove": _remove,
    "appendleft": _append_left,
    "rotate": _rotate,
    "index": _index,
    "sort": _sort,
    "copy": lambda m, owner: new_list(m, list(owner.items)),
    "reverse": lambda m, owner: _change(m, owner, lambda items: items.reverse()),
    "count": _count,
    "clear": lambda m, owner: _change(m, owner, lambda items: items.clear()),
}

DICT_METHODS: dict[str, Callable[..., Value]] = {
    "keys": lambda m, owner: tuple(owner.items),
    "values": lambda m, owner: tuple(owner.items.values()),
    "items": lambda m, owner: tuple(owner.items.items()),
    "get": _get,
    "setdefault": _set_default,
    "pop": _pop,
    "update": _update,
    "copy": _copy,
    "most_common": _most_common,
}


SET_METHODS = frozenset(
    "add discard remove update union intersection difference symmetric_difference issubset issuperset "
    "isdisjoint copy".split()
)


def set_method(m: Machine, owner: set[Any] | frozenset[Any], name: str, args: list[Value]) -> Value:
    """owner.name(*args) of a set of known labels: one that changes stands for its names as a new set."""
    given = [key_of(m, v) if name in ("add", "discard", "remove") else as_python(v) for v in args]
    changed = set(owner)
    result = known(m, getattr(changed, name), *given)
    if changed != owner:
        direct = any(v is owner for env in written.environments(m) for v in env.names.values())
        if not direct or (m.stage.frames and m.env.names.get(_name_of(m, owner)) is not owner):
            m.stage.fail(
                "this set cannot be changed here",
                "it is a part of something, or belongs to a function around this one",
                remedy="give it a name of its own, or use a list",
            )
        written.replace(m, owner, changed)
    return result


def _name_of(m: Machine, value: Value) -> str:
    return next((name for name, held in m.env.names.items() if held is value), "")
