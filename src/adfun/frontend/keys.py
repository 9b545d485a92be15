"""Keys of dicts: known when compiling; a number computed at run time is searched among them."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from adfun.frontend import specs
from adfun.frontend.arrays import core, indexing
from adfun.frontend.machine import Machine
from adfun.frontend.refs import Ref
from adfun.frontend.stage import recipe_of
from adfun.frontend.values import Array, DictValue, Instance, ListValue, Scalar, Value, as_python, is_known

ITEMS = "the items of a set"
COUNTER = Ref("collections.Counter")
FRAME = Ref("pandas.DataFrame")
"""The factory of a counter: what is missing in it counts as zero, and stays missing."""


def key_of(m: Machine, value: Value, what: str = "the keys of a dict") -> Any:
    """The key that a value is: known, or given by the data alone, which the module then assumes."""
    if not is_known(value):
        if recipe_of(value) is None:
            refuse_key(m, value, what)
        value = m.stage.known_value(value, what)
    key = as_python(value)
    try:
        hash(key)
    except TypeError:
        m.stage.fail(f"a {type(key).__name__} cannot be among {what}", "here", remedy="use a tuple")
    return key


def refuse_key(m: Machine, value: Value, what: str = "the keys of a dict") -> NoReturn:
    m.stage.fail(
        f"{what} must be known when the objective is compiled",
        "here" if value is None else f"this is {core.describe(value)}",
        reason="it depends on parameters, or on the course of the computation",
        remedy="use a list or an array, with positions as indices",
    )


def lookup(m: Machine, owner: DictValue, index: Value) -> Value:
    """owner[index]"""
    if isinstance(index, Scalar) and index.recipe is None and owner.items:
        return _searched(m, owner, index)
    key = key_of(m, index)
    if key not in owner.items and owner.factory not in (None, FRAME):
        return _made(m, owner, key)
    if key not in owner.items:
        keys = ", ".join(map(_shown, owner.items)) or "none"
        m.stage.fail(f"there is no key {_shown(key)}", "here", reason=f"the keys are {keys}")
    return owner.items[key]


def _shown(key: Any) -> str:
    """A key as the user wrote it, or what it is."""
    plain = isinstance(key, (str, bytes, int, float, complex, tuple, type(None), np.generic))
    return repr(key) if plain else core.describe(key)


def _made(m: Machine, owner: DictValue, key: Any) -> Value:
    """The value of a missing key, which a `defaultdict` also puts in."""
    if owner.factory == COUNTER:
        return 0
    made = m.settle(m.call(owner.factory, []))
    m.stage.change(owner, specs.state_of(owner))
    owner.items = {**owner.items, key: made}
    return made


def _searched(m: Machine, owner: DictValue, index: Scalar) -> Value:
    """The value of a run-time number among the keys, found by bisection."""
    stage = m.stage
    plain = all(isinstance(k, (int, np.integer)) and not isinstance(k, bool) for k in owner.items)
    if not plain or not all(_one_kind(v) for v in owner.items.values()):
        refuse_key(m, index)
    keys = sorted(owner.items)
    table = np.array(keys, dtype=np.int64)
    found = m.call(Ref("numpy.searchsorted"), [table, index])
    position = m.call(Ref("numpy.minimum"), [found, len(keys) - 1])
    here = m.call(Ref("numpy.equal"), [indexing.getitem(stage, core.as_array(stage, table), position), index])
    stage.check(core.operand(stage, here), "KeyError", "{0}", index.operand)
    if all(k == n for n, k in enumerate(keys)) and isinstance(index, Scalar):
        position = index
    items = tuple(owner.items[k] for k in keys)
    return indexing.getitem(stage, core.as_array(stage, items), position)


def _one_kind(value: Value) -> bool:
    """Whether a value can be an element, or a row, of an array."""
    if isinstance(value, (DictValue, Instance, ListValue, str)):
        return False
    return isinstance(value, (Array, np.ndarray)) or core.is_number(value)
