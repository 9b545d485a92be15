"""Where an objective comes from: a function object, a file or a text, before anything is evaluated."""

from __future__ import annotations

import ast
import hashlib
import json
import os
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

from numpy.typing import NDArray

from adfun.diagnostics.errors import TOO_DEEP, ArgumentError, CompileError, Diagnostic
from adfun.diagnostics.spans import Source, Span
from adfun.frontend.parse import parse, with_definitions
from adfun.frontend.refs import user_classes
from adfun.records import dataclass, replace

Given = FunctionType | MethodType | str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Text:
    """A module given as source text."""

    source: Source
    tree: ast.Module
    entry: str


@dataclass(frozen=True, slots=True)
class Content:
    """A source and all that it refers to as plain values (`adfun.frontend.content` has the grammar).

    digest   sha256 of the rest; empty when the content is not whole
    missing  what has no plain form, in words
    """

    text: str
    arrays: tuple[NDArray[Any], ...]
    digest: str
    missing: str = ""

    @staticmethod
    def of(text: str, arrays: tuple[NDArray[Any], ...] = ()) -> Content:
        """The content that these make."""
        digest = hashlib.sha256(text.encode())
        for array in arrays:
            digest.update(f"\n{array.dtype.str} {array.shape}\n".encode() + array.tobytes())
        return Content(text, arrays, digest.hexdigest())


@dataclass(frozen=True, slots=True)
class Objective:
    """An objective before its arguments are known.

    owner  the object, or the class, whose method it is; None for a function
    """

    name: str
    origin: Text | FunctionType | Content
    parameters: tuple[str, ...]
    defaults: frozenset[str]
    owner: Any = None


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
        tree = with_definitions(parse(source.text, whole=True))
    except (SyntaxError, ValueError) as error:
        raise CompileError(_syntax(source, error)) from None
    except (RecursionError, MemoryError):  # what Python's parser raises for thousands of levels
        raise CompileError(_too_deep(source)) from None
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
    if callable(given) and user_classes(type(given)) and isinstance(given.__call__, MethodType):
        return given.__call__
    return given


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
    before = source.line(line)[: max(0, (getattr(error, "offset", None) or 1) - 1)]  # of characters
    column = len(before.encode("utf-8", "surrogatepass"))
    span = Span(source, line, column, line, column + 1)
    message = str(getattr(error, "msg", error))
    return Diagnostic("invalid syntax", span, message, "Python cannot read this source")


def _too_deep(source: Source) -> Diagnostic:
    """Too many levels of operators (of brackets, Python's parser tells the line): likely the longest line."""
    lines = source.text.splitlines() or [""]
    number = max(range(len(lines)), key=lambda k: len(lines[k]))
    span = Span(source, number + 1, 0, number + 1, len(lines[number].encode("utf-8", "surrogatepass")))
    return Diagnostic(TOO_DEEP, span, "here", "", "split it into several statements")


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
    match objective.origin:
        case FunctionType() as function:
            name = function.__code__.co_filename
        case Text(source):
            name = source.name
        case Content(text):
            name = json.loads(text)["file"]
    return os.path.basename(name)
