"""Attributes by name, copies, records as dicts and tuples, and loggers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from adfun.frontend.arrays import core
from adfun.frontend.builtins import ignored, to_dict, to_list
from adfun.frontend.calls import attribute
from adfun.frontend.classes import ClassValue, construct, namespace, replaced
from adfun.frontend.machine import Machine, attempt
from adfun.frontend.pyclasses import class_of
from adfun.frontend.refs import Ref
from adfun.frontend.values import Array, DictValue, Instance, ListValue, RunList, Value


def getattr_(m: Machine, owner: Value, name: Value, *default: Value) -> Value:
    if default and isinstance(owner, Instance) and not hasattr_(m, owner, name):
        return default[0]
    return attribute(m, owner, _name(m, name))


def _name(m: Machine, name: Value) -> str:
    if not isinstance(name, str):
        m.stage.fail(
            "the name of an attribute must be a text", f"this is {core.describe(name)}", remedy="quote it"
        )
    return name


def hasattr_(m: Machine, owner: Value, name: Value) -> Value:
    _name(m, name)
    if isinstance(owner, Instance):
        return name in owner.items or name in owner.cls.members
    return attempt(lambda: attribute(m, owner, str(name)))[1] is None


def deep_copy(m: Machine, value: Value) -> Value:
    """copy.deepcopy(value)"""
    if isinstance(value, Array):
        return m.call(Ref("numpy.copy"), [value])
    if isinstance(value, RunList):
        return to_list(m, value)
    if isinstance(value, ListValue):
        made: Value = ListValue([deep_copy(m, v) for v in value.items], steady=value.steady, most=value.most)
    elif isinstance(value, Instance):
        made = Instance({k: deep_copy(m, v) for k, v in value.items.items()}, value.cls)
    elif isinstance(value, DictValue):
        made = DictValue({k: deep_copy(m, v) for k, v in value.items.items()}, value.factory)
    elif type(value) is tuple:
        return tuple(deep_copy(m, v) for v in value)
    else:
        return value.copy() if isinstance(value, np.ndarray) else value
    m.stage.born(made)
    return made


def shallow_copy(m: Machine, value: Value) -> Value:
    """copy.copy(value)"""
    if isinstance(value, Instance):
        return replaced(m, value, {})
    if isinstance(value, (ListValue, DictValue)):
        return m.call(attribute(m, value, "copy"), [])
    return deep_copy(m, value) if isinstance(value, (Array, RunList, np.ndarray)) else value


def as_dict(m: Machine, value: Value) -> Value:
    """dataclasses.asdict(value)"""
    if isinstance(value, Instance):
        return to_dict(m, **{k: as_dict(m, value.items[k]) for k in value.cls.fields if k in value.items})
    return deep_copy(m, value)


def as_tuple(m: Machine, value: Value) -> Value:
    """dataclasses.astuple(value)"""
    if isinstance(value, Instance):
        return tuple(as_tuple(m, value.items[k]) for k in value.cls.fields if k in value.items)
    return deep_copy(m, value)


def fields_of(m: Machine, value: Value) -> Value:
    """dataclasses.fields(value): of every field its name and its default."""
    cls = (
        value.cls if isinstance(value, Instance) else class_of(m, value) if isinstance(value, type) else value
    )
    if not isinstance(cls, ClassValue) or not cls.fields:
        m.stage.fail("fields() takes a dataclass", f"this is {core.describe(value)}")
    return tuple(namespace(m, name=name, default=cls.defaults.get(name)) for name in cls.fields)


def replace_(m: Machine, owner: Value, **changes: Value) -> Value:
    """dataclasses.replace(owner, **changes)"""
    if not isinstance(owner, Instance):
        m.stage.fail("replace() takes a dataclass", f"this is {core.describe(owner)}")
    return construct(m, owner.cls, [], {**_given(owner), **changes})


def _given(owner: Instance) -> dict[str, Value]:
    return {k: v for k, v in owner.items.items() if k in owner.cls.fields and k not in owner.cls.internal}


LOGGED = "debug info warning error critical exception log setLevel basicConfig".split()


def logger(m: Machine, name: Value = None) -> Value:
    """logging.getLogger(name): what it is told does not change the value."""
    return Ref("logging.Logger")


OBJECTS: dict[str, Callable[..., Value]] = {
    "builtins.getattr": getattr_,
    "builtins.hasattr": hasattr_,
    "copy.copy": shallow_copy,
    "copy.deepcopy": deep_copy,
    "dataclasses.asdict": as_dict,
    "dataclasses.astuple": as_tuple,
    "dataclasses.fields": fields_of,
    "dataclasses.replace": replace_,
    "logging.getLogger": logger,
    **{f"logging.{place}{name}": ignored for place in ("", "Logger.") for name in LOGGED},
}
