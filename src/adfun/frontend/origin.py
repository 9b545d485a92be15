"""Where an objective comes from: a function object, a file or a text, before anything is evaluated."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import linecache
import os
from dataclasses import dataclass, replace
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

from adfun.diagnostics.errors import ArgumentError, CompileError, Diagnostic
from adfun.diagnostics.spans import Source, Span
from adfun.frontend import recipes
from adfun.frontend.parse import parse, with_definitions
from adfun.frontend.refs import NOTHING, held, methods_of, user_classes

Given = FunctionType | MethodType | str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Text:
    """A module given as source text."""

    source: Source
    tree: ast.Module
    entry: str


@dataclass(frozen=True, slots=True)
class Objective:
    """An objective before its arguments are known.

    owner  the object, or the class, whose method it is; None for a function
    """

    name: str
    origin: Text | FunctionType
    parameters: tuple[str, ...]
    defaults: frozenset[str]
    owner: Any = None


# -- which function ---------------------------------------------------------------------------


def read(given: Given, entry: str | None = None) -> Objective:
    """Find the objective: a function or method object, or a function in a file or in source text."""
    given = _plain(given)
    if isinstance(given, MethodType):
        function: Any = given.__func__
        found = read(function)
        return replace(found, parameters=found.parameters[1:], owner=given.__self__)
    if isinstance(given, FunctionType):
        code = given.__code__
        count = code.co_argcount + code.co_kwonlyargcount
        names = code.co_varnames[:count]
        optional = names[code.co_argcount - len(given.__defaults__ or ()) : code.co_argcount]
        return Objective(given.__name__, given, names, frozenset((*optional, *(given.__kwdefaults__ or {}))))
    source = _source(given)
    try:
        tree = with_definitions(parse(source.text))
    except (SyntaxError, ValueError) as error:
        raise CompileError(_syntax(source, error)) from None
    except (RecursionError, MemoryError):  # what Python's parser raises for thousands of levels
        raise CompileError(_syntax(source, ValueError("it is nested too deeply"))) from None
    node = _choose(source, tree, entry)
    spec = node.args
    names = tuple(p.arg for p in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs))
    positional = [p.arg for p in (*spec.posonlyargs, *spec.args)]
    keyword = [p.arg for p, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None]
    defaults = frozenset((*positional[len(positional) - len(spec.defaults) :], *keyword))
    return Objective(node.name, Text(source, tree, node.name), names, defaults)


def _plain(given: Any) -> Any:
    """The function or method that a callable object of the user's stands for."""
    if isinstance(given, (FunctionType, MethodType, str, os.PathLike)):
        return given
    wrapped = getattr(given, "__wrapped__", None)  # of functools.lru_cache, say
    if isinstance(wrapped, FunctionType):
        return wrapped
    if user_classes(type(given)) and isinstance(called := getattr(given, CALL, None), MethodType):
        return called
    return given


CALL = "__call__"


def _source(given: Any) -> Source:
    if isinstance(given, os.PathLike) or (
        isinstance(given, str) and "\n" not in given and given.strip().endswith(".py")
    ):
        path = Path(given)
        try:
            return Source(str(given), path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise ArgumentError(
                f"source: the file {str(given)!r} cannot be read ({error.strerror}); "
                "instead: give the path of a .py file, source text, or a function"
            ) from None
        except UnicodeDecodeError:
            raise ArgumentError(f"source: {str(given)!r} is not text in UTF-8") from None
    if isinstance(given, str):
        return Source("<source>", given)
    raise ArgumentError(
        f"source: a {type(given).__name__} cannot be compiled; "
        "instead: give a Python function, the path of a .py file, or source text"
    )


def _syntax(source: Source, error: SyntaxError | ValueError) -> Diagnostic:
    line = getattr(error, "lineno", None) or 1
    column = max(0, (getattr(error, "offset", None) or 1) - 1)
    span = Span(source, line, column, line, column + 1)
    message = str(getattr(error, "msg", error))
    return Diagnostic("invalid syntax", span, message, "Python cannot read this source")


def _asynchronous(source: Source, node: ast.AsyncFunctionDef) -> Diagnostic:
    span = Span(source, node.lineno, node.col_offset, node.lineno, node.col_offset + len("async def"))
    reason = "an objective is compiled to native code, which has no such construct"
    return Diagnostic("an asynchronous function is not supported", span, "here", reason, "write `def`")


def _choose(source: Source, tree: ast.Module, entry: str | None) -> ast.FunctionDef:
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and node.name == (entry or "objective"):
            raise CompileError(_asynchronous(source, node))
    if entry is not None:
        if entry not in functions:
            raise ArgumentError(
                f"entry: {source.name} has no function {entry!r}; there are: {', '.join(functions) or 'none'}"
            )
        return functions[entry]
    if "objective" in functions:
        return functions["objective"]
    named = {n.id for f in functions.values() for n in ast.walk(f) if isinstance(n, ast.Name)}
    free = [n for n in functions.values() if n.name not in named]
    if len(free) == 1:
        return free[0]
    listed = ", ".join(n.name for n in free) or "none"
    raise ArgumentError(
        f"source: which function of {source.name} is the objective? Candidates: {listed}; "
        "instead: name it 'objective', or give entry='...'"
    )


def file_of(objective: Objective) -> str:
    """The name of the file that an objective is in, without its path."""
    origin = objective.origin
    name = origin.__code__.co_filename if isinstance(origin, FunctionType) else origin.source.name
    return os.path.basename(name)


# -- what was compiled ------------------------------------------------------------------------


def digest(objective: Objective, *, portable: bool = False) -> str:
    """sha256 of everything in the source that decides the IR; empty when it cannot be told.

    Of files the whole path counts, as it is shown in messages; if `portable`, their names alone do.
    """
    if isinstance(objective.origin, FunctionType):
        parts = _function_parts(objective.origin, objective.owner)
    else:
        text = objective.origin
        parts = [{"file": text.source.name, "text": text.source.text}, text.entry]
    if portable:
        parts = [{**p, "file": os.path.basename(p["file"])} if _is_place(p) else p for p in parts]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest() if parts else ""


def _is_place(part: Any) -> bool:
    return isinstance(part, dict) and "file" in part


def _function_parts(function: FunctionType, owner: Any) -> list[Any]:
    """The function and all functions and constants it refers to, of a method also its owner.

    Empty when they cannot be told.
    """
    parts: list[Any] = []
    try:
        _describe_object(function if owner is None else MethodType(function, owner), set(), {}, parts)
        json.dumps(parts)
        return parts
    except (ValueError, OSError, TypeError):
        return []


def _describe_object(value: Any, names: set[str], seen: dict[Any, int], parts: list[Any]) -> None:
    """Add all that a value can mean to a function in which these names occur."""
    if isinstance(value, MethodType):
        parts.append("method")
        _describe_object(value.__func__, names, seen, parts)
        names = names | _names(value.__func__.__code__)
        value = value.__self__
    if isinstance(value, FunctionType):
        if id(value) in seen:
            parts.append(["again", seen[id(value)]])
            return
        seen[id(value)] = len(seen)
        if (value.__module__ or "").split(".")[0] in ("numpy", "scipy"):
            parts.append(["library", value.__module__, value.__qualname__])
            return
        code = value.__code__
        names = _names(code)
        lines = linecache.getlines(code.co_filename)
        if not lines:
            raise OSError(code.co_filename)
        block = inspect.getblock(lines[code.co_firstlineno - 1 :])
        parts.append({"file": code.co_filename, "line": code.co_firstlineno, "text": block})
        for default in (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).items()):
            _describe_object(default, names, seen, parts)
        for name, cell in zip(code.co_freevars, value.__closure__ or (), strict=True):
            parts.append(name)
            _describe_object(cell.cell_contents, names, seen, parts)
        for name in sorted(names):
            if name in value.__globals__:
                parts.append(name)
                _describe_object(value.__globals__[name], names, seen, parts)
        return
    if isinstance(value, (list, tuple)) and any(callable(v) for v in value):
        for item in value:
            _describe_object(item, names, seen, parts)
        return
    try:
        parts.append(recipes.encode(value))
    except ValueError:
        _describe_members(value, names, seen, parts)


def _describe_members(owner: Any, names: set[str], seen: dict[Any, int], parts: list[Any]) -> None:
    """Add what a module, class or object of the user's holds under the names in question."""
    if isinstance(owner, type):
        _describe_class(owner, seen, parts)
    elif not isinstance(owner, ModuleType) and any(
        methods_of(value)[1] and (name in names or name == "__call__")
        for base in user_classes(type(owner))
        for name, value in vars(base).items()
    ):
        _describe_class(type(owner), seen, parts)
        names = names | _method_names(type(owner))
    if not hasattr(owner, "__dict__"):
        raise ValueError(f"{owner!r} cannot be described")
    for name in sorted(names):
        value = held(owner, name)
        if value is NOTHING:
            continue
        parts.append(name)
        if (id(owner), name) in seen:
            parts.append(["again", seen[id(owner), name]])
        else:
            seen[id(owner), name] = len(seen)
            _describe_object(value, names, seen, parts)


def _describe_class(cls: type, seen: dict[Any, int], parts: list[Any]) -> None:
    """Add all methods and constants of a class of the user's."""
    for owner in user_classes(cls):
        parts.append(owner.__qualname__)
        if owner in seen:
            continue
        seen[owner] = len(seen)
        for name, value in sorted(vars(owner).items()):
            kind, function = methods_of(value)
            if function is not None and not function.__code__.co_filename.startswith("<string"):
                parts.append([name, kind])
                _describe_object(function, set(), seen, parts)
            elif function is None and not (name.startswith("__") and name.endswith("__")):
                parts.append([name, _plainly(value)])


def _method_names(cls: type) -> set[str]:
    """The names that occur in the methods of a class of the user's."""
    found = (methods_of(value)[1] for owner in user_classes(cls) for value in vars(owner).values())
    return set[str]().union(*(_names(function.__code__) for function in found if function is not None))


def _plainly(value: Any) -> Any:
    try:
        return recipes.encode(value)
    except ValueError:
        return repr(value)


def _names(code: Any) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            names |= _names(constant)
    return names
