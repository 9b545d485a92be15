"""The objects that a content stands for, as far as the evaluator looks at them.

They are inert: functions have their text, defaults and surroundings but an empty body, so that none of the
user's code can run in a process that only compiles it.
"""

from __future__ import annotations

import ast
import collections
import functools
import json
from collections.abc import Callable
from types import CellType, CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

from numpy.typing import NDArray

from adfun.diagnostics.errors import ArgumentError
from adfun.diagnostics.spans import Source
from adfun.frontend.definitions import CARRIED, Definition, Piece
from adfun.frontend.origin import Content, Objective, Text
from adfun.frontend.parse import parse, with_definitions
from adfun.frontend.refs import Ref, target
from adfun.lazy import LazyModule
from adfun.records import replace

dataclasses = LazyModule("dataclasses")

_CALLED_BY_PYTHON = frozenset(
    "__getattribute__ __getattr__ __setattr__ __delattr__ __del__ __new__ __init_subclass__ __hash__ "
    "__get__ __set__ __delete__ __set_name__ __array__".split()
)
"""Methods that are left out: Python would call them behind the evaluator's back."""


def rebuilt(objective: Objective) -> Objective:
    """The objective with the function, or module, that its content stands for.

    Raises ArgumentError when it is none that can be read here.
    """
    content = objective.origin
    if not isinstance(content, Content):
        return objective
    try:
        source = json.loads(content.text)["source"]
        if "root" in source:
            reader = _Reader(source["objects"], content.arrays)
            function, owner = reader.value(source["root"]), reader.value(source["owner"])
            if isinstance(function, FunctionType):
                return replace(objective, origin=function, owner=owner)
            raise ValueError("the objective is no function")
        tree = with_definitions(parse(source["text"]))
        return replace(objective, origin=Text(Source(source["file"], source["text"]), tree, source["entry"]))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ImportError, SyntaxError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ArgumentError(f"the source of an unpickled objective cannot be read here ({reason})") from None


class _Reader:
    """Makes values of their plain forms; each object once."""

    def __init__(self, objects: list[Any], arrays: tuple[NDArray[Any], ...]) -> None:
        self._objects = objects
        self._arrays = arrays
        self._made: dict[int, Any] = {}
        self._scopes: dict[int, dict[str, Any]] = {}

    def value(self, plain: Any) -> Any:
        """The value of a plain form."""
        if not isinstance(plain, dict):
            return plain
        ((kind, part),) = plain.items()
        match kind:
            case "object":
                return self._object(part)
            case "float":
                return float.fromhex(part)
            case "int":
                return int(part)
            case "bytes":
                return bytes.fromhex(part)
            case "array":
                return self._arrays[part].copy()
            case "number":
                return self._arrays[part][()]
            case "dict":
                return {self.value(k): self.value(v) for k, v in part}
            case "ref":
                return target(Ref(part))
            case "complex":
                return complex(*map(float.fromhex, part))
            case "method":
                return MethodType(*self.values(part))
            case "ellipsis":
                return Ellipsis
            case "opaque":
                return SimpleNamespace()
        return _CONTAINERS[kind](self.values(part))

    def values(self, items: list[Any]) -> list[Any]:
        """The values of several plain forms."""
        return [self.value(item) for item in items]

    def _object(self, number: int) -> Any:
        if number not in self._made:
            plain = self._objects[number]
            if "function" in plain:
                self._function(number, plain)
            elif "class" in plain:
                self._class(number, plain)
            elif "scope" in plain:
                made = self._made[number] = ModuleType(plain["scope"])
                vars(made).update(self._named(plain["names"]))
            elif "opaque" in plain:
                self._made[number] = SimpleNamespace()
            else:
                self._instance(number, plain)
        return self._made[number]

    def _named(self, items: list[Any]) -> dict[str, Any]:
        return {name: self.value(value) for name, value in items}

    def _globals(self, number: int) -> dict[str, Any]:
        """What functions of one module share."""
        if number not in self._scopes:
            scope = self._scopes[number] = {}
            scope.update(self._named(self._objects[number]["names"]))
        return self._scopes[number]

    def _function(self, number: int, plain: dict[str, Any]) -> None:
        file, line, text, columns = plain["function"]
        source, node = Piece(file, line, text, None if columns is None else tuple(columns)).parse()
        free = {name: CellType() for name, _ in plain["free"]}
        code, scope = _without_body(node, list(free)), self._globals(plain["scope"]["object"])
        made = FunctionType(code, scope, plain["name"], None, tuple(free[name] for name in code.co_freevars))
        self._made[number] = made
        vars(made)[CARRIED] = source, node
        made.__defaults__ = tuple(self.values(plain["defaults"])) or None
        made.__kwdefaults__ = self._named(plain["keywords"]) or None
        for name, value in plain["free"]:
            free[name].cell_contents = self.value(value)

    def _class(self, number: int, plain: dict[str, Any]) -> None:
        made = self._made[number] = self._empty_class(plain)
        made.__module__ = "objective"
        for name, kind, value in plain["methods"]:
            if kind == "setter":
                setattr(made, name, vars(made)[name].setter(self.value(value)))
            elif name not in _CALLED_BY_PYTHON:
                setattr(made, name, _DECORATORS[kind](self.value(value)))
        for name, value in plain["attributes"]:
            setattr(made, name, self.value(value))

    def _empty_class(self, plain: dict[str, Any]) -> Any:
        name, bases = plain["class"], tuple(self.values(plain["bases"]))
        fields, given = (
            plain["fields"],
            [(name, how, self.value(value)) for name, how, value in plain["given"]],
        )
        match plain["form"]:
            case "enum":
                return bases[-1](name, [(member, value) for member, _, value in given])
            case "dataclass":
                options: dict[str, dict[str, Any]] = {field: {"init": init} for field, init in fields}
                for field, how, value in given:
                    options[field][how] = value
                listed = [(field, object, dataclasses.field(**how)) for field, how in options.items()]
                return dataclasses.make_dataclass(name, listed, bases=bases, init=False, repr=False, eq=False)
            case "record":
                return collections.namedtuple(name, fields, defaults=[value for *_, value in given])
        return type(name, bases, {})

    def _instance(self, number: int, plain: dict[str, Any]) -> None:
        if plain["of"] is None:
            made = self._made[number] = SimpleNamespace()
            vars(made).update(self._named(plain["attributes"]))
            return
        cls = self.value(plain["of"])
        if "member" in plain:
            self._made[number] = cls[plain["member"]]
        elif "items" in plain:
            self._made[number] = tuple.__new__(cls, self.values(plain["items"]))
        else:
            made = self._made[number] = object.__new__(cls)
            vars(made).update(self._named(plain["attributes"]))


def _without_body(node: Definition, free: list[str]) -> CodeType:
    """The code of a function that takes the same arguments, has these free variables and does nothing."""
    given = node.args
    args = ast.arguments(
        posonlyargs=[ast.arg(a.arg) for a in given.posonlyargs],
        args=[ast.arg(a.arg) for a in given.args],
        vararg=None if given.vararg is None else ast.arg(given.vararg.arg),
        kwonlyargs=[ast.arg(a.arg) for a in given.kwonlyargs],
        kw_defaults=[None] * len(given.kwonlyargs),
        kwarg=None if given.kwarg is None else ast.arg(given.kwarg.arg),
        defaults=[],
    )
    looked_at = ast.Tuple([ast.Name(name, ast.Load()) for name in free], ast.Load())
    outside = ast.arguments(
        posonlyargs=[], args=[ast.arg(name) for name in free], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    empty = ast.Expression(ast.Lambda(outside, ast.Lambda(args, looked_at)))
    code = compile(ast.fix_missing_locations(empty), "<adfun>", "eval", dont_inherit=True)
    for _ in range(2):
        code = next(c for c in code.co_consts if isinstance(c, CodeType))
    return code.replace(co_name=node.name) if isinstance(node, ast.FunctionDef) else code


_CONTAINERS: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "range": lambda parts: range(*parts),
    "slice": lambda parts: slice(*parts),
}
_DECORATORS: dict[str, Callable[[Any], Any]] = {
    "": lambda function: function,
    "property": property,
    "cached": functools.cached_property,
    "staticmethod": staticmethod,
    "classmethod": classmethod,
}
