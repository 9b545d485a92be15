"""The dataclasses of the compiler: the standard library's, made in a tenth of the time.

A process that compiles one objective makes a hundred and more of these classes before it does anything else.
So the methods are shared, and `__init__` is written when a class is first called. `frozen` is for the type
checker alone: nothing watches assignments at run time, which makes objects faster to build, too.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import replace as replace
else:

    def dataclass(cls=None, /, *, eq=True, frozen=False, slots=False, repr=True):
        """As `dataclasses.dataclass`, with the options that are used here."""
        if cls is None:
            return lambda cls: _made(cls, eq, frozen, slots, repr)
        return _made(cls, eq, frozen, slots, repr)

    def field(*, default=None, default_factory=None):
        """As `dataclasses.field`."""
        return default if default_factory is None else _Factory(default_factory)

    def replace(record, /, **changes):
        """As `dataclasses.replace`."""
        return type(record)(**(dict(zip(record.__match_args__, _values(record), strict=True)) | changes))


_REQUIRED: Any = object()


class _Factory:
    """A default that is made anew for every object."""

    __slots__ = ("make",)

    def __init__(self, make: Any) -> None:
        self.make = make


def asdict(record: Any) -> Any:
    """As `dataclasses.asdict`, of anything that holds records."""
    if hasattr(record, "__record__"):
        return {name: asdict(getattr(record, name)) for name in record.__match_args__}
    if isinstance(record, list | tuple):
        return type(record)(asdict(item) for item in record)
    return {key: asdict(item) for key, item in record.items()} if isinstance(record, dict) else record


def _made(cls: Any, eq: bool, frozen: bool, slots: bool, repr: bool) -> Any:
    members = dict(cls.__dict__)
    own = {name: members.get(name, _REQUIRED) for name in members.get("__annotations__", ())}
    fields: dict[str, Any] = {}
    for base in reversed(cls.__mro__[1:]):
        fields |= base.__dict__.get("__record__", {})
    fields |= own
    if slots:
        kept = {k: v for k, v in members.items() if k not in own and k not in _REMADE}
        made = type(cls)(cls.__name__, cls.__bases__, {**kept, "__slots__": tuple(own)})
        made.__qualname__ = cls.__qualname__
        cls = made
    else:
        for name, default in own.items():
            if isinstance(default, _Factory):
                delattr(cls, name)
    added: dict[str, Any] = {
        "__record__": fields,
        "__match_args__": tuple(fields),
        "__init__": _initially(cls, fields),
    }
    if repr:
        added["__repr__"] = _repr
    if eq:
        added |= {
            "__key__": staticmethod(attrgetter(*fields) if fields else _nothing),
            "__eq__": _eq,
            "__hash__": _hash if frozen else None,
        }
    for name, method in added.items():
        if members.get(name) is None:  # Python adds `__hash__ = None` to an `__eq__`
            setattr(cls, name, method)
    return cls


_REMADE = ("__dict__", "__weakref__")


def _initially(cls: Any, fields: dict[str, Any]) -> Any:
    """The `__init__` that writes the class's own and gives way to it."""

    def __init__(self: Any, *args: Any, **named: Any) -> None:
        scope: dict[str, Any] = {"required": _REQUIRED}
        heads, lines = ["self"], []
        for name, default in fields.items():
            value = name
            if isinstance(default, _Factory):
                scope[f"make_{name}"] = default.make
                heads.append(f"{name}=required")
                value = f"make_{name}() if {name} is required else {name}"
            elif default is _REQUIRED:
                heads.append(name)
            else:
                scope[f"default_{name}"] = default
                heads.append(f"{name}=default_{name}")
            lines.append(f"    self.{name} = {value}")
        exec(f"def __init__({', '.join(heads)}):\n" + "\n".join(lines or ["    pass"]), scope)
        cls.__init__ = scope["__init__"]
        cls.__init__(self, *args, **named)

    return __init__


def _nothing(record: Any) -> tuple[()]:
    return ()


def _values(record: Any) -> list[Any]:
    return [getattr(record, name) for name in record.__match_args__]


def _repr(self: Any) -> str:
    shown = (f"{name}={value!r}" for name, value in zip(self.__match_args__, _values(self), strict=True))
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: Any) -> Any:
    return self.__key__(self) == self.__key__(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(self.__key__(self))
