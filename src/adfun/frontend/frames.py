"""Data frames among the data: a dict of columns, whose length and attributes are those of pandas."""

from __future__ import annotations

from adfun.frontend.keys import FRAME, key_of, lookup
from adfun.frontend.machine import Machine
from adfun.frontend.refs import Ref
from adfun.frontend.values import DictValue, ListValue, Partial, Value

_STACK = Ref("numpy.column_stack")


def has(frame: DictValue, name: str) -> bool:
    """Whether an attribute is one that a frame has and a dict has not, or not in this way."""
    return name in ("shape", "columns", "values", "to_numpy") or name in frame.items


def attribute(m: Machine, frame: DictValue, name: str) -> Value:
    """frame.name, for a name that it `has`: a column before anything else, but for methods of frames."""
    if name == "shape":
        return (m.call(Ref("builtins.len"), [frame]), len(frame.items))
    if name == "columns":
        return tuple(frame.items)
    if name == "values":
        return m.call(_STACK, [tuple(frame.items.values())])
    if name == "to_numpy":
        return Partial(_STACK, (tuple(frame.items.values()),), {})
    return frame.items[name]


def selects(owner: DictValue, index: Value) -> bool:
    """Whether an index names several columns of a frame."""
    return owner.factory == FRAME and isinstance(index, ListValue)


def columns(m: Machine, frame: DictValue, index: ListValue) -> Value:
    """frame[[name, ...]]"""
    made = DictValue({key_of(m, name): lookup(m, frame, name) for name in index.items}, FRAME)
    m.stage.born(made)
    return made
