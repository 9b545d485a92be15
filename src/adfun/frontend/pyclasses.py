"""Classes that Python made outside the objective, in the form that the evaluator knows."""

from __future__ import annotations

import enum
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any

from adfun.diagnostics.errors import ArgumentError
from adfun.frontend.classes import ClassValue, setter_of
from adfun.frontend.functions import from_python, lift
from adfun.frontend.machine import Machine
from adfun.frontend.refs import NOTHING, attributes_of, methods_of, user_classes
from adfun.frontend.values import Instance, Value, as_python, is_known
from adfun.lazy import LazyModule
from adfun.records import replace

dataclasses = LazyModule("dataclasses")

_INNER = (MemberDescriptorType, GetSetDescriptorType)


def class_of(m: Machine, cls: type) -> ClassValue:
    """A class of Python's as one that can be evaluated; the same one for the whole evaluation."""
    found = m.classes.get(cls)
    if found is None:
        made = m.classes[cls] = ClassValue(cls.__name__)
        _fill(m, made, cls)
        return made
    assert isinstance(found, ClassValue)
    return found


def _fill(m: Machine, made: ClassValue, cls: type) -> None:
    made.bases += [class_of(m, base) for base in cls.__bases__ if base in user_classes(cls)]
    if dataclasses.is_dataclass(cls):
        _dataclass_fields(made, cls)
    elif issubclass(cls, tuple) and hasattr(cls, "_fields"):
        made.frozen = True
        made.fields += cls._fields
        made.defaults.update({k: lift(v) for k, v in cls._field_defaults.items()})  # type: ignore[attr-defined]
    for owner in reversed(user_classes(cls)):
        for name, value in vars(owner).items():
            _member(m, made, owner, name, value)


def _dataclass_fields(made: ClassValue, cls: type) -> None:
    made.frozen = cls.__dataclass_params__.frozen  # type: ignore[attr-defined]
    for field in dataclasses.fields(cls):
        made.fields.append(field.name)
        if not field.init:
            made.internal.add(field.name)
        if field.default is not dataclasses.MISSING:
            made.defaults[field.name] = lift(field.default)
        elif field.default_factory is not dataclasses.MISSING:
            made.factories[field.name] = lift(field.default_factory)


def _member(m: Machine, made: ClassValue, owner: type, name: str, value: Any) -> None:
    """Add one entry of a class, or of one that it inherits from: a method with source, or a constant."""
    kind, function = methods_of(value)
    if function is None:
        if not (isinstance(value, _INNER) or (name.startswith("__") and name.endswith("__"))):
            made.members[name] = lift(value)
            made.kinds.pop(name, None)
        return
    try:
        made.members[name] = replace(from_python(m, function, owner.__name__), owner=class_of(m, owner))
    except ArgumentError:
        return  # made by `dataclass` or `NamedTuple`: the evaluator has its own way
    made.kinds.pop(name, None)
    if kind:
        made.kinds[name] = kind
    if isinstance(value, property) and isinstance(value.fset, FunctionType):
        setter = from_python(m, value.fset, owner.__name__)
        made.members[setter_of(name)] = replace(setter, owner=class_of(m, owner))


def instance_of(m: Machine, value: Any) -> Instance | None:
    """An object of a class of the user's that exists already; None for any other value."""
    cls = type(value)
    if isinstance(value, (type, FunctionType, enum.Enum)) or not user_classes(cls):
        return None
    found = m.instances.get(id(value))
    if found is None:
        items = {name: lift(part) for name, part in attributes_of(value)}
        found = m.instances[id(value)] = Instance(items, class_of(m, cls)), value
    made = found[0]
    assert isinstance(made, Instance)
    return made


def owner_of(m: Machine, owner: Any) -> Value:
    """What a method is bound to: an object, or the class."""
    return class_of(m, owner) if isinstance(owner, type) else instance_of(m, owner)


def is_instance(m: Machine, value: Value, kind: Value) -> bool:
    """isinstance(value, kind) for a class of the user's."""
    wanted = class_of(m, kind) if isinstance(kind, type) and user_classes(kind) else kind
    if isinstance(value, Instance):
        return isinstance(wanted, ClassValue) and bool(value.cls.is_a(wanted))
    return isinstance(kind, type) and isinstance(value, kind)


def enum_member(m: Machine, cls: enum.EnumMeta, args: list[Value]) -> Value:
    """Name(value): the member of an enum that has this value."""
    value = args[0] if len(args) == 1 else None
    value = (
        as_python(value) if is_known(value) else m.stage.known_value(value, f"the value of {cls.__name__}")
    )
    try:
        return cls(value)
    except ValueError as error:
        m.stage.fail(f"{cls.__name__} has no such member", "here", reason=str(error))


def enum_attribute(owner: Any, name: str) -> Value:
    """An attribute of an enum class, or of a member of one; NOTHING where there is none."""
    if isinstance(owner, enum.Enum) and name in ("value", "name"):
        return lift(getattr(owner, name))
    if isinstance(owner, enum.EnumMeta) and name in owner.__members__:
        return owner.__members__[name]
    return NOTHING
