"""An objective as plain values: its source and all that the source refers to, without the objects themselves.

    Content := text (JSON), arrays          {"name", "file", "parameters", "defaults", "source"}
    source  := {"file", "text", "entry"}    a module given as text
             | {"root": value, "owner": value, "objects": [object]}

    value   := null | bool | "text" | {"float": hex} | {"int": digits} | {"complex": [hex, hex]}
             | {"bytes": hex} | {"array": number}
             | {"number": number}           a NumPy scalar, kept as an array
             | {"list" | "tuple" | "set" | "frozenset": [value]} | {"dict": [[value, value]]}
             | {"range" | "slice": [value]} | {"ellipsis": true}
             | {"ref": dotted name}         what belongs to a library
             | {"method": [value, value]}   a function and what it is bound to
             | {"object": number}           of the list of objects, which may refer to each other
             | {"opaque": words}            what has no plain form
    object  := {"function": [file, line, text, columns], "name", "defaults", "keywords", "free", "scope"}
             | {"scope": name, "names"}     of the globals of a module, or of a foreign object, what is named
             | {"class": name, "form", "bases", "fields", "given", "methods", "attributes": names}
             | {"of": class | null, "attributes": names}          an object, or a SimpleNamespace
             | {"of": class, "items": [value]} | {"of": class, "member": name}       named tuples, enums
             | {"opaque": words}
    names   := [[name, value]]

What hashes equal compiles equal: the digest of the content is part of every key.  Nothing in it is run:
`adfun.frontend.rebuild` makes inert objects of it that the evaluator takes for the user's.
"""

from __future__ import annotations

import contextlib
import enum
import json
import os
from collections.abc import Callable, Iterable
from types import (
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adfun.diagnostics.errors import ArgumentError
from adfun.frontend.definitions import piece_of
from adfun.frontend.origin import Content, Objective, Text, file_of
from adfun.frontend.refs import (
    NOTHING,
    attributes_of,
    held,
    is_users,
    methods_of,
    ref_of,
    uncached,
    user_classes,
)
from adfun.lazy import LazyModule

dataclasses = LazyModule("dataclasses")


def content_of(objective: Objective) -> Content:
    """The content of an objective."""
    if isinstance(objective.origin, Content):
        return objective.origin
    plain: dict[str, Any] = {
        "name": objective.name,
        "file": file_of(objective),
        "parameters": objective.parameters,
        "defaults": sorted(objective.defaults),
    }
    if isinstance(objective.origin, Text):
        source = objective.origin.source
        plain["source"] = {"file": source.name, "text": source.text, "entry": objective.origin.entry}
        return Content.of(json.dumps(plain))
    writer = _Writer()
    try:
        root = writer.value(objective.origin, set())
        owner = writer.value(objective.owner, writer.named)
        missing = writer.missing([root, owner], set())
        plain["source"] = {"root": root, "owner": owner, "objects": writer.objects}
        text = json.dumps(plain)
    except RecursionError:
        missing, text = "something that contains itself", ""
    return Content("", (), "", missing) if missing else Content.of(text, tuple(writer.arrays))


def objective_of(content: Content) -> Objective:
    """The objective that a content holds; ValueError, KeyError or TypeError when it holds none."""
    plain = json.loads(content.text)
    return Objective(str(plain["name"]), content, tuple(plain["parameters"]), frozenset(plain["defaults"]))


def portable_digest(content: Content) -> str:
    """The digest of a content without the paths of its files; empty when the content is not whole."""
    if content.missing:
        return ""
    plain = json.loads(content.text)
    source = plain["source"]
    if "file" in source:
        source["file"] = os.path.basename(source["file"])
    for item in source.get("objects", ()):
        if "function" in item:
            item["function"][0] = os.path.basename(item["function"][0])
    return Content.of(json.dumps(plain), content.arrays).digest


class _Writer:
    """Writes values down.

    `names` are those in the function that looks at a value: of foreign objects nothing else counts.
    """

    def __init__(self) -> None:
        self.objects: list[dict[str, Any]] = []
        self.arrays: list[NDArray[Any]] = []
        self._numbers: dict[int, int] = {}
        self._kept: list[Any] = []
        """Keeps ids taken."""
        self.named: set[str] = set()
        """All names that occur in any function."""

    def missing(self, plain: Any, seen: set[int]) -> str:
        """What has no plain form though the source may look at it, in words; empty when nothing is missing.

        Attributes that no function names do not count.
        """
        if isinstance(plain, list):
            return next(filter(None, (self.missing(part, seen) for part in plain)), "")
        if not isinstance(plain, dict):
            return ""
        if "opaque" in plain:
            return str(plain["opaque"])
        parts = [part for key, part in plain.items() if key not in ("attributes", "object")]
        parts += [value for name, value in plain.get("attributes", ()) if name in self.named]
        number = plain.get("object")
        if number is not None and number not in seen:
            seen.add(number)
            parts.append(self.objects[number])
        return self.missing(parts, seen)

    # -- values ---------------------------------------------------------------------------

    def value(self, value: Any, names: set[str]) -> Any:
        """The plain form of a value."""
        match value:
            case enum.Enum():
                return self._object(value, self._instance, names)
            case None | bool() | str():
                return value
            case np.ndarray() | np.generic():
                return self._array(value)
            case float():
                return {"float": value.hex()}
            case int():
                return {"int": str(int(value))}
            case complex():
                return {"complex": [value.real.hex(), value.imag.hex()]}
            case bytes():
                return {"bytes": value.hex()}
            case tuple() if hasattr(value, "_fields"):
                return self._object(value, self._instance, names)
            case tuple() | list():
                return {"tuple" if isinstance(value, tuple) else "list": self._values(value, names)}
            case dict():
                return {"dict": [self._values(item, names) for item in value.items()]}
            case set() | frozenset():
                return {type(value).__name__: sorted(self._values(value, names), key=json.dumps)}
            case range() | slice():
                return {type(value).__name__: self._values((value.start, value.stop, value.step), names)}
            case type(__name__="ellipsis"):
                return {"ellipsis": True}
        return self._reference(value, names)

    def _values(self, items: Iterable[Any], names: set[str]) -> list[Any]:
        return [self.value(item, names) for item in items]

    def _pairs(self, items: Iterable[tuple[str, Any]], names: set[str]) -> list[Any]:
        return [[name, self.value(value, names)] for name, value in items]

    def _array(self, value: Any) -> Any:
        array = np.array(value)
        if array.dtype.hasobject or type(value) not in (np.ndarray, array.dtype.type):
            return _opaque(value)
        self.arrays.append(array)
        return {"number" if isinstance(value, np.generic) else "array": len(self.arrays) - 1}

    def _reference(self, value: Any, names: set[str]) -> Any:
        known = ref_of(value)
        if known is not None:
            return {"ref": known.name}
        value = uncached(value)
        if isinstance(value, FunctionType):
            module = value.__module__ or ""
            if module.split(".")[0] in ("numpy", "scipy"):
                return {"ref": f"{module}.{value.__qualname__}"}
            return self._object(value, self._function, names)
        if isinstance(value, MethodType) and isinstance(value.__func__, FunctionType):
            return {"method": [self.value(value.__func__, names), self.value(value.__self__, names)]}
        if isinstance(value, type) and user_classes(value):
            return self._object(value, self._class, names)
        if hasattr(type(value), "__array__") and not isinstance(value, type):
            return self._array(np.asarray(value))
        if user_classes(type(value)) or isinstance(value, SimpleNamespace):
            return self._object(value, self._instance, names)
        library = type(value).__module__.partition(".")[0] in ("numpy", "scipy")
        return _opaque(value) if library or not hasattr(value, "__dict__") else self._foreign(value, names)

    # -- objects --------------------------------------------------------------------------

    def _object(self, value: Any, write: Callable[[Any, set[str]], dict[str, Any]], names: set[str]) -> Any:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._new(value)
            self.objects[number].update(write(value, names))
        return {"object": number}

    def _new(self, value: Any) -> int:
        self._numbers[id(value)] = len(self.objects)
        self._kept.append(value)
        self.objects.append({})
        return len(self.objects) - 1

    def _function(self, function: FunctionType, _: set[str]) -> dict[str, Any]:
        code = function.__code__
        try:
            piece = piece_of(function)
        except (ArgumentError, OSError, SyntaxError, ValueError):
            return {"opaque": f"{function.__name__}(), whose source cannot be found"}
        own = _names(code)
        self.named |= own
        free = {}
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            with contextlib.suppress(ValueError):  # it has no value yet
                free[name] = cell.cell_contents
        return {
            "function": [piece.file, piece.line, piece.text, piece.columns],
            "name": function.__name__,
            "defaults": self._values(function.__defaults__ or (), own),
            "keywords": self._pairs((function.__kwdefaults__ or {}).items(), own),
            "free": self._pairs(free.items(), own),
            "scope": self._scope(function.__globals__, "globals", own, function.__globals__.get),
        }

    def _foreign(self, owner: Any, names: set[str]) -> Any:
        """A module, or an object or class of a library."""
        name = owner.__name__ if isinstance(owner, (ModuleType, type)) else type(owner).__name__
        return self._scope(owner, name, names, lambda name, nothing: held(owner, name))

    def _scope(self, owner: Any, title: str, names: set[str], look: Callable[[str, Any], Any]) -> Any:
        """What something holds under some names; more of it may be named each time it is met."""
        number = self._numbers.get(id(owner))
        if number is None:
            number = self._new(owner)
            self.objects[number].update({"scope": title, "names": []})
        written = self.objects[number]["names"]
        for name in sorted(names - {name for name, _ in written}):
            value = look(name, NOTHING)
            if value is not NOTHING:
                entry = [name, None]
                written.append(entry)  # now: it may refer to its owner
                entry[1] = self.value(value, names)
        return {"object": number}

    def _instance(self, value: Any, names: set[str]) -> dict[str, Any]:
        cls = type(value)
        written: dict[str, Any] = {"of": None}
        if not isinstance(value, SimpleNamespace):
            written["of"] = self._object(cls, self._class, names)
        if isinstance(value, enum.Enum):
            return {**written, "member": value.name}
        if isinstance(value, tuple):
            return {**written, "items": self._values(value, names)}
        return {**written, "attributes": self._pairs(attributes_of(value), names)}

    def _class(self, cls: type, names: set[str]) -> dict[str, Any]:
        form, fields, given = _form(cls)
        bases = [b for b in cls.__bases__ if user_classes(b) or b.__module__ in ("builtins", "enum")]
        methods, attributes = [], []
        for name, value in sorted(vars(cls).items()):
            kind, function = methods_of(value)
            if function is not None and is_users(function):
                methods.append([name, kind, self.value(function, names)])
                if isinstance(value, property) and isinstance(value.fset, FunctionType):
                    methods.append([name, "setter", self.value(value.fset, names)])
            elif function is None and not _is_internal(cls, name, value):
                attributes.append((name, value))
        return {
            "class": cls.__name__,
            "form": form,
            "bases": self._values(bases, names),
            "fields": fields,
            "given": [[name, how, self.value(value, names)] for name, how, value in given],
            "methods": methods,
            "attributes": self._pairs(attributes, names),
        }


def _opaque(value: Any) -> dict[str, str]:
    return {"opaque": f"an object of type {type(value).__name__}"}


def _form(cls: type) -> tuple[str, list[Any], list[tuple[str, str, Any]]]:
    """What kind of class it is, its fields or members, and the values given for them."""
    if isinstance(cls, enum.EnumMeta):
        return "enum", [], [(name, "", cls.__members__[name].value) for name in cls.__members__]
    if dataclasses.is_dataclass(cls):
        given = []
        for field in dataclasses.fields(cls):
            if field.default is not dataclasses.MISSING:
                given.append((field.name, "default", field.default))
            elif field.default_factory is not dataclasses.MISSING:
                given.append((field.name, "default_factory", field.default_factory))
        return "dataclass", [[field.name, field.init] for field in dataclasses.fields(cls)], given
    if issubclass(cls, tuple) and "_fields" in vars(cls):
        defaults = cls._field_defaults  # type: ignore[attr-defined]
        return "record", list(vars(cls)["_fields"]), [(name, "", value) for name, value in defaults.items()]
    return "plain", [], []


def _is_internal(cls: type, name: str, value: Any) -> bool:
    """Whether Python put an entry into a class by itself."""
    if isinstance(value, (MemberDescriptorType, GetSetDescriptorType)) or name.startswith("_abc_"):
        return True
    if isinstance(cls, enum.EnumMeta) and name in cls.__members__:
        return True
    if issubclass(cls, tuple) and "_fields" in vars(cls) and (name in cls._fields or name[0] == "_"):  # type: ignore[attr-defined]
        return True
    return name.startswith("__") and name.endswith("__")


def _names(code: CodeType) -> set[str]:
    """The names a function looks up; with those in texts, which `getattr` may, and in nested functions."""
    names, todo = set(code.co_names), list(code.co_consts)
    while todo:
        constant = todo.pop()
        if isinstance(constant, str) and constant.isidentifier():
            names.add(constant)
        elif isinstance(constant, (tuple, frozenset)):
            todo += constant
        elif isinstance(constant, CodeType):
            names |= _names(constant)
    return names
